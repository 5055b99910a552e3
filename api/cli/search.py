"""`gemba search` and `gemba show`: find a thing, and see what is known of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import AsOf, Limit, view_of
from api.cli.plant import JsonOption, with_plant
from api.cli.statements import write_statements
from api.cli.terminal import in_language, write, write_json, write_table
from api.cli.words import headings, word
from api.wiring import Plant
from kg.model.keys import identity_of

if TYPE_CHECKING:
    from kg.model import Node

_TOLD = 60  # characters of a record's text in the list


@with_plant
def search(
    plant: Plant,
    words: Annotated[list[str], typer.Argument(help="Codes, names or words, either language.")],
    *,
    cls: Annotated[
        list[str] | None, typer.Option("--class", help="Only this class and those below it.")
    ] = None,
    limit: Limit = 20,
    as_of: AsOf = None,
    json: JsonOption = False,
) -> None:
    """Find things by code, name or words, in English or Chinese.

    Example:

        gemba search 液压泵 漏油 --class FailureMode
    """
    from api.lookup import known_class
    from api.payloads.answers import SearchAnswer
    from kg.search import search as find

    for name in cls or ():
        known_class(plant.schema, name)
    query = " ".join(words)
    found = find(plant.store, query, classes=cls or None, limit=limit, view=view_of(plant, as_of))
    if json:
        write_json(SearchAnswer(query=query, items=found))
        return
    language = plant.settings.language
    if not found:
        write(f"{word('Nothing was found for', language)} {query!r}")
        return
    classes = plant.schema.classes
    # A record is known by what it says, not by its number.
    said = plant.store.get_nodes([f.key for f in found], view_of(plant, as_of))
    write_table(
        headings(["Key", "Name", "Class", "Score"], language),
        [
            (
                f.key,
                _told(said.get(f.key)) or in_language(f.named.label, language),
                classes[f.cls].words.in_language(language) if f.cls in classes else f.cls,
                f"{f.score:.2f}",
            )
            for f in found
        ],
        right=[3],
    )


def _told(node: Node | None) -> str:
    """The beginning of what a record says; empty where it says nothing."""
    text = node.props.get("description") if node is not None else None
    if not isinstance(text, str) or node is None or node.name != identity_of(node.key):
        return ""
    line = " ".join(text.split())
    return f"“{line[:_TOLD]}{'…' if len(line) > _TOLD else ''}”"


@with_plant
def show(
    plant: Plant,
    thing: Annotated[str, typer.Argument(help="Its key, code, or unique name.")],
    *,
    relation: Annotated[
        list[str] | None, typer.Option("--relation", help="Only statements with this relation.")
    ] = None,
    limit: Limit = 40,
    as_of: AsOf = None,
    json: JsonOption = False,
) -> None:
    """Show a thing: its properties, where they were read, and what is said of it.

    Example:

        gemba show EX-12
    """
    from api.lookup import known_relation, node_called
    from api.payloads.graph import NodeAnswer, node_payload, sighting_payload, statements_payload

    for name in relation or ():
        known_relation(plant.schema, name)
    view = view_of(plant, as_of)
    node = node_called(plant.store, thing, view)
    sightings = plant.store.sightings_of([node.key], view).get(node.key, [])
    answer = NodeAnswer(
        node=node_payload(plant.schema, node),
        sightings=[sighting_payload(s) for s in sightings[:100]],
    )
    found = plant.store.expand(
        [node.key], relation or None, "both", view=view, limit_per_node=limit
    )
    statements = statements_payload(plant.store, found, view)
    if json:
        write_json({**answer.model_dump(mode="json"), "statements": statements})
        return
    language = plant.settings.language
    shown = answer.node
    write(f"{in_language(shown.label, language)}  [{shown.key}]")
    rows = [(in_language(shown.class_label, language), shown.cls)]
    rows += [(name, str(value)) for name, value in shown.props.items()]
    if shown.aliases:
        rows.append((word("also called", language), ", ".join(shown.aliases)))
    write_table(["", ""], rows)
    if sightings:
        documents = ", ".join(sorted({s.evidence.document for s in sightings}))
        write(f"\n{word('Read in', language)} {documents}")
    if statements:
        write()
        write_statements(statements, language)


COMMANDS = (search, show)
