"""`gemba bench traceability`: closures against brute force and at scale, EPCIS, common causes."""

from __future__ import annotations

import copy
import random
import tempfile
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import orjson

from api.bench.common_causes import LOG, measure_common_causes
from api.bench.figures import BenchReport, median, percentile
from api.bench.genealogies import HUB, unit_key, write_genealogy
from api.bench.planted_faults import measure_planted_faults
from extraction.epcis import check_document, is_epcis, read_document
from extraction.epcis.interpretation import interpret
from extraction.epcis.validation import events_of
from kg.model import Batch, Claim, Decision, Document, Passage, Run, Statement, Status
from kg.store.sqlite import SqliteStore
from kg.traceability import FlowRelations, adjacency_of, trace_backward
from kg.traceability.adjacency import Adjacency
from kg.traceability.flow import times_of
from ontology import load_schema
from ontology.schema import Schema

UNITS = 1_000_000
_QUICK_UNITS = 30_000
_SEED = 1
_KINDS = {
    "consumed": (("op",), ("lot", "unit")), "produced": (("op",), ("lot", "unit")),
    "madeOf": (("unit", "lot"), ("unit", "lot")),
    "packedInto": (("unit", "lot", "container"), ("container",)),
    "shippedIn": (("unit", "container"), ("shipment",)),
    "shippedTo": (("shipment",), ("customer",)), "suppliedBy": (("lot",), ("supplier",)),
}  # fmt: skip

Say = Callable[[str], None]


def run(*, quick: bool, say: Say, units: int = UNITS, data: Path | None = None) -> BenchReport:
    """Measure traceability; `data` is the folder of the benchmark data (else ../shared/data)."""
    report = BenchReport("traceability", quick, [_SEED])
    schema = load_schema()
    folder = data if data is not None else Path("../shared/data")
    _measure_closures(report, schema, 60 if quick else 400, say)
    _measure_scale(report, schema, min(units, _QUICK_UNITS) if quick else units, say)
    _measure_epcis(report, folder / "traceability" / "epcis_gs1", say)
    measure_common_causes(report, folder / LOG, quick=quick, say=say)
    measure_planted_faults(report, quick=quick, say=say)
    return report


# -- closures against brute force ------------------------------------------------------------


def _measure_closures(report: BenchReport, schema: Schema, count: int, say: Say) -> None:
    say(f"comparing closures of {count} random genealogies with brute force")
    flow, rng = FlowRelations.of(schema), random.Random(_SEED)
    wrong = asymmetric = shrunk = compared = 0
    with tempfile.TemporaryDirectory(prefix="gemba-bench-") as here:
        store = SqliteStore(Path(here) / "small.db", schema)
        try:
            for number in range(count):
                statements = _random_statements(rng, number)
                held = _hold(store, statements, number, rng)
                adjacency = adjacency_of(store, schema)
                assert adjacency is not None
                nodes = sorted({end for s in held for end in (s.subject, s.object)})
                ahead = {node: _brute(held, node, flow) for node in nodes}
                told = {way: _closures(adjacency, nodes, way) for way in ("forward", "backward")}
                for node in nodes:
                    behind = {other for other in nodes if node in ahead[other]}
                    wrong += told["forward"][node] != ahead[node]
                    wrong += told["backward"][node] != behind
                    compared += 2
                    asymmetric += sum(
                        (node in told["backward"][other]) != (other in told["forward"][node])
                        for other in nodes
                    )
                known = {s.key for s in statements}
                new = [s for s in _random_statements(rng, number, 4) if s.key not in known]
                more = [*held, *new]
                _hold(store, more, number, rng, voids=False)
                grown = adjacency_of(store, schema)
                assert grown is not None
                for way in ("forward", "backward"):
                    after = _closures(grown, nodes, way)
                    shrunk += sum(not told[way][node] <= after[node] for node in nodes)
                store.remove_documents([v.document.key for v in store.versions()])
        finally:
            store.close()
    on = f"{count} random genealogies with packing, rework and voided statements, {compared} sets"
    for name, value in (
        ("closures that differ from brute force", wrong),
        ("pairs in back(y) but not in forward(x), or the other way", asymmetric),
        ("sets that shrank when an event was added", shrunk),
    ):
        report.add(name, value, "sets", "lower", floor=0, aim=0, on=on, seeds=[_SEED])


