"""`gemba statements`: what is said, by which evidence, and what people decide about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from api.audit import Actor
from api.cli.options import AsOf, Limit, ValidFrom, ValidTo, view_of
from api.cli.plant import JsonOption, with_plant
from api.cli.terminal import in_language, write, write_json, write_table
from api.cli.words import headings, word
from api.wiring import Plant
from kg.model.graph import BELIEVED, EVERY_STATUS, Direction, Status

if TYPE_CHECKING:
    from api.payloads.graph import Cited

app = typer.Typer(no_args_is_help=True, help="See statements with their evidence; decide on them.")

StatementId = Annotated[
    str, typer.Argument(metavar="ID", help="subject~relation~object, as lists show it.")
]
Reason = Annotated[str, typer.Option("--reason", help="Why, for whoever reads it later.")]


@app.command("list")
@with_plant
def list_(
    plant: Plant,
    thing: Annotated[str, typer.Argument(help="Key, code or unique name.")],
    *,
    relation: Annotated[
        list[str] | None, typer.Option("--relation", help="Only this relation.")
    ] = None,
    direction: Annotated[Direction, typer.Option(help="Whether it is the subject.")] = "both",
    every_status: Annotated[
        bool, typer.Option("--all", help="Suggested and rejected ones too.")
    ] = False,
    limit: Limit = 100,
    as_of: AsOf = None,
    valid_from: ValidFrom = None,
    valid_to: ValidTo = None,
    json: JsonOption = False,
) -> None:
    """List what is said of a thing, the surest first.

    Example:

        gemba statements list EX-12 --relation exhibits
    """
    from api.lookup import known_relation, node_called
    from api.payloads.graph import statements_payload

    for name in relation or ():
        known_relation(plant.schema, name)
    statuses = EVERY_STATUS if every_status else BELIEVED
    view = view_of(plant, as_of, valid_from, valid_to, statuses)
    node = node_called(plant.store, thing, view)
    found = plant.store.expand([node.key], relation or None, direction, view=view)
    found.sort(key=lambda s: -s.confidence)
    statements = statements_payload(plant.store, found[:limit], view)
    if json:
        write_json(statements)
        return
    write_statements(statements, plant.settings.language)
    if len(found) > limit:
        write(f"{len(found) - limit} more; see --limit.")


@app.command("show")
@with_plant
def show(
    plant: Plant,
    statement: StatementId,
    *,
    evidence: Annotated[int, typer.Option(min=0, help="Pieces of evidence to show.")] = 10,
    as_of: AsOf = None,
    json: JsonOption = False,
) -> None:
    """Show a statement with its evidence and what people decided about it.

    Example:

        gemba statements show 'asset:EX-12~exhibits~mode:Leakage'
    """
    from api.decisions import parse_statement_id, unknown_statement
    from api.payloads.graph import statement_answer

    key = parse_statement_id(statement)
    view = view_of(plant, as_of, statuses=EVERY_STATUS)
    answer = statement_answer(plant.store, key, view, evidence=evidence)
    if answer is None:
        raise unknown_statement(plant.store, key, view)
    if json:
        write_json(answer)
        return
    told = answer.statement
    write(f"{in_language(told.sentence, plant.settings.language)}.")
    write(f"{told.status}, confidence {told.confidence:.2f}, {told.evidence_count} seen")
    for cited in told.evidence:
        write(f"  {cited.document}, {cited.place} ({cited.extractor}, {cited.confidence:.2f})")
        write(f"    “{cited.text}”")
    for made in answer.decisions:
        verb = made.status or "decision taken back"
        write(f"  {verb} by {made.by} on {made.at:%Y-%m-%d %H:%M} UTC: {made.reason or '-'}")


@app.command("confirm")
@with_plant
def confirm(
    plant: Plant, statement: StatementId, *, reason: Reason = "", json: JsonOption = False
) -> None:
    """Say that a statement is right; reloading documents will not undo it.

    Example:

        gemba statements confirm 'asset:EX-12~exhibits~mode:Leakage' --reason "seen on site"
    """
    _decide(plant, statement, Status.CONFIRMED, reason, json)


@app.command("reject")
@with_plant
def reject(
    plant: Plant, statement: StatementId, *, reason: Reason = "", json: JsonOption = False
) -> None:
    """Say that a statement is wrong; answers leave it out from now on.

    Example:

        gemba statements reject 'asset:EX-12~exhibits~mode:Leakage' --reason "wrong machine"
    """
    _decide(plant, statement, Status.REJECTED, reason, json)


@app.command("undecide")
@with_plant
def undecide(
    plant: Plant, statement: StatementId, *, reason: Reason = "", json: JsonOption = False
) -> None:
    """Take back what people decided about a statement.

    Example:

        gemba statements undecide 'asset:EX-12~exhibits~mode:Leakage'
    """
    _decide(plant, statement, None, reason, json)


def _decide(plant: Plant, statement: str, status: Status | None, reason: str, json: bool) -> None:
    from api.decisions import decide, parse_statement_id
    from api.payloads.graph import decision_payload

    actor = Actor(plant.settings.actor, "cli")
    made = decide(plant.store, actor, parse_statement_id(statement), status, reason)
    if json:
        write_json(decision_payload(made))
    else:
        write(f"{made.status or 'no longer decided'}: {made.key.id}")


def write_statements(statements: Sequence[Cited], language: str) -> None:
    """Statements as sentences with how sure they are, and the id to ask further by."""
    write_table(
        headings(["Sure", "Status", "Statement", "Id"], language),
        [
            (
                f"{s.confidence:.2f}",
                word(s.status, language),
                in_language(s.sentence, language),
                s.id,
            )
            for s in statements
        ],
        right=[0],
    )
