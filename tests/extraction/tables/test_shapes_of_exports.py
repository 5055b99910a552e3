"""Shapes that real exports have: titles, blank lines, two header rows, totals, joint cells."""

from __future__ import annotations

from pathlib import Path

import pytest

from extraction.tables import recognise_parts, shipped_mappings
from extraction.tables.amounts import infer_table_decimal, read_duration
from extraction.tables.joint_cells import read_both
from extraction.tables.likeness import header_score
from extraction.tables.sources.grouped_headers import read_header
from extraction.tables.totals import is_total
from ontology.schema import Schema
from tests.extraction.tables.loading import Told, read_text


def load(tmp_path: Path, text: str, schema: Schema, name: str = "cmms-work-orders") -> Told:
    """What the file says, read as what it is recognised as."""
    (tmp_path / "seen.csv").write_text(text, encoding="utf-8")
    part = recognise_parts(tmp_path / "seen.csv")[0]
    assert part.mapping is not None, part.reasons
    assert part.mapping.name == name
    return read_text(tmp_path, text, part.mapping, schema, time_zone="UTC")


def test_titles_and_blank_lines_above_the_header_and_totals_below(
    tmp_path: Path, schema: Schema
) -> None:
    text = (
        "Breakdowns of line 4;;;\n\n\nOrder;Machine;Fault description;Downtime (min)\n"
        "W1;M-1;Belt torn;30\nW2;M-2;Motor hot;15\nTotal;;;45\n"
    )
    told = load(tmp_path, text, schema)
    assert {n.node for n in told.nodes if n.cls == "WorkOrder"} == {"wo:W1", "wo:W2"}
    assert [f.place for f in told.findings if f.code == "totals-row"] == ["row:7"]
    assert not told.rejections


def test_a_group_over_its_columns(tmp_path: Path, schema: Schema) -> None:
    text = "Machine,,Breakdown,\nNo.,Name,Date,Description\nPK-1,Packer,2024-03-05,Film tears\n"
    told = load(tmp_path, text, schema)
    (asset,) = {n.node for n in told.nodes if n.cls == "Asset"}
    assert asset == "asset:PK-1"
    assert "Packer" in told.names(asset)


def test_one_header_row_stays_one() -> None:
    mapping = next(m for m in shipped_mappings() if m.name == "cmms-work-orders")
    rows = [
        (1, ["Work orders", "", "", ""]),
        (2, ["Order", "Machine", "Description", "Status"]),
        (3, ["W1", "M-1", "Belt torn", ""]),
    ]
    assert read_header(rows, 2, lambda cells: header_score(mapping, cells)) is None


def test_a_day_and_a_time_of_day_are_one_moment(tmp_path: Path, schema: Schema) -> None:
    text = "Order;Machine;Description;Reported on;Time\nW1;M-1;Belt torn;05.03.2024;07:30\n"
    order = next(n for n in load(tmp_path, text, schema).nodes if n.cls == "WorkOrder")
    assert order.props["reportedAt"] == "2024-03-05T07:30:00Z"
    text = "Order;Machine;Description;Date;Repair started\nW1;M-1;Belt torn;5/13/2024;07:30\n"
    order = next(n for n in load(tmp_path, text, schema).nodes if n.cls == "WorkOrder")
    assert order.props["startedAt"] == "2024-05-13T07:30:00Z"


def test_a_code_and_a_name_in_one_cell(tmp_path: Path, schema: Schema) -> None:
    text = "Asset;Parent asset;Location\nE-101 Cooling pump;E-100 Cooling unit;H3\n"
    told = load(tmp_path, text, schema, "asset-register")
    assert ("asset:E-100", "hasComponent", "asset:E-101") in told.triples
    assert "Cooling pump" in told.names("asset:E-101")


