"""`gemba ask`: a question in one's own words, in either language."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.options import AsOf, view_of
from api.cli.plant import JsonOption, with_plant
from api.cli.terminal import in_language, write, write_json
from api.cli.words import word
from api.wiring import Plant


@with_plant
def ask(
    plant: Plant,
    question: Annotated[str, typer.Argument(help="The question, in quotes; either language.")],
    *,
    asset: Annotated[
        str, typer.Option("--asset", help="The asset spoken of, where the question names none.")
    ] = "",
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Causes or records.")] = 3,
    as_of: AsOf = None,
    json: JsonOption = False,
) -> None:
    """Answer a question from the graph, with citations and no language model.

    Ask why something fails and what to do, where goods went or come from and why they are bad,
    what happened, how reliable an asset is, or what a word means.

    Example:

        gemba ask "why does P07 lose pressure?"
    """
    from kg.investigation.asking import ask as answer_question

    found = answer_question(
        plant.store,
        plant.schema,
        question,
        asset=asset,
        zone=plant.settings.timezone,
        view=view_of(plant, as_of),
        limit=limit,
    )
    if json:
        write_json(found)
        return
    language = found.language
    write(f"{word('Understood', language)}: {in_language(found.understood.sentence, language)}")
    if found.ask_back is not None:
        write(in_language(found.ask_back, language))
        for option in found.options:
            write(f"  {in_language(option.label, language)}")
    for line in found.lines:
        write(f"- {in_language(line.text, language)}")
        for cited in line.citations:
            write(f"    {cited.document}, {cited.place}: “{cited.quote[:100]}”")


COMMANDS = (ask,)
