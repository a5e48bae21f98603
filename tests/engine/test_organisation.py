"""Posts, portfolios, delegations and lanes of an invented depot, asked for as of a day."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.organisation import Organisation, OrganisationError, parse_organisation

DEPOT = """\
town: 某某仓
units:
- {name: 一库, type: 库房}
- {name: 二库, type: 库房}
- {name: 车队, type: 运输单位}
- {name: 门卫, type: 运输单位}
posts:
- {name: 主管, single: true}
- {name: 副主管, portfolios: true}
- {name: 主管班子, members: [主管, 副主管]}
- {name: 库长, unit_head: true}
- {name: 经办员, unit_handler: true}
- {name: 维护员, system: true}
capabilities:
  organisation: [维护员]
  delegations: [主管班子]
people:
- login: jia
  name: 甲
  posts:
  - {post: 主管, from: 2024-01-01, to: 2026-06-30, leader: true}
- login: yi
  name: 乙
  posts:
  - {post: 副主管, from: 2024-01-01, to: 2026-06-30, leader: true}
  - {post: 主管, from: 2026-07-01, leader: true}
- login: bing
  name: 丙
  posts:
  - {post: 副主管, from: 2024-01-01, leader: true}
  - {post: 维护员, from: 2024-01-01}
- login: ding
  name: 丁
  title: 一库库长
  unit: 一库
  posts:
  - {post: 库长, from: 2024-01-01}
  - {post: 经办员, from: 2025-01-01, unit: 二库}
- login: wu
  name: 戊
  unit: 二库
  posts:
  - {post: 经办员, from: 2024-01-01}
portfolios:
- {line: 收货, leader: yi, units: [一库], from: 2024-01-01, to: 2026-06-30}
- {line: 收货, leader: bing, units: [一库], from: 2026-07-01}
- {line: 发货, leader: bing, units: [二库], from: 2024-01-01}
- {line: 看守, leader: null, units: [门卫], from: 2024-01-01}
delegation_types:
- {name: 主持, givers: [主管], receivers: [副主管]}
- {name: 代理, acts: true}
- {name: 停用的, enabled: false}
lanes:
  收货台: {posts: [库长, 经办员]}
  领料人: {people: '${领料人}'}
