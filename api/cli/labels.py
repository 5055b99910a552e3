"""`gemba labels`: what a trained model's labels stand for in the ontology."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.plant import JsonOption, with_settings
from api.cli.terminal import write, write_json, write_table
from api.settings import Settings
from api.wiring import load_ontology


@with_settings
def labels(
    settings: Settings,
    model: Annotated[Path, typer.Argument(help="The folder of a trained model.")],
    *,
    texts: Annotated[
        Path | None,
        typer.Option(help="Labelled texts: proposals from where the lexicon finds the same."),
    ] = None,
    format_: Annotated[
        str | None,
        typer.Option("--format", "-f", help="Their format. Else that of the model's training."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Write what a model's labels stand for into its folder, for people to correct.

    Example:

        gemba labels model/ --texts train.jsonl
    """
    from extraction.pipeline.naming import LABELS, name_labels

    found = name_labels(load_ontology(settings), model, format_, texts).rows()
    if json:
        write_json(
            [{"label": a, "stands_for": b or None, "reversed": c == "yes"} for a, b, c in found]
        )
        return
    write_table(["Label", "Stands for", "Reversed"], [[a, b or "nothing", c] for a, b, c in found])
    write(f"\nThis is in {model / LABELS}; correct it there.")


COMMANDS = (labels,)
