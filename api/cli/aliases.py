"""`gemba aliases`: abbreviations and other names, as a plant writes them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.audit import Actor
from api.cli.options import Limit
from api.cli.plant import JsonOption, with_plant_made
from api.cli.terminal import write, write_json, write_table
from api.cli.words import headings, sentence
from api.wiring import Plant
from kg.model.errors import BadInput

app = typer.Typer(
    no_args_is_help=True, help="See and edit what abbreviations and other names mean here."
)

Written = Annotated[str, typer.Argument(help="As it is written, such as hpu.")]
Meant = Annotated[str, typer.Argument(help="What is meant, such as 'hydraulic power unit'.")]


@app.command("list")
@with_plant_made
def list_(
    plant: Plant,
    *,
    every: Annotated[bool, typer.Option("--all", help="The shipped ones, too.")] = False,
    json: JsonOption = False,
) -> None:
    """List the plant's own aliases.

    Example:

        gemba aliases list --all
    """
    from api.aliases import Alias, own_aliases

    rows = [alias for path in plant.settings.aliases for alias in own_aliases(path)]
    if every:
        own = {row.written.casefold() for row in rows}
        rows += [Alias(w, m, "") for w, m in plant.aliases.items() if w not in own]
    if json:
        write_json([row._asdict() for row in rows])
    elif rows:
        titles = headings(["Written", "Meant"], plant.settings.language)
        write_table(titles, [(row.written, row.meant) for row in rows])
    else:
        none = "This plant has no aliases of its own; `gemba aliases list --all` shows the others."
        write(sentence(none, plant.settings.language))


@app.command("propose")
@with_plant_made
def propose(
    plant: Plant,
    texts: Annotated[
        list[Path] | None, typer.Argument(help="Text files, a text a line; else what is loaded.")
    ] = None,
    *,
    document: Annotated[
        list[str] | None, typer.Option("--document", help="Only this loaded document.")
    ] = None,
    limit: Limit = 50,
    json: JsonOption = False,
) -> None:
    """Propose aliases from the plant's texts, the surest first. Nothing is added by itself.

    Example:

        gemba aliases propose
    """
    from api.aliases import find_aliases

    given = None
    if texts:
        lines: list[str] = []
        for path in texts:
            try:
                lines += path.read_text("utf-8-sig").splitlines()
            except (OSError, UnicodeDecodeError) as error:
                raise BadInput(f"{path} cannot be read as UTF-8 text: {error}.") from None
        given = iter(lines)
    found = find_aliases(plant, given, document or ())
    if json:
        write_json(found[:limit])
        return
    if not found:
        none = "The texts tell of no alias that is not in the table yet."
        write(sentence(none, plant.settings.language))
        return
    write_table(
        headings(["Score", "Written", "Meant", "Seen", "Such as"], plant.settings.language),
        [(f"{p.score:.2f}", p.written, p.meant, p.seen, p.quote[:100]) for p in found[:limit]],
        right=[3],
    )


@app.command("add")
@with_plant_made
def add(
    plant: Plant,
    written: Written,
    meant: Meant,
    *,
    json: JsonOption = False,
) -> None:
    """Add an alias to the plant's own table (GEMBA_ALIASES); load the files again to use it.

    Example:

        gemba aliases add hpu 'hydraulic power unit'
    """
    from api.aliases import add_alias

    made = add_alias(plant, _actor(plant), written, meant)
    if json:
        write_json(made._asdict())
    else:
        told = "{written} means {meant}. Load the files again to read them with it."
        write(sentence(told, plant.settings.language, written=made.written, meant=made.meant))


@app.command("remove")
@with_plant_made
def remove(plant: Plant, written: Written, *, json: JsonOption = False) -> None:
    """Take an alias out of the plant's own table.

    Example:

        gemba aliases remove hpu
    """
    from api.aliases import remove_alias

    found = remove_alias(plant, _actor(plant), written)
    if json:
        write_json(found._asdict())
    else:
        told = "{written} no longer means {meant}."
        write(sentence(told, plant.settings.language, written=found.written, meant=found.meant))


@app.command("refuse")
@with_plant_made
def refuse(plant: Plant, written: Written, meant: Meant, *, json: JsonOption = False) -> None:
    """Say that one is not short for the other, so that it is not proposed again.

    Example:

        gemba aliases refuse us units
    """
    from api.aliases import refuse_alias

    refuse_alias(plant, _actor(plant), written, meant)
    if json:
        write_json({"written": written, "meant": meant, "refused": True})
    else:
        told = "{written} for {meant} is not proposed again."
        write(sentence(told, plant.settings.language, written=written, meant=meant))


def _actor(plant: Plant) -> Actor:
    return Actor(plant.settings.actor, "cli")
