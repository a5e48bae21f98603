"""The diagram view draws, marks and moves a diagram under the strictest content security policy."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import faults
from tests.support.town import serving
from web import assets

# (id, kind, name, x); flows join neighbours. Wide enough to be unreadable on a phone when shown whole.
ELEMENTS = [
    ("ask", "startEvent", "填写领料单", 160),
    ("check", "userTask", "仓库管理员核对库存", 260),
    ("approve", "userTask", "批准领料", 460),
    ("fetch", "userTask", "领取物料", 660),
    ("count", "userTask", "盘点", 860),
    ("done", "endEvent", "办结", 1060),
]
STATES = {
    "ask": "done",
    "check": "done",
    "approve": "now",
    "fetch": "todo",
    "ask_check": "done",
    "gone": "now",
}
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'"

# What browsers built on Chromium 86 lack; the scripts must bring it or do without.
OLD_BROWSER = """
delete window.structuredClone;
delete Object.hasOwn;
for (const name of ['at', 'findLast', 'findLastIndex', 'toSorted', 'toReversed', 'toSpliced', 'with']) {
    delete Array.prototype[name];
}
for (const name of ['at', 'replaceAll', 'isWellFormed']) {
    delete String.prototype[name];
}
"""


def diagram() -> str:
    nodes, shapes, flows = [], [], []
    for index, (key, kind, name, x) in enumerate(ELEMENTS):
        size = (36, 36) if kind.endswith("Event") else (120, 80)
        nodes.append(f'<{kind} id="{key}" name="{name}"/>')
        shapes.append(
            f'<di:BPMNShape id="{key}_di" bpmnElement="{key}">'
            f'<dc:Bounds x="{x}" y="{200 - size[1] // 2}" width="{size[0]}" height="{size[1]}"/>'
            "</di:BPMNShape>"
        )
        if index:
            previous, previous_kind, _, left = ELEMENTS[index - 1]
            flow = f"{previous}_{key}"
            nodes.append(f'<sequenceFlow id="{flow}" sourceRef="{previous}" targetRef="{key}"/>')
            start = left + (36 if previous_kind.endswith("Event") else 120)
            flows.append(
                f'<di:BPMNEdge id="{flow}_di" bpmnElement="{flow}"><dd:waypoint x="{start}" y="200"/>'
                f'<dd:waypoint x="{x}" y="200"/></di:BPMNEdge>'
            )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><definitions id="shelf" targetNamespace="urn:shelf"'
        ' xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI"'
        ' xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:dd="http://www.omg.org/spec/DD/20100524/DI">'
        f'<process id="requisition" isExecutable="true">{"".join(nodes)}</process><di:BPMNDiagram id="view">'
        f'<di:BPMNPlane id="plane" bpmnElement="requisition">{"".join(shapes + flows)}</di:BPMNPlane>'
        "</di:BPMNDiagram></definitions>"
    )


def html(url: str, states: str, inner: str = "", language: str = "zh-CN") -> str:
    return (
        f"<!doctype html><html lang='{language}'><head><meta charset='utf-8'><title>领料单</title>"
        "<meta name='viewport' content='width=device-width'><link rel='icon' href='data:,'>"
        "<link rel='stylesheet' href='/dist/viewer.css'><link rel='stylesheet' href='/page.css'>"
        "<script defer src='/dist/app.js'></script><script defer src='/dist/viewer.js'></script></head>"
        f"<body><main><h1>领料单</h1><div data-label='领料流程图' data-diagram-url='{url}' {states}>{inner}"
        "<p>流程图需要浏览器脚本。</p></div><p id='below'>其后</p></main></body></html>"
    )


def application(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    path = environ["PATH_INFO"]
    states = json.dumps(STATES)
    pages = {
        "/": html("/shelf.bpmn", f"data-states='{states}'"),
        "/script": html("/shelf.bpmn", "", f"<script type='application/json'>{states}</script>"),
        "/folded": html("/shelf.bpmn", f"data-states='{states}'")
        .replace("<div data-label", "<details open><summary>图</summary><div data-label")
        .replace("</div><p id", "</div></details><p id"),
        "/missing": html("/no-such.bpmn", ""),
        "/english": html("/shelf.bpmn", f"data-states='{states}'", language="en"),
        "/shelf.bpmn": diagram(),
        "/page.css": "body{font-family:sans-serif;margin:16px}.gc-diagram{height:300px}#below{height:1200px}",
    }
    kinds = {".css": "text/css", ".js": "text/javascript", ".bpmn": "application/xml"}
    body = pages.get(path)
    if body is None and path.startswith("/dist/"):
        body = (assets.DIST / Path(path).name).read_text(encoding="utf-8")
    kind = kinds.get(Path(path).suffix, "text/html")
    headers = [("Content-Type", f"{kind}; charset=utf-8"), ("Content-Security-Policy", POLICY)]
    start_response("200 OK" if body is not None else "404 Not Found", headers)
    return [(body or "").encode()]


OpenDiagram = Callable[..., Page]
Screenshot = Callable[..., None]
Moved = Callable[[dict[str, float], dict[str, float]], bool]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    assets.build()
    with serving(application) as address:
        yield address


@pytest.fixture
def open_diagram(new_page: Callable[..., Page]) -> OpenDiagram:
    def open_page(path: str = "/", width: int = 1440, **options: Any) -> Page:
        page = new_page(width, **options)
        page.goto(path)
        expect(page.locator("[data-element-id=approve]")).to_be_visible()
        expect(page.locator("[aria-busy]")).to_have_count(0)
        return page

    return open_page


def box(page: Page, selector: str) -> dict[str, float]:
    found = page.locator(selector).bounding_box()
    assert found is not None
    return dict(found)


@pytest.mark.parametrize("path", ["/", "/script"])
def test_states_are_marked(open_diagram: OpenDiagram, path: str) -> None:
    page = open_diagram(path)
    strokes = {}
    for key, state in STATES.items():
        element = page.locator(f"[data-element-id={key}]")
        if key == "gone":
            expect(element).to_have_count(0)
            continue
        kind = "connection" if "_" in key else "shape"
        expect(element).to_have_class(f"djs-element djs-{kind} gc-{state}")
        outline = element.locator(".djs-visual > :first-child")
        strokes[state] = outline.evaluate("element => getComputedStyle(element).stroke")
    expect(page.locator("[data-element-id=count]")).to_have_class("djs-element djs-shape")
    assert len(set(strokes.values())) == 3


def test_the_drawing_takes_the_place_of_the_text(open_diagram: OpenDiagram, screenshot: Screenshot) -> None:
    page = open_diagram()
    expect(page.locator("[data-element-id=approve] text")).to_have_text("批准领料")
    expect(page.get_by_text("需要浏览器脚本")).to_have_count(0)
    screenshot(page, "diagram-1440")


def test_without_scripts_the_text_stays(new_page: Callable[..., Page]) -> None:
    page = new_page(javascript=False)
    page.goto("/")
    expect(page.get_by_text("需要浏览器脚本")).to_be_visible()


def test_an_old_browser_draws_it_too(new_page: Callable[..., Page]) -> None:
    page = new_page()
    page.add_init_script(OLD_BROWSER)
    page.goto("/")
    expect(page.locator("[data-element-id=approve].gc-now")).to_be_visible()


def test_all_of_it_is_shown_where_there_is_room(open_diagram: OpenDiagram) -> None:
    page = open_diagram()
    view = box(page, ".gc-diagram")
    for key in ("ask", "done"):
        shape = box(page, f"[data-element-id={key}]")
        assert view["x"] <= shape["x"]
        assert shape["x"] + shape["width"] <= view["x"] + view["width"]


def test_a_phone_shows_the_current_step_in_a_readable_size(
    open_diagram: OpenDiagram, screenshot: Screenshot
) -> None:
    page = open_diagram(width=390)
    view, shape = box(page, ".gc-diagram"), box(page, "[data-element-id=approve]")
    assert shape["width"] >= 90
    assert view["x"] <= shape["x"]
    assert shape["x"] + shape["width"] <= view["x"] + view["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    screenshot(page, "diagram-390")


def test_the_wheel_scrolls_the_page_and_zooms_with_the_control_key(open_diagram: OpenDiagram) -> None:
    page = open_diagram()
    before = box(page, "[data-element-id=approve]")
    page.locator("[data-element-id=approve]").hover()
    page.mouse.wheel(0, 120)
    expect(page.get_by_role("heading")).not_to_be_in_viewport()
    after = box(page, "[data-element-id=approve]")
    assert (after["x"], after["width"]) == (before["x"], before["width"])
    viewport = page.locator(".gc-diagram .viewport")
    transform = viewport.get_attribute("transform") or ""
    page.keyboard.down("Control")
    page.mouse.wheel(0, -120)
    page.keyboard.up("Control")
    expect(viewport).not_to_have_attribute("transform", transform)
    assert box(page, "[data-element-id=approve]")["width"] > before["width"]


@pytest.mark.parametrize(
    ("key", "moved"),
    [
        ("ArrowRight", lambda before, after: after["x"] < before["x"] and after["y"] == before["y"]),
        ("ArrowLeft", lambda before, after: after["x"] > before["x"] and after["y"] == before["y"]),
        ("ArrowDown", lambda before, after: after["y"] < before["y"] and after["x"] == before["x"]),
        ("ArrowUp", lambda before, after: after["y"] > before["y"] and after["x"] == before["x"]),
        ("+", lambda before, after: after["width"] > before["width"]),
        ("-", lambda before, after: after["width"] < before["width"]),
    ],
)
def test_keys_move_and_zoom_and_zero_shows_all_again(
    open_diagram: OpenDiagram, key: str, moved: Moved
) -> None:
    page = open_diagram()
    before = box(page, "[data-element-id=approve]")
    drawing = page.get_by_role("img", name="领料流程图。方向键移动")
    drawing.focus()
    drawing.press(key)
    assert moved(before, box(page, "[data-element-id=approve]"))
    assert page.evaluate("window.scrollY") == 0
    drawing.press("0")
    assert box(page, "[data-element-id=approve]") == before


def test_buttons_zoom(open_diagram: OpenDiagram) -> None:
    page = open_diagram()
    before = box(page, "[data-element-id=approve]")["width"]
    page.get_by_role("button", name="放大流程图").click()
    assert box(page, "[data-element-id=approve]")["width"] > before
    page.get_by_role("button", name="显示全图").click()
    assert box(page, "[data-element-id=approve]")["width"] == before


@pytest.mark.parametrize("width", [1440, 390])
def test_nothing_covers_the_mark_of_bpmn_io(open_diagram: OpenDiagram, width: int) -> None:
    page = open_diagram(width=width)
    mark, view = box(page, ".bjs-powered-by"), box(page, ".gc-diagram")
    assert mark["width"] >= 50
    assert mark["x"] + mark["width"] <= view["x"] + view["width"]
    assert mark["y"] + mark["height"] <= view["y"] + view["height"]
    for x in (1, mark["width"] / 2, mark["width"] - 1):
        point = [mark["x"] + x, mark["y"] + mark["height"] / 2]
        uncovered = "([x, y]) => Boolean(document.elementFromPoint(x, y).closest('.bjs-powered-by'))"
        assert page.evaluate(uncovered, point)


def test_the_current_step_is_in_sight_at_every_size_of_the_window(open_diagram: OpenDiagram) -> None:
    page = open_diagram()
    before = box(page, "[data-element-id=approve]")
    for width, height in ((390, 844), (844, 390), (1440, 900)):
        page.set_viewport_size({"width": width, "height": height})
        expect_inside(page, "[data-element-id=approve]", ".gc-diagram")
    for _ in range(100):
        if box(page, "[data-element-id=approve]") == before:
            return
        page.wait_for_timeout(20)
    assert box(page, "[data-element-id=approve]") == before


def test_a_folded_drawing_fits_when_it_is_opened_again(open_diagram: OpenDiagram) -> None:
    page = open_diagram("/folded")
    page.locator("summary").click()
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator("summary").click()
    expect_inside(page, "[data-element-id=approve]", ".gc-diagram")
    assert box(page, "[data-element-id=approve]")["width"] > 80, "readable"


def test_who_has_moved_the_drawing_keeps_the_middle(open_diagram: OpenDiagram) -> None:
    page = open_diagram()
    page.get_by_role("button", name="放大流程图").click()
    drawing = page.get_by_role("img", name="领料流程图。方向键移动")
    drawing.focus()
    for _ in range(6):
        drawing.press("ArrowRight")
    before = from_the_middle(page)
    page.set_viewport_size({"width": 900, "height": 900})
    for _ in range(100):
        after = from_the_middle(page)
        if after == pytest.approx(before, abs=1):
            return
        page.wait_for_timeout(20)
    pytest.fail(f"{after} instead of {before} from the middle")


def from_the_middle(page: Page) -> list[float]:
    """Where a step lies as seen from the middle of the drawing."""
    step, view = box(page, "[data-element-id=approve]"), box(page, ".gc-diagram")
    return [
        step["x"] - view["x"] - view["width"] / 2,
        step["y"] - view["y"] - view["height"] / 2,
    ]


def expect_inside(page: Page, selector: str, frame: str) -> None:
    """Wait until an element lies wholly inside another."""
    for _ in range(100):
        inner, outer = box(page, selector), box(page, frame)
        right, bottom = outer["x"] + outer["width"], outer["y"] + outer["height"]
        if (
            inner["width"] > 0
            and inner["x"] >= outer["x"]
            and inner["y"] >= outer["y"]
            and inner["x"] + inner["width"] <= right
            and inner["y"] + inner["height"] <= bottom
        ):
            return
        page.wait_for_timeout(20)
    pytest.fail(f"{inner} is not inside {outer}")


def test_a_diagram_that_cannot_be_fetched_says_so(new_page: Callable[..., Page]) -> None:
    page = new_page(expected=["status of 404"])
    page.goto("/missing")
    expect(page.get_by_role("alert")).to_contain_text("流程图无法显示（HTTP 404）。请刷新页面")


def test_an_english_page_has_english_words(open_diagram: OpenDiagram) -> None:
    page = open_diagram("/english")
    expect(page.get_by_role("button", name="Show the whole diagram")).to_be_visible()


@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing(open_diagram: OpenDiagram, width: int) -> None:
    page = open_diagram(width=width)
    assert faults(page) == []
