"""EPCIS: which documents are valid, what identifiers name, what events mean."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import orjson
import pytest

from extraction.epcis import check_document, identify, interpret, is_epcis, open_epcis
from extraction.epcis.interpretation import Told
from kg.model import BadInput, Claim
from kg.model.instants import parse_instant
from tests.extraction.epcis.chains import document, event, lgtin, lot, pack, sgtin, sscc, unit
from tests.shared_data import shared


def examples() -> list[Path]:
    folder = shared("traceability/epcis_gs1")
    return [path for path in sorted(folder.glob("*")) if is_epcis(path)]


def claims_of(*events: dict[str, Any]) -> tuple[list[Claim], list[str]]:
    told = [Told(f"event:{n}", one) for n, one in enumerate(events, 1)]
    chunks = list(interpret(told))
    return [c for k in chunks for c in k.batch.claims], [f.code for k in chunks for f in k.findings]


def test_all_valid_examples_are_accepted() -> None:
    paths = examples()
    assert len(paths) > 50
    for path in paths:
        reading = open_epcis(path, key=path.name, shown=path.name)
        assert reading.events
        assert sum(chunk.rows for chunk in reading.chunks()) == len(reading.events)


GOOD = document(
    event("ObjectEvent", "2026-03-01T08:00:00Z", action="ADD", epcList=[sgtin("1")],
          bizStep="commissioning", disposition="active", ilmd={"ex:a": "b"},
          readPoint={"id": "urn:epc:id:sgln:0614141.07346.1234"}),
    event("TransformationEvent", "2026-03-01T09:00:00+08:00",
          inputQuantityList=[{"epcClass": lgtin("A"), "quantity": 3, "uom": "KGM"}],
          outputEPCList=[sgtin("2")]),
    pack("2026-03-01T10:00:00Z", "ADD", sscc(1), sgtin("1")),
    event("TransactionEvent", "2026-03-01T11:00:00Z", action="ADD", epcList=[sgtin("1")],
          bizTransactionList=[{"type": "po", "bizTransaction": "urn:x:po:1"}],
          sourceList=[{"type": "owning_party", "source": "urn:epc:id:pgln:0614141.00777"}],
          persistentless_ex="") | {},
)  # fmt: skip
del GOOD["epcisBody"]["eventList"][3]["persistentless_ex"]

# Where to change what, and the field that the refusal must name.
BAD: list[tuple[int, str, Any, str]] = [
    (0, "eventTime", "2026-03-01T08:00:00", "eventTime"),
    (0, "eventTime", "2026-13-01T08:00:00Z", "eventTime"),
    (0, "eventTime", None, "eventTime"),
    (0, "eventTimeZoneOffset", "8", "eventTimeZoneOffset"),
    (0, "action", "MOVE", "action"),
    (0, "action", None, "action"),
    (0, "action", "OBSERVE", "ilmd"),
    (0, "bizStep", "shiping", "bizStep"),
    (0, "bizStep", "https://ns.gs1.org/cbv/BizStep-nothing", "bizStep"),
    (0, "disposition", "lost", "disposition"),
    (0, "epcList", ["no uri"], "epcList[0]"),
    (0, "epcList", [sgtin("1"), sgtin("1")], "epcList"),
    (0, "epcList", None, "epcList"),
    (0, "readPoint", "urn:x", "readPoint"),
    (0, "colour", "red", "colour"),
    (0, "eventID", "17", "eventID"),
    (0, "eventID", "ni:///sha-256;abc?ver=CBV2.0", "eventID"),
    (0, "errorDeclaration", {"reason": "incorrect_data"}, "errorDeclaration.declarationTime"),
    (0, "persistentDisposition", {"set": []}, "persistentDisposition.set"),
    (0, "sensorElementList", [{"sensorReport": []}], "sensorElementList[0].sensorReport"),
    (0, "sensorElementList", [{"sensorReport": [{"type": "Temperature", "value": "hot"}]}],
     "sensorElementList[0].sensorReport[0].value"),
    (1, "inputQuantityList", [{"epcClass": lgtin("A"), "quantity": "3"}],
     "inputQuantityList[0].quantity"),
    (1, "inputQuantityList", [{"quantity": 3}], "inputQuantityList[0].epcClass"),
    (1, "inputQuantityList", [{"epcClass": lgtin("A"), "uom": "kilogram"}],
     "inputQuantityList[0].uom"),
    (1, "outputEPCList", None, "outputEPCList"),
    (2, "parentID", None, "parentID"),
    (2, "childEPCs", [], "childEPCs"),
    (2, "type", "PackingEvent", "type"),
    (3, "bizTransactionList", [], "bizTransactionList"),
    (3, "sourceList", [{"source": "urn:x:y"}], "sourceList[0].type"),
]  # fmt: skip


@pytest.mark.parametrize(("place", "field", "value", "named"), BAD)
def test_an_invalid_event_is_refused_naming_event_and_field(
    place: int, field: str, value: Any, named: str, tmp_path: Path
) -> None:
    assert check_document(GOOD) == []
    bad = copy.deepcopy(GOOD)
    changed = bad["epcisBody"]["eventList"][place]
    if value is None:
        del changed[field]
    else:
        changed[field] = value
    assert (place + 1, named) in [(p.event, p.field) for p in check_document(bad)]
    path = tmp_path / "bad.jsonld"
    path.write_bytes(orjson.dumps(bad))
    with pytest.raises(BadInput, match=rf"bad\.jsonld .*Event {place + 1}: "):
        open_epcis(path, key="bad", shown="bad.jsonld")


@pytest.mark.parametrize("field", ["@context", "schemaVersion", "creationDate", "epcisBody"])
def test_a_document_without_a_required_field_is_refused(field: str) -> None:
    bad = {name: value for name, value in GOOD.items() if name != field}
    assert any(p.event is None and field in p.field for p in check_document(bad))


@pytest.mark.parametrize(
    ("urn", "link"),
    [
        ("urn:epc:id:sgtin:0614141.107346.2017", "https://id.gs1.org/01/10614141073464/21/2017"),
        ("urn:epc:class:lgtin:4012345.012345.998877",
         "https://example.com/shop/01/04012345123456/10/998877"),
        ("urn:epc:id:sscc:0614141.1234567890", "https://id.gs1.org/00/106141412345678908"),
        ("urn:epc:id:sgln:0614141.07346.1234", "https://id.gs1.org/414/0614141073467/254/1234"),
        ("urn:epc:id:sgln:0614141.07346.0", "https://id.gs1.org/414/0614141073467"),
        ("urn:epc:idpat:sgtin:4012345.066666.*", "https://id.gs1.org/01/04012345666663"),
        ("urn:epc:id:giai:4000001.111", "https://id.gs1.org/8004/4000001111"),
        ("urn:epc:id:sgtin:0614141.107346.A%2FB", "https://id.gs1.org/01/10614141073464/21/A%2FB"),
    ],
)  # fmt: skip
def test_urn_and_digital_link_name_the_same(urn: str, link: str) -> None:
    assert identify(urn) == identify(link)
    assert identify(urn).code.startswith("(")


def spans(claims: list[Claim], relation: str) -> set[tuple[str, str, int | None, int | None]]:
    return {(c.subject, c.object, c.valid_from, c.valid_to)
            for c in claims if c.predicate == relation}  # fmt: skip


def test_packing_is_an_interval_in_whatever_order_events_come() -> None:
    day = "2026-03-0{}T08:00:00Z".format
    events = [
        pack(day(5), "DELETE", sscc(1)),  # all of them
        pack(day(3), "DELETE", sscc(1), sgtin("1")),
        pack(day(1), "ADD", sscc(1), sgtin("1"), sgtin("2")),
        pack(day(4), "ADD", sscc(1), sgtin("1")),
    ]
    at = {n: parse_instant(day(n)) for n in range(1, 6)}
    box = identify(sscc(1)).key("container")
    claims, found = claims_of(*events)
    assert spans(claims, "packedInto") == {
        (unit("1"), box, at[1], at[3]), (unit("2"), box, at[1], at[5]),
        (unit("1"), box, at[4], at[5]),
    }  # fmt: skip
    assert not found
    assert spans(claims_of(*reversed(events))[0], "packedInto") == spans(claims, "packedInto")


def test_what_cannot_be_right_is_kept_and_told() -> None:
    day = "2026-03-0{}T08:00:00Z".format
    claims, found = claims_of(
        pack(day(1), "ADD", sscc(1), sgtin("1")),
        pack(day(2), "ADD", sscc(2), sgtin("1")),
        pack(day(3), "DELETE", sscc(3), sgtin("1")),
        pack(day(1), "ADD", sscc(1), sgtin("1")),
        event("TransformationEvent", day(1), inputEPCList=[sgtin("7")],
              outputQuantityList=[{"epcClass": lgtin("A"), "quantity": -2}]),
        event("ObjectEvent", day(2), action="ADD", epcList=[sgtin("7")]),
        event("ObjectEvent", day(2), action="ADD",
              quantityList=[{"epcClass": lgtin("B")}]),
    )  # fmt: skip
    assert set(found) == {
        "epcis-two-places", "epcis-unpacked-only", "epcis-duplicate", "epcis-negative-quantity",
        "epcis-used-before-made", "epcis-no-quantity",
    }  # fmt: skip
    assert len(spans(claims, "packedInto")) == 3
    assert [c.props for c in claims if c.object == lot("A") and c.predicate == "produced"] == [
        {"quantity": -2}
    ]


def test_nothing_follows_from_an_event_that_was_declared_an_error() -> None:
    wrong = event("TransformationEvent", "2026-03-01T08:00:00Z", eventID="urn:uuid:1",
                  inputEPCList=[sgtin("1")], outputEPCList=[sgtin("2")])  # fmt: skip
    declared = wrong | {"errorDeclaration": {"declarationTime": "2026-03-02T08:00:00Z"}}
    for events in ([wrong, declared], [declared, wrong], [declared]):
        claims, found = claims_of(*events)
        assert claims == []
        assert "epcis-voided" in found
    assert {c.predicate for c in claims_of(wrong)[0]} >= {"consumed", "produced"}


def test_the_same_instant_in_two_time_zones_is_the_same() -> None:
    a = claims_of(event("ObjectEvent", "2026-03-01T08:00:00+08:00", action="ADD",
                        epcList=[sgtin("1")]))[0]  # fmt: skip
    b = claims_of(event("ObjectEvent", "2026-02-28T19:00:00-05:00", action="ADD",
                        epcList=[sgtin("1")]))[0]  # fmt: skip
    made = [(c.valid_from, c.valid_to) for c in (*a, *b) if c.predicate == "produced"]
    assert len(set(made)) == 1


def test_a_unit_comes_out_of_its_lot_and_stays_apart_from_it() -> None:
    claims, _ = claims_of(
        event("ObjectEvent", "2026-03-01T08:00:00Z", action="ADD",
              epcList=["https://id.gs1.org/01/04012345123456/21/9"],
              ilmd={"cbvmda:lotNumber": "A"})
    )  # fmt: skip
    assert ("unit:(01)04012345123456(21)9", lot("A")) in {
        (c.subject, c.object) for c in claims if c.predicate == "madeOf"
    }


def test_a_list_of_events_and_one_on_each_line_are_read_too(tmp_path: Path) -> None:
    events = GOOD["epcisBody"]["eventList"]
    for name, content in (
        ("list.json", orjson.dumps(events)),
        ("lines.jsonl", b"\n".join(map(orjson.dumps, events))),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        assert is_epcis(path)
        assert [told.event for told in open_epcis(path, key="k", shown=name).events] == events
    path.write_bytes(content + b"\n{not json")
    with pytest.raises(BadInput, match="line 5"):
        open_epcis(path, key="k", shown="lines.jsonl")
