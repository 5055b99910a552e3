"""`gemba load`: files into the graph."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.audit import Actor
from api.cli.plant import JsonOption, with_plant_made
from api.cli.running import say
from api.cli.terminal import write, write_json, write_table
from api.wiring import Plant
from kg.model.errors import BadInput

if TYPE_CHECKING:
    from api.intake.loading import Progress
    from api.payloads.loads import FileLoad, LoadAnswer, RowProblem


@with_plant_made
def load(
    plant: Plant,
    files: Annotated[
        list[str],
        typer.Argument(
            help="Tables, documents, mails, folders or ZIP archives of them; database addresses.",
            show_default=False,
        ),
    ],
    *,
    mapping: Annotated[
        str | None,
        typer.Option(
            "--mapping", "-m", help="How to read the table: a name or a YAML file; else it is told."
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write nothing; say what would change.")
    ] = False,
    key: Annotated[
        str | None,
        typer.Option("--as", metavar="KEY", help="The document's lasting name, else its path."),
    ] = None,
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Let a file take back most of what it said before."),
    ] = False,
    again: Annotated[
        bool,
        typer.Option("--again", help="Read a file although the same content was read as another."),
    ] = False,
    encoding: Annotated[
        str | None, typer.Option(help="Encoding of text files, such as gb18030; else it is told.")
    ] = None,
    timezone: Annotated[
        str | None, typer.Option(help="Zone of times that state none. Else GEMBA_TIMEZONE.")
    ] = None,
    sheet: Annotated[
        str | None, typer.Option(help="Sheet of a workbook; else the mapping's.")
    ] = None,
    query: Annotated[
        str | None, typer.Option(help="SQL to ask a database; else the mapping's.")
    ] = None,
    tables: Annotated[
        list[str] | None,
        typer.Option("--table", metavar="NAME=FILE", help="Where a side table of the mapping is."),
    ] = None,
    constants: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Replaces a constant of the mapping."),
    ] = None,
    brief: Annotated[
        bool,
        typer.Option("--brief", help="A line for each kind of table; count what is noticed."),
    ] = False,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Processes that work on the load: with 2, one reads while the other stores."
            " Chosen by the size of the files where it is not given.",
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Read files into the graph, telling what was added, changed, removed and rejected.

    The same file again changes nothing; a changed one applies the difference. Each file stands for
    itself: a broken one is refused whole, the others go on, and the exit code is 1. After an
    interruption the same command goes on where it was.

    Example:

        gemba load exports/ --dry-run
    """
    import tempfile

    from api.intake import LoadOptions, gather, load_sources
    from api.intake.opened import TableOptions

    options = LoadOptions(
        table=TableOptions(
            mapping=mapping,
            encoding=encoding,
            time_zone=timezone,
            sheet=sheet,
            query=query,
            side_tables={name: Path(path) for name, path in _pairs(tables, "--table")},
            constants=dict(_pairs(constants, "--set")),
        ),
        dry_run=dry_run,
        replace=replace,
        again=again,
        workers=workers,
    )
    with tempfile.TemporaryDirectory(prefix="gemba-") as workspace, _progress() as watch:
        sources = gather(files, Path(workspace), key=key)
        try:
            actor = Actor(plant.settings.actor, "cli")
            answer = load_sources(plant, actor, sources, options, watch)
        except KeyboardInterrupt:
            say("interrupted; the same command goes on where it was.")
            raise
    if json:
        write_json(answer)
    else:
        write_load(answer, brief=brief)
    if not answer.is_whole:
        raise typer.Exit(1)


def _pairs(texts: list[str] | None, option: str) -> list[tuple[str, str]]:
    pairs = [text.partition("=") for text in texts or ()]
    for (name, sign, value), text in zip(pairs, texts or (), strict=True):
        if not (name and sign and value):
            raise BadInput(f"{option} {text} is not NAME=VALUE.")
    return [(name, value) for name, _, value in pairs]


