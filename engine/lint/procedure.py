"""One procedure as the rules look at it: diagram and forms, read once, and how they refer to each other."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from lxml import etree

from engine.bpmn_xml import BPMN
from engine.decisions import BadDecision, Decision, Proof, parse_decision, prove
from engine.definitions import Bundle
from engine.diagram import Diagram, Element, Flow, split
from engine.errors import BadDiagram
from engine.expressions import Expression
from engine.forms import Component, Form, FormError, parse_form
from engine.forms.checks import FIXED_NAMES as FORM_NAMES
from engine.lint.graph import Graph
from engine.lint.registry import Note
from engine.lint.sites import AFTER, Site, sites
from engine.lint.variables import Variables
from engine.lint.world import Pack, World


@dataclass(frozen=True)
class Procedure:
    """A bundle inside its world. Everything is computed once; only `diagram` of an unreadable file raises."""

    bundle: Bundle
    world: World

    @property
    def key(self) -> str:
        return self.bundle.key

    @property
    def diagram(self) -> Diagram:
        return self.bundle.diagram

    @cached_property
    def unreadable(self) -> str | None:
        """Why the diagram cannot be read, or None."""
        try:
            _ = self.bundle.diagram
        except BadDiagram as error:
            return str(error)
        except UnicodeEncodeError:
            return "图文件里有不成字的编码，无法读取。请用建模器重新导出。"
        return None

    @property
    def readable(self) -> bool:
        return self.unreadable is None

    # -- notes

    def note(self, element: Element | Flow | None, text: str, file: str = "") -> Note:
        """A note at an element, a flow, or with None at the process itself."""
        if element is None:
            return Note("", text, file)
        return Note(element.id, f"{self.label(element)}：{text}", file)

    def label(self, element: Element | Flow) -> str:
        """How messages name an element; a flow is named by what it connects."""
        if isinstance(element, Element):
            return element.label
        name = f"“{element.name}”" if element.name else ""
        ends = (self.diagram.elements.get(element.source), self.diagram.elements.get(element.target))
        return f"从{_short(ends[0])}到{_short(ends[1])}的连线{name}（{element.id}）"

    # -- elements

    @property
    def process(self) -> etree._Element:
        """The process element of the file."""
        return self.diagram.root.find(BPMN + "process")

    @cached_property
    def elements(self) -> tuple[Element, ...]:
        return tuple(self.diagram.elements.values())

    def scope(self, parent: str) -> tuple[Element, ...]:
        """The elements that lie directly in the process (`""`) or in a sub-process."""
        return tuple(each for each in self.elements if each.parent == parent)

    @cached_property
    def scopes(self) -> tuple[str, ...]:
        """The process and each of its sub-processes."""
        return ("", *(each.id for each in self.elements if each.kind == "subProcess"))

    def properties(self, element: Element | None) -> Mapping[str, str]:
        """The extension properties that have a name."""
        written = (self.diagram if element is None else element).properties
        return {name: value for name, value in written.items() if isinstance(name, str)}

    def attribute(self, element: Element, name: str) -> str:
        """An attribute of the modeller, such as formKey; empty when it is not written."""
        value = element.extensions.get(name)
        return value.strip() if isinstance(value, str) else ""

    def mappings(self, element: Element, kind: str) -> tuple[Mapping[str, str], ...]:
        """The `in` or `out` mappings of a call activity."""
        written = element.extensions.get(kind, [])
        return tuple(written) if isinstance(written, list) else ()

    def name_of(self, element: str) -> str:
        """An element's name, or else its id, in quotation marks."""
        return _short(self.diagram.elements.get(element))

    @cached_property
    def graph(self) -> Graph:
        return Graph(self.diagram)

    # -- packs

    @cached_property
    def packs(self) -> tuple[Pack, ...]:
        """The packs in which it runs."""
        return self.world.packs_of(self)

    def catalogue(self, pack: Pack, function: str) -> Collection[str] | None:
        """What a function of this name may ask of a pack; None when the pack cannot be read."""
        if function in ("岗位人员", "在任"):
            return None if pack.organisation is None else [post.name for post in pack.organisation.posts()]
        if pack.parameters is None:
            return None
        if function == "枚举":
            return pack.parameters.enumerations()
        return [parameter.name for parameter in pack.parameters.parameters()]

    # -- variables and expressions

    @cached_property
    def variables(self) -> Variables:
        return Variables(self)

    @cached_property
    def sites(self) -> tuple[Site, ...]:
        """Every expression of the diagram."""
        return tuple(sites(self))

    def error_at(self, element: Element, what: str) -> bool:
        """Whether an expression of this element is faulty."""
        return any(site.element is element and site.what == what and site.error for site in self.sites)

    def known(self, site: Site) -> frozenset[str]:
        """The names an expression could mean at its place."""
        element = self._at(site)
        names = self.variables.known(element)
        if element is not None and element.variable and not site.item:
            names -= {element.variable} - self.variables.case
        return names | site.names

    def surely(self, site: Site) -> frozenset[str]:
        """The names that exist on every way to its place."""
        element = self._at(site)
        if element is None:
            return self.known(site)
        names = self.variables.before[element.id] | site.names
        if site.when == AFTER:
            names |= self.variables.surely_sets(element)
        if element.variable and site.item:
            names |= {element.variable}
        return names

    def _at(self, site: Site) -> Element | None:
        """The element at which an expression is computed; a condition where its flow begins."""
        if isinstance(site.element, Flow):
            return self.diagram.elements.get(site.element.source)
        return site.element

    @cached_property
    def needed(self) -> frozenset[str]:
        """The names of the case that expressions of the diagram and its forms use."""
        found: set[str] = set()
        for site in self.sites:
            if site.expression is not None and site.element is not None:
                found |= site.expression.names - site.names - self._items(site)
        for key, elements in self.form_keys().items():
            form = self.forms.get(key)
            if form is None:
                continue
            used = frozenset[str]().union(*(each.names for _, _, each in self.form_expressions(form)))
            own = set(form.by_key) | {column for each in form.fields() for column in each.column_names}
            items = [self._item_names(element) for element in elements]
            found |= used - own - FORM_NAMES - frozenset[str]().union(*items)
        return frozenset(found)

    def _items(self, site: Site) -> frozenset[str]:
        element = self._at(site)
        return self._item_names(element) if element is not None else frozenset()

    def _item_names(self, element: Element) -> frozenset[str]:
        """Names that exist only around this element: element variables and what its instances set."""
        return self.variables.known(element) - self.variables.known(None)

    @cached_property
    def everything(self) -> frozenset[str]:
        """Every name that means something at some place of the procedure."""
        places = (self.variables.known(element) for element in (None, *self.elements))
        fields = (self.form_fields(key) for key in self.form_keys())
        return frozenset[str]().union(*places, *fields)

    @cached_property
    def declared(self) -> tuple[tuple[Element | None, str, str], ...]:
        """Names given to variables outside forms and scripts: at which element, as what, which."""
        found: list[tuple[Element | None, str, str]] = []
        for name in ("公开变量", "启动变量"):
            found += [(None, name, word) for word in split(self.properties(None).get(name, ""))]
        for element in self.elements:
            if element.variable:
                found.append((element, "元素变量", element.variable))
            for kind in ("in", "out"):
                found += [
                    (element, f"调用的 {kind}", m["target"])
                    for m in self.mappings(element, kind)
                    if m.get("target")
                ]
            if element.kind == "businessRuleTask" and self.attribute(element, "resultVariable"):
                found.append((element, "结果变量", self.attribute(element, "resultVariable")))
        for site in self.sites:
            if site.target:
                found.append((self._at(site), site.what, site.target))
        return tuple(found)

    # -- forms

    def form_expressions(self, form: Form) -> Iterator[tuple[Component, str, Expression]]:
        """Every expression of a form with its component and the property it stands in."""
        waiting = list(form.components)
        while waiting:
            component = waiting.pop(0)
            waiting = [*component.components, *waiting]
            yield from ((component, name, expression) for name, expression in component.rules.written())

    def form_keys(self) -> dict[str, list[Element]]:
        """Form key → the tasks and buttons that use it; a task without a key uses the form of its own id."""
        used: dict[str, list[Element]] = {}
        for element in self.elements:
            key = self.form_key(element)
            if key:
                used.setdefault(key, []).append(element)
        return used

    def form_key(self, element: Element) -> str:
        """The key of the form a person fills at this element, or an empty text."""
        if element.kind == "userTask":
            return self.attribute(element, "formKey") or element.id
        if element.event == "message" and element.kind in ("boundaryEvent", "intermediateCatchEvent"):
            return self.properties(element).get("form", "").strip()
        return ""

    @cached_property
    def forms(self) -> Mapping[str, Form]:
        """The forms that can be read, by key."""
        return {key: form for key, (form, _) in self._parsed.items() if form is not None}

    @cached_property
    def form_faults(self) -> Mapping[str, tuple[str, ...]]:
        """What is wrong with the forms that cannot be read, by key."""
        return {key: faults for key, (_, faults) in self._parsed.items() if faults}

    @cached_property
    def _parsed(self) -> Mapping[str, tuple[Form | None, tuple[str, ...]]]:
        found: dict[str, tuple[Form | None, tuple[str, ...]]] = {}
        for path in self.files("forms/", ".form"):
            key = path.removeprefix("forms/").removesuffix(".form")
            try:
                found[key] = (parse_form(self.bundle.files[path], path), ())
            except FormError as error:
                prefix = f"{path}："
                found[key] = (None, tuple(each.removeprefix(prefix) for each in error.problems))
        return found

    # -- decision tables

    @cached_property
    def decisions(self) -> Mapping[str, Decision]:
        """The decision tables that can be read, by the name of their file."""
        return {key: table for key, (table, _) in self._tables.items() if table is not None}

    @cached_property
    def decision_faults(self) -> Mapping[str, tuple[str, ...]]:
        """What is wrong with the tables that cannot be read, by the name of their file."""
        return {key: faults for key, (_, faults) in self._tables.items() if faults}

    @cached_property
    def proofs(self) -> Mapping[str, Proof]:
        """What the proof of each table that can be read has found."""
        return {key: prove(decision) for key, decision in self.decisions.items()}

    @cached_property
    def _tables(self) -> Mapping[str, tuple[Decision | None, tuple[str, ...]]]:
        found: dict[str, tuple[Decision | None, tuple[str, ...]]] = {}
        for key, text in sorted(self.bundle.decisions.items()):
            path = f"decisions/{key}.dmn"
            try:
                found[key] = (parse_decision(text, path, key), ())
            except BadDecision as error:
                found[key] = (
                    None,
                    tuple(each.removeprefix(path).removeprefix("：") for each in error.problems),
                )
        return found

    # -- more about forms

    def form_fields(self, key: str) -> set[str]:
        """The variables a form sets; of a form that cannot be read, the keys it seems to have."""
        form = self.forms.get(key)
        if form is not None:
            return set(form.by_key)
        return set(_keys(self.bundle.files.get(f"forms/{key}.form", "")))

    def files(self, start: str, end: str) -> Iterator[str]:
        """The paths of the bundle's files that begin and end like this."""
        return (path for path in sorted(self.bundle.files) if path.startswith(start) and path.endswith(end))


def _keys(text: str) -> Iterator[str]:
    """Anything that looks like the key of a component, so that one slip in a form is not told many times."""
    try:
        waiting = [json.loads(text)]
    except (ValueError, RecursionError):
        return
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            yield from (part[name] for name in ("key", "path") if isinstance(part.get(name), str))
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part


def _short(element: Element | None) -> str:
    return f"“{element.name or element.id}”" if element else "（缺失的元素）"
