"""A store to which a bit of everything has happened."""

from __future__ import annotations

from typing import Any

from kg.model import (
    EVERY_STATUS,
    Batch,
    Claim,
    Decision,
    Document,
    Merge,
    NodeClaim,
    Passage,
    Run,
    StatementKey,
    Status,
    View,
)
from kg.store import Store
from tests.contracts.observing import observe

LEAK = StatementKey("asset:P-1", "exhibits", "mode:leak")
NOISE = StatementKey("asset:P-1", "exhibits", "mode:noise")
WEAR = StatementKey("cause:wear", "causes", "mode:leak")
INSTANTS = (50, 100, 150, 200, 250, 300, 400, 500, 600)
TOKENS = ("p-1", "pump", "漏油", "leak")


PUMP = NodeClaim(
    "asset:P-1", "Excavator", 0, "Feed pump", {"description": "主泵", "tags": ["x", "y"]}
)
SEEN = Claim(*LEAK, 0, 0.8, "accepted", "text@1", 4, 9, 1000, 2000, {"quantity": 1.0})


def live_through_much(store: Store) -> None:
    """Several versions of several documents, one of them unfinished, decisions on what is and what
    was, merges, records and logs."""
    said = Batch([Passage("a", "row:1", "P-1 leaks badly", "en", "Orders")])
    said.passages.append(Passage("b", "row:2", "泵漏油", "zh"))
    said.nodes += [PUMP, NodeClaim("mode:leak", "FailureMode", 1, "漏油", {"priority": 2}, 0.5)]
    said.claims += [
        SEEN,
        Claim(*NOISE, 0, 0.4, "suggested", "text@1"),
        Claim("asset:pump 1", "hasComponent", "asset:P-2", 1),
    ]
    worn = Batch([Passage("c", "row:3", "worn")], [], [Claim(*WEAR, 0, 1.0, valid_from=5)])
    _read(store, "orders.csv", Run("r1", 100, "li", "first"), said, worn)
    store.decide([Decision(NOISE, Status.REJECTED, "li", 150, "no noise at all")])
    store.decide([Decision(LEAK, Status.CONFIRMED, "wu", 160, "seen it")])

    manual = [Claim(*WEAR, 0, 0.9), Claim(*LEAK, 0, 0.3)]
    _read(store, "manual.pdf", Run("r2", 200), Batch([Passage("m", "page:1", "Wear")], [], manual))
    # The second reading: row 1 has moved, the noise and the component are gone.
    moved = [Passage("a", "row:2", "P-1 leaks badly", "en", "Orders"), Passage("d", "row:1", "new")]
    again = Batch(moved, [PUMP], [SEEN, Claim("asset:pump 1", "exhibits", "mode:leak", 1)])
    _read(store, "orders.csv", Run("r3", 300, "li"), again, sha256="2")

    store.merge([Merge("asset:P-1", "asset:pump 1", "li", 350, "same tag")])
    store.merge([Merge("asset:P-1", "asset:never seen", "li", 360)])
    store.decide([Decision(StatementKey("asset:pump 1", "exhibits", "mode:leak"), None, "wu", 370)])

    note = Batch([Passage("n", "line:1", "gone soon")], [], [Claim("unit:1", "madeOf", "lot:1", 0)])
    _read(store, "note", Run("r4", 400), note)
    _read(store, "note", Run("r5", 500), sha256="2")
    with store.begin_load(Document("open", "1", "r"), Run("r6", 600), resumable=True) as session:
        half = [Claim("wo:1", "reportedOn", "asset:P-2", 0)]
        session.write(Batch([Passage("o", "row:1", "half")], [], half), "row:1")

    store.put_records("rejection", {"1": {"place": "row:9", "n": 1}}, document="orders.csv")
    store.put_records("note", {"a": ["漏油", None, 1.5], "b": True})
    for i in range(3):
        store.append_log("audit", {"b": i, "a": "x"}, 700 + i)
    store.append_log("other", {}, 800)


def _read(store: Store, key: str, run: Run, *batches: Batch, sha256: str = "1") -> None:
    document = Document(key, sha256, "recipe", f"Title of {key}", "text/csv", "en")
    with store.begin_load(document, run) as session:
        for batch in batches:
            session.write(batch)
        session.finish()


def everything(store: Store) -> dict[str, Any]:
    """The whole observable state of such a store."""
    every = View(statuses=EVERY_STATUS)
    return {
        **observe(store, as_of=INSTANTS, tokens=TOKENS),
        "kept": list(store.dump_records()),
        "logs": {log: store.read_log(log) for log in store.logs()},
        "asked": store.get_statements([LEAK, NOISE, WEAR], every),
    }
