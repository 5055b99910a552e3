"""Questions in a person's own words about anything in the graph, in both languages.

What is asked about is found by its code or name; what is wanted by cue phrases
(`data/investigation/questions.csv`). Where material went or came from, why goods are bad, what
happened to something, how reliable it is, which assets fail most and what a word means are
answered here; what is asked about a fault is answered by diagnosis (`kg.diagnosis.asking`). Every
answer says how the question was understood.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal, cast

from kg.diagnosis.asking import Reply
from kg.diagnosis.asking import ask as ask_about_faults
from kg.diagnosis.graph import Graph
from kg.diagnosis.observing import RECORD_CLASSES
from kg.diagnosis.terms import Terms
from kg.diagnosis.understanding import (
    Understood,
    Wider,
    looks_like_a_tag,
    place_in,
    without_cues,
)
from kg.investigation.replies import Answering, Told
from kg.investigation.upkeep import names_work, parts_called, planned_work
from kg.model.graph import NOW, Statement, View
from kg.model.text import has_han
from kg.narration import Named, Phrase, class_label, join, name_in
from kg.search import resolve, search
from kg.search.codes import code_words
from kg.search.cues import Cues, holds
from kg.search.lexicon import canonical, without_stop_words
from kg.store.protocol import Store
from ontology.schema import Schema

# A code that several things have, such as an order and its lot, means what is made.
_MADE = ("Unit", "MaterialLot", "Container")
_OTHER_GOODS = ("Shipment", "Operation", "Defect", "Complaint")
_GOODS_KINDS = ("forward", "back", "defect", "events")
_OTHER_KINDS = ("meaning", "worst", "part", "plan", "reliability", "events", "defect", "forward")
_MOST_GOODS = 20
_MOST_PARTS = 3

_WANTED: dict[Wider, Phrase] = {
    "meaning": Phrase("what it means", "含义"),
    "worst": Phrase("what fails most", "故障最多的设备"),
    "reliability": Phrase("reliability", "可靠性"),
    "plan": Phrase("when it is due", "维护周期"),
    "part": Phrase("part number", "备件编码"),
    "forward": Phrase("where it went", "去向"),
    "back": Phrase("where it comes from", "来源"),
    "events": Phrase("what happened", "经过"),
    "record": Phrase("what it says", "记录内容"),
    "defect": Phrase("why it is bad", "不良原因"),
}


@dataclass(frozen=True, slots=True)
class _Asked:
    text: str
    kind: Wider
    keys: tuple[str, ...]  # what is asked about, if anything
    work: tuple[Statement, ...] = ()  # what is due there at intervals, where that is asked


def ask(
    store: Store,
    schema: Schema,
    question: str,
    *,
    asset: str = "",
    zone: str = "UTC",
    view: View = NOW,
    limit: int = 3,
) -> Reply:
    """Answer a question. `asset` is the one that is spoken of, where the question names none.

    `zone` is that of times in sentences, and of shifts.
    Raises BadInput for an empty or endless question.
    """
    text = question.strip()
    asked = _read(store, schema, text, asset, view) if text else None
    if asked is None:
        return ask_about_faults(store, schema, question, asset=asset, view=view, limit=limit)
    answering = Answering(store, schema, zone=zone, view=view, limit=limit)
    told = _answer(answering, asked)
    nodes = store.get_nodes(asked.keys, view)
    named = tuple(
        Named(key, key, key, class_label(schema, key))
        if key in schema.classes
        else name_in(schema, nodes, key)
        for key in asked.keys
    )
    return _reply(asked, named, told)


@cache
def _cues() -> Cues:
    text = (files("data") / "investigation" / "questions.csv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    return Cues(tuple((row["kind"], row["cue"]) for row in rows))


def _read(store: Store, schema: Schema, text: str, asset: str, view: View) -> _Asked | None:
    """What a question asks of this module; None where it is one about a fault."""
    goods = _goods_in(store, schema, text, view)
    records = () if goods else _records_in(store, text, view)
    if records:
        kind = _cues().kind_of(text, ("forward",))
        return _Asked(text, cast(Wider, kind or "record"), records[:1])
    if goods:
        kind = _cues().kind_of(text, _GOODS_KINDS)
        return _Asked(text, cast(Wider, kind or "back"), tuple(goods))
    for kind in _cues().kinds_of(text, _OTHER_KINDS):
        asked = _read_as(cast(Wider, kind), store, schema, text, asset, view)
        if asked is not None:
            return asked
    return None


def _read_as(
    kind: Wider, store: Store, schema: Schema, text: str, asset: str, view: View
) -> _Asked | None:
    """A question of one kind about something other than goods; None where it is none."""
    if kind == "defect":
        # A type of defect is named: bad goods are meant, not a machine.
        types = _defects_in(store, text, view)
        return _Asked(text, kind, tuple(types)) if types else None
    if kind == "meaning":
        meant = _meant(store, schema, _cues().without(text), view)
        return _Asked(text, kind, tuple(meant)) if meant else None
    graph = Graph(store, schema, Terms.of(schema), view)
    if kind == "part":
        named = without_stop_words(without_cues(_cues().without(text)))
        parts = parts_called(graph, named, _MOST_PARTS)
        return _Asked(text, kind, tuple(parts)) if parts else None
    place, rest, unknown = place_in(graph, asset, text)
    if unknown:
        return None  # diagnosis asks back, and offers what is near
    if kind in ("plan", "reliability") and place is not None:
        # "How often" is asked of failures, and of what has to be done.
        is_about_work = kind == "plan" or names_work(schema, rest)
        if is_about_work and (work := planned_work(graph, place)):
            return _Asked(text, "plan", (place,), tuple(work))
        if kind == "plan":
            return None
    if kind == "worst":
        is_class = place is not None and graph.is_a(place, "AssetClass")
        return _Asked(text, kind, (place,) if is_class and place is not None else ())
    return None if place is None else _Asked(text, kind, (place,))


def _goods_in(store: Store, schema: Schema, text: str, view: View) -> list[str]:
    """Units, lots, containers, shipments and the like whose codes stand in a question."""
    found: dict[str, None] = {}
    for word in code_words(text):
        if word != text and not looks_like_a_tag(word) and not word.isdigit():
            continue
        asset = resolve(store, word, classes=("Asset", "Alarm"), view=view)
        if asset.key is not None:
            continue
        for classes in (_MADE, _OTHER_GOODS):
            known = [name for name in classes if name in schema.classes]
            thing = resolve(store, word, classes=known, view=view)
            if thing.key is not None and thing.how in ("key", "code"):
                found[thing.key] = None
                break
    return list(found)[:_MOST_GOODS]


def _records_in(store: Store, text: str, view: View) -> tuple[str, ...]:
    """Work orders and failures whose codes stand in a question."""
    found = [resolve(store, w, classes=RECORD_CLASSES, view=view) for w in code_words(text)]
    return tuple(one.key for one in found if one.key is not None and one.how in ("key", "code"))


def _defects_in(store: Store, text: str, view: View) -> list[str]:
    """Types of defects that a question names in full."""
    hits = search(store, text, classes=("DefectType",), limit=5, view=view)
    nodes = store.get_nodes([hit.key for hit in hits], view)
    return [
        key
        for key, node in nodes.items()
        if any(len(name) > 1 and holds(text, name) for name in (node.name, *node.aliases))
    ]


def _meant(store: Store, schema: Schema, rest: str, view: View) -> list[str]:
    """The class (its name), or the node or concept (its key), that is to be explained."""
    words = rest.strip(" \t?？.。!！,，'\"“”")
    for suffix in (" mean", " stand for", " means"):
        words = words.removesuffix(suffix)
    words = words.strip()
    if not words:
        return []
    said = canonical(words)
    for term in schema.classes.values():
        if said in {canonical(label) for label in term.words.label.values()}:
            return [term.name]
    found = resolve(store, words, view=view)
    return [] if found.key is None else [found.key]


def _answer(answering: Answering, asked: _Asked) -> Told:
    match asked.kind:
        case "forward" if not answering.is_made(asked.keys[0]):
            return answering.affected(asked.keys[0])
        case "forward" | "back":
            return answering.trace(asked.keys, asked.kind)
        case "record":
            return answering.record(asked.keys[0])
        case "defect":
            return answering.defect(asked.keys)
        case "events":
            return answering.events(asked.keys[0])
        case "reliability":
            return answering.reliability(asked.keys[0])
        case "plan":
            return answering.planned(asked.work, _cues().without(asked.text))
        case "part":
            return answering.parts(asked.keys)
        case "worst":
            return answering.worst(asked.keys[0] if asked.keys else None)
        case "meaning":
            return answering.meaning(asked.keys[0])


def _reply(asked: _Asked, named: Sequence[Named], told: Told) -> Reply:
    sentence = join([_WANTED[asked.kind], *(n.label for n in named)], " · ", " · ")
    understood = Understood(
        asked.kind, named[0] if named else None, (), (), tuple(named[1:]), sentence
    )
    language: Literal["en", "zh"] = "zh" if has_han(asked.text) else "en"
    return Reply(asked.text, language, understood, told.lines, None, told.ask_back, ())
