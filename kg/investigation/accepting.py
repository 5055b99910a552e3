"""What accepting a suggestion would change in diagnosis: the same question, with and without it.

A suggestion is tried on the assets and signs that it is about: the signs that its causes lead to,
on the assets or classes that these are said to concern. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from kg.diagnosis.diagnosing import Told, pose
from kg.diagnosis.graph import Graph
from kg.diagnosis.terms import Names, Terms
from kg.investigation import accepting_words as wording
from kg.investigation.supposing import remember, suppose
from kg.model.graph import EVERY_STATUS, NOW, Statement, View
from kg.narration import Named, Phrase, name_in
from kg.store.protocol import Store
from ontology.schema import Schema

_SIGNS = ("Symptom", "Alarm")
_ASKABLE = (*_SIGNS, "FailureMode", "FailureEffect", "DefectType", "Parameter")
_STEPS = 4  # of causes from what a suggestion is about to a sign
_NODES = 200
_PLACES = 8  # places and signs among which the cases are chosen
_CASES = 3
_RANKS = 10  # places of a ranking that people look at
_FIRST = 3  # places where another order alone is worth telling
_LITTLE = 0.005  # of probability: nobody acts on less
_TOLD = 5


@dataclass(frozen=True, slots=True)
class Moved:
    """A cause that would stand elsewhere. No rank: it is no candidate."""

    named: Named
    rank_before: int | None
    rank_after: int | None
    probability_before: float
    probability_after: float


@dataclass(frozen=True, slots=True)
class Effect:
    """What accepting one suggestion would change, at the asset and sign where it changes most."""

    statement: str  # its id
    kind: Literal["causes", "advice", "nothing"]
    sentence: Phrase
    asset: Named | None  # or asset class; None where no cause would move
    sign: Named | None
    moved: tuple[Moved, ...]  # most first


class _Place(NamedTuple):
    rank: int
    probability: float


Standing = dict[str, _Place]  # by cause


def effects_of(store: Store, schema: Schema, suggestions: Iterable[Statement]) -> list[Effect]:
    """One effect for each suggestion, in their order.

    Each costs up to six diagnoses, so ask for those that are shown, not for all that wait.
    """
    trial = _Trial(store, schema)
    return [trial.effect_of(one) for one in suggestions]


class _Trial:
    """How causes stand without any suggestion is worked out once for each question."""

    def __init__(self, store: Store, schema: Schema) -> None:
        self.store = remember(store)
        self.schema = schema
        self.graph = Graph(self.store, schema, Terms.of(schema), NOW)
        self._before: dict[tuple[str, str], Standing] = {}

    def effect_of(self, suggestion: Statement) -> Effect:
        """The case in which a cause moves most; else what advice it would add; else nothing."""
        supposed = suppose(self.store, [suggestion])
        best: tuple[float, str, str, list[str], Standing, Standing] | None = None
        for asset, sign in cases_of(self.graph, suggestion):
            if (asset, sign) not in self._before:
                self._before[asset, sign] = _standing(self.store, self.schema, asset, sign)
            before = self._before[asset, sign]
            after = _standing(supposed, self.schema, asset, sign)
            moved = _moved(before, after)
            if moved and (best is None or _gap(before, after, moved[0]) > best[0]):
                best = _gap(before, after, moved[0]), asset, sign, moved, before, after
        if best is not None:
            return self._tell_moved(suggestion, *best[1:])
        advice = self._tell_advice(suggestion)
        return Effect(
            suggestion.id,
            "nothing" if advice is None else "advice",
            wording.nothing() if advice is None else advice,
            None,
            None,
            (),
        )

    def _tell_moved(
        self,
        suggestion: Statement,
        asset: str,
        sign: str,
        moved: list[str],
        before: Standing,
        after: Standing,
    ) -> Effect:
        nodes = self.store.get_nodes({asset, sign, *moved}, View(statuses=EVERY_STATUS))
        told = tuple(
            Moved(
                name_in(self.schema, nodes, key),
                before[key].rank if key in before else None,
                after[key].rank if key in after else None,
                round(before[key].probability, 4) if key in before else 0.0,
                round(after[key].probability, 4) if key in after else 0.0,
            )
            for key in moved[:_TOLD]
        )
        where, what = name_in(self.schema, nodes, asset), name_in(self.schema, nodes, sign)
        first = told[0]
        sentence = wording.moved(
            where,
            what,
            first.named,
            (first.rank_before, first.rank_after),
            (first.probability_before, first.probability_after),
        )
        return Effect(suggestion.id, "causes", sentence, where, what, told)

    def _tell_advice(self, suggestion: Statement) -> Phrase | None:
        terms = self.graph.terms
        predicate = suggestion.predicate
        drawn_on = (
            *(terms.requires_part + terms.requires_tool + terms.applies_to + terms.fits),
            *(terms.performed + terms.used_part + terms.instructs + terms.has_notice),
        )
        is_check, is_remedy = predicate in terms.detected_by, predicate in terms.remedied_by
        if not (is_check or is_remedy):
            return wording.drawn_on() if predicate in drawn_on else None
        relations = terms.detected_by if is_check else terms.remedied_by
        known = {one.object for one in self.graph.expand([suggestion.subject], relations)}
        ends = (suggestion.subject, suggestion.object)
        nodes = self.store.get_nodes(ends, View(statuses=EVERY_STATUS))
        cause, advice = (name_in(self.schema, nodes, key) for key in ends)
        return wording.advice(advice, cause, len(known), is_check=is_check)


def cases_of(graph: Graph, suggestion: Statement) -> list[tuple[str, str]]:
    """(asset or class, sign) pairs of which a suggestion may change the causes, likeliest first."""
    terms = graph.terms
    predicate, subject, end = suggestion.predicate, suggestion.subject, suggestion.object
    places: list[str] = []
    if predicate in (*terms.indicates, *terms.broader):
        starts = [subject]
    elif predicate in terms.causes:
        starts = [end]
    elif predicate in terms.exhibits:
        starts, places = [end], [subject]
    elif predicate in terms.affects:
        starts, places = [subject], [end]
    elif predicate in (*terms.has_component, *terms.depends_on, *terms.of_class):
        starts, places = _known_of(graph, end), [subject]
    elif predicate in (
        *(terms.found_cause + terms.observed + terms.involves + terms.ruled_out),
        *terms.reported_on,
    ):
        starts = _others(graph, subject, terms.observed, suggestion)
        places = _others(graph, subject, terms.reported_on, suggestion)
    else:
        return []
    near = _towards_signs(graph, starts)
    signs = [key for key in near if graph.is_a(key, *_SIGNS)] or [
        key for key in starts if graph.is_a(key, *_ASKABLE)
    ]
    about = _assets_of(graph, places, exact=True) or _concerned(graph, [subject, *near])
    return _likeliest(graph, about[:_PLACES], signs[:_PLACES])


def _likeliest(graph: Graph, about: Sequence[str], signs: Sequence[str]) -> list[tuple[str, str]]:
    """The pairs of which there are records, most of them first, then the nearest ones.

    What concerns nothing in particular is tried where its signs were seen, or on the class of most
    assets.
    """
    terms = graph.terms
    seen = {sign: _seen_on(graph, sign) for sign in signs}
    if not about:
        everywhere = sorted({key for counts in seen.values() for key in counts})
        classes = [key for key in everywhere if graph.is_a(key, "AssetClass")]
        about = (classes or everywhere)[:_PLACES] or [
            key
            for key, _ in graph.store.aggregate(terms.of_class, "object", view=graph.view, limit=1)
        ]
    pairs = [(asset, sign) for asset in about for sign in signs]
    return sorted(pairs, key=lambda pair: -seen[pair[1]].get(pair[0], 0))[:_CASES]


def _seen_on(graph: Graph, sign: str) -> dict[str, int]:
    """On which assets and asset classes a sign was observed, and how often."""
    terms = graph.terms
    records = graph.expand([sign], terms.observed, "in", limit_per_node=_NODES)
    raised = graph.expand([sign], terms.of_alarm, "in", limit_per_node=_NODES)
    on = graph.expand({s.subject for s in records}, terms.reported_on)
    on += graph.expand({s.subject for s in raised}, terms.raised_by)
    classes = {s.subject: s.object for s in graph.expand({s.object for s in on}, terms.of_class)}
    counts: dict[str, int] = {}
    for one in on:
        for key in {one.object, classes.get(one.object, one.object)}:
            counts[key] = counts.get(key, 0) + 1
    return counts


def _others(graph: Graph, record: str, relations: Names, suggestion: Statement) -> list[str]:
    """What a record says by `relations`, with what is suggested of it."""
    found = [one.object for one in graph.expand([record], relations, limit_per_node=_CASES)]
    if suggestion.predicate in relations:
        found.insert(0, suggestion.object)
    return list(dict.fromkeys(found))


def _known_of(graph: Graph, part: str) -> list[str]:
    """The causes and modes that are known of a component, an asset or a class."""
    affecting = graph.expand([part], graph.terms.affects, "in", limit_per_node=_NODES)
    shown = graph.expand([part], graph.terms.exhibits, limit_per_node=_NODES)
    return [*(one.subject for one in affecting), *(one.object for one in shown)]


def _towards_signs(graph: Graph, starts: Sequence[str]) -> list[str]:
    """What `starts` bring about, and the signs of it, nearest first."""
    terms = graph.terms
    found = dict.fromkeys(starts)
    ends = sorted(found)
    for _ in range(_STEPS):
        reached = {one.object for one in graph.expand(ends, terms.causes, limit_per_node=_NODES)}
        reached |= {
            one.subject for one in graph.expand(ends, terms.indicates, "in", limit_per_node=_NODES)
        }
        ends = sorted(reached - found.keys())
        found.update(dict.fromkeys(ends))
        if not ends or len(found) > _NODES:
            break
    return list(found)


def _assets_of(graph: Graph, places: Collection[str], *, exact: bool = False) -> list[str]:
    """The asset classes of places, those of most places first; or with `exact` assets as such."""
    terms = graph.terms
    counts: dict[str, int] = {}
    components = [key for key in places if graph.is_a(key, "Component")]
    owners = graph.expand(components, terms.has_component, "in", limit_per_node=_NODES)
    direct = [key for key in places if graph.is_a(key, "Asset", "AssetClass")]
    for key in (*direct, *(one.subject for one in owners)):
        classes = (
            []
            if graph.is_a(key, "AssetClass") or (exact and key in direct)
            else [one.object for one in graph.expand([key], terms.of_class)]
        )
        for cls in classes or [key]:
            counts[cls] = counts.get(cls, 0) + 1
    return sorted(counts, key=lambda key: (-counts[key], key))


def _concerned(graph: Graph, nodes: Sequence[str]) -> list[str]:
    """The asset classes that `nodes` are said to concern, those most often said first."""
    said = graph.expand(nodes, graph.terms.affects, limit_per_node=_NODES)
    shown = graph.expand(nodes, graph.terms.exhibits, "in", limit_per_node=_NODES)
    return _assets_of(graph, {*(s.object for s in said), *(s.subject for s in shown)})


def _standing(store: Store, schema: Schema, asset: str, sign: str) -> Standing:
    ranking = pose(store, schema, asset, [Told(sign)]).rank()
    return {
        one.key: _Place(number, one.probability) for number, one in enumerate(ranking.scored, 1)
    }


def _moved(before: Standing, after: Standing) -> list[str]:
    """The causes people look at whose chance, or whose place among the first, differs."""
    found: list[str] = []
    for key in sorted(before.keys() | after.keys()):
        was, will_be = _rank(before, key), _rank(after, key)
        highest = min(was, will_be)
        if highest <= _RANKS and (
            _gap(before, after, key) >= _LITTLE or (was != will_be and highest <= _FIRST)
        ):
            found.append(key)
    return sorted(found, key=lambda key: -_gap(before, after, key))


def _rank(standing: Standing, key: str) -> float:
    return standing[key].rank if key in standing else float("inf")


def _gap(before: Standing, after: Standing, key: str) -> float:
    was = before[key].probability if key in before else 0.0
    will_be = after[key].probability if key in after else 0.0
    return abs(will_be - was)
