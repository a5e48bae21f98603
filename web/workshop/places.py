"""Where what is told about a draft can be put right: the address of the page on which a file, a cell or an element is edited."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote, urlencode

from flask import current_app, url_for

from engine.queries import DraftView

FORM, EXAMPLE, DECISION, DOCUMENT, FEATURE, DIAGRAM = (
    ".form",
    ".example.yml",
    ".dmn",
    ".html",
    ".feature",
    ".bpmn",
)


def place_of(key: str, path: str, element: str = "", line: int | None = None, column: str = "") -> str:
    """The page of a file of the draft of `key`, at the element, line or cell where that can be; empty without one."""
    found, query, part = _page(key, path), "", ""
    if path.endswith(DIAGRAM) and element:
        part = f"#{quote(element)}"
    if path.endswith(DECISION) and line:
        query = f"?{urlencode({'row': line, 'column': column} if column else {'row': line})}"
    if path.endswith(FEATURE):
        query = f"?{urlencode({'file': path, 'whole': 1})}"
    return f"{found}{query}{part}" if found and _is_page(found) else ""


def _page(key: str, path: str) -> str:
    start, name = f"/workshop/{key}", PurePosixPath(path).name
    if path == f"{key}{DIAGRAM}":
        return start
    if path.startswith("features/"):
        return f"{start}/scenarios/edit"
    for folder, ending, rest in (
        ("forms", FORM, ""),
        ("forms", EXAMPLE, "/example"),
        ("decisions", DECISION, ""),
        ("documents", DOCUMENT, ""),
    ):
        if path == f"{folder}/{name}" and name.endswith(ending):
            shown = name if folder == "documents" else name.removesuffix(ending)
            return f"{start}/{folder}/{quote(shown)}{rest}"
    return ""


def _is_page(address: str) -> bool:
    return bool(current_app.url_map.bind("").test(address, "GET"))


def with_place(key: str, finding: Mapping[str, Any]) -> dict[str, Any]:
    """A finding with the address of its place as `url`."""
    url = place_of(
        key, str(finding["path"]), str(finding["element"]), finding["line"], str(finding["column"])
    )
    return {**finding, "url": url}


def anchor(scenario: str) -> str:
    """Where a scenario stands on its page."""
    return f"s-{sha256(scenario.encode()).hexdigest()[:10]}"


def feature_path(pack: str, file: str) -> str:
    """Where the file `<pack>/<name>` stands in the draft of a procedure of `pack`."""
    return f"features/{file.removeprefix(f'{pack}/')}"


def scenario_place(draft: DraftView, scenario: str) -> str:
    """The address of a scenario (`<file>::<name>`) on the page of the draft; empty for one that is not the draft's own."""
    file = scenario.partition("::")[0]
    if feature_path(draft.pack, file) not in draft.files:
        return ""
    return url_for("scenarios.draft_page", key=draft.key, file=file, _anchor=anchor(scenario))
