"""`gemba bench store`: the plant's files into both stores, and questions to them."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from time import perf_counter, process_time

from api.bench.bare import copy_rows
from api.bench.figures import BenchReport, median
from api.bench.loading import ACTOR, Say, load_files
from api.bench.queries import measure_queries
from api.settings import Settings
from api.wiring import Plant, open_plant
from kg.model import Run
from kg.store import Dump, Store

SEED = 1
UNITS = 75_000  # make about 300,000 nodes and a million statements
_QUICK_UNITS = 1_000


def run(
    *, quick: bool, say: Say, units: int = UNITS, neo4j: str = "", folder: Path | None = None
) -> BenchReport:
    """Measure the embedded store, and the Neo4j at `neo4j` where one is named."""
    units = min(units, _QUICK_UNITS) if quick else units
    report = BenchReport("store", quick, [SEED], say=say)
    with _folder(folder) as here:
        files = _plant_files(here, units, say)
        embedded = here / f"bench-{units}.db"
        for part in here.glob(embedded.name + "*"):
            part.unlink()
        settings = Settings.from_environment().replaced(store=str(embedded), auth=False)
        with open_plant(settings) as plant:
            on = _measure_loads(report, plant, files, embedded, say)
            say("asking")
            measure_queries(report, plant.store, on, count=60 if quick else 300, seed=SEED)
            _measure_removal(report, plant.store, on, say)
            _measure_server(report, neo4j, files, plant.store, quick=quick, say=say)
    return report


@contextmanager
def _folder(folder: Path | None) -> Iterator[Path]:
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
        return
    made = Path(tempfile.mkdtemp(prefix="gemba-bench-"))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _plant_files(here: Path, units: int, say: Say) -> Path:
    from api.sample.plant import write_plant

    out = here / f"plant-{units}"
    if not (out / "files").exists():
        say(f"writing the files of a plant with {units:,} units")
        write_plant(units, SEED, out)
    return out / "files"


def _cpu_seconds() -> float:
    """What this process and those that it started and saw end have used."""
    import resource

    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def _measure_loads(report: BenchReport, plant: Plant, files: Path, path: Path, say: Say) -> str:
    plant.load_concepts(ACTOR.name)  # the ontology is read and compiled before the clock starts
    say("loading the files into the embedded store")
    before, own_before = _cpu_seconds(), process_time()
    answer, seconds = load_files(plant, files, say)
    cpu, own = _cpu_seconds() - before, process_time() - own_before
    refused = [file.file for file in answer.files if file.outcome == "refused"]
    if refused:
        report.notes.append(
            f"{len(refused)} of {len(answer.files)} files were refused: {refused[:3]}"
        )
    counts = plant.store.count()
    nodes, statements = sum(counts.nodes.values()), sum(counts.statements.values())
    on = f"sample plant, {nodes:,} nodes, {statements:,} statements, embedded"
    added = sum(file.changes.statements_added for file in answer.files)
    seconds_of = {
        stage: sum(file.seconds.get(stage, 0.0) for file in answer.files)
        for stage in ("reading", "resolution", "gate", "storing")
    }
    report.add(
        "whole load",
        added / seconds,
        "statements/s",
        "higher",
        floor=10_000,
        aim=30_000,
        on=f"{on}; {len(answer.files)} files",
        seeds=[SEED],
    )
    report.add(
        "whole load per CPU second, all processes",
        added / cpu,
        "statements/CPU s",
        "higher",
        control={"CPU seconds": round(cpu, 2), "seconds": round(seconds, 2)},
        on=on,
        seeds=[SEED],
    )
    # Where another process reads ahead, `reading` is what this one waited for it.
    rest = {"the rest (recognising files, the log)": seconds - sum(seconds_of.values())}
    for stage, took in (seconds_of | rest).items():
        report.add(f"share of {stage}", took / seconds, "of the load", "lower", on=on)
    report.add("peak memory of the load", _peak_megabytes(), "MB", "lower", on=on)
    report.add("size of the store", path.stat().st_size / 1e6, "MB", "lower", on=on)

    say("loading them again")
    again, second = load_files(plant, files, say)
    written = sum(f.changes.evidence_added + f.changes.evidence_retired for f in again.files)
    report.add(
        "second load, share of the first's time",
        second / seconds,
        "ratio",
        "lower",
        floor=0.2,
        on=on,
    )
    report.add("second load, evidence written", written, "rows", "lower", floor=0, on=on)

    say("writing the same rows by executemany")
    target = path.with_suffix(".bare.db")
    bare, bare_cpu, rows = copy_rows(path, target)
    # On a busy machine seconds say little; what the CPU did for both can be compared.
    control = {"bare seconds": round(bare, 2), "bare CPU seconds": round(bare_cpu, 2), "rows": rows}
    for part in path.parent.glob(target.name + "*"):
        part.unlink()
    report.add(
        "load against bare executemany",
        seconds_of["storing"] / bare,
        "times",
        "lower",
        floor=3,
        control=control | {"CPU seconds of reading, gate and storing here": round(own, 2)},
        on=on,
    )
    say("upserting what is there")
    upsert, upsert_cpu = replay(plant.store, plant.store, recipe="again", run="upsert")
    report.add(
        "upsert against bare executemany",
        upsert / bare,
        "times",
        "lower",
        floor=3,
        control=control | {"CPU seconds": round(upsert_cpu, 2)},
        on=on,
    )
    return on


def replay(
    source: Store, target: Store, *, recipe: str, run: str, share: float = 1.0
) -> tuple[float, float]:
    """Write what `source` holds into `target` as new versions; returns the seconds of writing and
    those of the CPU.

    `share` of the documents are written, in the order of `source`.
    """
    seconds = cpu = 0.0
    dumps: Iterator[Dump] = source.dump()
    documents = len({v.document.key for v in source.versions()})
    for number, dump in enumerate(dumps):
        if number >= share * documents:
            break
        document = replace(dump.version.document, recipe=recipe)
        batches = list(dump.batches)
        started, used = perf_counter(), process_time()
        session = target.begin_load(document, Run(run, dump.version.run.at + 1))
        for batch in batches:
            session.write(batch)
        session.finish()
        seconds += perf_counter() - started
        cpu += process_time() - used
    return seconds, cpu


def _measure_removal(report: BenchReport, store: Store, on: str, say: Say) -> None:
    say("removing documents")
    keys = sorted({version.document.key for version in store.versions()})
    chosen = random.Random(SEED).sample(keys, min(5, len(keys)))
    took = []
    for key in chosen:
        started = perf_counter()
        store.remove_documents([key])
        took.append(perf_counter() - started)
    report.add(
        "removing one document, median",
        median(took),
        "s",
        "lower",
        on=f"{on}; {len(chosen)} of {len(keys)} documents",
        seeds=[SEED],
    )
    report.add(
        "removing one document, worst",
        max(took),
        "s",
        "lower",
        floor=2,
        on=f"{on}; {len(chosen)} of {len(keys)} documents",
        seeds=[SEED],
    )


def _measure_server(
    report: BenchReport, address: str, files: Path, source: Store, *, quick: bool, say: Say
) -> None:
    if not address:
        report.missing(
            "load against bare UNWIND",
            "times",
            "lower",
            "no Neo4j was named; give --neo4j neo4j://127.0.0.1:7687",
            floor=3,
        )
        return
    from api.bench.server import measure_server

    measure_server(report, address, files, source, quick=quick, say=say)


def _peak_megabytes() -> float:
    """Of this process and the largest that it started, together."""
    import resource

    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(resource.getrusage(one).ru_maxrss for one in who) / 1024
