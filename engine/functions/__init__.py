"""The vetted functions of the expression language: the only code an expression can reach.

Each is a plain function of a `Scope` and its arguments, registered with its meaning and an example, from which the
catalogue in docs/functions.md is generated. Arguments that are empty give an empty result, never an error.
"""

from engine.functions import cases, dates, lists, people, values
from engine.functions.registry import CATALOGUE, Call, Entry, Scope, bind

__all__ = ["CATALOGUE", "Call", "Entry", "Scope", "bind", "cases", "dates", "lists", "people", "values"]
