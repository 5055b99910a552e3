"""Reads a sample plant's files back, by nothing but what the columns say."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from math import comb
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from api.sample.columns import KIND
from api.sample.writing import file_kind_of

Row = dict[str, str]


class PlantFiles:
    """A written plant: `rows` gives the rows of all files of a kind."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.truth: dict[str, Any] = json.loads((folder / "truth.json").read_bytes())
        self._read: dict[str, list[Row]] = {}

    def paths(self) -> list[str]:
        base = self.folder / "files"
        return sorted(str(p.relative_to(base)) for p in base.rglob("*") if p.is_file())

    def rows(self, kind: str) -> list[Row]:
        if kind not in self._read:
            self._read[kind] = [
                row
                for name in self.paths()
                if (spec := file_kind_of(name)) is not None and spec.key == kind
                for row in self._rows_of(name)
            ]
        return self._read[kind]

    def sheet(self, kind: str, number: int) -> list[Row]:
        """The rows of one sheet, merged cells filled."""
        spec = KIND[kind]
        book = load_workbook(self.folder / "files" / spec.pattern)
        return list(_sheet_rows(book.worksheets[number], spec.sheets[number].header_row))

    def _rows_of(self, name: str) -> Iterator[Row]:
        spec = file_kind_of(name)
        assert spec is not None
        path = self.folder / "files" / name
        if spec.format == "xlsx":
            yield from _sheet_rows(load_workbook(path).worksheets[0], spec.sheet.header_row)
        elif spec.format == "jsonl":
            yield from (json.loads(line) for line in path.read_text("utf-8").splitlines())
        else:
            text = path.read_bytes().decode(spec.encoding)
            yield from csv.DictReader(io.StringIO(text, newline=""))

    @cached_property
    def operations(self) -> dict[str, Row]:
        return {row["作业号"]: row for row in self.rows("operations")}

    @cached_property
    def unit_operations(self) -> dict[str, dict[str, Row]]:
        """By serial number, its first operation of each step."""
        found: dict[str, dict[str, Row]] = {}
        for row in self.rows("genealogy"):
            if row["MaterialType"] == "UNIT":
                operation = self.operations[row["OperationNo"]]
                found.setdefault(row["MaterialID"], {}).setdefault(operation["工序代码"], operation)
        return found

    @cached_property
    def work_orders(self) -> dict[str, Row]:
        """Work orders of both systems by number, with the columns of the English one."""
        found = {}
        for row in self.rows("cmms_work_orders"):
            found[row["WO No."]] = row
        for row in self.rows("eam_work_orders"):
            found[row["工单号"]] = {
                "Asset": row["设备编号"],
                "Reported on": row["报修时间"],
                "Completed on": row["完工时间"],
                "Description": row["故障描述"],
                "Failure code": row["故障代码"],
                "Cause code": row["原因代码"],
                "Action taken": row["处理措施"],
                "Parts used": row["更换备件"],
            }
        return found

    def defective(self, code: str) -> set[str]:
        """Serial numbers of units with a defect type."""
        return {row["序列号"] for row in self.rows("defects") if row["缺陷代码"] == code}


def _sheet_rows(sheet: Any, header_row: int) -> Iterator[Row]:
    for block in list(sheet.merged_cells.ranges):
        value = sheet.cell(block.min_row, block.min_col).value
        sheet.unmerge_cells(str(block))
        for row in range(block.min_row, block.max_row + 1):
            sheet.cell(row, block.min_col).value = value
    headers = [cell.value for cell in sheet[header_row]]
    for values in sheet.iter_rows(min_row=header_row + 1, values_only=True):
        texts = ["" if v is None else str(v) for v in values]
        yield dict(zip(headers, texts, strict=True))


def moment(text: str) -> datetime:
    """Any of the forms that the files write times in, as plant time without zone."""
    if "/" in text:
        return datetime.strptime(text, "%Y/%m/%d %H:%M")  # noqa: DTZ007
    found = datetime.fromisoformat(text)
    assert found.tzinfo is None, "plant time has no zone"
    return found


def fisher(exposed: tuple[int, int], others: tuple[int, int]) -> float:
    """One-sided exact p-value that (bad, all) of the exposed is no worse than of the others."""
    (bad, n), (other_bad, m) = exposed, others
    total = bad + other_bad
    ways = sum(comb(n, k) * comb(m, total - k) for k in range(bad, min(n, total) + 1))
    return ways / comb(n + m, total)
