"""What a form consists of: its components, with their rules already checked and compiled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

from engine.errors import EngineError
from engine.expressions import Expression
from engine.forms.texts import Text

CHOICES = frozenset({"radio", "select", "checklist", "taglist"})
LISTS = frozenset({"checklist", "taglist", "filepicker", "dynamiclist"})
WITHOUT_VALUE = frozenset({"text", "group", "documentPreview"})
ORDINAL = "序号"
"""The column that is numbered anew whenever the rows of a sortable table change places."""

TEXTFIELD_LENGTH = 200
TEXTAREA_LENGTH = 10_000
ROW_LIMIT = 500
LIST_LIMIT = 500


class FormError(EngineError):
    """A form, its example or one of its expressions is wrong; `problems` has a Chinese sentence for each."""

    def __init__(self, problems: str | Sequence[str]) -> None:
        self.problems = (problems,) if isinstance(problems, str) else tuple(problems)
        super().__init__("\n".join(self.problems))


class RuleFailed(FormError):
    """One rule of a component cannot be computed; `rule` is the name of the property it was written in."""

    def __init__(self, problem: str, component: Component, rule: str) -> None:
        super().__init__(problem)
        self.component, self.rule = component, rule


@dataclass(frozen=True)
class Option:
    """One thing to choose: the value that is stored and the words a person reads."""

    value: object
    label: str


@dataclass(frozen=True)
class Check:
    """An expression with the sentence shown because of it; `name` is the property it was written in."""

    name: str
    expression: Expression
    text: Text


@dataclass(frozen=True)
class Rules:
    """What the properties of a component say, compiled."""

    shown: Expression | None = None
    required: Expression | None = None
    readonly: bool = False
    readonly_when: Expression | None = None
    initial: Expression | Text | None = None
    preset: object = None
    """The initial value where it is written as a plain text, already of the component's type."""
    options: Expression | None = None
    checks: tuple[Check, ...] = ()
    warning: Check | None = None
    fixed_rows: bool = False
    row_key: str | None = None
    sortable: bool = False
    least: Expression | int = 0
    most: Expression | int = ROW_LIMIT
    description: Text | None = None
    body: Text | None = None
    """The sentences of a text, or the name of a document."""

    @property
    def has_initial(self) -> bool:
        """Whether an initial value is given at all."""
        return self.initial is not None or self.preset is not None

    def written(self) -> Iterator[tuple[str, Expression]]:
        """Every expression with the name of the property it stands in."""
        single = {
            "显示条件": self.shown,
            "必填条件": self.required,
            "只读条件": self.readonly_when,
            "初值": self.initial,
            "可选值": self.options,
            "最少行": self.least,
            "最多行": self.most,
        }
        for name, value in single.items():
            if isinstance(value, Expression):
                yield name, value
        texts = [self.initial, self.description, self.body]
        for check in (*self.checks, *((self.warning,) if self.warning else ())):
            yield check.name, check.expression
            texts.append(check.text)
        for text in texts:
            if isinstance(text, Text):
                yield from ((text.name, part) for part in text.expressions)

    @cached_property
    def reads(self) -> frozenset[str]:
        """The names that decide whether it is shown, who fills it, its options and its computed value."""
        deciding = {"显示条件", "只读条件", "初值", "可选值", "最少行", "最多行"}
        return frozenset(
            name for where, expression in self.written() if where in deciding for name in expression.names
        )


@dataclass(frozen=True)
class Component:
    """A field, text, group, table or document of a form; what its type has no use for keeps its default."""

    key: str | None
    label: str
    type: str
    subtype: str = ""
    description: str = ""
    required: bool = False
    multiple: bool = False
    accept: tuple[str, ...] = ()
    """Lower-case file name endings without the dot; empty accepts every file."""
    max_mb: int | None = None
    decimals: int = 0
    minimum: float | None = None
    maximum: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    options: tuple[Option, ...] = ()
    columns: int = 16
    """Width on a grid of 16."""
    components: tuple[Component, ...] = ()
    properties: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    text: str = ""
    rules: Rules = field(default_factory=Rules, repr=False)

    @property
    def name(self) -> str:
        """The key of a component that has one; an empty text otherwise."""
        return self.key or ""

    @property
    def is_choice(self) -> bool:
        """Whether its value is chosen among options."""
        return self.type in CHOICES

    @property
    def is_list(self) -> bool:
        """Whether its value is a list."""
        return self.type in LISTS

    @property
    def template(self) -> str:
        """The file a document is made by; empty for everything else."""
        return self.properties.get("模板", "").strip()

    def blank(self) -> object:
        """The value of this field when nothing is filled in."""
        return [] if self.is_list else False if self.type == "checkbox" else None

    @cached_property
    def column_order(self) -> tuple[Component, ...]:
        """The columns of a table, each after those its computed value reads."""
        return tuple(column for column, _ in in_order([(column, ()) for column in self.components]))

    @cached_property
    def column_names(self) -> frozenset[str]:
        """The keys of the columns of a table."""
        return frozenset(column.name for column in self.components)


