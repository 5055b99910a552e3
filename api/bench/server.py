"""The store benchmark's part on a Neo4j server: the same files, against bare UNWIND."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

from api.bench.figures import BenchReport, median
from api.bench.loading import ACTOR, Say, load_files
from api.bench.queries import measure_queries
from api.settings import Settings
from api.wiring import Plant, open_plant
from kg.ingest import CONCEPTS
from kg.model import Batch, Conflict, Document, Run
from kg.model.keys import StatementKey
from kg.store import Dump, Store
from kg.store.neo4j.connection import Connection
from kg.store.neo4j.names import statement_number

_ROWS = 10_000  # per transaction of the control, and of emptying
_WARM = 4_000  # claims that are written and removed first: the server compiles while it works
_WARM_ROUNDS = 2
_REMOVALS = 5
SEED = 1

Reading = tuple[Document, Run, list[Batch]]


def measure_server(
    report: BenchReport, address: str, files: Path, source: Store, *, quick: bool, say: Say
) -> None:
    """Load `files` into the empty Neo4j at `address`, ask it, and empty it again.

    A few documents of `source` are written, by the store and by the control, and removed before
    the clock starts. Raises Conflict where the server holds anything.
    """
    settings = Settings.from_environment().replaced(store=address, auth=False)
    control = Connection(
        address,
        user=settings.neo4j_user,
        password=settings.neo4j_password,
        database=settings.neo4j_database,
        retry_seconds=15.0,
    )
    try:
        if control.read(
            lambda tx: tx.one("MATCH (n) WHERE NOT n:GembaStore RETURN count(n)")[0],
        ):
            raise Conflict(f"Neo4j at {address} holds data; the benchmark needs an empty one.")
        try:
            with open_plant(settings) as plant:
                _measure(report, plant, control, files, source, quick=quick, say=say)
        finally:
            say("emptying Neo4j")
            _empty(control)
    finally:
        control.close()


def _measure(
    report: BenchReport,
    plant: Plant,
    control: Connection,
    files: Path,
    source: Store,
    *,
    quick: bool,
    say: Say,
) -> None:
    store = plant.store
    say("warming Neo4j up")
    _warm_up(plant, control, source)
    say("loading the files into Neo4j")
    added, seconds, storing = _load(plant, files)
    counts = store.count()
    nodes, statements = sum(counts.nodes.values()), sum(counts.statements.values())
    on = f"sample plant, {nodes:,} nodes, {statements:,} statements, Neo4j"
    report.add("whole load into Neo4j", added / seconds, "statements/s", "higher", on=on)
    report.add("share of storing in Neo4j", storing / seconds, "of the load", "lower", on=on)
    say("loading them again")
    written, again, _ = _load(plant, files, changes=("evidence_added", "evidence_retired"))
    name = "second load into Neo4j"
    report.add(f"{name}, share of the first's time", again / seconds, "ratio", "lower", floor=0.2)
    report.add(f"{name}, evidence written", written, "rows", "lower", floor=0, on=on)
    say("writing the same rows by UNWIND")
    bare, rows = _write_bare(control, (batch for dump in _files(store) for batch in dump.batches))
    about: dict[str, Any] = {
        "floor": 3,
        "control": {"bare seconds": round(bare, 2), "rows": rows},
        "on": on,
    }
    report.add("load against bare UNWIND", storing / bare, "times", "lower", **about)
    _empty_control(control)
    say("upserting what is there")
    upsert = _rewrite(store)
    report.add("upsert against bare UNWIND", upsert / bare, "times", "lower", **about)
    say("asking Neo4j")
    measure_queries(report, store, on, count=30 if quick else 100, seed=SEED)
    say("removing documents from Neo4j")
    keys = sorted({version.document.key for version in store.versions()})
    chosen = random.Random(SEED).sample(keys, min(_REMOVALS, len(keys)))
    took = [_time(lambda key=key: store.remove_documents([key])) for key in chosen]  # type: ignore[misc]
    on = f"{on}; {len(chosen)} of {len(keys)} documents"
    report.add("removing one document, median", median(took), "s", "lower", on=on, seeds=[SEED])
    report.add(
        "removing one document, worst", max(took), "s", "lower", floor=2, on=on, seeds=[SEED]
    )


def _time(work: Callable[[], object]) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started


def _load(
    plant: Plant, files: Path, changes: Sequence[str] = ("statements_added",)
) -> tuple[int, float, float]:
    """Load as `gemba load` does: the sum of `changes`, seconds, and those of them in the store."""
    answer, seconds = load_files(plant, files)
    done = sum(getattr(file.changes, name) for file in answer.files for name in changes)
    return done, seconds, sum(file.seconds.get("storing", 0.0) for file in answer.files)


def _warm_up(plant: Plant, control: Connection, source: Store) -> None:
    plant.load_concepts(ACTOR.name)  # the ontology is read and compiled before the clock starts
    readings = _take(source, _WARM)
    for _ in range(_WARM_ROUNDS):
        for document, run, batches in readings:
            session = plant.store.begin_load(document, run)
            for batch in batches:
                session.write(batch)
            session.finish()
        _write_bare(control, (batch for *_, batches in readings for batch in batches))
        _empty_control(control)
        plant.store.remove_documents([document.key for document, *_ in readings])


def _files(store: Store) -> Iterator[Dump]:
    """What was loaded from files: all but the ontology's concepts."""
    return (dump for dump in store.dump() if dump.version.document.key != CONCEPTS)


