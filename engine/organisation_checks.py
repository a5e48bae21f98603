"""Finds what does not fit together in an organisation: unknown names, double holders, dates out of order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import combinations

from engine.located_yaml import Fault, Path
from engine.nearest import suggestion
from engine.organisation_parts import (
    CAPABILITIES,
    Appointment,
    Parts,
    Person,
    holds,
    overlap,
    plain_posts,
)

Period = tuple[date, date | None]


def check(parts: Parts) -> list[Fault]:
    """Return every fault of `parts`, each a Chinese sentence without its final full stop."""
    return [
        *_twice("units", "单位", [unit.name for unit in parts.units]),
        *_twice("posts", "岗位", [post.name for post in parts.posts]),
        *_twice("people", "登录名", [person.login for person in parts.people], "login"),
        *_twice("delegation_types", "委托类型", [kind.name for kind in parts.delegation_types]),
        *_posts(parts),
        *_capabilities(parts),
        *_people(parts),
        *_single_posts(parts),
        *_portfolios(parts),
        *_delegations(parts),
        *_lanes(parts),
    ]


def _twice(section: str, what: str, names: Sequence[str], key: str = "name") -> Iterator[Fault]:
    for index, name in enumerate(names):
        if name and name in names[:index]:
            yield Fault((section, index, key), f"{what}“{name}”重复了，请改成不同的名称，或删去一处")


def _unknown(path: Path, what: str, name: str, known: Iterable[str], remedy: str) -> Iterator[Fault]:
    known = tuple(known)
    if name not in known:
        yield Fault(path, f"{what}“{name}”不存在{suggestion(name, known)}。{remedy}")


def _order(path: Path, whose: str, period: Period) -> Iterator[Fault]:
    begins, ends = period
    if ends is not None and ends < begins:
        yield Fault((*path, "to"), f"{whose}的截止日期 {ends} 早于起始日期 {begins}，请改正")


def _posts(parts: Parts) -> Iterator[Fault]:
    collective = {post.name for post in parts.posts if post.members}
    names = [post.name for post in parts.posts]
    for index, post in enumerate(parts.posts):
        path = ("posts", index, "members")
        for member in post.members:
            remedy = f"合称岗位“{post.name}”只能由 posts 里列出的岗位组成"
            yield from _unknown(path, "岗位", member, names, remedy)
            if member in collective:
                yield Fault(path, f"合称岗位“{post.name}”里的“{member}”也是合称岗位，请直接列出各岗位")


def _capabilities(parts: Parts) -> Iterator[Fault]:
    names = [post.name for post in parts.posts]
    for capability, posts in parts.capabilities:
        path = ("capabilities", capability)
        known = "、".join(f"{key}（{text}）" for key, text in CAPABILITIES.items())
        yield from _unknown(path, "权限", capability, CAPABILITIES, f"可以写的有：{known}")
        for post in posts:
            yield from _unknown(path, "岗位", post, names, "请改正，或先在 posts 里加上这个岗位")


def _people(parts: Parts) -> Iterator[Fault]:
    units = [unit.name for unit in parts.units]
    posts = {post.name: post for post in parts.posts}
    for index, person in enumerate(parts.people):
        here: Path = ("people", index)
        remedy = f"请改正{person.name}的单位，或先在 units 里加上它"
        if person.unit:
            yield from _unknown((*here, "unit"), "单位", person.unit, units, remedy)
        for number, appointment in enumerate(person.appointments):
            place: Path = (*here, "posts", number)
            whose = f"{person.name}任“{appointment.post}”"
            yield from _order(place, whose, (appointment.begins, appointment.ends))
            if appointment.unit:
                yield from _unknown((*place, "unit"), "单位", appointment.unit, units, f"请改正{whose}的单位")
            remedy = f"请改正{person.name}的岗位，或先在 posts 里加上它"
            yield from _unknown((*place, "post"), "岗位", appointment.post, posts, remedy)
            post = posts.get(appointment.post)
            if post is not None:
                yield from _fitness(place, person, appointment, bool(post.members), post.system)
        for one, other in combinations(range(len(person.appointments)), 2):
            yield from _same_post_twice((*here, "posts", other), person, one, other)


def _fitness(
    place: Path, person: Person, appointment: Appointment, collective: bool, system: bool
) -> Iterator[Fault]:
    if collective:
        yield Fault(
            (*place, "post"),
            f"“{appointment.post}”是合称岗位，不能直接任职，请给{person.name}写具体岗位",
        )
    if system and appointment.leader:
        yield Fault((*place, "leader"), f"“{appointment.post}”是系统岗位，不能计入领导成员")


def _same_post_twice(place: Path, person: Person, one: int, other: int) -> Iterator[Fault]:
    first, second = person.appointments[one], person.appointments[other]
    same = first.post == second.post and person.unit_of(first) == person.unit_of(second)
    if same and overlap((first.begins, first.ends), (second.begins, second.ends)):
        yield Fault(place, f"{person.name}任“{second.post}”的两段时间重叠，请改正日期或合成一段")


def _single_posts(parts: Parts) -> Iterator[Fault]:
    single = {post.name for post in parts.posts if post.single}
    holders = [
        (("people", index, "posts", number), person, appointment)
        for index, person in enumerate(parts.people)
        for number, appointment in enumerate(person.appointments)
        if appointment.post in single
    ]
    for (_, person, appointment), (place, other, later) in combinations(holders, 2):
        if person.login == other.login or appointment.post != later.post:
            continue
        if overlap((appointment.begins, appointment.ends), (later.begins, later.ends)):
            yield Fault(
                place,
                f"“{later.post}”同一天只能有一人，{person.name}和{other.name}的任期重叠，"
                "请先给离任的人写上截止日期（to）",
            )


def _portfolios(parts: Parts) -> Iterator[Fault]:
    units = [unit.name for unit in parts.units]
    people = {person.login: person for person in parts.people}
    eligible = plain_posts(parts.posts, (post.name for post in parts.posts if post.portfolios))
    for index, portfolio in enumerate(parts.portfolios):
        here: Path = ("portfolios", index)
        whose = f"条线“{portfolio.line}”"
        yield from _order(here, whose, (portfolio.begins, portfolio.ends))
        for unit in portfolio.units:
            yield from _unknown((*here, "units"), "单位", unit, units, f"请改正{whose}的单位")
        if portfolio.leader is None:
            continue
        remedy = f"请改正{whose}的分管人，这里写登录名"
        yield from _unknown((*here, "leader"), "登录名", portfolio.leader, people, remedy)
        leader = people.get(portfolio.leader)
        if leader and not holds(leader, eligible, portfolio.begins):
            yield Fault(
                (*here, "leader"),
                f"{leader.name}在 {portfolio.begins} 不任可以分管条线的岗位"
                f"（{'、'.join(sorted(eligible))}），不能分管“{portfolio.line}”",
            )
    for one, other in combinations(range(len(parts.portfolios)), 2):
        yield from _same_portfolio_twice(parts, one, other)


def _same_portfolio_twice(parts: Parts, one: int, other: int) -> Iterator[Fault]:
    first, second = parts.portfolios[one], parts.portfolios[other]
    if not overlap((first.begins, first.ends), (second.begins, second.ends)):
        return
    if first.line == second.line:
        yield Fault(
            ("portfolios", other),
            f"条线“{second.line}”的两段时间重叠，同一天只能有一个分管安排，请先给前一段写上截止日期（to）",
        )
        return
    for unit in second.units:
        if unit in first.units:
            yield Fault(
                ("portfolios", other, "units"),
                f"单位“{unit}”同时在条线“{first.line}”和“{second.line}”里，同一天只能属于一个条线，请删去一处",
            )


def _delegations(parts: Parts) -> Iterator[Fault]:
    people = {person.login: person for person in parts.people}
    types = {kind.name: kind for kind in parts.delegation_types}
    names = [post.name for post in parts.posts]
    for index, kind in enumerate(parts.delegation_types):
        for key, posts in (("givers", kind.givers), ("receivers", kind.receivers)):
            for post in posts:
                place = ("delegation_types", index, key)
                yield from _unknown(place, "岗位", post, names, f"请改正委托类型“{kind.name}”")
    for index, given in enumerate(parts.delegations):
        here: Path = ("delegations", index)
        yield from _order(here, f"委托“{given.type}”", (given.begins, given.ends))
        yield from _unknown((*here, "type"), "委托类型", given.type, types, "请从 delegation_types 里选")
        for key, login in (("giver", given.giver), ("receiver", given.receiver)):
            yield from _unknown((*here, key), "登录名", login, people, "请改正委托人或受托人")
        if given.giver == given.receiver:
            yield Fault(here, f"委托“{given.type}”的委托人和受托人是同一人，请改正")
        found = types.get(given.type)
        if found is None or given.giver not in people or given.receiver not in people:
            continue
        if not found.enabled:
            yield Fault((*here, "type"), f"委托类型“{given.type}”没有启用，不能登记")
        for word, login, posts in (
            ("委托人", given.giver, found.givers),
            ("受托人", given.receiver, found.receivers),
        ):
            if posts and not holds(people[login], plain_posts(parts.posts, posts), given.begins):
                yield Fault(
                    here,
                    f"“{given.type}”的{word}应当是{'、'.join(posts)}，"
                    f"{people[login].name}在 {given.begins} 不是",
                )
    for one, other in combinations(range(len(parts.delegations)), 2):
        yield from _same_delegation_twice(parts, people, one, other)


def _same_delegation_twice(parts: Parts, people: dict[str, Person], one: int, other: int) -> Iterator[Fault]:
    first, second = parts.delegations[one], parts.delegations[other]
    together = overlap((first.begins, first.ends), (second.begins, second.ends))
    if first.type != second.type or not together:
        return
    place: Path = ("delegations", other)
    if first.giver == second.giver:
        name = people[first.giver].name if first.giver in people else first.giver
        yield Fault(place, f"{name}的“{first.type}”在同一段时间里委托了两次，一次只能委托一人")
    if second.giver == first.receiver or first.giver == second.receiver:
        yield Fault(place, f"“{first.type}”的受托人不能再把它转托别人，请删去一项")


def _lanes(parts: Parts) -> Iterator[Fault]:
    posts = {post.name: post for post in parts.posts}
    for lane in parts.lanes:
        here: Path = ("lanes", lane.name)
        if bool(lane.posts) == bool(lane.people):
            yield Fault(here, f"泳道“{lane.name}”要写 posts（岗位）或 people（人员表达式），二者写一个")
        if lane.people and not (lane.people.startswith("${") and lane.people.endswith("}")):
            yield Fault((*here, "people"), f"泳道“{lane.name}”的人员表达式要写成 ${{…}} 的样子")
        for name in lane.posts:
            remedy = f"请改正泳道“{lane.name}”，或先在 posts 里加上这个岗位"
            yield from _unknown((*here, "posts"), "岗位", name, posts, remedy)
            if name in posts and posts[name].system:
                yield Fault(
                    (*here, "posts"), f"“{name}”是系统岗位，不办理业务，不能作泳道“{lane.name}”的岗位"
                )
