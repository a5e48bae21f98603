"""The page of a task: its form, what is kept when something is wrong, drafts, rows, files, hand-overs."""

from __future__ import annotations

import pytest

from engine import ProcessEngine, commands, queries
from tests.support import toy
from tests.support.pages import errors, value, words
from tests.web.conftest import Visit

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
FILLED = {"用途": "更换走廊灯管", "物品.0.名称": "灯管", "物品.0.数量": "4", "物品.0.单位": "个"}


@pytest.fixture
def task(town: ProcessEngine) -> str:
    """The address of a form that a clerk has to fill in."""
    return f"/tasks/{toy.start_requisition(town)[1]}"


def test_the_page_says_what_until_when_why_and_by_which_rule(visit: Visit, town: ProcessEngine) -> None:
    toy.filled_requisition(town)
    page = visit(toy.KEEPER).read(f"/tasks/{toy.open_task(town, toy.KEEPER, '核对库存')}")
    for said in (
        "核对库存",
        "剩 2 个工作日",
        "11月26日（周四）17:30",
        "领用日期 2026年11月24日后第 2 个工作日",
        "《练习镇物料管理办法》 第二条",
        "硬约束",
        "未经主管同意，不得发料",
        "您任“仓库管理员”",
    ):
        assert said.replace(" ", "") in page.replace(" ", ""), said


def test_a_filled_form_goes_on(visit: Visit, town: ProcessEngine, task: str) -> None:
    clerk = visit(toy.CLERK)
    answer = clerk.submit(task, FILLED)
    assert (answer.status_code, answer.location) == (302, "/tasks")
    page = clerk.read("/tasks")
    assert "已提交" in page
    assert "已提交" not in clerk.read("/tasks"), "a notice is said once"
    assert "核对库存" in visit(toy.KEEPER).read("/tasks")
    assert "已由 戊五 于" in clerk.read(task).replace("戊五", " 戊五 ").replace("  ", " ")


def test_mistakes_are_listed_and_nothing_typed_is_lost(visit: Visit, task: str) -> None:
    typed = {"用途": "", "紧急": "1", "物品.0.名称": "灯管", "物品.0.数量": "很多", "物品.0.单位": "箱"}
    answer = visit(toy.CLERK).submit(task, typed)
    assert answer.status_code == 422
    assert errors(answer) == [
        "请填写“用途”。",
        "请填写“紧急原因”。",
        "“物品”第 1 行： “数量”要填写整数，例如 12。".replace("： ", "："),
    ]
    assert value(answer, "物品.0.名称") == ["灯管"]
    assert value(answer, "物品.0.数量") == ["很多"]
    assert value(answer, "物品.0.单位") == ["箱"]
    assert value(answer, "紧急") == ["1"]
    assert 'href="#f-用途"' in answer.text
    assert 'aria-invalid="true"' in answer.text


def test_a_warning_has_to_be_confirmed(visit: Visit, task: str) -> None:
    clerk = visit(toy.CLERK)
    asked = clerk.submit(task, {**FILLED, "领用日期": "2026-11-28"})
    assert asked.status_code == 422
    assert errors(asked) == ["所选日期不是工作日，确认仍在这一天领用？"]
    assert clerk.submit(asked, {"_confirm.领用日期": "1"}).status_code == 302


def test_the_sheet_is_worked_out_again_without_being_submitted(visit: Visit, task: str) -> None:
    clerk = visit(toy.CLERK)
    assert "重新计算" in clerk.read(task)
    assert value(clerk.get(task), "紧急原因") == []
    again = clerk.submit(task, {**FILLED, "紧急": "1"}, button="_refresh")
    assert again.status_code == 200
    assert value(again, "紧急原因") == [""]
    assert value(again, "用途") == ["更换走廊灯管"]


