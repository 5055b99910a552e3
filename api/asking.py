"""What answers need from a plant besides the graph: keys of what was named, and its clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from api.lookup import node_called
from api.settings import Settings
from api.wiring import Plant
from kg.model.graph import NOW, View


def keys_of(plant: Plant, texts: Sequence[str], view: View = NOW) -> list[str]:
    """The keys of things called by keys, codes or names. Raises NotFound with the nearest."""
    known = plant.store.get_nodes(texts, view) if texts else {}
    return [t if t in known else node_called(plant.store, t, view).key for t in texts]


def hours_of_zone(settings: Settings) -> float:
    """The offset of the plant's clock from UTC, as it is in this season."""
    offset = datetime.now(UTC).astimezone(settings.zone).utcoffset()
    return 0.0 if offset is None else offset.total_seconds() / 3600
