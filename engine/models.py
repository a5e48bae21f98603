"""The tables. Times are UTC; JSON columns hold plain JSON; nothing here knows any procedure."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Moment(TypeDecorator[datetime]):
    """An aware datetime, stored as UTC on every database."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    type_annotation_map = {datetime: Moment, dict[str, Any]: JSON, list[Any]: JSON}


class Pack(Base):
    """The organisation, rules and parameters of one town; `revision` grows with every change."""

    __tablename__ = "pack"
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    revision: Mapped[int] = mapped_column(default=1)
    organisation: Mapped[dict[str, Any]]
    rules: Mapped[str] = mapped_column(Text)
    parameters: Mapped[str] = mapped_column(Text)
    registers: Mapped[str] = mapped_column(Text, default="")
    parameter_values: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Parameters set in the program, by name; they outlast a new file."""
    edited: Mapped[bool] = mapped_column(default=False)
    """The organisation was changed in the program and is no longer read from the file."""
    files_hash: Mapped[str] = mapped_column(String(64))


class CalendarYear(Base):
    """A year's published arrangement of working days, as imported (YAML text)."""

    __tablename__ = "calendar_year"
    year: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    imported_at: Mapped[datetime]


class ProcessDefinition(Base):
    """One immutable version of a procedure: its whole folder, and the versions it calls."""

    __tablename__ = "process_definition"
    __table_args__ = (UniqueConstraint("key", "version"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), index=True)
    version: Mapped[int]
    name: Mapped[str] = mapped_column(String(200))
    pack: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
    files: Mapped[dict[str, Any]]
    """Relative path → text of the file."""
    pins: Mapped[dict[str, Any]]
    """Called process key → definition id."""
    origin: Mapped[str] = mapped_column(String(16), default="file")
    """file: deployed from the processes folder; web: published from a draft."""
    deployed_at: Mapped[datetime]
    current: Mapped[bool] = mapped_column(default=True, index=True)
    drafted_by: Mapped[list[Any]] = mapped_column(default=list)
    """Logins of those who edited it; empty for what came from files without anybody's name."""
    published_by: Mapped[str | None] = mapped_column(String(64))
    published_at: Mapped[datetime | None]
    gate: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """How its scenarios went before it was published: see `engine.gate.results.summary`; empty when none were run."""
    waivers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Scenario that failed → why the publisher let it pass."""
    note: Mapped[str] = mapped_column(Text, default="")


class ProcessDraft(Base):
    """What process owners are changing of a procedure: at most one draft for each, apart from its versions."""

    __tablename__ = "process_draft"
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    pack: Mapped[str] = mapped_column(String(64))
    base_id: Mapped[int | None] = mapped_column(ForeignKey("process_definition.id"))
    """The version it is measured against; None for a procedure that has none yet."""
    files: Mapped[dict[str, Any]]
    """Relative path → text of the file, scenarios included."""
    parameters: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Rule parameters that change with it: name → value as written in parameters.yml."""
    drafters: Mapped[list[Any]] = mapped_column(default=list)
    """Logins of all who edited it; none of them may publish it."""
    opened_at: Mapped[datetime]
    """Runs of the scenarios from before belong to an earlier draft."""
    revision: Mapped[int] = mapped_column(default=1)
    updated_by: Mapped[str | None] = mapped_column(String(64))
    updated_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(Text, default="")


