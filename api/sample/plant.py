"""The whole sample plant: simulate it, write its files, and keep the truth beside them.

Loaded with the mappings that ship, a plant makes about 10,000 things and 40,000 statements for its
assets and two years of maintenance, and 3 things and 13 statements more for every unit: 75,000
units make a graph of about 1,000,000 statements.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from zlib import crc32

import numpy as np
import orjson

from api.sample.assembly import GROUP, Assembly, Group, plan_groups
from api.sample.columns import describe_files
from api.sample.condition import place_sensors, write_alarms, write_readings
from api.sample.failures import downtimes, simulate_failures
from api.sample.finishing import Finishing
from api.sample.fmea import write_fmea
from api.sample.knowledge import load_knowledge
from api.sample.layout import build_layout
from api.sample.ledger import Ledger
from api.sample.maintenance_files import write_complaints, write_work_orders
from api.sample.master import write_master
from api.sample.planting import plan_causes
from api.sample.quality import Quality
from api.sample.supply import build_supply
from api.sample.truth import TruthInput, tell_truth
from api.sample.work_orders import Recorder
from api.sample.worktime import (
    FIRST_DAY,
    SHIFT,
    WORK_DAY,
    local_text,
    to_calendar,
    working_days,
)
from api.sample.writing import Folder
from kg.model import BadInput

PLANT_VERSION = "1"
FEWEST, MOST = 50, 5_000_000
HISTORY_MONTHS = 24  # of maintenance, before production begins
FILES, TRUTH, README = "files", "truth.json", "README.md"
_TITLE = "# Hengchuan Hydraulics"
Progress = Callable[[int, int], None]
"""Called now and then with the units done and the units to do."""


@dataclass(frozen=True, slots=True)
class PlantSummary:
    """What was written. `rows` counts rows by file, headers left out."""

    folder: Path
    units: int
    seed: int
    months: int
    rows: dict[str, int]
    assets: int
    work_orders: int
    defects: int
    planted: tuple[str, ...]


def default_months(units: int) -> int:
    """How long a plant runs when nobody says: one month for a few units, a year for a million."""
    for most, months in ((500, 1), (20_000, 3), (300_000, 6)):
        if units <= most:
            return months
    return 12


def write_plant(
    units: int,
    seed: int,
    out: Path,
    months: int | None = None,
    progress: Progress | None = None,
) -> PlantSummary:
    """Write a plant that made `units` pumps to `out`: `files/`, `truth.json` and `README.md`.

    The same arguments and version give the same bytes. Raises BadInput where a number is out of
    range or `out` holds something that is not a sample plant.
    """
    months = default_months(units) if months is None else months
    _check(units, months, out)
    days = working_days(months)
    horizon, history = days * WORK_DAY, HISTORY_MONTHS * 26 * WORK_DAY

    def rng(purpose: str) -> np.random.Generator:
        return np.random.default_rng((seed, units, months, crc32(purpose.encode())))

    shutil.rmtree(out / FILES, ignore_errors=True)
    (out / TRUTH).unlink(missing_ok=True)
    out.mkdir(parents=True, exist_ok=True)
    (out / README).write_text(_readme(units, seed, months), encoding="utf-8")
    folder = Folder(out / FILES)
    knowledge = load_knowledge()
    layout = build_layout(knowledge, horizon * 0.94 / units, rng("layout"))
    plan = plan_causes(horizon, units)
    events = simulate_failures(
        knowledge, layout, plan, history=history, horizon=horizon, rng=rng("failures")
    )
    orders = Recorder(knowledge, layout, rng("work orders")).record(
        events, plan, history=history, horizon=horizon
    )
    sensors = place_sensors(knowledge, layout)
    missing = write_master(folder, knowledge, layout, sensors, rng("master"))
    missing += write_fmea(folder, knowledge, layout, rng("fmea"))
    write_work_orders(folder, orders)
    write_alarms(
        folder, layout, events, knowledge, history=history, horizon=horizon, rng=rng("alarms")
    )
    write_readings(folder, sensors, events, knowledge, horizon=horizon, rng=rng("readings"))

    ledger = Ledger(folder, rng("parameters"))
    ledger.inspector = layout.crews["Q10"][0][0].code
    supply = build_supply(
        units,
        layout,
        plan,
        ledger,
        downtimes=downtimes(events),
        shifts=days * 2,
        rng=rng("supply"),
    )
    quality = Quality(supply, plan, ledger, folder, rng("quality"))
    benches = layout.of_class("TestBench")
    gauges = layout.tools["A30"]
    quality.gauges = {b.tag: g.code for b, g in zip(benches, gauges, strict=True)}
    quality.retest_bench, quality.retest_gauge = benches[-1].tag, gauges[-1].code
    finishing = Finishing(
        supply,
        ledger,
        folder,
        quality,
        rng("finishing"),
        to_calendar(horizon),
        carton_size=GROUP if units >= 1_000 else 4,
        pallet_size=int(np.clip(units // 480, 2, 24)),
    )
    assembly = Assembly(supply, plan, ledger, rng("assembly"))
    exposed: Counter[str] = Counter()  # units pressed while the seal was worn, at the worn press
    everyone: Counter[str] = Counter()  # and at all presses, by who stood there
    done = 0
    groups = _groups(folder, units, horizon, rng("orders"))
    for block in assembly.blocks(groups, quality.scrap_in_pressing):
        finishing.add(quality.test(block), until=block[-1].plan)
        for group in block:
            if plan.seal.covers(group.press_start):
                everyone[group.presser] += len(group.serials)
                if group.press == plan.seal.code:
                    exposed[group.presser] += len(group.serials)
        done += sum(len(g.serials) for g in block)
        if progress:
            progress(done, units)
    finishing.finish()
    write_complaints(folder, finishing.complaints, rng("complaints"))
    folder.finish()
    truth = tell_truth(
        TruthInput(
            knowledge, layout, plan, events, orders, quality.truth, finishing.complaints, missing,
            exposed, everyone,
        ),
        {
            "version": PLANT_VERSION,
            "units": units,
            "seed": seed,
            "months": months,
            "zone": "Asia/Shanghai",
            "from": local_text(0),
            "now": local_text(to_calendar(horizon)),
        },
    )  # fmt: skip
    (out / TRUTH).write_bytes(orjson.dumps(truth, option=orjson.OPT_INDENT_2))
    return PlantSummary(
        out,
        units,
        seed,
        months,
        dict(sorted(folder.rows.items())),
        len(layout.assets),
        len(orders),
        quality.truth.defects.total(),
        tuple(p.id for p in plan.all),
    )


def _check(units: int, months: int, out: Path) -> None:
    if not FEWEST <= units <= MOST:
        raise BadInput(f"A plant makes {FEWEST} to {MOST:,} units, not {units}.")
    if not 1 <= months <= 36:
        raise BadInput(f"A plant runs for 1 to 36 months, not {months}.")
    if out.exists():
        if not out.is_dir():
            raise BadInput(f"{out} is a file; name a folder to write the plant into.")
        if any(out.iterdir()) and not _is_plant(out):
            raise BadInput(
                f"{out} holds other files and no sample plant; name an empty or new folder."
            )


def _is_plant(out: Path) -> bool:
    """Whether a plant was written to a folder, or begun."""
    readme = out / README
    return readme.is_file() and readme.read_text("utf-8", "replace").startswith(_TITLE)


def _groups(folder: Folder, units: int, horizon: int, rng: np.random.Generator) -> Iterator[Group]:
    """The groups of all production orders in turn; each order is written when it begins."""
    for number, model, quantity, groups in plan_groups(units, horizon, FIRST_DAY.year, rng):
        start = local_text(to_calendar(groups[0].plan))
        end = local_text(to_calendar(groups[-1].plan + SHIFT))
        folder.add(
            "production_orders", 0, (f"{number},{model.code},{quantity},{start},{end},已完工",)
        )
        yield from groups


def _readme(units: int, seed: int, months: int) -> str:
    template = (files("api.sample") / "PLANT.md").read_text(encoding="utf-8")
    return (
        template.replace("{units}", str(units))
        .replace("{seed}", str(seed))
        .replace("{months}", str(months))
        .replace("{files}", describe_files())
    )
