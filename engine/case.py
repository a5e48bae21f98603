"""One case inside one command: the live instance, the rows that mirror it, and what it asks of the engine."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select

from engine import numbers, projections
from engine.case_queries import CaseQueries
from engine.deadlines import asks_own_case, later
from engine.definitions import Definition
from engine.diagram import split
from engine.errors import ElementFailed, NotFound
from engine.expressions import ExpressionError, compile_expression
from engine.functions import Call, Scope, bind
from engine.ids import new_id
from engine.models import InstanceState, OutboxMessage, ProcessInstance
from engine.names import KEY, PACK, STARTER
from engine.outcomes import note_outcomes
from engine.readers import mirror_readers
from engine.search import search_text
from engine.services import serve
from engine.spiff import LiveInstance
from engine.spiff.script_engine import Place
from engine.suspension import SUSPENDED
from engine.transaction import Transaction


class Case:
    """Implements the surroundings of a live instance (see `engine.spiff.views.Surroundings`)."""

    live: LiveInstance

    def __init__(self, tx: Transaction, row: ProcessInstance):
        self.tx, self.row = tx, row
        self.use(tx.engine.definitions.get(tx.session, row.definition_id))
        self.pack = tx.pack(row.pack)
        self._thrown: list[OutboxMessage] = []
        self._state: InstanceState | None = None

    @classmethod
    def create(
        cls,
        tx: Transaction,
        definition: Definition,
        pack: str,
        variables: Mapping[str, Any],
        message: str | None = None,
        caused_by: str | None = None,
    ) -> "Case":
        """Begin a new instance; not yet saved. `caused_by` is the case whose message started it."""
        row = ProcessInstance(
            id=new_id(),
            definition_id=definition.id,
            key=definition.key,
            pack=pack,
            title=definition.name,
            state="active",
            variables={},
            public={},
            elements={},
            readers=[
                f"post:{pack}/{post}" for post in split(definition.diagram.properties.get("可见岗位", ""))
            ],
            started_by=tx.actor,
            started_at=tx.now,
            revision=0,
            sent=0,
        )
        tx.session.add(row)
        tx.session.flush()
        mirror_readers(tx.session, row)
        case = cls(tx, row)
        if message is not None:
            row.started_by = case._named_starter(message, variables)
        tx.record(
            row.id,
            "instance.started",
            {
                "process": definition.key,
                "version": definition.version,
                "hash": definition.bundle.hash,
                "message": message,
                "caused_by": caused_by,
                "variables": dict(variables),
            },
        )
        parsed = tx.engine.definitions.parsed(tx.session, definition)
        case.live = LiveInstance.start(parsed, case, variables, message)
        return case

    def _named_starter(self, message: str, payload: Mapping[str, Any]) -> str | None:
        """Who counts as the starter of a case that a message begins, by its start event; None for nobody known."""
        start = self.definition.diagram.message_start(message)
        expression = start.properties.get(STARTER, "") if start else ""
        if start is None or not expression.strip():
            return None
        try:
            login = self.evaluate(expression, payload)[0]
        except ExpressionError as error:
            raise ElementFailed(start.id, start.name, expression, str(error)) from error
        known = isinstance(login, str) and self.pack.organisation.find_person(login)
        return login if known else None

    @classmethod
    def open(cls, tx: Transaction, instance_id: str) -> "Case":
        """Lock the case and load its state; raises NotFound."""
        row = tx.session.scalars(
            select(ProcessInstance)
            .where(ProcessInstance.id == instance_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).one_or_none()
        if row is None:
            raise NotFound()
        case = cls(tx, row)
        case._load()
        return case

    @classmethod
    def view(cls, tx: Transaction, row: ProcessInstance) -> "Case":
        """The case for reading only: not locked, must not be saved."""
        case = cls(tx, row)
        case._load()
        return case

    def _load(self) -> None:
        state = self.tx.session.get(InstanceState, self.row.id, populate_existing=True)
        if state is None:
            raise NotFound()
        parsed = self.tx.engine.definitions.parsed(self.tx.session, self.definition)
        self._state = state
        self.live = LiveInstance.load(state.blob, parsed, self)

    def copy(self) -> LiveInstance:
        """The live instance once more, to try something with and throw away."""
        parsed = self.tx.engine.definitions.parsed(self.tx.session, self.definition)
        return LiveInstance.load(self.live.dump(), parsed, self)

    def fire_timers(self) -> None:
        """Let every timer that is due fire, unless the case stands still."""
        if self.row.state != SUSPENDED:
            self.live.fire_timers()

    def use(self, definition: Definition) -> None:
        """Read the case by this version of its procedure and those it calls."""
        self.definition = definition
        self.versions = self.tx.engine.definitions.called(self.tx.session, definition)

    # ---- surroundings of the live instance

    @property
    def now(self) -> datetime:
        return self.tx.now

    def names(self) -> dict[str, Any]:
        return {STARTER: self.row.started_by, PACK: self.row.pack, KEY: self.row.business_key}

    def functions(
        self, place: Place | None, script: bool = False, now: datetime | None = None
    ) -> Mapping[str, Callable[..., Any]]:
        scope = place.scope if place else ""
        bound = self.scope(scope, now=now)
        if script and place:
            where = f"{scope}/{place.element}"
            bound = replace(
                bound,
                number=lambda series, pattern: numbers.give(
                    self.tx, self.row.pack, self.row.id, where, series, pattern
                ),
            )
        return bind(bound, script)

    def scope(self, scope: str = "", trace: list[Call] | None = None, now: datetime | None = None) -> Scope:
        """What functions see from a call or sub-process of this case (`""`: its top), now or at another moment."""
        queries = CaseQueries(self.tx.session, self.tx.engine.definitions, self.row.pack, self.row.id, scope)
        return Scope(
            now or self.tx.now,
            self.tx.calendar,
            self.pack.organisation,
            self.pack.parameters,
            self.row.pack,
            queries,
            trace=trace,
        )

    def later(self, moment: datetime, days: int) -> datetime:
        return later(self.tx.calendar, moment, days)

    def throw(self, name: str, key: str, payload: dict[str, Any], place: Place) -> None:
        self.row.sent += 1
        self._thrown.append(
            OutboxMessage(
                instance_id=self.row.id,
                seq=self.row.sent,
                pack=self.row.pack,
                element=place.element,
                name=name,
                correlation_key=key,
                payload=payload,
                state="pending",
                sent_at=self.tx.now,
                thrown_by=place.task_id,
            )
        )

    def serve(
        self,
        topic: str,
        properties: dict[str, str],
        evaluate: Callable[[str], Any],
        place: Place,
        data: Mapping[str, Any],
    ) -> None:
        serve(self, topic, properties, evaluate, place, data)

    # ---- expressions outside the diagram's flow

    def evaluate(
        self, expression: str, names: Mapping[str, Any], scope: str = "", now: datetime | None = None
    ) -> tuple[Any, list[Call], dict[str, Any]]:
        """The value of an expression with case data `names`, the traced calls, and all names it could see."""
        trace: list[Call] = []
        seen = {**names, **self.names()}
        value = compile_expression(expression).evaluate(seen, bind(self.scope(scope, trace, now)))
        return value, trace, seen

    def evaluate_or_none(self, expression: str) -> Any:
        """Like `evaluate` over the case's variables; None while something it needs does not exist yet."""
        try:
            return self.evaluate(expression, self.row.variables)[0]
        except ExpressionError:
            return None

    # ---- saving

    def save(self, kind: str, body: Mapping[str, Any], task_id: str | None = None) -> None:
        """Write state and mirrors, and one line of history of this `kind` with the elements passed."""
        self.tx.session.flush()
        if self.row.state != SUSPENDED and any(
            asks_own_case(timer.expression) for timer in self.live.timers()
        ):
            self.live.recompute_timers()
        passed = self.live.passed()
        row, properties = self.row, self.definition.diagram.properties
        public_before = row.public
        variables = dict(row.variables)
        for each in passed:
            if not each.inner:
                variables.update(each.changes)
        row.variables = variables
        row.elements = self.live.element_states()
        if properties.get(KEY):
            key = self.evaluate_or_none(properties[KEY])
            row.business_key = str(key) if key else row.business_key
        if properties.get("标题"):
            title = self.evaluate_or_none(properties["标题"])
            row.title = str(title)[:400] if title else row.title
        row.public = {name: variables[name] for name in self.definition.diagram.public if name in variables}
        with self.tx.session.no_autoflush:
            # So that the row is written only once.
            row.search_text = search_text(self)
        row.revision += 1
        self.tx.record(
            row.id,
            kind,
            {**body, "elements": [[each.process, each.element] for each in passed]},
            task_id,
        )
        note_outcomes(self, passed)
        for observer in self.tx.engine.observers:
            observer(self.row, passed)
        if self.live.ended and row.state not in ("completed", "cancelled"):
            row.state, row.ended_at = "completed", self.tx.now
            self.tx.record(row.id, "instance.completed", {})
        projections.refresh(self)
        self.tx.session.add_all(self._thrown)
        self._thrown = []
        if self._state is None:
            self._state = InstanceState(instance_id=row.id, blob=self.live.dump())
            self.tx.session.add(self._state)
        else:
            self._state.blob = self.live.dump()
        self.tx.session.flush()
        if row.public != public_before:
            projections.wake_watchers(self)
