"""Each type of field: what it takes, how that is stored, and the sentence for what it does not take."""

from __future__ import annotations

from typing import Any

import pytest

from engine.forms.values import Wrong, computed_value
from tests.engine.forms.samples import choices, field, form, required, submit


def outcome(component: dict[str, Any], entered: object) -> object:
    """The stored value, or the sentence when the entry is refused."""
    sheet = form(component)
    key = str(component["key"])
    result = submit(sheet, {key: entered})
    assert set(result.data) == {key}
    return result.errors.get(key, result.data[key])


def numbered(cases: list[tuple[dict[str, Any], Any, Any]]) -> list[str]:
    """Names of cases; the entries themselves are too long, or not printable at all."""
    return [f"{component['type']}-{number}" for number, (component, *_) in enumerate(cases)]


TEXT, NOTE = field("甲"), field("甲", "textarea")
WHOLE, AMOUNT = field("甲", "number", validate={"min": 1, "max": 99}), field("甲", "number", decimalDigits=2)
DAY, TIME, MOMENT = (field("甲", "datetime", subtype=kind) for kind in ("date", "time", "datetime"))
ONE, MANY = (
    field("甲", "radio", values=choices("红", "蓝", 3, True, False)),
    field("甲", "checklist", values=choices("红", "蓝")),
)
PERSON = field("甲", "select", {"选择": "人员"})
FILE = field("甲", "filepicker", {"类型": "pdf,jpg", "上限MB": "2"})
FILES = field("甲", "filepicker", multiple=True)


GOOD: list[tuple[dict[str, Any], object, object]] = [
    (TEXT, "  螺丝 ", "螺丝"),
    (TEXT, "   ", None),
    (TEXT, None, None),
    (TEXT, "字" * 200, "字" * 200),
    (NOTE, "一\r\n二\r三\n", "一\n二\n三"),
    (WHOLE, "１２", 12),
    (WHOLE, " 12 ", 12),
    (WHOLE, "", None),
    (WHOLE, 12.0, 12),
    (AMOUNT, "12.50", 12.5),
    (AMOUNT, "－0.5", -0.5),
    (AMOUNT, 0.1, 0.1),
    (DAY, "2026-10-08", "2026-10-08"),
    (DAY, "２０２６－１０－０８", "2026-10-08"),
    (DAY, "", None),
    (TIME, "09:30", "09:30"),
    (MOMENT, "2026-10-08T09:30", "2026-10-08T09:30:00+08:00"),
    (MOMENT, "2026-10-08 09:30", "2026-10-08T09:30:00+08:00"),
    (MOMENT, "2026-10-08T01:30:00Z", "2026-10-08T09:30:00+08:00"),
    (field("甲", "checkbox"), True, True),
    (field("甲", "checkbox"), None, False),
    (ONE, "红", "红"),
    (ONE, "3", 3),
    (ONE, 3, 3),
    (ONE, "true", True),
    (ONE, False, False),
    (ONE, "", None),
    (MANY, ["蓝", "红", "蓝", ""], ["蓝", "红"]),
    (MANY, None, []),
    (PERSON, "chenyi", "chenyi"),
    (field("甲", "select", {"选择": "单位"}), "二号库", "二号库"),
    (field("甲", "select", {"选择": "岗位"}), "保管员", "保管员"),
    (FILE, ["f1"], ["f1"]),
    (FILES, ["f1", "f2", "f1"], ["f1", "f2"]),
]


@pytest.mark.parametrize(("component", "entered", "stored"), GOOD, ids=numbered(GOOD))
def test_a_good_entry_is_stored(component: dict[str, Any], entered: object, stored: object) -> None:
    found = outcome(component, entered)
    assert found == stored
    assert type(found) is type(stored)


