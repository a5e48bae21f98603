"""Automatic layout of BPMN diagrams with pools and lanes, and the checker that judges a drawing.

Method: columns by the longest way from the start, rows inside each lane by a deterministic search over a
coarse picture, the best of a few such arrangements by drawing them; every edge is routed by A* over docking
lines and tracks and rerouted until nothing changes; labels take the best free place.
"""

from __future__ import annotations

from .check import Defect, Figures, Report, check
from .document import layout
from .model import LayoutError

__all__ = ["Defect", "Figures", "LayoutError", "Report", "check", "layout"]
