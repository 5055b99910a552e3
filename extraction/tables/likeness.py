"""How much a row of cells looks like the header that a mapping wants.

A file is asked this for its first rows, by every delimiter and for every mapping, so the words of
all mappings stand in one index: a row costs one look-up per cell, however many mappings there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from extraction.tables.compiling import bind_mapping
from extraction.tables.header_spelling import normal_header, without_brackets
from extraction.tables.header_words import header_words
from extraction.tables.likely_headers import common_prefix, variants
from extraction.tables.mapping import Mapping
from extraction.tables.needs import says_enough

_LONGEST_HEADER = 200  # characters
_DOUBT = 0.25  # how much less a column counts whose header is only alike
_REMEMBERED = 512  # headers of tables; files of one kind have the same


def header_score(mapping: Mapping, cells: Sequence[str]) -> float:
    """How much `cells` look like the header that `mapping` wants: 0 to 1, 0 for not.

    An estimate by single words, quick enough to be asked for every row.
    """
    return _candidates((mapping,)).scores(cells).get(0, 0.0)


def best_header_score(mappings: Sequence[Mapping], cells: Sequence[str]) -> float:
    """The best `header_score` of any of `mappings`."""
    return max(_candidates(tuple(mappings)).scores(cells).values(), default=0.0)


def rank_mappings(
    mappings: Sequence[Mapping], headers: Sequence[str]
) -> list[tuple[float, Mapping]]:
    """The mappings that fit a table with `headers` at all, each with its `likeness`, best first."""
    ranked = _candidates(tuple(mappings)).rank(tuple(headers))
    return [(score, mappings[number]) for number, score in ranked]


def likeness(mapping: Mapping, headers: Sequence[str]) -> float:
    """How well `mapping` fits a table with `headers`: 0 (a required column is missing) to 1."""
    binding = bind_mapping(mapping.spec, headers)
    wanted = sum(1 for column in mapping.spec.columns.values() if column.value is None)
    found = len(binding.at)
    if binding.missing or not found or found < min(2, wanted):
        return 0.0
    if not says_enough(mapping.spec, headers, binding):
        return 0.0
    worth = found - _DOUBT * len(binding.likely)
    return (2 * worth / len(headers) + worth / wanted) / 3


class _Candidates:
    """Mappings to choose from, with their words in one index."""

    def __init__(self, mappings: tuple[Mapping, ...]) -> None:
        self._mappings = mappings
        self._columns: dict[str, tuple[tuple[int, str], ...]] = {}  # by form of an alias
        self._worded: dict[frozenset[str], tuple[tuple[int, str], ...]] = {}  # by its words
        self._required: list[frozenset[str]] = []
        self._wanted: list[int] = []
        self._ranked: dict[tuple[str, ...], list[tuple[int, float]]] = {}
        for number, mapping in enumerate(mappings):
            given = {n: c for n, c in mapping.spec.columns.items() if c.value is None}
            for name, column in given.items():
                for alias in column.header or [name]:
                    form = normal_header(alias)
                    self._columns[form] = (*self._columns.get(form, ()), (number, name))
                    words = header_words(alias)
                    if words:
                        known = self._worded.get(words, ())
                        self._worded[words] = (*known, (number, name))
            self._required.append(frozenset(n for n, c in given.items() if c.required))
            self._wanted.append(len(given))

    def scores(self, cells: Sequence[str]) -> dict[int, float]:
        """The `header_score` of each mapping, by its number, where it is not 0."""
        found: dict[int, set[str]] = {}
        known = self._columns
        prefix = common_prefix(cells)
        for cell in cells:
            if not cell or len(cell) >= _LONGEST_HEADER:
                continue
            for text in variants(cell, prefix):
                for number, name in self._worded.get(header_words(text), ()):
                    found.setdefault(number, set()).add(name)
            form = normal_header(cell)
            meant = known.get(form, ())
            for number, name in meant:
                found.setdefault(number, set()).add(name)
            bare = normal_header(without_brackets(cell))
            if bare != form and bare in known:
                # What is in the brackets counts for those mappings that do not ask for it.
                asked = {number for number, _ in meant}
                for number, name in known[bare]:
                    if number not in asked:
                        found.setdefault(number, set()).add(name)
        return {
            number: score
            for number, names in found.items()
            if (score := self._score(number, names, cells))
        }

    def _score(self, number: int, found: set[str], cells: Sequence[str]) -> float:
        wanted = self._wanted[number]
        # One word in common is chance, where there could be more.
        if len(found) < min(2, wanted):
            return 0.0
        share = min(len(found), sum(1 for cell in cells if cell)) / wanted
        return share if self._required[number] <= found else share / 10

    def rank(self, headers: tuple[str, ...]) -> list[tuple[int, float]]:
        """The numbers of the mappings with their likeness, best first; see `rank_mappings`."""
        ranked = self._ranked.get(headers)
        if ranked is None:
            # What has no score finds too few of its columns to be like anything; but a score is
            # blind to very long headers.
            every = any(len(header) >= _LONGEST_HEADER for header in headers)
            numbers = range(len(self._mappings)) if every else self.scores(headers)
            likely = [(n, likeness(self._mappings[n], headers)) for n in numbers]
            ranked = sorted(
                (pair for pair in likely if pair[1] > 0),
                key=lambda pair: (-pair[1], self._mappings[pair[0]].name),
            )
            if len(self._ranked) >= _REMEMBERED:
                self._ranked.clear()
            self._ranked[headers] = ranked
        return ranked


@lru_cache(maxsize=64)
def _candidates(mappings: tuple[Mapping, ...]) -> _Candidates:
    return _Candidates(mappings)
