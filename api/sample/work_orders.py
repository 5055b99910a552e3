"""Work orders: failures and planned maintenance as two systems recorded them, mess included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from api.sample.failures import Attempt, FailureEvent
from api.sample.knowledge import Knowledge
from api.sample.layout import Asset, Layout
from api.sample.planting import Plan
from api.sample.wording import Report, Writer
from api.sample.worktime import HOUR, SHIFT, WORK_DAY, to_calendar

EAM_AREAS = ("A0", "A1")  # the component shop's system; the assembly shop has another
CORRECTIVE, PREVENTIVE, CALIBRATION = "corrective", "preventive", "calibration"


@dataclass(slots=True)
class WorkOrder:
    """A work order as recorded. Times are calendar seconds; `ended` is None while it is open.

    What the record hides (`event`, `attempt`, the true causes) goes to the truth file only.
    """

    number: str
    type: str
    asset: Asset
    asset_written: str
    reported: int
    started: int
    ended: int | None
    priority: int
    description: str
    mode: str
    cause: str
    action_text: str
    action: str
    parts: tuple[tuple[str, int], ...]
    mechanics: tuple[str, ...]
    cost: float
    event: FailureEvent | None = None
    attempt: Attempt | None = None
    report: Report | None = None
    duplicate_of: str = ""
    planted: str = ""
    errors: list[str] = field(default_factory=list)

    @property
    def in_eam(self) -> bool:
        """Whether the component shop's system holds it."""
        return self.asset.kind.area in EAM_AREAS

    @property
    def downtime_hours(self) -> float | None:
        """Hours from report to end, for failures that are repaired."""
        if self.ended is None or self.type != CORRECTIVE:
            return None
        return round((self.ended - self.reported) / HOUR, 1)


