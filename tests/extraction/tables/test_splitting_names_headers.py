"""Lists in cells, names in two languages, headers in many spellings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extraction.tables.header_spelling import normal_header
from extraction.tables.headers import bind_headers, name_nearest
from extraction.tables.names import read_names
from extraction.tables.sources import ListCell
from extraction.tables.splitting import make_splitter

ALL = ["lines", "semicolons", "numbers", "bullets", "commas", "sentences"]


@pytest.mark.parametrize(
    ("separators", "cell", "items"),
    [
        (["semicolons"], "L1; L2;L3 ;", ["L1", "L2", "L3"]),
        (["commas"], "Loss of power, fire", ["Loss of power", "fire"]),
        (["commas"], "压力不足，停机、报废", ["压力不足", "停机", "报废"]),
        (["commas"], "1,5 mm gap, wear", ["1,5 mm gap", "wear"]),
        (["commas"], "seal (worn, old), hose", ["seal (worn, old)", "hose"]),
        (["commas"], "wear, or impact", ["wear", "impact"]),
        (["numbers"], "1. Check seal 2. Replace", ["Check seal", "Replace"]),
        (["numbers"], "①检查②更换", ["检查", "更换"]),
        (["lines", "bullets"], "- one\n- two\n", ["one", "two"]),
        (["sentences"], "Visual check. Every 2.5 h.", ["Visual check", "Every 2.5 h"]),
        (["_"], "Bucket_Engine", ["Bucket", "Engine"]),
        ([";"], ";5;;7;", ["5", "", "7"]),
        (["commas"], "漏油,油位下降 Oil loss, low level", ["漏油,油位下降 Oil loss, low level"]),
    ],
)
def test_splitting(separators: list[str], cell: str, items: list[str]) -> None:
    found = make_splitter(separators)(cell)
    assert [item for item, _, _ in found] == items
    assert [cell[start:end] for _, start, end in found] == items


@given(st.text(max_size=80), st.lists(st.sampled_from(ALL), min_size=1, max_size=4))
def test_items_are_quotes_of_the_cell_in_order(cell: str, separators: list[str]) -> None:
    last = 0
    for item, start, end in make_splitter(separators)(cell):
        assert cell[start:end] == item
        assert item == item.strip()
        assert start >= last
        last = end


def test_lists_of_json_keep_their_items_and_places() -> None:
    cell = ListCell(["a;b", "", "c"])
    assert [item for item, _, _ in make_splitter(["semicolons"])(cell)] == ["a;b", "", "c"]


@pytest.mark.parametrize(
    ("text", "main", "others"),
    [
        ("泄漏 / Leakage", "Leakage", ("泄漏",)),
        ("Leakage / 泄漏", "Leakage", ("泄漏",)),
        ("泄漏（Leakage）", "Leakage", ("泄漏",)),
        ("漏油污染,油位下降 Oil loss", "Oil loss", ("漏油污染,油位下降",)),
        ("pump / motor", "pump / motor", ()),
        ("更换 O型圈", "更换 O型圈", ()),
        ("A10 压装", "A10 压装", ()),
        ("泄漏", "泄漏", ()),
    ],
)
def test_names_in_two_languages(text: str, main: str, others: tuple[str, ...]) -> None:
    names = read_names(text)
    assert names == main
    assert names.others == others


def test_headers_meet_in_many_spellings() -> None:
    spellings = ["Work Order No.", "WORK_ORDER_NUMBER", "work order nr", "WorkOrderNum", "WO #"]
    assert len({normal_header(s) for s in spellings}) == 1
    assert normal_header("设备编号 ") == normal_header("设备编号")
    assert normal_header("Asset") != normal_header("Assets")


def test_a_header_goes_to_the_column_that_calls_it_by_the_better_alias() -> None:
    wanted = {"name": ["description"], "text": ["short text", "description"]}
    only = bind_headers(["Asset", "Description"], wanted)
    assert only.at == {"name": 1}
    both = bind_headers(["Short text", "Description"], wanted)
    assert both.at == {"text": 0, "name": 1}


def test_brackets_matter_only_where_nothing_else_fits() -> None:
    wanted = {"pressure": ["pressure"], "gauge": ["pressure (gauge)"]}
    assert bind_headers(["Pressure (bar)"], wanted).at == {"pressure": 0}
    assert bind_headers(["Pressure (gauge)", "Pressure"], wanted).at == {"gauge": 0, "pressure": 1}


def test_missing_and_unused_headers_are_told() -> None:
    bound = bind_headers(["A", "B"], {"a": ["a"], "c": ["c"]}, required=["a", "c"])
    assert bound.missing == ("c",)
    assert bound.unused == ("B",)


def test_nearest_names() -> None:
    assert name_nearest("reportedon", ["reportedOn", "observed"])[0] == "reportedOn"
    assert name_nearest("zzz", ["reportedOn"]) == []
