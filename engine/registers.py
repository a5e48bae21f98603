"""The registers (台账) of a rule pack: lists of the cases of one procedure with columns its people need.

`registers.yml` is a mapping with one key:

    registers       name → {description, procedure, posts, columns, filter, undecided, order}

`procedure` is a process key, `posts` who may see the register, `columns` a list of {title, value, kind, width}. `filter` and
`undecided` are conditions over a case: which cases are listed, and which of them must not leave the house yet. What a
pack does not give is taken from the shared file. docs/registers.md explains it to those who write one.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from engine.expressions import Expression, ExpressionError, compile_expression
from engine.functions import CATALOGUE
from engine.located_yaml import Document, Entry, PackFileError
from engine.names import FIXED_NAMES
from engine.nearest import suggestion
from engine.parameters import Parameters

TEXT, DAY, MOMENT, PEOPLE, UNIT, FLAG, NUMBER = "文本", "日期", "时刻", "人员", "单位", "真假", "数字"
KINDS = (TEXT, DAY, MOMENT, PEOPLE, UNIT, FLAG, NUMBER)
"""What the values of a column are."""

TITLE, STATE, STARTED, ENDED = "案卷标题", "案卷状态", "发起时间", "办结时间"
STEPS, DOERS, DUE = "当前环节", "当前办理人", "当前时限"
OWN_NAMES = (TITLE, STATE, STARTED, ENDED, STEPS, DOERS, DUE)
"""What an expression of a register may use besides the variables of the case and the names known everywhere."""
KNOWN_NAMES = (*FIXED_NAMES, *OWN_NAMES)

STATES = {
    "active": "在办",
    "suspended": "已挂起",
    "completed": "已办结",
    "cancelled": "已撤销",
    "incident": "异常待处理",
}
"""What 案卷状态 says of the state of a case."""
RESTRICTED = "未决事项限制外传"
"""The parameter of a pack that keeps undecided matters from being exported."""
ORDERS = (STARTED, ENDED, "业务键")
DIRECTIONS = ("升序", "降序")
WIDTH, WIDEST = 10, 60


class RegistersError(PackFileError):
    """The registers of a pack are wrong."""


@dataclass(frozen=True)
class Column:
    """One column. `width` is in Chinese characters; `line` is where it stands in the file."""

    title: str
    value: Expression
    kind: str
    width: int
    line: int


@dataclass(frozen=True)
class Register:
    """One register. `undecided` None: nobody has said which of its cases are undecided."""

    name: str
    description: str
    procedure: str
    posts: tuple[str, ...]
    columns: tuple[Column, ...]
    condition: Expression | None
    undecided: Expression | None
    order: str
    descending: bool
    line: int

    def expressions(self) -> Iterator[tuple[str, Expression, int]]:
        """What each expression is for, itself, and its line."""
        if self.condition is not None:
            yield "filter", self.condition, self.line
        if self.undecided is not None:
            yield "undecided", self.undecided, self.line
        for column in self.columns:
            yield f"列“{column.title}”", column.value, column.line


@dataclass(frozen=True)
class Registers:
    """The registers of one pack; what it lacks is looked up in `shared`."""

    pack: str
    own: Mapping[str, Register]
    shared: Registers | None = field(default=None, repr=False)

    def all(self) -> tuple[Register, ...]:
        """The registers in force: the pack's own, then the shared ones it does not give itself."""
        others = self.shared.own if self.shared else {}
        return (*self.own.values(), *(each for name, each in others.items() if name not in self.own))

    def find(self, name: str) -> Register | None:
        """The register of this name, or None."""
        return next((each for each in self.all() if each.name == name), None)


def parse_registers(text: str, pack: str, shared: Registers | None = None) -> Registers:
    """Read the YAML `text` of the pack `pack`. Raises RegistersError: one located sentence per fault."""
    document = Document.from_text(text)
    root = document.root()
    root.only("registers")
    own = {name: _register(name, entry) for name, entry in root.table("registers").items()}
    if document.faults:
        raise RegistersError(document.located(document.faults))
    return Registers(pack, own, shared)


