"""Full-text search over names, codes and searchable properties."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence

from rapidfuzz.distance import OSA

from kg.model.text import has_han
from kg.store.protocol import TextHit
from kg.store.sqlite.reading import NODE_COLUMNS, to_node
from kg.store.sqlite.transaction import Snapshot

_FUZZY_FROM = 4  # letters or digits
_FUZZY_TWICE_FROM = 8


def search_text(
    snapshot: Snapshot,
    tokens: Sequence[str],
    *,
    classes: Collection[str] | None,
    fuzzy: bool,
    limit: int,
) -> list[TextHit]:
    """Nodes whose indexed text holds any token, best first."""
    words = list(dict.fromkeys(tokens))
    if fuzzy:
        words.extend(sorted(_similar(snapshot.connection, words)))
    if not words:
        return []
    where, values = "", [" OR ".join('"' + word.replace('"', '""') + '"' for word in words)]
    if classes is not None:
        below = {name for cls in classes for name in snapshot.schema.descendants(cls)}
        numbers = snapshot.terms.find(snapshot.connection, sorted(below))
        where = f" AND n.cls IN ({', '.join(map(str, numbers))})"
    rows = snapshot.connection.execute(
        f"SELECT {NODE_COLUMNS}, -bm25(node_text) AS score FROM node_text"
        " JOIN nodes n ON n.id = node_text.rowid"
        f" WHERE node_text MATCH ?{where} ORDER BY score DESC, n.key LIMIT ?",
        (*values, limit),
    )
    return [TextHit(to_node(snapshot, row[:5]), row[5]) for row in rows.fetchall()]


def allowed_edits(token: str) -> int:
    """How many letters a word may differ from a token of a fuzzy query."""
    if len(token) < _FUZZY_FROM or has_han(token):
        return 0
    return 1 if len(token) < _FUZZY_TWICE_FROM else 2


def _similar(connection: sqlite3.Connection, tokens: Sequence[str]) -> set[str]:
    found: set[str] = set()
    loose = [(token, edits) for token in tokens if (edits := allowed_edits(token))]
    if not loose:
        return found
    for (word,) in connection.execute("SELECT term FROM node_words"):
        for token, edits in loose:
            if OSA.distance(token, word, score_cutoff=edits) <= edits:
                found.add(word)
    return found - set(tokens)
