"""What is drawn (nodes, edges and scopes as read from BPMN) and the finished drawing of a scope."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, NamedTuple

from engine.errors import EngineError

BPMN: Final = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"

TASK_HEIGHT: Final = 80
EVENT_SIZE: Final = 36
GATEWAY_SIZE: Final = 50
GUEST_PITCH: Final = 60.0
"""Least distance of boundary events on one edge."""
SUB_PROCESSES: Final = frozenset({"subProcess", "transaction", "adHocSubProcess"})

# Sides of a shape and directions of travel, clockwise; the opposite of a side is `side ^ 2`.
E, S, W, N = range(4)
STEP_X: Final = (1, 0, -1, 0)
STEP_Y: Final = (0, 1, 0, -1)

SEQUENCE, MESSAGE, ASSOCIATION = "sequenceFlow", "messageFlow", "association"
ANNOTATION, PARTICIPANT = "textAnnotation", "participant"

Point = tuple[float, float]
Box = tuple[float, float, float, float]
"""Left, top, width, height in pixels."""


class LayoutError(EngineError):
    """The diagram cannot be drawn; the message is a Chinese sentence that names what and where."""


class Port(NamedTuple):
    """A place where an edge docks: the side of the shape, and the index of the grid line it leaves along."""

    side: int
    line: int


@dataclass(eq=False, slots=True)
class Node:
    """A shape on the grid: a flow node, a text annotation, or a pool at which a message flow ends."""

    id: str
    kind: str
    name: str
    w: float
    h: float
    lane: int = 0
    host: Node | None = None
    guests: list[Node] = field(default_factory=list)
    """The boundary events on this activity."""
    content: Scope | None = None
    """What an expanded sub-process holds."""
    inner: Drawing | None = None
    """The drawn content of an expanded sub-process."""
    looped: bool = False
    """Whether it shows a loop or multi-instance marker."""
    frame: tuple[int, int] | None = None
    """First and last lane of a pool."""
    rank: int = 0
    """The column."""
    main: bool = False
    """Whether it lies on the longest path from the start."""
    row: float = 0
    """The row inside its lane; only the order counts, so a half stands between two others."""
    line: int = 0
    """The row counted over all lanes."""
    off: float = 0
    """Of a boundary event: pixels right of its host's centre."""
    side: int = S
    """Of a boundary event: the edge of the host it sits on."""

    @property
    def own(self) -> Node:
        """The node that has a cell of the grid: the host of a boundary event, else the node itself."""
        return self.host or self

    @property
    def gateway(self) -> bool:
        return self.kind.endswith("Gateway")

    @property
    def labelled(self) -> bool:
        """Whether its name stands beside the shape."""
        return bool(self.name) and (self.kind.endswith("Event") or self.gateway)

    @property
    def roomy(self) -> bool:
        """Whether its sides are long enough for several docking points."""
        return self.h >= TASK_HEIGHT


@dataclass(eq=False, slots=True)
class Edge:
    """A sequence flow, message flow or association between two shapes of one scope."""

    id: str
    kind: str
    name: str
    s: Node
    t: Node
    default: bool = False
    closes_cycle: bool = False
    steep: bool = False
    """Drawn straight up or down: its target may stand in the column of its source."""
    back: bool = False
    """Drawn against the reading direction."""
    main: bool = False
    path: list[int] = field(default_factory=list)
    """Grid points from the first outside the source to the last outside the target."""
    ports: tuple[Port, Port] = (Port(E, 0), Port(W, 0))


@dataclass(eq=False, slots=True)
class Scope:
    """One drawing area: the content of a sub-process, or all pools of a page above each other."""

    nodes: dict[str, Node]
    edges: list[Edge]
    pool_of_lane: list[int] = field(default_factory=lambda: [0])
    """For every leaf lane from top to bottom, the pool it lies in."""
    closed: frozenset[int] = frozenset()
    """Lanes that stand for a pool without content."""
    frames: dict[str, Node] = field(default_factory=dict)
    """The pools at which message flows end."""
    nested: bool = False
    owner: list[int] = field(default_factory=list)
    """The lane of every row, set when rows are chosen."""

    @property
    def cells(self) -> list[Node]:
        """The nodes that have a cell of their own."""
        return [n for n in self.nodes.values() if not n.host]


@dataclass(eq=False, slots=True)
class Drawing:
    """Coordinates of everything inside a scope, its top left corner at the origin."""

    w: float = 0
    h: float = 0
    anchor: float = 0
    """The height of the row its owner is aligned on."""
    bands: list[tuple[float, float]] = field(default_factory=list)
    """Top and bottom of every lane."""
    shapes: dict[str, Box] = field(default_factory=dict)
    labels: dict[str, Box] = field(default_factory=dict)
    edges: dict[str, list[Point]] = field(default_factory=dict)
    expanded: set[str] = field(default_factory=set)
    crossings: int = 0
    """Crossings of the scope's own edges, those of sub-processes apart."""
    price: float = 0
    """How far it is from an ideal drawing; comparable between drawings of one scope."""

    def take(self, other: Drawing, dx: float, dy: float) -> None:
        """Adds another drawing, moved by the given distance."""
        self.shapes |= {k: (x + dx, y + dy, w, h) for k, (x, y, w, h) in other.shapes.items()}
        self.labels |= {k: (x + dx, y + dy, w, h) for k, (x, y, w, h) in other.labels.items()}
        self.edges |= {k: [(x + dx, y + dy) for x, y in points] for k, points in other.edges.items()}
        self.expanded |= other.expanded


@dataclass(frozen=True, slots=True)
class Lane:
    """A leaf lane; without an id it is the whole of a pool that has none."""

    id: str | None
    enclosing: tuple[str, ...] = ()
    """Ids of the lanes around it, the outermost first."""


@dataclass(frozen=True, slots=True)
class Pool:
    """A participant, or with no id a process drawn without one."""

    id: str | None
    lanes: tuple[Lane, ...]


@dataclass(eq=False, slots=True)
class Page:
    """One diagram plane: the whole document, or the content of a collapsed sub-process."""

    plane: str
    pools: list[Pool]
    scope: Scope