@contextmanager
def _progress() -> Iterator[Callable[[Progress], None] | None]:
    """A bar on standard error where that is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task("reading", total=None)

        def watch(progress: Progress) -> None:
            bars.update(
                task,
                description=progress.source.shown[-40:],
                completed=progress.rows,
                total=progress.rows_total,
            )

        yield watch


_OF_HEADERS = frozenset({"likely-columns", "unsure-columns", "unused-columns"})


def write_load(answer: LoadAnswer, *, brief: bool = False) -> None:
    """A load for people: a line for each file, then what was wrong with the data."""
    if not answer.files:
        write("There is no file there that can be read: no table, document, mail or archive.")
        return
    if brief:
        _write_kinds(answer)
    else:
        _write_files(answer)
    if len(answer.files) > 1:
        write(_totals(answer))
    for file in answer.files:
        if file.error:
            write(f"\n{file.file} was refused: {file.error}")
        if not brief:
            _write_problems(file, of_headers=len(answer.files) == 1)
    if len(answer.files) > 1 and not brief:
        _write_headers(answer)
    _write_sentences(answer)
    if any(file.rejected for file in answer.files) and not answer.dry_run:
        write("\nRejected rows are kept: `gemba rejected list`, `gemba rejected export`.")
    if answer.dry_run:
        write("\nThis was a dry run: nothing was written.")


def _totals(answer: LoadAnswer) -> str:
    files = answer.files
    outcomes = Counter(file.outcome for file in files)
    told = ", ".join(f"{number} {outcome}" for outcome, number in outcomes.most_common())
    return (
        f"\n{len(files)} tables: {told}; {sum(f.rows for f in files):,} rows, "
        f"{sum(f.changes.nodes_added for f in files):,} things and "
        f"{sum(f.changes.statements_added for f in files):,} statements added"
    )


def _write_files(answer: LoadAnswer) -> None:
    write_table(
        ["File", "Outcome", "Rows", "Rejected", "Added", "Removed", "Changed", "Mapping"],
        [
            (
                file.file,
                file.outcome if not file.duplicate_of else f"same as {file.duplicate_of}",
                f"{file.rows:,}",
                sum(p.count for p in file.rejected) or "",
                f"{file.changes.statements_added:,}",
                f"{file.changes.statements_removed:,}",
                f"{file.changes.nodes_changed:,}",
                file.mapping,
            )
            for file in answer.files
        ],
        right=[2, 3, 4, 5, 6],
    )


def _write_kinds(answer: LoadAnswer) -> None:
    kinds: dict[tuple[str, str], list[FileLoad]] = {}
    for file in answer.files:
        kinds.setdefault((file.mapping or "", file.outcome), []).append(file)
    write_table(
        ["Kind of table", "Outcome", "Files", "Rows", "Rejected", "Added", "Removed", "Noticed"],
        [
            (
                mapping,
                outcome,
                len(files),
                f"{sum(f.rows for f in files):,}",
                sum(p.count for f in files for p in f.rejected) or "",
                f"{sum(f.changes.statements_added for f in files):,}",
                f"{sum(f.changes.statements_removed for f in files):,}",
                sum(p.count for f in files for p in f.findings) or "",
            )
            for (mapping, outcome), files in sorted(kinds.items())
        ],
        right=[2, 3, 4, 5, 6, 7],
    )


def _write_sentences(answer: LoadAnswer) -> None:
    """What became of the sentences of free text; nothing where there was none."""
    counts: Counter[str] = Counter()
    for file in answer.files:
        counts.update(file.sentences)
    if counts.total():
        write(
            f"\nOf {counts.total():,} sentences, {counts['accepted']:,} gave accepted statements, "
            f"{counts['queued']:,} only suggestions for review, and in {counts['rejected']:,} "
            "nothing was understood."
        )


def _write_problems(file: FileLoad, *, of_headers: bool) -> None:
    for title, problems in (("rejected", file.rejected), ("noticed", file.findings)):
        for problem in problems:
            if of_headers or problem.code not in _OF_HEADERS:
                _write_problem(file.file, title, problem)


def _write_headers(answer: LoadAnswer) -> None:
    """What was noticed about headers, once for each kind of table: a batch has the same ones."""
    told: dict[tuple[str, str], Counter[str]] = {}
    for file in answer.files:
        for problem in file.findings:
            if problem.code in _OF_HEADERS:
                sentences = told.setdefault((file.mapping or "", problem.code), Counter())
                sentences.update({example.sentence for example in problem.examples})
    for (mapping, code), sentences in sorted(told.items()):
        write(f"\n{mapping}: {code}")
        for sentence, count in sentences.most_common(3):
            write(f"  {sentence if count == 1 else f'In {count} tables: {sentence}'}")
        if len(sentences) > 3:
            write(f"  … and {len(sentences) - 3:,} more")


def _write_problem(file: str, title: str, problem: RowProblem) -> None:
    write(f"\n{file}: {problem.count:,} {title}, {problem.code}")
    for example in problem.examples[:3]:
        write(f"  {example.place}: {example.sentence}")
    if problem.count > 3:
        write(f"  … and {problem.count - 3:,} more")


COMMANDS = (load,)
