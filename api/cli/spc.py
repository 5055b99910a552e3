"""`gemba spc`: control charts, run rules and capability of a characteristic."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from api.cli.options import AsOf, view_of
from api.cli.plant import JsonOption, with_settings
from api.cli.terminal import in_language, write, write_json
from api.cli.words import word
from api.settings import Settings
from kg.model.errors import BadInput

if TYPE_CHECKING:
    from kg.traceability.spc import Controlled


@with_settings
def spc(
    settings: Settings,
    characteristic: Annotated[
        str | None, typer.Argument(help="A characteristic or parameter in the store.")
    ] = None,
    *,
    table: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Ask a plain table, not a store.")
    ] = None,
    value: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="The measured values.")
    ] = None,
    bad: Annotated[
        list[str] | None,
        typer.Option("--bad", metavar="COLUMN=VALUE", help="For p and np: the rows that are bad."),
    ] = None,
    count: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="For c, u, p and np: counts per row.")
    ] = None,
    size_of: Annotated[
        str | None,
        typer.Option("--size-column", metavar="COLUMN", help="In how much each was looked for."),
    ] = None,
    by: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Rows of one value are a subgroup.")
    ] = None,
    size: Annotated[
        int | None, typer.Option(min=2, help="So many values in a row are a subgroup.")
    ] = None,
    time: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Order by this time; else as in the file.")
    ] = None,
    chart: Annotated[
        str | None, typer.Option(metavar="i-mr|xbar-r|xbar-s|p|np|c|u", help="Else it follows.")
    ] = None,
    rules: Annotated[
        str, typer.Option(metavar="western|nelson|limits", help="Which run rules to apply.")
    ] = "western",
    baseline: Annotated[
        int | None, typer.Option(min=3, help="The first so many points set the limits.")
    ] = None,
    lower: Annotated[float | None, typer.Option(help="Lower specification limit.")] = None,
    upper: Annotated[float | None, typer.Option(help="Upper specification limit.")] = None,
    draw: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw the chart as .svg or .html.")
    ] = None,
    as_of: AsOf = None,
    json: JsonOption = False,
) -> None:  # fmt: skip
    """Draw a control chart, say what is out of control, and what was different there.

    Example:

        gemba spc --table torque.csv --value Torque --size 5 --lower 18 --upper 24 --draw chart.svg
    """
    from api.process_control import SpcQuestion, control_characteristic, control_table
    from kg.traceability.spc import RuleSet

    if rules not in ("western", "nelson", "limits"):
        raise BadInput(f"{rules!r} is no set of rules; say western, nelson or limits.")
    question = SpcQuestion(
        value=value, bad=tuple(bad or ()), count=count, size_of=size_of, by=by, size=size,
        time=time, chart=chart, rules=cast(RuleSet, rules), baseline=baseline, lower=lower,
        upper=upper,
    )  # fmt: skip
    if table is not None:
        found = control_table(table, question)
    else:
        if characteristic is None:
            raise BadInput("Name a characteristic in the store, or a table with --table FILE.")
        from api.wiring import open_plant

        with open_plant(settings) as plant:
            found = control_characteristic(plant, characteristic, question, view_of(plant, as_of))
    if draw is not None:
        from api.drawing import draw_control_chart
        from api.drawing.canvas import save_drawing

        save_drawing(draw, draw_control_chart(found, settings.language))
    if json:
        write_json(found)
    else:
        _write(found, settings.language, draw)


def _write(found: Controlled, language: str, draw: Path | None) -> None:
    write(in_language(found.summary, language))
    for panel in found.chart.panels:
        for place in panel.signals[:20]:
            p = panel.points[place]
            write(f"  {panel.name} {p.label}: {p.value:.5g} ({', '.join(p.signals)})")
    for rule, label in found.rules:
        write(f"  {rule}: {in_language(label, language)}")
    c = found.capability
    if c is not None:
        for name, e in (("Cp", c.cp), ("Cpk", c.cpk), ("Pp", c.pp), ("Ppk", c.ppk)):
            if e.value is not None:
                write(f"  {name} {e.value:.3f} ({e.low:.3f}–{e.high:.3f})")
    if found.differences is not None:
        write(f"\n{word('What was different there', language)}: "
              f"{in_language(found.differences.summary, language)}")  # fmt: skip
        for cause in found.differences.causes:
            write(f"  {in_language(cause.sentence, language)}")
    for note in found.notes:
        write(f"{word('Note', language)}: {in_language(note, language)}")
    if draw is not None:
        write(str(draw))


COMMANDS = (spc,)
