"""Ranked causes for an asset and what was observed on it, with the evidence for each."""

from __future__ import annotations

from collections.abc import Sequence

from kg.diagnosis.answering import Answer
from kg.diagnosis.graph import Graph
from kg.diagnosis.knowledge import concerning, relevance_of
from kg.diagnosis.observing import read_observations
from kg.diagnosis.ranking import OTHER_KIND, combine, shares_of
from kg.diagnosis.reading import candidates_of, knowledge_for, named_near, read_all
from kg.diagnosis.records import RecordReader
from kg.diagnosis.results import Diagnosis
from kg.diagnosis.scope import read_scope
from kg.diagnosis.terms import Terms
from kg.model.errors import BadInput
from kg.model.graph import NOW, Node, View
from kg.search import require
from kg.store.protocol import Store
from ontology.schema import Schema


def rank_causes(
    store: Store,
    schema: Schema,
    asset: str,
    symptoms: str | Sequence[str],
    *,
    view: View = NOW,
    limit: int = 10,
) -> Diagnosis:
    """The causes of `symptoms` on `asset`, best first, or why there is no answer.

    `asset` is the key, code or name of an asset or asset class. Each symptom is a node key, a
    code, or words in either language; words may name a component too. Raises NotFound for an
    unknown asset, BadInput without symptoms.
    """
    texts = [symptoms] if isinstance(symptoms, str) else list(symptoms)
    texts = [text.strip() for text in texts if text.strip()]
    if not texts:
        raise BadInput("Say what was observed: a symptom, an alarm, or a few words.")
    if limit < 1:
        raise BadInput("A diagnosis lists at least one cause.")
    graph = Graph(store, schema, Terms.of(schema), view)
    key = require(store, asset, classes=("Asset", "AssetClass", "Location"), view=view)
    root = graph.nodes([key]).get(key) or Node(key, schema.class_of_key(key), asset)
    scope = read_scope(graph, root)
    reader = RecordReader(graph, scope)
    observations = read_observations(graph, texts)
    readings = read_all(graph, scope, reader, observations)
    possible = candidates_of(readings)
    relevance = relevance_of(graph, scope, possible)
    candidates = concerning(scope, relevance, named_near(readings))
    shares = [
        shares_of(
            candidates,
            knowledge_for(candidates, reading),
            reading.records,
            relevance,
            reading.through,
            far=OTHER_KIND if scope.classes else 1.0,
        )
        for reading in readings
    ]
    scored = [s for s in combine(shares) if s.score > 0]
    return Answer(graph, scope, reader, observations, readings).build(scored, limit)
