"""What a manual says is found by whoever asks in other words than it uses."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.audit import Actor
from api.intake import LoadOptions, gather, load_sources
from api.wiring import Plant
from kg.diagnosis import Diagnosis, ask, rank_causes
from kg.model import StatementKey

pytestmark = pytest.mark.usefixtures("without_concepts")
MANUAL = """\
# Chiller CH-200, service manual

## Troubleshooting

| Symptom | Cause | Remedy |
| --- | --- | --- |
| Compressor will not start | Contactor is burnt | Replace the contactor |
| Fan will not start | Fan belt came off | Fit a new belt |
| Sight glass shows bubbles | Gas charge is short | Fill up |
| 油泵无压力 | 吸油滤芯堵死 | 换滤芯 |
"""


@pytest.fixture
def read(plant: Plant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plant:
    """The small plant with the manual of a chiller."""
    monkeypatch.chdir(tmp_path)
    Path("manual.md").write_text(MANUAL, encoding="utf-8")
    (tmp_path / "work").mkdir()
    actor = Actor("test", "test")
    load_sources(plant, actor, gather([Path("manual.md")], tmp_path / "work"), LoadOptions())
    return plant


def _first(found: Diagnosis) -> str:
    return found.causes[0].named.name


def test_a_symptom_is_put_below_the_mode_that_its_words_name(read: Plant) -> None:
    def above(symptom: str) -> set[str]:
        said = read.store.expand([f"symptom:{symptom}"], ["broader"])
        return {s.object for s in said}

    assert above("compressor will not start") == {"mode:FailToStart"}
    assert above("油泵无压力") == {"mode:NoOutput"}
    assert above("sight glass shows bubbles") == set()
    key = StatementKey("symptom:油泵无压力", "broader", "mode:NoOutput")
    (evidence,) = read.store.evidence_of([key])[key]
    assert "油泵无压力" in evidence.quote


@pytest.mark.parametrize(
    ("asked", "cause"),
    [
        ("compressor will not start", "Contactor is burnt"),
        ("compressor not starting", "Contactor is burnt"),
        ("fan does not start", "Fan belt came off"),
        ("风机不启动", "Fan belt came off"),
        ("no pressure at the oil pump", "吸油滤芯堵死"),
    ],
)
def test_the_manual_answers_in_other_words_and_languages(
    read: Plant, asked: str, cause: str
) -> None:
    assert _first(rank_causes(read.store, read.schema, "Chiller", [asked])) == cause


def test_a_question_without_an_asset_is_about_what_the_manual_is_about(read: Plant) -> None:
    found = ask(read.store, read.schema, "油泵无压力怎么办")
    assert found.understood.place is not None
    assert found.understood.place.key == "class:Chiller"
    assert found.diagnosis is not None
    assert _first(found.diagnosis) == "吸油滤芯堵死"


def test_a_class_with_a_manual_is_known_though_the_plant_has_no_asset_of_it(read: Plant) -> None:
    found = ask(read.store, read.schema, "why does the compressor of the chiller not start?")
    assert found.understood.place is not None
    assert found.understood.place.key == "class:Chiller"
    assert found.understood.sentence.en == "causes · chiller · fails to start · compressor"
    assert found.diagnosis is not None
    assert _first(found.diagnosis) == "Contactor is burnt"
