"""A store written to a file and read into another one tells the same; a bad file does nothing."""

from __future__ import annotations

import gzip
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.model import (
    Batch,
    Claim,
    Conflict,
    Decision,
    Document,
    GembaError,
    Merge,
    NotFound,
    Passage,
    Run,
    Status,
    StoreUnavailable,
    UnreadableFile,
)
from kg.store import Store
from kg.store.exchange import Progress, check_file, export_store, import_store
from kg.store.exchange_file import read_header
from kg.store.neo4j import Neo4jStore
from kg.store.sqlite import SqliteStore
from tests.contracts.machine import DOCUMENTS, TOKENS, batches, keys, nodes
from tests.contracts.observing import observe
from tests.contracts.small_schema import SCHEMA, small_schema
from tests.kg.store.histories import LEAK, everything, live_through_much
from tests.neo4j_server import Server, wipe
from tests.oracle import MemoryStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    """An embedded store with a history."""
    store = SqliteStore(tmp_path / "plant.db", SCHEMA)
    live_through_much(store)
    yield store
    store.close()


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "empty.db", SCHEMA)
    yield store
    store.close()


@pytest.fixture
def file(store: SqliteStore, tmp_path: Path) -> Path:
    path = tmp_path / "plant.gemba.gz"
    export_store(store, path)
    return path


def test_export_and_import_carry_everything(
    store: SqliteStore, empty: SqliteStore, tmp_path: Path
) -> None:
    path = tmp_path / "plant.gemba.gz"
    written = export_store(store, path)
    read = import_store(empty, path)
    assert everything(empty) == everything(store)
    assert read.counts == written.counts
    assert written.counts.versions == len(store.versions()) == 6
    assert written.counts.decisions == len(store.decisions()) == 3
    assert written.counts.log_entries == 4
    assert read.same_ontology
    assert not read.skipped_decisions


def test_import_leaves_an_unfinished_reading_to_be_resumed(empty: SqliteStore, file: Path) -> None:
    import_store(empty, file)
    with empty.begin_load(Document("open", "1", "r"), Run("r7", 900)) as session:
        assert session.checkpoint == "row:1"
        session.finish()


@pytest.mark.neo4j
def test_export_and_import_go_both_ways_between_the_stores(
    store: SqliteStore, empty: SqliteStore, file: Path, tmp_path: Path, neo4j_server: Server
) -> None:
    wipe(neo4j_server)
    server = Neo4jStore(
        neo4j_server.url, SCHEMA, user=neo4j_server.user, password=neo4j_server.password
    )
    try:
        import_store(server, file)
        assert everything(server) == everything(store)
        back = tmp_path / "back.gemba.gz"
        export_store(server, back)
        import_store(empty, back)
        assert everything(empty) == everything(store)
    finally:
        server.close()


@settings(max_examples=40, deadline=None)
@given(
    readings=st.lists(
        st.tuples(st.sampled_from(DOCUMENTS), st.lists(batches, max_size=2), st.booleans()),
        max_size=5,
    ),
    merged=st.lists(st.tuples(nodes, nodes), max_size=2),
    decided=st.lists(st.tuples(keys, st.sampled_from([None, *Status])), max_size=4),
)
def test_import_of_random_histories(
    tmp_path_factory: pytest.TempPathFactory,
    readings: list[tuple[str, list[Batch], bool]],
    merged: list[tuple[str, str]],
    decided: list[Any],
) -> None:
    source, target = MemoryStore(SCHEMA), SqliteStore(":memory:", SCHEMA)
    try:
        for at, (key, told, whole) in enumerate(readings):
            session = source.begin_load(Document(key, str(at), "r"), Run(f"r{at}", at))
            for batch in told:
                session.write(batch, "there")
            if whole:
                session.finish()
            for number, (triple, status) in enumerate(decided):
                _try(source.decide, [Decision(triple, status, "me", at * 10 + number)])
            for kept, dropped in merged:
                _try(source.merge, [Merge(kept, dropped, "me", at)])
        path = tmp_path_factory.mktemp("random") / "x.gemba.gz"
        export_store(source, path)
        import_store(target, path)
        instants = range(len(readings))
        assert observe(target, as_of=instants, tokens=TOKENS) == observe(
            source, as_of=instants, tokens=TOKENS
        )
    finally:
        target.close()


