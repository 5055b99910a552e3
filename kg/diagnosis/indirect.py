"""How records speak for a cause that none of them names: by the component that it affects."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from kg.diagnosis.reading import Reading
from kg.diagnosis.records import Counted, Level, RecordReader
from kg.diagnosis.scope import Scope

NEAR: tuple[Level, ...] = ("asset", "class")


class Indirect:
    """Records of the asset and its peers, seen through the components that they involve."""

    def __init__(self, readings: Sequence[Reading], reader: RecordReader, scope: Scope) -> None:
        self._readings = readings
        self._reader = reader
        self._near = frozenset((scope.root.key, *scope.assets, *scope.peers))
        self.components = cache(self._components)

    def is_near(self, record: str) -> bool:
        """Whether a record is about the asset or one of its class: advice from others misleads."""
        return not self._near.isdisjoint(self._reader.places.get(record, ()))

    def _components(self, cause: str) -> tuple[str, ...]:
        """The components through which near records speak for a cause, the most frequent first."""
        counts: dict[str, float] = {}
        for reading in self._readings:
            for component, causes in reading.through.items():
                if cause in causes:
                    counts[component] = counts.get(component, 0.0) + sum(
                        reading.records.levels[level].weights.get(component, 0.0)
                        for level in NEAR
                        if level in reading.records.levels
                    )
        return tuple(sorted((c for c in counts if counts[c] > 0), key=lambda c: (-counts[c], c)))

    def records(self, cause: str) -> list[tuple[Level, str]]:
        """(level, record) pairs of its components, of the most frequent one first, latest first."""
        found: dict[str, Level] = {}
        for component in self.components(cause):
            for level in NEAR:
                for reading in self._readings:
                    counted = reading.records.levels.get(level)
                    of_component = counted.by.get(component, set()) if counted else set()
                    for record in sorted(
                        of_component, key=lambda r: (-(self._reader.times.get(r) or 0), r)
                    ):
                        found.setdefault(record, level)
        return [(level, record) for record, level in found.items()]

    def counted(self, cause: str) -> tuple[str, Reading, Level, Counted] | None:
        """The most frequent component with the nearest records that involve it."""
        for component in self.components(cause)[:1]:
            for reading in self._readings:
                for level in NEAR:
                    counted = reading.records.levels.get(level)
                    if counted is not None and counted.by.get(component):
                        return component, reading, level, counted
        return None
