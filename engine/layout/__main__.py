"""Lays out BPMN files in place, or judges them: `python -m engine.layout [--check] FILE…`."""

from __future__ import annotations

import argparse
import sys
from dataclasses import fields
from pathlib import Path

from . import LayoutError, Report, check, layout


def main(arguments: list[str] | None = None) -> int:
    """The exit status: 0, or 1 when a file could not be drawn or has a defect."""
    cli = argparse.ArgumentParser(
        prog="python -m engine.layout", description="整理 BPMN 图的布局，或者只检查画得好不好。"
    )
    cli.add_argument("files", nargs="+", type=Path, metavar="文件")
    cli.add_argument("--check", action="store_true", help="只检查，不改文件；有毛病时退出码为 1")
    options = cli.parse_args(arguments)
    failed = False
    for path in options.files:
        try:
            xml = path.read_bytes()
            if not options.check:
                xml = layout(xml)
                path.write_bytes(xml)
            report = check(xml)
        except (LayoutError, OSError) as error:
            print(f"{path}：{error}", file=sys.stderr)
            failed = True
            continue
        print_report(path, report)
        failed |= bool(report.defects)
    return int(failed)


def print_report(path: Path, report: Report) -> None:
    figures = "，".join(
        f"{FIGURE_NAMES[f.name]} {getattr(report.figures, f.name)}" for f in fields(report.figures)
    )
    print(f"{path}：毛病 {len(report.defects)}；{figures}")
    for defect in report.defects:
        print(f"  {defect.message}")


FIGURE_NAMES = {
    "shapes": "图形",
    "edges": "连线",
    "crossings": "交叉",
    "shared_trunks": "共线",
    "bends": "拐弯",
    "leftward_edges": "向左",
    "width": "宽",
    "height": "高",
}

if __name__ == "__main__":
    sys.exit(main())
