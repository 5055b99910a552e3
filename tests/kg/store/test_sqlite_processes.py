"""The embedded store among processes: killed writers, readers beside writers, locks."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kg.model import Batch, Claim, Document, NodeClaim, Passage, Run, StoreUnavailable
from kg.store.chain import FIRST_PREVIOUS, entry_hash
from kg.store.sqlite import SqliteStore
from tests.contracts.small_schema import SCHEMA
from tests.kg.store.sqlite_writer import BATCHES, CLAIMS

ROOT = Path(__file__).resolve().parents[3]


@contextmanager
def writer(path: Path, seed: int) -> Iterator[subprocess.Popen[str]]:
    """The writing program, killed at the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.kg.store.sqlite_writer", str(path), str(seed)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def written(store: SqliteStore, document: str) -> dict[int, int]:
    """How many work orders of each batch of a document are there."""
    found: dict[int, int] = {}
    for number in range(BATCHES):
        prefix = f"wo:{document}-{number}-"
        nodes = store.find_nodes(["WorkOrder"], key_prefix=prefix, limit=CLAIMS + 1).nodes
        statements = store.expand([node.key for node in nodes])
        evidence = store.evidence_of([s.key for s in statements])
        assert len(nodes) == len(statements) == len(evidence)
        found[number] = len(nodes)
    return found


@pytest.mark.parametrize("seed", range(3))
def test_a_killed_writer_loses_nothing_acknowledged(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "plant.db"
    SqliteStore(path, SCHEMA).close()
    acknowledged: list[list[str]] = []
    with writer(path, seed) as process:
        assert process.stdout is not None
        stop = random.Random(seed).randrange(12, 60)
        for line in process.stdout:
            acknowledged.append(line.split())
            if len(acknowledged) >= stop:
                process.kill()
        process.wait()
    assert len(acknowledged) >= stop
    store = SqliteStore(path, SCHEMA)
    versions = {version.document.key: version for version in store.versions()}
    finished = {key for verb, key, *_ in acknowledged if verb == "finished"}
    for verb, key, *rest in acknowledged:
        if verb == "wrote":
            assert written(store, key)[int(rest[0])] == CLAIMS
    for key, version in versions.items():
        assert version.is_complete or key not in finished
        assert set(written(store, key).values()) <= {0, CLAIMS}, "half a batch was written"
        if not version.is_complete and version.checkpoint is not None:
            done = written(store, key)
            assert all(done[number] == CLAIMS for number in range(int(version.checkpoint) + 1))
    assert finished <= versions.keys()
    logged = [key for verb, key, *_ in acknowledged if verb == "logged"]
    entries = store.read_log("audit")
    assert [entry.payload["did"] for entry in entries][: len(logged)] == logged
    previous = FIRST_PREVIOUS
    for entry in entries:
        assert entry.hash == entry_hash(previous, entry.seq, entry.at, entry.payload)
        previous = entry.hash
    check = sqlite3.connect(path)
    assert check.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    check.close()
    # What was begun can be taken back, and nothing of it stays.
    store.remove_documents(versions.keys())
    assert store.count().nodes == {}
    store.close()


def test_readers_see_whole_batches_while_another_process_writes(tmp_path: Path) -> None:
    path = tmp_path / "plant.db"
    store = SqliteStore(path, SCHEMA)
    seen = []
    with writer(path, 7) as process:
        assert process.stdout is not None
        for line in process.stdout:
            verb, key, *_ = line.split()
            if verb == "wrote":
                counts = written(store, key)
                assert set(counts.values()) <= {0, CLAIMS}
                seen.append(sum(counts.values()))
            if len(seen) >= 12:
                break
    assert seen
    assert all(total >= CLAIMS for total in seen)
    store.close()


def test_two_processes_write_the_same_store(tmp_path: Path) -> None:
    path = tmp_path / "plant.db"
    with writer(path, 1) as one, writer(path, 2) as two:
        for process in (one, two):
            assert process.stdout is not None
            for line in process.stdout:
                if line.startswith("logged") and line.split()[1].endswith("-2"):
                    break
    store = SqliteStore(path, SCHEMA)
    complete = [v.document.key for v in store.versions() if v.is_complete]
    assert {f"doc-{seed}-{n}" for seed in (1, 2) for n in range(3)} <= set(complete)
    for key in complete:
        assert set(written(store, key).values()) == {CLAIMS}
    counted = store.count().nodes["Asset"]
    assert counted == len(store.find_nodes(["Asset"]).nodes) == 7
    entries = store.read_log("audit")
    assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
    store.close()


def _batch(name: str) -> Batch:
    return Batch(
        [Passage("p", "row:1", name)],
        [NodeClaim("asset:A", "Asset", 0, name)],
        [Claim("asset:A", "exhibits", "mode:x", 0)],
    )


def test_a_locked_store_says_so_and_works_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "plant.db"
    store = SqliteStore(path, SCHEMA, busy_seconds=0.05)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match=r"locked by another writer for more than 0\.05 s"):
        store.append_log("audit", {}, 1)
    with pytest.raises(StoreUnavailable, match="locked"):
        store.begin_load(Document("a", "1", "r"), Run("r", 1))
    with pytest.raises(StoreUnavailable, match="locked"):
        store.begin_load(Document("a", "1", "r"), Run("r", 1), dry_run=True)
    assert store.versions() == []  # reading goes on
    SqliteStore(path, SCHEMA, busy_seconds=0.05).close()  # so does opening
    other.execute("ROLLBACK")
    other.close()
    with store.begin_load(Document("a", "1", "r"), Run("r", 1)) as session:
        session.write(_batch("A"))
        session.finish()
    assert store.get_nodes(["asset:A"])
    store.close()


