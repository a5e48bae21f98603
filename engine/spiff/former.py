"""What stands in a case for finished elements that the version of its diagram no longer has."""

from typing import Any

from SpiffWorkflow.bpmn.specs.mixins.unstructured_join import UnstructuredJoin
from SpiffWorkflow.specs.base import TaskSpec

MARK = "former"
"""Begins the stored name of such an element; ids in a diagram have no colon."""


class Former(TaskSpec):
    """An element that was passed under an earlier version: kept with its data, never run again.

    `name` ends as that of the element did, `bpmn_id` is that of the element when it was drawn, `joined` says that it
    waited for several branches.
    """

    def __init__(self, name: str, bpmn_id: str | None, joined: bool):
        # The library's own constructor would enter it into the spec, which other cases share.
        flags = ("j" if joined else "") + ("" if bpmn_id else "h")
        self.name = f"{MARK}:{flags}:{name}"
        self.bpmn_id, self.bpmn_name, self.joined = bpmn_id, "", joined
        self.lane = None
        self.manual = False
        self.extensions: dict[str, Any] = {}
        self._inputs: list[str] = []
        self._outputs: list[str] = []

    @property
    def inputs(self) -> list[Any]:
        return []

    @property
    def outputs(self) -> list[Any]:
        return []

    def serialize(self, serializer: Any, **kwargs: Any) -> Any:
        """Never asked for: cases are stored by `engine.spiff.codec`. The library's base class declares it abstract."""
        raise NotImplementedError("cases are stored by engine.spiff.codec")


def former_of(spec: Any) -> Former:
    """What stands for this element from now on."""
    if isinstance(spec, Former):
        return spec
    return Former(spec.name, getattr(spec, "bpmn_id", None), isinstance(spec, UnstructuredJoin))


def read_former(name: str) -> Former | None:
    """The element a stored name stands for; None when it is no such name."""
    if not name.startswith(f"{MARK}:"):
        return None
    _, flags, original = name.split(":", 2)
    element = None if "h" in flags else original.removesuffix(" [child]")
    return Former(original, element, "j" in flags)
