"""Cells that hold two values, and values that stand in two cells.

`E-101 Cooling pump` is the code and the name of one thing; a day in one column and a time of day in
the next are one moment. Both are told from a sample of the rows, never from a single cell.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass

from extraction.tables.header_vocabulary import WHEN
from extraction.tables.header_words import all_words
from extraction.tables.moments import is_date_like
from extraction.tables.sources.protocol import Problem
from extraction.tables.specification import MappingSpec

Adjust = Callable[[str, Sequence[str | None]], str]

_SHARE = 0.8  # of the filled cells that must be of the form
_CODE = r"(?=[^\s]*\d)(?:(?=[^\s]*[A-Za-z])[A-Za-z0-9][\w./-]{1,23}|\d{4,18})"
_NAME = r"(?P<name>(?=.*[^\W\d_]{2})[^\W_].*)"
_CODE_FIRST = re.compile(rf"(?P<code>{_CODE})(?:\s*[:|–—]\s*|\s+[-/]?\s*){_NAME}", re.DOTALL)
_CODE_LAST = re.compile(
    rf"(?P<name>[^\W\d_][^()\[\]（）]*?)\s*(?:[(\[（]\s*(?P<inner>{_CODE})\s*[)\]）]"
    r"|\s[-/]?\s*(?P<code>(?=[^\s]*\d)[A-Z]{1,6}[-_./]?\d[\w./-]{0,20}))"
)
_CLOCK = re.compile(r"[0-2]?\d:[0-5]\d(?::[0-5]\d(?:\.\d+)?)?")
_MIDNIGHT = re.compile(r"[T ]00:00(?::00)?(?:\.0+)?$")


@dataclass(frozen=True, slots=True)
class Joint:
    """Where the value of a column stands, and what of the row it is."""

    cell: int
    adjust: Adjust


def find_joints(
    spec: MappingSpec,
    at: Mapping[str, int],
    types: Mapping[str, str],
    headers: Sequence[str],
    sample: Sequence[Sequence[str]],
) -> tuple[dict[str, Joint], list[Problem]]:
    """The columns whose cells hold two values, or whose values stand in two cells."""
    codes, told_codes = _find_codes(spec, at, headers, sample)
    dates = {name: index for name, index in at.items() if types.get(name) == "date"}
    clocks, told_clocks = _find_clocks(dates, set(at.values()), headers, sample)
    return codes | clocks, told_codes + told_clocks


def read_both(cell: str) -> tuple[str, str] | None:
    """The code and the name in one cell; None where it does not hold both."""
    match = _CODE_FIRST.fullmatch(cell.strip())
    if match is not None:
        return match["code"], match["name"].strip()
    match = _CODE_LAST.fullmatch(cell.strip())
    if match is not None:
        return match["inner"] or match["code"], match["name"].strip()
    return None


def _find_codes(
    spec: MappingSpec,
    at: Mapping[str, int],
    headers: Sequence[str],
    sample: Sequence[Sequence[str]],
) -> tuple[dict[str, Joint], list[Problem]]:
    joints: dict[str, Joint] = {}
    problems: list[Problem] = []
    for thing in spec.things.values():
        code = _given(spec, thing.code)
        if code is None or code not in at or code in joints or spec.columns[code].split:
            continue
        named = _all_given(spec, thing.name)
        if any(name in at for name in named) or (not named and thing.class_ != "Asset"):
            continue
        cells = _filled(sample, at[code])
        both = next((found for cell in cells if (found := read_both(cell))), None)
        if both is None or not _mostly(cells, lambda cell: read_both(cell) is not None):
            continue
        joints[code] = Joint(at[code], lambda raw, _: (read_both(raw) or (raw, ""))[0])
        if named:
            joints[named[0]] = Joint(at[code], lambda raw, _: (read_both(raw) or ("", ""))[1])
        problems.append(
            Problem(
                "code-and-name",
                f"{headers[at[code]]} holds a code and a name in one cell; the first is read as"
                f" {both[0]}, called {both[1]}.",
            )
        )
    return joints, problems


def _given(spec: MappingSpec, template: str | None) -> str | None:
    """The column with a header that a template such as `{tag}` comes to."""
    found = _all_given(spec, template)
    return found[0] if len(found) == 1 else None


def _all_given(spec: MappingSpec, template: str | None) -> list[str]:
    name = re.fullmatch(r"\{(\w+)\}", template or "")
    column = spec.columns.get(name[1]) if name else None
    if name is None or column is None:
        return []
    if column.header:
        return [name[1]]
    if column.extract or column.split:
        return []
    return [*_all_given(spec, column.value), *_all_given(spec, column.default)]


def _find_clocks(
    dates: Mapping[str, int],
    bound: Set[int],
    headers: Sequence[str],
    sample: Sequence[Sequence[str]],
) -> tuple[dict[str, Joint], list[Problem]]:
    """`dates`: where the columns of dates stand; `bound`: where any column does."""
    joints: dict[str, Joint] = {}
    clocks: list[int] = []
    days: list[int] = []
    for index, header in enumerate(headers):
        if index in bound - set(dates.values()) or not header:
            continue
        if index not in bound and WHEN not in all_words(header):
            continue
        cells = _filled(sample, index)
        if _mostly(cells, _is_clock):
            clocks.append(index)
        elif _mostly(cells, _is_day):
            days.append(index)
    if not days:
        return {}, []
    told: list[str] = []
    for name, index in dates.items():
        if index in clocks:
            # The day to the left of it, else the first one.
            day = max((d for d in days if d < index), default=days[0])
            joints[name] = Joint(index, _with_day(day))
            told.append(f"{headers[index]} with the day in {headers[day]}")
        elif index in days and index + 1 in clocks and index + 1 not in bound:
            joints[name] = Joint(index, _with_clock(index + 1))
            told.append(f"{headers[index]} with the time in {headers[index + 1]}")
    if not told:
        return {}, []
    return joints, [Problem("day-and-time", f"Read as one moment: {', '.join(told)}.")]


def _with_day(day: int) -> Adjust:
    def adjust(raw: str, cells: Sequence[str | None]) -> str:
        found = cells[day] if day < len(cells) else None
        return f"{_MIDNIGHT.sub('', found)} {raw}" if found and _is_clock(raw) else raw

    return adjust


def _with_clock(clock: int) -> Adjust:
    def adjust(raw: str, cells: Sequence[str | None]) -> str:
        found = cells[clock] if clock < len(cells) else None
        return f"{_MIDNIGHT.sub('', raw)} {found}" if found and _is_clock(found) else raw

    return adjust


def _is_clock(cell: str) -> bool:
    return bool(_CLOCK.fullmatch(cell.strip()))


def _is_day(cell: str) -> bool:
    bare = _MIDNIGHT.sub("", cell.strip())
    return ":" not in bare and (is_date_like(bare) or bool(re.fullmatch(r"(?:19|20)\d{6}", bare)))


def _filled(sample: Sequence[Sequence[str]], index: int) -> list[str]:
    return [row[index].strip() for row in sample if index < len(row) and row[index].strip()]


def _mostly(cells: Sequence[str], fits: Callable[[str], bool]) -> bool:
    return bool(cells) and sum(map(fits, cells)) >= _SHARE * len(cells)
