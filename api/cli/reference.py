"""`gemba reference`: the reference pages of commands, settings and API."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.terminal import write


def reference(
    folder: Annotated[Path, typer.Argument(help="Where the pages go.")],
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit code 1 where one is outdated.")
    ] = False,
) -> None:
    """Write the reference pages of commands, settings and API from the code.

    Example:

        gemba reference docs/reference
    """
    from api.reference import outdated_pages, write_reference

    if check:
        outdated = outdated_pages(folder)
        for name in outdated:
            write(f"{folder / name} is outdated")
        if outdated:
            raise typer.Exit(1)
        return
    for path in write_reference(folder):
        write(f"{path} written")


COMMANDS = (reference,)
