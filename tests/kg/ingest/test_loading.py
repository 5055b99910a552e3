from collections.abc import Iterator

import pytest

from kg.ingest import (
    CONCEPTS,
    REJECTED,
    Loader,
    concept_chunks,
    concept_document,
    rejection_from_record,
)
from kg.model import (
    EVERY_STATUS,
    Batch,
    Chunk,
    Claim,
    Conflict,
    Document,
    MassRemoval,
    NodeClaim,
    Passage,
    Rejection,
    Run,
    StatementKey,
    UnreadableFile,
    View,
    passage_key,
)
from kg.resolution import NameResolver
from kg.store import open_store
from ontology import load_gate, load_schema

SCHEMA = load_schema()
GATE = load_gate()
RUN = Run("run1", 1_000)


@pytest.fixture
def store(tmp_path):
    store = open_store(str(tmp_path / "plant.db"), SCHEMA)
    store.ensure_schema(SCHEMA)
    yield store
    store.close()


@pytest.fixture
def loader(store):
    return Loader(store, GATE, NameResolver(SCHEMA))


def _row(number: int, *claims: Claim, nodes: tuple[NodeClaim, ...] = ()) -> Chunk:
    text = f"row {number}"
    return Chunk(
        Batch([Passage(passage_key(text), f"row:{number}", text)], list(nodes), list(claims)),
        checkpoint=str(number),
        rows=1,
    )


def _order(number: int, asset: str = "P-1", cost: float = 1.0) -> Chunk:
    order = f"wo:WO-{number}"
    return _row(
        number,
        Claim(order, "reportedOn", f"asset:{asset}", 0, extractor="table:t@1"),
        nodes=(NodeClaim(order, "WorkOrder", 0, None, {"cost": cost}, 1.0, "table:t@1"),),
    )


def _document(sha: str = "a", key: str = "orders.csv") -> Document:
    return Document(key, sha, "recipe")


def _from(*chunks: Chunk):
    """The chunks after the checkpoint, each with a batch of its own, as a reader yields them."""

    def open_chunks(checkpoint: str | None) -> Iterator[Chunk]:
        for chunk in chunks:
            if checkpoint is None or int(chunk.checkpoint or 0) > int(checkpoint):
                batch = Batch(
                    list(chunk.batch.passages), list(chunk.batch.nodes), list(chunk.batch.claims)
                )
                yield Chunk(batch, list(chunk.rejections), [], chunk.checkpoint, chunk.rows)

    return open_chunks


def test_what_is_read_is_stored_and_counted(loader, store):
    report = loader.load(_document(), _from(_order(1), _order(2)), RUN)
    assert (report.rows, report.claims_stored, report.claims_rejected) == (2, 4, 0)
    assert report.changes.statements_added == 2
    assert [s.object for s in store.expand(["wo:WO-1"])] == ["asset:P-1"]


def test_a_row_that_breaks_a_rule_is_refused_whole_and_kept(loader, store):
    broken = _row(
        3,
        Claim("wo:WO-3", "reportedOn", "asset:P-1", 0, extractor="table:t@1"),
        Claim("wo:WO-3", "reportedOn", "mode:Leakage", 0, extractor="table:t@1"),
        nodes=(NodeClaim("wo:WO-3", "WorkOrder", 0, None, {"cost": 2.0}, 1.0, "table:t@1"),),
    )
    report = loader.load(_document(), _from(_order(1), broken, _order(2)), RUN)
    assert report.rejected.total == 1
    assert report.claims_stored + report.claims_rejected == 7
    assert store.get_nodes(["wo:WO-3"]) == {}
    assert set(store.get_nodes(["wo:WO-1", "wo:WO-2"])) == {"wo:WO-1", "wo:WO-2"}
    (record,) = store.get_records(REJECTED, document="orders.csv").values()
    rejection = rejection_from_record(record)
    assert rejection.place == "row:3"
    assert rejection.reason


def test_a_row_with_an_impossible_probability_is_refused_with_its_place(loader, store):
    claims = [
        Claim("cause:seal worn", "causes", "mode:leak", 0, props={"probability": value})
        for value in (0.4, 1.7)
    ]
    rows = [_row(number, claim) for number, claim in enumerate(claims, 1)]
    report = loader.load(_document(key="fmea.xlsx"), _from(*rows), RUN)
    assert (report.claims_stored, report.claims_rejected) == (1, 1)
    (record,) = store.get_records(REJECTED, document="fmea.xlsx").values()
    rejection = rejection_from_record(record)
    assert rejection.place == "row:2"
    assert rejection.reason.endswith(": probability must be at most 1, not 1.7.")


