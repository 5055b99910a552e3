"""`gemba trace`: where something comes from and where it went."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from api.cli.options import AsOf, view_of
from api.cli.plant import JsonOption, with_plant
from api.cli.terminal import count_classes, in_language, write, write_json, write_table
from api.cli.words import headings, word
from api.wiring import Plant

if TYPE_CHECKING:
    from kg.traceability import Trace

Way = Literal["back", "forward", "both"]

app = typer.Typer(no_args_is_help=True, help="Trace units, lots, containers and shipments.")

Items = Annotated[
    list[str],
    typer.Argument(help="Units, lots, containers, operations or shipments: codes or keys."),
]
Depth = Annotated[
    int | None, typer.Option(min=1, help="How many statements to follow at most; else all.")
]
Classes = Annotated[
    list[str] | None, typer.Option("--class", help="List only this class and those below it.")
]
Steps = Annotated[
    list[str] | None, typer.Option("--step", help="Only what passed this process step.")
]
Places = Annotated[
    list[str] | None, typer.Option("--place", help="Only what passed this asset or line.")
]
Since = Annotated[
    str | None, typer.Option(metavar="TIME", help="Only what passed there from then on.")
]
Until = Annotated[str | None, typer.Option(metavar="TIME", help="… and before then.")]
At = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="Look at the start at this time (a reused container)."),
]
Drawing = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Also draw the flow (Sankey) into this .svg or .html."),
]
Events = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Also draw the events on a time axis into this file."),
]
Rows = Annotated[int, typer.Option("--limit", "-n", min=1, help="How many things to list.")]


def _command(way: Way, summary: str) -> Callable[..., None]:
    """The command of one direction; all of them take the same options."""

    def command(
        plant: Plant,
        items: Items,
        *,
        depth: Depth = None,
        cls: Classes = None,
        step: Steps = None,
        place: Places = None,
        since: Since = None,
        until: Until = None,
        at: At = None,
        limit: Rows = 60,
        sankey: Drawing = None,
        timeline: Events = None,
        as_of: AsOf = None,
        json: JsonOption = False,
    ) -> None:
        from kg.traceability import trace_backward, trace_both, trace_forward

        ask = {"back": trace_backward, "forward": trace_forward, "both": trace_both}[way]
        found = ask(
            plant.store,
            plant.schema,
            _keys(plant, items, as_of),
            view=view_of(plant, as_of),
            max_depth=depth,
            classes=_classes(plant, cls),
            steps=_keys(plant, step or [], as_of),
            places=_keys(plant, place or [], as_of),
            since=_moment(plant, since, "--since"),
            until=_moment(plant, until, "--until"),
            at=_moment(plant, at, "--at"),
        )
        _draw(plant, found, sankey, timeline)
        _write(plant, found, limit, json)

    command.__name__, command.__doc__ = way, summary
    return with_plant(command)


back = app.command("back")(
    _command(
        "back",
        """Trace where something comes from: lots, operations, assets, people, suppliers.

    Example:

        gemba trace back SN-000123
    """,
    )
)
forward = app.command("forward")(
    _command(
        "forward",
        """Trace where something went: products, containers, shipments, customers.

    Example:

        gemba trace forward LOT-2031 --class Unit
    """,
    )
)
both = app.command("both")(
    _command(
        "both",
        """Trace where something comes from and where it went, in one answer.

    Example:

        gemba trace both LOT-2031 --sankey flow.svg
    """,
    )
)


@app.command("balance")
@with_plant
def balance_(
    plant: Plant,
    items: Items,
    *,
    depth: Depth = None,
    only_wrong: Annotated[
        bool, typer.Option("--only-wrong", help="Only what does not add up.")
    ] = False,
    limit: Rows = 60,
    as_of: AsOf = None,
    json: JsonOption = False,
) -> None:
    """Show the mass balance of lots and operations on a genealogy, and what does not add up.

    Example:

        gemba trace balance LOT-2031 --only-wrong
    """
    from extraction.tables.units import measure
    from kg.traceability import trace_both
    from kg.traceability.balance import balance

    view = view_of(plant, as_of)
    trace = trace_both(
        plant.store, plant.schema, _keys(plant, items, as_of), view=view, max_depth=depth
    )
    found = balance(plant.store, trace.node_keys(), measure, view=view)
    if only_wrong:
        found = [one for one in found if one.imbalances]
    if json:
        write_json(found)
        return
    language = plant.settings.language
    write_table(
        headings(["Key", "In", "Out", "Left", "Unit"], language),
        [
            (one.key, f"{s.incoming:g}", f"{s.outgoing:g}", f"{s.left:g}", s.unit)
            for one in found[:limit]
            for s in one.sums
        ],
        right=[1, 2, 3],
    )
    for one in found[:limit]:
        for wrong in one.imbalances:
            write(f"{word('Note', language)}: {in_language(wrong.sentence, language)}")
    if len(found) > limit:
        write(f"{len(found) - limit} {word('more, see --limit', language)}")


def _draw(plant: Plant, found: Trace, sankey: Path | None, timeline: Path | None) -> None:
    if sankey is None and timeline is None:
        return
    from api.drawing import draw_events, draw_flow
    from api.drawing.canvas import save_drawing

    language = plant.settings.language
    if sankey is not None:
        save_drawing(sankey, draw_flow(found, language))
    if timeline is not None:
        save_drawing(timeline, draw_events(found, language))


def _keys(plant: Plant, texts: list[str], as_of: str | None) -> list[str]:
    from api.lookup import node_called

    view = view_of(plant, as_of)
    return [node_called(plant.store, text, view).key for text in texts]


def _classes(plant: Plant, names: list[str] | None) -> list[str] | None:
    from api.lookup import known_class

    return [known_class(plant.schema, name).name for name in names] if names else None


def _moment(plant: Plant, text: str | None, what: str) -> int | None:
    from api.moments import parse_moment

    return parse_moment(text, plant.settings.zone, what) if text else None


def _write(plant: Plant, found: Trace, limit: int, json: bool) -> None:
    if json:
        write_json(found)
        return
    language = plant.settings.language
    start = ", ".join(in_language(named.label, language) for named in found.start)
    write(f"{start}: {word(found.direction, language)}")
    counts = [
        f"{count.upstream + count.downstream} {in_language(count.label, language)}"
        for count in found.summary
    ]
    write("; ".join(counts) or word("nothing is connected", language))
    write()
    sentences = {edge.id: in_language(edge.sentence, language) for edge in found.edges}
    shown = [node for node in found.nodes if node.via is not None]
    shown.sort(key=lambda node: (abs(node.level), node.named.key))
    write_table(
        headings(["Level", "Key", "What", "When", "By"], language),
        [
            (
                node.level,
                node.named.key,
                in_language(node.named.label, language),
                (node.started or "")[:16].replace("T", " "),
                sentences.get(node.via or "", ""),
            )
            for node in shown[:limit]
        ],
        right=[0],
    )
    if len(shown) > limit:
        write(f"{len(shown) - limit} {word('more, see --limit', language)}")
    if found.consignees:
        write(f"\n{word('Reached', language)}:")
        for consignee in found.consignees:
            items = count_classes(plant, consignee.items)
            write(f"  {in_language(consignee.customer.label, language)}: {items}")
    if found.defects:
        write(f"\n{word('Defects', language)}:")
        for defect in found.defects[:20]:
            kind = f" ({in_language(defect.type.label, language)})" if defect.type else ""
            write(f"  {defect.item}: {in_language(defect.defect.label, language)}{kind}")
    if found.factors:
        write(f"\n{word('In common', language)}:")
        write_table(
            headings(["Facet", "What", "Operations"], language),
            [
                (word(f.facet, language), in_language(f.named.label, language), f.operations)
                for f in found.factors[:20]
            ],
            right=[2],
        )
    for noted in found.notes:
        write(f"{word('Note', language)}: {in_language(noted, language)}")
