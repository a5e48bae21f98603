"""Everything that only reads. Each function takes the `ProcessEngine` first and, where it matters, who asks second."""

from engine.queries.accounts import AccountLine, accounts
from engine.queries.cases import (
    CaseView,
    case_view,
    diagram_xml,
    history_of,
    list_cases,
    startable_definitions,
)
from engine.queries.files import attachment_file, document_view
from engine.queries.inbox import InboxPage, done_tasks, inbox, inbox_counts
from engine.queries.office import (
    calendar_prompt,
    clause_texts,
    incidents,
    mentions,
    notifications,
    people,
    person_card,
    phrases,
    undelivered_messages,
)
from engine.queries.tasks import TaskView, button_view, task_view

__all__ = [
    "AccountLine",
    "CaseView",
    "InboxPage",
    "TaskView",
    "accounts",
    "attachment_file",
    "button_view",
    "calendar_prompt",
    "case_view",
    "clause_texts",
    "diagram_xml",
    "document_view",
    "done_tasks",
    "history_of",
    "inbox",
    "inbox_counts",
    "incidents",
    "list_cases",
    "mentions",
    "notifications",
    "people",
    "person_card",
    "phrases",
    "startable_definitions",
    "task_view",
    "undelivered_messages",
]
