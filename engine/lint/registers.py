"""The registers of a pack: the procedure, the posts and the variables they name."""

from __future__ import annotations

from collections.abc import Iterator

from engine.expressions import unknown
from engine.functions import CATALOGUE
from engine.lint.expressions import _asked, _ended
from engine.lint.registry import PackNote, pack_rule
from engine.lint.world import Pack, World
from engine.nearest import suggestion
from engine.registers import KNOWN_NAMES, OWN_NAMES, Register, restricts_export


def _registers(pack: Pack) -> tuple[Register, ...]:
    """The pack's own and the shared ones it takes over; a fault of these is told in every pack that has it."""
    return pack.registers.all() if pack.registers is not None else ()


@pack_rule("register-procedure", "台账所列的流程不存在")
def register_procedure(pack: Pack, world: World) -> Iterator[PackNote]:
    for register in _registers(pack):
        if register.procedure not in world.procedures:
            near = suggestion(register.procedure, world.procedures)
            yield PackNote(
                register,
                register.line,
                f"没有流程“{register.procedure}”{near}。procedure 要写流程键，请改正。",
            )


@pack_rule("register-post", "台账的可见岗位不存在")
def register_post(pack: Pack, world: World) -> Iterator[PackNote]:
    if pack.organisation is None:
        return
    known = [post.name for post in pack.organisation.posts()]
    for register in _registers(pack):
        for post in register.posts:
            if post not in known:
                yield PackNote(
                    register, register.line, f"没有岗位“{post}”{suggestion(post, known)}。请改正 posts。"
                )


@pack_rule("register-name", "台账用了流程里不存在的变量，或函数所问的不存在")
def register_name(pack: Pack, world: World) -> Iterator[PackNote]:
    for register in _registers(pack):
        procedure = world.procedures.get(register.procedure)
        if procedure is None:
            continue
        known = {*procedure.variables.case, *KNOWN_NAMES}
        for what, expression, line in register.expressions():
            for problem in unknown(expression, known, CATALOGUE):
                yield PackNote(register, line, f"{what}：{_ended(problem.message)}请改正。")
            for call in expression.calls:
                for fault in _asked(procedure, call):
                    yield PackNote(register, line, f"{what}：{fault}")
        for name in sorted(procedure.variables.case & set(OWN_NAMES)):
            text = f"“{name}”是台账自带的名称，流程“{procedure.key}”里的同名变量取不到。请给变量改名。"
            yield PackNote(register, register.line, text)


@pack_rule("register-undecided", "制度限制未决事项外传，台账却没有写明哪些未决")
def register_undecided(pack: Pack, world: World) -> Iterator[PackNote]:
    if pack.parameters is None or not restricts_export(pack.parameters):
        return
    for register in _registers(pack):
        if register.undecided is None:
            text = "没有写 undecided。请写一个条件，说明哪些行还没有定、不得导出；都可以导出的写 false。"
            yield PackNote(register, register.line, text)
