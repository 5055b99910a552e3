"""`gemba documents`: what was read, and taking it out again."""

from __future__ import annotations

from typing import Annotated

import typer

from api.audit import Actor
from api.cli.options import AsOf, view_of
from api.cli.plant import JsonOption, with_plant
from api.cli.terminal import confirm_or_stop, write, write_json, write_table
from api.wiring import Plant

app = typer.Typer(no_args_is_help=True, help="See what was read, and take it out again.")


@app.command("list")
@with_plant
def list_(plant: Plant, *, as_of: AsOf = None, json: JsonOption = False) -> None:
    """List the documents that the graph was read from.

    Example:

        gemba documents list
    """
    from api.payloads.documents import documents_payload

    documents = documents_payload(plant.store.versions(), view_of(plant, as_of).as_of)
    if json:
        write_json(documents)
        return
    if not documents:
        write("Nothing was loaded yet; `gemba load FILE` reads a file.")
        return
    write_table(
        ["Document", "Read", "Last read", "By", "State"],
        [
            (
                d.key,
                f"{len(d.readings)}×",
                f"{d.readings[-1].run.at:%Y-%m-%d %H:%M}",
                d.readings[-1].run.by,
                "complete" if d.readings[-1].is_complete else "unfinished",
            )
            for d in documents
        ],
        right=[1],
    )


@app.command("show")
@with_plant
def show(
    plant: Plant,
    document: Annotated[str, typer.Argument(help="Its key, as the list shows it.")],
    *,
    json: JsonOption = False,
) -> None:
    """Show every reading of one document.

    Example:

        gemba documents show workorders.csv
    """
    from api.documents import document_versions
    from api.payloads.documents import documents_payload

    (found,) = documents_payload(document_versions(plant.store, document))
    if json:
        write_json(found)
        return
    write(f"{found.title}  [{found.key}]  {found.media_type}")
    write_table(
        ["Read", "By", "Run", "Recipe", "Content"],
        [
            (f"{r.run.at:%Y-%m-%d %H:%M}", r.run.by, r.run.id, r.recipe, r.sha256[:12])
            for r in found.readings
        ],
    )


@app.command("remove")
@with_plant
def remove(
    plant: Plant,
    documents: Annotated[list[str], typer.Argument(help="Keys, as the list shows them.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask first.")] = False,
    json: JsonOption = False,
) -> None:
    """Forget documents: the graph is then as if they had never been read.

    What other documents also say stays.

    Example:

        gemba documents remove workorders.csv --yes
    """
    from api.documents import document_versions, remove_documents
    from api.intake.supply_chain import settle_events

    for key in documents:
        document_versions(plant.store, key)
    confirm_or_stop(f"Forget {', '.join(documents)}?", yes)
    removal = remove_documents(plant.store, Actor(plant.settings.actor, "cli"), documents)
    settle_events(plant, plant.settings.actor)
    if json:
        write_json(removal)
    else:
        write(
            f"Forgot {', '.join(removal.removed)}: {removal.changes.statements_removed:,} "
            f"statements and {removal.changes.nodes_removed:,} things went with it."
        )
