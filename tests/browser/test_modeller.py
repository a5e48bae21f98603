"""The modeller in a real browser: drawing, deadlines tried out, nothing lost, two owners, files from elsewhere, Chinese."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import NewPage, Screenshot
from tests.browser.looking import sign_in

OWNER, SECOND = "fanghuitu", "yugaibiao"
SAVED, UNSAVED = "已全部保存。", "还没有保存…"
# Loaded from elsewhere: drawn in another program, without lanes, with a link event and a manual task.
FOREIGN = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="foreign" targetNamespace="urn:foreign">
  <process id="Process_1" name="会签和征求意见" isExecutable="true">
    <startEvent id="begin" name="开始"/>
    <sequenceFlow id="f1" sourceRef="begin" targetRef="by_hand"/>
    <manualTask id="by_hand" name="送到门口"/>
    <sequenceFlow id="f2" sourceRef="by_hand" targetRef="jump"/>
    <intermediateThrowEvent id="jump" name="跳转"><linkEventDefinition id="link" name="出口"/></intermediateThrowEvent>
    <sequenceFlow id="f3" sourceRef="jump" targetRef="finish"/>
    <endEvent id="finish" name="结束"/>
  </process>
</definitions>
"""
# Everything that is not supported, each with a name.
UNSUPPORTED = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="foreign" targetNamespace="urn:foreign"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <signal id="sig" name="广播"/>
  <process id="brought_along" name="带来的流程" isExecutable="true">
    <startEvent id="begin" name="每月开始">
      <timerEventDefinition id="t1"><timeCycle xsi:type="tFormalExpression">R/P1M</timeCycle></timerEventDefinition>
    </startEvent>
    <manualTask id="by_hand" name="送到门口"/>
    <receiveTask id="get" name="等回执"/>
    <complexGateway id="complex" name="三取二"/>
    <transaction id="trans" name="一并办成"><startEvent id="ts"/><endEvent id="te"/>
      <sequenceFlow id="tf" sourceRef="ts" targetRef="te"/></transaction>
    <adHocSubProcess id="adhoc" name="随意办"><task id="loose" name="随便一项"/></adHocSubProcess>
    <intermediateThrowEvent id="shout" name="喊一声"><signalEventDefinition id="s1" signalRef="sig"/></intermediateThrowEvent>
    <intermediateThrowEvent id="jump" name="跳转"><linkEventDefinition id="link" name="出口"/></intermediateThrowEvent>
    <intermediateCatchEvent id="when" name="条件成立">
      <conditionalEventDefinition id="c1"><condition xsi:type="tFormalExpression">x</condition></conditionalEventDefinition>
    </intermediateCatchEvent>
    <boundaryEvent id="undo" name="撤销补偿" attachedToRef="by_hand"><compensateEventDefinition id="co"/></boundaryEvent>
    <dataObject id="do1"/><dataObjectReference id="ref1" name="登记簿" dataObjectRef="do1"/>
    <endEvent id="finish" name="出错结束"><errorEventDefinition id="er"/></endEvent>
    <sequenceFlow id="f1" sourceRef="begin" targetRef="by_hand"/>
    <sequenceFlow id="f2" sourceRef="by_hand" targetRef="get"/>
    <sequenceFlow id="f3" sourceRef="get" targetRef="complex"/>
    <sequenceFlow id="f4" sourceRef="complex" targetRef="trans"/>
    <sequenceFlow id="f5" sourceRef="trans" targetRef="adhoc"/>
    <sequenceFlow id="f6" sourceRef="adhoc" targetRef="shout"/>
    <sequenceFlow id="f7" sourceRef="shout" targetRef="when"/>
    <sequenceFlow id="f8" sourceRef="when" targetRef="jump"/>
    <sequenceFlow id="f9" sourceRef="complex" targetRef="finish"/>
  </process>
