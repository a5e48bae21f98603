"""Small wrong changes of a procedure, made on purpose: scenarios that notice none of them prove little.

Every operator goes through the whole procedure in the order of its file and makes the same mutants each time. Running
scenarios against them is `features.mutation`.
"""

from engine.mutation.conditions import relax_condition
from engine.mutation.data import drop_payload, skip_line
from engine.mutation.flows import drop_branch, swap_default, swap_tasks
from engine.mutation.forms import drop_check
from engine.mutation.mutant import Mutant
from engine.mutation.people import drop_assignment
from engine.mutation.procedure import OPERATORS, Operator, mutants
from engine.mutation.times import drop_timer, shift_date

__all__ = [
    "OPERATORS",
    "Mutant",
    "Operator",
    "drop_assignment",
    "drop_branch",
    "drop_check",
    "drop_payload",
    "drop_timer",
    "mutants",
    "relax_condition",
    "shift_date",
    "skip_line",
    "swap_default",
    "swap_tasks",
]
