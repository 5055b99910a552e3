"""`gemba diagnose`: from what was observed to causes with probabilities and the next check."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.plant import JsonOption, with_settings
from api.settings import Settings


@with_settings
def diagnose(
    settings: Settings,
    *,
    network: Annotated[Path, typer.Option(metavar="FILE.bif", help="A Bayesian network in BIF.")],
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

    Example:

        gemba diagnose --network printer.bif --evidence "Output=None,Toner!=Low"
    """
    from api.cli.diagnose_network import show
    from api.network_diagnosis import diagnose_network

    answer = diagnose_network(
        network, evidence or (), causes=causes, observable=observable, memory_mb=float(memory)
    )
    show(answer, language=settings.language, limit=limit, as_json=json)


COMMANDS = (diagnose,)
