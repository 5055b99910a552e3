"""The hash of an event: the standard's, and the same however the event is written."""

from __future__ import annotations

import random
from typing import Any

import orjson
import pytest

from extraction.epcis.hashing import canonical_text, event_hash
from extraction.epcis.interpretation import Told, event_key, interpret
from tests.extraction.epcis.chains import event, lgtin, sgtin
from tests.shared_data import shared

# The beginning of the hash of each event of GS1's examples, as epcis-event-hash-generator 1.9.3,
# the reference implementation of CBV 2.0, gives it.
REFERENCE = {
    "AssociationEvent-b.jsonld": ["2a4801ee770582c1"],
    "ErrorDeclarationAndCorrectiveEvent.jsonld": ["db50dd61ad0309f0", "e74d8397fb06e337"],
    "Example_9.6.1-ObjectEvent.jsonld": ["df6523665bc5e580", "32547b2344d525ea"],
    "Example_9.6.1-with-comment.jsonld": ["df6523665bc5e580", "32547b2344d525ea"],
    "Example_9.6.3-AggregationEvent.jsonld": ["96b6bf98742a60db"],
    "Example_9.6.4-TransformationEvent.jsonld": ["c794227acf3a4d9b"],
    "Example_9.6.4-TransformationEventWithDigitalLink.jsonld": ["c794227acf3a4d9b"],
    "SensorDataExample1.jsonld": ["4eea934e9e0b4668"],
    "SensorDataExample4.jsonld": ["eeb655259427b5ad"],
    "SensorDataExample6.jsonld": ["dc553ea18db22983"],
    "SensorDataExample16.jsonld": ["e1c13af8c5c9ca25"],
}


@pytest.mark.parametrize("name", sorted(REFERENCE))
def test_the_hash_is_that_of_the_reference_implementation(name: str) -> None:
    document = orjson.loads((shared("traceability/epcis_gs1") / name).read_bytes())
    hashes = [event_hash(e, document["@context"]) for e in document["epcisBody"]["eventList"]]
    assert [h[14:30] for h in hashes] == REFERENCE[name]
    assert all(h.startswith("ni:///sha-256;") and h.endswith("?ver=CBV2.0") for h in hashes)


def made(**fields: Any) -> dict[str, Any]:
    plain = event(
        "ObjectEvent", "2026-03-01T08:00:00.5+08:00", action="ADD", bizStep="commissioning",
        epcList=[sgtin("1"), sgtin("2")],
        quantityList=[{"epcClass": lgtin("A"), "quantity": 3.50, "uom": "KGM"}],
        readPoint={"id": "urn:epc:id:sgln:0614141.07346.1234"},
    )  # fmt: skip
    return plain | {"ex:note": "x", "@context": {"ex": "https://example.org/"}} | fields


def test_the_hash_does_not_depend_on_how_the_event_is_written() -> None:
    plain = made()
    random.seed(1)
    names = list(plain)
    random.shuffle(names)
    other = {name: plain[name] for name in names}
    other |= {
        "eventTime": "2026-03-01T00:00:00.500Z",
        "recordTime": "2026-03-02T00:00:00Z",
        "eventID": "urn:uuid:1",
        "errorDeclaration": {"declarationTime": "2026-03-02T00:00:00Z"},
        "epcList": ["https://id.example.com/01/10614141073464/21/2?x=1", sgtin("1")],
        "bizStep": "https://ref.gs1.org/cbv/BizStep-commissioning",
        "y:note": other.pop("ex:note"),
        "@context": {"y": "https://example.org/"},
    }
    assert canonical_text(other) == canonical_text(plain)
    assert "quantity=3.5uom" in canonical_text(plain)


@pytest.mark.parametrize(
    "change",
    [{"eventTime": "2026-03-01T08:00:00.501+08:00"}, {"action": "OBSERVE"}, {"ex:note": "y"},
     {"epcList": [sgtin("1")]}, {"disposition": "active"}, {"ex:more": [1, 2]}],
)  # fmt: skip
def test_the_hash_changes_with_what_is_said(change: dict[str, Any]) -> None:
    assert event_hash(made(**change)) != event_hash(made())


def test_events_without_an_id_are_known_again_by_their_hash() -> None:
    plain = made()
    assert event_key(plain) == event_key(made(eventID=event_hash(plain)))
    error = {"errorDeclaration": {"declarationTime": "2026-03-02T00:00:00Z"}}
    told = [Told("event:1", plain), Told("event:2", made(**error))]
    chunk = next(interpret(told))
    assert not chunk.batch.claims
    assert [f.code for f in chunk.findings] == ["epcis-voided", "epcis-voided"]
