"""Measure values, and bound the work that one evaluation may cause."""

from __future__ import annotations

from engine.expressions.grammar import DEPTH_LIMIT

# One unit is about 0.2 µs: what reading one value in Python costs. An expression has no loops, so each of its
# few hundred parts works once; this bounds what a part may do with a long list, and the whole to about 0.2 s.
WORK_LIMIT = 500_000
LENGTH_LIMIT = 100_000  # characters of a computed text, items of a computed list
# A result counts one per value and one per 16 characters, a shared part as often as it occurs: it is stored.
WEIGHT_LIMIT = 500_000

LEAVES = frozenset({str, int, float, bool, type(None)})
KINDS: dict[type, str] = {
    str: "文本",
    int: "数字",
    float: "数字",
    bool: "真假值",
    type(None): "空（还没有值）",
    list: "列表",
    dict: "字典",
}


class Unsuitable(Exception):
    """Raised by an operation for values it is not made for; its text says why, without a full stop."""


def kind(value: object) -> str:
    """What a value is, in the words of the language."""
    return KINDS.get(type(value), "不支持的数据")


class Work:
    """What one evaluation may still do, and the weights of the lists and dictionaries it has met."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Begin a new evaluation."""
        self._left = WORK_LIMIT
        # By identity. The object is kept, so that its identity stays its own as long as the entry.
        self._measured: dict[int, tuple[object, int, int]] = {}

    def spend(self, units: int) -> None:
        """Account for work. Raises Unsuitable when there has been too much."""
        self._left -= units
        if self._left < 0:
            raise Unsuitable("要处理的数据太多，请拆成几步或缩小范围")

    def build(self, length: int) -> None:
        """Account for a new text or list, before it is made. Raises Unsuitable when it would be too long."""
        if length > LENGTH_LIMIT:
            raise Unsuitable(f"结果太长，最多 {LENGTH_LIMIT} 项（或字）")
        self.spend(length // 4)

    def compare(self, weight: int) -> None:
        """Account for a comparison of values of this weight, which C does faster. Raises Unsuitable."""
        self.spend(weight // 4)

    def read(self, value: object) -> None:
        """Account for a function that looks at each item of its argument. Raises Unsuitable."""
        if isinstance(value, list | dict):
            self.spend(len(value))
        elif isinstance(value, str):
            self.spend(len(value) // 16)

    def weigh(self, value: object, what: str) -> int:
        """The weight of a value, called `what` in messages.

        Raises Unsuitable when it is not plain data: text, numbers, True, False, None, lists, dictionaries
        with text keys, nested to a limit. Subclasses are refused too: they can bring operations of their own.
        """
        return self._measure(value, what, 0)[0]

    def _measure(self, value: object, what: str, depth: int) -> tuple[int, int]:
        """The weight and the height of a value; each list and dictionary is read once in an evaluation."""
        if type(value) is str:
            return 1 + len(value) // 16, 0
        if type(value) in LEAVES:
            return 1, 0
        weight, height = self._of_container(value, what, depth)
        if depth + height > DEPTH_LIMIT:
            raise Unsuitable(f"{what}套得太深，最多 {DEPTH_LIMIT} 层")
        return weight, height

    def _of_container(self, value: object, what: str, depth: int) -> tuple[int, int]:
        known = self._measured.get(id(value))
        if known is not None:
            return known[1], known[2]
        weight, height = 1, 1
        if depth >= DEPTH_LIMIT:  # Also stops at a list that contains itself.
            return weight, height
        if type(value) is list:
            items = value
        elif type(value) is dict:
            items = list(value.values())
            if not set(map(type, value)) <= {str}:
                raise Unsuitable(f"{what}里有字典的键不是文本")
            weight += sum(map(len, value)) // 16
        else:
            raise Unsuitable(f"{what}不是文本、数字、真假值、空、列表或字典")
        self.spend(1 + len(items))
        for item in items:
            # Leaves are weighed here and not by a call, which takes longer: nearly all values are leaves.
            if type(item) is str:
                weight += 1 + len(item) // 16
            elif type(item) in LEAVES:
                weight += 1
            else:
                item_weight, item_height = self._measure(item, what, depth + 1)
                weight += item_weight
                height = max(height, item_height + 1)
        self._measured[id(value)] = value, weight, height
        return weight, height
