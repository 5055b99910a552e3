"""What records say for and against each cause: how many at which level, which ones, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kg.diagnosis import wording
from kg.diagnosis.graph import Graph
from kg.diagnosis.indirect import Indirect
from kg.diagnosis.observing import Observation
from kg.diagnosis.reading import Reading
from kg.diagnosis.records import LEVELS, Counted, RecordReader
from kg.diagnosis.results import CauseKind, LevelCount, ObservedSign, RecordSupport
from kg.diagnosis.scope import Scope
from kg.model.graph import Node
from kg.narration import Named, Phrase, join, name_in

_CASES = 3
_EXAMPLES = 5


class Support:
    """What the records of an asset, its peers and everything else say about causes."""

    def __init__(
        self,
        graph: Graph,
        scope: Scope,
        reader: RecordReader,
        observations: Sequence[Observation],
        readings: Sequence[Reading],
    ) -> None:
        self.signs = [_sign(o) for o in observations]
        self.indirect = Indirect(readings, reader, scope)
        self._graph = graph
        self._scope = scope
        self._reader = reader
        self._readings = readings

    def records_of(self, key: str) -> list[tuple[str, str]]:
        """(level, record) pairs that name the cause, nearest and latest first."""
        seen: dict[str, tuple[int, int, str]] = {}
        for reading in self._readings:
            for index, level in enumerate(LEVELS):
                counted = reading.records.levels.get(level)
                for record in counted.by.get(key, ()) if counted is not None else ():
                    known = seen.get(record, (index, 0, level))
                    seen[record] = (min(index, known[0]), known[1] + 1,
                                    LEVELS[min(index, known[0])])  # fmt: skip
        return [
            (seen[record][2], record)
            for record in sorted(
                seen,
                key=lambda r: (seen[r][0], -seen[r][1], -(self._reader.times.get(r) or 0), r),
            )
        ]

    def cases(self, key: str, matching: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
        """The records to be told: near ones, else those of its components, else any."""
        near = [(level, record) for level, record in matching if self.indirect.is_near(record)]
        return [*(near or self.indirect.records(key) or matching)][:_CASES]

    def by_level(
        self, key: str, kind: CauseKind, asset: Named, classes: Sequence[Named]
    ) -> tuple[RecordSupport, ...]:
        found: list[RecordSupport] = []
        for reading in self._readings:
            for level in LEVELS:
                counted = reading.records.levels.get(level)
                if counted is None or not counted.records:
                    continue
                matching, against = counted.by.get(key, set()), counted.against.get(key, set())
                if not matching and not against and level not in ("asset", "class"):
                    continue
                place = self._where(level, asset, classes)
                found.append(
                    RecordSupport(
                        observation=reading.observation.text,
                        level=level,
                        matching=len(matching),
                        total=len(counted.records),
                        against=len(against),
                        sentence=wording.support(
                            kind, self._sign_words(reading, level), place,
                            matching=len(matching), total=len(counted.records),
                            against=len(against),
                        ),
                        examples=tuple(
                            sorted(
                                matching, key=lambda r: (-(self._reader.times.get(r) or 0), r)
                            )[:_EXAMPLES]
                        ),
                    )
                )  # fmt: skip
        return tuple(found)

    def through(
        self, cause: str, nodes: Mapping[str, Node], asset: Named, classes: Sequence[Named]
    ) -> Phrase | None:
        found = self.indirect.counted(cause)
        if found is None:
            return None
        component, reading, level, counted = found
        return wording.through(
            name_in(self._graph.schema, nodes, component).label,
            self._sign_words(reading, level),
            self._where(level, asset, classes),
            matching=len(counted.by[component]),
            total=len(counted.records),
        )

    def counts(self, asset: Named, classes: Sequence[Named]) -> tuple[LevelCount, ...]:
        found: list[LevelCount] = []
        sizes = {"asset": len(self._scope.assets), "class": len(self._scope.peers)}
        for reading in self._readings:
            for level in LEVELS:
                counted: Counted | None = reading.records.levels.get(level)
                if counted is None or not counted.records:
                    continue
                place = self._where(level, asset, classes)
                explained = round(counted.explained, 3)
                found.append(
                    LevelCount(
                        reading.observation.text, level, sizes.get(level, 0), len(counted.records),
                        explained,
                        wording.counted(
                            self._sign_words(reading, level), place, len(counted.records), explained
                        ),
                    )
                )  # fmt: skip
        return tuple(found)

    def _sign_words(self, reading: Reading, level: str) -> Phrase:
        """What the records of a level observed, with the components that were named beside it."""
        if level == "related":
            nodes = self._graph.nodes(reading.pointed)
            return join(
                [name_in(self._graph.schema, nodes, k).label for k in sorted(reading.pointed)],
                " / ", " / ",
            )  # fmt: skip
        words = wording.sign_words(_sign(reading.observation))
        if not reading.records.is_narrowed:
            return words
        named = join([wording.sign_words(s) for s in self.signs if s.is_component], ", ", "、")
        return Phrase(f"{words.en} ({named.en})", f"{words.zh}（{named.zh}）")

    def _where(self, level: str, asset: Named, classes: Sequence[Named]) -> Phrase:
        is_class = self._graph.is_a(asset.key, "AssetClass")
        return wording.where(level, asset, classes, len(self._scope.peers), is_class=is_class)


def _sign(observation: Observation) -> ObservedSign:
    return ObservedSign(
        text=observation.text,
        signs=observation.named,
        is_component=observation.is_component,
        similar_records=len(observation.records),
        suggestions=observation.suggestions,
    )
