"""Whatever is posted, a sheet comes back with the declared fields only, and no error but FormError."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from engine.forms import FormError, from_html, initial, parse_form, row_action, validate, view
from tests.engine.forms.browser import Posted, untouched
from tests.engine.forms.samples import REQUISITION, choices, context, field, form, group, table

EVERY_TYPE = form(
    field("文"),
    field("长文", "textarea", {"必填条件": "${勾}"}),
    field("数", "number", decimalDigits=1),
    field("勾", "checkbox"),
    group("组", field("单选", "radio", values=choices("a", 1, True)), 显示条件="${not 勾}"),
    field("多选", "checklist", values=choices("a", "b")),
    field("人", "select", {"选择": "人员", "只读条件": "${勾}", "初值": "${办理人}"}),
    field("日", "datetime", subtype="date"),
    field("时", "datetime", subtype="time"),
    field("刻", "datetime", subtype="datetime"),
    field("件", "filepicker", multiple=True),
    field("系统", properties={"只读": "是", "初值": "${文字(数)}"}),
    table(
        "表",
        [field("序号", "number"), field("号"), field("勾", "checkbox"), field("件", "filepicker")],
        可排序="是",
        行键="号",
    ),
    table(
        "固定", [field("名", properties={"只读": "是"}), field("数", "number")], 初值="${名单}", 行固定="是"
    ),
)
SURROUNDINGS = context(名单=[{"名": "甲"}, {"名": "乙"}])
KEYS = [*EVERY_TYPE.blank(), "typename", "系统 ", ""]
COLUMNS = ["序号", "号", "勾", "件", "名", "数", "别的"]

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(
        [
            "a",
            "1",
            "true",
            "chenyi",
            "f1",
            "2026-10-08",
            "09:30",
            "2026-10-08T09:30",
            "字" * 201,
            "\ud800",
            "\0",
        ]
    )
)
json_values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(COLUMNS) | st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=12,
)
posts = st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=4), json_values, max_size=14)


def assert_sound(data: dict[str, object]) -> None:
    """The data has exactly the declared fields, also in rows, and can be stored as JSON text."""
    assert list(data) == list(EVERY_TYPE.blank())
    for component in EVERY_TYPE.fields():
        value = data[component.name]
        assert isinstance(value, list) == component.is_list
        if component.type == "dynamiclist":
            assert isinstance(value, list)
            assert all(list(row) == [column.key for column in component.components] for row in value)
    json.dumps(data, ensure_ascii=False, allow_nan=False).encode()


@given(posts)
def test_any_post_gives_a_sound_sheet(posted: dict[str, Any]) -> None:
    sheet = validate(EVERY_TYPE, posted, SURROUNDINGS)
    assert_sound(sheet.data)
    assert sheet.data["系统"] == (None if sheet.data["数"] is None else str(sheet.data["数"]))
    assert [row["名"] for row in sheet.data["固定"]] == ["甲", "乙"]  # type: ignore[attr-defined]
    assert all(isinstance(text, str) and text for text in sheet.errors.values())
    json.dumps([sheet.errors, sheet.shown], ensure_ascii=False, allow_nan=False).encode()
    again = validate(EVERY_TYPE, sheet.data, SURROUNDINGS)
    if not sheet.errors:
        assert (again.errors, again.data) == ({}, sheet.data)


@given(posts)
def test_any_draft_can_be_shown_and_posted(draft: dict[str, Any]) -> None:
    shown = initial(EVERY_TYPE, SURROUNDINGS, draft)
    assert list(shown) == list(EVERY_TYPE.blank())
    views = view(EVERY_TYPE, shown, SURROUNDINGS)
    posted, _ = from_html(EVERY_TYPE, untouched(views))
    first = validate(EVERY_TYPE, posted, SURROUNDINGS)
    assert_sound(first.data)
    assert not any(
        "没有“" in text and "这一项" in text and "选项" not in text for text in first.errors.values()
    )


@given(posts)
def test_a_right_sheet_survives_the_page(posted: dict[str, Any]) -> None:
    sheet = validate(EVERY_TYPE, posted, SURROUNDINGS)
    if not sheet.errors:
        back, confirmed = from_html(EVERY_TYPE, untouched(view(EVERY_TYPE, sheet.data, SURROUNDINGS)))
        again = validate(EVERY_TYPE, back, SURROUNDINGS, confirmed)
        assert (again.errors, again.data) == ({}, sheet.data)


@given(
    posts,
    st.text(max_size=6) | st.sampled_from(["_add.表", "_remove.表.0", "_up.表.1", "_down.固定.0", "_add."]),
)
def test_any_button_is_harmless(posted: dict[str, Any], action: str) -> None:
    after = row_action(EVERY_TYPE, posted, action)
    assert {key: value for key, value in after.items() if key != "表"} == {
        key: value for key, value in posted.items() if key != "表"
    } or posted != posted  # NaN differs from itself.


@given(
    st.dictionaries(
        st.text(max_size=6) | st.sampled_from(["明细.0.品名", "_rows.明细", "_shown", "明细.9.x"]),
        st.lists(st.text(max_size=5), max_size=3),
    )
)
def test_any_posted_page_is_read(values: dict[str, list[str]]) -> None:
    posted, confirmed = from_html(REQUISITION, Posted(**values))
    sheet = validate(REQUISITION, posted, context(), confirmed)
    assert list(sheet.data) == list(REQUISITION.blank())


@given(
    st.recursive(
        scalars,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "type",
                        "key",
                        "label",
                        "components",
                        "properties",
                        "validate",
                        "values",
                        "id",
                        "初值",
                        "校验",
                        "layout",
                    ]
                ),
                inner
                | st.sampled_from(
                    ["dynamiclist", "select", "textfield", "number", "group", "datetime", "filepicker"]
                ),
                max_size=6,
            )
        ),
        max_leaves=20,
    )
)
def test_any_file_is_a_form_or_a_form_error(document: Any) -> None:
    faults: tuple[str, ...] = ()
    try:
        assert (
            parse_form(json.dumps({"id": "junk", "components": [document, document]}), "junk.form").order
            == ()
        )
    except FormError as error:
        faults = error.problems or ("",)
    assert all(fault.startswith("junk.form：") for fault in faults)
