"""Mappings compared with headers: all at once is the same as one by one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extraction.tables import load_mapping, shipped_mappings
from extraction.tables.likeness import (
    best_header_score,
    header_score,
    likeness,
    rank_mappings,
)
from extraction.tables.side_tables import Shelf
from extraction.tables.specification import TableSpec

WORDS = sorted(
    {
        alias
        for mapping in shipped_mappings()
        for name, column in mapping.spec.columns.items()
        for alias in column.header or [name]
    }
)
HEADERS = st.lists(
    st.one_of(
        st.sampled_from(WORDS),
        st.sampled_from(WORDS).map(lambda word: f"{word} (bar)"),
        st.text(max_size=5),
        st.just("x" * 250),
    ),
    max_size=8,
)


@settings(max_examples=60, deadline=None)
@given(HEADERS)
def test_likeness_all_mappings_at_once_answer_as_one_by_one(headers: list[str]) -> None:
    mappings = shipped_mappings()
    assert best_header_score(mappings, headers) == max(header_score(m, headers) for m in mappings)
    one_by_one = [(likeness(m, headers), m) for m in mappings]
    expected = sorted(
        (pair for pair in one_by_one if pair[0] > 0), key=lambda pair: (-pair[0], pair[1].name)
    )
    assert rank_mappings(mappings, headers) == expected


def test_likeness_a_mapping_likes_its_own_first_aliases_best() -> None:
    for mapping in shipped_mappings():
        own = [
            (column.header or [name])[0]
            for name, column in mapping.spec.columns.items()
            if column.value is None
        ]
        assert header_score(mapping, own) > 0.9, mapping.name
        assert likeness(mapping, own) > 0.9, mapping.name


def test_shelf_reads_a_side_table_once_until_its_file_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from extraction.tables import side_tables

    read: list[str] = []
    load = side_tables.load_side_table

    def counted(name: str, *args: object, **options: object) -> object:
        read.append(name)
        return load(name, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(side_tables, "load_side_table", counted)
    codes = tmp_path / "codes.csv"
    codes.write_text("Code,Meaning\nF1,leak\n")
    (tmp_path / "orders.csv").write_text("x\n")
    spec = TableSpec(file=["codes.csv"])
    shelf = Shelf()
    first = shelf.load("codes", spec, tmp_path / "orders.csv")
    assert first is not None
    assert shelf.load("codes", spec, tmp_path / "orders.csv") is first
    assert read == ["codes"]
    codes.write_text("Code,Meaning\nF2,wear\n")
    os.utime(codes, ns=(1, 1))
    changed = shelf.load("codes", spec, tmp_path / "orders.csv")
    assert changed is not None
    assert (changed.rows, read) == ([["F2", "wear"]], ["codes", "codes"])


def test_shelf_holds_few_tables(tmp_path: Path) -> None:
    shelf = Shelf(size=2)
    tables = []
    for number in range(3):
        path = tmp_path / f"t{number}.csv"
        path.write_text(f"a,b\n{number},x\n")
        tables.append(shelf.load("t", TableSpec(file=[path.name]), tmp_path / "o.csv"))
    assert shelf.load("t", TableSpec(file=["t2.csv"]), tmp_path / "o.csv") is tables[2]
    assert shelf.load("t", TableSpec(file=["t0.csv"]), tmp_path / "o.csv") is not tables[0]


def test_likeness_knows_a_mapping_by_its_columns() -> None:
    mapping = load_mapping("fmea")
    assert rank_mappings([mapping], ["nothing", "of", "it"]) == []
