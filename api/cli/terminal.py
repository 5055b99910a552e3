"""How answers look in a terminal: JSON for programs, tables and plain lines for people."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import typer

from kg.model.errors import BadInput

if TYPE_CHECKING:
    from rich.console import Console

    from api.wiring import Plant
    from kg.narration import Phrase


def write_json(value: Any) -> None:
    """`value` as indented JSON to standard output; dataclasses and date-times are understood."""
    import orjson

    options = orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS
    typer.echo(orjson.dumps(value, default=_plain, option=options).decode())


def in_language(phrase: Phrase, language: str) -> str:
    """The words of `phrase` in one language."""
    return phrase.zh if language == "zh" else phrase.en


def count_classes(plant: Plant, counts: Mapping[str, int]) -> str:
    """`2 Container, 1 Unit` in the language of the answer."""
    classes = plant.schema.classes
    return ", ".join(
        f"{number:,} {classes[name].words.in_language(plant.settings.language)}"
        if name in classes
        else f"{number:,} {name}"
        for name, number in counts.items()
    )


def _plain(value: object) -> object:
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if isinstance(value, tuple | set | frozenset):
        return sorted(value) if isinstance(value, set | frozenset) else list(value)
    if hasattr(value, "items"):
        return dict(value.items())
    return str(value)


def console() -> Console:
    """Standard output with colours where it is a terminal."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else 120
    return Console(highlight=False, soft_wrap=False, width=width)


def write_table(
    headings: Sequence[str], rows: Iterable[Sequence[object]], *, right: Sequence[int] = ()
) -> None:
    """A table without frames; columns in `right` are aligned to the right."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, show_edge=False, header_style="bold")
    for index, heading in enumerate(headings):
        table.add_column(heading, justify="right" if index in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    console().print(table)


def write(text: str = "") -> None:
    """A line to standard output, as it is."""
    typer.echo(text)


def confirm_or_stop(question: str, yes: bool) -> None:
    """Ask before something that is not easily undone.

    Raises BadInput where nobody is there to answer, typer.Abort where the answer is no.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise BadInput(f"{question} Nobody is there to answer; say --yes.")
    typer.confirm(question, abort=True, err=True)


def write_marked(text: str = "") -> None:
    """A line of our own words with rich's markup, such as `[bold]…[/bold]`; never data."""
    console().print(text)