class Recorder:
    """Turns events into work orders of both systems."""

    def __init__(self, knowledge: Knowledge, layout: Layout, rng: np.random.Generator) -> None:
        self._know = knowledge
        self._layout = layout
        self._rng = rng
        self._writer = Writer(knowledge, rng)

    def record(
        self, events: Sequence[FailureEvent], plan: Plan, history: int, horizon: int
    ) -> list[WorkOrder]:
        """All work orders in the order of their report, numbered."""
        orders: list[WorkOrder] = []
        for event in events:
            for number, attempt in enumerate(event.attempts):
                if attempt.reported < horizon:
                    orders.append(self._corrective(event, attempt, number, horizon))
        orders += self._planned(history, horizon)
        orders.append(self._calibration(plan))
        orders.sort(key=lambda order: (order.reported, order.asset.tag, order.type))
        self._number(orders)
        orders += self._duplicates(orders)
        orders.sort(key=lambda order: (order.reported, order.number, order.duplicate_of))
        for order in orders:
            if order.event and order.event.planted and not order.duplicate_of:
                order.planted = order.event.planted
        for planted in plan.all:
            planted.work_orders = [o.number for o in orders if o.planted == planted.id]
        return orders

    def _number(self, orders: Sequence[WorkOrder]) -> None:
        counts = {True: 0, False: 0}
        for order in orders:
            counts[order.in_eam] += 1
            n = counts[order.in_eam]
            order.number = f"WX{n:06d}" if order.in_eam else f"WO-{40000 + n}"

    def _corrective(
        self, event: FailureEvent, attempt: Attempt, number: int, horizon: int
    ) -> WorkOrder:
        rng, cause = self._rng, self._know.causes[attempt.believed]
        eam = event.asset.kind.area in EAM_AREAS
        language = self._writer.choose_language(*((0.08, 0.8) if eam else (0.55, 0.27)))
        report = self._writer.report(event, language, again=number > 0 and rng.random() < 0.5)
        is_open = attempt.ended >= horizon
        parts: tuple[tuple[str, int], ...] = ()
        if cause.part and cause.action == "RPL":
            parts = ((cause.part, int(rng.choice((1, 1, 1, 2)))),)
        mechanics = self._mechanics(event.asset)
        hours = (attempt.ended - attempt.started) / HOUR
        price = sum(self._know.parts[p].price * n for p, n in parts)
        order = WorkOrder(
            "",
            CORRECTIVE,
            event.asset,
            event.asset.tag,
            to_calendar(attempt.reported),
            to_calendar(attempt.started),
            None if is_open else to_calendar(attempt.ended),
            int(rng.choice((1, 2, 2, 3, 3, 4))),
            report.text,
            *self._codes(event, attempt),
            "" if is_open else self._writer.action(event, attempt, language),
            "" if is_open or rng.random() < 0.15 else cause.action,
            () if is_open else parts,
            mechanics,
            round(price + 85 * hours * len(mechanics), 2),
            event,
            attempt,
            report,
        )
        self._spoil_asset(order)
        self._note_errors(order)
        return order

    def _codes(self, event: FailureEvent, attempt: Attempt) -> tuple[str, str]:
        rng = self._rng
        mode, cause = event.modes[0], attempt.believed
        draw = rng.random()
        if draw < 0.14:
            mode = ""
        elif draw < 0.22:
            modes = list(self._know.modes)
            mode = modes[int(rng.integers(len(modes)))]
        draw = rng.random()
        if draw < 0.22:
            cause = ""
        elif draw < 0.28:
            causes = self._know.causes_of(event.asset.kind.id)
            cause = causes[int(rng.integers(len(causes)))].code
        elif draw < 0.29:
            cause = f"C-{int(rng.integers(900, 999))}"  # a code that no catalogue knows
        return mode, cause

    def _spoil_asset(self, order: WorkOrder) -> None:
        tag, draw = order.asset.tag, self._rng.random()
        letters = tag.rstrip("0123456789")
        if draw < 0.015:
            order.asset_written = ""
        elif draw < 0.03:
            order.asset_written = tag.lower()
        elif draw < 0.04:
            order.asset_written = f"{letters}-{tag[len(letters) :]}"
        elif draw < 0.045:
            order.asset_written = tag + " "
        elif draw < 0.053:
            others = [
                a.tag for a in self._layout.assets.values() if a.kind.id != order.asset.kind.id
            ]
            order.asset_written = others[int(self._rng.integers(len(others)))]

    def _note_errors(self, order: WorkOrder) -> None:
        event, attempt = order.event, order.attempt
        if event is None or attempt is None:
            return
        written = order.asset_written.strip().upper()
        if not written:
            order.errors.append("asset-missing")
        elif written != order.asset.tag:
            known = written in self._layout.assets
            order.errors.append("asset-wrong" if known else "asset-mistyped")
        if not order.mode:
            order.errors.append("mode-missing")
        elif order.mode not in event.modes:
            order.errors.append("mode-wrong")
        if not order.cause:
            order.errors.append("cause-missing")
        elif order.cause not in event.causes:
            order.errors.append("cause-wrong")

    def _mechanics(self, asset: Asset) -> tuple[str, ...]:
        own = [p.code for p in self._layout.mechanics if p.area == asset.kind.area]
        count = min(int(self._rng.choice((1, 1, 2))), len(own))
        return tuple(own[int(i)] for i in self._rng.choice(len(own), size=count, replace=False))

    def _planned(self, history: int, horizon: int) -> list[WorkOrder]:
        orders = []
        for asset in self._layout.assets.values():
            at = -history + int(self._rng.integers(0, 90) * WORK_DAY)
            while at < horizon - SHIFT:
                orders.append(self._preventive(asset, at + int(self._rng.uniform(0.5, 6) * HOUR)))
                at += int(self._rng.integers(80, 100)) * WORK_DAY
        return orders

    def _preventive(self, asset: Asset, at: int) -> WorkOrder:
        rng = self._rng
        eam = asset.kind.area in EAM_AREAS
        components = self._know.components_of(asset.kind.id)
        component = self._know.components[components[int(rng.integers(len(components)))]]
        code = str(rng.choice(("LUB", "CLN", "INS", "ADJ", "TGT")))
        action = self._know.actions[code]
        if eam or rng.random() < 0.3:
            what = str(rng.choice(("季度保养", "定期保养", "三级点检", "预防保养")))
            done = (
                f"{action.zh}{component.zh}，{rng.choice(('未见异常', '正常', '无漏油', '良好'))}"
            )
        else:
            what = str(rng.choice(("Quarterly PM", "PM service", "Scheduled inspection", "PM 90d")))
            result = rng.choice(("no findings", "ok", "no leaks"))
            done = f"{action.en} {component.en.lower()}, {result}"
        ended = at + int(rng.uniform(0.5, 3) * HOUR)
        mechanics = self._mechanics(asset)
        return WorkOrder(
            "",
            PREVENTIVE,
            asset,
            asset.tag,
            to_calendar(at),
            to_calendar(at + int(HOUR * 0.2)),
            to_calendar(ended),
            4,
            what,
            "",
            "",
            done,
            code,
            (("SP-2013", 1),) if code == "LUB" else (),
            mechanics,
            round(60 + 85 * (ended - at) / HOUR, 2),
        )

    def _calibration(self, plan: Plan) -> WorkOrder:
        """The record that ended the planted torque driver's window."""
        stations = self._layout.of_class("AssemblyStation")
        asset = stations[int(self._rng.integers(len(stations)))]
        planted = plan.driver
        order = WorkOrder(
            "",
            CALIBRATION,
            asset,
            asset.tag,
            to_calendar(planted.end),
            to_calendar(planted.end + HOUR // 2),
            to_calendar(planted.end + 2 * HOUR),
            2,
            f"Torque driver {planted.code} overdue for calibration, 扭矩偏低",
            "",
            "C-122",
            f"{planted.code} measured 8 % low against reference, recalibrated, ok",
            "CAL",
            (),
            self._mechanics(asset),
            280.0,
        )
        order.planted = planted.id
        return order

    def _duplicates(self, orders: Sequence[WorkOrder]) -> list[WorkOrder]:
        """Rows exported twice, and failures that a second person reported as well."""
        copies = []
        for order in orders:
            draw = self._rng.random()
            if order.type != CORRECTIVE or draw > 0.02:
                continue
            copy = WorkOrder(
                **{name: getattr(order, name) for name in WorkOrder.__dataclass_fields__}
            )
            copy.errors = [*order.errors]
            copy.duplicate_of = order.number
            if draw < 0.01 and order.event and order.report:
                copy.number = f"{order.number}-2"
                copy.report = self._writer.report(order.event, order.report.language, again=False)
                copy.description = copy.report.text
                copy.reported += int(self._rng.uniform(60, 600))
                copy.action_text, copy.action, copy.parts, copy.cost = "", "", (), 0.0
                copy.mode, copy.cause, copy.started = "", "", max(copy.started, copy.reported)
                copy.errors = [e for e in order.errors if e.startswith("asset")]
            copies.append(copy)
        return copies
