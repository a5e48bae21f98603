"""Writes features/README.md, the list of sentences: `python -m features.sentences > features/README.md`."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

HERE = Path(__file__).parent
KINDS = {"given": "假如", "when": "当", "then": "那么"}
TITLES = {
    "setting": "交代情况（假如）",
    "work": "办理（当）",
    "returning": "退回和撤回",
    "signing": "委派、加签和加减参加办理的人",
    "handling": "传阅、代理、批量、挂起",
    "registers": "台账、搜索和统计",
    "outcome": "结果（那么）",
}
HEAD = """# 验收场景怎么写

每个 `.feature` 文件讲一个流程，一条规则一个“规则:”，下面是若干场景。场景就是验收测试：照着在系统里真办一遍，结果不符就不通过。
（这一页由 `python -m features.sentences` 生成。）

- 第一行写 `# language: zh-CN`。关键字后面用半角冒号：`功能:` `规则:` `背景:` `场景:` `场景大纲:` `例子:`。
- 每句以 假如、当、那么、并且、而且、但是 开头；别的开头（如“然后”）不认，检查会指出来。
- 场景上标条款标签，如 `@ZQ_F1_2_R2`；标了就必须真的走到载有这一条的环节。硬规则另标 `@硬约束`。
- 标 `@web` 的场景用同样的句子，但在真实的网页上走：登录、打开页面、填表、按按钮。这样的场景慢一些，挑有代表性的标。
- 没有点名的栏目，取表单里已有的值，空着的取自 `forms/*.example.yml`。人员写姓名，真假写 是、否，多个值用顿号隔开，附件写文件名。
- 引号用“”。以“：”结尾的句子下面跟一张表；栏目表的表头是 `| 字段 | 值 |`，表格栏目的表头是它的列名。
- 日期写 2026-12-10，时刻写 2026-12-10 09:00。引号里的案卷可以是标题、编号或流程名，取最新的一件。

例：

```gherkin
  规则: 附1-2-R2 镇政府领导成员出席人数必须满足总人数三分之二（含）以上

    @ZQ_F1_2_R2 @硬约束
    场景: 到会四人恰好三分之二，可以开会
      假如 现在是“2026-12-01 09:00”
      当 “陈登记”发起“镇长办公会议”
      那么 “陈登记”的待办里有“拟定会议日期”
```
"""


def sentences(path: Path) -> list[tuple[str, str]]:
    """Keyword and text of every sentence a steps module defines, in order."""
    found = []
    for node in ast.parse(path.read_text("utf-8")).body:
        if not isinstance(node, ast.FunctionDef):
            continue
        for decorator in node.decorator_list:
            if (
                isinstance(decorator, ast.Call)
                and isinstance(decorator.func, ast.Name)
                and decorator.func.id in KINDS
            ):
                pattern = decorator.args[0]
                text = pattern.args[0] if isinstance(pattern, ast.Call) else pattern
                if isinstance(text, ast.Constant):
                    found.append((KINDS[decorator.func.id], str(text.value)))
    return found


WORDS = {
    "person": "人",
    "other": "他人",
    "people": "几个人",
    "task": "任务",
    "process": "流程",
    "case": "案卷",
    "about": "所涉事项",
    "button": "操作",
    "table": "表格",
    "field": "栏目",
    "name": "名称",
    "value": "值",
    "words": "文字",
    "text": "文字",
    "moment": "时刻",
    "year": "年份",
    "day": "日期",
    "begin": "起日",
    "end": "止日",
    "post": "岗位",
    "line": "条线",
    "elements": "环节",
    "step": "前面的环节",
    "choices": "选项",
    "count:d": "几",
    "reason": "理由",
    "giver": "委托人",
    "receiver": "受托人",
    "kind": "委托类型",
    "register": "台账",
    "basis": "依据",
    "agreement": "是否同意",
}


def readable(text: str) -> str:
    """A sentence with its places named in Chinese."""
    for place, word in WORDS.items():
        text = text.replace("{" + place + "}", f"〔{word}〕")
    return text


PLACE = re.compile(r"\{(\w+(?::d)?)\}")
PLAIN = ("person", "other", "people", "about", "task", "process", "case", "button", "table", "field", "step")


def as_pattern(text: str) -> str:
    """The regular expression of a sentence; a place that names somebody or something holds no quotation marks.

    Without that, “甲”就“乙”办理“丙” would also be a sentence about a person called 甲”就“乙.
    """
    pattern = ""
    for index, part in enumerate(PLACE.split(text)):
        name, _, number = part.partition(":")
        if index % 2 == 0:
            pattern += re.escape(part)
        elif number:
            pattern += rf"(?P<{name}>\d+)"
        elif name in PLAIN:
            pattern += rf"(?P<{name}>[^“”]+)"
        else:
            pattern += rf"(?P<{name}>.*)" if name == "value" else rf"(?P<{name}>.+)"
    return pattern


@dataclass(frozen=True)
class Sentence:
    """One sentence of the kit: `text` has its places in braces, `group` is the heading it stands under in the list."""

    keyword: str
    text: str
    group: str

    @property
    def shown(self) -> str:
        """With its places named in Chinese."""
        return readable(self.text)

    @property
    def places(self) -> list[str]:
        """The names of its places in order."""
        return PLACE.findall(self.text)

    @property
    def wants_table(self) -> bool:
        return self.text.endswith("：")

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(as_pattern(self.text))

    def read(self, text: str) -> Mapping[str, str] | None:
        """What stands at its places in a sentence somebody wrote; None when that is another sentence."""
        found = self._pattern.fullmatch(text)
        return found.groupdict() if found else None


@cache
def every_sentence() -> tuple[Sentence, ...]:
    """All sentences of the kit, in the order of the list."""
    paths = sorted(
        (HERE / "steps").glob("*.py"),
        key=lambda p: (list(TITLES).index(p.stem) if p.stem in TITLES else 9, p.stem),
    )
    return tuple(Sentence(keyword, text, _title(path)) for path in paths for keyword, text in sentences(path))


def _title(path: Path) -> str:
    """The heading above the sentences of a module."""
    if path.stem in TITLES:
        return TITLES[path.stem]
    return (ast.get_docstring(ast.parse(path.read_text("utf-8"))) or path.stem).splitlines()[0]


def as_markdown() -> str:
    groups: dict[str, list[str]] = {}
    for each in every_sentence():
        groups.setdefault(each.group, []).append(f"- {each.keyword} {each.shown}")
    return HEAD + "".join(f"\n## {title}\n\n" + "\n".join(lines) + "\n" for title, lines in groups.items())


if __name__ == "__main__":
    print(as_markdown(), end="")