def _register(name: str, entry: Entry) -> Register:
    entry.only("description", "procedure", "posts", "columns", "filter", "undecided", "order")
    if "/" in name:
        entry.fault(f"台账的名称“{name}”里不能有“/”，它要写进网址，请改名")
    columns = entry.entries("columns")
    if not columns:
        entry.fault(f"台账“{name}”没有一列，请在 columns 里写明", "columns")
    posts = entry.names("posts")
    if not posts:
        entry.fault(f"台账“{name}”没有写谁可以看，请在 posts 里写明岗位", "posts")
    order, descending = _order(entry)
    register = Register(
        name=name,
        description=entry.text("description", ""),
        procedure=entry.text("procedure"),
        posts=posts,
        columns=tuple(_column(each) for each in columns),
        condition=_condition(entry, "filter"),
        undecided=_condition(entry, "undecided"),
        order=order,
        descending=descending,
        line=_line(entry),
    )
    seen: set[str] = set()
    for column, each in zip(register.columns, columns, strict=True):
        if column.title in seen:
            each.fault(f"列“{column.title}”写了两次，请删去一列或改名", "title")
        seen.add(column.title)
    return register


def _column(entry: Entry) -> Column:
    entry.only("title", "value", "kind", "width")
    kind = entry.text("kind", TEXT)
    if kind not in KINDS:
        entry.fault(f"不认识“{kind}”这种列{suggestion(kind, KINDS)}。可以写的有：{'、'.join(KINDS)}", "kind")
    width = entry.raw("width")
    if width is None:
        width = WIDTH
    if not isinstance(width, int) or isinstance(width, bool) or not 1 <= width <= WIDEST:
        entry.fault(f"“width”应当是 1 到 {WIDEST} 的整数，即几个字宽", "width")
        width = WIDTH
    value = _expression(entry, "value", entry.text("value"))
    return Column(entry.text("title"), value or compile_expression("None"), kind, width, _line(entry))


def _condition(entry: Entry, key: str) -> Expression | None:
    written = entry.raw(key)
    if written is None:
        return None
    return _expression(entry, key, str(written) if isinstance(written, bool) else entry.text(key))


def _expression(entry: Entry, key: str, source: str) -> Expression | None:
    """The expression, or None with its faults noted: of spelling, or in the functions it calls."""
    if not source:
        return None
    try:
        found = compile_expression(source)
    except ExpressionError as error:
        entry.fault(str(error).rstrip("。"), key)
        return None
    for call in found.calls:
        known = CATALOGUE.get(call.name)
        if known is None:
            near = suggestion(call.name, CATALOGUE)
            entry.fault(f"没有名为“{call.name}”的函数{near}，请改用函数目录里的函数", key)
        elif known.queries or known.scripts_only:
            entry.fault(f"台账里不能用“{call.name}”：每一行都要另去查找。请让流程先把结果存成变量", key)
        else:
            try:
                inspect.signature(known.call).bind(None, *call.arguments, **dict(call.keywords))
            except TypeError:
                entry.fault(f"“{call.name}”的参数个数或名称不对，应为 {known.signature}，请改正", key)
    return found


def _order(entry: Entry) -> tuple[str, bool]:
    words = entry.text("order", f"{STARTED} 降序").split()
    name, direction = [*words, "升序"][:2] if words else ("", "")
    if len(words) > 2 or name not in ORDERS or direction not in DIRECTIONS:
        choices = "、".join(ORDERS)
        entry.fault(f"“order”应写成“{STARTED} 降序”的样子：先写{choices}之一，再写升序或降序", "order")
        return STARTED, True
    return name, direction == "降序"


def _line(entry: Entry) -> int:
    return entry.document.lines.get(entry.path, 0)


def restricts_export(parameters: Parameters) -> bool:
    """Whether undecided matters of the pack must not be exported."""
    return any(each.name == RESTRICTED and each.value is True for each in parameters.parameters())