</definitions>
"""
# Words no dictionary has to know: names of files and formats, the program that draws, expressions.
PLAIN = re.compile(
    r"Powered by bpmn.io|[A-Z]{2,}-\S+|BPMN|bpmn|\.svg|\.png|\.zip|SVG|PNG|ZIP|DMN|FEEL|UTF-8|\$\{[^}]*\}?|\bEN\b"
)

Open = Callable[..., Page]


@pytest.fixture
def opened(new_page: NewPage) -> Open:
    """Opens the modeller of a procedure, beginning a draft when there is none."""

    def open_page(key: str, login: str = OWNER, page: Page | None = None, **watched: object) -> Page:
        if page is None:
            page = sign_in(new_page(1440, 900, **watched), login)
        page.goto(f"/workshop/{key}")
        if page.get_by_role("button", name="开始修改").count():
            page.get_by_role("button", name="开始修改").click()
        expect(page.locator("#gc-canvas")).to_have_attribute("aria-busy", "false")
        return page

    return open_page


def shape(page: Page, element: str) -> Locator:
    return page.locator(f'#gc-canvas [data-element-id="{element}"].djs-element')


def choose(page: Page, element: str) -> None:
    """Select an element the way a search does, wherever it lies on the canvas."""
    page.evaluate(
        "id => { const m = window.guichengModeller.modeller;"
        " m.get('canvas').scrollToElement(m.get('elementRegistry').get(id));"
        " m.get('selection').select(m.get('elementRegistry').get(id)); }",
        element,
    )


def saved(page: Page) -> None:
    expect(page.locator("#gc-status")).to_have_text(SAVED)


def brought_along(page: Page) -> None:
    """A change that was just made is noticed and saved."""
    expect(page.locator("#gc-status")).to_have_attribute("data-unsaved", "true")
    saved(page)


def draft_text(page: Page, key: str) -> str:
    """What the server has."""
    answer = page.request.get(f"/workshop/{key}/draft", headers={"Accept": "application/json"})
    return str(answer.json()["files"][f"{key}.bpmn"])


def test_a_changed_deadline_says_what_it_comes_to(opened: Open, screenshot: Screenshot) -> None:
    page = opened("meeting_notice")
    choose(page, "n_draft")
    due = page.get_by_label("办理时限")
    due.fill("${工作日前(会议日期, 2)}")
    result = page.locator(".gc-due")
    expect(result).to_contain_text("如“会议日期”为")
    page.get_by_label("换一天试算").fill("2026-10-08")
    expect(result).to_contain_text("如“会议日期”为 2026年10月8日，则为 2026年9月29日 17:30")
    expect(result).to_contain_text("国庆节")
    screenshot(page, "modeller-1440", whole=False)
    # What is mistyped is told at once, in the list and at the element, and put right with one click.
    due.fill("${工作日前(会议日期，2)}")
    expect(result).to_contain_text("应写成")
    line = page.locator("#gc-findings li").filter(has_text="应写成")
    line.get_by_role("button", name="改成").click()
    expect(due).to_have_value("${工作日前(会议日期,2)}")
    expect(page.locator("#gc-findings li")).to_have_count(0)
    saved(page)
    assert 'camunda:dueDate="${工作日前(会议日期,2)}"' in draft_text(page, "meeting_notice")
    page.get_by_role("button", name="撤销修改").click()
    expect(due).to_have_value("${工作日前(会议日期，2)}")


def test_clauses_are_picked_with_their_text(opened: Open) -> None:
    page = opened("meeting_notice")
    choose(page, "n_send")
    clauses = page.locator(".gc-clauses")
    first = clauses.locator(".gc-clause")
    expect(first).to_have_count(1)
    clauses.get_by_label("添加条款").fill("镇长办公会议")
    hit = clauses.locator(".gc-clause-hit").first
    words = hit.locator("span").inner_text()
    hit.click()
    expect(first).to_have_count(2)
    expect(clauses).to_contain_text(words[:20])
    page.get_by_label("硬约束：任何角色不得绕过").check()
    saved(page)
    text = draft_text(page, "meeting_notice")
    assert re.search(r'name="clause" value="ZQ-附1-2-1,[^"]+"', text)
    assert '<camunda:property name="硬约束" value="是"' in text
    first.last.get_by_role("button", name="去掉").click()
    expect(first).to_have_count(1)
    page.get_by_role("button", name="撤销修改").click()
    expect(first).to_have_count(2)


def test_a_lane_and_a_task_with_a_form_are_added(opened: Open) -> None:
    page = opened("signed_receipt")
    lanes = page.evaluate(
        "() => window.guichengModeller.modeller.get('elementRegistry')"
        ".filter(e => e.type === 'bpmn:Lane').map(e => e.id)"
    )
    choose(page, lanes[0])
    page.locator('.djs-context-pad [data-action="lane-insert-below"]').click()
    new = page.evaluate(
        "known => window.guichengModeller.modeller.get('elementRegistry')"
        ".filter(e => e.type === 'bpmn:Lane').map(e => e.id).find(id => !known.includes(id))",
        lanes,
    )
    choose(page, new)
    page.get_by_label("岗位或泳道名称").select_option("镇长")
    # A task is drawn into it with the palette, as by hand.
    page.locator('.djs-palette [data-action="create.user-task"]').click()
    box = shape(page, new).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 150, box["y"] + box["height"] / 2)
    page.mouse.move(box["x"] + 160, box["y"] + box["height"] / 2 + 2)
    page.mouse.down()
    page.mouse.up()
    page.keyboard.type("过目")
    page.locator("#gc-panel").click(position={"x": 20, "y": 10})
    task = page.evaluate(
        "() => window.guichengModeller.modeller.get('elementRegistry')"
        ".find(e => e.businessObject.name === '过目' && !e.labelTarget).id"
    )
    choose(page, task)
    expect(page.locator("#gc-panel")).to_contain_text("所在泳道：镇长")
    page.get_by_role("button", name="新建表单").click()
    expect(page.get_by_label("表单", exact=True)).to_have_value(task)
    # The check sees at once that nothing leads to it.
    expect(page.locator("#gc-findings li").filter(has_text="过目").first).to_be_visible()
    expect(page.locator(f'.djs-overlays[data-container-id="{task}"] .gc-sign')).to_be_visible()
    saved(page)
    answer = page.request.get("/workshop/signed_receipt/draft", headers={"Accept": "application/json"})
    files = answer.json()["files"]
    assert f'camunda:formKey="{task}"' in files["signed_receipt.bpmn"]
    assert f"forms/{task}.form" in files
    # Laid out afresh, and taken back.
    page.locator("#gc-layout").click()
    expect(page.locator(".gc-banner", has_text="布局已经整理")).to_be_visible()
    expect(shape(page, task)).to_be_attached()


def shapes(page: Page) -> dict[str, list[Any]]:
    """Left, top, width, height and lanes of every shape that is drawn, names apart."""
    found: dict[str, list[Any]] = page.evaluate(
        "() => Object.fromEntries(window.guichengModeller.modeller.get('elementRegistry')"
        ".filter(e => e.parent && e.width && !e.waypoints && !e.labelTarget)"
        ".map(e => [e.id, [e.x, e.y, e.width, e.height, (e.businessObject.lanes || []).map(l => l.id).join()]]))"
    )
    return found


def ways(page: Page) -> dict[str, list[list[float]]]:
    found: dict[str, list[list[float]]] = page.evaluate(
        "() => Object.fromEntries(window.guichengModeller.modeller.get('elementRegistry')"
        ".filter(e => e.waypoints).map(e => [e.id, e.waypoints.map(p => [p.x, p.y])]))"
    )
    return found


def drag_and_select(page: Page, moves: dict[str, tuple[int, int]]) -> None:
    """Move elements by so much, one after the other, and select them together."""
    page.evaluate(
        "moves => { const m = window.guichengModeller.modeller, r = m.get('elementRegistry');"
        " moves.forEach(([id, [x, y]]) => (x || y) && m.get('modeling').moveElements([r.get(id)], { x, y }));"
        " m.get('selection').select(moves.map(([id]) => r.get(id))); }",
        list(moves.items()),
    )


def lay_out(page: Page, answer: str) -> None:
    """Press the button and read what is said."""
    page.locator("#gc-layout").click()
    expect(page.locator('.gc-banner[data-name="layout"]')).to_contain_text(answer)


def test_only_what_is_selected_is_laid_out(opened: Open, screenshot: Screenshot) -> None:
    page = opened("report_document")
    expect(page.locator("#gc-layout")).to_have_attribute("title", "选中几个环节时只整理选中的")
    before = shapes(page)
    row = ["j_init", "j_reg", "j_no"]
    drag_and_select(page, {"j_init": (0, 0), "j_reg": (30, 20), "j_no": (-20, 10)})
    dragged, dragged_ways = shapes(page), ways(page)
    assert dragged != before
    lay_out(page, "选中的环节已整理")
    # In one line again, with the gaps of the drawing before; everything else stands where it stood.
    assert shapes(page) == before
    lefts = [(before[each][0], before[each][2]) for each in row]
    assert [b[0] - a[0] - a[1] for a, b in pairwise(lefts)] == [40, 40]
    for points in ways(page).values():
        assert all(abs(a[0] - b[0]) < 1 or abs(a[1] - b[1]) < 1 for a, b in pairwise(points))
    assert page.evaluate("() => [...window.guichengModeller.missing]") == []
    # It counts as a change like any other: checked and saved.
    saved(page)
    expect(page.locator("#gc-summary")).to_contain_text("检查通过")
    left, top = before["j_reg"][:2]
    place = rf'bpmnElement="j_reg"[^>]*>\s*<dc:Bounds x="{left}" y="{top}"'
    assert re.search(place, draft_text(page, "report_document"))
    screenshot(page, "modeller-selection-1440", whole=False)
    page.locator("#gc-undo").click()
    assert (shapes(page), ways(page)) == (dragged, dragged_ways)

    # Dragged close to what follows: that makes room, and the pool grows with it.
    drag_and_select(page, {"j_init": (60, 0), "j_reg": (50, -10), "j_no": (105, -10)})
    dragged = shapes(page)
    lay_out(page, "选中的环节已整理")
    after = shapes(page)
    assert after["j_gw"][0] - after["j_no"][0] - after["j_no"][2] >= 40
    further = after["j_gw"][0] - dragged["j_gw"][0]
    assert further > 0
    for element, (x, y, width, height, lanes) in dragged.items():
        if element in row:
            assert after[element][1:] == [before["j_init"][1], width, height, lanes]
        elif element == "report_document_pool" or element.startswith("lane_"):
            assert after[element] == [x, y, width + further, height, lanes]
        else:
            assert after[element] in ([x, y, width, height, lanes], [x + further, y, width, height, lanes])
    page.locator("#gc-undo").click()
    assert shapes(page) == dragged
    page.locator("#gc-redo").click()
    assert shapes(page) == after
    # Others find the draft as it was.
    page.evaluate(
        "() => { const s = window.guichengModeller.modeller.get('commandStack'); while (s.canUndo()) s.undo(); }"
    )
    assert shapes(page) == before
    brought_along(page)


def test_a_selection_that_cannot_be_laid_out_is_left_as_it_is(opened: Open) -> None:
    page = opened("report_document")
    before = shapes(page)
    drag_and_select(page, {"j_reg": (0, 0), "j_prop": (0, 0)})
    lay_out(page, "“登记，赋收文号”挡住了选中的环节")
    assert shapes(page) == before
    page.evaluate(
        "() => { const m = window.guichengModeller.modeller, lane = m.get('elementRegistry').get('lane_leader');"
        " const { x, y, width, height } = lane;"
        " m.get('modeling').resizeShape(lane, { x, y, width, height: height - 60 }); }"
    )
    low = shapes(page)
    drag_and_select(page, {"j_prop": (0, 0), "j_read": (0, 0)})
    lay_out(page, "泳道“镇领导”放不下选中的环节，请先把泳道拉高，或者不选任何元素、整理整张图")
    assert shapes(page) == low
    # Nothing was done that could be taken back beside what was drawn by hand.
    page.locator("#gc-undo").click()
    assert shapes(page) == before
    # Inside a sub-process and outside of it.
    page = opened("minutes", page=page)
    outside = page.evaluate(
        "() => { const r = window.guichengModeller.modeller.get('elementRegistry');"
        " return r.find(e => e.type === 'bpmn:StartEvent' && e.parent !== r.get('p_draft').parent).id; }"
    )
    before = shapes(page)
    drag_and_select(page, {"p_draft": (0, 0), outside: (0, 0)})
    lay_out(page, "选中的环节不在同一个池或子流程里")
    assert shapes(page) == before
    assert page.evaluate("() => [...window.guichengModeller.missing]") == []


def test_what_was_drawn_survives_a_killed_tab(opened: Open) -> None:
    page = opened("minutes")
    page.context.route(
        "**/workshop/minutes/draft",
        lambda route: route.abort() if route.request.method == "PUT" else route.continue_(),
    )
    choose(page, "p_draft")
    page.get_by_label("提交按钮上的字").fill("送去核稿")
    expect(page.locator("#gc-status")).to_have_text(re.compile(UNSAVED + "|正在保存…|没有保存："))
    page.wait_for_timeout(300)
    context = page.context
    page.close(run_before_unload=False)
    context.unroute_all()
    again = opened("minutes", page=context.new_page())
    banner = again.locator(".gc-banner", has_text="还没有保存的图")
    expect(banner).to_be_visible()
    assert "送去核稿" not in draft_text(again, "minutes")
    banner.get_by_role("button", name="接着用它").click()
    saved(again)
    assert "送去核稿" in draft_text(again, "minutes")
    fresh = opened("minutes", page=again)
    expect(fresh.locator(".gc-banner", has_text="还没有保存的图")).to_have_count(0)


def test_two_owners_at_once_lose_nothing(opened: Open) -> None:
    first = opened("supervision")
    second = opened("supervision", SECOND, expected=["status of 409"])
    task = first.evaluate(
        "() => window.guichengModeller.modeller.get('elementRegistry').find(e => e.type === 'bpmn:UserTask').id"
    )
    choose(first, task)
    first.get_by_label("提交按钮上的字").fill("甲的字")
    brought_along(first)
    choose(second, task)
    second.get_by_label("提交按钮上的字").fill("乙的字")
    dialog = second.get_by_role("dialog")
    expect(dialog).to_contain_text("方绘图")
    expect(dialog).to_contain_text("这份草稿有两个版本")
    with second.expect_download() as kept:
        dialog.get_by_role("link", name="把对方的版本存成文件").click()
    assert "甲的字" in Path(kept.value.path()).read_text("utf-8")
    assert "甲的字" in draft_text(second, "supervision")
    dialog.get_by_role("button", name="接着用我的").click()
    saved(second)
    assert "乙的字" in draft_text(second, "supervision")
    # The first learns of it on coming back to the page.
    first.evaluate("() => window.dispatchEvent(new Event('focus'))")
    banner = first.locator(".gc-banner", has_text="俞改表")
    banner.get_by_role("button", name="显示那一版").click()
    saved(first)
    choose(first, task)
    expect(first.get_by_label("提交按钮上的字")).to_have_value("乙的字")
    # Who comes next is told that somebody has just been at it.
    third = opened("supervision", page=first.context.new_page())
    expect(third.locator(".gc-banner", has_text="俞改表")).to_be_visible()


def test_a_file_from_elsewhere_is_drawn_and_what_it_may_not_hold_is_listed(
    opened: Open, tmp_path: Path
) -> None:
    page = opened("countersign", expected=["status of 422"])
    file = tmp_path / "别处的图.bpmn"
    file.write_text(FOREIGN, "utf-8")
    page.set_input_files("#gc-import", file)
    page.get_by_role("dialog").get_by_role("button", name="换掉").click()
    expect(shape(page, "by_hand")).to_be_attached()
    findings = page.locator("#gc-findings li")
    expect(findings.filter(has_text="送到门口").first).to_be_visible()
    expect(findings.filter(has_text="跳转").first).to_be_visible()
    assert "Traceback" not in page.locator("body").inner_text()
    findings.filter(has_text="送到门口").first.get_by_role("button").first.click()
    expect(page.locator("#gc-panel .bio-properties-panel-header-label")).to_have_text("送到门口")
    page.locator(".gc-banner").get_by_role("button", name="退回原来的图").click()
    expect(shape(page, "by_hand")).to_have_count(0)
    saved(page)
    # What is no diagram is refused in a sentence.
    wrong = tmp_path / "照片.bpmn"
    wrong.write_text("<html>没有</html>", "utf-8")
    page.set_input_files("#gc-import", wrong)
    page.get_by_role("dialog").get_by_role("button", name="换掉").click()
    expect(page.locator(".gc-banner").last).to_contain_text("BPMN")
    expect(shape(page, "q_reply")).to_be_attached()


def test_a_brought_procedure_is_drawn_and_each_unsupported_element_is_listed(
    opened: Open, tmp_path: Path
) -> None:
    page = opened("party_committee")
    page.goto("/workshop")
    file = tmp_path / "带来的流程.bpmn"
    file.write_text(UNSUPPORTED, "utf-8")
    page.set_input_files("#f-import-file", file)
    page.get_by_role("button", name="导入", exact=True).click()
    expect(page).to_have_url(re.compile(r"/workshop/brought_along$"))
    expect(page.locator("#gc-canvas")).to_have_attribute("aria-busy", "false")
    findings = page.locator("#gc-findings li")
    for name in (
        "每月开始", "送到门口", "等回执", "三取二", "一并办成", "随意办", "随便一项", "喊一声", "跳转", "条件成立",
        "撤销补偿", "登记簿", "广播", "出错结束",
    ):  # fmt: skip
        expect(findings.filter(has_text=f"“{name}”").filter(has_text="不").first).to_be_visible()
    # Each has its mark in the drawing, which was made for it, and its line leads there.
    for element in ("begin", "by_hand", "get", "complex", "trans", "shout", "jump", "when", "finish"):
        expect(shape(page, element)).to_be_attached()
        expect(page.locator(f'.djs-overlays[data-container-id="{element}"] .gc-sign')).to_be_attached()
    findings.filter(has_text="“三取二”").first.get_by_role("button").first.click()
    expect(page.locator("#gc-panel .bio-properties-panel-header-label")).to_have_text("三取二")


def test_drawings_are_taken_out(opened: Open) -> None:
    page = opened("party_committee")
    for button, ending, start in (
        ("流程图 .bpmn", ".bpmn", b"<?xml"),
        ("矢量图 .svg", ".svg", b"<?xml"),
        ("图片 .png", ".png", b"\x89PNG"),
    ):
        page.locator("summary", has_text="导出").click()
        with page.expect_download() as download:
            page.get_by_role("button", name=button).click()
        assert download.value.suggested_filename == f"party_committee{ending}"
        assert Path(download.value.path()).read_bytes().startswith(start)
        page.locator("summary", has_text="导出").click()
    page.locator("summary", has_text="导出").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="整个流程 .zip").click()
    assert Path(download.value.path()).read_bytes().startswith(b"PK")


def untranslated(page: Page) -> list[str]:
    """Latin words among what the page shows: text, titles, labels, placeholders."""
    found: list[str] = page.evaluate(
        """() => {
          const found = new Set();
          const visit = (node) => {
            if (node.nodeType === Node.TEXT_NODE) { found.add(node.data.trim()); return; }
            if (node.nodeType !== Node.ELEMENT_NODE || ['SCRIPT', 'STYLE', 'CODE', 'OPTION', 'NOSCRIPT'].includes(node.tagName)) return;
            if (node.closest('.djs-visual, .gc-where, .gc-clause-id, .bts-scope')) return;
            for (const name of ['title', 'aria-label', 'placeholder']) {
              const value = node.getAttribute(name); if (value) found.add(value.trim());
            }
            node.childNodes.forEach(visit);
          };
          visit(document.querySelector('main'));
          document.querySelectorAll('body > .djs-popup, body > .djs-popup-parent').forEach(visit);
          return [...found];
        }"""
    )
    return [each for each in found if re.search(r"[A-Za-z]{2}", PLAIN.sub("", each))]


def test_no_word_is_left_in_english(opened: Open) -> None:
    page = opened("mayor_meeting")
    ids = page.evaluate(
        "() => { const kinds = new Set(), ids = [];"
        " window.guichengModeller.modeller.get('elementRegistry').forEach(e => {"
        "  const d = e.businessObject.eventDefinitions;"
        "  const kind = e.type + (d && d[0] ? d[0].$type : '') + !!e.businessObject.loopCharacteristics;"
        "  if (!kinds.has(kind) && !e.labelTarget) { kinds.add(kind); ids.push(e.id); } });"
        " return ids; }"
    )
    assert len(ids) > 12
    left: dict[str, list[str]] = {}
    for element in ids:
        choose(page, element)
        page.evaluate(
            "() => document.querySelectorAll('#gc-panel .bio-properties-panel-group-header:not(.open)')"
            ".forEach(each => each.click())"
        )
        if page.locator('.djs-context-pad [data-action="replace"]').count():
            page.locator('.djs-context-pad [data-action="replace"]').click()
            expect(page.locator(".djs-popup")).to_be_visible()
        words = [
            each for each in untranslated(page) if not re.fullmatch(r"[a-zA-Z]\w*", each) or each.istitle()
        ]
        if words:
            left[element] = words
        page.keyboard.press("Escape")
    page.get_by_role("button", name="查找").click()
    page.locator(".djs-search-container.open input").fill("会场布置")
    expect(page.locator(".djs-search-results")).to_contain_text("会场布置")
    # Results name the ids of elements, too.
    left["search"] = [each for each in untranslated(page) if not re.fullmatch(r"[a-z]\w*", each)]
    page.keyboard.press("Enter")
    expect(page.locator("#gc-panel .bio-properties-panel-header-label")).to_have_text("会场布置")
    start = page.evaluate(
        "() => { const m = window.guichengModeller.modeller; m.get('canvas').zoom(1);"
        " return m.get('elementRegistry').find(e => e.type === 'bpmn:StartEvent').id; }"
    )
    choose(page, start)
    page.locator("#gc-simulate").click()
    page.locator(".bts-context-pad").locator("visible=true").first.click()
    left["simulation"] = untranslated(page)
    page.locator("#gc-simulate").click()
    assert {key: words for key, words in left.items() if words} == {}
    assert page.evaluate("() => [...window.guichengModeller.missing]") == []


def test_keys_copy_paste_and_save(opened: Open) -> None:
    page = opened("minutes_excerpt")
    count = "() => window.guichengModeller.modeller.get('elementRegistry').filter(e => e.type === 'bpmn:UserTask').length"
    before = page.evaluate(count)
    task = page.evaluate(
        "() => window.guichengModeller.modeller.get('elementRegistry').find(e => e.type === 'bpmn:UserTask').id"
    )
    shape(page, task).click()
    page.keyboard.press("ControlOrMeta+c")
    page.keyboard.press("ControlOrMeta+v")
    box = shape(page, task).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 40, box["y"] + box["height"] + 70)
    page.mouse.move(box["x"] + 50, box["y"] + box["height"] + 72)
    page.mouse.down()
    page.mouse.up()
    assert page.evaluate(count) == before + 1
    page.keyboard.press("ControlOrMeta+s")
    brought = page.locator("#gc-status")
    expect(brought).to_have_text(SAVED)
    page.keyboard.press("ControlOrMeta+z")
    assert page.evaluate(count) == before
    page.keyboard.press("ControlOrMeta+y")
    assert page.evaluate(count) == before + 1


def test_the_mark_of_the_drawing_program_is_never_covered(opened: Open) -> None:
    page = opened("special_meeting")
    logo = page.locator("#gc-canvas .bjs-powered-by")
    expect(logo).to_be_visible()
    page.locator(".djs-minimap .toggle").click()
    page.locator("#gc-simulate").click()
    covered = logo.evaluate(
        "e => { const b = e.getBoundingClientRect();"
        " const points = [[0.05, 0.05], [0.95, 0.05], [0.5, 0.5], [0.05, 0.95], [0.95, 0.95]];"
        " return points.some(([x, y]) => !e.contains("
        "document.elementFromPoint(b.left + b.width * x, b.top + b.height * y))); }"
    )
    assert not covered


def test_a_decision_table_is_edited(opened: Open, screenshot: Screenshot) -> None:
    page = opened("request_document")
    page.goto("/workshop/request_document/decisions/approval_route")
    expect(page.locator("#gc-canvas")).to_have_attribute("aria-busy", "false")
    expect(page.locator("#gc-summary")).to_contain_text("检查通过")
    screenshot(page, "decision-1440", whole=False)
    cell = page.locator("#gc-canvas td.input-cell").first
    cell.click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("false")
    page.locator("#gc-canvas td.input-cell").nth(5).click()
    expect(page.locator("#gc-findings li").first).to_be_visible()
    saved(page)
    assert page.evaluate("() => [...window.guichengDecisions.missing]") == []


def test_a_finding_leads_to_its_cell_its_form_and_its_scenarios(opened: Open) -> None:
    table = "decisions/approval_route.dmn"
    page = opened("request_document")
    answer = page.request.get("/workshop/request_document/draft", headers={"Accept": "application/json"})
    draft = answer.json()
    cell = re.search(r'<inputEntry id="row_2_in_2">\s*<text>(.*?)</text>', draft["files"][table])
    assert cell is not None
    broken = draft["files"][table].replace(cell[0], cell[0].replace(f">{cell[1]}<", ">一 二<"))
    form = json.loads(draft["files"]["forms/b_first.form"])
    form["components"][-1]["properties"] = {"必填条件": "${没有的栏目}"}
    feature = next(path for path in draft["files"] if path.endswith(".feature"))
    changes = {
        table: broken,
        "forms/b_first.form": json.dumps(form, ensure_ascii=False),
        feature: draft["files"][feature].replace("      当 ", "      然后 ", 1),
    }
    saved_text = page.evaluate(
        "([changes, revision]) => window.guichengModeller.saving.server.save(changes, revision)",
        [changes, draft["revision"]],
    )
    assert saved_text["revision"] > draft["revision"]
    page = opened("request_document", page=page)
    lines = page.locator("#gc-findings li")
    expect(lines.locator("a.gc-jump[href*='/forms/b_first']").first).to_be_visible()
    expect(lines.locator("a.gc-jump[href*='/scenarios/']").first).to_be_visible()
    # From the drawing into the table, and there from the list to the cell.
    lines.locator("a.gc-jump[href*='/decisions/approval_route?row=2']").first.click()
    expect(page.locator("#gc-canvas")).to_have_attribute("aria-busy", "false")
    here = page.locator('#gc-canvas td[data-row-id="row_2"][data-col-id="in_2"]')
    focused = "e => e.contains(document.activeElement)"
    expect(here).to_contain_text("一 二")
    assert here.evaluate(focused)
    page.locator("#gc-canvas td.input-cell").first.click()
    assert not here.evaluate(focused)
    page.locator("#gc-findings").get_by_role("button").filter(has_text="第 2 行").first.click()
    assert here.evaluate(focused)
    # Others find the draft as it was.
    page.goto("/workshop/request_document/discard")
    page.get_by_role("button", name="放弃草稿").click()
    expect(page.get_by_text("草稿已放弃")).to_be_visible()


def test_the_draft_is_compared_with_what_is_published(opened: Open, screenshot: Screenshot) -> None:
    page = opened("topic_submission")
    task = page.evaluate(
        "() => window.guichengModeller.modeller.get('elementRegistry').find(e => e.type === 'bpmn:UserTask').id"
    )
    choose(page, task)
    page.get_by_label("办理时限").fill("${工作日后(今天(), 9)}")
    brought_along(page)
    page.get_by_role("link", name="与已发布的比较").click()
    expect(page.locator("#gc-changes li")).to_contain_text(["办理时限"])
    for side in ("#gc-published", "#gc-draft"):
        expect(page.locator(f"{side} .gc-changed")).to_have_count(1)
        expect(page.locator(f"{side} .bjs-powered-by")).to_be_visible()
    screenshot(page, "changes-1440", whole=False)
    page.locator("#gc-changes button").first.click()
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa"]}).response["violations"]
    assert [each["id"] for each in found] == []


def test_a_narrow_screen_gets_the_viewer(opened: Open, new_page: NewPage, screenshot: Screenshot) -> None:
    opened("minutes_excerpt")
    page = sign_in(new_page(390, 844), OWNER)
    page.goto("/workshop/minutes_excerpt")
    expect(page.get_by_text("请在电脑上打开")).to_be_visible()
    expect(page.locator("[data-diagram-url] svg").first).to_be_visible()
    expect(page.locator("#gc-panel")).to_be_hidden()
    screenshot(page, "modeller-390", whole=False)


def test_the_modeller_page_is_accessible(opened: Open) -> None:
    page = opened("report_document")
    expect(page.locator("#gc-summary")).not_to_have_text("正在检查…")
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa"]}).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"][:120]) for each in found] == []
