"""What a table must have to be of a kind at all, beyond columns that each must be there."""

from __future__ import annotations

from collections.abc import Sequence

from extraction.tables.header_words import header_words
from extraction.tables.headers import Binding
from extraction.tables.specification import MappingSpec


def says_enough(spec: MappingSpec, headers: Sequence[str], binding: Binding) -> bool:
    """Whether one of the sets of columns that the mapping needs is there, and nothing foreign."""
    return not missing_needs(spec, binding) and foreign_header(spec, headers, binding) is None


def missing_needs(spec: MappingSpec, binding: Binding) -> tuple[str, ...]:
    """What is missing from the set of needed columns that lacks least; empty where none lacks."""
    lacking = [
        tuple(
            " or ".join(entry.split("|"))
            for entry in entries
            if not any(name in binding.at for name in entry.split("|"))
        )
        for entries in spec.needs
    ]
    return min(lacking, key=len, default=())


def foreign_header(spec: MappingSpec, headers: Sequence[str], binding: Binding) -> str | None:
    """A header that no column took and that tells another kind of table."""
    if spec.unlike is None or any(name in binding.at for name in spec.unlike.unless):
        return None
    foreign = {header_words(word) for word in spec.unlike.header}
    taken = set(binding.at.values())
    return next(
        (h for i, h in enumerate(headers) if h and i not in taken and header_words(h) in foreign),
        None,
    )
