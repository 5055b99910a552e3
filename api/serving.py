"""Running the service: what must hold before it starts, and the first token."""

from __future__ import annotations

import logging
import signal
import socket
import sys

from api.audit import Actor
from api.http.envelope import is_loopback
from api.settings import BadSetting, Settings
from api.tokens import create_token, has_tokens
from api.wiring import Plant

_LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"


def check_exposure(settings: Settings) -> None:
    """Refuse to answer other machines without tokens. Raises BadSetting."""
    if not settings.auth and not is_loopback(settings.host):
        raise BadSetting(
            f"Without tokens the service listens on this machine only, not on {settings.host}; "
            "leave GEMBA_AUTH on, or listen on 127.0.0.1."
        )


def first_token(plant: Plant) -> str | None:
    """The text of an admin token where the store has no token yet, else None."""
    if not plant.settings.auth or has_tokens(plant.store):
        return None
    _, text = create_token(plant.store, Actor("gemba serve", "service"), "first run", "admin")
    return text


def bind(settings: Settings) -> socket.socket:
    """The socket on which the service will listen. Raises BadSetting where it cannot."""
    try:
        addresses = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        family, _, _, _, address = addresses[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(2048)  # so that nobody is refused while the service starts
        except BaseException:
            listener.close()
            raise
    except OSError as error:
        raise BadSetting(
            f"The service cannot listen on {settings.host}:{settings.port} "
            f"({(error.strerror or str(error)).lower()}); choose another --host or --port."
        ) from error
    return listener


def serve(plant: Plant, listener: socket.socket) -> None:
    """Answer requests on `listener` until interrupted or told to end (SIGTERM)."""
    import uvicorn

    from api.http import create_app

    settings = plant.settings
    logging.basicConfig(level=settings.log_level.upper(), format=_LOG_FORMAT)
    logging.getLogger("neo4j").setLevel(logging.WARNING)
    config = uvicorn.Config(
        create_app(plant),
        log_config=None,
        log_level=settings.log_level,
        access_log=False,  # the envelope logs requests, with who asked and the request's id
        server_header=False,
        timeout_graceful_shutdown=10,
    )
    # uvicorn ends in order and then raises the signal again; this makes it an ordinary exit.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))
    uvicorn.Server(config).run(sockets=[listener])
