"""Files in a standard's own form are recognised by what they hold, whatever they are called."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from api.intake.opened import OpenSource

if TYPE_CHECKING:
    from api.intake.opened import TableOptions
    from api.intake.sources import Source
    from api.wiring import Plant

_FORMS = frozenset({".json", ".jsonld", ".jsonl", ".ndjson", ".xml", ".txt"})


def open_if_standard(plant: Plant, source: Source, options: TableOptions) -> OpenSource | None:
    """The source ready to be read where it is EPCIS, B2MML or Catena-X; else None.

    Raises UnreadableFile and BadInput where it is one of these but not valid.
    """
    name = PurePosixPath(source.shown).name
    if PurePosixPath(name).suffix.casefold() not in _FORMS or options.sheet is not None:
        return None
    from extraction.epcis import is_epcis, open_epcis

    if is_epcis(source.path):
        from api.intake.supply_chain import EVENTS

        reading = open_epcis(
            source.path, key=source.key, shown=source.shown, title=name, limits=options.limits
        )
        return OpenSource(source.shown, reading.document, EVENTS, reading)
    from extraction.exchange import open_exchange

    found = open_exchange(
        source.path,
        key=source.key,
        shown=source.shown,
        title=name,
        time_zone=options.time_zone or plant.settings.timezone,
        limits=options.limits,
    )
    return None if found is None else OpenSource(source.shown, found.document, found.form, found)
