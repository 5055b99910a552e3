"""`gemba calibration`: are the probabilities of diagnoses right?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.options import AsOf, view_of
from api.cli.plant import JsonOption, with_plant
from api.cli.terminal import write, write_json, write_table
from api.cli.words import headings, word
from api.lookup import node_called
from api.wiring import Plant


@with_plant
def calibration(
    plant: Plant,
    *,
    cls: Annotated[
        str | None, typer.Option("--class", help="Only records on assets of this class.")
    ] = None,
    most: Annotated[int, typer.Option(min=20, help="Records to predict.")] = 200,
    time_split: Annotated[
        bool, typer.Option("--time-split", help="Predict each from what happened before it.")
    ] = False,
    plain: Annotated[
        bool, typer.Option("--plain", help="Without what age and place change, to compare.")
    ] = False,
    svg: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the reliability diagram there.")
    ] = None,
    as_of: AsOf = None,
    json: JsonOption = False,
) -> None:
    """Predict the plant's own records, each without itself, and compare with what was found.

    Example:

        gemba calibration --svg reliability.svg
    """
    from kg.diagnosis.calibrating import calibrate, draw_reliability
    from kg.diagnosis.modifying import USED

    found = calibrate(
        plant.store,
        plant.schema,
        asset_class=None if cls is None else node_called(plant.store, cls).key,
        most=most,
        time_split=time_split,
        kinds=() if plain else USED,
        view=view_of(plant, as_of),
    )
    if svg is not None:
        svg.write_text(draw_reliability(found), encoding="utf-8")
    if json:
        write_json(found)
        return
    language = plant.settings.language
    write(f"{found.records} / {found.possible} {word('records', language)}, {found.split}")
    rows = [
        (word(name, language), f"{q.top1:.2f}", f"{q.top3:.2f}", f"{q.log_loss:.2f}",
         f"{q.brier:.2f}")
        for name, q in (("diagnosis", found.diagnosis), ("popularity", found.control))
    ]  # fmt: skip
    write_table(["", "top-1", "top-3", "log-loss", "Brier"], rows, right=(1, 2, 3, 4))
    write()
    bins = [
        (b.predictions, f"{b.said:.2f}", f"{b.found:.2f}", f"{b.low:.2f} – {b.high:.2f}")
        for b in found.bins
    ]
    write_table(headings(["Number", "Said", "Found", "Bounds"], language), bins, right=(0, 1, 2))
    took = found.durations
    if took.median_minutes is not None:
        write(f"{word('Minutes to the repair', language)}: {took.median_minutes:.0f} "
              f"({took.sessions} {word('sessions', language)})")  # fmt: skip


COMMANDS = (calibration,)
