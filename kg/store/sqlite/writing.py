"""Writing one batch: passages, nodes, statements, and the claims that support them.

The common case, something new that is said once, is inserted as it is. Everything else is
inserted as evidence and then derived anew (`deriving`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from kg.model.claims import Batch, Claim, NodeClaim, Passage
from kg.model.derive import NodeSupport, Support, combine_confidence, derive_node, derive_statement
from kg.model.graph import Status
from kg.model.instants import Instant
from kg.model.keys import identity_of
from kg.store.sqlite.deriving import STATE_OF, Stale, merged_identities, refresh, searchable_text
from kg.store.sqlite.identities import (
    NodeRow,
    Triple,
    add_bare_nodes,
    add_hidden_statements,
    find_nodes,
    find_statements,
)
from kg.store.sqlite.tables import HIDDEN
from kg.store.sqlite.transaction import Row, Transaction, pack, pack_list


@dataclass(frozen=True, slots=True)
class Reading:
    """The version being written: ids of its rows, when it was recorded, the version before."""

    key: str
    document: int
    version: int
    at: Instant
    before: int  # 0 where there is none


def write_batch(tx: Transaction, reading: Reading, batch: Batch) -> None:
    """Store a batch inside a transaction; counts go to `tx.changes`."""
    passages, known = _write_passages(tx, reading, batch.passages)
    writing = _Writing(tx, reading, batch, passages, _Slots(tx, known), Stale())
    nodes = _write_nodes(writing)
    _write_statements(writing, nodes)
    refresh(tx, writing.stale)


@dataclass(frozen=True, slots=True)
class _Writing:
    """One batch on its way: ids of its passages in order, and the rows that need deriving."""

    tx: Transaction
    reading: Reading
    batch: Batch
    passages: Sequence[int]
    slots: _Slots
    stale: Stale


class _Slots:
    """Numbers of claims within their passage, going on after those that are stored."""

    def __init__(self, tx: Transaction, known: Sequence[int]) -> None:
        self.known = known
        self._next: dict[str, dict[int, int]] = {}
        for table in ("evidence", "sightings"):
            self._next[table] = dict(
                tx.rows(
                    f"SELECT passage, max(n) + 1 FROM {table} WHERE passage IN {{ids}}"
                    " GROUP BY passage",
                    known,
                )
            )

    def take(self, table: str, passage: int) -> int:
        slots = self._next[table]
        n = slots.get(passage, 0)
        slots[passage] = n + 1
        return n


def _write_passages(
    tx: Transaction, reading: Reading, passages: Sequence[Passage]
) -> tuple[list[int], list[int]]:
    """Ids of the passages in their order, and of those that had been stored before."""
    connection, version = tx.connection, reading.version
    first_of: dict[str, Passage] = {}
    for passage in passages:
        first_of.setdefault(passage.key, passage)
    ids: dict[str, int] = {}
    known: list[int] = []
    renewed: list[Row] = []
    moved: list[Row] = []
    past: list[Row] = []
    for row in tx.rows(
        "SELECT key, id, first, last, place, text, language, heading FROM passages"
        f" WHERE document = {reading.document} AND key IN {{ids}}",
        first_of,
    ):
        key, number, first, last = row[:4]
        ids[key] = number
        known.append(number)
        if last == version:
            continue
        tx.changes.passages += 1
        content = first_of[key][1:]
        if last == reading.before and content == row[4:]:
            renewed.append((version, number))
        else:
            past.append((number, first, last, *row[4:]))
            moved.append((version, version, *content, number))
    connection.executemany("UPDATE passages SET last = ? WHERE id = ?", renewed)
    connection.executemany("INSERT INTO passage_past VALUES (?, ?, ?, ?, ?, ?, ?)", past)
    connection.executemany(
        "UPDATE passages SET first = ?, last = ?, until = NULL, place = ?, text = ?,"
        " language = ?, heading = ? WHERE id = ?",
        moved,
    )
    number = tx.next_id("passages")
    added: list[Row] = []
    for key, passage in first_of.items():
        if key not in ids:
            ids[key] = number
            added.append((number, reading.document, *passage, version, version))
            number += 1
    tx.changes.passages += len(added)
    connection.executemany(
        "INSERT INTO passages (id, document, key, place, text, language, heading, first, last)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        added,
    )
    return [ids[passage.key] for passage in passages], known


def _write_nodes(writing: _Writing) -> dict[str, NodeRow]:
    """Store claims about nodes, and a row for every key the batch names; returns those rows."""
    tx, batch = writing.tx, writing.batch
    keys = {claim.node for claim in batch.nodes}
    for claim in batch.claims:
        keys.add(claim.subject)
        keys.add(claim.object)
    nodes = find_nodes(tx, keys)
    missing = sorted(keys - nodes.keys())
    if tx.has_merges():
        redirected = tx.rows("SELECT dropped FROM merges WHERE dropped IN {ids}", missing)
        add_bare_nodes(tx, {row[0] for row in redirected})
        nodes |= find_nodes(tx, missing)
    number = tx.next_id("nodes")
    fresh: dict[str, int] = {}
    for key in missing:
        if key not in nodes:
            fresh[key] = number
            nodes[key] = NodeRow(number, True, number)
            number += 1
    of_fresh = _write_sightings(writing, nodes, fresh)
    _insert_nodes(tx, writing.reading, fresh, of_fresh)
    return nodes


def _write_sightings(
    writing: _Writing, nodes: dict[str, NodeRow], fresh: dict[str, int]
) -> dict[str, list[tuple[NodeClaim, str]]]:
    """Store claims about nodes; returns those about nodes that are new, with their passage."""
    tx, reading, batch, passages = (
        writing.tx,
        writing.reading,
        writing.batch,
        writing.passages,
    )
    claims = batch.nodes
    if not claims:
        return {}
    slots, stale = writing.slots, writing.stale
    connection, version = tx.connection, reading.version
    stored = {
        row[:7]: row[7:]
        for row in tx.rows(
            "SELECT passage, node, extractor, cls, name, props, confidence, n, last"
            f" FROM sightings WHERE passage IN {{ids}} AND last >= {reading.before}",
            slots.known,
        )
    }
    extractors = tx.terms.add_all(connection, {claim.extractor for claim in claims})
    classes = tx.terms.add_all(connection, {claim.cls for claim in claims})
    seen: set[Row] = set()
    added: list[Row] = []
    renewed: list[Row] = []
    of_fresh: dict[str, list[tuple[NodeClaim, str]]] = defaultdict(list)
    for claim in claims:
        node = nodes[claim.node]
        passage = passages[claim.passage]
        said = (
            passage,
            node.id,
            extractors[claim.extractor],
            classes[claim.cls],
            claim.name,
            pack(claim.props),
            float(claim.confidence),
        )
        if said in seen:
            continue
        seen.add(said)
        if said in stored:
            n, last = stored[said]
            if last != version:
                renewed.append((version, passage, n))
            continue
        n = slots.take("sightings", passage)
        added.append((passage, n, *said[1:], version, version))
        if claim.node in fresh:
            of_fresh[claim.node].append((claim, batch.passages[claim.passage].key))
        else:
            stale.nodes.add(node.root)
    connection.executemany("UPDATE sightings SET last = ? WHERE passage = ? AND n = ?", renewed)
    connection.executemany(
        "INSERT INTO sightings (passage, n, node, extractor, cls, name, props, confidence,"
        " first, last) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        added,
    )
    tx.changes.evidence_added += len(added)
    tx.changes.evidence_kept += len(renewed)
    return of_fresh


def _insert_nodes(
    tx: Transaction,
    reading: Reading,
    fresh: dict[str, int],
    claims: dict[str, list[tuple[NodeClaim, str]]],
) -> None:
    rows: list[Row] = []
    texts: list[Row] = []
    schema = tx.schema
    merged = merged_identities(tx, fresh)
    for key, number in fresh.items():
        derived = derive_node(
            key,
            [
                NodeSupport(
                    reading.key,
                    passage,
                    claim.extractor,
                    claim.confidence,
                    reading.at,
                    claim.cls,
                    claim.name,
                    claim.props,
                )
                for claim, passage in claims.get(key, ())
            ],
            schema,
        )
        identity = identity_of(key)
        text = searchable_text(schema, [identity, *merged.get(key, ())], derived)
        if text:
            texts.append((number, text))
        rows.append(
            (
                number,
                key,
                tx.terms.add(tx.connection, derived.cls),
                None if derived.name == identity else derived.name,
                pack(derived.props),
                pack_list(derived.aliases),
                1,
                reading.version,
            )
        )
    tx.connection.executemany(
        "INSERT INTO nodes (id, key, cls, name, props, aliases, live, born)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )
    tx.connection.executemany("INSERT INTO node_text (rowid, text) VALUES (?, ?)", texts)
    tx.changes.nodes_added += len(rows)


def _write_statements(writing: _Writing, nodes: dict[str, NodeRow]) -> None:
    tx, reading, batch, passages = (
        writing.tx,
        writing.reading,
        writing.batch,
        writing.passages,
    )
    if not batch.claims:
        return
    slots, stale = writing.slots, writing.stale
    connection, version = tx.connection, reading.version
    types = tx.terms.add_all(connection, {claim.predicate for claim in batch.claims})
    extractors = tx.terms.add_all(connection, {claim.extractor for claim in batch.claims})
    triples: list[Triple] = [
        (nodes[claim.subject].id, types[claim.predicate], nodes[claim.object].id)
        for claim in batch.claims
    ]
    ends = {row.id: row for row in nodes.values()}
    found = find_statements(tx, set(triples))
    ids = {triple: row[0] for triple, row in found.items()}
    missing = sorted(set(triples) - found.keys())
    number = tx.next_id("statements")
    fresh: dict[Triple, int] = {}
    redirected: list[Triple] = []
    for triple in missing:
        src, _, dst = triple
        ids[triple] = number
        if ends[src].root == src and ends[dst].root == dst:
            fresh[triple] = number
        else:
            redirected.append(triple)
        number += 1
    roots = {triple: row[2] for triple, row in found.items()}
    stored = {
        row[:10]: row[10:]
        for row in tx.rows(
            'SELECT passage, statement, extractor, start, "end", confidence, accepted, valid_from,'
            " valid_to, props, n, last FROM evidence"
            f" WHERE passage IN {{ids}} AND last >= {reading.before}",
            slots.known,
        )
    }
    seen: set[Row] = set()
    added: list[Row] = []
    renewed: list[Row] = []
    of_fresh: dict[Triple, list[tuple[Claim, str]]] = defaultdict(list)
    for claim, triple in zip(batch.claims, triples, strict=True):
        passage = passages[claim.passage]
        said = (
            passage,
            ids[triple],
            extractors[claim.extractor],
            claim.start,
            claim.end,
            float(claim.confidence),
            int(claim.status == "accepted"),
            claim.valid_from,
            claim.valid_to,
            pack(claim.props),
        )
        if said in seen:
            continue
        seen.add(said)
        if said in stored:
            n, last = stored[said]
            if last != version:
                renewed.append((version, passage, n))
            continue
        added.append((passage, slots.take("evidence", passage), *said[1:], version, version))
        if triple in fresh:
            of_fresh[triple].append((claim, batch.passages[claim.passage].key))
        elif triple in roots:
            stale.statements.add(roots[triple])
    _insert_statements(tx, reading, fresh, of_fresh)
    for triple in fresh:
        for end in (triple[0], triple[2]):
            if not ends[end].live:
                stale.nodes.add(end)
    _insert_redirected(tx, redirected, ids, ends, stale)
    connection.executemany("UPDATE evidence SET last = ? WHERE passage = ? AND n = ?", renewed)
    connection.executemany(
        'INSERT INTO evidence (passage, n, statement, extractor, start, "end", confidence,'
        " accepted, valid_from, valid_to, props, first, last)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        added,
    )
    tx.changes.evidence_added += len(added)
    tx.changes.evidence_kept += len(renewed)


def _insert_statements(
    tx: Transaction,
    reading: Reading,
    fresh: dict[Triple, int],
    claims: dict[Triple, list[tuple[Claim, str]]],
) -> None:
    rows: list[Row] = []
    for triple, number in fresh.items():
        said = claims[triple]
        if len(said) == 1:
            claim = said[0][0]
            until = claim.valid_to
            if until is not None and until == claim.valid_from:
                until += 1
            rows.append(
                (
                    number,
                    *triple,
                    STATE_OF[Status(claim.status)],
                    combine_confidence([("", claim.confidence)]),
                    1,
                    reading.at,
                    claim.valid_from,
                    until,
                    pack(claim.props),
                )
            )
            continue
        derived = derive_statement(
            [
                Support(
                    reading.key,
                    passage,
                    claim.extractor,
                    claim.confidence,
                    Status(claim.status),
                    reading.at,
                    claim.valid_from,
                    claim.valid_to,
                    claim.props,
                )
                for claim, passage in said
            ]
        )
        rows.append(
            (
                number,
                *triple,
                STATE_OF[derived.status],
                derived.confidence,
                derived.evidence_count,
                derived.recorded,
                derived.valid_from,
                derived.valid_to,
                pack(derived.props),
            )
        )
    tx.connection.executemany(
        "INSERT INTO statements (id, src, type, dst, state, confidence, evidence_count, recorded,"
        " valid_from, valid_to, props) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )
    tx.changes.statements_added += len(rows)


def _insert_redirected(
    tx: Transaction,
    triples: Sequence[Triple],
    ids: dict[Triple, int],
    ends: dict[int, NodeRow],
    stale: Stale,
) -> None:
    """New statements about a node that was merged into another: they only support its own."""
    if not triples:
        return
    roots = {t: (ends[t[0]].root, t[1], ends[t[2]].root) for t in triples}
    tx.connection.executemany(
        "INSERT INTO statements (id, src, type, dst, state, confidence, evidence_count, recorded)"
        " VALUES (?, ?, ?, ?, ?, 0.0, 0, 0)",
        [(ids[triple], *triple, HIDDEN) for triple in triples],
    )
    kept = add_hidden_statements(tx, set(roots.values()))
    tx.connection.executemany(
        "UPDATE statements SET root = ? WHERE id = ?",
        [(kept[roots[triple]], ids[triple]) for triple in triples],
    )
    stale.statements.update(kept.values())
