"""Lists and tables (lists of rows), in place of loops and comprehensions. Nothing is changed in place."""

from collections.abc import Iterable
from typing import Any

import orjson

from engine.functions.dates import as_text
from engine.functions.registry import Scope, function

GROUP = "列表"
Row = dict[str, Any]


def _rows(table: Any) -> list[Row]:
    return [row for row in table or [] if isinstance(row, dict)]


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _mark(item: Any) -> Any:
    """Something hashable that is equal for equal items, so that long lists are compared in linear time."""
    return orjson.dumps(item, option=orjson.OPT_SORT_KEYS) if isinstance(item, (dict, list)) else item


def _unique(items: Iterable[Any]) -> list[Any]:
    found: dict[Any, Any] = {}
    for item in items:
        found.setdefault(_mark(item), item)
    return list(found.values())


@function("个数", GROUP, "个数(列表)", "有几项；空值为 0", "个数([1, 2]) → 2")
def count(scope: Scope, items: Any) -> int:
    return len(items or ())


@function("包含", GROUP, "包含(列表, 值)", "真假", "包含(['甲'], '甲') → True")
def contains(scope: Scope, items: Any, value: Any) -> bool:
    return value in (items or ())


@function("取列", GROUP, "取列(表, 列)", "各行这一列的值", "取列([{'数': 1}], '数') → [1]")
def column(scope: Scope, table: Any, name: str) -> list[Any]:
    return [row.get(name) for row in _rows(table)]


@function(
    "合并列",
    GROUP,
    "合并列(表, 列)",
    "各行这一列的列表连成一个，去重",
    "合并列([{'数': [1, 2]}, {'数': [2]}], '数') → [1, 2]",
)
def merged_column(scope: Scope, table: Any, name: str) -> list[Any]:
    return _unique(value for row in _rows(table) for value in _as_list(row.get(name)))


@function(
    "筛选",
    GROUP,
    "筛选(表, 列, 值或值列表)",
    "该列等于值（之一）的行",
    "筛选([{'数': 1}, {'数': 2}], '数', 2) → [{'数': 2}]",
)
def where(scope: Scope, table: Any, name: str, value: Any) -> list[Row]:
    wanted = value if isinstance(value, list) else [value]
    return [row for row in _rows(table) if row.get(name) in wanted]


@function(
    "剔除",
    GROUP,
    "剔除(表, 列, 值或值列表)",
    "该列不等于值（任何一个）的行",
    "剔除([{'数': 1}, {'数': 2}], '数', 2) → [{'数': 1}]",
)
def without(scope: Scope, table: Any, name: str, value: Any) -> list[Row]:
    unwanted = value if isinstance(value, list) else [value]
    return [row for row in _rows(table) if row.get(name) not in unwanted]


@function(
    "筛选含",
    GROUP,
    "筛选含(表, 列, 值)",
    "该列的列表里有这个值的行",
    "筛选含([{'数': [1]}, {'数': [2]}], '数', 2) → [{'数': [2]}]",
)
def where_containing(scope: Scope, table: Any, name: str, value: Any) -> list[Row]:
    return [row for row in _rows(table) if value in _as_list(row.get(name))]


@function(
    "筛选早于",
    GROUP,
    "筛选早于(表, 列, 时刻)",
    "该列的时刻早于给定时刻的行",
    "筛选早于([{'时': '2026-01-01'}], '时', '2026-01-02') → [{'时': '2026-01-01'}]",
)
def where_earlier(scope: Scope, table: Any, name: str, moment: str | None) -> list[Row]:
    from engine.functions.dates import earlier

    return [row for row in _rows(table) if earlier(scope, row.get(name), moment)]


@function("计数", GROUP, "计数(表, 列, 值)", "该列等于值的行数", "计数([{'数': 1}], '数', 1) → 1")
def count_where(scope: Scope, table: Any, name: str, value: Any) -> int:
    return sum(1 for row in _rows(table) if row.get(name) == value)


@function("求和", GROUP, "求和(表, 列)", "该列数值之和", "求和([{'数': 1}, {'数': 2}], '数') → 3")
def total(scope: Scope, table: Any, name: str) -> Any:
    return sum(value for row in _rows(table) if isinstance(value := row.get(name), (int, float)))


@function("值列表", GROUP, "值列表(字典)", "按序号排的各值", "值列表({'1': '乙', '0': '甲'}) → ['甲', '乙']")
def values(scope: Scope, results: Any) -> list[Any]:
    if not isinstance(results, dict):
        return []
    return [
        results[key]
        for key in sorted(results, key=lambda key: (not key.isdigit(), int(key) if key.isdigit() else 0, key))
    ]


@function("全部是", GROUP, "全部是(表, 列, 值)", "每一行都是；空表为真", "全部是([], '数', 1) → True")
def all_are(scope: Scope, table: Any, name: str, value: Any) -> bool:
    return all(row.get(name) == value for row in _rows(table))