class DraftChange(Base):
    """What one saving of a draft replaced, so that it can be taken back."""

    __tablename__ = "draft_change"
    key: Mapped[str] = mapped_column(ForeignKey("process_draft.key", ondelete="CASCADE"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    """The revision the draft got by it."""
    before: Mapped[dict[str, Any]]
    """Path → the text that stood there, None where there was no file."""
    saved_by: Mapped[str | None] = mapped_column(String(64))
    saved_at: Mapped[datetime]


class GateRun(Base):
    """One run of the scenarios against a draft, or against what the processes folder holds."""

    __tablename__ = "gate_run"
    __table_args__ = (Index("ix_gate_run", "key", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64))
    draft_hash: Mapped[str] = mapped_column(String(64))
    """Of what was tried and of everything around it: any change makes the run worthless."""
    started_by: Mapped[str | None] = mapped_column(String(64))
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(16), default="running")
    """running, passed, failed (only scenarios that may be waived), refused, or stopped."""
    only: Mapped[list[Any]] = mapped_column(default=list)
    """The scenarios asked for; none: all that are touched. A run of some never permits publishing."""
    version: Mapped[int | None]
    """The published version that was tried; None: the draft."""
    files: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Scenario files that were tried in the place of those there are: path → text. Trying them saves nothing."""
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    results: Mapped[list[Any]] = mapped_column(default=list)
    """See `features.runner.Run.outcome`; as long as it runs only those that failed."""
    refusals: Mapped[list[Any]] = mapped_column(default=list)
    """{rule, message, scenario, element, file}, see `engine.gate.rules`."""


class PassedScenario(Base):
    """A scenario that passed, and what it depended on: it would pass again as long as nothing of that has changed."""

    __tablename__ = "passed_scenario"
    id: Mapped[int] = mapped_column(primary_key=True)
    scenario: Mapped[str] = mapped_column(String(400), index=True)
    hash: Mapped[str] = mapped_column(String(64))
    """Of its sentences, tables and tags."""
    surroundings: Mapped[str] = mapped_column(String(64))
    """Of the program, the packs' rules, people and parameters, the calendar, the messages that start cases."""
    uses: Mapped[dict[str, Any]]
    """The procedures it came across or names, see `engine.gate.known.Surroundings.used_by`."""
    outcomes: Mapped[list[Any]]


class ProcessInstance(Base):
    """A case. `variables` are those of the case as a whole, `public` the ones other cases may see."""

    __tablename__ = "process_instance"
    __table_args__ = (
        Index("ix_instance_key", "key", "state"),
        Index("ix_instance_business_key", "business_key"),
        Index("ix_instance_starter", "started_by", "started_at"),
        Index("ix_instance_started", "started_at"),
    )
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    definition_id: Mapped[int] = mapped_column(ForeignKey("process_definition.id"))
    key: Mapped[str] = mapped_column(String(64))
    pack: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(400), default="")
    business_key: Mapped[str | None] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(16), default="active")
    """active, suspended, completed, cancelled or incident."""
    variables: Mapped[dict[str, Any]]
    public: Mapped[dict[str, Any]]
    elements: Mapped[dict[str, Any]]
    """Process key → element → now/open/done, for the live diagram."""
    readers: Mapped[list[Any]]
    """Principals who see the whole case besides its starter; `case_reader` mirrors them for lists."""
    search_text: Mapped[str] = mapped_column(Text, default="", deferred=True)
    """What its whole readers find it by: title, key, public variables and everything submitted."""
    started_by: Mapped[str | None] = mapped_column(String(64))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=0)
    sent: Mapped[int] = mapped_column(default=0)
    """How many messages it has thrown: the next one's sequence number."""


class CaseReader(Base):
    """A principal of `ProcessInstance.readers`, in a row of its own so that lists can be asked in SQL."""

    __tablename__ = "case_reader"
    instance_id: Mapped[str] = mapped_column(ForeignKey("process_instance.id"), primary_key=True)
    principal: Mapped[str] = mapped_column(String(128), primary_key=True, index=True)


class InstanceState(Base):
    """The engine's state of a case (format: see engine.spiff.codec), apart from the row that lists read."""

    __tablename__ = "instance_state"
    instance_id: Mapped[str] = mapped_column(ForeignKey("process_instance.id"), primary_key=True)
    blob: Mapped[bytes] = mapped_column(LargeBinary)


