"""`gemba load`, `gemba rejected` and `gemba mappings`."""

from __future__ import annotations

import csv
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.api.cli.conftest import Gemba
from tests.api.order_files import (
    BROKEN,
    GOOD,
    LENIENT,
    MAPPING,
    WITH_BAD_ROW,
    write_mapping,
)

pytestmark = pytest.mark.usefixtures("without_concepts")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a mapping of our own and an export."""
    write_mapping(tmp_path / "mappings")
    monkeypatch.setenv("GEMBA_MAPPINGS", str(tmp_path / "mappings"))
    (tmp_path / "orders.csv").write_text(GOOD, encoding="utf-8")
    return tmp_path


def test_load_reports_and_a_second_time_changes_nothing(gemba: Gemba, folder: Path) -> None:
    first = gemba("load", "orders.csv")
    assert first.code == 0, first.err
    assert "loaded" in first.out
    assert "own-orders" in first.out
    assert gemba("show", "WO-8").code == 0
    again = gemba("load", "orders.csv", "--json").json
    assert again["files"][0]["outcome"] == "unchanged"
    assert again["files"][0]["changes"]["statements_added"] == 0


def test_load_dry_run_says_what_would_change(gemba: Gemba, folder: Path) -> None:
    ran = gemba("load", "orders.csv", "--dry-run")
    assert ran.code == 0
    assert "planned" in ran.out
    assert "nothing was written" in ran.out
    assert not (folder / "gemba.db").exists()
    gemba("tokens", "create", "x")
    assert gemba("load", "orders.csv", "--dry-run").out == ran.out
    assert gemba("documents", "list", "--json").json == []


def test_findings_about_headers_are_told_once_for_a_batch(gemba: Gemba, folder: Path) -> None:
    exports = folder / "exports"
    exports.mkdir()
    for number in range(4):
        text = f"Order;Machine;Description;Shoe size\nW{number};M-1;Belt torn;4{number}\n"
        (exports / f"{number}.csv").write_text(text, encoding="utf-8")
    brief = gemba("load", "exports", "--dry-run", "--brief")
    assert brief.code == 0, brief.err
    assert "unused-columns" not in brief.out
    ran = gemba("load", "exports")
    assert ran.code == 0, ran.err
    assert ran.out.count("unused-columns") == 1
    assert "In 4 tables: Nothing is drawn from Shoe size" in " ".join(ran.out.split())


def test_load_of_a_folder_goes_on_past_a_broken_file(gemba: Gemba, folder: Path) -> None:
    exports = folder / "exports"
    exports.mkdir()
    (exports / "a-broken.csv").write_bytes(BROKEN)
    (exports / "b.csv").write_text(GOOD, encoding="utf-8")
    ran = gemba("load", "exports")
    assert ran.code == 1
    assert "exports/a-broken.csv was refused" in ran.out
    assert "1 loaded" in ran.out
    assert "Traceback" not in ran.err
    assert gemba("show", "WO-8").code == 0


def test_load_spells_problems_out_unless_brief(gemba: Gemba, folder: Path) -> None:
    (folder / "orders.csv").write_text(WITH_BAD_ROW, encoding="utf-8")
    ran = gemba("load", "orders.csv", "--dry-run")
    assert "row:4:" in ran.out
    assert "bad-date" in ran.out
    brief = gemba("load", "orders.csv", "--dry-run", "--brief")
    (line,) = [line for line in brief.out.splitlines() if "own-orders" in line]
    assert line.split()[1:6] == ["planned", "1", "3", "1", "2"]
    assert "row:4" not in brief.out


def test_load_under_a_name_of_ones_own(gemba: Gemba, folder: Path) -> None:
    ran = gemba("load", "orders.csv", "--as", "erp/orders", "--mapping", "own-orders", "--json")
    assert ran.json["files"][0]["document"] == "erp/orders"


def test_load_with_a_mapping_file_and_an_encoding(
    gemba: Gemba, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GEMBA_MAPPINGS")
    (folder / "old.csv").write_bytes(GOOD.encode("gb18030"))
    ran = gemba(
        "load", "old.csv", "-m", "mappings/own-orders.yaml", "--encoding", "gb18030",
        "--timezone", "Asia/Shanghai",
    )  # fmt: skip
    assert ran.code == 0, ran.err + ran.out
    shown = gemba("show", "WO-8", "--json").json
    assert shown["node"]["props"]["description"] == "泵漏油"
    assert shown["node"]["props"]["startedAt"] == "2026-02-01T16:00:00Z"


@pytest.mark.parametrize(
    ("arguments", "start"),
    [([], "2026-01-31T23:00:00Z"), (["--timezone", "Asia/Shanghai"], "2026-01-31T16:00:00Z")],
)
def test_load_reads_times_by_the_clock_that_the_mapping_names(
    gemba: Gemba, folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], start: str
) -> None:
    monkeypatch.setenv("GEMBA_TIMEZONE", "America/New_York")  # only where nothing names a zone
    file = folder / "mappings" / "own-orders.yaml"
    text = file.read_text(encoding="utf-8")
    named = text.replace("mapping: own-orders", "mapping: own-orders\ntime_zone: Europe/Berlin", 1)
    file.write_text(named, encoding="utf-8")
    ran = gemba("load", "orders.csv", *arguments)
    assert ran.code == 0, ran.err + ran.out
    props = gemba("show", "WO-7", "--json").json["node"]["props"]
    assert props["startedAt"] == start


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["absent.csv"], "absent.csv"),
        (["orders.csv", "--mapping", "own-order"], "own-orders"),
        (["orders.csv", "--mapping", "absent.yaml"], "absent.yaml"),
        (["orders.csv", "--encoding", "utf-99"], "utf-99"),
        (["orders.csv", "--set", "nothing=1"], "nothing"),
    ],
)
def test_load_that_fails_says_why(
    gemba: Gemba, folder: Path, arguments: list[str], word: str
) -> None:
    ran = gemba("load", *arguments)
    assert ran.code == 1
    assert word in ran.out
    assert "Traceback" not in ran.err


def test_load_of_the_same_file_twice_in_one_command_is_refused(gemba: Gemba, folder: Path) -> None:
    ran = gemba("load", "orders.csv", "./orders.csv")
    assert ran.code == 2
    assert ran.err.count("\n") == 1


def test_rejected_rows_are_exported_corrected_and_loaded(gemba: Gemba, folder: Path) -> None:
    (folder / "orders.csv").write_text(WITH_BAD_ROW, encoding="utf-8")
    gemba("load", "orders.csv")
    assert "bad-date" in gemba("rejected", "list").out
    assert gemba("rejected", "list", "--code", "other", "--json").json == []
    exported = gemba("rejected", "export", "fix.csv")
    assert "own-orders" in exported.out
    text = (folder / "fix.csv").read_text(encoding="utf-8-sig")
    assert "31.02.2026" in gemba("rejected", "export").out
    (folder / "fix.csv").write_text(text.replace("31.02.2026", "2026-02-28"), encoding="utf-8")
    assert gemba("load", "fix.csv", "--mapping", "own-orders").code == 0
    assert gemba("show", "WO-9").code == 0
    with (folder / "fix.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["gemba document"] == "orders.csv"


def test_rejected_rows_are_replayed(gemba: Gemba, folder: Path) -> None:
    gemba("load", "orders.csv")
    assert "No rows are rejected" in gemba("rejected", "list").out
    assert "No rows are rejected" in gemba("rejected", "replay").out
    (folder / "orders.csv").write_text(WITH_BAD_ROW, encoding="utf-8")
    gemba("load", "orders.csv")
    assert gemba("rejected", "replay").code == 0
    assert "bad-date" in gemba("rejected", "list").out
    write_mapping(folder / "mappings", LENIENT)
    assert "planned" in gemba("rejected", "replay", "--dry-run").out
    assert gemba("rejected", "replay").code == 0
    assert "No rows are rejected" in gemba("rejected", "list").out
    assert gemba("show", "WO-9").code == 0


def test_mappings_are_listed_shown_checked_and_recognised(gemba: Gemba, folder: Path) -> None:
    names = {m["name"] for m in gemba("mappings", "list", "--json").json}
    assert {"own-orders", "excavator-work-orders"} <= names
    assert gemba("mappings", "show", "own-orders").out.strip() == MAPPING.strip()
    assert gemba("mappings", "check", "own-orders").code == 0
    told = gemba("mappings", "recognise", "orders.csv")
    assert told.code == 0
    assert "own-orders" in told.out
    (folder / "strange.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    assert gemba("mappings", "recognise", "strange.csv").code == 1


def test_mapping_that_is_wrong_is_explained(gemba: Gemba, folder: Path) -> None:
    wrong = MAPPING.replace("class: WorkOrder", "class: WorkOrdr")
    (folder / "wrong.yaml").write_text(wrong, encoding="utf-8")
    ran = gemba("mappings", "check", "wrong.yaml")
    assert ran.code == 2
    assert "WorkOrdr" in ran.err
    assert "wrong.yaml" in ran.err
    assert "Traceback" not in ran.err


@pytest.fixture
def database(folder: Path) -> str:
    """An address of a database with the orders, in a table that is called otherwise."""
    import sqlite3

    connection = sqlite3.connect(folder / "mes.db")
    connection.execute("CREATE TABLE t (no TEXT, at TEXT, asset TEXT)")
    connection.execute("INSERT INTO t VALUES ('WO-70', '2026-02-05', 'P-9')")
    connection.commit()
    connection.close()
    return "sqlite:///mes.db"


QUERY = 'SELECT no AS "Order", at AS "Date", asset AS "Asset" FROM t'


def test_load_of_a_database(gemba: Gemba, folder: Path, database: str) -> None:
    arguments = ["load", database, "--mapping", "own-orders", "--query", QUERY]
    first = gemba(*arguments, "--json")
    assert first.code == 0, first.out
    (file,) = first.json["files"]
    assert (file["outcome"], file["rows"]) == ("loaded", 1)
    assert gemba("show", "WO-70").code == 0
    assert gemba(*arguments, "--json").json["files"][0]["outcome"] == "unchanged"


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["sqlite:///mes.db"], "--mapping"),
        (["sqlite:///mes.db", "-m", "own-orders"], "query"),
        (["sqlite:///mes.db", "-m", "own-orders", "--query", "SELECT * FROM nowhere"], "nowhere"),
        (["sqlite:///mes.db", "-m", "own-orders", "--query", "DELETE FROM t"], ""),
        (["nosuch://user:hidden@server/db", "-m", "own-orders", "--query", QUERY], "nosuch"),
    ],
)
def test_load_of_a_database_that_fails_says_why(
    gemba: Gemba, folder: Path, database: str, arguments: list[str], word: str
) -> None:
    ran = gemba("load", *arguments)
    assert ran.code in {1, 2}
    assert word in ran.out + ran.err
    assert "hidden" not in ran.out + ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("arguments", [["--set", "x"], ["--table", "=x"], ["--set", "x="]])
def test_load_options_that_are_no_pairs_are_refused(
    gemba: Gemba, folder: Path, arguments: list[str]
) -> None:
    assert gemba("load", "orders.csv", *arguments).code == 2


def test_mapping_is_drafted_for_a_strange_table(gemba: Gemba, folder: Path) -> None:
    (folder / "strange.csv").write_text("Auftrag,Maschine\n1,P-1\n", encoding="utf-8")
    ran = gemba("mappings", "draft", "strange.csv")
    assert ran.code == 0
    assert "Auftrag" in ran.out
    assert "mapping: strange" in ran.out


@pytest.mark.parametrize("zone", ["Moon/Base", "../../etc/passwd", "+99:00"])
def test_load_with_no_time_zone_is_refused_at_once(gemba: Gemba, folder: Path, zone: str) -> None:
    ran = gemba("load", "orders.csv", "--timezone", zone)
    assert ran.code == 2
    assert zone in ran.err
    assert ran.err.count("\n") == 1


def test_load_that_is_interrupted_goes_on_where_it_was(
    gemba: Gemba, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "".join(f"WO-{n},2026-02-01,P-{n},leak\n" for n in range(10, 20))
    (folder / "orders.csv").write_text(GOOD + rows, encoding="utf-8")
    monkeypatch.setattr("extraction.tables.reading.CHUNK_ROWS", 4)

    def interrupt(progress: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("api.cli.load._progress", lambda: nullcontext(interrupt))
        ran = gemba("load", "orders.csv")
    assert ran.code == 130
    assert "goes on" in ran.err
    (unfinished,) = [
        d for d in gemba("documents", "list", "--json").json if d["key"] == "orders.csv"
    ]
    assert unfinished["readings"][0]["is_complete"] is False

    (file,) = gemba("load", "orders.csv", "--json").json["files"]
    assert (file["outcome"], file["rows"]) == ("loaded", 8)
    assert gemba("show", "WO-7").code == 0
    assert gemba("show", "WO-19").code == 0
    outcomes = [e["outcome"] for e in gemba("audit", "list", "--json").json]
    assert outcomes == ["begun", "failed", "begun", "done"]
