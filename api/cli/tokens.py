"""`gemba tokens`: who may use the service."""

from __future__ import annotations

from typing import Annotated

import typer

from api.audit import Actor
from api.cli.plant import JsonOption, with_plant, with_plant_made
from api.cli.terminal import write, write_json, write_table
from api.roles import ROLES
from api.wiring import Plant

app = typer.Typer(no_args_is_help=True, help="Give and take back access to the service.")


@app.command("create")
@with_plant_made
def create(
    plant: Plant,
    name: Annotated[str, typer.Argument(help="Who will bear it: a person or a program.")],
    *,
    role: Annotated[
        str, typer.Option(help=f"What it allows: {', '.join(ROLES)}.", metavar="ROLE")
    ] = "reader",
    days: Annotated[int, typer.Option(help="How long it is good; 0: for ever.", min=0)] = 365,
    json: JsonOption = False,
) -> None:
    """Make a token and show it, this once.

    Example:

        gemba tokens create "quality dashboard" --role reader --days 90
    """
    from api.payloads.access import NewToken, token_payload
    from api.tokens import create_token

    actor = Actor(plant.settings.actor, "cli")
    token, text = create_token(plant.store, actor, name, role, days or None)
    if json:
        write_json(NewToken(token=token_payload(token), text=text))
        return
    write(text)
    write(f"Keep it: it is not shown again. {token.name!r} may use it as {token.role}.")


@app.command("list")
@with_plant
def list_(plant: Plant, *, json: JsonOption = False) -> None:
    """List tokens; their secrets are not kept.

    Example:

        gemba tokens list
    """
    from api.payloads.access import token_payload
    from api.tokens import list_tokens
    from kg.model.instants import now

    known = list_tokens(plant.store)
    if json:
        write_json([token_payload(token) for token in known])
        return
    rows = []
    for known_token in known:
        token = token_payload(known_token)
        state = "revoked" if token.revoked else "good"
        if state == "good" and not known_token.is_valid(now()):
            state = "expired"
        until = f"{token.expires:%Y-%m-%d}" if token.expires else "for ever"
        rows.append((token.id, token.name, token.role, until, state))
    write_table(["Id", "Name", "Role", "Until", "State"], rows)


@app.command("revoke")
@with_plant
def revoke(
    plant: Plant,
    token: Annotated[str, typer.Argument(metavar="ID", help="Its id, as the list shows it.")],
    *,
    json: JsonOption = False,
) -> None:
    """Let a token in no more, from now on.

    Example:

        gemba tokens revoke 5f0c11d2a9b4
    """
    from api.payloads.access import token_payload
    from api.tokens import revoke_token

    revoked = revoke_token(plant.store, Actor(plant.settings.actor, "cli"), token)
    if json:
        write_json(token_payload(revoked))
    else:
        write(f"The token of {revoked.name!r} no longer lets anybody in.")
