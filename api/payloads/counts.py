"""How much there is."""

from __future__ import annotations

from api.payloads.shape import Payload, example
from api.wiring import Plant


class Stats(Payload):
    """How much the store holds, seen now."""

    model_config = example(
        ontology="0.1.0",
        documents=2,
        passages=3,
        evidence=17,
        nodes={"Asset": 1, "WorkOrder": 2},
        statements={"reportedOn": 2},
    )

    ontology: str
    documents: int
    passages: int
    evidence: int
    nodes: dict[str, int]
    statements: dict[str, int]


def stats_payload(plant: Plant) -> Stats:
    """The counts of a plant's store."""
    counts = plant.store.count()
    return Stats(
        ontology=plant.schema.version,
        documents=counts.documents,
        passages=counts.passages,
        evidence=counts.evidence,
        nodes=dict(sorted(counts.nodes.items())),
        statements=dict(sorted(counts.statements.items())),
    )
