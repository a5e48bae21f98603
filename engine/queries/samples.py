"""A case that was never held: values from the example sheets, with which forms and documents are looked at."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from sqlalchemy.orm import Session

from engine.definitions import FEATURE, Bundle
from engine.diagram import Diagram
from engine.errors import BadDiagram
from engine.expressions import Expression, ExpressionError, compile_expression, compile_script
from engine.forms import AttachmentInfo, Form, FormContext, FormError, Option, as_posted, parse_form
from engine.functions import Scope, bind
from engine.located_yaml import Document
from engine.process_engine import LoadedPack, ProcessEngine
from engine.sheets import ACTED_FOR, DOER, people_options

FORMS, FORM, EXAMPLE = "forms/", ".form", ".example.yml"
SAMPLE_SIZE = 20_000
"""Bytes of a file that is only named in an example."""


class SampleCases:
    """What a sheet may ask about cases: one other case of each kind, with the sample values."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values

    def waiting(self, _message: str) -> list[dict[str, Any]]:
        return [dict(self.values)]

    def instances(self, _key: str, ended: bool) -> list[dict[str, Any]]:
        return [] if ended else [dict(self.values)]

    def submissions(self, _element: str) -> list[dict[str, Any]]:
        return [dict(self.values)]

    def last_value(self, field: str) -> Any:
        return self.values.get(field)


class Samples:
    """The sample values of a draft, and the context in which one of its forms is filled in."""

    def __init__(
        self, engine: ProcessEngine, session: Session, login: str, pack: LoadedPack, bundles: Sequence[Bundle]
    ) -> None:
        """`bundles`: the draft first; what it does not say is taken from the others."""
        self.pack, self.login = pack, login
        moment = engine.now()
        self.today = moment.date()
        scope = Scope(
            moment,
            engine.calendar(session),
            pack.organisation,
            pack.parameters,
            pack.key,
            SampleCases({}),
            number=lambda _series, pattern: pattern.replace("{年}", str(moment.year)).replace("{序}", "1"),
        )
        # Whoever looks at a sample is everybody in it: the starter as well as the doer.
        self.fixed = {"发起人": login, "制度包": pack.key, "业务键": "样例", DOER: login, ACTED_FOR: None}
        self.values: dict[str, Any] = {}
        self._functions = bind(scope, script=True)
        for bundle in bundles:
            self._collect(bundle)
        handed = [self._handed_to(bundles[0].key, caller) for caller in bundles[1:]]
        if any(handed):
            for each in handed:
                self._add(each)
            # What is made of what the callers hand over is known only now.
            self._collect(bundles[0])
        row = {"业务键": "样例", "标题": "样例", "提交时间": moment.isoformat(timespec="seconds")}
        for name in _rows_in(bundles[0]):
            self.values[name] = {**self.values, **row}
        scope.cases = SampleCases({**self.values, **row})

    def context(self, used: frozenset[str] = frozenset()) -> FormContext:
        """For a form; `used` are the names its expressions use: those nothing is known of are empty."""
        organisation = self.pack.organisation

        def person_name(login: str) -> str:
            person = organisation.find_person(login)
            return person.name if person else login

        return FormContext(
            names={**dict.fromkeys(used), **self.values, **self.fixed},
            functions=self._functions,
            people=lambda: people_options(self.pack, self.today),
            units=lambda: [Option(unit.name, unit.name) for unit in organisation.units()],
            posts=lambda: [Option(post.name, post.name) for post in organisation.posts() if not post.system],
            attachment=lambda name: AttachmentInfo(name, name, SAMPLE_SIZE, "application/octet-stream"),
            person_name=person_name,
            example_attachment=lambda name: name,
        )

    # -- where values come from

    def _collect(self, bundle: Bundle) -> None:
        for path, text in sorted(bundle.files.items()):
            if path.startswith(FORMS) and path.endswith(EXAMPLE):
                form = _form(bundle, path.removesuffix(EXAMPLE) + FORM)
                if form is not None:
                    self._add(self.example(form, text))
        try:
            diagram = bundle.diagram
        except (BadDiagram, UnicodeEncodeError):
            return
        self._add(self._of_scripts(diagram))
        self._add(self._of_items(diagram))

    def _add(self, values: Mapping[str, Any]) -> None:
        for name, value in values.items():
            if value is not None and self.values.get(name) in (None, "", []):
                self.values[name] = value

    def example(self, form: Form, text: str) -> dict[str, object]:
        """What an example sheet fills in, one field after the other; what cannot be read is left out."""
        root = Document.from_text(text).root()
        data: dict[str, object] = {}
        for key in root:
            context = self.context(frozenset(form.by_key))
            context = replace(context, names={**context.names, **data})
            try:
                data |= as_posted(form, {key: root.raw(key)}, context)
            except FormError:
                continue
        return data

    def _of_scripts(self, diagram: Diagram) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for element in diagram.elements.values():
            try:
                lines = compile_script(element.script or "")
            except ExpressionError:
                continue
            for line in lines:
                if found.get(line.name) in (None, "", []):
                    found[line.name] = self._value(line.expression, found)
        return found

    def _of_items(self, diagram: Diagram) -> dict[str, Any]:
        """Element variables: the first item of what they go through."""
        found: dict[str, Any] = {}
        for element in diagram.elements.values():
            if element.variable and element.collection:
                try:
                    items = self._value(compile_expression(element.collection), found)
                except ExpressionError:
                    continue
                if isinstance(items, list) and items:
                    found[element.variable] = items[0]
        return found

    def _handed_to(self, key: str, caller: Bundle) -> dict[str, Any]:
        """What a procedure that calls this one hands over to it."""
        found: dict[str, Any] = {}
        try:
            elements = caller.diagram.elements.values()
        except (BadDiagram, UnicodeEncodeError):
            return found
        for element in elements:
            written = element.extensions.get("in", []) if element.called == key else []
            for mapping in written if isinstance(written, list) else ():
                source = mapping.get("sourceExpression") or mapping.get("source", "")
                try:
                    value = self._value(compile_expression(source), found)
                except ExpressionError:
                    continue
                if mapping.get("target") and found.get(mapping["target"]) in (None, "", []):
                    found[mapping["target"]] = value
        return found

    def _value(self, expression: Expression, found: Mapping[str, Any]) -> Any:
        try:
            names = {**dict.fromkeys(expression.names), **found, **self.values, **self.fixed}
            return expression.evaluate(names, self._functions)
        except (ExpressionError, ValueError, TypeError):
            return None


def _rows_in(bundle: Bundle) -> set[str]:
    """The element variables that stand for rows: somewhere a column of theirs is asked for."""
    try:
        names = {each.variable for each in bundle.diagram.elements.values() if each.variable}
    except (BadDiagram, UnicodeEncodeError):
        return set()
    texts = "\n".join(text for path, text in bundle.files.items() if not path.endswith(FEATURE))
    return {name for name in names if re.search(rf"(?<!\w){re.escape(name)}(\.\w|\[)", texts)}


def _form(bundle: Bundle, path: str) -> Form | None:
    return _parsed(bundle.files[path], path) if path in bundle.files else None


@lru_cache(maxsize=512)
def _parsed(text: str, path: str) -> Form | None:
    # The same forms are looked at with every key that somebody presses.
    try:
        return parse_form(text, path)
    except FormError:
        return None


__all__ = ["SampleCases", "Samples"]
