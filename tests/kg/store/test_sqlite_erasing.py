"""A document that was removed is not in the file any more: not in free pages, index or log."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from kg.model import Batch, Claim, Document, NodeClaim, Passage, Run
from kg.store.sqlite import SqliteStore
from tests.contracts.small_schema import SCHEMA

WORDS = ("zzquxplonk", "wrombulix", "vkrzhe-5512")


def told(key: str, name: str, text: str) -> Batch:
    return Batch(
        [Passage("p", "row:1", text)],
        [
            NodeClaim(key, "Asset", 0, name, {"description": f"{text} near {name}"}),
            NodeClaim("mode:leak", "FailureMode", 0, "Leak"),
        ],
        [Claim(key, "exhibits", "mode:leak", 0)],
    )


def load(store: SqliteStore, document: str, batch: Batch, at: int) -> None:
    with store.begin_load(Document(document, "1", "r"), Run(f"r{at}", at)) as session:
        session.write(batch)
        session.finish()


def traces(path: Path) -> dict[str, int]:
    held = b"".join(part.read_bytes() for part in path.parent.glob(f"{path.name}*")).lower()
    return {word: held.count(word.encode()) for word in WORDS}


def test_nothing_of_a_removed_document_is_left_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "plant.db"
    store = SqliteStore(path, SCHEMA)
    load(store, "kept", told("asset:A", "Pump", "the pump leaks"), 1)
    load(store, "gone", told("asset:VKRZHE-5512", "Zzquxplonk", "leaks at the wrombulix"), 2)
    assert all(traces(path).values())
    assert store.search_text(["zzquxplonc"], fuzzy=True)
    store.remove_documents(["gone"])
    assert traces(path) == dict.fromkeys(WORDS, 0)
    assert not store.search_text(["zzquxplonc"], fuzzy=True)
    assert [hit.node.key for hit in store.search_text(["pumb"], fuzzy=True)] == ["asset:A"]
    store.close()
    assert traces(path) == dict.fromkeys(WORDS, 0)


def test_nothing_of_a_removed_run_is_left_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "plant.db"
    with closing(SqliteStore(path, SCHEMA)) as store:
        load(store, "gone", told("asset:VKRZHE-5512", "Zzquxplonk", "leaks at the wrombulix"), 2)
        store.remove_run("r2")
        assert traces(path) == dict.fromkeys(WORDS, 0)


def test_a_word_that_another_node_has_stays_findable(tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path / "plant.db", SCHEMA)) as store:
        load(store, "kept", told("asset:A", "Wrombulix", "hums"), 1)
        load(store, "gone", told("asset:B", "Wrombulix", "hums"), 2)
        store.remove_documents(["gone"])
        assert [h.node.key for h in store.search_text(["wrombulyx"], fuzzy=True)] == ["asset:A"]
        load(store, "again", told("asset:B", "Zzquxplonk", "hums"), 3)
        assert [h.node.key for h in store.search_text(["zzquxplomk"], fuzzy=True)] == ["asset:B"]
