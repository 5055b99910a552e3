"""The mappings that there are: the plant's own, and those that ship with Gemba."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from api.nearest import nearest_texts
from api.settings import Settings
from extraction.tables import load_mapping, shipped_mappings
from kg.model import BadMapping

if TYPE_CHECKING:
    from extraction.tables import Mapping


def known_mappings(settings: Settings) -> list[Mapping]:
    """All mappings by name: the plant's own, then the shipped ones that none of them replaces.

    Raises BadMapping where one of the plant's own is wrong.
    """
    found: dict[str, Mapping] = {}
    for folder in settings.mappings:
        for path in sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")]):
            status = path.stat()
            mapping = _own_mapping(path, status.st_mtime_ns, status.st_size)
            found.setdefault(mapping.name, mapping)
    for mapping in shipped_mappings():
        found.setdefault(mapping.name, mapping)
    return sorted(found.values(), key=lambda m: m.name)


@lru_cache(maxsize=256)
def _own_mapping(path: Path, modified_ns: int, size: int) -> Mapping:
    """A plant's own mapping, read anew when its file has changed."""
    return load_mapping(path)


def find_mapping(settings: Settings, name_or_path: str, *, files: bool = True) -> Mapping:
    """The mapping of that name, or (with `files`) in that file.

    Raises BadMapping with the nearest names.
    """
    if files and Path(name_or_path).suffix.casefold() in {".yaml", ".yml"}:
        return load_mapping(name_or_path)
    mappings = {m.name: m for m in known_mappings(settings)}
    if name_or_path in mappings:
        return mappings[name_or_path]
    nearest = nearest_texts(name_or_path, mappings) or list(mappings)
    raise BadMapping(
        f"There is no mapping {name_or_path!r}; there is {', '.join(nearest)}. A file of your own "
        "ends in .yaml.",
        ids=[name_or_path],
    )