def _random_statements(rng: random.Random, number: int, count: int = 11) -> list[Statement]:
    found: dict[Any, Statement] = {}
    while len(found) < count:
        relation = rng.choice(sorted(_KINDS))
        subjects, objects = _KINDS[relation]
        start = rng.choice([None, *range(0, 70, 10)])
        length = rng.choice([None, *range(0, 50, 10)])
        end = None if start is None or length is None else start + length
        s = Statement(
            f"{rng.choice(subjects)}:{number}-{rng.randrange(3)}", relation,
            f"{rng.choice(objects)}:{number}-{rng.randrange(3)}", Status.ACCEPTED, 1.0, 1, 0,
            start, end,
        )  # fmt: skip
        if s.subject != s.object:
            found.setdefault(s.key, s)
    return list(found.values())


def _hold(
    store: SqliteStore, statements: list[Statement], number: int, rng: random.Random,
    *, voids: bool = True,
) -> list[Statement]:  # fmt: skip
    """Write statements, take one of them back by a decision, and tell which hold."""
    batch = Batch()
    for i, s in enumerate({s.key: s for s in statements}.values()):
        batch.passages.append(Passage(f"{s.key.id}-{i}", f"row:{i}", s.key.id))
        batch.claims.append(Claim(*s.key, i, valid_from=s.valid_from, valid_to=s.valid_to))
    told = Document(f"g{number}", f"{len(batch.claims)}", "bench")
    with store.begin_load(told, Run(f"r{number}-{len(batch.claims)}", number)) as session:
        session.write(batch)
        session.finish()
    if not voids:
        return statements
    void = rng.choice(statements)
    store.decide([Decision(void.key, Status.REJECTED, "bench", number)])
    return [s for s in statements if s.key != void.key]


def _brute(statements: list[Statement], start: str, flow: FlowRelations) -> set[str]:
    """Every path that uses no statement twice, where its movements can be put in time."""
    found: set[str] = set()
    stack: list[tuple[str, list[Statement]]] = [(start, [])]
    while stack:
        node, path = stack.pop()
        if not _is_possible(path, flow):
            continue
        found.add(node)
        stack += [
            (flow.target_of(s), [*path, s])
            for s in statements
            if flow.source_of(s) == node and s not in path
        ]
    return found


def _is_possible(path: list[Statement], flow: FlowRelations) -> bool:
    now, deadline = -(10**15), 10**15
    for s in path:
        start, end, is_stay = times_of(s, flow)
        now = max(now, start)
        if now > min(end, deadline):
            return False
        deadline = min(deadline, end) if is_stay else 10**15
    return True


def _closures(adjacency: Adjacency, nodes: list[str], way: Any) -> dict[str, set[str]]:
    found = adjacency.find(nodes)
    listed = list(found)
    each = adjacency.closures(found.values(), way)
    return {
        **{node: {node} for node in nodes},
        **{
            key: set(adjacency.keys(each.nodes[a:b]))
            for key, (a, b) in zip(listed, pairwise(each.pointers.tolist()), strict=True)
        },
    }


# -- at scale --------------------------------------------------------------------------------


def _measure_scale(report: BenchReport, schema: Schema, units: int, say: Say) -> None:
    with tempfile.TemporaryDirectory(prefix="gemba-bench-") as here:
        store = SqliteStore(Path(here) / "large.db", schema)
        try:
            say(f"writing a genealogy of {units:,} units")
            started = process_time()
            claims = write_genealogy(store, units, _SEED)
            rate = claims / (process_time() - started)
            say("building the adjacency")
            started = process_time()
            adjacency = adjacency_of(store, schema)
            built = process_time() - started
            assert adjacency is not None
            on = f"{units:,} units, {claims:,} statements, {len(adjacency):,} nodes, embedded store"
            report.add("load rate", rate, "statements/CPU s", "higher", on=on, seeds=[_SEED])
            report.add("adjacency built", built, "CPU s", "lower", on=on)
            report.add("adjacency in memory", adjacency.nbytes / 1e6, "MB", "lower", on=on)
            _measure_traces(report, store, schema, adjacency, units, on)
            _measure_patch(report, store, schema, on)
        finally:
            store.close()


