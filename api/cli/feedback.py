"""`gemba feedback`: what fixed it and what it was not, so that the next diagnosis is better."""

from __future__ import annotations

from typing import Annotated

import typer

from api.audit import Actor
from api.cli.plant import JsonOption, with_plant
from api.cli.terminal import write, write_json, write_table
from api.cli.words import headings
from api.wiring import Plant
from kg.model.instants import to_text

app = typer.Typer(no_args_is_help=True, help="Say what fixed it, or what it was not.")

Cause = Annotated[str, typer.Argument(help="The cause or component: key, code or name.")]
OnAsset = Annotated[str, typer.Option("--asset", help="The asset, where no session is named.")]
Signs = Annotated[
    list[str] | None, typer.Option("--symptom", help="What had been observed; may be repeated.")
]
OfSession = Annotated[str, typer.Option("--session", help="The session that it came from.")]
Order = Annotated[str, typer.Option("--work-order", help="The work order that it belongs to.")]
NoteText = Annotated[str, typer.Option("--note", help="A few words.")]


@app.command()
@with_plant
def fixed(
    plant: Plant,
    cause: Cause,
    *,
    asset: OnAsset = "",
    symptom: Signs = None,
    session: OfSession = "",
    work_order: Order = "",
    note: NoteText = "",
    json: JsonOption = False,
) -> None:
    """Say that this was it: the repair of this cause fixed it.

    Example:

        gemba feedback fixed "seal wear" --asset P07 --symptom "hold pressure low"
    """
    _give(plant, cause, "fixed", asset, symptom, session, work_order, note, json)


@app.command("not-it")
@with_plant
def not_it(
    plant: Plant,
    cause: Cause,
    *,
    asset: OnAsset = "",
    symptom: Signs = None,
    session: OfSession = "",
    work_order: Order = "",
    note: NoteText = "",
    json: JsonOption = False,
) -> None:
    """Say that this was not it: it was looked at, or repaired in vain.

    Example:

        gemba feedback not-it "blocked filter" --session 3f9a12c4
    """
    _give(plant, cause, "not-it", asset, symptom, session, work_order, note, json)


@app.command("list")
@with_plant
def list_(plant: Plant, *, json: JsonOption = False) -> None:
    """List what was learnt, the latest first.

    Example:

        gemba feedback list
    """
    from kg.diagnosis import list_feedback

    found = list_feedback(plant.store)
    if json:
        write_json(found)
        return
    rows = [(f.id, f.verdict, f.cause, f.asset, f.by, to_text(f.at)) for f in found]
    write_table(headings(["Id", "Status", "What", "Item", "By", "When"],
                         plant.settings.language), rows)  # fmt: skip


@app.command()
@with_plant
def undo(
    plant: Plant,
    feedback: Annotated[str, typer.Argument(help="The id, from `gemba feedback list`.")],
    *,
    json: JsonOption = False,
) -> None:
    """Take back what was learnt, as if it had never been said.

    Example:

        gemba feedback undo 91c2e0aa
    """
    from api.diagnosis import take_feedback_back

    found = take_feedback_back(plant.store, Actor(plant.settings.actor, "cli"), feedback)
    write_json(found) if json else write(f"{found.id}: {found.cause} ({found.verdict})")


def _give(
    plant: Plant,
    cause: str,
    verdict: str,
    asset: str,
    symptom: list[str] | None,
    session: str,
    work_order: str,
    note: str,
    json: bool,
) -> None:
    from api.diagnosis import give_feedback

    learnt = give_feedback(
        plant.store, plant.schema, Actor(plant.settings.actor, "cli"), cause,
        verdict,  # type: ignore[arg-type]
        asset=asset, symptoms=symptom or (), session=session, work_order=work_order, note=note,
    )  # fmt: skip
    write_json(learnt) if json else write(f"{learnt.id}: {learnt.cause} ({learnt.verdict})")
