"""Common causes: planted ones among the real factors of a shop's log, and none at all.

The log is loaded through its mapping, as a plant would. Then labels are drawn: each run picks
factors that really are in the log, makes units with them bad, and asks what the bad ones share.
Names never matter: the search sees exposures only.
"""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean, pstdev

import numpy as np

from api.audit import Actor
from api.bench.figures import BenchReport
from api.intake import LoadOptions, gather, load_sources
from api.settings import Settings
from api.wiring import open_plant
from kg.traceability.commonality import (
    CauseOptions,
    Cohort,
    CommonCauses,
    Condition,
    FactorShown,
    find_common_causes,
    merge_identical,
)
from kg.traceability.commonality.asking import read_bad
from kg.traceability.commonality.genealogy import cohort_of_store

LOG = "traceability/production_log/production_joined.csv"
_ON = "the real production log, loaded through its mapping"


@dataclass(frozen=True, slots=True)
class _Planting:
    """Which factors of a cohort may be planted: (condition, units that have it)."""

    cohort: Cohort
    able: Sequence[tuple[Condition, frozenset[int]]]


def measure_common_causes(
    report: BenchReport, log: Path, *, quick: bool, say: Callable[[str], None]
) -> None:
    """Add the figures on common causes to `report`; `log` is the production log."""
    names = {
        "planted_first_at_15": ("share of runs", 0.9),
        "listed_right_at_22_two_causes": ("share of listed", 0.5),
        "recall_at_22_two_causes": ("share of planted", 0.85),
        "no_cause_reported": ("share of runs", 0.05),
        "inspectors_blamed": ("share of runs", 0.0),
    }
    if not log.exists():
        for name, (unit, aim) in names.items():
            better = "lower" if name in ("no_cause_reported", "inspectors_blamed") else "higher"
            report.missing(name, unit, better, f"{log} is not there", aim=aim, on=_ON)  # type: ignore[arg-type]
        return
    cohort = log_cohort(log)
    planting = _plantable(cohort)
    runs = 15 if quick else 60
    seeds = [secrets.randbelow(2**31) for _ in range(3)]
    report.seeds += seeds
    first: list[float] = []
    control: list[float] = []
    right: list[float] = []
    recall: list[float] = []
    none: list[float] = []
    blamed: list[float] = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        say(f"common causes: seed {seed}")
        hits = [_one_planted(planting, rng) for _ in range(runs)]
        first.append(mean(h[0] for h in hits))
        control.append(mean(h[1] for h in hits))
        blamed.append(mean(h[2] for h in hits))
        pairs = [_two_planted(planting, rng) for _ in range(runs)]
        listed = sum(p[1] for p in pairs)
        right.append(sum(p[0] for p in pairs) / max(1, listed))
        recall.append(sum(p[2] for p in pairs) / (2 * len(pairs)))
        none.append(mean(_none_planted(planting, rng) for _ in range(runs)))

    def add(name: str, values: list[float], better: str, **rest: object) -> None:
        unit, aim = names[name]
        report.add(name, mean(values), unit, better, aim=aim, on=f"{_ON}, {runs} runs a seed",  # type: ignore[arg-type]
                   seeds=seeds, spread=round(pstdev(values), 4), **rest)  # fmt: skip

    add("planted_first_at_15", first, "higher", control={"largest lift first": mean(control)})
    add("listed_right_at_22_two_causes", right, "higher")
    add("recall_at_22_two_causes", recall, "higher")
    add("no_cause_reported", none, "lower")
    add("inspectors_blamed", blamed, "lower")


def log_cohort(log: Path) -> Cohort:
    """The production log as a plant's graph gives it: one lot per order, all good for now."""
    settings = Settings.from_environment().replaced(store=":memory:", auth=False)
    with open_plant(settings) as plant, tempfile.TemporaryDirectory() as workspace:
        load_sources(
            plant, Actor("bench", "cli"), gather([log], Path(workspace), key=None), LoadOptions()
        )
        bad = read_bad(plant.store, plant.schema, [])
        return cohort_of_store(plant.store, plant.schema, bad.units).cohort


