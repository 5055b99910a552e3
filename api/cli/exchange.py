"""`gemba export`, `gemba import` and `gemba rdf`: a whole store into a file, and out of one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api import tokens
from api.audit import Actor, audited
from api.cli.options import AsOf, view_of
from api.cli.plant import JsonOption, with_plant, with_plant_made
from api.cli.terminal import write, write_json
from api.wiring import Plant
from kg.model.errors import BadInput

if TYPE_CHECKING:
    from kg.store.exchange import ExchangeReport, Progress
    from kg.store.rdf import Format

_SECRETS = (tokens.RECORDS,)  # who may enter one service is nothing for another


@with_plant
def export(
    plant: Plant,
    file: Annotated[Path, typer.Argument(help="The file to write; a name with .gz suits it.")],
    *,
    with_tokens: Annotated[
        bool, typer.Option("--with-tokens", help="Also the tokens' digests, for moving a service.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Write the whole store to one file: history, decisions, merges, rejected rows and logs.

    `gemba import` reads it into another store, embedded or Neo4j, which then tells the same.

    Example:

        gemba --store plant.db export plant.gemba.gz
    """
    from kg.store.exchange import export_store

    left_out = () if with_tokens else _SECRETS
    report = export_store(plant.store, file, without_records=left_out, say=_progress())
    _tell(report, f"{file} holds", json=json)


@with_plant_made
def import_(
    plant: Plant,
    file: Annotated[Path, typer.Argument(help="A file that `gemba export` wrote.")],
    *,
    skip_existing: Annotated[
        bool, typer.Option("--skip-existing", help="Leave documents alone that are there already.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Read an exported store into this one.

    The file is checked to its end before anything is written. Documents that the store has already
    are a conflict, unless they are to be skipped.

    Example:

        gemba --store neo4j://localhost:7687 import plant.gemba.gz
    """
    from kg.store.exchange import import_store

    with audited(
        plant.store, Actor(plant.settings.actor, "cli"), "store.import", file.name
    ) as note:
        report = import_store(
            plant.store, file, existing="skip" if skip_existing else "refuse", say=_progress()
        )
        note.details["sha256"] = report.sha256
    _tell(report, f"{plant.settings.store} has read", json=json)
    if report.skipped_documents:
        write(f"{len(report.skipped_documents)} documents were there already and were left alone.")
    if not report.same_ontology:
        write("The file was written with another ontology; `gemba ontology check` shows yours.")


@with_plant
def rdf(
    plant: Plant,
    file: Annotated[Path, typer.Argument(help="The file to write: .ttl, or .jsonld.")],
    *,
    as_of: AsOf = None,
    json: JsonOption = False,
) -> None:
    """Write the graph as RDF: Turtle or JSON-LD, with its evidence in PROV-O.

    Example:

        gemba rdf plant.ttl
    """
    from kg.store.rdf import write_rdf

    formats: dict[str, Format] = {".ttl": "turtle", ".jsonld": "json-ld", ".json": "json-ld"}
    if file.suffix.lower() not in formats:
        raise BadInput(f"{file.name} says no format of RDF; end it in .ttl or .jsonld.")
    report = write_rdf(
        plant.store, file, format=formats[file.suffix.lower()], view=view_of(plant, as_of)
    )
    if json:
        write_json(report)
        return
    write(
        f"{file}: {report.nodes:,} things, {report.statements:,} statements, "
        f"{report.evidence:,} pieces of evidence"
    )


def _progress() -> Callable[[Progress], None] | None:
    if not sys.stderr.isatty():
        return None

    def say(progress: Progress) -> None:
        sys.stderr.write(
            f"\r{progress.stage}: {progress.versions} of {progress.of} readings, "
            f"{progress.claims:,} claims "
        )
        if progress.versions == progress.of:
            sys.stderr.write("\n")
        sys.stderr.flush()

    return say


def _tell(report: ExchangeReport, what: str, *, json: bool) -> None:
    if json:
        write_json(report)
        return
    counts = report.counts
    write(f"{what} {counts.versions:,} readings of documents with {counts.claims:,} claims.")
    if report.sha256:
        write(f"SHA-256 {report.sha256}")


COMMANDS = (export, import_, rdf)
