"""The things of a store that are known by name only, with all their names."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from kg.model.keys import identity_of
from kg.resolution.identity.candidates import Named
from kg.store.protocol import Store

_PAGE = 1_000


def named_things(store: Store, classes: Collection[str] | None = None) -> Iterator[Named]:
    """All name-identified things of `classes` (default: every class that is known by name)."""
    schema = store.schema
    wanted = [
        term.name
        for term in schema.classes.values()
        if term.identified_by == "name"
        and (not classes or any(schema.is_a(term.name, cls) for cls in classes))
    ]
    after: str | None = None
    while wanted:
        page = store.find_nodes(wanted, after=after, limit=_PAGE)
        spoken = _mentions(store, [node.key for node in page.nodes])
        for node in page.nodes:
            names = dict.fromkeys(
                name for name in (node.name, *node.aliases, identity_of(node.key)) if name
            )
            is_concept = node.key in schema.concepts
            if is_concept:
                names.pop(identity_of(node.key), None)  # a local name such as HydraulicPump
            if names:
                yield Named(node.key, node.cls, tuple(names), is_concept, spoken.get(node.key, 0))
        after = page.next_after
        if after is None:
            return


def _mentions(store: Store, keys: list[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for statement in store.expand(keys, direction="both", limit_per_node=50):
        for key in (statement.subject, statement.object):
            counts[key] = counts.get(key, 0) + statement.evidence_count
    return counts
