"""委托: one person's leave to another for some days, given by those who look after it or by the person."""

from datetime import date

from engine.commands.organisation import change_organisation, whoever_may
from engine.errors import Invalid
from engine.organisation import Organisation
from engine.process_engine import ProcessEngine
from engine.transaction import Transaction

CAPABILITY = "delegations"


def give_delegation(
    engine: ProcessEngine,
    actor: str | None,
    pack: str,
    kind: str,
    giver: str,
    receiver: str,
    begins: date,
    ends: date,
    basis: str,
) -> None:
    """委托: let a person act for another from a day to a day, both included, with its basis.

    Those with the capability register any; of a type that says so a person gives their own, from today on, to somebody
    in office. Both sides are told. Raises Invalid, Forbidden.
    """

    def permitted(tx: Transaction) -> str:
        organisation = tx.engine.pack_of(tx.session, str(actor)).organisation
        if organisation.may(CAPABILITY, str(actor), tx.today):
            return organisation.pack
        if not _gives_own(organisation, kind, giver, actor):
            return whoever_may(CAPABILITY)(tx)
        if begins < tx.today:
            raise Invalid({"begins": "开始日期不能早于今天。"})
        if not organisation.works(receiver, tx.today):
            raise Invalid({"receiver": "请从名单中选择一位在任人员。"})
        return organisation.pack

    body = {
        "type": kind,
        "giver": giver,
        "receiver": receiver,
        "from": begins.isoformat(),
        "to": ends.isoformat(),
        "basis": basis,
    }
    days = f"自 {begins} 至 {ends}"
    change_organisation(
        engine,
        actor,
        pack,
        permitted,
        "delegation.given",
        body,
        lambda organisation: organisation.with_delegation(kind, giver, receiver, begins, ends, basis),
        lambda organisation: {
            giver: f"您委托{organisation.person(receiver).name}“{kind}”，{days}，依据：{basis}",
            receiver: f"{organisation.person(giver).name}委托您“{kind}”，{days}，依据：{basis}",
        },
    )


def withdraw_delegation(
    engine: ProcessEngine,
    actor: str | None,
    pack: str,
    kind: str,
    giver: str,
    last_day: date,
    begins: date | None = None,
) -> None:
    """End a delegation after `last_day`; with `begins` the one that begins then, even before its first day.

    Those with the capability end any, a person their own of a type they can give. Both sides are told. Raises Invalid,
    Forbidden.
    """

    def permitted(tx: Transaction) -> str:
        organisation = tx.engine.pack_of(tx.session, str(actor)).organisation
        own = _gives_own(organisation, kind, giver, actor)
        return organisation.pack if own else whoever_may(CAPABILITY)(tx)

    def told(organisation: Organisation) -> dict[str, str]:
        found = [
            each
            for each in organisation.parts.delegations
            if each.type == kind
            and each.giver == giver
            and (each.active(last_day) if begins is None else each.begins == begins)
        ]
        name = organisation.person(giver).name
        until = "已收回" if begins is not None and last_day < begins else f"到 {last_day} 为止"
        return {
            giver: f"您的委托“{kind}”{until}。",
            **{each.receiver: f"{name}委托您的“{kind}”{until}。" for each in found},
        }

    change_organisation(
        engine,
        actor,
        pack,
        permitted,
        "delegation.withdrawn",
        {"type": kind, "giver": giver, "last_day": last_day.isoformat()},
        lambda organisation: organisation.with_delegation_ended(kind, giver, last_day, begins),
        told,
    )


def _gives_own(organisation: Organisation, kind: str, giver: str, actor: str | None) -> bool:
    return giver == actor and any(
        each.name == kind and each.by_giver for each in organisation.parts.delegation_types
    )
