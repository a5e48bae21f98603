"""The history of a case in words: what several people did in one round stands in one line that opens to the single ones."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from flask_babel import gettext as _

from engine import queries
from engine.forms import FieldView
from engine.queries.cases import HistoryLine, OpenTaskLine
from web.happened import history_words
from web.session import engine, me
from web.texts import about, asked, is_person, person_name

COMPLETED, DOCUMENT = "task.completed", "document.made"
SINGLY = 2
"""So many completions of one round still stand line by line."""
MOST_NAMES = 4
"""How many people or things a line names before it only counts them."""


@dataclass(frozen=True)
class Event:
    """A line of the history: what happened, what it was about, more about it, and the sheet as submitted."""

    line: HistoryLine
    title: str
    about: str
    detail: str
    sheet: Sequence[FieldView]


@dataclass
class Round:
    """What has been done of one element in one round, or documents made one after the other.

    `events` are its single lines, the earliest first.
    """

    events: list[Event] = field(default_factory=list)

    @property
    def title(self) -> str:
        first = self.events[0]
        if first.line.kind == DOCUMENT:
            names = listed([each.detail for each in self.events])
            return str(_("%(title)s %(count)d 份", title=first.title, count=len(self.events)) + f"：{names}")
        people = all(is_person(each.line.item) for each in self.events)
        return done_words(first.title, [_subject(each) for each in self.events], people)

    @property
    def begin(self) -> datetime:
        return self.events[0].line.at

    @property
    def end(self) -> datetime:
        return self.events[-1].line.at


def _subject(event: Event) -> str:
    """Whom or what one line of a round is about; the doer where nothing is said."""
    return about(event.line.item) or person_name(event.line.actor)


def done_words(task: str, subjects: Sequence[str], people: bool) -> str:
    names = listed(subjects)
    if people:
        return str(_("%(task)s：已办 %(count)d 人（%(names)s）", task=task, count=len(subjects), names=names))
    return str(_("%(task)s：已办 %(count)d 项（%(names)s）", task=task, count=len(subjects), names=names))


def listed(names: Sequence[str]) -> str:
    """Some names, the rest left out."""
    text = str(_("、")).join(names[:MOST_NAMES])
    return text if len(names) <= MOST_NAMES else str(_("%(names)s等", names=text))


def timeline(instance_id: str) -> list[Event | Round]:
    """The history as far as this person may see it, without the lines nobody needs to read."""
    sheets = queries.submitted_sheets(engine(), me(), instance_id)
    events = []
    for line in queries.history_of(engine(), me(), instance_id):
        title, detail = history_words(line)
        if title:
            sheet = sheets.get(line.task_id or "", []) if line.kind == COMPLETED else []
            subject = about(line.item) if line.item != line.actor else ""
            events.append(Event(line, title, subject, detail, sheet))
    return documents_together(_in_rounds(events))


def _in_rounds(events: Sequence[Event]) -> list[Event | Round]:
    """The lines with the completions of each larger round put together where its first one stands."""
    rounds: dict[str, Round] = {}
    for event in events:
        if event.line.kind == COMPLETED and event.line.round:
            rounds.setdefault(event.line.round, Round()).events.append(event)
    large = {key: each for key, each in rounds.items() if len(each.events) > SINGLY}
    found: list[Event | Round] = []
    for event in events:
        one = large.get(event.line.round) if event.line.kind == COMPLETED else None
        if one is None:
            found.append(event)
        elif one.events[0] is event:
            found.append(one)
    return found


def documents_together(lines: Sequence[Event | Round]) -> list[Event | Round]:
    """The lines with several documents that were made one after the other put together."""
    found: list[Event | Round] = []
    for documents, group in groupby(
        lines, lambda each: isinstance(each, Event) and each.line.kind == DOCUMENT
    ):
        several = list(group)
        if documents and len(several) > SINGLY:
            several = [Round([each for each in several if isinstance(each, Event)])]
        found += several
    return found


@dataclass(frozen=True)
class UnderWay:
    """What is being done now, for the end of the history; several open tasks of one name in one line."""

    title: str
    about: str
    who: str


def under_way(tasks: Sequence[OpenTaskLine]) -> list[UnderWay]:
    """The open tasks, several of one name together."""
    found = []
    for name, group in by_name(tasks):
        if len(group) > SINGLY:
            subjects = listed([about(task.item) or asked(task) for task in group])
            title = _("%(task)s（当前，%(count)d 件）", task=name, count=len(group))
            found.append(UnderWay(title, "", subjects))
            continue
        for task in group:
            who, subject = asked(task), about(task.item)
            title = _("%(task)s（当前）", task=name)
            found.append(UnderWay(title, subject if subject != who else "", who))
    return found


def by_name(tasks: Sequence[OpenTaskLine]) -> list[tuple[str, list[OpenTaskLine]]]:
    """The open tasks by their name, in the order in which the names come first."""
    groups: dict[str, list[OpenTaskLine]] = {}
    for task in tasks:
        groups.setdefault(task.name, []).append(task)
    return list(groups.items())
