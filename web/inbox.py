"""The list of open tasks, with the task page at its right on wide screens; and the tasks already done."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine import queries
from engine.queries import CirculationLine
from engine.queries.inbox import InboxItem
from web.session import engine, me
from web.words import Badge, due_badge

blueprint = Blueprint("inbox", __name__)
PAGE = 50
READ = "read"
"""The tab of the cases that are still to be read."""


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
    batches: bool = False
    """Whether some of the tasks can be done with one sheet."""
    readings: Sequence[CirculationLine] | None = None
    """The cases still to be read, when these are listed in the place of tasks."""


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
    chosen = tab if tab in (*filters, READ) else ""
    found = queries.inbox(
        engine(), login, q=q, limit=PAGE, cursor=request.args.get("cursor"), **filters.get(chosen, {})
    )
    counts = queries.inbox_counts(engine(), login)
    tabs = [Tab("", _("全部"), None, chosen == "")]
    for key, label in (("unclaimed", _("待认领")), ("soon", _("临期与逾期"))):
        number = queries.inbox(engine(), login, limit=1, **filters[key]).total
        tabs.append(Tab(key, label, number, chosen == key))
    tabs.append(Tab(READ, _("待阅"), counts["to_read"], chosen == READ))
    kept = {name: value for name, value in (("q", q), ("tab", chosen)) if value}
    if chosen == READ:
        page = queries.to_read(engine(), login, q=q, limit=PAGE, cursor=request.args.get("cursor"))
        found = replace(found, items=(), next_cursor=page.next_cursor)
    return Column(
        groups=grouped(found.items),
        tabs=tabs,
        total=found.total,
        capped=found.total_is_capped,
        late=counts["late"],
        q=q,
        query=kept,
        next_cursor=found.next_cursor,
        batches=sum(1 for item in found.items if item.in_batches and not item.suspended) > 1,
        readings=page.items if chosen == READ else None,
    )


def grouped(items: Sequence[InboxItem]) -> list[Group]:
    """The tasks under 已逾期, 三个工作日内, 以后 and 已挂起; empty groups are left out."""
    late, soon, later = Group(_("已逾期")), Group(_("三个工作日内")), Group(_("以后"))
    still = Group(_("已挂起"))
    dues = queries.due_states(engine(), [item.due_at for item in items])
    for item, due in zip(items, dues, strict=True):
        group = {"late": late, "today": soon, "soon": soon}.get(due.kind, later)
        group = still if item.suspended else group
        group.items.append((item, due_badge(due, item.due_at, item.suspended)))
    return [group for group in (late, soon, later, still) if group.items]
