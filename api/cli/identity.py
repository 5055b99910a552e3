"""`gemba identity`: which names mean the same thing."""

from __future__ import annotations

import shlex
from typing import Annotated

import typer

from api.audit import Actor
from api.cli.options import Limit
from api.cli.plant import JsonOption, with_plant
from api.cli.terminal import in_language, write, write_json, write_table
from api.cli.words import headings, sentence, word
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
    from api.identity import find_proposals, labels_of
    from api.identity import merge_sure as merge_them

    language = plant.settings.language
    found = find_proposals(plant, cls)
    merged = []
    if merge_sure:
        merged = merge_them(plant, _actor(plant), found)
        found = [proposal for proposal in found if not proposal.is_sure]
    if json:
        write_json({"merged": merged, "proposals": found[:limit], "total": len(found)})
        return
    for made in merged:
        parts = {"dropped": made.dropped, "kept": made.kept, "reason": made.reason}
        write(sentence("merged {dropped} into {kept}: {reason}", language, **parts))
    if not found:
        write(word("No names look as if they meant the same thing.", language))
        return
    labels = labels_of(plant, [key for p in found[:limit] for key in (p.kept, p.dropped)])
    write_table(
        headings(["Score", "This", "May be", "Because", "Keys"], language),
        [
            (
                f"{p.score:.2f}{' ' + word('sure', language) if p.is_sure else ''}",
                _named(p.names[1], in_language(labels[p.dropped], language)),
                _named(p.names[0], in_language(labels[p.kept], language)),
                "; ".join(in_language(reason, language) for reason in p.reasons),
                f"{p.kept} {p.dropped}",
            )
            for p in found[:limit]
        ],
    )
    if len(found) > limit:
        left = {"number": len(found) - limit, "total": len(found)}
        write(sentence("{number} more; say --limit {total}.", language, **left))


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
        parts = {
            "dropped": made.dropped,
            "kept": made.kept,
            "back": shlex.join(["gemba", "identity", "unmerge", made.dropped]),
        }
        told = "{dropped} is read as {kept}; `{back}` takes it back."
        write(sentence(told, plant.settings.language, **parts))


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
        parts = {"dropped": found.dropped, "kept": found.kept}
        told = "{dropped} and {kept} are two things again."
        write(sentence(told, plant.settings.language, **parts))


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
        told = "{one} and {other} may be proposed again."
        write(sentence(told, plant.settings.language, one=one, other=other))
    else:
        back = shlex.join(["gemba", "identity", "apart", "--forget", one, other])
        told = "{one} and {other} are two things; `{back}` takes it back."
        write(sentence(told, plant.settings.language, one=one, other=other, back=back))


@app.command("list")
@with_plant
def list_(plant: Plant, *, json: JsonOption = False) -> None:
    """List the merges in force, and what was told apart.

    Example:

        gemba identity list
    """
    from api.identity import labels_of, told_apart

    merges = plant.store.merges()
    others = [value for _, value in told_apart(plant)]
    if json:
        write_json({"merges": merges, "apart": others})
        return
    language = plant.settings.language
    pairs = [(m.dropped, m.kept) for m in merges] + [(a["one"], a["other"]) for a in others]
    labels = labels_of(plant, [key for pair in pairs for key in pair])

    def named(key: str) -> str:
        return _named(key, in_language(labels[key], language))

    if merges:
        write_table(
            headings(["This", "Is read as", "Said by", "Because"], language),
            [(named(m.dropped), named(m.kept), m.by, m.reason) for m in merges],
        )
    if others:
        write_table(
            headings(["This", "Is not", "Said by", "Because"], language),
            [(named(a["one"]), named(a["other"]), a["by"], a["reason"]) for a in others],
        )
    if not merges and not others:
        write(word("Nothing is merged, and nothing was told apart.", language))


def _named(text: str, label: str) -> str:
    """A key or name, and in brackets what the thing is called where that is not the same."""
    said = text.casefold().partition(":")[2] or text.casefold()
    return text if label.casefold() in {said, text.casefold()} else f"{text} ({label})"


def _actor(plant: Plant) -> Actor:
    return Actor(plant.settings.actor, "cli")
