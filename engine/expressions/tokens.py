"""Cut the text of an expression into words, strings and symbols, also while it is still mistyped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

# Inside one family any mark may close what another has opened: a Chinese keyboard mixes them.
_QUOTE_FAMILIES = ('"“”„‟＂〝〞', "'‘’‚‛＇", "「」", "『』")
_FAMILY_OF = {mark: family for family in _QUOTE_FAMILIES for mark in family}
_PLAIN = re.compile(
    r"""(?P<space>\s+)|(?P<word>\w+)|(?P<string>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")""",
    re.DOTALL,
)
_SYMBOL = re.compile(r"===|!==|==|!=|<=|>=|<>|=<|=>|\*\*|//|:=|<<|>>|&&|\|\||.", re.DOTALL)
OPENING = {"(": ")", "[": "]", "{": "}"}
CLOSING = frozenset(OPENING.values())


class Token(NamedTuple):
    """One piece of the text; the pieces joined give the text again."""

    kind: Literal["space", "word", "string", "symbol", "unclosed"]
    text: str


def tokens(text: str) -> list[Token]:
    """All pieces of the text in order; where a closing quote is missing the rest is `unclosed`."""
    return list(_tokens(text))


def _tokens(text: str) -> Iterator[Token]:
    position = 0
    while position < len(text):
        if plain := _PLAIN.match(text, position):
            end = plain.end()
            piece = text[position:end]
            if plain["space"] is not None:
                yield Token("space", piece)
            elif plain["word"] is not None:
                yield Token("word", piece)
            else:
                yield Token("string", piece)
        elif text[position] in _FAMILY_OF:
            end = _closing_quote(text, position)
            yield Token("string", text[position:end]) if end else Token("unclosed", text[position:])
            end = end or len(text)
        else:
            symbol = _SYMBOL.match(text, position)
            end = symbol.end() if symbol else position + 1
            yield Token("symbol", text[position:end])
        position = end


def _closing_quote(text: str, start: int) -> int:
    """The position after the mark that closes the quote opened at `start`, or 0 when its line has none."""
    family = _FAMILY_OF[text[start]]
    for position in range(start + 1, len(text)):
        if text[position] == "\n":
            break
        if text[position] in family:
            return position + 1
    return 0


def split(text: str, separator: str) -> list[str]:
    """The text cut at each `separator` symbol that stands outside strings and brackets."""
    parts = [""]
    depth = 0
    for token in _tokens(text):
        if token.kind == "symbol" and token.text in OPENING:
            depth += 1
        elif token.kind == "symbol" and token.text in CLOSING:
            depth -= 1
        if token.kind == "symbol" and token.text == separator and depth <= 0:
            parts.append("")
        else:
            parts[-1] += token.text
    return parts


@lru_cache(maxsize=4096)
def lone_placeholder(text: str) -> bool:
    """Whether the text is one `${…}` and nothing else, so that it stands for a value, not for a sentence."""
    text = text.strip()
    if not (text.startswith("${") and text.endswith("}")):
        return False
    depth = 0
    read = 1
    for token in _tokens(text[1:]):
        read += len(token.text)
        if token.kind == "unclosed":
            # A quote is missing. One expression was meant when one begins, and compiling it tells the fault.
            return text.count("${") == 1
        if token.kind == "symbol" and token.text == "{":
            depth += 1
        elif token.kind == "symbol" and token.text == "}":
            depth -= 1
            if depth == 0:
                return read == len(text)
    return False


def unwrapped(text: str) -> str:
    """The text without surrounding blanks and without one outer `${…}`."""
    text = text.strip()
    return text[2:-1].strip() if lone_placeholder(text) else text
