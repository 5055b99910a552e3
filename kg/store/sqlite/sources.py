"""Where things are said: evidence of statements, claims about nodes, counts, versions, dumps."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterator

from kg.model.claims import Batch, Claim, Document, NodeClaim, Passage, Run
from kg.model.graph import Evidence, Sighting, Status, View
from kg.model.keys import StatementKey
from kg.store.protocol import Counts, Version
from kg.store.sqlite.history import LIVE_AT
from kg.store.sqlite.packing import unpack
from kg.store.sqlite.resolving import member_ids, resolve, statement_ids
from kg.store.sqlite.transaction import Row, Snapshot, select_in

DUMP_PASSAGES = 2_000  # per batch

_PASSAGE = "p.id, d.key, p.key, p.place, p.text, p.first"
_JOINS = (
    " JOIN passages p ON p.id = e.passage JOIN documents d ON d.id = p.document"
    " JOIN versions v ON v.id = e.first LEFT JOIN versions u ON u.id = e.until"
    " JOIN terms t ON t.id = e.extractor"
)
_EVIDENCE = (
    f'SELECT e.statement, {_PASSAGE}, e.start, e."end", t.text, v.run, e.confidence, e.accepted,'
    f" v.at, u.at, e.valid_from, e.valid_to, e.props, e.n FROM evidence e{_JOINS}"
    " WHERE e.statement IN {ids}"
)
_SIGHTINGS = (
    f"SELECT e.node, {_PASSAGE}, -1, -1, t.text, v.run, e.confidence, 1, v.at, u.at, NULL, NULL,"
    f" NULL, e.n, c.text, e.name, e.props FROM sightings e{_JOINS} JOIN terms c ON c.id = e.cls"
    " WHERE e.node IN {ids}"
)


def _live(view: View) -> tuple[str, tuple[object, ...]]:
    if view.as_of is None:
        return " AND e.until IS NULL", ()
    return f" AND {LIVE_AT}", (view.as_of, view.as_of)


def evidence_of(
    snapshot: Snapshot,
    keys: Collection[StatementKey],
    limit_per_statement: int | None,
    view: View,
) -> dict[StatementKey, list[Evidence]]:
    """Live evidence, most confident first, then latest recorded."""
    found = statement_ids(snapshot.connection, snapshot.terms, keys, hidden=view.as_of is not None)
    members = member_ids(snapshot.connection, "statements", set(found.values()))
    condition, values = _live(view)
    rows = list(snapshot.rows(_EVIDENCE + condition, members, *values))
    contents = _contents_then(snapshot, rows, view)
    evidence: dict[int, list[Evidence]] = defaultdict(list)
    for row in rows:
        evidence[members[row[0]]].append(_to_evidence(row, contents))
    for pieces in evidence.values():
        pieces.sort(key=evidence_order)
    return {
        key: evidence[number][:limit_per_statement]
        for key, number in found.items()
        if number in evidence
    }


def evidence_order(e: Evidence) -> tuple[object, ...]:
    """Most confident first, then latest recorded; then by where and what it is."""
    return (
        -e.confidence,
        -e.recorded,
        e.document,
        e.passage,
        e.extractor,
        e.start,
        e.end,
        e.status,
        e.valid_from is not None,
        e.valid_from or 0,
        e.valid_to is not None,
        e.valid_to or 0,
        repr(sorted(e.props.items())),
    )


def _contents_then(
    snapshot: Snapshot, rows: Collection[Row], view: View
) -> dict[int, tuple[str, str]]:
    """Place and text of passages that stood elsewhere at the view's instant."""
    if view.as_of is None:
        return {}
    streaks: dict[int, list[Row]] = defaultdict(list)
    for passage, *streak in snapshot.rows(
        "SELECT o.passage, p.document, o.first, o.last, o.place, o.text FROM passage_past o"
        " JOIN passages p ON p.id = o.passage WHERE o.passage IN {ids} ORDER BY o.first DESC",
        {row[1] for row in rows},
    ):
        streaks[passage].append(streak)
    read: dict[int, list[int]] = defaultdict(list)  # versions recorded by then, by document
    for document, version, at in snapshot.rows(
        "SELECT document, id, at FROM versions WHERE document IN {ids}",
        {told[0][0] for told in streaks.values()},
    ):
        if at <= view.as_of:
            read[document].append(version)
    presently = dict(snapshot.rows("SELECT id, first FROM passages WHERE id IN {ids}", streaks))
    then: dict[int, tuple[str, str]] = {}
    for passage, told in streaks.items():
        versions = read[told[0][0]]
        if any(version >= presently[passage] for version in versions):
            continue
        for _, first, last, place, text in told:
            if any(first <= version <= last for version in versions):
                then[passage] = (place, text)
                break
    return then


def _to_evidence(row: Row, contents: dict[int, tuple[str, str]]) -> Evidence:
    _, passage, document, key, place, text, _, start, end, extractor, run = row[:11]
    place, text = contents.get(passage, (place, text))
    return Evidence(
        document,
        key,
        place,
        text if start < 0 else text[start : len(text) if end < 0 else end],
        text,
        start,
        end,
        extractor,
        run,
        row[11],
        Status.ACCEPTED if row[12] else Status.SUGGESTED,
        row[13],
        row[14],
        row[15],
        row[16],
        unpack(row[17]),
    )