def test_a_candidate_from_text_that_breaks_a_rule_leaves_the_rest_of_its_sentence(loader, store):
    sentence = _row(
        1,
        Claim("wo:WO-1", "reportedOn", "asset:P-1", 0, extractor="table:t@1"),
        Claim("asset:P-1", "consumed", "mode:Leakage", 0, extractor="lexicon@1"),
    )
    report = loader.load(_document(), _from(sentence), RUN)
    assert (report.claims_stored, report.claims_rejected) == (1, 1)
    assert list(store.get_records(REJECTED))
    everything = View(statuses=EVERY_STATUS)
    assert not store.get_statements(
        [StatementKey("asset:P-1", "consumed", "mode:Leakage")], everything
    )


def test_the_same_content_is_not_read_twice(loader, store):
    loader.load(_document(), _from(_order(1)), RUN)

    def never(checkpoint):
        raise AssertionError("the reader was opened")

    assert loader.load(_document(), never, Run("run2", 2_000)).unchanged
    assert loader.load(_document(key="copy.csv"), never, RUN).duplicate_of == "orders.csv"
    assert len(store.versions()) == 1


def test_a_changed_document_applies_the_difference(loader, store):
    loader.load(_document("a"), _from(_order(1), _order(2)), RUN)
    report = loader.load(_document("b"), _from(_order(2), _order(3)), Run("run2", 2_000))
    assert report.changes.statements_added == 1
    assert report.changes.statements_removed == 1
    assert set(store.get_nodes(["wo:WO-1", "wo:WO-2", "wo:WO-3"])) == {"wo:WO-2", "wo:WO-3"}
    assert "wo:WO-1" in store.get_nodes(["wo:WO-1"], View(as_of=1_500))


def test_a_reader_that_fails_half_way_leaves_nothing(loader, store):
    def breaks(checkpoint):
        yield from _from(_order(1))(checkpoint)
        yield Chunk(
            Batch(), [Rejection("orders.csv", "row:2", "Row 2 has no asset.", "missing-asset")]
        )
        raise UnreadableFile("orders.csv ends in the middle of row 3; ask for a whole copy.")

    with pytest.raises(UnreadableFile, match="row 3"):
        loader.load(_document(), breaks, RUN)
    assert store.versions() == []
    assert store.count().statements == {}
    assert store.get_records(REJECTED) == {}


def test_an_interrupted_load_goes_on_after_the_last_stored_chunk(loader, store):
    def interrupted(checkpoint):
        yield from _from(_order(1))(checkpoint)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        loader.load(_document(), interrupted, RUN)
    seen: list[str | None] = []

    def resumed(checkpoint):
        seen.append(checkpoint)
        yield from _from(_order(1), _order(2))(checkpoint)

    report = loader.load(_document(), resumed, Run("run2", 2_000))
    assert seen == ["1"]
    assert report.rows == 1
    assert set(store.get_nodes(["wo:WO-1", "wo:WO-2"])) == {"wo:WO-1", "wo:WO-2"}
    assert [v.is_complete for v in store.versions()] == [True]


def test_a_reload_that_would_take_most_away_asks_first(loader, store):
    loader.load(_document("a"), _from(*(_order(n) for n in range(1, 11))), RUN)
    with pytest.raises(MassRemoval):
        loader.load(_document("b"), _from(_order(1)), Run("run2", 2_000), max_retired_share=0.5)
    assert len(store.get_nodes([f"wo:WO-{n}" for n in range(1, 11)])) == 10
    assert [v.document.sha256 for v in store.versions()] == ["a"]


def test_a_dry_run_says_what_would_change_and_changes_nothing(loader, store):
    loader.load(_document("a"), _from(_order(1), _order(2)), RUN)
    chunks = _from(_order(2), _order(3, cost=-5.0))
    dry = loader.load(_document("b"), chunks, Run("run2", 2_000), dry_run=True)
    assert "wo:WO-3" not in store.get_nodes(["wo:WO-3"])
    assert len(store.versions()) == 1
    real = loader.load(_document("b"), chunks, Run("run2", 2_000))
    assert dry.changes == real.changes
    assert dry.findings.counts == real.findings.counts


def test_concepts_are_found_by_every_name_and_shown_by_their_label(loader, store):
    document = concept_document(SCHEMA)
    report = loader.load(document, lambda _: concept_chunks(SCHEMA), RUN)
    assert report.rejected.total == 0
    concept = next(c for c in SCHEMA.concepts.values() if c.words.alt.get("zh"))
    node = store.get_nodes([concept.key])[concept.key]
    assert node.name == concept.words.in_language("en")
    assert set(concept.words.alt["zh"]) <= set(node.aliases)
    store.remove_documents([CONCEPTS])
    assert store.count().nodes == {}