def test_the_script_of_the_page_gets_the_fields_alone(visit: Visit, task: str) -> None:
    clerk = visit(toy.CLERK)
    part = clerk.post(task, {**FILLED, "紧急": "1", "物品.0.数量": "很多", "_refresh": "part"})
    assert part.status_code == 200
    assert 'name="紧急原因"' in part.text
    assert 'value="很多"' in part.text
    for whole in ("<html", "<form", "csrf_token", 'class="error"', "data-errors"):
        assert whole not in part.text, whole
    told = clerk.post(task, {"用途": "", "物品.0.数量": "很多", "_refresh": "part", "_told": "用途"})
    assert errors(told) == ["请填写“用途”。"]
    assert visit(toy.HEAD).post(task, {"_refresh": "part"}).status_code == 403


def test_what_was_wrong_goes_on_being_told_until_it_is_right(visit: Visit, task: str) -> None:
    clerk = visit(toy.CLERK)
    wrong = clerk.submit(task, {**FILLED, "用途": "", "物品.0.数量": "很多"})
    again = clerk.submit(wrong, {"紧急": "1", "物品.0.数量": "4"}, button="_refresh")
    assert errors(again) == ["请填写“用途”。"]
    assert clerk.submit(again, {"用途": "灯管", "紧急原因": "停电"}).status_code == 302


def test_a_row_that_has_to_be_there_is_found_again_after_a_mistake(visit: Visit, task: str) -> None:
    wrong = visit(toy.CLERK).submit(task, {"用途": "灯管"})
    assert wrong.status_code == 422
    assert value(wrong, "物品.0.名称") == [""]


def test_rows_are_added_moved_and_removed_without_scripts(visit: Visit, task: str) -> None:
    clerk = visit(toy.CLERK)
    two = clerk.submit(task, FILLED, button="_add.物品")
    assert two.status_code == 200
    assert value(two, "物品.1.名称") == [""]
    assert value(two, "用途") == ["更换走廊灯管"]
    moved = clerk.submit(two, {"物品.1.名称": "电池", "物品.1.数量": "2"}, button="_up.物品.1")
    assert [value(moved, f"物品.{row}.名称") for row in (0, 1)] == [["电池"], ["灯管"]]
    fewer = clerk.submit(moved, {}, button="_remove.物品.0")
    assert value(fewer, "物品.0.名称") == ["灯管"]
    assert value(fewer, "物品.1.名称") == []
    assert clerk.submit(fewer, {}).status_code == 302


def test_a_draft_comes_back_and_belongs_to_one_person(visit: Visit, town: ProcessEngine) -> None:
    toy.filled_requisition(town)
    task = f"/tasks/{toy.open_task(town, toy.KEEPER, '核对库存')}"
    keeper = visit(toy.KEEPER)
    assert keeper.submit(task, {"核对说明": "先看看货架"}, button="_draft").status_code == 302
    assert "草稿已保存" in keeper.read(task)
    assert "先看看货架" in keeper.get(task).text
    assert "先看看货架" not in visit(toy.STORE).get(task).text


def test_the_draft_saves_itself(visit: Visit, task: str) -> None:
    clerk = visit(toy.CLERK)
    answer = clerk.post(f"{task}/draft", {"用途": "写到一半"})
    assert answer.json == {"saved_at": "09:00"}
    assert value(clerk.get(task), "用途") == ["写到一半"]
    assert visit(toy.HEAD).post(f"{task}/draft", {"用途": "别人"}).status_code == 409


def test_a_file_survives_a_mistake_and_can_be_left_out_again(
    visit: Visit, town: ProcessEngine, task: str
) -> None:
    clerk = visit(toy.CLERK)
    wrong = clerk.submit(task, {**FILLED, "用途": "", "_files.附件": ("清单.pdf", PDF)})
    assert wrong.status_code == 422
    (number,) = value(wrong, "附件")
    assert "清单.pdf" in words(wrong)
    more = clerk.submit(
        wrong, {"用途": "灯管", "_files.附件": ("备注.txt", "字".encode())}, button="_add.物品"
    )
    assert len(value(more, "附件")) == 2
    assert clerk.submit(more, {"附件": [number], "物品.1.名称": ""}).status_code == 302
    sheet = queries.task_view(town, toy.CLERK, task.rpartition("/")[2]).values
    assert sheet["附件"] == [number]
    file = clerk.get(f"/attachments/{number}")
    assert file.data == PDF
    assert file.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("病毒.exe", "MZ", "只接受"),
        ("假的.pdf", "<html>", "内容与扩展名 .pdf 不符"),
        ("空.pdf", "", "是空文件"),
        ("表.docx", "PK\x03\x04", "附件"),
    ],
)
def test_a_file_of_a_wrong_kind_is_refused_at_its_field(
    visit: Visit, task: str, name: str, content: str, said: str
) -> None:
    answer = visit(toy.CLERK).submit(task, {**FILLED, "_files.附件": (name, content.encode())})
    assert answer.status_code == 422
    assert said in " ".join(errors(answer))
    assert value(answer, "用途") == ["更换走廊灯管"]


