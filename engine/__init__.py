"""The engine of Guicheng: cases run on diagrams, for towns with written rules. This is its front door."""

from engine import commands, errors, queries
from engine.process_engine import ProcessEngine

__all__ = ["ProcessEngine", "commands", "errors", "queries"]
