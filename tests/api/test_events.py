"""Events written out again: as they were captured, and as an object-centric log."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.audit import Actor
from api.events import export_events, find_events
from api.intake import LoadOptions, gather, load_sources
from api.wiring import Plant
from extraction.epcis import check_document, is_epcis
from extraction.epcis.validation import events_of
from kg.model.errors import BadInput
from kg.traceability.ocel import as_ocel
from tests.api.http.test_events import CHAIN
from tests.extraction.epcis.chains import document
from tests.extraction.epcis.test_master_data import ship, with_header
from tests.shared_data import shared

pytestmark = pytest.mark.usefixtures("without_concepts")


def load(plant: Plant, here: Path, *paths: Path) -> None:
    work = here / "work"
    work.mkdir(exist_ok=True)
    answer = load_sources(
        plant, Actor("me", "cli"), gather(list(paths), work), LoadOptions(workers=1, again=True)
    )
    assert {file.outcome for file in answer.files} == {"loaded"}


def test_every_example_comes_out_as_it_went_in(plant: Plant, tmp_path: Path) -> None:
    folder = shared("traceability/epcis_gs1")
    paths = [p for p in sorted(folder.glob("*.jsonld")) if is_epcis(p) and "type" in orjson.loads(
        p.read_bytes())]  # fmt: skip
    load(plant, tmp_path, *paths)
    told = [e for p in paths for e in events_of(orjson.loads(p.read_bytes())) or ()]
    document = export_events(plant)
    assert check_document(document) == []

    def plain(events: list[object]) -> set[bytes]:
        return {orjson.dumps(e, option=orjson.OPT_SORT_KEYS) for e in events}

    assert plain(document["epcisBody"]["eventList"]) == plain(told)


def test_the_log_of_objects_names_events_objects_and_their_types(
    plant: Plant, tmp_path: Path
) -> None:
    path = tmp_path / "chain.jsonld"
    path.write_bytes(orjson.dumps(CHAIN))
    load(plant, tmp_path, path)
    log = as_ocel(plant.store, plant.schema)
    objects = {one["id"]: one["type"] for one in log["objects"]}
    mix = next(e for e in log["events"] if e["id"] == "traceevent:URN:UUID:MIX")
    assert mix["time"] == "2026-03-01T08:00:00Z"
    linked = {(r["qualifier"], objects[r["objectId"]]) for r in mix["relationships"]}
    assert {("consumed", "MaterialLot"), ("produced", "Unit")} <= linked
    assert {e["type"] for e in log["events"]} <= {t["name"] for t in log["eventTypes"]}
    assert set(objects.values()) == {t["name"] for t in log["objectTypes"]}
    declared = {t["name"]: {a["name"] for a in t["attributes"]} for t in log["objectTypes"]}
    for one in log["objects"]:
        assert {a["name"] for a in one["attributes"]} <= declared[one["type"]]


@settings(max_examples=50, deadline=None)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=6),
                    lambda inner: st.lists(inner, max_size=4)
                    | st.dictionaries(st.sampled_from(["type", "eventTime", "epcList", "action",
                                                       "eventList", "epcisBody", "@context"]),
                                      inner, max_size=5), max_leaves=12))  # fmt: skip
def test_whatever_comes_is_checked_without_breaking(value: object) -> None:
    for one in (value, {"type": "ObjectEvent", "epcList": value, "sensorElementList": value},
                {"type": "EPCISDocument", "epcisBody": value},
                {"type": "AggregationEvent", "childQuantityList": value,
                 "errorDeclaration": value, "readPoint": value, "ilmd": value}):  # fmt: skip
        assert isinstance(check_document(one), list)


def test_queries_look_into_master_data_which_outlives_what_other_documents_say(
    plant: Plant, tmp_path: Path
) -> None:
    named, other = tmp_path / "named.jsonld", tmp_path / "other.jsonld"
    first = ship() | {"eventID": "urn:uuid:1"}
    away = ship() | {"eventID": "urn:uuid:2", "readPoint": {"id": "urn:x:elsewhere"}}
    named.write_bytes(orjson.dumps(with_header(first)))
    other.write_bytes(orjson.dumps(document(away)))
    load(plant, tmp_path, named, other)

    def ids(name: str, value: str) -> list[str]:
        return [e["eventID"] for e in find_events(plant.store, [(name, value)])]

    assert ids("HASATTR_readPoint", "city") == ["urn:uuid:1"]
    assert ids("HASATTR_readPoint", "urn:epcglobal:cbv:mda#city|postalCode") == ["urn:uuid:1"]
    assert ids("HASATTR_readPoint", "postalCode") == []
    assert ids("EQATTR_readPoint_city", "Ulm|Bonn") == ["urn:uuid:1"]
    assert ids("EQATTR_readPoint_city", "Bonn") == []
    assert ids("EQATTR_epcList_cbvmda:descriptionShort", "Goat cheese") == [
        "urn:uuid:2", "urn:uuid:1",
    ]  # fmt: skip
    assert sorted(ids("EQATTR_destination_name", "Dairy North")) == ["urn:uuid:1", "urn:uuid:2"]
    for wrong in ("HASATTR_action", "EQATTR_readPoint", "HASATTR_readPoint_city"):
        with pytest.raises(BadInput, match=wrong):
            find_events(plant.store, [(wrong, "x")])
    voids = tmp_path / "voids.jsonld"
    error = {"declarationTime": "2026-03-02T00:00:00Z", "reason": "did_not_occur"}
    voids.write_bytes(orjson.dumps(document(first | {"errorDeclaration": error})))
    load(plant, tmp_path, voids)
    assert "urn:uuid:1" in ids("EQATTR_readPoint_city", "Ulm")
    places = [n for n in plant.store.find_nodes(["Location"]).nodes if n.name == "Cold store"]
    assert len(places) == 1
    assert "city: Ulm" in str(places[0].props["description"])
