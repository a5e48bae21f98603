"""Posted pages: read back as they were shown, with rows changed by plain buttons."""

from __future__ import annotations

from typing import Any

import pytest

from engine.forms import from_html, initial, row_action, validate, view, without_prefilled
from tests.engine.forms.browser import Posted, untouched
from tests.engine.forms.samples import REQUISITION, choices, context, field, form, submit, table

EVERYTHING = form(
    field("文", "textarea"),
    field("数", "number", decimalDigits=2),
    field("勾", "checkbox"),
    field("单选", "radio", values=choices("红", 3, True)),
    field("多选", "checklist", values=choices("红", "蓝", 3)),
    field("刻", "datetime", subtype="datetime"),
    field("附件", "filepicker", multiple=True),
    table("表", [field("名"), field("勾", "checkbox"), field("多选", "taglist", values=choices("红", "蓝"))]),
)
FULL: dict[str, Any] = {
    "文": "一\n二",
    "数": 12.5,
    "勾": True,
    "单选": 3,
    "多选": [3, "红"],
    "刻": "2026-10-08T09:30:00+08:00",
    "附件": ["f1", "f2"],
    "表": [{"名": "甲", "勾": False, "多选": []}, {"名": "乙", "勾": True, "多选": ["蓝", "红"]}],
}
EMPTY: dict[str, Any] = {**EVERYTHING.blank(), "表": []}


@pytest.mark.parametrize("marked", [True, False])
@pytest.mark.parametrize("data", [FULL, EMPTY], ids=["full", "empty"])
def test_a_page_that_nobody_touches_gives_the_same_data(data: dict[str, Any], marked: bool) -> None:
    posted, confirmed = from_html(EVERYTHING, untouched(view(EVERYTHING, data, context()), marked))
    sheet = validate(EVERYTHING, posted, context(), confirmed)
    assert (sheet.errors, confirmed) == ({}, set())
    assert sheet.data == data


def test_boxes_that_are_unticked_lose_their_initial_value() -> None:
    sheet = form(
        field("勾", "checkbox", {"初值": "是"}),
        field("选", "checklist", {"初值": "${['a']}"}, values=choices("a")),
    )
    for posted in (Posted(), Posted(_shown=["勾", "选"])):
        assert submit(sheet, from_html(sheet, posted)[0]).data == {"勾": False, "选": []}


def test_boxes_the_page_did_not_show_keep_their_initial_value() -> None:
    sheet = form(field("开", "checkbox"), field("勾", "checkbox", {"初值": "是", "显示条件": "${开}"}))
    posted, _ = from_html(sheet, Posted(开="true", _shown=["开"]))
    assert submit(sheet, posted).data == {"开": True, "勾": True}


def test_a_table_emptied_in_the_browser_is_empty() -> None:
    sheet = form(table("表", [field("名")], 初值="${[{'名': '甲'}]}"))
    for posted in (Posted(), Posted(**{"_rows.表": "0", "_shown": []})):
        assert submit(sheet, from_html(sheet, posted)[0]).data == {"表": []}


def test_rows_of_which_the_browser_sends_nothing_are_still_there() -> None:
    sheet = form(
        table(
            "表",
            [field("名", properties={"只读": "是"}), field("勾", "checkbox")],
            初值="${名单}",
            行固定="是",
        )
    )
    posted, _ = from_html(sheet, Posted(**{"_rows.表": "3", "表.2.勾": "true"}))
    data = submit(sheet, posted, 名单=[{"名": "甲"}, {"名": "乙"}, {"名": "丙"}]).data
    assert data["表"] == [{"名": "甲", "勾": False}, {"名": "乙", "勾": False}, {"名": "丙", "勾": True}]


def test_controls_are_ignored_and_other_unknown_names_refused() -> None:
    posted, confirmed = from_html(
        REQUISITION,
        Posted(
            **{
                "_csrf": "x",
                "_add.明细": "",
                "_confirm.明细.0.数量": "true",
                "_confirm.领料日期": "",
                "领料人": ["liner", "chenyi"],
                "别的": "x",
                "明细.0.品种": "x",
                "明细.一.品名": "x",
                "明细": "x",
            }
        ),
    )
    assert confirmed == {"明细.0.数量"}
    assert posted["领料人"] == "chenyi"
    assert {"别的", "明细.一.品名", "明细.0.品种"} <= set(submit(REQUISITION, posted).errors)