def sightings_of(
    snapshot: Snapshot, keys: Collection[str], view: View
) -> dict[str, list[Sighting]]:
    """Live claims about nodes, in the order in which they are believed."""
    found = resolve(snapshot.connection, keys)
    present = dict(found.values())
    members = member_ids(snapshot.connection, "nodes", present)
    condition, values = _live(view)
    rows = list(snapshot.rows(_SIGHTINGS + condition, members, *values))
    contents = _contents_then(snapshot, rows, view)
    sightings: dict[int, list[Sighting]] = defaultdict(list)
    for row in rows:
        node = members[row[0]]
        sightings[node].append(
            Sighting(present[node], row[19], row[20], unpack(row[21]), _to_evidence(row, contents))
        )
    for claims in sightings.values():
        claims.sort(key=sighting_order)
    return {key: sightings[number] for key, (number, _) in found.items() if number in sightings}


def sighting_order(s: Sighting) -> tuple[object, ...]:
    """The order in which `derive_node` believes claims."""
    e = s.evidence
    props = repr(sorted(s.props.items())) if s.props else ""
    return (
        -e.confidence,
        -e.recorded,
        e.document,
        e.passage,
        e.extractor,
        s.name or "",
        s.cls,
        props,
    )


def count(connection: sqlite3.Connection) -> Counts:
    """How much there is."""
    counted: dict[str, dict[str | None, int]] = defaultdict(dict)
    for what, term, number in connection.execute(
        "SELECT c.what, t.text, c.n FROM tallies c LEFT JOIN terms t ON t.id = c.term"
        " WHERE c.n > 0 ORDER BY t.text"
    ):
        counted[what][term] = number
    return Counts(
        nodes={term: number for term, number in counted["node"].items() if term},
        statements={term: number for term, number in counted["statement"].items() if term},
        evidence=counted["evidence"].get(None, 0),
        passages=counted["passage"].get(None, 0),
        documents=int(connection.execute("SELECT count(*) FROM documents").fetchone()[0]),
    )


def versions(
    connection: sqlite3.Connection, document: str | None, *, in_order_read: bool = False
) -> list[tuple[int, int, Version]]:
    """Versions with their id and their document's."""
    where = "" if document is None else " WHERE d.key = ?"
    order = "v.id" if in_order_read else "d.key, v.id"
    return [
        (
            row[0],
            row[1],
            Version(Document(*row[2:8]), Run(*row[8:12]), bool(row[12]), row[13]),
        )
        for row in connection.execute(
            "SELECT v.id, d.id, d.key, v.sha256, v.recipe, v.title, v.media_type, v.language,"
            " v.run, v.at, v.by, v.label, v.complete, v.checkpoint"
            f" FROM versions v JOIN documents d ON d.id = v.document{where} ORDER BY {order}",
            () if document is None else (document,),
        )
    ]


def dump_version(connection: sqlite3.Connection, document: int, version: int) -> Iterator[Batch]:
    """What one version said, in batches."""
    after = 0
    while True:
        numbers = [
            row[0]
            for row in connection.execute(
                "SELECT id FROM passages WHERE document = ? AND id > ? ORDER BY id LIMIT ?",
                (document, after, DUMP_PASSAGES),
            )
        ]
        if not numbers:
            return
        after = numbers[-1]
        batch = Batch()
        slot: dict[int, int] = {}
        for table, column in (("passages", "id"), ("passage_past", "passage")):
            key = (
                "p.key"
                if table == "passages"
                else "(SELECT key FROM passages WHERE id = p.passage)"
            )
            for row in select_in(
                connection,
                f"SELECT p.{column}, {key}, p.place, p.text, p.language, p.heading FROM {table} p"
                f" WHERE p.{column} IN {{ids}} AND p.first <= ? AND p.last >= ?",
                numbers,
                version,
                version,
            ):
                slot[row[0]] = len(batch.passages)
                batch.passages.append(Passage(*row[1:]))
        for row in select_in(
            connection,
            "SELECT n.key, c.text, s.passage, s.name, s.props, s.confidence, t.text"
            " FROM sightings s JOIN nodes n ON n.id = s.node JOIN terms c ON c.id = s.cls"
            " JOIN terms t ON t.id = s.extractor"
            " WHERE s.passage IN {ids} AND s.first <= ? AND s.last >= ? ORDER BY s.passage, s.n",
            slot,
            version,
            version,
        ):
            batch.nodes.append(
                NodeClaim(row[0], row[1], slot[row[2]], row[3], unpack(row[4]), row[5], row[6])
            )
        for row in select_in(
            connection,
            "SELECT a.key, y.text, b.key, e.passage, e.confidence, e.accepted, t.text, e.start,"
            ' e."end", e.valid_from, e.valid_to, e.props'
            " FROM evidence e JOIN statements s ON s.id = e.statement JOIN nodes a ON a.id = s.src"
            " JOIN nodes b ON b.id = s.dst JOIN terms y ON y.id = s.type"
            " JOIN terms t ON t.id = e.extractor"
            " WHERE e.passage IN {ids} AND e.first <= ? AND e.last >= ? ORDER BY e.passage, e.n",
            slot,
            version,
            version,
        ):
            batch.claims.append(
                Claim(
                    row[0],
                    row[1],
                    row[2],
                    passage=slot[row[3]],
                    confidence=row[4],
                    status="accepted" if row[5] else "suggested",
                    extractor=row[6],
                    start=row[7],
                    end=row[8],
                    valid_from=row[9],
                    valid_to=row[10],
                    props=unpack(row[11]) or None,
                )
            )
        if batch.passages:
            yield batch
