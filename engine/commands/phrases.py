"""Common opinions: a person's own, and those a pack shares."""

from engine import history, phrases
from engine.access import require_capability
from engine.errors import NotFound
from engine.models import Phrase
from engine.process_engine import ProcessEngine
from engine.transaction import Transaction, begin

SHARING = "organisation"
"""The capability that looks after what a pack shares."""


def add_phrase(engine: ProcessEngine, actor: str, text: str) -> None:
    """Keep a common opinion for oneself (at most 200 characters, each once). Raises Invalid."""
    words = phrases.checked(text)
    with begin(engine, actor) as tx:
        phrases.keep(tx, actor, "", words)


def remove_phrase(engine: ProcessEngine, actor: str, phrase_id: int) -> None:
    """Drop one of one's own common opinions; `restore_phrase` undoes it. Raises NotFound."""
    with begin(engine, actor) as tx:
        _own(tx, phrase_id).removed_at = tx.now


def restore_phrase(engine: ProcessEngine, actor: str, phrase_id: int) -> None:
    """Take back the removal of one of one's own common opinions. Raises NotFound."""
    with begin(engine, actor) as tx:
        _own(tx, phrase_id).removed_at = None


def _own(tx: Transaction, phrase_id: int) -> Phrase:
    phrase = tx.session.get(Phrase, phrase_id)
    if phrase is None or phrase.login != tx.actor:
        raise NotFound("没有这条常用意见，请刷新页面。")
    return phrase


def add_shared_phrase(engine: ProcessEngine, actor: str, text: str) -> None:
    """Offer a common opinion to everybody of one's pack. Raises Forbidden, Invalid."""
    with begin(engine, actor) as tx:
        pack = require_capability(tx, SHARING)
        words = phrases.checked(text)
        phrases.keep(tx, "", pack, words)
        tx.record(history.SYSTEM, "phrase.shared", {"pack": pack, "text": words})


def remove_shared_phrase(engine: ProcessEngine, actor: str, phrase_id: int) -> None:
    """Offer it no more; `restore_shared_phrase` undoes it. Raises Forbidden, NotFound."""
    with begin(engine, actor) as tx:
        phrase = _shared(tx, phrase_id)
        phrase.removed_at = tx.now
        tx.record(history.SYSTEM, "phrase.unshared", {"pack": phrase.pack, "text": phrase.text})


def restore_shared_phrase(engine: ProcessEngine, actor: str, phrase_id: int) -> None:
    """Take back the removal of a shared common opinion. Raises Forbidden, NotFound."""
    with begin(engine, actor) as tx:
        phrase = _shared(tx, phrase_id)
        phrase.removed_at = None
        tx.record(history.SYSTEM, "phrase.shared", {"pack": phrase.pack, "text": phrase.text})


def _shared(tx: Transaction, phrase_id: int) -> Phrase:
    pack = require_capability(tx, SHARING)
    phrase = tx.session.get(Phrase, phrase_id)
    if phrase is None or phrase.login or phrase.pack != pack:
        raise NotFound("没有这条常用意见，请刷新页面。")
    return phrase
