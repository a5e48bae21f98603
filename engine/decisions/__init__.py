"""Decision tables: read from DMN files, asked by cases, proved to be disjoint and complete."""

from engine.decisions.errors import BadDecision, DecisionFailed
from engine.decisions.model import COLLECT, FIRST, UNIQUE, Decision, Outcome, Part
from engine.decisions.proof import Proof, prove
from engine.decisions.reading import parse_decision

__all__ = [
    "COLLECT",
    "FIRST",
    "UNIQUE",
    "BadDecision",
    "Decision",
    "DecisionFailed",
    "Outcome",
    "Part",
    "Proof",
    "parse_decision",
    "prove",
]
