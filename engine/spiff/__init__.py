"""The only package that imports SpiffWorkflow: parser, task classes, state codec and the live instance."""

from engine.spiff.codec import dump, load, same
from engine.spiff.live import LiveInstance
from engine.spiff.moving import Immovable
from engine.spiff.parser import ParsedProcess, parse_bundle
from engine.spiff.rebase import NotCarried
from engine.spiff.rounds import Round
from engine.spiff.views import OpenTask, Surroundings, ThrownMessage, Timer, WaitingMessage

__all__ = [
    "Immovable",
    "LiveInstance",
    "NotCarried",
    "OpenTask",
    "ParsedProcess",
    "Round",
    "Surroundings",
    "ThrownMessage",
    "Timer",
    "WaitingMessage",
    "dump",
    "load",
    "parse_bundle",
    "same",
]
