"""CSV and its relatives, whole and damaged."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from extraction.files import Limits, scan_file
from extraction.tables.sources.delimited import DelimitedTable
from kg.model import UnreadableFile


def table_of(folder: Path, data: bytes | str, **options: Any) -> DelimitedTable:
    path = folder / "t.csv"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return DelimitedTable(scan_file(path), **options)


def rows_of(table: DelimitedTable) -> list[tuple[int, list[str], str | None]]:
    return [(r.number, r.cells, r.problem.code if r.problem else None) for r in table.rows()]


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_delimiter_is_told(tmp_path: Path, mark: str) -> None:
    table = table_of(tmp_path, mark.join(["wo", "asset", "text"]) + "\n" + mark.join("1ax") + "\n")
    assert table.delimiter == mark
    assert table.headers == ["wo", "asset", "text"]


def test_commas_in_texts_do_not_mislead(tmp_path: Path) -> None:
    table = table_of(tmp_path, "wo;text\n1;leak, noise, smell\n2;worn, broken\n3;ok\n")
    assert table.delimiter == ";"
    assert rows_of(table)[0][1] == ["1", "leak, noise, smell"]


def test_excels_own_word_for_the_delimiter(tmp_path: Path) -> None:
    table = table_of(tmp_path, "sep=;\r\na;b\r\n1;2\r\n")
    assert (table.delimiter, table.headers) == (";", ["a", "b"])
    assert rows_of(table) == [(2, ["1", "2"], None)]


def test_quoted_line_ends_and_quotes(tmp_path: Path) -> None:
    table = table_of(tmp_path, 'a,b\n1,"two\nlines, and a 5"" hose"\n2,x\n')
    assert rows_of(table) == [(2, ["1", 'two\nlines, and a 5" hose'], None), (3, ["2", "x"], None)]


def test_rows_are_numbered_as_a_spreadsheet_shows_them(tmp_path: Path) -> None:
    table = table_of(tmp_path, "a,b\n\n1,2\n,\n3,4\n")
    assert [(n, c) for n, c, _ in rows_of(table) if any(c)] == [(3, ["1", "2"]), (5, ["3", "4"])]


def test_titles_above_the_header_are_passed_over(tmp_path: Path) -> None:
    text = "Work orders 2024,,\nprinted today,,\nwo,asset,text\n1,A,leak\n2,B,noise\n"
    assert table_of(tmp_path, text).headers == ["wo", "asset", "text"]


def test_two_header_rows_become_one(tmp_path: Path) -> None:
    text = "Failure,,Action,\nMode,Cause,Text,Date\nleak,wear,seal,2024\n"
    table = table_of(tmp_path, text, header_row=1, header_rows=2)
    assert table.headers == ["Failure / Mode", "Failure / Cause", "Action / Text", "Action / Date"]
    assert rows_of(table)[0][0] == 3


def test_headers_that_are_doubled_or_missing_are_noticed(tmp_path: Path) -> None:
    table = table_of(tmp_path, "a,a,,b\n1,2,3,4\n")
    assert table.headers == ["a", "a (2)", "column 3", "b"]
    assert [f.code for f in table.findings] == ["suspicious-header"] * 2


def test_a_header_of_numbers_looks_like_data(tmp_path: Path) -> None:
    table = table_of(tmp_path, "1,2,3\n4,5,6\n")
    assert "looks like data" in table.findings[0].reason


def test_ragged_rows_are_refused_and_the_rest_goes_on(tmp_path: Path) -> None:
    table = table_of(tmp_path, "a,b,c\n1,2\n3,4,5\n6,7,8,9\n1,2,3,,\n")
    assert rows_of(table) == [
        (2, ["1", "2"], "ragged-row"),
        (3, ["3", "4", "5"], None),
        (4, ["6", "7", "8", "9"], "ragged-row"),
        (5, ["1", "2", "3"], None),  # empty cells too many do no harm
    ]


def test_missing_cells_can_be_declared_empty(tmp_path: Path) -> None:
    table = table_of(tmp_path, "a,b,c\n1,2\n", ragged="pad")
    assert rows_of(table) == [(2, ["1", "2", ""], None)]


def test_a_cut_off_last_row_is_refused(tmp_path: Path) -> None:
    assert rows_of(table_of(tmp_path, "a,b,c\n1,2,3\n4,5"))[-1][2] == "ragged-row"


def test_an_unclosed_quote_costs_its_row_and_no_other(tmp_path: Path) -> None:
    lines = [
        "a,b",
        *(f"{n},text {n}" for n in range(50)),
        '50,"open',
        *(f"{n},x" for n in range(9)),
    ]
    found = rows_of(table_of(tmp_path, "\n".join(lines) + "\n"))
    assert [row for row in found if row[2]] == [(52, ["50", '"open'], "unclosed-quote")]
    assert len(found) == 60


def test_two_unclosed_quotes_do_not_swallow_what_is_between(tmp_path: Path) -> None:
    found = rows_of(table_of(tmp_path, 'a,b\n1,"x\n2,y\n3,"z\n4,w\n'))
    assert [(n, problem) for n, _, problem in found] == [
        (2, "unclosed-quote"), (3, None), (4, "unclosed-quote"), (5, None),
    ]  # fmt: skip


def test_quotes_escaped_by_a_backslash_are_read(tmp_path: Path) -> None:
    found = rows_of(table_of(tmp_path, 'a,b\n1,"a \\"big\\", worn hose"\n2,"C:\\\\"\n'))
    assert found[0] == (2, ["1", 'a "big", worn hose'], None)
    assert found[1][2] is None


def test_a_cell_above_the_limit_refuses_its_row(tmp_path: Path) -> None:
    limits = Limits(cell_characters=1000)
    found = rows_of(table_of(tmp_path, f"a,b\n1,{'x' * 1001}\n2,y\n", limits=limits))
    assert [problem for _, _, problem in found] == ["cell-too-long", None]
    assert len(found[0][1][1]) == 1000


def test_a_line_without_end_is_refused_without_reading_all_of_it(tmp_path: Path) -> None:
    limits = Limits(line_characters=10_000)
    with pytest.raises(UnreadableFile, match="longer than 10,000"):
        list(table_of(tmp_path, "a,b\n1," + "x" * 50_000, limits=limits).rows())


def test_a_quoted_cell_of_ten_megabytes_refuses_its_row(tmp_path: Path) -> None:
    lines = "word word\n" * 1_000_000
    found = rows_of(table_of(tmp_path, f'a,b\n1,"{lines}"\n2,y\n'))
    assert [(n, problem) for n, _, problem in found] == [(2, "cell-too-long"), (3, None)]


def test_too_many_columns_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="columns"):
        table_of(tmp_path, ",".join(f"c{i}" for i in range(5000)) + "\n")


def test_a_file_can_be_read_again_and_again(tmp_path: Path) -> None:
    table = table_of(tmp_path, "a,b\n1,2\n3,4\n")
    assert rows_of(table) == rows_of(table)


CELLS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], include_characters="\n\t"),
    max_size=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=8),
    st.sampled_from([",", ";", "\t"]),
)
def test_what_a_csv_writer_wrote_is_read_back(
    tmp_path: Path, rows: list[tuple[str, str, str]], mark: str
) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=mark, quoting=csv.QUOTE_ALL)
    writer.writerow(["one", "two", "three"])
    writer.writerows(rows)
    table = table_of(tmp_path, buffer.getvalue(), delimiter=mark, header_row=1)
    found = rows_of(table)
    assert [tuple(cells) for _, cells, _ in found if any(cells)] == [r for r in rows if any(r)]
    assert not [problem for _, _, problem in found if problem]
