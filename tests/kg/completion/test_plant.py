"""Suggestions, doubts and decisions on a small plant, on more than one store."""

from __future__ import annotations

import pytest

pytest.importorskip("torch_geometric")

from kg.completion.acceptance import acceptance_report, decided_suggestions
from kg.completion.doubts import doubt_statements
from kg.completion.learning import Learned, learn_plant
from kg.completion.plant import PlantGraph, read_plant
from kg.completion.suggesting import suggest_links, write_suggestions
from kg.model import Decision, Run, StatementKey, Status
from kg.model.errors import BadInput
from kg.store.protocol import Store
from tests.kg.plants import Facts, at, schema

MISSING = {("asset:P-7", "mode:B1"), ("asset:P-14", "mode:A1"), ("asset:P-30", "mode:A2")}
WRONG = StatementKey("asset:P-5", "exhibits", "mode:A0")


def pumps() -> Facts:
    """Forty assets of two classes; each exhibits the four modes of its class, but for three."""
    facts = Facts()
    for number in range(40):
        cls = "AB"[number % 2]
        asset = f"asset:P-{number}"
        facts.node(asset, "Asset", f"P-{number}")
        facts.node(f"class:{cls}", "AssetClass", cls)
        facts.say(asset, "ofClass", f"class:{cls}")
        for mode in range(4):
            if (asset, f"mode:{cls}{mode}") not in MISSING:
                facts.node(f"mode:{cls}{mode}", "FailureMode", f"Mode {cls}{mode}")
                facts.say(asset, "exhibits", f"mode:{cls}{mode}")
    facts.say(*WRONG, confidence=0.6)
    return facts


@pytest.fixture(scope="module")
def learnt() -> tuple[PlantGraph, Learned, list[int]]:
    from tests.oracle import MemoryStore

    store = MemoryStore(schema())
    pumps().load(store)
    plant = read_plant(store)
    asked = plant.askable(["exhibits"])
    return plant, learn_plant(plant, asked, precision=0.5, epochs=6), asked


def test_the_missing_links_come_first_and_are_explained(
    any_store: Store, learnt: tuple[PlantGraph, Learned, list[int]]
) -> None:
    plant, learned, asked = learnt
    pumps().load(any_store)
    found = suggest_links(any_store, plant, learned, asked, limit=3, min_probability=0.0)
    assert {(one.key.subject, one.key.object) for one in found} == MISSING
    for one in found:
        assert 0 < one.probability < 1
        assert one.sentence.zh
        assert one.paths
        for path in one.paths:
            assert path.sentence.en
            assert all(statement.evidence for statement in path.statements)
    report = learned.reports[0]
    assert report.mrr > report.control_mrr


def test_suggestions_wait_and_can_be_taken_back(
    any_store: Store, learnt: tuple[PlantGraph, Learned, list[int]]
) -> None:
    plant, learned, asked = learnt
    pumps().load(any_store)
    before = dict(any_store.count().statements)
    found = suggest_links(any_store, plant, learned, asked, limit=3, min_probability=0.0)
    run = Run("run-c", at("2026-07-01"))
    assert write_suggestions(any_store, found, run, dry_run=True).statements_added == 3
    assert dict(any_store.count().statements) == before
    write_suggestions(any_store, found, run)
    from kg.review import waiting

    assert {s.key for s in waiting(any_store)} == {one.key for one in found}
    again = suggest_links(any_store, plant, learned, asked, limit=3, min_probability=0.0)
    assert not {one.key for one in again} & {one.key for one in found}
    any_store.remove_run("run-c")
    assert dict(any_store.count().statements) == before


def test_what_was_rejected_does_not_come_back_and_is_learnt_from(
    any_store: Store, learnt: tuple[PlantGraph, Learned, list[int]]
) -> None:
    plant, learned, asked = learnt
    pumps().load(any_store)
    found = suggest_links(any_store, plant, learned, asked, limit=3, min_probability=0.0)
    write_suggestions(any_store, found, Run("run-c", at("2026-07-01")))
    no, yes = found[0].key, found[1].key
    any_store.decide(
        [
            Decision(no, Status.REJECTED, "eva", at("2026-07-02")),
            Decision(yes, Status.CONFIRMED, "eva", at("2026-08-02")),
        ]
    )
    assert decided_suggestions(any_store) == {no: False, yes: True}
    report = acceptance_report(any_store)
    assert [(a.month, a.confirmed, a.rejected) for a in report] == [
        ("2026-07", 0, 1),
        ("2026-08", 1, 0),
    ]
    later = read_plant(any_store)
    assert yes.object in later.graph.entities
    again = suggest_links(any_store, later, learned, asked, limit=50, min_probability=0.0)
    assert not {one.key for one in again} & {no, yes}


def test_the_planted_wrong_statement_is_doubted_most(
    any_store: Store, learnt: tuple[PlantGraph, Learned, list[int]]
) -> None:
    plant, learned, asked = learnt
    pumps().load(any_store)
    doubts = doubt_statements(any_store, plant, learned.network, asked, limit=5)
    assert doubts[0].statement.id == WRONG.id
    assert any("confidence" in reason.en for reason in doubts[0].reasons)
    any_store.decide([Decision(WRONG, Status.CONFIRMED, "eva", at("2026-07-02"))])
    after = doubt_statements(any_store, plant, learned.network, asked, limit=5)
    assert WRONG.id not in {one.statement.id for one in after}


def test_only_what_the_ontology_allows_is_a_candidate(
    learnt: tuple[PlantGraph, Learned, list[int]],
) -> None:
    plant, _, asked = learnt
    allowed = plant.allowed[asked[0]]
    assert {plant.classes[at] for at, fits in enumerate(allowed) if fits} == {"FailureMode"}


def test_too_little_to_learn_from_is_one_sentence(any_store: Store) -> None:
    with pytest.raises(BadInput, match="no accepted statements"):
        read_plant(any_store)
    Facts().say("asset:A", "exhibits", "mode:x").load(any_store)
    plant = read_plant(any_store)
    with pytest.raises(BadInput, match="exhibits has 1 statements"):
        plant.askable(["exhibits"])
    with pytest.raises(BadInput, match="No relation has enough"):
        learn_plant(plant, plant.askable())
