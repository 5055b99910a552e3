"""The master data of the sample plant: registers, catalogues, parties, products."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np

from api.sample.condition import Sensor
from api.sample.knowledge import Knowledge
from api.sample.layout import Asset, Layout
from api.sample.materials import (
    AREAS,
    CHARACTERISTICS,
    CUSTOMERS,
    DEFECTS,
    LINES,
    MODELS,
    PARTS,
    RINGS,
    SCREWS,
    SEAL,
    STEPS,
    SUPPLIERS,
)
from api.sample.worktime import FIRST_DAY
from api.sample.writing import Folder

Missing = list[dict[str, str]]


def write_master(
    folder: Folder,
    knowledge: Knowledge,
    layout: Layout,
    sensors: Sequence[Sensor],
    rng: np.random.Generator,
) -> Missing:
    """Write all master files; the links that were left out of them on purpose."""
    missing = _write_register(folder, knowledge, layout, sensors, rng)
    missing += _write_alarm_list(folder, knowledge, rng)
    _write_catalogues(folder, knowledge, rng)
    _write_resources(folder, layout)
    _write_parties(folder)
    _write_products(folder)
    return missing


def _write_register(
    folder: Folder,
    knowledge: Knowledge,
    layout: Layout,
    sensors: Sequence[Sensor],
    rng: np.random.Generator,
) -> Missing:
    missing: Missing = []
    ordered = sorted(layout.assets.values(), key=lambda a: (a.kind.area, a.kind.line, a.tag))
    unclassed = {ordered[int(i)].tag for i in rng.choice(len(ordered), size=2, replace=False)}
    assets = []
    bom: list[tuple[Any, ...]] = []
    for asset in ordered:
        blank = asset.tag in unclassed
        if blank:
            missing.append(
                _link(("asset", asset.tag), "ofClass", ("class", asset.kind.en, asset.kind.zh))
            )
        assets.append(_register_row(asset, "" if blank else asset.kind.label))
        for position, component_id in enumerate(knowledge.components_of(asset.kind.id), start=1):
            component = knowledge.components[component_id]
            if rng.random() < 0.06:
                missing.append(
                    _link(
                        ("asset", asset.tag),
                        "hasComponent",
                        ("component", component.en, component.zh),
                    )
                )
                continue
            parts = [
                c.part
                for c in knowledge.causes_of(asset.kind.id)
                if c.component == component_id and c.part
            ]
            part = parts[0] if parts and rng.random() < 0.85 else ""
            bom.append((asset.tag, position * 10, component.zh, component.en, 1, "件", part))
    rows = [
        (
            s.code,
            s.asset.tag,
            s.reading.zh,
            s.reading.en,
            s.reading.unit,
            s.reading.lower,
            s.reading.upper,
        )
        for s in sensors
    ]
    folder.write_book(
        "asset_register",
        (assets, bom, rows),
        (
            "恒川液压设备有限公司 设备台账\n编制：设备科    版本：2025-01",
            "设备部件清单 Bill of materials",
        ),
    )
    return missing


def _register_row(asset: Asset, kind: str) -> tuple[Any, ...]:
    area = AREAS[asset.kind.area]
    return (
        asset.kind.area,
        area,
        asset.kind.line,
        LINES[asset.kind.line],
        asset.tag,
        asset.zh,
        asset.en,
        kind,
        asset.kind.maker,
        asset.kind.model,
        asset.serial,
        FIRST_DAY - timedelta(days=asset.since_days),
        asset.parent,
        ";".join(asset.depends_on),
        "在用",
    )


def _link(subject: tuple[str, str], relation: str, target: tuple[str, str, str]) -> dict[str, str]:
    """A link by the kind and code of its subject and the kind and names of its object."""
    return {
        "relation": relation,
        "subject_kind": subject[0],
        "subject": subject[1],
        "object_kind": target[0],
        "object": target[1],
        "object_zh": target[2],
    }


def _write_alarm_list(folder: Folder, knowledge: Knowledge, rng: np.random.Generator) -> Missing:
    missing: Missing = []
    rows = []
    for alarm in knowledge.alarms.values():
        mode = alarm.mode
        if mode and rng.random() < 0.12:
            named = knowledge.modes[mode]
            missing.append(_link(("alarm", alarm.code), "indicates", ("mode", named.en, named.zh)))
            mode = ""
        kind = knowledge.kinds[alarm.asset_class]
        rows.append((alarm.code, alarm.zh, alarm.en, kind.en, alarm.severity, mode))
    folder.write_rows("alarm_list", rows)
    return missing


def _write_catalogues(folder: Folder, knowledge: Knowledge, rng: np.random.Generator) -> None:
    codes: list[tuple[str, ...]] = [
        (m.code, "Failure mode", m.en, m.zh, "", "") for m in knowledge.modes.values()
    ]
    codes += [
        (
            c.code,
            "Cause",
            c.en,
            c.zh,
            knowledge.kinds[c.asset_class].en,
            knowledge.components[c.component].en,
        )
        for c in knowledge.causes.values()
    ]
    codes += [(a.code, "Action", a.en, a.zh, "", "") for a in knowledge.actions.values()]
    folder.write_rows("failure_codes", codes)
    folder.write_rows(
        "spare_parts",
        (
            (
                p.code,
                p.zh,
                p.en,
                p.spec,
                "件",
                f"{p.price:.2f}",
                int(rng.integers(0, 12)),
                f"S{108 + int(rng.integers(3))}",
            )
            for p in knowledge.parts.values()
        ),
    )
    folder.write_rows(
        "characteristics",
        (
            (c.code, c.en, c.zh, c.step, c.unit, c.lower, c.target, c.upper)
            for c in CHARACTERISTICS.values()
        ),
    )
    folder.write_rows("defect_codes", ((d.code, d.zh, d.en, d.severity) for d in DEFECTS.values()))
    folder.write_rows(
        "process_steps",
        ((s.code, s.zh, s.en, s.kind, s.order, s.area) for s in STEPS.values()),
    )


def _write_resources(folder: Folder, layout: Layout) -> None:
    due = FIRST_DAY + timedelta(days=150)
    folder.write_rows(
        "tools",
        (
            (
                tool.code,
                tool.en,
                tool.zh,
                tool.type,
                tool.step,
                due if tool.type in {"Torque driver", "Gauge"} else "",
            )
            for tools in layout.tools.values()
            for tool in tools
        ),
    )
    folder.write_rows("personnel", ((p.code, p.name, p.job, p.crew, p.area) for p in layout.people))


def _write_parties(folder: Folder) -> None:
    folder.write_rows(
        "suppliers", ((s.code, s.en, s.zh, s.country, s.tier) for s in SUPPLIERS.values())
    )
    folder.write_rows(
        "customers", ((c.code, c.zh, c.en, c.country, c.tier, c.above) for c in CUSTOMERS.values())
    )


def _write_products(folder: Folder) -> None:
    products = [(p.code, p.zh, p.en, p.kind, p.unit) for p in PARTS.values()]
    bom: list[tuple[Any, ...]] = []
    for m in MODELS:
        bom += [
            _bom_row(m.code, m.washed, 1),
            _bom_row(m.code, m.bushing, 4),
            _bom_row(m.code, m.gears, 1),
            _bom_row(m.code, m.cover, 1),
            _bom_row(m.code, SEAL.code, 1),
            _bom_row(m.code, RINGS.code, 1),
            _bom_row(m.code, SCREWS.code, 8),
            _bom_row(m.code, "PA-9005", 0.06),
            _bom_row(m.washed, m.housing, 1),
            _bom_row(m.housing, m.blank, 1),
            _bom_row(m.gears, m.hardened, 1),
            _bom_row(m.hardened, m.hobbed, 1),
            _bom_row(m.hobbed, "RM-200", m.bar_kg),
        ]
    folder.write_book("products", (products, bom), ("", "齿轮泵产品BOM Product bill of materials"))


def _bom_row(parent: str, child: str, amount: float) -> tuple[Any, ...]:
    part = PARTS[child]
    return (parent, PARTS[parent].zh, child, part.zh, amount, part.unit)
