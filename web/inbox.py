"""The list of open tasks, with the task page at its right on wide screens; and the tasks already done."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine import queries
from engine.queries.inbox import InboxItem
from web.session import engine, me
from web.words import Badge, due_badge

blueprint = Blueprint("inbox", __name__)
PAGE = 50


@dataclass
class Group:
    """Tasks that are about equally urgent."""

    title: str
    items: list[tuple[InboxItem, Badge]] = field(default_factory=list)


@dataclass(frozen=True)
class Tab:
    key: str
    label: str
    count: int | None
    current: bool


@dataclass(frozen=True)
class Column:
    """The list column: its lines, how to search and go on in it; `query` keeps search and tab in links."""

    groups: Sequence[Group]
    tabs: Sequence[Tab]
    total: int
    capped: bool
    late: int
    q: str
    query: dict[str, str]
    next_cursor: str | None


@blueprint.get("/")
def home() -> Response:
    return redirect(url_for("inbox.page"))


@blueprint.get("/tasks")
def page() -> str:
    return render_template("inbox/page.html", column=column())


@blueprint.get("/done")
def done() -> str:
    q, cursor = request.args.get("q", ""), request.args.get("cursor")
    found = queries.done_tasks(engine(), me(), q=q, cursor=cursor)
    return render_template("inbox/done.html", page=found, q=q)


def column() -> Column:
    """The list as the address of the page asks for it."""
    login, q = me(), request.args.get("q", "").strip()[:100]
    tab = request.args.get("tab", "")
    soon = queries.soon_limit(engine())
    filters: dict[str, dict[str, Any]] = {
        "": {},
        "unclaimed": {"unclaimed": True},
        "soon": {"due_before": soon},
    }
    chosen = tab if tab in filters else ""
    found = queries.inbox(
        engine(), login, q=q, limit=PAGE, cursor=request.args.get("cursor"), **filters[chosen]
    )
    counts = queries.inbox_counts(engine(), login)
    tabs = [Tab("", _("全部"), None, chosen == "")]
    for key, label in (("unclaimed", _("待认领")), ("soon", _("临期与逾期"))):
        number = queries.inbox(engine(), login, limit=1, **filters[key]).total
        tabs.append(Tab(key, label, number, chosen == key))
    kept = {name: value for name, value in (("q", q), ("tab", chosen)) if value}
    return Column(
        groups=grouped(found.items),
        tabs=tabs,
        total=found.total,
        capped=found.total_is_capped,
        late=counts["late"],
        q=q,
        query=kept,
        next_cursor=found.next_cursor,
    )


def grouped(items: Sequence[InboxItem]) -> list[Group]:
    """The tasks under 已逾期, 三个工作日内 and 以后; empty groups are left out."""
    late, soon, later = Group(_("已逾期")), Group(_("三个工作日内")), Group(_("以后"))
    dues = queries.due_states(engine(), [item.due_at for item in items])
    for item, due in zip(items, dues, strict=True):
        group = {"late": late, "today": soon, "soon": soon}.get(due.kind, later)
        group.items.append((item, due_badge(due, item.due_at)))
    return [group for group in (late, soon, later) if group.items]
