"""The one expression language of diagrams, forms and decision tables, evaluated without Python's own eval."""

from engine.expressions.compiled import Call, Expression, compile_expression
from engine.expressions.errors import ExpressionError
from engine.expressions.known import Problem, unknown
from engine.expressions.script import Assignment, compile_payload, compile_script, run_script
from engine.expressions.tokens import lone_placeholder

__all__ = [
    "Assignment",
    "Call",
    "Expression",
    "ExpressionError",
    "Problem",
    "compile_expression",
    "compile_payload",
    "compile_script",
    "lone_placeholder",
    "run_script",
    "unknown",
]
