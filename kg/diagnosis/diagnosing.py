"""Ranked causes for an asset and what was observed on it, with the evidence for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kg.diagnosis.answering import Answer
from kg.diagnosis.graph import Graph
from kg.diagnosis.knowledge import concerning, relevance_of
from kg.diagnosis.modelling import OTHER_KIND, Model, build_model
from kg.diagnosis.modifying import USED, Kind, read_modifiers
from kg.diagnosis.observing import Observation, read_observations
from kg.diagnosis.posterior import ABSENT, PRESENT, Likelihood
from kg.diagnosis.ranking import Evidence, Ranking, rank
from kg.diagnosis.reading import Reading, candidates_of, named_near, read_all
from kg.diagnosis.records import RecordReader
from kg.diagnosis.results import Diagnosis
from kg.diagnosis.scope import PLACES, Scope, read_scope
from kg.diagnosis.terms import Terms
from kg.diagnosis.totals import read_totals
from kg.model.errors import BadInput
from kg.model.graph import NOW, Node, View
from kg.model.instants import Instant
from kg.search import require_first
from kg.store.protocol import Store
from ontology.schema import Schema


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody said of one observation: its words, and how far it is so."""

    text: str
    likelihood: Likelihood = PRESENT

    @property
    def is_absent(self) -> bool:
        """Whether it was looked for and is not there."""
        return self.likelihood == ABSENT


@dataclass(frozen=True, slots=True)
class Looked:
    """A cause that was looked at: how probable the result is where it is there, or is not."""

    cause: str
    text: str
    if_present: float
    if_absent: float
    check: str = ""  # its key


@dataclass(frozen=True)
class Problem:
    """One question with everything that was read for it."""

    graph: Graph
    scope: Scope
    reader: RecordReader
    observations: tuple[Observation, ...]
    readings: tuple[Reading, ...]  # one for each finding of the network
    model: Model
    evidence: Evidence
    looked: tuple[Looked, ...] = ()
    implied: tuple[tuple[str, str], ...] = ()  # said, and what says it already
    likelihoods: Mapping[str, Likelihood] = field(default_factory=dict)  # by observation's text

    def rank(self) -> Ranking:
        """The candidates by their posterior."""
        return rank(self.model, self.evidence)


def rank_causes(
    store: Store,
    schema: Schema,
    asset: str,
    symptoms: str | Sequence[str],
    *,
    absent: Sequence[str] = (),
    view: View = NOW,
    limit: int = 10,
) -> Diagnosis:
    """The causes of `symptoms` on `asset`, most probable first, or why there is no answer.

    `asset` is the key, code or name of an asset or asset class. Each symptom is a node key, a
    code, or words in either language; words may name a component too. `absent` are symptoms that
    were looked for and are not there. Raises NotFound for an unknown asset, BadInput without
    symptoms.
    """
    texts = [symptoms] if isinstance(symptoms, str) else list(symptoms)
    told = [Told(text) for text in texts] + [Told(text, ABSENT) for text in absent]
    if limit < 1:
        raise BadInput("A diagnosis lists at least one cause.")
    return answer(pose(store, schema, asset, told, view=view), limit)


def answer(problem: Problem, limit: int) -> Diagnosis:
    """The answer to a problem, for the causes that are shown."""
    return Answer(problem.graph, problem.scope, problem.reader, problem.observations,
                  problem.readings, problem.model, problem.likelihoods, problem.looked,
                  problem.implied, problem.evidence).build(problem.rank(), limit)  # fmt: skip


def pose(
    store: Store,
    schema: Schema,
    asset: str,
    told: Sequence[Told],
    *,
    looked: Sequence[Looked] = (),
    view: View = NOW,
    without: frozenset[str] = frozenset(),
    extra: Sequence[Observation] = (),
    at: Instant | None = None,
    kinds: Sequence[Kind] = USED,
) -> Problem:
    """Everything that the question needs, read and made into a network.

    `without` are records that are not to be counted. `extra` are observations that nobody made
    yet: findings of the network about which nothing is known. `at` is when it is asked (None: at
    the end of the view, or of the records), `kinds` the modifiers of the priors that are used.
    """
    told = [one for one in told if one.text.strip()]
    if not any(not one.is_absent for one in told):
        raise BadInput("Say what was observed: a symptom, an alarm, or a few words.")
    graph = Graph(store, schema, Terms.of(schema), view)
    key = require_first(store, asset, (*PLACES, ("Component",)), view=view)
    root = graph.nodes([key]).get(key) or Node(key, schema.class_of_key(key), asset)
    scope = read_scope(graph, root)
    reader = RecordReader(graph, scope, without=without)
    likelihoods: dict[str, Likelihood] = {}
    observations: list[Observation] = []
    for one in told:
        for observation in read_observations(graph, [one.text.strip()]):
            if one.likelihood != PRESENT and observation.is_component:
                continue  # that a component is not concerned is no finding
            if any(o.keys == observation.keys and o.keys for o in observations):
                continue
            likelihoods.setdefault(observation.text, one.likelihood)
            observations.append(observation)
    readings = read_all(graph, scope, reader, [*observations, *extra])
    asked = {o.text for o in extra} - {o.text for o in observations}
    readings, implied = _telling(readings, likelihoods, asked)
    relevance = relevance_of(graph, scope, candidates_of(readings))
    totals = read_totals(graph, scope, reader)
    candidates = concerning(scope, relevance, named_near(readings))
    model = build_model(
        graph.terms,
        readings,
        totals,
        candidates,
        relevance,
        far=OTHER_KIND if scope.classes else 1.0,
        modifiers=read_modifiers(
            graph, scope, totals, candidates, view.valid_to if at is None else at, kinds
        ),
    )
    index = model.index
    evidence = Evidence(
        {
            number: likelihoods[reading.observation.text]
            for number, reading in enumerate(readings)
            if reading.observation.text in likelihoods
        },
        {index[one.cause]: (one.if_present, one.if_absent) for one in looked if one.cause in index},
    )
    return Problem(
        graph, scope, reader, tuple(observations), tuple(readings), model, evidence,
        tuple(one for one in looked if one.cause in index), tuple(implied), likelihoods,
    )  # fmt: skip


def _telling(
    readings: Sequence[Reading], likelihoods: Mapping[str, Likelihood], asked: set[str]
) -> tuple[list[Reading], list[tuple[str, str]]]:
    """The readings without those that another one implies: who sees a fuel leak sees a leak.

    Both would count as two independent observations where there was one.
    """
    seen = [r for r in readings if likelihoods.get(r.observation.text) == PRESENT]
    kept: list[Reading] = []
    implied: list[tuple[str, str]] = []
    for reading in readings:
        own = reading.observation
        narrower = next(
            (
                other.observation
                for other in seen
                if other is not reading
                and other.observation.keys
                and set(other.observation.keys) <= own.covers
                and not set(own.keys) <= other.observation.covers
            ),
            None,
        )
        if narrower is not None and (own.text in asked or likelihoods[own.text] == PRESENT):
            implied.append((own.text, narrower.text))
        else:
            kept.append(reading)
    return kept, implied