@function("任一是", GROUP, "任一是(表, 列, 值)", "至少一行是；空表为假", "任一是([], '数', 1) → False")
def any_is(scope: Scope, table: Any, name: str, value: Any) -> bool:
    return any(row.get(name) == value for row in _rows(table))


@function(
    "合并", GROUP, "合并(a, b, …)", "连成一个列表，去空、去重、保序", "合并([1], 2, None, [1]) → [1, 2]"
)
def union(scope: Scope, *lists: Any) -> list[Any]:
    return _unique(item for items in lists for item in _as_list(items) if item is not None and item != "")


@function("交集", GROUP, "交集(a, b)", "a 中也在 b 中的", "交集([1, 2], [2]) → [2]")
def intersection(scope: Scope, a: Any, b: Any) -> list[Any]:
    other = {_mark(item) for item in _as_list(b)}
    return [item for item in _as_list(a) if _mark(item) in other]


@function("差集", GROUP, "差集(a, b)", "a 中不在 b 中的", "差集([1, 2], [2]) → [1]")
def difference(scope: Scope, a: Any, b: Any) -> list[Any]:
    other = {_mark(item) for item in _as_list(b)}
    return [item for item in _as_list(a) if _mark(item) not in other]


@function("首个", GROUP, "首个(列表, 默认=None)", "第一项；空列表得默认", "首个([], '无') → '无'")
def first(scope: Scope, items: Any, default: Any = None) -> Any:
    return items[0] if items else default


@function("取", GROUP, "取(对象, 键, 默认=None)", "字典的值；没有时得默认", "取({'数': 1}, '数') → 1")
def get(scope: Scope, thing: Any, key: str, default: Any = None) -> Any:
    value = thing.get(key) if isinstance(thing, dict) else None
    return default if value is None else value


@function("行", GROUP, "行(名=值, …)", "组成一行", "行(数=1) → {'数': 1}")
def row(scope: Scope, **fields: Any) -> Row:
    return fields


@function("逐行", GROUP, "逐行(列表, 列)", "值的列表变成单列的表", "逐行(['甲'], '名') → [{'名': '甲'}]")
def as_rows(scope: Scope, items: Any, name: str) -> list[Row]:
    return [{name: item} for item in _as_list(items)]


@function(
    "加列",
    GROUP,
    "加列(表, 列, 值)",
    "每行加上（或改成）同一个值",
    "加列([{'数': 1}], '单位', '个') → [{'数': 1, '单位': '个'}]",
)
def with_column(scope: Scope, table: Any, name: str, value: Any) -> list[Row]:
    return [{**row, name: value} for row in _rows(table)]


@function(
    "改列名", GROUP, "改列名(表, 旧, 新)", "把一列换个名字", "改列名([{'甲': 1}], '甲', '乙') → [{'乙': 1}]"
)
def renamed(scope: Scope, table: Any, old: str, new: str) -> list[Row]:
    return [{(new if key == old else key): value for key, value in row.items()} for row in _rows(table)]


@function(
    "选列",
    GROUP,
    "选列(表, 列列表)",
    "只留这几列；没有的为空值",
    "选列([{'甲': 1, '乙': 2}], ['甲']) → [{'甲': 1}]",
)
def only_columns(scope: Scope, table: Any, names: list[str]) -> list[Row]:
    return [{name: row.get(name) for name in names} for row in _rows(table)]


@function(
    "编序",
    GROUP,
    "编序(表, 列='序号')",
    "从 1 起依次编号",
    "编序([{'名': '甲'}]) → [{'名': '甲', '序号': 1}]",
)
def numbered(scope: Scope, table: Any, name: str = "序号") -> list[Row]:
    return [{**row, name: index} for index, row in enumerate(_rows(table), 1)]


@function(
    "排序",
    GROUP,
    "排序(表, 列)",
    "按该列从小到大；空值排在最后；同值保序",
    "排序([{'数': 2}, {'数': 1}], '数') → [{'数': 1}, {'数': 2}]",
)
def ordered(scope: Scope, table: Any, name: str) -> list[Row]:
    return sorted(
        _rows(table), key=lambda row: (row.get(name) is None, str(type(row.get(name))), row.get(name) or 0)
    )


@function(
    "表连接",
    GROUP,
    "表连接(表, 键, 另一表, 另一键)",
    "按键把另一表对应行的列并入；本表已有的列不变",
    "表连接([{'名': '甲'}], '名', [{'名': '甲', '数': 1}], '名') → [{'名': '甲', '数': 1}]",
)
def joined_tables(scope: Scope, table: Any, key: str, other: Any, other_key: str) -> list[Row]:
    found = {row.get(other_key): row for row in reversed(_rows(other))}
    return [{**found.get(row.get(key), {}), **row} for row in _rows(table)]


@function("连接", GROUP, "连接(列表, 分隔='、')", "连成一段文字", "连接(['甲', '乙']) → '甲、乙'")
def joined(scope: Scope, items: Any, separator: str = "、") -> str:
    return separator.join(as_text(item) for item in _as_list(items))
