"""`gemba why`: ranked causes of what was observed on an asset, with the evidence."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.options import AsOf, view_of
from api.cli.plant import JsonOption, with_plant
from api.cli.telling import write_diagnosis
from api.cli.terminal import write_json
from api.wiring import Plant


@with_plant
def why(
    plant: Plant,
    asset: Annotated[str, typer.Argument(help="An asset or asset class: code, key or name.")],
    symptoms: Annotated[
        list[str], typer.Argument(help="What was observed, each in quotes; either language.")
    ],
    *,
    absent: Annotated[
        list[str] | None,
        typer.Option("--not", help="What was looked for and is not there; may be repeated."),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Causes to show.")] = 5,
    terms: Annotated[
        bool, typer.Option("--terms", help="Show what each probability is made of.")
    ] = False,
    as_of: AsOf = None,
    json: JsonOption = False,
) -> None:
    """Rank the causes of what was observed on an asset, with what to check and do next.

    Example:

        gemba why EX-12 "boom cylinder leaking"
    """
    from kg.diagnosis import rank_causes

    found = rank_causes(
        plant.store,
        plant.schema,
        asset,
        symptoms,
        absent=absent or (),
        view=view_of(plant, as_of),
        limit=limit,
    )
    if json:
        write_json(found)
        return
    write_diagnosis(found, plant.settings.language, terms=terms)


COMMANDS = (why,)
