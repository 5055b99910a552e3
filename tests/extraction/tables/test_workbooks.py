"""Workbooks: sheets, merged cells, typed cells, and files made to do harm."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from extraction.files import DEFAULT_LIMITS, Limits, scan_file
from extraction.tables.sources.workbooks import SheetTable, open_workbook
from kg.model import UnreadableFile

Fill = Callable[[Any], None]


def book(folder: Path, fill: Fill) -> Path:
    workbook = openpyxl.Workbook()
    fill(workbook)
    path = folder / "book.xlsx"
    workbook.save(path)
    return path


def simple(workbook: Any) -> None:
    sheet = workbook.active
    sheet.title = "Data"
    sheet.append(["tag", "text"])
    sheet.append(["P-1", "leak"])


def tables(path: Path, limits: Limits = DEFAULT_LIMITS, **options: Any) -> list[SheetTable]:
    return open_workbook(scan_file(path), limits=limits, **options)


def cells(table: SheetTable) -> list[tuple[int, list[str]]]:
    return [(row.number, row.cells) for row in table.rows()]


def repacked(path: Path, changes: dict[str, bytes], folder: Path) -> Path:
    """A copy of a workbook with parts replaced or added."""
    out = folder / "changed.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, changes.get(name, old.read(name)))
        for name in changes.keys() - set(old.namelist()):
            new.writestr(name, changes[name])
    return out


def test_cells_come_as_text_whatever_their_type(tmp_path: Path) -> None:
    def fill(workbook: Any) -> None:
        sheet = workbook.active
        sheet.append(["int", "float", "date", "moment", "yes", "time", "span", "nothing", "text"])
        sheet.append(
            [7, 2.5, dt.date(2024, 3, 5), dt.datetime(2024, 3, 5, 7, 30), True,  # noqa: DTZ001
             dt.time(7, 30), dt.timedelta(hours=30), None, "007"]
        )  # fmt: skip

    assert cells(tables(book(tmp_path, fill))[0]) == [
        (2, ["7", "2.5", "2024-03-05", "2024-03-05 07:30:00", "TRUE", "07:30:00", "30:00:00", "",
             "007"])
    ]  # fmt: skip


def test_merged_cells_are_filled_down_and_titles_passed_over(tmp_path: Path) -> None:
    def fill(workbook: Any) -> None:
        sheet = workbook.active
        sheet["A1"] = "Equipment FMEA of the whole plant"
        sheet.merge_cells("A1:C1")
        for row in (["component", "mode", "cause"], ["pump", "leak", "wear"], [None, None, "age"],
                    [None, "noise", "play"], ["motor", "hot", "dust"]):  # fmt: skip
            sheet.append(row)
        sheet.merge_cells("A3:A5")
        sheet.merge_cells("B3:B4")

    table = tables(book(tmp_path, fill))[0]
    assert table.headers == ["component", "mode", "cause"]
    assert cells(table) == [
        (3, ["pump", "leak", "wear"]),
        (4, ["pump", "leak", "age"]),
        (5, ["pump", "noise", "play"]),
        (6, ["motor", "hot", "dust"]),
    ]


def test_a_remark_merged_across_is_not_the_value_of_each_column(tmp_path: Path) -> None:
    def fill(workbook: Any) -> None:
        sheet = workbook.active
        for row in (["a", "b", "c"], ["1", "2", "3"], ["a remark over all of it"]):
            sheet.append(row)
        sheet.merge_cells("A3:C3")

    assert cells(tables(book(tmp_path, fill))[0])[1] == (3, ["a remark over all of it", "", ""])


def test_a_group_over_two_header_rows(tmp_path: Path) -> None:
    def fill(workbook: Any) -> None:
        sheet = workbook.active
        sheet.append(["Failure", None, "Action"])
        sheet.append(["Mode", "Cause", None])
        sheet.append(["leak", "wear", "seal"])
        sheet.merge_cells("A1:B1")
        sheet.merge_cells("C1:C2")

    table = tables(book(tmp_path, fill), header_row=1, header_rows=2)[0]
    assert table.headers == ["Failure / Mode", "Failure / Cause", "Action"]
    assert cells(table) == [(3, ["leak", "wear", "seal"])]


def test_a_table_need_not_begin_in_the_corner(tmp_path: Path) -> None:
    def fill(workbook: Any) -> None:
        sheet = workbook.active
        for column, (header, value) in enumerate([("tag", "P-1"), ("text", "leak")], 3):
            sheet.cell(5, column, header)
            sheet.cell(6, column, value)

    table = tables(book(tmp_path, fill))[0]
    assert (table.headers, cells(table)) == (["tag", "text"], [(6, ["P-1", "leak"])])


def test_sheets_are_chosen_by_name_pattern_number_or_fit(tmp_path: Path) -> None:
    def fill(workbook: Any) -> None:
        simple(workbook)
        for name in ("2023", "2024"):
            sheet = workbook.create_sheet(name)
            sheet.append(["wo", "asset"])
            sheet.append(["1", "A"])
        workbook.create_sheet("Hidden").append(["wo", "asset"])
        workbook["Hidden"].sheet_state = "hidden"

    path = book(tmp_path, fill)
    assert [t.name for t in tables(path, sheet="2023")] == ["2023"]
    assert [t.name for t in tables(path, sheet="20*")] == ["2023", "2024"]
    assert [t.name for t in tables(path, sheet="1")] == ["Data"]
    assert [t.name for t in tables(path, sheet="hidden")] == ["Hidden"]
    assert [t.name for t in tables(path)] == ["Data", "2023", "2024"]
    fitting = tables(path, score=lambda row: 1.0 if "wo" in row else 0.0)
    assert [t.name for t in fitting] == ["2023", "2024"]
    with pytest.raises(UnreadableFile, match="no sheet 'Data2'; it has Data, 2023"):
        tables(path, sheet="Data2")


def test_filled_cells_beyond_the_header_are_a_problem(tmp_path: Path) -> None:
    def fill(workbook: Any) -> None:
        simple(workbook)
        workbook.active.append(["P-2", "noise", "what is this?"])

    rows = list(tables(book(tmp_path, fill))[0].rows())
    assert [row.problem.code if row.problem else None for row in rows] == [None, "ragged-row"]


def test_an_empty_sheet_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="empty"):
        tables(book(tmp_path, lambda workbook: None))


def test_places_name_the_sheet_and_its_row(tmp_path: Path) -> None:
    assert tables(book(tmp_path, simple))[0].place_prefix == "sheet:Data/row:"


def test_opendocument_is_read(tmp_path: Path) -> None:
    path = tmp_path / "book.ods"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", _ods("<table:table-cell/>" * 2))
    assert cells(tables(path)[0]) == [(2, ["P-1", "leak"])]


def _ods(rest: str, repeated: str = "") -> str:
    def row(*texts: str) -> str:
        inner = "".join(
            f'<table:table-cell office:value-type="string"><text:p>{t}</text:p></table:table-cell>'
            for t in texts
        )
        return f"<table:table-row>{inner}{rest}</table:table-row>"

    return (
        '<?xml version="1.0"?><office:document-content'
        ' xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
        ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
        ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
        '<office:body><office:spreadsheet><table:table table:name="S">'
        f"{row('tag', 'text')}{row('P-1', 'leak')}{repeated}"
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )


# -- harm ------------------------------------------------------------------------------------


def sheet_xml(cells_xml: str) -> bytes:
    return (
        '<?xml version="1.0"?><worksheet'
        ' xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        f"{cells_xml}</sheetData></worksheet>"
    ).encode()


def test_two_cells_in_far_corners_do_not_end_the_process(tmp_path: Path) -> None:
    far = sheet_xml(
        '<row r="1"><c r="A1"><v>1</v></c></row>'
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    )
    path = repacked(book(tmp_path, simple), {"xl/worksheets/sheet1.xml": far}, tmp_path)
    with pytest.raises(UnreadableFile, match="1,048,576 rows by 16,384 columns"):
        tables(path)


def test_far_cells_are_seen_however_they_are_spread_over_the_part(tmp_path: Path) -> None:
    rows = "".join(f"<row r='{n}'><c r='A{n}'><v>1</v></c></row>" for n in range(1, 60_000))
    far = sheet_xml(rows + "<row r='900000'><c s='1' r='ZZ900000'><v>1</v></c></row>")
    path = repacked(book(tmp_path, simple), {"xl/worksheets/sheet1.xml": far}, tmp_path)
    with pytest.raises(UnreadableFile, match="900,000 rows by 702 columns"):
        tables(path)


def test_repeated_cells_of_opendocument_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "bomb.ods"
    bomb = (
        '<table:table-row table:number-rows-repeated="1000000">'
        '<table:table-cell table:number-columns-repeated="16000"/>'
        '<table:table-cell office:value-type="string"><text:p>x</text:p></table:table-cell>'
        "</table:table-row>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", _ods("", bomb))
    with pytest.raises(UnreadableFile, match=r"1,000,002 rows by 16,001 columns"):
        tables(path)


def test_what_unpacks_to_far_too_much_is_refused(tmp_path: Path) -> None:
    path = repacked(book(tmp_path, simple), {"xl/media/bomb.bin": b"\0" * 40_000_000}, tmp_path)
    with pytest.raises(UnreadableFile, match=r"bomb\.bin would unpack to far more"):
        tables(path)


def test_a_directory_that_lies_about_sizes_is_not_believed(tmp_path: Path) -> None:
    path = repacked(book(tmp_path, simple), {"xl/media/bomb.bin": b"\0" * 40_000_000}, tmp_path)
    data = bytearray(path.read_bytes())
    size = (40_000_000).to_bytes(4, "little")
    at = data.rfind(size)  # in the central directory
    data[at : at + 4] = (1000).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(UnreadableFile, match=r"damaged|far more"):
        tables(path)


def test_declarations_of_entities_are_refused(tmp_path: Path) -> None:
    xml = sheet_xml("").replace(
        b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet'
    )
    path = repacked(book(tmp_path, simple), {"xl/worksheets/sheet1.xml": xml}, tmp_path)
    with pytest.raises(UnreadableFile, match="declares XML entities"):
        tables(path)


def test_texts_longer_than_a_cell_can_be_are_refused(tmp_path: Path) -> None:
    strings = b"<sst><si><t>" + b"ab" * 200_000 + b"</t></si></sst>"
    path = repacked(book(tmp_path, simple), {"xl/sharedStrings.xml": strings}, tmp_path)
    with pytest.raises(UnreadableFile, match="longer than a cell can be"):
        tables(path)


@pytest.mark.parametrize(
    "name", ["../evil.xml", "/etc/evil.xml", "xl\\..\\..\\evil.xml", "C:/evil"]
)
def test_parts_that_climb_out_are_refused(tmp_path: Path, name: str) -> None:
    path = repacked(book(tmp_path, simple), {name: b"x"}, tmp_path)
    with pytest.raises(UnreadableFile, match="climbs out"):
        tables(path)


def test_truncated_and_damaged_workbooks_are_told(tmp_path: Path) -> None:
    path = book(tmp_path, simple)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(UnreadableFile, match=r"book\.xlsx is damaged"):
        tables(path)
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    with pytest.raises(UnreadableFile, match="no workbook that can be read"):
        tables(path)


def test_protected_workbooks_are_told(tmp_path: Path) -> None:
    path = tmp_path / "secret.xlsx"
    path.write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504 + "EncryptedPackage".encode("utf-16-le")
    )
    with pytest.raises(UnreadableFile, match="password"):
        tables(path)


def test_an_archive_is_no_workbook(tmp_path: Path) -> None:
    path = tmp_path / "files.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "a,b\n1,2\n")
    with pytest.raises(UnreadableFile, match="an archive, not a workbook"):
        tables(path)


def test_a_workbook_above_the_limit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="larger than the 100 bytes"):
        tables(book(tmp_path, simple), limits=Limits(document_bytes=100))