def test_a_lock_in_the_middle_of_a_load_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "plant.db"
    store = SqliteStore(path, SCHEMA, busy_seconds=0.05)
    session = store.begin_load(Document("a", "1", "r"), Run("r", 1))
    session.write(_batch("A"))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable):
        session.write(Batch([Passage("q", "row:2", "B")], [NodeClaim("asset:B", "Asset", 0)]))
    other.execute("ROLLBACK")
    other.close()
    session.write(Batch([Passage("q", "row:2", "B")], [NodeClaim("asset:B", "Asset", 0)]))
    changes = session.finish()
    assert (changes.passages, changes.evidence_added, changes.nodes_added) == (2, 3, 3)
    store.close()


def test_a_dry_run_keeps_writers_waiting_not_readers(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "plant.db", SCHEMA, busy_seconds=0.05)
    with store.begin_load(Document("a", "1", "r"), Run("r", 1), dry_run=True) as session:
        session.write(_batch("A"))
        assert store.get_nodes(["asset:A"]) == {}
        with pytest.raises(StoreUnavailable):
            store.put_records("note", {"a": 1})
        assert session.finish().nodes_added == 2
    store.put_records("note", {"a": 1})
    store.close()


def test_threads_share_a_store(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "plant.db", SCHEMA)
    failed: list[BaseException] = []

    def work(name: str) -> None:
        try:
            for i in range(8):
                with store.begin_load(Document(f"{name}-{i}", "1", "r"), Run(name, i)) as session:
                    session.write(_batch(name))
                    assert "asset:A" in store.get_nodes(["asset:A"])
                    session.finish()
                assert store.expand(["asset:A"])[0].evidence_count >= i + 1
                assert store.search_text([name.lower()])
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in ("Ann", "Bob", "Cid")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    node = store.get_nodes(["asset:A"])["asset:A"]
    assert {node.name, *node.aliases} == {"Ann", "Bob", "Cid"}
    assert store.expand(["asset:A"])[0].evidence_count == 24
    store.close()
