"""Which machine runs an operation, who stands there and with which tool."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from api.sample.layout import Asset, Layout, Person
from api.sample.worktime import WORK_DAY, fit_into_day, shift_of

_BEFORE = 80  # shifts before the first day for which there is a roster
SWAPS = 0.15  # how often a person does not stand at the usual machine


class Guest(NamedTuple):
    """Somebody who works at one machine for a while, in the shifts of one crew.

    Shifts count from the first day; `until` is left out.
    """

    person: str
    station: int
    since: int
    until: int


class InUse(NamedTuple):
    """A tool that is at some machine on every one of these days; `until` is left out."""

    tool: str
    since: int
    until: int


class Preference(NamedTuple):
    """A machine that gets an extra share of the work between two working seconds."""

    station: int
    share: float
    since: int
    until: int


GUEST_ELSEWHERE = 0.25  # how often a guest helps out at the next machine


class Station:
    """One machine's calendar: one operation at a time, never while it stands still."""

    __slots__ = ("_ends", "_starts", "asset", "free")

    def __init__(self, asset: Asset, downtime: Sequence[tuple[int, int]]) -> None:
        self.asset = asset
        self.free = -(10**9)
        self._starts = [start for start, _ in downtime]
        self._ends = [end for _, end in downtime]

    def earliest(self, ready: int, duration: int) -> int:
        """When an operation of `duration` that could begin at `ready` can begin here."""
        start = max(ready, self.free)
        while True:
            start = fit_into_day(start, duration)
            i = bisect_right(self._starts, start + duration) - 1
            if i < 0 or self._ends[i] <= start:
                return start
            start = self._ends[i]


class Crew:
    """The machines, people and tools of one step."""

    def __init__(
        self,
        step: str,
        layout: Layout,
        downtimes: Mapping[str, Sequence[tuple[int, int]]],
        *,
        shifts: int,
        rng: np.random.Generator,
        guest: Guest | None = None,
        in_use: InUse | None = None,
        prefer: Preference | None = None,
    ) -> None:
        self.stations = [Station(a, downtimes.get(a.tag, ())) for a in layout.of_step(step)]
        self._rng = rng
        count = len(self.stations) or 2
        self._people = self._roster(layout.crews[step], count, shifts)
        if guest is not None:
            self._invite(guest, count)
        self._tools = self._tooling(step, layout, count, shifts)
        if in_use is not None:
            self._use(in_use, count)
        self._prefer = prefer
        self._usual: dict[str, int] = {}

    def _roster(
        self, crews: tuple[list[Person], list[Person]], count: int, shifts: int
    ) -> list[list[str]]:
        table = []
        for shift in range(-_BEFORE, shifts + _BEFORE):
            week = shift // 12
            crew = crews[(shift + week) % 2]
            places = list(range(count))
            for place in range(count):
                draw = self._rng.random()
                if draw < SWAPS * 0.7 and count > 1:
                    other = (place + 1) % count
                    places[place], places[other] = places[other], places[place]
                elif draw < SWAPS:
                    places[place] = min(count, len(crew) - 1)
            table.append([crew[min(p, len(crew) - 1)].code for p in places])
        return table

    def _invite(self, guest: Guest, count: int) -> None:
        for shift in range(guest.since, guest.until):
            if (shift + shift // 12) % 2:  # the other crew's shift
                continue
            elsewhere = self._rng.random() < GUEST_ELSEWHERE
            station = (guest.station + elsewhere) % count
            self._people[shift + _BEFORE][station] = guest.person

    def _tooling(self, step: str, layout: Layout, count: int, shifts: int) -> list[list[str]]:
        tools = [tool.code for tool in layout.tools.get(step, [])]
        days = (shifts + 2 * _BEFORE) // 2 + 1
        if not tools:
            return [[""] * count] * days
        if step == "A30":  # a bench keeps its gauge
            return [tools[:count]] * days
        return [
            [tools[int(i)] for i in self._rng.permutation(len(tools))[:count]] for _ in range(days)
        ]

    def _use(self, tool: InUse, count: int) -> None:
        for day in range(tool.since, tool.until):
            at = self._tools[day + _BEFORE // 2]
            if tool.tool not in at:
                at[int(self._rng.integers(count))] = tool.tool

    def choose(self, family: str, ready: int, duration: int) -> tuple[int, int]:
        """A machine for an operation: its index and when it can begin.

        A product family has a usual machine, which takes half of it; a machine that is free much
        later than another is passed over.
        """
        count = len(self.stations)
        usual = self._usual.setdefault(family, len(self._usual) % count)
        draw = self._rng.random()
        index = usual if draw < 0.35 else int(draw * 997.0 * count) % count
        wish = self._prefer
        if wish and wish.since <= ready < wish.until and self._rng.random() < wish.share:
            index = wish.station
        start = self.stations[index].earliest(ready, duration)
        if start > ready + duration:
            starts = [station.earliest(ready, duration) for station in self.stations]
            best = int(np.argmin(starts))
            if starts[best] < start:
                index, start = best, starts[best]
        self.stations[index].free = start + duration
        return index, start

    def person(self, index: int, working: int) -> str:
        """Who stands at a machine in a working second."""
        return self._people[shift_of(working) + _BEFORE][index]

    def tool(self, index: int, working: int) -> str:
        """The tool at a machine in a working second; empty where the step has none."""
        return self._tools[working // WORK_DAY + _BEFORE // 2][index]

    def asset(self, index: int) -> Asset:
        """The machine at an index."""
        return self.stations[index].asset
