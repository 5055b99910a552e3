"""`gemba investigate` and `gemba affected`: from a defect to the assets that made it, and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import AsOf, view_of
from api.cli.plant import JsonOption, with_plant
from api.cli.terminal import count_classes, in_language, write, write_json, write_table
from api.cli.words import headings, word
from api.wiring import Plant

if TYPE_CHECKING:
    from kg.investigation import Affected, Explained, Investigation, SeenDrift, Suspect


@with_plant
def investigate(
    plant: Plant,
    what: Annotated[
        list[str], typer.Argument(help="Defective units, lots, defects, types or complaints.")
    ],
    *,
    before_hours: Annotated[
        float | None, typer.Option("--before", min=0, help="Hours before production to look at.")
    ] = None,
    after_hours: Annotated[
        float | None, typer.Option("--after", min=0, help="Hours after production to look at.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Suspects to show.")] = 5,
    as_of: AsOf = None,
    json: JsonOption = False,
) -> None:
    """Rank the assets that may have made something defective, by what happened to them then.

    Example:

        gemba investigate SN-000123 --before 48
    """
    from api.asking import keys_of
    from kg.investigation import AFTER_HOURS, BEFORE_HOURS
    from kg.investigation import investigate as ask

    view = view_of(plant, as_of)
    found = ask(
        plant.store,
        plant.schema,
        keys_of(plant, what, view),
        before_hours=BEFORE_HOURS if before_hours is None else before_hours,
        after_hours=AFTER_HOURS if after_hours is None else after_hours,
        zone=plant.settings.timezone,
        view=view,
        limit=limit,
    )
    if json:
        write_json(found)
    else:
        _write_investigation(found, plant.settings.language)


@with_plant
def explain(
    plant: Plant,
    what: Annotated[
        list[str], typer.Argument(help="Defective units, lots, defects, types or complaints.")
    ],
    *,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Explanations to show.")] = 5,
    as_of: AsOf = None,
    json: JsonOption = False,
) -> None:
    """Say why units are defective: what they share, joined with what happened to it then.

    Example:

        gemba explain "internal leakage too high"
    """
    from api.asking import keys_of
    from kg.investigation import explain_defects

    view = view_of(plant, as_of)
    found = explain_defects(
        plant.store,
        plant.schema,
        keys_of(plant, what, view),
        zone=plant.settings.timezone,
        view=view,
        limit=limit,
    )
    if json:
        write_json(found)
    else:
        _write_explained(found, plant.settings.language)


def _write_explained(found: Explained, language: str) -> None:
    write(", ".join(in_language(named.label, language) for named in found.start))
    if not found.explanations:
        write(in_language(found.summary, language))
    for one in found.explanations:
        write(f"\n{one.rank}. {in_language(one.sentence, language)}")
        history = one.history
        cited = [] if history is None else [
            *history.way, *(f for e in history.events[:1] for f in (*e.facts, *e.relevance_path))
        ]  # fmt: skip
        places = dict.fromkeys(f"{e.document}, {e.place}" for c in cited for e in c.evidence[:1])
        for place in list(places)[:4]:
            write(f"     {place}")
        if history is not None and history.comparison is not None:
            write(f"   {in_language(history.comparison.sentence, language)}")
    write(f"\n{in_language(found.causes.summary, language)}")


@with_plant
def affected(
    plant: Plant,
    thing: Annotated[str, typer.Argument(help="A work order, a failure, an alarm, or an asset.")],
    *,
    since: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="In doubt from then on.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", metavar="TIME", help="… and before then.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Items to show.")] = 50,
    as_of: AsOf = None,
    json: JsonOption = False,
) -> None:
    """List what was made while an asset was in doubt, and where that went.

    Example:

        gemba affected P-101 --from 2026-02-01 --to 2026-02-03
    """
    from api.lookup import node_called
    from api.moments import parse_moment
    from kg.investigation import affected_by

    view, zone = view_of(plant, as_of), plant.settings.zone
    found = affected_by(
        plant.store,
        plant.schema,
        node_called(plant.store, thing, view).key,
        since=parse_moment(since, zone, "--from") if since else None,
        until=parse_moment(until, zone, "--to") if until else None,
        zone=plant.settings.timezone,
        view=view,
        limit=limit,
    )
    if json:
        write_json(found)
    else:
        _write_affected(plant, found)


@with_plant
def drifts(
    plant: Plant,
    thing: Annotated[str, typer.Argument(help="An asset, a failure, a work order or an alarm.")],
    *,
    since: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="Look from then on.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", metavar="TIME", help="… and before then.")
    ] = None,
    before_hours: Annotated[
        float, typer.Option("--before", min=1, help="Hours before a failure to look at.")
    ] = 168.0,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Drifts to show.")] = 20,
    as_of: AsOf = None,
    json: JsonOption = False,
) -> None:
    """Say what was measured on an asset and changed its level: before a failure, or in a window.

    Example:

        gemba drifts P-101 --from 2026-02-01 --to 2026-02-15
    """
    from api.lookup import node_called
    from api.moments import parse_moment
    from kg.investigation import drifts_around

    view, zone, language = view_of(plant, as_of), plant.settings.zone, plant.settings.language
    found = drifts_around(
        plant.store,
        plant.schema,
        node_called(plant.store, thing, view).key,
        since=parse_moment(since, zone, "--from") if since else None,
        until=parse_moment(until, zone, "--to") if until else None,
        before_hours=before_hours,
        zone=plant.settings.timezone,
        view=view,
        limit=limit,
    )
    if json:
        write_json(found)
        return
    write(in_language(found.sentence, language))
    _write_drifts(found.drifts, language)
    for note in found.notes:
        write(f"{word('Note', language)}: {in_language(note, language)}")


def _write_investigation(found: Investigation, language: str) -> None:
    write(", ".join(in_language(named.label, language) for named in found.start))
    if found.defects:
        write("  " + ", ".join(in_language(named.label, language) for named in found.defects))
    write(f"  {in_language(found.window.sentence, language)}")
    if found.abstained and found.reason is not None:
        write(f"\n{in_language(found.reason, language)}")
    for suspect in found.suspects:
        _write_suspect(suspect, language)
    if found.goods:
        write(f"\n{word('On the goods themselves', language)}:")
        _write_drifts(found.goods, language)
    if found.shared:
        write(f"\n{word('In common', language)}:")
        write_table(
            headings(["Facet", "What", "Items"], language),
            [
                (word(s.facet, language), in_language(s.named.label, language), s.items)
                for s in found.shared[:10]
            ],
            right=[2],
        )
    for note in found.notes:
        write(f"{word('Note', language)}: {in_language(note, language)}")


def _write_drifts(drifts: Sequence[SeenDrift], language: str) -> None:
    for one in drifts:
        write(f"{one.rank}. {in_language(one.sentence, language)}")
        for cited in [c for fact in one.facts for c in fact.evidence][:1]:
            write(f"   {cited.document}, {cited.place}")


def _write_suspect(suspect: Suspect, language: str) -> None:
    name = in_language(suspect.named.label, language)
    write(f"\n{suspect.rank}. {name}  ({word('Score', language)} {suspect.score:.2f})")
    write(f"   {in_language(suspect.sentence, language)}")
    for event in suspect.events:
        write(f"   - {in_language(event.sentence, language)}")
        if event.description and event.description not in in_language(event.sentence, language):
            write(f"     “{event.description}”")
        for cited in [c for fact in event.facts for c in fact.evidence][:1]:
            write(f"     {cited.document}, {cited.place}")
    if suspect.more_events:
        write(f"   … {suspect.more_events} {word('more events', language)}")
    if suspect.comparison is not None:
        write(f"   {in_language(suspect.comparison.sentence, language)}")
    for cause in suspect.causes:
        write(f"   {in_language(cause.sentence, language)}")


def _write_affected(plant: Plant, found: Affected) -> None:
    language = plant.settings.language
    write(in_language(found.sentence, language))
    write_table(
        headings(["Item", "Made", "Operation", "Defects"], language),
        [
            (
                item.named.key,
                (item.made or "")[:16].replace("T", " "),
                item.operation.key,
                ", ".join(in_language(d.label, language) for d in item.defects),
            )
            for item in found.items
        ],
    )
    if found.total > len(found.items):
        write(f"{found.total - len(found.items):,} {word('more, see --limit', language)}")
    if found.trace is not None and found.trace.consignees:
        write(f"\n{word('Reached', language)}:")
        for consignee in found.trace.consignees:
            items = count_classes(plant, consignee.items)
            write(f"  {in_language(consignee.customer.label, language)}: {items}")
    for note in found.notes:
        write(f"{word('Note', language)}: {in_language(note, language)}")


COMMANDS = (investigate, explain, affected, drifts)