def _take(source: Store, claims: int) -> list[Reading]:
    """Documents of `source`, the first ones with about `claims` claims."""
    taken: list[Reading] = []
    left = claims
    for dump in _files(source):
        document = dump.version.document
        if left <= 0:
            break
        if any(document.key == d.key for d, *_ in taken):
            continue
        batches = list(dump.batches)
        taken.append((document, dump.version.run, batches))
        left -= sum(len(batch) for batch in batches)
    return taken


def _rewrite(store: Store) -> float:
    """Seconds to write everything that files gave `store` as new versions."""
    seconds = 0.0
    for dump in _files(store):
        document = replace(dump.version.document, recipe="again")
        batches = list(dump.batches)
        started = perf_counter()
        session = store.begin_load(document, Run("again", dump.version.run.at + 1))
        for batch in batches:
            session.write(batch)
        session.finish()
        seconds += perf_counter() - started
    return seconds


# -- the control -----------------------------------------------------------------------------

_SCHEMA = {
    "bare_key": "CONSTRAINT {} IF NOT EXISTS FOR (n:BareNode) REQUIRE n.key IS UNIQUE",
    "bare_passage": "CONSTRAINT {} IF NOT EXISTS FOR (n:BarePassage) REQUIRE n.id IS UNIQUE",
    "bare_about": "INDEX {} IF NOT EXISTS FOR (n:BareSighting) ON (n.about)",
    "bare_statement": "INDEX {} IF NOT EXISTS FOR (n:BareEvidence) ON (n.statement)",
}
_QUERIES = {  # in the order in which rows of one refer to those of others
    "passages": "CREATE (p:BarePassage) SET p = row",
    "nodes": "MERGE (n:BareNode {key: row.key}) SET n += row",
    "sightings": "MATCH (p:BarePassage {id: row.passage})"
    " CREATE (s:BareSighting)-[:BARE_IN]->(p) SET s = row",
    "statements": "MATCH (a:BareNode {key: row.subject}) MATCH (b:BareNode {key: row.object})"
    " MERGE (a)-[r:$(row.type) {id: row.id}]->(b) SET r += row",
    "evidence": "MATCH (p:BarePassage {id: row.passage})"
    " CREATE (e:BareEvidence)-[:BARE_IN]->(p) SET e = row",
}


