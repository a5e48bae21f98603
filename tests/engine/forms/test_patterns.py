"""Patterns that could be matched for ever are refused; the others finish quickly on the longest text."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.forms.patterns import INPUT_LENGTH, pattern_fault


@pytest.mark.parametrize(
    "pattern",
    [
        r"1\d{10}",
        r"(?:\d{1,3}\.){3}\d{1,3}",
        r"领〔\d{4}〕\d+号",
        r"[^]]+",
        r"[\]a-z]*",
        r"(甲|乙){1,5}",
        r"^\w+-\w+$",
        r"\(.*\)",
        r"a{,5}",
        r"{不是重复}",
    ],
)
def test_plain_patterns_are_accepted(pattern: str) -> None:
    assert pattern_fault(pattern) is None


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a+)+",
        r"(a*)*b",
        r"(a|a)*",
        r"(a|ab)+c",
        r"(a?){50}",
        r"a*a*a*a*b",
        r"((a{1,9}){1,9}){1,9}",
        r"(\w+\s?)*$",
    ],
)
def test_patterns_that_multiply_are_refused(pattern: str) -> None:
    assert "重复" in str(pattern_fault(pattern))


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("(", "不是正确的"),
        ("(?=a)", "“(?”"),
        ("(?P<名>a)", "“(?”"),
        (r"(a)\1", "不能引用"),
        ("a" * 201, "太长"),
    ],
)
def test_other_faults_are_named(pattern: str, said: str) -> None:
    assert said in str(pattern_fault(pattern))


@pytest.mark.filterwarnings("ignore:Possible:FutureWarning")
@given(st.text(alphabet="ab*+?(){},12|[]^\\d.$", max_size=14))
def test_an_accepted_pattern_never_takes_long(pattern: str) -> None:
    if pattern_fault(pattern) is None:
        for text in ("a" * INPUT_LENGTH, "ab" * (INPUT_LENGTH // 2), "a" * (INPUT_LENGTH - 1) + "c"):
            started = time.process_time()
            re.fullmatch(pattern, text, re.ASCII)
            assert time.process_time() - started < 2
