"""Whether what an event says has to do with the defect: by causal statements, or by words.

FMEA sheets name causes in words of their own ("cylinder seal worn, not pressed home"), work orders
find causes from a catalogue ("cylinder seal worn"), and nothing ties the two together but words.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import log
from typing import NamedTuple

from kg.diagnosis.graph import Graph
from kg.diagnosis.knowledge import Path, find_paths
from kg.model.keys import normal_name
from kg.narration import name_in
from kg.search import lexicon_of

NOTHING_KNOWN, NO_PATH, PATH = 0.6, 0.4, 1.0
_GOOD_PATH = 0.8  # a path of this weight is as good as certain
_ENOUGH_WORDS = 0.3  # share of a cause's words that an event must hold, rare ones counting more
_WORDS_WEIGHT = 0.8  # the same words are less than the same thing
_LONG_NAME = 4  # characters from which a name found inside another means something


@dataclass(frozen=True, slots=True)
class Relation:
    """How an event has to do with the defects."""

    relevance: float
    path: Path | None = None
    words: tuple[str, ...] = ()


class Said(NamedTuple):
    """What an event speaks of: things by their keys, and what people wrote."""

    keys: tuple[str, ...]
    texts: tuple[str, ...]


class Relating:
    """What is known to lead to some defect types, against what some events say in words."""

    def __init__(
        self, graph: Graph, defect_types: Collection[str], events: Mapping[str, Said]
    ) -> None:
        self._paths = find_paths(graph, defect_types) if defect_types else {}
        if not self._paths:
            return
        spoken = {key for said in events.values() for key in said.keys}
        reader = _Reader(graph, spoken | self._paths.keys())
        self._causes = {key: reader.read(Said((key,), ())) for key in self._paths}
        self._events = {event: reader.read(said) for event, said in events.items()}

    def relate(self, event: str, findings: Collection[str]) -> Relation:
        """How `event`, which observed or found `findings`, has to do with the defects."""
        if not self._paths:
            return Relation(NOTHING_KNOWN)
        direct = [self._paths[key][0] for key in findings if key in self._paths]
        if direct:
            best = max(direct, key=lambda p: (p.weight, p.nodes))
            return Relation(_scaled(min(1.0, best.weight / _GOOD_PATH)), best)
        said = self._events.get(event)
        found: tuple[float, str, tuple[str, ...]] = (0.0, "", ())
        for key, cause in sorted(self._causes.items()):
            share, words = self._share(cause, said) if said is not None else (0.0, ())
            if share > found[0]:
                found = share, key, words
        share, key, words = found
        if share < _ENOUGH_WORDS:
            return Relation(NO_PATH)
        path = self._paths[key][0]
        weight = min(1.0, path.weight / _GOOD_PATH) * min(1.0, share) * _WORDS_WEIGHT
        return Relation(_scaled(weight), path, words)

    def _share(self, cause: _Wording, event: _Wording) -> tuple[float, tuple[str, ...]]:
        """How much of a cause's wording an event holds, with the words."""
        named = max(
            (name for name in event.names if name in cause.line), key=len, default=""
        )  # what the event found is called like a part of the cause
        best: tuple[float, tuple[str, ...]] = (
            len(named) / max(1, cause.length),
            (named,) if named else (),
        )
        common = cause.terms.keys() & event.terms.keys()
        whole = sum(self._rarity(term) for term in cause.terms)
        if common and whole > 0:
            words = tuple(sorted({cause.terms[term] for term in common}))
            # Where little of a cause's wording is understood at all, little is shared.
            told = min(1.0, 2 * sum(map(len, words)) / max(1, cause.length))
            share = sum(self._rarity(term) for term in common) / whole * told
            best = max(best, (share, words))
        return best

    def _rarity(self, term: str) -> float:
        """1 for what no event speaks of, near 0 for what all of them do."""
        holding = sum(term in wording.terms for wording in self._events.values())
        total = len(self._events) + 1
        return log((total + 1) / (holding + 1)) / log(total + 1)


@dataclass(slots=True)
class _Wording:
    """Names and texts, reduced to what they speak of in either language."""

    names: set[str]
    line: str  # all names
    length: int  # of the shortest: names in two languages say the same twice
    terms: dict[str, str]  # what is spoken of, as it was written


class _Reader:
    """Reads wordings; every name is looked through once."""

    def __init__(self, graph: Graph, keys: Collection[str]) -> None:
        self._schema = graph.schema
        self._lexicon = lexicon_of(graph.schema)
        self._nodes = graph.nodes(keys)
        self._known: dict[str, dict[str, str]] = {}

    def read(self, said: Said) -> _Wording:
        texts = list(said.texts)
        terms: dict[str, str] = {}
        for key in said.keys:
            label = name_in(self._schema, self._nodes, key).label
            texts += [label.en, label.zh]
            if key in self._schema.concepts:
                terms[key] = label.zh
                continue  # it is what it is; its other names say no more
            node = self._nodes.get(key)
            for name in (label.en, label.zh, *(node.aliases if node is not None else ())):
                terms.update(self._spoken(name))
        for text in said.texts:
            terms.update(self._spoken(text))
        names = {t for text in texts if len(t := normal_name(text)) >= _LONG_NAME}
        return _Wording(names, "\n".join(sorted(names)), min(map(len, names), default=0), terms)

    def _spoken(self, text: str) -> dict[str, str]:
        """The terms that a text mentions. One character is part of too many words to count."""
        found = self._known.get(text)
        if found is None:
            found = {
                term.key or term.name: mention.text
                for mention in self._lexicon.mentions(text)
                if len(mention.text) > 1
                for term in mention.terms
            }
            self._known[text] = found
        return found


def _scaled(weight: float) -> float:
    return NO_PATH + (PATH - NO_PATH) * weight
