"""The files of a whole fictional plant: all recognised, all read, the mess in them noticed."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from pathlib import Path

import pytest

from api.sample.columns import KINDS
from api.sample.plant import write_plant
from extraction.tables import load_mapping, recognise_parts
from kg.model.keys import kind_of
from ontology import load_schema
from tests.extraction.tables.loading import NOW, Told, read_file


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("plant") / "plant"
    write_plant(60, 3, out)
    return out


@pytest.fixture(scope="module")
def told(plant: Path) -> dict[str, list[Told]]:
    """What each file and sheet says, by mapping."""
    found: dict[str, list[Told]] = defaultdict(list)
    schema = load_schema()
    for path in sorted((plant / "files").rglob("*.*")):
        for part in recognise_parts(path):
            assert part.mapping is not None, (path, part.reasons)
            found[part.mapping.name].append(
                read_file(
                    path, part.mapping, schema, sheet=part.sheet, time_zone="Asia/Shanghai", now=NOW
                )
            )
    return found


def test_every_kind_of_file_is_recognised(told: dict[str, list[Told]]) -> None:
    tables = sum(len(kind.sheets) for kind in KINDS)
    # Work orders come from two systems, and two FMEA books have a mapping each.
    assert len(told) == tables - 1
    assert not [r for tables_told in told.values() for t in tables_told for r in t.rejections]


def test_codes_are_the_same_in_every_file(told: dict[str, list[Told]]) -> None:
    def objects(mapping: str, predicate: str) -> set[str]:
        return {c.object for t in told[mapping] for c in t.claims if c.predicate == predicate}

    registered = {n.node for t in told["asset-register"] for n in t.nodes if n.cls == "Asset"}
    assert objects("operations", "performedOn") <= registered
    assert objects("alarms", "raisedBy") <= registered
    steps = {n.node for t in told["process-steps"] for n in t.nodes}
    assert objects("operations", "ofStep") <= steps
    assert objects("defects", "producedAt") | objects("defects", "detectedAt") <= steps | {
        c.object for t in told["defects"] for c in t.claims if kind_of(c.object) == "inspection"
    }
    lots = {n.node for t in told["receipts"] for n in t.nodes if n.cls == "MaterialLot"}
    made = objects("genealogy-movements", "produced")
    assert objects("genealogy-movements", "consumed") <= lots | made
    types = {n.node for t in told["defect-codes"] for n in t.nodes}
    assert objects("defects", "ofType") <= types


def test_failure_codes_are_looked_up_beside_the_orders(told: dict[str, list[Told]]) -> None:
    meant = {n.node for t in told["failure-codes"] for n in t.nodes}
    causes = {c.object for t in told["cmms-work-orders"] for c in t.claims
              if c.predicate == "foundCause"}  # fmt: skip
    modes = {c.object for t in told["cmms-work-orders"] for c in t.claims
             if c.predicate == "observed"}  # fmt: skip
    assert modes <= meant
    assert len(causes & meant) > 0.8 * len(causes)
    # What the catalogue does not know stays as it was written.
    assert all(re.fullmatch(r"cause:c-9\d\d", cause) for cause in causes - meant)


def test_the_planted_mess_is_noticed(plant: Path, told: dict[str, list[Told]]) -> None:
    truth = json.loads((plant / "truth.json").read_text(encoding="utf-8"))
    wrong = {o["number"]: set(o.get("errors", ())) for o in truth["work_orders"]}
    missing, mistyped = set(), set()
    for one in told["cmms-work-orders"]:
        order_at = {one.passages[n.passage].place: n.node[3:] for n in one.nodes
                    if n.cls == "WorkOrder"}  # fmt: skip
        missing |= {order_at[f.place] for f in one.findings if f.code == "missing-asset"}
        mistyped |= {order_at[f.place] for f in one.findings
                     if f.code == "unknown-code" and "asset_register" in f.message}  # fmt: skip
    assert missing == {number for number, errors in wrong.items() if "asset-missing" in errors}
    assert mistyped == {number for number, errors in wrong.items() if "asset-mistyped" in errors}


def test_each_statement_quotes_its_cell(told: dict[str, list[Told]]) -> None:
    quoted = [t.quote(c) for tables in told.values() for t in tables for c in t.claims[:50]]
    assert len(quoted) > 500
    assert all(quoted)


def test_the_fmea_of_the_plant_is_read_with_its_merged_cells(told: dict[str, list[Told]]) -> None:
    (fmea,) = told["fmea"]
    assert load_mapping("fmea").title
    said = defaultdict(set)
    for claim in fmea.claims:
        said[claim.predicate].add((kind_of(claim.subject), kind_of(claim.object)))
    assert said["exhibits"] == {("component", "mode"), ("class", "mode")}
    assert said["causes"] == {("cause", "mode"), ("mode", "effect")}
    assert said["detectedBy"] == {("cause", "check")}
    scales = {(c.props or {}).get("ratingScale") for c in fmea.claims if c.predicate == "causes"}
    assert scales == {10}
