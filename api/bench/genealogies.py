"""A made-up genealogy of any size, written straight into a store."""

from __future__ import annotations

import random
from collections.abc import Iterator

from kg.model import Batch, Claim, Document, Passage, Run, passage_key
from kg.store import Store

HUB = "supplier:HUB"
_START = 1_767_225_600_000  # 2026-01-01
_HOUR = 3_600_000
_UNITS_PER_OPERATION = 4
_UNITS_PER_CONTAINER = 24
_UNITS_PER_BATCH = 5_000


def unit_key(number: int) -> str:
    """The key of the unit that is made as the `number`th."""
    return f"unit:SN-{number:07d}"


def write_genealogy(store: Store, units: int, seed: int) -> int:
    """Lots of a hub and of other suppliers, operations that turn them into `units` units, packing
    and shipping; returns how many claims were made, a little more than five for each unit."""
    written = 0
    document = Document(f"genealogy-{units}", str(seed), "bench")
    with store.begin_load(document, Run("bench", _START)) as session:
        for batch in _batches(units, random.Random(seed)):
            session.write(batch)
            written += len(batch.claims)
        session.finish()
    return written


def _batches(units: int, rng: random.Random) -> Iterator[Batch]:
    lots = max(20, units // 50)
    supply = Batch([_passage("supply")])
    for lot in range(lots):
        supplier = HUB if lot % 2 else f"supplier:S-{rng.randrange(1 + lots // 100)}"
        when = _START + lot * units // lots * _HOUR // 100
        supply.claims.append(_claim(f"lot:L-{lot:06d}", "suppliedBy", supplier, when, when))
    yield supply
    for first in range(0, units, _UNITS_PER_BATCH):
        numbers = range(first, min(first + _UNITS_PER_BATCH, units))
        batch = Batch([_passage(f"units from {first}")])
        for number in numbers:
            batch.claims += _unit(number, units, lots, rng)
        yield batch


def _unit(number: int, units: int, lots: int, rng: random.Random) -> list[Claim]:
    unit, made = unit_key(number), _START + number * _HOUR // 100
    near = number * lots // units
    operation = f"op:O-{number // _UNITS_PER_OPERATION:07d}"
    container = f"container:C-{number // _UNITS_PER_CONTAINER:06d}"
    packed = made + _HOUR
    opened = _START + (number // _UNITS_PER_CONTAINER) * _HOUR // 4 + 90 * 24 * _HOUR
    said = [_claim(operation, "produced", unit, made, made + _HOUR)]
    for _ in range(2):
        lot = max(0, near - rng.randrange(4))
        said.append(_claim(unit, "madeOf", f"lot:L-{lot:06d}", made, made + _HOUR))
    said.append(_claim(unit, "packedInto", container, packed, opened))
    if number % _UNITS_PER_OPERATION == 0:
        asset = f"asset:P-{rng.randrange(40):02d}"
        person = f"person:W-{rng.randrange(60):02d}"
        said.append(_claim(operation, "performedOn", asset, made, made + _HOUR))
        said.append(_claim(operation, "performedBy", person, made, made + _HOUR))
        for _ in range(2):
            lot = max(0, near - rng.randrange(4))
            said.append(_claim(operation, "consumed", f"lot:L-{lot:06d}", made, made + _HOUR))
    if number % _UNITS_PER_CONTAINER == 0:
        shipment, left = f"shipment:D-{number // 960:05d}", packed + 48 * _HOUR
        customer = f"customer:K-{rng.randrange(200):03d}"
        said.append(_claim(container, "shippedIn", shipment, left, left))
        if number % 960 == 0:
            said.append(_claim(shipment, "shippedTo", customer, left, left))
    return said


def _claim(subject: str, predicate: str, object_: str, since: int, until: int) -> Claim:
    return Claim(subject, predicate, object_, 0, valid_from=since, valid_to=until)


def _passage(text: str) -> Passage:
    return Passage(passage_key(text), "row:1", text)
