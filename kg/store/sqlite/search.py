"""Full-text search.

A word of the query stands for itself and, in a fuzzy search, for the words similar to it. Few
matches are all scored; of many, those that have all words, those that are called so, those that
have the rarest words and the latest ones are. The score is BM25 over both fields, a word in a
name counting for three.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from math import log

from kg.store.protocol import TextHit
from kg.store.sqlite.indexing import class_word
from kg.store.sqlite.reading import NODE_COLUMNS, to_node
from kg.store.sqlite.transaction import Snapshot
from kg.store.sqlite.vocabulary import Vocabulary

_POOL = 600  # matches that are scored, at least
_NAME_WEIGHT = 3.0
_EDIT_WEIGHT = (1.0, 0.6, 0.4)  # by the number of edits
_SATURATION, _LENGTH_SHARE, _USUAL_LENGTH = 1.2, 0.5, 12.0
_FIELDS = "{names details} : "


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A word of the query: the words that it stands for with their weight, and its matches."""

    forms: dict[str, float]
    matches: int

    @property
    def expression(self) -> str:
        return "(" + " OR ".join(map(_quoted, self.forms)) + ")"


def search_text(
    snapshot: Snapshot,
    vocabulary: Vocabulary,
    tokens: Sequence[str],
    *,
    classes: Collection[str] | None,
    fuzzy: bool,
    limit: int,
) -> list[TextHit]:
    """Nodes whose indexed text holds any token, best first."""
    search = _Search(snapshot, classes)
    wanted: list[_Wanted] = []
    for token in dict.fromkeys(tokens):
        forms = {token: _EDIT_WEIGHT[0]}
        if fuzzy:
            similar = vocabulary.similar(snapshot.connection, token)
            forms.update((word, _EDIT_WEIGHT[edits]) for word, edits in sorted(similar.items()))
        expression = " OR ".join(map(_quoted, forms))
        if matches := search.count(f"{_FIELDS}({expression})"):
            wanted.append(_Wanted(forms, matches))
    if not wanted or limit < 1:
        return []
    scores = _scores(snapshot, search.candidates(wanted, max(_POOL, 4 * limit)), wanted)
    best = sorted(scores.items(), key=lambda item: (-item[1], item[0]))[: 2 * limit + 20]
    # Of equal scores the keys decide, so all that are as good as the last answer are read.
    enough = best[min(limit, len(best)) - 1][1] if best else 0.0
    best = [one for one in best if one[1] >= enough]
    nodes = {
        row[0]: to_node(snapshot, row[1:])
        for row in snapshot.rows(
            f"SELECT n.id, {NODE_COLUMNS} FROM nodes n WHERE n.id IN {{ids}}",
            [number for number, _ in best],
        )
    }
    hits = [TextHit(nodes[number], score) for number, score in best]
    return sorted(hits, key=lambda hit: (-hit.score, hit.node.key))[:limit]


class _Search:
    """Queries of the index within the classes asked for."""

    def __init__(self, snapshot: Snapshot, classes: Collection[str] | None) -> None:
        self._snapshot = snapshot
        self._within = ""
        if classes is not None:
            below = {name for cls in classes for name in snapshot.schema.descendants(cls)}
            numbers = snapshot.terms.find(snapshot.connection, sorted(below))
            words = [class_word(number) for number in numbers] or ["none"]
            self._within = f"cls : ({' OR '.join(words)}) AND "

    def count(self, expression: str) -> int:
        """How many nodes match."""
        row = self._snapshot.connection.execute(
            "SELECT count(*) FROM node_text WHERE node_text MATCH ?",
            (f"{self._within}({expression})",),
        ).fetchone()
        return int(row[0])

    def latest(self, expression: str, limit: int) -> set[int]:
        """The nodes made last that match."""
        rows = self._snapshot.connection.execute(
            "SELECT rowid FROM node_text WHERE node_text MATCH ? ORDER BY rowid DESC LIMIT ?",
            (f"{self._within}({expression})", limit),
        )
        return {row[0] for row in rows}

    def candidates(self, wanted: Sequence[_Wanted], pool: int) -> set[int]:
        """Nodes that match any of the words: all where they are few, else the promising ones."""
        any_of = " OR ".join(word.expression for word in wanted)
        if sum(word.matches for word in wanted) <= pool:
            return self.latest(_FIELDS + f"({any_of})", pool)
        found = self.latest(f"names : ({any_of})", pool)
        if len(wanted) > 1:
            all_of = " AND ".join(_FIELDS + word.expression for word in wanted)
            found |= self.latest(all_of, pool)
        left = pool
        for word in sorted(wanted, key=lambda word: word.matches):
            if left > 0 or len(found) < pool:
                found |= self.latest(_FIELDS + word.expression, max(left, pool - len(found)))
                left -= word.matches
        return found


def _scores(
    snapshot: Snapshot, candidates: Iterable[int], wanted: Sequence[_Wanted]
) -> dict[int, float]:
    total = snapshot.connection.execute("SELECT count(*) FROM node_text_docsize").fetchone()[0]
    rarity = [log(1 + (total - w.matches + 0.5) / (w.matches + 0.5)) for w in wanted]
    stands_for: dict[str, list[tuple[int, float]]] = {}
    for index, word in enumerate(wanted):
        for form, weight in word.forms.items():
            stands_for.setdefault(form, []).append((index, weight))
    every_form = stands_for.keys()
    scores: dict[int, float] = {}
    for number, names, details in snapshot.rows(
        "SELECT rowid, names, details FROM node_text WHERE rowid IN {ids}", sorted(candidates)
    ):
        in_names, in_details = names.split(), details.split()
        # A text has few of the words asked for: only these are counted.
        here: dict[int, float] = {}
        for form in every_form & {*in_names, *in_details}:
            count = in_details.count(form) + _NAME_WEIGHT * in_names.count(form)
            for index, weight in stands_for[form]:
                here[index] = max(here.get(index, 0.0), weight * count)
        length = (len(in_names) + len(in_details)) / _USUAL_LENGTH
        norm = _SATURATION * (1 - _LENGTH_SHARE + _LENGTH_SHARE * length)
        scores[number] = sum(
            rarity[index] * here[index] / (here[index] + norm) for index in sorted(here)
        )
    return scores


def _quoted(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'
