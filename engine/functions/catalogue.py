"""The catalogue of functions as a page for the people who draw diagrams."""

from engine.functions.registry import CATALOGUE

HEAD = """# 审定函数

表达式里能用的全部函数。日期收发都是 ISO 文本，时刻带 +08:00。参数为空时返回空，不报错。
（这一页由 `python -m engine.functions` 生成，例子都经过测试。）
"""


def as_markdown() -> str:
    """The whole page, grouped as registered."""
    groups: dict[str, list[str]] = {}
    for entry in CATALOGUE.values():
        example = f"`{entry.example}`" if entry.example else ""
        cells = [f"`{entry.signature}`", entry.meaning, example]
        groups.setdefault(entry.group, []).append(
            "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
        )
    parts = [HEAD]
    for group, lines in groups.items():
        parts.append(f"\n## {group}\n\n| 函数 | 含义 | 例 |\n|---|---|---|\n" + "\n".join(lines) + "\n")
    return "".join(parts)
