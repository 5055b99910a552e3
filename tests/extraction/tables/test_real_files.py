"""Real files, where they are beside the checkout: recognised and read without a mapping."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from extraction.tables import load_mapping, parse_mapping, recognise
from kg.model.keys import kind_of
from ontology.schema import Schema
from tests.extraction.tables.loading import read_file
from tests.shared_data import shared


def relations(told: object) -> Counter[str]:
    return Counter(claim.predicate for claim in told.claims)  # type: ignore[attr-defined]


def test_the_excavators(schema: Schema) -> None:
    path = shared("extraction/excavators/excavators.csv")
    mapping = recognise(path)
    assert mapping is not None
    assert mapping.name == "excavator-work-orders"
    told = read_file(path, mapping, schema)
    orders = {c.subject for c in told.claims if c.predicate == "reportedOn"}
    assert len(orders) == 5485
    assert {c.subject for c in told.claims if c.predicate == "ofClass"} == {
        f"asset:{letter}" for letter in "ABCDE"
    }
    assert not told.rejections
    assert all(n.props["currency"] == "AUD" for n in told.nodes if n.cls == "WorkOrder")
    assert {p.place for p in told.passages} == {f"row:{n}" for n in range(2, 5487)}


def test_the_cleaned_excavators_say_more_of_the_same_orders(schema: Schema) -> None:
    mapping = load_mapping("excavator-work-orders")
    cleaned = shared("extraction/excavators/excavators-cleaned.csv")
    raw = read_file(shared("extraction/excavators/excavators.csv"), mapping, schema)
    told = read_file(cleaned, mapping, schema)
    assert relations(told)["observed"] > 2000
    assert relations(told)["involves"] > 8000
    same = {c.subject for c in told.claims} & {c.subject for c in raw.claims}
    assert len(same) > 5000


@pytest.mark.parametrize("variant", ["combined", "filled"])
def test_the_fmea_of_a_mining_truck(schema: Schema, variant: str) -> None:
    path = shared(f"diagnosis/fmea_mining_truck/fmea_dataset_{variant}.csv")
    mapping = recognise(path)
    assert mapping is not None
    assert mapping.name == "fmea"
    told = read_file(path, mapping, schema, constants={"asset_class_of_sheet": "Mining truck"})
    assert len(told.passages) == 330
    assert not told.rejections
    claim = told.claim("mode:cracked or leaking", "causes", "effect:fire")
    assert dict(claim.props or {}) == {"severity": 4, "ratingScale": 4}
    assert told.quote(claim) == "fire"
    assert ("component:fuel system", "hasComponent", "component:fuel tank") in told.triples
    assert ("class:mining truck", "exhibits", "mode:cracked or leaking") in told.triples
    caused = {c.object for c in told.claims if c.predicate == "causes"}
    assert "check:no current controls" not in {c.object for c in told.claims}
    assert {kind_of(key) for key in caused} == {"mode", "effect"}


def test_merged_and_filled_form_of_the_fmea_say_the_same(schema: Schema) -> None:
    mapping = load_mapping("fmea")
    merged, filled = (
        read_file(shared(f"diagnosis/fmea_mining_truck/fmea_dataset_{v}.csv"), mapping, schema)
        for v in ("combined", "filled")
    )
    chain = {"causes", "exhibits", "detectedBy", "remediedBy"}
    one, other = ({t for t in told.triples if t[1] in chain} for told in (merged, filled))
    # The published filled form goes on with the sub-component of another component in 26 rows.
    assert len(one & other) > 0.97 * len(one | other)


def test_the_production_log(schema: Schema) -> None:
    path = shared("traceability/production_log/production_joined.csv")
    mapping = recognise(path)
    assert mapping is not None
    assert mapping.name == "production-log"
    told = read_file(path, mapping, schema, time_zone="UTC")
    assert not told.rejections
    count = relations(told)
    assert count["ofStep"] == 4503
    assert 0.5 < count["performedOn"] / count["ofStep"] < 0.6
    assert len({c.object for c in told.claims if c.predicate == "forOrder"}) == 225
    detected = {c.subject: c.object for c in told.claims if c.predicate == "detectedAt"}
    produced = {c.subject: c for c in told.claims if c.predicate == "producedAt"}
    assert count["hasDefect"] == 231
    assert len(produced) < 0.2 * len(detected)  # most rejects are booked at inspections
    assert all(claim.status == "suggested" for claim in produced.values())
    assert not [s for s in produced if "Q.C." in s or "INSPECTION" in s]


def test_work_orders_of_another_system(schema: Schema) -> None:
    path = shared("extraction/mwo2kg/work_orders.csv")
    mapping = recognise(path)
    assert mapping is not None
    assert mapping.name == "cmms-work-orders"
    told = read_file(path, mapping, schema)
    assert relations(told)["reportedOn"] == 500
    first = told.node("wo:2374")
    assert first.props["startedAt"] == "2001-09-13T00:00:00Z"


def test_chillers_by_one_small_mapping(tmp_path: Path, schema: Schema) -> None:
    """Codes of two kinds in one column: what such a plant writes for itself."""
    path = shared("diagnosis/assetopsbench/all_wo_with_code_component_events.csv")
    mapping = parse_mapping("""
mapping: chillers
title: Work orders of chillers
time_zone: America/New_York
columns:
  number: {header: wo_id}
  asset: {header: equipment_id}
  name: {header: equipment_name}
  text: {header: wo_description}
  finished: {header: actual_finish, type: date}
  component: {header: collection}
  code: {header: primary_code}
  meaning: {header: primary_code_description}
  hours: {header: actual_labor_hours, type: duration}
things:
  order:
    class: WorkOrder
    code: "{number}"
    at: finished
    properties: {description: text, labourHours: hours, endedAt: finished}
  asset: {class: Asset, code: "{asset}", name: "{name}"}
  component: {class: Component, name: "{component}"}
  activity: {class: MaintenanceActivity, name: "{meaning}", when: {code: {matches: '^MT'}}}
  mode: {class: FailureMode, name: "{meaning}", when: {code: {matches: '^(?!MT)'}}}
statements:
  - order reportedOn asset
  - order involves component
  - order performed activity
  - order observed mode
""")
    told = read_file(path, mapping, schema)
    count = relations(told)
    assert count["reportedOn"] == 4249
    assert count["performed"] + count["observed"] == 4249
    assert ("wo:WO259747", "performed", "activity:oil analysis") in told.triples
    assert not told.rejections


@pytest.mark.parametrize(
    ("name", "mapping"),
    [
        ("diagnosis/assetopsbench/failure_codes.csv", "failure-codes"),
        ("diagnosis/assetopsbench/alert_events.csv", "alarms"),
        ("diagnosis/assetopsbench/alert_rule_failure_code_mapping.csv", "alarm-list"),
        ("ontologies/iso14224/iso14224_failureModeCode.csv", "failure-codes"),
    ],
)
def test_other_real_files_are_recognised(name: str, mapping: str, schema: Schema) -> None:
    path = shared(name)
    found = recognise(path)
    assert found is not None
    assert found.name == mapping
    told = read_file(path, found, schema)
    assert told.nodes
    assert not told.rejections


def test_two_level_codes_become_a_hierarchy(schema: Schema) -> None:
    told = read_file(
        shared("diagnosis/assetopsbench/failure_codes.csv"), load_mapping("failure-codes"), schema
    )
    assert ("mode:cracking in piping", "broader", "mode:cracking") in told.triples
    assert told.node("mode:cracking").props["code"] == "M001"
    assert told.node("activity:routine maintenance").cls == "MaintenanceActivity"
