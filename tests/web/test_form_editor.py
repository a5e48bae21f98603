"""The form editor: forms made, fields added, ordered, changed and taken out; examples and templates; nothing lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from lxml import html
from werkzeug.test import TestResponse

from engine import ProcessEngine, commands, queries
from tests.support import toy
from tests.support.pages import Visitor, errors, words
from tests.support.workshop import DIAGRAM, DRAFTER, KEY, PUBLISHER, REVIEWER, open_workshop
from tests.web.conftest import Visit
from web.app import CSP, create_app

FORMS = f"/workshop/{KEY}/forms"
FILL, APPROVE = f"{FORMS}/r_fill", f"{FORMS}/r_approve"
PAPER = f"/workshop/{KEY}/documents/领料单.html"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[ProcessEngine]:
    engine = open_workshop(tmp_path / "town")
    commands.open_process_draft(engine, DRAFTER, KEY)
    yield engine
    engine.close()


@pytest.fixture
def app(town: ProcessEngine) -> Flask:
    return create_app(town)


@pytest.fixture
def owner(visit: Visit) -> Visitor:
    return visit(DRAFTER)


def files(town: ProcessEngine) -> dict[str, str]:
    return dict(queries.process_draft(town, DRAFTER, KEY).files)


def form(town: ProcessEngine, key: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files(town)[f"forms/{key}.form"])
    return found


def labels(town: ProcessEngine, key: str) -> list[str]:
    return [str(each.get("label") or each.get("text")) for each in form(town, key)["components"]]


def follow(owner: Visitor, answer: TestResponse) -> str:
    assert answer.status_code == 302, words(answer)
    return owner.read(answer.location.partition("#")[0])


def test_the_list_says_where_forms_and_templates_are_used(owner: Visitor) -> None:
    page = owner.get(FORMS)
    assert page.headers["Content-Security-Policy"] == CSP
    text = words(page)
    assert "领料单 r_fill 填写领料单 11" not in text
    assert "主管审批 r_approve 主管审批 2" in text
    assert "领料单.html r_fill.form" in text
    assert "还没有这张表单" not in text
    assert f'href="{FORMS}"' in owner.get(f"/workshop/{KEY}/changes").text


def test_a_form_is_shown_with_its_fields_and_as_it_will_look(owner: Visitor) -> None:
    page = owner.get(FILL)
    text = words(page)
    assert "估计金额" in text
    assert "按样例填好" in text
    sheet = html.fromstring(page.text).xpath("//form[@data-sheet]")[0]
    assert sheet.xpath(".//input[@name='用途']/@value") == ["更换走廊灯管"]
    assert sheet.xpath(".//input[@name='物品.0.数量']/@value") == ["4"]


def test_a_form_is_tried_out_and_nothing_is_stored(owner: Visitor, town: ProcessEngine) -> None:
    before = files(town)
    wrong = owner.submit(FILL, {"用途": "", "紧急": "1"})
    assert any("用途" in each for each in errors(wrong))
    urgent = owner.submit(FILL, {"紧急": "1"}, button="_refresh")
    assert "紧急原因" in words(urgent)
    part = owner.submit(FILL, {"紧急": "1", "_refresh": "part"})
    assert part.text.count("data-part") == 2
    assert "紧急原因" in part.text
    assert "这样填可以提交。" in words(owner.submit(FILL, {}))
    rows = owner.submit(FILL, {"用途": "换门锁"}, button="_add.物品")
    assert 'name="物品.1.名称"' in rows.text
    assert owner.submit(FILL, {}, button="_preview.0").location.startswith("/workshop/requisition/documents/")
    assert files(town) == before
    assert queries.process_draft(town, DRAFTER, KEY).drafters == []


def test_a_field_is_added_ordered_changed_and_taken_out(owner: Visitor, town: ProcessEngine) -> None:
    new = owner.get(f"{APPROVE}/new?type=datetime")
    answer = owner.submit(
        new, {"label": "答复日期", "check_1": "${答复日期 >= 今天()}", "message_1": "不能早于今天。"}
    )
    assert answer.location.endswith("#c-2")
    assert "答复日期" in follow(owner, answer)
    assert labels(town, "r_approve") == ["审批结论", "审批意见", "答复日期"]
    assert form(town, "r_approve")["components"][2] == {
        "key": "答复日期",
        "label": "答复日期",
        "type": "datetime",
        "subtype": "date",
        "properties": {"校验": "${答复日期 >= 今天()}", "提示": "不能早于今天。"},
    }
    moved = owner.post(f"{APPROVE}/move", {"place": "2", "by": "up", "_seen": seen(owner, APPROVE)})
    assert moved.location.endswith("#c-1")
    assert labels(town, "r_approve") == ["审批结论", "答复日期", "审批意见"]
    dropped = owner.post(f"{APPROVE}/move", {"place": "2", "to": "0", "_seen": seen(owner, APPROVE)})
    assert dropped.status_code == 302
    assert labels(town, "r_approve") == ["审批意见", "审批结论", "答复日期"]
    changed = owner.submit(f"{APPROVE}/fields/2", {"label": "哪天答复", "required": "1", "width": "8"})
    assert "哪天答复" in follow(owner, changed)
    last = form(town, "r_approve")["components"][2]
    assert (last["key"], last["label"], last["layout"], last["validate"]) == (
        "答复日期",
        "哪天答复",
        {"columns": 8},
        {"required": True},
    )
    gone = owner.submit(APPROVE, {"place": "2", "_was": "答复日期"}, action="/remove")
    assert "已删去" in follow(owner, gone)
    assert labels(town, "r_approve") == ["审批意见", "审批结论"]
    assert queries.process_draft(town, DRAFTER, KEY).drafters == [DRAFTER]


def seen(owner: Visitor, page: str) -> str:
    return str(html.fromstring(owner.get(page).text).xpath("//input[@name='_seen']/@value")[0])


def test_undo_takes_back_the_last_saving(owner: Visitor, town: ProcessEngine) -> None:
    before = files(town)
    owner.submit(f"{APPROVE}/new?type=text", {"text": "请尽快批示。"})
    assert files(town) != before
    assert "撤销上一次保存" in owner.read(APPROVE)
    answer = owner.submit(APPROVE, {}, action="/draft/undo")
    assert "已撤销" in follow(owner, answer)
    assert files(town) == before
    assert owner.post(f"/workshop/{KEY}/draft/undo", {"revision": "x"}).status_code == 404


def test_what_is_wrong_is_told_at_its_place_and_stays(owner: Visitor, town: ProcessEngine) -> None:
    before = files(town)
    answer = owner.submit(
        f"{APPROVE}/fields/1", {"label": "意见全文", "required_when": "${审批结论 =}", "most_length": "很多"}
    )
    assert answer.status_code == 422
    page = html.fromstring(answer.text)
    assert set(page.xpath("//*[@data-errors]//a/@href")) == {"#i-required_when", "#i-most_length"}
    assert page.xpath("//input[@name='label']/@value") == ["意见全文"]
    assert page.xpath("//textarea[@name='required_when']")[0].text.strip() == "${审批结论 =}"
    assert page.xpath("//input[@name='most_length']/@value") == ["很多"]
    assert "maxLength" not in " ".join(errors(answer))
    assert files(town) == before
    empty = owner.submit(f"{APPROVE}/new?type=select", {})
    assert set(html.fromstring(empty.text).xpath("//*[@data-errors]//a/@href")) == {
        "#i-label",
        "#i-key",
        "#i-values",
    }


def test_the_look_of_a_field_follows_what_is_typed(owner: Visitor, town: ProcessEngine) -> None:
    before = files(town)
    part = owner.submit(
        f"{APPROVE}/fields/1", {"label": "领导批示", "description": "写明理由", "_refresh": "part"}
    )
    assert part.status_code == 200
    looks = html.fromstring(part.text).xpath("//*[@data-part='looks']")[0].text_content()
    assert "领导批示" in looks
    assert "写明理由" in looks
    other = owner.submit(f"{APPROVE}/fields/1", {"type": "select", "_refresh": "part"})
    assert html.fromstring(other.text).xpath("//*[@data-part='items']//textarea[@name='values']")
    more = owner.submit(f"{APPROVE}/fields/1", {}, button="_refresh")
    assert "审批意见" in words(more)
    assert files(town) == before


def test_further_checks_can_be_asked_for(owner: Visitor, town: ProcessEngine) -> None:
    page = owner.submit(f"{APPROVE}/fields/1", {"_refresh": "check"})
    assert html.fromstring(page.text).xpath("//textarea[@name='check_2']")
    answer = owner.submit(
        page,
        {
            "check_1": "${审批意见 != '阅'}",
            "message_1": "请写明意见。",
            "check_2": "${审批意见 != '同'}",
            "message_2": "请写全。",
        },
    )
    assert answer.status_code == 302
    properties = form(town, "r_approve")["components"][1]["properties"]
    assert list(properties) == ["校验", "提示", "校验2", "提示2", "常用意见"]


def test_a_key_that_is_used_elsewhere_is_changed_only_knowingly(owner: Visitor, town: ProcessEngine) -> None:
    page = owner.get(f"{APPROVE}/fields/0")
    assert "用到“审批结论”的地方" in words(page)
    warned = owner.submit(page, {"key": "结论"})
    assert warned.status_code == 422
    assert "这些地方用到它的键" in words(warned)
    assert DIAGRAM in words(warned)
    assert labels(town, "r_approve")[0] == "审批结论"
    done = owner.submit(warned, {"key": "结论", "_sure": "1"})
    assert done.status_code == 302
    assert form(town, "r_approve")["components"][0]["key"] == "结论"
    # The example goes along.
    assert files(town)["forms/r_approve.example.yml"].startswith("结论: 同意\n")
    # The check says what does not fit any more.
    assert any("审批结论" in each.message for each in queries.draft_findings(town, DRAFTER, KEY))


def test_a_field_that_is_used_is_taken_out_only_knowingly(owner: Visitor, town: ProcessEngine) -> None:
    warned = owner.submit(APPROVE, {"place": "0", "_was": "审批结论"}, action="/remove")
    assert warned.status_code == 422
    assert "仍然删去" in words(warned)
    assert labels(town, "r_approve")[0] == "审批结论"
    assert owner.submit(warned, {}).status_code == 302
    assert labels(town, "r_approve") == ["审批意见"]


def test_two_owners_do_not_overwrite_each_other(owner: Visitor, visit: Visit, town: ProcessEngine) -> None:
    second = visit(PUBLISHER)
    mine, theirs = owner.get(f"{APPROVE}/fields/1"), second.get(f"{APPROVE}/fields/1")
    # Another file that somebody saves meanwhile is in nobody's way.
    second.submit(f"{FORMS}/r_stock/fields/1", {"label": "说明"})
    assert owner.submit(mine, {"label": "批示"}).status_code == 302
    late = second.submit(theirs, {"label": "签批意见"})
    assert late.status_code == 409
    assert "丙三" in " ".join(errors(late))
    assert html.fromstring(late.text).xpath("//input[@name='label']/@value") == ["签批意见"]
    assert labels(town, "r_approve")[1] == "批示"
    assert second.submit(late, {}).status_code == 302
    assert labels(town, "r_approve")[1] == "签批意见"
    # A field that somebody else has moved is still the same field.
    page = owner.get(f"{APPROVE}/fields/1")
    second.post(f"{APPROVE}/move", {"place": "1", "by": "up", "_seen": seen(second, APPROVE)})
    again = owner.submit(page, {"label": "意见"})
    assert again.status_code == 409
    assert owner.submit(again, {}).status_code == 302
    assert labels(town, "r_approve") == ["意见", "审批结论"]


def test_a_form_is_made_from_nothing_and_deleted(owner: Visitor, town: ProcessEngine) -> None:
    wrong = owner.submit(FORMS, {"form": "领料 表", "title": "复核单"}, action=FORMS)
    assert wrong.status_code == 422
    assert "以英文字母开头" in " ".join(errors(wrong))
    assert html.fromstring(wrong.text).xpath("//input[@name='title']/@value") == ["复核单"]
    made = owner.submit(wrong, {"form": "r_check"}, action=FORMS)
    assert made.location == f"{FORMS}/r_check"
    assert "还没有字段" in follow(owner, made)
    assert files(town)["forms/r_check.example.yml"] == ""
    taken = owner.submit(FORMS, {"form": "r_check"}, action=FORMS)
    assert taken.status_code == 422
    new = f"{FORMS}/r_check/new"
    assert owner.submit(f"{new}?type=group", {"label": "复核"}).status_code == 302
    assert (
        owner.submit(f"{new}?type=radio&into=0", {"label": "结果", "values": "相符\n不相符"}).status_code
        == 302
    )
    assert owner.submit(f"{new}?type=dynamiclist", {"label": "差额"}).status_code == 302
    assert owner.submit(f"{new}?type=number&into=1", {"label": "少几件", "least": "1"}).status_code == 302
    assert owner.submit(f"{FORMS}/r_check/fields/1-0", {"label": "品名", "key": "品名"}).status_code == 302
    group, table = form(town, "r_check")["components"]
    assert [each["label"] for each in group["components"]] == ["结果"]
    assert [each["key"] for each in table["components"]] == ["品名", "少几件"]
    saved = owner.submit(
        f"{FORMS}/r_check/example", {"结果": "相符", "差额.0.品名": "灯管", "差额.0.少几件": "2"}
    )
    assert saved.status_code == 302
    assert files(town)["forms/r_check.example.yml"] == "结果: 相符\n差额:\n  - 品名: 灯管\n    少几件: 2\n"
    assert "没有环节用到它" in owner.read(f"{FORMS}/r_check/delete")
    assert owner.submit(f"{FORMS}/r_check/delete", {}).status_code == 302
    assert not [path for path in files(town) if "r_check" in path]
    # One that the diagram uses stays.
    assert "不能删去" in owner.read(f"{APPROVE}/delete")
    assert owner.post(f"{APPROVE}/delete", {"_seen": seen(owner, APPROVE)}).status_code == 409


def test_a_form_the_diagram_names_is_offered(owner: Visitor, town: ProcessEngine) -> None:
    draft = queries.process_draft(town, DRAFTER, KEY)
    text = draft.files[DIAGRAM].replace('formKey="r_give"', 'formKey="r_hand"')
    commands.save_process_draft(town, DRAFTER, KEY, {DIAGRAM: text}, draft.revision)
    page = owner.get(FORMS)
    assert "还没有这张表单" in words(page)
    link = html.fromstring(page.text).xpath("//a[contains(@href, 'form=r_hand')]/@href")[0]
    offered = owner.get(link.partition("#")[0])
    assert html.fromstring(offered.text).xpath("//input[@name='form']/@value") == ["r_hand"]
    assert owner.get(f"{FORMS}/r_hand").location.startswith(f"{FORMS}?form=r_hand")
    made = owner.submit(offered, {"like": "r_give"}, action=FORMS)
    assert made.status_code == 302
    assert form(town, "r_hand")["components"] == form(town, "r_give")["components"]
    assert files(town)["forms/r_hand.example.yml"] == files(town)["forms/r_give.example.yml"]


def test_the_example_is_edited_value_by_value(owner: Visitor, town: ProcessEngine) -> None:
    before = files(town)["forms/r_fill.example.yml"]
    same = owner.submit(f"{FILL}/example", {})
    assert same.status_code == 302
    assert files(town)["forms/r_fill.example.yml"] == before
    wrong = owner.submit(f"{FILL}/example", {"保管人": "不在册的人", "用途": "换锁"})
    assert wrong.status_code == 422
    assert html.fromstring(wrong.text).xpath("//*[@data-errors]//a/@href") == ["#i-保管人"]
    assert html.fromstring(wrong.text).xpath("//input[@name='用途']/@value") == ["换锁"]
    more = owner.submit(f"{FILL}/example", {"用途": "换锁"}, button="_more")
    rows = html.fromstring(more.text).xpath("//input[@name='_rows.物品']/@value")
    assert int(rows[0]) > 2
    done = owner.submit(more, {"物品.1.名称": "门锁", "物品.1.数量": "2", "去向": "车间\n门卫室"})
    assert done.status_code == 302
    after = files(town)["forms/r_fill.example.yml"]
    assert after.startswith("用途: 换锁\n金额: 120.5\n去向: [车间, 门卫室]\n")
    assert "    数量: 2\n" in after


def test_files_are_edited_as_text_when_nothing_else_helps(owner: Visitor, town: ProcessEngine) -> None:
    page = f"{APPROVE}/text"
    same = owner.submit(page, {})
    assert same.status_code == 302
    assert queries.process_draft(town, DRAFTER, KEY).drafters == []
    wrong = owner.submit(page, {"text": '{"id": "r_approve", "components": [}'})
    assert wrong.status_code == 422
    assert "第 1 行" in " ".join(errors(wrong))
    assert '"components": [}' in wrong.text.replace("&#34;", '"')
    draft = queries.process_draft(town, DRAFTER, KEY)
    commands.save_process_draft(town, DRAFTER, KEY, {"forms/r_approve.form": "{"}, draft.revision)
    broken = owner.read(APPROVE)
    assert "写错了" in broken
    assert owner.get(f"{APPROVE}/fields/0").status_code == 404
    assert owner.get(f"{APPROVE}/example").status_code == 302
    good = '{"type": "default", "id": "r_approve", "components": [{"type": "text", "text": "好"}]}'
    assert owner.submit(page, {"text": good, "example": ""}).status_code == 302
    assert files(town)["forms/r_approve.form"] == good
    assert labels(town, "r_approve") == ["好"]


ODD = """{"id": "r_approve", "title": 3, "properties": [], "components": [
{"label": 5, "type": "textfield", "key": ["a"], "properties": ["x"], "validate": "no", "layout": 7},
{}, {"type": "wheel", "label": "轮子"}, {"type": "radio", "key": "k", "label": "选", "values": "甲乙"},
{"type": "group", "components": [{"type": "select", "values": [1, {"value": [2]}], "properties": {"校验0": 1, "提示99999": "x"}}]},
{"type": "dynamiclist", "path": "t", "key": "u"}, {"type": "datetime", "subtype": "year", "label": "<b>粗</b>", "multiple": "x"}]}"""


def test_odd_files_are_shown_and_put_right_part_by_part(owner: Visitor, town: ProcessEngine) -> None:
    draft = queries.process_draft(town, DRAFTER, KEY)
    commands.save_process_draft(town, DRAFTER, KEY, {"forms/r_approve.form": ODD}, draft.revision)
    page = owner.get(APPROVE)
    assert page.status_code == 200
    assert "<b>粗" not in page.text
    for place in ("0", "3", "4", "4-0", "5", "6"):
        assert owner.get(f"{APPROVE}/fields/{place}").status_code == 200, place
        assert owner.submit(f"{APPROVE}/fields/{place}", {"_refresh": "part"}).status_code == 200, place
    for place in ("1", "2"):
        assert owner.get(f"{APPROVE}/fields/{place}").status_code == 404
    # What was wrong before hinders nobody from putting one thing right.
    answer = owner.submit(f"{APPROVE}/fields/3", {"values": "甲\n乙"})
    assert answer.status_code == 302
    assert form(town, "r_approve")["components"][3]["values"] == [
        {"label": "甲", "value": "甲"},
        {"label": "乙", "value": "乙"},
    ]
    assert owner.submit(APPROVE, {"place": "2", "_was": ""}, action="/remove").status_code == 302
    assert len(form(town, "r_approve")["components"]) == 6


def test_title_and_explanation(owner: Visitor, town: ProcessEngine) -> None:
    wrong = owner.submit(APPROVE, {"title": "批示", "note": "请于${今天(}办"}, action="/head")
    assert wrong.status_code == 422
    assert html.fromstring(wrong.text).xpath("//input[@name='title']/@value") == ["批示"]
    assert owner.submit(wrong, {"note": "请于${中文日期(今天())}办"}, action="/head").status_code == 302
    assert form(town, "r_approve")["title"] == "批示"
    assert "请于" in owner.read(APPROVE)


def test_a_template_is_edited_beside_what_it_gives(owner: Visitor, town: ProcessEngine) -> None:
    page = owner.get(PAPER)
    assert page.headers["Content-Security-Policy"] == CSP
    assert "用途：更换走廊灯管" in words(page)
    text = files(town)["documents/领料单.html"]
    wrong = owner.submit(page, {"text": text.replace("{% endfor %}", "{% endfr %}")})
    assert wrong.status_code == 422
    assert errors(wrong) == ["第 9 行：不认识“endfr”；前面的“for”还没有结束。请改正。"]
    assert "{% endfr %}" in wrong.text
    part = owner.submit(page, {"text": text.replace("用途：", "事由："), "_refresh": "part"})
    assert "事由：更换走廊灯管" in part.text
    script = owner.submit(page, {"text": text + "<script>1</script>", "_refresh": "part"})
    assert "<script>1" not in script.text
    assert owner.submit(page, {"text": text.replace("用途：", "事由：")}).status_code == 302
    assert files(town)["documents/领料单.html"] == text.replace("用途：", "事由：")
    again = owner.submit(PAPER, {})
    assert again.status_code == 302
    assert files(town)["documents/领料单.html"] == text.replace("用途：", "事由：")


def test_a_template_is_made_and_deleted(owner: Visitor, town: ProcessEngine) -> None:
    made = owner.submit(FORMS, {"document": "交接单"}, action="/documents")
    assert made.status_code == 302
    assert owner.submit(made.location, {"text": "<p>{{ 用途 }}</p>"}).status_code == 302
    assert files(town)["documents/交接单.html"] == "<p>{{ 用途 }}</p>"
    assert "没有用到" in owner.read(FORMS)
    gone = owner.submit(f"/workshop/{KEY}/documents/交接单.html", {}, action="/delete")
    assert gone.status_code == 302
    assert "documents/交接单.html" not in files(town)
    assert owner.post(f"{PAPER}/delete", {"_seen": ""}).status_code == 409
    assert owner.submit(FORMS, {"document": "../x"}, action="/documents").status_code == 422


@pytest.mark.parametrize("login", [toy.CLERK, REVIEWER])
def test_only_process_owners_come_in(visit: Visit, login: str) -> None:
    other = visit(login)
    pages = (FORMS, APPROVE, f"{APPROVE}/fields/0", f"{APPROVE}/new?type=text", f"{APPROVE}/example")
    for url in (*pages, f"{APPROVE}/text", f"{APPROVE}/delete", PAPER):
        assert other.get(url).status_code == 403, url
    for url in (FORMS, APPROVE, f"{APPROVE}/fields/0", f"{APPROVE}/move", f"{APPROVE}/remove", PAPER):
        assert other.post(url, {"place": "0", "_refresh": "part"}).status_code == 403, url
    assert other.post(f"/workshop/{KEY}/draft/undo", {"revision": "1"}).status_code == 403


def test_what_does_not_exist_is_not_found(owner: Visitor) -> None:
    for url in (
        f"{FORMS}/nothing",
        f"{APPROVE}/fields/9",
        f"{APPROVE}/fields/x",
        f"{APPROVE}/fields/0-0",
        f"{APPROVE}/new?type=nonsense",
        f"{APPROVE}/new?type=text&into=0",
        f"{FILL}/new?type=text&into=4",
        "/workshop/nothing/forms",
        f"/workshop/{KEY}/documents/x.txt",
    ):
        assert owner.get(url).status_code == 404, url
    gone = owner.post(f"{APPROVE}/move", {"place": "9", "by": "up", "_seen": seen(owner, APPROVE)})
    assert gone.status_code == 409
