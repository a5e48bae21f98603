"""Signing in: passwords, server-side sessions, one-time links. Sessions and lock-outs use the real clock.

The demo clock must not sign people out or keep them locked, so these commands take `now` from the machine.
"""

import hashlib
import secrets
import threading
from datetime import UTC, datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select, update

from engine import history
from engine.access import require_capability
from engine.errors import Forbidden, Invalid, NotFound
from engine.models import Account, OneTimeLink, WebSession
from engine.process_engine import ProcessEngine
from engine.transaction import Transaction, begin

IDLE = timedelta(hours=2)
LIFETIME = timedelta(hours=12)
LINK_LIFETIME = timedelta(days=3)
MIN_PASSWORD, MAX_PASSWORD = 10, 128
FAILURES_ALLOWED = 5
# 19 MiB and two passes: the OWASP minimum, about 20 ms; the semaphore bounds the memory an attacker can make us use.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_hashing = threading.BoundedSemaphore(4)
_COMMON = {"1234567890", "0123456789", "qwertyuiop", "password12", "passw0rd12", "1q2w3e4r5t", "aa12345678"}


def _now() -> datetime:
    return datetime.now(UTC)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def sign_in(engine: ProcessEngine, login: str, password: str) -> str:
    """Check a password; returns a new session token. Raises Invalid with one sentence for every kind of failure."""
    login = login.strip().lower()
    with begin(engine, None) as tx:
        account = tx.session.get(Account, login, with_for_update=True)
        locked = account is not None and account.locked_until is not None and account.locked_until > _now()
        stored = account.password if account and account.password and not locked else None
    with _hashing:
        right = _matches(stored, password)
    with begin(engine, login) as tx:
        account = tx.session.get(Account, login, with_for_update=True)
        if account is None or not right:
            if account is not None and not locked:
                _count_failure(tx, account)
            if locked:
                message = (
                    "登录失败次数过多，账号已暂时锁定。请稍后再试，或请系统管理员重新发给您设置密码的链接。"
                )
            else:
                message = "登录名或密码不正确。请重新输入；忘记密码请联系系统管理员。"
        else:
            account.failures, account.locked_until = 0, None
            message = ""
            token = _open_session(tx, login)
    # A failure is committed before it is reported, else the count of failures would be rolled back with it.
    if message:
        raise Invalid({"password": message})
    return token


def _matches(stored: str | None, password: str) -> bool:
    try:
        # Unknown people cost as much time as known ones.
        return _hasher.verify(stored or _DUMMY, password[:MAX_PASSWORD]) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


_DUMMY = _hasher.hash(secrets.token_hex(8))


def _count_failure(tx: Transaction, account: Account) -> None:
    account.failures += 1
    if account.failures >= FAILURES_ALLOWED:
        minutes = min(15 * 2 ** (account.failures - FAILURES_ALLOWED), 24 * 60)
        account.locked_until = _now() + timedelta(minutes=minutes)
        tx.record(history.SYSTEM, "account.locked", {"login": account.login, "for_minutes": minutes})


def _open_session(tx: Transaction, login: str) -> str:
    token = secrets.token_urlsafe(32)
    tx.session.execute(delete(WebSession).where(WebSession.created_at < _now() - LIFETIME))
    tx.session.add(WebSession(token_hash=_digest(token), login=login, created_at=_now(), seen_at=_now()))
    tx.record(history.SYSTEM, "account.signed_in", {"login": login})
    return token


def open_demo_session(engine: ProcessEngine, login: str) -> str:
    """Sign a demo person in without a password; only in demo mode. Raises Forbidden, NotFound."""
    if not engine.demo:
        raise Forbidden("只有演示模式可以不用密码登录。")
    with begin(engine, login) as tx:
        engine.pack_of(tx.session, login)
        return _open_session(tx, login)


def session_login(engine: ProcessEngine, token: str) -> str | None:
    """Whose session this token is, or None when it is unknown or too old. Being seen is noted once a minute."""
    with engine.database.reading() as session:
        row = session.get(WebSession, _digest(token))
        if row is None:
            return None
        now = _now()
        if now - row.created_at > LIFETIME or now - row.seen_at > IDLE:
            return None
        login, stale = row.login, now - row.seen_at > timedelta(minutes=1)
    if stale:
        with begin(engine, login) as tx:
            tx.session.execute(
                update(WebSession).where(WebSession.token_hash == _digest(token)).values(seen_at=now)
            )
    return login


def sign_out(engine: ProcessEngine, token: str) -> None:
    """End a session; unknown tokens are ignored."""
    with begin(engine, None) as tx:
        tx.session.execute(delete(WebSession).where(WebSession.token_hash == _digest(token)))


