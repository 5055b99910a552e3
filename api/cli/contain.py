"""`gemba contain`: freeze what a suspect thing touches, hold and release it, rehearse a recall."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from api.audit import Actor
from api.cli.plant import JsonOption, with_plant
from api.cli.terminal import in_language, write, write_json, write_table
from api.cli.words import headings, word
from api.wiring import Plant
from kg.narration import name_in

if TYPE_CHECKING:
    from kg.traceability.containment import Containment, ContainmentQuery, Member

app = typer.Typer(no_args_is_help=True, help="Contain suspect goods, and rehearse recalls.")

Items = Annotated[
    list[str], typer.Argument(help="Lots, units, operations, suppliers or the like: codes or keys.")
]
Number = Annotated[str, typer.Argument(metavar="ID", help="The containment, as `list` shows it.")]
Reason = Annotated[str, typer.Option("--reason", "-r", help="Why.")]
Role = Annotated[str, typer.Option("--role", help="In which role you decide, such as quality.")]
Some = Annotated[
    list[str] | None, typer.Option("--item", help="Only this member; else all of them.")
]
Way = Annotated[
    Literal["forward", "backward", "both"],
    typer.Option("--direction", help="What it went into, what it comes from, or both."),
]
Classes = Annotated[
    list[str] | None, typer.Option("--class", help="Only these classes and those below them.")
]
At = Annotated[str | None, typer.Option(metavar="TIME", help="Look at the start at this time.")]
AsOf = Annotated[
    str | None, typer.Option("--as-of", metavar="TIME", help="As was recorded by then; else now.")
]
Rows = Annotated[int, typer.Option("--limit", "-n", min=1, help="How many members to list.")]


@app.command("start")
@with_plant
def start(
    plant: Plant,
    items: Items,
    *,
    reason: Reason = "",
    direction: Way = "forward",
    cls: Classes = None,
    at: At = None,
    as_of: AsOf = None,
    json: JsonOption = False,
) -> None:
    """Freeze everything that suspect things touch, so that the same set can be found again.

    Example:

        gemba contain start LOT-2031 --reason "porosity in castings"
    """
    from api.containment import start as begin
    from api.moments import parse_moment

    zone = plant.settings.zone
    made = begin(
        plant,
        Actor(plant.settings.actor, "cli"),
        _query(plant, items, direction, cls, at),
        reason=reason,
        as_of=parse_moment(as_of, zone, "--as-of") if as_of else None,
    )
    _write(plant, made, 20, json)


@app.command("list")
@with_plant
def list_all(plant: Plant, json: JsonOption = False) -> None:
    """List the containments, newest first.

    Example:

        gemba contain list
    """
    from kg.traceability.containment import list_containments

    found = list_containments(plant.store)
    if json:
        write_json([
            {"id": c.id, "created_at": c.created_at, "by": c.by, "reason": c.reason,
             "seeds": c.query.seeds, "members": len(c.members), "held": len(c.held)}
            for c in found
        ])  # fmt: skip
        return
    write_table(
        headings(["Id", "When", "What", "Items", "On hold", "Reason"], plant.settings.language),
        [
            (c.id, c.created_at[:16], " ".join(c.query.seeds), len(c.members), len(c.held),
             c.reason)
            for c in found
        ],
        right=[3, 4],
    )  # fmt: skip


@app.command("show")
@with_plant
def show(plant: Plant, number: Number, *, limit: Rows = 60, json: JsonOption = False) -> None:
    """Show the members of a containment, where each is now, and what is on hold.

    Example:

        gemba contain show 3f2a9c01d4
    """
    from kg.traceability.containment import get_containment

    _write(plant, get_containment(plant.store, number), limit, json)


@app.command("hold")
@with_plant
def hold(
    plant: Plant,
    number: Number,
    *,
    reason: Reason = "",
    role: Role = "",
    item: Some = None,
    json: JsonOption = False,
) -> None:
    """Put members on hold: none named, all of them.

    Example:

        gemba contain hold 3f2a9c01d4 --reason "sort before use" --role quality
    """
    _decide(plant, number, "hold", item, reason, role, json)


@app.command("release")
@with_plant
def release(
    plant: Plant,
    number: Number,
    *,
    reason: Reason = "",
    role: Role = "",
    item: Some = None,
    json: JsonOption = False,
) -> None:
    """Release members that are on hold: none named, all of them.

    Example:

        gemba contain release 3f2a9c01d4 --item SN-000123 --reason "100 % inspected" --role quality
    """
    _decide(plant, number, "release", item, reason, role, json)


@app.command("undo")
@with_plant
def undo(
    plant: Plant,
    number: Number,
    entry: Annotated[int, typer.Argument(help="The entry's number, as `show` tells it.")],
    *,
    json: JsonOption = False,
) -> None:
    """Take a hold or a release back; it stays in the list and says so.

    Example:

        gemba contain undo 3f2a9c01d4 1
    """
    from api.containment import undo as take_back

    made = take_back(plant, Actor(plant.settings.actor, "cli"), number, entry)
    _write(plant, made, 0, json)


@app.command("diff")
@with_plant
def diff(plant: Plant, number: Number, *, limit: Rows = 60, json: JsonOption = False) -> None:
    """Show what came to a containment since it was frozen, and whether it can be found again.

    Example:

        gemba contain diff 3f2a9c01d4
    """
    from kg.traceability.containment import compare_with_now, get_containment

    found = compare_with_now(plant.store, plant.schema, get_containment(plant.store, number))
    if json:
        write_json(found)
        return
    language = plant.settings.language
    for title, keys in (("Added", found.added), ("Gone", found.gone)):
        write(f"{word(title, language)}: {len(keys)}")
        for key in keys[:limit]:
            write(f"  {key}")
    same = "found again as it was" if found.is_reproducible else "not found again as it was"
    write(word(same, language))


@app.command("export")
@with_plant
def export(
    plant: Plant,
    number: Number,
    out: Annotated[Path, typer.Argument(help="The file: .csv, .xlsx or .json.")],
) -> None:
    """Write a containment to a file, with where each member is and what was decided.

    Example:

        gemba contain export 3f2a9c01d4 suspect.xlsx
    """
    from api.containment import export as as_file
    from kg.model import BadInput
    from kg.traceability.containment import get_containment, show_members

    form = out.suffix.casefold().removeprefix(".")
    if form not in {"csv", "xlsx", "json"}:
        raise BadInput(f"{out} ends in none of .csv, .xlsx and .json; name one of these.")
    containment = get_containment(plant.store, number)
    members = show_members(plant.store, plant.schema, containment)
    out.write_bytes(as_file(containment, members, form))  # type: ignore[arg-type]
    write(str(out))


@app.command("recall")
@with_plant
def recall(
    plant: Plant,
    items: Items,
    *,
    direction: Way = "forward",
    cls: Classes = None,
    at: At = None,
    json: JsonOption = False,
) -> None:
    """Rehearse a recall: trace, locate and time it, and keep nothing.

    Example:

        gemba contain recall LOT-2031
    """
    from kg.traceability.recalling import recall as rehearse

    found = rehearse(plant.store, plant.schema, _query(plant, items, direction, cls, at))
    if json:
        write_json(found)
        return
    write(in_language(found.sentence, plant.settings.language))
    _write_counts(plant, found.by_place)
    names = _names(plant, found.by_customer)
    write_table(
        headings(["Customer", "Items"], plant.settings.language),
        [(names[key], n) for key, n in found.by_customer.items()],
        right=[1],
    )


def _query(
    plant: Plant,
    items: list[str],
    direction: Literal["forward", "backward", "both"],
    cls: list[str] | None,
    at: str | None,
) -> ContainmentQuery:
    from api.lookup import known_class, node_called
    from api.moments import parse_moment
    from kg.model.instants import to_text
    from kg.traceability.containment import ContainmentQuery

    moment = parse_moment(at, plant.settings.zone, "--at") if at else None
    return ContainmentQuery(
        tuple(node_called(plant.store, text).key for text in items),
        direction,
        tuple(known_class(plant.schema, name).name for name in cls or ()),
        None if moment is None else to_text(moment),
    )


def _decide(
    plant: Plant,
    number: str,
    action: Literal["hold", "release"],
    items: list[str] | None,
    reason: str,
    role: str,
    json: bool,
) -> None:
    from api.containment import decide
    from api.lookup import node_called

    keys = [node_called(plant.store, text).key for text in items or ()]
    actor = Actor(plant.settings.actor, "cli")
    made = decide(plant, actor, number, action, keys, reason=reason, role=role)
    _write(plant, made, 0, json)


def _write(plant: Plant, made: Containment, limit: int, json: bool) -> None:
    from kg.traceability.containment import count_customers, count_places, show_members

    members = show_members(plant.store, plant.schema, made)
    places, customers = count_places(members), count_customers(members)
    if json:
        from dataclasses import asdict

        write_json({**asdict(made), "members": members, "places": places, "customers": customers})
        return
    language = plant.settings.language
    write(f"{made.id}: {len(members)} {word('Items', language)}, {len(made.held)} "
          f"{word('On hold', language)}; {made.as_of}; sha256 {made.hash}")  # fmt: skip
    _write_counts(plant, places)
    _write_members(plant, members, limit)
    for d in made.decisions:
        what = " ".join(d.items) or word("all", language)
        undone = f" ({word('undone by', language)} {d.undone_by})" if d.undone_by else ""
        write(f"{d.number}. {d.at} {word(d.action, language)}: {what}; {d.reason} "
              f"({d.role}, {d.by}){undone}")  # fmt: skip


def _write_members(plant: Plant, members: list[Member], limit: int) -> None:
    language = plant.settings.language
    if not limit:
        return
    names = _names(plant, {key for m in members[:limit] for key in m.where.customers})
    write_table(
        headings(["Key", "Place", "When", "Customer", "Where", "On hold"], language),
        [
            (
                m.key,
                _place(m.where.place, language),
                (m.where.since or "")[:16].replace("T", " "),
                ", ".join(names[key] for key in m.where.customers),
                " ".join(m.where.containers) or m.where.location or "",
                word("yes", language) if m.is_held else "",
            )
            for m in members[:limit]
        ],
    )
    if len(members) > limit:
        write(f"{len(members) - limit} {word('more, see --limit', language)}")


def _write_counts(plant: Plant, counts: Mapping[str, int]) -> None:
    language = plant.settings.language
    write("; ".join(f"{n} {_place(place, language)}" for place, n in counts.items() if n))


def _place(place: str, language: str) -> str:
    return word(place, language).replace("_", " ")


def _names(plant: Plant, keys: Collection[str]) -> dict[str, str]:
    nodes = plant.store.get_nodes(keys)
    language = plant.settings.language
    return {k: in_language(name_in(plant.schema, nodes, k).label, language) for k in keys}
