"""What stands between a change of a procedure and its publishing: its scenarios, and rules nobody can waive."""

from engine.gate.candidate import Candidate, Published, published, state_of
from engine.gate.known import recall, remember, surroundings
from engine.gate.rules import RULES, Refusal, failures, soft_changes, still_refused, without_running
from engine.gate.running import Plan, Running, as_words, leave_out, plan, run_scenarios, stage
from engine.gate.scenarios import Scenario, Unreadable, read_scenarios

__all__ = [
    "RULES",
    "Candidate",
    "Plan",
    "Published",
    "Refusal",
    "Running",
    "Scenario",
    "Unreadable",
    "as_words",
    "failures",
    "leave_out",
    "plan",
    "published",
    "read_scenarios",
    "recall",
    "remember",
    "run_scenarios",
    "soft_changes",
    "stage",
    "state_of",
    "still_refused",
    "surroundings",
    "without_running",
]
