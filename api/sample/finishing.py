"""After the test: painting in racks, visual inspection, cartons, pallets, shipments, complaints."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from heapq import heappop, heappush

import numpy as np

from api.sample.ledger import Ledger, Operation
from api.sample.materials import CUSTOMERS, DEFECTS, DISTRIBUTOR, END, PAINT, PARTS, STEPS, Part
from api.sample.quality import CONCESSION, REWORK, Finished, Quality
from api.sample.supply import Supply
from api.sample.worktime import DAY, HOUR, fit_into_day, local_text, to_calendar, zoned_text
from api.sample.writing import Folder

RACK = 48
_DRYING = 2 * HOUR
_PAINT_PER_UNIT = 6  # hundredths of a litre
_CARRIERS = ("顺达物流", "中远海运", "DHL Freight", "德邦快递")


@dataclass(slots=True)
class Carton:
    """A packed carton; `latent` names its units with faults that nobody has noticed yet."""

    code: str
    at: int  # calendar second
    latent: list[str]


@dataclass(slots=True)
class Pallet:
    """A packed pallet."""

    code: str
    at: int
    cartons: list[Carton]


@dataclass(slots=True)
class Complaint:
    """A customer's complaint about one unit."""

    at: int
    customer: str
    serial: str
    defect: str
    planted: str
    number: str = ""


