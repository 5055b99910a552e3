"""Adjacencies that are kept as files: the same answers, never stale, gone with what they told."""

from __future__ import annotations

import shutil
from itertools import pairwise
from pathlib import Path

import pytest

from kg.model import Statement, Status
from kg.store.sqlite import SqliteStore
from kg.traceability import keeping
from kg.traceability.adjacency import Adjacency
from kg.traceability.keeping import adjacency_of
from tests.kg.plants import schema
from tests.kg.traceability.test_adjacency import write


@pytest.fixture(autouse=True)
def _every_plant_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "WORTH_A_FILE", 0)


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A number for each time that a store was read as a whole."""
    calls: list[int] = []
    plain = Adjacency.build.__func__  # type: ignore[attr-defined]

    def build(cls: type[Adjacency], *args: object) -> Adjacency:
        calls.append(len(calls))
        return plain(cls, *args)  # type: ignore[no-any-return]

    monkeypatch.setattr(Adjacency, "build", classmethod(build))
    return calls


def _made_of(part: str, whole: str) -> Statement:
    return Statement(part, "madeOf", whole, Status.ACCEPTED, 1.0, 1, 0)


def _chain(first: int, last: int) -> list[Statement]:
    """lot:0 is made of lot:1, and so on."""
    return [_made_of(f"lot:{a}", f"lot:{b}") for a, b in pairwise(range(first, last))]


def _behind(store: SqliteStore, key: str) -> set[str]:
    adjacency = adjacency_of(store, schema())
    assert adjacency is not None
    return set(adjacency.keys(adjacency.closure(adjacency.find([key]).values(), "backward").nodes))


def _ask(path: Path, key: str = "lot:0") -> set[str]:
    store = SqliteStore(path, schema())
    try:
        return _behind(store, key)
    finally:
        store.close()


def _write(path: Path, name: str, statements: list[Statement], when: int) -> None:
    store = SqliteStore(path, schema())
    write(store, name, statements, when)
    store.close()


def test_next_process_reads_the_file_and_what_came_since(tmp_path: Path, built: list[int]) -> None:
    path = tmp_path / "plant.db"
    _write(path, "one", _chain(0, 5), 1)
    assert _ask(path) == {f"lot:{i}" for i in range(5)}
    assert built == [0]
    assert _ask(path) == {f"lot:{i}" for i in range(5)}
    _write(path, "two", _chain(4, 8), 2)
    assert _ask(path) == {f"lot:{i}" for i in range(8)}
    assert built == [0]


def test_what_is_forgotten_is_in_no_file(tmp_path: Path, built: list[int]) -> None:
    path = tmp_path / "plant.db"
    _write(path, "one", _chain(0, 5), 1)
    _write(path, "two", _chain(4, 8), 2)
    assert len(_ask(path)) == 8
    store = SqliteStore(path, schema())
    assert store.derived() is not None
    store.remove_documents(["two"])
    assert store.derived() is None
    store.close()
    assert {p.name for p in tmp_path.iterdir()} == {"plant.db"}
    assert _ask(path) == {f"lot:{i}" for i in range(5)}
    assert built == [0, 1]


def test_store_that_was_put_back_is_read_anew(tmp_path: Path, built: list[int]) -> None:
    path, backup = tmp_path / "plant.db", tmp_path / "backup.db"
    _write(path, "one", _chain(0, 5), 1)
    shutil.copy(path, backup)
    _write(path, "two", _chain(4, 8), 2)
    assert len(_ask(path)) == 8
    shutil.copy(backup, path)
    _write(path, "other", [_made_of("lot:4", "lot:9")], 2)  # as many writes
    assert _ask(path) == {*(f"lot:{i}" for i in range(5)), "lot:9"}
    assert built == [0, 1]


@pytest.mark.parametrize("spoilt", [b"", b"PK\x03\x04", b"not a file of ours"])
def test_damaged_file_does_not_count(tmp_path: Path, built: list[int], spoilt: bytes) -> None:
    path = tmp_path / "plant.db"
    _write(path, "one", _chain(0, 5), 1)
    whole = _ask(path)
    store = SqliteStore(path, schema())
    kept = store.derived()
    store.close()
    assert kept is not None
    kept.path.write_bytes(spoilt + kept.path.read_bytes()[: len(spoilt) * 7])
    assert _ask(path) == whole
    assert built == [0, 1]


def test_file_is_not_kept_when_others_wrote_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "plant.db"
    _write(path, "one", _chain(0, 5), 1)
    store = SqliteStore(path, schema())
    revision = store.revision()
    assert not store.keep_derived(revision - 1, lambda file, mark: file.touch())
    assert store.derived() is None
    assert store.keep_derived(revision, lambda file, mark: file.touch())
    assert store.derived() is not None
    store.close()
    assert not list(tmp_path.glob("*.tmp"))
