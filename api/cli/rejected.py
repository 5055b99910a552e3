"""`gemba rejected`: rows that could not be used."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from api.audit import Actor
from api.cli.options import Limit
from api.cli.plant import JsonOption, with_plant
from api.cli.terminal import write, write_json, write_table
from api.wiring import Plant

app = typer.Typer(no_args_is_help=True, help="See rejected rows, correct them, and try them again.")

Document = Annotated[str | None, typer.Option(help="Only rows of this document.")]
Code = Annotated[str | None, typer.Option(help="Only this kind of problem, such as bad-date.")]


@app.command("list")
@with_plant
def list_(
    plant: Plant,
    *,
    document: Document = None,
    code: Code = None,
    limit: Limit = 50,
    json: JsonOption = False,
) -> None:
    """List rows that could not be used, with their reasons.

    Example:

        gemba rejected list --code bad-date
    """
    from api.intake.rejected import list_rejected
    from api.payloads.rejected import rejected_payload

    rows = list_rejected(plant.store, document=document, code=code)
    if json:
        write_json([rejected_payload(row) for row in rows[:limit]])
        return
    if not rows:
        write("No rows are rejected.")
        return
    write_table(
        ["Document", "Place", "Problem", "Reason"],
        [(row.document, row.place, row.code, row.reason) for row in rows[:limit]],
    )
    counts = Counter(row.code for row in rows)
    told = ", ".join(f"{number:,} {name}" for name, number in counts.most_common())
    write(f"\n{len(rows):,} in all: {told}")


@app.command("export")
@with_plant
def export(
    plant: Plant,
    file: Annotated[Path | None, typer.Argument(help="CSV file to write; else output.")] = None,
    *,
    document: Document = None,
    code: Code = None,
) -> None:
    """Write rejected rows as CSV, to be corrected there and loaded with the same mapping.

    Example:

        gemba rejected export fix.csv --document workorders.csv
    """
    from api.intake.rejected import export_rejected, list_rejected

    rows = list_rejected(plant.store, document=document, code=code)
    if file is None:
        export_rejected(rows, sys.stdout)
        return
    # The mark lets spreadsheets see that it is UTF-8.
    with file.open("w", encoding="utf-8-sig", newline="") as target:
        count = export_rejected(rows, target)
    write(f"{count:,} rows are in {file}.")
    names = sorted({row.recipe.partition("@")[0] for row in rows})
    if count:
        write(f"Corrected, load them with: gemba load {file} --mapping {' or '.join(names)}")


@app.command("replay")
@with_plant
def replay(
    plant: Plant,
    *,
    document: Document = None,
    mapping: Annotated[
        str | None, typer.Option("--mapping", "-m", help="By this mapping; else the first one.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write nothing; say what would pass.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Try rejected rows again, after a mapping or the ontology was corrected.

    What is refused again stays rejected, with its new reason.

    Example:

        gemba rejected replay --document workorders.csv
    """
    from api.cli.load import write_load
    from api.intake.rejected import replay_rejected

    answer = replay_rejected(
        plant,
        Actor(plant.settings.actor, "cli"),
        document=document,
        mapping=mapping,
        dry_run=dry_run,
    )
    if json:
        write_json(answer)
    elif answer.files:
        write_load(answer)
    else:
        write("No rows are rejected.")
    if not answer.is_whole:
        raise typer.Exit(1)
