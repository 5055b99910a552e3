"""Reading before anything is labelled: precision and recall of statements that are accepted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from api.bench.figures import BenchReport
from extraction.pipeline.measuring import measure_day_one
from extraction.text import lexicon_extractor
from ontology import load_schema

PRECISION = 0.9  # of accepted statements, at least
_FORMATS = {"maintie": "maintie", "mwo2kg": "conll", "bdci2022": "bdci"}


class _Set(NamedTuple):
    name: str
    path: str
    note: str = ""


_SETS = (
    _Set("MaintIE", "maintie/gold_dev.json"),
    _Set("mwo2kg", "mwo2kg/conll_dev.txt"),
    _Set(
        "BDCI 2022",
        "bdci2022/dev.jsonl",
        "; a lower bound: people marked only what stands in one of four relations",
    ),
)


def measure_day_ones(report: BenchReport, folder: Path, say: Callable[[str], None]) -> None:
    """Add the figures of all sets, or why there is none."""
    schema = load_schema()
    extractor = lexicon_extractor(schema)
    for each in _SETS:
        path = folder / each.path
        names = f"{each.name}, day one, precision", f"{each.name}, day one, recall"
        if not path.exists():
            reason = f"{path} is not there; say the folder of the corpora with --data"
            report.missing(names[0], "share", "higher", reason, floor=PRECISION)
            report.missing(names[1], "share", "higher", reason)
            continue
        say(f"reading {each.name} with the lexicon alone")
        measured = measure_day_one(schema, extractor, _FORMATS[path.parent.name], path)
        statements, recall = measured["statements"], measured["recall"]["micro"]
        report.add(
            names[0],
            statements["precision"],
            "share",
            "higher",
            floor=PRECISION,
            on=f"{statements['accepted']} accepted statements of {measured['texts']} dev texts"
            + each.note,
        )
        report.add(
            names[1],
            recall["recall"],
            "share",
            "higher",
            on=f"{recall['labelled']} labelled components, findings and activities",
        )
