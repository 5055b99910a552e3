"""Bringing nodes and relationships up to date with their live evidence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from kg.model.derive import (
    DerivedNode,
    DerivedStatement,
    NodeSupport,
    Support,
    derive_node,
    derive_statement,
)
from kg.model.graph import Decision, Status
from kg.model.instants import Instant
from kg.model.keys import StatementKey, identity_of
from kg.store.neo4j.connection import Row
from kg.store.neo4j.names import (
    PAST,
    Names,
    node_properties,
    node_props,
    quoted,
    statement_properties,
)
from kg.store.neo4j.work import Work, chunked, pack, unpack
from kg.store.texts import words_of

EVER_BEFORE, EVER_AFTER = -(2**63), 2**63 - 1

# What differs in nothing but its passage comes as one row, with the first passage and the number:
# what rows of a plant's tables say again and again would be read as often with each removal.
SUPPORTS = (
    "UNWIND $numbers AS number MATCH (e:GembaEvidence {statement: number}) WHERE e.until IS NULL"
    " MATCH (e)-[:IN_PASSAGE]->(p)"
    " WITH number, e.first AS first, e.extractor AS extractor, e.confidence AS confidence,"
    " e.status AS status, e.valid_from AS valid_from, e.valid_to AS valid_to, e.props AS props,"
    " min(p.key) AS passage, count(*) AS times"
    " MATCH (v:GembaVersion {id: first})"
    " RETURN collect([number, v.document, passage, extractor, confidence, status, v.at,"
    " valid_from, valid_to, props, times])"
)
NODE_SUPPORTS = (
    "UNWIND $keys AS key MATCH (g:GembaSighting {about: key}) WHERE g.until IS NULL"
    " MATCH (g)-[:IN_PASSAGE]->(p)"
    " WITH key, g.first AS first, g.extractor AS extractor, g.confidence AS confidence,"
    " g.cls AS cls, g.name AS name, g.props AS props, min(p.key) AS passage"
    " MATCH (v:GembaVersion {id: first})"
    " RETURN collect([key, v.document, passage, extractor, confidence, v.at, cls, name, props])"
)
_DECISIONS = (
    "MATCH (d:GembaDecision) WHERE d.statement IN $numbers"
    " RETURN collect([d.statement, d.status, d.at, d.seq])"
)
_NODES = (
    "UNWIND $keys AS key MATCH (n:Gemba {key: key}) RETURN collect([key, labels(n), properties(n)])"
)
_NAMED = (
    "UNWIND $keys AS key MATCH (n:Gemba {key: key})"
    " WHERE EXISTS { MATCH (n)-[r]-() WHERE r.status IS NOT NULL } RETURN collect(key)"
)


@dataclass(slots=True)
class Stale:
    """What a change has made out of date: statements by id, nodes by key. They speak for
    themselves: nothing that was merged into another is named here."""

    statements: dict[int, StatementKey] = field(default_factory=dict)
    nodes: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Ends:
    """Relationships to delete once no more are looked up: the server copies all that a transaction
    has deleted at each later look into an index."""

    deaths: list[Row] = field(default_factory=list)  # element id, statement, predicate, has a past
    pastless: list[int] = field(default_factory=list)  # statements that no past stands for any more


def refresh(work: Work, stale: Stale, extinct: Collection[int] = ()) -> None:
    """Bring what is stale up to date, counting what changed in the graph.

    `extinct` are those of the statements of which nothing is said any more, not even in the past.
    """
    refresh_statements(work, stale, extinct)
    refresh_nodes(work, stale.nodes)


def refresh_statements(work: Work, stale: Stale, extinct: Collection[int] = ()) -> None:
    """Bring stale statements up to date; nodes at the ends of those that came or went are stale
    then."""
    ends = _Ends(pastless=sorted(extinct))
    for chunk in chunked(sorted(stale.statements.items())):
        stale.nodes |= _refresh_statements(work, dict(chunk), extinct, ends)
    _delete_relationships(work, ends)


def refresh_nodes(work: Work, keys: Collection[str], unseen: Collection[str] = ()) -> None:
    """Bring nodes up to date. What sights `unseen` does not count: it will be deleted."""
    for some in chunked(sorted(keys)):
        _refresh_nodes(work, some, unseen)


# -- statements ------------------------------------------------------------------------------


def support(row: Row) -> Support:
    """A support from a row of `SUPPORTS`."""
    _, document, passage, extractor, confidence, status, at, start, end, props = row[:10]
    return Support(
        document,
        passage,
        extractor,
        confidence,
        Status(status),
        at,
        start,
        end,
        unpack(props) if props else None,
    )


def relationship_properties(
    number: int, derived: DerivedStatement, spans: list[int] | None
) -> dict[str, Any]:
    """All properties of a statement's relationship."""
    return {
        "id": number,
        "status": derived.status.value,
        "confidence": derived.confidence,
        "evidence_count": derived.evidence_count,
        "recorded": derived.recorded,
        "valid_from": derived.valid_from,
        "valid_to": derived.valid_to,
        "gemba_spans": spans,
        **statement_properties(derived.props),
    }