def test_rows_far_away_do_not_fill_the_memory() -> None:
    sheet = form(table("表", [field("名")]))
    for name in ("表.999999999.名", f"表.{'9' * 5000}.名"):
        posted, _ = from_html(sheet, Posted(**{name: "x"}))
        assert len(posted["表"]) == 501  # type: ignore[arg-type]
        assert "最多 500 行" in submit(sheet, posted).errors["表"]


class TestRowButtons:
    SHEET = form(table("表", [field("名"), field("数", "number", {"初值": "1"})], 可排序="是"), field("文"))
    THREE: dict[str, object] = {"表": [{"名": "甲"}, {"名": "乙"}, {"名": "丙"}], "文": "x"}

    @pytest.mark.parametrize(
        ("action", "names"),
        [
            ("_add.表", ["甲", "乙", "丙", None]),
            ("_remove.表.1", ["甲", "丙"]),
            ("_up.表.2", ["甲", "丙", "乙"]),
            ("_down.表.0", ["乙", "甲", "丙"]),
            ("_up.表.0", ["甲", "乙", "丙"]),
            ("_down.表.2", ["甲", "乙", "丙"]),
            ("_remove.表.3", ["甲", "乙", "丙"]),
            ("_remove.表.-1", ["甲", "乙", "丙"]),
            ("_remove.表", ["甲", "乙", "丙"]),
            ("_remove.文.0", ["甲", "乙", "丙"]),
            ("_explode.表.0", ["甲", "乙", "丙"]),
            ("", ["甲", "乙", "丙"]),
        ],
    )
    def test_buttons_change_rows_and_nothing_else(self, action: str, names: list[str | None]) -> None:
        before = {**self.THREE, "表": list(self.THREE["表"])}  # type: ignore[call-overload]
        after = row_action(self.SHEET, self.THREE, action)
        assert [row.get("名") for row in after["表"]] == names  # type: ignore[attr-defined]
        assert after["文"] == "x"
        assert before == self.THREE

    def test_an_added_row_opens_with_initial_values(self) -> None:
        after = row_action(self.SHEET, self.THREE, "_add.表")
        assert initial(self.SHEET, context(), after)["表"][-1] == {"名": None, "数": 1}  # type: ignore[index]

    def test_rows_the_system_gives_cannot_be_changed(self) -> None:
        fixed = form(table("表", [field("名")], 初值="${名单}", 行固定="是"))
        locked = form(table("表", [field("名")], 初值="${名单}", 只读="是", 可排序="是"))
        for sheet in (fixed, locked):
            for action in ("_add.表", "_remove.表.1", "_up.表.1"):
                assert row_action(sheet, self.THREE, action) == self.THREE

    def test_rows_stop_at_the_limit(self) -> None:
        full: dict[str, object] = {"表": [{}] * 500}
        assert row_action(self.SHEET, full, "_add.表") == full


OPINION = form(
    field("结论", "radio", values=choices("同意", "不同意")),
    field("意见", "textarea", {"初值": "${'同意。' if 结论 == '同意' else ''}"}),
    field("送出", "checkbox", {"初值": "${结论 == '同意'}"}),
)


def refreshed(entered: dict[str, Any], **changed: str) -> dict[str, object]:
    """The sheet as the page shows it after it was opened with `entered` and somebody changed something."""
    shown = initial(OPINION, context(), entered)
    posted = Posted(_shown=["送出"], **{"送出": ["1"] if shown["送出"] else []})
    for each in view(OPINION, shown, context()):
        if each.prefilled:
            posted.add(f"_was.{each.name}", each.entry)
        if each.component.type != "checkbox":
            posted.add(each.name, changed.get(each.name, each.entry))
    data, _ = from_html(OPINION, posted)
    return initial(OPINION, context(), without_prefilled(OPINION, data, posted))


def test_what_nobody_has_changed_follows_the_other_entries() -> None:
    agreed = refreshed({}, 结论="同意")
    assert (agreed["意见"], agreed["送出"]) == ("同意。", True)
    assert refreshed(agreed, 结论="不同意")["意见"] is None


def test_what_somebody_has_changed_stays() -> None:
    assert refreshed({"结论": "同意", "意见": "同意，抓紧办。"}, 结论="不同意")["意见"] == "同意，抓紧办。"
    assert refreshed({"结论": "同意", "意见": "同意。"}, 意见="")["意见"] is None
    assert refreshed({}, 结论="同意", 意见="一\r\n二")["意见"] == "一\n二"
