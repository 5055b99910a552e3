"""Questions in a person's own words, in both languages, answered from the graph with citations.

A question is read with the lexicon alone: the asset by its code or name, the signs and components
by their words, what is wanted by cue phrases (`data/diagnosis/questions.csv`). The answer says what
was understood and which words were not used; where the asset or the sign is missing it asks back
and offers the nearest things there are, and never guesses.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal, cast

from kg.diagnosis.advising import CaseTeller
from kg.diagnosis.diagnosing import Told, answer, pose
from kg.diagnosis.graph import Graph
from kg.diagnosis.observing import SIGN_CLASSES, read_observations
from kg.diagnosis.records import RecordReader
from kg.diagnosis.results import Advice, Diagnosis, PastCase, RankedCause
from kg.diagnosis.scope import read_scope
from kg.diagnosis.terms import Terms
from kg.diagnosis.wording import percent
from kg.model.errors import BadInput
from kg.model.graph import NOW, View
from kg.model.text import has_han
from kg.narration import Citation, Cited, Named, Phrase, join, name_in
from kg.search import lexicon_of, nearest, resolve, search
from kg.search.codes import code_words
from kg.search.cues import Cues, holds
from kg.search.lexicon import without_stop_words
from kg.store.protocol import Store
from ontology.schema import Schema

Intent = Literal["causes", "remedy", "checks", "parts", "tools", "history"]
# What other packages answer; `kg.investigation.asking` reads these questions.
Wider = Literal["meaning", "worst", "reliability", "forward", "back", "events", "record", "defect"]
_PLACES = ("Asset", "AssetClass", "Location")
_MOST = 1_000  # characters of a question
_SHOWN = 3
# Words of a question that name nothing on the asset.
_EMPTY_WORDS = re.compile(
    r"\b(please|tell|show|me|we|you|i|it|did|do|does|done|need|needs|needed|repairs?|fix|fixed|was"
    r"|were|will|would|should|can|could|must|happen(?:s|ed)?|time|on|about|work|asset"
    r"|last|latest|recently|again|often|ever)\b"
    r"|需要|请|告诉我|该|我们?|做过?|修理|维修|设备|出现|发生",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Understood:
    """How a question was read."""

    intent: Intent | Wider
    place: Named | None  # the asset, its class, or a component where no asset was named
    signs: tuple[Named, ...]
    components: tuple[Named, ...]
    context: tuple[Named, ...]  # other things that were named; they did not change the answer
    sentence: Phrase


@dataclass(frozen=True, slots=True)
class Line:
    """One statement of an answer, with where it was read. Without places it is a count."""

    text: Phrase
    citations: tuple[Citation, ...]


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
    rest = _without_cues(rest)
    own, rest = _own_signs(graph, rest)
    said = [*own, rest] if without_stop_words(rest).strip() else own
    observed = read_observations(graph, said)
    signs = [o for o in observed if o.keys and not o.is_component]
    components = [o for o in observed if o.keys and o.is_component]
    if place is None and components and not unknown:
        place = components[0].keys[0]
    used = {k for o in observed for k in o.keys} | ({place} if place else set())
    nodes = graph.nodes(used)
    understood = _understood(
        graph, intent, place, nodes,
        [k for o in signs for k in o.keys], [k for o in components for k in o.keys],
        _context(graph, rest, used),
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
        lines = _history(
            graph,
            place,
            [k for o in signs for k in o.covers],
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
    return reply(_told(intent, diagnosis), diagnosis)


@cache
def _cues() -> Cues:
    text = (files("data") / "diagnosis" / "questions.csv").read_text("utf-8")
    return Cues(tuple((row["intent"], row["cue"]) for row in csv.DictReader(text.splitlines())))


def intent_of(text: str) -> Intent:
    """What a question wants: the first kind of cue, in the order of the table, that it holds."""
    return cast(Intent, _cues().kind_of(text) or "causes")


def _without_cues(text: str) -> str:
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
            unknown = unknown or word
    if asset:
        found = resolve(graph.store, asset, classes=_PLACES, view=graph.view)
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
        members = graph.expand(keys, graph.terms.of_class, "in", limit_per_node=1)
        if members:  # a class that the plant has assets of
            return members[0].object, text, ""
    return None, text, ""


def _own_signs(graph: Graph, text: str) -> tuple[list[str], str]:
    """The plant's own signs whose whole names stand in a text, and the text without them."""
    found: list[str] = []
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


