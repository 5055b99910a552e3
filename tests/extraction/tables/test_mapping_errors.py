"""Wrong mappings: each error names the file, the line, the entry and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from extraction.tables import check_mapping, load_mapping, open_table, parse_mapping
from kg.model import BadMapping
from ontology.schema import Schema

GOOD = """mapping: orders
title: Work orders
columns:
  number: {header: [WO], required: true}
  asset: Asset
  start: {type: date}
  cost: {}
things:
  order:
    class: WorkOrder
    code: "{number}"
    at: start
    properties: {cost: cost}
  asset: {class: Asset, code: "{asset}"}
statements:
  - order reportedOn asset
"""


def problems(text: str, schema: Schema) -> str:
    with pytest.raises(BadMapping) as caught:
        check_mapping(parse_mapping(text, "orders.yaml"), schema)
    return str(caught.value)


def test_the_good_one_is_good(schema: Schema) -> None:
    check_mapping(parse_mapping(GOOD), schema)


@pytest.mark.parametrize(
    ("old", "new", "line", "sentence"),
    [
        (
            "columns:",
            "colums:",
            3,
            "colums: there is no entry of this name. Did you mean 'columns'?",
        ),
        ("required: true", "requierd: true", 4, "Did you mean 'required'?"),
        ("type: date", "type: dates", 6, "'dates' is not possible here"),
        ("required: true", "required: maybe", 4, "should be a valid boolean"),
        ("  - order reportedOn asset", "  - order on", 16, "three words: a thing, a relation"),
    ],
)
def test_a_wrong_form_is_told_with_its_line(old: str, new: str, line: int, sentence: str) -> None:
    with pytest.raises(BadMapping) as caught:
        parse_mapping(GOOD.replace(old, new), "orders.yaml")
    message = str(caught.value)
    assert f"orders.yaml, line {line}: " in message
    assert sentence in message


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("class: WorkOrder", "class: Workorder", "no class 'Workorder'. Did you mean 'WorkOrder'"),
        ("reportedOn", "reportedAt", "no relation 'reportedAt'. Did you mean 'reportedOn'"),
        ("{cost: cost}", "{costs: cost}", "no attribute 'costs'. Did you mean 'cost'"),
        ("{cost: cost}", "{cost: price}", "there is no column 'price'"),
        ("{cost: cost}", '{currency: "EUR"}', "write {fixed: EUR}"),
        ('code: "{number}"', 'code: "{nummer}"', "no column 'nummer' in this mapping. Did"),
        ('code: "{number}"', 'code: "{number|uper}"', "there is no filter 'uper'"),
        ('code: "{number}"', 'code: "{number"', "without its partner"),
        ('    code: "{number}"\n', "", "needs a code: what tells one WorkOrder from another"),
        ("order reportedOn asset", "order reportedOn aset", "no thing 'aset' in this mapping."),
        ("order reportedOn asset", "asset reportedOn order", "reportedOn starts from WorkOrder"),
        ("at: start", "at: begin", "there is no column 'begin'"),
        ("type: date", "type: number", "is a number; make it type: date"),
        ("asset: Asset\n", "asset: {extract: '(['}\n", "columns.asset.extract"),
        ("asset: Asset\n", "asset: {lookup: {table: t, match: a, take: b}}\n", "no table 't'"),
        ("type: date", "type: date, time_zone: Mars/City", "no time zone 'Mars/City'"),
        ("type: date", "type: date, formats: [DDMM]", "is no date format"),
        ("cost: {}", "cost: {type: quantity, unit: furlongs}", "we know no unit 'furlongs'"),
        ("cost: {}", "cost: {value: '{cost}'}", "uses itself"),
        ("- order reportedOn asset", "- {say: order reportedOn asset, when: {cost: {over: 1}}}",
         "there is no test 'over'"),
        ("- order reportedOn asset", "- {say: order reportedOn asset, when: {price: filled}}",
         "there is no column 'price'"),
        ("class: Asset, code", "class: FailureMode, concept: Leekage, code",
         "no FailureMode 'Leekage'. Did you mean 'Leakage'"),
    ],
)  # fmt: skip
def test_what_does_not_fit_the_ontology_or_itself(
    schema: Schema, old: str, new: str, sentence: str
) -> None:
    assert old in GOOD
    message = problems(GOOD.replace(old, new), schema)
    assert sentence in message
    assert "orders.yaml, line " in message


def test_all_problems_are_told_at_once(schema: Schema) -> None:
    text = GOOD.replace("WorkOrder", "Order").replace("reportedOn", "on").replace("{cost", "{kost")
    lines = problems(text, schema).splitlines()
    assert len(lines) == 3
    assert [int(line.split("line ")[1].split(":")[0]) for line in lines] == [10, 13, 16]


def test_a_mapping_that_does_not_fit_the_file_names_column_and_headers(
    tmp_path: Path, schema: Schema
) -> None:
    path = tmp_path / "t.csv"
    path.write_text("W0 No,Asset\n1,A\n")
    with pytest.raises(BadMapping) as caught:
        open_table(path, parse_mapping(GOOD), schema)
    message = str(caught.value)
    assert "t.csv has no column for number" in message
    assert "'WO'" in message
    assert "'W0 No'" in message
    assert "columns.number.header" in message


def test_names_of_shipped_mappings_are_suggested() -> None:
    with pytest.raises(BadMapping, match="Did you mean 'fmea'"):
        load_mapping("fmeaa")
    with pytest.raises(BadMapping, match=r"no mapping file .*absent\.yaml"):
        load_mapping("absent.yaml")


def test_files_that_are_no_mapping(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_bytes(b"\xff\xfe\x00m")
    with pytest.raises(BadMapping, match="UTF-8"):
        load_mapping(path)
    path.write_text("- a\n- b\n")
    with pytest.raises(BadMapping, match="must hold entries"):
        load_mapping(path)
    path.write_text("a: [\n")
    with pytest.raises(BadMapping, match=r"m\.yaml, line"):
        load_mapping(path)


@pytest.mark.parametrize("name", ["../secrets.csv", "/etc/passwd", "a/b.csv", ".hidden"])
def test_side_tables_cannot_point_elsewhere(name: str) -> None:
    with pytest.raises(BadMapping, match="plain file name"):
        parse_mapping(GOOD + f"tables:\n  t: {{file: {name!r}}}\n")
