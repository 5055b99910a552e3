"""Units, which of them are bad, and what each was exposed to: the matrix that causes come from.

Nothing here knows a store or a file; both are turned into a cohort by modules of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from kg.narration import Phrase

FactorRole = Literal["production", "inspection"]
FactorKind = Literal["value", "step", "band", "pair", "period"]

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Condition:
    """What one factor says: a thing or value, or a band of a parameter.

    `low` and `high` bound a band, both included; None is open.
    """

    column: str  # the relation or the table's column
    value: str  # key or text; empty for a band
    label: Phrase
    facet: str = ""  # man, machine, material, method, environment, measurement
    low: float | None = None
    high: float | None = None
    is_time: bool = False  # a band of instants, in milliseconds

    @property
    def is_band(self) -> bool:
        """Whether it is a range of a number."""
        return self.low is not None or self.high is not None


@dataclass(frozen=True, slots=True)
class Factor:
    """A column of the matrix: the conditions that an exposed unit meets, all of them."""

    conditions: tuple[Condition, ...]
    role: FactorRole = "production"
    kind: FactorKind = "value"
    weight: float = 1.0  # its p-values are multiplied by it: what is likelier to be a proxy
    same: tuple[Condition, ...] = ()  # other conditions with the very same exposed units

    @property
    def parameters(self) -> frozenset[str]:
        """The numeric columns that it bounds."""
        return frozenset(c.column for c in self.conditions if c.is_band)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number that units have; NaN where it is not known. Shape of `values`: (units,)."""

    column: str
    label: Phrase
    facet: str
    values: NDArray[np.float64]
    parts: tuple[str, ...] = ()  # of a derived one, the columns that it is made of
    of: Condition | None = None  # of the times at which units passed something, that thing

    @property
    def is_time(self) -> bool:
        """Whether the values are instants."""
        return self.of is not None


@dataclass(frozen=True)
class Cohort:
    """Bad and good units with their factors.

    `exposed` has a row per unit and a column per factor. `strata` number groups of units, such as
    routes or weeks, by name; they serve to compare like with like.
    """

    units: tuple[str, ...]
    bad: Mask
    factors: tuple[Factor, ...]
    exposed: sparse.csr_matrix
    parameters: tuple[Parameter, ...] = ()
    strata: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Number of units."""
        return len(self.units)

    @property
    def bad_total(self) -> int:
        """Number of bad units."""
        return int(self.bad.sum())

    def subset(self, keep: Mask) -> Cohort:
        """The cohort of some units only."""
        index = np.flatnonzero(keep)
        return replace(
            self,
            units=tuple(self.units[i] for i in index),
            bad=self.bad[index],
            exposed=self.exposed[index],
            parameters=tuple(replace(p, values=p.values[index]) for p in self.parameters),
            strata={name: codes[index] for name, codes in self.strata.items()},
        )

    def of_role(self, role: FactorRole) -> Cohort:
        """The cohort with the factors of one role; parameters belong to production."""
        index = [i for i, f in enumerate(self.factors) if f.role == role]
        return replace(
            self,
            factors=tuple(self.factors[i] for i in index),
            exposed=self.exposed[:, index],
            parameters=self.parameters if role == "production" else (),
        )

    def with_factors(self, factors: Sequence[Factor], exposed: sparse.csr_matrix) -> Cohort:
        """The cohort with more factors."""
        if not factors:
            return self
        return replace(
            self,
            factors=(*self.factors, *factors),
            exposed=sparse.hstack([self.exposed, exposed], format="csr"),
        )


def make_matrix(
    units: int, exposures: Iterable[tuple[int, int]], factors: int
) -> sparse.csr_matrix:
    """A matrix of ones from pairs (unit, factor); doubles count once."""
    pairs = np.array(sorted(set(exposures)), dtype=np.int64).reshape(-1, 2)
    data = np.ones(len(pairs), dtype=np.int32)
    return sparse.csr_matrix((data, (pairs[:, 0], pairs[:, 1])), shape=(units, factors))


def merge_identical(cohort: Cohort, *, least: int = 2) -> Cohort:
    """Factors with the very same exposed units become one; what says nothing is left out.

    Of the same exposures the one with the smallest weight stands for all, then the one with fewest
    conditions; the others are listed in `same`. A factor that touches all units, or fewer than
    `least`, cannot be told apart or found, and goes.
    """
    columns = cohort.exposed.tocsc()
    columns.sort_indices()
    sizes = np.diff(columns.indptr)
    groups: dict[tuple[str, bytes], list[int]] = {}
    for i, size in enumerate(sizes):
        if least <= size < cohort.total:
            rows = columns.indices[columns.indptr[i] : columns.indptr[i + 1]]
            key = cohort.factors[i].role, rows.astype(np.int32).tobytes()
            groups.setdefault(key, []).append(i)
    kept: list[tuple[int, Factor]] = []
    for members in groups.values():
        members.sort(key=lambda i: (cohort.factors[i].weight, len(cohort.factors[i].conditions), i))
        first = cohort.factors[members[0]]
        # Another cut between the same two values of a parameter says nothing new.
        same = [
            c
            for i in members[1:]
            for c in cohort.factors[i].conditions
            if c not in first.conditions
            and not (c.is_band and c.column in first.parameters)
            and len(cohort.factors[i].conditions) == 1
        ]
        kept.append((members[0], replace(first, same=tuple(dict.fromkeys((*first.same, *same))))))
    kept.sort(key=lambda k: k[0])
    return replace(
        cohort,
        factors=tuple(f for _, f in kept),
        exposed=columns[:, [i for i, _ in kept]].tocsr(),
    )


def combine_strata(*codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """The strata that several stratifications make together, numbered from 0."""
    if not codes:
        raise ValueError("no strata")
    _, inverse = np.unique(np.stack(codes), axis=1, return_inverse=True)
    return np.asarray(inverse, dtype=np.int64).reshape(-1)