"""
BEFORE, AFTER = date(2026, 6, 30), date(2026, 7, 1)


@pytest.fixture
def depot() -> Organisation:
    return parse_organisation(DEPOT, "depot")


def names(people: tuple[object, ...]) -> list[str]:
    return [person.name for person in people]  # type: ignore[attr-defined]


def refused(change: object, *arguments: object, **keywords: object) -> str:
    with pytest.raises(OrganisationError) as raised:
        change(*arguments, **keywords)  # type: ignore[operator]
    return str(raised.value)


# -- posts


def test_a_post_changes_hands_between_two_days(depot: Organisation) -> None:
    assert names(depot.holders("主管", BEFORE)) == ["甲"]
    assert names(depot.holders("主管", AFTER)) == ["乙"]
    assert depot.holders("主管", date(2023, 12, 31)) == ()


def test_a_collective_post_is_held_by_all_of_its_posts_in_file_order(depot: Organisation) -> None:
    assert names(depot.holders("主管班子", BEFORE)) == ["甲", "乙", "丙"]
    assert names(depot.holders("主管班子", AFTER)) == ["乙", "丙"]


def test_a_post_in_another_unit_counts_there(depot: Organisation) -> None:
    assert names(depot.holders("经办员", AFTER, "二库")) == ["丁", "戊"]
    assert depot.holders("经办员", AFTER, "一库") == ()
    assert names(depot.unit_handlers("二库", date(2024, 6, 1))) == ["戊"]


def test_posts_of_a_person_name_collective_ones_last(depot: Organisation) -> None:
    assert depot.posts_of("bing", AFTER) == ("副主管", "维护员", "主管班子")
    assert depot.posts_of("jia", AFTER) == ()


def test_leaders_are_those_whose_appointment_says_so(depot: Organisation) -> None:
    assert names(depot.leaders(BEFORE)) == ["甲", "乙", "丙"]
    assert names(depot.leaders(AFTER)) == ["乙", "丙"]


def test_people_of_a_day_hold_a_post_then(depot: Organisation) -> None:
    assert names(depot.people()) == ["甲", "乙", "丙", "丁", "戊"]
    assert names(depot.people(AFTER)) == ["乙", "丙", "丁", "戊"]
    assert depot.person("ding").title == "一库库长"
    assert depot.find_person("nobody") is None


# -- units and portfolios


def test_units_by_kind_heads_and_members(depot: Organisation) -> None:
    assert [unit.name for unit in depot.units("运输单位")] == ["车队", "门卫"]
    assert depot.unit_head("一库", AFTER) == depot.person("ding")
    assert depot.unit_head("车队", AFTER) is None
    assert names(depot.unit_members("二库", AFTER)) == ["丁", "戊"]


def test_the_leader_of_a_unit_follows_the_portfolio_of_the_day(depot: Organisation) -> None:
    assert depot.unit_leader("一库", BEFORE) == depot.person("yi")
    assert depot.unit_leader("一库", AFTER) == depot.person("bing")
    assert depot.portfolio_leader("收货", AFTER) == depot.person("bing")
    assert depot.unit_line("一库", AFTER) == "收货"
    assert depot.lines(AFTER) == ("收货", "发货", "看守")


def test_an_unlisted_unit_and_a_line_without_leader_have_nobody_in_charge(depot: Organisation) -> None:
    assert depot.unit_leader("车队", AFTER) is None
    assert depot.unit_line("车队", AFTER) is None
    assert depot.unit_leader("门卫", AFTER) is None
    assert depot.portfolio_leader("看守", AFTER) is None


def test_leaders_of_several_units_come_once_and_in_file_order(depot: Organisation) -> None:
    assert names(depot.unit_leaders(["二库", "一库", "门卫"], BEFORE)) == ["乙", "丙"]
    assert names(depot.unit_leaders(["二库", "一库"], AFTER)) == ["丙"]


def test_whoever_left_office_is_in_charge_no_more(depot: Organisation) -> None:
    ended = depot.with_appointment_ended("bing", "副主管", date(2026, 8, 31))
    assert ended.unit_leader("二库", date(2026, 8, 31)) == ended.person("bing")
    assert ended.unit_leader("二库", date(2026, 9, 1)) is None


# -- lanes, principals, capabilities


def test_a_lane_is_posts_or_an_expression(depot: Organisation) -> None:
    assert depot.lane("收货台").posts == ("库长", "经办员")
    assert depot.lane("领料人").people == "${领料人}"
    assert [lane.name for lane in depot.lanes()] == ["收货台", "领料人"]


def test_principals_are_the_login_and_the_posts_of_the_day(depot: Organisation) -> None:
    assert depot.principals("yi", AFTER) == {"user:yi", "post:depot/主管", "post:depot/主管班子"}
    assert depot.principals("jia", AFTER) == {"user:jia"}


def test_capabilities_follow_posts_also_collective_ones(depot: Organisation) -> None:
    assert depot.may("organisation", "bing", AFTER)
    assert not depot.may("organisation", "yi", AFTER)
    assert depot.may("delegations", "yi", AFTER)
    assert not depot.may("audit", "yi", AFTER)


@pytest.mark.parametrize(
    ("question", "told"),
    [
        (lambda o: o.holders("副主官", AFTER), "岗位“副主官”；最接近的是“副主管”"),
        (lambda o: o.person("din"), "登录名“din”；最接近的是“ding”"),
        (lambda o: o.unit_head("三库", AFTER), "单位“三库”"),
        (lambda o: o.units("库屋"), "单位类型“库屋”"),
        (lambda o: o.portfolio_leader("收获", AFTER), "条线“收获”；最接近的是“收货”"),
        (lambda o: o.lane("收货"), "泳道“收货”；最接近的是“收货台”"),
        (lambda o: o.delegated("主特", AFTER, "yi"), "委托类型“主特”；最接近的是“主持”"),
        (lambda o: o.may("organization", "yi", AFTER), "最接近的是“organisation”"),
    ],
)
def test_an_unknown_name_is_told_with_the_nearest(depot: Organisation, question: object, told: str) -> None:
    assert told in refused(question, depot)


# -- delegations


def test_a_delegation_holds_from_its_first_to_its_last_day(depot: Organisation) -> None:
    first, last = date(2026, 8, 3), date(2026, 8, 7)
    changed = depot.with_delegation("主持", "yi", "bing", first, last, "批条")
    held = [changed.delegated("主持", first + timedelta(days=n), "bing") for n in (-1, 0, 4, 5)]
    assert held == [False, True, True, False]
    assert not changed.delegated("主持", first, "yi")
    assert not depot.delegated("主持", first, "bing")


def test_a_delegation_lapses_with_the_post_it_rests_on(depot: Organisation) -> None:
    changed = depot.with_delegation("主持", "jia", "bing", date(2026, 6, 1), date(2026, 7, 31), "批条")
    assert changed.delegated("主持", BEFORE, "bing")
    assert not changed.delegated("主持", AFTER, "bing")


def test_acting_gives_the_givers_tasks_but_not_his_system_posts(depot: Organisation) -> None:
    day = date(2026, 8, 3)
    changed = depot.with_delegation("代理", "bing", "wu", day, day, "出差")
    assert names(changed.acting_for("wu", day)) == ["丙"]
    assert changed.principals("wu", day) == {
        "user:wu",
        "post:depot/经办员",
        "user:bing",
        "post:depot/副主管",
        "post:depot/主管班子",
    }
    assert changed.principals("wu", day + timedelta(days=1)) == depot.principals("wu", day)


def test_a_delegation_that_only_states_a_fact_gives_no_tasks(depot: Organisation) -> None:
    day = date(2026, 8, 3)
    changed = depot.with_delegation("主持", "yi", "bing", day, day, "批条")
    assert changed.principals("bing", day) == depot.principals("bing", day)


def test_a_delegation_can_be_ended_early(depot: Organisation) -> None:
    changed = depot.with_delegation("主持", "yi", "bing", date(2026, 8, 3), date(2026, 8, 7), "批条")
    ended = changed.with_delegation_ended("主持", "yi", date(2026, 8, 4))
    assert ended.delegated("主持", date(2026, 8, 4), "bing")
    assert not ended.delegated("主持", date(2026, 8, 5), "bing")
    assert "没有“主持”的委托" in refused(ended.with_delegation_ended, "主持", "yi", date(2026, 8, 5))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("主持", "bing", "yi"), "委托人应当是主管"),
        (("主持", "yi", "wu"), "受托人应当是副主管"),
        (("停用的", "yi", "bing"), "没有启用"),
        (("没有的", "yi", "bing"), "委托类型“没有的”不存在"),
        (("代理", "yi", "yi"), "同一人"),
        (("代理", "yi", "nobody"), "登录名“nobody”不存在"),
    ],
)
def test_a_delegation_that_does_not_fit_is_refused(
    depot: Organisation, arguments: tuple[str, str, str], told: str
) -> None:
    day = date(2026, 8, 3)
    assert told in refused(depot.with_delegation, *arguments, day, day, "批条")


def test_a_delegation_needs_a_basis_and_days_in_order(depot: Organisation) -> None:
    day = date(2026, 8, 3)
    assert "依据" in refused(depot.with_delegation, "代理", "yi", "wu", day, day, " ")
    assert "早于" in refused(depot.with_delegation, "代理", "yi", "wu", day, BEFORE, "批条")


def test_one_receiver_at_a_time_and_nobody_passes_it_on(depot: Organisation) -> None:
    day = date(2026, 8, 3)
    once = depot.with_delegation("代理", "yi", "wu", day, day, "批条")
    assert "一次只能委托一人" in refused(once.with_delegation, "代理", "yi", "ding", day, day, "批条")
    assert "转托" in refused(once.with_delegation, "代理", "wu", "ding", day, day, "批条")
    assert "转托" in refused(once.with_delegation, "代理", "ding", "yi", day, day, "批条")


# -- changes


def test_an_appointment_is_added_and_the_old_organisation_stays(depot: Organisation) -> None:
    changed = depot.with_appointment("wu", "副主管", AFTER, leader=True)
    assert names(changed.leaders(AFTER)) == ["乙", "丙", "戊"]
    assert names(depot.leaders(AFTER)) == ["乙", "丙"]


def test_a_single_post_is_taken_over_only_after_it_was_left(depot: Organisation) -> None:
    told = refused(depot.with_appointment, "bing", "主管", date(2026, 10, 1))
    assert "乙" in told
    assert "丙" in told
    left = depot.with_appointment_ended("yi", "主管", date(2026, 9, 30))
    changed = left.with_appointment("bing", "主管", date(2026, 10, 1))
    assert names(changed.holders("主管", date(2026, 10, 1))) == ["丙"]
    assert "不任“主管”" in refused(changed.with_appointment_ended, "yi", "主管", date(2026, 10, 1))


def test_a_portfolio_passes_on_and_closes_the_old_one_the_day_before(depot: Organisation) -> None:
    changed = depot.with_appointment("wu", "副主管", AFTER).with_portfolio("发货", "wu", date(2026, 9, 1))
    assert changed.unit_leader("二库", date(2026, 8, 31)) == changed.person("bing")
    assert changed.unit_leader("二库", date(2026, 9, 1)) == changed.person("wu")


def test_a_unit_moves_to_another_line_only_when_the_first_gives_it_up(depot: Organisation) -> None:
    day = date(2026, 9, 1)
    assert "同时在条线" in refused(depot.with_portfolio, "发货", "bing", day, units=["二库", "一库"])
    given_up = depot.with_portfolio("收货", "bing", day, units=[])
    moved = given_up.with_portfolio("发货", "bing", day, units=["二库", "一库"])
    assert moved.unit_line("一库", day) == "发货"


def test_a_person_is_added_and_changed(depot: Organisation) -> None:
    added = depot.with_person("ji", "己", "学徒", "车队").with_person("ding", "丁丁", unit="二库")
    assert added.person("ji").unit == "车队"
    assert added.person("ding").name == "丁丁"
    assert added.posts_of("ding", AFTER) == ("库长", "经办员")
    assert "只能用小写字母" in refused(depot.with_person, "Ji", "己")


def test_the_document_is_plain_and_gives_the_same_organisation(depot: Organisation) -> None:
    changed = depot.with_delegation("代理", "bing", "wu", AFTER, AFTER, "出差")
    document = json.loads(json.dumps(changed.to_document(), ensure_ascii=False))
    assert Organisation.from_document(document, "depot") == changed


# -- faults of the file


@pytest.mark.parametrize(
    ("written", "instead", "told"),
    [
        ("unit: 一库\n", "unit: 四库\n", "单位“四库”不存在"),
        ("{post: 库长,", "{post: 库掌,", "岗位“库掌”不存在；最接近的是“库长”"),
        ("{post: 库长,", "{post: 主管班子,", "合称岗位，不能直接任职"),
        ("leader: yi, units", "leader: y, units", "登录名“y”不存在"),
        ("leader: yi, units", "leader: wu, units", "戊在 2024-01-01 不任可以分管条线的岗位（副主管）"),
        ("units: [门卫]", "units: [们卫]", "单位“们卫”不存在；最接近的是“门卫”"),
        ("units: [门卫]", "units: [二库]", "单位“二库”同时在条线“发货”和“看守”里"),
        ("from: 2026-07-01}\n- {line: 发货", "from: 2026-06-30}\n- {line: 发货", "条线“收货”的两段时间重叠"),
        ("{post: 主管, from: 2026-07-01", "{post: 主管, from: 2026-06-30", "“主管”同一天只能有一人，甲和乙"),
        ("to: 2026-06-30, leader: true}\n- login: yi", "to: 2023-06-30}\n- login: yi", "早于起始日期"),
        ("login: wu\n", "login: ding\n", "登录名“ding”重复了"),
        ("login: wu\n", "login: 戊\n", "只能用小写字母和数字"),
        ("{name: 二库, type: 库房}", "{name: 一库, type: 库房}", "单位“一库”重复了"),
        ("members: [主管, 副主管]", "members: [主管, 管班子]", "岗位“管班子”不存在"),
        ("posts: [库长, 经办员]", "posts: [维护员]", "“维护员”是系统岗位"),
        ("posts: [库长, 经办员]", "posts: [库掌]", "岗位“库掌”不存在"),
        ("posts: [库长, 经办员]", "people: 库长", "表达式要写成 ${…} 的样子"),
        ("{posts: [库长, 经办员]}", "{}", "二者写一个"),
        ("organisation: [维护员]", "organization: [维护员]", "权限“organization”不存在"),
        ("organisation: [维护员]", "organisation: [维护]", "岗位“维护”不存在；最接近的是“维护员”"),
        ("receivers: [副主管]", "receivers: [副手]", "岗位“副手”不存在"),
        (
            "post: 维护员, from: 2024-01-01",
            "post: 维护员, from: 2024-01-01, leader: true",
            "不能计入领导成员",
        ),
        ("{post: 库长, from: 2024-01-01}", "{post: 库长}", "缺少起始日期"),
        ("{post: 库长, from: 2024-01-01}", "{post: 库长, from: 去年}", "日期“去年”不对"),
        ("{post: 库长, from: 2024-01-01}", "{post: 库长, form: 2024-01-01}", "最接近的是“from”"),
        ("town: 某某仓\n", "", "缺少“town”"),
    ],
)
def test_a_fault_of_the_file_is_told_with_its_line(written: str, instead: str, told: str) -> None:
    assert DEPOT.count(written) == 1 or written.startswith("{post: 库长")
    text = DEPOT.replace(written, instead, 1)
    with pytest.raises(OrganisationError) as raised:
        parse_organisation(text, "depot")
    fault = next(fault for fault in raised.value.faults if told in fault)
    line = int(re.match(r"第 (\d+) 行：", fault).group(1))  # type: ignore[union-attr]
    changed = [n for n, row in enumerate(text.splitlines(), 1) if row not in DEPOT.splitlines()]
    assert line in (changed or [line])


def test_all_faults_are_told_at_once() -> None:
    text = DEPOT.replace("unit: 一库", "unit: 四库").replace("units: [门卫]", "units: [们卫]")
    with pytest.raises(OrganisationError) as raised:
        parse_organisation(text, "depot")
    assert len(raised.value.faults) == 2


def test_the_example_of_the_guide_is_a_right_one() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "organisation.md").read_text(encoding="utf-8")
    example = guide.split("```yaml\n")[1].split("```")[0]
    organisation = parse_organisation(example, "guide")
    assert organisation.delegated("主持会议", date(2026, 10, 8), "yier")


# -- any day

days = st.dates(date(2023, 1, 1), date(2028, 12, 31))
periods = st.tuples(days, st.none() | days).filter(lambda p: p[1] is None or p[0] <= p[1])


@given(periods, days)
def test_holding_a_post_on_a_day_means_the_day_lies_in_the_period(
    period: tuple[date, date | None], day: date
) -> None:
    begins, ends = period
    depot = parse_organisation(DEPOT, "depot").with_appointment("jia", "经办员", begins, ends, "车队")
    expected = begins <= day and (ends is None or day <= ends)
    assert (depot.person("jia") in depot.holders("经办员", day)) is expected
    assert (depot.unit_handlers("车队", day) != ()) is expected
    assert ("post:depot/经办员" in depot.principals("jia", day)) is expected


@given(st.lists(days, min_size=1, max_size=4, unique=True), days)
def test_however_often_a_portfolio_passes_on_one_person_is_in_charge(changes: list[date], day: date) -> None:
    depot = parse_organisation(DEPOT, "depot")
    depot = depot.with_appointment("ding", "副主管", date(2020, 1, 1))
    depot = depot.with_appointment("wu", "副主管", date(2020, 1, 1)).with_person("x", "某", unit="车队")
    leaders = ["ding", "wu"] * 2
    for leader, begins in zip(leaders, sorted(changes), strict=False):
        depot = depot.with_portfolio("调度", leader, begins, units=["车队"])
    past = [leader for leader, begins in zip(leaders, sorted(changes), strict=False) if begins <= day]
    found = depot.unit_leader("车队", day)
    assert (found.login if found else None) == (past[-1] if past else None)
    assert depot.portfolio_leader("调度", day) == found


@given(periods, periods)
def test_two_holders_of_a_single_post_are_refused_exactly_when_they_share_a_day(
    first: tuple[date, date | None], second: tuple[date, date | None]
) -> None:
    depot = parse_organisation(
        DEPOT.replace("{name: 库长,", "{name: 调度长, single: true}\n- {name: 库长,"), "x"
    )
    depot = depot.with_appointment("jia", "调度长", *first)
    share = any(
        begins <= day and (ends is None or day <= ends)
        for begins, ends, day in ((*first, second[0]), (*second, first[0]))
    )
    if share:
        with pytest.raises(OrganisationError):
            depot.with_appointment("yi", "调度长", *second)
    else:
        depot.with_appointment("yi", "调度长", *second)
