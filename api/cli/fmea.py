"""`gemba fmea`: the graph's knowledge of failures as an FMEA workbook."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.options import AsOf, view_of
from api.cli.plant import JsonOption, with_plant
from api.cli.terminal import write, write_json
from api.wiring import Plant


@with_plant
def fmea(
    plant: Plant,
    asset_class: Annotated[str, typer.Argument(help="A class of assets: key or name.")],
    file: Annotated[Path, typer.Argument(help="The workbook to write (.xlsx).")],
    *,
    scale: Annotated[
        int, typer.Option(min=2, max=10, help="The highest rating; action priority needs 10.")
    ] = 10,
    library: Annotated[
        bool, typer.Option("--library", help="Also what only Gemba's library says.")
    ] = False,
    as_of: AsOf = None,
    json: JsonOption = False,
) -> None:
    """Write an FMEA of a class of assets in AIAG-VDA form, with action priorities.

    Example:

        gemba fmea "hydraulic press" press-fmea.xlsx
    """
    from api.fmea_file import write_fmea
    from kg.diagnosis.fmea import fmea_rows

    rows = fmea_rows(
        plant.store, plant.schema, asset_class, scale=scale, with_library=library,
        view=view_of(plant, as_of),
    )  # fmt: skip
    write_fmea(rows, file, scale=scale)
    write_json({"file": str(file), "rows": len(rows)}) if json else write(f"{file}: {len(rows)}")


COMMANDS = (fmea,)
