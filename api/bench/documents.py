"""How well and how fast documents are read: statements of made-up manuals, pages a second, memory.

The manuals are the product's own, of six layouts in two languages, so their precision and recall
are a guard against getting worse, not a promise for the manuals of the world.
"""

from __future__ import annotations

import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from api.bench.figures import BenchReport
from api.sample.manuals import MadeManual, Triple, write_manuals
from extraction.documents import read_document
from extraction.documents.structure.scribe import ACCEPTED_FROM, EXTRACTOR
from extraction.text import EXTRACTORS
from kg.resolution import NameResolver
from ontology import load_schema
from ontology.schema import Schema

_SEEDS = (1, 2, 3)
_FAULTS = frozenset({"indicates", "causes", "detectedBy", "remediedBy"})


def run(*, quick: bool, say: Callable[[str], None], **_: object) -> BenchReport:
    """Measure on manuals of three seeds."""
    report = BenchReport("documents", quick, list(_SEEDS))
    schema = load_schema()
    count = 24 if quick else 120
    with tempfile.TemporaryDirectory(prefix="gemba-bench-") as folder:
        _statements(report, schema, Path(folder), count, say)
        _speed(report, schema, Path(folder), 40 if quick else 300, say)
    report.notes.append(
        "Precision and recall count the accepted statements about faults of made-up manuals."
    )
    return report


def _statements(
    report: BenchReport, schema: Schema, folder: Path, count: int, say: Callable[[str], None]
) -> None:
    resolver = NameResolver(schema)
    precisions, recalls, subjects = [], [], []
    missed: dict[str, list[int]] = {}
    for seed in _SEEDS:
        say(f"reading {count} manuals of seed {seed}")
        here = folder / f"seed-{seed}"
        here.mkdir()
        found = right = expected = about = 0
        manuals = write_manuals(here, schema, seed, count)
        for manual in manuals:
            said, subject = _read(manual, schema, resolver)
            hits = len(said & manual.triples)
            found, right, expected = found + len(said), right + hits, expected + len(manual.triples)
            about += subject == manual.about
            tally = missed.setdefault(manual.layout, [0, 0])
            tally[0] += hits
            tally[1] += len(manual.triples)
        precisions.append(right / found if found else 0.0)
        recalls.append(right / expected)
        subjects.append(about / len(manuals))
    on = f"{count} manuals, six layouts, en and zh"
    for name, values in (
        ("precision of statements", precisions),
        ("recall of statements", recalls),
        ("subject told", subjects),
    ):
        report.add(
            name, statistics.mean(values), "share", "higher", floor=0.9, aim=0.97, on=on,
            seeds=_SEEDS, spread=round(statistics.stdev(values), 4),
        )  # fmt: skip
    for layout, (hits, of) in sorted(missed.items()):
        report.add(f"recall, {layout}", hits / of, "share", "higher", on=on, seeds=_SEEDS)


def _read(
    manual: MadeManual, schema: Schema, resolver: NameResolver
) -> tuple[set[Triple], str | None]:
    said: set[Triple] = set()
    subject = None
    for chunk in read_document(manual.path, schema).chunks():
        for claim in chunk.batch.claims:
            if claim.predicate == "describedIn":
                subject = claim.subject
            elif (
                claim.predicate in _FAULTS
                and claim.extractor == EXTRACTOR
                and claim.confidence >= ACCEPTED_FROM
            ):
                said.add(
                    (
                        resolver.resolve(claim.subject),
                        claim.predicate,
                        resolver.resolve(claim.object),
                    )
                )
    return said, subject


def _speed(
    report: BenchReport, schema: Schema, folder: Path, pages: int, say: Callable[[str], None]
) -> None:
    from api.bench.long_manual import write_long_manual

    path = write_long_manual(folder / "long.pdf", pages)
    extractors = [make(schema) for make in EXTRACTORS.values()]
    say(f"reading a manual of {pages} pages")
    reading = read_document(path, schema, extractors=extractors)
    before = _peak_mb()
    started = time.process_time()
    statements = sum(len(chunk.batch.claims) for chunk in reading.chunks())
    seconds = time.process_time() - started
    on = f"a PDF of {pages} pages with text and ruled tables, text extraction included"
    report.add("pages a CPU second", pages / seconds, "1/s", "higher", floor=10, aim=30, on=on)
    report.add("claims a CPU second", statements / seconds, "1/s", "higher", on=on)
    report.add("memory that reading adds", _peak_mb() - before, "MB", "lower", aim=200, on=on)


def _peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1024 / (1024 if sys.platform == "darwin" else 1)
