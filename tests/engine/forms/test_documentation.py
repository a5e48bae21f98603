"""The description of forms names everything a form may say, and its example is one."""

from __future__ import annotations

import re
from pathlib import Path

from engine.forms import parse_form
from engine.forms.vocabulary import KINDS, RESERVED_KEYS

TEXT = (Path(__file__).parents[3] / "docs" / "forms.md").read_text(encoding="utf-8")


def test_every_type_property_and_reserved_key_is_described() -> None:
    prose = re.sub(r"```.*?```", "", TEXT, flags=re.DOTALL)
    named = set(re.findall(r"`([^`\n]+)`", prose))
    properties = {name for kind in KINDS.values() for name in kind.properties}
    assert {*KINDS, *properties, *RESERVED_KEYS} <= named


def test_the_example_is_a_form() -> None:
    example = re.search(r"```json\n(.*?)```", TEXT, re.DOTALL)
    assert example is not None
    assert [each.key for each in parse_form(example[1], "a_date.form").fields()] == ["会议日期"]
