"""`gemba sessions`: diagnoses that go on, over shifts and restarts."""

from __future__ import annotations

from typing import Annotated

import typer

from api.audit import Actor
from api.cli.options import AsOf, view_of
from api.cli.plant import JsonOption, with_plant
from api.cli.terminal import write, write_json, write_table
from api.cli.words import headings
from api.wiring import Plant
from kg.model.errors import BadInput
from kg.model.instants import to_text

app = typer.Typer(
    no_args_is_help=True, help="Go on with a diagnosis: answer, take back, hand over, end."
)

SessionId = Annotated[str, typer.Argument(help="The session's id, from `gemba sessions list`.")]
Shown = Annotated[int, typer.Option("--limit", "-n", min=1, help="Causes to show.")]


@app.command("list")
@with_plant
def list_(
    plant: Plant,
    *,
    every: Annotated[bool, typer.Option("--all", help="Those that ended, too.")] = False,
    json: JsonOption = False,
) -> None:
    """List the sessions, the latest first.

    Example:

        gemba sessions list
    """
    from kg.diagnosis import sessions

    found = sessions.list_sessions(plant.store, only_open=not every)
    if json:
        write_json(found)
        return
    rows = [
        (s.id, s.asset, s.holder, to_text(s.started_at), len(s.entries), s.outcome) for s in found
    ]
    write_table(headings(["Id", "What", "By", "When", "Number", "Status"],
                         plant.settings.language), rows, right=(4,))  # fmt: skip


@app.command()
@with_plant
def show(
    plant: Plant,
    session: SessionId,
    *,
    limit: Shown = 5,
    as_of: AsOf = None,
    json: JsonOption = False,
) -> None:
    """Show how a session stands: causes, and the next check with its reason.

    Example:

        gemba sessions show 3f9a12c4
    """
    from api.cli.diagnose_asset import go_on
    from kg.diagnosis import sessions

    found = sessions.find(plant.store, session)
    go_on(plant, found, limit=limit, as_json=json, view=view_of(plant, as_of))


@app.command()
@with_plant
def answer(
    plant: Plant,
    session: SessionId,
    about: Annotated[str, typer.Argument(help="A sign, a check, or a measured parameter.")],
    said: Annotated[str, typer.Argument(help="yes, no, unknown, or the measured value.")],
    *,
    cause: Annotated[str, typer.Option(help="Of a check: the cause that it tells.")] = "",
    limit: Shown = 5,
    json: JsonOption = False,
) -> None:
    """Add what was found to a session.

    Example:

        gemba sessions answer 3f9a12c4 "oil on the floor" yes
    """
    from api.cli.diagnose_asset import go_on
    from api.diagnosis import answer_session
    from kg.model.graph import NOW

    value: float | None = None
    if said not in ("yes", "no", "unknown"):
        try:
            value = float(said)
        except ValueError:
            raise BadInput(f"{said!r} is no answer; say yes, no, unknown or a number.") from None
    kept = answer_session(
        plant.store, Actor(plant.settings.actor, "cli"), session, about,
        answer=None if value is not None else said,  # type: ignore[arg-type]
        value=value, cause=cause,
    )  # fmt: skip
    go_on(plant, kept, limit=limit, as_json=json, view=NOW)


@app.command()
@with_plant
def undo(plant: Plant, session: SessionId, *, limit: Shown = 5, json: JsonOption = False) -> None:
    """Take the last answer of a session back.

    Example:

        gemba sessions undo 3f9a12c4
    """
    from api.cli.diagnose_asset import go_on
    from api.diagnosis import undo_answer
    from kg.model.graph import NOW

    kept = undo_answer(plant.store, Actor(plant.settings.actor, "cli"), session)
    go_on(plant, kept, limit=limit, as_json=json, view=NOW)


@app.command("hand-over")
@with_plant
def hand_over(
    plant: Plant,
    session: SessionId,
    to: Annotated[str, typer.Argument(help="Who goes on.")],
    *,
    json: JsonOption = False,
) -> None:
    """Hand a session over to another person.

    Example:

        gemba sessions hand-over 3f9a12c4 wang.fang
    """
    from api.diagnosis import hand_over_session

    kept = hand_over_session(plant.store, Actor(plant.settings.actor, "cli"), session, to)
    write_json(kept) if json else write(f"{kept.id}: {kept.holder}")


@app.command()
@with_plant
def end(
    plant: Plant,
    session: SessionId,
    outcome: Annotated[str, typer.Argument(help="What came of it, in a few words.")],
    *,
    json: JsonOption = False,
) -> None:
    """End a session that found nothing; `gemba feedback` ends one that found the cause.

    Example:

        gemba sessions end 3f9a12c4 "no fault found"
    """
    from api.diagnosis import end_session

    kept = end_session(plant.store, Actor(plant.settings.actor, "cli"), session, outcome)
    write_json(kept) if json else write(f"{kept.id}: {kept.outcome}")
