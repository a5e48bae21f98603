"""Every rule pack: clauses equal the original, the demo town is complete, parameters name their source."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from lxml import etree

from engine.located_yaml import Document
from engine.organisation import CAPABILITIES, Organisation, parse_organisation
from engine.parameters import TIME_LIMIT, Parameters, parse_parameters
from engine.rules import Rules, parse_rules, unfaithful_lines

PROCESSES = Path(__file__).parents[2] / "processes"
PACKS = sorted(path.parent.name for path in PROCESSES.glob("*/rules.yml"))
DAYS = (date(2024, 1, 2), date(2026, 12, 1))
DEFAULT = "默认，可配置"
# How many norms may still lack a procedure. A change may only lower a number; a pack not named has none left.
PENDING_AT_MOST = {"zhuanqiao": 14}
EXCEPTIONS_AT_MOST = 10

pytestmark = pytest.mark.parametrize("pack", PACKS)


def read(pack: str, name: str) -> str:
    return (PROCESSES / pack / name).read_text(encoding="utf-8")


def rules_of(pack: str) -> Rules:
    return parse_rules(read(pack, "rules.yml"), pack)


def organisation_of(pack: str) -> Organisation:
    return parse_organisation(read(pack, "organisation.yml"), pack)


def parameters_of(pack: str) -> Parameters:
    shared = parse_parameters(read("shared", "parameters.yml"), "shared")
    return parse_parameters(read(pack, "parameters.yml"), pack, shared)


def clauses_named(text: str) -> set[str]:
    """Return what looks like a clause id of any pack in a text."""
    return set(re.findall(r"[A-Z]{2}-[\w-]*\w", text))


def carried_clauses(pack: str) -> set[str]:
    """Return the clause ids that elements of the pack's diagrams name in their property `clause`."""
    found: set[str] = set()
    for diagram in (PROCESSES / pack).glob("*/*.bpmn"):
        for node in etree.parse(diagram).iter("{*}property"):
            if node.get("name") == "clause":
                found |= {clause.strip() for clause in (node.get("value") or "").split(",")}
    return found


# -- clauses


def test_the_clauses_make_up_the_original_line_by_line(pack: str) -> None:
    assert unfaithful_lines(rules_of(pack), read(pack, "rules.txt")) == ()


def test_the_clauses_follow_the_order_of_the_text(pack: str) -> None:
    lines = [clause.lines for clause in rules_of(pack).clauses]
    assert lines == sorted(lines)


def test_tags_are_usable_in_file_names_and_no_two_differ_in_case_only(pack: str) -> None:
    tags = [clause.tag.lower() for clause in rules_of(pack).clauses]
    assert len(set(tags)) == len(tags)


def test_headings_are_unique_so_that_a_page_names_one_place(pack: str) -> None:
    twice = {h for h, n in Counter(clause.heading for clause in rules_of(pack).clauses).items() if n > 1}
    assert not twice


def test_labels_stand_at_the_beginning_of_their_text(pack: str) -> None:
    wrong = [clause.id for clause in rules_of(pack).clauses if not clause.text.startswith(clause.label)]
    assert not wrong


def test_lost_text_is_marked_as_rebuilt_wherever_it_is_mentioned(pack: str) -> None:
    rules = rules_of(pack)
    for lost in (clause for clause in rules.clauses if clause.kind == "missing"):
        name, title = lost.text.split(" ｜ ")
        mentions = [c for c in rules.clauses if re.search(f"{name}|{title}", c.text)]
        assert lost in mentions
        assert len(mentions) > 1
        assert [c.id for c in mentions if "重建稿" not in c.note or "待镇政府办确认" not in c.note] == []
        assert "重建稿" in lost.heading
        assert "重建稿" in rules.note


def test_only_norms_are_hard_and_their_notes_say_how(pack: str) -> None:
    hard = [clause for clause in rules_of(pack).clauses if clause.hard]
    assert [c.id for c in hard if c.kind != "norm" or not c.note.startswith("硬约束：")] == []
    assert [c.id for c in rules_of(pack).clauses if c.note.startswith("硬约束") and not c.hard] == []


def test_notes_name_clauses_that_exist(pack: str) -> None:
    rules = rules_of(pack)
    written = read(pack, "rules.yml") + read(pack, "parameters.yml") + read(pack, "organisation.yml")
    assert {name for name in clauses_named(written) if rules.find(name) is None} == set()


def test_every_norm_is_carried_by_a_diagram_or_pending_or_an_exception(pack: str) -> None:
    rules = rules_of(pack)
    carried = carried_clauses(pack) | carried_clauses("shared")
    named = carried | rules.pending.keys() | rules.exceptions.keys()
    assert [clause.id for clause in rules.norms() if clause.id not in named] == []


