"""EPCIS events of several documents belong together: what one packs, another unpacks or voids.

Each document is first read by itself. What it says about others is kept beside it as a record, and
whatever document that concerns is told anew from its own passages, as a new version that belongs
to the run that changed it. So the order in which documents come does not matter, and taking one
away again leaves the others as they would be without it.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import orjson

from extraction.epcis.interpretation import (
    Context,
    Move,
    Told,
    event_key,
    interpret,
    moves_of,
    voided_ids,
)
from extraction.epcis.naming import VOCABULARY_ELEMENT, event_id
from extraction.epcis.reading import MEDIA_TYPE, RECIPE
from kg.model import Chunk, Document
from kg.store import Store

if TYPE_CHECKING:
    from api.wiring import Plant
    from kg.model import Run

EVENTS = "epcis"  # kind of the records, and what stands in place of a mapping's name


@dataclass(slots=True)
class EventNotes:
    """What one document's events are and what they say about events of others."""

    keys: list[str] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    voided: set[str] = field(default_factory=set)
    moves: list[tuple[Move, str]] = field(default_factory=list)  # with the event's id

    def see(self, chunk: Chunk) -> None:
        """Take the events of a chunk into account."""
        for passage in chunk.batch.passages:
            told = Told(passage.place, orjson.loads(passage.text))
            is_event = told.event["type"] != VOCABULARY_ELEMENT
            number = event_id(told.event) if is_event else ""
            self.keys.append(event_key(told.event))
            self.ids.add(number)
            self.voided |= voided_ids([told])
            self.moves += [(move, number) for move in moves_of([told], set())]

    def record(self) -> dict[str, Any]:
        """As it is kept."""
        return {
            "keys": self.keys,
            "ids": sorted(self.ids - {""}),
            "voided": sorted(self.voided),
            "moves": [[*move, number] for move, number in self.moves],
        }

    @classmethod
    def of(cls, record: dict[str, Any]) -> EventNotes:
        """Back from what was kept."""
        return cls(
            record["keys"],
            set(record["ids"]),
            set(record["voided"]),
            [(Move(*move), number) for *move, number in record["moves"]],
        )


def keep_notes(store: Store, document: str, notes: EventNotes) -> None:
    """Keep what a document's events say about others; it goes with the document."""
    store.put_records(EVENTS, {document: notes.record()}, document=document)


def held_document(store: Store, document: Document) -> Document:
    """A document of events as it is held: told anew or not, the same content is the same."""
    versions = [v for v in store.versions(document.key) if v.is_complete]
    if not versions:
        return document
    held = versions[-1].document
    is_same = held.sha256 == document.sha256 and held.recipe.partition("+")[0] == RECIPE
    return replace(document, recipe=held.recipe) if is_same else document


def settle_events(plant: Plant, by: str, run: Run | None = None) -> list[str]:
    """Tell those documents anew about which other documents now say something else; their keys."""
    store = plant.store
    records = {key: EventNotes.of(r) for key, r in store.get_records(EVENTS).items()}
    if not records:
        return []
    voided: dict[str, set[str]] = defaultdict(set)  # documents by event id
    parents: dict[str, set[str]] = defaultdict(set)  # documents by what was packed into
    children: dict[str, set[str]] = defaultdict(set)
    for key, notes in records.items():
        for number in notes.voided:
            voided[number].add(key)
        for move, _ in notes.moves:
            parents[move.parent].add(key)
            children[move.child].add(key)
    changed = []
    for key, notes in sorted(records.items()):
        context, digest = _context_of(key, notes, records, voided, parents, children)
        versions = [v for v in store.versions(key) if v.is_complete]
        if not versions:
            continue
        held = versions[-1].document
        recipe = RECIPE if not digest else f"{RECIPE}+{digest}"
        if held.recipe == recipe:
            continue
        told = events_in(store, key, notes.keys)
        plant.new_loader().load(
            replace(held, recipe=recipe),
            lambda _checkpoint, told=told, context=context: interpret(told, context),  # type: ignore[misc]
            run or plant.new_run(by, "events of other documents"),
            again=True,
        )
        keep_notes(store, key, notes)
        changed.append(key)
    return changed


def _context_of(
    key: str,
    notes: EventNotes,
    records: dict[str, EventNotes],
    voided: dict[str, set[str]],
    parents: dict[str, set[str]],
    children: dict[str, set[str]],
) -> tuple[Context, str]:
    """What other documents say that matters to one, and a digest of that (empty for nothing)."""
    void_here = {number for number in notes.ids if voided.get(number, set()) - {key}}
    others: set[str] = set()
    for move, _ in notes.moves:
        others |= parents[move.parent] | children[move.child]
    others.discard(key)
    own_parents = {move.parent for move, _ in notes.moves}
    own_children = {move.child for move, _ in notes.moves}
    moves = {
        move
        for other in others
        for move, number in records[other].moves
        if (move.parent in own_parents or move.child in own_children)
        and not voided.get(number)
    }  # fmt: skip
    context = Context(set(void_here))
    for move in sorted(moves):
        context.add(move)
    if not void_here and not moves:
        return context, ""
    told = orjson.dumps([sorted(void_here), [list(move) for move in sorted(moves)]])
    return context, hashlib.sha256(told).hexdigest()[:16]


def events_in(store: Store, document: str, keys: list[str]) -> list[Told]:
    """The events of one document as it told them, in their order."""
    found: dict[str, Told] = {}
    wanted = list(dict.fromkeys(keys))
    for first in range(0, len(wanted), 500):
        for sightings in store.sightings_of(wanted[first : first + 500]).values():
            for sighting in sightings:
                evidence = sighting.evidence
                if evidence.document == document:
                    found[evidence.place] = Told(evidence.place, orjson.loads(evidence.text))
    return [found[place] for place in sorted(found, key=_number)]


def _number(place: str) -> int:
    return int(place.rpartition(":")[2])


def watched(chunks: Iterator[Chunk], notes: EventNotes) -> Iterator[Chunk]:
    """The same chunks, noting what they say about events of other documents."""
    for chunk in chunks:
        notes.see(chunk)
        yield chunk


__all__ = [
    "EVENTS",
    "MEDIA_TYPE",
    "EventNotes",
    "events_in",
    "held_document",
    "keep_notes",
    "settle_events",
    "watched",
]
