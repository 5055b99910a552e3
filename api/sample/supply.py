"""The material side of the plant: every crew and every source, sized for the plant's output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from api.sample.layout import Layout
from api.sample.ledger import Ledger
from api.sample.materials import (
    BAR,
    BUSHINGS,
    MODELS,
    PAINT,
    PARTS,
    RINGS,
    SCREWS,
    SEAL,
    STEPS,
    Part,
)
from api.sample.planting import Plan, Planted
from api.sample.roster import Crew, Guest, InUse, Preference
from api.sample.sources import BoughtPart, MadePart, Recipe, Source
from api.sample.worktime import WORK_DAY, shift_of

_DAYS = {"M10": 0.8, "M20": 0.3, "G10": 0.8, "G20": 0.9, "G30": 0.8}  # lead of each made step


@dataclass(slots=True)
class Supply:
    """Crews by step and sources by part number."""

    crews: dict[str, Crew]
    sources: dict[str, Source]


def _guest(layout: Layout, plan: Plan) -> Guest:
    """The temporary worker who came to the press about when its seal began to leak."""
    presses = [asset.tag for asset in layout.of_step("A10")]
    return Guest(
        layout.guest.code,
        presses.index(plan.seal.code),
        max(shift_of(plan.seal.start) - 4, 0),
        shift_of(plan.seal.end) + 4,
    )


def _preference(layout: Layout, step: str, planted: Planted, share: float) -> Preference:
    """Some more work for the machine in question, so that few units are enough to show it."""
    tags = [asset.tag for asset in layout.of_step(step)]
    return Preference(tags.index(planted.code), share, planted.start, planted.end)


def build_supply(
    units: int,
    layout: Layout,
    plan: Plan,
    ledger: Ledger,
    *,
    downtimes: Mapping[str, Sequence[tuple[int, int]]],
    shifts: int,
    rng: np.random.Generator,
) -> Supply:
    """Set up all sources; small plants make and buy small lots, so that there are several."""
    driver = InUse(plan.driver.code, plan.driver.start // WORK_DAY, plan.driver.end // WORK_DAY + 1)
    prefer = {
        "A10": _preference(layout, "A10", plan.seal, 0.2),
        "A30": _preference(layout, "A30", plan.gauge, 0.2),
        "G20": _preference(layout, "G20", plan.heat, 0.6),
    }
    crews = {
        step: Crew(
            step,
            layout,
            downtimes,
            shifts=shifts,
            rng=rng,
            guest=_guest(layout, plan) if step == "A10" else None,
            in_use=driver if step == "A20" else None,
            prefer=prefer.get(step),
        )
        for step in STEPS
    }
    lot = int(np.clip(units // 40, 12, 96)) // 12 * 12
    bought: dict[str, BoughtPart] = {}

    def buy(part: Part) -> BoughtPart:
        per_unit = part.per_unit * (100 if part.unit != "PCS" else 1)
        full = part.lot_size * (100 if part.unit != "PCS" else 1)
        if part is BAR:
            per_unit = 100.0
        size = int(np.clip(units * per_unit / 24, 12 * per_unit, full))
        planted = plan.lot if part is SEAL else None
        bought[part.code] = BoughtPart(part, size, ledger, rng, planted)
        return bought[part.code]

    sources: dict[str, Source] = {
        part.code: buy(part) for part in (BAR, *BUSHINGS, SEAL, RINGS, SCREWS, PAINT)
    }

    def make(code: str, recipe: Recipe) -> MadePart:
        planted = plan.heat if recipe.step == "G20" else None
        return MadePart(PARTS[code], recipe, crews[recipe.step], ledger, rng=rng, planted=planted)

    def lead(step: str) -> int:
        return int(_DAYS[step] * WORK_DAY)

    for m in MODELS:
        blanks = buy(PARTS[m.blank])
        machined = make(m.housing, Recipe("M10", partial(blanks.take, lot), 1, 0.012, lead("M10")))
        washed = make(m.washed, Recipe("M20", partial(machined.take_whole, 2), 1, 0, lead("M20")))
        bar = round(m.bar_kg * 100)
        hobbed = make(
            m.hobbed,
            Recipe("G10", partial(bought[BAR.code].take, lot * bar), bar, 0.01, lead("G10")),
        )
        charge = 5 if units > 20_000 else 2
        hardened = make(
            m.hardened, Recipe("G20", partial(hobbed.take_whole, charge), 1, 0.002, lead("G20"))
        )
        ground = make(
            m.gears, Recipe("G30", partial(hardened.take_from_one, lot), 1, 0.008, lead("G30"))
        )
        sources |= {m.washed: washed, m.gears: ground, m.cover: buy(PARTS[m.cover])}
    return Supply(crews, sources)
