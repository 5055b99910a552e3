"""The causes that are planted in the sample plant: what, where, from when to when, how strong.

Each is a window in working time on one asset, tool or lot. What is *not* a cause but looks like one
is planted too: operators who mostly work at the worn press.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from api.sample.worktime import WORK_DAY


@dataclass(slots=True)
class Planted:
    """A planted cause. `kind` and `code` name the factor (asset, tool or lot) to be found.

    `counts` holds units by (exposed, has the defect), as the files say it.
    """

    id: str
    kind: str
    code: str
    start: int  # working seconds; of a lot: when its first piece may be used
    end: int
    defect: str
    raised: float  # probability of the defect on an exposed unit
    zh: str
    en: str
    exposure: str  # step at which a unit meets it
    cause: str = ""  # cause code of the failure behind it
    apparent: bool = False  # the units are sound: only the measurement says otherwise
    event: str = ""  # failure event that ended it
    work_orders: list[str] = field(default_factory=list)
    counts: Counter[tuple[bool, bool]] = field(default_factory=Counter)

    def covers(self, working: int) -> bool:
        """Whether the window holds a working second."""
        return self.start <= working < self.end


@dataclass(slots=True)
class Plan:
    """All planted causes of one plant by their id."""

    seal: Planted
    gauge: Planted
    heat: Planted
    driver: Planted
    lot: Planted

    @property
    def all(self) -> tuple[Planted, ...]:
        """In the order in which they happen."""
        return (self.heat, self.lot, self.seal, self.gauge, self.driver)


def plan_causes(horizon: int, units: int) -> Plan:
    """Windows inside a production of `units` in `horizon` working seconds.

    Where few units are made, windows are a larger part of the time, so that some units meet them.
    """

    def window(begin: float, share: float) -> tuple[int, int]:
        start = int(begin * horizon) // 600 * 600
        length = min(max(int(share * horizon), 2 * WORK_DAY), 18 * WORK_DAY)
        return start, start + length // 600 * 600

    def share(usual: float, wanted: float, most: float) -> float:
        return max(usual, min(wanted / units, most))

    return Plan(
        seal=Planted(
            "worn-seal",
            "asset",
            "P07",
            *window(0.42, share(0.09, 300, 0.25)),
            "D01",
            0.25,
            "压机P07油缸密封磨损,保压不足,衬套压装不到位,泵内泄漏",
            "Press P07 ran with a worn cylinder seal: hold pressure fell, bushings were not "
            "pressed home and the pumps leak inside",
            "A10",
            "C-101",
        ),
        gauge=Planted(
            "drifted-gauge",
            "asset",
            "TB03",
            *window(0.68, share(0.1, 400, 0.2)),
            "D01",
            0.09,
            "试验台TB03流量计漂移,合格泵被误判内泄漏超标",
            "The flow meter of test bench TB03 drifted: sound pumps were rejected for leakage",
            "A30",
            "C-132",
            apparent=True,
        ),
        heat=Planted(
            "cold-furnace",
            "asset",
            "HT02",
            *window(0.12, share(0.12, 1_000, 0.16)),
            "D03",
            0.12,
            "渗碳炉HT02热电偶漂移,齿轮硬度偏低,试验异响",
            "A drifted thermocouple let furnace HT02 run too cold: gears came out soft and whine",
            "G20",
            "C-221",
        ),
        driver=Planted(
            "weak-driver",
            "tool",
            "TQ-04",
            *window(0.76, share(0.12, 400, 0.18)),
            "D04",
            0.1,
            "拧紧枪TQ-04校准超期,扭矩偏低",
            "Torque driver TQ-04 was overdue for calibration and tightened too low",
            "A20",
        ),
        lot=Planted(
            "bad-seal-lot",
            "lot",
            "",  # known once the lot exists
            window(0.3, 0)[0],
            horizon,
            "D02",
            0.14,
            "供应商S106的一批轴封硬度不合格,轴端渗油",
            "One lot of shaft seals from supplier S106 was too hard and leaks at the shaft",
            "A20",
        ),
    )
