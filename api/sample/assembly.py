"""Serial production: groups of pumps through pressing, assembly and test, unit by unit.

Groups are scheduled one by one; what happens to units is drawn for a block of groups at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from api.sample.ledger import Ledger, Operation
from api.sample.materials import (
    CHARACTERISTICS,
    DEFECTS,
    MODELS,
    PARTS,
    RINGS,
    SCREWS,
    SEAL,
    STEPS,
    Model,
)
from api.sample.planting import Plan, Planted
from api.sample.sources import Taken
from api.sample.supply import Supply
from api.sample.worktime import HOUR, to_calendar

GROUP = 12  # pumps on one carrier
_BLOCK = 512  # groups whose units are drawn at once
LEAK = CHARACTERISTICS["CH-A301"]
LEAK_LIMIT = LEAK.upper or 0.0
LEAK_SPREAD = (LEAK_LIMIT - LEAK.target) / NormalDist().inv_cdf(1 - DEFECTS["D01"].base)
GAUGE_NOISE = 0.03


@dataclass(slots=True)
class Group:
    """A carrier of pumps of one order, with what it has met on its way."""

    order: str
    model: Model
    serials: list[str]
    plan: int
    pressed: int = 0  # end of pressing, working second
    assembled: int = 0
    tested: int = 0
    press: str = ""
    station: str = ""
    bench: str = ""
    driver: str = ""
    presser: str = ""
    assembler: str = ""
    inspector: str = ""
    press_start: int = 0
    assemble_start: int = 0
    test_start: int = 0
    soft_gears: float = 0.0
    hard_seals: float = 0.0


def shift_for(raised: float) -> float:
    """How far the leakage must move up so that `raised` of the units exceed the limit."""
    return LEAK_LIMIT - LEAK.target - LEAK_SPREAD * NormalDist().inv_cdf(1 - raised)


class Assembly:
    """Schedules groups and hands blocks of them on, with the scrap of pressing taken out."""

    def __init__(
        self, supply: Supply, plan: Plan, ledger: Ledger, rng: np.random.Generator
    ) -> None:
        self._supply = supply
        self._plan = plan
        self._ledger = ledger
        self._rng = rng

    def blocks(
        self, groups: Iterator[Group], scrap_of: Callable[[Group], list[str]]
    ) -> Iterator[list[Group]]:
        """Groups that have been tested, in blocks. `scrap_of` names the units lost in pressing."""
        block: list[Group] = []
        for group in groups:
            self._press(group)
            lost = scrap_of(group)
            if lost:
                group.serials = [s for s in group.serials if s not in lost]
            if group.serials:
                self._assemble(group)
                self._test(group)
                block.append(group)
            if len(block) >= _BLOCK:
                yield block
                block = []
        if block:
            yield block

    def _take(self, needs: dict[str, int], at: int) -> tuple[list[Taken], int]:
        taken = [self._supply.sources[code].take(n, at) for code, n in needs.items()]
        ready = max(lot.ready for part in taken for lot, _ in part)
        return taken, max(ready, at)

    def _press(self, group: Group) -> None:
        n = len(group.serials)
        needs = {group.model.washed: n, group.model.bushing: 4 * n}
        taken, ready = self._take(needs, group.plan)
        crew = self._supply.crews["A10"]
        duration = STEPS["A10"].seconds * n
        index, start = crew.choose(group.model.code, ready + int(self._rng.integers(300)), duration)
        group.press = crew.asset(index).tag
        group.presser = crew.person(index, start)
        group.press_start, group.pressed = start, start + duration
        number = self._record("A10", group, index, taken)
        self._measure_press(number, group)

    def _measure_press(self, number: str, group: Group) -> None:
        seal = self._plan.seal
        hold = CHARACTERISTICS["CH-A101"].target
        if self._worn(group):
            worn = (group.press_start - seal.start) / (seal.end - seal.start)
            hold -= 0.7 + 0.8 * worn
        at = to_calendar(group.pressed)
        self._ledger.measure(number, "CH-A101", at, hold)
        self._ledger.measure(number, "CH-A102", at)
        self._ledger.measure(number, "CH-A103", at)

    def _worn(self, group: Group) -> bool:
        seal = self._plan.seal
        return group.press == seal.code and seal.covers(group.press_start)

    def _assemble(self, group: Group) -> None:
        n = len(group.serials)
        needs = {
            group.model.gears: n,
            group.model.cover: n,
            SEAL.code: n,
            RINGS.code: n,
            SCREWS.code: 8 * n,
        }
        taken, ready = self._take(needs, group.pressed)
        group.soft_gears = _tainted(taken[0], self._plan.heat, n)
        group.hard_seals = _tainted(taken[2], self._plan.lot, n)
        crew = self._supply.crews["A20"]
        duration = STEPS["A20"].seconds * n
        wait = int(self._rng.uniform(120, 1800))
        index, start = crew.choose(group.model.code, ready + wait, duration)
        group.station = crew.asset(index).tag
        group.assembler = crew.person(index, start)
        group.driver = crew.tool(index, start)
        group.assemble_start, group.assembled = start, start + duration
        number = self._record("A20", group, index, taken)
        char = CHARACTERISTICS["CH-A201"]
        weak = group.driver == self._plan.driver.code and self._plan.driver.covers(start)
        self._ledger.measure(
            number, char.code, to_calendar(group.assembled), char.target - (1.1 if weak else 0)
        )

    def _test(self, group: Group) -> None:
        crew = self._supply.crews["A30"]
        duration = STEPS["A30"].seconds * len(group.serials)
        wait = int(self._rng.uniform(300, 2400))
        index, start = crew.choose(group.model.code, group.assembled + wait, duration)
        group.bench = crew.asset(index).tag
        group.inspector = crew.person(index, start)
        group.test_start, group.tested = start, start + duration

    def _record(self, step: str, group: Group, index: int, taken: list[Taken]) -> str:
        crew = self._supply.crews[step]
        start = group.press_start if step == "A10" else group.assemble_start
        n = len(group.serials)
        return self._ledger.record(
            Operation(
                step,
                group.order,
                crew.asset(index).tag,
                crew.tool(index, start),
                crew.person(index, start),
                start,
                start + STEPS[step].seconds * n,
                PARTS[group.model.code],
                n,
                n,
                [(lot.code, lot.part, amount) for part in taken for lot, amount in part],
                [],
                group.serials,
            )
        )


def _tainted(taken: Taken, planted: Planted, pieces: int) -> float:
    return sum(lot.taint.get(planted.id, 0.0) * amount for lot, amount in taken) / pieces


def plan_groups(
    units: int, horizon: int, year: int, rng: np.random.Generator
) -> Iterator[tuple[str, Model, int, list[Group]]]:
    """Production orders in turn: number, model, quantity and their groups with planned times.

    Output is even over the horizon; its last part is left for finishing and shipping.
    """
    mean = int(np.clip(units // 60, GROUP, 480))
    shares = np.array([m.share for m in MODELS])
    done, number = 0, 0
    span = horizon * 0.94 - 6 * HOUR
    while done < units:
        number += 1
        model = MODELS[int(rng.choice(len(MODELS), p=shares))]
        quantity = max(GROUP, round(mean * float(rng.uniform(0.5, 1.5)) / GROUP) * GROUP)
        quantity = min(quantity, units - done)
        order = f"PO{year % 100}{number:05d}"
        groups = []
        for first in range(0, quantity, GROUP):
            size = min(GROUP, quantity - first)
            at = 2 * HOUR + int(span * (done + first) / units)
            serials = [f"{model.code}-{year % 100}{done + first + i + 1:07d}" for i in range(size)]
            groups.append(Group(order, model, serials, at))
        yield order, model, quantity, groups
        done += quantity
