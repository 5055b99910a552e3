"""`gemba diagnose`: from what was observed to causes with probabilities and the next check."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.plant import JsonOption, require_store, with_settings
from api.settings import Settings
from kg.model.errors import BadInput


@with_settings
def diagnose(
    settings: Settings,
    asset: Annotated[
        str | None, typer.Argument(help="An asset or asset class: code, key or name.")
    ] = None,
    symptoms: Annotated[
        list[str] | None,
        typer.Argument(help="What was observed, each in quotes; either language."),
    ] = None,
    *,
    network: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.bif",
            help="A Bayesian network (BIF) or fault tree (Open-PSA XML), instead of an asset.",
        ),
    ] = None,
    evidence: Annotated[
        list[str] | None,
        typer.Option(
            "--evidence",
            "-e",
            metavar="X=s,Y!=t",
            help="What was observed: X=s a state, X!=s evidence against one, X=? asked and"
            ' unknown, X=s:0.7|t:0.3 a soft reading; "a, b"="c" for odd names.',
        ),
    ] = None,
    causes: Annotated[
        str | None, typer.Option(metavar="A,B", help="The causes (else the roots).")
    ] = None,
    observable: Annotated[
        str | None, typer.Option(metavar="C,D", help="What can be checked (else the leaves).")
    ] = None,
    memory: Annotated[
        int, typer.Option("--memory", metavar="MB", min=16, help="The most memory to use.")
    ] = 512,
    limit: Annotated[
        int | None, typer.Option("--limit", "-n", min=1, help="Causes to show (else all, or 15).")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Say which causes are how probable after what was observed, and what to check next.

    With an asset and what was seen on it, a session begins that is kept: it asks on a terminal,
    and goes on later by `gemba sessions`. With `--network` any Bayesian network is asked.

    Example:

        gemba diagnose P07 "hold pressure low"
        gemba diagnose --network printer.bif --evidence "Output=None,Toner!=Low"
    """
    if network is None:
        if not asset or not symptoms:
            raise BadInput(
                "Say an asset and what was observed on it, or name a network by --network."
            )
        if evidence or causes or observable:
            raise BadInput("--evidence, --causes and --observable go with --network.")
        _of_asset(settings, asset, symptoms, limit or 5, json)
        return
    if asset:
        raise BadInput("Name an asset or a network, not both.")
    from api.cli.diagnose_network import show
    from api.network_diagnosis import diagnose_network

    answer = diagnose_network(
        network, evidence or (), causes=causes, observable=observable, memory_mb=float(memory)
    )
    show(answer, language=settings.language, limit=limit, as_json=json)


def _of_asset(
    settings: Settings, asset: str, symptoms: list[str], limit: int, as_json: bool
) -> None:
    from api.cli.diagnose_asset import run_session
    from api.wiring import open_plant
    from kg.model.graph import NOW

    require_store(settings)
    with open_plant(settings) as plant:
        run_session(plant, asset, symptoms, limit=limit, as_json=as_json, view=NOW)


COMMANDS = (diagnose,)
