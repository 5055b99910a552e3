"""What every store must do, as tests; subclass it and name the fixture that opens stores."""

from __future__ import annotations

import threading
from itertools import pairwise
from typing import ClassVar

import pytest

from kg.model import (
    EVERY_STATUS,
    NOW,
    Batch,
    Claim,
    Conflict,
    Decision,
    Document,
    MassRemoval,
    Merge,
    Node,
    NodeClaim,
    NotFound,
    Passage,
    Run,
    Statement,
    StatementKey,
    Status,
    View,
)
from kg.model.text import query_tokens
from kg.store import Changes, Range, Store
from kg.store.bulk import NO_END, NO_START, EdgeRow, ReadsEdges
from kg.store.chain import FIRST_PREVIOUS, entry_hash
from tests.contracts.machine import check_random_operations
from tests.contracts.observing import all_nodes, dumped, graph, observe, searched
from tests.contracts.small_schema import SCHEMA, small_schema
from tests.contracts.stores import Stores

EVERY = View(statuses=EVERY_STATUS)
LEAK = StatementKey("asset:P-1", "exhibits", "mode:leak")
WEAR = StatementKey("cause:wear", "causes", "mode:leak")
BULK = ["exhibits", "causes"]


def document(key: str, sha256: str = "1", recipe: str = "r") -> Document:
    return Document(key, sha256, recipe, f"Title of {key}", "text/csv", "en")


def rows(*texts: str) -> list[Passage]:
    """Passages `p0`, `p1`, … in rows 1, 2, …"""
    return [Passage(f"p{i}", f"row:{i + 1}", text) for i, text in enumerate(texts)]


def load(
    store: Store,
    key: str,
    batch: Batch,
    at: int = 1000,
    *,
    sha256: str | None = None,
    run: str | None = None,
) -> Changes:
    """Read a document whole; its content hash and run are named after the time by default."""
    told = document(key, f"{at}" if sha256 is None else sha256)
    with store.begin_load(told, Run(run or f"run-{at}", at)) as session:
        session.write(batch)
        return session.finish()


def leak(confidence: float = 0.8, **more: object) -> Claim:
    return Claim(*LEAK, 0, confidence, **more)  # type: ignore[arg-type]


def bulk_edges(store: ReadsEdges) -> list[EdgeRow]:
    return [row for portion in store.edges(BULK) for row in portion]


def told_edges(store: ReadsEdges) -> list[tuple[object, ...]]:
    """The edges with names for numbers."""
    found = bulk_edges(store)
    keys = store.keys_of({end for row in found for end in (row[1], row[3])})
    assert store.numbers_of(list(keys.values())) == {key: n for n, key in keys.items()}
    return sorted((keys[r[1]], BULK[r[2]], keys[r[3]], r[4], r[5]) for r in found)


def believed_edges(store: Store) -> list[tuple[object, ...]]:
    """The same by the ordinary way."""
    return sorted(
        (
            s.subject, s.predicate, s.object,
            NO_START if s.valid_from is None else s.valid_from,
            NO_END if s.valid_to is None else s.valid_to,
        )
        for s in store.expand(all_nodes(store, NOW), BULK)
    )  # fmt: skip


def simple() -> Batch:
    """A pump that leaks because of wear, twice said."""
    return Batch(
        rows("P-1 leaks", "worn seal", "again"),
        [
            NodeClaim("asset:P-1", "Asset", 0, "Feed pump", {"description": "主泵 main"}),
            NodeClaim("mode:leak", "FailureMode", 1, "Leakage"),
        ],
        [
            leak(0.8, start=4, end=9, extractor="text@1"),
            Claim(*LEAK, 2, 0.6, extractor="text@1"),
            Claim(*WEAR, 1, 0.9, props={"share": 0.5}),
        ],
    )


