"""The REST interface `/api/v1`: JSON for programs, under the same rules as the pages."""

from web.api import (
    batch,
    buttons,
    cases,
    circulation,
    drafts,
    files,
    office,
    openapi,
    organisation,
    parameters,
    personal,
    registers,
    returns,
    signing,
    suspension,
    tasks,
    versions,
)
from web.api.openapi import document
from web.api.operations import OPERATIONS, blueprint

__all__ = [
    "OPERATIONS",
    "batch",
    "blueprint",
    "buttons",
    "cases",
    "circulation",
    "document",
    "drafts",
    "files",
    "office",
    "openapi",
    "organisation",
    "parameters",
    "personal",
    "registers",
    "returns",
    "signing",
    "suspension",
    "tasks",
    "versions",
]
