"""`gemba complete`: what is probably missing in the graph, and what is probably wrong."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from api.audit import Actor
from api.cli.options import Limit
from api.cli.plant import JsonOption, with_plant
from api.cli.terminal import in_language, write, write_json, write_table
from api.wiring import Plant

if TYPE_CHECKING:
    from kg.completion.doubts import Doubt
    from kg.completion.learning import Learned
    from kg.completion.suggesting import Suggestion


@with_plant
def complete(
    plant: Plant,
    what: Annotated[
        Literal["links", "doubts", "report"],
        typer.Argument(
            help="Missing links (the default), doubts of stored statements, or what became of "
            "suggestions."
        ),
    ] = "links",
    *,
    relation: Annotated[
        list[str] | None, typer.Option("--relation", help="Only this relation.")
    ] = None,
    limit: Limit = 20,
    precision: Annotated[
        float,
        typer.Option(
            "--precision",
            help="How often suggestions shall be right; sets each relation's threshold.",
        ),
    ] = 0.8,
    min_probability: Annotated[
        float | None,
        typer.Option("--min-probability", help="Suggest from here on, whatever the threshold."),
    ] = None,
    epochs: Annotated[
        int | None, typer.Option("--epochs", min=1, help="How often to go over the graph.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Another seed, another training.")] = 0,
    checkpoint: Annotated[
        Path | None,
        typer.Option("--checkpoint", help="Keep an interrupted training here and go on from it."),
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option(
            "--model",
            help="Score with the model that is kept here; where there is none, learn and keep it.",
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing into review.")] = False,
    json: JsonOption = False,
) -> None:
    """Suggest links that are probably missing, for review, with the paths that speak for them.

    Each tells what accepting it would change in diagnosis.
    Learns the graph first, which takes minutes. A run's suggestions are taken back with
    `gemba runs remove`. `doubts` lists stored statements that are probably wrong.

    Example:

        gemba complete --relation exhibits --limit 10 --dry-run
    """
    if what == "report":
        _report(plant, json)
        return
    from api.completion import doubt, effects_on_diagnosis, suggest

    if what == "doubts":
        doubts = doubt(plant, relation or (), limit=limit, seed=seed, epochs=epochs, say=_say)
        _write_doubts(plant, doubts, json)
        return
    found, learned, changes = suggest(
        plant,
        Actor(plant.settings.actor, "cli"),
        relation or (),
        limit=limit,
        precision=precision,
        min_probability=min_probability,
        seed=seed,
        epochs=epochs,
        checkpoint=checkpoint,
        model=model,
        dry_run=dry_run,
        say=_say,
    )
    effects = effects_on_diagnosis(plant, found)
    if json:
        write_json(
            {
                "suggestions": [
                    _suggestion(one) | {"effect": effect}
                    for one, effect in zip(found, effects, strict=True)
                ],
                "relations": _relations(learned),
                "written": 0 if dry_run else changes.statements_added,
                "dry_run": dry_run,
            }
        )
        return
    language = plant.settings.language
    for one, effect in zip(found, effects, strict=True):
        write(f"{one.probability:.2f}  {in_language(one.sentence, language)}")
        for path in one.paths:
            write(f"      {in_language(path.sentence, language)}")
        if effect is not None:
            write(f"      → {in_language(effect, language)}")
        write(f"      {one.id}")
    if not found:
        reached = any(report.threshold is not None for report in learned.reports)
        write(
            "Nothing more is likely enough to be suggested; less likely links are told with "
            "--min-probability, such as 0.3."
            if reached or min_probability is not None
            else "No relation reaches the precision that is asked for; nothing is suggested. Links "
            "are told all the same with --min-probability, such as 0.3."
        )
    elif dry_run:
        write(f"{len(found):,} suggestions; nothing was written.")
    else:
        write(f"{len(found):,} suggestions wait in review: gemba review list")


def _suggestion(one: Suggestion) -> dict[str, Any]:
    return {
        "id": one.id,
        "subject": one.key.subject,
        "predicate": one.key.predicate,
        "object": one.key.object,
        "probability": one.probability,
        "sentence": one.sentence,
        "paths": [
            {"sentence": path.sentence, "statements": list(path.statements)} for path in one.paths
        ],
    }


def _relations(learned: Learned) -> list[dict[str, Any]]:
    return [
        {
            "relation": report.relation,
            "hidden": report.hidden,
            "mrr": _number(report.mrr),
            "popularity_mrr": _number(report.control_mrr),
            "calibration_error": report.calibration_error,
            "threshold": report.threshold,
            "reliability": [
                {"told": b.mean_probability, "true": b.share_true, "count": b.count}
                for b in learned.calibrations[at].bins
            ]
            if (at := learned.network.relations.index(report.relation)) in learned.calibrations
            else [],
        }
        for report in learned.reports
    ]


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 4)


def _write_doubts(plant: Plant, doubts: list[Doubt], as_json: bool) -> None:
    if as_json:
        write_json(doubts)
        return
    language = plant.settings.language
    for one in doubts:
        write(f"{one.score:.2f}  {in_language(one.statement.sentence, language)}")
        for reason in one.reasons:
            write(f"      {in_language(reason, language)}")
        if one.rather is not None:
            write(f"      → {in_language(one.rather.label, language)}?")
        write(f"      {one.statement.id}")
    if not doubts:
        write("Nothing is doubted.")


def _report(plant: Plant, as_json: bool) -> None:
    from kg.completion.acceptance import acceptance_report

    found = acceptance_report(plant.store)
    if as_json:
        write_json([{**_fields(one), "share": round(one.share, 4)} for one in found])
        return
    if not found:
        write("Nobody has decided on a suggested link yet.")
        return
    write_table(
        ["Relation", "Month", "Confirmed", "Rejected", "Accepted"],
        [(a.relation, a.month, a.confirmed, a.rejected, f"{a.share:.0%}") for a in found],
        right=[2, 3, 4],
    )


def _fields(one: Any) -> dict[str, Any]:
    return {name: getattr(one, name) for name in ("relation", "month", "confirmed", "rejected")}


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201


COMMANDS = (complete,)
