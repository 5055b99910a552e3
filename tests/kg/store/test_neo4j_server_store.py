"""What only a server store has to get right: removal in pieces, failures, several writers, and a
graph that people can query themselves."""

from __future__ import annotations

import random
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from kg.model import (
    EVERY_STATUS,
    BadInput,
    Batch,
    Claim,
    Document,
    GembaError,
    NodeClaim,
    NotFound,
    Passage,
    Run,
    StoreUnavailable,
    View,
)
from kg.store import Store, open_store
from kg.store.chain import FIRST_PREVIOUS, entry_hash
from kg.store.neo4j import Neo4jStore, connection, loading, removal, search
from kg.store.neo4j.connection import Transaction
from tests.contracts.machine import check_random_operations
from tests.contracts.neo4j_stores import Neo4jStores
from tests.contracts.observing import observe
from tests.contracts.small_schema import SCHEMA
from tests.kg.store.histories import INSTANTS, TOKENS, everything, live_through_much
from tests.kg.store.sqlite_writer import BATCHES, CLAIMS
from tests.neo4j_server import Server, wipe
from tests.oracle import MemoryStore

pytestmark = pytest.mark.neo4j
ROOT = Path(__file__).resolve().parents[3]
EVERY = View(statuses=EVERY_STATUS)

Opener = Callable[..., Neo4jStore]


@pytest.fixture
def opened(neo4j_server: Server) -> Iterator[Opener]:
    """Opens handles on one store, which is empty at first."""
    wipe(neo4j_server)
    stores: list[Neo4jStore] = []

    def again(url: str = neo4j_server.url, **more: Any) -> Neo4jStore:
        options = {"user": neo4j_server.user, "password": neo4j_server.password} | more
        stores.append(Neo4jStore(url, SCHEMA, **options))
        return stores[-1]

    yield again
    for store in stores:
        store.close()


@pytest.fixture
def store(opened: Opener) -> Neo4jStore:
    return opened()


def ask(store: Neo4jStore, query: str, **parameters: object) -> list[Any]:
    return store._connection.read(lambda tx: tx.rows(query, **parameters))


def read(store: Store, key: str, batch: Batch, at: int = 1, sha256: str = "1") -> None:
    with store.begin_load(Document(key, sha256, "r"), Run(f"r{at}", at)) as session:
        session.write(batch)
        session.finish()


def batch(*claims: Claim, nodes: tuple[NodeClaim, ...] = ()) -> Batch:
    return Batch([Passage("p", "row:1", "text")], list(nodes), list(claims))


# -- removal ---------------------------------------------------------------------------------


