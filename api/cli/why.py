"""`gemba why`: ranked causes of what was observed on an asset, with the evidence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import AsOf, view_of
from api.cli.plant import JsonOption, with_plant
from api.cli.terminal import in_language, write, write_json
from api.cli.words import word
from api.wiring import Plant

if TYPE_CHECKING:
    from kg.diagnosis import Advice, CausePath, Diagnosis, RankedCause
    from kg.narration import Cited


@with_plant
def why(
    plant: Plant,
    asset: Annotated[str, typer.Argument(help="An asset or asset class: code, key or name.")],
    symptoms: Annotated[
        list[str], typer.Argument(help="What was observed, each in quotes; either language.")
    ],
    *,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Causes to show.")] = 5,
    as_of: AsOf = None,
    json: JsonOption = False,
) -> None:
    """Rank the causes of what was observed on an asset, with what to check and do next.

    Example:

        gemba why EX-12 "boom cylinder leaking"
    """
    from kg.diagnosis import rank_causes

    found = rank_causes(
        plant.store, plant.schema, asset, symptoms, view=view_of(plant, as_of), limit=limit
    )
    if json:
        write_json(found)
        return
    _write(found, plant.settings.language)


def _write(found: Diagnosis, language: str) -> None:
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
        _write_cause(cause, language)
    hidden = found.candidates - len(found.causes)
    if hidden > 0:
        write(f"\n{hidden} {word('more, see --limit', language)}")
    for note in found.notes:
        write(f"{word('Note', language)}: {in_language(note, language)}")


def _write_cause(cause: RankedCause, language: str) -> None:
    name, score = in_language(cause.named.label, language), word("Score", language)
    write(f"\n{cause.rank}. {name}  ({score} {cause.score:.2f})")
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
    if cause.parts_used:
        names = [in_language(p.named.label, language) for p in cause.parts_used[:4]]
        write(f"   {word('parts used', language)}: {', '.join(names)}")
    for case in cause.cases[:2]:
        when = (case.at or word("undated", language))[:10]
        where = ", ".join(in_language(n.label, language) for n in case.on)
        elsewhere = f" ({where})" if where and case.level != "asset" else ""
        name = in_language(case.named.label, language)
        write(f"   {when}  {name}{elsewhere}: “{case.description}”")
        _write_evidence(case.facts[:1])


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


COMMANDS = (why,)
