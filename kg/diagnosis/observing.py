"""What was observed: from what a person said to signs that the graph knows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from kg.diagnosis.graph import Graph
from kg.model.keys import normal_name
from kg.narration import Named, name_in
from kg.search import Found, Term, lexicon_of, resolve, search

SIGN_CLASSES = ("Symptom", "Alarm", "FailureMode", "FailureEffect", "DefectType", "Parameter")
RECORD_CLASSES = ("WorkOrder", "FailureEvent")
_MAX_COVERED = 200
_COVERED = 0.75  # share of the words that a sign must hold to be what was meant
_AMBIGUOUS = 2  # more equally good signs than this mean that none is known
_MAX_SIMILAR_TEXTS = 200


@dataclass(frozen=True, slots=True)
class Observation:
    """One thing that was observed.

    `keys` are its readings: one sign, or several where the words are ambiguous; `covers` adds the
    narrower signs. A component that was mentioned is an observation too. Without keys, `records`
    are past records whose text resembles it, and `suggestions` what may be meant.
    """

    text: str
    is_component: bool
    keys: tuple[str, ...]
    named: tuple[Named, ...]
    covers: frozenset[str]
    records: frozenset[str] = frozenset()
    suggestions: tuple[Found, ...] = ()

    @property
    def is_understood(self) -> bool:
        """Whether the graph knows what it means."""
        return bool(self.keys)


def read_observations(graph: Graph, texts: Sequence[str]) -> list[Observation]:
    """The observations in `texts`; each is a node key, a code, or words in either language."""
    found: dict[tuple[str, ...], Observation] = {}
    for text in texts:
        for observation in _read(graph, text):
            found.setdefault(observation.keys or (observation.text,), observation)
    return list(found.values())


def observation_of(graph: Graph, key: str) -> Observation:
    """The observation of one sign that the graph knows; its text is the key."""
    return _understood(graph, key, [key])


def _read(graph: Graph, text: str) -> list[Observation]:
    direct = resolve(graph.store, text, classes=(*SIGN_CLASSES, "Component"), view=graph.view)
    if direct.key is not None:
        return [_understood(graph, text, [direct.key, *_said_by_alarm(graph, direct.key)])]
    observations = [_understood(graph, words, keys) for words, keys in _mentioned(graph, text)]
    if any(not o.is_component for o in observations):
        return observations
    signs = search(graph.store, text, classes=SIGN_CLASSES, limit=5, view=graph.view)
    close = [f for f in signs if f.coverage >= _COVERED and f.score >= 0.95 * signs[0].score]
    if 0 < len(close) <= _AMBIGUOUS:
        return [*observations, _understood(graph, text, [f.key for f in close])]
    if observations:
        return observations
    cause = resolve(graph.store, text, classes=("FailureCause",), view=graph.view)
    if cause.key is not None:  # a cause was named: what is behind it?
        return [_understood(graph, text, [cause.key])]
    records = _similar_texts(graph, text)
    return [Observation(text, False, (), (), frozenset(), frozenset(records), tuple(signs))]


def _said_by_alarm(graph: Graph, key: str) -> list[str]:
    """The modes and symptoms that an alarm is called after.

    Whoever wrote the work order behind "P-101 hold pressure low" wrote down the low pressure.
    """
    node = graph.nodes([key]).get(key) if graph.is_a(key, "Alarm") else None
    if node is None:
        return []
    found: dict[str, None] = {}
    for name in (node.name, *node.aliases):
        for mention in lexicon_of(graph.schema).mentions(
            name,
            accept=lambda term: (
                graph.schema.is_a(term.cls, "FailureMode") or graph.schema.is_a(term.cls, "Symptom")
            ),
        ):
            if 2 * len(mention.text) >= len(name):
                found.update((t.key, None) for t in mention.terms if t.key is not None)
    return list(found)


def _mentioned(graph: Graph, text: str) -> list[tuple[str, list[str]]]:
    """The signs and components named in a text, each with the keys that its words may mean."""
    lexicon = lexicon_of(graph.schema)

    def is_observable(term: Term) -> bool:
        return term.key is not None and graph.is_a(term.key, *SIGN_CLASSES, "Component")

    found: list[tuple[str, list[str]]] = []
    for mention in lexicon.mentions(text, accept=is_observable) or lexicon.mentions(
        text, accept=is_observable, typos=True
    ):
        keys = {t.key for t in mention.terms if t.key is not None}
        # The plant's own signs of that name are meant as well.
        for hit in search(
            graph.store, mention.text, classes=SIGN_CLASSES, limit=5, view=graph.view
        ):
            if any(normal_name(r.found) == normal_name(mention.text) for r in hit.reasons):
                keys.add(hit.key)
        signs = {k for k in keys if not graph.is_a(k, "Component")}
        if keys:
            found.append((mention.text, sorted(signs or keys)))
    return found


def _understood(graph: Graph, text: str, keys: Collection[str]) -> Observation:
    nodes = graph.nodes(keys)
    listed = sorted(keys)
    return Observation(
        text=text,
        is_component=all(graph.is_a(k, "Component") for k in listed),
        keys=tuple(listed),
        named=tuple(name_in(graph.schema, nodes, k) for k in listed),
        covers=frozenset(_with_narrower(graph, listed)),
    )


def _with_narrower(graph: Graph, keys: Collection[str]) -> set[str]:
    found = set(graph.closure(keys, graph.terms.broader, "in", max_nodes=_MAX_COVERED))
    below: dict[str, list[str]] = {}
    for concept in graph.schema.concepts.values():
        for key in concept.broader:
            below.setdefault(key, []).append(concept.key)
    queue = list(found)
    while queue and len(found) < _MAX_COVERED:
        for key in below.get(queue.pop(), ()):
            if key not in found:
                found.add(key)
                queue.append(key)
    return found


def _similar_texts(graph: Graph, text: str) -> set[str]:
    """Records whose text holds at least half of the words: what is left when nothing is known."""
    classes = [c for c in RECORD_CLASSES if c in graph.schema.classes]
    found = search(graph.store, text, classes=classes, limit=_MAX_SIMILAR_TEXTS, view=graph.view)
    return {f.key for f in found if f.in_graph and f.coverage >= 0.5}
