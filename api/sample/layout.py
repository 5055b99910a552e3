"""The plant itself: assets, tools and people, as many as the output asks for."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil

import numpy as np

from api.sample.knowledge import AssetKind, Knowledge
from api.sample.materials import STEPS, Step

TARGET_LOAD = 0.72  # share of the working time in which the machines of a step are busy


@dataclass(slots=True)
class Asset:
    """An asset of the plant. `bad_cause` is a cause that it has three times as often as others."""

    tag: str
    kind: AssetKind
    number: int
    parent: str = ""
    depends_on: tuple[str, ...] = ()
    serial: str = ""
    since_days: int = 0  # in service since, days before the first day
    bad_cause: str = ""

    @property
    def zh(self) -> str:
        """Its name in Chinese."""
        return f"{self.number}#{self.kind.zh}"

    @property
    def en(self) -> str:
        """Its name in English."""
        return f"{self.kind.en} {self.number:02d}"


@dataclass(frozen=True, slots=True)
class Tool:
    """A fixture, cutting tool, torque driver or gauge."""

    code: str
    zh: str
    en: str
    type: str
    step: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works in the plant. `crew` is 甲班 or 乙班."""

    code: str
    name: str
    job: str
    crew: str
    area: str
    step: str = ""


@dataclass(slots=True)
class Layout:
    """All of it, with lookups by class and step."""

    assets: dict[str, Asset] = field(default_factory=dict)
    tools: dict[str, list[Tool]] = field(default_factory=dict)  # by step
    crews: dict[str, tuple[list[Person], list[Person]]] = field(default_factory=dict)  # by step
    mechanics: list[Person] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    guest: Person = field(init=False)  # the temporary worker at the press that will leak

    def of_class(self, asset_class: str) -> list[Asset]:
        """The assets of a class in the order of their tags."""
        return [a for a in self.assets.values() if a.kind.id == asset_class]

    def of_step(self, step: str) -> list[Asset]:
        """The assets that run a step; the last test bench is kept for retests."""
        found = self.of_class(STEPS[step].asset_class)
        return found[:-1] if step == "A30" else found


def build_layout(knowledge: Knowledge, takt_seconds: float, rng: np.random.Generator) -> Layout:
    """A plant that makes one pump every `takt_seconds` working seconds."""
    layout = Layout()
    load = {step.asset_class: step for step in STEPS.values() if step.asset_class}
    for kind in knowledge.kinds.values():
        for offset in range(_count(kind, load.get(kind.id), takt_seconds, layout)):
            number = kind.first + offset
            asset = Asset(f"{kind.prefix}{number:02d}", kind, number)
            asset.serial = f"{kind.model[:2]}{int(rng.integers(10_000, 99_999))}"
            asset.since_days = int(rng.integers(900, 4200))
            layout.assets[asset.tag] = asset
    _connect(layout)
    _choose_bad_actors(layout, knowledge, rng)
    _add_tools(layout)
    _add_people(layout, rng)
    return layout


def _count(kind: AssetKind, step: Step | None, takt_seconds: float, layout: Layout) -> int:
    if kind.id == "HydraulicPowerUnit":
        return len(layout.of_class("HydraulicPress")) + 1
    needed = ceil(step.seconds / (takt_seconds * TARGET_LOAD)) if step else 0
    if kind.id == "TestBench":
        needed += 1
    return max(kind.least, needed)


def _connect(layout: Layout) -> None:
    units = layout.of_class("HydraulicPowerUnit")
    for press, unit in zip(layout.of_class("HydraulicPress"), units, strict=False):
        unit.parent = press.tag
        press.depends_on = (unit.tag,)
    for unit in units:
        unit.depends_on = ("CW01",)
    for bench in layout.of_class("TestBench"):
        bench.depends_on = (units[-1].tag, "AC01")
    for kind, on in (
        ("AssemblyStation", ("AC01",)),
        ("PaintLine", ("AC02",)),
        ("PackingRobot", ("AC02",)),
        ("HeatTreatmentFurnace", ("CW01",)),
        ("MachiningCentre", ("AC01",)),
    ):
        for asset in layout.of_class(kind):
            asset.depends_on = on


def _choose_bad_actors(layout: Layout, knowledge: Knowledge, rng: np.random.Generator) -> None:
    for kind in ("MachiningCentre", "AssemblyStation", "GrindingMachine"):
        assets, causes = layout.of_class(kind), knowledge.causes_of(kind)
        asset = assets[int(rng.integers(len(assets)))]
        asset.bad_cause = causes[int(rng.integers(len(causes)))].code


_TOOLS = {
    "M10": ("FX-M", "壳体夹具", "Housing fixture", "Fixture", 1.5),
    "G10": ("HB-C", "滚刀", "Hob cutter", "Cutting tool", 1.5),
    "G30": ("GW-", "CBN砂轮", "CBN grinding wheel", "Cutting tool", 1.5),
    "A10": ("FX-P", "压装工装", "Pressing fixture", "Fixture", 1.5),
    "A20": ("TQ-", "电动拧紧枪", "Electric torque driver", "Torque driver", 1.5),
    "A30": ("GA-", "泄漏测试仪", "Leak tester", "Gauge", 1.0),
}


def _add_tools(layout: Layout) -> None:
    for step, (prefix, zh, en, kind, per_asset) in _TOOLS.items():
        assets = layout.of_class(STEPS[step].asset_class)
        layout.tools[step] = [
            Tool(f"{prefix}{n:02d}", f"{zh}{n}号", f"{en} {n}", kind, step)
            for n in range(1, ceil(len(assets) * per_asset) + 1)
        ]


_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
    "苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史"
    "顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
_GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英建国志红玉兰晓东海燕文斌宇鑫鹏飞雪梅"
    "春生凯琳晨阳浩然嘉欣雨佳"
)
_JOBS = {"检验": "检验员", "包装": "包装工"}


def _add_people(layout: Layout, rng: np.random.Generator) -> None:
    number = 1000

    def hire(job: str, crew: str, area: str, step: str = "") -> Person:
        nonlocal number
        number += int(rng.integers(1, 8))
        given = "".join(_GIVEN[int(i)] for i in rng.integers(len(_GIVEN), size=rng.integers(1, 3)))
        person = Person(
            f"E{number}",
            _SURNAMES[int(rng.integers(len(_SURNAMES)))] + given,
            job,
            crew,
            area,
            step,
        )
        layout.people.append(person)
        return person

    for step in STEPS.values():
        stations = len(layout.of_step(step.code)) if step.asset_class else 2
        crews: list[list[Person]] = []
        for crew in ("甲班", "乙班"):
            job = _JOBS.get(step.kind, "操作工")
            crews.append([hire(job, crew, step.area, step.code) for _ in range(stations + 1)])
        layout.crews[step.code] = (crews[0], crews[1])
    layout.guest = hire("操作工", "甲班", "A2", "A10")
    for area in ("A0", "A1", "A1", "A1", "A2", "A2", "A2", "A3"):
        for crew in ("甲班", "乙班"):
            layout.mechanics.append(hire("维修工", crew, area))
