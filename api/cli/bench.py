"""`gemba bench`: measure a capability and print every figure with its floor, aim and control."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import orjson
import typer

from api.bench import BENCHES, BenchReport
from kg.model import NotFound

app = typer.Typer(no_args_is_help=True, help="Measure what Gemba can do, against floors and aims.")

_Quick = Annotated[bool, typer.Option("--quick", help="A smaller version that takes a minute.")]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.command("list")
def list_benches(as_json: _Json = False) -> None:
    """List the benchmarks.

    Example: gemba bench list
    """
    if as_json:
        _print_json({bench.name: bench.summary for bench in BENCHES.values()})
        return
    for bench in BENCHES.values():
        typer.echo(f"{bench.name:<14} {bench.summary}")


@app.command("store")
def store(
    quick: _Quick = False,
    as_json: _Json = False,
    units: Annotated[int, typer.Option(help="Units of the generated plant.")] = 75_000,
    neo4j: Annotated[
        str, typer.Option(help="Address of an empty Neo4j to measure too (GEMBA_TEST_NEO4J).")
    ] = "",
    folder: Annotated[
        Path | None, typer.Option("--dir", help="Keep the generated files and stores here.")
    ] = None,
) -> None:
    """Measure both stores on a generated plant of 300,000 nodes and a million statements.

    Example: gemba bench store --quick --json
    """
    _run("store", as_json, quick=quick, units=units, neo4j=neo4j, folder=folder)


@app.command("documents")
def documents(quick: _Quick = False, as_json: _Json = False) -> None:
    """Measure the reading of documents: statements of made-up manuals, pages a second, memory.

    Example: gemba bench documents --quick --json
    """
    _run("documents", as_json, quick=quick)


@app.command("extraction")
def extraction(
    quick: _Quick = False,
    as_json: _Json = False,
    data: Annotated[
        Path | None,
        typer.Option(help="The folder of the corpora (else ../shared/data/extraction)."),
    ] = None,
) -> None:
    """Measure the reading of short texts: F1 per corpus and tier over seeds, texts a second.

    Example: gemba bench extraction --quick --json
    """
    _run("extraction", as_json, quick=quick, data=data)


@app.command("completion")
def completion(
    quick: _Quick = False,
    as_json: _Json = False,
    data: Annotated[
        Path | None,
        typer.Option(
            help="A data set (train, valid and test as .txt, .tsv or .csv), or a folder of them "
            "(else ../shared/data/completion)."
        ),
    ] = None,
    inductive: Annotated[
        Path | None,
        typer.Option(help="Score the test part of this set, whose entities are all new."),
    ] = None,
    seeds: Annotated[
        int | None, typer.Option(min=1, help="How many seeds (else 3, or 1 with --quick).")
    ] = None,
    first_seed: Annotated[int, typer.Option("--first-seed", min=0, help="The first seed.")] = 0,
    scale: Annotated[
        bool, typer.Option("--scale", help="Measure a million statements instead.")
    ] = False,
    plant: Annotated[
        bool, typer.Option("--plant", help="Measure the sample plant alone, no data sets.")
    ] = False,
    plant_units: Annotated[
        int,
        typer.Option(
            "--plant-units",
            min=0,
            help="Pumps of the sample plant that is measured without --data.",
        ),
    ] = 200,
) -> None:
    """Measure link completion: MRR and Hits of missing links, AUC of wrong ones, with controls.

    Example: gemba bench completion --data umls --seeds 1 --json
    """
    _run(
        "completion",
        as_json,
        quick=quick,
        data=data,
        inductive=inductive,
        seeds=seeds,
        first_seed=first_seed,
        scale=scale,
        plant=plant,
        plant_units=plant_units,
    )


@app.command("diagnosis")
def diagnosis(
    quick: _Quick = False,
    as_json: _Json = False,
    network: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE.bif", help="Measure on this Bayesian network; may be repeated."),
    ] = None,
    causes: Annotated[
        str | None, typer.Option(metavar="A,B", help="Causes of the network (else its roots).")
    ] = None,
    observable: Annotated[
        str | None, typer.Option(metavar="C,D", help="What can be observed (else its leaves).")
    ] = None,
    causrca: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Recorded alarms and their causal graph.")
    ] = None,
    fmea: Annotated[Path | None, typer.Option(metavar="FILE", help="An FMEA: XLSX or CSV.")] = None,
) -> None:
    """Measure diagnosis: posteriors against pyAgrum, the next check against the optimum, alarms.

    Example: gemba bench diagnosis --quick --json
    """
    _run(
        "diagnosis",
        as_json,
        quick=quick,
        network=network or (),
        causes=causes,
        observable=observable,
        causrca=causrca,
        fmea=fmea,
    )


@app.command("traceability")
def traceability(
    quick: _Quick = False,
    as_json: _Json = False,
    units: Annotated[int, typer.Option(help="Units of the large genealogy.")] = 1_000_000,
    data: Annotated[
        Path | None, typer.Option(help="The folder of the benchmark data (else ../shared/data).")
    ] = None,
) -> None:
    """Measure traceability: closures, a million units, EPCIS, common causes.

    Example: gemba bench traceability --quick --json
    """
    _run("traceability", as_json, quick=quick, units=units, data=data)


def _run(name: str, as_json: bool, **options: object) -> None:
    bench = BENCHES.get(name)
    if bench is None:
        raise NotFound(f"There is no benchmark {name!r}.", nearest=list(BENCHES))
    report = bench.load()(say=_say, **options)
    if as_json:
        _print_json(report.to_dict())
    else:
        _print_table(report)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201


def _print_json(value: object) -> None:
    typer.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())


def _print_table(report: BenchReport) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"gemba bench {report.bench}" + (" --quick" if report.quick else ""))
    for column in ("figure", "value", "unit", "floor", "aim", "control", "on"):
        table.add_column(column, justify="right" if column in ("value", "floor", "aim") else "left")
    for figure in report.figures:
        met = figure.reaches(figure.aim if figure.aim is not None else figure.floor)
        mark = {True: "[green]", False: "[red]missed ", None: ""}[met]
        table.add_row(
            figure.name,
            f"{mark}{figure.value:g}" if figure.value is not None else f"- ({figure.reason})",
            figure.unit,
            "" if figure.floor is None else f"{figure.floor:g}",
            "" if figure.aim is None else f"{figure.aim:g}",
            ", ".join(f"{k} {v:g}" for k, v in (figure.control or {}).items()),
            figure.on,
        )
    Console().print(table)
    for note in report.notes:
        typer.echo(note)
