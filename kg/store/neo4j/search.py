"""Full-text search over names, codes and searchable properties.

The index holds the tokens of `kg.model.text` and splits at spaces only, so that both stores find
codes and two-character words alike.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from kg.model.text import has_han
from kg.store.neo4j.connection import Transaction
from kg.store.neo4j.layout import DETAILS, NAMES, TEXT_INDEX
from kg.store.neo4j.names import any_of
from kg.store.neo4j.reading import NODE, to_node
from kg.store.protocol import TextHit

_FUZZY_FROM = 4  # characters
_FUZZY_TWICE_FROM = 8
_SPECIAL = re.compile(r"[^\w]")
_SOME_AT_LEAST, _SOME_TIMES = 200, 4  # hits that are asked of the index first
_MAX_TOKENS = 256  # the server allows 1,024 clauses; each token makes up to four
_WEIGHTS = {NAMES: 3, DETAILS: 1}  # what is called so goes before what tells of it
_AS_WRITTEN = 4  # a word itself counts more than its neighbours, however rare those are


def search_text(
    tx: Transaction,
    tokens: Sequence[str],
    classes: Collection[str] | None,
    fuzzy: bool,
    limit: int,
) -> list[TextHit]:
    """Nodes whose indexed text holds any token, best first."""
    words = [token for token in dict.fromkeys(tokens) if token.strip()][:_MAX_TOKENS]
    if not words or limit <= 0 or (classes is not None and not classes):
        return []
    where = "" if classes is None else f" WHERE n:{any_of(sorted(classes))}"
    query = " ".join(clause for word in words for clause in _clauses(word, fuzzy))
    # The index gives its best at once; to put all hits of a common word in order, each is read.
    some = max(_SOME_AT_LEAST, _SOME_TIMES * limit)
    best = f"{where} WITH n, score ORDER BY score DESC, n.key LIMIT $limit"
    found, least, rows = tx.rows(
        f"CALL db.index.fulltext.queryNodes('{TEXT_INDEX}', $query, {{limit: $some}})"
        " YIELD node, score WITH collect([node, score]) AS hits, min(score) AS least"
        " CALL (hits) { UNWIND hits AS hit"
        f" WITH hit[0] AS n, hit[1] AS score{best} RETURN collect([{NODE}, score]) AS best }}"
        " RETURN [size(hits), least, best]",
        query=query,
        some=some,
        limit=limit,
    )
    if found == some and not (len(rows) == limit and rows[-1][1] > least):
        rows = tx.rows(
            f"CALL db.index.fulltext.queryNodes('{TEXT_INDEX}', $query) YIELD node AS n, score"
            f" WITH n, score{best} RETURN collect([{NODE}, score])",
            query=query,
            limit=limit,
        )
    return [TextHit(to_node(stored), score) for stored, score in rows]


def allowed_edits(token: str) -> int:
    """How many letters a word may differ from a token of a fuzzy query."""
    if len(token) < _FUZZY_FROM or has_han(token):
        return 0
    return 1 if len(token) < _FUZZY_TWICE_FROM else 2


def _clauses(word: str, fuzzy: bool) -> list[str]:
    escaped = _SPECIAL.sub(lambda match: "\\" + match.group(), word)
    edits = allowed_edits(word) if fuzzy else 0
    clauses = []
    for name, weight in _WEIGHTS.items():
        clauses.append(f"{name}:{escaped}^{weight * (_AS_WRITTEN if edits else 1)}")
        if edits:
            clauses.append(f"{name}:{escaped}~{edits}^{weight}")
    return clauses
