"""`gemba audit`: who wrote what, and whether the log of it is whole."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.options import Limit
from api.cli.plant import JsonOption, with_plant
from api.cli.terminal import write, write_json, write_table
from api.wiring import Plant

app = typer.Typer(no_args_is_help=True, help="See who wrote what, and check the log of it.")


@app.command("list")
@with_plant
def list_(
    plant: Plant,
    *,
    after: Annotated[int, typer.Option(min=0, help="Only entries after this number.")] = 0,
    limit: Limit = 100,
    json: JsonOption = False,
) -> None:
    """List who wrote what, oldest first.

    Example:

        gemba audit list --after 100
    """
    from api.audit import LOG
    from api.payloads.access import entry_payload

    entries = [entry_payload(e) for e in plant.store.read_log(LOG, after=after, limit=limit)]
    if json:
        write_json(entries)
        return
    write_table(
        ["No.", "At", "By", "Way", "Action", "Subject", "Outcome"],
        [
            (e.seq, f"{e.at:%Y-%m-%d %H:%M:%S}", e.by, e.way, e.action, e.subject, e.outcome)
            for e in entries
        ],
        right=[0],
    )


@app.command("verify")
@with_plant
def verify(
    plant: Plant,
    *,
    anchor: Annotated[
        str | None,
        typer.Option(help="What an earlier check printed; shows whether the end was cut off."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Check the whole audit log for changed, missing and reordered entries.

    Keep the anchor that it prints somewhere else, and give it to the next check. The exit code is
    1 where the log does not hold.

    Example:

        gemba audit verify
    """
    from api.audit import verify as check
    from api.payloads.access import verification_payload

    found = check(plant.store, anchor)
    if json:
        write_json(verification_payload(found))
    elif found.is_intact:
        write(f"The audit log is whole: {found.entries:,} entries.")
        write(f"anchor {found.anchor}")
    else:
        write(f"The audit log was tampered with, in {len(found.breaches)} places:")
        for breach in found.breaches:
            write(f"  {breach.sentence}")
    if not found.is_intact:
        raise typer.Exit(1)
