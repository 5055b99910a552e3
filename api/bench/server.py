"""The store benchmark's part on a Neo4j server: a share of the same graph, against bare UNWIND."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from time import perf_counter
from typing import Any

from api.bench.figures import BenchReport
from api.bench.queries import measure_queries
from api.settings import Settings
from kg.model import Batch, Conflict, Document, Run
from kg.store import Store, open_store
from kg.store.neo4j.connection import Connection, Transaction

_ROWS = 10_000  # per transaction of the control
_CLAIMS = {True: 20_000, False: 300_000}  # that are written, quick or not
SEED = 1

Reading = tuple[Document, Run, list[Batch]]


def measure_server(
    report: BenchReport, address: str, source: Store, *, quick: bool, say: Callable[[str], None]
) -> None:
    """Write a share of `source` to the empty Neo4j at `address`, ask it, and empty it again."""
    settings = Settings.from_environment()
    secrets = {"user": settings.neo4j_user, "password": settings.neo4j_password}
    store = open_store(address, source.schema, **secrets)
    try:
        store.ensure_schema(source.schema)
        if store.versions():
            raise Conflict(f"Neo4j at {address} holds documents; the benchmark needs an empty one.")
        readings = _take(source, _CLAIMS[quick])
        claims = sum(len(batch) for _, _, batches in readings for batch in batches)
        say(f"writing {claims:,} claims to Neo4j")
        seconds = _write(store, readings)
        counts = store.count()
        nodes, statements = sum(counts.nodes.values()), sum(counts.statements.values())
        on = f"sample plant, {nodes:,} nodes, {statements:,} statements, Neo4j"
        report.add("load into Neo4j", statements / seconds, "statements/s", "higher", on=on)
        say("writing the same rows by UNWIND")
        connection = Connection(
            address, **secrets, database=settings.neo4j_database, retry_seconds=15.0
        )
        try:
            bare = _bare(connection, [b for _, _, batches in readings for b in batches])
        finally:
            _empty(connection, "Bare")
            connection.close()
        control = {"bare seconds": round(bare, 2)}
        report.add(
            "load against bare UNWIND",
            seconds / bare,
            "times",
            "lower",
            floor=3,
            control=control,
            on=on,
        )
        say("upserting what is there")
        again = [(replace(d, recipe="again"), Run("again", r.at + 1), b) for d, r, b in readings]
        report.add(
            "upsert against bare UNWIND",
            _write(store, again) / bare,
            "times",
            "lower",
            floor=3,
            control=control,
            on=on,
        )
        say("asking Neo4j")
        measure_queries(report, store, on, count=20 if quick else 100, seed=SEED)
        say("removing a document from Neo4j")
        key = random.Random(SEED).choice(sorted({d.key for d, _, _ in readings}))
        started = perf_counter()
        store.remove_documents([key])
        report.add(
            "removing one document",
            perf_counter() - started,
            "s",
            "lower",
            on=f"{on}; one of {len(readings)} documents",
        )
    finally:
        held = sorted({version.document.key for version in store.versions()})
        store.remove_documents(held)
        store.close()


def _take(source: Store, claims: int) -> list[Reading]:
    """Whole documents of `source` in random order until there are `claims` claims."""
    chance = random.Random(SEED)
    sizes: list[Reading] = []
    for dump in source.dump():
        sizes.append((dump.version.document, dump.version.run, list(dump.batches)))  # noqa: PERF401
    chance.shuffle(sizes)
    taken: list[Reading] = []
    count = 0
    seen: set[str] = set()
    for document, run, batches in sizes:
        if document.key in seen:
            continue
        seen.add(document.key)
        taken.append((document, run, batches))
        count += sum(len(batch) for batch in batches)
        if count >= claims:
            break
    return taken


def _write(store: Store, readings: Sequence[Reading]) -> float:
    started = perf_counter()
    for document, run, batches in readings:
        session = store.begin_load(document, run)
        for batch in batches:
            session.write(batch)
        session.finish()
    return perf_counter() - started


def _bare(connection: Connection, batches: Sequence[Batch]) -> float:
    """Seconds to create the same nodes, relationships, evidence and passages by UNWIND."""
    connection.define(
        "CREATE CONSTRAINT bare_key IF NOT EXISTS FOR (n:BareNode) REQUIRE n.key IS UNIQUE"
    )
    connection.define(
        "CREATE CONSTRAINT bare_passage IF NOT EXISTS FOR (n:BarePassage) REQUIRE n.id IS UNIQUE"
    )
    connection.define("CREATE INDEX bare_about IF NOT EXISTS FOR (n:BareSighting) ON (n.about)")
    connection.define(
        "CREATE INDEX bare_statement IF NOT EXISTS FOR (n:BareEvidence) ON (n.statement)"
    )
    nodes: dict[str, dict[str, Any]] = {}
    passages: list[dict[str, Any]] = []
    sightings: list[dict[str, Any]] = []
    statements: dict[tuple[str, str, str], dict[str, Any]] = {}
    evidence: list[dict[str, Any]] = []
    for batch in batches:
        first = len(passages)
        passages += [
            {"id": first + i, "key": p.key, "place": p.place, "text": p.text}
            for i, p in enumerate(batch.passages)
        ]
        for node in batch.nodes:
            nodes.setdefault(node.node, {"key": node.node, "name": node.name, **node.props})
            sightings.append(
                {"passage": first + node.passage, "about": node.node, "cls": node.cls}
                | {"name": node.name, "confidence": node.confidence, **node.props}
            )
        for claim in batch.claims:
            triple = (claim.subject, claim.predicate, claim.object)
            nodes.setdefault(claim.subject, {"key": claim.subject})
            nodes.setdefault(claim.object, {"key": claim.object})
            number = statements.setdefault(
                triple,
                {
                    "id": len(statements),
                    "subject": triple[0],
                    "type": triple[1],
                    "object": triple[2],
                }
                | {"confidence": claim.confidence, "valid_from": claim.valid_from},
            )["id"]
            evidence.append(
                {"passage": first + claim.passage, "statement": number}
                | {"confidence": claim.confidence, "start": claim.start, "end": claim.end}
                | {"extractor": claim.extractor, "valid_from": claim.valid_from}
            )
    started = perf_counter()
    _unwind(connection, "CREATE (p:BarePassage) SET p = row", passages)
    _unwind(connection, "MERGE (n:BareNode {key: row.key}) SET n += row", list(nodes.values()))
    _unwind(
        connection,
        "MATCH (p:BarePassage {id: row.passage}) CREATE (s:BareSighting)-[:BARE_IN]->(p)"
        " SET s = row",
        sightings,
    )
    _unwind(
        connection,
        "MATCH (a:BareNode {key: row.subject}) MATCH (b:BareNode {key: row.object})"
        " MERGE (a)-[r:$(row.type) {id: row.id}]->(b) SET r += row",
        list(statements.values()),
    )
    _unwind(
        connection,
        "MATCH (p:BarePassage {id: row.passage}) CREATE (e:BareEvidence)-[:BARE_IN]->(p)"
        " SET e = row",
        evidence,
    )
    return perf_counter() - started


def _unwind(connection: Connection, query: str, rows: Sequence[dict[str, Any]]) -> None:
    for start in range(0, len(rows), _ROWS):
        part = rows[start : start + _ROWS]

        def write(tx: Transaction, part: Sequence[dict[str, Any]] = part) -> None:
            tx.run(f"UNWIND $rows AS row {query}", rows=part)

        connection.write(write)


def _empty(connection: Connection, prefix: str) -> None:
    """Delete what the control made."""
    for label in ("Node", "Passage", "Sighting", "Evidence"):
        while connection.write(
            lambda tx, label=label: tx.one(  # type: ignore[misc]
                f"MATCH (n:{prefix}{label}) WITH n LIMIT 20000 DETACH DELETE n RETURN count(n)"
            )[0]
        ):
            pass
    for name in ("bare_key", "bare_passage"):
        connection.define(f"DROP CONSTRAINT {name} IF EXISTS")
    for name in ("bare_about", "bare_statement"):
        connection.define(f"DROP INDEX {name} IF EXISTS")
