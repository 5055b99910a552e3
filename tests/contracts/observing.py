"""Everything that can be asked of a store, as plain values that compare."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from kg.model import EVERY_STATUS, Batch, Evidence, Sighting, View
from kg.store import Store
from tests.oracle import evidence_order, sighting_order

RECORD_KINDS = ("rejection", "note")
EVERYTHING = View(statuses=EVERY_STATUS)


def all_nodes(store: Store, view: View) -> dict[str, Any]:
    """Every node by key, paged through."""
    found: dict[str, Any] = {}
    after: str | None = None
    while True:
        page = store.find_nodes(after=after, limit=7, view=view)
        found.update((node.key, node) for node in page.nodes)
        if page.next_after is None:
            return found
        after = page.next_after


def graph(store: Store, view: View = EVERYTHING) -> dict[str, Any]:
    """Nodes and statements of a view with all that supports them."""
    nodes = all_nodes(store, view)
    statements = store.expand(nodes, view=view)
    return {
        "nodes": nodes,
        "statements": statements,
        "incoming": store.expand(nodes, direction="in", view=view),
        "evidence": {
            key: comparable_evidence(evidence)
            for key, evidence in store.evidence_of([s.key for s in statements], view=view).items()
        },
        "sightings": {
            key: comparable_sightings(sightings)
            for key, sightings in store.sightings_of(list(nodes), view).items()
        },
    }


def comparable_evidence(evidence: Sequence[Evidence]) -> Any:
    """Evidence in its order as far as the protocol says it, and all of it in a fixed order."""
    return [evidence_order(e) for e in evidence], sorted(map(repr, map(_plain, evidence)))


def comparable_sightings(sightings: Sequence[Sighting]) -> Any:
    """The same for claims about nodes."""
    return (
        [sighting_order(s) for s in sightings],
        sorted(
            repr((s.node, s.cls, s.name, sorted(s.props.items()), _plain(s.evidence)))
            for s in sightings
        ),
    )


def _plain(e: Evidence) -> tuple[Any, ...]:
    return (
        *(getattr(e, name) for name in Evidence.__slots__ if name != "props"),
        sorted(e.props.items()),
    )


def dumped(store: Store) -> list[Any]:
    """Every version with what it said, whatever the batches."""
    found = []
    for dump in store.dump():
        passages: set[Any] = set()
        claims: list[str] = []
        for batch in dump.batches:
            passages |= set(batch.passages)
            claims += _claims(batch)
        found.append((dump.version, passages, sorted(claims)))
    return found


def _claims(batch: Batch) -> list[str]:
    return [
        repr(
            (
                type(claim).__name__,
                batch.passages[claim.passage].key,
                *claim._replace(passage=0, props=None, confidence=float(claim.confidence)),
                sorted((claim.props or {}).items()),
            )
        )
        for claim in (*batch.nodes, *batch.claims)
    ]


def observe(
    store: Store, *, as_of: Collection[int] = (), tokens: Collection[str] = ()
) -> dict[str, Any]:
    """The whole observable state: now and at instants of the past."""
    return {
        "now": graph(store),
        "then": {at: graph(store, View(as_of=at, statuses=EVERY_STATUS)) for at in as_of},
        "count": store.count(),
        "versions": store.versions(),
        "decisions": store.decisions(),
        "merges": store.merges(),
        "records": {kind: store.get_records(kind) for kind in RECORD_KINDS},
        "search": {token: searched(store, [token]) for token in tokens},
        "dump": dumped(store),
    }


def searched(
    store: Store,
    tokens: Sequence[str],
    *,
    fuzzy: bool = False,
    classes: Collection[str] | None = None,
) -> dict[str, Any]:
    """The nodes that a search finds. Their scores are each store's own."""
    hits = store.search_text(tokens, fuzzy=fuzzy, classes=classes, limit=10_000)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    return {hit.node.key: hit.node for hit in hits}


def difference(real: Any, naive: Any, where: str = "") -> str:
    """The first place at which two answers differ, for the message of a failing comparison."""
    if isinstance(real, dict) and isinstance(naive, dict):
        for key in [*naive, *real]:
            if key not in real or key not in naive:
                return f"{where}/{key} is only in the {'real' if key in real else 'naive'} store"
            if real[key] != naive[key]:
                return difference(real[key], naive[key], f"{where}/{key}")
    if isinstance(real, (list, tuple)) and isinstance(naive, (list, tuple)):
        for i, (a, b) in enumerate(zip(real, naive, strict=False)):
            if a != b:
                return difference(a, b, f"{where}/{i}")
    return f"{where}: the real store says {real!r}, the naive one {naive!r}"
