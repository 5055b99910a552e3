"""JSON records and answers of databases as tables."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from extraction.files import DEFAULT_LIMITS, Limits, scan_file
from extraction.tables import open_query, parse_mapping
from extraction.tables.sources.databases import public_address, run_query
from extraction.tables.sources.json_records import JsonTable
from kg.model import BadInput, BadMapping, UnreadableFile
from ontology.schema import Schema
from tests.extraction.tables.loading import NOW, ORDERS, told_by


def table(folder: Path, text: str, name: str = "t.jsonl", **options: Any) -> JsonTable:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return JsonTable(scan_file(path), limits=options.pop("limits", DEFAULT_LIMITS), **options)


def rows(source: JsonTable) -> list[tuple[int, list[str], str | None]]:
    return [(r.number, list(r.cells), r.problem.code if r.problem else None) for r in source.rows()]


def test_lines_with_nested_objects_and_late_names(tmp_path: Path) -> None:
    source = table(
        tmp_path,
        '{"id": 1, "at": {"line": "L1", "pos": 2}, "ok": true}\n\n{"id": 2, "late": null}\n',
    )
    assert source.headers == ["id", "at.line", "at.pos", "ok", "late"]
    assert rows(source) == [
        (1, ["1", "L1", "2", "true", ""], None),
        (3, ["2", "", "", "", ""], None),
    ]
    assert source.place_prefix == "line:"


def test_lists_stay_lists_and_in_step(tmp_path: Path) -> None:
    text = json.dumps({"tags": ["a", "b"], "parts": [{"lot": "L1", "q": 2}, {"lot": "L2"}]})
    source = table(tmp_path, text + "\n" + text)
    cells = next(iter(source.rows())).cells
    assert dict(zip(source.headers, cells, strict=True)) == {
        "tags": "a; b", "parts.lot": "L1; L2", "parts.q": "2; ",
    }  # fmt: skip
    assert cells[2].items == ("2", "")  # type: ignore[attr-defined]


def test_objects_in_a_list_can_become_rows(tmp_path: Path) -> None:
    text = json.dumps([{"unit": "U1", "parts": [{"lot": "L1"}, {"lot": "L2"}]}, {"unit": "U2"}])
    source = table(tmp_path, text, "t.json", explode=["parts"])
    assert rows(source) == [
        (1, ["U1", "L1"], None), (1, ["U1", "L2"], None), (2, ["U2", ""], None),
    ]  # fmt: skip


def test_a_list_inside_an_object_is_found_or_named(tmp_path: Path) -> None:
    text = json.dumps({"meta": 1, "data": {"items": [{"a": 1}, {"a": 2}]}})
    assert len(rows(table(tmp_path, text, "t.json", rows="data.items"))) == 2
    with pytest.raises(UnreadableFile, match=r"no list at 'data\.other'"):
        table(tmp_path, text, "t.json", rows="data.other")
    only = json.dumps({"meta": 1, "orders": [{"a": 1}, {"a": 2}]})
    assert len(rows(table(tmp_path, only, "t.json"))) == 2


def test_a_damaged_line_is_a_problem_of_its_own(tmp_path: Path) -> None:
    source = table(tmp_path, '{"a": 1}\n{"a": \n[1]\n{"a": 2}\n')
    assert [problem for _, _, problem in rows(source)] == [None, "bad-json", "not-an-object", None]


def test_a_cut_off_array_is_told_with_the_item(tmp_path: Path) -> None:
    text = json.dumps([{"a": n} for n in range(10)])[:-12]
    with pytest.raises(UnreadableFile, match="item 9"):
        table(tmp_path, text, "t.json")


def test_no_objects_at_all(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"source\.rows"):
        table(tmp_path, "[1, 2, 3]", "t.json")


def test_deep_nesting_is_no_way_to_end_the_process(tmp_path: Path) -> None:
    deep = "[" * 100_000
    with pytest.raises(UnreadableFile):
        table(tmp_path, deep, "t.json")
    with pytest.raises(UnreadableFile):
        table(tmp_path, '{"a": ' * 50_000, "t.jsonl")


def test_one_endless_line_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="longer than 1,000"):
        table(tmp_path, '{"a": "' + "x" * 5000, limits=Limits(line_characters=1000))


RECORDS = st.lists(
    st.dictionaries(
        st.sampled_from(["a", "b", "c"]),
        st.one_of(st.text('xyz,:{}[]"\\\n é', max_size=6), st.integers(-99, 99), st.booleans()),
        min_size=1,
    ),
    min_size=1,
    max_size=30,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(RECORDS, st.sampled_from([None, 2]))
def test_arrays_and_lines_say_the_same(
    tmp_path: Path, records: list[dict[str, Any]], indent: int | None
) -> None:
    lines = table(tmp_path, "\n".join(json.dumps(r) for r in records), "a.jsonl")
    array = table(tmp_path, json.dumps(records, indent=indent, ensure_ascii=False), "b.json")
    if len(records) > 1:
        assert lines.headers == array.headers
        assert [c for _, c, _ in rows(lines)] == [c for _, c, _ in rows(array)]


# -- databases -------------------------------------------------------------------------------


@pytest.fixture
def database(tmp_path: Path) -> str:
    path = tmp_path / "plant.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE orders (WO TEXT, Asset TEXT, Text TEXT, Cost REAL)")
        connection.executemany(
            "INSERT INTO orders VALUES (?, ?, ?, ?)",
            [(f"WO{n}", f"P-{n % 3}", None if n == 2 else "leak", n * 1.5) for n in range(12)],
        )
    connection.close()
    return f"sqlite:///{path}"


def test_a_query_is_read_through_a_mapping(database: str, schema: Schema) -> None:
    reading = open_query(
        database, parse_mapping(ORDERS), schema, query="SELECT * FROM orders ORDER BY WO", now=NOW
    )
    told = told_by(reading)
    assert len(told.triples) == 12
    assert told.node("wo:WO1").props["cost"] == pytest.approx(1.5)
    assert told.passages[0].place == "row:1"
    assert reading.rows_total == 12
    assert reading.document.key.endswith("plant.db#orders")


def test_the_same_answer_is_the_same_content(database: str) -> None:
    query = "SELECT * FROM orders ORDER BY WO"
    assert run_query(database, query)[1] == run_query(database, query)[1]
    assert run_query(database, query)[1] != run_query(database, query + " DESC")[1]


def test_an_answer_can_be_read_twice_at_once(database: str) -> None:
    source, _ = run_query(database, "SELECT WO FROM orders ORDER BY Cost")
    one, other = source.rows(), source.rows()
    assert [next(one).cells, next(other).cells] == [["WO0"], ["WO0"]]
    assert len(list(one)) == len(list(other)) == 11


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM orders",
        "select 1; drop table orders",
        "",
        "UPDATE orders SET WO = 1",
        "PRAGMA x",
    ],
)
def test_only_reading_queries_are_run(database: str, query: str) -> None:
    with pytest.raises(BadInput):
        run_query(database, query)


def test_what_the_database_refuses_is_one_sentence(database: str) -> None:
    with pytest.raises(UnreadableFile, match="no such table: absent") as caught:
        run_query(database, "SELECT * FROM absent")
    assert "\n" not in str(caught.value)


def test_a_mapping_without_query_says_so(database: str, schema: Schema) -> None:
    with pytest.raises(BadMapping, match=r"source\.query"):
        open_query(database, parse_mapping(ORDERS), schema)


def test_credentials_are_in_no_key_and_no_message(tmp_path: Path) -> None:
    url = "postgresql://anna:s3cret@db.plant:5432/mes?sslpassword=hush"
    assert public_address(url) == "postgresql://db.plant:5432/mes"
    with pytest.raises((BadInput, UnreadableFile)) as caught:
        run_query(url, "SELECT 1")
    shown = str(caught.value) + repr(caught.value.__context__ if caught.value.__suppress_context__
                                     is False else "")  # fmt: skip
    assert not any(secret in shown for secret in ("anna", "s3cret", "hush"))
    with pytest.raises(BadInput, match="no address"):
        public_address("not an address")
