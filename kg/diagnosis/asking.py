"""Questions in a person's own words, in both languages, answered from the graph with citations.

A question is read with the lexicon alone: the asset by its code or name, the signs and components
by their words, what is wanted by cue phrases (`data/diagnosis/questions.csv`). The answer says what
was understood and which words were not used; where the asset or the sign is missing it asks back
and offers the nearest things there are, and never guesses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kg.diagnosis.diagnosing import Told, answer, pose
from kg.diagnosis.graph import Graph
from kg.diagnosis.observing import read_observations
from kg.diagnosis.reading import modes_above
from kg.diagnosis.replying import Line, history_lines, told_lines
from kg.diagnosis.results import Diagnosis
from kg.diagnosis.scope import read_scope
from kg.diagnosis.terms import Terms
from kg.diagnosis.understanding import (
    Understood,
    class_of_signs,
    context_of,
    intent_of,
    own_signs,
    place_in,
    tell_understood,
    without_cues,
)
from kg.model.errors import BadInput
from kg.model.graph import NOW, View
from kg.model.text import has_han
from kg.narration import Named, Phrase, name_in
from kg.search import nearest
from kg.search.lexicon import without_stop_words
from kg.store.protocol import Store
from ontology.schema import Schema

_MOST = 1_000  # characters of a question
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a question, or the question that has to be answered first."""

    question: str
    language: Literal["en", "zh"]
    understood: Understood
    lines: tuple[Line, ...]
    diagnosis: Diagnosis | None
    ask_back: Phrase | None
    options: tuple[Named, ...]  # what may be meant, for the answer to `ask_back`


def ask(
    store: Store,
    schema: Schema,
    question: str,
    *,
    asset: str = "",
    view: View = NOW,
    limit: int = _SHOWN,
) -> Reply:
    """Answer a question. `asset` is the one that is spoken of, where the question names none.

    Raises BadInput for an empty or endless question.
    """
    text = question.strip()
    if not text:
        raise BadInput("Ask something, such as: why does P07 leak?")
    if len(text) > _MOST:
        raise BadInput(f"Keep a question under {_MOST:,} characters.")
    graph = Graph(store, schema, Terms.of(schema), view)
    intent = intent_of(text)
    place, rest, unknown = place_in(graph, asset, text)
    own, rest = own_signs(graph, rest)
    rest = without_cues(rest)
    said = [*own, rest] if without_stop_words(rest).strip() else own
    observed = read_observations(graph, said)
    signs = [o for o in observed if o.keys and not o.is_component]
    components = [o for o in observed if o.keys and o.is_component]
    if place is None and not unknown:
        named = [k for o in signs for k in o.keys if k not in schema.concepts]
        place = class_of_signs(graph, named) or (components[0].keys[0] if components else None)
    used = {k for o in observed for k in o.keys} | ({place} if place else set())
    understood = tell_understood(
        graph, intent, place,
        [k for o in signs for k in o.keys], [k for o in components for k in o.keys],
        context_of(graph, rest, used),
    )  # fmt: skip
    language: Literal["en", "zh"] = "zh" if has_han(text) else "en"

    def reply(
        lines: Sequence[Line] = (),
        diagnosis: Diagnosis | None = None,
        back: Phrase | None = None,
        options: Sequence[Named] = (),
    ) -> Reply:
        return Reply(text, language, understood, tuple(lines), diagnosis, back, tuple(options))

    if place is None:
        return reply(
            back=_which_asset(unknown), options=_near_assets(graph, unknown) if unknown else ()
        )
    if intent == "history":
        lines = history_lines(
            graph,
            place,
            [k for o in signs for k in (*o.covers, *modes_above(graph, o.keys))],
            [k for o in components for k in o.covers if k != place],
            limit,
        )
        return reply(lines or [Line(_nothing_done(understood.place), ())])
    told = [Told(o.text) for o in (*signs, *components)]
    if not told:
        return reply(back=_what_was_seen(understood.place), options=_usual(graph, place))
    problem = pose(store, schema, place, told, view=view)
    diagnosis = answer(problem, limit)
    if diagnosis.abstained:
        found = Line(diagnosis.reason, ()) if diagnosis.reason is not None else None
        tips = [Line(tip, ()) for tip in diagnosis.would_help]
        return reply([*([found] if found else []), *tips], diagnosis, None, diagnosis.known_signs)
    return reply(told_lines(intent, diagnosis), diagnosis)


def _near_assets(graph: Graph, text: str) -> list[Named]:
    kinds = {graph.schema.classes["Asset"].kind} if "Asset" in graph.schema.classes else set()
    found = nearest(graph.store, text, 10, classes=("Asset",), view=graph.view)
    keys = [key for key in found if key in graph.of_kinds(found, kinds)][:5]
    nodes = graph.nodes(keys)
    return [name_in(graph.schema, nodes, key) for key in keys]


def _usual(graph: Graph, place: str) -> list[Named]:
    """What is most often observed on an asset."""
    scope = read_scope(graph, graph.nodes([place])[place])
    reported = graph.expand(scope.assets or scope.peers[:200], graph.terms.reported_on, "in")
    if not reported or not graph.terms.observed:
        return []
    counted = graph.store.aggregate(
        graph.terms.observed, "object", subjects={s.subject for s in reported}, view=graph.view,
        limit=5,
    )  # fmt: skip
    nodes = graph.nodes([key for key, _ in counted])
    return [name_in(graph.schema, nodes, key) for key, _ in counted]


def _which_asset(unknown: str) -> Phrase:
    if unknown:
        return Phrase(
            f"There is no asset {unknown}. Which one do you mean?",
            f"没有设备 {unknown}。请问是哪一台？",
        )
    return Phrase(
        "On which asset? Name its code, or its class.", "请问是哪台设备？请说出设备编号或类别。"
    )


def _what_was_seen(place: Named | None) -> Phrase:
    label = place.label if place is not None else Phrase("it", "该设备")
    return Phrase(
        f"What was noticed on {label.en}? Say a symptom, an alarm or a failure mode.",
        f"{label.zh}出现了什么现象？请说出症状、报警或失效模式。",
    )


def _nothing_done(place: Named | None) -> Phrase:
    label = place.label if place is not None else Phrase("it", "该设备")
    return Phrase(
        f"No record says what was done about that on {label.en}.",
        f"没有记录说明{label.zh}以往如何处理。",
    )
