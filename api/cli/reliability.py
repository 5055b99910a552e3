"""`gemba reliability`: time between failures, time to repair, what fails most, bad actors."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.audit import Actor
from api.cli.options import AsOf, view_of
from api.cli.plant import JsonOption, with_plant
from api.cli.terminal import in_language, write, write_json, write_table
from api.cli.words import headings, word
from api.moments import parse_moment
from api.wiring import Plant
from kg.model.errors import BadInput

RULES = "rules"

if TYPE_CHECKING:
    from kg.diagnosis.reliability import Reliability


@with_plant
def reliability(
    plant: Plant,
    what: Annotated[
        str | None,
        typer.Argument(
            help="An asset, class or place: code, key or name; else the whole plant. Or rules, "
            "for rules learnt from the records.",
            show_default=False,
        ),
    ] = None,
    of: Annotated[
        str | None,
        typer.Argument(help="After rules: only of this asset, class or place.", show_default=False),
    ] = None,
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
    suggest: Annotated[
        bool, typer.Option("--suggest", help="With rules: put their statements into review.")
    ] = False,
    seed: Annotated[
        int, typer.Option("--seed", help="With rules: another seed, other parts of the records.")
    ] = 0,
    as_of: AsOf = None,
    json: JsonOption = False,
) -> None:
    """Say how often assets fail, how long they stand, what fails, and which are the worst.

    `gemba reliability rules` learns where which cause is found more often than elsewhere:
    suggestions to be judged, each measured on records that it was not found on. What
    `--suggest` puts into review is taken back with `gemba runs remove`.

    Example:

        gemba reliability P07 --svg pictures
        gemba reliability rules --suggest
    """
    if what == RULES:
        _rules(plant, of, as_of, limit=limit, seed=seed, suggest=suggest, json=json)
        return
    if of is not None:
        raise BadInput(f"Name one asset or class, not “{what}” and “{of}”; quote names of words.")
    if suggest:
        raise BadInput("--suggest goes with rules: gemba reliability rules --suggest.")
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


def _rules(
    plant: Plant,
    of: str | None,
    as_of: str | None,
    *,
    limit: int,
    seed: int,
    suggest: bool,
    json: bool,
) -> None:
    from kg.diagnosis.rules import learn_rules

    found = learn_rules(
        plant.store, plant.schema, of, zone=plant.settings.zone, seed=seed,
        view=view_of(plant, as_of),
    )  # fmt: skip
    written = 0
    if suggest:
        from api.rules import suggest_rules

        changes = suggest_rules(plant, Actor(plant.settings.actor, "cli"), found)
        written = changes.statements_added
    if json:
        write_json({**{f.name: getattr(found, f.name) for f in fields(found)}, "written": written})
        return
    language = plant.settings.language
    new = [rule for rule in found.rules if not rule.is_known]
    for rule in new[:limit]:
        write(f"- {in_language(rule.sentence, language)}")
    for note in found.notes:
        write(in_language(note, language))
    if len(new) > limit:
        write(f"… {len(new) - limit} {word('more rules; --limit shows more', language)}")
    if known := len(found.rules) - len(new):
        write(f"{known} {word('more rules say what the graph says already', language)}")
    if suggest:
        write(f"{written} {word('suggestions wait in review', language)}: gemba review list")


def _write(found: Reliability, language: str) -> None:
    def days(value: float | None) -> str:
        return "∞" if value is None else f"{value:.1f}"

    between = found.between
    title = word("The whole plant", language)
    if found.named is not None:
        title = in_language(found.named.label, language)
    write(f"{title}  {(found.since or '')[:10]} – "
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
