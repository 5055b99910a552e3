"""Questions: search, causes, traces, timelines, and from a unit to the assets that made it."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query

from api.asking import keys_of
from api.http.access import Needs
from api.http.problems import problem_responses
from api.http.reading import (
    PREFIX,
    AsOfView,
    CursorText,
    Limit,
    OpenPlant,
    WindowView,
    read_cursor,
    write_cursor,
)
from api.lookup import known_class, node_called
from api.moments import parse_moment
from api.payloads.answers import SearchAnswer
from api.roles import Permission
from kg.diagnosis import Diagnosis, Reply, rank_causes
from kg.diagnosis.reliability import Reliability, measure_reliability
from kg.diagnosis.rules import Rules, learn_rules
from kg.investigation import (
    AFTER_HOURS,
    BEFORE_HOURS,
    Affected,
    DriftsFound,
    Investigation,
    Timeline,
    affected_by,
    drifts_around,
    investigate,
    timeline,
)
from kg.investigation.asking import ask
from kg.search import search
from kg.traceability import Trace, trace_backward, trace_both, trace_forward

router = APIRouter(
    prefix=PREFIX,
    tags=["answers"],
    responses=problem_responses(400, 401, 403, 404, 422, 503),
)
_READ = [Depends(Needs(Permission.READ))]


@router.get("/search", dependencies=_READ, name="search")
def search_graph(
    plant: OpenPlant,
    view: AsOfView,
    q: Annotated[
        str,
        Query(
            min_length=1,
            max_length=1_000,
            description="Codes, names or words, in either language.",
            examples=["hydraulic leak", "液压泵漏油", "EX-12"],
        ),
    ],
    *,
    cls: Annotated[
        list[str] | None,
        Query(alias="class", description="Only these classes and those below them."),
    ] = None,
    language: Annotated[
        Literal["en", "zh"] | None, Query(description="Only records in this language.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 20,
) -> SearchAnswer:
    """Find things by code, name or words."""
    for name in cls or ():
        known_class(plant.schema, name)
    found = search(plant.store, q, classes=cls or None, language=language, limit=limit, view=view)
    return SearchAnswer(query=q, items=found)


@router.get("/why", dependencies=_READ, name="why")
def explain_symptoms(
    plant: OpenPlant,
    view: WindowView,
    asset: Annotated[
        str,
        Query(description="An asset or asset class: key, code or name.", examples=["EX-12"]),
    ],
    symptom: Annotated[
        list[str],
        Query(
            description="What was observed: keys, codes or words in either language.",
            examples=["boom cylinder leaking"],
        ),
    ],
    absent: Annotated[
        list[str] | None, Query(description="What was looked for and is not there.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="Causes to list.")] = 10,
) -> Diagnosis:
    """Rank the causes of what was observed on an asset, with evidence, checks and remedies."""
    return rank_causes(
        plant.store, plant.schema, asset, symptom, absent=absent or (), view=view, limit=limit
    )


@router.get("/reliability", dependencies=_READ, name="reliability")
def tell_reliability(
    plant: OpenPlant,
    view: AsOfView,
    what: Annotated[
        str | None,
        Query(
            description="An asset, class or place: key, code or name; else the whole plant.",
            examples=["EX-12"],
        ),
    ] = None,
    *,
    since: Annotated[str | None, Query(description="Only from then on …")] = None,
    until: Annotated[str | None, Query(description="… and before then.")] = None,
    cause: Annotated[
        str | None, Query(description="Only failures by this cause, mode or component.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="Rows of each list.")] = 10,
) -> Reliability:
    """Tell time between failures, time to repair, a Weibull fit, what fails most and who."""
    zone = plant.settings.zone
    return measure_reliability(
        plant.store,
        plant.schema,
        what,
        since=parse_moment(since, zone, "since") if since else None,
        until=parse_moment(until, zone, "until") if until else None,
        cause=cause,
        limit=limit,
        view=view,
    )


@router.get("/reliability/rules", dependencies=_READ, name="reliability_rules")
def tell_rules(
    plant: OpenPlant,
    view: AsOfView,
    what: Annotated[
        str | None, Query(description="Only of this asset, class or place.", examples=["L21"])
    ] = None,
    *,
    seed: Annotated[int, Query(ge=0, description="Another seed, other parts of records.")] = 0,
) -> Rules:
    """Tell where which cause is found more often than elsewhere: suggestions, not facts."""
    return learn_rules(
        plant.store, plant.schema, what, zone=plant.settings.zone, seed=seed, view=view
    )


@router.get("/ask", dependencies=_READ, name="ask")
def answer_question(
    plant: OpenPlant,
    view: WindowView,
    q: Annotated[
        str,
        Query(
            min_length=1,
            max_length=1_000,
            description="A question in one's own words, in either language.",
            examples=["液压泵有异响怎么办", "why does P07 lose pressure?"],
        ),
    ],
    asset: Annotated[
        str, Query(max_length=200, description="The asset spoken of, if the question names none.")
    ] = "",
    limit: Annotated[int, Query(ge=1, le=20, description="Causes or records to tell.")] = 3,
) -> Reply:
    """Answer a question with citations, by the lexicon alone; asks back where it is unsure."""
    return ask(
        plant.store,
        plant.schema,
        q,
        asset=asset,
        zone=plant.settings.timezone,
        view=view,
        limit=limit,
    )


@router.get("/trace", dependencies=_READ, name="trace")
def trace_genealogy(
    plant: OpenPlant,
    view: AsOfView,
    item: Annotated[
        list[str],
        Query(
            description="Units, lots, containers, operations or shipments: keys or codes.",
            examples=["unit:SN-000123"],
        ),
    ],
    *,
    direction: Annotated[
        Literal["backward", "forward", "both"],
        Query(description="Where it comes from, where it went, or both."),
    ] = "backward",
    depth: Annotated[
        int | None, Query(ge=1, le=100, description="How many statements to follow at most.")
    ] = None,
    max_nodes: Annotated[
        int, Query(ge=1, le=50_000, description="How many things to list at most per direction.")
    ] = 5_000,
    cls: Annotated[
        list[str] | None, Query(alias="class", description="List only these classes.")
    ] = None,
    step: Annotated[
        list[str] | None, Query(description="Only what passed one of these process steps.")
    ] = None,
    place: Annotated[
        list[str] | None, Query(description="Only what passed one of these assets or lines.")
    ] = None,
    since: Annotated[str | None, Query(description="Only what passed there from then on …")] = None,
    until: Annotated[str | None, Query(description="… and before then.")] = None,
    at: Annotated[
        str | None, Query(description="Look at the start at this time (a reused container).")
    ] = None,
    evidence: Annotated[int, Query(ge=0, le=5, description="Citations for each edge.")] = 0,
) -> Trace:
    """Trace a genealogy backward, forward or both, any depth."""
    for name in cls or ():
        known_class(plant.schema, name)
    store, zone = plant.store, plant.settings.zone
    run = {"backward": trace_backward, "forward": trace_forward, "both": trace_both}[direction]
    return run(
        store,
        plant.schema,
        [node_called(store, text, view).key for text in item],
        view=view,
        max_depth=depth,
        max_nodes=max_nodes,
        classes=cls or None,
        steps=[node_called(store, text, view).key for text in step or ()],
        places=[node_called(store, text, view).key for text in place or ()],
        since=parse_moment(since, zone, "since") if since else None,
        until=parse_moment(until, zone, "until") if until else None,
        at=parse_moment(at, zone, "at") if at else None,
        evidence_per_edge=evidence,
    )


@router.get("/timeline", dependencies=_READ, name="timeline")
def tell_timeline(
    plant: OpenPlant,
    view: AsOfView,
    thing: Annotated[
        str, Query(description="An asset, unit or lot: key, code or name.", examples=["EX-12"])
    ],
    *,
    since: Annotated[str | None, Query(description="Only from then on …")] = None,
    until: Annotated[str | None, Query(description="… and before then.")] = None,
    cls: Annotated[
        list[str] | None, Query(alias="class", description="Only events of these classes.")
    ] = None,
    newest_first: bool = True,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> Timeline:
    """Tell what happened to a thing and what is built into it; `next_after` is the cursor."""
    for name in cls or ():
        known_class(plant.schema, name)
    zone = plant.settings.zone
    found = timeline(
        plant.store,
        plant.schema,
        node_called(plant.store, thing, view).key,
        since=parse_moment(since, zone, "since") if since else None,
        until=parse_moment(until, zone, "until") if until else None,
        classes=cls or None,
        newest_first=newest_first,
        view=view,
        limit=limit,
        after=read_cursor(cursor),
    )
    return replace(found, next_after=write_cursor(found.next_after))


@router.get("/investigate", dependencies=_READ, name="investigate")
def investigate_defect(
    plant: OpenPlant,
    view: AsOfView,
    what: Annotated[
        list[str],
        Query(
            description="Defective units, lots or containers, defects, defect types, complaints.",
            examples=["unit:SN-000123"],
        ),
    ],
    *,
    before_hours: Annotated[
        float, Query(ge=0, le=24 * 366, description="How long before production to look.")
    ] = BEFORE_HOURS,
    after_hours: Annotated[
        float, Query(ge=0, le=24 * 366, description="How long after production to look.")
    ] = AFTER_HOURS,
    limit: Annotated[int, Query(ge=1, le=50, description="Suspects to list.")] = 5,
    events: Annotated[int, Query(ge=1, le=50, description="Events with each suspect.")] = 5,
) -> Investigation:
    """Rank the assets that may have made something defective, by what happened to them then."""
    return investigate(
        plant.store,
        plant.schema,
        keys_of(plant, what, view),
        before_hours=before_hours,
        after_hours=after_hours,
        zone=plant.settings.timezone,
        view=view,
        limit=limit,
        events_per_suspect=events,
    )


@router.get("/affected", dependencies=_READ, name="affected")
def list_affected(
    plant: OpenPlant,
    view: AsOfView,
    thing: Annotated[
        str,
        Query(description="A work order, failure or alarm, or an asset.", examples=["wo:WO-17"]),
    ],
    *,
    since: Annotated[str | None, Query(description="In doubt from then on …")] = None,
    until: Annotated[str | None, Query(description="… and before then.")] = None,
    limit: Annotated[int, Query(ge=1, le=5_000, description="Items to list.")] = 500,
) -> Affected:
    """List what was made while an asset was in doubt, and where that went."""
    zone = plant.settings.zone
    return affected_by(
        plant.store,
        plant.schema,
        node_called(plant.store, thing, view).key,
        since=parse_moment(since, zone, "since") if since else None,
        until=parse_moment(until, zone, "until") if until else None,
        zone=plant.settings.timezone,
        view=view,
        limit=limit,
    )


@router.get("/drifts", dependencies=_READ, name="drifts")
def list_drifts(
    plant: OpenPlant,
    view: AsOfView,
    thing: Annotated[
        str,
        Query(description="An asset, a failure, work order or alarm.", examples=["asset:P-101"]),
    ],
    *,
    since: Annotated[str | None, Query(description="Look from then on …")] = None,
    until: Annotated[str | None, Query(description="… and before then.")] = None,
    before_hours: Annotated[
        float, Query(gt=0, le=24 * 366, description="How long before a failure to look.")
    ] = 168.0,
    limit: Annotated[int, Query(ge=1, le=200, description="Drifts to list.")] = 20,
) -> DriftsFound:
    """Say what was measured on an asset and changed its level: before a failure, or in a window."""
    zone = plant.settings.zone
    return drifts_around(
        plant.store,
        plant.schema,
        node_called(plant.store, thing, view).key,
        since=parse_moment(since, zone, "since") if since else None,
        until=parse_moment(until, zone, "until") if until else None,
        before_hours=before_hours,
        zone=plant.settings.timezone,
        view=view,
        limit=limit,
    )