def test_names_in_claims_become_the_concepts_they_mean(loader, store):
    concept = next(c for c in SCHEMA.concepts.values() if c.cls == "FailureMode")
    written = f"mode:{concept.words.label['zh']}"
    claim = Claim("wo:WO-1", "observed", written, 0, extractor="table:t@1")
    order = Claim("wo:WO-1", "reportedOn", "asset:P-1", 0, extractor="table:t@1")
    loader.load(_document(), _from(_row(1, order, claim)), RUN)
    assert [s.object for s in store.expand(["wo:WO-1"], ["observed"])] == [concept.key]


def _located(number: int, place: str, **more: object) -> Chunk:
    claim = Claim("asset:P-1", "locatedIn", f"location:{place}", 0, extractor="table:t@1")
    return _row(number, claim._replace(**more))


def test_loading_a_row_with_a_wrong_qualifier_is_refused(loader, store):
    part = Claim("asset:P-1", "hasComponent", "component:frobnicator", 0, extractor="table:t@1")
    bad = _row(2, part._replace(props={"quantity": "two"}))
    good = _row(1, part._replace(props={"quantity": 2}))
    report = loader.load(_document(), _from(good, bad), RUN)
    assert report.rejected.counts == {"datatype:quantity": 1}
    assert "which is not a number" in report.rejected.examples["datatype:quantity"][0][1]
    ((_, statement),) = store.get_statements(
        [StatementKey("asset:P-1", "hasComponent", "component:frobnicator")]
    ).items()
    assert (statement.evidence_count, statement.props) == (1, {"quantity": 2})


def test_loading_a_row_that_says_two_of_one_at_a_time_is_refused(loader, store):
    claims = [
        Claim("asset:P-1", "locatedIn", f"location:{place}", 0, extractor="table:t@1")
        for place in ("HALL 1", "HALL 2")
    ]
    report = loader.load(_document(), _from(_row(1, *claims), _located(2, "HALL 3")), RUN)
    assert report.rejected.counts == {"functional:locatedIn": 1}
    assert [s.object for s in store.expand(["asset:P-1"])] == ["location:HALL 3"]


def test_loading_documents_that_contradict_each_other_are_told_of(loader):
    loader.load(_document(), _from(_located(1, "HALL 1")), RUN)
    other = loader.load(_document("b", "other.csv"), _from(_located(1, "HALL 2")), RUN)
    assert other.rejected.total == 0
    assert other.findings.counts == {"functional:locatedIn": 1}
    ((place, sentence),) = other.findings.examples["functional:locatedIn"]
    assert place == "row:1"
    assert "HALL 1" in sentence


def test_loading_a_document_may_change_its_mind(loader):
    loader.load(_document(), _from(_located(1, "HALL 1")), RUN)
    changed = loader.load(_document("b"), _from(_located(1, "HALL 2")), RUN)
    assert changed.findings.total == 0


def test_loading_one_at_a_time_may_follow_another(loader):
    first = _located(1, "HALL 1", valid_from=1_000, valid_to=2_000)
    second = _located(2, "HALL 2", valid_from=2_000)
    report = loader.load(_document(), _from(first, second), RUN)
    assert (report.findings.total, report.rejected.total) == (0, 0)


def test_loading_what_another_process_finishes_first_is_given_up_without_a_trace(
    loader, store, tmp_path
):
    other = open_store(str(tmp_path / "plant.db"), SCHEMA)
    refused = Rejection("orders.csv", "row:9", "bad", "bad", {"a": "b"}, "recipe")

    def overtaken(_checkpoint):
        yield _order(1)
        quicker = Loader(other, GATE, NameResolver(SCHEMA))
        rejecting = _order(9)
        rejecting.rejections.append(refused)
        quicker.load(_document(), _from(_order(1), _order(2), rejecting), RUN)
        yield _order(2)

    with pytest.raises(Conflict, match="another program began to read"):
        loader.load(_document(), overtaken, RUN)
    other.close()
    (version,) = store.versions("orders.csv")
    assert version.is_complete
    assert {s.subject for s in store.expand(["asset:P-1"], None, "in")} == {
        "wo:WO-1", "wo:WO-2", "wo:WO-9"
    }  # fmt: skip
    assert len(store.get_records(REJECTED)) == 1
