"""What every answer carries, and what no page may contain."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine import ProcessEngine
from tests.support import toy
from tests.web.conftest import Visit

WEB = Path(__file__).parents[2] / "web"
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))


def test_every_answer_carries_the_safety_headers(visit: Visit, town: ProcessEngine) -> None:
    case = toy.filled_requisition(town)
    clerk = visit(toy.CLERK)
    for url in ("/signin", "/tasks", f"/cases/{case}", "/documents/1", "/nowhere", "/static/style.css"):
        headers = clerk.get(url).headers
        assert "script-src 'self'" in headers["Content-Security-Policy"], url
        assert "unsafe" not in headers["Content-Security-Policy"], url
        assert headers["X-Content-Type-Options"] == "nosniff", url
        if not url.startswith("/static"):
            assert headers["Cache-Control"] == "no-store", url


@pytest.mark.parametrize(
    "template", TEMPLATES, ids=lambda path: path.relative_to(WEB / "templates").as_posix()
)
def test_templates_keep_to_the_policy(template: Path) -> None:
    text = template.read_text("utf-8")
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:", text)
    assert not re.search(r"<script(?![^>]*(src=|application/json))", text)
    assert not re.search(r"(src|href)=[\"']?(https?:)?//", text)
    if "|safe" in text:
        # Only documents, whose values a sandbox has escaped, go to the page as they are.
        assert template.parent.name == "document"


@pytest.mark.parametrize(
    "template", TEMPLATES, ids=lambda path: path.relative_to(WEB / "templates").as_posix()
)
def test_every_form_that_posts_carries_the_token(template: Path) -> None:
    text = template.read_text("utf-8")
    for form in re.findall(r"<form method=\"post\".*?</form>", text, re.DOTALL):
        assert "csrf_token" in form, form[:80]


def test_styles_use_nothing_that_old_browsers_lack() -> None:
    for sheet in (WEB / "static").glob("*.css"):
        text = sheet.read_text("utf-8")
        for modern in (
            ":has(",
            "color-mix(",
            "@layer",
            "@container",
            ":where(",
            "&:",
            "inset:",
            "aspect-ratio",
        ):
            assert modern not in text, (sheet.name, modern)


def test_static_files_stay_in_their_folder(visit: Visit) -> None:
    for path in ("../app.py", "%2e%2e/app.py", "..%2fapp.py", "/etc/passwd"):
        assert visit().get(f"/static/{path}").status_code in (404, 308), path
