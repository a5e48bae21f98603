"""Feature files, line by line: a mistyped keyword turns a step into prose, and the scenario passes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any

from engine.lint.registry import Note, Notes, feature_rule
from engine.lint.world import World
from engine.nearest import suggestion

GherkinParser: Any = None
ParserError: Any = ()
try:
    from gherkin import Parser as GherkinParser
    from gherkin.errors import ParserError
except ImportError:  # Only a developer's machine has the parser; the lines are checked everywhere.
    pass

HEADINGS = {
    "功能": "feature",
    "背景": "background",
    "规则": "rule",
    "场景大纲": "outline",
    "剧本大纲": "outline",
    "场景": "scenario",
    "剧本": "scenario",
    "例子": "examples",
}
STEPS = {
    "假如": "given",
    "假设": "given",
    "假定": "given",
    "当": "when",
    "那么": "then",
    "而且": "and",
    "并且": "and",
    "同时": "and",
    "但是": "but",
}
MISTAKEN = {
    "然后": "那么",
    "于是": "那么",
    "那末": "那么",
    "则": "那么",
    "应当": "那么",
    "假若": "假如",
    "如果": "假如",
    "假使": "假如",
    "已知": "假如",
    "若": "假如",
    "而后": "而且",
    "以及": "并且",
    "并": "并且",
    "且": "而且",
    "但": "但是",
    "不过": "但是",
    "每当": "当",
    "接着": "当",
    "*": "当",
    "示例": "例子",
    "例如": "例子",
    "举例": "例子",
    "情景": "场景",
    "情境": "场景",
    "特性": "功能",
    "前提": "背景",
    "Scenario Outline": "场景大纲",
    "Scenario": "场景",
    "Feature": "功能",
    "Background": "背景",
    "Examples": "例子",
    "Example": "例子",
    "Rule": "规则",
    "Given": "假如",
    "When": "当",
    "Then": "那么",
    "And": "并且",
    "But": "但是",
}
"""Words people write instead of a keyword, and the keyword meant."""

DESCRIBED = ("feature", "rule")
FREE_TAGS = ("硬约束", "web", "long")
CLAUSE_TAG = re.compile(r"[A-Z]+_\w+\Z", re.ASCII)
_HEADING = re.compile(rf"({'|'.join(sorted(HEADINGS, key=len, reverse=True))})\s*([:：])(.*)", re.DOTALL)
_MISTAKEN = sorted(MISTAKEN, key=len, reverse=True)
_LOST_HEADING = re.compile(
    rf"({'|'.join(re.escape(each) for each in _MISTAKEN if MISTAKEN[each] in HEADINGS)})\s*[:：]"
)
_LOST_STEP = re.compile(rf"({'|'.join(STEPS)})\s")
"""What is no prose in a description: a heading, or a step keyword with a blank, which Chinese prose lacks."""
_DOCSTRING = ('"""', "```")


@dataclass
class Part:
    """A heading with what stands under it, up to the next one."""

    kind: str
    line: int
    title: str
    steps: list[str] = field(default_factory=list)
    rows: int = 0
    tags: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Feature:
    """One feature file; `file` is its path below the folder that holds `features`."""

    file: str
    text: str
    world: World

    @cached_property
    def _read(self) -> tuple[list[Part], list[tuple[str, int, str]]]:
        reader = _Reader()
        for number, line in enumerate(self.text.split("\n"), 1):
            reader.line(number, line.strip())
        if reader.fence:
            reader.faults.append(
                ("feature-line", reader.fence_line, "文本块没有结束，后面的步骤都会丢掉。请补上结尾的引号。")
            )
        return reader.parts, reader.faults

    @property
    def parts(self) -> list[Part]:
        """The headings in the order of the file."""
        return self._read[0]

    def faults(self, code: str) -> Iterator[Note]:
        """What the reading of lines has found under this code."""
        return (self.note(line, text) for found, line, text in self._read[1] if found == code)

    def note(self, line: int, text: str) -> Note:
        """A note at a line; 0 stands for the file as a whole."""
        return Note("", f"第 {line} 行：{text}" if line else text)

    @property
    def told(self) -> bool:
        """Whether a line was wrong: then the parser stumbles over the same one."""
        return bool(self._read[1])

    @property
    def scenarios(self) -> list[Part]:
        return [part for part in self.parts if part.kind in ("scenario", "outline")]


