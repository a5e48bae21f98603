"""Printable documents: made from a case by a template of its bundle, frozen with their hash when made."""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from types import CodeType
from typing import TYPE_CHECKING, Any

from jinja2 import TemplateError, Undefined
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from sqlalchemy import select

from engine.clock import CN
from engine.errors import ElementFailed, NotFound
from engine.functions import bind
from engine.functions.dates import as_text
from engine.models import Document

if TYPE_CHECKING:
    from engine.case import Case

FILTERS = ("姓名", "职务", "中文日期", "中文时刻", "所在单位")


ALLOWED_FILTERS = frozenset(
    [
        "abs",
        "batch",
        "count",
        "default",
        "d",
        "e",
        "escape",
        "first",
        "float",
        "groupby",
        "int",
        "join",
        "last",
        "length",
        "list",
        "lower",
        "map",
        "max",
        "min",
        "reject",
        "rejectattr",
        "reverse",
        "round",
        "select",
        "selectattr",
        "slice",
        "sort",
        "string",
        "sum",
        "trim",
        "unique",
        "upper",
    ]
)
ALLOWED_METHODS = frozenset({"items", "keys", "values", "get"})


class Sandbox(ImmutableSandboxedEnvironment):
    """Templates cannot change what they are given, reach anything else, or make the server compute without end."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        # Data is texts, numbers, lists and mappings: of these only mappings have methods a document needs.
        if isinstance(obj, (str, int, float, list, tuple)) or (
            isinstance(obj, dict) and attr not in ALLOWED_METHODS
        ):
            return False
        return super().is_safe_attribute(obj, attr, value)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        numbers = isinstance(left, (int, float)) and isinstance(right, (int, float))
        if not numbers or operator == "**":
            raise SecurityError(f"文书模板里不能对这样的值用“{operator}”")
        return super().call_binop(context, operator, left, right)


def environment(functions: Mapping[str, Callable[..., Any]]) -> Sandbox:
    """A sandbox with the vetted functions, some of them as filters, and Chinese text for values."""
    sandbox = Sandbox(
        autoescape=True,
        undefined=Undefined,
        finalize=as_text,
        trim_blocks=True,
        lstrip_blocks=True,
        # Nothing is computed while compiling: what filters give depends on the case.
        optimized=False,
    )
    sandbox.globals = {name: _bare(function) for name, function in functions.items()}
    sandbox.filters = {name: each for name, each in sandbox.filters.items() if name in ALLOWED_FILTERS}
    sandbox.filters.update({name: sandbox.globals[name] for name in FILTERS})
    return sandbox


def _bare(function: Callable[..., Any]) -> Callable[..., Any]:
    # A bound function would show a template what it is bound to: the whole case.
    def call(*arguments: Any, **named: Any) -> Any:
        return function(*arguments, **named)

    return call


def render(template: str, names: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]]) -> str:
    """The document's HTML body. Raises jinja2.TemplateError."""
    sandbox = environment(functions)
    code = _compiled(template)
    return str(sandbox.template_class.from_code(sandbox, code, sandbox.make_globals(None)).render(**names))


@lru_cache(maxsize=64)
def _compiled(template: str) -> CodeType:
    # What has been compiled asks for functions and filters when it is rendered, so it serves every case.
    return environment(dict.fromkeys(FILTERS, len)).compile(template)


def told_apart(name: str, before: Iterable[str]) -> str:
    """The name of one more document in a case that has those named `before`: 出库单, then 出库单（第2次）."""
    numbered = re.compile(re.escape(name) + r"(（第\d+次）)?")
    count = sum(numbered.fullmatch(each) is not None for each in before)
    return f"{name}（第{count + 1}次）" if count else name


def make(
    case: "Case",
    process: str,
    template: str,
    name: str,
    scope: str = "",
    names: Mapping[str, Any] | None = None,
    task_id: str | None = None,
    made_by: str | None = None,
) -> Document:
    """Make and freeze a document of this case.

    `process` is the procedure whose bundle holds the template; `names` are the variables it sees (the case's when
    none are given); `made_by` is the engine's id of what makes it. A further one of the same name is numbered in its
    name. Raises ElementFailed when the template cannot be rendered.
    """
    try:
        text = case.versions[process].template(template)
    except NotFound as error:
        raise ElementFailed(template, name, template, str(error).rstrip("。")) from error
    seen = {**case.row.variables, **(names or {}), **case.names()}
    seen["制作时间"] = case.now.astimezone(CN).isoformat(timespec="seconds")
    try:
        html = render(text, seen, bind(case.scope(scope)))
    except (TemplateError, ValueError, TypeError, ArithmeticError, LookupError, AttributeError) as error:
        raise ElementFailed(template, name, template, f"文书模板“{template}”无法生成：{error}") from error
    before = case.tx.session.scalars(select(Document.name).where(Document.instance_id == case.row.id))
    name = told_apart(name, before)
    document = Document(
        instance_id=case.row.id,
        task_id=task_id,
        made_by=made_by,
        name=name,
        template=f"{process}/{template}",
        html=html,
        sha256=hashlib.sha256(html.encode()).hexdigest(),
        made_at=case.tx.now,
    )
    case.tx.session.add(document)
    case.tx.session.flush()
    case.tx.record(
        case.row.id,
        "document.made",
        {"name": name, "sha256": document.sha256, "document": document.id},
        task_id,
    )
    return document
