"""规则参数: what the written rules leave to the town."""

from __future__ import annotations

from engine import commands, queries
from engine.queries import ParameterLine
from web import session
from web.api.operations import Answer, Call, operation
from web.api.schema import ANY, BOOLEAN, define, listed, nullable, record, text
from web.api.shapes import REASON

TAG = "系统维护"
PARAMETER = define(
    "Parameter",
    record(
        {
            "name": text(),
            "value": ANY,
            "unit": text(),
            "source": {**text(), "description": "条款号，或写明是默认、经验值"},
            "hard": {**BOOLEAN, "description": "由制度条款规定，不能更改"},
            "note": text(),
            "written": {"description": "在程序里改过的，文件里写的值；没有改过的为 null"},
        }
    ),
)


@operation(
    "GET", "/parameters", TAG, "本镇的规则参数", define("Parameters", record({"items": listed(PARAMETER)}))
)
def parameters(call: Call) -> Answer:
    """All that are in force."""
    return {"items": [_shown(line) for line in queries.parameters(call.engine, call.login)]}


def _shown(line: ParameterLine) -> dict[str, object]:
    each = line.parameter
    return {
        "name": each.name,
        "value": each.value,
        "unit": each.unit,
        "source": each.source,
        "hard": each.hard,
        "note": each.note,
        "written": line.written,
    }


@operation(
    "PUT",
    "/parameters/{name}",
    TAG,
    "更改规则参数；value 为 null 恢复为文件里的值",
    define("SetParameter", record({"name": text(), "value": ANY})),
    body=define("ParameterBody", record({"value": nullable(text(200)), "reason": REASON})),
    repeatable=True,
    refusals=(403,),
)
def set_parameter(call: Call, name: str) -> Answer:
    """Takes effect in all open cases; deadlines are computed again."""
    done = commands.set_parameter(
        call.engine, call.login, "", name, call.body["value"], call.body["reason"], call.key
    )
    session.drain()
    return done
