"""Things and statements, with their evidence and people's decisions about them."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from api.decisions import decide, parse_statement_id, unknown_statement
from api.http.access import Needs
from api.http.problems import problem_responses
from api.http.reading import (
    PREFIX,
    Acting,
    AsOfView,
    CursorText,
    Limit,
    OpenPlant,
    Statuses,
    WindowView,
    read_cursor,
    statuses_of,
    write_cursor,
)
from api.lookup import conditions, known_class, known_relation, node_called
from api.payloads.counts import Stats, stats_payload
from api.payloads.graph import (
    Cited,
    Decision,
    Node,
    NodeAnswer,
    StatementAnswer,
    decision_payload,
    node_payload,
    sighting_payload,
    statement_answer,
    statements_payload,
)
from api.payloads.requests import DecisionRequest
from api.payloads.shape import Page
from api.roles import Permission
from kg.model.graph import EVERY_STATUS, Direction

router = APIRouter(
    prefix=PREFIX, tags=["graph"], responses=problem_responses(400, 401, 403, 404, 422, 503)
)
_MOST = 20_000  # statements of one node and direction that are paged through
_READ = [Depends(Needs(Permission.READ))]

NodeKey = Annotated[
    str,
    Path(description="A key, a code, or a name that only one thing has.", examples=["asset:EX-12"]),
]
StatementId = Annotated[
    str,
    Path(description="subject~relation~object.", examples=["asset:EX-12~exhibits~mode:Leakage"]),
]


@router.get("/stats", dependencies=_READ)
def count_everything(plant: OpenPlant) -> Stats:
    """Say how much the store holds, by class and relation."""
    return stats_payload(plant)


@router.get("/nodes", dependencies=_READ)
def list_nodes(
    plant: OpenPlant,
    view: AsOfView,
    *,
    cls: Annotated[
        list[str] | None,
        Query(alias="class", description="Only these classes and those below them."),
    ] = None,
    prefix: Annotated[
        str, Query(description="Only keys that begin so.", examples=["asset:EX-"])
    ] = "",
    where: Annotated[
        list[str] | None,
        Query(description="Only with this property: `name=value`.", examples=["status=open"]),
    ] = None,
    limit: Limit = 100,
    cursor: CursorText = None,
) -> Page[Node]:
    """List things in order of their keys."""
    for name in cls or ():
        known_class(plant.schema, name)
    page = plant.store.find_nodes(
        cls or None,
        conditions(plant.schema, where or ()) or None,
        key_prefix=prefix,
        after=read_cursor(cursor),
        limit=limit,
        view=view,
    )
    return Page(
        items=[node_payload(plant.schema, node) for node in page.nodes],
        next_cursor=write_cursor(page.next_after),
    )


@router.get("/nodes/{key:path}/statements", dependencies=_READ)
def list_statements_of_node(
    plant: OpenPlant,
    key: NodeKey,
    view: WindowView,
    *,
    relation: Annotated[list[str] | None, Query(description="Only these relations.")] = None,
    direction: Annotated[
        Direction, Query(description="`out`: it is the subject; `in`: the object.")
    ] = "both",
    status: Statuses = None,
    evidence: Annotated[
        int, Query(ge=0, le=20, description="Pieces of evidence with each statement.")
    ] = 0,
    limit: Limit = 100,
    cursor: CursorText = None,
) -> Page[Cited]:
    """List what is said of a thing, in order of the triples.

    Of a hub it lists the 20,000 surest in each direction; name relations to see others.
    """
    for name in relation or ():
        known_relation(plant.schema, name)
    node = node_called(plant.store, key, view)
    view = replace(view, statuses=statuses_of(status))
    after = read_cursor(cursor)
    found = plant.store.expand(
        [node.key], relation or None, direction, view=view, limit_per_node=_MOST
    )
    rest = [s for s in found if after is None or tuple(s.key) > tuple(after.split("\0"))]
    chosen = rest[:limit]
    return Page(
        items=statements_payload(plant.store, chosen, view, evidence=evidence),
        next_cursor=write_cursor("\0".join(chosen[-1].key)) if len(rest) > limit else None,
    )


@router.get("/nodes/{key:path}", dependencies=_READ)
def get_node(plant: OpenPlant, key: NodeKey, view: AsOfView) -> NodeAnswer:
    """Show a thing and the passages that describe it."""
    node = node_called(plant.store, key, view)
    sightings = plant.store.sightings_of([node.key], view).get(node.key, [])
    return NodeAnswer(
        node=node_payload(plant.schema, node),
        sightings=[sighting_payload(found) for found in sightings[:100]],
    )


@router.get("/statements/{statement:path}", dependencies=_READ)
def get_statement(
    plant: OpenPlant,
    statement: StatementId,
    view: WindowView,
    evidence: Annotated[int, Query(ge=0, le=1000, description="Pieces of evidence.")] = 20,
) -> StatementAnswer:
    """Show a statement of any status with its evidence and the decisions about it."""
    key = parse_statement_id(statement)
    seen = replace(view, statuses=EVERY_STATUS)
    answer = statement_answer(plant.store, key, seen, evidence=evidence)
    if answer is None:
        raise unknown_statement(plant.store, key, seen)
    return answer


@router.post(
    "/statements/{statement:path}/decisions",
    dependencies=[Depends(Needs(Permission.DECIDE))],
    status_code=201,
)
def decide_on_statement(
    plant: OpenPlant, actor: Acting, statement: StatementId, request: DecisionRequest
) -> Decision:
    """Confirm or reject a statement, or take the decision back with `null`."""
    key = parse_statement_id(statement)
    made = decide(plant.store, actor, key, request.status, request.reason)
    return decision_payload(made)
