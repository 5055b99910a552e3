"""The books of production: receipts, operations, genealogy and process parameters as rows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from api.sample.materials import CHARACTERISTICS, STEPS, Part
from api.sample.worktime import HOUR, SHIFT, WORK_DAY, local_text, to_calendar, zoned_text
from api.sample.writing import Folder

SHIFT_NAMES = ("早班", "中班")


@dataclass(slots=True)
class Lot:
    """A lot. `ready` is the working second from which it may be used; `taint` is the share of it
    that a planted cause has spoilt, by the cause's id."""

    code: str
    part: Part
    quantity: int
    ready: int
    supplier: str = ""
    taint: dict[str, float] = field(default_factory=dict)
    left: int = 0

    def __post_init__(self) -> None:
        self.left = self.quantity


@dataclass(slots=True)
class Operation:
    """A run of a step. Times are working seconds; `units` are serial numbers that came out."""

    step: str
    order: str
    asset: str
    tool: str
    person: str
    start: int
    end: int
    part: Part
    pieces_in: int
    pieces_good: int
    inputs: list[tuple[str, Part, int]]
    outputs: list[tuple[str, Part, int]]
    units: list[str] | None = None


def quantity_text(part: Part, quantity: int) -> str:
    """A quantity as files write it: pieces whole, kilograms and litres with two decimals."""
    return str(quantity) if part.unit == "PCS" else f"{quantity / 100:.2f}"


class Ledger:
    """Writes what happens in production."""

    def __init__(self, folder: Folder, rng: np.random.Generator) -> None:
        self._folder = folder
        self._rng = rng
        self._counts: Counter[str] = Counter()
        self.inspector = ""  # who inspects incoming lots

    def next_number(self, prefix: str, width: int = 7) -> str:
        """The next running number of a kind: `A10-0000017`."""
        self._counts[prefix] += 1
        return f"{prefix}-{self._counts[prefix]:0{width}d}"

    def receive(self, lot: Lot, second_tier: tuple[str, str], rng: np.random.Generator) -> None:
        """Write a goods receipt with its incoming inspection."""
        at = to_calendar(lot.ready - 2 * HOUR)
        self._folder.add_row(
            "receipts",
            at,
            (
                lot.code,
                lot.part.code,
                lot.supplier,
                quantity_text(lot.part, lot.quantity),
                lot.part.unit,
                local_text(at),
                f"COC-{lot.supplier}-{int(rng.integers(10**6)):06d}",
                *second_tier,
            ),
        )
        checked = to_calendar(lot.ready)
        self._folder.add_row(
            "inspections",
            checked,
            (
                self.next_number("QI"),
                "来料检验",
                "Q10",
                "",
                "",
                self.inspector,
                local_text(checked),
                "",
                lot.code,
                "",
                "",
                "",
                "OK",
            ),
        )

    def record(self, op: Operation, spoilt: bool = False) -> str:
        """Write an operation with its genealogy and parameters; its number."""
        number = self.next_number(op.step)
        begun, done = to_calendar(op.start), to_calendar(op.end)
        start, end = local_text(begun), local_text(done)
        self._folder.add(
            "operations",
            done,
            (
                f"{number},{op.order},{op.step},{STEPS[op.step].zh},{op.asset},{op.tool},"
                f"{op.person},{SHIFT_NAMES[op.start % WORK_DAY >= SHIFT]},{start},{end},"
                f"{op.part.code},{op.pieces_in},{op.pieces_good},"
                f"{op.pieces_in - op.pieces_good},{op.part.unit}",
            ),
        )
        lines = [
            f"{number},IN,LOT,{code},{part.code},{quantity_text(part, n)},{part.unit},{start}"
            for code, part, n in op.inputs
        ]
        lines += [
            f"{number},OUT,LOT,{code},{part.code},{quantity_text(part, n)},{part.unit},{end}"
            for code, part, n in op.outputs
        ]
        if op.units:
            tail = f"{op.part.code},1,PCS,{end}"
            lines += [f"{number},OUT,UNIT,{serial},{tail}" for serial in op.units]
        self._folder.add("genealogy", done, lines)
        self._measure(number, op.step, done, spoilt)
        return number

    def _measure(self, number: str, step: str, at: int, spoilt: bool) -> None:
        for code in _BY_STEP.get(step, ()):
            self.measure(number, code, at, None if not spoilt else _SPOILT.get(code))

    def measure(self, number: str, code: str, at: int, mean: float | None = None) -> None:
        """Write one process parameter of an operation, around `mean` or its target."""
        char = CHARACTERISTICS[code]
        spread = ((char.upper or char.target * 1.5) - char.target) / 3.6
        value = (char.target if mean is None else mean) + spread * float(
            self._rng.standard_normal()
        )
        self._folder.add(
            "process_data",
            at,
            (
                f'{{"operation":"{number}","characteristic":"{code}",'
                f'"value":{value:.{char.decimals}f},"unit":"{char.unit}",'
                f'"timestamp":"{zoned_text(at)}"}}',
            ),
        )


_BY_STEP: dict[str, list[str]] = {}
for _char in CHARACTERISTICS.values():
    if _char.step not in {"A30", "A10", "A20"}:  # these are measured with what spoils them
        _BY_STEP.setdefault(_char.step, []).append(_char.code)

_SPOILT = {"CH-G203": 57.6}  # what a furnace that runs too cold does to the hardness
