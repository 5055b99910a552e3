"""A mapping of our own and files for it, good and bad."""

from __future__ import annotations

from pathlib import Path

MAPPING = """\
mapping: own-orders
title: Work orders of the test
language: en
columns:
  number: {header: [Order], required: true, if_missing: reject}
  date:   {header: [Date], required: true, type: date, if_bad: reject}
  asset:  {header: [Asset], required: true, if_missing: reject}
  text:   {header: [Text]}
things:
  order:
    class: WorkOrder
    code: "{number}"
    at: date
    properties: {description: text, startedAt: date}
  asset: {class: Asset, code: "{asset}"}
statements:
  - order reportedOn asset
"""
LENIENT = MAPPING.replace("type: date, if_bad: reject", "type: date, if_bad: report")
HEADER = "Order,Date,Asset,Text\n"
GOOD = HEADER + "WO-7,2026-02-01,P-1,pump leaks\nWO-8,2026-02-02,P-2,泵漏油\n"
CHANGED = HEADER + "WO-7,2026-02-01,P-1,pump leaks badly\nWO-8,2026-02-02,P-2,泵漏油\n"
WITH_BAD_ROW = GOOD + "WO-9,31.02.2026,P-3,seal worn\n"
BROKEN = b"Order,Date,Asset,Text\n\x00\x01\x02\xff\xfe binary\n"


def write_mapping(folder: Path, text: str = MAPPING) -> Path:
    """The mapping `own-orders` in a folder for GEMBA_MAPPINGS."""
    folder.mkdir(exist_ok=True)
    path = folder / "own-orders.yaml"
    path.write_text(text, encoding="utf-8")
    return path
