"""Benchmarks: one per capability, run by `gemba bench NAME`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import cast

from api.bench.figures import BenchReport, Figure

__all__ = ["BENCHES", "Bench", "BenchReport", "Figure"]


@dataclass(frozen=True, slots=True)
class Bench:
    """A benchmark by name; its module is imported only when it runs."""

    name: str
    summary: str
    module: str

    def load(self) -> Callable[..., BenchReport]:
        """The function `run(*, quick, say, **options)` of the benchmark's module."""
        return cast(Callable[..., BenchReport], import_module(self.module).run)


BENCHES = {
    bench.name: bench
    for bench in (
        Bench(
            "store",
            "load, upsert, queries and removal on both stores, on a generated plant",
            "api.bench.store",
        ),
        Bench(
            "documents",
            "statements read from made-up manuals, pages a second, memory",
            "api.bench.documents",
        ),
        Bench(
            "extraction",
            "F1 of the trainable tiers on public corpora, texts a second",
            "api.bench.extraction",
        ),
        Bench(
            "completion",
            "missing and wrong links found on public and own sets, beside controls",
            "api.bench.completion",
        ),
        Bench(
            "diagnosis",
            "posteriors, the next check and causes of recorded alarms, with controls",
            "api.bench.diagnosis",
        ),
        Bench(
            "traceability",
            "closures against brute force and at scale, EPCIS, common causes on a real log",
            "api.bench.traceability",
        ),
    )
}
