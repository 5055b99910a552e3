"""Work orders as the two maintenance systems export them, and the customers' complaints."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from api.sample.finishing import Complaint
from api.sample.materials import DEFECTS
from api.sample.work_orders import CALIBRATION, CORRECTIVE, PREVENTIVE, WorkOrder
from api.sample.worktime import DAY, FIRST_DAY, part_of, slashed_text
from api.sample.writing import Folder

_EAM_TYPES = {CORRECTIVE: "故障维修", PREVENTIVE: "预防保养", CALIBRATION: "校准"}
_CMMS_TYPES = {CORRECTIVE: "Corrective", PREVENTIVE: "Preventive", CALIBRATION: "Calibration"}
_PRIORITIES = {1: "紧急", 2: "高", 3: "中", 4: "低"}


def write_work_orders(folder: Folder, orders: Sequence[WorkOrder]) -> None:
    """Each order into the export of the shop that its asset stands in."""
    cmms: dict[str, list[tuple[Any, ...]]] = {}
    for order in orders:
        if order.in_eam:
            folder.add_row("eam_work_orders", order.reported, _eam_row(order))
        else:
            cmms.setdefault(part_of(order.reported // DAY, "year"), []).append(_cmms_row(order))
    for year, rows in cmms.items():
        folder.write_book("cmms_work_orders", (rows,), part=year)


def _eam_row(order: WorkOrder) -> tuple[object, ...]:
    return (
        order.number,
        _EAM_TYPES[order.type],
        order.asset_written,
        order.asset.zh,
        slashed_text(order.reported),
        slashed_text(order.started),
        None if order.ended is None else slashed_text(order.ended),
        order.downtime_hours,
        _PRIORITIES[order.priority],
        order.description,
        order.mode,
        order.cause,
        order.action_text,
        order.action,
        "; ".join(f"{code}*{count}" for code, count in order.parts),
        "、".join(order.mechanics),
        f"{order.cost:.2f}",
        "处理中" if order.ended is None else "已关闭",
    )


def _cmms_row(order: WorkOrder) -> tuple[Any, ...]:
    return (
        order.number,
        _CMMS_TYPES[order.type],
        order.asset_written,
        order.asset.en,
        _cell(order.reported),
        _cell(order.started),
        None if order.ended is None else _cell(order.ended),
        order.downtime_hours,
        order.priority,
        order.description,
        order.mode,
        order.cause,
        order.action_text,
        order.action,
        ", ".join(f"{code} x{count}" for code, count in order.parts),
        order.mechanics[0] if order.mechanics else "",
        order.cost,
        "IN PROGRESS" if order.ended is None else "CLOSED",
    )


def _cell(calendar: int) -> datetime:
    """A date-time cell to the minute; cells have no zone, and files say plant time."""
    midnight = datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day)  # noqa: DTZ001
    return midnight + timedelta(minutes=calendar // 60)


def write_complaints(folder: Folder, complaints: list[Complaint], rng: np.random.Generator) -> None:
    """The complaints in the order of their dates, numbered."""
    complaints.sort(key=lambda c: (c.at, c.serial))
    rows: list[tuple[Any, ...]] = []
    for number, complaint in enumerate(complaints, start=1):
        complaint.number = f"CC{number:05d}"
        kind = DEFECTS[complaint.defect]
        texts = kind.zh_texts if rng.random() < 0.5 else kind.en_texts
        analysed = rng.random() < 0.5
        rows.append(
            (
                complaint.number,
                _cell(complaint.at).date(),
                complaint.customer,
                complaint.serial,
                texts[int(rng.integers(len(texts)))],
                complaint.defect if analysed else "",
                "已关闭" if analysed else "调查中",
            )
        )
    folder.write_book("complaints", (rows,), ("客户投诉台账 Customer complaints",))