class _Reader:
    """Says of each line what it is, and notes those that are nothing."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.faults: list[tuple[str, int, str]] = []
        self.tags: list[tuple[int, str]] = []
        self.fence = ""
        self.fence_line = 0

    def line(self, number: int, line: str) -> None:
        if self.fence:
            self.fence = "" if line == self.fence else self.fence
        elif line.startswith(_DOCSTRING) and self._holds_steps():
            self.fence, self.fence_line = line[:3], number
        elif line.startswith("@"):
            self.tags += [(number, tag.removeprefix("@")) for tag in line.split("#")[0].split()]
        elif line.startswith("|"):
            self._row(number, line)
        elif line and not line.startswith("#"):
            self._words(number, line)

    def _holds_steps(self) -> bool:
        return bool(self.parts) and bool(self.parts[-1].steps)

    def _row(self, number: int, line: str) -> None:
        if not self.parts or (self.parts[-1].kind != "examples" and not self.parts[-1].steps):
            self.faults.append(("feature-line", number, "表格前面没有步骤或“例子:”。请放到步骤下面。"))
        elif not line.endswith("|") or len(line) == 1:
            self.faults.append(("feature-line", number, "表格的一行要以“|”结尾。请补上。"))
        else:
            self.parts[-1].rows += 1

    def _words(self, number: int, line: str) -> None:
        heading = _HEADING.match(line)
        if heading and heading[2] == ":" and line.startswith(f"{heading[1]}:"):
            self.parts.append(Part(HEADINGS[heading[1]], number, heading[3].strip(), tags=self.tags))
            self.tags = []
            return
        if heading:
            text = f"“{heading[1]}”后面要紧接半角冒号，写成“{heading[1]}:”，否则这一段会当作说明丢掉。"
            self.faults.append(("feature-colon", number, text))
            # What follows belongs to the heading that was meant, so that one slip is told once.
            self.parts.append(Part(HEADINGS[heading[1]], number, heading[3].strip(), tags=self.tags))
            self.tags = []
            return
        part = self.parts[-1] if self.parts else None
        if (
            part is not None
            and part.kind in DESCRIBED
            and not (_LOST_HEADING.match(line) or _LOST_STEP.match(line))
        ):
            return
        step = next((word for word in STEPS if line.startswith(word)), None)
        if step is not None and part is not None and part.kind in ("background", "scenario", "outline"):
            part.steps.append(STEPS[step])
            return
        self.faults.append(("feature-line", number, _advice(line, step, part)))


def _advice(line: str, step: str | None, part: Part | None) -> str:
    shown = line if len(line) <= 20 else f"{line[:20]}…"
    if step is not None:
        return f"“{shown}”不在场景或背景里，不会执行。请移到场景里。"
    wrong = next((word for word in _MISTAKEN if line.startswith(word)), None)
    if wrong is not None:
        written = f"{MISTAKEN[wrong]}:" if MISTAKEN[wrong] in HEADINGS else MISTAKEN[wrong]
        return f"“{wrong}”不是关键字，“{shown}”会当作说明丢掉。请写成“{written}”。"
    if part is None:
        return f"“{shown}”在“功能:”之前。请移到它下面，或以 # 开头写成注释。"
    words = "、".join(STEPS)
    return f"“{shown}”不是步骤，会当作说明丢掉。步骤要以 {words} 开头。"


@feature_rule("feature-language", "场景文件第一行不是 # language: zh-CN")
def language(feature: Feature) -> Notes:
    first = feature.text.split("\n", 1)[0].strip()
    if not re.fullmatch(r"#\s*language\s*:\s*zh-CN", first):
        yield feature.note(1, "第一行要写 # language: zh-CN，否则中文关键字都不认。请补上。")


@feature_rule("feature-line", "既不是关键字、步骤、标签、表格、注释，也不是功能或规则下的说明")
def line(feature: Feature) -> Notes:
    yield from feature.faults("feature-line")


@feature_rule("feature-colon", "关键字后面用了全角冒号，或冒号前有空格")
def colon(feature: Feature) -> Notes:
    yield from feature.faults("feature-colon")


@feature_rule("feature-empty", "没有功能，或规则下没有场景")
def empty(feature: Feature) -> Notes:
    kinds = [part.kind for part in feature.parts]
    if kinds.count("feature") != 1 or kinds[:1] != ["feature"]:
        yield feature.note(0, "要有一个“功能:”，而且在最前面。请改正。")
    if not feature.scenarios:
        yield feature.note(0, "没有任何场景。请写“场景:”。")
    for number, part in enumerate(feature.parts):
        if part.kind == "rule":
            after = [each.kind for each in feature.parts[number + 1 :]]
            until = after[: after.index("rule")] if "rule" in after else after
            if feature.scenarios and not {"scenario", "outline"} & set(until):
                yield feature.note(part.line, f"规则“{part.title}”下没有场景。请写一个，或删去这条规则。")


@feature_rule("feature-steps", "场景没有自己的“当”和“那么”")
def steps(feature: Feature) -> Notes:
    for part in feature.scenarios:
        missing = [word for word, kind in (("当", "when"), ("那么", "then")) if kind not in part.steps]
        if missing:
            words = "、".join(f"“{word}”" for word in missing)
            yield feature.note(part.line, f"场景“{part.title}”没有自己的{words}步骤。请补上。")
        elif part.steps[0] in ("and", "but"):
            yield feature.note(
                part.line, f"场景“{part.title}”的第一步不能是并且、但是一类。请改成假如、当或那么。"
            )


@feature_rule("feature-examples", "场景大纲没有例子，或例子没有数据行，或例子不属于大纲")
def examples(feature: Feature) -> Notes:
    previous = ""
    for number, part in enumerate(feature.parts):
        if part.kind == "outline":
            following = feature.parts[number + 1].kind if number + 1 < len(feature.parts) else ""
            if following != "examples":
                yield feature.note(part.line, f"场景大纲“{part.title}”没有“例子:”，一次也不会执行。请补上。")
        elif part.kind == "examples" and previous not in ("outline", "examples"):
            yield feature.note(part.line, "“例子:”只能写在场景大纲下面。请把上面的“场景:”改成“场景大纲:”。")
        elif part.kind == "examples" and part.rows < 2:
            yield feature.note(part.line, "例子要有一行表头和至少一行数据。请补上。")
        previous = part.kind


@feature_rule("feature-title", "场景没有标题，或与同一文件里别的场景同名")
def title(feature: Feature) -> Notes:
    titles = Counter(part.title for part in feature.scenarios)
    seen: set[str] = set()
    for part in feature.scenarios:
        if not part.title:
            yield feature.note(part.line, "场景没有标题。请在冒号后写明它讲什么。")
        elif titles[part.title] > 1 and part.title in seen:
            yield feature.note(part.line, f"场景“{part.title}”与前面的同名，只会执行一个。请改名。")
        seen.add(part.title)


@feature_rule("feature-tag", "标签不是任何条款的标签，也不是约定的标签")
def tag(feature: Feature) -> Notes:
    packs = [pack for pack in feature.world.packs.values() if pack.rules]
    known = [clause.tag for pack in packs if pack.rules for clause in pack.rules.clauses]
    for part in feature.parts:
        for number, word in part.tags:
            if word not in FREE_TAGS and word not in known and (packs or not CLAUSE_TAG.match(word)):
                near = suggestion(word, [*known, *FREE_TAGS])
                yield feature.note(number, f"标签“@{word}”既不是条款的标签，也不是约定的标签{near}。请改正。")


@feature_rule("feature-place", "场景文件没有放在 features/制度包/ 下，文件名不是流程键")
def place(feature: Feature) -> Notes:
    path = PurePosixPath(feature.file)
    folders = list(path.parts[1:-1])
    keys = [bundle.key for bundle in feature.world.bundles]
    packs = [*feature.world.packs, *dict.fromkeys(bundle.pack for bundle in feature.world.bundles)]
    if len(folders) != 1 or folders[0] not in packs:
        yield feature.note(0, "要放在 features/制度包/ 下面。请移过去。")
    elif not any(path.stem == key or path.stem.startswith(f"{key}_") for key in keys):
        near = suggestion(path.stem, keys)
        yield feature.note(
            0, f"没有流程“{path.stem}”{near}。文件名要与流程键相同，或以“流程键_”开头，请改名。"
        )


@feature_rule("feature-count", "解析出来的场景个数与写的不一样，或文件解析不了")
def count(feature: Feature) -> Notes:
    if GherkinParser is None or list(language(feature)):
        return
    try:
        document = GherkinParser().parse(feature.text)
    except ParserError as error:
        if not feature.told:
            yield feature.note(0, f"文件解析不了：{str(error).splitlines()[-1]}。请改正。")
        return
    found = _count((document.get("feature") or {}).get("children", []))
    written = len(feature.scenarios)
    if found != written and not feature.told:
        yield feature.note(0, f"写了 {written} 个场景，解析出 {found} 个。请检查关键字和冒号。")


def _count(children: list[dict[str, object]]) -> int:
    total = 0
    for child in children:
        rule = child.get("rule")
        total += "scenario" in child
        total += _count(rule["children"]) if isinstance(rule, dict) else 0
    return total
