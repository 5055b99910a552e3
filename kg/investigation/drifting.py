"""Drifts of what was measured on suspect assets, as events near production."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from kg.diagnosis.graph import Graph
from kg.investigation.closeness import hull
from kg.model.instants import Instant
from kg.narration import Span
from kg.traceability import Exposure
from kg.traceability.drifts import Drifted, Read, ReadingsOf, Series, judge

MOST_THINGS = 60  # assets, parts and the like whose readings are looked at
MOST_READ = 150_000
_APART, _LONGEST = 3 * 86_400_000, 28 * 86_400_000  # between operations of one time, and of it
_MOST_TIMES = 6  # at which items passed an asset
_LEAST_BASELINE = 14 * 86_400_000
_EVIDENCE = 4
# What a drift weighs as an event, see `suspecting`: less than what people found, as much as an
# alarm; more where limits were passed.
DRIFT, BEYOND_LIMITS = 0.5, 0.7

Windowed = tuple[Series, tuple[Instant, Instant]]


@dataclass(slots=True)
class Looked:
    """How much was looked at, for the notes."""

    tested: int = 0
    too_few: int = 0
    skipped: int = 0  # assets whose readings were too many in all
    share: float = 1.0  # of the time read, where readings were dense


@dataclass(frozen=True, slots=True)
class DriftEvent:
    """A drift as an event on a thing."""

    key: str  # no node: tells it from other events
    drifted: Drifted
    span: Span

    @property
    def severity(self) -> float:
        """What it weighs."""
        return BEYOND_LIMITS if self.drifted.beyond else DRIFT

    @property
    def witnesses(self) -> list[str]:
        """Measurements that show it: the last before it, its first, furthest and last."""
        d = self.drifted
        values = d.series.values
        away = max(range(d.first, d.end), key=lambda i: (abs(values[i] - d.before), -i))
        at = [d.first - 1, d.first, away, d.end - 1]
        return list(dict.fromkeys(d.series.keys[i] for i in at if i >= 0))[:_EVIDENCE]


@dataclass(slots=True)
class Drifting:
    """Looks at the readings of many things around the times at which bad items were made."""

    graph: Graph
    before: Instant
    after: Instant = 0
    with_inspections: bool = True
    looked: Looked = field(default_factory=Looked)
    _read: dict[tuple[str, Instant, Instant, bool], Read] = field(default_factory=dict)
    _series: dict[tuple[str, str, str, str, Instant], Windowed] = field(default_factory=dict)
    _readings: int = 0

    def look(self, asset: str, things: Collection[str], exposures: Sequence[Exposure]) -> None:
        """Read what was measured on `things` around the operations on `asset`.

        Operations of one time are looked at together; a long series would hide what lasted a day.
        """
        for since, until in _times_of(exposures):
            self.look_at(
                things, since - self.before, until + self.after + 1, (since, until),
                with_operations=(asset,),
            )  # fmt: skip

    def look_at(
        self, things: Collection[str], since: Instant, until: Instant,
        focus: tuple[Instant, Instant], *, with_operations: Collection[str],
    ) -> None:  # fmt: skip
        """Read what was measured on `things` in a window, and before it to compare with.

        Of `with_operations` also what their operations measured. `focus` is the time that is asked
        about.
        """
        baseline = max(2 * self.before, _LEAST_BASELINE)
        for thing in sorted(things):
            read = self._read_once(thing, since - baseline, until, thing in with_operations)
            for series in read.series:
                key = series.thing, series.parameter, series.source, series.unit, since
                known = self._series.get(key)
                meant = focus
                if known is not None:
                    meant = min(focus[0], known[1][0]), max(focus[1], known[1][1])
                if known is None or len(series.values) >= len(known[0].values):
                    self._series[key] = series, meant

    def judge(self) -> dict[str, list[DriftEvent]]:
        """The drifts by the thing they are of, given how many series were looked at."""
        judged = judge([self._series[key] for key in sorted(self._series)])
        self.looked.tested, self.looked.too_few = judged.tested, judged.too_few
        found: dict[str, list[DriftEvent]] = {}
        for d in sorted(judged.drifts, key=lambda d: (d.q is None, d.q or 0.0)):
            s = d.series
            span = Span(int(s.times[d.first]), int(s.times[d.end - 1]))
            of = f"drift:{s.thing}|{s.parameter}|{s.source}|{s.unit}|"
            known = found.setdefault(s.thing, [])
            # Windows of several suspects overlap: one drift seen through two of them is one.
            if not any(e.key.startswith(of) and _overlap(e.span, span) for e in known):
                known.append(DriftEvent(f"{of}{span.start}", d, span))
        return found

    def _read_once(self, thing: str, since: Instant, until: Instant, operations: bool) -> Read:
        key = thing, since, until, operations
        if key not in self._read:
            is_full = len({k[0] for k in self._read}) >= MOST_THINGS or self._readings > MOST_READ
            if is_full:
                self.looked.skipped += 1
                self._read[key] = Read((), 1.0)
            else:
                reader = ReadingsOf(self.graph.store, self.graph.schema, self.graph.view)
                read = reader.read(
                    thing, since, until, with_operations=operations,
                    with_inspections=self.with_inspections,
                )  # fmt: skip
                self._read[key] = read
                self._readings += sum(len(s.values) for s in read.series)
                self.looked.share = min(self.looked.share, read.share)
        return self._read[key]


def _times_of(exposures: Sequence[Exposure]) -> list[tuple[Instant, Instant]]:
    """From when to when operations followed each other; of many such times those of most items."""
    spans = sorted(
        (hull([e.span]), e.item) for e in exposures if e.span.is_known and hull([e.span])
    )  # fmt: skip
    times: list[tuple[Instant, Instant, set[str]]] = []
    for span, item in spans:
        assert span is not None
        if (
            times
            and span[0] - times[-1][1] <= _APART
            and max(span[1], times[-1][1]) - times[-1][0] <= _LONGEST
        ):
            first, last, items = times[-1]
            items.add(item)
            times[-1] = first, max(last, span[1]), items
        else:
            times.append((span[0], span[1], {item}))
    times.sort(key=lambda t: (-len(t[2]), t[0]))
    return [(first, last) for first, last, _ in times[:_MOST_TIMES]]


def _overlap(one: Span, other: Span) -> bool:
    """Whether two spans with known ends share any time."""
    return (one.start or 0) <= (other.end or 0) and (other.start or 0) <= (one.end or 0)
