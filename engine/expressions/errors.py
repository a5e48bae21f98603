"""The one error that a faulty expression raises, as a Chinese sentence for the person who wrote it."""

from __future__ import annotations

from engine.errors import EngineError

SHOWN_LENGTH = 160  # characters of the source that a message repeats


class ExpressionError(EngineError):
    """An expression cannot be accepted or cannot be computed.

    `source` is the text at fault, `reason` a Chinese sentence that says what is wrong, `corrected` the text
    as it should read, or None when that cannot be told. The compiler accepts a corrected text.
    """

    def __init__(self, source: str, reason: str, corrected: str | None = None) -> None:
        super().__init__(source, reason, corrected)
        self.source = source
        self.reason = reason
        self.corrected = corrected

    def __str__(self) -> str:
        advice = f"应写成：{self.corrected}" if self.corrected is not None else ""
        return f"表达式“{shown(self.source)}”有误：{self.reason}{advice}"


def shown(text: str, length: int = SHOWN_LENGTH) -> str:
    """The text as a message may repeat it: one line, nothing unprintable, at most `length` characters."""
    if len(text) > length:
        text = text[: length - 1] + "…"
    return "".join(map(_printable, text))


def _printable(character: str) -> str:
    if character.isprintable():
        return character
    return " " if character.isspace() else "\N{REPLACEMENT CHARACTER}"
