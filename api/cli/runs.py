"""`gemba runs`: the executions that read documents, and undoing one."""

from __future__ import annotations

from typing import Annotated

import typer

from api.audit import Actor
from api.cli.options import Limit
from api.cli.plant import JsonOption, with_plant
from api.cli.terminal import confirm_or_stop, write, write_json, write_table
from api.wiring import Plant

app = typer.Typer(no_args_is_help=True, help="See when what was read, and undo one reading.")


@app.command("list")
@with_plant
def list_(plant: Plant, *, limit: Limit = 50, json: JsonOption = False) -> None:
    """List the runs that read documents, the latest first.

    Example:

        gemba runs list
    """
    from api.payloads.documents import runs_payload

    runs = runs_payload(plant.store.versions())[:limit]
    if json:
        write_json(runs)
        return
    write_table(
        ["Run", "At", "By", "Documents"],
        [(r.run.id, f"{r.run.at:%Y-%m-%d %H:%M}", r.run.by, _listed(r.documents)) for r in runs],
    )


@app.command("remove")
@with_plant
def remove(
    plant: Plant,
    run: Annotated[str, typer.Argument(help="Its id, as the list shows it.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask first.")] = False,
    json: JsonOption = False,
) -> None:
    """Forget what one run read; what was read before and after it stays.

    Example:

        gemba runs remove 5f0c11d2a9b4 --yes
    """
    from api.documents import remove_run
    from api.intake.supply_chain import settle_events

    confirm_or_stop(f"Forget what the run {run} read?", yes)
    removal = remove_run(plant.store, Actor(plant.settings.actor, "cli"), run)
    settle_events(plant, plant.settings.actor)
    if json:
        write_json(removal)
    else:
        write(
            f"Forgot the run {run} over {_listed(removal.removed)}: "
            f"{removal.changes.statements_removed:,} statements went with it."
        )


def _listed(names: list[str], most: int = 4) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