def test_names_alone_stay_codes_as_they_are(tmp_path: Path, schema: Schema) -> None:
    text = "Machine;Fault;Date\nPalletiser 1;jams;2024-03-05\nE-1 Pump;leaks;2024-03-06\n"
    told = load(tmp_path, text, schema)
    assets = {c.object for c in told.claims if c.predicate == "reportedOn"}
    assert assets == {"asset:PALLETISER 1", "asset:E-1 PUMP"}
    assert not [f for f in told.findings if f.code == "code-and-name"]


@pytest.mark.parametrize(
    ("cell", "both"),
    [
        ("E-101 Cooling pump", ("E-101", "Cooling pump")),
        ("10023411 - Hydraulic pump", ("10023411", "Hydraulic pump")),
        ("冻干机 FD-201", ("FD-201", "冻干机")),
        ("ZS-03 3号注塑机", ("ZS-03", "3号注塑机")),
        ("Moulder 12 (IM-12)", ("IM-12", "Moulder 12")),
        ("Palletiser 1", None),
        ("2 axis lathe", None),
        ("E-101", None),
        ("Cooling pump", None),
    ],
)
def test_code_and_name(cell: str, both: tuple[str, str] | None) -> None:
    assert read_both(cell) == both


@pytest.mark.parametrize(
    ("cells", "total"),
    [
        (["Total", None, "45"], True),
        (["合计", None, "1,250.5"], True),
        (["合 计：", "3", None], True),
        (["Total", "M-1", "Belt torn"], False),  # no cell is empty
        (["Total", None, "pump"], False),
        (["Total loss of power", "M-1", None], False),
        (["W1", None, "45"], False),
        (["Total", None, None], False),
    ],
)
def test_totals(cells: list[str | None], total: bool) -> None:
    assert is_total(cells) is total


def test_a_year_is_a_date_as_exact_as_it_is(tmp_path: Path, schema: Schema) -> None:
    text = "Equipment number;Equipment name;Manufacturer;Installed\nP-1;Pump;KSB;2015\n"
    told = load(tmp_path, text, schema, "asset-register")
    asset = next(n for n in told.nodes if n.node == "asset:P-1")
    assert asset.props["commissionedOn"] == "2015-01-01"


@pytest.mark.parametrize(
    ("cells", "decimal"),
    [
        (["0,021", "20,005"], ","),
        (["1.200", "05.03.2024"], ","),
        (["1.200", "12.5", "05.03.2024"], "."),
        (["1,200", "2024-03-05"], None),
        (["1.250,0"], ","),
        (["pump 1,5 broken", "M-1.2"], None),
    ],
)
def test_the_decimal_mark_of_a_table(cells: list[str], decimal: str | None) -> None:
    assert infer_table_decimal(cells) == decimal


def test_a_column_that_does_not_tell_follows_its_table(tmp_path: Path, schema: Schema) -> None:
    text = (
        "Serial;Characteristic;Measured value;Upper limit;Inspection date;Result\n"
        "U1;Bore;20,005;20,5;2024-03-05;OK\nU2;Bore;20,032;20,5;2024-03-05;NOK\n"
    )
    told = load(tmp_path, text, schema, "inspections")
    values = {n.props["value"] for n in told.nodes if n.cls == "Measurement"}
    assert values == {20.005, 20.032}
    assert [f.code for f in told.findings if f.code.startswith("decimal")] == ["decimal-assumed"]
    assert read_duration("1h 30m") == read_duration("1小时30分") == 1.5


@pytest.mark.parametrize(
    ("header", "hours"),
    [("Minutes lost", 0.5), ("Downtime (min)", 0.5), ("停机分钟数", 0.5), ("Downtime", 30.0)],
)
def test_a_unit_of_time_anywhere_in_a_header(
    header: str, hours: float, tmp_path: Path, schema: Schema
) -> None:
    text = f"Order;Machine;Description;{header}\nW1;M-1;Belt torn;30\n"
    order = next(n for n in load(tmp_path, text, schema).nodes if n.cls == "WorkOrder")
    assert order.props["downtimeHours"] == pytest.approx(hours)
