"""Forms and templates of a draft filled in with sample values, and where the key of a field is used."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import ProcessEngine, commands, queries
from engine.errors import Forbidden, NotFound
from engine.queries import Entered
from tests.support import toy
from tests.support.workshop import DIAGRAM, DRAFTER, KEY, REVIEWER, open_workshop

FILL, APPROVE = "forms/r_fill.form", "forms/r_approve.form"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[ProcessEngine]:
    engine = open_workshop(tmp_path / "town")
    commands.open_process_draft(engine, DRAFTER, KEY)
    yield engine
    engine.close()


def with_rule(town: ProcessEngine, path: str, key: str, **properties: str) -> dict[str, str]:
    """The file of a form with more properties at one of its fields."""
    document = json.loads(queries.process_draft(town, DRAFTER, KEY).files[path])
    for each in document["components"]:
        if each.get("key") == key:
            each.setdefault("properties", {}).update(properties)
    return {path: json.dumps(document, ensure_ascii=False)}


def test_the_example_fills_the_form(town: ProcessEngine) -> None:
    trial = queries.form_trial(town, DRAFTER, KEY, "r_fill")
    assert trial.sample["用途"] == "更换走廊灯管"
    assert trial.filled is not None
    assert trial.filled.title == "领料单"
    assert (trial.faults, trial.left_out) == ((), [])
    checked = queries.form_trial(town, DRAFTER, KEY, "r_fill", None, Entered(trial.sample, check=True))
    assert checked.filled is not None
    assert checked.filled.errors == {}
    empty = queries.form_trial(town, DRAFTER, KEY, "r_fill", None, Entered({}, check=True))
    assert empty.filled is not None
    assert "用途" in empty.filled.errors


def test_what_other_forms_and_scripts_give_is_known(town: ProcessEngine) -> None:
    files = with_rule(
        town,
        APPROVE,
        "审批意见",
        初值="关于${用途}，编号${领料编号}，${发起人}",
        警示="${工作日前(领用日期, 1) == ''}",
        警示语="看日期。",
    )
    trial = queries.form_trial(town, DRAFTER, KEY, "r_approve", files, Entered({}))
    assert trial.filled is not None
    text = next(each.entry for each in trial.filled.fields if each.path == "审批意见")
    assert text == f"关于更换走廊灯管，编号LL-{town.now().year}-1，{DRAFTER}"


def test_a_rule_that_samples_cannot_compute_is_left_out_and_told(town: ProcessEngine) -> None:
    files = with_rule(
        town,
        APPROVE,
        "审批意见",
        显示条件="${没有的.列 == 1}",
        只读条件="${1 / 没有的}",
        初值="${首个(没有的)}x${1 + 没有的}",
    )
    trial = queries.form_trial(town, DRAFTER, KEY, "r_approve", files, Entered({}))
    assert trial.filled is not None
    assert [each.path for each in trial.filled.fields if each.visible] == ["审批结论", "审批意见"]
    assert {rule for each in trial.left_out for rule in ("显示条件", "只读条件", "初值") if rule in each} == {
        "显示条件",
        "只读条件",
        "初值",
    }


def test_what_cannot_be_read_has_faults(town: ProcessEngine) -> None:
    trial = queries.form_trial(town, DRAFTER, KEY, "r_fill", {FILL: "{"})
    assert trial.form is None
    assert "第 1 行" in trial.faults[0]
    assert queries.form_trial(town, DRAFTER, KEY, "nothing").form is None


def test_faults_of_an_example_are_told_by_field(town: ProcessEngine) -> None:
    text = "用途: 换灯\n保管人: 不在册\n物品:\n- {名称: 灯, 个数: 3}\n去向: ${没有(}\n"
    found = queries.example_faults(town, DRAFTER, KEY, "r_fill", text)
    assert set(found) == {"保管人", "物品", "去向"}
    assert "不在册" in found["保管人"]
    assert "第" not in found["保管人"]
    assert queries.example_faults(town, DRAFTER, KEY, "r_fill", "用途: 换灯\n") == {}


def test_a_document_is_made_of_samples(town: ProcessEngine) -> None:
    made = queries.document_trial(town, DRAFTER, KEY, "领料单.html")
    assert "<td>灯管</td>" in made.html
    assert made.fault == ""
    for text, line, word in (
        ("<p>\n{{ 用途 }", 2, "附近"),
        ("<p>\n\n{% if 用途 %}", 3, "if"),
        ("{{ 用途|大写 }}", 1, "大写"),
        ("<b>\n<SCRIPT src=x>", 2, "不能写"),
        ("<p onclick='x'>", 1, "不能写"),
    ):
        wrong = queries.document_trial(town, DRAFTER, KEY, "领料单.html", text)
        assert (wrong.html, wrong.line) == ("", line), text
        assert word in wrong.fault, wrong.fault


def test_where_a_key_is_used(town: ProcessEngine) -> None:
    found = {
        (each.path, each.place) for each in queries.key_mentions(town, DRAFTER, KEY, "r_approve", "审批结论")
    }
    assert any(path == DIAGRAM for path, _ in found)
    assert ("features/requisition.feature", "") in found
    date = queries.key_mentions(town, DRAFTER, KEY, "r_fill", "领用日期")
    assert {each.path for each in date} >= {DIAGRAM, FILL, "documents/领料单.html"}
    assert any("核对库存" in each.place for each in date)
    # Part of another name is not the name.
    assert queries.key_mentions(town, DRAFTER, KEY, "r_fill", "领用") == []
    assert queries.key_mentions(town, DRAFTER, KEY, "r_fill", "") == []


def test_forms_and_templates_of_a_draft(town: ProcessEngine) -> None:
    draft = queries.process_draft(town, DRAFTER, KEY)
    changed = {
        DIAGRAM: draft.files[DIAGRAM].replace('formKey="r_give"', 'formKey="r_hand"'),
        "documents/多余.html": "<p>好</p>",
        "forms/r_stock.form": "{",
    }
    commands.save_process_draft(town, DRAFTER, KEY, changed, draft.revision)
    found = queries.forms_of_draft(town, DRAFTER, KEY)
    forms = {each.key: each for each in found.forms}
    assert found.forms[0].key == "r_hand"
    assert not forms["r_hand"].exists
    assert forms["r_give"].used_at == ()
    assert (forms["r_stock"].exists, forms["r_stock"].readable) == (True, False)
    assert forms["r_fill"].fields > 5
    assert {each.name: bool(each.used_at) for each in found.documents} == {
        "领料单.html": True,
        "多余.html": False,
    }
    assert queries.form_places(town, DRAFTER, KEY, "r_fill") == ["填写领料单"]


def test_what_expressions_may_use(town: ProcessEngine) -> None:
    words = queries.form_words(town, DRAFTER, KEY, "r_approve")
    assert {"领用日期", "领料编号"} <= set(words.variables)
    assert "工作日前" in {each.name for each in words.functions}
    assert "编号" not in {each.name for each in words.functions}


@pytest.mark.parametrize("login", [toy.CLERK, REVIEWER])
def test_only_process_owners_ask(town: ProcessEngine, login: str) -> None:
    for ask in (
        lambda: queries.forms_of_draft(town, login, KEY),
        lambda: queries.form_trial(town, login, KEY, "r_fill"),
        lambda: queries.form_words(town, login, KEY, "r_fill"),
        lambda: queries.form_places(town, login, KEY, "r_fill"),
        lambda: queries.key_mentions(town, login, KEY, "r_fill", "用途"),
        lambda: queries.document_trial(town, login, KEY, "领料单.html"),
        lambda: queries.example_faults(town, login, KEY, "r_fill", ""),
    ):
        with pytest.raises(Forbidden):
            ask()
    with pytest.raises(NotFound):
        queries.forms_of_draft(town, DRAFTER, "nothing")
