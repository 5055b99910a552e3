"""Events for tests, a line each."""

from __future__ import annotations

from typing import Any

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"


def sgtin(serial: str) -> str:
    return f"urn:epc:id:sgtin:0614141.107346.{serial}"


def unit(serial: str) -> str:
    """The key of `sgtin(serial)`."""
    return f"unit:(01)10614141073464(21){serial}"


def lgtin(lot: str) -> str:
    return f"urn:epc:class:lgtin:4012345.012345.{lot}"


def lot(number: str) -> str:
    """The key of `lgtin(number)`."""
    return f"lot:(01)04012345123456(10){number}"


def sscc(number: int) -> str:
    return f"urn:epc:id:sscc:0614141.{number:010d}"


def event(kind: str, time: str, **fields: Any) -> dict[str, Any]:
    return {"type": kind, "eventTime": time, "eventTimeZoneOffset": "+00:00", **fields}


def pack(time: str, action: str, parent: str, *children: str, **fields: Any) -> dict[str, Any]:
    return event("AggregationEvent", time, action=action, parentID=parent,
                 childEPCs=list(children), **fields)  # fmt: skip


def document(*events: dict[str, Any]) -> dict[str, Any]:
    return {
        "@context": CONTEXT, "type": "EPCISDocument", "schemaVersion": "2.0",
        "creationDate": "2026-03-01T00:00:00Z", "epcisBody": {"eventList": list(events)},
    }  # fmt: skip
