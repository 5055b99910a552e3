"""What somebody may have meant: for the errors of ids that are not there."""

from __future__ import annotations

from collections.abc import Iterable

from kg.model.keys import identity_of
from kg.model.text import query_tokens
from kg.store.protocol import Store

_COUNT = 5


def nearest_texts(text: str, candidates: Iterable[str], count: int = _COUNT) -> list[str]:
    """The candidates most like `text`, best first; none where nothing is alike."""
    from rapidfuzz import fuzz, process

    found = process.extract(
        text.casefold(),
        {c: c.casefold() for c in candidates},
        scorer=fuzz.WRatio,
        limit=count,
        score_cutoff=60,
    )
    return [key for _, _, key in found]


def nearest_nodes(store: Store, text: str, count: int = _COUNT) -> list[str]:
    """Keys of nodes whose key begins like `text` or whose names share a word with it."""
    asked = text.strip()
    identity = identity_of(asked) or asked
    hits = store.search_text(query_tokens(identity), fuzzy=True, limit=50)
    candidates = {hit.node.key for hit in hits}
    kind = asked.partition(":")[0] if ":" in asked else ""
    if kind:
        stem = identity.upper()
        while stem and len(candidates) < count:
            page = store.find_nodes(key_prefix=f"{kind}:{stem}", limit=50)
            candidates.update(node.key for node in page.nodes)
            stem = stem[:-1] if len(stem) > 1 else ""
    return nearest_texts(asked, candidates, count)
