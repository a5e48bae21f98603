"""Makes the Flask application around one process engine."""

from pathlib import Path

from flask import Flask, Response, request, send_from_directory
from flask_babel import Babel

from engine import ProcessEngine
from web import (
    account,
    api,
    attachments,
    batch,
    cases,
    circulation,
    delegating,
    delegations,
    demo,
    inbox,
    incidents,
    instances,
    office,
    parameters,
    problems,
    procedures,
    registers,
    returns,
    session,
    signers,
    signin,
    start,
    statistics,
    suspension,
    tasks,
    translations,
    words,
    workshop,
)

MAX_REQUEST = 60_000_000
LANGUAGES = ("zh", "en")
CSP = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self' data:; "
    "object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)


def create_app(engine: ProcessEngine) -> Flask:
    """The application; `engine` must have been started. It holds no state of its own."""
    app = Flask(__name__, static_folder=None)
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_REQUEST,
        MAX_FORM_MEMORY_SIZE=5_000_000,
        MAX_FORM_PARTS=20_000,
        BABEL_TRANSLATION_DIRECTORIES=translations.compiled_folder(),
    )
    # What comes first in a mapping is meant to: a drawing opens at the first current element.
    app.jinja_env.policies["json.dumps_kwargs"] = {"sort_keys": False}
    app.extensions["engine"] = engine
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # Of Flask's default provider.
    Babel(app, default_locale="zh", locale_selector=language)
    problems.register(app)
    session.register(app)
    words.register(app)
    for module in (
        signin,
        inbox,
        tasks,
        delegating,
        signers,
        instances,
        returns,
        parameters,
        cases,
        registers,
        statistics,
        batch,
        circulation,
        suspension,
        delegations,
        start,
        procedures,
        office,
        incidents,
        attachments,
        account,
        api,
        demo,
    ):
        app.register_blueprint(module.blueprint)
    for pages in workshop.BLUEPRINTS:
        app.register_blueprint(pages)
    app.add_url_rule("/static/<path:name>", "static", assets_file)
    app.after_request(secure)
    return app


def language() -> str:
    """The person's choice (a cookie set by `?lang=`), else Chinese."""
    wanted = request.args.get("lang") or request.cookies.get("lang")
    return wanted if wanted in LANGUAGES else "zh"


def assets_file(name: str) -> Response:
    """Front-end files by names without fingerprint; the query string of a page carries the version."""
    response = send_from_directory(Path(__file__).parent / "static", name)
    response.cache_control.public, response.cache_control.max_age = (
        True,
        86_400 if "v" in request.args else 60,
    )
    return response


def secure(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", CSP)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    if request.args.get("lang") in LANGUAGES:
        response.set_cookie("lang", request.args["lang"], max_age=31_536_000, samesite="Lax", httponly=True)
    return response