def _try(change: Callable[[Any], None], what: Any) -> None:
    with suppress(NotFound, Conflict):
        change(what)


def test_export_says_how_far_it_is(store: SqliteStore, empty: SqliteStore, tmp_path: Path) -> None:
    said: list[Progress] = []
    report = export_store(store, tmp_path / "x", say=said.append)
    import_store(empty, tmp_path / "x", say=said.append)
    assert [p.stage for p in said if p.claims == report.counts.claims] == [
        "reading",
        "checking",
        "writing",
    ]
    assert all(p.of == 6 for p in said)


def test_header_is_read_alone(store: SqliteStore, file: Path) -> None:
    header = read_header(file)
    assert header.ontology_digest == SCHEMA.digest
    assert (header.documents, header.versions) == (4, 6)


# -- files that are not whole ----------------------------------------------------------------


def _nothing(store: Store) -> bool:
    return not store.versions() and not store.merges() and not store.logs()


@pytest.mark.parametrize("share", [0.0, 0.05, 0.5, 0.98])
def test_truncated_file_is_refused(empty: SqliteStore, file: Path, share: float) -> None:
    data = file.read_bytes()
    file.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(UnreadableFile):
        import_store(empty, file)
    assert _nothing(empty)


def _rewrite(file: Path, change: Callable[[list[bytes]], list[bytes]]) -> None:
    lines = gzip.decompress(file.read_bytes()).splitlines(keepends=True)
    file.write_bytes(gzip.compress(b"".join(change(lines))))


def _say_else(lines: list[bytes]) -> list[bytes]:
    return [line.replace(b"leaks badly", b"is in order") for line in lines]


def _third(line: bytes) -> Callable[[list[bytes]], list[bytes]]:
    return lambda lines: [*lines[:2], line + b"\n", *lines[2:]]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (_say_else, "checksum"),
        (lambda lines: [*lines[:3], *lines[4:]], "checksum"),
        (lambda lines: lines[:-1], "too early"),
        (lambda lines: [*lines, lines[1]], "after its end"),
        (lambda lines: lines[1:], "not an export"),
        (lambda lines: [b'{"header": {"format": 99}}\n', *lines[1:]], "newer Gemba"),
        (_third(b"{not json}"), "line 3"),
        (_third(b'{"poem": []}'), "line 3"),
        (_third(b'{"batch": {"passages": 3}}'), "line 3"),
        (_third(b'{"batch": {"passages": [], "nodes": [], "claims": [["a"]]}}'), "line 3"),
    ],
)
def test_changed_file_is_refused(
    empty: SqliteStore, file: Path, change: Callable[[list[bytes]], list[bytes]], says: str
) -> None:
    _rewrite(file, change)
    with pytest.raises(UnreadableFile, match=says):
        import_store(empty, file)
    with pytest.raises(UnreadableFile, match=says):
        check_file(file)
    assert _nothing(empty)


@pytest.mark.parametrize(
    "content", [b"", b"hello", gzip.compress(b"", mtime=0), gzip.compress(b"hello\n", mtime=0)]
)
def test_other_files_are_refused(empty: SqliteStore, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile):
        import_store(empty, path)


def test_missing_file_is_refused(empty: SqliteStore, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="there is no file"):
        import_store(empty, tmp_path / "no")


def test_export_leaves_nothing_half_written(store: SqliteStore, tmp_path: Path) -> None:
    path = tmp_path / "x.gemba.gz"
    path.write_text("the old one")
    with pytest.raises(RuntimeError):
        export_store(store, path, say=_stop)
    assert path.read_text() == "the old one"
    assert [p.name for p in tmp_path.glob("*x.gemba.gz*")] == [path.name]


def _stop(_: Progress) -> None:
    raise RuntimeError("stop")


# -- stores that are not empty ---------------------------------------------------------------


