"""How a question is understood: what it wants, on which asset, about which signs and components.

Read with the lexicon and the graph's own names alone; what is wanted is told by cue phrases
(`data/diagnosis/questions.csv`). What was named and not used is kept to be said.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal, cast

from kg.diagnosis.graph import Graph
from kg.diagnosis.observing import SIGN_CLASSES
from kg.diagnosis.scope import PLACES
from kg.narration import Named, Phrase, join, name_in
from kg.search import Found, lexicon_of, resolve, search
from kg.search.codes import code_words
from kg.search.cues import Cues, holds

Intent = Literal["causes", "remedy", "checks", "parts", "tools", "history"]
# What other packages answer; `kg.investigation.asking` reads these questions.
Wider = Literal[
    "meaning",
    "worst",
    "reliability",
    "forward",
    "back",
    "events",
    "record",
    "defect",
    "plan",
    "part",
]
# Words of a question that name nothing on the asset.
_EMPTY_WORDS = re.compile(
    r"\b(please|tell|show|me|we|you|i|it|did|do|does|done|need|needs|needed|repairs?|fix|fixed|was"
    r"|were|will|would|should|can|could|must|happen(?:s|ed)?|time|on|about|work|asset"
    r"|last|latest|recently|again|often|ever)\b"
    r"|需要|请|告诉我|该|我们?|做过?|修理|维修|设备|出现|发生",
    re.IGNORECASE,
)
_ALARM_WORDS = re.compile(  # what a code is called
    r"\b(?:(?:fault|error|alarm|trip) code|alarm|error|warning)\b"
    r"|(?:报警|故障|错误)(?:代码|码)|报警|告警",
    re.IGNORECASE,
)
_WANTED: dict[Intent, Phrase] = {
    "causes": Phrase("causes", "原因"),
    "remedy": Phrase("what to do", "处理办法"),
    "checks": Phrase("checks", "检查"),
    "parts": Phrase("spare parts", "备件"),
    "tools": Phrase("tools", "工具"),
    "history": Phrase("what was done before", "以往处理"),
}


@dataclass(frozen=True, slots=True)
class Understood:
    """How a question was read."""

    intent: Intent | Wider
    place: Named | None  # the asset, its class, or a component where no asset was named
    signs: tuple[Named, ...]
    components: tuple[Named, ...]
    context: tuple[Named, ...]  # other things that were named; they did not change the answer
    sentence: Phrase


@cache
def _cues() -> Cues:
    text = (files("data") / "diagnosis" / "questions.csv").read_text("utf-8")
    return Cues(tuple((row["intent"], row["cue"]) for row in csv.DictReader(text.splitlines())))


def intent_of(text: str) -> Intent:
    """What a question wants: the first kind of cue, in the order of the table, that it holds."""
    return cast(Intent, _cues().kind_of(text) or "causes")


def without_cues(text: str) -> str:
    """What is left of a question without the words that only say what is wanted."""
    return _EMPTY_WORDS.sub(" ", _cues().without(text)).strip(" \t?？.。!！,，")


def place_in(graph: Graph, asset: str, text: str) -> tuple[str | None, str, str]:
    """The asset of a question (a key), the text without it, and a code that no asset has."""
    unknown = ""
    for word in code_words(text):
        if word == text.strip() and len(word.split()) > 1:
            continue
        found = resolve(graph.store, word, classes=("Asset", "Location"), view=graph.view)
        if found.key is not None:
            return found.key, text.replace(word, " "), ""
        known = resolve(graph.store, word, classes=("Alarm",), view=graph.view)
        if known.key is None and word != text.strip() and looks_like_a_tag(word):
            unknown = unknown or ("" if _signs_with(graph, word) else word)
    if asset:
        places = [cls for rank in PLACES for cls in rank]
        found = resolve(graph.store, asset, classes=places, view=graph.view)
        return found.key, text, "" if found.key else asset
    if unknown:
        return None, text, unknown
    hits = search(graph.store, text, classes=("Asset",), limit=3, view=graph.view)
    named = [
        (hit, name)
        for hit in hits
        for name in (hit.name, *(graph.nodes([hit.key])[hit.key].aliases))
        if len(name) > 1 and holds(text, name)
    ]
    if named:
        hit, name = max(named, key=lambda pair: len(pair[1]))
        start = text.casefold().find(name.casefold())
        return hit.key, text[:start] + " " + text[start + len(name) :], ""
    for mention in lexicon_of(graph.schema).mentions(
        text, accept=lambda t: t.key is not None and graph.schema.is_a(t.cls, "AssetClass")
    ):
        keys = [t.key for t in mention.terms if t.key is not None]
        if members := graph.expand(keys, graph.terms.of_class, "in", limit_per_node=1):
            return members[0].object, text, ""  # a class that the plant has assets of
        if described := graph.expand(keys, graph.terms.described_in, limit_per_node=1):
            return described[0].subject, text, ""  # or a manual
    return None, text, ""


def _signs_with(graph: Graph, code: str) -> list[Found]:
    """The signs with a code in their names: "machine stops with E21"."""
    hits = search(graph.store, code, classes=SIGN_CLASSES, limit=3, view=graph.view)
    return [hit for hit in hits if holds(hit.name, code)]


def own_signs(graph: Graph, text: str) -> tuple[list[str], str]:
    """The plant's own signs whose whole names or codes stand in a text, and the text without
    them."""
    found: list[str] = []
    for word in code_words(text):
        alarm = resolve(graph.store, word, classes=("Alarm",), view=graph.view)
        if alarm.key is not None and alarm.how != "name":
            found.append(alarm.key)
            text = _ALARM_WORDS.sub(" ", text.replace(word, " "))
        elif looks_like_a_tag(word) and (signs := _signs_with(graph, word)):
            found += [hit.key for hit in signs]
            said = {w for hit in signs for w in hit.name.casefold().split()}
            rest = text.replace(word, " ").split()
            text = " ".join(w for w in rest if w.casefold().strip(".,!?") not in said)
    names: dict[str, str] = {}
    hits = search(graph.store, text, classes=SIGN_CLASSES, limit=10, view=graph.view)
    nodes = graph.nodes([hit.key for hit in hits])
    for key, node in nodes.items():
        for name in (node.name, *node.aliases):
            if len(name) > 1 and key not in graph.schema.concept_of_key and holds(text, name):
                names[name] = key
    for name in sorted(names, key=lambda n: (-len(n), n)):
        if holds(text, name):
            start = text.casefold().find(name.casefold())
            text = f"{text[:start]} {text[start + len(name) :]}"
            found.append(names[name])
    return list(dict.fromkeys(found)), text


def class_of_signs(graph: Graph, signs: Sequence[str]) -> str | None:
    """The one class of assets that what is behind the signs is most surely said to affect."""
    behind = {s.object for s in graph.expand(signs, graph.terms.indicates)}
    behind |= {s.subject for s in graph.expand(signs, graph.terms.causes, "in")}
    sure: dict[str, float] = {}
    for s in graph.expand(behind, graph.terms.affects):
        if graph.is_a(s.object, "AssetClass"):
            sure[s.object] = max(s.confidence, sure.get(s.object, 0.0))
    surest = max(sure.values(), default=0.0)
    most = [key for key, confidence in sure.items() if confidence == surest]
    return most[0] if len(most) == 1 else None


def looks_like_a_tag(word: str) -> bool:
    """Whether a word is built as codes are: letters and digits."""
    return any(c.isdigit() for c in word) and any(c.isascii() and c.isalpha() for c in word)


def context_of(graph: Graph, text: str, used: set[str]) -> list[str]:
    """What else was named: work, tools, steps, conditions."""
    found: dict[str, None] = {}
    for mention in lexicon_of(graph.schema).mentions(
        text, accept=lambda t: t.key is not None and not graph.is_a(t.key, *SIGN_CLASSES)
    ):
        for term in mention.terms:
            if term.key is not None and term.key not in used:
                found[term.key] = None
    return list(found)[:5]


def tell_understood(
    graph: Graph,
    intent: Intent,
    place: str | None,
    signs: Sequence[str],
    components: Sequence[str],
    context: Sequence[str],
) -> Understood:
    held = graph.nodes({k for k in (place, *signs, *components, *context) if k is not None})

    def named(keys: Sequence[str]) -> tuple[Named, ...]:
        return tuple(name_in(graph.schema, held, k) for k in dict.fromkeys(keys))

    where = named([place])[0] if place is not None else None
    told = [*named(signs), *named(components)]
    if where is not None:
        told = [n for n in told if n.key != where.key and not _same(n, where)]
    others = tuple(
        n for n in named(context) if not any(_same(n, o) for o in (*told, where) if o is not None)
    )
    want = _WANTED[intent]
    parts = [want]
    if where is not None:
        parts.append(where.label)
    parts += [n.label for n in told]
    sentence = join(parts, " · ", " · ")
    if others:
        extra = join([n.label for n in others], ", ", "、")
        sentence = Phrase(
            f"{sentence.en} (not used: {extra.en})", f"{sentence.zh}（未使用：{extra.zh}）"
        )
    return Understood(intent, where, named(signs), named(components), others, sentence)


def _same(one: Named, other: Named) -> bool:
    """Whether two things are called the same: a class of assets and the component."""
    return one.label.en == other.label.en or one.label.zh == other.label.zh
