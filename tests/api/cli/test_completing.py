"""`gemba complete` on a small plant."""

from __future__ import annotations

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
    assert told["relations"][0]["relation"] == "exhibits"
    assert orjson.loads(gemba("review", "list", "--json").out) == []
    written = gemba(*asked, "--limit", "2")
    assert written.code == 0
    assert "because" in gemba("review", "list").out
    assert "Nobody has decided" in gemba("complete", "report").out


def test_what_cannot_be_learnt_is_one_sentence(gemba: Gemba) -> None:
    load_pumps()
    ran = gemba("complete", "--relation", "monitors")
    assert ran.code == 2
    assert "monitors has 0 statements" in ran.err
    assert gemba("complete", "--precision", "1.5").code == 2
    assert gemba("complete", "--relation", "noSuchThing").code != 0
