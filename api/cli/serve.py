"""`gemba serve`: the service."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.plant import with_settings
from api.cli.running import say
from api.settings import Settings


@with_settings
def serve(
    settings: Settings,
    *,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on. Else GEMBA_HOST, else 127.0.0.1.")
    ] = None,
    port: Annotated[
        str | None, typer.Option(help="Port; 0 takes a free one. Else GEMBA_PORT, else 8000.")
    ] = None,
    no_auth: Annotated[
        bool, typer.Option("--no-auth", help="Ask for no token; on this machine only.")
    ] = False,
) -> None:
    """Answer programs and pages over HTTP until Ctrl-C.

    The first start on a store makes an admin token and shows it, this once.

    Example:

        gemba serve --port 8000
    """
    from api.serving import bind, check_exposure, first_token
    from api.serving import serve as answer
    from api.wiring import open_plant

    settings = settings.replaced(host=host, port=port, auth=False if no_auth else None)
    check_exposure(settings)
    listener = bind(settings)
    with listener, open_plant(settings) as plant:
        text = first_token(plant)
        if text is not None:
            say("this store has no tokens yet, so here is one for its admin. Keep it:")
            say(f"  {text}")
            say("it is not shown again; `gemba tokens create` makes more.")
        if not settings.auth:
            say("WARNING: no tokens are asked for; every program of this machine may write.")
        shown = f"[{settings.host}]" if ":" in settings.host else settings.host
        say(f"{settings.store} is served on http://{shown}:{listener.getsockname()[1]}")
        say("the API page is at /docs; Ctrl-C ends.")
        answer(plant, listener)


COMMANDS = (serve,)
