"""What is told about the headers of a table: those that were guessed, unsure or not used."""

from __future__ import annotations

from collections.abc import Sequence

from extraction.tables.headers import Binding
from extraction.tables.likely_headers import nearest_column
from extraction.tables.sources.protocol import Problem
from extraction.tables.specification import MappingSpec

_NAMED = 8  # columns that one sentence names


def tell_headers(
    spec: MappingSpec, headers: Sequence[str], binding: Binding, sample: Sequence[Sequence[str]]
) -> list[Problem]:
    """Findings about headers; none about columns that are empty or only count rows."""
    problems: list[Problem] = []
    if binding.likely:
        pairs = [f"{headers[index]} as {column}" for column, index in binding.likely.items()]
        problems.append(
            Problem(
                "likely-columns",
                f"Read by what their headers probably mean: {_list(pairs)}. Where that is wrong,"
                " name the column in a mapping of your own (`gemba mappings draft FILE`).",
            )
        )
    if binding.unsure:
        pairs = [
            f"{header} ({' or '.join(columns)}{'?' if len(columns) > 1 else ', as another column'})"
            for header, columns in binding.unsure.items()
        ]
        problems.append(
            Problem(
                "unsure-columns",
                f"Not read, because nothing decides what they are: {_list(pairs)}. Rename them, or"
                " name them in a mapping.",
            )
        )
    unused = _unused(headers, binding, sample)
    if unused:
        open_columns = {
            name: column.header or [name]
            for name, column in spec.columns.items()
            if column.value is None and name not in binding.at
        }
        told = []
        for header in unused[:_NAMED]:
            near = nearest_column(header, open_columns)
            told.append(f"{header} (near {near})" if near else header)
        told += unused[_NAMED:]
        problems.append(
            Problem(
                "unused-columns",
                f"Nothing is drawn from {_list(told)}; the rows keep what stands there as"
                " evidence. `gemba mappings draft FILE` writes a mapping in which a use for them"
                " can be named.",
            )
        )
    return problems


def _unused(headers: Sequence[str], binding: Binding, sample: Sequence[Sequence[str]]) -> list[str]:
    told: list[str] = []
    used = set(binding.at.values())
    for at, header in enumerate(headers):
        if at in used or not header or header in binding.unsure:
            continue
        cells = [row[at].strip() for row in sample if at < len(row)]
        filled = [cell for cell in cells if cell]
        counts = [str(number) for number in range(1, len(cells) + 1)]
        if filled and cells != counts:
            told.append(header)
    return told


def _list(items: Sequence[str]) -> str:
    more = f" and {len(items) - _NAMED} more" if len(items) > _NAMED else ""
    return ", ".join(items[:_NAMED]) + more
