"""The files of a sample plant: what there is, in which form, always the same."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest
from openpyxl import load_workbook

from api.sample.columns import KIND, KINDS, describe_files
from api.sample.plant import FILES, README, TRUTH, write_plant
from api.sample.writing import Folder, csv_line, file_kind_of
from kg.model.errors import BadInput
from tests.api.sample.plant_files import PlantFiles


def _bytes_of(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_plant_is_the_same_every_time(tmp_path: Path, tiny_plant: PlantFiles) -> None:
    write_plant(50, 3, tmp_path / "again")
    assert _bytes_of(tmp_path / "again") == _bytes_of(tiny_plant.folder)


def test_plant_is_another_with_another_seed(tmp_path: Path, tiny_plant: PlantFiles) -> None:
    write_plant(50, 4, tmp_path / "other")
    ours, other = _bytes_of(tiny_plant.folder), _bytes_of(tmp_path / "other")
    for name in ("master/personnel.csv", "master/production_orders.csv"):
        assert ours[f"{FILES}/{name}"] != other[f"{FILES}/{name}"]
    assert ours[TRUTH] != other[TRUTH]


@pytest.mark.parametrize("size", ["plant_files", "tiny_plant"])
def test_files_are_of_every_kind(size: str, request: pytest.FixtureRequest) -> None:
    files: PlantFiles = request.getfixturevalue(size)
    kinds = [file_kind_of(name) for name in files.paths()]
    assert None not in kinds
    written = {kind.key for kind in kinds if kind}
    # The shipments of so few units may all lie after the end.
    assert written >= set(KIND) - ({"shipments", "defects"} if size == "tiny_plant" else set())


def test_files_have_the_headers_that_are_documented(plant_files: PlantFiles) -> None:
    for name in plant_files.paths():
        kind = file_kind_of(name)
        assert kind is not None
        path = plant_files.folder / FILES / name
        if kind.format == "xlsx":
            book = load_workbook(path)
            assert book.sheetnames == [sheet.name for sheet in kind.sheets]
            for sheet in kind.sheets:
                row = [cell.value for cell in book[sheet.name][sheet.header_row]]
                assert row == list(sheet.headers)
        elif kind.format == "csv":
            first = path.read_bytes().split(b"\n", 1)[0].rstrip(b"\r").decode(kind.encoding)
            assert first.split(",") == list(kind.sheet.headers)
        else:
            row = plant_files.rows(kind.key)[0]
            assert list(row) == list(kind.sheet.headers)


def test_files_are_encoded_as_documented(plant_files: PlantFiles) -> None:
    seen = set()
    for name in plant_files.paths():
        kind = file_kind_of(name)
        assert kind is not None
        if kind.format == "xlsx":
            continue
        data = (plant_files.folder / FILES / name).read_bytes()
        text = data.decode(kind.encoding)
        assert data.startswith(b"\xef\xbb\xbf") == (kind.encoding == "utf-8-sig")
        if kind.encoding == "gb18030":
            assert re.search("[一-鿿]", text), f"{name} has no Chinese to be misread"
            with pytest.raises(UnicodeDecodeError):
                data.decode("utf-8")
        seen.add(kind.encoding)
    assert seen == {"utf-8", "utf-8-sig", "gb18030"}


def test_workbooks_have_merged_cells_where_documented(plant_files: PlantFiles) -> None:
    for kind in KINDS:
        for sheet in kind.sheets:
            if not sheet.merged:
                continue
            book = load_workbook(plant_files.folder / FILES / kind.pattern)
            below = [
                r for r in book[sheet.name].merged_cells.ranges if r.min_row > sheet.header_row
            ]
            columns = {sheet.headers[r.min_col - 1] for r in below}
            assert columns == set(sheet.merged), kind.key


def test_readme_describes_every_column(plant_files: PlantFiles) -> None:
    readme = (plant_files.folder / README).read_text("utf-8")
    assert "6000 gear pumps" in readme
    assert "{" not in readme.replace("{part}", "")
    for kind in KINDS:
        for sheet in kind.sheets:
            for header in sheet.headers:
                assert f"| {header} |" in readme


def test_columns_page_is_printed_from_the_code() -> None:
    page = Path(__file__).parents[3] / "api" / "sample" / "COLUMNS.md"
    assert page.read_text("utf-8").endswith(describe_files())


def test_truth_is_nowhere_in_the_files(plant_files: PlantFiles) -> None:
    hidden = [p["id"] for p in plant_files.truth["planted_causes"]]
    hidden += ["truth", "planted", "EV00001", "confound"]
    for name in plant_files.paths():
        data = (plant_files.folder / FILES / name).read_bytes()
        if name.endswith(".xlsx"):
            with zipfile.ZipFile(io.BytesIO(data)) as book:
                data = b"".join(book.read(part) for part in book.namelist())
        for word in hidden:
            assert word.encode() not in data, f"{name} says {word}"
        assert not re.search(rb"EV\d{5}", data), f"{name} names a hidden event"


def test_plant_replaces_an_older_plant(tmp_path: Path) -> None:
    folder = tmp_path / "plant"
    write_plant(60, 1, folder, months=2)
    stale = folder / FILES / "maintenance" / "condition_2025-03.csv"
    assert stale.exists()
    write_plant(50, 3, folder)
    assert not stale.exists(), "the second plant ends in February"
    assert PlantFiles(folder).truth["units"] == 50


def test_plant_leaves_other_files_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(BadInput, match="holds other files"):
        write_plant(50, 1, tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["letter.txt"]
    with pytest.raises(BadInput, match="is a file"):
        write_plant(50, 1, tmp_path / "letter.txt")


@pytest.mark.parametrize(
    ("units", "months", "word"), [(49, 1, "50"), (6_000_000, 1, "5,000,000"), (50, 0, "36")]
)
def test_plant_refuses_numbers_out_of_range(
    tmp_path: Path, units: int, months: int, word: str
) -> None:
    with pytest.raises(BadInput, match=word):
        write_plant(units, 1, tmp_path / "plant", months)
    assert not (tmp_path / "plant").exists()


def test_csv_line_quotes_only_what_needs_it() -> None:
    assert csv_line(("a", None, 3, 'say "x"', "b,c", " d")) == 'a,,3,"say ""x""","b,c"," d"'


def test_folder_writes_one_byte_order_mark_and_header(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    for _ in range(3):  # more than one flush
        folder.add("customers", 0, ["C1,甲,A,中国,主机厂,"] * 3_000)
    folder.finish()
    data = (tmp_path / "master" / "customers.csv").read_bytes()
    assert data.count(b"\xef\xbb\xbf") == 1
    assert data.decode("utf-8-sig").count("客户编号") == 1
    assert folder.rows == {"master/customers.csv": 9_000}
    assert len(data.splitlines()) == 9_001
