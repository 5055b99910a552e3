"""The lines of an answer to a question, each with the places it was read at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kg.diagnosis.advising import CaseTeller
from kg.diagnosis.graph import Graph
from kg.diagnosis.records import RecordReader
from kg.diagnosis.results import Advice, Diagnosis, PastCase, RankedCause
from kg.diagnosis.scope import read_scope
from kg.diagnosis.understanding import Intent
from kg.diagnosis.wording import percent
from kg.narration import Citation, Cited, Phrase, join

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Line:
    """One statement of an answer, with where it was read. Without places it is a count."""

    text: Phrase
    citations: tuple[Citation, ...]


def told_lines(intent: Intent, diagnosis: Diagnosis) -> list[Line]:
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


def history_lines(
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
