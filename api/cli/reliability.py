"""`gemba reliability`: time between failures, time to repair, what fails most, bad actors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import AsOf, view_of
from api.cli.plant import JsonOption, with_plant
from api.cli.terminal import in_language, write, write_json, write_table
from api.cli.words import headings, word
from api.moments import parse_moment
from api.wiring import Plant

if TYPE_CHECKING:
    from kg.diagnosis.reliability import Reliability


@with_plant
def reliability(
    plant: Plant,
    what: Annotated[str, typer.Argument(help="An asset or asset class: code, key or name.")],
    *,
    since: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="Only from then on.")
    ] = None,
    until: Annotated[str | None, typer.Option("--to", metavar="TIME", help="Only before.")] = None,
    cause: Annotated[
        str | None, typer.Option(help="Only failures by this cause, mode or component.")
    ] = None,
    svg: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write the pictures into this folder.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Rows of each list.")] = 10,
    as_of: AsOf = None,
    json: JsonOption = False,
) -> None:
    """Say how often an asset or class fails, how long it stands, what fails, and who is worst.

    Example:

        gemba reliability P07 --svg pictures
    """
    from kg.diagnosis.charts import draw_pareto, draw_weibull
    from kg.diagnosis.reliability import measure_reliability

    zone = plant.settings.zone
    found = measure_reliability(
        plant.store,
        plant.schema,
        what,
        since=None if since is None else parse_moment(since, zone, "from"),
        until=None if until is None else parse_moment(until, zone, "to"),
        cause=cause,
        limit=limit,
        view=view_of(plant, as_of),
    )
    language = plant.settings.language
    if svg is not None:
        svg.mkdir(parents=True, exist_ok=True)
        (svg / "pareto.svg").write_text(draw_pareto(found.modes, language=language), "utf-8")
        if found.weibull is not None:
            (svg / "weibull.svg").write_text(
                draw_weibull(found.weibull, language=language), "utf-8"
            )
    if json:
        write_json(found)
    else:
        _write(found, language)


def _write(found: Reliability, language: str) -> None:
    def days(value: float | None) -> str:
        return "∞" if value is None else f"{value:.1f}"

    between = found.between
    write(f"{in_language(found.named.label, language)}  {(found.since or '')[:10]} – "
          f"{(found.until or '')[:10]}")  # fmt: skip
    write(
        f"{word('Failures', language)}: {between.failures}; MTBF {days(between.mean_days)} "
        f"({days(between.low_days)} – {days(between.high_days)}) {word('days', language)}"
    )
    if found.repair is not None:
        write(
            f"MTTR: {found.repair.mean_hours:.1f} h ({word('median', language)} "
            f"{found.repair.median_hours:.1f} h, n = {found.repair.records})"
        )
    if found.weibull is not None:
        fit = found.weibull
        write(
            f"Weibull: β {fit.shape:.2f} ({fit.shape_low:.2f} – {fit.shape_high:.2f}), "
            f"η {fit.scale_days:.0f} ({fit.scale_low_days:.0f} – {fit.scale_high_days:.0f}) "
            f"{word('days', language)}, B10 {fit.b10_days:.0f}: "
            f"{in_language(fit.sentence, language)}"
        )
    for title, shares in (("Modes", found.modes), ("Causes", found.causes)):
        if shares:
            write(f"\n{word(title, language)}")
            rows = [
                (in_language(s.named.label, language), s.failures, f"{s.cumulative:.0%}",
                 f"{s.downtime_hours:.1f}")
                for s in shares
            ]  # fmt: skip
            write_table(headings(["What", "Number", "Cumulative", "Hours"], language), rows,
                        right=(1, 2, 3))  # fmt: skip
    if found.actors:
        write(f"\n{word('Assets, the worst first', language)}")
        actors = [
            (in_language(a.named.label, language), a.failures, f"{a.expected:.1f}",
             f"{a.p_value:.2g}", word("bad actor", language) if a.is_bad else "")
            for a in found.actors
        ]  # fmt: skip
        write_table(headings(["What", "Number", "Expected", "By chance", "Note"], language), actors,
                    right=(1, 2, 3))  # fmt: skip
    for note in found.notes:
        write(f"{word('Note', language)}: {in_language(note, language)}")


COMMANDS = (reliability,)
