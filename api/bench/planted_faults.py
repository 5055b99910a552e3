"""The sample plant's planted faults, found end to end from the defects alone.

A plant is written, loaded as a plant would load it, and asked why units with each type of defect
are bad. The truth file says which asset, tool or lot was planted; it is never loaded.
"""

from __future__ import annotations

import json
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import mean, pstdev
from typing import Any

from api.audit import Actor
from api.bench.figures import BenchReport
from api.intake import LoadOptions, gather, load_sources
from api.lookup import node_called
from api.sample.plant import FILES, TRUTH, write_plant
from api.settings import Settings
from api.wiring import Plant, open_plant
from kg.investigation import explain_defects
from kg.model.errors import GembaError

_ENOUGH = 5  # defects by the cause; with fewer it is drowned by others of the same type


def measure_planted_faults(report: BenchReport, *, quick: bool, say: Callable[[str], None]) -> None:
    """Add the share of planted causes that are named first, over plants drawn at run time."""
    units, count = (400, 3) if quick else (1500, 5)
    seeds = [secrets.randbelow(10**6) for _ in range(count)]
    report.seeds += seeds
    every: list[float] = []
    enough: list[float] = []
    control: list[float] = []
    for seed in seeds:
        say(f"planted faults: plant {seed}")
        found = _ask_plant(units, seed)
        every.append(mean(hit for hit, _, _ in found))
        control.append(mean(by_chance for _, _, by_chance in found))
        strong = [hit for hit, defects, _ in found if defects >= _ENOUGH]
        if strong:
            enough.append(mean(strong))
    on = f"{units} units of the sample plant, {count} plants"
    report.add(
        "planted_fault_first", mean(every), "share of causes", "higher", on=f"{on}, every cause",
        seeds=seeds, spread=round(pstdev(every), 4), control={"statistics alone": mean(control)},
    )  # fmt: skip
    name, where = "planted_fault_first_with_enough_defects", f"{on}, causes of {_ENOUGH} defects up"
    if enough:
        report.add(name, mean(enough), "share of causes", "higher", aim=0.9, on=where,
                   seeds=seeds, spread=round(pstdev(enough), 4))  # fmt: skip
    else:
        reason = "no cause made so many defects in so small a plant"
        report.missing(name, "share of causes", "higher", reason, aim=0.9, on=where)


def _ask_plant(units: int, seed: int) -> list[tuple[bool, int, bool]]:
    """For every planted cause: whether it came first, its defects, and first by p alone."""
    settings = Settings.from_environment().replaced(store=":memory:", auth=False)
    with tempfile.TemporaryDirectory(prefix="gemba-bench-") as here, open_plant(settings) as plant:
        folder = Path(here) / "plant"
        write_plant(units, seed, folder)
        workspace = Path(here) / "workspace"
        workspace.mkdir()
        sources = gather([folder / FILES], workspace, key=None)
        load_sources(plant, Actor("bench", "cli"), sources, LoadOptions())
        truth = json.loads((folder / TRUTH).read_text(encoding="utf-8"))
        planted = [
            p for p in truth["planted_causes"]
            if not p["only_apparent"] and p["exposed_with_defect"]  # some do no harm at all
        ]  # fmt: skip
        return [_ask_cause(plant, p) for p in planted]


def _ask_cause(plant: Plant, planted: dict[str, Any]) -> tuple[bool, int, bool]:
    defects = int(planted["exposed_with_defect"])
    try:
        key = node_called(plant.store, planted["defect_type"]).key
        found = explain_defects(plant.store, plant.schema, [key], zone="Asia/Shanghai",
                                limit=40)  # fmt: skip
    except GembaError:
        return False, defects, False  # too few defects to be asked about: not found

    def is_it(key: str) -> bool:
        return key.partition(":")[2] == str(planted["factor"])

    first = found.explanations[:1]
    by_p = min(found.explanations, key=lambda e: e.p, default=None)
    return (
        bool(first) and is_it(first[0].named.key),
        defects,
        by_p is not None and is_it(by_p.named.key),
    )
