"""Sentences about what must be true now; they only ask the engine's queries."""

from pytest_bdd import then

from engine import queries
from engine.clock import CN, parse_moment
from features.steps.town import STATES, Town, cells, listed, sentence


@then(sentence("“{person}”的待办里有“{task}”"))
def has_task(town: Town, person: str, task: str) -> None:
    names = [each.name for each in town.open_tasks(person)]
    assert task in names, f"“{person}”的待办里没有“{task}”，现有：{listed(names)}"


@then(sentence("“{person}”的待办里没有“{task}”"))
def has_no_task(town: Town, person: str, task: str) -> None:
    names = [each.name for each in town.open_tasks(person)]
    assert task not in names, f"“{person}”的待办里不应有“{task}”"


@then(sentence("“{people}”的待办里都有“{task}”"))
def all_have_task(town: Town, people: str, task: str) -> None:
    for person in cells(people):
        has_task(town, person, task)


@then(sentence("谁的待办里都没有“{task}”"))
def nobody_has_task(town: Town, task: str) -> None:
    assert not queries.open_tasks_named(town.engine, town.pack, task), f"不应有待办“{task}”"


@then(sentence("“{person}”的“{task}”办理时限是“{moment}”"))
def due(town: Town, person: str, task: str, moment: str) -> None:
    found = town.task(person, task).due_at
    assert found is not None, f"“{task}”没有办理时限"
    assert found.astimezone(CN) == parse_moment(moment.replace(" ", "T")), (
        f"办理时限是 {found.astimezone(CN):%Y-%m-%d %H:%M}"
    )


@then(sentence("“{person}”的“{task}”办理时限待定"))
def due_unknown(town: Town, person: str, task: str) -> None:
    found = queries.task_view(town.engine, town.login(person), town.task(person, task).id)
    assert found.due_at is None, f"办理时限已是 {found.due_at}"
    assert "待定" in (found.due_sentence or ""), found.due_sentence


@then(sentence("“{person}”的“{task}”写明时限由来“{words}”"))
def due_reason(town: Town, person: str, task: str, words: str) -> None:
    found = queries.task_view(town.engine, town.login(person), town.task(person, task).id)
    assert words in (found.due_sentence or ""), found.due_sentence


@then(sentence("“{person}”的“{task}”写明轮到的缘由“{words}”"))
def why(town: Town, person: str, task: str, words: str) -> None:
    found = queries.task_view(town.engine, town.login(person), town.task(person, task).id)
    assert any(words in sentence for sentence in found.why), found.why


@then(sentence("“{person}”的“{task}”上“{field}”显示“{text}”"))
def shows(town: Town, person: str, task: str, field: str, text: str) -> None:
    shown = queries.shown_value(town.engine, town.login(person), town.task(person, task).id, field)
    assert text in shown, f"“{field}”显示的是“{shown}”"


@then(sentence("“{person}”的“{task}”上写着“{words}”"))
def says(town: Town, person: str, task: str, words: str) -> None:
    text = queries.sheet_words(town.engine, town.login(person), town.task(person, task).id)
    assert words in text, f"“{task}”上写的是：{text}"


@then(sentence("“{person}”的“{task}”上没有写“{words}”"))
def says_not(town: Town, person: str, task: str, words: str) -> None:
    text = queries.sheet_words(town.engine, town.login(person), town.task(person, task).id)
    assert words not in text, f"“{task}”上写的是：{text}"


@then(sentence("“{person}”的“{task}”上“{field}”可选“{choices}”"))
def offers(town: Town, person: str, task: str, field: str, choices: str) -> None:
    offered = queries.offered_labels(town.engine, town.login(person), town.task(person, task).id, field)
    missing = [choice for choice in cells(choices) if choice not in offered]
    assert not missing, f"“{field}”不能选：{listed(missing)}；可选的是：{listed(offered)}"


@then(sentence("“{person}”的“{task}”上“{field}”不可选“{choices}”"))
def offers_not(town: Town, person: str, task: str, field: str, choices: str) -> None:
    offered = queries.offered_labels(town.engine, town.login(person), town.task(person, task).id, field)
    present = [choice for choice in cells(choices) if choice in offered]
    assert not present, f"“{field}”不应能选：{listed(present)}"


@then(sentence("系统不予受理，提示“{words}”"))
def refused(town: Town, words: str) -> None:
    assert town.refusal is not None, "系统没有拒绝"
    assert words in town.refusal, f"系统的提示是：{town.refusal}"


@then(sentence("案卷“{case}”已办结"))
def ended(town: Town, case: str) -> None:
    states = [line.state for line in queries.find_cases(town.engine, town.pack, case)]
    assert states, f"没有找到案卷“{case}”"
    assert states[0] == "completed", f"案卷“{case}”没有办结（{STATES[states[0]]}）"


@then(sentence("案卷“{case}”还在办理"))
def active(town: Town, case: str) -> None:
    states = [line.state for line in queries.find_cases(town.engine, town.pack, case)]
    assert states, f"没有找到案卷“{case}”"
    assert states[0] == "active", f"案卷“{case}”不在办（{STATES[states[0]]}）"


