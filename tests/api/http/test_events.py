"""EPCIS over HTTP: capture, query with the standard's parameters, paging, errors, round trip."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from fastapi.testclient import TestClient

from extraction.epcis import check_document
from tests.api.conftest import Sign
from tests.extraction.epcis.chains import document, event, lgtin, pack, sgtin, sscc

pytestmark = pytest.mark.usefixtures("without_concepts")
BASE = "/api/v1/epcis"
SHIPPING = event("ObjectEvent", "2026-03-03T08:00:00+08:00", eventID="urn:uuid:ship",
                 action="OBSERVE", bizStep="shipping", epcList=[sgtin("1")],
                 disposition="in_transit",
                 bizTransactionList=[{"type": "po", "bizTransaction": "urn:x:po:1"}],
                 **{"ex:temperature": 4})  # fmt: skip
MIXING = event("TransformationEvent", "2026-03-01T08:00:00Z", eventID="urn:uuid:mix",
               inputQuantityList=[{"epcClass": lgtin("A"), "quantity": 3, "uom": "KGM"}],
               outputEPCList=[sgtin("1"), sgtin("2")])  # fmt: skip
PACKING = pack("2026-03-02T08:00:00Z", "ADD", sscc(1), sgtin("2"), eventID="urn:uuid:pack",
               bizStep="https://ns.gs1.org/cbv/BizStep-packing")  # fmt: skip
CHAIN = document(MIXING, PACKING, SHIPPING)


@pytest.fixture
def signed(client: TestClient, sign: Sign) -> TestClient:
    client.headers.update(sign("maintainer"))
    return client


@pytest.fixture
def captured(signed: TestClient) -> TestClient:
    client = signed
    answer = client.post(f"{BASE}/capture", content=orjson.dumps(CHAIN))
    assert answer.status_code == 202
    return client


def ids(client: TestClient, **parameters: Any) -> list[str]:
    answer = client.get(f"{BASE}/events", params=parameters)
    assert answer.status_code == 200, answer.text
    assert check_document(answer.json()) == []
    events = answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert all("recordTime" in one for one in events)
    return [one["eventID"].rpartition(":")[2] for one in events]


def test_capture_names_its_job_and_the_events_come_back_as_they_were(
    captured: TestClient,
) -> None:
    again = captured.post(f"{BASE}/capture", content=orjson.dumps(CHAIN))
    assert again.status_code == 202
    job = captured.get(again.headers["Location"]).json()
    assert job["success"] is True
    assert job["events"] == 3
    assert captured.get(f"{BASE}/events/urn:uuid:mix").json() == MIXING


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({}, ["ship", "pack", "mix"]),
        ({"orderDirection": "ASC"}, ["mix", "pack", "ship"]),
        ({"eventType": "AggregationEvent|ObjectEvent"}, ["ship", "pack"]),
        ({"EQ_bizStep": "packing|shipping"}, ["ship", "pack"]),
        ({"EQ_bizStep": "urn:epcglobal:cbv:bizstep:packing"}, ["pack"]),
        ({"EQ_disposition": "in_transit"}, ["ship"]),
        ({"EQ_action": "ADD"}, ["pack"]),
        ({"GE_eventTime": "2026-03-02T00:00:00Z", "LT_eventTime": "2026-03-02T23:00:00Z"},
         ["pack"]),
        ({"GE_eventTime": "2026-03-03T00:00:00Z"}, ["ship"]),
        ({"GE_eventTime": "2026-03-03T00:00:01Z"}, []),
        ({"MATCH_epc": sgtin("1")}, ["ship"]),
        ({"MATCH_anyEPC": "https://id.gs1.org/01/10614141073464/21/1"}, ["ship", "mix"]),
        ({"MATCH_anyEPC": "urn:epc:id:sgtin:0614141.107346.*"}, ["ship", "pack", "mix"]),
        ({"MATCH_outputEPC": sgtin("2")}, ["mix"]),
        ({"MATCH_parentID": sscc(1)}, ["pack"]),
        ({"MATCH_inputEPCClass": lgtin("A")}, ["mix"]),
        ({"GT_quantity": "2.5"}, ["mix"]), ({"GT_quantity": "3"}, []),
        ({"EQ_bizTransaction_po": "urn:x:po:1"}, ["ship"]),
        ({"EQ_ex:temperature": "4"}, ["ship"]), ({"EXISTS_ex:temperature": "true"}, ["ship"]),
        ({"EQ_eventID": "urn:uuid:mix|urn:uuid:pack"}, ["pack", "mix"]),
        ({"EXISTS_errorDeclaration": "true"}, []),
        ({"eventCountLimit": "1"}, ["ship"]),
    ],
)  # fmt: skip
def test_query(captured: TestClient, parameters: dict[str, str], found: list[str]) -> None:
    assert ids(captured, **parameters) == found


def test_pages_follow_each_other(captured: TestClient) -> None:
    seen: list[str] = []
    address = f"{BASE}/events?perPage=2"
    while address:
        answer = captured.get(address)
        body = answer.json()["epcisBody"]["queryResults"]["resultsBody"]
        seen += [one["eventID"] for one in body["eventList"]]
        link = answer.headers.get("Link", "")
        address = link.partition(">")[0].lstrip("<")
    assert seen == ["urn:uuid:ship", "urn:uuid:pack", "urn:uuid:mix"]


@pytest.mark.parametrize(
    ("parameters", "status", "named"),
    [
        ({"EQ_colour": "red"}, 400, "EQ_colour"),
        ({"GE_eventTime": "yesterday"}, 400, "GE_eventTime"),
        ({"eventType": "PackingEvent"}, 400, "eventType"),
        ({"orderBy": "name"}, 400, "orderBy"),
        ({"maxEventCount": "2"}, 409, "maxEventCount"),
        ({"perPage": "0"}, 422, "perPage"),
        ({"nextPageToken": "x"}, 400, "nextPageToken"),
    ],
)
def test_a_wrong_query_is_refused(
    captured: TestClient, parameters: dict[str, str], status: int, named: str
) -> None:
    answer = captured.get(f"{BASE}/events", params=parameters)
    assert answer.status_code == status
    assert named in answer.text


def test_an_invalid_document_is_refused_and_nothing_of_it_kept(signed: TestClient) -> None:
    client = signed
    bad = document(MIXING, PACKING | {"action": "MOVE"})
    answer = client.post(f"{BASE}/capture", content=orjson.dumps(bad))
    assert answer.status_code == 400
    assert "Event 2: action" in answer.json()["detail"]
    assert ids(client) == []
    assert client.get(f"{BASE}/events/urn:uuid:mix").status_code == 404


def test_a_single_event_is_captured_and_an_error_declaration_shown(captured: TestClient) -> None:
    declared = MIXING | {
        "@context": document()["@context"],
        "errorDeclaration": {"declarationTime": "2026-03-09T08:00:00Z"},
    }
    assert captured.post(f"{BASE}/capture", content=orjson.dumps(declared)).status_code == 202
    assert captured.get(f"{BASE}/events/urn:uuid:mix").json() == declared
    trace = captured.get("/api/v1/trace", params={"item": sgtin("1")}).json()
    assert [node["named"]["key"] for node in trace["nodes"]] == ["unit:(01)10614141073464(21)1"]


def test_a_reader_may_not_capture(client: TestClient, sign: Sign) -> None:
    answer = client.post(f"{BASE}/capture", content=orjson.dumps(CHAIN), headers=sign("reader"))
    assert answer.status_code == 403
