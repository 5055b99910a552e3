"""A plant small enough to know by heart: one excavator, two work orders, one unit of two lots."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from kg.model import Batch, Claim, Document, NodeClaim, Passage, Run, passage_key
from kg.model.instants import Instant, to_instant
from kg.store import Store

LOADED: Instant = to_instant(datetime(2026, 3, 1, tzinfo=UTC))
WORK_ORDERS = "workorders.csv"
GENEALOGY = "genealogy.csv"


def day(number: int, hour: int = 0) -> Instant:
    """A time in February 2026, before anything was loaded."""
    return to_instant(datetime(2026, 2, number, hour, tzinfo=UTC))


def _load(store: Store, key: str, run: Run, batch: Batch) -> None:
    text = "\n".join(p.text for p in batch.passages)
    document = Document(
        key, hashlib.sha256(text.encode()).hexdigest(), "by-hand@1", key, "text/csv", "en"
    )
    with store.begin_load(document, run) as session:
        session.write(batch)
        session.finish()


def _row(batch: Batch, text: str) -> int:
    batch.passages.append(Passage(passage_key(text), f"row:{len(batch.passages) + 2}", text, "en"))
    return len(batch.passages) - 1


def load_work_orders(store: Store, at: Instant = LOADED) -> None:
    """Excavator EX-12 leaked twice; the second time the cause was found."""
    batch = Batch()
    first = _row(batch, "WO-1;2026-02-03;EX-12;hydraulic oil leaking at boom cylinder")
    second = _row(batch, "WO-2;2026-02-17;EX-12;boom cylinder leaking, seal worn, replaced")
    batch.nodes += [
        NodeClaim("asset:EX-12", "Asset", first, "Excavator 12", {"manufacturer": "Northfield"}),
        NodeClaim("wo:WO-1", "WorkOrder", first, None, {"startedAt": "2026-02-03T00:00:00Z"}),
        NodeClaim("wo:WO-2", "WorkOrder", second, None, {"startedAt": "2026-02-17T00:00:00Z"}),
        NodeClaim("mode:Leakage", "FailureMode", first, "Leakage"),
        NodeClaim("cause:worn seal", "FailureCause", second, "worn seal"),
    ]
    for row, order, at_day in ((first, "wo:WO-1", day(3)), (second, "wo:WO-2", day(17))):
        end = at_day + 3_600_000
        batch.claims += [
            Claim(order, "reportedOn", "asset:EX-12", row, valid_from=at_day, valid_to=end),
            Claim(order, "observed", "mode:Leakage", row, 0.8, valid_from=at_day, valid_to=end),
        ]
    batch.claims += [
        Claim("asset:EX-12", "exhibits", "mode:Leakage", first, 0.8),
        Claim("asset:EX-12", "exhibits", "mode:Leakage", second, 0.9),
        Claim("wo:WO-2", "foundCause", "cause:worn seal", second, 0.7, valid_from=day(17)),
        Claim("cause:worn seal", "causes", "mode:Leakage", second, 0.7),
        Claim("cause:guess", "causes", "mode:Leakage", second, 0.3, "suggested"),
    ]
    _load(store, WORK_ORDERS, Run("run-orders", at, "li.wei", WORK_ORDERS), batch)


def load_genealogy(store: Store, at: Instant = LOADED + 1000) -> None:
    """Unit SN-1 was made from lots L-1 and L-2 by operation OP-1 on EX-12, and shipped."""
    batch = Batch()
    row = _row(batch, "OP-1;2026-02-10;EX-12;L-1|L-2;SN-1;SHIP-1;ACME")
    batch.nodes += [
        NodeClaim("unit:SN-1", "Unit", row),
        NodeClaim("lot:L-1", "MaterialLot", row),
        NodeClaim("op:OP-1", "Operation", row, None, {"startedAt": "2026-02-10T00:00:00Z"}),
        NodeClaim("customer:ACME", "Customer", row, "Acme"),
        NodeClaim("defect:D-1", "Defect", row),
    ]
    when = {"valid_from": day(10), "valid_to": day(10, 1)}
    batch.claims += [
        Claim("op:OP-1", "consumed", "lot:L-1", row, **when),  # type: ignore[arg-type]
        Claim("op:OP-1", "consumed", "lot:L-2", row, **when),  # type: ignore[arg-type]
        Claim("op:OP-1", "produced", "unit:SN-1", row, **when),  # type: ignore[arg-type]
        Claim("op:OP-1", "performedOn", "asset:EX-12", row, **when),  # type: ignore[arg-type]
        Claim("unit:SN-1", "hasDefect", "defect:D-1", row),
        Claim("defect:D-1", "ofType", "defecttype:scratch", row),
        Claim("unit:SN-1", "shippedIn", "shipment:SHIP-1", row, valid_from=day(20)),
        Claim("shipment:SHIP-1", "shippedTo", "customer:ACME", row, valid_from=day(20)),
    ]
    _load(store, GENEALOGY, Run("run-genealogy", at, "li.wei", GENEALOGY), batch)


def load_small_plant(store: Store) -> None:
    """Both documents."""
    load_work_orders(store)
    load_genealogy(store)
