"""`gemba timeline`: what happened to an asset, unit or lot."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.options import AsOf, Limit, view_of
from api.cli.plant import JsonOption, with_plant
from api.cli.terminal import in_language, write, write_json
from api.cli.words import word
from api.wiring import Plant


@with_plant
def timeline(
    plant: Plant,
    thing: Annotated[str, typer.Argument(help="An asset, unit or lot: code, key or name.")],
    *,
    since: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="Only from then on.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", metavar="TIME", help="… before then.")
    ] = None,
    cls: Annotated[
        list[str] | None,
        typer.Option("--class", help="Only events of this class; else all but single readings."),
    ] = None,
    oldest_first: Annotated[
        bool, typer.Option("--oldest-first", help="Begin at the start.")
    ] = False,
    limit: Limit = 50,
    after: Annotated[
        str | None, typer.Option(help="Go on after a page: the cursor that it ended with.")
    ] = None,
    as_of: AsOf = None,
    json: JsonOption = False,
) -> None:
    """Tell what happened to an asset, unit or lot and what is built into it, by time.

    Example:

        gemba timeline EX-12 --from 2026-01-01
    """
    from api.lookup import known_class, node_called
    from api.moments import parse_moment
    from kg.investigation import timeline as tell
    from kg.investigation.timelines import happenings

    zone = plant.settings.zone
    view = view_of(plant, as_of)
    found = tell(
        plant.store,
        plant.schema,
        node_called(plant.store, thing, view).key,
        since=parse_moment(since, zone, "--from") if since else None,
        until=parse_moment(until, zone, "--to") if until else None,
        classes=[known_class(plant.schema, name).name for name in cls or ()]
        or happenings(plant.schema),
        newest_first=not oldest_first,
        view=view,
        limit=limit,
        after=after,
    )
    if json:
        write_json(found)
        return
    language = plant.settings.language
    parts = f", {word('with parts', language)}: {len(found.parts)}" if found.parts else ""
    write(f"{in_language(found.named.label, language)}{parts}")
    if not found.entries:
        write(word("nothing is known to have happened", language))
    for entry in found.entries:
        when = (entry.at or word("undated", language)).replace("T", " ")[:16]
        write(f"\n{when:16}  {in_language(entry.sentence, language)}")
        if entry.description and entry.description not in in_language(entry.sentence, language):
            write(f"{'':16}  “{entry.description}”")
        for cited in [c for fact in entry.facts for c in fact.evidence][:1]:
            write(f"{'':16}  {cited.document}, {cited.place}")
    if found.next_after:
        write(f"\n{word('more', language)}: --after '{found.next_after}'")


COMMANDS = (timeline,)
