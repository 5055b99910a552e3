"""Writes `api/http/examples.json`: what the service answers on the small plant.

Run it after an answer changed its shape: `python -m tests.api.http.make_examples`.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

import api.http
from api.http import create_app
from api.settings import Settings
from api.wiring import open_plant
from tests.api.http.press_shop import measured_press_shop
from tests.api.small_plant import load_small_plant
from tests.kg.diagnosis.test_rules import plant as plant_with_a_rule
from tests.kg.investigation.test_drifting import plant as plant_that_drifts
from tests.kg.plants import Facts

LEAK = "asset:EX-12~exhibits~mode:Leakage"
QUESTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "search": ("search", {"q": "漏油", "limit": 1}),
    "why": ("why", {"asset": "EX-12", "symptom": "leaking", "limit": 1}),
    "ask": ("ask", {"q": "EX-12 漏油怎么办", "limit": 1}),
    "reliability": ("reliability", {"what": "EX-12"}),
    "trace": ("trace", {"item": "SN-1", "depth": 1, "evidence": 1}),
    "timeline": ("timeline", {"thing": "EX-12", "limit": 1}),
    "investigate": ("investigate", {"what": "SN-1", "events": 1}),
    "affected": ("affected", {"thing": "WO-1"}),
    "list_statements_of_node": ("nodes/EX-12/statements", {"limit": 1, "evidence": 1}),
    "get_statement": (f"statements/{LEAK}", {"evidence": 1}),
    "get_node": ("nodes/EX-12", {}),
    "list_waiting": ("review/statements", {"limit": 1}),
    "tell_effects": ("review/effects", {"statement": "cause:guess~causes~mode:Leakage"}),
}

QUALITY_QUESTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "causes": ("causes", {"what": "defecttype:crack", "shuffles": 99, "limit": 1}),
    "explain": ("explain", {"what": "defecttype:crack", "limit": 1}),
    "spc": ("spc", {"characteristic": "characteristic:CH1", "size": 5}),
    "report_8d": ("reports/8d", {"what": "defecttype:crack"}),
}


def make_examples() -> dict[str, Any]:
    """The answers by operation id."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(store=str(Path(folder) / "plant.db"), auth=False)
        with open_plant(settings) as plant:
            load_small_plant(plant.store)
            client = TestClient(create_app(plant), base_url="http://localhost")
            answers = {}
            for name, (address, params) in QUESTIONS.items():
                answer = client.get(f"/api/v1/{address}", params=params)
                assert answer.status_code == 200, answer.text
                answers[name] = answer.json()
        answers |= _ask_quality(Path(folder))
        answers |= _ask_rules(Path(folder))
        answers |= _ask_drifts(Path(folder))
    return answers


RULES_QUESTION = "reliability_rules"
DRIFTS_QUESTION = "drifts"


def _ask_rules(folder: Path) -> dict[str, Any]:
    """Rules take many records: asked of a plant in which one was planted."""
    return _ask_plant(
        folder, RULES_QUESTION, plant_with_a_rule(), "reliability/rules",
        {"what": "class:HydraulicPress"},
    )  # fmt: skip


def _ask_drifts(folder: Path) -> dict[str, Any]:
    """Drifts take many readings: asked of a plant in which one was planted."""
    window = {"since": "2026-03-13", "until": "2026-03-20"}
    return _ask_plant(
        folder, DRIFTS_QUESTION, plant_that_drifts(-5.0), "drifts",
        {"thing": "asset:P1", "limit": 1, **window},
    )  # fmt: skip


def _ask_plant(
    folder: Path, name: str, facts: Facts, address: str, params: dict[str, Any]
) -> dict[str, Any]:
    with open_plant(Settings(store=str(folder / f"{name}.db"), auth=False)) as plant:
        facts.load(plant.store)
        client = TestClient(create_app(plant), base_url="http://localhost")
        answer = client.get(f"/api/v1/{address}", params=params)
        assert answer.status_code == 200, answer.text
        return {name: answer.json()}


def _ask_quality(folder: Path) -> dict[str, Any]:
    """Questions that need many units: asked of a press shop."""
    settings = Settings(store=str(folder / "shop.db"), auth=False)
    with open_plant(settings) as plant:
        measured_press_shop(20).load(plant.store)
        client = TestClient(create_app(plant), base_url="http://localhost")
        answers = {}
        for name, (address, params) in QUALITY_QUESTIONS.items():
            answer = client.get(f"/api/v1/{address}", params=params)
            assert answer.status_code == 200, answer.text
            answers[name] = answer.json()
        return answers


if __name__ == "__main__":
    path = Path(api.http.__path__[0]) / "examples.json"
    text = json.dumps(make_examples(), ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8")
