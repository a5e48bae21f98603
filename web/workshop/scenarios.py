"""验收场景: the scenarios of a procedure to be read beside their clauses, with their results, and run."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine import commands, queries
from engine.errors import Conflict, NotFound
from engine.gate.scenarios import HARD
from engine.gate.typeset import FeatureText, RuleText, ScenarioText
from engine.queries import LastRun, ScenarioPage
from engine.rules import Clause
from web.session import engine, me
from web.words import frame, tell
from web.workshop.drafts import pages_of
from web.workshop.places import anchor, feature_path
from web.workshop.publishing import REFRESH, change_word, run_word

blueprint = Blueprint("scenarios", __name__)
Page = str | tuple[str, int] | Response
DRAFT, RELEASED = "draft", "released"
WEB = "web"
"""The tag of scenarios that are run through the real pages by the test suite; here all run alike."""


@blueprint.get("/scenarios")
def page() -> str:
    """All procedures with the number of their scenarios."""
    return render_template("workshop/scenario_list.html", cards=queries.scenario_cards(engine(), me()))


@blueprint.get("/workshop/<key>/scenarios")
def draft_page(key: str) -> Page:
    """Those of the draft; without one, those of the published version."""
    try:
        return show(key, DRAFT)
    except NotFound:
        queries.scenario_page(engine(), me(), key, RELEASED)
        return redirect(address(key, RELEASED))


@blueprint.get("/procedures/<key>/scenarios")
def released_page(key: str) -> Page:
    return show(key, RELEASED)


@dataclass(frozen=True)
class Chosen:
    """What of the scenarios is shown: one file, those of one clause (by tag), those that failed."""

    file: str
    clause: str
    failed: bool

    @property
    def asked(self) -> dict[str, Any]:
        """As it stands in the address."""
        given = {"file": self.file, "clause": self.clause, "failed": "1" if self.failed else ""}
        return {name: value for name, value in given.items() if value}


def chosen() -> Chosen:
    values = request.values
    return Chosen(values.get("file", ""), values.get("clause", ""), bool(values.get("failed")))


def show(key: str, side: str, problem: str = "") -> Response:
    found = queries.scenario_page(engine(), me(), key, side)
    running = found.last is not None and found.last.state == "running"
    place = request.args.get("at", "")
    if place and not running:
        # The run one waited for is over: on to the scenario it was about.
        return redirect(address(key, side, place))
    asked = chosen()
    parts = list(shown(found, asked))
    response = make_response(
        render_template(
            "workshop/scenarios.html",
            found=found,
            side=side,
            parts=parts,
            asked=asked,
            clauses=clause_choices(found),
            counts=counts(found),
            problem=problem,
            may="definitions" in frame().capabilities,
            anchor=anchor,
            clauses_of=clauses_of,
            plain_tags=plain_tags,
            feature_path=feature_path,
            outcome_word=outcome_word,
            change_word=change_word,
            run_word=run_word,
            run_title=run_title,
            pages_of=pages_of,
        )
    )
    if running:
        # The address is named: what answers a posted form cannot be asked for again.
        response.headers["Refresh"] = f"{REFRESH}; url={address(key, side, at=place or None)}"
    return response


def shown(
    found: ScenarioPage, asked: Chosen
) -> Iterator[tuple[FeatureText, list[tuple[RuleText, list[ScenarioText]]]]]:
    """The files that are shown, with the rules and scenarios of each."""
    for number, feature in enumerate(found.features):
        if asked.clause or asked.failed:
            rules = [
                (rule, [each for each in rule.scenarios if _fits(each, found, asked)])
                for rule in feature.rules
            ]
            rules = [(rule, scenarios) for rule, scenarios in rules if scenarios]
            if rules or (feature.fault and asked.failed):
                yield feature, rules
        elif feature.file == asked.file or (not _known(found, asked.file) and number == 0):
            yield feature, [(rule, list(rule.scenarios)) for rule in feature.rules]


def _known(found: ScenarioPage, file: str) -> bool:
    return any(feature.file == file for feature in found.features)


def _fits(scenario: ScenarioText, found: ScenarioPage, asked: Chosen) -> bool:
    last = found.outcomes.get(scenario.id, {}).get(found.side)
    return (not asked.clause or asked.clause in scenario.tags) and (
        not asked.failed or (last is not None and not last.passed)
    )


def clause_choices(found: ScenarioPage) -> list[tuple[str, str]]:
    """Tag and words of each clause a scenario is tagged with, in the order of the rules."""
    ordered = sorted(found.clauses.items(), key=lambda each: (each[1][0], each[1][1].lines, each[0]))
    return [(tag, f"{clause.id} {clause.text[:24]}") for tag, (_title, clause) in ordered]


def counts(found: ScenarioPage) -> dict[str, int]:
    """How many there are on this side: all, passed, failed, never run, changed since."""
    last = [
        found.outcomes[each.id].get(found.side) for feature in found.features for each in feature.scenarios
    ]
    return {
        "all": len(last),
        "passed": sum(each is not None and each.passed for each in last),
        "failed": sum(each is not None and not each.passed for each in last),
        "never": sum(each is None for each in last),
        "stale": sum(each is not None and each.stale for each in last),
    }


def clauses_of(found: ScenarioPage, tags: Sequence[str]) -> list[tuple[str, Clause]]:
    """Title of the rules and clause for each tag that is one, each clause once."""
    seen = {found.clauses[tag][1].id: found.clauses[tag] for tag in tags if tag in found.clauses}
    return list(seen.values())


def plain_tags(found: ScenarioPage, scenario: ScenarioText) -> list[str]:
    """The tags that are not clauses, nor said in words anyway."""
    return [tag for tag in scenario.tags if tag not in found.clauses and tag not in (HARD, WEB)]


def outcome_word(passed: bool) -> str:
    return str(_("通过") if passed else _("没有通过"))


def run_title(run: LastRun) -> str:
    """What a run was about."""
    what = _("草稿") if run.version is None else _("第 %(version)d 版", version=run.version)
    if len(run.only) == 1:
        return str(_("%(what)s，场景“%(name)s”", what=what, name=run.only[0].partition("::")[2]))
    return str(what if not run.only else _("%(what)s，%(count)d 个场景", what=what, count=len(run.only)))


@blueprint.post("/workshop/<key>/scenarios/begin")
def begin(key: str) -> Response:
    """Begin a draft, or join those who have one, to write scenarios."""
    commands.open_process_draft(engine(), me(), key)
    return redirect(address(key, DRAFT))


# ---- running


@blueprint.post("/workshop/<key>/scenarios/run")
def run_draft(key: str) -> Page | tuple[Response, int]:
    return run(key, DRAFT)


@blueprint.post("/procedures/<key>/scenarios/run")
def run_released(key: str) -> Page | tuple[Response, int]:
    return run(key, RELEASED)


def run(key: str, side: str) -> Page | tuple[Response, int]:
    """Run one scenario, or all the procedure's own, and come back to where one was.

    What else uses the procedure is run before publishing, on the page for that.
    """
    one = request.form.get("scenario", "")
    found = queries.scenario_page(engine(), me(), key, side)
    every = [each.id for feature in found.features for each in feature.scenarios]
    if not one and not every:
        return redirect(address(key, side))
    try:
        commands.start_gate(
            engine(),
            me(),
            key,
            [one] if one else every,
            request.form.get("_key") or None,
            released=side == RELEASED,
        )
    except Conflict as error:
        return show(key, side, str(error)), 409
    # Browsers do not load an address again that only leads to another place of the same page, so the place comes later.
    return redirect(address(key, side, at=anchor(one) if one else None))


@blueprint.post("/workshop/<key>/scenarios/stop")
def stop(key: str) -> Response:
    """Stop the run under way, of whichever side."""
    side = RELEASED if request.form.get("side") == RELEASED else DRAFT
    response = redirect(address(key, side))
    try:
        commands.stop_gate(engine(), me(), key)
    except NotFound:
        # It came to its end meanwhile.
        return response
    return tell(response, "gate-stopped")


def address(key: str, side: str, place: str = "", at: str | None = None) -> str:
    """The page with what was chosen, at a place of it; `at` is the place for when a run is over."""
    endpoint = "scenarios.draft_page" if side == DRAFT else "scenarios.released_page"
    return url_for(endpoint, key=key, at=at, _anchor=place or None, **chosen().asked)