def test_too_much_at_once_is_refused(visit: Visit, app: object, task: str) -> None:
    clerk = visit(toy.CLERK)
    clerk.client.application.config["MAX_CONTENT_LENGTH"] = 1000
    answer = clerk.client.post(task, data={"用途": "x" * 2000})
    assert answer.status_code == 413
    assert "50 MB" in words(answer)


def test_who_is_late_learns_who_was_faster_and_keeps_the_text(visit: Visit, town: ProcessEngine) -> None:
    toy.filled_requisition(town)
    number = toy.open_task(town, toy.KEEPER, "核对库存")
    late = visit(toy.KEEPER)
    page = late.get(f"/tasks/{number}")
    commands.complete_user_task(town, toy.STORE, number, {"库存足够": "足够"})
    answer = late.submit(page, {"库存足够": "不足", "核对说明": "只剩两箱，写了很久"})
    assert answer.status_code == 409
    assert "已由丙三于11月24日 09:00 办理" in words(answer)
    assert "只剩两箱，写了很久" in words(answer)


def test_a_task_claimed_by_a_colleague_is_refused_with_the_name(visit: Visit, town: ProcessEngine) -> None:
    toy.filled_requisition(town)
    number = toy.open_task(town, toy.KEEPER, "核对库存")
    late = visit(toy.KEEPER)
    page = late.get(f"/tasks/{number}")
    commands.claim_task(town, toy.STORE, number)
    answer = late.submit(page, {"库存足够": "足够", "核对说明": "货架上还有"})
    assert answer.status_code == 403
    assert "已由丙三认领" in words(answer)
    assert "货架上还有" in words(answer)


def test_a_form_that_changed_meanwhile_comes_back_with_the_text(visit: Visit, town: ProcessEngine) -> None:
    toy.filled_requisition(town)
    number = toy.open_task(town, toy.KEEPER, "核对库存")
    keeper = visit(toy.KEEPER)
    page = keeper.get(f"/tasks/{number}")
    commands.claim_task(town, toy.KEEPER, number)
    answer = keeper.submit(page, {"库存足够": "足够", "核对说明": "货架上还有"})
    assert answer.status_code == 409
    assert "有了变化" in words(answer)
    assert value(answer, "核对说明") == ["货架上还有"]
    assert keeper.submit(answer, {}).status_code == 302


def test_a_second_submission_of_the_same_page_changes_nothing(
    visit: Visit, town: ProcessEngine, task: str
) -> None:
    clerk = visit(toy.CLERK)
    page = clerk.get(task)
    assert clerk.submit(page, FILLED).status_code == 302
    assert clerk.submit(page, FILLED).status_code == 302
    assert len(queries.inbox(town, toy.KEEPER).items) == 1


def test_claiming_and_giving_back(visit: Visit, town: ProcessEngine) -> None:
    toy.filled_requisition(town)
    task = f"/tasks/{toy.open_task(town, toy.KEEPER, '核对库存')}"
    keeper, colleague = visit(toy.KEEPER), visit(toy.STORE)
    assert keeper.submit(task, {}, action="/claim").status_code == 302
    assert "已认领" in keeper.read(task)
    assert "核对库存" not in colleague.read("/tasks")
    assert colleague.post(f"{task}/claim").status_code == 409
    assert keeper.submit(task, {}, action="/unclaim").status_code == 302
    assert "核对库存" in colleague.read("/tasks")


