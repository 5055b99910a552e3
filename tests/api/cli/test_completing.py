"""`gemba complete` on a small plant."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from api.settings import Settings
from api.wiring import open_plant
from tests.api.cli.conftest import Gemba


def load_pumps() -> None:
    from tests.kg.completion.test_plant import pumps

    with open_plant(Settings()) as plant:
        pumps().load(plant.store)


def test_suggestions_are_written_for_review(gemba: Gemba) -> None:
    pytest.importorskip("torch_geometric")
    load_pumps()
    asked = ("complete", "--relation", "exhibits", "--epochs", "3", "--min-probability", "0")
    tried = gemba(*asked, "--limit", "2", "--dry-run", "--json")
    assert tried.code == 0, tried.err
    told = orjson.loads(tried.out)
    assert len(told["suggestions"]) == 2
    assert told["written"] == 0
    assert all(one["effect"]["zh"] for one in told["suggestions"])
    assert told["relations"][0]["relation"] == "exhibits"
    assert orjson.loads(gemba("review", "list", "--json").out) == []
    written = gemba(*asked, "--limit", "2")
    assert written.code == 0
    assert "      → Accepting it" in written.out
    listed = gemba("review", "list").out
    assert "because" in listed
    assert listed.count("      → Accepting it") == 2
    assert "→" not in gemba("review", "list", "--no-effects").out
    for one in orjson.loads(gemba("review", "list", "--json").out):
        assert one["effect"]["statement"] == one["id"]
    assert "Nobody has decided" in gemba("complete", "report").out


def test_a_kept_model_suggests_the_same_and_scores_a_new_asset(
    gemba: Gemba, tmp_path: Path
) -> None:
    pytest.importorskip("torch_geometric")
    from tests.kg.completion.test_plant import pumps

    load_pumps()
    model = tmp_path / "model.pt"
    asked = ("complete", "--relation", "exhibits", "--min-probability", "0", "--dry-run", "--json")
    asked = (*asked, "--limit", "60", "--model", str(model))
    first = gemba(*asked, "--epochs", "2")
    assert first.code == 0, first.err
    kept = model.read_bytes()
    again = gemba(*asked)
    assert "scoring with the model" in again.err
    assert "epoch" not in again.err
    assert orjson.loads(again.out) == orjson.loads(first.out)
    with open_plant(Settings()) as plant:
        facts = pumps()
        facts.node("asset:P-new", "Asset", "P-new")
        facts.say("asset:P-new", "ofClass", "class:A")
        facts.load(plant.store)
    told = orjson.loads(gemba(*asked, "--limit", "300").out)["suggestions"]
    assert "asset:P-new" in {one["subject"] for one in told}
    assert model.read_bytes() == kept
    refused = gemba("complete", "--relation", "monitors", "--model", str(model))
    assert refused.code == 2
    assert "was not learnt for monitors" in refused.err
    model.write_bytes(kept[:100])
    assert "delete it to learn anew" in gemba(*asked).err


def test_a_model_of_another_ontology_version_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("torch_geometric")
    from kg.completion.keeping import keep, recall
    from kg.completion.learning import Learned
    from kg.completion.paths.model import PathNetwork, PathOptions
    from kg.model import BadInput
    from tests.contracts.link_model_contract import grandparents

    network = PathNetwork(PathOptions(epochs=1))
    split = grandparents(3, 0)
    network.fit(split.graph, split.valid)
    keep(Learned(network, {}, (), 0.8), ["childOf"], "ontology version 1", tmp_path / "m.pt")
    learned, asked = recall(tmp_path / "m.pt", "ontology version 1")
    assert (asked, learned.precision) == (["childOf"], 0.8)
    with pytest.raises(BadInput, match="version 1, and this plant has ontology version 2"):
        recall(tmp_path / "m.pt", "ontology version 2")


def test_what_cannot_be_learnt_is_one_sentence(gemba: Gemba) -> None:
    load_pumps()
    ran = gemba("complete", "--relation", "monitors")
    assert ran.code == 2
    assert "monitors has 0 statements" in ran.err
    assert gemba("complete", "--precision", "1.5").code == 2
    assert gemba("complete", "--relation", "noSuchThing").code != 0
