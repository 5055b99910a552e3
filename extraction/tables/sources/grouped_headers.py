"""Headers over two rows: a group's name above the columns of the group."""

from __future__ import annotations

from collections.abc import Callable, Sequence

HeaderScore = Callable[[Sequence[str]], float]
_BETTER = 1.02  # how much better two rows must say it than one


def join_header_rows(rows: Sequence[Sequence[str]]) -> list[str]:
    """One header from several rows: a group's name goes on to the right until the next one."""
    if len(rows) == 1:
        return list(rows[0])
    width = max((len(row) for row in rows), default=0)
    joined = [""] * width
    for depth, row in enumerate(rows):
        group = ""
        for index in range(width):
            cell = row[index].strip() if index < len(row) else ""
            if depth < len(rows) - 1:
                group = cell or group
                cell = group
            if cell and cell not in joined[index].split(" / "):
                joined[index] = f"{joined[index]} / {cell}" if joined[index] else cell
    return joined


def read_header(
    rows: Sequence[tuple[int, Sequence[str]]], chosen: int, score: HeaderScore
) -> tuple[int, list[str]] | None:
    """The number of the last of two header rows, and what they say; None for a header of one row.

    Row `chosen` is one of the two.

    Two rows are taken where `score` likes them joined better than the one alone, and the upper
    one groups: it leaves cells empty, or repeats them where they were merged.
    """
    at = next((i for i, (number, _) in enumerate(rows) if number == chosen), None)
    if at is None:
        return None
    least = score(rows[at][1]) * _BETTER
    best: tuple[int, list[str]] | None = None
    for first in (at - 1, at):
        if first < 0 or first + 1 >= len(rows):
            continue
        (upper_number, upper), (number, lower) = rows[first : first + 2]
        if number != upper_number + 1 or not _groups(upper, lower):
            continue
        joined = _join_where_better(upper, lower, score)
        merit = score(joined)
        if merit > least:
            least, best = merit, (number, joined)
    return best


def _join_where_better(upper: Sequence[str], lower: Sequence[str], score: HeaderScore) -> list[str]:
    """The lower row, with the group's name in front where a column is not known without it."""
    joined = join_header_rows([upper, lower])
    said = [
        low.strip() or both
        for low, both in zip([*lower, *[""] * len(joined)], joined, strict=False)
    ]
    merit = score(said)
    for index, both in enumerate(joined):
        tried = [*said[:index], both, *said[index + 1 :]]
        better = score(tried)
        if better > merit or (better == merit and said.count(said[index]) > 1):
            said, merit = tried, better
    return said


def _groups(upper: Sequence[str], lower: Sequence[str]) -> bool:
    above = [cell.strip() for cell in upper]
    below = [cell.strip() for cell in lower]
    if any(_is_number(cell) for cell in (*above, *below)):
        return False
    filled = [cell for cell in above if cell]
    gaps = sum(1 for a, b in zip(above, below, strict=False) if b and not a)
    return len(filled) >= 2 and (gaps > 0 or len(set(filled)) < len(filled))


def _is_number(cell: str) -> bool:
    bare = cell.replace(".", "").replace(",", "").replace("-", "").replace(":", "")
    return bare.isdigit()