class Task(Base):
    """A user task, open or done. Submitted data stays here for ever."""

    __tablename__ = "task"
    __table_args__ = (
        Index("ix_task_instance", "instance_id", "state"),
        Index("ix_task_doer", "completed_by", "closed_at"),
        Index("ix_task_watch", "state", "watches"),
        Index("ix_task_closed", "closed_at"),
    )
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    instance_id: Mapped[str] = mapped_column(ForeignKey("process_instance.id"))
    definition_id: Mapped[int] = mapped_column(ForeignKey("process_definition.id"))
    """The version the element is drawn in: of the case itself or of a procedure it calls."""
    process: Mapped[str] = mapped_column(String(64))
    element: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    lane: Mapped[str | None] = mapped_column(String(64))
    scope: Mapped[str] = mapped_column(String(32))
    activation: Mapped[str] = mapped_column(String(32))
    item: Mapped[Any] = mapped_column(JSON)
    item_name: Mapped[str | None] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16), default="open")
    """open, done or cancelled."""
    assignee: Mapped[str | None] = mapped_column(String(64))
    why: Mapped[dict[str, Any]]
    """The facts why these people: lane, expression, functions called with their results."""
    due_at: Mapped[datetime | None]
    due_why: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    watches: Mapped[str | None] = mapped_column(String(64))
    """Process key whose public variables the due date depends on."""
    revision: Mapped[int] = mapped_column(default=1)
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    completed_by: Mapped[str | None] = mapped_column(String(64))
    data: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    read_by: Mapped[str | None] = mapped_column(String(64))
    read_at: Mapped[datetime | None]
    """When one of those who may do it first opened its page: from then on the step before can no longer be withdrawn."""
    undone_at: Mapped[datetime | None]
    """When a return or withdrawal took the task back: the record of what was done stays, its outcome no longer counts."""
    owner: Mapped[str | None] = mapped_column(String(64))
    """Who entrusted it to the assignee (委派) and gets it back for submission."""
    submitted: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """What its doer has submitted while signers added after it have still to sign."""
    extra_days: Mapped[int] = mapped_column(default=0)
    """Working days added to what its due date expression gives, for the time the case was suspended."""
    acted_for: Mapped[str | None] = mapped_column(String(64))
    """Whose deputy the assignee, or who completed it, was in this; None: a task of their own."""


class TaskCandidate(Base):
    """Who was asked, kept for ever: it decides who may look back."""

    __tablename__ = "task_candidate"
    task_id: Mapped[str] = mapped_column(ForeignKey("task.id"), primary_key=True)
    principal: Mapped[str] = mapped_column(String(128), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(String(8), default="do")
    """do: asked to complete it; see: asked to sign or to prepare it only, and may look back like the others."""


class InboxEntry(Base):
    """Open tasks only, by principal and due date; `NO_DUE` stands for none."""

    __tablename__ = "inbox"
    principal: Mapped[str] = mapped_column(String(128), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(primary_key=True)
    task_id: Mapped[str] = mapped_column(ForeignKey("task.id"), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(String(8), default="do")
    """do: may complete the task; sign: was added as a signer and gives an opinion on it."""
    personal: Mapped[bool] = mapped_column(default=False)
    """No deputy may do it in the place of those it is addressed to (不得代理)."""


class AddedSigner(Base):
    """A person asked to sign a task before its doer submits it, or after (加签)."""

    __tablename__ = "added_signer"
    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[str] = mapped_column(ForeignKey("task.id"), index=True)
    login: Mapped[str] = mapped_column(String(64))
    place: Mapped[str] = mapped_column(String(8))
    """before or after."""
    asked_by: Mapped[str] = mapped_column(String(64))
    asked_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16), default="open")
    """open, agreed, objected or withdrawn (减签)."""
    opinion: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    """When they, or a deputy of theirs, first opened the page at their turn."""


class Draft(Base):
    """What one person has typed into one task and not yet submitted."""

    __tablename__ = "draft"
    task_id: Mapped[str] = mapped_column(ForeignKey("task.id"), primary_key=True)
    login: Mapped[str] = mapped_column(String(64), primary_key=True)
    data: Mapped[dict[str, Any]]
    saved_at: Mapped[datetime]


class TimerRow(Base):
    """A running timer of a case; the sweep looks for those due."""

    __tablename__ = "timer"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    instance_id: Mapped[str] = mapped_column(ForeignKey("process_instance.id"), index=True)
    process: Mapped[str] = mapped_column(String(64))
    element: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    due_at: Mapped[datetime] = mapped_column(index=True)
    watches: Mapped[str | None] = mapped_column(String(64), index=True)


class Subscription(Base):
    """A message a case waits for."""

    __tablename__ = "message_subscription"
    __table_args__ = (Index("ix_subscription", "name", "correlation_key"),)
    task_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    element: Mapped[str] = mapped_column(String(64), primary_key=True)
    instance_id: Mapped[str] = mapped_column(ForeignKey("process_instance.id"), index=True)
    definition_id: Mapped[int] = mapped_column(ForeignKey("process_definition.id"))
    process: Mapped[str] = mapped_column(String(64))
    element_name: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(200))
    correlation_key: Mapped[str] = mapped_column(String(200))
    since: Mapped[datetime]
    operators: Mapped[list[Any] | None] = mapped_column(JSON)
    """Principals who may send it with a button on the case page; None: no button."""
    form: Mapped[str | None] = mapped_column(String(64))
    confirmation: Mapped[str | None] = mapped_column(Text)


