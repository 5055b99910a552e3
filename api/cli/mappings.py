"""`gemba mappings`: how tables are read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.plant import JsonOption, with_settings
from api.cli.terminal import write, write_json, write_table
from api.settings import Settings
from api.wiring import load_ontology

app = typer.Typer(no_args_is_help=True, help="See how tables are read, and check mappings.")


@app.command("list")
@with_settings
def list_(settings: Settings, *, json: JsonOption = False) -> None:
    """List the mappings: those of GEMBA_MAPPINGS and those that ship.

    Example:

        gemba mappings list
    """
    from api.intake.mappings import known_mappings

    mappings = known_mappings(settings)
    if json:
        write_json(
            [
                {"name": m.name, "title": m.title, "file": m.origin, "digest": m.digest}
                for m in mappings
            ]
        )
        return
    write_table(
        ["Mapping", "Title", "File"], [(m.name, m.title, Path(m.origin).name) for m in mappings]
    )


@app.command("show")
@with_settings
def show(
    settings: Settings,
    mapping: Annotated[str, typer.Argument(help="Its name, or a YAML file.")],
) -> None:
    """Show a mapping's YAML, to read it or to begin one of your own.

    Example:

        gemba mappings show excavator-work-orders > mine.yaml
    """
    from api.intake.mappings import find_mapping

    write(find_mapping(settings, mapping).text.rstrip())


@app.command("check")
@with_settings
def check(
    settings: Settings,
    mapping: Annotated[str, typer.Argument(help="Its name, or a YAML file.")],
    *,
    json: JsonOption = False,
) -> None:
    """Check a mapping against the ontology; the exit code is 2 where something is wrong.

    Example:

        gemba mappings check mine.yaml
    """
    from api.intake.mappings import find_mapping
    from extraction.tables import check_mapping

    found = find_mapping(settings, mapping)
    check_mapping(found, load_ontology(settings))
    if json:
        write_json({"name": found.name, "title": found.title, "is_good": True})
    else:
        write(f"{found.name} ({found.title}) is good.")


@app.command("recognise")
@with_settings
def recognise(
    settings: Settings,
    file: Annotated[Path, typer.Argument(help="A table.", exists=False)],
    *,
    json: JsonOption = False,
) -> None:
    """Say which mapping would read a file, and how it was told.

    Example:

        gemba mappings recognise export.csv
    """
    from api.intake.mappings import known_mappings
    from extraction.tables import recognise_parts

    parts = recognise_parts(file, mappings=known_mappings(settings))
    if json:
        write_json(
            [
                {
                    "sheet": p.sheet,
                    "mapping": p.mapping.name if p.mapping else None,
                    "score": p.score,
                    "reasons": list(p.reasons),
                }
                for p in parts
            ]
        )
    else:
        for part in parts:
            where = f"{file}, sheet {part.sheet}" if part.sheet else str(file)
            name = part.mapping.name if part.mapping else "no mapping"
            write(f"{where}: {name} ({part.score:.2f})")
            for reason in part.reasons:
                write(f"  {reason}")
    if not any(part.mapping for part in parts):
        raise typer.Exit(1)


@app.command("draft")
def draft(
    file: Annotated[Path, typer.Argument(help="A table that no mapping knows.")],
    *,
    sheet: Annotated[str | None, typer.Option(help="Sheet of a workbook.")] = None,
    encoding: Annotated[str | None, typer.Option(help="Encoding; else it is told.")] = None,
) -> None:
    """Write a commented mapping for a table, to be completed by hand.

    Example:

        gemba mappings draft export.csv > mine.yaml
    """
    from extraction.tables import draft_mapping

    write(draft_mapping(file, sheet=sheet, encoding=encoding).rstrip())
