"""The audit log: what is written, and that tampering with the file shows."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from api.audit import LOG, audited, read_all, verify, verify_entries, write_entry
from api.audit import Note as AuditNote
from api.wiring import Plant
from kg.model import BadInput, Conflict
from kg.store.chain import entry_hash
from tests.api.conftest import TESTER


def _write(plant: Plant, count: int) -> None:
    for number in range(1, count + 1):
        write_entry(plant.store, TESTER, AuditNote("load", f"file-{number}.csv"), "done")


def _log_table(connection: sqlite3.Connection) -> str:
    """The table that holds log entries, found by its columns: the tamperer knows SQL too."""
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for (table,) in tables:
        columns = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
        if {"seq", "hash", "payload"} <= columns:
            return str(table)
    raise AssertionError("no table holds the log")


def _tamper(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    table = _log_table(connection)
    for statement in statements:
        assert connection.execute(statement.replace("LOG", table)).rowcount > 0
    connection.commit()
    connection.close()


def test_audit_notes_what_was_done(plant: Plant) -> None:
    with audited(plant.store, TESTER, "load", "a.csv", rows=3) as note:
        note.details["statements_added"] = 7
    (entry,) = read_all(plant.store)
    assert entry.payload == {
        "action": "load",
        "subject": "a.csv",
        "by": "tester",
        "way": "service",
        "outcome": "done",
        "details": {"rows": 3, "statements_added": 7},
    }


def test_audit_notes_what_failed_and_why(plant: Plant) -> None:
    with pytest.raises(Conflict), audited(plant.store, TESTER, "load", "a.csv"):
        raise Conflict("no.")
    (entry,) = read_all(plant.store)
    assert (entry.payload["outcome"], entry.payload["why"]) == ("failed", "no.")


def test_audit_untouched_log_is_whole(plant: Plant) -> None:
    assert verify(plant.store).is_intact
    _write(plant, 5)
    found = verify(plant.store)
    assert found.is_intact
    assert found.entries == 5
    assert verify(plant.store, found.anchor).is_intact


def test_audit_reads_a_long_log_in_parts(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.audit._READ_AT_ONCE", 3)
    _write(plant, 7)
    assert [e.seq for e in read_all(plant.store)] == [1, 2, 3, 4, 5, 6, 7]
    assert verify(plant.store).entries == 7


@pytest.mark.parametrize(
    ("statements", "where", "what"),
    [
        (
            ["UPDATE LOG SET payload = replace(payload, 'file-3', 'file-9') WHERE seq = 3"],
            3,
            "entry 3 was changed",
        ),
        (["UPDATE LOG SET at = at + 1 WHERE seq = 2"], 2, "entry 2 was changed"),
        (["DELETE FROM LOG WHERE seq = 3"], 4, "entry 3 is missing"),
        (["DELETE FROM LOG WHERE seq < 3"], 3, "entries 1 to 2 are missing"),
        (
            [
                "UPDATE LOG SET seq = 99 WHERE seq = 2",
                "UPDATE LOG SET seq = 2 WHERE seq = 3",
                "UPDATE LOG SET seq = 3 WHERE seq = 99",
            ],
            2,
            "entry 2 does not follow",
        ),
        (
            ["DELETE FROM LOG WHERE seq = 3", "UPDATE LOG SET seq = seq - 1 WHERE seq > 3"],
            3,
            "entry 3 does not follow",
        ),
    ],
)
def test_audit_tampering_with_the_file_shows(
    plant: Plant, store_path: Path, statements: list[str], where: int, what: str
) -> None:
    _write(plant, 5)
    assert verify(plant.store).is_intact
    _tamper(store_path, *statements)
    found = verify(plant.store)
    assert not found.is_intact
    assert found.breaches[0].seq == where
    assert what in found.breaches[0].sentence


def test_audit_forged_hashes_still_show_at_the_anchor(plant: Plant, store_path: Path) -> None:
    """Whoever rewrites the whole chain is met by an anchor that was kept elsewhere."""
    _write(plant, 3)
    anchor = verify(plant.store).anchor
    entries = list(read_all(plant.store))
    connection = sqlite3.connect(store_path)
    table = _log_table(connection)
    connection.execute(f"DELETE FROM {table} WHERE seq = 3")
    forged = entry_hash(entries[1].hash, 3, entries[2].at, {"action": "nothing"})
    connection.commit()
    connection.close()
    write_entry(plant.store, TESTER, AuditNote("nothing", "here"), "done")
    assert verify(plant.store).is_intact
    found = verify(plant.store, anchor)
    assert [b.seq for b in found.breaches] == [3]
    assert forged != entries[2].hash


def test_audit_cut_end_shows_at_the_anchor_only(plant: Plant, store_path: Path) -> None:
    _write(plant, 5)
    anchor = verify(plant.store).anchor
    _tamper(store_path, "DELETE FROM LOG WHERE seq > 3")
    assert verify(plant.store).is_intact
    found = verify(plant.store, anchor)
    assert "cut off" in found.breaches[0].sentence


def test_audit_reordered_answer_of_a_store_shows(plant: Plant) -> None:
    _write(plant, 3)
    first, second, third = read_all(plant.store)
    found = verify_entries(iter([first, third, second]))
    assert not found.is_intact


@pytest.mark.parametrize("anchor", ["x", "3", "3:abc", ":", "three:" + "0" * 64])
def test_audit_wrong_anchor_is_refused(plant: Plant, anchor: str) -> None:
    with pytest.raises(BadInput, match="anchor"):
        verify(plant.store, anchor)


def test_audit_log_is_this_one(plant: Plant) -> None:
    _write(plant, 1)
    assert len(plant.store.read_log(LOG)) == 1