class OutboxMessage(Base):
    """A thrown message: pending until delivered, or undelivered when nobody takes it."""

    __tablename__ = "outbox_message"
    __table_args__ = (Index("ix_outbox", "state", "instance_id", "seq"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    instance_id: Mapped[str | None] = mapped_column(String(32))
    seq: Mapped[int]
    pack: Mapped[str] = mapped_column(String(64))
    element: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    correlation_key: Mapped[str] = mapped_column(String(200))
    payload: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(16), default="pending")
    """pending, held (its receiver is suspended), delivered, undelivered, failed, or withdrawn by a return."""
    sent_by: Mapped[str | None] = mapped_column(String(64))
    sent_at: Mapped[datetime]
    thrown_by: Mapped[str | None] = mapped_column(String(32), index=True)
    """The engine's id of the event that threw it: a return that takes the event back finds its messages so."""
    receiver: Mapped[str | None] = mapped_column(String(32))


class HistoryEvent(Base):
    """What happened, in a hash chain per case and one chain `system`."""

    __tablename__ = "history_event"
    chain: Mapped[str] = mapped_column(String(40), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str | None] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(40))
    task_id: Mapped[str | None] = mapped_column(String(32))
    body: Mapped[dict[str, Any]]
    algorithm: Mapped[str] = mapped_column(String(16))
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class VersionChange(Base):
    """A case under way that was put onto another version of its procedure, with what it was, so that it can be taken back."""

    __tablename__ = "version_change"
    id: Mapped[int] = mapped_column(primary_key=True)
    instance_id: Mapped[str] = mapped_column(ForeignKey("process_instance.id"), index=True)
    from_id: Mapped[int] = mapped_column(ForeignKey("process_definition.id"))
    to_id: Mapped[int] = mapped_column(ForeignKey("process_definition.id"))
    before: Mapped[bytes] = mapped_column(LargeBinary)
    """The state of the case under the earlier version."""
    after: Mapped[bytes] = mapped_column(LargeBinary)
    """The state it got: while it is still this one, nothing has been done since."""
    fired: Mapped[list[Any]] = mapped_column(default=list)
    """Names of the elements it went through at once, because a deadline of the new version had passed."""
    reason: Mapped[str] = mapped_column(Text)
    made_by: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]
    reverted_by: Mapped[str | None] = mapped_column(String(64))
    reverted_at: Mapped[datetime | None]
    revert_reason: Mapped[str | None] = mapped_column(Text)


class Incident(Base):
    """Something failed while a case was running; nothing was written, the command can be tried again."""

    __tablename__ = "incident"
    id: Mapped[int] = mapped_column(primary_key=True)
    instance_id: Mapped[str] = mapped_column(ForeignKey("process_instance.id"), index=True)
    command: Mapped[str] = mapped_column(String(40))
    arguments: Mapped[dict[str, Any]]
    element: Mapped[str] = mapped_column(String(64))
    element_name: Mapped[str] = mapped_column(String(200))
    expression: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    values: Mapped[dict[str, Any]]
    at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]


class Job(Base):
    """Work to be done after a command, in its own transaction."""

    __tablename__ = "job"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    arguments: Mapped[dict[str, Any]]
    made_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(String(16), default="waiting", index=True)
    """waiting or failed; a finished job is deleted."""
    error: Mapped[str | None] = mapped_column(Text)


class Idempotency(Base):
    """The answer already given to a repeated submission."""

    __tablename__ = "idempotency"
    login: Mapped[str] = mapped_column(String(64), primary_key=True)
    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    command: Mapped[str] = mapped_column(String(40))
    result: Mapped[dict[str, Any]]
    at: Mapped[datetime]


class NumberSeries(Base):
    """The last number given in a series of a pack in a year: gapless, because it moves with the command."""

    __tablename__ = "number_series"
    pack: Mapped[str] = mapped_column(String(64), primary_key=True)
    series: Mapped[str] = mapped_column(String(64), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int] = mapped_column(Integer, default=0)


class NumberGiven(Base):
    """The number an element of a case was given: asked again, it gets the same."""

    __tablename__ = "number_given"
    instance_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    element: Mapped[str] = mapped_column(String(120), primary_key=True)
    series: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[str] = mapped_column(String(200))