def valid_spans(intervals: Iterable[tuple[Instant | None, Instant | None]]) -> list[int] | None:
    """When each piece of evidence says it was so, flattened: from, to, from, to, …; None where one
    interval says it all.

    An interval inside another one adds nothing to the windows that are met, so it is left out.
    """
    spans: list[int] = []
    for low, minus_high in sorted(
        {
            (
                EVER_BEFORE if start is None else start,
                -(EVER_AFTER if end is None else end + (end == start)),
            )
            for start, end in intervals
        }
    ):
        if not spans or -minus_high > spans[-1]:
            spans += (low, -minus_high)
    return spans if len(spans) > 2 else None


def latest_decisions(rows: Iterable[Row], as_of: Instant | None = None) -> dict[int, Decision]:
    """The decision that holds, by statement, from rows (statement, status, at, seq)."""
    latest: dict[int, tuple[Instant, int, str | None]] = {}
    for number, status, at, seq in rows:
        if as_of is not None and at > as_of:
            continue
        if number not in latest or (at, seq) > latest[number][:2]:
            latest[number] = (at, seq, status)
    return {
        number: Decision(StatementKey("", "", ""), Status(status) if status else None, "", at)
        for number, (at, _, status) in latest.items()
    }


def read_decisions_on(work: Work, numbers: Sequence[int]) -> list[Row]:
    """Rows for `latest_decisions`."""
    return work.tx.rows(_DECISIONS, numbers=numbers) if work.has_decisions else []


def _refresh_statements(
    work: Work, stale: Mapping[int, StatementKey], extinct: Collection[int], ends: _Ends
) -> set[str]:
    """Derive statements anew; returns the nodes at the ends of those that came or went."""
    tx, names, numbers = work.tx, work.names, list(stale)
    by_type: dict[str, list[int]] = defaultdict(list)
    for number, key in stale.items():
        by_type[names.type_of(key.predicate)].append(number)
    was_live: dict[int, str] = {}
    for type_name, some in by_type.items():
        was_live.update(
            tx.rows(
                f"MATCH ()-[r:{quoted(type_name)}]->() WHERE r.id IN $numbers"
                " RETURN collect([r.id, elementId(r)])",
                numbers=some,
            )
        )
    supports: dict[int, list[Support]] = defaultdict(list)
    times: dict[int, int] = defaultdict(int)
    for row in tx.rows(SUPPORTS, numbers=[n for n in numbers if n not in extinct]):
        supports[row[0]].append(support(row))
        times[row[0]] += row[-1]
    decided = latest_decisions(read_decisions_on(work, numbers))
    toggled: set[str] = set()
    for type_name, some in by_type.items():
        updates: list[Row] = []
        births: list[Row] = []
        past: list[Row] = []
        for number in some:
            key, live = stale[number], supports.get(number)
            if live:
                derived = derive_statement(live, decided.get(number))
                derived = derived._replace(evidence_count=times[number])
                spans = valid_spans((s.valid_from, s.valid_to) for s in live)
                properties = relationship_properties(number, derived, spans)
                if number in was_live:
                    updates.append([was_live[number], properties])
                    continue
                births.append([key.subject, key.object, number, properties])
            elif number in was_live:
                ends.deaths.append([was_live[number], number, key.predicate, number not in extinct])
            else:
                if number not in extinct:
                    past.append([key.subject, key.object, number])
                continue
            toggled |= {key.subject, key.object}
            if work.version is None:
                work.ledger.note_statement(number, not live, bool(live))
            elif live:
                work.changes.statements_added += 1
            else:
                work.changes.statements_removed += 1
        update_statements(work, updates)
        _give_birth(work, type_name, births, ends)
        _remember(work, type_name, past)
    return toggled


