"""Where material comes from: bought lots, and lots made in the component shop when needed.

A source hands out material in the order in which its lots appeared and makes a new lot when it has
none left, asking its own sources in turn: nothing is consumed before it is there, and no more than
there was. Quantities are whole numbers of pieces, or hundredths of a kilogram or litre.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from api.sample.ledger import Ledger, Lot, Operation
from api.sample.materials import STEPS, TIER_TWO, Part
from api.sample.planting import Planted
from api.sample.roster import Crew
from api.sample.worktime import HOUR, WORK_DAY, to_calendar

Taken = list[tuple[Lot, int]]


class Source(Protocol):
    """Hands out material."""

    part: Part

    def take(self, quantity: int, need: int) -> Taken:
        """Exactly `quantity`, for use at about the working second `need`."""
        ...


class _Stock:
    """Lots of one part, first in, first out; `_refill` adds a lot."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self._lots: deque[Lot] = deque()

    def take(self, quantity: int, need: int) -> Taken:
        """Exactly `quantity`, from as many lots as it takes."""
        taken: Taken = []
        while quantity:
            lot = self._first(need)
            amount = min(quantity, lot.left)
            quantity -= amount
            taken.append((self._use(lot, amount), amount))
        return taken

    def take_from_one(self, quantity: int, need: int) -> Taken:
        """Up to `quantity` from a single lot."""
        lot = self._first(need)
        amount = min(quantity, lot.left)
        return [(self._use(lot, amount), amount)]

    def take_whole(self, count: int, need: int) -> Taken:
        """All that is left of the next `count` lots."""
        return [pair for _ in range(count) for pair in self.take_from_one(10**12, need)]

    def _first(self, need: int) -> Lot:
        if not self._lots:
            self._lots.append(self._refill(need))
        return self._lots[0]

    def _use(self, lot: Lot, amount: int) -> Lot:
        lot.left -= amount
        if not lot.left:
            self._lots.popleft()
        return lot

    def _refill(self, need: int) -> Lot:
        raise NotImplementedError


class BoughtPart(_Stock):
    """A bought part: each lot comes from one of its suppliers, days before it is needed."""

    def __init__(
        self,
        part: Part,
        lot_size: int,
        ledger: Ledger,
        rng: np.random.Generator,
        planted: Planted | None = None,
    ) -> None:
        super().__init__(part)
        self._size = lot_size
        self._ledger = ledger
        self._rng = rng
        self._planted = planted
        self._count = 0

    def _refill(self, need: int) -> Lot:
        rng, part = self._rng, self.part
        self._count += 1
        supplier = part.suppliers[int(rng.integers(len(part.suppliers)))]
        bad = self._planted
        # The planted lot is the first of its supplier in the window: force that supplier then.
        spoilt = bad is not None and not bad.code and need >= bad.start
        if spoilt:
            supplier = "S106"
        ready = need - int(rng.uniform(2, 8) * WORK_DAY)
        lot = Lot(
            f"{part.code.replace('-', '')}-R{self._count:05d}", part, self._size, ready, supplier
        )
        if spoilt and bad is not None:
            lot.taint[bad.id] = 1.0
            bad.code = lot.code
        self._ledger.receive(lot, self._second_tier(lot), rng)
        return lot

    def _second_tier(self, lot: Lot) -> tuple[str, str]:
        above = TIER_TWO.get(lot.supplier, "")
        # Three lots of ours come out of one lot of theirs.
        return (f"{above}-{lot.part.code}-{self._count // 3 + 1:04d}", above) if above else ("", "")


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a made lot comes about: its step, its inputs and how they are taken."""

    step: str
    take: Callable[[int], Taken]  # by the working second of need
    per_piece: int  # input quantity per piece made
    scrap: float
    lead: int  # working seconds between the planned start and the need


class MadePart(_Stock):
    """A part made in the component shop, one operation per lot."""

    def __init__(
        self,
        part: Part,
        recipe: Recipe,
        crew: Crew,
        ledger: Ledger,
        *,
        rng: np.random.Generator,
        planted: Planted | None = None,
    ) -> None:
        super().__init__(part)
        self._recipe = recipe
        self._crew = crew
        self._ledger = ledger
        self._rng = rng
        self._planted = planted
        self._count = 0

    def _refill(self, need: int) -> Lot:
        recipe, rng = self._recipe, self._rng
        self._count += 1
        plan = need - recipe.lead
        inputs = recipe.take(plan)
        pieces = sum(amount for _, amount in inputs) // recipe.per_piece
        scrap = int(rng.binomial(pieces, recipe.scrap)) if recipe.scrap else 0
        scrap = min(scrap, pieces - 1)
        duration = _duration(recipe.step, pieces)
        ready = max(plan, *(lot.ready for lot, _ in inputs))
        index, start = self._crew.choose(self.part.code, ready + int(rng.integers(600)), duration)
        asset = self._crew.asset(index).tag
        end = start + duration
        lot = Lot(
            f"{self.part.code.replace('-', '')}-L{self._count:06d}", self.part, pieces - scrap, end
        )
        for used, amount in inputs:
            for cause, share in used.taint.items():
                lot.taint[cause] = (
                    lot.taint.get(cause, 0) + share * amount / recipe.per_piece / pieces
                )
        bad = self._planted
        spoilt = bad is not None and bad.code == asset and bad.covers(start)
        if spoilt and bad is not None:
            lot.taint[bad.id] = 1.0
        self._ledger.record(
            Operation(
                recipe.step,
                "",
                asset,
                self._crew.tool(index, start),
                self._crew.person(index, start),
                start,
                end,
                self.part,
                pieces,
                pieces - scrap,
                [(used.code, used.part, amount) for used, amount in inputs],
                [(lot.code, self.part, lot.quantity)],
            ),
            spoilt=spoilt,
        )
        return lot


def _duration(step: str, pieces: int) -> int:
    if step == "G20":  # a charge takes its time, however full the furnace is
        return 4 * HOUR
    return max(STEPS[step].seconds * pieces, 300)


def received_at(lot: Lot) -> int:
    """The calendar second at which a bought lot came in."""
    return to_calendar(lot.ready)
