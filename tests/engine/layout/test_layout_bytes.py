"""What the layouter leaves alone: every byte outside the diagrams, and its own result."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from engine.layout import check, layout
from engine.layout.__main__ import main
from tests.engine.layout.building import Flow, Node, Process, chain, definitions, pooled

DATA = Path(__file__).parent / "data"
ROOT = Path(__file__).parents[3]
SAMPLES = sorted(DATA.glob("*.bpmn"))
DIAGRAM = re.compile(rb"\s*<bpmndi:BPMNDiagram.*?</bpmndi:BPMNDiagram>", re.DOTALL)


def without_diagram(xml: bytes) -> bytes:
    return DIAGRAM.sub(b"", xml)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_the_semantic_part_keeps_its_bytes_and_a_second_run_changes_nothing(path: Path) -> None:
    source = path.read_bytes()
    result = layout(source)
    assert without_diagram(result) == source
    assert layout(result) == result


def test_an_old_diagram_is_replaced_where_it_stood() -> None:
    source = layout(pooled(chain(["登记"])))
    moved = re.sub(rb'x="\d+"', b'x="7"', source)
    assert moved != source
    assert layout(moved) == source
    tail = source.replace(b"</bpmn:definitions>", b"  <!-- after -->\r\n</bpmn:definitions>")
    assert layout(tail) == tail


def test_several_old_diagrams_become_one() -> None:
    source = layout(pooled(chain(["登记"])))
    diagram = DIAGRAM.search(source)
    assert diagram
    doubled = source.replace(diagram[0], diagram[0] + diagram[0].replace(b"BPMNDiagram_1", b"again"))
    assert layout(doubled) == source


def test_an_empty_diagram_element_is_replaced() -> None:
    source = pooled(chain(["登记"]))
    tag = b'  <di:BPMNDiagram xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI" name="1 > 0"/>\n'
    result = layout(source.replace(b"</bpmn:definitions>", tag + b"</bpmn:definitions>"))
    assert result == layout(source)


def test_a_diagram_in_a_comment_or_in_text_is_no_diagram() -> None:
    comment = "<!-- <bpmndi:BPMNDiagram>旧图</bpmndi:BPMNDiagram> -->"
    text = "<bpmn:documentation><![CDATA[</bpmn:definitions>]]></bpmn:documentation>"
    process = chain(["登记"])
    process.nodes[1] = Node("t0", name="登记", extra=text)
    source = definitions(comment, process.xml())
    result = layout(source)
    assert comment.encode() in result
    assert text.encode() in result
    assert layout(result) == result
    assert check(result).defects == ()


def test_names_with_markup_and_a_byte_order_mark_survive() -> None:
    nodes = [Node("s", "startEvent", '<急> & "特急"'), Node("e", "endEvent", "甲\n乙")]
    source = b"\xef\xbb\xbf" + pooled(Process(nodes, [Flow("s", "e", "a > b")]))
    result = layout(source)
    assert without_diagram(result) == source
    assert check(result).defects == ()


def test_ids_of_shapes_do_not_collide_with_ids_of_elements() -> None:
    nodes = [Node("a", "startEvent"), Node("a_di"), Node("BPMNPlane_1", "endEvent")]
    result = layout(pooled(Process(nodes, [Flow("a", "a_di"), Flow("a_di", "BPMNPlane_1")])))
    ids = re.findall(rb'\bid="([^"]+)"', result)
    assert len(ids) == len(set(ids))


def test_namespaces_the_document_declares_are_not_declared_again() -> None:
    uri = "http://www.omg.org/spec/DD/20100524/DC"
    declared = pooled(chain(["登记"])).replace(b' id="d"', f' xmlns:dc="{uri}" id="d"'.encode())
    assert layout(declared).count(uri.encode()) == 1
    other = declared.replace(uri.encode(), b"http://example.org/other")
    assert layout(other).count(uri.encode()) == 1
    assert check(layout(other)).defects == ()


def test_the_result_does_not_depend_on_the_hash_seed() -> None:
    code = (
        "import sys; from pathlib import Path; from engine.layout import layout; "
        "sys.stdout.buffer.write(b''.join(layout(Path(p).read_bytes()) for p in sys.argv[1:]))"
    )
    results = {
        subprocess.run(
            [sys.executable, "-c", code, *map(str, SAMPLES)],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert results == {b"".join(layout(path.read_bytes()) for path in SAMPLES)}


def test_the_command_draws_in_place_and_reports(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "领料.bpmn"
    path.write_bytes(pooled(chain(["登记"])))
    assert main(["--check", str(path)]) == 1
    assert "没有图形信息" in capsys.readouterr().out
    assert main([str(path)]) == 0
    assert "毛病 0" in capsys.readouterr().out
    before = path.read_bytes()
    assert main(["--check", str(path)]) == 0
    assert path.read_bytes() == before


def test_the_command_names_the_file_it_cannot_draw_and_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad, good = tmp_path / "坏.bpmn", tmp_path / "好.bpmn"
    bad.write_bytes(b"<a>")
    good.write_bytes(pooled(chain(["登记"])))
    assert main([str(bad), str(tmp_path / "没有.bpmn"), str(good)]) == 1
    said = capsys.readouterr()
    assert "坏.bpmn" in said.err
    assert "没有.bpmn" in said.err
    assert "毛病 0" in said.out
    assert bad.read_bytes() == b"<a>"
