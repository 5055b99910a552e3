"""Opening the embedded store: what is a store file, and what is said of one that is not."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from kg.model import Batch, Document, NodeClaim, Passage, Run, StoreUnavailable
from kg.store import open_store
from kg.store.sqlite import SqliteStore, tables
from tests.contracts.small_schema import SCHEMA, small_schema


def fill(store: SqliteStore, name: str = "Feed pump") -> None:
    with store.begin_load(Document("a", "1", "r"), Run("r", 1)) as session:
        session.write(Batch([Passage("p", "1", name)], [NodeClaim("asset:A", "Asset", 0, name)]))
        session.finish()


def test_a_path_opens_an_embedded_store(tmp_path: Path) -> None:
    path = str(tmp_path / "plant.db")
    store = open_store(path, SCHEMA)
    assert isinstance(store, SqliteStore)
    assert store.url == path
    fill(store)
    store.close()
    again = SqliteStore(path, SCHEMA)
    assert again.get_nodes(["asset:A"])["asset:A"].name == "Feed pump"
    again.close()


def test_a_store_in_memory_is_gone_when_closed() -> None:
    store = SqliteStore(":memory:", SCHEMA)
    fill(store)
    assert store.get_nodes(["asset:A"])
    store.close()
    assert SqliteStore(":memory:", SCHEMA).versions() == []


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "plant.db", SCHEMA)
    store.versions()
    store.close()
    store.close()
    for use in (store.versions, lambda: store.append_log("a", {}, 1)):
        with pytest.raises(StoreUnavailable, match="closed"):
            use()


def test_a_file_that_is_no_database_is_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("pump leaks\n" * 200)
    with pytest.raises(StoreUnavailable, match=r"notes\.txt is not a Gemba store"):
        SqliteStore(path, SCHEMA)
    assert path.read_text() == "pump leaks\n" * 200


def test_another_programs_database_is_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "erp.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE orders (id INTEGER)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(StoreUnavailable, match="another program"):
        SqliteStore(path, SCHEMA)
    assert path.read_bytes() == before


def test_a_store_of_a_newer_gemba_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plant.db"
    SqliteStore(path, SCHEMA).close()
    with sqlite3.connect(path) as newer:
        newer.execute(f"PRAGMA user_version = {tables.FORMAT + 1}")
    newer.close()
    with pytest.raises(StoreUnavailable, match="newer Gemba"):
        SqliteStore(path, SCHEMA)


def test_an_older_store_is_migrated_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "plant.db"
    store = SqliteStore(path, SCHEMA)
    fill(store)
    store.close()
    steps: list[int] = []

    def add_column(connection: sqlite3.Connection) -> None:
        steps.append(tables.FORMAT)
        connection.execute("ALTER TABLE nodes ADD COLUMN colour TEXT")

    monkeypatch.setitem(tables.MIGRATIONS, tables.FORMAT, add_column)
    monkeypatch.setattr(tables, "FORMAT", tables.FORMAT + 1)
    for _ in range(2):
        store = SqliteStore(path, SCHEMA)
        assert store.get_nodes(["asset:A"])
        store.close()
    assert len(steps) == 1


def test_a_migration_that_fails_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "plant.db"
    store = SqliteStore(path, SCHEMA)
    fill(store)
    store.close()

    def fail(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM nodes")
        raise RuntimeError("half-way")

    with monkeypatch.context() as patched:
        patched.setitem(tables.MIGRATIONS, tables.FORMAT, fail)
        patched.setattr(tables, "FORMAT", tables.FORMAT + 1)
        with pytest.raises(RuntimeError):
            SqliteStore(path, SCHEMA)
    store = SqliteStore(path, SCHEMA)
    assert store.get_nodes(["asset:A"])
    store.close()


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="folder"):
        SqliteStore(tmp_path / "no" / "plant.db", SCHEMA)


def test_a_folder_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="cannot be opened"):
        SqliteStore(tmp_path, SCHEMA)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "plant.db"
    store = SqliteStore(path, SCHEMA)
    for i in range(50):
        store.put_records("note", {f"{i}": "x" * 2000})
    store.close()
    content = bytearray(path.read_bytes())
    for start in range(2 * 4096, len(content), 4096):
        content[start : start + 64] = b"\xff" * 64
    path.write_bytes(content)
    with pytest.raises(StoreUnavailable, match="damaged"):
        SqliteStore(path, SCHEMA).get_records("note")


def test_a_writer_with_another_ontology_is_told(tmp_path: Path) -> None:
    path = tmp_path / "plant.db"
    old = SqliteStore(path, SCHEMA)
    fill(old)
    new = SqliteStore(path, small_schema(bulk=frozenset({"MaterialLot"})))
    with pytest.raises(StoreUnavailable, match="another version of the ontology"):
        old.put_records("note", {"a": 1})
    assert old.get_nodes(["asset:A"])
    new.put_records("note", {"a": 1})
    old.close()
    new.close()


@pytest.mark.parametrize("durability", ["process", "power"])
def test_durability_is_a_setting(tmp_path: Path, durability: str) -> None:
    store = SqliteStore(tmp_path / "plant.db", SCHEMA, durability=durability)  # type: ignore[arg-type]
    fill(store)
    with store._connections.write(lambda: None) as connection:
        level = connection.execute("PRAGMA synchronous").fetchone()[0]
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert level == {"process": 1, "power": 2}[durability]
    store.close()
