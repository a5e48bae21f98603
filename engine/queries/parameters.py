"""规则参数 as a table to be read."""

from dataclasses import dataclass

from engine.errors import NotFound
from engine.parameters import Parameter, Value
from engine.process_engine import ProcessEngine


@dataclass(frozen=True)
class ParameterLine:
    """A parameter in force; `written` is what the pack's file says, where it has been changed since."""

    parameter: Parameter
    shared: bool
    written: Value | None


def parameters(engine: ProcessEngine, login: str) -> list[ParameterLine]:
    """All parameters of the person's pack: its own, then the shared ones, in the order of the files."""
    with engine.database.reading() as session:
        pack = engine.pack_of(session, login)
        return [
            ParameterLine(
                each,
                each.name not in pack.written_parameters.own,
                written.value if (written := pack.written_parameters.parameter(each.name)) != each else None,
            )
            for each in sorted(
                pack.parameters.parameters(), key=lambda each: each.name not in pack.written_parameters.own
            )
        ]


def parameter(engine: ProcessEngine, login: str, name: str) -> ParameterLine:
    """One of them. Raises NotFound."""
    for line in parameters(engine, login):
        if line.parameter.name == name:
            return line
    raise NotFound(f"没有规则参数“{name}”。请从规则参数页重新进入。")


__all__ = ["ParameterLine", "parameter", "parameters"]
