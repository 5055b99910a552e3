"""What a benchmark reports: one object with figures, each with its floor, aim and control.

A figure that could not be measured has no value but a reason; a missed aim is shown as missed.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Better = Literal["higher", "lower"]

_PACKAGES = ("gembagraph", "numpy", "pydantic", "rdflib", "neo4j", "fastapi", "torch")


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number.

    `floor` is what must be reached, `aim` what should be; `control` is the same measure for the
    thing it is compared with, `on` what it was measured on, `spread` the standard deviation over
    `seeds` (None where nothing is random).
    """

    name: str
    value: float | None
    unit: str
    better: Better
    floor: float | None = None
    aim: float | None = None
    control: Mapping[str, float] | None = None
    on: str = ""
    seeds: Sequence[int] = ()
    spread: float | None = None
    reason: str | None = None

    def reaches(self, target: float | None) -> bool | None:
        """Whether the value is at least as good as `target`; None where either is missing."""
        if target is None or self.value is None:
            return None
        return self.value >= target if self.better == "higher" else self.value <= target


@dataclass(slots=True)
class BenchReport:
    """All figures of one benchmark run."""

    bench: str
    quick: bool
    seeds: list[int] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    say: Callable[[str], None] | None = None  # tells each figure when it is measured

    def add(self, name: str, value: float | None, unit: str, better: Better, **rest: Any) -> None:
        """Add one figure; `rest` are the other fields of `Figure`."""
        rounded = None if value is None else float(f"{value:.4g}")
        self.figures.append(Figure(name, rounded, unit, better, **rest))
        if self.say is not None and rounded is not None:
            self.say(f"  {name}: {rounded:g} {unit}")

    def missing(self, name: str, unit: str, better: Better, reason: str, **rest: Any) -> None:
        """Add a figure that could not be measured."""
        self.figures.append(Figure(name, None, unit, better, reason=reason, **rest))

    def to_dict(self) -> dict[str, Any]:
        """The report as plain JSON."""
        return {
            "bench": self.bench,
            "quick": self.quick,
            "versions": versions(),
            "seeds": self.seeds,
            "figures": [
                asdict(f) | {"meets_floor": f.reaches(f.floor), "meets_aim": f.reaches(f.aim)}
                for f in self.figures
            ],
            "notes": self.notes,
        }


def versions() -> dict[str, str]:
    """Versions of Python, the platform and the packages that matter."""
    found = {
        "python": platform.python_version(),
        "system": platform.system(),
        "cpus": str(os.cpu_count() or 1),
    }
    for package in _PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def median(values: Sequence[float]) -> float:
    """The median of a non-empty sequence."""
    return statistics.median(values)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered) + 0.5) - 1))]
