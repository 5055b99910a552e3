"""Headers that no alias spells, but that say the same: other word order, a prefix, two languages.

What is spelt as an alias has been taken before this is asked; what could be two things is left and
told, so that a guess never takes a column from a sure one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache

from rapidfuzz.distance import JaroWinkler

from extraction.tables.header_spelling import normal_header
from extraction.tables.header_vocabulary import ID, TURNING, WHEN
from extraction.tables.header_words import (
    header_words,
    holds_literally,
    is_slip,
    names_a_day,
    parts_of,
)

_NEAR = 0.88  # of two spellings, to be worth naming
_SHARED = 0.5  # of two sets of words, to be worth naming
_LEAST_PREFIXED = 3  # headers that make a common first word a prefix


def find_likely(
    headers: Sequence[str],
    free: Sequence[int],
    wanted: Mapping[str, Sequence[str]],
    types: Mapping[str, str | None],
) -> tuple[dict[str, int], dict[str, tuple[str, ...]]]:
    """Which of the `free` headers is probably which of the `wanted` columns, and what is unsure.

    `types` are those that columns have. The second answer gives for a header the columns between
    which nothing decides (or the one column that another header means as much).
    """
    at: dict[str, int] = {}
    unsure: dict[str, tuple[str, ...]] = {}
    if not free or not wanted:
        return at, unsure
    prefix = common_prefix(headers)
    texts = {index: variants(headers[index], prefix) for index in free}
    for rank_in in (_spelt, _worded, _cored, _mistyped, _held):
        rivals: dict[str, list[tuple[int, int]]] = {}
        for index in free:
            if index in at.values() or headers[index] in unsure:
                continue
            found = {
                column: rank
                for column, aliases in wanted.items()
                if column not in at
                and (rank := rank_in(texts[index], tuple(aliases), types.get(column))) is not None
            }
            if len(found) > 1 and not _shared_alias(found, wanted):
                literal = {
                    column: rank
                    for column, rank in found.items()
                    if any(holds_literally(headers[index], alias) for alias in wanted[column])
                }
                found = literal if len(literal) == 1 else found
            if len(found) > 1 and not _shared_alias(found, wanted):
                unsure[headers[index]] = tuple(found)
                continue
            for column in sorted(found, key=lambda c: found[c])[:1]:
                rivals.setdefault(column, []).append((found[column], index))
        for column, ranked in rivals.items():
            best = min(ranked)
            if sum(rank == best[0] for rank, _ in ranked) == 1:
                at[column] = best[1]
                continue
            for rank, index in ranked:
                if rank == best[0]:
                    unsure[headers[index]] = (column,)
    return at, unsure


def common_prefix(headers: Sequence[str]) -> str:
    """The word that a system put in front of most headers: `wo_` of `wo_number`, `wo_text`."""
    starts = Counter(
        header[: at + 1] for header in headers if 0 < (at := _first_mark(header)) < len(header) - 1
    )
    if not starts:
        return ""
    prefix, count = starts.most_common(1)[0]
    filled = sum(1 for header in headers if header)
    return prefix if count >= max(_LEAST_PREFIXED, 0.6 * filled) else ""


def nearest_column(header: str, wanted: Mapping[str, Sequence[str]]) -> str | None:
    """The alias of a wanted column that a header comes near to; None where none is near."""
    words, spelling = header_words(header), normal_header(header)
    best: tuple[float, str] | None = None
    for aliases in wanted.values():
        for alias in aliases:
            there = header_words(alias)
            share = len(words & there) / len(words | there) if words and there else 0.0
            alike = JaroWinkler.normalized_similarity(spelling, normal_header(alias))
            merit = max(share if share >= _SHARED else 0.0, alike if alike >= _NEAR else 0.0)
            if merit and (best is None or merit > best[0]):
                best = (merit, alias)
    return best[1] if best is not None else None


def _first_mark(header: str) -> int:
    return min((at for mark in "_." if (at := header.find(mark)) > 0), default=-1)


def variants(header: str, prefix: str) -> tuple[str, ...]:
    """A header, without the prefix of its table, and its parts: each may say what it means."""
    bare = header[len(prefix) :] if prefix and header.startswith(prefix) else ""
    return tuple(dict.fromkeys(t for t in (header, bare, *parts_of(header)) if t))


def _spelt(texts: Sequence[str], aliases: tuple[str, ...], kind: str | None) -> int | None:
    """The rank of the alias that a part of the header spells."""
    del kind
    ranks = _ranks(aliases, normal_header)
    return min(
        (r for text in texts[1:] if (r := ranks.get(normal_header(text))) is not None), default=None
    )


def _worded(texts: Sequence[str], aliases: tuple[str, ...], kind: str | None) -> int | None:
    """The rank of the alias that has the same words."""
    ranks = _ranks(aliases, header_words)
    return min(
        (
            r
            for text in texts
            if (r := ranks.get(header_words(text))) is not None
            and (kind == "date" or not names_a_day(text))
        ),
        default=None,
    )


def _cored(texts: Sequence[str], aliases: tuple[str, ...], kind: str | None) -> int | None:
    """The same, where one of them does not say that a date is a date, or a code a code."""
    core = _CORES.get(kind or "")
    if core is None:
        return None
    ranks = _ranks(aliases, core)
    return min(
        (
            r
            for text in texts
            if (r := ranks.get(said := core(text))) is not None
            # One bare word is a date only as a deed that was done: `Installed`, not `Repair`.
            and (
                len(said) > 1
                or header_words(text) != said
                or (kind == "date" and bool(text.casefold().endswith("ed") or said & _DEEDS))
            )
        ),
        default=None,
    )


def _mistyped(texts: Sequence[str], aliases: tuple[str, ...], kind: str | None) -> int | None:
    """The rank of the alias that the header is but for a slip or two."""
    del kind
    spelling = normal_header(texts[0])
    ranks = _ranks(aliases, normal_header)
    return min(
        (rank for alias, rank in ranks.items() if is_slip(spelling, str(alias))), default=None
    )


def _held(texts: Sequence[str], aliases: tuple[str, ...], kind: str | None) -> int | None:
    """The rank of the alias whose words, two or more, are all in the header, which says more."""
    ranks = _ranks(aliases, header_words)
    found = [
        rank
        for text in texts
        for there, rank in ranks.items()
        if isinstance(there, frozenset)
        and len(there - {ID, WHEN}) >= 2
        and there < (words := header_words(text))
        and len(words - there) <= 2
        and not (words - there) & TURNING
        and (kind == "date" or not names_a_day(text))
        and (kind == "date" or WHEN not in words - there)
        and (kind == "code" or ID not in words - there)
    ]
    return min(found, default=None)


def _date_core(header: str) -> frozenset[str]:
    return header_words(header) - {WHEN}


def _code_core(header: str) -> frozenset[str]:
    return header_words(header) - {ID}


_CORES: dict[str, Callable[[str], frozenset[str]]] = {"date": _date_core, "code": _code_core}
_DEEDS = frozenset({"start", "end"})


@lru_cache(maxsize=2_000)
def _ranks(aliases: tuple[str, ...], form: Callable[[str], object]) -> dict[object, int]:
    ranks: dict[object, int] = {}
    for rank, alias in enumerate(aliases):
        said = form(alias)
        if said:
            ranks.setdefault(said, rank)
    return ranks


def _shared_alias(found: Iterable[str], wanted: Mapping[str, Sequence[str]]) -> bool:
    """Whether all found columns ask for one alias: the better rank decides, as it was meant to."""
    asked = [{normal_header(alias) for alias in wanted[column]} for column in found]
    return bool(asked) and bool(set.intersection(*asked))
