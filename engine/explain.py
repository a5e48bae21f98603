"""Sentences from stored facts: why a task is this person's, and how its due date came about."""

from datetime import date, datetime
from typing import Any

from engine.clock import CN, parse_moment
from engine.functions.dates import chinese_day, day_of
from engine.organisation import Organisation


def due_sentence(facts: dict[str, Any] | None, due_at: datetime | None) -> str | None:
    """How the due date was computed, e.g. “会议日期 2026年10月8日 前第 2 个工作日，即 2026年9月29日 17:30（跨国庆节）”."""
    put_off = (facts or {}).get("suspended")
    if put_off and due_at is not None:
        first = _computed(facts, parse_moment(put_off["before"]))
        return f"{first}；挂起 {put_off['days']} 个工作日，顺延至 {_moment(due_at)}"
    return _computed(facts, due_at)


def _computed(facts: dict[str, Any] | None, due_at: datetime | None) -> str | None:
    if facts is None:
        return None
    if due_at is None:
        missing = [name for name, value in facts.get("names", {}).items() if value in (None, "")]
        missing += [name for name, value in _asked(facts) if value in (None, "") and name not in missing]
        waiting = f"“{'”“'.join(missing)}”" if missing else "所依据的日期"
        return f"待定：{waiting}确定后自动算出"
    for call in reversed(facts.get("calls", [])):
        sentence = _counted(call, facts, due_at)
        if sentence:
            return sentence
    names = "、".join(name for name, value in facts.get("names", {}).items() if value)
    return f"按案卷中的“{names}”，即 {_moment(due_at)}" if names else _moment(due_at)


COUNTED = {
    "工作日前": "前第 {n} 个工作日",
    "工作日后": "后第 {n} 个工作日",
    "自然日后": "后第 {n} 日",
    "月后": "后第 {n} 个月",
    "前一工作日含当日": "当日，遇休提前到前一工作日",
    "工作时间后": "后 {n} 个工作小时",
    "时限": "起时限“{n}”",
}


def _counted(call: dict[str, Any], facts: dict[str, Any], due_at: datetime) -> str | None:
    words = COUNTED.get(call["function"])
    arguments = call.get("arguments", [])
    if words is None or not arguments or not arguments[0]:
        return None
    start = str(arguments[0])
    known = [*facts.get("names", {}).items(), *_asked(facts)]
    name = next((name for name, value in known if value == start), "")
    shown = chinese_day(day_of(start))
    what = words.format(n=arguments[1] if len(arguments) > 1 else "")
    notes = []
    if call.get("crossed"):
        notes.append("跨" + "、".join(call["crossed"]))
    if call.get("provisional"):
        notes.append("该年放假安排尚未公布，暂定")
    tail = f"（{'；'.join(notes)}）" if notes else ""
    return f"{name}{' ' if name else ''}{shown}{what}，即 {_moment(due_at)}{tail}"


def _asked(facts: dict[str, Any]) -> list[tuple[str, Any]]:
    """Names and values of the variables the expression asked other cases for."""
    return [
        (str(call["arguments"][1]), call["result"])
        for call in facts.get("calls", [])
        if call["function"] == "在办值" and len(call.get("arguments", [])) > 1
    ]


def _moment(moment: datetime) -> str:
    local = moment.astimezone(CN)
    return f"{chinese_day(local.date())} {local:%H:%M}"


def why_sentences(why: dict[str, Any], organisation: Organisation, login: str, today: date) -> list[str]:
    """Why the task is addressed to these people, as seen by `login`."""
    found: list[str] = []
    transfer = why.get("transfer")
    if transfer:
        found.append(
            f"由{_name(organisation, transfer['from'])}转给{_name(organisation, transfer['to'])}办理，"
            f"理由：{transfer['reason']}"
        )
    entrusted = why.get("entrusted")
    if entrusted:
        found.append(
            f"由{_name(organisation, entrusted['from'])}委派给{_name(organisation, entrusted['to'])}准备，"
            f"要求：{entrusted['reason']}"
        )
    for rule in why.get("rules", []):
        # A rule that named nobody did not bring the task to anyone.
        if rule.get("posts"):
            found.append(_by_posts(rule["posts"], organisation, login, today))
        elif rule.get("result"):
            found.append(_by_expression(rule, organisation, login))
    return found


def _by_posts(posts: list[str], organisation: Organisation, login: str, today: date) -> str:
    held = organisation.find_person(login) and [p for p in posts if p in organisation.posts_of(login, today)]
    names = "、".join(f"“{post}”" for post in posts)
    if held:
        return f"这个环节由岗位{names}办理，您任“{held[0]}”"
    givers = (
        [p.name for p in organisation.acting_for(login, today)] if organisation.find_person(login) else []
    )
    if givers:
        return f"这个环节由岗位{names}办理，您受{'、'.join(givers)}委托代办"
    return f"这个环节由岗位{names}办理"


def _by_expression(rule: dict[str, Any], organisation: Organisation, login: str) -> str:
    people = [str(each) for each in rule.get("result") or []]
    who = "您" if people == [login] else "、".join(_name(organisation, each) for each in people)
    for call in reversed(rule.get("calls", [])):
        subject = _text(call["arguments"][0] if call.get("arguments") else "", organisation)
        words = PEOPLE.get(call["function"])
        if words and subject:
            return words.format(subject=subject, who=who)
    names = [name for name, value in rule.get("names", {}).items() if value]
    if names:
        return f"按案卷中的“{'、'.join(names)}”，由{who}办理"
    return f"按图上的规则，由{who}办理"


PEOPLE = {
    "分管领导": "“{subject}”条线由{who}分管",
    "单位分管领导": "{subject}由{who}分管",
    "相关分管领导": "{subject}分别由{who}分管",
    "岗位人员": "岗位“{subject}”现由{who}担任",
    "在任": "岗位“{subject}”当日由{who}担任",
    "领导成员": "{subject}在任的领导成员是{who}",
    "单位负责人": "{subject}的负责人是{who}",
    "单位办理人": "{subject}的经办人员是{who}",
    "单位成员": "{subject}的人员是{who}",
}


def _text(value: Any, organisation: Organisation) -> str:
    if isinstance(value, list):
        return "、".join(_text(each, organisation) for each in value)
    text = str(value or "")
    try:
        return chinese_day(parse_moment(text).date()) if text[:4].isdigit() else text
    except ValueError:
        return text


def _name(organisation: Organisation, login: str) -> str:
    person = organisation.find_person(login)
    return person.name if person else login
