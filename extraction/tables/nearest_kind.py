"""The one sentence about a table that nothing fits: what it comes nearest to, and what it lacks."""

from __future__ import annotations

from collections.abc import Sequence

from extraction.tables.compiling import bind_mapping
from extraction.tables.headers import Binding
from extraction.tables.likeness import likeness
from extraction.tables.mapping import Mapping
from extraction.tables.needs import foreign_header, missing_needs

_SHOWN = 4  # columns, aliases


def tell_nearest(mappings: Sequence[Mapping], headers: Sequence[str]) -> str:
    """` It is nearest to …, but …`; empty where no mapping knows two of the headers."""
    best: tuple[float, Mapping, Binding] | None = None
    for mapping in mappings:
        binding = bind_mapping(mapping.spec, headers)
        found = len(binding.at) - 0.5 * len(binding.likely)
        gaps = len(binding.missing) + len(missing_needs(mapping.spec, binding))
        merit = found - 0.5 * gaps
        if len(binding.at) >= 2 and (best is None or merit > best[0]):
            best = (merit, mapping, binding)
    if best is None:
        return ""
    _, mapping, binding = best
    pairs = [f"{headers[i]} as {name}" for name, i in list(binding.at.items())[:_SHOWN]]
    known = f" It is nearest to {mapping.title} ({mapping.name}: {', '.join(pairs)}), but "
    lacking = [_wanted(mapping, name) for name in binding.missing]
    lacking = lacking or [_wanted(mapping, name) for name in missing_needs(mapping.spec, binding)]
    if lacking:
        return known + f"it has no column for {' and for '.join(lacking)}."
    foreign = foreign_header(mapping.spec, headers, binding)
    if foreign is not None:
        return known + f"{foreign} tells a table of another kind."
    if likeness(mapping, headers):
        return known + f"only {len(binding.at)} of its {len(headers)} columns are known."
    return ""


def _wanted(mapping: Mapping, entry: str) -> str:
    """`asset (asset, machine, 设备编号)`: a column with some of the headers that it may have."""
    entry = " or ".join(entry.split(" or ")[:3])
    name = entry.split(" or ")[0]
    aliases = mapping.spec.columns[name].header[:3] if name in mapping.spec.columns else []
    return f"{entry} ({', '.join(aliases)}, …)" if aliases else entry
