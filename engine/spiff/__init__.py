"""The only package that imports SpiffWorkflow: parser, task classes, state codec and the live instance."""

from engine.spiff.codec import dump, load
from engine.spiff.live import LiveInstance, OpenTask, Surroundings, ThrownMessage, Timer, WaitingMessage
from engine.spiff.parser import ParsedProcess, parse_bundle

__all__ = [
    "LiveInstance",
    "OpenTask",
    "ParsedProcess",
    "Surroundings",
    "ThrownMessage",
    "Timer",
    "WaitingMessage",
    "dump",
    "load",
    "parse_bundle",
]
