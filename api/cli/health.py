"""`gemba health`: whether the service on this machine can answer."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.plant import JsonOption, with_settings
from api.cli.terminal import write, write_json
from api.settings import Settings
from kg.model.errors import StoreUnavailable

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # asked, not listened on


@with_settings
def health(
    settings: Settings,
    *,
    url: Annotated[
        str | None, typer.Option(help="The service's address; else the one it would be served on.")
    ] = None,
    seconds: Annotated[float, typer.Option(min=0.1, help="How long to wait for an answer.")] = 4.0,
    json: JsonOption = False,
) -> None:
    """Ask a running service whether it and its store can answer.

    The exit code is 0 where it can and 3 where it cannot.

    Example:

        gemba health --url http://localhost:8000
    """
    import http.client
    from urllib.parse import urlsplit

    from kg.model.errors import BadInput

    host = _EVERYWHERE.get(settings.host, settings.host)
    shown = f"[{host}]" if ":" in host else host
    asked = urlsplit(url or f"http://{shown}:{settings.port}")
    if asked.scheme not in ("http", "https") or not asked.hostname:
        raise BadInput(f"{url!r} is not an address; write it like http://localhost:8000.")
    kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
    connection = kinds[asked.scheme](asked.hostname, asked.port, timeout=seconds)
    try:
        connection.request("GET", asked.path.rstrip("/") + "/health")
        response = connection.getresponse()
        body = response.read(10_000)
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise StoreUnavailable(
            f"No service answers at {asked.geturl()} ({reason.lower()})."
        ) from error
    finally:
        connection.close()
    if response.status != 200:
        raise StoreUnavailable(f"The service at {asked.geturl()} cannot reach its store.")
    if json:
        import orjson

        write_json(orjson.loads(body))
    else:
        write(f"The service at {asked.geturl()} is well.")


COMMANDS = (health,)