def make_setup_link(engine: ProcessEngine) -> str | None:
    """A token that lets the first administrator be created; None when there is any account already."""
    if engine.demo:
        return None
    with begin(engine, None) as tx:
        if tx.session.scalar(select(Account.login).limit(1)) is not None:
            return None
        tx.session.execute(
            update(OneTimeLink)
            .where(OneTimeLink.purpose == "setup", OneTimeLink.used_at.is_(None))
            .values(withdrawn_at=_now())
        )
        return _make_link(tx, "setup", None)


def make_password_link(engine: ProcessEngine, actor: str, login: str) -> str:
    """A one-time token with which a person sets a password; earlier ones of the same person are withdrawn.

    Raises Forbidden, NotFound.
    """
    with begin(engine, actor) as tx:
        _require_accounts(tx, login)
        _withdraw(tx, login)
        token = _make_link(tx, "password", login)
        tx.record(history.SYSTEM, "account.link_made", {"login": login})
        return token


def withdraw_password_link(engine: ProcessEngine, actor: str, login: str) -> None:
    """Make a person's open link worthless. Raises Forbidden, NotFound."""
    with begin(engine, actor) as tx:
        _require_accounts(tx, login)
        _withdraw(tx, login)
        tx.record(history.SYSTEM, "account.link_withdrawn", {"login": login})


def _require_accounts(tx: Transaction, login: str) -> None:
    """The first administrator looks after everybody's account, who maintains an organisation after those in it."""
    account = tx.session.get(Account, tx.actor)
    pack = None if account is not None and account.administrator else require_capability(tx, "organisation")
    if tx.engine.pack_of(tx.session, login).key != (pack or tx.engine.pack_of(tx.session, login).key):
        raise NotFound(f"没有登录名为“{login}”的人员。")


def _withdraw(tx: Transaction, login: str) -> None:
    tx.session.execute(
        update(OneTimeLink)
        .where(OneTimeLink.login == login, OneTimeLink.used_at.is_(None), OneTimeLink.withdrawn_at.is_(None))
        .values(withdrawn_at=_now())
    )


def _make_link(tx: Transaction, purpose: str, login: str | None) -> str:
    token = secrets.token_urlsafe(32)
    tx.session.add(
        OneTimeLink(
            token_hash=_digest(token),
            purpose=purpose,
            login=login,
            made_by=tx.actor,
            made_at=_now(),
            expires_at=_now() + LINK_LIFETIME,
        )
    )
    return token


def link_purpose(engine: ProcessEngine, token: str) -> tuple[str, str | None]:
    """`("setup", None)` or `("password", login)` of a link that still works; raises NotFound."""
    with engine.database.reading() as session:
        row = session.get(OneTimeLink, _digest(token))
        if row is None or row.used_at or row.withdrawn_at or row.expires_at < _now():
            raise NotFound("这个链接已经用过、已经收回或者过期。请联系系统管理员重新发给您。")
        return row.purpose, row.login


def use_link(engine: ProcessEngine, token: str, password: str, login: str | None = None) -> str:
    """Set the password the link is for and sign in; returns the session token.

    A set-up link creates the first administrator, who must be a person of an organisation: `login` says who.
    Raises NotFound, Invalid.
    """
    purpose, known = link_purpose(engine, token)
    login = known or (login or "").strip().lower()
    _check_password(password, login)
    with _hashing:
        hashed = _hasher.hash(password)
    with begin(engine, login) as tx:
        row = tx.session.get(OneTimeLink, _digest(token), with_for_update=True, populate_existing=True)
        if row is None or row.used_at or row.withdrawn_at:
            raise NotFound("这个链接已经用过、已经收回或者过期。请联系系统管理员重新发给您。")
        try:
            tx.engine.pack_of(tx.session, login)
        except NotFound as error:
            raise Invalid({"login": "组织数据里没有这个登录名，请核对后重新填写。"}) from error
        if purpose == "setup" and tx.session.scalar(select(Account.login).limit(1)) is not None:
            raise NotFound("系统已经有管理员，这个链接不再有效。")
        account = tx.session.get(Account, login)
        if account is None:
            account = Account(login=login, failures=0, administrator=False)
            tx.session.add(account)
        account.password, account.failures, account.locked_until = hashed, 0, None
        if purpose == "setup":
            account.administrator = True
        row.used_at = _now()
        tx.session.execute(delete(WebSession).where(WebSession.login == login))
        tx.record(history.SYSTEM, "account.password_set", {"login": login, "purpose": purpose})
        return _open_session(tx, login)


def _check_password(password: str, login: str) -> None:
    if len(password) < MIN_PASSWORD:
        raise Invalid({"password": f"密码至少 {MIN_PASSWORD} 个字符，可以用一句容易记的话。"})
    if len(password) > MAX_PASSWORD:
        raise Invalid({"password": f"密码最长 {MAX_PASSWORD} 个字符。"})
    if (login and login in password.lower()) or password.lower() in _COMMON or len(set(password)) < 4:
        raise Invalid({"password": "这个密码太容易被猜到，请换一个。"})