def test_import_refuses_documents_that_are_there(store: SqliteStore, file: Path) -> None:
    before = everything(store)
    with pytest.raises(Conflict, match=r"manual.pdf") as caught:
        import_store(store, file)
    assert "orders.csv" in caught.value.ids
    assert everything(store) == before


def test_import_can_skip_what_is_there(store: SqliteStore, file: Path) -> None:
    before = everything(store)
    report = import_store(store, file, existing="skip")
    assert everything(store) == before
    assert len(report.skipped_documents) == 4
    assert report.skipped_decisions == 3
    assert report.skipped_records == 3


def test_import_adds_to_other_documents(empty: SqliteStore, store: SqliteStore, file: Path) -> None:
    with empty.begin_load(Document("mine", "1", "r"), Run("mine", 1)) as session:
        session.write(Batch([Passage("p", "row:1", "mine")], [], [Claim(*LEAK, 0, 0.5)]))
        session.finish()
    import_store(empty, file)
    empty.remove_documents(["mine"])
    # What stood before is a run of its own: without it the store tells what the file does.
    assert everything(empty) == everything(store)


def test_import_refuses_contrary_merges(empty: SqliteStore, file: Path) -> None:
    empty.merge([Merge("asset:Z", "asset:pump 1", "me", 1)])
    with pytest.raises(Conflict, match="asset:pump 1"):
        import_store(empty, file)
    assert not empty.versions()


def test_failed_import_takes_back_what_it_wrote(
    empty: SqliteStore, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object, **__: object) -> None:
        raise StoreUnavailable("the disk is full")

    monkeypatch.setattr(empty, "put_records", down)
    with pytest.raises(GembaError, match="disk"):
        import_store(empty, file)
    assert _nothing(empty)
    assert empty.count().nodes == {}
    assert not empty.decisions()


# -- logs ------------------------------------------------------------------------------------


def test_log_that_goes_on_otherwise_is_kept_apart(
    store: SqliteStore, empty: SqliteStore, file: Path
) -> None:
    mine = empty.append_log("audit", {"mine": True}, 1)
    report = import_store(empty, file)
    assert empty.read_log("audit") == [mine]
    assert empty.read_log(report.renamed_logs["audit"]) == store.read_log("audit")
    assert empty.read_log("other") == store.read_log("other")


def test_log_is_gone_on_with(store: SqliteStore, empty: SqliteStore, file: Path) -> None:
    first = store.read_log("audit")[0]
    empty.append_log("audit", first.payload, first.at)
    report = import_store(empty, file)
    assert not report.renamed_logs
    assert empty.read_log("audit") == store.read_log("audit")


def test_log_that_was_tampered_with_is_not_laundered(store: SqliteStore, tmp_path: Path) -> None:
    with sqlite3.connect(store.url) as connection:
        connection.execute("UPDATE logs SET payload = '{\"b\":9}' WHERE log = 'audit' AND seq = 2")
    with pytest.raises(Conflict, match="tampered with at entry 2"):
        export_store(store, tmp_path / "x")
    report = export_store(store, tmp_path / "x", with_logs=False)
    assert report.counts.log_entries == 0


# -- choices ---------------------------------------------------------------------------------


def test_export_can_leave_records_out(
    store: SqliteStore, empty: SqliteStore, tmp_path: Path
) -> None:
    export_store(store, tmp_path / "x", without_records=["note"])
    import_store(empty, tmp_path / "x")
    assert [record.kind for record in empty.dump_records()] == ["rejection"]


def test_import_tells_of_another_ontology(tmp_path: Path, file: Path) -> None:
    other = SqliteStore(":memory:", small_schema(version="2"))
    try:
        assert not import_store(other, file).same_ontology
    finally:
        other.close()


def test_export_holds_lines_that_anybody_can_read(file: Path) -> None:
    lines = [orjson.loads(line) for line in gzip.decompress(file.read_bytes()).splitlines()]
    assert [next(iter(line)) for line in (lines[0], lines[-1])] == ["header", "end"]
    assert {"merge", "version", "batch", "decision", "record", "entry"} <= {
        next(iter(x)) for x in lines
    }
