"""Procedures as tables, check lists, lubrication plans and technical data without headers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from extraction.documents.blocks import Table, grid_of
from extraction.documents.structure.tables import understand
from kg.model import Batch


@pytest.fixture
def read(tmp_path: Path, batch_of: Callable[[Path], Batch]) -> Callable[[str], Batch]:
    """What a text in Markdown says."""

    def read(text: str) -> Batch:
        path = tmp_path / "manual.md"
        path.write_text(text, "utf-8")
        return batch_of(path)

    return read


def _names(batch: Batch, cls: str) -> list[str]:
    return [n.name for n in batch.nodes if n.cls == cls and n.name]


def test_a_table_of_steps_is_a_procedure_with_tools_torques_and_cautions(
    read: Callable[[str], Batch],
) -> None:
    batch = read(
        "# Lathe LT-5: replacing the spindle bearing\n\n"
        "| Step | Operation | Tools | Requirement | Caution |\n|---|---|---|---|---|\n"
        "| 1 | Switch off and lock the main switch | padlock | | Two persons |\n"
        "| 2 | Remove the front cover | hex key and puller | | |\n"
        "| 3 | Tighten the cover screws | torque wrench | 25 Nm | Crosswise |\n"
    )
    steps = [n for n in batch.nodes if n.cls == "ProcedureStep"]
    assert [n.name for n in steps] == [
        "Switch off and lock the main switch",
        "Remove the front cover",
        "Tighten the cover screws",
    ]
    assert [(n.props or {}).get("torqueNm") for n in steps] == [None, None, 25]
    assert sorted(_names(batch, "Tool")) == ["hex key", "padlock", "puller", "torque wrench"]
    assert _names(batch, "SafetyNotice") == ["Two persons", "Crosswise"]
    order = [(c.props or {}).get("sequence") for c in batch.claims if c.predicate == "instructs"]
    assert order == [1, 2, 3]
    for claim in batch.claims:  # every step is cited where it stands
        if claim.predicate == "instructs":
            assert "Step:" in batch.passages[claim.passage].text


def test_what_a_check_list_names_is_checked(read: Callable[[str], Batch]) -> None:
    batch = read(
        "# 空压机点检表\n\n"
        "| 序号 | 点检部位 | 点检项目 | 点检标准 | 周期 |\n|---|---|---|---|---|\n"
        "| 1 | 主机 | 异响 | 无 | 每周 |\n| 2 | 皮带 | 张紧度 | 10mm | 每月 |\n"
    )
    assert _names(batch, "Check") == ["检查主机：异响", "检查皮带：张紧度"]
    assert not _names(batch, "MaintenanceActivity")


def test_a_lubrication_point_is_lubricated(read: Callable[[str], Batch]) -> None:
    batch = read(
        "# Conveyor lubrication plan\n\n"
        "| Lubrication point | Lubricant | Interval |\n|---|---|---|\n"
        "| Drive bearing | EP 2 | 500 h |\n| Gearbox | CLP 220 | yearly |\n"
    )
    assert _names(batch, "MaintenanceActivity") == ["lubricate drive bearing", "lubricate gearbox"]


def test_technical_data_need_no_header() -> None:
    rows = [["Cooling capacity", "30 kW"], ["Refrigerant", "R410A"], ["Pressure", "42 bar"]]
    table = Table(grid_of(rows), "table:1")
    form = understand(table, section="data")
    assert (form.kind, form.roles, len(form.rows)) == ("data", {0: "parameter", 1: "value"}, 3)
    assert understand(table).kind == ""


def test_a_list_of_parts_and_a_plan_are_no_steps() -> None:
    parts = [["No.", "Description", "Qty"], ["1", "Seal", "2"], ["2", "Ring", "1"]]
    assert understand(Table(grid_of(parts), "t")).kind != "steps"
    plan = [["No.", "Task", "Interval"], ["1", "Clean the filter", "weekly"]]
    assert understand(Table(grid_of(plan), "t")).kind == "plan"


def test_steps_numbered_as_sections_are_steps(read: Callable[[str], Batch]) -> None:
    batch = read(
        "# 燃气锅炉\n\n## 9 安全阀更换步骤\n\n9.1 停炉，待压力降至零。\n\n9.2 拆下法兰螺栓。\n\n"
        "9.3 更换垫片。\n\n"
        "## 10 概述\n\n10.1 本锅炉采用三回程结构。\n\n10.2 锅炉由本体和燃烧器组成。\n"
    )
    assert _names(batch, "ProcedureStep") == ["停炉，待压力降至零", "拆下法兰螺栓", "更换垫片"]


def test_a_labelled_cause_belongs_to_the_heading_above_but_to_no_title(
    read: Callable[[str], Batch],
) -> None:
    batch = read(
        "# Hydraulic press report\n\nCause: none found.\n\n## 5.3 Press does not cycle\n\n"
        "Cause: light curtain interrupted.\n\n## Summary\n\nCause: wear.\n"
    )
    linked = {(c.subject, c.object) for c in batch.claims if c.predicate == "indicates"}
    assert linked == {("symptom:press does not cycle", "cause:light curtain interrupted")}


def test_torques_are_told_in_a_section_of_their_own(read: Callable[[str], Batch]) -> None:
    batch = read("# Pump MV 15\n\n## 7 Tightening torques\n\nFlange bolts M30: 1450 Nm\n")
    assert _names(batch, "Parameter") == ["tightening torque: Flange bolts M30"]