WRONG: list[tuple[dict[str, Any], object, str]] = [
    (TEXT, 12, "要填写文字"),
    (TEXT, "字" * 201, "最多 200 个字，现在有 201 个字"),
    (NOTE, "字" * 10_001, "最多 10000 个字"),
    (TEXT, "一\n二", "只能写一行"),
    (TEXT, "a\0b", "不能保存的字符"),
    (TEXT, "a\ud800b", "不能保存的字符"),
    (field("甲", validate={"minLength": 3}), "二字", "至少要写 3 个字"),
    (field("甲", validate={"maxLength": 3}), "四个字了", "最多 3 个字"),
    (
        field("甲", validate={"pattern": r"1\d{10}"}, description="十一位手机号"),
        "138",
        "格式不对，请核对：十一位手机号",
    ),
    (field("甲", validate={"pattern": r"1\d{10}"}), "x13800000000x", "格式不对"),
    (field("甲", "textarea", validate={"pattern": ".*"}), "字" * 201, "最多 200 个字"),
    (WHOLE, "十二", "要填写整数"),
    (WHOLE, "1,000", "要填写整数"),
    (WHOLE, "1.5", "要填写整数"),
    (WHOLE, "1e3", "要填写整数"),
    (WHOLE, "0", "不能小于 1"),
    (WHOLE, "100", "不能大于 99"),
    (WHOLE, True, "要填写整数"),
    (WHOLE, [1], "要填写整数"),
    (WHOLE, 10**5000, "数太大"),
    (WHOLE, float("nan"), "要填写整数"),
    (AMOUNT, "1.234", "最多 2 位小数"),
    (AMOUNT, 1e-9, "最多 2 位小数"),
    (AMOUNT, 10**15 + 1, "数太大"),
    (DAY, "2026/10/8", "2026-10-08 这样的日期"),
    (DAY, "2026-02-30", "“2026-02-30”不存在"),
    (DAY, "0001-01-01", "1900 到 2199"),
    (DAY, 20261008, "这样的日期"),
    (TIME, "9:30", "09:30 这样的时分"),
    (TIME, "25:00", "不存在"),
    (MOMENT, "2026-10-08", "这样的日期和时分"),
    (MOMENT, "2026-10-08T25:00", "不存在"),
    (field("甲", "checkbox"), "on", "勾选或不勾选"),
    (required("甲", "checkbox"), False, "请勾选“甲”"),
    (ONE, "绿", "没有“绿”"),
    (ONE, 1, "没有“1”"),
    (ONE, ["红"], "只能选一项"),
    (MANY, "红", "要给出一个列表"),
    (MANY, ["红", "绿"], "没有“绿”"),
    (MANY, [["红"]], "只能选一项"),
    (PERSON, "nobody", "没有“nobody”"),
    (field("甲", "select", {"选择": "单位"}), "三号库", "没有“三号库”"),
    (FILE, ["f9"], "不存在或您不能使用"),
    (FILE, ["f2"], "最大 2 MB"),
    (FILE, ["f3"], "只收 pdf、jpg 文件"),
    (FILE, ["f1", "f2"], "最大 2 MB"),
    (field("甲", "filepicker"), ["f1", "f3"], "只能上传一个文件"),
    (FILES, [3], "不认识的附件"),
    (FILES, ["f1"] * 501, "最多 500 项"),
    (required("甲"), " ", "请填写“甲”"),
    (required("甲", "number"), "", "请填写“甲”"),
    (required("甲", "radio", values=choices("a")), None, "请选择“甲”"),
    (required("甲", "taglist", values=choices("a")), [], "请选择“甲”"),
    (required("甲", "filepicker"), [], "请上传“甲”"),
]


@pytest.mark.parametrize(("component", "entered", "said"), WRONG, ids=numbered(WRONG))
def test_a_wrong_entry_is_explained(component: dict[str, Any], entered: object, said: str) -> None:
    assert said in str(outcome(component, entered))


def test_a_required_choice_of_no_is_a_choice() -> None:
    component = required(
        "甲", "radio", values=[{"label": "同意", "value": True}, {"label": "不同意", "value": False}]
    )
    assert outcome(component, False) is False


@pytest.mark.parametrize(
    ("component", "given", "stored"),
    [
        (TEXT, 3, "3"),
        (TEXT, True, "是"),
        (AMOUNT, 0.1 + 0.2, 0.3),
        (WHOLE, "7", 7),
        (DAY, "2026-10-08T17:30:00+08:00", "2026-10-08"),
        (DAY, "2026-10-08T17:30:00Z", "2026-10-09"),
        (MANY, "红", ["红"]),
        (MANY, ["红", None], ["红"]),
        (ONE, "", None),
        (field("甲", "checkbox"), None, False),
    ],
)
def test_what_the_system_computes_is_fitted(component: dict[str, Any], given: object, stored: object) -> None:
    assert computed_value(form(component).fields()[0], given) == stored


@pytest.mark.parametrize(
    ("component", "given", "said"),
    [
        (TEXT, ["a"], "连接"),
        (WHOLE, 2.5, "不是整数"),
        (WHOLE, "x", "整数"),
        (WHOLE, [1], "不是数"),
        (DAY, "明天", "不是日期，而是“明天”"),
        (TIME, "2026-10-08", "不是时分"),
        (ONE, ["红"], "首个"),
        (MANY, [{"名": 1}], "取列"),
        (field("甲", "checkbox"), "是", "不是真假值"),
    ],
)
def test_what_does_not_fit_is_the_author_s_fault(component: dict[str, Any], given: object, said: str) -> None:
    with pytest.raises(Wrong, match=said):
        computed_value(form(component).fields()[0], given)
