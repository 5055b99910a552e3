"""Events around things: what is linked to an asset, unit or lot and happened in time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from kg.model.graph import Direction, Node, Statement, View
from kg.model.instants import Instant
from kg.model.keys import kind_of
from kg.narration import (
    Cited,
    Named,
    Phrase,
    Span,
    cite,
    clause,
    join,
    name_in,
    space_scripts,
    span_of,
)
from kg.narration import verb as verb_of
from kg.store.protocol import Store
from kg.traceability.factors import facet_of
from ontology.schema import Schema

_MAX_PARTS = 2000
_KEYS_PER_READ = 500
# The order in which a record is told; relations that a maintainer adds follow these.
_TOLD_FIRST = ("observed", "involves", "foundCause", "performed", "usedPart", "ofAlarm", "ofStep",
               "consumed", "produced", "usedTool", "ofType", "detectedAt", "producedAt",
               "inspected")  # fmt: skip
_MAX_CLAUSES = 8


@dataclass(frozen=True)
class EventLinks:
    """The relations of the ontology that tie events to things."""

    inward: tuple[str, ...]  # from the event: reportedOn, performedOn, raisedBy, consumed
    outward: tuple[str, ...]  # to the event: hasDefect, shippedIn
    kinds: Mapping[str, str]  # class by kind, of events

    @classmethod
    def of(cls, schema: Schema) -> EventLinks:
        """The links of `schema`."""
        events = {name for name, term in schema.classes.items() if term.is_event}

        def holds_event(classes: Iterable[str]) -> bool:
            return any(d in events for c in classes for d in schema.descendants(c))

        relations = sorted(schema.relations.values(), key=lambda r: r.name)
        return cls(
            inward=tuple(r.name for r in relations if holds_event(r.domain)),
            outward=tuple(r.name for r in relations if holds_event(r.range)),
            kinds={schema.classes[name].kind: name for name in sorted(events)},
        )

    def is_event(self, key: str) -> bool:
        """Whether the key's kind is one of events."""
        return kind_of(key) in self.kinds


class Link(NamedTuple):
    """An event, the thing that it is linked to, and the statement that says so."""

    event: str
    thing: str
    statement: Statement


def parts_of(store: Store, schema: Schema, keys: Collection[str], view: View) -> list[str]:
    """`keys` with the assets built into them and the things located there, by key.

    Components are kinds of parts, shared by all assets, and are left out.
    """
    steps: list[tuple[str, Direction]] = [
        *((name, "out") for name in sorted(schema.subrelations("hasComponent"))),
        *((name, "in") for name in sorted(schema.subrelations("locatedIn"))),
    ]
    if not steps:
        return sorted(keys)
    kinds = {schema.classes[c].kind for c in schema.descendants("Asset") if c in schema.classes}
    found = store.closure(keys, steps, max_depth=8, max_nodes=_MAX_PARTS, view=view)
    return sorted(k for k in found if k in keys or kind_of(k) in kinds)


def read_links(
    store: Store,
    links: EventLinks,
    keys: Collection[str],
    view: View,
    *,
    since: Instant | None = None,
    until: Instant | None = None,
    inward_only: bool = False,
) -> list[Link]:
    """Links of events to `keys` whose validity meets the half-open window, or is unknown.

    `inward_only` leaves out those that the thing points to (a unit to its defects).
    """
    if since is not None or until is not None:
        view = replace(view, valid_from=_later(view.valid_from, since),
                       valid_to=_earlier(view.valid_to, until))  # fmt: skip
    listed = sorted(keys)
    found: list[Link] = []
    for first in range(0, len(listed), _KEYS_PER_READ):
        portion = listed[first : first + _KEYS_PER_READ]
        if links.inward:
            inward = store.expand(portion, links.inward, "in", view=view)
            found += [Link(s.subject, s.object, s) for s in inward if links.is_event(s.subject)]
        if links.outward and not inward_only:
            outward = store.expand(portion, links.outward, "out", view=view)
            found += [Link(s.object, s.subject, s) for s in outward if links.is_event(s.object)]
    return found


def link_span(link: Link) -> Span:
    """When the event was, as far as the link alone says."""
    return Span(link.statement.valid_from, link.statement.valid_to)


def spans_of(nodes: Mapping[str, Node], links: Iterable[Link]) -> dict[str, Span]:
    """When each event was: its own dates, else the validity of its links."""
    about: dict[str, list[Statement]] = {}
    for link in links:
        about.setdefault(link.event, []).append(link.statement)
    return {event: span_of(nodes.get(event), found) for event, found in about.items()}


class Told(NamedTuple):
    """An event with its facts and the sentence that they make."""

    named: Named
    sentence: Phrase
    facts: tuple[Cited, ...]
    description: str


def tell_events(
    store: Store,
    schema: Schema,
    events: Collection[str],
    nodes: Mapping[str, Node],
    view: View,
    *,
    evidence_per_fact: int = 1,
) -> dict[str, Told]:
    """What is said of each event, as facts with evidence and as one sentence."""
    links = EventLinks.of(schema)
    listed = sorted(events)
    statements = store.expand(listed, None, "out", view=view) if listed else []
    if links.outward and listed:
        statements += store.expand(listed, links.outward, "in", view=view)
    unique = {s.key: s for s in statements}
    cited = cite(store, schema, unique.values(), view=view, per_statement=evidence_per_fact,
                 nodes=nodes)  # fmt: skip
    told: dict[str, Told] = {}
    for event in listed:
        own = [s for s in unique.values() if event in (s.subject, s.object)]
        own.sort(key=lambda s: (_rank(schema, s.predicate), s.predicate, s.object))
        facts = tuple(cited[s.key] for s in own)
        named = name_in(schema, nodes, event)
        node = nodes.get(event)
        text = node.props.get("description") if node is not None else None
        told[event] = Told(
            named,
            _sentence(schema, named, own, facts),
            facts,
            text if isinstance(text, str) else "",
        )
    return told


def _sentence(
    schema: Schema, named: Named, statements: list[Statement], facts: tuple[Cited, ...]
) -> Phrase:
    clauses: list[Phrase] = []
    for s, fact in zip(statements, facts, strict=True):
        if s.subject != named.key or facet_of(schema, fact.object.cls) == "man":
            continue  # who did it is a fact, but does not tell what happened
        words = verb_of(schema, s.predicate)
        clauses.append(clause(words, fact.object, is_first=not clauses))
    if not clauses:
        return named.label
    told = join(clauses[:_MAX_CLAUSES], ", ", "，")
    more = len(clauses) - _MAX_CLAUSES
    en, zh = (f" and {more} more", f"等另外 {more} 项") if more > 0 else ("", "")
    return Phrase(
        f"{named.label.en} {told.en}{en}",
        space_scripts(f"{named.label.zh}{told.zh}{zh}"),
    )


def _rank(schema: Schema, predicate: str) -> int:
    """Where it happened first, then what was seen, found and done, then the rest."""
    relation = schema.relations.get(predicate)
    if relation is not None and any(
        schema.is_a(c, "Asset") or schema.is_a(c, "Location") for c in relation.range
    ):
        return -1
    return _TOLD_FIRST.index(predicate) if predicate in _TOLD_FIRST else len(_TOLD_FIRST)


def _later(one: Instant | None, other: Instant | None) -> Instant | None:
    return max((i for i in (one, other) if i is not None), default=None)


def _earlier(one: Instant | None, other: Instant | None) -> Instant | None:
    return min((i for i in (one, other) if i is not None), default=None)