def looks_like_a_tag(word: str) -> bool:
    """Whether a word is built as codes are: letters and digits."""
    return any(c.isdigit() for c in word) and any(c.isascii() and c.isalpha() for c in word)


def _context(graph: Graph, text: str, used: set[str]) -> list[str]:
    """What else was named: work, tools, steps, conditions."""
    found: dict[str, None] = {}
    for mention in lexicon_of(graph.schema).mentions(
        text, accept=lambda t: t.key is not None and not graph.is_a(t.key, *SIGN_CLASSES)
    ):
        for term in mention.terms:
            if term.key is not None and term.key not in used:
                found[term.key] = None
    return list(found)[:5]


def _understood(
    graph: Graph,
    intent: Intent,
    place: str | None,
    nodes: Mapping[str, object],
    signs: Sequence[str],
    components: Sequence[str],
    context: Sequence[str],
) -> Understood:
    known = {**graph.nodes({*context})}
    held = graph.nodes({k for k in (place, *signs, *components) if k is not None})

    def named(keys: Sequence[str]) -> tuple[Named, ...]:
        return tuple(name_in(graph.schema, {**known, **held}, k) for k in dict.fromkeys(keys))

    where = named([place])[0] if place is not None else None
    told = [*named(signs), *(n for n in named(components) if where is None or n.key != where.key)]
    want = _WANTED[intent]
    parts = [want]
    if where is not None:
        parts.append(where.label)
    parts += [n.label for n in told]
    sentence = join(parts, " · ", " · ")
    if context:
        extra = join([n.label for n in named(context)], ", ", "、")
        sentence = Phrase(
            f"{sentence.en} (not used: {extra.en})", f"{sentence.zh}（未使用：{extra.zh}）"
        )
    return Understood(intent, where, named(signs), named(components), named(context), sentence)


_WANTED: dict[Intent, Phrase] = {
    "causes": Phrase("causes", "原因"),
    "remedy": Phrase("what to do", "处理办法"),
    "checks": Phrase("checks", "检查"),
    "parts": Phrase("spare parts", "备件"),
    "tools": Phrase("tools", "工具"),
    "history": Phrase("what was done before", "以往处理"),
}


def _told(intent: Intent, diagnosis: Diagnosis) -> list[Line]:
    """The lines of an answer, with the likeliest cause first."""
    lines: list[Line] = []
    for cause in diagnosis.causes:
        lines.append(_cause_line(cause))
        lines += _advice_lines(intent, cause)
    return lines


def _cause_line(cause: RankedCause) -> Line:
    sentence = cause.sentence
    cited = [s for path in cause.paths[:1] for s in path.statements]
    cited += [fact for case in cause.cases[:2] for fact in case.facts[:1]]
    chance = percent(cause.probability)
    label = cause.named.label
    told = Phrase(
        f"{chance} {label.en}: {_without(sentence.en, label.en)}",
        f"{chance} {label.zh}：{_without(sentence.zh, label.zh)}",
    )
    return Line(told, places_of(cited))


def _without(sentence: str, label: str) -> str:
    for mark in (": ", "："):
        if sentence.startswith(label + mark):
            return sentence[len(label + mark) :]
    return sentence


