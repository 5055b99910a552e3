"""Planned work and its intervals, and parts by their names, as lines of an answer."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from kg.diagnosis.graph import Graph
from kg.diagnosis.replying import Line, places_of
from kg.diagnosis.scope import read_scope
from kg.model.graph import Statement
from kg.model.numbers import as_number
from kg.model.text import has_han
from kg.narration import Phrase, cite, name_in
from kg.search import lexicon_of, search
from kg.search.lexicon import without_stop_words
from ontology.schema import Schema

_PLANNED = 500  # tasks of one place
_NAMED = 0.75  # share of the words that the name of a part must hold
_SPANS = {  # days: how people say it
    1: Phrase("every day", "每天"),
    7: Phrase("every week", "每周"),
    14: Phrase("every two weeks", "每两周"),
    30: Phrase("every month", "每月"),
    91: Phrase("every three months", "每季度"),
    182: Phrase("every six months", "每半年"),
    183: Phrase("every six months", "每半年"),
    365: Phrase("every year", "每年"),
}


def names_work(schema: Schema, text: str) -> bool:
    """Whether a text names work that is done on assets: changing, cleaning, greasing."""
    return bool(
        lexicon_of(schema).mentions(
            text, accept=lambda term: schema.is_a(term.cls, "MaintenanceActivity")
        )
    )


def planned_work(graph: Graph, place: str) -> list[Statement]:
    """What documents say is due at intervals on an asset, its class or its parts."""
    scope = read_scope(graph, graph.nodes([place])[place])
    said = graph.expand(scope.own, graph.terms.applies_to, "in", limit_per_node=_PLANNED)
    return [s for s in said if any(n is not None for n in _interval(s))]


def tell_work(graph: Graph, work: Sequence[Statement], text: str, limit: int) -> list[Line]:
    """The planned work that a text names, else all of it, the most frequent first."""
    nodes = graph.nodes({s.subject for s in work})
    asked = _words(graph.schema, text)
    labels = {s.subject: name_in(graph.schema, nodes, s.subject).label for s in work}
    shared = {
        key: len(asked & _words(graph.schema, f"{label.en} {label.zh}"))
        for key, label in labels.items()
    }
    most = max(shared.values())
    chosen = [s for s in work if shared[s.subject] == most]
    chosen.sort(key=lambda s: (_days_of(s), s.subject))
    cited = cite(graph.store, graph.schema, chosen[:limit], view=graph.view, per_statement=1)
    lines = []
    for s in chosen[:limit]:
        label, interval = labels[s.subject], _tell_interval(s)
        told = Phrase(f"{label.en}: {interval.en}", f"{label.zh}：{interval.zh}")
        lines.append(Line(told, places_of([cited[s.key]])))
    if len(chosen) > limit:
        more = len(chosen) - limit
        lines.append(Line(Phrase(f"and {more} more", f"另有 {more} 项"), ()))
    return lines


def parts_called(graph: Graph, text: str, limit: int) -> list[str]:
    """The spare parts whose names a text holds, those that it names best first."""
    found = search(graph.store, text, classes=("SparePart",), limit=limit, view=graph.view)
    return [f.key for f in found if f.in_graph and f.coverage >= _NAMED]


def tell_parts(graph: Graph, parts: Sequence[str]) -> list[Line]:
    """Parts with their numbers, the stock and what they fit."""
    nodes = graph.nodes(parts)
    lines = []
    for key in parts:
        label, node = name_in(graph.schema, nodes, key).label, nodes.get(key)
        stock = as_number(node.props.get("stockQuantity")) if node is not None else None
        if stock is not None:
            label = Phrase(f"{label.en}, in stock: {stock:g}", f"{label.zh}，库存 {stock:g}")
        said = graph.expand([key], graph.terms.fits, limit_per_node=3 if len(parts) == 1 else 1)
        said = said or graph.expand([key], graph.terms.requires_part, "in", limit_per_node=1)
        cited = cite(graph.store, graph.schema, said, view=graph.view, per_statement=1)
        lines.append(Line(label, ()))
        lines += [Line(one.sentence, places_of([one])) for one in cited.values()]
    return lines


def _words(schema: Schema, text: str) -> set[str]:
    """The concepts that a text names, and its words; of Chinese, its pairs of characters."""
    found = {
        term.key
        for mention in lexicon_of(schema).mentions(text)
        for term in mention.terms
        if term.key is not None
    }
    words = without_stop_words(text).casefold().split()
    pairs = {a + b for word in words for a, b in pairwise(word) if has_han(a) and has_han(b)}
    return found | set(words) | pairs


def _interval(statement: Statement) -> tuple[float | None, float | None]:
    """Days and operating hours, as far as they are told."""
    days, hours = (statement.props.get(name) for name in ("intervalDays", "intervalHours"))
    return as_number(days), as_number(hours)


def _days_of(statement: Statement) -> float:
    days, hours = _interval(statement)
    return days if days is not None else (hours or 0.0) / 24


def _tell_interval(statement: Statement) -> Phrase:
    days, hours = _interval(statement)
    told = []
    if hours is not None:
        told.append(Phrase(f"every {hours:g} operating hours", f"每 {hours:g} 运行小时"))
    if days is not None:
        usual = _SPANS.get(round(days))
        told.append(usual or Phrase(f"every {days:g} days", f"每 {days:g} 天"))
    return Phrase(" or ".join(t.en for t in told), "或".join(t.zh for t in told))