@then(sentence("有{count:d}件“{process}”在办"))
def active_count(town: Town, count: str, process: str) -> None:
    found = queries.active_cases(town.engine, town.pack, queries.process_key(town.engine, town.pack, process))
    assert len(found) == int(count), f"在办的有 {len(found)} 件：{[line.title for line in found]}"


@then(sentence("案卷“{case}”的“{name}”是“{value}”"))
def variable(town: Town, case: str, name: str, value: str) -> None:
    found = queries.variable_text(town.engine, town.case(case), name)
    assert found == value, f"“{name}”是“{found}”"


@then(sentence("案卷“{case}”的“{name}”为空"))
def variable_empty(town: Town, case: str, name: str) -> None:
    found = queries.variable_text(town.engine, town.case(case), name)
    assert not found, f"“{name}”是“{found}”"


@then(sentence("案卷“{case}”经过了“{elements}”"))
def passed(town: Town, case: str, elements: str) -> None:
    names = queries.passed_names(town.engine, town.case(case))
    missing = [each for each in _elements(town, case, elements) if each not in names]
    assert not missing, f"没有经过：{listed(missing)}；经过的是：{listed(names)}"


@then(sentence("案卷“{case}”没有经过“{elements}”"))
def not_passed(town: Town, case: str, elements: str) -> None:
    names = queries.passed_names(town.engine, town.case(case))
    present = [each for each in _elements(town, case, elements) if each in names]
    assert not present, f"不应经过：{listed(present)}"


def _elements(town: Town, case: str, text: str) -> list[str]:
    """The elements a cell names; a name may itself contain a comma, and a name nobody drew proves nothing."""
    drawn = queries.element_names(town.engine, town.case(case))
    named = [text] if text in drawn else cells(text)
    unknown = [each for each in named if each not in drawn]
    assert not unknown, f"图上没有环节：{listed(unknown)}"
    return named


@then(sentence("“{person}”收到通知“{words}”"))
def notified(town: Town, person: str, words: str) -> None:
    texts = [each.text for each in queries.notifications(town.engine, town.login(person))]
    assert any(words in text for text in texts), f"“{person}”的通知：{listed(texts)}"


@then(sentence("“{person}”收到{count:d}次通知“{words}”"))
def notified_times(town: Town, person: str, count: str, words: str) -> None:
    texts = [each.text for each in queries.notifications(town.engine, town.login(person))]
    found = [text for text in texts if words in text]
    assert len(found) == int(count), f"“{person}”收到 {len(found)} 次：{listed(texts)}"


@then(sentence("“{person}”没有收到通知“{words}”"))
def not_notified(town: Town, person: str, words: str) -> None:
    texts = [each.text for each in queries.notifications(town.engine, town.login(person))]
    assert not any(words in text for text in texts), f"“{person}”的通知：{listed(texts)}"


@then(sentence("案卷“{case}”已生成文书“{name}”"))
def document_made(town: Town, case: str, name: str) -> None:
    names = queries.document_names(town.engine, town.case(case))
    assert any(name in each for each in names), f"已有文书：{listed(names)}"


@then(sentence("案卷“{case}”没有文书“{name}”"))
def document_not_made(town: Town, case: str, name: str) -> None:
    names = queries.document_names(town.engine, town.case(case))
    assert not any(name in each for each in names), f"已有文书：{listed(names)}"


@then(sentence("案卷“{case}”的文书“{name}”已作废"))
def document_is_void(town: Town, case: str, name: str) -> None:
    void = queries.void_document_names(town.engine, town.case(case))
    assert any(name in each for each in void), f"作废的文书：{listed(void)}"


@then(sentence("案卷“{case}”的文书“{name}”写有“{words}”"))
def document_says(town: Town, case: str, name: str, words: str) -> None:
    text = queries.document_text(town.engine, town.case(case), name)
    assert words in text, f"文书“{name}”里没有“{words}”：{text[:500]}"


@then(sentence("案卷“{case}”的文书“{name}”没有“{words}”"))
def document_does_not_say(town: Town, case: str, name: str, words: str) -> None:
    assert words not in queries.document_text(town.engine, town.case(case), name)


@then(sentence("“{person}”看得到案卷“{case}”"))
def sees(town: Town, person: str, case: str) -> None:
    assert queries.may_see(town.engine, town.login(person), town.case(case)) == "whole"


@then(sentence("“{person}”只看得到案卷“{case}”中自己办理的部分"))
def sees_partly(town: Town, person: str, case: str) -> None:
    assert queries.may_see(town.engine, town.login(person), town.case(case)) == "part"


@then(sentence("“{person}”看不到案卷“{case}”"))
def does_not_see(town: Town, person: str, case: str) -> None:
    assert queries.may_see(town.engine, town.login(person), town.case(case)) == "nothing"


@then(sentence("“{person}”可以对“{case}”进行“{button}”"))
def may_press(town: Town, person: str, case: str, button: str) -> None:
    view = queries.case_view(town.engine, town.login(person), town.case(case))
    assert button in [each.name for each in view.buttons], [each.name for each in view.buttons]


@then(sentence("“{person}”不能对“{case}”进行“{button}”"))
def may_not_press(town: Town, person: str, case: str, button: str) -> None:
    if queries.may_see(town.engine, town.login(person), town.case(case)) == "nothing":
        return
    view = queries.case_view(town.engine, town.login(person), town.case(case))
    assert button not in [each.name for each in view.buttons]