def _measure_traces(
    report: BenchReport, store: SqliteStore, schema: Schema, adjacency: Adjacency, units: int,
    on: str,
) -> None:  # fmt: skip
    rng = random.Random(_SEED)
    keys = [unit_key(rng.randrange(units)) for _ in range(300)]
    seeds = list(adjacency.find(keys).items())
    took, cpu, walked = [], [], []
    for _, seed in seeds:
        started, used = perf_counter(), process_time()
        adjacency.closure([seed], "backward")
        took.append(1000 * (perf_counter() - started))
        cpu.append(1000 * (process_time() - used))
    for key, _ in seeds[:40]:
        started = perf_counter()
        trace_backward(store, schema, key)
        walked.append(1000 * (perf_counter() - started))
    report.add("unit back-trace p95", percentile(took, 0.95), "ms", "lower", floor=100, aim=20,
               control={"median": round(median(took), 3),
                        "CPU p95": round(percentile(cpu, 0.95), 3),
                        "whole answer with names and factors, p95":
                            round(percentile(walked, 0.95), 2)},
               on=f"{on}; {len(seeds)} units")  # fmt: skip
    hub = adjacency.find([HUB]).values()
    times, sizes = [], []
    for _ in range(5):
        started = process_time()
        sizes.append(len(adjacency.closure(hub, "forward").nodes))
        times.append(process_time() - started)
    report.add("supplier hub's forward closure", median(times), "CPU s", "lower", floor=5, aim=1,
               control={"worst": round(max(times), 3)}, on=f"{on}; {sizes[0]:,} nodes")  # fmt: skip
    many = list(adjacency.find([unit_key(n) for n in rng.sample(range(units), 5_000)]).values())
    started = process_time()
    each = adjacency.closures(many, "backward")
    report.add("back-traces of 5,000 units at once", process_time() - started, "CPU s", "lower",
               on=f"{on}; {len(each.nodes):,} nodes in all")  # fmt: skip


def _measure_patch(report: BenchReport, store: SqliteStore, schema: Schema, on: str) -> None:
    took = []
    for number in range(10):
        batch = Batch([Passage("p", "row:1", "one more")])
        batch.claims.append(Claim(f"op:NEW-{number}", "produced", unit_key(number), 0))
        with store.begin_load(Document(f"new-{number}", "1", "b"), Run("new", 1)) as session:
            session.write(batch)
            session.finish()
        started = perf_counter()
        adjacency_of(store, schema)
        took.append(1000 * (perf_counter() - started))
    report.add("adjacency patched after one more event, median", median(took), "ms", "lower",
               control={"worst": round(max(took), 1)}, on=on)  # fmt: skip


# -- EPCIS -----------------------------------------------------------------------------------


def _measure_epcis(report: BenchReport, folder: Path, say: Say) -> None:
    names = ("valid EPCIS examples accepted", "invalid ones refused", "round trips that are equal")
    if not folder.exists():
        for name in names:
            report.missing(name, "share", "higher", f"{folder} is not there", aim=1.0)
        return
    say("checking EPCIS examples")
    paths = [path for path in sorted(folder.glob("*")) if is_epcis(path)]
    documents = [d for path in paths if (d := _json(path)) is not None and "type" in d]
    accepted = [d for d in documents if not check_document(d)]
    report.add(names[0], len(accepted) / len(documents), "share", "higher", floor=1.0, aim=1.0,
               on=f"{len(documents)} example documents")  # fmt: skip
    bad = [(field, broken) for d in accepted for field, broken in _broken(d)]
    refused = sum(
        any(field in problem.field for problem in check_document(broken)) for field, broken in bad
    )
    report.add(names[1], refused / len(bad), "share", "higher", floor=1.0, aim=1.0,
               on=f"{len(bad)} documents with one required field taken out or spoilt")  # fmt: skip
    equal = 0
    for document in accepted:
        reading = read_document(orjson.dumps(document), key="k", shown="k")
        texts = [p.text for c in interpret(reading.events) for p in c.batch.passages]
        equal += [orjson.loads(text) for text in texts] == events_of(document)
    report.add(names[2], equal / len(accepted), "share", "higher", floor=1.0, aim=1.0,
               on=f"{len(accepted)} documents; what is kept of each event")  # fmt: skip


def _json(path: Path) -> dict[str, Any] | None:
    try:
        value = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


def _broken(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The document with its first event spoilt in one way each, and the field that is."""
    for field, value in (
        ("eventTime", None), ("eventTime", "today"), ("eventTimeZoneOffset", None),
        ("eventTimeZoneOffset", "6"), ("action", "MOVE"), ("bizStep", "nowhere"),
        ("disposition", "somewhere"), ("readPoint", "here"), ("epcList", ["x"]),
        ("bizTransactionList", [{"type": "po"}]), ("unprefixed", 1),
    ):  # fmt: skip
        spoilt = copy.deepcopy(document)
        event = (events_of(spoilt) or [{}])[0]
        if field not in event and field != "unprefixed":
            continue
        if value is None:
            del event[field]
        else:
            event[field] = value
        yield field, spoilt
