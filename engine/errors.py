"""Named exceptions of the engine; each carries the Chinese sentence a person is shown."""

from collections.abc import Mapping, Sequence


class EngineError(Exception):
    """Base of all errors the engine raises on purpose; `str()` is a sentence for people."""


class NotFound(EngineError):
    """There is no such thing, or this person may not know of it (both answer alike)."""

    def __init__(self, what: str = "您要找的内容不存在，或者您无权查看。请从待办或案卷列表重新进入。"):
        super().__init__(what)


class Forbidden(EngineError):
    """The person sees the thing but may not do this with it."""


class Conflict(EngineError):
    """Somebody else was faster, or the form changed since it was opened; nothing was written."""


class Invalid(EngineError):
    """The input is wrong: `errors` maps a field (or `""` for the whole sheet) to a Chinese sentence.

    `warnings` are those among them that the person may confirm and submit all the same.
    """

    def __init__(
        self,
        errors: Mapping[str, str],
        message: str = "填写的内容有误，请按提示改正后再提交。",
        warnings: Mapping[str, str] | None = None,
    ):
        super().__init__(message)
        self.errors, self.warnings = dict(errors), dict(warnings or {})


class Refused(EngineError):
    """The request is well formed but the rules or the state of the case do not allow it."""


class BadDiagram(EngineError):
    """A diagram or a bundle cannot be deployed; `findings` are located sentences."""

    def __init__(self, message: str, findings: Sequence[str] = ()):
        super().__init__(message)
        self.findings = tuple(findings)


class ElementFailed(EngineError):
    """An expression or an element failed while a case was running; becomes an incident after the roll-back.

    `names` are the values the expression saw (only names it uses), for the incident page.
    """

    def __init__(
        self, element: str, name: str, expression: str, reason: str, names: Mapping[str, object] | None = None
    ):
        super().__init__(f"环节“{name or element}”执行出错：{reason}")
        self.element, self.name, self.expression, self.reason = element, name, expression, reason
        self.names = dict(names or {})
