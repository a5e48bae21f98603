"""What scenarios begin with in common: the tree of their sentences, and the towns kept where it branches."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from pytest_bdd.parser import Step

from features.moments import Moment, keep, restore
from features.steps.town import Town

KEPT = 48
"""So many towns are kept at most, about 2 MB each."""


class Played(Protocol):
    """A scenario: the pack it belongs to and its sentences."""

    @property
    def pack(self) -> str: ...

    @property
    def steps(self) -> Sequence[Step]: ...


@dataclass
class Node:
    """A sentence after which the scenarios of `runs` end and those below go on."""

    step: Step | None = None
    children: dict[Any, Node] = field(default_factory=dict)
    runs: list[Any] = field(default_factory=list)

    @property
    def weight(self) -> float:
        """About how long everything from here on takes: looking is quicker than doing."""
        own = 0.0 if self.step is None else 0.2 if self.step.type == "then" else 1.0
        return own + sum(each.weight for each in self.children.values())

    def all_runs(self) -> Iterator[Any]:
        yield from self.runs
        for child in self.children.values():
            yield from child.all_runs()


def grow(runs: Sequence[Played]) -> dict[str, Node]:
    """The scenarios of each pack as a tree of sentences."""
    roots: dict[str, Node] = {}
    for run in runs:
        node = roots.setdefault(run.pack, Node())
        for step in run.steps:
            node = node.children.setdefault(_key(step), Node(step))
        node.runs.append(run)
    return roots


def _key(step: Step) -> Any:
    return step.type, step.name, tuple(map(tuple, step.datatable.raw())) if step.datatable else None


class Beginnings:
    """Lets each scenario go on from where an earlier one that begins alike has been, instead of playing that again."""

    def __init__(self, folder: Path, runs: Sequence[Played]) -> None:
        self._folder = folder
        self._roots = grow(runs)
        self._kept: OrderedDict[int, Moment] = OrderedDict()
        self._taken = 0

    def skip(self, town: Town, steps: Sequence[Step]) -> int:
        """How many of the first sentences need not be played; the town stands then as if they had been."""
        found, count = None, 0
        for number, node in enumerate(self._path(town, steps), 1):
            if id(node) in self._kept:
                found, count = node, number
        if found is not None:
            self._kept.move_to_end(id(found))
            restore(town, self._kept[id(found)])
        return count

    def passed(self, town: Town, steps: Sequence[Step]) -> None:
        """Keep the town after these sentences when some scenarios go on differently from here."""
        node = list(self._path(town, steps))[-1]
        if len(node.children) + len(node.runs) < 2 or id(node) in self._kept:
            return
        self._taken += 1
        self._kept[id(node)] = keep(town, self._folder / str(self._taken))
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)[1].forget()

    def _path(self, town: Town, steps: Sequence[Step]) -> Iterator[Node]:
        node = self._roots[town.pack]
        for step in steps:
            node = node.children[_key(step)]
            yield node