def _advice_lines(intent: Intent, cause: RankedCause) -> list[Line]:
    lines: list[Line] = []
    if intent in ("causes", "remedy", "checks") and cause.checks:
        lines.append(_advice(Phrase("check", "检查"), cause.checks))
    if intent in ("causes", "remedy", "parts", "tools"):
        done = cause.remedies or cause.done_before
        if done:
            lines.append(_advice(Phrase("do", "措施"), done))
    if intent in ("remedy", "parts") and cause.card.parts:
        told = join(
            [
                Phrase(
                    p.named.label.en + _stock(p.in_stock, "in stock"),
                    p.named.label.zh + _stock(p.in_stock, "库存"),
                )
                for p in cause.card.parts[:5]
            ]
        )
        cited = [s.statement for s in cause.remedies if s.statement is not None]
        lines.append(
            Line(Phrase(f"parts: {told.en}", f"备件：{told.zh}"), places_of(cited))
        )  # fmt: skip
    elif intent == "parts":
        lines.append(Line(Phrase("parts: none are on record", "备件：没有记录"), ()))
    if intent == "tools":
        names = [t.label for t in cause.card.tools] or [Phrase("none are on record", "没有记录")]
        told = join(names)
        lines.append(Line(Phrase(f"tools: {told.en}", f"工具：{told.zh}"), ()))
    if intent == "remedy":
        lines += [
            Line(Phrase(f"safety: {n.named.label.en}", f"安全：{n.named.label.zh}"),
                 places_of([n.statement]))
            for n in cause.card.notices[:3]
        ]  # fmt: skip
    return lines


def _stock(in_stock: float | None, word: str) -> str:
    return "" if in_stock is None else f" ({word} {in_stock:g})"


def _advice(title: Phrase, advice: Sequence[Advice]) -> Line:
    told = join([a.named.label for a in advice[:_SHOWN]])
    cited = [a.statement for a in advice[:_SHOWN] if a.statement is not None]
    return Line(Phrase(f"{title.en}: {told.en}", f"{title.zh}：{told.zh}"), places_of(cited))


def places_of(cited: Iterable[Cited]) -> tuple[Citation, ...]:
    """Where the best evidence of each statement stands: the first few places, each once."""
    found = {(c.document, c.place): c for s in cited for c in s.evidence[:1]}
    return tuple(found.values())[:_SHOWN]


def _history(
    graph: Graph, place: str, signs: Sequence[str], components: Sequence[str], limit: int
) -> list[Line]:
    """The latest records on the asset in which something was done, with signs and on components
    where such are named."""
    scope = read_scope(graph, graph.nodes([place])[place])
    if graph.is_a(place, "Component"):
        own = {s.subject for s in graph.expand([place], graph.terms.involves, "in")}
    else:
        members = scope.assets or scope.peers
        own = {s.subject for s in graph.expand(members, graph.terms.reported_on, "in")}
    t = graph.terms
    told = graph.expand(own, (*t.performed, *t.used_part, *t.found_cause))
    done = {s.subject for s in told}
    if signs:
        seen = graph.expand(done, t.observed)
        done = {s.subject for s in seen if s.object in set(signs)}
    if components:
        about = graph.expand(done, t.involves)
        done = {s.subject for s in about if s.object in set(components)}
    when = {s.subject: s.valid_from or 0 for s in graph.expand(done, t.reported_on)}
    latest = sorted(done, key=lambda r: (-when.get(r, 0), r))[:limit]
    if not latest:
        return []
    reader = RecordReader(graph, scope)
    reader.take(latest)
    cases = CaseTeller(graph, reader).tell({place: [("asset", record) for record in latest]})
    return [_case_line(case) for case in cases[place]]


def _case_line(case: PastCase) -> Line:
    facts = join([fact.sentence for fact in case.facts[:6]])
    day = (case.at or "")[:10]
    text = f" “{case.description}”" if case.description else ""
    return Line(
        Phrase(
            f"{day} {case.named.label.en}:{text} {facts.en}".strip(),
            f"{day} {case.named.label.zh}：{text}{facts.zh}".strip(),
        ),
        places_of(case.facts),
    )


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
