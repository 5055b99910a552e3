"""What an 8D report says of containment: the sets that were frozen for these goods, or which to
freeze."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from kg.model.errors import GembaError
from kg.model.graph import View
from kg.model.instants import parse_instant
from kg.narration import Phrase, count_noun, join, name_in, space_scripts
from kg.store.protocol import Store
from kg.traceability.containment import (
    Containment,
    ContainmentQuery,
    compare_with_now,
    count_customers,
    count_places,
    find_members,
    list_containments,
    show_members,
)
from kg.traceability.locating import Place, Whereabouts, locate
from ontology.schema import Schema

_SETS = 3  # told in a report, the newest first
_ITEMS = 5_000  # that are looked for one by one
_PLACES: Mapping[Place, Phrase] = MappingProxyType(
    {
        "shipped": Phrase("shipped", "已发运"),
        "built_in": Phrase("built in", "已装入"),
        "scrapped": Phrase("scrapped", "已报废"),
        "in_process": Phrase("in process", "在制"),
        "in_stock": Phrase("in stock", "在库"),
        "unknown": Phrase("at a place not recorded", "位置未记录"),
    }
)


def containments_about(store: Store, keys: Sequence[str]) -> list[Containment]:
    """The frozen sets that hold any of `keys`, or were asked by any of them; the newest first."""
    wanted = set(keys)
    return [
        c for c in list_containments(store)
        if not (wanted.isdisjoint(c.members) and wanted.isdisjoint(c.query.seeds))
    ][:_SETS]  # fmt: skip


def tell_containment(
    store: Store, schema: Schema, containment: Containment, day: str, view: View
) -> Phrase:
    """How many things it holds, where they are, what is held, and what came to it since."""
    members = show_members(store, schema, containment, view=view)
    held = sum(m.is_held for m in members)
    where = _tell_places(count_places(members))
    en = (
        f"Containment {containment.id}, frozen {day} ({containment.reason}):"
        f" {count_noun(len(members), 'item')}, {where.en}; {held} on hold."
    )
    zh = (
        f"围堵集 {containment.id}，冻结于 {day}（{containment.reason}）：共 {len(members)} 项，"
        f"{where.zh}；已扣留 {held} 项。"
    )
    customers = list(count_customers(members).items())[:6]
    if customers:
        nodes = store.get_nodes([key for key, _ in customers], view)
        names = [(name_in(schema, nodes, key).label, n) for key, n in customers]
        en += f" At customers: {', '.join(f'{label.en} {n}' for label, n in names)}."
        zh += f"在客户处：{'、'.join(f'{label.zh} {n}' for label, n in names)}。"
    try:
        added = len(compare_with_now(store, schema, containment).added)
    except GembaError:  # what it was asked by is not in the graph any more
        added = 0
    if added:
        en += f" {count_noun(added, 'item')} came to it since and are not in it."
        zh += f"此后新增 {added} 项，尚未纳入。"
    return Phrase(en, space_scripts(zh))


def propose_containment(store: Store, schema: Schema, seeds: Sequence[str], view: View) -> Phrase:
    """That nothing is contained, what a set from `seeds` would hold now, and how to freeze it."""
    found = find_members(store, schema, ContainmentQuery(tuple(seeds)), view.as_of)
    places: dict[str, int] = {}
    if len(found) <= _ITEMS:
        at: Mapping[str, Whereabouts] = locate(store, schema, found, view=view)
        for whereabouts in at.values():
            places[whereabouts.place] = places.get(whereabouts.place, 0) + 1
    where = _tell_places(places)
    names = " ".join(key.partition(":")[2] for key in seeds[:3])
    rest = " …" if len(seeds) > 3 else ""
    told, told_zh = (f", {where.en}", f"，{where.zh}") if places else ("", "")
    return Phrase(
        f"Nothing is contained yet. Proposed: freeze the {count_noun(len(found), 'item')} that"
        f" these goods are or went into{told} (gemba contain start {names}{rest}), then hold them.",
        space_scripts(
            f"尚未围堵。建议：冻结这些产品及其去向共 {len(found)} 项{told_zh}"
            f"（gemba contain start {names}{rest}），然后扣留。"
        ),
    )


def frozen_on(containment: Containment) -> int:
    """The instant at which it was frozen."""
    return parse_instant(containment.created_at)


def _tell_places(counts: Mapping[str, int]) -> Phrase:
    listed = [
        Phrase(f"{counts[place]} {name.en}", f"{name.zh} {counts[place]} 项")
        for place, name in _PLACES.items()
        if counts.get(place)
    ]
    return join(listed, ", ", "、")
