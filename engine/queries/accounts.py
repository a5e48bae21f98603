"""Who has an account, for the administrator's page."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select

from engine.clock import CN
from engine.errors import Forbidden
from engine.models import Account, OneTimeLink
from engine.process_engine import ProcessEngine


@dataclass(frozen=True)
class AccountLine:
    login: str
    name: str
    title: str
    unit: str
    has_password: bool
    locked: bool
    administrator: bool
    link_expires: datetime | None


def accounts(engine: ProcessEngine, login: str) -> list[AccountLine]:
    """Everybody of the administrator's organisation with the state of their account. Raises Forbidden."""
    with engine.database.reading() as session:
        organisation = engine.pack_of(session, login).organisation
        day = engine.now().astimezone(CN).date()
        own = session.get(Account, login)
        if not (own and own.administrator) and not organisation.may("organisation", login, day):
            raise Forbidden("您的岗位没有这项权限。如有需要，请联系系统管理员。")
        known = {account.login: account for account in session.scalars(select(Account))}
        now = datetime.now(UTC)
        links = {
            link.login: link.expires_at
            for link in session.scalars(
                select(OneTimeLink).where(
                    OneTimeLink.used_at.is_(None),
                    OneTimeLink.withdrawn_at.is_(None),
                    OneTimeLink.expires_at > now,
                )
            )
        }
        lines = []
        for person in organisation.people(day):
            account = known.get(person.login)
            lines.append(
                AccountLine(
                    person.login,
                    person.name,
                    person.title,
                    person.unit,
                    bool(account and account.password),
                    bool(account and account.locked_until and account.locked_until > now),
                    bool(account and account.administrator),
                    links.get(person.login),
                )
            )
        return lines