def test_handing_over_needs_a_person_and_a_reason(visit: Visit, town: ProcessEngine) -> None:
    toy.filled_requisition(town)
    task = f"/tasks/{toy.open_task(town, toy.KEEPER, '核对库存')}"
    keeper = visit(toy.KEEPER)
    refused = keeper.submit(f"{task}/transfer", {"to": toy.GUARD})
    assert refused.status_code == 422
    assert errors(refused) == ["请写明转办的理由。"]
    done = keeper.submit(refused, {"reason": "外出开会"})
    assert done.status_code == 302
    guard = visit(toy.GUARD)
    assert "由丁四转给辛八办理，理由：外出开会" in guard.read(task)
    assert "转给您办理" in guard.read("/notifications")
    assert "转办“核对库存”" in visit(toy.HEAD).read(task)


def test_common_opinions_without_scripts(visit: Visit, town: ProcessEngine) -> None:
    toy.filled_requisition(town)
    head = visit(toy.HEAD)
    task = f"/tasks/{toy.open_task(town, toy.HEAD, '主管审批')}"
    kept = head.submit(task, {"审批意见": "情况属实，同意。"}, button="_keep.审批意见")
    assert value(kept, "审批意见") == ["情况属实，同意。"]
    put_in = head.submit(task, {"审批意见": "另："}, button="_phrase.审批意见")
    assert value(put_in, "审批意见") == ["另：情况属实，同意。"]
    assert "情况属实，同意。" not in visit(toy.VICE).read("/phrases")
    removed = head.submit("/phrases", {}, action="/remove")
    assert removed.status_code == 302
    assert "还没有常用意见" in head.read("/phrases")
    assert head.submit(removed.location, {}, action="/restore").status_code == 302
    assert "情况属实，同意。" in head.read("/phrases")


def test_shared_common_opinions_are_kept_by_the_office(visit: Visit, town: ProcessEngine) -> None:
    administrator = visit(toy.ADMIN)
    assert administrator.submit("/office", {"text": " "}, action="/office/phrases").status_code == 422
    assert administrator.submit("/office", {"text": "同意。"}, action="/office/phrases").status_code == 302
    toy.filled_requisition(town)
    task = toy.open_task(town, toy.HEAD, "主管审批")
    head = visit(toy.HEAD)
    assert "同意。" in head.read(f"/tasks/{task}")
    assert "本镇共享的" in head.read("/phrases")
    removed = administrator.submit("/office", {}, action="/remove")
    assert "同意。" not in head.read("/phrases")
    assert administrator.submit(removed.location.split("#")[0], {}, action="/restore").status_code == 302
    assert "同意。" in head.read("/phrases")


def test_a_document_is_previewed_and_then_frozen(visit: Visit, town: ProcessEngine, task: str) -> None:
    clerk = visit(toy.CLERK)
    answer = clerk.submit(task, FILLED, button="_preview.0")
    assert answer.location == f"{task}/preview/0"
    assert "更换走廊灯管" in clerk.read(answer.location)
    assert "预览" in clerk.read(answer.location)
    assert clerk.get(f"{task}/preview/7").status_code == 404
    assert visit(toy.HEAD).get(f"{task}/preview/0").status_code == 404
    clerk.submit(task, {})
    frozen = clerk.read("/documents/1")
    assert "更换走廊灯管" in frozen
    assert "校验码（SHA-256）" in frozen


def test_entries_the_form_does_not_have_are_refused(visit: Visit, task: str) -> None:
    answer = visit(toy.CLERK).submit(task, {**FILLED, "不存在的字段": "1"})
    assert answer.status_code == 422
    assert any("不存在的字段" in line for line in errors(answer))


def test_markup_in_entries_is_shown_as_text(visit: Visit, town: ProcessEngine, task: str) -> None:
    clerk = visit(toy.CLERK)
    evil = "<script>alert(1)</script>\"'&"
    assert clerk.submit(task, {**FILLED, "用途": evil}).status_code == 302
    for url in ("/started", task, "/documents/1"):
        text = clerk.get(url).text
        assert "<script>alert" not in text, url
        assert "&lt;script&gt;" in text, url