class StoreContract:
    """Subclasses set `stores`, the name of a fixture that gives `Stores`."""

    stores: ClassVar[str]

    @pytest.fixture
    def source(self, request: pytest.FixtureRequest) -> Stores:
        found = request.getfixturevalue(self.stores)
        assert isinstance(found, Stores)
        return found

    @pytest.fixture
    def store(self, source: Stores) -> Store:
        return source.new(SCHEMA)

    # -- random operations -------------------------------------------------------------------

    @pytest.mark.timeout(900)
    def test_random_operations_answer_as_the_naive_store(self, source: Stores) -> None:
        check_random_operations(source)

    # -- loading -----------------------------------------------------------------------------

    def test_an_empty_store_answers(self, store: Store) -> None:
        assert store.get_nodes(["asset:P-1"]) == {}
        assert store.expand(["asset:P-1"], direction="both") == []
        assert store.get_statements([LEAK]) == {}
        assert store.evidence_of([LEAK]) == {}
        assert store.sightings_of(["asset:P-1"]) == {}
        assert store.search_text(["leak"]) == []
        assert store.closure(["asset:P-1"], [("exhibits", "out")]) == {}
        assert store.find_nodes().nodes == []
        assert store.aggregate(["exhibits"], "object") == []
        assert store.count().nodes == {}
        assert list(store.dump()) == []

    def test_a_load_makes_nodes_statements_and_evidence(self, store: Store) -> None:
        changes = load(store, "a", simple())
        assert changes == Changes(nodes_added=3, statements_added=2, evidence_added=5, passages=3)
        assert store.get_nodes(["asset:P-1", "cause:wear", "no:such"]) == {
            "asset:P-1": Node("asset:P-1", "Asset", "Feed pump", {"description": "主泵 main"}),
            "cause:wear": Node("cause:wear", "FailureCause", "wear"),
        }
        assert store.get_statements([LEAK, WEAR]) == {
            LEAK: Statement(*LEAK, Status.ACCEPTED, 0.8, 2, 1000),
            WEAR: Statement(*WEAR, Status.ACCEPTED, 0.9, 1, 1000, props={"share": 0.5}),
        }
        first, second = store.evidence_of([LEAK])[LEAK]
        assert (first.document, first.passage, first.place) == ("a", "p0", "row:1")
        assert (first.quote, first.text, first.start, first.end) == ("leaks", "P-1 leaks", 4, 9)
        assert (first.extractor, first.run, first.recorded) == ("text@1", "run-1000", 1000)
        assert (first.confidence, first.status, first.retired) == (0.8, Status.ACCEPTED, None)
        assert (second.passage, second.quote, second.confidence) == ("p2", "again", 0.6)
        (sighting,) = store.sightings_of(["asset:P-1"])["asset:P-1"]
        assert (sighting.cls, sighting.name) == ("Asset", "Feed pump")
        assert sighting.props == {"description": "主泵 main"}
        assert (sighting.evidence.place, sighting.evidence.quote) == ("row:1", "P-1 leaks")
        counts = store.count()
        assert counts.nodes == {"Asset": 1, "FailureMode": 1, "FailureCause": 1}
        assert counts.statements == {"exhibits": 1, "causes": 1}
        assert (counts.evidence, counts.passages, counts.documents) == (5, 3, 1)

    def test_values_come_back_as_they_were(self, store: Store) -> None:
        props = {
            "description": 'Ölpumpe "P" \\ 液压泵 𠮷\n2',
            "quantity": 2.5,
            "priority": 3,
            "isCritical": True,
            "tags": ["b", "a"],
            "startedAt": "2026-03-01T00:00:00Z",
        }
        load(
            store,
            "a",
            Batch(
                rows("x"),
                [NodeClaim("asset:液压泵 #1/2", "Asset", 0, "A 'quoted' name", props)],
                [leak(1.0, props=dict(props, quantity=2.0), valid_from=-5, valid_to=1 << 45)],
            ),
        )
        node = store.get_nodes(["asset:液压泵 #1/2"])["asset:液压泵 #1/2"]
        assert node.props == props
        assert {name: type(value) for name, value in node.props.items()} == {
            name: type(value) for name, value in props.items()
        }
        statement = store.get_statements([LEAK])[LEAK]
        assert statement.props == dict(props, quantity=2.0)
        assert isinstance(statement.props["quantity"], float)
        assert (statement.valid_from, statement.valid_to) == (-5, 1 << 45)

    def test_loading_the_same_twice_changes_nothing(self, store: Store) -> None:
        load(store, "a", simple(), 1000)
        before = graph(store)
        changes = load(store, "a", simple(), 2000)
        assert changes.is_empty
        assert (changes.evidence_kept, changes.passages) == (5, 3)
        assert graph(store) == before

    def test_a_changed_document_applies_the_difference(self, store: Store) -> None:
        load(store, "a", simple(), 1000)
        changed = simple()
        changed.claims[2] = Claim("cause:corrosion", "causes", "mode:leak", 1)
        changed.nodes[0] = NodeClaim("asset:P-1", "Excavator", 0, "Feed pump")
        changes = load(store, "a", changed, 2000)
        assert changes == Changes(
            nodes_added=1,
            nodes_changed=1,
            nodes_removed=1,
            statements_added=1,
            statements_removed=1,
            evidence_added=2,
            evidence_kept=3,
            evidence_retired=2,
            passages=3,
        )
        assert "cause:wear" not in store.get_nodes(["cause:wear", "asset:P-1"])
        assert store.get_nodes(["asset:P-1"])["asset:P-1"].cls == "Excavator"
        assert store.evidence_of([LEAK])[LEAK][0].recorded == 1000
        assert store.evidence_of([WEAR]) == {}

    def test_writing_twice_is_writing_once(self, store: Store) -> None:
        load(store, "a", simple())
        once = observe(store)
        with store.begin_load(document("a", "1000"), Run("run-1000", 1000)) as session:
            session.write(simple())
            session.write(simple())
            both = simple()
            both.claims *= 2
            both.nodes *= 2
            both.passages += [passage._replace(place="elsewhere") for passage in both.passages]
            session.write(both)
            session.finish()
        store.remove_run("run-1000")
        assert store.count().documents == 0
        with store.begin_load(document("a", "1000"), Run("run-1000", 1000)) as session:
            session.write(simple())
            session.write(both)
            session.finish()
        assert observe(store) == once

    def test_claims_that_differ_in_anything_are_evidence_of_their_own(self, store: Store) -> None:
        claims = [
            leak(0.8),
            leak(0.7),
            leak(0.8, status="suggested"),
            leak(0.8, extractor="text@2"),
            leak(0.8, start=1),
            leak(0.8, start=1, end=3),
            leak(0.8, valid_from=1),
            leak(0.8, valid_to=1),
            leak(0.8, props={"n": 1}),
            leak(0.8, props={"n": 1.0}),
        ]
        changes = load(store, "a", Batch(rows("text"), [], [*claims, *claims]))
        assert changes.evidence_added == len(claims)
        assert store.get_statements([LEAK])[LEAK].evidence_count == len(claims)

    def test_a_batch_is_written_whole_or_not_at_all(self, store: Store) -> None:
        session = store.begin_load(document("a"), Run("r", 1))
        session.write(simple())
        before = graph(store)
        broken = Batch(rows("new"), [], [Claim("asset:X", "exhibits", "mode:leak", 0), leak()])
        broken.claims[1] = broken.claims[1]._replace(passage=7)
        with pytest.raises(IndexError):
            session.write(broken)
        assert graph(store) == before
        session.write(Batch(rows("P-1 leaks"), [NodeClaim("asset:Y", "Asset", 0)], []))
        session.finish()
        assert store.get_nodes(["asset:X", "asset:Y"]).keys() == {"asset:Y"}

    def test_leaving_a_session_early_rolls_back(self, store: Store) -> None:
        load(store, "other", simple(), 500)
        before = observe(store)
        batch = Batch(rows("Q"), [NodeClaim("asset:Q", "Asset", 0)], [leak(0.95)])

        def fail() -> None:
            with store.begin_load(document("a"), Run("r", 1)) as session:
                session.write(batch, checkpoint="1")
                assert "asset:Q" in store.get_nodes(["asset:Q"])
                _ = 1 / 0

        with pytest.raises(ZeroDivisionError):
            fail()
        assert observe(store) == before
        with store.begin_load(document("a"), Run("r", 1)) as session:
            session.write(batch)
        assert observe(store) == before
        session = store.begin_load(document("a"), Run("r", 1))
        session.write(batch)
        session.rollback()
        assert observe(store) == before

    def test_an_interrupted_reading_goes_on(self, store: Store) -> None:
        load(store, "b", simple(), 1)
        whole = simple()
        parts = [
            Batch(whole.passages[:1], whole.nodes[:1], whole.claims[:1]),
            Batch(whole.passages, whole.nodes[1:], whole.claims[1:]),
        ]

        def be_interrupted() -> None:
            with store.begin_load(document("a"), Run("first", 1000), resumable=True) as session:
                session.write(parts[0], checkpoint="row:1")
                session.write(Batch(whole.passages[1:2], [], []))
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            be_interrupted()
        assert [(v.is_complete, v.checkpoint) for v in store.versions("a")] == [(False, "row:1")]
        with store.begin_load(document("a"), Run("second", 2000), resumable=True) as session:
            assert session.checkpoint == "row:1"
            session.write(parts[1], checkpoint="row:3")
            changes = session.finish()
        assert (changes.evidence_added, changes.passages, changes.nodes_added) == (5, 3, 0)
        resumed = observe(store, as_of=[1, 1000, 2000])
        store.remove_run("second")
        load(store, "a", whole, 2000, sha256="1", run="second")
        assert observe(store, as_of=[1, 1000, 2000]) == resumed
        with pytest.raises(NotFound):
            store.remove_run("first")

    def test_other_content_forgets_an_unfinished_reading(self, store: Store) -> None:
        session = store.begin_load(document("a", "1"), Run("r1", 1), resumable=True)
        session.write(simple(), checkpoint="x")
        other = store.begin_load(document("a", "2"), Run("r2", 2))
        assert other.checkpoint is None
        assert store.count().nodes == {}
        with pytest.raises(Conflict):
            session.write(simple())
        other.rollback()

    def test_an_unfinished_reading_is_seen_beside_the_one_before(self, store: Store) -> None:
        load(store, "a", simple(), 1000)
        session = store.begin_load(document("a", "new"), Run("r", 2000))
        session.write(Batch(rows("P-1 leaks"), [], [leak(0.9)]))
        assert store.get_statements([LEAK])[LEAK].evidence_count == 3
        assert store.get_statements([WEAR])
        session.finish()
        assert store.get_statements([LEAK])[LEAK].evidence_count == 1
        assert not store.get_statements([WEAR])
        assert store.get_statements([WEAR], View(as_of=1999))

    def test_a_session_ends_once(self, store: Store) -> None:
        session = store.begin_load(document("a"), Run("r", 1))
        session.write(simple())
        session.finish()
        for use in (lambda: session.write(simple()), session.finish, session.rollback):
            with pytest.raises(Conflict):
                use()
        assert store.count().documents == 1

    def test_a_dry_run_tells_the_changes_and_writes_nothing(self, store: Store) -> None:
        load(store, "b", Batch(rows("x"), [], [leak(0.5)]), 500)
        load(store, "a", simple(), 1000)
        before = observe(store)
        changed = simple()
        del changed.claims[1:], changed.nodes[1]
        changed.nodes.append(NodeClaim("asset:N", "Asset", 1))
        with store.begin_load(document("a", "2"), Run("r", 2000), dry_run=True) as session:
            session.write(changed)
            session.write(changed)
            would = session.finish()
        assert observe(store) == before
        assert load(store, "a", changed, 2000) == would
        assert would.evidence_retired == 3

    def test_a_mass_removal_is_refused(self, store: Store) -> None:
        load(store, "a", simple(), 1000)
        session = store.begin_load(document("a", "2"), Run("r", 2000))
        session.write(Batch(rows("P-1 leaks"), simple().nodes[:1], []))
        with pytest.raises(MassRemoval, match="a"):
            session.finish(max_retired_share=0.5)
        assert store.get_statements([WEAR])
        assert not store.versions("a")[-1].is_complete
        assert session.finish(max_retired_share=0.8).evidence_retired == 4
        assert not store.get_statements([WEAR])

    def test_versions_tell_what_was_read(self, store: Store) -> None:
        load(store, "b", simple(), 2)
        load(store, "a", simple(), 3)
        load(store, "b", simple(), 4)
        told = [(v.document, v.run, v.is_complete) for v in store.versions()]
        assert told == [
            (document("a", "3"), Run("run-3", 3), True),
            (document("b", "2"), Run("run-2", 2), True),
            (document("b", "4"), Run("run-4", 4), True),
        ]
        assert [v.run.id for v in store.versions("b")] == ["run-2", "run-4"]
        assert store.versions("c") == []

    def test_a_second_handle_sees_what_was_acknowledged(self, source: Stores) -> None:
        store = source.new(SCHEMA)
        other = source.again(SCHEMA)
        session = store.begin_load(document("a"), Run("r", 1))
        session.write(simple())
        assert graph(other) == graph(store)
        session.finish()
        other.decide([Decision(LEAK, Status.REJECTED, "me", 5)])
        assert store.get_statements([LEAK]) == {}
        load(other, "b", Batch(rows("x"), [NodeClaim("asset:Z", "Asset", 0)], []), 7)
        load(store, "c", Batch(rows("x"), [], [Claim("asset:Z", "exhibits", "mode:z", 0)]), 8)
        other.remove_documents(["b", "c"])
        load(store, "c", Batch(rows("x"), [], [Claim("asset:Z", "exhibits", "mode:z", 0)]), 9)
        assert observe(other) == observe(store)

    # -- removal -----------------------------------------------------------------------------

    def test_removal_equals_never_having_seen(self, source: Stores) -> None:
        def others(store: Store, *, with_x: bool) -> None:
            first = simple()
            load(store, "a", first, 1000)
            if with_x:
                extra = Batch(
                    rows("x", "y"),
                    [
                        NodeClaim("asset:P-1", "MiniExcavator", 0, "Better name", {"quantity": 1}),
                        NodeClaim("asset:only-x", "Asset", 1, "只有"),
                    ],
                    [
                        leak(0.99, props={"from": "x"}, valid_from=1, valid_to=2),
                        Claim("asset:only-x", "exhibits", "mode:only-x", 1),
                    ],
                )
                load(store, "x", extra, 1100)
                store.put_records("rejection", {"x1": {"why": "bad"}}, document="x")
                store.decide(
                    [
                        Decision(
                            StatementKey("asset:only-x", "exhibits", "mode:only-x"),
                            Status.CONFIRMED,
                            "me",
                            1150,
                        )
                    ]
                )
                load(store, "x", Batch(extra.passages, extra.nodes[:1], extra.claims[:1]), 1200)
            store.put_records("rejection", {"a1": {"why": "bad"}}, document="a")
            second = simple()
            del second.claims[0]
            load(store, "a", second, 1300)
            load(store, "b", Batch(rows("b"), [], [leak(0.4)]), 1400)

        instants = [999, 1000, 1100, 1200, 1300, 1400]
        tokens = ["better", "name", "p-1", "feed", "只有", "leak", "only-x"]
        store = source.new(SCHEMA)
        others(store, with_x=True)
        changes = store.remove_documents(["x"])
        assert (changes.evidence_retired, changes.nodes_changed, changes.passages) == (2, 1, 2)
        assert (changes.nodes_removed, changes.statements_removed) == (0, 0)
        after = observe(store, as_of=instants, tokens=tokens)
        store = source.new(SCHEMA)
        others(store, with_x=False)
        assert after == observe(store, as_of=instants, tokens=tokens)

    def test_removing_a_run_closes_the_history_around_it(self, source: Stores) -> None:
        def fill(store: Store, *, with_run: bool) -> None:
            load(store, "a", simple(), 1000)
            if with_run:
                middle = Batch(
                    [Passage("p0", "row:9", "P-1 leaks"), Passage("p9", "row:1", "new")],
                    [],
                    [leak(0.8, start=4, end=9, extractor="text@1"), Claim(*WEAR, 1, 0.3)],
                )
                load(store, "a", middle, 2000, run="bad")
                load(store, "only", middle, 2000, run="bad")
            moved = simple()
            moved.passages = [p._replace(place=f"{p.place}x") for p in moved.passages]
            load(store, "a", moved, 3000)

        instants = [1000, 2000, 3000]
        store = source.new(SCHEMA)
        fill(store, with_run=True)
        store.remove_run("bad")
        after = observe(store, as_of=instants)
        store = source.new(SCHEMA)
        fill(store, with_run=False)
        assert after == observe(store, as_of=instants)

    def test_removing_the_latest_run_brings_back_what_it_took(self, store: Store) -> None:
        load(store, "a", simple(), 1000)
        before = observe(store)
        load(store, "a", Batch(rows("P-1 leaks"), [], []), 2000)
        assert store.count().nodes == {}
        changes = store.remove_run("run-2000")
        assert (changes.nodes_added, changes.statements_added, changes.evidence_added) == (3, 2, 5)
        assert observe(store) == before

    def test_removing_what_is_not_there(self, store: Store) -> None:
        load(store, "a", simple())
        before = observe(store)
        with pytest.raises(NotFound) as caught:
            store.remove_documents(["a", "nope"])
        assert caught.value.ids == ("nope",)
        with pytest.raises(NotFound):
            store.remove_run("nope")
        assert observe(store) == before
        assert store.remove_documents([]).is_empty

    # -- reading -----------------------------------------------------------------------------

    def test_nodes_are_found_by_class_prefix_and_page(self, store: Store) -> None:
        claims = [
            NodeClaim(f"asset:{i}", cls, 0)
            for i, cls in enumerate(["Asset", "Excavator", "MiniExcavator", "Crane", "Excavator"])
        ]
        claims += [NodeClaim("wo:1", "WorkOrder", 0), NodeClaim("wo:10", "WorkOrder", 0)]
        load(store, "a", Batch(rows("x"), claims, []))

        def keys(*classes: str, **more: str | int) -> tuple[list[str], str | None]:
            page = store.find_nodes(classes or None, **more)  # type: ignore[arg-type]
            return [node.key for node in page.nodes], page.next_after

        assert keys("Excavator") == (["asset:1", "asset:2", "asset:4"], None)
        assert keys("Excavator", "WorkOrder", limit=4) == (
            ["asset:1", "asset:2", "asset:4", "wo:1"],
            "wo:1",
        )
        assert keys("Excavator", "WorkOrder", limit=4, after="wo:1") == (["wo:10"], None)
        assert keys("Asset", limit=5) == ([f"asset:{i}" for i in range(5)], None)
        assert keys(key_prefix="wo:1") == (["wo:1", "wo:10"], None)
        assert keys("Asset", key_prefix="wo:") == ([], None)
        assert keys("Nonsense") == ([], None)
        assert keys(after="asset:3", limit=1) == (["asset:4"], "asset:4")

    def test_nodes_are_found_by_properties(self, store: Store) -> None:
        props = [
            {"status": "open", "priority": 1, "startedAt": "2026-01-05T00:00:00Z"},
            {"status": "closed", "priority": 2.5, "startedAt": "2026-02-01T00:00:00Z"},
            {"status": "open", "priority": 3, "isCritical": True, "tags": ["a", "b"]},
            {"status": "1", "priority": "1", "isCritical": False, "tags": ["c"]},
        ]
        load(
            store,
            "a",
            Batch(
                rows("x"),
                [NodeClaim(f"wo:{i}", "WorkOrder", 0, None, p) for i, p in enumerate(props)],
            ),
        )

        def found(**where: object) -> list[int]:
            nodes = store.find_nodes(["WorkOrder"], where).nodes  # type: ignore[arg-type]
            return [int(node.key[3:]) for node in nodes]

        assert found(status="open") == [0, 2]
        assert found(status="open", priority=3) == [2]
        assert found(status=["closed", "1"]) == [1, 3]
        assert found(status=[]) == []
        assert found(priority=1) == [0]
        assert found(priority=1.0) == [0]
        assert found(priority=True) == []
        assert found(isCritical=True) == [2]
        assert found(isCritical=1) == []
        assert found(tags="b") == [2]
        assert found(tags=["b", "c"]) == [2, 3]
        assert found(priority=Range(1, 3)) == [0, 1]
        assert found(priority=Range(at_least=2)) == [1, 2]
        assert found(priority=Range()) == [0, 1, 2, 3]
        assert found(priority=Range(below="2")) == [3]
        assert found(isCritical=Range(at_least=0)) == []
        assert found(startedAt=Range("2026-01", "2026-02")) == [0]
        assert found(nothing="x") == []
        page = store.find_nodes(["WorkOrder"], {"status": "open"}, limit=1)
        assert ([n.key for n in page.nodes], page.next_after) == (["wo:0"], "wo:0")

    def test_expansion_follows_relation_direction_and_order(self, store: Store) -> None:
        claims = [
            Claim("asset:B", "exhibits", "mode:x", 0, 0.5),
            Claim("asset:A", "exhibits", "mode:y", 0, 0.9),
            Claim("asset:A", "exhibits", "mode:x", 0, 0.7),
            Claim("asset:A", "hasComponent", "asset:B", 0, 0.7),
            Claim("asset:A", "hasComponent", "asset:A", 0, 0.6),
        ]
        load(store, "a", Batch(rows("x"), [], claims))

        def found(*keys: str, **how: object) -> list[str]:
            return [s.id for s in store.expand(keys, **how)]  # type: ignore[arg-type]

        a_x, a_y, b_x = (f"asset:{p}~exhibits~mode:{m}" for p, m in ("Ax", "Ay", "Bx"))
        a_a, a_b = "asset:A~hasComponent~asset:A", "asset:A~hasComponent~asset:B"
        assert found("asset:A") == [a_x, a_y, a_a, a_b]
        assert found("asset:A", predicates=["hasComponent"]) == [a_a, a_b]
        assert found("asset:A", predicates=[]) == []
        assert found("asset:A", predicates=["nonsense"]) == []
        assert found("mode:x", direction="in") == [a_x, b_x]
        assert found("mode:x") == []
        assert found("asset:A", "asset:B", direction="both") == [a_x, a_y, a_a, a_b, b_x]
        assert found("asset:A", limit_per_node=2) == [a_x, a_y]
        assert found("asset:A", "asset:B", limit_per_node=1) == [a_y, b_x]
        assert found("asset:A", direction="both", limit_per_node=1) == [a_y, a_a]
        assert found("asset:B", direction="both", limit_per_node=1) == [a_b, b_x]
        assert found() == []

    def test_views_choose_by_status_confidence_and_time(self, store: Store) -> None:
        claims = [
            leak(0.5, valid_from=100, valid_to=200),
            leak(0.4, valid_from=400, valid_to=500),
            Claim(*WEAR, 0, 0.9, "suggested"),
            Claim("cause:rust", "causes", "mode:leak", 0, 0.9, valid_from=300, valid_to=300),
            Claim("cause:age", "causes", "mode:leak", 0, 0.9, valid_from=300),
        ]
        load(store, "a", Batch(rows("x"), [], claims))

        def found(view: View) -> set[str]:
            out = {s.subject for s in store.expand(["mode:leak"], direction="in", view=view)}
            assert out == {key.subject for key in store.get_statements(keys, view)}
            groups = store.aggregate(["exhibits", "causes"], "subject", view=view)
            assert out == {group for group, _ in groups}
            reached = store.closure(
                ["mode:leak"], [("exhibits", "in"), ("causes", "in")], view=view
            )
            assert out == reached.keys() - {"mode:leak"}
            return out

        keys = [StatementKey(*claim[:3]) for claim in claims]
        pump, wear, rust, age = "asset:P-1", "cause:wear", "cause:rust", "cause:age"
        assert found(NOW) == {pump, rust, age}
        assert found(EVERY) == {pump, wear, rust, age}
        assert found(View(statuses=frozenset({Status.SUGGESTED}))) == {wear}
        assert found(View(statuses=frozenset())) == set()
        assert found(View(min_confidence=0.5)) == {pump, rust, age}
        assert found(View(min_confidence=0.51)) == {rust, age}
        assert found(View(valid_from=200, valid_to=400)) == {rust, age}
        assert found(View(valid_from=199, valid_to=200)) == {pump}
        assert found(View.at(499)) == {pump, age}
        assert found(View.at(500)) == {age}
        assert found(View.at(300)) == {rust, age}
        assert found(View.at(301)) == {age}
        assert found(View(valid_to=100)) == set()
        assert found(View(valid_from=450)) == {pump, age}
        statement = store.get_statements([LEAK], View.at(150))[LEAK]
        assert (statement.valid_from, statement.valid_to, statement.evidence_count) == (100, 500, 2)

    def test_aggregation_counts_statements(self, store: Store) -> None:
        claims = [
            Claim(f"wo:{i}", "reportedOn", f"asset:{'AAB'[i % 3]}", i % 2, 0.5) for i in range(6)
        ]
        claims += [
            Claim("asset:A", "exhibits", "mode:x", 0),
            Claim("wo:0", "exhibits", "mode:x", 0),
        ]
        load(store, "a", Batch(rows("x", "y"), [], claims))
        assert store.aggregate(["reportedOn"], "object") == [("asset:A", 4), ("asset:B", 2)]
        assert store.aggregate(["reportedOn"], "object", limit=1) == [("asset:A", 4)]
        assert store.aggregate(["reportedOn", "exhibits"], "predicate") == [
            ("reportedOn", 6),
            ("exhibits", 2),
        ]
        assert store.aggregate(
            ["reportedOn", "exhibits"], "subject", subjects=["wo:0", "wo:1", "no:such"]
        ) == [("wo:0", 2), ("wo:1", 1)]
        assert store.aggregate(["reportedOn"], "subject", objects=["asset:B"]) == [
            ("wo:2", 1),
            ("wo:5", 1),
        ]
        assert store.aggregate(["reportedOn"], "object", subjects=[]) == []
        assert store.aggregate(["nonsense"], "object") == []

    def test_closure_goes_as_far_as_asked(self, store: Store) -> None:
        chain = [Claim(f"unit:{i}", "madeOf", f"unit:{i + 1}", 0) for i in range(5)]
        chain += [
            Claim("unit:5", "madeOf", "unit:0", 0),
            Claim("unit:0", "madeOf", "lot:a", 0),
            Claim("unit:0", "madeOf", "lot:b", 0),
            Claim("asset:A", "exhibits", "lot:b", 0),
        ]
        load(store, "a", Batch(rows("x"), [], chain))
        out = [("madeOf", "out")]
        everything = {f"unit:{i}": i for i in range(6)} | {"lot:a": 1, "lot:b": 1}
        assert store.closure(["unit:0"], out) == everything  # type: ignore[arg-type]
        assert store.closure(["unit:0"], out, max_depth=1) == {  # type: ignore[arg-type]
            "unit:0": 0,
            "unit:1": 1,
            "lot:a": 1,
            "lot:b": 1,
        }
        assert store.closure(["unit:0"], out, max_depth=0) == {"unit:0": 0}  # type: ignore[arg-type]
        assert len(store.closure(["unit:0"], out, max_nodes=2)) == 4  # type: ignore[arg-type]
        assert store.closure(["lot:a"], [("madeOf", "in")], max_depth=2) == {
            "lot:a": 0,
            "unit:0": 1,
            "unit:5": 2,
        }
        both = store.closure(["lot:a", "no:such"], [("madeOf", "both"), ("exhibits", "in")])
        assert both["asset:A"] == 3
        assert both["unit:3"] == 4
        assert store.closure(["lot:a"], []) == {"lot:a": 0}

    def test_evidence_is_ordered_and_limited(self, store: Store) -> None:
        load(store, "a", Batch(rows("x", "y"), [], [leak(0.5), leak(0.9)._replace(passage=1)]), 1)
        load(store, "b", Batch(rows("x"), [], [leak(0.9)]), 2)
        evidence = store.evidence_of([LEAK, WEAR])
        assert evidence.keys() == {LEAK}
        assert [(e.document, e.confidence) for e in evidence[LEAK]] == [
            ("b", 0.9),
            ("a", 0.9),
            ("a", 0.5),
        ]
        limited = store.evidence_of([LEAK], limit_per_statement=2)
        assert limited[LEAK] == evidence[LEAK][:2]

    def test_claims_about_nodes_add_up(self, store: Store) -> None:
        load(
            store,
            "a",
            Batch(
                rows("x"),
                [
                    NodeClaim("asset:P", "Excavator", 0, "Digger", {"priority": 1}, 0.9),
                    NodeClaim(
                        "asset:P", "Asset", 0, "Bagger", {"priority": 2, "status": "ok"}, 0.5
                    ),
                ],
                [Claim("asset:P", "exhibits", "mode:leak", 0)],
            ),
            1,
        )
        load(store, "b", Batch(rows("x"), [NodeClaim("asset:P", "Crane", 0, "Digger")]), 2)
        assert store.get_nodes(["asset:P"])["asset:P"] == Node(
            "asset:P", "Crane", "Digger", {"priority": 1, "status": "ok"}, ("Bagger",)
        )
        told = [
            (s.cls, s.name, s.evidence.document) for s in store.sightings_of(["asset:P"])["asset:P"]
        ]
        assert told == [
            ("Crane", "Digger", "b"),
            ("Excavator", "Digger", "a"),
            ("Asset", "Bagger", "a"),
        ]
        store.remove_documents(["a"])
        assert store.get_nodes(["asset:P"])["asset:P"] == Node("asset:P", "Crane", "Digger")
        assert store.find_nodes(["FailureMode"]).nodes == []

    # -- search ------------------------------------------------------------------------------

    def test_search_finds_codes_words_and_two_character_chinese(self, store: Store) -> None:
        load(
            store,
            "a",
            Batch(
                rows("x"),
                [
                    NodeClaim(
                        "asset:P-101A", "Asset", 0, "Feed pump", {"description": "液压泵漏油"}
                    ),
                    NodeClaim("asset:P-101B", "Excavator", 0, "主泵", {"tags": ["Hydraulic"]}),
                    NodeClaim("asset:P-101A", "Asset", 0, "Speisepumpe", confidence=0.5),
                    NodeClaim("mode:leak", "FailureMode", 0, "Leakage", {"status": "hidden"}),
                    NodeClaim("unit:P-101A", "Unit", 0, "Feed pump"),
                ],
                [Claim("wo:77/2", "reportedOn", "asset:P-101A", 0)],
            ),
        )

        def keys(text: str, **how: object) -> set[str]:
            return set(searched(store, query_tokens(text), **how))  # type: ignore[arg-type]

        assert keys("p-101a") == {"asset:P-101A"}
        assert keys("P-101A feed") == {"asset:P-101A"}
        assert keys("101b") == {"asset:P-101B"}
        assert keys("77/2") == {"wo:77/2"}
        assert keys("FEED") == {"asset:P-101A"}
        assert keys("speisepumpe") == {"asset:P-101A"}
        assert keys("漏油") == {"asset:P-101A"}
        assert keys("主泵") == {"asset:P-101B"}
        assert keys("主泵 leakage") == {"asset:P-101B", "mode:leak"}
        assert keys("hydraulic") == {"asset:P-101B"}
        assert keys("hidden") == set()
        assert keys("feed pump 主泵", classes=["Excavator"]) == {"asset:P-101B"}
        assert keys("feed pump 主泵", classes=["Asset"]) == {"asset:P-101A", "asset:P-101B"}
        assert keys("feed", classes=["WorkOrder"]) == set()
        assert store.search_text([]) == []
        best, *_ = store.search_text(query_tokens("feed pump p-101a 主泵"))
        assert best.node.key == "asset:P-101A"
        assert len(store.search_text(query_tokens("pump 主泵 leakage"), limit=2)) == 2

    def test_what_is_called_so_is_found_before_what_tells_of_it(self, store: Store) -> None:
        told = [
            NodeClaim(f"wo:{n}", "WorkOrder", 0, f"order {n}", {"description": "leak, a leak"})
            for n in range(30)
        ]
        called = NodeClaim("mode:z", "FailureMode", 0, "leak at the rod seal of the main cylinder")
        load(store, "a", Batch(rows("x"), [*told, called], []))
        (best,) = store.search_text(query_tokens("leak"), limit=1)
        assert best.node.key == "mode:z"

    def test_fuzzy_search_forgives_typos(self, store: Store) -> None:
        load(
            store,
            "a",
            Batch(
                rows("x"),
                [
                    NodeClaim("mode:1", "FailureMode", 0, "hydraulic"),
                    NodeClaim("mode:2", "FailureMode", 0, "pump"),
                    NodeClaim("mode:3", "FailureMode", 0, "jam"),
                    NodeClaim("mode:4", "FailureMode", 0, "液压"),
                ],
                [],
            ),
        )

        def keys(token: str) -> set[str]:
            assert not searched(store, [token])
            return set(searched(store, [token], fuzzy=True))

        assert keys("hidraulik") == {"mode:1"}
        assert keys("hydrualic") == {"mode:1"}
        assert keys("hidralik") == set()
        assert keys("pmup") == {"mode:2"}
        assert keys("pumps") == {"mode:2"}
        assert keys("ump") == set()
        assert keys("pimps") == set()
        assert keys("jams") == {"mode:3"}
        assert keys("液体") == set()

    def test_the_text_index_follows_the_graph(self, store: Store) -> None:
        load(store, "a", Batch(rows("x"), [NodeClaim("mode:1", "FailureMode", 0, "old")]), 1)
        load(store, "a", Batch(rows("x"), [NodeClaim("mode:1", "FailureMode", 0, "new")]), 2)
        assert not searched(store, ["old"])
        assert searched(store, ["new"]).keys() == {"mode:1"}
        store.remove_run("run-2")
        assert searched(store, ["old"]).keys() == {"mode:1"}
        store.remove_documents(["a"])
        assert not searched(store, ["old"])
        assert not searched(store, ["1"])

    def test_a_changed_ontology_reclassifies_and_reindexes(self, source: Stores) -> None:
        store = source.new(SCHEMA)
        claims = [
            NodeClaim("unit:U1", "Unit", 0, "Golden unit"),
            NodeClaim("lot:L1", "MaterialLot", 0, "Golden lot"),
        ]
        load(store, "a", Batch(rows("x"), claims))
        assert searched(store, ["golden"]).keys() == {"lot:L1"}
        other = source.again(small_schema(bulk=frozenset({"MaterialLot"}), version="2"))
        other.ensure_schema(other.schema)
        assert searched(other, ["golden"]).keys() == {"unit:U1"}
        assert all_nodes(other, NOW) == all_nodes(store, NOW)

    # -- the past ----------------------------------------------------------------------------

    def test_the_past_stays_as_it_was(self, store: Store) -> None:
        load(store, "a", simple(), 1000)
        at_first = graph(store)
        store.decide([Decision(LEAK, Status.REJECTED, "me", 1500)])
        decided = graph(store)
        changed = Batch(
            [Passage("p0", "row:8", "P-1 leaks")],
            [NodeClaim("asset:P-1", "Crane", 0, "Lift")],
            [leak(0.8, start=4, end=9, extractor="text@1")],
        )
        load(store, "a", changed, 2000)

        def then(at: int) -> object:
            seen = graph(store, View(as_of=at, statuses=EVERY_STATUS))
            return {name: seen[name] for name in ("nodes", "statements", "incoming")}

        assert then(999) == {"nodes": {}, "statements": [], "incoming": []}
        for at, was in ((1000, at_first), (1499, at_first), (1500, decided), (1999, decided)):
            assert then(at) == {name: was[name] for name in ("nodes", "statements", "incoming")}
        now = graph(store)
        assert then(2000) == {name: now[name] for name in ("nodes", "statements", "incoming")}
        (before,) = store.evidence_of([WEAR], view=View(as_of=1999))[WEAR]
        assert before.retired == 2000
        place = store.evidence_of([LEAK], view=View(as_of=1999))[LEAK][0].place
        assert (place, store.evidence_of([LEAK])[LEAK][0].place) == ("row:1", "row:8")
        assert store.get_nodes(["asset:P-1"], View(as_of=1999))["asset:P-1"].name == "Feed pump"
        assert store.find_nodes(["Crane"], view=View(as_of=1999)).nodes == []
        assert store.sightings_of(["asset:P-1"], View(as_of=1999))["asset:P-1"][0].cls == "Asset"
        assert store.closure(["cause:wear"], [("causes", "out")], view=View(as_of=1999)) == {
            "cause:wear": 0,
            "mode:leak": 1,
        }
        assert store.aggregate(["causes"], "object", view=View(as_of=1999)) == [("mode:leak", 1)]

    # -- decisions and merges ----------------------------------------------------------------

    def test_the_latest_decision_holds(self, store: Store) -> None:
        load(store, "a", simple())
        decisions = [
            Decision(LEAK, Status.CONFIRMED, "ann", 10, "seen it"),
            Decision(LEAK, Status.REJECTED, "bob", 20),
            Decision(WEAR, Status.CONFIRMED, "ann", 15),
        ]
        store.decide(decisions)
        assert store.get_statements([LEAK]) == {}
        assert store.get_statements([LEAK], EVERY)[LEAK].status is Status.REJECTED
        assert store.decisions() == [decisions[0], decisions[2], decisions[1]]
        assert store.decisions([WEAR]) == [decisions[2]]
        store.decide([Decision(LEAK, None, "ann", 30)])
        assert store.get_statements([LEAK])[LEAK].status is Status.ACCEPTED
        store.decide([Decision(LEAK, Status.CONFIRMED, "late news", 25)])
        assert store.get_statements([LEAK])[LEAK].status is Status.ACCEPTED
        assert "asset:P-1" in store.get_nodes(["asset:P-1"])

    def test_a_decision_outlives_a_reload(self, store: Store) -> None:
        load(store, "a", simple(), 1)
        store.decide([Decision(LEAK, Status.REJECTED, "me", 2)])
        load(store, "a", Batch(rows("P-1 leaks"), [], [leak(0.99)]), 3)
        assert store.get_statements([LEAK]) == {}
        load(store, "a", Batch(rows("nothing"), [], []), 4)
        load(store, "a", simple(), 5)
        assert store.get_statements([LEAK]) == {}
        assert len(store.decisions()) == 1

    def test_deciding_on_what_is_not_there(self, store: Store) -> None:
        load(store, "a", simple())
        with pytest.raises(NotFound) as caught:
            store.decide(
                [
                    Decision(LEAK, Status.REJECTED, "me", 1),
                    Decision(StatementKey("no:such", "exhibits", "mode:leak"), None, "me", 1),
                ]
            )
        assert caught.value.ids == ("no:such~exhibits~mode:leak",)
        assert store.decisions() == []
        assert store.get_statements([LEAK])

    def test_a_merge_reads_two_as_one_and_can_be_undone(self, store: Store) -> None:
        load(store, "a", simple(), 1)
        batch = Batch(
            rows("y"),
            [NodeClaim("asset:P1", "Excavator", 0, "Pump one", {"priority": 1})],
            [
                Claim("asset:P1", "exhibits", "mode:leak", 0, 0.7),
                Claim("asset:P1", "exhibits", "mode:noise", 0, 0.7),
                Claim("wo:1", "reportedOn", "asset:P1", 0),
                Claim("asset:P1", "hasComponent", "asset:P-1", 0),
            ],
        )
        load(store, "b", batch, 2)
        apart = observe(store, tokens=["pump", "p1", "p-1"])
        merge = Merge("asset:P-1", "asset:P1", "me", 3, "same tag")
        store.merge([merge])
        assert store.merges() == [merge]
        node = store.get_nodes(["asset:P1", "asset:P-1"])
        assert node["asset:P1"] == node["asset:P-1"]
        assert node["asset:P1"].key == "asset:P-1"
        assert (node["asset:P1"].cls, node["asset:P1"].aliases) == ("Excavator", ("Feed pump",))
        noise = StatementKey("asset:P1", "exhibits", "mode:noise")
        assert store.get_statements([noise])[noise].subject == "asset:P-1"
        assert len(store.evidence_of([LEAK])[LEAK]) == 3
        assert store.get_statements([LEAK])[LEAK].confidence == 0.94
        loop = StatementKey("asset:P-1", "hasComponent", "asset:P-1")
        assert store.get_statements([loop])
        assert "asset:P1" not in all_nodes(store, NOW)
        assert searched(store, ["p1"]).keys() == {"asset:P-1"}
        assert [s.object for s in store.expand(["wo:1"])] == ["asset:P-1"]
        assert store.closure(["asset:P1"], [("exhibits", "out")])["mode:noise"] == 1
        with pytest.raises(Conflict):
            store.merge([Merge("asset:X", "asset:P1", "me", 4)])
        with pytest.raises(Conflict):
            store.merge([Merge("asset:P1", "asset:P-1", "me", 4)])
        with pytest.raises(Conflict):
            store.merge(
                [Merge("asset:X", "asset:Y", "me", 4), Merge("asset:Z", "asset:Z", "me", 4)]
            )
        store.unmerge("asset:P1")
        assert observe(store, tokens=["pump", "p1", "p-1"]) == apart
        with pytest.raises(NotFound):
            store.unmerge("asset:P1")

    def test_merges_chain_and_hold_for_later_loads(self, source: Stores) -> None:
        merges = [Merge("asset:B", "asset:A", "me", 1), Merge("asset:C", "asset:B", "me", 2)]
        claims = [
            Claim("asset:A", "exhibits", "mode:leak", 0, 0.5),
            Claim("asset:B", "exhibits", "mode:leak", 0, 0.6),
            Claim("asset:A", "hasComponent", "asset:B", 0),
        ]
        nodes = [
            NodeClaim("asset:A", "Asset", 0, "Alpha"),
            NodeClaim("asset:B", "Crane", 0, "Beta"),
        ]
        store = source.new(SCHEMA)
        store.merge(merges)
        load(store, "a", Batch(rows("x"), nodes, claims))
        first = observe(store, tokens=["alpha", "beta", "a", "b", "c"])
        assert list(all_nodes(store, NOW)) == ["asset:C", "mode:leak"]
        store = source.new(SCHEMA)
        load(store, "a", Batch(rows("x"), nodes, claims))
        store.merge(merges)
        assert observe(store, tokens=["alpha", "beta", "a", "b", "c"]) == first
        store.decide(
            [Decision(StatementKey("asset:A", "exhibits", "mode:leak"), Status.REJECTED, "me", 3)]
        )
        assert [s.status for s in store.expand(["asset:B"], ["exhibits"], view=EVERY)] == [
            Status.REJECTED
        ]
        store.unmerge("asset:B")
        assert list(all_nodes(store, NOW)) == ["asset:B", "mode:leak"]
        store.unmerge("asset:A")
        found = store.expand(["asset:A", "asset:B"], ["exhibits"], view=EVERY)
        assert [(s.subject, s.status) for s in found] == [
            ("asset:A", Status.REJECTED),
            ("asset:B", Status.ACCEPTED),
        ]
        store.remove_documents(["a"])
        assert store.merges() == []
        assert store.decisions() == []

    def test_a_merge_holds_for_what_is_loaded_after_it(self, store: Store) -> None:
        load(store, "a", Batch(rows("x"), [NodeClaim("asset:B", "Asset", 0)], [leak()]), 1)
        store.merge([Merge("asset:B", "asset:P-1", "me", 2)])
        load(store, "b", Batch(rows("y"), [NodeClaim("asset:P-1", "Crane", 0)], [leak(0.5)]), 3)
        assert [n.key for n in store.find_nodes(["Crane"]).nodes] == ["asset:B"]
        (found,) = store.expand(["asset:B"])
        assert (found.object, found.evidence_count, found.confidence) == ("mode:leak", 2, 0.9)
        assert store.count().nodes == {"Crane": 1, "FailureMode": 1}
        store.unmerge("asset:P-1")
        load(store, "c", Batch(rows("z"), [], [leak(0.6)]), 4)
        (found,) = store.expand(["asset:P-1"])
        assert (found.subject, found.evidence_count) == ("asset:P-1", 3)
        assert store.expand(["asset:B"]) == []

    # -- records and logs --------------------------------------------------------------------

    def test_records_are_kept_by_kind_and_key(self, store: Store) -> None:
        values = {"b": {"n": [1, 2.5, None, "液压"]}, "a": 1, "c": "text"}
        store.put_records("note", values)
        store.put_records("rejection", {"a": True, "z": None}, document="d")
        assert list(store.get_records("note").items()) == [
            ("a", 1),
            ("b", values["b"]),
            ("c", "text"),
        ]
        assert store.get_records("note", keys=["c", "nope"]) == {"c": "text"}
        assert store.get_records("note", after="a", limit=1) == {"b": values["b"]}
        assert store.get_records("rejection", document="d") == {"a": True, "z": None}
        assert store.get_records("rejection", document="e") == {}
        store.put_records("rejection", {"a": False}, document="e")
        assert store.get_records("rejection", document="d") == {"z": None}
        assert store.drop_records("rejection", document="e") == 1
        assert store.drop_records("note", keys=["a", "b", "nope"]) == 2
        assert store.drop_records("note") == 1
        assert store.get_records("rejection") == {"z": None}

    def test_a_log_is_a_chain(self, source: Stores) -> None:
        store = source.new(SCHEMA)
        entries = [store.append_log("audit", {"do": i, "液": "压"}, 100 + i) for i in range(3)]
        store.append_log("other", {}, 1)
        assert source.again(SCHEMA).read_log("audit") == entries
        assert store.read_log("audit", after=1) == entries[1:]
        assert store.read_log("audit", after=1, limit=1) == entries[1:2]
        assert store.read_log("none") == []
        previous = FIRST_PREVIOUS
        for seq, entry in enumerate(entries, 1):
            assert (entry.seq, entry.previous) == (seq, previous)
            assert entry.hash == entry_hash(previous, seq, entry.at, entry.payload)
            previous = entry.hash

    def test_a_log_has_no_forks_under_many_writers(self, source: Stores) -> None:
        store = source.new(SCHEMA)
        other = source.again(SCHEMA)

        def append(by: Store, name: str) -> None:
            for i in range(10):
                by.append_log("audit", {"who": name, "n": i}, i)

        threads = [
            threading.Thread(target=append, args=(by, f"{n}"))
            for n, by in enumerate((store, store, other))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        entries = store.read_log("audit")
        assert [entry.seq for entry in entries] == list(range(1, 31))
        for before, entry in pairwise(entries):
            assert entry.previous == before.hash

    # -- edges in bulk -----------------------------------------------------------------------

    def test_edges_in_bulk_are_the_believed_statements(self, store: Store) -> None:
        if not isinstance(store, ReadsEdges):
            pytest.skip("this store has no edges in bulk")
        assert told_edges(store) == believed_edges(store) == []
        revision = store.revision()
        batch = simple()
        batch.claims.append(leak(valid_from=5, valid_to=9, extractor="another"))
        load(store, "a", batch, 1000)
        assert told_edges(store) == believed_edges(store) != []
        assert store.revision() > revision
        revisions = [store.revision()]
        for change in (
            lambda: store.decide([Decision(LEAK, Status.REJECTED, "me", 1)]),
            lambda: load(store, "b", simple(), 1500),
            lambda: store.merge([Merge("asset:P-1", "cause:wear", "me", 1)]),
            lambda: store.unmerge("cause:wear"),
            lambda: store.remove_documents(["b"]),
            lambda: store.decide([Decision(LEAK, None, "me", 2)]),
            lambda: load(store, "a", Batch(rows("nothing")), 2000),
        ):
            before = {row[0]: row for row in bulk_edges(store)}
            change()
            assert told_edges(store) == believed_edges(store)
            now = {row[0]: row for row in bulk_edges(store)}
            changed = store.changed_edges(revisions[-1])
            if changed is not None:
                touched = {n for n in before.keys() | now.keys() if before.get(n) != now.get(n)}
                assert touched <= set(changed.statements)
                some = [r for part in store.edges(BULK, changed.statements) for r in part]
                assert {r[0]: r for r in some} == {
                    n: now[n] for n in changed.statements if n in now
                }
            revisions.append(store.revision())
        assert revisions == sorted(revisions)
        assert told_edges(store) == []
        assert store.numbers_of(["asset:nobody"]) == {}

    # -- exchange ----------------------------------------------------------------------------

    def test_a_dump_replayed_makes_an_equal_store(self, source: Stores) -> None:
        store = source.new(SCHEMA)
        load(store, "a", simple(), 1000)
        load(store, "b", simple(), 1500)
        changed = simple()
        changed.passages[0] = changed.passages[0]._replace(place="row:9")
        del changed.claims[1]
        load(store, "a", changed, 2000)
        store.merge([Merge("asset:P-1", "cause:wear", "me", 1)])
        store.unmerge("cause:wear")
        unfinished = store.begin_load(document("c"), Run("r", 3000), resumable=True)
        unfinished.write(simple(), checkpoint="half")
        dumps = [(dump.version, list(dump.batches)) for dump in store.dump()]
        before, text = observe(store, as_of=[1000, 1500, 2000]), dumped(store)
        store = source.new(SCHEMA)
        for version, batches in dumps:
            session = store.begin_load(version.document, version.run, resumable=True)
            for batch in batches:
                session.write(batch, checkpoint=version.checkpoint)
            if version.is_complete:
                session.finish()
        assert dumped(store) == text
        assert observe(store, as_of=[1000, 1500, 2000]) == before
