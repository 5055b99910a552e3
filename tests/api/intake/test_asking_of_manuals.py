"""What a manual says is found by whoever asks in other words than it uses."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.audit import Actor
from api.intake import LoadOptions, gather, load_sources
from api.wiring import Plant
from kg.diagnosis import Diagnosis, ask, rank_causes
from kg.investigation.asking import ask as wide_ask
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


OTHER = """\
# HT-260 注塑机维护手册

## 常见故障

### 1. 料筒温度不上升

原因：加热圈烧断。处理：更换加热圈。

### 2. 报警 A035 合模超时

- 接近开关松动。紧固接近开关。
- Guide shoe is dry. Grease the guide shoe.

### 3. Machine stops with E21

Cause: web torn in two. Remedy: thread a new web.

## 保养计划

| 周期 | 项目 |
| --- | --- |
| 每日 | 检查油位 |
| 每500小时 | 更换液压油滤芯 |

## 备件

| 位置 | 件号 | 名称 |
| --- | --- | --- |
| 1 | AL-330-12 | 加热圈 |
"""
REGISTER = """\
asset,name,class
IM-3,Moulding machine 3,injection moulding machine
"""


@pytest.fixture
def moulding(plant: Plant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plant:
    """The small plant with an injection moulding machine and its manual."""
    monkeypatch.chdir(tmp_path)
    Path("手册.md").write_text(OTHER, encoding="utf-8")
    Path("asset_register.csv").write_text(REGISTER, encoding="utf-8")
    (tmp_path / "work").mkdir()
    files = gather([Path("手册.md"), Path("asset_register.csv")], tmp_path / "work")
    load_sources(plant, Actor("test", "test"), files, LoadOptions())
    return plant


def test_a_heading_that_is_a_sign_is_found_by_the_mode_it_names(moulding: Plant) -> None:
    found = rank_causes(moulding.store, moulding.schema, "IM-3", ["料筒不加热"])
    assert _first(found) == "加热圈烧断"


def test_an_alarm_in_a_heading_is_found_by_its_code(moulding: Plant) -> None:
    found = wide_ask(moulding.store, moulding.schema, "IM-3报警A035怎么处理")
    assert [sign.key for sign in found.understood.signs] == ["alarm:A035"]
    assert found.diagnosis is not None
    remedies = {c.named.name: c.remedies for c in found.diagnosis.causes}
    assert [r.named.name for r in remedies["Guide shoe is dry"]] == ["Grease the guide shoe"]


@pytest.mark.parametrize("question", ["E21", "machine stops E21", "IM-3 shows E21", "IM-3显示E21"])
def test_a_sign_is_found_by_the_code_in_its_name(moulding: Plant, question: str) -> None:
    found = wide_ask(moulding.store, moulding.schema, question)
    assert [sign.name for sign in found.understood.signs] == ["Machine stops with E21"]
    assert found.diagnosis is not None
    assert _first(found.diagnosis) == "web torn in two"


@pytest.mark.parametrize(
    ("question", "tasks"),
    [
        ("how often should the oil level be checked on IM-3?", ["check fluid level: every day"]),
        (
            "how often do we change the filter of IM-3",
            ["更换液压油滤芯: every 500 operating hours"],
        ),
        (
            "maintenance plan of IM-3",
            ["check fluid level: every day", "更换液压油滤芯: every 500 operating hours"],
        ),
        ("IM-3的液压油滤芯多久更换一次", ["更换液压油滤芯: every 500 operating hours"]),
    ],
)
def test_planned_work_is_told_with_its_interval(
    moulding: Plant, question: str, tasks: list[str]
) -> None:
    found = wide_ask(moulding.store, moulding.schema, question)
    assert found.understood.intent == "plan"
    assert [line.text.en for line in found.lines] == tasks
    assert all(line.citations[0].document == "手册.md" for line in found.lines)


def test_how_often_something_fails_is_no_question_about_a_plan(moulding: Plant) -> None:
    found = wide_ask(moulding.store, moulding.schema, "how often does IM-3 fail?")
    assert found.understood.intent == "reliability"


def test_a_part_is_told_with_its_number(moulding: Plant) -> None:
    found = wide_ask(moulding.store, moulding.schema, "加热圈的件号是什么")
    assert found.understood.intent == "part"
    assert "AL-330-12" in found.lines[0].text.zh