class Attachment(Base):
    """An uploaded file; the bytes lie in the attachments folder under their SHA-256."""

    __tablename__ = "attachment"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(255))
    mime: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    uploaded_by: Mapped[str] = mapped_column(String(64))
    uploaded_at: Mapped[datetime]


class AttachmentUse(Base):
    """Where an attachment was submitted: those who see the task, or the whole case, see the file."""

    __tablename__ = "attachment_use"
    attachment_id: Mapped[str] = mapped_column(ForeignKey("attachment.id"), primary_key=True)
    instance_id: Mapped[str] = mapped_column(String(32), primary_key=True, index=True)
    task_id: Mapped[str] = mapped_column(String(32), primary_key=True)


class Document(Base):
    """A printable document made from a case by a template, frozen with its hash."""

    __tablename__ = "document"
    id: Mapped[int] = mapped_column(primary_key=True)
    instance_id: Mapped[str] = mapped_column(ForeignKey("process_instance.id"), index=True)
    task_id: Mapped[str | None] = mapped_column(String(32))
    made_by: Mapped[str | None] = mapped_column(String(32))
    """The engine's id of the task or service task that made it: a return that takes that back makes it void."""
    void_at: Mapped[datetime | None]
    """When a return or withdrawal took back what it was made of: it is kept and shown as void."""
    name: Mapped[str] = mapped_column(String(255))
    template: Mapped[str] = mapped_column(String(100))
    html: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]


class Notification(Base):
    """A line for one person: a reminder, an escalation, a copy."""

    __tablename__ = "notification"
    __table_args__ = (Index("ix_notification", "login", "read_at", "at"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    instance_id: Mapped[str | None] = mapped_column(String(32))
    task_id: Mapped[str | None] = mapped_column(String(32))
    read_at: Mapped[datetime | None]


class Circulation(Base):
    """A case handed round to one person to read (传阅), with the receipt."""

    __tablename__ = "circulation"
    __table_args__ = (Index("ix_circulation_reader", "login", "read_at", "sent_at"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    instance_id: Mapped[str] = mapped_column(ForeignKey("process_instance.id"), index=True)
    login: Mapped[str] = mapped_column(String(64))
    sent_by: Mapped[str] = mapped_column(String(64))
    sent_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(Text)
    read_at: Mapped[datetime | None]
    words: Mapped[str | None] = mapped_column(Text)
    """What the reader noted when confirming."""


class Suspension(Base):
    """A time during which a case stood still (挂起)."""

    __tablename__ = "suspension"
    id: Mapped[int] = mapped_column(primary_key=True)
    instance_id: Mapped[str] = mapped_column(ForeignKey("process_instance.id"), index=True)
    suspended_by: Mapped[str] = mapped_column(String(64))
    suspended_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text)
    resumed_by: Mapped[str | None] = mapped_column(String(64))
    resumed_at: Mapped[datetime | None]


class Phrase(Base):
    """A common opinion: a person's own, or with an empty login one shared by the pack."""

    __tablename__ = "phrase"
    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(64), index=True)
    pack: Mapped[str] = mapped_column(String(64), default="")
    text: Mapped[str] = mapped_column(String(200))
    used: Mapped[int] = mapped_column(default=0)
    """In how many submitted opinions it stood: what is used most is offered first."""
    removed_at: Mapped[datetime | None]
    """Kept for a while after its removal, so that this can be undone."""


class Account(Base):
    """How a person of an organisation signs in."""

    __tablename__ = "account"
    login: Mapped[str] = mapped_column(String(64), primary_key=True)
    password: Mapped[str | None] = mapped_column(String(200))
    administrator: Mapped[bool] = mapped_column(default=False)
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]


class WebSession(Base):
    """A signed-in browser; only the hash of its token is stored."""

    __tablename__ = "web_session"
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    login: Mapped[str] = mapped_column(String(64), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class OneTimeLink(Base):
    """A link to set a password, or to create the first administrator; only its hash is stored."""

    __tablename__ = "one_time_link"
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(16))
    login: Mapped[str | None] = mapped_column(String(64))
    made_by: Mapped[str | None] = mapped_column(String(64))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


class Setting(Base):
    """Small facts of the installation, such as the demo clock."""

    __tablename__ = "setting"
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)
