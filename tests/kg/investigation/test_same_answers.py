"""Every question answered alike by the embedded store and by Neo4j, letter by letter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import orjson
import pytest

from kg.diagnosis import rank_causes
from kg.investigation import affected_by, investigate, timeline
from kg.search import nearest, search
from kg.store.neo4j import Neo4jStore
from kg.store.protocol import Store
from kg.traceability import trace_backward, trace_both, trace_forward
from tests.kg.diagnosis.test_diagnosing import knowledge, with_records
from tests.kg.investigation.test_drifting import plant as drifting_plant
from tests.kg.investigation.test_investigating import bad_units, shop
from tests.kg.plants import schema
from tests.kg.traceability.test_tracing import pump_plant
from tests.neo4j_server import Server, wipe


@pytest.fixture
def server_store(neo4j_server: Server) -> Iterator[Store]:
    wipe(neo4j_server)
    store = Neo4jStore(
        neo4j_server.url, schema(), user=neo4j_server.user, password=neo4j_server.password
    )
    yield store
    store.close()


def ask_everything(store: Store) -> dict[str, Any]:
    """Every kind of question, about facts of which the tests beside know the answers."""
    fmea = knowledge()
    with_records(fmea, "asset:P-1", 0, seal=4, hose=9, bare=2)
    fmea.load(store)
    plant = pump_plant()
    plant.document = "pumps.csv"
    plant.load(store)
    made = shop(days=15)
    made.document = "shop.csv"
    made.load(store)
    moved = drifting_plant(-5.0, every=12.0)
    moved.document = "moved.csv"
    moved.load(store)
    s = schema()
    answers: dict[str, Any] = {
        text: [asdict(f) for f in search(store, text, limit=50)]
        for text in ("P-1", "oil puddle", "地面油渍", "pres 1", "asset 1 leak", "PU-", "漏油")
    }
    answers["nearest"] = nearest(store, "unit:PU-9", 3)
    answers["causes"] = asdict(rank_causes(store, s, "P-1", ["oil puddle"], limit=20))
    answers["unknown"] = asdict(rank_causes(store, s, "P-1", ["xyzzy frobozz"]))
    answers["backward"] = asdict(trace_backward(store, s, "unit:PU-2", evidence_per_edge=1))
    answers["forward"] = asdict(trace_forward(store, s, "lot:CAST-1", max_nodes=6))
    answers["both"] = asdict(trace_both(store, s, ["unit:PU-1", "unit:U040"]))
    answers["timeline"] = asdict(timeline(store, s, "asset:P1", limit=7))
    answers["investigation"] = asdict(investigate(store, s, bad_units(made)))
    answers["drift"] = asdict(investigate(store, s, "unit:U30"))
    answers["affected"] = asdict(affected_by(store, s, "wo:SEAL"))
    return answers


@pytest.mark.neo4j
@pytest.mark.slow
def test_both_stores_give_the_same_answers(sqlite_store: Store, server_store: Store) -> None:
    embedded = ask_everything(sqlite_store)
    served = ask_everything(server_store)
    for question, answer in embedded.items():
        assert orjson.loads(orjson.dumps(served[question])) == orjson.loads(orjson.dumps(answer)), (
            question
        )
