"""Reads BPMN XML safely: no entities, no network, bounded size; and our extension attributes of one element."""

from typing import Any

from lxml import etree

from engine.errors import BadDiagram

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
CAMUNDA = "{http://camunda.org/schema/1.0/bpmn}"
MAX_BYTES = 5_000_000


def parse_xml(data: bytes, where: str = "图文件") -> etree._Element:
    """The root of a BPMN file; no entities, no network, no DOCTYPE, at most 5 MB.

    Raises BadDiagram with a sentence naming `where`.
    """
    root = safe_root(data, where)
    if root.tag != BPMN + "definitions":
        raise BadDiagram(f"{where}不是 BPMN 2.0 图：最外层应为 bpmn:definitions。")
    return root


def safe_root(data: bytes, where: str) -> etree._Element:
    """The root of any XML file a modeller writes, as safely as `parse_xml`. Raises BadDiagram."""
    if len(data) > MAX_BYTES:
        raise BadDiagram(f"{where}太大（{len(data) / 1e6:.1f} MB），图文件不能超过 5 MB。")
    if (
        b"<!DOCTYPE" in data
        or "<!DOCTYPE".encode("utf-16-le") in data
        or "<!DOCTYPE".encode("utf-16-be") in data
    ):
        raise BadDiagram(f"{where}含有 DOCTYPE 声明，出于安全不予接受。请用建模器重新导出。")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        line = error.lineno if error.lineno else 1
        raise BadDiagram(f"{where}不是格式正确的 XML：第 {line} 行有错误。请用建模器重新导出。") from error
    if root.getroottree().docinfo.doctype:
        raise BadDiagram(f"{where}含有 DOCTYPE 声明，出于安全不予接受。请用建模器重新导出。")
    return root


def read_extensions(node: etree._Element) -> dict[str, Any]:
    """Camunda attributes by local name, plus `properties` (name → value), `in` and `out` (lists of mappings)."""
    out: dict[str, Any] = {
        etree.QName(name).localname: value
        for name, value in node.attrib.items()
        if str(name).startswith(CAMUNDA)
    }
    out.update({"properties": {}, "in": [], "out": []})
    for child in node.iterfind(f"{BPMN}extensionElements/*"):
        if child.tag == CAMUNDA + "properties":
            out["properties"].update({item.get("name"): item.get("value") or "" for item in child})
        elif child.tag in (CAMUNDA + "in", CAMUNDA + "out"):
            out[etree.QName(child).localname].append(dict(child.attrib))
    return out