Place = tuple[Component, tuple[Component, ...]]
"""A field with the groups it lies in, the outermost first."""


@dataclass(frozen=True)
class Form:
    """A form as one `.form` file describes it."""

    key: str
    title: str
    note: str
    components: tuple[Component, ...]
    note_text: Text | None = field(default=None, repr=False)

    def fields(self) -> tuple[Component, ...]:
        """The fields that have a value: groups flattened, tables as one; no texts, no documents."""
        return tuple(component for component, _ in self.places)

    def documents(self) -> tuple[Component, ...]:
        """The documents that are made when the form is submitted."""
        return tuple(each for each, _ in _places(self.components, ()) if each.type == "documentPreview")

    def everything(self) -> Iterator[Component]:
        """Every component in the order of the document, with what lies in groups and tables."""
        waiting = list(self.components)
        while waiting:
            each = waiting.pop(0)
            waiting = [*each.components, *waiting]
            yield each

    def blank(self) -> dict[str, object]:
        """A new sheet with nothing filled in: every declared field with its blank value."""
        return {component.name: component.blank() for component in self.fields()}

    @cached_property
    def watched(self) -> frozenset[str]:
        """The fields and columns whose entry decides what the form shows, demands, offers or computes elsewhere."""
        everything = list(self.components)
        for each in everything:
            everything.extend(each.components)
        read: set[str] = set(_named_in(self.note_text))
        for each in everything:
            rules = each.rules
            # A field that reads its own name in these rules means the variable of the case.
            read |= rules.reads - {each.name}
            read |= rules.required.names if rules.required else frozenset()
            read |= _named_in(rules.description) | _named_in(rules.body)
        return frozenset(each.name for each in everything if each.name in read)

    @cached_property
    def following(self) -> frozenset[str]:
        """The fields outside tables that can be filled in and whose prefilled value depends on other entries."""
        single = (each for each in self.fields() if not each.is_list and not each.rules.readonly)
        return frozenset(
            each.name for each in single if _named_initially(each) & self.by_key.keys() - {each.name}
        )

    @property
    def reacts(self) -> bool:
        """Whether something in this form depends on what is entered elsewhere in it."""
        return bool(self.watched)

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """The fields in the order of the document, each with its groups."""
        return tuple(place for place in _places(self.components, ()) if place[0].type not in WITHOUT_VALUE)

    @cached_property
    def by_key(self) -> Mapping[str, Component]:
        """The fields by their key."""
        return {component.name: component for component in self.fields()}

    @cached_property
    def order(self) -> tuple[Place, ...]:
        """The fields in the order in which they are settled; raises FormError for a circle among them."""
        return in_order(self.places)


def _named_in(text: Text | None) -> frozenset[str]:
    """The names that the expressions of a sentence read."""
    return frozenset(name for part in (text.expressions if text else ()) for name in part.names)


def _named_initially(component: Component) -> frozenset[str]:
    """The names that the prefilled value of a field reads."""
    initial = component.rules.initial
    return frozenset(initial.names) if isinstance(initial, Expression) else _named_in(initial)


def _places(components: Sequence[Component], groups: tuple[Component, ...]) -> Iterator[Place]:
    for component in components:
        yield component, groups
        if component.type == "group":
            yield from _places(component.components, (*groups, component))


def in_order(places: Sequence[Place]) -> tuple[Place, ...]:
    """The places so that each comes after those its conditions and computed value read, otherwise as given.

    A field that reads its own name means the variable of the case, so that is no dependence.
    Raises FormError for fields that depend on each other.
    """
    by_key = {component.name: (component, groups) for component, groups in places}
    position = {key: index for index, key in enumerate(by_key)}
    settled: dict[str, Place] = {}
    open_keys: list[str] = []

    def settle(key: str) -> None:
        if key in settled:
            return
        if key in open_keys:
            names = "、".join(f"“{each}”" for each in open_keys[open_keys.index(key) :])
            raise FormError(
                f"{names}的显示条件、只读条件、初值或可选值互相引用，无法确定先后；请去掉一处，或在之前的脚本任务里先算好"
            )
        open_keys.append(key)
        for needed in sorted(_needs(*by_key[key]) & by_key.keys(), key=position.__getitem__):
            settle(needed)
        open_keys.pop()
        settled[key] = by_key[key]

    for key in by_key:
        settle(key)
    return tuple(settled.values())


def _needs(component: Component, groups: tuple[Component, ...]) -> frozenset[str]:
    inner = (
        frozenset[str]().union(*(column.rules.reads for column in component.components))
        - component.column_names
    )
    own = (component.rules.reads | inner) - {component.name}
    return own.union(*(group.rules.reads for group in groups))
