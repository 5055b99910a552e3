"""A diagnosis on the terminal, the same for every command that makes one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from api.cli.terminal import in_language, write
from api.cli.words import word

if TYPE_CHECKING:
    from kg.diagnosis import Advice, CardPart, CausePath, Diagnosis, RankedCause
    from kg.narration import Cited


def percent(probability: float) -> str:
    """A probability as people read it."""
    from kg.diagnosis.wording import percent as told

    return told(probability)


def write_diagnosis(
    found: Diagnosis, language: str, *, terms: bool = False, checks: bool = True
) -> None:
    """The whole answer, as a person reads it; without `checks` where a session asks its own."""
    write(f"{in_language(found.asset.label, language)}")
    for sign in found.observed:
        meant = ", ".join(in_language(named.label, language) for named in sign.signs)
        write(f"  “{sign.text}” → {meant or word('not understood', language)}")
        if not sign.signs and sign.suggestions:
            names = ", ".join(s.key for s in sign.suggestions[:5])
            write(f"    {word('perhaps', language)} {names}")
    if found.abstained:
        if found.reason is not None:
            write(f"\n{word('No answer', language)}: {in_language(found.reason, language)}")
        for hint in found.would_help:
            write(f"  {in_language(hint, language)}")
        return
    for cause in found.causes:
        write_cause(cause, language, terms=terms)
    hidden = found.candidates - len(found.causes)
    if hidden > 0:
        write(f"\n{hidden} {word('more, see --limit', language)}")
    if checks and found.next_checks:
        write(f"\n{word('Would tell most', language)}:")
        for question in found.next_checks:
            reason = in_language(question.reason, language)
            write(f"  {in_language(question.text, language)} ({reason})")
    for work in found.open_work[:3]:
        name = in_language(work.named.label, language)
        write(f"{word('Also open', language)}: {name} ({work.status}) “{work.description}”")
    for note in found.notes:
        write(f"{word('Note', language)}: {in_language(note, language)}")


def write_cause(cause: RankedCause, language: str, *, terms: bool = False) -> None:
    """One cause with its reasons, advice and cases."""
    name = in_language(cause.named.label, language)
    write(f"\n{cause.rank}. {name}  ({percent(cause.probability)})")
    sentence = in_language(cause.sentence, language)
    paths = [in_language(path.sentence, language) for path in cause.paths]
    if sentence.rstrip(".。") not in paths:  # else the path itself is told, with its evidence
        write(f"   {sentence}")
    for path in cause.paths[:2]:
        _write_path("because", path, language)
    for path in cause.possible_causes[:3]:
        _write_path("possible cause:", path, language)
    for title, advice in (
        ("check", cause.checks),
        ("do", cause.remedies),
        ("done before", cause.done_before),
    ):
        if advice:
            write(f"   {word(title, language)}: {_advised(advice[:3], language)}")
    _write_card(cause, language)
    if terms:
        for term in cause.terms:
            write(f"   {term.log_odds:+.2f}  {in_language(term.sentence, language)}")
    for case in cause.cases[:2]:
        when = (case.at or word("undated", language))[:10]
        where = ", ".join(in_language(n.label, language) for n in case.on)
        elsewhere = f" ({where})" if where and case.level != "asset" else ""
        name = in_language(case.named.label, language)
        write(f"   {when}  {name}{elsewhere}: “{case.description}”")
        _write_evidence(case.facts[:1])


def _write_card(cause: RankedCause, language: str) -> None:
    card = cause.card
    if card.parts:
        told = [_part(part, language) for part in card.parts[:4]]
        write(f"   {word('parts', language)}: {'; '.join(told)}")
    if card.tools:
        names = [in_language(tool.label, language) for tool in card.tools[:5]]
        write(f"   {word('tools', language)}: {', '.join(names)}")
    for notice in card.notices[:3]:
        write(f"   {word('safety', language)}: {in_language(notice.named.label, language)}")
    if card.downtime is not None:
        told_hours = in_language(card.downtime.sentence, language)
        write(f"   {word('expected downtime', language)}: {told_hours}")


def _part(part: CardPart, language: str) -> str:
    name = in_language(part.named.label, language)
    if part.in_stock is None:
        return name
    return f"{name}, {word('in stock', language)} {part.in_stock:g}"


def _write_path(title: str, path: CausePath, language: str) -> None:
    source = f" [{word('general knowledge', language)}]" if path.is_general else ""
    sentence = in_language(path.sentence, language)
    write(f"   {word(title, language)}{'' if language == 'zh' else ' '}{sentence}{source}")
    if not path.is_general:
        _write_evidence(path.statements)


def _advised(advice: Sequence[Advice], language: str) -> str:
    """The advice in one line; where it comes with Gemba, not from the plant, that is said."""
    general = f" [{word('general knowledge', language)}]"
    names = [in_language(a.named.label, language) for a in advice]
    if all(a.is_general for a in advice):
        return "; ".join(names) + general
    told = zip(names, advice, strict=True)
    return "; ".join(name + general if a.is_general else name for name, a in told)


def _write_evidence(statements: tuple[Cited, ...]) -> None:
    shown = {(c.document, c.place): c for s in statements for c in s.evidence}
    for (document, place), cited in list(shown.items())[:2]:
        write(f"      {document}, {place}: “{cited.text[:110]}”")