@dataclass(slots=True)
class Finishing:
    """Takes units that passed and brings them to customers, until `now` (calendar second)."""

    supply: Supply
    ledger: Ledger
    folder: Folder
    quality: Quality
    rng: np.random.Generator
    now: int
    carton_size: int
    pallet_size: int
    complaints: list[Complaint] = field(default_factory=list)
    _rack: list[Finished] = field(default_factory=list)
    _late: list[Finished] = field(default_factory=list)
    _waiting: list[tuple[int, int, list[Finished]]] = field(default_factory=list)  # a heap
    _racks: int = 0
    _open: dict[str, list[tuple[str, int]]] = field(default_factory=dict)  # painted, by model
    _cartons: dict[str, list[Carton]] = field(default_factory=dict)
    _pallets: dict[str, list[Pallet]] = field(default_factory=dict)  # by customer
    _shipments: int = 0

    def add(self, units: Iterable[Finished], until: int) -> None:
        """Put tested units on racks, and paint those that are ready by `until` (working second).

        No unit that comes later may be ready before `until`. Reworked units have their own racks.
        """
        for unit in units:
            rack = self._late if unit.reworked else self._rack
            rack.append(unit)
            if len(rack) == RACK:
                self._queue(rack)
        while self._waiting and self._waiting[0][0] <= until:
            self._paint(heappop(self._waiting)[2])

    def finish(self) -> None:
        """Paint and ship what is left; what does not fill a carton stays in stock."""
        for rack in (self._rack, self._late):
            if rack:
                self._queue(rack)
        while self._waiting:
            self._paint(heappop(self._waiting)[2])
        for customer in list(self._pallets):
            self._ship(customer)

    def _queue(self, rack: list[Finished]) -> None:
        self._racks += 1
        heappush(self._waiting, (max(unit.ready for unit in rack), self._racks, list(rack)))
        rack.clear()

    def _paint(self, rack: list[Finished]) -> None:
        crew = self.supply.crews["A40"]
        ready = max(unit.ready for unit in rack) + int(self.rng.uniform(600, 5400))
        taken = self.supply.sources[PAINT.code].take(_PAINT_PER_UNIT * len(rack), ready)
        ready = max(ready, *(lot.ready for lot, _ in taken))
        duration = STEPS["A40"].seconds * len(rack)
        index, start = crew.choose("paint", ready, duration)
        by_model: dict[str, list[str]] = {}
        for unit in rack:
            by_model.setdefault(unit.model, []).append(unit.serial)
        begin = start
        left = [(lot.code, lot.part, amount) for lot, amount in taken]
        for model, serials in by_model.items():
            end = begin + STEPS["A40"].seconds * len(serials)
            used, left = _split(left, _PAINT_PER_UNIT * len(serials))
            self.ledger.record(
                Operation(
                    "A40",
                    "",
                    crew.asset(index).tag,
                    crew.tool(index, begin),
                    crew.person(index, start),
                    begin,
                    end,
                    PARTS[model],
                    len(serials),
                    len(serials),
                    used,
                    [],
                    serials,
                )
            )
            begin = end
        self._look(rack, fit_into_day(begin + _DRYING, 600))

    def _look(self, rack: list[Finished], start: int) -> None:
        """Visual inspection: every unit is looked at, a sample and what is bad is written down."""
        done = start + STEPS["A50"].seconds * len(rack)
        at = to_calendar(done)
        number = self.ledger.next_number("QV")
        person = self.supply.crews["A50"].person(done % 2, done)
        n = len(rack)
        bad = [
            (code, int(i))
            for code in ("D05", "D07")
            for i in np.flatnonzero(self.rng.random(n) < DEFECTS[code].base)
        ]
        looked = {int(i): "OK" for i in self.rng.choice(n, size=min(4, n), replace=False)}
        looked.update({i: "NG" for _, i in bad})
        head = f"{number},外观检验,A50,,,{person},{local_text(at)},"
        self.folder.add(
            "inspections",
            at,
            [f"{head}{rack[i].serial},,,,,{looked[i]}" for i in sorted(looked)],
        )
        for code, i in bad:
            fate = REWORK if self.rng.random() < 0.7 else CONCESSION
            self.quality.book(
                rack[i].serial, code, done, fate, person, found="A50", inspection=number
            )
        for unit in rack:
            shelf = self._open.setdefault(unit.model, [])
            shelf.append((unit.serial, done))
            if len(shelf) == self.carton_size:
                self._pack(unit.model, shelf)
                shelf.clear()

    def _pack(self, model: str, units: list[tuple[str, int]]) -> None:
        working = max(at for _, at in units) + int(self.rng.uniform(300, 3600))
        at = to_calendar(working)
        person = self.supply.crews["A60"].person(0, working)
        code = self.ledger.next_number("CT")
        tail = f",CARTON,{code},{local_text(at)},,{person}"
        self.folder.add("packing", at, [f"UNIT,{serial}{tail}" for serial, _ in units])
        latent = [serial for serial, _ in units if serial in self.quality.truth.latent]
        waiting = self._cartons.setdefault(model, [])
        waiting.append(Carton(code, at, latent))
        if len(waiting) == self.pallet_size:
            self._palletise(waiting, working)
            waiting.clear()

    def _palletise(self, cartons: list[Carton], working: int) -> None:
        at = to_calendar(working + int(self.rng.uniform(600, 4 * HOUR)))
        customers = [c for c in CUSTOMERS.values() if c.tier != END]
        customer = customers[int(self.rng.integers(len(customers)))].code
        waiting = self._pallets.setdefault(customer, [])
        waiting.append(Pallet(self.ledger.next_number("PL", 6), at, list(cartons)))
        if len(waiting) >= 3 or self.rng.random() < 0.5:
            self._ship(customer)

    def _ship(self, customer: str) -> None:
        pallets = self._pallets.pop(customer)
        ready = max(p.at for p in pallets)
        leaves = (ready // DAY + int(self.rng.integers(1, 3))) * DAY + 15 * HOUR
        party = CUSTOMERS[customer]
        days = (1, 4) if party.offset_hours == 8 else (5, 14)
        arrives = leaves + int(self.rng.uniform(*days) * DAY)
        opened = arrives + int(self.rng.uniform(0.5, 3) * DAY)
        resells = party.tier == DISTRIBUTOR
        shipped = leaves <= self.now
        unpacked = local_text(opened) if shipped and resells and opened <= self.now else ""
        person = self.supply.crews["A60"].person(0, 0)
        for pallet in pallets:
            tail = f",PALLET,{pallet.code},{local_text(pallet.at)},{unpacked},{person}"
            self.folder.add(
                "packing", pallet.at, [f"CARTON,{c.code}{tail}" for c in pallet.cartons]
            )
        if not shipped:
            return
        self._shipments += 1
        self._book_shipment(
            f"SH{self._shipments:06d}",
            ("", customer),
            "PALLET",
            [p.code for p in pallets],
            (leaves, arrives),
        )
        cartons = [c for p in pallets for c in p.cartons]
        if unpacked:
            self._resell(customer, cartons, opened)
        elif not resells:
            self._complain(customer, cartons, arrives)

    def _resell(self, distributor: str, cartons: list[Carton], opened: int) -> None:
        buyers = [c.code for c in CUSTOMERS.values() if c.above == distributor]
        lots: dict[str, list[Carton]] = {}
        for carton in cartons:
            if self.rng.random() < 0.85:  # the rest stays on the distributor's shelf
                buyer = buyers[int(self.rng.integers(len(buyers)))]
                lots.setdefault(buyer, []).append(carton)
        for buyer, bought in lots.items():
            leaves = opened + int(self.rng.uniform(0.5, 10) * DAY)
            if leaves > self.now:
                continue
            arrives = leaves + int(self.rng.uniform(0.5, 3) * DAY)
            self._shipments += 1
            codes = [c.code for c in bought]
            self._book_shipment(
                f"{distributor}-D{self._shipments:06d}",
                (distributor, buyer),
                "CARTON",
                codes,
                (leaves, arrives),
            )
            self._complain(buyer, bought, arrives)

    def _book_shipment(
        self,
        number: str,
        parties: tuple[str, str],
        kind: str,
        containers: list[str],
        times: tuple[int, int],
    ) -> None:
        (sender, receiver), (leaves, arrives) = parties, times
        party = CUSTOMERS[receiver]
        signed = zoned_text(arrives, party.offset_hours) if arrives <= self.now else ""
        carrier = _CARRIERS[int(self.rng.integers(len(_CARRIERS)))]
        for code in containers:
            self.folder.add_row(
                "shipments",
                leaves,
                (number, sender, receiver, kind, code, zoned_text(leaves), signed, carrier),
            )

    def _complain(self, customer: str, cartons: list[Carton], arrived: int) -> None:
        for carton in cartons:
            for serial in carton.latent:
                at = arrived + int(self.rng.uniform(3, 70) * DAY)
                fault = self.quality.truth.latent.pop(serial, None)
                if fault and at <= self.now:
                    self.complaints.append(
                        Complaint(at, customer, serial, fault.defect, fault.planted)
                    )


def _split(
    lots: list[tuple[str, Part, int]], amount: int
) -> tuple[list[tuple[str, Part, int]], list[tuple[str, Part, int]]]:
    used: list[tuple[str, Part, int]] = []
    rest: list[tuple[str, Part, int]] = []
    for code, part, quantity in lots:
        taken = min(quantity, amount)
        amount -= taken
        if taken:
            used.append((code, part, taken))
        if quantity > taken:
            rest.append((code, part, quantity - taken))
    return used, rest
