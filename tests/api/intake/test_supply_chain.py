"""Events of several files: one packs, another unpacks or voids, in any order, and back again."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import orjson
import pytest

from api.audit import Actor
from api.intake import LoadOptions, gather, load_sources
from api.intake.supply_chain import settle_events
from api.lookup import node_called
from api.payloads.loads import FileLoad
from api.wiring import Plant
from kg.traceability import trace_backward, trace_forward
from tests.extraction.epcis.chains import (
    document,
    event,
    lgtin,
    lot,
    pack,
    sgtin,
    sscc,
    unit,
)

pytestmark = pytest.mark.usefixtures("without_concepts")

MADE = document(
    event("TransformationEvent", "2026-03-01T08:00:00Z", eventID="urn:uuid:made",
          bizStep="commissioning",
          inputQuantityList=[{"epcClass": lgtin("A"), "quantity": 3, "uom": "KGM"}],
          outputEPCList=[sgtin("1"), sgtin("2")]),
    pack("2026-03-02T08:00:00Z", "ADD", sscc(1), sgtin("1")),
)  # fmt: skip
UNPACKED = document(pack("2026-03-05T08:00:00Z", "DELETE", sscc(1)))
SHIPPED = document(
    event("ObjectEvent", "2026-03-09T08:00:00Z", action="OBSERVE", bizStep="shipping",
          epcList=[sscc(1)],
          bizTransactionList=[{"type": "desadv", "bizTransaction": "urn:x:desadv:7"}],
          destinationList=[{"type": "owning_party",
                            "destination": "urn:epc:id:pgln:0614141.00777"}]),
)  # fmt: skip
VOIDED = document(
    MADE["epcisBody"]["eventList"][0]
    | {"errorDeclaration": {"declarationTime": "2026-03-20T08:00:00Z"}}
)
FILES = {"made": MADE, "unpacked": UNPACKED, "shipped": SHIPPED}


def load(plant: Plant, here: Path, **files: dict[str, Any]) -> list[FileLoad]:
    found = []
    for name, content in files.items():
        path = here / f"{name}.json"
        path.write_bytes(orjson.dumps(content))
        sources = gather([path], here, key=f"{name}.json")
        found += load_sources(plant, Actor("me", "cli"), sources, LoadOptions(workers=1)).files
    return found


def ahead(plant: Plant, serial: str) -> set[str]:
    return trace_forward(plant.store, plant.schema, unit(serial)).node_keys()


def statements(plant: Plant) -> list[Any]:
    keys = [node.key for node in plant.store.find_nodes(limit=500).nodes]
    return [(s.key, s.valid_from, s.valid_to, dict(s.props)) for s in plant.store.expand(keys)]


@pytest.fixture
def empty_plant(plant: Plant) -> Plant:
    plant.store.remove_documents([v.document.key for v in plant.store.versions()])
    return plant


def test_events_of_several_files_mean_the_same_in_any_order(
    empty_plant: Plant, tmp_path: Path
) -> None:
    plant = empty_plant
    seen = []
    for order in itertools.permutations(FILES):
        loads = load(plant, tmp_path, **{name: FILES[name] for name in order})
        assert [file.outcome for file in loads] == ["loaded"] * 3
        seen.append(statements(plant))
        # Unpacked before the box was shipped: the unit did not go with it.
        assert not any(key.startswith("customer") for key in ahead(plant, "1"))
        assert {lot("A")} <= trace_backward(plant.store, plant.schema, unit("1")).node_keys()
        plant.store.remove_documents([f"{name}.json" for name in FILES])
    assert all(found == seen[0] for found in seen)


def test_what_a_removed_file_ended_is_open_again(empty_plant: Plant, tmp_path: Path) -> None:
    plant = empty_plant
    load(plant, tmp_path, made=MADE, shipped=SHIPPED)
    before = statements(plant)
    assert "customer:(417)0614141007776" in ahead(plant, "1")
    load(plant, tmp_path, unpacked=UNPACKED)
    assert "customer:(417)0614141007776" not in ahead(plant, "1")
    plant.store.remove_documents(["unpacked.json"])
    assert settle_events(plant, "me") == ["made.json"]
    assert statements(plant) == before


def test_an_event_voided_in_a_later_file_means_nothing(empty_plant: Plant, tmp_path: Path) -> None:
    plant = empty_plant
    load(plant, tmp_path, made=MADE)
    assert lot("A") in trace_backward(plant.store, plant.schema, unit("1")).node_keys()
    load(plant, tmp_path, voided=VOIDED)
    assert trace_backward(plant.store, plant.schema, unit("1")).node_keys() == {unit("1")}
    node = node_called(plant.store, "urn:uuid:made")
    assert node.props["isVoided"] is True


def test_loading_again_changes_nothing(empty_plant: Plant, tmp_path: Path) -> None:
    plant = empty_plant
    load(plant, tmp_path, **FILES)
    versions = plant.store.versions()
    assert [f.outcome for f in load(plant, tmp_path, **FILES)] == ["unchanged"] * 3
    assert plant.store.versions() == versions


def test_an_invalid_file_leaves_nothing_behind(empty_plant: Plant, tmp_path: Path) -> None:
    plant = empty_plant
    bad = document(*MADE["epcisBody"]["eventList"])
    bad["epcisBody"]["eventList"][1] = bad["epcisBody"]["eventList"][1] | {"action": "MOVE"}
    (file,) = load(plant, tmp_path, bad=bad)
    assert file.outcome == "refused"
    assert "Event 2: action" in (file.error or "")
    assert statements(plant) == []
