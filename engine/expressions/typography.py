"""Find what a Chinese keyboard gets wrong in an expression, and write the same expression correctly."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from engine.expressions.tokens import CLOSING, OPENING, Token, tokens

_MISTAKES_NAMED = 4  # different mistakes that one message names

# What NFKC does not turn into the ASCII sign that was meant.
_SIGNS = {
    "、": ",", "。": ".", "【": "[", "】": "]", "〔": "[", "〕": "]",
    "×": "*", "✕": "*", "✖": "*", "∗": "*", "÷": "/", "∕": "/", "⁄": "/",
    "—": "-", "–": "-", "−": "-", "‐": "-", "‑": "-",
    "≥": ">=", "≧": ">=", "⩾": ">=", "≤": "<=", "≦": "<=", "⩽": "<=", "≠": "!=",
}  # fmt: skip
_OPERATORS = {
    "===": "==", "!==": "!=", "<>": "!=", "=<": "<=", "=>": ">=",
    "&&": "and", "&": "and", "||": "or", "|": "or", "!": "not",
}  # fmt: skip
# Words that other languages and plain Chinese have for operators and values; none of them can be a name.
FOREIGN_WORDS = {
    "且": "and", "并且": "and", "AND": "and", "或": "or", "或者": "or", "OR": "or", "非": "not", "NOT": "not",
    "true": "True", "TRUE": "True", "false": "False", "FALSE": "False",
    "null": "None", "NULL": "None", "none": "None", "NONE": "None", "is": "==", "is not": "!=",
}  # fmt: skip
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
WORD_OPERATORS = frozenset({"and", "or", "not", "in", "if", "else"})


class Correction(NamedTuple):
    """The text as it was probably meant, and a Chinese remark on each mistake; if none, it is unchanged."""

    text: str
    mistakes: tuple[str, ...]

    @property
    def reason(self) -> str:
        """The mistakes as one sentence."""
        named = list(dict.fromkeys(self.mistakes))
        more = "等" if len(named) > _MISTAKES_NAMED else ""
        return "；".join(named[:_MISTAKES_NAMED]) + more + "。"


def correction(text: str) -> Correction:
    """The expression with half-width signs, straight quotes and the operators of the language."""
    signs = half_width(text)
    operators = _operators(signs.text)
    layout = _layout(operators.text)
    return Correction(layout.text, signs.mistakes + operators.mistakes + layout.mistakes)


def half_width(text: str) -> Correction:
    """The text with plain signs and names outside its strings, and straight quotes around them.

    It does not touch operators, so it also serves lines and lists in which a single `=` assigns.
    """
    mistakes: list[str] = []
    kept = []
    for character in text:
        if _invisible(character):
            mistakes.append(f"含有看不见的字符（U+{ord(character):04X}），请删去")
        else:
            kept.append(character)
    pieces = []
    for token in tokens("".join(kept)):
        piece, mistake = _plain(token)
        pieces.append(piece)
        if mistake:
            mistakes.append(mistake)
    return Correction("".join(pieces), tuple(mistakes))


def _invisible(character: str) -> bool:
    if character in "\t\n\r":
        return False
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}


def _plain(token: Token) -> tuple[str, str | None]:
    """The token as it should be written, and a remark when that differs."""
    text = token.text
    if token.kind == "space":
        plain = "".join(ch if ch in " \t\r\n" else " " for ch in text)
        return plain, "空格要用半角" if plain != text else None
    if token.kind == "word":
        plain = unicodedata.normalize("NFKC", text)
        return plain, f"“{text}”含有全角或不规范的字符，应写成“{plain}”" if plain != text else None
    if token.kind == "symbol":
        plain = _SIGNS.get(text) or unicodedata.normalize("NFKC", text)
        return plain, f"“{text}”应写成“{plain}”" if plain != text else None
    if token.kind == "string":
        if text[0] != text[-1] or text[0] not in "'\"":
            return _quoted(text[1:-1], text[0]), "引号要用半角的 ' 或 \""
        plain = _ESCAPE.sub(lambda pair: pair[0] if pair[1] in "\\'\"nt" else "\\" + pair[0], text)
        return plain, "文本里的“\\”要写成“\\\\”" if plain != text else None
    return text, None


def _quoted(content: str, opening: str) -> str:
    """The content between straight quotes that it does not contain itself."""
    preferred = "'" if opening in "'‘’‚‛＇" else '"'
    for mark in (preferred, "'", '"'):
        if mark not in content:
            return f"{mark}{content}{mark}"
    return "'" + content.replace("'", "\\'") + "'"


def _operators(text: str) -> Correction:
    """The expression with `and`, `!=`, `True` … where it had the words or signs of another language."""
    mistakes: list[str] = []
    written = ""
    word_before = False  # the last piece is an operator that we wrote as a word, so a blank has to follow
    previous = ""  # the text of the last token that is not a blank
    for token in _with_is_not_joined(tokens(text)):
        piece = token.text
        if token.kind == "word" and previous != ".":
            piece = FOREIGN_WORDS.get(piece, piece)
        elif token.kind == "symbol":
            piece = _OPERATORS.get(piece, piece)
        changed = piece != token.text
        if changed:
            mistakes.append(f"“{token.text}”应写成“{piece}”")
        as_word = changed and piece in WORD_OPERATORS
        if (as_word and written and written[-1] not in " \t\n([{") or (word_before and token.kind != "space"):
            written += " "
        written += piece
        word_before = as_word
        if token.kind != "space":
            previous = token.text
    return Correction(written, tuple(mistakes)) if mistakes else Correction(text, ())


def _with_is_not_joined(found: list[Token]) -> list[Token]:
    """The tokens with each `is not` as one word, since one sign replaces both."""
    joined: list[Token] = []
    for token in found:
        earlier = [each.text.strip() for each in joined[-2:]]
        if token.text == "not" and earlier == ["is", ""]:
            joined[-2:] = [Token("word", "is not")]
        else:
            joined.append(token)
    return joined


def _layout(text: str) -> Correction:
    """The expression on one line, compared with `==`, and a list in brackets."""
    mistakes: list[str] = []
    pieces: list[str] = []
    brackets: list[str] = []  # "call" for the arguments of a function, "group" for any other bracket
    before: list[Token] = []  # the tokens so far that are not blanks
    comma_outside = False
    for token in tokens(text):
        piece = token.text
        if token.kind == "space" and "\n" in piece and not brackets:
            piece = " "
            mistakes.append("一个表达式要写在同一行，换行只能在括号里")
        elif token.kind == "symbol":
            if piece in OPENING:
                brackets.append("call" if piece == "(" and before and _ends_callee(before[-1]) else "group")
            elif piece in CLOSING and brackets:
                brackets.pop()
            elif piece == "," and not brackets:
                comma_outside = True
            elif piece == "=" and not _names_argument(before, brackets):
                piece = "=="
                mistakes.append("比较是否相等要写“==”")
        pieces.append(piece)
        if token.kind != "space":
            before.append(token)
    written = "".join(pieces)
    if comma_outside:
        written = f"[{written}]"
        mistakes.append("一个表达式只有一个结果，几个值的列表要加方括号")
    return Correction(written, tuple(mistakes))


def _ends_callee(token: Token) -> bool:
    """Whether a bracket after this token holds arguments: it follows a name or a closing bracket."""
    return token.text in {")", "]"} or (token.kind == "word" and token.text not in WORD_OPERATORS)


def _names_argument(before: list[Token], brackets: list[str]) -> bool:
    """Whether a single `=` here gives an argument by its name, as in `函数(名称=值)`."""
    if not brackets or brackets[-1] != "call" or len(before) < 2:
        return False
    return before[-1].kind == "word" and before[-2].text in {"(", ","}