def _write_bare(control: Connection, batches: Iterator[Batch]) -> tuple[float, int]:
    """Seconds to create the same nodes, relationships, evidence and passages by UNWIND in
    transactions of 10,000 rows, and how many rows that were. Making the rows is not timed."""
    for name, definition in _SCHEMA.items():
        control.define(f"CREATE {definition.format(name)}")
    waiting: dict[str, list[dict[str, Any]]] = {name: [] for name in _QUERIES}
    seconds, rows = 0.0, 0

    def flush() -> None:
        nonlocal seconds, rows
        started = perf_counter()
        for name, query in _QUERIES.items():
            for start in range(0, len(waiting[name]), _ROWS):
                part = waiting[name][start : start + _ROWS]
                control.write(
                    lambda tx, part=part, query=query: tx.run(  # type: ignore[misc]
                        f"UNWIND $rows AS row {query}", rows=part
                    )
                )
                rows += len(part)
            waiting[name].clear()
        seconds += perf_counter() - started

    nodes: set[str] = set()
    statements: set[int] = set()
    passages = 0
    for batch in batches:
        _add_rows(waiting, batch, passages, nodes, statements)
        passages += len(batch.passages)
        if any(len(some) >= _ROWS for some in waiting.values()):
            flush()
    flush()
    return seconds, rows


def _add_rows(
    waiting: dict[str, list[dict[str, Any]]],
    batch: Batch,
    first: int,
    nodes: set[str],
    statements: set[int],
) -> None:
    """The rows of one batch, nodes and statements only where they are new."""
    waiting["passages"] += [
        {"id": first + i, "key": p.key, "place": p.place, "text": p.text}
        for i, p in enumerate(batch.passages)
    ]
    for node in batch.nodes:
        if node.node not in nodes:
            nodes.add(node.node)
            waiting["nodes"].append({"key": node.node, "name": node.name, **(node.props or {})})
        waiting["sightings"].append(
            {"passage": first + node.passage, "about": node.node, "cls": node.cls}
            | {"name": node.name, "confidence": node.confidence, **(node.props or {})}
        )
    for claim in batch.claims:
        for end in (claim.subject, claim.object):
            if end not in nodes:
                nodes.add(end)
                waiting["nodes"].append({"key": end})
        number = statement_number(StatementKey(claim.subject, claim.predicate, claim.object))
        if number not in statements:
            statements.add(number)
            waiting["statements"].append(
                {"id": number, "subject": claim.subject, "object": claim.object}
                | {"type": f"BARE_{claim.predicate}", "confidence": claim.confidence}
                | {"valid_from": claim.valid_from}
            )
        waiting["evidence"].append(
            {"passage": first + claim.passage, "statement": number}
            | {"confidence": claim.confidence, "start": claim.start, "end": claim.end}
            | {"extractor": claim.extractor, "valid_from": claim.valid_from}
        )


def _empty_control(control: Connection) -> None:
    """Delete what the control made."""
    for label in ("Evidence", "Sighting", "Passage"):
        _delete_all(control, f"Bare{label}")
    _delete_hubs(control, "BareNode")
    for name, definition in _SCHEMA.items():
        control.define(f"DROP {definition.partition(' ')[0]} {name} IF EXISTS")


def _empty(control: Connection) -> None:
    """Delete all that was written, also what an interrupted measurement left."""
    _empty_control(control)
    for label in ("Evidence", "Sighting", "PassagePast", "Passage", "Before", "Record", "Log"):
        _delete_all(control, f"Gemba{label}")
    _delete_hubs(control, "Gemba")
    for label in ("GembaVersion", "GembaDocument", "GembaLogEntry"):
        _delete_all(control, label)


def _delete_hubs(control: Connection, label: str) -> None:
    """Delete nodes that may have too many relationships for one transaction: those first."""
    query = f"MATCH (:{label})-[r]->() WITH r LIMIT {_ROWS} DELETE r RETURN count(*)"
    while control.write(lambda tx: tx.one(query)[0]):
        pass
    _delete_all(control, label)


def _delete_all(control: Connection, label: str) -> None:
    query = f"MATCH (n:{label}) WITH n LIMIT {_ROWS} DETACH DELETE n RETURN count(*)"
    while control.write(lambda tx: tx.one(query)[0]):
        pass
