"""`gemba events`: EPCIS events checked, found and written out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from api.cli.plant import JsonOption, with_plant
from api.cli.terminal import write, write_json, write_table
from api.cli.words import headings
from api.wiring import Plant

app = typer.Typer(no_args_is_help=True, help="EPCIS events: check, find and export them.")

Where = Annotated[
    list[str] | None,
    typer.Option(
        "--where", "-w", metavar="NAME=VALUE",
        help="A parameter of the standard's query, such as EQ_bizStep=shipping.",
    ),
]  # fmt: skip


@app.command("check")
def check(
    files: Annotated[list[Path], typer.Argument(help="EPCIS documents or single events.")],
    *,
    json: JsonOption = False,
) -> None:
    """Check whether files are valid EPCIS 2.0, and name the event and field that are not.

    Example:

        gemba events check delivery.jsonld
    """
    from extraction.epcis import check_document
    from kg.model import BadInput

    found = []
    for path in files:
        try:
            problems = [problem.sentence for problem in check_document(_document(path))]
        except BadInput as error:
            problems = [str(error)]
        found.append({"file": str(path), "is_valid": not problems, "problems": problems})
    if json:
        write_json(found)
    else:
        for one in found:
            write(f"{one['file']}: {'valid' if one['is_valid'] else 'not valid'}")
            for problem in one["problems"]:  # type: ignore[attr-defined]
                write(f"  {problem}")
    if not all(one["is_valid"] for one in found):
        raise typer.Exit(2)


@app.command("list")
@with_plant
def list_events(
    plant: Plant,
    *,
    where: Where = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Events to list.")] = 50,
    json: JsonOption = False,
) -> None:
    """List events by the standard's query parameters, latest first.

    Example:

        gemba events list --where MATCH_anyEPC=urn:epc:id:sgtin:0614141.107346.2017
    """
    from api.events import find_events

    found = find_events(plant.store, _parameters(where))
    if json:
        write_json(found[:limit])
        return
    write_table(
        headings(["When", "What", "Step", "Id"], plant.settings.language),
        [
            (e["eventTime"], f"{e['type']} {e.get('action', '')}", e.get("bizStep", ""),
             e.get("eventID", ""))
            for e in found[:limit]
        ],
    )  # fmt: skip


@app.command("export")
@with_plant
def export(
    plant: Plant,
    out: Annotated[Path, typer.Argument(help="The file to write.")],
    *,
    form: Annotated[
        Literal["epcis", "ocel"],
        typer.Option("--format", help="EPCIS 2.0 JSON-LD, or OCEL 2.0 of all operations."),
    ] = "epcis",
    where: Where = None,
) -> None:
    """Write events to a file: as they were captured, or as an object-centric event log.

    Example:

        gemba events export log.json --format ocel
    """
    import orjson

    if form == "ocel":
        from kg.traceability.ocel import as_ocel

        document = as_ocel(plant.store, plant.schema)
        count = len(document["events"])
    else:
        from api.events import export_events

        document = export_events(plant, _parameters(where))
        count = len(document["epcisBody"]["eventList"])
    out.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2))
    write(f"{out}: {count:,} events")


def _parameters(where: list[str] | None) -> list[tuple[str, str]]:
    from kg.model import BadInput

    found = []
    for text in where or ():
        name, sign, value = text.partition("=")
        if not sign:
            raise BadInput(f"{text!r} is no parameter; write it like EQ_bizStep=shipping.")
        found.append((name, value))
    return found


def _document(path: Path) -> object:
    import orjson

    from kg.model import UnreadableFile

    try:
        content = path.read_bytes()
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be read: {error.strerror}.") from error
    if content.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"<":
        from extraction.epcis.xml_form import events_of_xml

        return events_of_xml(content, str(path))
    try:
        return orjson.loads(content.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise UnreadableFile(f"{path} is no JSON: {error}.") from error
