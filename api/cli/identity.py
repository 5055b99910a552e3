"""`gemba identity`: which names mean the same thing."""

from __future__ import annotations

import shlex
from typing import Annotated

import typer

from api.audit import Actor
from api.cli.options import Limit
from api.cli.plant import JsonOption, with_plant
from api.cli.terminal import write, write_json, write_table
from api.wiring import Plant

app = typer.Typer(
    no_args_is_help=True, help="See which names mean the same thing; merge, and take merges back."
)

Reason = Annotated[str, typer.Option("--reason", help="Why, for whoever reads it later.")]
Key = Annotated[
    str, typer.Argument(metavar="KEY", help="A node's key, such as component:hyd pump.")
]


@app.command("propose")
@with_plant
def propose(
    plant: Plant,
    *,
    cls: Annotated[
        list[str] | None, typer.Option("--class", help="Only this class and those below it.")
    ] = None,
    merge_sure: Annotated[
        bool,
        typer.Option(
            "--merge-sure",
            help="Merge what differs in abbreviation, inflection or spaces only; list the rest.",
        ),
    ] = False,
    limit: Limit = 50,
    json: JsonOption = False,
) -> None:
    """Propose names that may mean the same thing, the likeliest first, with reasons.

    Things with codes are never proposed: their codes say whether they are the same.

    Example:

        gemba identity propose --class Component
    """
    from api.identity import find_proposals
    from api.identity import merge_sure as merge_them

    found = find_proposals(plant, cls)
    merged = []
    if merge_sure:
        merged = merge_them(plant, _actor(plant), found)
        found = [proposal for proposal in found if not proposal.is_sure]
    if json:
        write_json({"merged": merged, "proposals": found[:limit], "total": len(found)})
        return
    for made in merged:
        write(f"merged {made.dropped} into {made.kept}: {made.reason}")
    if not found:
        write("No names look as if they meant the same thing.")
        return
    write_table(
        ["Score", "This", "May be", "Because", "Keys"],
        [
            (
                f"{p.score:.2f}{' sure' if p.is_sure else ''}",
                p.names[1],
                p.names[0],
                "; ".join(p.reasons),
                f"{p.kept} {p.dropped}",
            )
            for p in found[:limit]
        ],
    )
    if len(found) > limit:
        write(f"{len(found) - limit} more; say --limit {len(found)}.")


@app.command("merge")
@with_plant
def merge(
    plant: Plant, kept: Key, dropped: Key, *, reason: Reason = "", json: JsonOption = False
) -> None:
    """Say that two names mean the same thing; the first one stays.

    Example:

        gemba identity merge component:HydraulicPump 'component:hyd pump'
    """
    from api.identity import merge as merge_them

    made = merge_them(plant, _actor(plant), kept, dropped, reason)
    if json:
        write_json(made)
    else:
        back = shlex.join(["gemba", "identity", "unmerge", made.dropped])
        write(f"{made.dropped} is read as {made.kept}; `{back}` takes it back.")


@app.command("unmerge")
@with_plant
def unmerge(plant: Plant, dropped: Key, *, reason: Reason = "", json: JsonOption = False) -> None:
    """Take a merge back. The two are then not proposed again.

    Example:

        gemba identity unmerge 'component:hyd pump'
    """
    from api.identity import unmerge as take_back

    found = take_back(plant, _actor(plant), dropped, reason)
    if json:
        write_json(found)
    else:
        write(f"{found.dropped} and {found.kept} are two things again.")


@app.command("apart")
@with_plant
def apart(
    plant: Plant,
    one: Key,
    other: Key,
    *,
    reason: Reason = "",
    forget: Annotated[bool, typer.Option("--forget", help="Let them be proposed again.")] = False,
    json: JsonOption = False,
) -> None:
    """Say that two things differ, so that they are not proposed again.

    Example:

        gemba identity apart 'component:brake pad' 'component:brake band'
    """
    from api.identity import forget_apart, tell_apart

    if forget:
        forget_apart(plant, _actor(plant), one, other)
    else:
        tell_apart(plant, _actor(plant), one, other, reason)
    if json:
        write_json({"one": one, "other": other, "apart": not forget})
    elif forget:
        write(f"{one} and {other} may be proposed again.")
    else:
        back = shlex.join(["gemba", "identity", "apart", "--forget", one, other])
        write(f"{one} and {other} are two things; `{back}` takes it back.")


@app.command("list")
@with_plant
def list_(plant: Plant, *, json: JsonOption = False) -> None:
    """List the merges in force, and what was told apart.

    Example:

        gemba identity list
    """
    from api.identity import told_apart

    merges = plant.store.merges()
    others = [value for _, value in told_apart(plant)]
    if json:
        write_json({"merges": merges, "apart": others})
        return
    if merges:
        write_table(
            ["This", "Is read as", "By", "Because"],
            [(m.dropped, m.kept, m.by, m.reason) for m in merges],
        )
    if others:
        write_table(
            ["This", "Is not", "By", "Because"],
            [(a["one"], a["other"], a["by"], a["reason"]) for a in others],
        )
    if not merges and not others:
        write("Nothing is merged, and nothing was told apart.")


def _actor(plant: Plant) -> Actor:
    return Actor(plant.settings.actor, "cli")
