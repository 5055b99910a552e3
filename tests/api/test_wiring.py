"""Putting the parts together."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.settings import Settings
from api.wiring import Plant, load_plant, open_plant
from extraction.text import EXTRACTORS
from kg.ingest import CONCEPTS
from kg.model import OntologyError, StoreUnavailable
from kg.narration import name_node


def test_plant_loads_concepts_once(plant: Plant) -> None:
    report = plant.load_concepts("tester")
    assert report is not None
    assert report.changes.nodes_added > 100
    assert plant.load_concepts("tester") is None
    (version,) = plant.store.versions(CONCEPTS)
    assert version.run.by == "tester"
    leak = plant.store.get_nodes(["mode:Leakage"])["mode:Leakage"]
    assert "泄漏" in {leak.name, *leak.aliases}


def test_plant_knows_common_failures_before_it_has_read_anything(plant: Plant) -> None:
    plant.load_concepts("tester")
    documents = [v.document.key for v in plant.store.versions()]
    assert {"gemba:library/composition.csv", "gemba:library/knowledge.csv"} <= set(documents)
    assert not plant.store.get_records("rejected")
    gear = plant.store.get_nodes(["tool:LIFTING GEAR"])["tool:LIFTING GEAR"]
    label = name_node(plant.schema, gear).label
    assert (label.en, label.zh) == ("lifting gear", "起重吊具")
    behind = {s.subject for s in plant.store.expand(["mode:Leakage"], ["causes"], "in")}
    assert {"cause:SealWear", "cause:LooseFastener"} <= behind
    plant.load_concepts("tester")
    assert [v.document.key for v in plant.store.versions()] == documents


def test_plant_reads_texts_with_every_extractor(plant: Plant) -> None:
    names = [extractor.name for extractor in plant.text_extractors]
    assert len(names) == len(EXTRACTORS) == len(set(names))


def test_plant_gives_each_run_its_id(plant: Plant) -> None:
    runs = {plant.new_run("tester").id for _ in range(20)}
    assert len(runs) == 20


def test_plant_closes_its_store(tmp_path: Path) -> None:
    with open_plant(Settings(store=str(tmp_path / "a.db"))) as plant:
        plant.store.count()
    with pytest.raises(StoreUnavailable):
        plant.store.count()


def test_plant_of_a_wrong_ontology_is_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.ttl"
    wrong.write_text("this is no Turtle", encoding="utf-8")
    settings = Settings(store=str(tmp_path / "a.db"), ontology=(wrong,))
    with pytest.raises(OntologyError, match=r"wrong\.ttl"):
        load_plant(settings)
    assert not (tmp_path / "a.db").exists()


def test_plant_of_a_server_that_is_down_is_unavailable() -> None:
    with pytest.raises(StoreUnavailable):
        load_plant(Settings(store="bolt://127.0.0.1:1"))
