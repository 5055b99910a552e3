"""Mass balance: what came into and went out of each lot and each operation, and what is left over.

Amounts are added up only where their units convert; what does not, and what has no amount or a
negative one, is told and left out of the sum, never guessed. More out than in is told as well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from kg.model.graph import NOW, Statement, View
from kg.model.keys import kind_of
from kg.narration import Phrase
from kg.store.protocol import Store

_AT_ONCE = 2_000
_SLACK = 1e-6  # of the larger side, for rounding

# The dimension of a unit of measure, and by what a number is multiplied to be in its base unit;
# None for a unit that is not known.
Measure = Callable[[str], tuple[str, str, float] | None]


@dataclass(frozen=True, slots=True)
class Imbalance:
    """Something that does not add up."""

    code: str
    sentence: Phrase


@dataclass(frozen=True, slots=True)
class Sum:
    """What came in and went out, in one unit."""

    unit: str  # the base unit of its dimension, or the unit as written where it is not known
    incoming: float
    outgoing: float

    @property
    def left(self) -> float:
        """What is left over; negative where more went out than came in."""
        return self.incoming - self.outgoing


@dataclass(frozen=True, slots=True)
class Balance:
    """The balance of one lot or operation."""

    key: str
    sums: tuple[Sum, ...]
    imbalances: tuple[Imbalance, ...]


class _Side:
    """Adds up one side of a balance."""

    def __init__(self) -> None:
        self.by_unit: dict[str, float] = defaultdict(float)
        self.statements = 0


def balance(
    store: Store, keys: Collection[str], measure: Measure, *, view: View = NOW
) -> list[Balance]:
    """The balance of each lot and operation among `keys`, in order.

    A lot comes in by being produced, and goes out by being consumed, built in or shipped. An
    operation takes in what it consumed and gives out what it produced.
    """
    lots = sorted(k for k in set(keys) if kind_of(k) == "lot")
    operations = sorted(k for k in set(keys) if kind_of(k) in {"op", "traceevent"})
    into_lots = _grouped(_read(store, lots, ["produced"], "in", view), by_object=True)
    out_of_lots = _grouped(_read(store, lots, ["consumed", "madeOf"], "in", view), by_object=True)
    shipped = _grouped(_read(store, lots, ["shippedIn"], "out", view), by_object=False)
    splits = _grouped(_read(store, lots, ["madeOf"], "out", view), by_object=False)
    used = _grouped(_read(store, operations, ["consumed"], "out", view), by_object=False)
    made = _grouped(_read(store, operations, ["produced"], "out", view), by_object=False)
    found = [
        _balance(
            key,
            [*into_lots.get(key, ()), *splits.get(key, ())],
            [*out_of_lots.get(key, ()), *shipped.get(key, ())],
            measure,
            is_lot=True,
        )
        for key in lots
    ]
    found += [
        _balance(key, used.get(key, []), made.get(key, []), measure, is_lot=False)
        for key in operations
    ]
    return found


def _balance(
    key: str,
    incoming: list[Statement],
    outgoing: list[Statement],
    measure: Measure,
    *,
    is_lot: bool,
) -> Balance:
    told: list[Imbalance] = []
    sides = [_add(key, statements, measure, told) for statements in (incoming, outgoing)]
    units = sorted(sides[0].by_unit.keys() | sides[1].by_unit.keys())
    sums = tuple(Sum(u, sides[0].by_unit.get(u, 0.0), sides[1].by_unit.get(u, 0.0)) for u in units)
    if sides[0].by_unit and sides[1].by_unit and not (
        sides[0].by_unit.keys() & sides[1].by_unit.keys()
    ):  # fmt: skip
        a, b = " ".join(sides[0].by_unit), " ".join(sides[1].by_unit)
        told.append(Imbalance("units-do-not-convert", Phrase(
            f"{key}: what came in is in {a}, what went out in {b}; these do not convert.",
            f"{key}：投入以{a}计，产出以{b}计，二者无法换算。")))  # fmt: skip
    for one in sums:
        is_comparable = one.incoming and (one.outgoing or not is_lot)
        if is_comparable and one.left < -_SLACK * max(one.incoming, one.outgoing):
            told.append(Imbalance("more-out-than-in", Phrase(
                f"{key}: {one.outgoing:g} {one.unit} went out of {one.incoming:g} that came in.",
                f"{key}：投入{one.incoming:g} {one.unit}，却发出{one.outgoing:g}。")))  # fmt: skip
    if is_lot and not incoming and outgoing:
        told.append(Imbalance("unknown-origin", Phrase(
            f"{key} was used, but nothing says where it comes from.",
            f"{key}已被使用，但没有其来源的记录。")))  # fmt: skip
    return Balance(key, sums, tuple(told))


def _add(
    key: str, statements: Iterable[Statement], measure: Measure, told: list[Imbalance]
) -> _Side:
    side = _Side()
    for s in statements:
        side.statements += 1
        amount, unit = s.props.get("quantity"), str(s.props.get("unitOfMeasure", "")).strip()
        other = s.object if s.subject == key else s.subject
        if not isinstance(amount, int | float) or isinstance(amount, bool):
            if kind_of(other) == "unit" or kind_of(s.object) == "unit":
                side.by_unit["pcs"] += 1.0
                continue
            told.append(Imbalance("no-quantity", Phrase(
                f"{key} and {other}: no quantity ({s.predicate}).",
                f"{key}与{other}：没有数量（{s.predicate}）。")))  # fmt: skip
            continue
        if amount < 0:
            told.append(Imbalance("negative-quantity", Phrase(
                f"{key} and {other}: the quantity {amount:g} {unit} is negative; not counted.",
                f"{key}与{other}：数量{amount:g} {unit}为负，未计入。")))  # fmt: skip
            continue
        known = measure(unit) if unit else ("count", "pcs", 1.0)
        if known is None:
            told.append(Imbalance("unknown-unit", Phrase(
                f"{key} and {other}: the unit {unit!r} is not known; counted by itself.",
                f"{key}与{other}：计量单位{unit!r}未知，单独计。")))  # fmt: skip
            side.by_unit[unit] += amount
            continue
        _, base, factor = known
        side.by_unit[base] += amount * factor
    return side


def _read(
    store: Store, keys: list[str], relations: list[str], direction: str, view: View
) -> list[Statement]:
    return [
        s
        for first in range(0, len(keys), _AT_ONCE)
        for s in store.expand(
            keys[first : first + _AT_ONCE],
            relations,
            "in" if direction == "in" else "out",
            view=view,
        )
    ]


def _grouped(statements: Iterable[Statement], *, by_object: bool) -> dict[str, list[Statement]]:
    found: dict[str, list[Statement]] = defaultdict(list)
    for s in statements:
        found[s.object if by_object else s.subject].append(s)
    return found
