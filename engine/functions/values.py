"""Numbers of series, parameters, ratios and small tests for validation."""

import re
from typing import Any

from engine.functions.dates import as_text
from engine.functions.registry import Scope, function

GROUP = "其他"
# Words that acknowledge without saying anything; with punctuation around them they say no more.
MERE_ACKNOWLEDGEMENT = {
    "阅",
    "已阅",
    "圈阅",
    "已圈阅",
    "知",
    "知悉",
    "已知悉",
    "已知",
    "收到",
    "ok",
    "阅知",
    "已阅知",
}


@function(
    "编号",
    GROUP,
    "编号(序列, 格式)",
    "序列的下一个号；只在脚本任务里；同一实例同一元素只取一次；年度重排、不跳号；格式中 {年}、{序} 被替换",
    scripts_only=True,
)
def number(scope: Scope, series: str, pattern: str) -> str:
    if scope.number is None:
        raise ValueError("编号只能在脚本任务里取")
    return scope.number(series, pattern)


@function("参数", GROUP, "参数(名)", "制度包的规则参数；本包没有时取共享的")
def parameter(scope: Scope, name: str) -> Any:
    return scope.parameters.value(name)


@function("枚举", GROUP, "枚举(名)", "制度包的一个枚举的全部值")
def enumeration(scope: Scope, name: str) -> list[Any]:
    return list(scope.parameters.enumeration(name))


@function("类别属性", GROUP, "类别属性(类别, 名)", "类别表里该类别的属性；没有则为空")
def category(scope: Scope, name: str | None, attribute: str) -> Any:
    return scope.parameters.category(name, attribute) if name else None


@function(
    "达到比例",
    GROUP,
    "达到比例(实, 应, 分子, 分母)",
    "实×分母 ≥ 应×分子，整数比较；应为 0 时为假",
    "达到比例(4, 6, 2, 3) → True",
    traced=True,
)
def reaches(scope: Scope, actual: int, due: int, numerator: int, denominator: int) -> bool:
    return due > 0 and actual * denominator >= due * numerator


@function("空", GROUP, "空(值)", "空值、空文字、空列表为真；0 和 False 不是空", "空('') → True")
def empty(scope: Scope, value: Any) -> bool:
    return value is None or value in ("", [], {}) or (isinstance(value, str) and not value.strip())


@function("仅阅知", GROUP, "仅阅知(文本)", "只写了“已阅”“圈阅”之类，没有意见", "仅阅知('已阅。') → True")
def mere_acknowledgement(scope: Scope, text: str | None) -> bool:
    return re.sub(r"[\s\W_]+", "", text or "").lower() in MERE_ACKNOWLEDGEMENT


@function("长度", GROUP, "长度(文本)", "去掉首尾空白后的字数；空值为 0", "长度(' 同意 ') → 2")
def length(scope: Scope, text: str | None) -> int:
    return len((text or "").strip())


@function("文字", GROUP, "文字(值)", "把值变成文字", "文字([1, 2]) → '1、2'")
def text(scope: Scope, value: Any) -> str:
    return as_text(value)


@function("整数", GROUP, "整数(值)", "文字或数变成整数；不能变的为空", "整数('3') → 3")
def integer(scope: Scope, value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None
