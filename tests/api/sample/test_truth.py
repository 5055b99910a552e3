"""The truth about a sample plant is in its files: effects can be measured, causes can be found."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

import numpy as np
import pytest

from api.sample.failures import simulate_failures
from api.sample.knowledge import load_knowledge
from api.sample.layout import build_layout
from api.sample.planting import plan_causes
from api.sample.worktime import WORK_DAY
from ontology import load_schema
from tests.api.sample.plant_files import PlantFiles, fisher, moment


def _planted(files: PlantFiles, identity: str) -> dict[str, Any]:
    return next(p for p in files.truth["planted_causes"] if p["id"] == identity)


def _in_window(row: dict[str, str], planted: dict[str, Any]) -> bool:
    start = moment(row["开始时间"])
    return moment(planted["from"]) <= start < moment(planted["to"])


def _exposed(files: PlantFiles, planted: dict[str, Any]) -> tuple[set[str], set[str]]:
    """Serials that met a planted cause, and the others that got as far; from the files alone."""
    step, code = planted["met_at_step"], planted["factor"]
    if planted["factor_kind"] == "lot":
        spoilt = {r["OperationNo"] for r in files.rows("genealogy") if r["MaterialID"] == code}
        met = {s for s, ops in files.unit_operations.items() if _number(ops, "A20") in spoilt}
    elif step == "G20":
        met = _through_lots(files, planted)
    elif step == "A30":
        met = {
            row["序列号"]
            for row in files.rows("inspections")
            if row["检验类型"] == "出厂试验"
            and row["设备编号"] == code
            and _tested_in(files, row, planted)
        }
    else:
        column = "工装编号" if planted["factor_kind"] == "tool" else "设备编号"
        met = {
            serial
            for serial, ops in files.unit_operations.items()
            if step in ops and ops[step][column] == code and _in_window(ops[step], planted)
        }
    reached = {serial for serial, ops in files.unit_operations.items() if "A20" in ops}
    return met & reached, reached - met


def _tested_in(files: PlantFiles, row: dict[str, str], planted: dict[str, Any]) -> bool:
    at = moment(row["检验时间"])
    return moment(planted["from"]) <= at < moment(planted["to"])


def _number(ops: dict[str, dict[str, str]], step: str) -> str:
    return ops[step]["作业号"] if step in ops else ""


def _through_lots(files: PlantFiles, planted: dict[str, Any]) -> set[str]:
    """Units whose gears come, through any number of lots, out of a spoilt charge."""
    spoilt_ops = {
        number
        for number, row in files.operations.items()
        if row["设备编号"] == planted["factor"] and _in_window(row, planted)
    }
    units: set[str] = set()
    while True:
        lots = {
            row["MaterialID"]
            for row in files.rows("genealogy")
            if row["OperationNo"] in spoilt_ops
            and row["Direction"] == "OUT"
            and row["MaterialType"] == "LOT"
        }
        more = {
            row["OperationNo"]
            for row in files.rows("genealogy")
            if row["Direction"] == "IN" and row["MaterialID"] in lots
        }
        if more <= spoilt_ops:
            break
        spoilt_ops |= more
    for serial, ops in files.unit_operations.items():
        if _number(ops, "A20") in spoilt_ops:
            units.add(serial)
    return units


@pytest.mark.parametrize(
    "identity", ["worn-seal", "bad-seal-lot", "cold-furnace", "drifted-gauge", "weak-driver"]
)
def test_planted_cause_raises_its_defect(plant_files: PlantFiles, identity: str) -> None:
    planted = _planted(plant_files, identity)
    met, others = _exposed(plant_files, planted)
    bad = plant_files.defective(planted["defect_type"])
    p = fisher((len(met & bad), len(met)), (len(others & bad), len(others)))
    assert p < 1e-4, (len(met & bad), len(met), len(others & bad), len(others))


@pytest.mark.parametrize("identity", ["worn-seal", "bad-seal-lot", "cold-furnace", "weak-driver"])
def test_truth_counts_what_the_files_say(plant_files: PlantFiles, identity: str) -> None:
    planted = _planted(plant_files, identity)
    met, others = _exposed(plant_files, planted)
    bad = plant_files.defective(planted["defect_type"])
    assert planted["exposed_units"] == len(met)
    assert planted["other_units"] == len(others)
    assert planted["exposed_with_defect"] == len(met & bad)
    assert planted["other_with_defect"] == len(others & bad)


def test_rate_of_the_worn_seal_is_as_planted(plant_files: PlantFiles) -> None:
    planted = _planted(plant_files, "worn-seal")
    n = planted["exposed_units"]
    rate = planted["exposed_with_defect"] / n
    four_sigma = 4 * (0.25 * 0.75 / n) ** 0.5
    assert abs(rate - 0.25) < four_sigma + 0.01


def test_people_at_the_worn_press_are_not_the_cause(plant_files: PlantFiles) -> None:
    planted = _planted(plant_files, "worn-seal")
    told = plant_files.truth["not_causes"]
    bad = plant_files.defective("D01")
    met, others = _exposed(plant_files, planted)
    in_window = {
        serial
        for serial, ops in plant_files.unit_operations.items()
        if _in_window(ops["A10"], planted)
    }
    by_person = {s: ops["A10"]["操作工号"] for s, ops in plant_files.unit_operations.items()}
    suspect = told[0]["factor"]
    assert told[0]["temporary"]
    theirs = {s for s in met | others if by_person[s] == suspect}
    assert len(theirs & in_window & met) == told[0]["of_them_exposed"] > 0
    rest = (met | others) - theirs
    looks_guilty = fisher((len(theirs & bad), len(theirs)), (len(rest & bad), len(rest)))
    assert looks_guilty < 1e-3, "a confounder that nobody would suspect is none"
    people = {confounder["factor"] for confounder in told}
    innocent = {s for s in others if by_person[s] in people}
    acquitted = fisher(
        (len(innocent & bad), len(innocent)),
        (len((others - innocent) & bad), len(others - innocent)),
    )
    assert len(innocent) > 20
    assert acquitted > 1e-3


def test_drifted_gauge_rejects_sound_units(plant_files: PlantFiles) -> None:
    planted = _planted(plant_files, "drifted-gauge")
    numbers = set(planted["defects"])
    assert numbers
    assert numbers <= set(plant_files.truth["defects"]["false_rejects"])
    rows = [r for r in plant_files.rows("defects") if r["缺陷单号"] in numbers]
    retested = [r for r in rows if r["处置"] == "复检合格"]
    assert len(retested) > len(rows) / 4
    assert {r["缺陷代码"] for r in rows} == {"D01"}


def test_worn_seal_shows_in_pressure_and_alarms(plant_files: PlantFiles) -> None:
    planted = _planted(plant_files, "worn-seal")
    begin, end = moment(planted["from"]), moment(planted["to"])
    inside, outside = [], []
    for row in plant_files.rows("process_data"):
        if row["characteristic"] == "CH-A101":
            worn = plant_files.operations[row["operation"]]
            hit = worn["设备编号"] == "P07" and _in_window(worn, planted)
            (inside if hit else outside).append(float(row["value"]))
    assert np.mean(inside) < np.mean(outside) - 0.8
    alarms = [
        moment(row["timestamp"][:19])
        for row in plant_files.rows("alarms")
        if row["asset"] == "P07" and row["alarm"] == "P-101"
    ]
    assert sum(begin <= at <= end for at in alarms) >= 2
    readings = [
        float(row["Value"])
        for row in plant_files.rows("condition")
        if row["SensorNo"] == "P07-S1" and begin < moment(row["ReadAt"]) < end
    ]
    assert readings[-1] < readings[0] - 0.5


def test_planted_failures_have_their_work_orders(plant_files: PlantFiles) -> None:
    for identity, asset, cause in (
        ("worn-seal", "P07", "C-101"),
        ("cold-furnace", "HT02", "C-221"),
        ("drifted-gauge", "TB03", "C-132"),
    ):
        planted = _planted(plant_files, identity)
        (number,) = planted["work_orders"]
        row = plant_files.work_orders[number]
        gap = moment(row["Reported on"]) - moment(planted["to"])
        assert abs(gap.total_seconds()) < 60
        told = next(o for o in plant_files.truth["work_orders"] if o["number"] == number)
        assert told["asset"] == asset
        assert told["causes"] == [cause]
        assert told["fixed"]
    (number,) = _planted(plant_files, "weak-driver")["work_orders"]
    assert "TQ-04" in plant_files.work_orders[number]["Description"]


def test_rejects_are_mostly_booked_at_inspection(plant_files: PlantFiles) -> None:
    rows = plant_files.rows("defects")
    found = Counter("inspection" if row["检验批号"] else "production" for row in rows)
    assert found == Counter(plant_files.truth["defects"]["found_by"])
    assert 0.74 < found["inspection"] / len(rows) < 0.92
    assert all(row["产生工序"] == "" for row in rows if row["检验批号"])


def test_every_work_order_has_its_truth(plant_files: PlantFiles) -> None:
    told = {o["number"]: o for o in plant_files.truth["work_orders"]}
    assert set(told) == set(plant_files.work_orders)
    events = {e["id"]: e for e in plant_files.truth["failures"]}
    for order in told.values():
        if order["type"] != "corrective":
            assert "event" not in order
            continue
        event = events[order["event"]]
        assert event["asset"] == order["asset"]
        assert set(order["mentioned"]) <= set(event["symptoms"])
        assert not set(order["ruled_out"]) & set(event["symptoms"])
        assert order["fixed"] == (order["believed"] == event["causes"][0])


def test_mess_is_there_and_is_told(plant_files: PlantFiles) -> None:
    assets = {row["设备编号"] for row in plant_files.rows("asset_register")}
    told = Counter(e for o in plant_files.truth["work_orders"] for e in o.get("errors", ()))
    for error in ("asset-missing", "asset-mistyped", "mode-missing", "mode-wrong", "cause-wrong"):
        assert told[error] > 0, error
    for order in plant_files.truth["work_orders"]:
        if order["type"] != "corrective" or "duplicate_of" in order:
            continue
        row, errors = plant_files.work_orders[order["number"]], order.get("errors", [])
        written = row["Asset"].strip().upper()
        assert (written == "") == ("asset-missing" in errors)
        assert (written not in assets) == bool({"asset-missing", "asset-mistyped"} & set(errors))
        assert (row["Cause code"] == "") == ("cause-missing" in errors)
        assert ("cause-wrong" in errors) == (row["Cause code"] not in {"", *order["causes"]})
    assert any("duplicate_of" in o for o in plant_files.truth["work_orders"])
    languages = Counter(o["language"] for o in plant_files.truth["work_orders"] if "language" in o)
    assert min(languages["zh"], languages["en"], languages["mixed"]) > sum(languages.values()) / 20


def test_texts_are_many(plant_files: PlantFiles) -> None:
    texts = [
        plant_files.work_orders[o["number"]]["Description"]
        for o in plant_files.truth["work_orders"]
        if o["type"] == "corrective"
    ]
    assert all(texts)
    assert len(set(texts)) > 0.8 * len(texts)


def test_missing_links_are_missing_and_were_true(plant_files: PlantFiles) -> None:
    missing = plant_files.truth["missing_links"]
    counted = Counter(m["relation"] for m in missing)
    assert set(counted) == {
        "ofClass", "hasComponent", "indicates", "causes", "requiresPart", "foundCause",
    }  # fmt: skip
    classes = {r["设备编号"]: r["设备类别"] for r in plant_files.rows("asset_register")}
    bom = {(r["设备编号"], r["Component"]) for r in plant_files.sheet("asset_register", 1)}
    fmea = {
        (r["失效原因 Failure cause"], r["失效模式 Failure mode"])
        for r in plant_files.rows("fmea_equipment")
    }
    codes = {r["Code"]: r for r in plant_files.rows("failure_codes")}
    model = plant_files.truth["failure_model"]["classes"]
    for link in missing:
        match link["relation"]:
            case "ofClass":
                assert classes[link["subject"]] == ""
            case "hasComponent":
                assert (link["subject"], link["object"]) not in bom
            case "causes":
                cause = f"{link['subject_zh']} / {link['subject']}"
                assert (cause, f"{link['object_zh']} / {link['object']}") not in fmea
                causes = {c: v for kind in model.values() for c, v in kind["causes"].items()}
                assert link["object_code"] in causes[link["subject_code"]]["modes"]
            case "foundCause":
                assert plant_files.work_orders[link["subject"]]["Cause code"] == ""
                assert codes[link["object_code"]]["Description"] == link["object"]


def test_wrong_links_are_in_the_files(plant_files: PlantFiles) -> None:
    column = {"foundCause": "Cause code", "observed": "Failure code", "reportedOn": "Asset"}
    wrong = plant_files.truth["wrong_links"]
    assert {w["relation"] for w in wrong} >= {"foundCause", "observed"}
    for link in wrong:
        row = plant_files.work_orders[link["subject"]]
        assert row[column[link["relation"]]] == link["object_code"]


def test_failures_follow_their_model() -> None:
    """Over a long time, modes follow a cause as often as the tables say, given that any does."""
    knowledge = load_knowledge()
    rng = np.random.default_rng(5)
    layout = build_layout(knowledge, 500, rng)
    horizon = 600 * WORK_DAY
    events = simulate_failures(
        knowledge,
        layout,
        plan_causes(horizon, 6_000),
        history=12_000 * WORK_DAY,
        horizon=horizon,
        rng=rng,
    )
    seen: dict[str, list[tuple[str, ...]]] = {}
    for event in events:
        if len(event.causes) == 1:
            seen.setdefault(event.causes[0], []).append(event.modes)
    checked = 0
    for code, modes_of in seen.items():
        n = len(modes_of)
        links = knowledge.causes[code].modes
        some = 1 - float(np.prod([1 - p for p in links.values()]))
        if n < 100 or some < 0.9:  # where "no mode" is rare, conditioning on what is seen is mild
            continue
        for mode, probability in links.items():
            checked += 1
            rate = sum(mode in modes for modes in modes_of) / n
            expected = probability / some
            slack = 5 * (expected * (1 - expected) / n) ** 0.5 + 0.03
            assert abs(rate - expected) < slack, (code, mode, rate, expected)
    assert checked > 10


def test_failures_of_one_asset_do_not_overlap(plant_files: PlantFiles) -> None:
    last: dict[str, datetime] = {}
    for event in plant_files.truth["failures"]:
        at = moment(event["at"])
        assert at >= last.get(event["asset"], at)
        last[event["asset"]] = at


def test_a_right_repair_usually_comes_first(plant_files: PlantFiles) -> None:
    fixed: dict[str, list[bool]] = {}
    for order in plant_files.truth["work_orders"]:
        if "event" in order and "duplicate_of" not in order:
            fixed.setdefault(order["event"], []).append(order["fixed"])
    at_once = sum(attempts[0] for attempts in fixed.values()) / len(fixed)
    assert 0.7 < at_once < 0.87
    assert any(len(attempts) > 1 for attempts in fixed.values())
    assert all(not any(attempts[:-1]) for attempts in fixed.values()), (
        "nothing after a right repair"
    )


def test_concepts_named_in_the_truth_ship_with_the_ontology(tiny_plant: PlantFiles) -> None:
    schema = load_schema()
    keys = {concept.key for concept in schema.concepts.values()}
    model = tiny_plant.truth["failure_model"]
    named = [v["concept"] for part in ("symptoms", "components") for v in model[part].values()]
    assert sum(bool(concept) for concept in named) > 45
    assert {concept for concept in named if concept} <= keys
    codes = {
        code for c in schema.concepts.values() if c.key.startswith("mode:") for code in c.codes
    }
    assert set(model["modes"]) <= codes
