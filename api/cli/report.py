"""`gemba report`: documents drafted from the graph."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.options import AsOf, view_of
from api.cli.plant import JsonOption, with_plant
from api.cli.terminal import in_language, write, write_json
from api.wiring import Plant

app = typer.Typer(no_args_is_help=True, help="Draft reports from the graph.")


@app.callback()
def _group() -> None:
    """Draft reports from the graph."""


@app.command("8d")
@with_plant
def eight_d(
    plant: Plant,
    what: Annotated[
        list[str], typer.Argument(help="Bad units, lots, defects, defect types or complaints.")
    ],
    *,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="A .docx or .pdf to write.")
    ] = None,
    as_of: AsOf = None,
    json: JsonOption = False,
) -> None:
    """Draft an 8D report, D1 to D8: what the graph knows with its sources, the rest left open.

    Example:

        gemba report 8d "internal leakage" --out 8d.docx
    """
    from api.asking import keys_of
    from api.reporting import write_report
    from kg.investigation.eight_d import draft_eight_d

    view = view_of(plant, as_of)
    found = draft_eight_d(
        plant.store, plant.schema, keys_of(plant, what, view), zone=plant.settings.timezone,
        view=view,
    )  # fmt: skip
    language = plant.settings.language
    if out is not None:
        write_report(found, out, language)
    if json:
        write_json(found)
        return
    if out is not None:
        write(str(out))
        return
    write(in_language(found.title, language))
    for part in found.disciplines:
        write(f"\n{part.id} {in_language(part.title, language)}")
        for entry in part.entries:
            write(f"  {in_language(entry.text, language)}")
            if entry.sources:
                write(f"    ({'; '.join(entry.sources)})")
