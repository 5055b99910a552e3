"""`gemba review`: what the system suggests and a person decides."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from api.audit import Actor
from api.cli.options import Limit
from api.cli.plant import JsonOption, with_plant
from api.cli.terminal import confirm_or_stop, in_language, write, write_json, write_table
from api.cli.words import sentence, word
from api.review import EFFECTS_AT_ONCE
from api.wiring import Plant
from kg.model.graph import Status

if TYPE_CHECKING:
    from kg.review import Filters

app = typer.Typer(no_args_is_help=True, help="Look over what is suggested, and decide on it.")

Relations = Annotated[list[str] | None, typer.Option("--relation", help="Only this relation.")]
Classes = Annotated[
    list[str] | None, typer.Option("--class", help="Only with a thing of this class or below it.")
]
Documents = Annotated[list[str] | None, typer.Option("--document", help="Only from this document.")]
Extractors = Annotated[
    list[str] | None, typer.Option("--extractor", help="Only from this extractor, such as lexicon.")
]
AtLeast = Annotated[float, typer.Option("--min-confidence", help="From this confidence on.")]
AtMost = Annotated[float, typer.Option("--max-confidence", help="Up to this confidence.")]
_QUESTIONS = {
    "confirm": "Confirm {number} suggestions?",
    "reject": "Reject {number} suggestions?",
}
_FITTING = "{number} suggestions fit."
_DECIDED = {
    "confirm": "{number} suggestions confirmed.",
    "reject": "{number} suggestions rejected.",
}


@app.command("summary")
@with_plant
def summary(plant: Plant, *, json: JsonOption = False) -> None:
    """Count what waits for a decision, by relation.

    Example:

        gemba review summary
    """
    from kg.review import backlog

    found = backlog(plant.store)
    if json:
        write_json(found)
        return
    language = plant.settings.language
    if not found.total:
        write(word("Nothing waits for a decision.", language))
        return
    number = f"{found.total:,}"
    write(sentence("{number} suggestions wait for a decision:", language, number=number))
    relations = plant.schema.relations
    write_table(
        [word("Relation", language), "", word("Waiting", language)],
        [
            (group.relation, relations[group.relation].words.in_language(language), group.waiting)
            for group in found.groups
        ],
        right=[2],
    )


@app.command("list")
@with_plant
def list_(
    plant: Plant,
    *,
    relation: Relations = None,
    cls: Classes = None,
    document: Documents = None,
    extractor: Extractors = None,
    min_confidence: AtLeast = 0.0,
    max_confidence: AtMost = 1.0,
    limit: Limit = 20,
    effects: Annotated[
        bool,
        typer.Option(
            help=f"Tell what accepting would change in diagnosis, for the first {EFFECTS_AT_ONCE}."
        ),
    ] = True,
    json: JsonOption = False,
) -> None:
    """List suggestions with the words they were read from; those that settle most come first.

    Each says what accepting it would change in diagnosis: which cause would move, and where.

    Example:

        gemba review list --relation exhibits --min-confidence 0.5
    """
    from api.payloads.graph import statements_payload
    from kg.investigation import effects_of
    from kg.model.graph import EVERY_STATUS, View
    from kg.review import waiting

    filters = _filters(plant, relation, cls, document, extractor, min_confidence, max_confidence)
    found = waiting(plant.store, filters, limit=limit)
    told = statements_payload(plant.store, found, View(statuses=EVERY_STATUS), evidence=1)
    shown = found[:EFFECTS_AT_ONCE] if effects else []
    changes = {one.statement: one for one in effects_of(plant.store, plant.schema, shown)}
    if json:
        write_json(
            [
                {field.name: getattr(one, field.name) for field in fields(one)}
                | {"effect": changes.get(one.id)}
                for one in told
            ]
        )
        return
    if not told:
        write(word("Nothing of that kind waits for a decision.", plant.settings.language))
    for one in told:
        write(f"{one.confidence:.2f}  {in_language(one.sentence, plant.settings.language)}")
        for cited in one.evidence:
            write(f"      {cited.document}, {cited.place}: “{cited.text}”")
        if one.id in changes:
            write(f"      → {in_language(changes[one.id].sentence, plant.settings.language)}")
        write(f"      {one.id}")


@app.command("decide")
@with_plant
def decide(
    plant: Plant,
    verdict: Annotated[Literal["confirm", "reject"], typer.Argument(help="What to say of them.")],
    *,
    relation: Relations = None,
    cls: Classes = None,
    document: Documents = None,
    extractor: Extractors = None,
    min_confidence: AtLeast = 0.0,
    max_confidence: AtMost = 1.0,
    reason: Annotated[str, typer.Option("--reason", help="Why, for whoever reads it later.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count them.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: JsonOption = False,
) -> None:
    """Confirm or reject all suggestions that fit. `gemba statements undecide` takes one back.

    Example:

        gemba review decide reject --relation ruledOut --max-confidence 0.4
    """
    from api.review import decide_waiting
    from kg.review import waiting

    language = plant.settings.language
    filters = _filters(plant, relation, cls, document, extractor, min_confidence, max_confidence)
    number = len(waiting(plant.store, filters))
    if not dry_run and number:
        question = sentence(_QUESTIONS[verdict], language, number=f"{number:,}")
        confirm_or_stop(question, yes)
        status = Status.CONFIRMED if verdict == "confirm" else Status.REJECTED
        actor = Actor(plant.settings.actor, "cli")
        number = len(decide_waiting(plant.store, actor, filters, status, reason))
    if json:
        write_json({"verdict": verdict, "statements": number, "dry_run": dry_run})
    else:
        told = _FITTING if dry_run else _DECIDED[verdict]
        write(sentence(told, language, number=f"{number:,}"))


def _filters(
    plant: Plant,
    relation: list[str] | None,
    cls: list[str] | None,
    document: list[str] | None,
    extractor: list[str] | None,
    min_confidence: float,
    max_confidence: float,
) -> Filters:
    from api.review import read_filters

    return read_filters(
        plant.schema,
        relations=relation or (),
        classes=cls or (),
        documents=document or (),
        extractors=extractor or (),
        min_confidence=min_confidence,
        max_confidence=max_confidence,
    )
