"""Delegations as a person sees them: given, received, and what this person may give."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from engine.clock import CN
from engine.organisation import Delegation, DelegationType
from engine.process_engine import ProcessEngine


@dataclass(frozen=True)
class OwnDelegations:
    """One's own delegations, latest first. `in_force` tells which stand today, `kinds` what one may give."""

    given: Sequence[Delegation]
    received: Sequence[Delegation]
    in_force: frozenset[Delegation]
    to_come: frozenset[Delegation]
    kinds: Sequence[DelegationType]
    acting_for: Sequence[str]
    """Logins of those whose tasks this person does today."""
    today: date


def own_delegations(engine: ProcessEngine, login: str) -> OwnDelegations:
    """The delegations a person has given and received. Raises NotFound."""
    with engine.database.reading() as session:
        organisation = engine.pack_of(session, login).organisation
    day = engine.now().astimezone(CN).date()
    every = sorted(organisation.parts.delegations, key=lambda each: each.begins, reverse=True)
    held = set(organisation.posts_of(login, day))
    running = {post.name for post in organisation.posts() if post.system}
    return OwnDelegations(
        given=[each for each in every if each.giver == login],
        received=[each for each in every if each.receiver == login],
        in_force=frozenset(organisation.delegations(day)),
        to_come=frozenset(each for each in every if each.begins > day),
        kinds=[
            kind
            for kind in organisation.parts.delegation_types
            if kind.enabled
            and kind.by_giver
            and held - running
            and (not kind.givers or held & set(kind.givers))
        ],
        acting_for=[person.login for person in organisation.acting_for(login, day)],
        today=day,
    )


__all__ = ["OwnDelegations", "own_delegations"]
