"""The graph as of an instant, worked out from the evidence that was live then."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from kg.model.derive import NodeSupport, Support, derive_node, derive_statement, overlaps
from kg.model.graph import Decision, Node, Statement, Status, View
from kg.model.instants import Instant
from kg.model.keys import StatementKey
from kg.store.sqlite.packing import unpack
from kg.store.sqlite.resolving import member_ids
from kg.store.sqlite.transaction import Snapshot

# Evidence lives from its first version's run until the run of the version that ended it.
LIVE_AT = "v.at <= ? AND (u.at IS NULL OR u.at > ?)"
_ALL_EVIDENCE = (
    "SELECT e.statement, d.key, p.key, t.text, e.confidence, e.accepted, v.at, e.valid_from,"
    " e.valid_to, e.props FROM evidence e JOIN passages p ON p.id = e.passage"
    " JOIN documents d ON d.id = p.document JOIN versions v ON v.id = e.first"
    " LEFT JOIN versions u ON u.id = e.until JOIN terms t ON t.id = e.extractor"
    f" WHERE e.statement IN {{ids}} AND {LIVE_AT}"
)
_ALL_SIGHTINGS = (
    "SELECT s.node, d.key, p.key, t.text, s.confidence, v.at, c.text, s.name, s.props"
    " FROM sightings s JOIN passages p ON p.id = s.passage JOIN documents d ON d.id = p.document"
    " JOIN versions v ON v.id = s.first LEFT JOIN versions u ON u.id = s.until"
    " JOIN terms t ON t.id = s.extractor JOIN terms c ON c.id = s.cls"
    f" WHERE s.node IN {{ids}} AND {LIVE_AT}"
)


def statements_as_of(snapshot: Snapshot, ids: Collection[int], view: View) -> dict[int, Statement]:
    """Those of the statements that the view sees at its instant, by id."""
    at = view.as_of
    assert at is not None
    members = member_ids(snapshot.connection, "statements", ids)
    supports: dict[int, list[Support]] = defaultdict(list)
    for row in snapshot.rows(_ALL_EVIDENCE, members, at, at):
        status = Status.ACCEPTED if row[5] else Status.SUGGESTED
        props = unpack(row[9]) if row[9] else None
        supports[members[row[0]]].append(
            Support(row[1], row[2], row[3], row[4], status, row[6], row[7], row[8], props)
        )
    decided = decisions_as_of(snapshot, members, at)
    triples = {
        row[0]: row[1:]
        for row in snapshot.rows(
            "SELECT s.id, a.key, t.text, b.key FROM statements s JOIN nodes a ON a.id = s.src"
            " JOIN nodes b ON b.id = s.dst JOIN terms t ON t.id = s.type WHERE s.id IN {ids}",
            supports,
        )
    }
    seen: dict[int, Statement] = {}
    for number, pieces in supports.items():
        derived = derive_statement(pieces, decided.get(number))
        if (
            derived.status in view.statuses
            and derived.confidence >= view.min_confidence
            and any(
                overlaps(s.valid_from, s.valid_to, view.valid_from, view.valid_to) for s in pieces
            )
        ):
            subject, predicate, object_ = triples[number]
            seen[number] = Statement(subject, predicate, object_, *derived)
    return seen


def decisions_as_of(
    snapshot: Snapshot, members: dict[int, int], at: Instant | None
) -> dict[int, Decision]:
    """The decision that held at an instant (None: now), by the statement it leads to."""
    latest: dict[int, tuple[Instant, int, str | None]] = {}
    for statement, status, decided_at, number in snapshot.rows(
        "SELECT statement, status, at, id FROM decisions WHERE statement IN {ids}",
        members,
    ):
        if at is not None and decided_at > at:
            continue
        speaker = members[statement]
        if speaker not in latest or (decided_at, number) > latest[speaker][:2]:
            latest[speaker] = (decided_at, number, status)
    return {
        number: Decision(StatementKey("", "", ""), Status(status) if status else None, "", at_)
        for number, (at_, _, status) in latest.items()
    }


def touching_as_of(
    snapshot: Snapshot,
    ids: Iterable[int],
    types: Sequence[int] | None,
    column: str,
    view: View,
) -> list[tuple[int, Statement]]:
    """Statements at nodes with the node's id, as of an instant."""
    sql = (
        f"SELECT s.id, s.{column} FROM statements s WHERE s.{column} IN {{ids}} AND s.root IS NULL"
    )
    if types is not None:
        sql += f" AND s.type IN ({', '.join(map(str, types))})"
    at_node = dict(snapshot.rows(sql, ids))
    return [
        (at_node[number], statement)
        for number, statement in statements_as_of(snapshot, at_node, view).items()
    ]


def nodes_as_of(snapshot: Snapshot, ids: Collection[int], at: Instant) -> dict[int, Node]:
    """Those of the nodes that a live claim or statement named at an instant, by id."""
    members = member_ids(snapshot.connection, "nodes", ids)
    supports: dict[int, list[NodeSupport]] = defaultdict(list)
    for row in snapshot.rows(_ALL_SIGHTINGS, members, at, at):
        supports[members[row[0]]].append(NodeSupport(*(*row[1:8], unpack(row[8]))))
    named: set[int] = set()
    for column in ("src", "dst"):
        sql = (
            f"SELECT s.{column} FROM statements s WHERE s.{column} IN {{ids}} AND EXISTS"
            " (SELECT 1 FROM evidence e JOIN versions v ON v.id = e.first"
            " LEFT JOIN versions u ON u.id = e.until"
            f" WHERE e.statement = s.id AND {LIVE_AT}) GROUP BY 1"
        )
        wanted = [number for number in members if members[number] not in supports]
        named.update(members[row[0]] for row in snapshot.rows(sql, wanted, at, at))
    keys = dict(snapshot.rows("SELECT id, key FROM nodes WHERE id IN {ids}", ids))
    return {
        number: Node(key, *derive_node(key, supports.get(number, ()), snapshot.schema))
        for number, key in keys.items()
        if number in supports or number in named
    }
