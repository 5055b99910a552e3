"""The graph as of an instant, worked out from the evidence that was live then."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from kg.model.derive import NodeSupport, Support, derive_node, derive_statement, overlaps
from kg.model.graph import Direction, Node, Statement, View
from kg.model.instants import Instant
from kg.model.keys import StatementKey
from kg.store.neo4j.connection import Transaction
from kg.store.neo4j.deriving import latest_decisions, node_support, support
from kg.store.neo4j.names import PAST, Names, any_of
from kg.store.neo4j.work import chunked, numbered
from kg.store.protocol import GroupBy

# Evidence `e` lives from its first version's run until the run of the version that ended it.
LIVE_AT = (
    " MATCH (v:GembaVersion {id: e.first}) WHERE v.at <= $at"
    " OPTIONAL MATCH (u:GembaVersion {id: e.until}) WITH *"
    " WHERE e.until IS NULL OR u.at > $at"
)
_SUPPORTS_THEN = (
    "UNWIND $numbers AS number MATCH (e:GembaEvidence {statement: number})"
    f"{LIVE_AT} MATCH (e)-[:IN_PASSAGE]->(p)"
    " RETURN collect([number, v.document, p.key, e.extractor, e.confidence, e.status, v.at,"
    " e.valid_from, e.valid_to, e.props])"
)
_NODE_SUPPORTS_THEN = (
    "UNWIND $keys AS key MATCH (e:GembaSighting {about: key})"
    f"{LIVE_AT} MATCH (e)-[:IN_PASSAGE]->(p)"
    " RETURN collect([key, v.document, p.key, e.extractor, e.confidence, v.at, e.cls, e.name,"
    " e.props])"
)
_NAMED_THEN = (
    "UNWIND $keys AS key MATCH (n:Gemba {key: key}) MATCH (n)-[r]-()"
    " WITH DISTINCT key, r.id AS number MATCH (e:GembaEvidence {statement: number})"
    f"{LIVE_AT} RETURN collect(DISTINCT key)"
)


def statements_as_of(
    tx: Transaction, wanted: Mapping[int, StatementKey], view: View
) -> dict[StatementKey, Statement]:
    """Those of the statements that the view sees at its instant."""
    at = view.as_of
    seen: dict[StatementKey, Statement] = {}
    for numbers in chunked(list(wanted)):
        supports: dict[int, list[Support]] = defaultdict(list)
        for row in tx.rows(_SUPPORTS_THEN, numbers=numbers, at=at):
            supports[row[0]].append(support(row))
        decided = latest_decisions(
            tx.rows(
                "MATCH (d:GembaDecision) WHERE d.statement IN $numbers AND d.at <= $at"
                " RETURN collect([d.statement, d.status, d.at, d.seq])",
                numbers=list(supports),
                at=at,
            )
        )
        for number, pieces in supports.items():
            derived = derive_statement(pieces, decided.get(number))
            if (
                derived.status in view.statuses
                and derived.confidence >= view.min_confidence
                and any(
                    overlaps(s.valid_from, s.valid_to, view.valid_from, view.valid_to)
                    for s in pieces
                )
            ):
                subject, predicate, obj = wanted[number]
                seen[wanted[number]] = Statement(subject, predicate, obj, *derived)
    return seen


def touching_as_of(
    tx: Transaction,
    names: Names,
    keys: Collection[str],
    types: Sequence[str] | None,
    way: Direction,
    *,
    view: View,
) -> list[Statement]:
    """Statements at nodes as of an instant."""
    of = "" if types is None else ":" + any_of([*types, PAST])
    pattern = f"(n)-[r{of}]->(x)" if way == "out" else f"(n)<-[r{of}]-(x)"
    rows = tx.rows(
        "UNWIND $keys AS asked OPTIONAL MATCH (m:GembaMerge {dropped: asked})"
        " WITH DISTINCT coalesce(m.root, asked) AS key"
        f" MATCH (n:Gemba {{key: key}}) MATCH {pattern}"
        " RETURN collect([key, type(r), r.predicate, x.key])",
        keys=list(keys),
    )
    relations = None if types is None else {names.relation_of(name) for name in types}
    wanted: list[StatementKey] = []
    for here, type_name, predicate, there in rows:
        relation = predicate if type_name == PAST else names.relation_of(type_name)
        if relations is None or relation in relations:
            ends = (here, there) if way == "out" else (there, here)
            wanted.append(StatementKey(ends[0], relation, ends[1]))
    return list(statements_as_of(tx, numbered(wanted), view).values())


def nodes_as_of(
    tx: Transaction, names: Names, keys: Collection[str], at: Instant
) -> dict[str, Node]:
    """Those of the nodes that a live claim or statement named at an instant. The keys speak for
    themselves."""
    nodes: dict[str, Node] = {}
    for some in chunked(sorted(keys)):
        supports: dict[str, list[NodeSupport]] = defaultdict(list)
        for row in tx.rows(_NODE_SUPPORTS_THEN, keys=some, at=at):
            supports[row[0]].append(node_support(row))
        unclaimed = [key for key in some if key not in supports]
        named = tx.rows(_NAMED_THEN, keys=unclaimed, at=at) if unclaimed else []
        for key in (*supports, *named):
            nodes[key] = Node(key, *derive_node(key, supports.get(key, ()), names.schema))
    return nodes


def aggregate_as_of(
    tx: Transaction,
    names: Names,
    types: Sequence[str],
    group_by: GroupBy,
    wanted: Mapping[str, Collection[str]],
    *,
    view: View,
) -> dict[str, int]:
    """Number of statements per group as of an instant."""
    where = "".join(f" AND {name[0]}.key IN ${name}" for name in wanted)
    rows = tx.rows(
        f"MATCH (s:Gemba)-[r:{any_of([*types, PAST])}]->(o:Gemba) WHERE true{where}"
        " RETURN collect([s.key, type(r), r.predicate, o.key])",
        **wanted,
    )
    relations = {names.relation_of(name) for name in types}
    keys = [
        StatementKey(s, predicate if type_name == PAST else names.relation_of(type_name), o)
        for s, type_name, predicate, o in rows
    ]
    counts: dict[str, int] = defaultdict(int)
    found = statements_as_of(tx, numbered(k for k in keys if k.predicate in relations), view)
    for statement in found.values():
        counts[getattr(statement, group_by)] += 1
    return dict(counts)
