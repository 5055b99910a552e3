"""From knowledge and counts to a score, as sums that recompute.

One observation. Knowledge gives each candidate c a share w(c) / (sum of w + W0): W0 is what is
left to causes that nobody has written down. Each level of records, from the furthest to the
nearest, then pulls the share towards what was counted there:

    share_l(c) = (n_l(c) + K * share_before(c)) / (n_l + K)

n_l(c) is the number of records that the level explains by c, n_l of all that it explains. On the
levels that hold records of other kinds of assets, n_l(c) counts by how much c concerns this one. K
records' worth of trust stays with what was believed before, so that a few records change little
and many decide. The share is thus a sum with one term per source, which `terms` keeps. Candidates
that records ruled out are discounted by (found + 1) / (found + ruled out + 1).

Where a record names no cause but only a component, half of it goes on from the component to what
is known to go wrong with it and to show like this, in proportion to that knowledge: the plant's
own records say where, general knowledge says why.

Several observations. Shares are multiplied (each plus LEAK, for faults that are independent) and
made to add up with the share of the unknown: what explains all that was observed comes first.

It is a score: its calibration is not measured.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from kg.diagnosis.records import LEVELS, Level, Records

Source = Literal["asset", "class", "plant", "related", "components", "knowledge"]
SOURCES: tuple[Source, ...] = ("asset", "class", "plant", "related", "components", "knowledge")

FAR: frozenset[Level] = frozenset({"plant", "related"})  # records of other kinds of assets too

K = 8.0  # records' worth of trust in what was believed before
W0 = 0.25  # weight of what nobody has written down
LEAK = 0.01
OTHER_KIND = 0.3  # weight of a record of assets of other classes, where the class is known
THROUGH = 0.5  # of a record that names only a component: what goes on to that component's causes


@dataclass(frozen=True, slots=True)
class Share:
    """A candidate's share for one observation: the sum of `terms`, times `discount`."""

    terms: dict[Source, float]
    discount: float

    @property
    def value(self) -> float:
        """The share."""
        return sum(self.terms.values()) * self.discount


@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate with its score and how much of it comes from each source (they add up to it)."""

    key: str
    score: float
    sources: dict[Source, float]


def shares_of(
    candidates: Collection[str],
    knowledge: Mapping[str, float],
    records: Records,
    relevance: Mapping[str, float] | None = None,
    through: Mapping[str, Mapping[str, float]] | None = None,
    *,
    far: float = 1.0,
    k: float = K,
    w0: float = W0,
) -> dict[str, Share]:
    """The share of each candidate for one observation; what is missing to 1 is unknown.

    `relevance` says how much each candidate concerns the asset (missing: fully); `through` which
    causes a component stands for, with shares that sum to at most 1; `far` is the weight of a
    record on the levels that hold other kinds of assets.
    """
    fits = relevance or {}
    onward = through or {}
    total = sum(knowledge.get(c, 0.0) for c in candidates) + w0
    terms: dict[str, dict[Source, float]] = {
        c: {"knowledge": knowledge.get(c, 0.0) / total} for c in candidates
    }
    for level in reversed(LEVELS):
        counted = records.levels.get(level)
        if counted is None or counted.explained <= 0:
            continue
        counts = far if level in FAR else 1.0
        trust = counted.explained * counts + k
        for c in candidates:
            terms[c] = {source: value * k / trust for source, value in terms[c].items()}
        for c, weight in counted.weights.items():
            if c not in terms:
                continue
            fit = fits.get(c, 1.0) * counts if level in FAR else 1.0
            kept = 1.0 - THROUGH if onward and c not in counted.causes else 1.0
            terms[c][level] = terms[c].get(level, 0.0) + weight * fit * kept / trust
            for cause, share in onward.get(c, {}).items():
                if cause in terms:
                    part = weight * fit * THROUGH * share / trust
                    terms[cause]["components"] = terms[cause].get("components", 0.0) + part
    return {c: Share(terms[c], _discount(c, records)) for c in candidates}


def _discount(candidate: str, records: Records) -> float:
    found = against = 0
    near: tuple[Level, ...] = ("asset", "class")
    for level in near:
        counted = records.levels.get(level)
        if counted is not None:
            found += len(counted.by.get(candidate, ()))
            against += len(counted.against.get(candidate, ()))
    return (found + 1) / (found + against + 1)


def combine(shares: Sequence[Mapping[str, Share]], *, leak: float = LEAK) -> list[Scored]:
    """Candidates over all observations, best first (ties: by key). Scores sum to less than 1."""
    candidates = sorted({c for by in shares for c in by})
    if not candidates:
        return []
    products: dict[str, float] = {}
    for c in candidates:
        product = 1.0
        for by in shares:
            product *= (by[c].value if c in by else 0.0) + leak
        products[c] = product
    unknown = 1.0
    for by in shares:
        unknown *= max(0.0, 1.0 - sum(share.value for share in by.values())) + leak
    if len(shares) == 1:  # then the shares are the scores
        products = {c: shares[0][c].value for c in candidates}
        total = 1.0
    else:
        total = sum(products.values()) + unknown
    scored = [
        Scored(c, products[c] / total, _by_source(c, products[c] / total, shares))
        for c in candidates
    ]
    scored.sort(key=lambda s: (-s.score, s.key))
    return scored


def _by_source(
    candidate: str, score: float, shares: Sequence[Mapping[str, Share]]
) -> dict[Source, float]:
    """The score divided among the sources as its shares are, on average over the observations."""
    parts: dict[Source, float] = dict.fromkeys(SOURCES, 0.0)
    having = [by[candidate] for by in shares if candidate in by and by[candidate].value > 0]
    for share in having:
        whole = sum(share.terms.values())
        for source, value in share.terms.items():
            parts[source] += score * value / whole / len(having)
    return {source: value for source, value in parts.items() if value > 0}