def update_statements(work: Work, rows: Sequence[Row]) -> None:
    """Set all properties of relationships, given as (element id, properties)."""
    for some in chunked(rows):
        work.tx.run(
            "UNWIND $rows AS row MATCH ()-[r]->() WHERE elementId(r) = row[0] SET r = row[1]",
            rows=some,
        )


def _give_birth(work: Work, type_name: str, rows: Sequence[Row], ends: _Ends) -> None:
    if not rows:
        return
    ends.pastless += [row[2] for row in rows]
    make_bare_nodes(work, {end for row in rows for end in row[:2]})
    work.tx.run(
        "UNWIND $rows AS row MATCH (s:Gemba {key: row[0]}) MATCH (o:Gemba {key: row[1]})"
        f" CREATE (s)-[r:{quoted(type_name)}]->(o) SET r = row[3]",
        rows=rows,
    )


def _delete_relationships(work: Work, ends: _Ends) -> None:
    over = _read_past(work, ends.pastless)
    for ids in chunked(over):
        work.tx.run("UNWIND $ids AS id MATCH ()-[r]->() WHERE elementId(r) = id DELETE r", ids=ids)
    for rows in chunked(ends.deaths):
        work.tx.run(
            "UNWIND $rows AS row MATCH (s)-[r]->(o) WHERE elementId(r) = row[0] DELETE r"
            " WITH s, o, row WHERE row[3]"
            f" CREATE (s)-[:{PAST} {{id: row[1], predicate: row[2]}}]->(o)",
            rows=rows,
        )


def _read_past(work: Work, numbers: Sequence[int]) -> list[str]:
    """Element ids of the relationships that stand for the past of statements."""
    found: list[str] = []
    for some in chunked(numbers):
        found += work.tx.rows(
            f"MATCH ()-[r:{PAST}]->() WHERE r.id IN $numbers RETURN collect(elementId(r))",
            numbers=some,
        )
    return found


def _remember(work: Work, type_name: str, rows: Sequence[Row]) -> None:
    """Let statements that only have a past (perhaps since a merge) stand at their nodes."""
    if not rows:
        return
    make_bare_nodes(work, {end for row in rows for end in row[:2]})
    work.tx.run(
        "UNWIND $rows AS row MATCH (s:Gemba {key: row[0]}) MATCH (o:Gemba {key: row[1]})"
        f" MERGE (s)-[r:{PAST} {{id: row[2]}}]->(o) ON CREATE SET r.predicate = $predicate",
        rows=rows,
        predicate=work.names.relation_of(type_name),
    )


def make_bare_nodes(work: Work, keys: Collection[str]) -> None:
    """Nodes for `keys` that say nothing yet; existing ones stay as they are."""
    work.tx.run(
        "UNWIND $keys AS key MERGE (n:Gemba {key: key}) ON CREATE SET n.gemba_gone = true",
        keys=sorted(keys),
    )


# -- nodes -----------------------------------------------------------------------------------