def _plantable(cohort: Cohort) -> _Planting:
    """Single production factors that touch enough units, and not almost all."""
    made = merge_identical(cohort.of_role("production"))
    columns = made.exposed.tocsc()
    able = [
        (f.conditions[0], frozenset(columns.indices[columns.indptr[i] : columns.indptr[i + 1]]))
        for i, f in enumerate(made.factors)
        if f.kind == "value"
    ]
    low, high = max(12, cohort.total // 20), cohort.total // 2
    return _Planting(cohort, [(c, units) for c, units in able if low <= len(units) <= high])


def _draw(
    planting: _Planting, planted: Sequence[frozenset[int]], each: float, rest: float,
    rng: np.random.Generator,
) -> Cohort:  # fmt: skip
    """Labels: about `each` bad units by each planted factor, about `rest` by nothing."""
    total = planting.cohort.total
    chance = np.full(total, rest / total)
    for units in planted:
        index = sorted(units)
        raised = min(0.9, each / len(index))
        chance[index] = 1 - (1 - chance[index]) * (1 - raised)
    bad = rng.random(total) < chance
    if bad.sum() < 3:
        bad[rng.choice(total, 3, replace=False)] = True
    return replace(planting.cohort, bad=bad)


def _one_planted(planting: _Planting, rng: np.random.Generator) -> tuple[bool, bool, bool]:
    condition, units = planting.able[int(rng.integers(len(planting.able)))]
    cohort = _draw(planting, [units], 12, 3, rng)
    found = _ask(cohort, rng)
    first = found.ranking[0].factor if not found.causes else found.causes[0].factor
    return _is(first, condition), _lift_first(cohort, condition), _blames(found)


def _two_planted(planting: _Planting, rng: np.random.Generator) -> tuple[int, int, int]:
    """Right ones among those listed, number listed, planted ones found."""
    for _ in range(100):
        one, two = (planting.able[int(i)] for i in rng.choice(len(planting.able), 2, replace=False))
        if len(one[1] & two[1]) <= 0.5 * min(len(one[1]), len(two[1])):
            break
    found = _ask(_draw(planting, [one[1], two[1]], 10, 2, rng), rng)
    planted = [one[0], two[0]]
    right = sum(any(_is(c.factor, p) for p in planted) for c in found.causes)
    return (
        right,
        len(found.causes),
        sum(any(_is(c.factor, p) for c in found.causes) for p in planted),
    )


def _none_planted(planting: _Planting, rng: np.random.Generator) -> bool:
    cohort = planting.cohort
    bad = np.zeros(cohort.total, dtype=np.bool_)
    bad[rng.choice(cohort.total, int(rng.integers(10, 30)), replace=False)] = True
    return bool(_ask(replace(cohort, bad=bad), rng).causes)


def _ask(cohort: Cohort, rng: np.random.Generator) -> CommonCauses:
    return find_common_causes(cohort, CauseOptions(seed=int(rng.integers(2**31)), shuffles=499))


def _is(factor: FactorShown, planted: Condition) -> bool:
    """Whether it is the planted one, or has the very same units."""
    return factor.conditions == (planted,) or planted in factor.same


def _blames(found: CommonCauses) -> bool:
    return any(c.factor.role == "inspection" for c in found.causes)


def _lift_first(cohort: Cohort, planted: Condition) -> bool:
    """The control: the factor with the largest share of bad units first, as dashboards do."""
    made = merge_identical(cohort.of_role("production"))
    sizes = np.asarray(made.exposed.sum(axis=0)).reshape(-1)
    met = np.asarray(made.exposed[made.bad].sum(axis=0)).reshape(-1)
    best = made.factors[int(np.lexsort((-met, -met / sizes))[0])]
    return best.conditions == (planted,) or planted in best.same