@pytest.fixture
def in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove in as many transactions as can be."""
    monkeypatch.setattr(removal, "_AT_ONCE", 0)
    monkeypatch.setattr(removal, "_PASSAGES", 1)


@pytest.mark.parametrize("keys", [["orders.csv"], ["manual.pdf", "note"], ["open", "orders.csv"]])
def test_removal_in_pieces_is_removal(store: Neo4jStore, keys: list[str], in_pieces: None) -> None:
    naive = MemoryStore(SCHEMA)
    for one in (store, naive):
        live_through_much(one)
    assert store.remove_documents(keys) == naive.remove_documents(keys)
    assert everything(store) == everything(naive)


def test_removal_of_a_run_in_pieces(store: Neo4jStore, in_pieces: None) -> None:
    naive = MemoryStore(SCHEMA)
    for one in (store, naive):
        live_through_much(one)
    assert store.remove_run("r1") == naive.remove_run("r1")
    assert everything(store) == everything(naive)


def test_random_operations_with_removal_in_pieces(
    neo4j_server: Server, in_pieces: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEMBA_CONTRACT_EXAMPLES", "5")
    monkeypatch.setenv("GEMBA_CONTRACT_STEPS", "15")
    stores = Neo4jStores(neo4j_server)
    check_random_operations(stores)
    stores.close()


def test_interrupted_removal_is_finished_by_whoever_comes_next(
    opened: Opener, in_pieces: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, naive = opened(), MemoryStore(SCHEMA)
    for one in (store, naive):
        live_through_much(one)
    whole = removal._remove_some
    done: list[str] = []

    def killed(document: Any, after: str, work: Any) -> Any:
        if done:
            raise KeyboardInterrupt
        done.append(after)
        return whole(document, after, work)

    monkeypatch.setattr(removal, "_remove_some", killed)
    with pytest.raises(KeyboardInterrupt):
        store.remove_documents(["orders.csv"])
    monkeypatch.setattr(removal, "_remove_some", whole)
    assert ask(store, "MATCH (d:GembaDocument) WHERE d.removing IS NOT NULL RETURN collect(d.key)")
    naive.remove_documents(["orders.csv"])
    assert everything(opened()) == everything(naive)


def test_removal_of_all_leaves_an_empty_database(store: Neo4jStore) -> None:
    live_through_much(store)
    store.remove_documents({version.document.key for version in store.versions()})
    store.drop_records("note")
    for merge in store.merges():
        store.unmerge(merge.dropped)
    left = ask(store, "MATCH (n) RETURN collect(DISTINCT labels(n)[0])")
    assert set(left) == {"GembaStore", "GembaLog", "GembaLogEntry"}


def test_removing_unknown_documents_removes_nothing(store: Neo4jStore) -> None:
    live_through_much(store)
    before = observe(store, as_of=INSTANTS, tokens=TOKENS)
    with pytest.raises(NotFound):
        store.remove_documents(["orders.csv", "no such"])
    assert observe(store, as_of=INSTANTS, tokens=TOKENS) == before


@pytest.fixture
def finished_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retire what is no longer said in as many transactions as can be."""
    monkeypatch.setattr(loading, "_AT_ONCE", 0)
    monkeypatch.setattr(loading, "_PASSAGES", 1)


def _rows(*numbers: int) -> Batch:
    told = Batch()
    for slot, number in enumerate(numbers):
        told.passages.append(Passage(f"p{number}", f"row:{number}", f"text {number}"))
        told.nodes.append(NodeClaim(f"asset:{number}", "Asset", slot, f"Name {number}"))
        told.claims.append(Claim(f"asset:{number}", "exhibits", "mode:x", slot, 0.5))
    return told


def test_finishing_in_pieces_is_finishing(store: Neo4jStore, finished_in_pieces: None) -> None:
    naive = MemoryStore(SCHEMA)
    for one in (store, naive):
        read(one, "d", _rows(1, 2, 3, 4, 5), 1)
    done = []
    for one in (store, naive):
        session = one.begin_load(Document("d", "2", "r"), Run("r2", 2))
        session.write(_rows(2, 6))
        done.append(session.finish())
    assert done[0] == done[1]
    assert done[0].evidence_retired == 8
    assert observe(store, as_of=[1, 2], tokens=["name"]) == observe(
        naive, as_of=[1, 2], tokens=["name"]
    )


