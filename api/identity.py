"""Which names mean the same thing: proposing, merging, telling apart, and taking merges back."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from api.audit import Actor, audited
from api.wiring import Plant
from kg.model.errors import BadInput, Conflict, NotFound
from kg.model.graph import Merge, Node
from kg.model.instants import now, to_text
from kg.model.keys import kind_of
from kg.model.phrase import Phrase
from kg.narration import name_in
from kg.resolution.identity import Forms, Proposal, Thresholds, named_things, propose
from kg.search import nearest
from ontology.schema import Schema

APART = "told-apart"  # kind of the records that say that two things differ
AUTOMATIC = "identity@1"
_TAKEN_BACK = Phrase("the merge was taken back", "合并已撤回")


def find_proposals(plant: Plant, classes: Collection[str] | None = None) -> list[Proposal]:
    """Pairs of names that may mean the same thing, the likeliest first.

    Leaves out what is merged already, and what people told apart. Raises NotFound for a class.
    """
    from api.lookup import known_class

    for cls in classes or ():
        known_class(plant.schema, cls)
    return propose(
        list(named_things(plant.store, classes)),
        Forms(plant.aliases),
        class_thresholds(plant.schema),
        apart=[frozenset(pair) for pair, _ in told_apart(plant)],
        together=[(merge.kept, merge.dropped) for merge in plant.store.merges()],
    )


def merge_sure(plant: Plant, actor: Actor, proposals: Collection[Proposal]) -> list[Merge]:
    """Merge those proposals that need no asking; returns what was merged."""
    sure = [proposal for proposal in proposals if proposal.is_sure]
    at = now()
    merges = [
        Merge(p.kept, p.dropped, f"{AUTOMATIC} for {actor.name}", at, _told(plant, p.reasons))
        for p in sure
    ]
    if merges:
        subject = f"{len(merges)} names"
        with audited(
            plant.store, actor, "identity.merge", subject, dropped=[m.dropped for m in merges]
        ):
            plant.store.merge(merges)
    return merges


def merge(plant: Plant, actor: Actor, kept: str, dropped: str, reason: str = "") -> Merge:
    """Read everything said of `dropped` as said of `kept`.

    Raises NotFound, and Conflict for things with codes, of different kinds, or for two concepts.
    """
    _check_reason(reason)
    nodes = _both(plant, kept, dropped)
    schema = plant.schema
    for key, node in nodes.items():
        term = schema.classes.get(node.cls)
        if term is not None and term.identified_by != "name":
            raise Conflict(
                f"{key} has a code; equal codes are the same thing and differing codes never are. "
                "Correct the code where it was written wrongly.",
                ids=[key],
            )
    if kind_of(kept) != kind_of(dropped):
        raise Conflict(
            f"{kept} and {dropped} differ in kind; only things of one kind can be the same.",
            ids=[kept, dropped],
        )
    if kept == dropped:
        raise Conflict(f"{kept} is that thing already.", ids=[kept])
    if dropped in schema.concepts:
        raise Conflict(
            f"{dropped} ships with the ontology and stays; merge the other one into it.",
            ids=[dropped],
        )
    made = Merge(kept, dropped, actor.name, now(), reason.strip())
    with audited(plant.store, actor, "identity.merge", dropped, kept=kept, reason=made.reason):
        plant.store.merge([made])
    plant.store.drop_records(APART, keys=[_pair_key(kept, dropped)])
    return made


def unmerge(plant: Plant, actor: Actor, dropped: str, reason: str = "") -> Merge:
    """Take a merge back, and remember that the two differ. Raises NotFound."""
    _check_reason(reason)
    found = next((m for m in plant.store.merges() if m.dropped == dropped), None)
    if found is None:
        merged = [m.dropped for m in plant.store.merges()]
        raise NotFound(f"{dropped} is not merged into another.", ids=[dropped], nearest=merged[:5])
    with audited(plant.store, actor, "identity.unmerge", dropped, kept=found.kept, reason=reason):
        plant.store.unmerge(dropped)
    _remember_apart(plant, actor, found.kept, dropped, reason or _told(plant, [_TAKEN_BACK]))
    return found


def tell_apart(plant: Plant, actor: Actor, one: str, other: str, reason: str = "") -> None:
    """Remember that two things differ, so that they are not proposed again."""
    _check_reason(reason)
    _both(plant, one, other)
    if any({m.kept, m.dropped} == {one, other} for m in plant.store.merges()):
        raise Conflict(f"{one} and {other} are merged; take the merge back.", ids=[one, other])
    with audited(plant.store, actor, "identity.apart", _pair_key(one, other), reason=reason):
        _remember_apart(plant, actor, one, other, reason)


def told_apart(plant: Plant) -> Iterator[tuple[tuple[str, str], Mapping[str, Any]]]:
    """Pairs that people told apart, with who, when and why."""
    for value in plant.store.get_records(APART).values():
        yield (value["one"], value["other"]), value


def forget_apart(plant: Plant, actor: Actor, one: str, other: str) -> None:
    """Let two things be proposed again. Raises NotFound where they were not told apart."""
    key = _pair_key(one, other)
    if not plant.store.drop_records(APART, keys=[key]):
        raise NotFound(f"{one} and {other} were not told apart.", ids=[one, other])
    with audited(plant.store, actor, "identity.forget-apart", key):
        pass


@lru_cache(maxsize=8)
def _thresholds_table() -> Mapping[str, Thresholds]:
    text = (files("data") / "identity" / "thresholds.csv").read_text("utf-8")
    table = {}
    for number, row in enumerate(csv.DictReader(io.StringIO(text)), start=2):
        try:
            table[row["class"]] = Thresholds(float(row["propose"]), float(row["merge"]))
        except (KeyError, TypeError, ValueError) as error:
            raise BadInput(
                f"data/identity/thresholds.csv, row {number}: expected class, propose and merge."
            ) from error
    return table


def class_thresholds(schema: Schema) -> dict[str, Thresholds]:
    """The thresholds of every class: its own, else those of the nearest class above it."""
    table = _thresholds_table()
    found = {}
    for name, term in schema.classes.items():
        own = [cls for cls in (name, *term.ancestors) if cls in table]
        if own:
            found[name] = table[own[0]]
    return found


def labels_of(plant: Plant, keys: Iterable[str]) -> dict[str, Phrase]:
    """What things are called, by key; those that were merged into others, too."""
    wanted = sorted(set(keys))
    merged = {made.dropped for made in plant.store.merges()}
    nodes = plant.store.get_nodes([key for key in wanted if key not in merged])
    return {key: name_in(plant.schema, nodes, key).label for key in wanted}


def _told(plant: Plant, reasons: Iterable[Phrase]) -> str:
    """Reasons as they are kept: in the language that the plant speaks."""
    if plant.settings.language == "zh":
        return "；".join(reason.zh for reason in reasons)
    return "; ".join(reason.en for reason in reasons)


def _both(plant: Plant, one: str, other: str) -> dict[str, Node]:
    nodes = plant.store.get_nodes([one, other])
    for key in (one, other):
        if key not in nodes:
            raise NotFound(
                f"There is nothing with the key {key!r}.",
                ids=[key],
                nearest=nearest(plant.store, key),
            )
    return nodes


def _remember_apart(plant: Plant, actor: Actor, one: str, other: str, reason: str) -> None:
    first, second = sorted((one, other))
    plant.store.put_records(
        APART,
        {
            _pair_key(one, other): {
                "one": first,
                "other": second,
                "by": actor.name,
                "at": to_text(now()),
                "reason": reason.strip(),
            }
        },
    )


def _pair_key(one: str, other: str) -> str:
    return "~".join(sorted((one, other)))


def _check_reason(reason: str) -> None:
    if len(reason) > 2_000:
        raise BadInput("Keep the reason under 2,000 characters.")