def node_state(
    names: Names, key: str, dropped: Iterable[str], derived: DerivedNode, born: int | None
) -> dict[str, Any]:
    """All properties of a live node. `dropped` are the keys that were merged into it."""
    identities = [identity_of(key), *(identity_of(other) for other in sorted(dropped))]
    words = words_of(names.schema, identities, derived)
    return {
        "key": key,
        "name": derived.name,
        "aliases": list(derived.aliases) or None,
        "gemba_class": derived.cls,
        "gemba_names": words.names or None,
        "gemba_details": words.details or None,
        "gemba_born": born,
        **node_properties(derived.props),
    }


def node_support(row: Row) -> NodeSupport:
    """A support from a row of `NODE_SUPPORTS`."""
    _, document, passage, extractor, confidence, at, cls, name, props = row
    return NodeSupport(document, passage, extractor, confidence, at, cls, name, unpack(props))


def read_dropped(work: Work, keys: Sequence[str]) -> Mapping[str, list[str]]:
    """The keys that were merged into each of `keys`."""
    dropped: dict[str, list[str]] = defaultdict(list)
    if work.has_merges:
        for root, other in work.tx.rows(
            "MATCH (m:GembaMerge) WHERE m.root IN $keys RETURN collect([m.root, m.dropped])",
            keys=keys,
        ):
            dropped[root].append(other)
    return dropped


def _refresh_nodes(work: Work, keys: Sequence[str], unseen: Collection[str]) -> None:
    """Derive nodes anew, with their labels and their place in the text index."""
    tx, names = work.tx, work.names
    before = {row[0]: (row[1], row[2]) for row in tx.rows(_NODES, keys=keys)}
    supports: dict[str, list[NodeSupport]] = defaultdict(list)
    for row in tx.rows(NODE_SUPPORTS, keys=[key for key in before if key not in unseen]):
        supports[row[0]].append(node_support(row))
    unclaimed = [key for key in before if key not in supports]
    named = set(tx.rows(_NAMED, keys=unclaimed)) if unclaimed else set()
    dropped = read_dropped(work, list(before))
    updates: list[Row] = []
    relabelled: list[Row] = []
    remembered: list[Row] = []
    for key, (labels, stored) in before.items():
        is_live, was_live = key in supports or key in named, "gemba_gone" not in stored
        born = stored.get("gemba_born")
        if is_live and not was_live:
            born = work.version
        state: dict[str, Any] = {"key": key, "gemba_gone": True}
        wanted: set[str] = {"Gemba"}
        if is_live:
            derived = derive_node(key, supports.get(key, ()), names.schema)
            state = node_state(names, key, dropped.get(key, ()), derived, born)
            wanted.update(names.labels(derived.cls))
        old = comparable(stored) if was_live else None
        new = comparable(state) if is_live else None
        if work.version is None:
            work.ledger.note_node(key, old, new)
        else:
            work.changes.nodes_added += old is None and new is not None
            work.changes.nodes_removed += old is not None and new is None
            if old is not None and old != new and born != work.version:
                remembered.append([key, old])
        state = {name: value for name, value in state.items() if value is not None}
        if pack(state) != pack(stored):  # as JSON, because 1 is not 1.0
            updates.append([key, state])
        if wanted != set(labels):
            relabelled.append([key, sorted(set(labels) - wanted), sorted(wanted - set(labels))])
    if updates:
        tx.run("UNWIND $rows AS row MATCH (n:Gemba {key: row[0]}) SET n = row[1]", rows=updates)
    if relabelled:
        tx.run(
            "UNWIND $rows AS row MATCH (n:Gemba {key: row[0]}) REMOVE n:$(row[1]) SET n:$(row[2])",
            rows=relabelled,
        )
    if remembered:
        tx.run(
            "UNWIND $rows AS row MERGE (b:GembaBefore {version: $version, key: row[0]})"
            " ON CREATE SET b.state = row[1]",
            rows=remembered,
            version=work.version,
        )


def comparable(state: Mapping[str, Any]) -> str:
    """Class, name and properties of a live node as one text."""
    return orjson.dumps([state["gemba_class"], state["name"], pack(node_props(state))]).decode()
