"""Common opinions: which a person is offered, and how often each has been used."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from engine.errors import Invalid
from engine.forms import Form
from engine.models import Phrase
from engine.transaction import Transaction

OFFERED = "常用意见"
"""The property of a field in which common opinions are offered."""
LONGEST = 200


def offered(session: Session, login: str, pack: str) -> list[Phrase]:
    """The person's own and those shared by the pack: most used first, then one's own, then the older."""
    return list(
        session.scalars(
            select(Phrase)
            .where(
                or_(Phrase.login == login, (Phrase.login == "") & (Phrase.pack == pack)),
                Phrase.removed_at.is_(None),
            )
            .order_by(Phrase.used.desc(), Phrase.login.desc(), Phrase.id)
        )
    )


def checked(text: str) -> str:
    """The words to keep. Raises Invalid."""
    words = text.strip()
    if not words:
        raise Invalid({"text": "请先写下常用意见的内容。"})
    if len(words) > LONGEST:
        raise Invalid({"text": "常用意见最长 200 字。"})
    return words


def keep(tx: Transaction, login: str, pack: str, words: str) -> Phrase:
    """Keep it once; one that was removed comes back."""
    found = tx.session.scalar(
        select(Phrase).where(Phrase.login == login, Phrase.pack == pack, Phrase.text == words).limit(1)
    )
    if found is None:
        found = Phrase(login=login, pack=pack, text=words)
        tx.session.add(found)
    found.removed_at = None
    tx.session.flush()
    return found


def note_use(tx: Transaction, form: Form, data: Mapping[str, Any]) -> None:
    """Count the phrases that stand in the opinions of a sheet being submitted."""
    texts = [
        text
        for field in form.fields()
        if field.properties.get(OFFERED) == "是" and isinstance(text := data.get(field.name), str)
    ]
    if not texts or tx.actor is None:
        return
    pack = tx.engine.pack_of(tx.session, tx.actor).key
    # Always in the same order, so that two submissions that use the same phrases never wait for each other.
    for phrase in sorted(offered(tx.session, tx.actor, pack), key=lambda each: each.id):
        if any(phrase.text in text for text in texts):
            phrase.used = Phrase.used + 1  # Counted by the database.
            tx.session.flush()
