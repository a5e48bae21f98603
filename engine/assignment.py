"""Who may do a task: the principals it is addressed to, and the facts that say why."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine.deadlines import facts
from engine.diagram import split
from engine.expressions import lone_placeholder
from engine.functions import Call
from engine.organisation import Organisation
from engine.spiff import OpenTask


@dataclass(frozen=True)
class Assignment:
    """`principals` in order, without repetition; `assignee` when the diagram names one person."""

    principals: tuple[str, ...]
    assignee: str | None
    why: dict[str, Any]


Evaluate = Callable[[str], tuple[Any, list[Call], dict[str, Any]]]
"""Evaluates an expression at the task: result, traced calls, names seen."""


def assign(task: OpenTask, organisation: Organisation, evaluate: Evaluate) -> Assignment:
    """Resolve assignee, candidate users and groups, else the lane, of a task that has just opened."""
    attributes = task.extensions
    found: list[str] = []
    why: dict[str, Any] = {"lane": task.lane, "rules": []}

    def by_people(kind: str, expression: str) -> list[str]:
        result, calls, names = evaluate(expression)
        logins = [str(each) for each in (result if isinstance(result, list) else [result]) if each]
        why["rules"].append({"kind": kind, **facts(expression, names, calls, logins)})
        found.extend(f"user:{login}" for login in logins)
        return logins

    def by_posts(kind: str, posts: list[str]) -> None:
        why["rules"].append({"kind": kind, "posts": posts})
        found.extend(f"post:{organisation.pack}/{post}" for post in posts)

    assignee = None
    if attributes.get("assignee"):
        logins = by_people("assignee", str(attributes["assignee"]))
        assignee = logins[0] if len(logins) == 1 else None
    if attributes.get("candidateUsers"):
        by_people("candidateUsers", str(attributes["candidateUsers"]))
    if attributes.get("candidateGroups"):
        text = str(attributes["candidateGroups"])
        if lone_placeholder(text):
            result, _, _ = evaluate(text)
            by_posts(
                "candidateGroups", [str(p) for p in (result if isinstance(result, list) else [result]) if p]
            )
        else:
            by_posts("candidateGroups", list(split(text)))
    if not why["rules"] and task.lane:
        lane = organisation.lane(task.lane)
        if lane.people:
            by_people("lane", lane.people)
        else:
            by_posts("lane", list(lane.posts))
    return Assignment(tuple(dict.fromkeys(found)), assignee, why)