def test_interrupted_finishing_can_be_resumed_or_rolled_back(
    opened: Opener, finished_in_pieces: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for is_resumed in (True, False):
        store, naive = opened(), MemoryStore(SCHEMA)
        store.remove_documents([version.document.key for version in store.versions()])
        for one in (store, naive):
            read(one, "d", _rows(1, 2, 3, 4, 5), 1)
        again = Document("d", "2", "r")
        session = store.begin_load(again, Run("r2", 2), resumable=True)
        session.write(_rows(2, 6), "all")
        with monkeypatch.context() as patch:
            patch.setattr(session, "_complete", _interrupt)
            with pytest.raises(KeyboardInterrupt):
                session.finish()
        session = store.begin_load(again, Run("r3", 3), resumable=True)
        assert session.checkpoint == "all"
        if is_resumed:
            other = naive.begin_load(again, Run("r3", 3))
            other.write(_rows(2, 6))
            assert session.finish() == other.finish()
        else:
            session.rollback()
        assert observe(store, as_of=[1, 2, 3], tokens=["name"]) == observe(
            naive, as_of=[1, 2, 3], tokens=["name"]
        )


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


# -- failures --------------------------------------------------------------------------------


def _closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_server_that_is_down_is_named(opened: Opener) -> None:
    url = f"bolt://127.0.0.1:{_closed_port()}"
    with pytest.raises(StoreUnavailable, match="does not answer") as caught:
        opened(url)
    assert url in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_wrong_password_is_told(opened: Opener) -> None:
    with pytest.raises(StoreUnavailable, match="refused user neo4j") as caught:
        opened(user="neo4j", password="not that one")
    assert "not that one" not in str(caught.value)


def test_a_missing_database_is_told(opened: Opener) -> None:
    with pytest.raises(StoreUnavailable, match="no database nosuch"):
        opened(database="nosuch")


def test_the_store_is_opened_by_its_address(neo4j_server: Server) -> None:
    wipe(neo4j_server)
    store = open_store(
        neo4j_server.url, SCHEMA, user=neo4j_server.user, password=neo4j_server.password
    )
    try:
        assert isinstance(store, Neo4jStore)
        assert store.versions() == []
    finally:
        store.close()


class Wire:
    """A line to the server that can be cut and mended."""

    def __init__(self, server: Server) -> None:
        self._target = ("127.0.0.1", int(server.url.rpartition(":")[2]))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"bolt://127.0.0.1:{self._listener.getsockname()[1]}"
        self._is_cut = False
        self._ends: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self._is_cut:
                near.close()
                continue
            far = socket.create_connection(self._target)
            self._ends += [near, far]
            for a, b in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(a, b), daemon=True).start()

    def _carry(self, a: socket.socket, b: socket.socket) -> None:
        try:
            while data := a.recv(65536):
                b.sendall(data)
        except OSError:
            pass
        finally:
            b.close()

    def cut(self) -> None:
        self._is_cut = True
        for end in self._ends:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        self._ends.clear()

    def mend(self) -> None:
        self._is_cut = False

    def close(self) -> None:
        self.cut()
        self._listener.close()


@pytest.fixture
def wire(neo4j_server: Server) -> Iterator[Wire]:
    if not neo4j_server.url.startswith("bolt://127.0.0.1:"):
        pytest.skip("the line to a server elsewhere cannot be cut")
    wire = Wire(neo4j_server)
    yield wire
    wire.close()


def test_a_load_goes_on_after_the_line_was_cut(opened: Opener, wire: Wire) -> None:
    store = opened(wire.url, retry_seconds=0.2)
    session = store.begin_load(Document("d", "1", "r"), Run("r", 1))
    session.write(batch(Claim("asset:A", "exhibits", "mode:x", 0)))
    wire.cut()
    more = Batch([Passage("q", "row:2", "more")], [], [Claim("asset:B", "exhibits", "mode:x", 0)])
    with pytest.raises(StoreUnavailable, match="does not answer"):
        session.write(more)
    with pytest.raises(StoreUnavailable):
        store.get_nodes(["asset:A"])
    wire.mend()
    assert not store.get_nodes(["asset:B"])
    session.write(more)
    assert session.finish().statements_added == 2


def test_an_error_in_a_load_is_not_hidden_by_a_server_that_is_down(
    opened: Opener, wire: Wire
) -> None:
    store = opened(wire.url, retry_seconds=0.2)

    def load() -> None:
        with store.begin_load(Document("d", "1", "r"), Run("r", 1)) as session:
            session.write(batch(Claim("asset:A", "exhibits", "mode:x", 0)))
            wire.cut()
            raise ValueError("row 3 is wrong")

    with pytest.raises(ValueError, match="row 3"):
        load()
    wire.mend()
    store.begin_load(Document("d", "2", "r"), Run("r2", 2)).finish()
    assert store.count().nodes == {}


