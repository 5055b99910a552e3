"""Which column of a file is meant by which column of a mapping."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from rapidfuzz import process
from rapidfuzz.distance import JaroWinkler

from extraction.tables.header_spelling import normal_header, without_brackets
from extraction.tables.likely_headers import find_likely


@dataclass(frozen=True, slots=True)
class Binding:
    """Where each column of a mapping stands in one table."""

    at: Mapping[str, int]  # column id to index of the cell
    missing: tuple[str, ...]  # required columns that the table does not have
    unused: tuple[str, ...]  # headers that no column asked for
    exact: int  # columns that were found as their first alias
    likely: Mapping[str, int] = field(default_factory=dict)  # of `at`, what is only alike
    unsure: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # headers, what each may be


def bind_headers(
    headers: Sequence[str],
    wanted: Mapping[str, Sequence[str]],
    required: Iterable[str] = (),
    *,
    alike: bool = False,
    types: Mapping[str, str | None] | None = None,
) -> Binding:
    """Find for each wanted column (its aliases, best first) the header that it means.

    A header is used once: it goes to the column that calls it by the better alias, then to the
    column that stands first. Headers without their brackets are tried when nothing else fits, and
    after that, where `alike`, headers that say the same in other words or with a slip of the pen;
    `types` are those of columns, as far as they have one.
    """
    at: dict[str, int] = {}
    taken: set[int] = set()
    exact = 0
    for form in (normal_header, _bare_header):
        index_of: dict[str, int] = {}
        for index, header in enumerate(headers):
            if index not in taken and header:
                index_of.setdefault(form(header), index)
        for rank in range(max((len(aliases) for aliases in wanted.values()), default=0)):
            for column, aliases in wanted.items():
                if column in at or rank >= len(aliases):
                    continue
                found = index_of.get(normal_header(aliases[rank]))
                if found is None or found in taken:
                    continue
                at[column] = found
                taken.add(found)
                exact += rank == 0
    likely: dict[str, int] = {}
    unsure: dict[str, tuple[str, ...]] = {}
    if alike:
        free = [i for i, header in enumerate(headers) if header and i not in taken]
        open_columns = {c: aliases for c, aliases in wanted.items() if c not in at}
        likely, unsure = find_likely(headers, free, open_columns, types or {})
        at |= likely
        taken |= set(likely.values())
    missing = tuple(c for c in required if c not in at)
    unused = tuple(h for i, h in enumerate(headers) if i not in taken and h)
    return Binding(at, missing, unused, exact, likely, unsure)


def _bare_header(header: str) -> str:
    return normal_header(without_brackets(header))


def name_nearest(word: str, known: Iterable[str], limit: int = 3) -> list[str]:
    """Up to `limit` of `known` that resemble `word`, most alike first."""
    by_form: dict[str, str] = {}
    for name in known:
        by_form.setdefault(name.casefold(), name)
    hits = process.extract(
        word.casefold(),
        list(by_form),
        scorer=JaroWinkler.normalized_similarity,
        limit=limit,
        score_cutoff=0.72,
    )
    return [by_form[form] for form, _, _ in hits]


def suggest_nearest(word: str, known: Iterable[str]) -> str:
    """` Did you mean 'x' or 'y'?`, or an empty text where nothing is near."""
    nearest = name_nearest(word, known)
    return f" Did you mean {' or '.join(repr(n) for n in nearest)}?" if nearest else ""
