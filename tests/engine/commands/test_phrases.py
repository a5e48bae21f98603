"""Common opinions: one's own and shared ones, offered by use, and removals that are undone."""

from __future__ import annotations

import pytest

from engine import commands, queries
from engine.errors import Forbidden, Invalid, NotFound
from tests.engine.conftest import MakeTown
from tests.support.cases import ADMIN, CLERK, HEAD, KEEPER, Town
from tests.support.diagrams import Drawing


def with_opinion(make_town: MakeTown) -> Town:
    opinion = {"type": "textarea", "properties": {"常用意见": "是"}}
    drawing = Drawing("x").start("s").user("a", fields={"意见": opinion, "说明": "textarea"})
    return make_town(drawing.end("e").flow("s a e"))


def texts(town: Town, login: str) -> list[str]:
    return [phrase.text for phrase in queries.phrases(town.engine, login)]


def number(town: Town, login: str, text: str) -> int:
    return next(phrase.id for phrase in queries.phrases(town.engine, login) if phrase.text == text)


def test_shared_ones_are_everybodys_and_kept_by_those_who_may(make_town: MakeTown) -> None:
    town = with_opinion(make_town)
    with pytest.raises(Forbidden):
        commands.add_shared_phrase(town.engine, HEAD, "同意。")
    with pytest.raises(Invalid):
        commands.add_shared_phrase(town.engine, ADMIN, " ")
    commands.add_shared_phrase(town.engine, ADMIN, "同意。")
    commands.add_shared_phrase(town.engine, ADMIN, "同意。")
    commands.add_phrase(town.engine, CLERK, "请核。")
    assert texts(town, CLERK) == ["请核。", "同意。"]
    assert texts(town, KEEPER) == ["同意。"]
    shared = number(town, KEEPER, "同意。")
    with pytest.raises(NotFound):
        commands.remove_phrase(town.engine, KEEPER, shared)
    with pytest.raises(Forbidden):
        commands.remove_shared_phrase(town.engine, HEAD, shared)
    with pytest.raises(NotFound):
        commands.remove_shared_phrase(town.engine, ADMIN, number(town, CLERK, "请核。"))
    commands.remove_shared_phrase(town.engine, ADMIN, shared)
    assert texts(town, KEEPER) == []
    commands.restore_shared_phrase(town.engine, ADMIN, shared)
    assert texts(town, KEEPER) == ["同意。"]


def test_a_removal_is_undone(make_town: MakeTown) -> None:
    town = with_opinion(make_town)
    commands.add_phrase(town.engine, CLERK, "请核。")
    phrase = number(town, CLERK, "请核。")
    commands.remove_phrase(town.engine, CLERK, phrase)
    assert texts(town, CLERK) == []
    with pytest.raises(NotFound):
        commands.restore_phrase(town.engine, KEEPER, phrase)
    commands.restore_phrase(town.engine, CLERK, phrase)
    assert texts(town, CLERK) == ["请核。"]
    commands.remove_phrase(town.engine, CLERK, phrase)
    commands.add_phrase(town.engine, CLERK, "请核。")
    assert number(town, CLERK, "请核。") == phrase


def test_what_is_used_most_comes_first(make_town: MakeTown) -> None:
    town = with_opinion(make_town)
    for text in ("甲意见", "乙意见"):
        commands.add_phrase(town.engine, CLERK, text)
    commands.add_shared_phrase(town.engine, ADMIN, "共享意见")
    commands.add_phrase(town.engine, KEEPER, "别人的意见")
    for opinion in ("共享意见，共享意见。", "乙意见。共享意见。"):
        town.do(town.start(), "a", 意见=opinion, 说明="甲意见")
    town.do(town.start(), "a", 意见="别人的意见", 说明="")
    found = [(phrase.text, phrase.used) for phrase in queries.phrases(town.engine, CLERK)]
    assert found == [("共享意见", 2), ("乙意见", 1), ("甲意见", 0)]
    assert queries.phrases(town.engine, KEEPER)[-1].used == 0
