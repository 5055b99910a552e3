"""Master data of documents: names of places, products and parties, and what lots carry."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from extraction.epcis import interpret, open_epcis
from extraction.epcis.interpretation import Told
from extraction.epcis.reading import read_document
from kg.model.claims import NodeClaim
from tests.extraction.epcis.chains import document, event, lgtin, sgtin

PLACE = "urn:epc:id:sgln:0614141.07346.0"
PART = "urn:epc:id:sgln:0614141.07346.9"
PARTY = "urn:epc:id:pgln:0614141.00777"
CLASS = "urn:epc:idpat:sgtin:0614141.107346.*"


def vocabulary(kind: str, *elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": f"urn:epcglobal:epcis:vtype:{kind}", "vocabularyElementList": list(elements)}


def element(
    identifier: str, children: list[str] | None = None, **attributes: str
) -> dict[str, Any]:
    return {
        "id": identifier,
        "attributes": [{"id": f"cbvmda:{k}", "attribute": v} for k, v in attributes.items()],
        **({"children": children} if children else {}),
    }


def with_header(*events: dict[str, Any]) -> dict[str, Any]:
    header = {
        "epcisMasterData": {
            "vocabularyList": [
                vocabulary(
                    "BusinessLocation", element(PLACE, [PART], name="Cold store", city="Ulm")
                ),
                vocabulary("EPCClass", element(CLASS, descriptionShort="Goat cheese")),
                vocabulary("SourceDest", element(PARTY, name="Dairy North")),
                vocabulary("Other", element("urn:x:nobody", name="Nobody"), {"id": 7}),
                "broken",
            ]
        }
    }
    return document(*events) | {"epcisHeader": header}


def ship() -> dict[str, Any]:
    return event("ObjectEvent", "2026-03-01T08:00:00Z", action="OBSERVE", epcList=[sgtin("1")],
                 bizStep="shipping", readPoint={"id": PLACE},
                 destinationList=[{"type": "owning_party", "destination": PARTY}])  # fmt: skip


def told(content: bytes) -> tuple[list[NodeClaim], list[Any], list[str]]:
    chunks = list(read_document(content, key="m", shown="m").chunks())
    return (
        [n for c in chunks for n in c.batch.nodes],
        [s for c in chunks for s in c.batch.claims],
        [f.code for c in chunks for f in c.findings],
    )


def best_name(nodes: list[NodeClaim], key: str) -> str | None:
    own = [n for n in nodes if n.node == key and n.name]
    return max(own, key=lambda n: n.confidence).name if own else None


def test_master_data_names_places_products_and_parties() -> None:
    nodes, claims, findings = told(orjson.dumps(with_header(ship())))
    place = next(n.node for n in nodes if n.cls == "Location" and n.name == "Cold store")
    assert best_name(nodes, place) == "Cold store"
    assert any("city: Ulm" in str(n.props.get("description")) for n in nodes if n.node == place)
    assert best_name(nodes, "product:(01)10614141073464") == "Goat cheese"
    assert "Dairy North" in [n.name for n in nodes if n.cls == "Customer"]
    assert not [n for n in nodes if n.name == "Nobody"]
    assert findings == ["epcis-unused-master-data"]
    inside = [(c.subject, c.object) for c in claims if c.predicate == "locatedIn"]
    assert inside == [(f"{place}(254)9", place)]


def test_master_data_in_xml_says_the_same() -> None:
    xml = f"""<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:1" schemaVersion="1.2"
      creationDate="2026-03-01T00:00:00Z"><EPCISHeader><extension><EPCISMasterData><VocabularyList>
      <Vocabulary type="urn:epcglobal:epcis:vtype:BusinessLocation"><VocabularyElementList>
      <VocabularyElement id="{PLACE}">
      <attribute id="urn:epcglobal:cbv:mda#name">Cold store</attribute>
      <attribute id="urn:epcglobal:cbv:mda#city">Ulm</attribute><children><id>{PART}</id></children>
      </VocabularyElement></VocabularyElementList></Vocabulary></VocabularyList></EPCISMasterData>
      </extension></EPCISHeader><EPCISBody><EventList/></EPCISBody></epcis:EPCISDocument>"""
    nodes, claims, _ = told(xml.encode())
    assert [(n.cls, n.name) for n in nodes] == [("Location", "Cold store")]
    assert nodes[0].props["description"] == "city: Ulm"
    assert [c.predicate for c in claims] == ["locatedIn"]


def test_data_of_an_instance_name_its_product() -> None:
    made = event("ObjectEvent", "2026-03-01T08:00:00Z", action="ADD", epcList=[sgtin("1")],
                 ilmd={"cbvmda:descriptionShort": "Goat cheese", "cbvmda:lotNumber": "L7",
                       "cbvmda:itemExpirationDate": "2026-05-01"})  # fmt: skip
    nodes, claims, _ = told(orjson.dumps(document(made)))
    assert best_name(nodes, "product:(01)10614141073464") == "Goat cheese"
    assert "madeOf" in [c.predicate for c in claims]
    assert any(n.props.get("expiresOn") == "2026-05-01" for n in nodes)


def test_a_device_measures_what_it_reports() -> None:
    warm = event("ObjectEvent", "2026-03-01T08:00:00Z", action="OBSERVE",
                 quantityList=[{"epcClass": lgtin("A"), "quantity": 3}],
                 sensorElementList=[{"sensorMetadata": {"deviceID": "urn:epc:id:giai:4000001.111"},
                                     "sensorReport": [{"type": "Temperature", "value": 9.5,
                                                       "uom": "CEL"}]}])  # fmt: skip
    claims = [c for k in interpret([Told("event:1", warm)]) for c in k.batch.claims]
    takers = {c.subject.partition(":")[0] for c in claims if c.predicate == "measured"}
    assert takers == {"traceevent", "sensor"}
    assert [c.object for c in claims if c.predicate == "measuredOn"] == [
        "lot:(01)04012345123456(10)A"
    ]


@pytest.mark.parametrize("header", [7, {}, {"epcisMasterData": []},
                                    {"epcisMasterData": {"vocabularyList": [{}, 3]}}])  # fmt: skip
def test_headers_of_no_form_are_passed_over(tmp_path: Path, header: Any) -> None:
    file = tmp_path / "d.json"
    file.write_bytes(orjson.dumps(document(ship()) | {"epcisHeader": header}))
    assert len(open_epcis(file, key="d", shown="d").events) == 1
