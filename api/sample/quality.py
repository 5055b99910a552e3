"""What becomes of each unit: test results, defects, rework, retest and scrap."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from api.sample.assembly import GAUGE_NOISE, LEAK, LEAK_LIMIT, LEAK_SPREAD, Group, shift_for
from api.sample.ledger import Ledger, Operation
from api.sample.materials import CHARACTERISTICS, DEFECTS, PARTS, SEAL
from api.sample.planting import Plan, Planted
from api.sample.supply import Supply
from api.sample.worktime import HOUR, fit_into_day, local_text, to_calendar
from api.sample.writing import Folder

REWORK, SCRAP, RETEST_OK, CONCESSION = "返工", "报废", "复检合格", "让步接收"
_REWORK_SECONDS = 900
_RETEST_SECONDS = 60


@dataclass(slots=True)
class Finished:
    """A unit that passed its test, and the working second from which it can be painted."""

    serial: str
    model: str
    ready: int
    reworked: bool = False


@dataclass(slots=True)
class Latent:
    """A fault that the plant did not notice: defect type and planted cause, if one."""

    defect: str
    planted: str


@dataclass(slots=True)
class QualityTruth:
    """What only the truth file may say."""

    planted_defects: dict[str, list[str]] = field(default_factory=dict)  # defect numbers by cause
    false_rejects: list[str] = field(default_factory=list)  # defect numbers of sound units
    latent: dict[str, Latent] = field(default_factory=dict)  # by serial, until shipped
    defects: Counter[str] = field(default_factory=Counter)  # by defect code
    found_by: Counter[str] = field(default_factory=Counter)  # "inspection" or "production"
    scrapped: int = 0


class Quality:
    """Draws and books the quality of units."""

    def __init__(
        self, supply: Supply, plan: Plan, ledger: Ledger, folder: Folder, rng: np.random.Generator
    ) -> None:
        self._supply = supply
        self._plan = plan
        self._ledger = ledger
        self._folder = folder
        self._rng = rng
        self._retest_slots: set[int] = set()  # minutes of the retest bench that are taken
        self.retest_bench = ""
        self.retest_gauge = ""
        self.gauges: dict[str, str] = {}  # by bench
        self.truth = QualityTruth()

    def scrap_in_pressing(self, group: Group) -> list[str]:
        """Book bushings that were pressed askew; the serials that are lost by it."""
        n = len(group.serials)
        bad = np.flatnonzero(self._rng.random(n) < DEFECTS["D06"].base)
        lost = []
        for i in bad:
            scrap = self._rng.random() < 0.25
            serial = group.serials[int(i)]
            if scrap:
                lost.append(serial)
                self.truth.scrapped += 1
            self.book(
                serial,
                "D06",
                group.pressed,
                SCRAP if scrap else REWORK,
                group.presser,
                found="A10",
                made="A10",
            )
        return lost

    def test(self, groups: list[Group]) -> list[Finished]:
        """Draw the units of a block, book what was found; those that may go on to painting."""
        serials = [s for g in groups for s in g.serials]
        of = np.repeat(np.arange(len(groups)), [len(g.serials) for g in groups])
        n = len(serials)
        rng, plan = self._rng, self._plan

        def per_group(values: list[float]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
            return np.array(values, dtype=float)[of]

        seal = per_group([float(self._meets(plan.seal, g.press, g.press_start)) for g in groups])
        gauge = per_group([float(self._meets(plan.gauge, g.bench, g.test_start)) for g in groups])
        driver = per_group(
            [float(self._meets(plan.driver, g.driver, g.assemble_start)) for g in groups]
        )
        soft = per_group([g.soft_gears for g in groups])
        hard = per_group([g.hard_seals for g in groups])

        sound = LEAK.target + LEAK_SPREAD * rng.standard_normal(n)
        true = np.maximum(sound + seal * shift_for(plan.seal.raised), 0.2)
        noise = GAUGE_NOISE * rng.standard_normal(n)
        shown = np.maximum(true + gauge * shift_for(plan.gauge.raised) + noise, 0.1)
        leaks = shown > LEAK_LIMIT
        false = leaks & (true <= LEAK_LIMIT)

        def draw(code: str, planted: Planted, share: object) -> tuple[object, object]:
            u = rng.random(n)
            base = DEFECTS[code].base
            raised = base + np.asarray(share) * (planted.raised - base)
            return u < raised, (u >= base) & (u < raised)

        wet, wet_by = draw("D02", plan.lot, hard)
        loud, loud_by = draw("D03", plan.heat, soft)
        slack, slack_by = draw("D04", plan.driver, driver)
        seen_at_once = rng.random(n) < 0.7
        self._count(plan.seal, seal > 0, leaks)
        self._count(plan.gauge, gauge > 0, leaks)
        self._count(plan.lot, hard > 0, np.asarray(wet))
        self._count(plan.heat, soft > 0, np.asarray(loud))
        self._count(plan.driver, driver > 0, np.asarray(slack))
        self._draw_latent(serials, seal, hard, soft)

        found: dict[int, list[tuple[str, str]]] = {}  # unit: (defect, planted cause)
        by_seal = (seal > 0) & (sound <= LEAK_LIMIT) & (true > LEAK_LIMIT)
        for i in np.flatnonzero(leaks):
            cause = plan.gauge.id if false[i] and gauge[i] else plan.seal.id if by_seal[i] else ""
            found.setdefault(int(i), []).append(("D01", cause))
        for code, planted, hits, by in (
            ("D02", plan.lot, np.asarray(wet), np.asarray(wet_by)),
            ("D03", plan.heat, np.asarray(loud), np.asarray(loud_by)),
            ("D04", plan.driver, np.asarray(slack), np.asarray(slack_by)),
        ):
            for i in np.flatnonzero(hits):
                cause = planted.id if by[i] else ""
                if code == "D04" and seen_at_once[i]:
                    self._tighten_again(groups[int(of[i])], serials[int(i)], cause)
                else:
                    found.setdefault(int(i), []).append((code, cause))
        return self._book_test(groups, shown, true, found)

    def _book_test(
        self,
        groups: list[Group],
        shown: np.ndarray[tuple[int], np.dtype[np.float64]],
        true: np.ndarray[tuple[int], np.dtype[np.float64]],
        found: dict[int, list[tuple[str, str]]],
    ) -> list[Finished]:
        passed: list[Finished] = []
        first = 0
        for group in groups:
            number = self._ledger.next_number("QT")
            at = to_calendar(group.tested)
            head = (
                f"{number},出厂试验,A30,{group.bench},{self.gauges[group.bench]},"
                f"{group.inspector},{local_text(at)},"
            )
            lines = []
            for i, serial in enumerate(group.serials, start=first):
                bad = found.get(i)
                value = shown[i]
                lines.append(
                    f"{head}{serial},,CH-A301,{value:.3f},mL/min,"
                    f"{'NG' if value > LEAK_LIMIT else 'OK'}"
                )
                if bad:
                    lines += self._other_findings(head, serial, bad)
                    unit = self._after_reject(group, serial, bad, number, float(true[i]))
                    if unit:
                        passed.append(unit)
                else:
                    passed.append(Finished(serial, group.model.code, group.tested))
            lines.append(self._noise_line(head, group.serials[0], loud=False))
            first += len(group.serials)
            self._folder.add("inspections", at, lines)
        return passed

    def _noise_line(self, head: str, serial: str, *, loud: bool) -> str:
        char = CHARACTERISTICS["CH-A302"]
        value = char.target + 1.6 * float(self._rng.standard_normal())
        limit = char.upper or 0.0
        value = limit + abs(value - char.target) + 0.4 if loud else min(value, limit - 0.1)
        return f"{head}{serial},,CH-A302,{value:.1f},dB,{'NG' if loud else 'OK'}"

    def _other_findings(self, head: str, serial: str, bad: list[tuple[str, str]]) -> list[str]:
        lines = []
        for code, _ in bad:
            if code == "D03":
                lines.append(self._noise_line(head, serial, loud=True))
            elif code != "D01":
                lines.append(f"{head}{serial},,,,,NG")
        return lines

    def _after_reject(
        self, group: Group, serial: str, bad: list[tuple[str, str]], number: str, true: float
    ) -> Finished | None:
        rng = self._rng
        only_leak = [code for code, _ in bad] == ["D01"]
        is_false = true <= LEAK_LIMIT
        if only_leak and rng.random() < 0.5:
            ready, passes = self._retest(serial, group.tested + HOUR, true)
            fate = RETEST_OK if passes else SCRAP if rng.random() < 0.3 else REWORK
        else:
            ready, fate = group.tested, SCRAP if rng.random() < 0.08 else REWORK
        unit = None
        if fate == REWORK:
            ready, passes = self._rework(group, serial, bad, ready)
            fate = REWORK if passes else SCRAP
        for code, cause in bad:
            defect = self.book(
                serial, code, group.tested, fate, group.inspector, inspection=number, cause=cause
            )
            if code == "D01" and is_false:
                self.truth.false_rejects.append(defect)
        if fate != SCRAP:
            unit = Finished(serial, group.model.code, ready, reworked=True)
        else:
            self.truth.scrapped += 1
            self.truth.latent.pop(serial, None)
        return unit

    def _rework(
        self, group: Group, serial: str, bad: list[tuple[str, str]], ready: int
    ) -> tuple[int, bool]:
        start = ready + int(self._rng.uniform(0.5, 3) * HOUR)
        inputs = []
        if any(code == "D02" for code, _ in bad):
            for lot, amount in self._supply.sources[SEAL.code].take(1, start):
                inputs.append((lot.code, lot.part, amount))
                start = max(start, lot.ready)
        start = fit_into_day(start, _REWORK_SECONDS)
        person = self._supply.crews["A35"].person(start % 2, start)
        part = PARTS[group.model.code]
        end = start + _REWORK_SECONDS
        self._ledger.record(
            Operation(
                "A35", group.order, "", "", person, start, end, part, 1, 1, inputs, [], [serial]
            )
        )
        good = float(self._rng.random()) < 0.9
        value = min(float(self._rng.normal(LEAK.target, LEAK_SPREAD / 2)), LEAK_LIMIT - 0.05)
        return self._retest(serial, end + 600, value if good else LEAK_LIMIT + 0.4)

    def _retest(self, serial: str, ready: int, true: float) -> tuple[int, bool]:
        slot = -(-ready // _RETEST_SECONDS)
        while slot in self._retest_slots:
            slot += 1
        self._retest_slots.add(slot)
        start = slot * _RETEST_SECONDS
        end = start + _RETEST_SECONDS
        value = true + GAUGE_NOISE * float(self._rng.standard_normal())
        passes = value <= LEAK_LIMIT
        at = to_calendar(end)
        person = self._supply.crews["A30"].person(0, start)
        self._folder.add(
            "inspections",
            at,
            (
                f"{self._ledger.next_number('QR')},复检,A30,{self.retest_bench},"
                f"{self.retest_gauge},{person},{local_text(at)},{serial},,CH-A301,"
                f"{value:.3f},mL/min,{'OK' if passes else 'NG'}",
            ),
        )
        return end, passes

    def _tighten_again(self, group: Group, serial: str, cause: str) -> None:
        self.book(
            serial,
            "D04",
            group.assembled,
            REWORK,
            group.assembler,
            found="A20",
            made="A20",
            cause=cause,
        )

    def _meets(self, planted: Planted, code: str, at: int) -> bool:
        return planted.code == code and planted.covers(at)

    def _count(self, planted: Planted, exposed: object, defective: object) -> None:
        e, d = np.asarray(exposed, bool), np.asarray(defective, bool)
        for has in (True, False):
            for bad in (True, False):
                planted.counts[has, bad] += int(np.count_nonzero((e == has) & (d == bad)))

    def _draw_latent(self, serials: list[str], seal: object, hard: object, soft: object) -> None:
        for code, cause, share, base, raised in (
            ("D01", self._plan.seal.id, seal, 0.0008, 0.012),
            ("D02", self._plan.lot.id, hard, 0.0006, 0.015),
            ("D03", self._plan.heat.id, soft, 0.0004, 0.012),
        ):
            u = self._rng.random(len(serials))
            for i in np.flatnonzero(u < base + np.asarray(share) * raised):
                self.truth.latent[serials[int(i)]] = Latent(code, cause if u[i] >= base else "")

    def book(
        self,
        serial: str,
        code: str,
        at: int,
        fate: str,
        person: str,
        *,
        found: str = "A30",
        inspection: str = "",
        made: str = "",
        cause: str = "",
    ) -> str:
        """Book a defect; its number."""
        number = self._ledger.next_number("NCR")
        kind = DEFECTS[code]
        texts = kind.zh_texts if self._rng.random() < 0.7 else kind.en_texts
        text = texts[int(self._rng.integers(len(texts)))]
        when = to_calendar(at)
        self._folder.add_row(
            "defects",
            when,
            (number, serial, code, text, found, inspection, made, local_text(when), fate, person),
        )
        self.truth.defects[code] += 1
        self.truth.found_by["inspection" if inspection else "production"] += 1
        if cause:
            self.truth.planted_defects.setdefault(cause, []).append(number)
        return number
