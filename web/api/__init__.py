"""The REST interface `/api/v1`: JSON for programs, under the same rules as the pages."""

from web.api import buttons, cases, files, office, openapi, organisation, personal, tasks
from web.api.openapi import document
from web.api.operations import OPERATIONS, blueprint

__all__ = [
    "OPERATIONS",
    "blueprint",
    "buttons",
    "cases",
    "document",
    "files",
    "office",
    "openapi",
    "organisation",
    "personal",
    "tasks",
]
