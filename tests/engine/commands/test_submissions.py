"""What a case says of its own submissions, also when everything happens within one moment."""

from __future__ import annotations

from tests.engine.conftest import MakeTown
from tests.support.cases import CLERK, KEEPER
from tests.support.diagrams import Drawing


def rounds() -> Drawing:
    people = "${['wuwu', 'dingsi']}"
    drawing = Drawing("x").start("s").script("init", "收 = []\n末 = ''")
    drawing.user("say", each="人", of=people, users="${人}", fields={"意见": "textfield"})
    drawing.script("sum", "收 = 取列(办理记录('say'), '意见')\n末 = 最近值('意见')")
    drawing.user("check", fields={"再来": "checkbox"}).xor("g", default="e").end("e")
    return drawing.flow("s init say sum check g e").flow("g say", when="${再来}")


def test_the_last_round_counts_although_the_clock_stands_still(make_town: MakeTown) -> None:
    town = make_town(rounds())
    case = town.start()
    for number in range(8):
        for login in (KEEPER, CLERK):
            town.do(case, "say", login, item=login, 意见=f"{number}{login}")
        assert town.value(case, "收") == [f"{number}{login}" for login in (KEEPER, CLERK)]
        assert town.value(case, "末") == f"{number}{CLERK}"
        town.do(case, "check", 再来=True)
