"""B2MML and Catena-X files, from what they hold to statements in a plant."""

from __future__ import annotations

from pathlib import Path

import pytest

from extraction.exchange import ExchangeReading, open_exchange
from kg.model import Claim, UnreadableFile
from kg.model.instants import parse_instant
from tests.shared_data import shared

PERFORMANCE = """<?xml version="1.0"?>
<WorkPerformance xmlns="http://www.mesa.org/xml/B2MML">
  <ID>WP-1</ID>
  <WorkResponse>
    <ID>WR-1</ID><WorkRequestID>MO-100</WorkRequestID>
    <JobResponse>
      <ID>JR-1</ID><WorkMasterID>MIX</WorkMasterID>
      <StartTime>2026-03-01T08:00:00</StartTime><EndTime>2026-03-01T09:00:00</EndTime>
      <PersonnelActual><PersonID>W-7</PersonID></PersonnelActual>
      <EquipmentActual><EquipmentID>MX-01</EquipmentID></EquipmentActual>
      <MaterialActual>
        <MaterialDefinitionID>FLOUR</MaterialDefinitionID><MaterialLotID>L-1</MaterialLotID>
        <MaterialSubLotID>L-1-A</MaterialSubLotID><MaterialUse>Consumed</MaterialUse>
        <Quantity><QuantityString>12.5</QuantityString><UnitOfMeasure>kg</UnitOfMeasure></Quantity>
      </MaterialActual>
      <MaterialActual>
        <MaterialLotID>L-9</MaterialLotID><MaterialUse>Produced</MaterialUse>
        <Quantity><QuantityString>-3</QuantityString><UnitOfMeasure>kg</UnitOfMeasure></Quantity>
      </MaterialActual>
      <MaterialActual><MaterialUse>Consumed</MaterialUse></MaterialActual>
    </JobResponse>
  </WorkResponse>
</WorkPerformance>
"""
LOT = """<MaterialLot xmlns="http://www.mesa.org/xml/B2MML"><ID>L-1</ID>
<MaterialDefinitionID>FLOUR</MaterialDefinitionID><Status>Approved</Status>
<StorageLocation>SILO-2</StorageLocation><MaterialSubLot><ID>L-1-A</ID></MaterialSubLot>
</MaterialLot>"""


def read(path: Path) -> tuple[ExchangeReading, list[Claim], list[str]]:
    reading = open_exchange(path, key="k", shown=path.name, title="", time_zone="+08:00")
    assert reading is not None
    chunks = list(reading.chunks())
    claims = [c for k in chunks for c in k.batch.claims]
    return reading, claims, [f.code for k in chunks for f in k.findings]


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_work_performance_becomes_an_operation_with_what_went_in_and_out(tmp_path: Path) -> None:
    reading, claims, found = read(written(tmp_path / "wp.xml", PERFORMANCE))
    assert reading.form == "b2mml"
    said = {(c.predicate, c.object): c for c in claims if c.subject == "op:MO-100/JR-1"}
    used = said["consumed", "lot:L-1-A"]
    assert used.props == {"quantity": 12.5, "unitOfMeasure": "kg"}
    assert used.valid_from == parse_instant("2026-03-01T00:00:00Z")  # eight hours before UTC
    assert {"produced", "performedOn", "performedBy", "ofStep", "forOrder"} <= {p for p, _ in said}
    assert ("lot:L-1-A", "madeOf", "lot:L-1") in [c[:3] for c in claims]
    assert found == ["negative-quantity", "b2mml-no-lot"]


def test_a_material_lot_tells_its_sublots_place_and_status(tmp_path: Path) -> None:
    _, claims, _ = read(written(tmp_path / "lot.xml", LOT))
    assert {c[:3] for c in claims} == {
        ("lot:L-1", "ofProduct", "product:FLOUR"), ("lot:L-1", "locatedIn", "location:SILO-2"),
        ("lot:L-1-A", "madeOf", "lot:L-1"),
    }  # fmt: skip


def test_hostile_xml_is_refused(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE a [<!ENTITY b "c">]>' + PERFORMANCE.partition("?>")[2].replace("WP-1", "&b;")
    with pytest.raises(UnreadableFile, match="safe"):
        read(written(tmp_path / "bomb.xml", bomb))


def test_other_json_and_xml_is_left_to_others(tmp_path: Path) -> None:
    for name, text in (("a.json", '{"rows": [1]}'), ("a.xml", "<orders><order/></orders>")):
        path = written(tmp_path / name, text)
        assert open_exchange(path, key="k", shown="", title="", time_zone="UTC") is None


def test_the_as_built_parts_lists_are_read_with_batches_apart() -> None:
    reading, claims, _ = read(shared("traceability/catenax_as_built/smallTestdata.json"))
    assert reading.form == "catena-x"
    made_of = [c for c in claims if c.predicate == "madeOf"]
    assert len(made_of) > 80
    assert {c.object.partition(":")[0] for c in made_of} == {"unit", "lot"}
    assert all(c.subject.startswith(("unit:URN:UUID:", "lot:URN:UUID:")) for c in made_of)