def test_transient_errors_are_tried_again(
    store: Neo4jStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    from neo4j.exceptions import TransientError

    whole, failures = Transaction.run, []

    def run(self: Transaction, query: str, /, **parameters: object) -> None:
        if "CREATE (:GembaEvidence" in query and len(failures) < 2:
            failures.append(query)
            raise TransientError("deadlock")
        whole(self, query, **parameters)

    monkeypatch.setattr(connection.Transaction, "run", run)
    session = store.begin_load(Document("d", "1", "r"), Run("r", 1))
    session.write(batch(Claim("asset:A", "exhibits", "mode:x", 0)))
    changes = session.finish()
    assert len(failures) == 2
    assert (changes.nodes_added, changes.statements_added, changes.evidence_added) == (2, 1, 1)
    (statement,) = store.expand(["asset:A"])
    assert statement.evidence_count == 1


@pytest.mark.parametrize(
    "odd",
    [
        NodeClaim("asset:A", "Asset", 0, "A", {"quantity": 2**70}),
        NodeClaim("asset:" + "x" * 40_000, "Asset", 0),
    ],
)
def test_values_that_cannot_be_kept_are_refused_whole(store: Neo4jStore, odd: NodeClaim) -> None:
    session = store.begin_load(Document("d", "1", "r"), Run("r", 1))
    with pytest.raises(BadInput):
        session.write(batch(nodes=(NodeClaim("asset:B", "Asset", 0), odd)))
    assert not store.get_nodes(["asset:B"])
    session.write(batch(nodes=(NodeClaim("asset:B", "Asset", 0),)))
    session.finish()
    assert store.get_nodes(["asset:B"])


# -- several writers -------------------------------------------------------------------------


@contextmanager
def writer(server: Server, seed: int) -> Iterator[subprocess.Popen[str]]:
    """The writing program, killed at the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.kg.store.neo4j_writer", server.url, server.user, str(seed)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(server.password + "\n")
        process.stdin.flush()
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


def written(store: Store, document: str) -> dict[int, int]:
    """How many work orders of each batch of a document are there."""
    found: dict[int, int] = {}
    for number in range(BATCHES):
        prefix = f"wo:{document}-{number}-"
        nodes = store.find_nodes(["WorkOrder"], key_prefix=prefix, limit=CLAIMS + 1).nodes
        statements = store.expand([node.key for node in nodes])
        assert len(nodes) == len(statements) == len(store.evidence_of([s.key for s in statements]))
        found[number] = len(nodes)
    return found


def test_a_killed_writer_loses_nothing_acknowledged(opened: Opener, neo4j_server: Server) -> None:
    store = opened()
    acknowledged: list[list[str]] = []
    with writer(neo4j_server, 1) as process:
        assert process.stdout is not None
        stop = random.Random(1).randrange(7, 14)
        for line in process.stdout:
            acknowledged.append(line.split())
            if len(acknowledged) >= stop:
                process.kill()
    assert len(acknowledged) >= stop
    versions = {version.document.key: version for version in store.versions()}
    for verb, key, *rest in acknowledged:
        if verb == "wrote":
            assert written(store, key)[int(rest[0])] == CLAIMS
        else:
            assert versions[key].is_complete
    for key, version in versions.items():
        done = written(store, key)
        assert set(done.values()) <= {0, CLAIMS}, "half a batch was written"
        if not version.is_complete:
            with store.begin_load(version.document, Run("again", 9)) as session:
                assert session.checkpoint == version.checkpoint
    store.remove_documents([version.document.key for version in store.versions()])
    assert store.count().nodes == {}


def test_writers_do_not_overwrite_what_each_other_derived(opened: Opener) -> None:
    names = ("Ann", "Bob", "Cid")
    failed: list[BaseException] = []

    def work(name: str) -> None:
        try:
            store = opened()
            for i in range(5):
                told = batch(
                    Claim("asset:A", "exhibits", "mode:x", 0, 0.5),
                    nodes=(NodeClaim("asset:A", "Asset", 0, name),),
                )
                read(store, f"{name}-{i}", told, i)
                store.append_log("audit", {"by": name}, i)
        except BaseException as error:
            failed.append(error)

    opened()
    threads = [threading.Thread(target=work, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    store = opened()
    (statement,) = store.expand(["asset:A"])
    assert statement.evidence_count == 15
    assert statement.confidence == round(1 - 0.5**15, 6)
    node = store.get_nodes(["asset:A"])["asset:A"]
    assert {node.name, *node.aliases} == set(names)
    previous = FIRST_PREVIOUS
    entries = store.read_log("audit")
    assert len(entries) == 15
    for seq, entry in enumerate(entries, 1):
        assert (entry.seq, entry.previous) == (seq, previous)
        assert entry.hash == entry_hash(previous, seq, entry.at, entry.payload)
        previous = entry.hash


def test_a_dry_run_is_seen_by_nobody_and_holds_nobody_up(opened: Opener) -> None:
    store, other = opened(), opened()
    session = store.begin_load(Document("d", "1", "r"), Run("r", 1), dry_run=True)
    session.write(batch(Claim("asset:A", "exhibits", "mode:x", 0)))
    assert not other.get_nodes(["asset:A"])
    read(other, "e", batch(Claim("asset:B", "exhibits", "mode:y", 0)))
    other.put_records("note", {"a": 1})
    assert session.finish().statements_added == 1
    assert [version.document.key for version in store.versions()] == ["e"]


# -- what people see -------------------------------------------------------------------------


def test_people_find_the_graph_by_labels_and_types(store: Neo4jStore) -> None:
    told = batch(
        Claim("asset:A", "hasComponent", "asset:B", 0, 0.5, props={"quantity": 2, "id": "x"}),
        nodes=(NodeClaim("asset:A", "MiniExcavator", 0, "Mini", {"description": "small"}),),
    )
    read(store, "d", told)
    found = ask(
        store,
        "MATCH (a:Asset)-[r:HAS_COMPONENT]->(b:Asset) WHERE r.status = 'accepted'"
        " RETURN collect([a.name, labels(a), a.description, r.confidence, r.quantity, b.key])",
    )
    ((name, labels, description, confidence, quantity, component),) = found
    assert set(labels) == {"Gemba", "MiniExcavator", "Excavator", "Asset"}
    assert (name, description, confidence, quantity) == ("Mini", "small", 0.5, 2)
    assert component == "asset:B"
    (statement,) = store.expand(["asset:A"])
    assert statement.props == {"quantity": 2, "id": "x"}
    cited = ask(
        store,
        "MATCH (:Asset)-[r:HAS_COMPONENT]->()"
        " MATCH (e:GembaEvidence {statement: r.id})-[:IN_PASSAGE]->(p)"
        " RETURN collect([e.subject, e.predicate, e.object, p.text])",
    )
    assert cited == [["asset:A", "hasComponent", "asset:B", "text"]]


def test_people_do_not_see_what_is_past(store: Neo4jStore) -> None:
    read(store, "d", batch(Claim("asset:A", "exhibits", "mode:x", 0)), 1)
    read(store, "d", batch(), 2, sha256="2")
    assert ask(store, "MATCH ()-[r:EXHIBITS]->() RETURN collect(r)") == []
    assert ask(store, "MATCH (n:Asset) RETURN collect(n)") == []
    assert len(store.expand(["asset:A"], view=View(as_of=1))) == 1


def test_names_cannot_change_a_query(store: Neo4jStore) -> None:
    hostile = "X` {a: 1}) DETACH DELETE n //"
    told = batch(
        Claim("asset:A", "ex`]->() DELETE r //", f"mode:{hostile}", 0),
        nodes=(NodeClaim("asset:A", hostile, 0, hostile, {hostile: hostile}),),
    )
    read(store, "d", told)
    (statement,) = store.expand(["asset:A"], ["ex`]->() DELETE r //"])
    assert statement.object == f"mode:{hostile}"
    assert store.get_nodes(["asset:A"])["asset:A"].props == {hostile: hostile}
    assert store.find_nodes([hostile], {hostile: hostile}).nodes == []
    found = {hit.node.key for hit in store.search_text(["detach"])}
    assert found == {"asset:A", statement.object}


def test_constraints_and_indexes_follow_the_ontology(opened: Opener) -> None:
    store = opened()
    constraints = set(ask(store, "SHOW CONSTRAINTS YIELD name RETURN collect(name)"))
    assert {f"gemba_type_{r.type_name}" for r in SCHEMA.relations.values()} <= constraints
    assert {"gemba_unique_Gemba", "gemba_unique_GembaPassage"} <= constraints
    states = dict(ask(store, "SHOW INDEXES YIELD name, state RETURN collect([name, state])"))
    assert states["gemba_words"] == "ONLINE"
    assert set(states.values()) == {"ONLINE"}
    opened()
    assert set(ask(store, "SHOW CONSTRAINTS YIELD name RETURN collect(name)")) == constraints


def test_a_store_of_the_first_format_is_brought_up_to_date(opened: Opener) -> None:
    store = opened()
    live_through_much(store)
    before = everything(store)
    define = store._connection.define
    define("DROP INDEX gemba_words")
    define(
        "MATCH (n:Gemba) WITH n, coalesce(n.gemba_names, '') + ' ' + coalesce(n.gemba_details, '')"
        " AS words REMOVE n.gemba_names, n.gemba_details SET n.gemba_text = words"
    )
    define(
        "CREATE FULLTEXT INDEX gemba_text FOR (n:Gemba) ON EACH [n.gemba_text]"
        " OPTIONS {indexConfig: {`fulltext.analyzer`: 'whitespace'}}"
    )
    define("MATCH (g:GembaStore {name: 'gemba'}) SET g.format = 1")
    again = opened()
    assert everything(again) == before
    assert (
        ask(
            again,
            "MATCH (n:Gemba) WHERE n.gemba_text <> '' AND n.gemba_gone IS NULL"
            " RETURN collect(n.key)",
        )
        == []
    )
    indexes = ask(again, "SHOW INDEXES YIELD name RETURN collect(name)")
    assert "gemba_words" in indexes
    assert "gemba_text" not in indexes
    assert ask(again, "MATCH (g:GembaStore) RETURN collect(g.format)") == [2]


def test_keys_are_ordered_by_code_point(store: Neo4jStore) -> None:
    keys = [
        "asset:a",
        "asset:Z",
        "asset:é",
        "asset:￥",
        "asset:😀",
        "asset:中",
        "asset:a b",
        "asset:a-b",
    ]
    read(store, "d", batch(nodes=tuple(NodeClaim(key, "Asset", 0) for key in keys)))
    found: list[str] = []
    after = None
    while True:
        page = store.find_nodes(after=after, limit=3)
        found += [node.key for node in page.nodes]
        after = page.next_after
        if after is None:
            break
    assert found == sorted(keys)


def test_a_newer_store_is_not_touched(opened: Opener) -> None:
    store = opened()
    store._connection.write(
        lambda tx: tx.run("MATCH (g:GembaStore {name: 'gemba'}) SET g.format = 99")
    )
    with pytest.raises(StoreUnavailable, match="newer Gemba"):
        opened()


def test_a_closed_store_says_so(opened: Opener) -> None:
    store = opened()
    store.close()
    store.close()
    with pytest.raises(GembaError, match="closed"):
        store.versions()


# -- search ----------------------------------------------------------------------------------


def test_the_best_of_very_many_hits_are_those_of_all(
    store: Neo4jStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asking the index for some hits first changes no answer: not where many are equally good, nor
    where those of the wanted class come late."""
    chance = random.Random(1)
    nodes = [
        NodeClaim(f"asset:P-{i:03}", "Asset", 0, "pump" if i % 3 else "pump of the old line")
        for i in range(300)
    ]
    nodes += [NodeClaim(f"mode:{i:02}", "FailureMode", 0, "worn pump" * (i % 2)) for i in range(20)]
    chance.shuffle(nodes)
    read(store, "a", batch(nodes=tuple(nodes)))
    questions = [
        {"tokens": tokens, "classes": classes, "limit": limit, "fuzzy": fuzzy}
        for tokens in (["pump"], ["worn", "pump"], ["old", "line"], ["nothing"])
        for classes in (None, ["FailureMode"], ["Asset", "FailureMode"])
        for limit in (1, 7, 400)
        for fuzzy in (False, True)
    ]
    monkeypatch.setattr(search, "_SOME_AT_LEAST", 100_000)
    expected = [store.search_text(**question) for question in questions]  # type: ignore[arg-type]
    assert any(expected)
    for some in (1, 10, 250):
        monkeypatch.setattr(search, "_SOME_AT_LEAST", some)
        monkeypatch.setattr(search, "_SOME_TIMES", 1)
        assert [store.search_text(**question) for question in questions] == expected  # type: ignore[arg-type]