def test_the_lists_of_what_no_procedure_carries_only_shrink(pack: str) -> None:
    assert len(rules_of(pack).pending) <= PENDING_AT_MOST.get(pack, 0)
    assert sum(len(rules_of(other).exceptions) for other in PACKS) <= EXCEPTIONS_AT_MOST


# -- organisation


def test_logins_are_pinyin_like_and_no_other_pack_has_them(pack: str) -> None:
    logins = [person.login for person in organisation_of(pack).people()]
    assert [login for login in logins if not re.fullmatch(r"[a-z]{4,20}[0-9]?", login)] == []
    others = [other for other in PACKS if other != pack and (PROCESSES / other / "organisation.yml").exists()]
    for other in others:
        assert set(logins).isdisjoint(person.login for person in organisation_of(other).people())


def test_everybody_has_a_title_and_a_post_and_their_own_name(pack: str) -> None:
    organisation = organisation_of(pack)
    for day in DAYS:
        assert organisation.people(day) == organisation.people()
    assert [person.login for person in organisation.people() if not person.title] == []
    names = [person.name for person in organisation.people()]
    assert len(set(names)) == len(names)


def test_every_post_is_held_by_somebody(pack: str) -> None:
    organisation = organisation_of(pack)
    for day in DAYS:
        assert [post.name for post in organisation.posts() if not organisation.holders(post.name, day)] == []


def test_every_unit_has_a_head_and_somebody_who_handles_its_matters(pack: str) -> None:
    organisation = organisation_of(pack)
    for day in DAYS:
        for unit in organisation.units():
            assert organisation.unit_head(unit.name, day), unit.name
            assert organisation.unit_handlers(unit.name, day), unit.name


def test_every_post_that_does_business_is_a_lane_and_system_posts_are_none(pack: str) -> None:
    organisation = organisation_of(pack)
    lanes = {lane.name: lane for lane in organisation.lanes()}
    for post in organisation.posts():
        expected = () if post.system else (post.name,)
        assert (lanes[post.name].posts if post.name in lanes else ()) == expected, post.name


def test_the_number_of_leaders_is_the_one_head_and_all_who_hold_portfolios(pack: str) -> None:
    """The demo town's quorum is counted from six leaders: one without a portfolio and five with one."""
    organisation = organisation_of(pack)
    day = date(2026, 12, 1)
    leaders = organisation.leaders(day)
    with_portfolio = {
        p for line in organisation.lines(day) if (p := organisation.portfolio_leader(line, day))
    }
    assert len(with_portfolio) == 5
    assert with_portfolio < set(leaders)
    assert len(leaders) == 6


def test_every_capability_is_given_to_somebody(pack: str) -> None:
    organisation = organisation_of(pack)
    for capability in CAPABILITIES:
        assert any(organisation.may(capability, person.login, DAYS[1]) for person in organisation.people())


def test_system_posts_are_held_without_any_other_post(pack: str) -> None:
    organisation = organisation_of(pack)
    system = {post.name for post in organisation.posts() if post.system}
    for person in organisation.people():
        held = set(organisation.posts_of(person.login, DAYS[1]))
        assert held <= system or held.isdisjoint(system), person.name


# -- parameters


def test_each_parameter_names_a_clause_of_the_pack_or_says_it_is_a_default(pack: str) -> None:
    rules = rules_of(pack)
    for parameter in parameters_of(pack).parameters():
        if parameter.source != DEFAULT:
            assert rules.clause(parameter.source).kind == "norm", parameter.name


def test_a_hard_parameter_rests_on_a_clause(pack: str) -> None:
    hard = [parameter for parameter in parameters_of(pack).parameters() if parameter.hard]
    assert [parameter.name for parameter in hard if parameter.source == DEFAULT] == []


def test_times_of_day_and_counts_are_written_as_such(pack: str) -> None:
    for parameter in parameters_of(pack).parameters():
        if parameter.unit == "时分":
            assert isinstance(parameter.value, str)
            assert re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", parameter.value), parameter.name
        elif parameter.unit == "期限":
            assert TIME_LIMIT.fullmatch(str(parameter.value)), parameter.name
        elif parameter.unit:
            assert type(parameter.value) is int, parameter.name
            assert parameter.value > 0, parameter.name


def test_parameter_names_can_be_read_in_expressions(pack: str) -> None:
    names = [parameter.name for parameter in parameters_of(pack).parameters()]
    assert [name for name in names if not name.isidentifier()] == []


def test_the_pack_repeats_no_shared_value(pack: str) -> None:
    own = Document.from_text(read(pack, "parameters.yml")).root()
    shared = Document.from_text(read("shared", "parameters.yml")).root()
    for section in ("parameters", "series", "enumerations"):
        for name in own.within(section):
            assert own.within(section).raw(name) != shared.within(section).raw(name), name
