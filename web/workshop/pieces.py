"""A scenario taken out of a draft to be written, and put back: what is asked for, where it stands, what is wrong with it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import request
from flask_babel import gettext as _

from engine import queries
from engine.definitions import Bundle
from engine.errors import Conflict, NotFound
from engine.gate.editing import HEAD, Place, added, find, skeleton, title_in
from engine.gate.typeset import RuleText, typeset
from engine.queries import DraftView, GateView
from engine.rules import Clause
from features.checking import remarks
from web.session import engine, me

NUMBER = r"^第 \d+ 行："
"""How a sentence of the check begins that tells a line of the whole file."""


@dataclass(frozen=True)
class Asked:
    """What is being written. `file` is its path in the draft.

    `scenario` is the id of one that is there already; without it a new one goes to the end of `rule` (its title), or of the
    file. `whole`: the file as a whole.
    """

    file: str
    scenario: str = ""
    rule: str = ""
    whole: bool = False
    clause: str = ""
    """The clause a new scenario is to be about; without a `rule` it gets one of its own."""

    @property
    def address(self) -> dict[str, Any]:
        given = {
            "file": self.file,
            "scenario": self.scenario,
            "rule": self.rule,
            "whole": "1" if self.whole else "",
            "clause": self.clause,
        }
        return {name: value for name, value in given.items() if value}


@dataclass(frozen=True)
class Written:
    """The file as it would be, and where in it stands what was written."""

    path: str
    name: str
    text: str
    place: Place

    @property
    def scenario(self) -> str:
        """The id of the scenario that was written, `""` when it has no title."""
        title = title_in(self.place.taken_from(self.text))
        return f"{self.name}::{title}" if title else ""


@dataclass(frozen=True)
class Problem:
    """Something wrong: `line` counts in what was written, 0 stands for elsewhere in the file."""

    line: int
    message: str
    warning: bool = False


def asked_for(draft: DraftView) -> Asked:
    """What the address or the form is about."""
    values = request.values
    scenario, clause = values.get("scenario", ""), values.get("clause", "")
    file, rule = values.get("file", ""), values.get("rule", "")
    if scenario and not file:
        name = scenario.partition("::")[0]
        file = f"features/{name.removeprefix(f'{draft.pack}/')}"
    files = queries.scenario_files(engine(), me(), draft.key)
    if clause and not rule:
        file, rule = next(rules_about(draft, files, clause), (file, ""))
    return Asked(file or files[0], scenario, rule, bool(values.get("whole")), clause)


def rules_about(draft: DraftView, files: Sequence[str], tag: str) -> Iterator[tuple[str, str]]:
    """File and title of each rule that has scenarios about a clause."""
    for path in files:
        for rule in typeset(feature_name(draft, path), before(draft, path)).rules:
            if rule.title and tag in rule.tags:
                yield path, rule.title


def feature_name(draft: DraftView, path: str) -> str:
    """A scenario file by `<pack>/<name>`. Raises NotFound for what is none."""
    names = Bundle(draft.key, draft.pack, {path: ""}).features
    if not names:
        raise NotFound
    return next(iter(names))


def before(draft: DraftView, path: str) -> str:
    """The file as it stands in the draft, or a new one."""
    return str(draft.files.get(path) or HEAD.format(title=draft.name))


def written(draft: DraftView, asked: Asked, piece: str) -> Written:
    """The file with the piece in its place. Raises Conflict when the scenario is no longer there."""
    name, text = feature_name(draft, asked.file), before(draft, asked.file)
    if asked.whole:
        whole = piece.replace("\r\n", "\n").rstrip() + "\n"
        return Written(asked.file, name, whole, Place(1, whole.count("\n"), ""))
    if asked.scenario:
        place = find(name, text, asked.scenario)
        if place is None:
            raise Conflict(
                _("草稿里已经没有这个场景：别人改了它的标题，或删去了它。您写的还在下面，请复制后另写一个。")
            )
        new = place.with_piece(text, piece)
        count = len(new.split("\n")) - len(text.split("\n"))
        return Written(asked.file, name, new, replace(place, last=place.last + count))
    rules = typeset(name, text).rules
    line = next((each.line for each in rules if each.title == asked.rule), None) if asked.rule else None
    new, place = added(text, piece, line)
    return Written(asked.file, name, new, place)


def problems(draft: DraftView, after: Written) -> list[Problem]:
    """What is wrong with what was written, in the order of its lines; what is wrong elsewhere in the file comes last."""
    found = [
        Problem(each.line or 0, each.message, each.warning)
        for each in queries.scenario_findings(engine(), me(), draft.key, after.path, after.text)
    ]
    names = queries.scenario_names(engine(), me(), draft.key)
    found += [Problem(each.line, each.message, each.warning) for each in remarks(after.text, names)]
    placed = [_placed(each, after.place) for each in found]
    return sorted(dict.fromkeys(placed), key=lambda each: (not each.line, each.line, each.warning))


def _placed(each: Problem, place: Place) -> Problem:
    if place.first <= each.line <= place.last:
        return Problem(each.line - place.first + 1, re.sub(NUMBER, "", each.message), each.warning)
    if each.line and not re.match(NUMBER, each.message):
        return Problem(
            0, _("第 %(line)d 行：%(message)s", line=each.line, message=each.message), each.warning
        )
    return Problem(0, each.message, each.warning)


def clauses_by(draft: DraftView, names: Sequence[str]) -> dict[str, tuple[str, Clause]]:
    """Those of the names that are ids or tags of clauses, with the title of the rules and the clause."""
    every = queries.scenario_clauses(engine(), me(), draft.key)
    known = {key: (title, each) for title, each in every for key in (each.tag, each.id)}
    return {name: known[name] for name in names if name in known}


def beginning(draft: DraftView, asked: Asked) -> str:
    """What stands in the field at first. Raises NotFound."""
    name, text = feature_name(draft, asked.file), before(draft, asked.file)
    if asked.whole:
        return text.rstrip()
    if asked.scenario:
        place = find(name, text, asked.scenario)
        if place is None:
            raise NotFound
        return place.taken_from(text)
    rule = next((each for each in typeset(name, text).rules if each.title == asked.rule), None)
    about = clauses_by(draft, [asked.clause]).get(asked.clause)
    if about is not None:
        title = "" if asked.rule else f"{about[1].id} {about[1].text}"
        return skeleton([about[1].tag], title)
    return skeleton(rule_tags(draft, rule) if rule else [])


def rule_tags(draft: DraftView, rule: RuleText) -> list[str]:
    """The clause a new scenario of a rule is probably about: that of its other scenarios, or that its title names."""
    known = clauses_by(draft, [*rule.tags, rule.title.split(" ")[0]])
    return [clause.tag for _title, clause in list(known.values())[:1]]


def taken_back(draft: DraftView, asked: Asked, run: GateView) -> str:
    """What was written when it was tried."""
    text = str(run.files[asked.file])
    if asked.whole:
        return text.rstrip()
    place = find(feature_name(draft, asked.file), text, run.only[0]) if run.only else None
    return place.taken_from(text) if place else text


def line_of(text: str, sentence: str) -> int:
    """The line of a sentence in what was written, 0 when it stands elsewhere or was filled in from examples."""
    wanted = sentence.replace(" ", "")
    lines = (line.strip().replace(" ", "") for line in text.split("\n"))
    return next((number for number, line in enumerate(lines, 1) if wanted and line == wanted), 0)


def result_of(run: GateView | None) -> Mapping[str, Any] | None:
    """How the scenario went; of an outline the first row that failed."""
    if run is None:
        return None
    failed = (each for each in run.results if each["outcome"] == "failed")
    return next(failed, run.results[0] if run.results else None)
