"""Who is signed in, and that a form really comes from our own page."""

import hashlib
import hmac
from urllib.parse import urlsplit

from flask import Flask, current_app, g, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from engine import ProcessEngine, commands, queries
from engine.errors import NotFound

COOKIE = "guicheng"
DRAIN_SECONDS = 2.0
SAFE = ("GET", "HEAD", "OPTIONS")


class SignInNeeded(Exception):
    """The page needs somebody signed in."""


class ForeignForm(Exception):
    """A form without our token, or sent from another site."""


def engine() -> ProcessEngine:
    """The process engine of this application."""
    found: ProcessEngine = current_app.extensions["engine"]
    return found


def me() -> str:
    """The login of the person signed in; raises SignInNeeded."""
    login: str | None = g.get("login")
    if login is None:
        raise SignInNeeded
    return login


def csrf_token() -> str:
    """The token every form of this session carries; derived from the session, so it needs no storage."""
    token = request.cookies.get(COOKIE, "")
    return hmac.new(token.encode(), b"csrf", hashlib.sha256).hexdigest() if token else ""


def register(app: Flask) -> None:
    app.before_request(identify)
    app.before_request(check_origin)
    app.context_processor(lambda: {"csrf_token": csrf_token, "me": g.get("login")})


def identify() -> None:
    """Set `g.login` from the session cookie, or in demo mode from a demo bearer token of the interface."""
    g.login, g.bearer = None, False
    authorization = request.headers.get("Authorization", "")
    if authorization and request.path.startswith("/api/"):
        scheme, _, token = authorization.partition(" ")
        if engine().demo and scheme.lower() == "bearer" and token.startswith("demo:"):
            g.login = demo_person(token.removeprefix("demo:").strip())
            g.bearer = g.login is not None
        return
    cookie = request.cookies.get(COOKIE)
    if cookie:
        g.login = commands.session_login(engine(), cookie)


def demo_person(login: str) -> str | None:
    """The login when the demo town has such a person."""
    try:
        return queries.person_card(engine(), login).login
    except NotFound:
        return None


def check_origin() -> None:
    """Refuse requests that change something unless they come from our own pages (or carry a bearer token)."""
    if request.method in SAFE or g.bearer:
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise ForeignForm
    origin = request.headers.get("Origin")
    if origin and origin != "null" and urlsplit(origin).netloc != request.host:
        raise ForeignForm
    if g.login is None:
        return
    given = request.headers.get("X-CSRF-Token") or request.form.get("csrf_token", "")
    if not hmac.compare_digest(given.encode(), csrf_token().encode()):
        raise ForeignForm


def start_session(token: str, target: str) -> AnyResponse:
    """Redirect with the session cookie set."""
    response = redirect(target)
    response.set_cookie(COOKIE, token, httponly=True, samesite="Lax", secure=request.is_secure, path="/")
    return response


def end_session() -> AnyResponse:
    token = request.cookies.get(COOKIE)
    if token:
        commands.sign_out(engine(), token)
    response = redirect(url_for("signin.page"))
    response.delete_cookie(COOKIE, path="/")
    return response


def drain() -> None:
    """Do the work this request has caused, so that the next person's inbox is right at once."""
    commands.drain(engine(), DRAIN_SECONDS)
