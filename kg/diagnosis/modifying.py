"""What the asset's age, use and place change in how often a cause is there.

Counted records give a prior for the class and the asset. Beside them stand three modifiers, each a
factor on the prior that is pulled to 1 where few records support it:

- `renewal`: causes that wear out come back after a while, causes of bad repairs soon. A Weibull fit
  over the times between findings of the same cause on each asset of the class (those that still run
  are censored) gives the hazard at the time since the cause was last found here, over the mean
  hazard. It is used only where the bounds of the shape exclude 1, where age says nothing; the
  shape is pulled to 1 by a normal prior on its logarithm.
- `years`: the share of the cause among records of the class at about the asset's present age
  (within a factor of 2), over its share at any age.
- `place`: the share of the cause among records of other assets of the class at the same place.
  Assets at one place share surroundings and use.

The latter two are smoothed by `TRUST` records' worth of belief that age and place say nothing, and
used only where Fisher's exact test, corrected for the number of causes, says that they do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp, gamma, log, sqrt
from typing import Any, Literal

import numpy as np

from kg.diagnosis.failures import commissioned, read_nodes
from kg.diagnosis.graph import Graph
from kg.diagnosis.lifetimes import DAY, FEW
from kg.diagnosis.scope import Scope
from kg.diagnosis.totals import Event, Totals
from kg.model.instants import Instant

Kind = Literal["renewal", "years", "place"]
KINDS: tuple[Kind, ...] = ("renewal", "years", "place")
USED: tuple[Kind, ...] = KINDS
LEVEL = 0.05  # of the test, corrected
TRUST = 8.0  # records' worth of belief that nothing is changed
SPREAD = 0.25  # standard deviation of the logarithm of shapes around 1, before any record
MOST = 3.0  # no factor is above this or below its inverse
_LEAST = 0.02  # a factor nearer to 1 is not worth a term
_SHAPE_VARIANCE = 6 / np.pi**2  # of log shape, times failures (complete data, large samples)
_ALIKE = 2.0  # ages within this factor are about the same
_LEAST_DAYS = 1.0
_SURE = 1.96


@dataclass(frozen=True, slots=True)
class Modifier:
    """A factor on a prior. `hits` of `trials` records support it; for a renewal, `trials` lives."""

    kind: Kind
    factor: float
    hits: float
    trials: float
    days: float = 0.0  # since the cause was last found; the asset's age
    shape: float = 1.0


def read_modifiers(
    graph: Graph,
    scope: Scope,
    totals: Totals,
    keys: Collection[str],
    at: Instant | None,
    kinds: Sequence[Kind] = KINDS,
) -> dict[str, tuple[Modifier, ...]]:
    """The modifiers of each of `keys` that has any, at the instant `at` (None: the last record)."""
    known = totals.events
    if not known or graph.is_a(scope.root.key, "AssetClass"):
        return {}
    now = at if at is not None else max(e.at for e in known)
    past = [e for e in known if e.at <= now]
    own = {scope.root.key, *scope.assets}
    found: dict[str, list[Modifier]] = defaultdict(list)
    if "renewal" in kinds:
        for key, one in _renewals(past, own, set(keys), now).items():
            found[key].append(one)
    if "years" in kinds:
        for key, one in _years(graph, scope, past, set(keys), now).items():
            found[key].append(one)
    if "place" in kinds:
        for key, one in _place(graph, scope, past, own, set(keys)).items():
            found[key].append(one)
    return {
        key: kept
        for key, listed in found.items()
        if (kept := tuple(m for m in listed if abs(log(m.factor)) >= _LEAST))
    }


def _renewals(
    past: Sequence[Event], own: set[str], keys: set[str], now: Instant
) -> dict[str, Modifier]:
    times: dict[tuple[str, str], list[Instant]] = defaultdict(list)
    for event in past:
        if event.cause in keys:
            times[event.cause, event.asset].append(event.at)
    lives: dict[str, tuple[list[float], list[bool]]] = defaultdict(lambda: ([], []))
    last: dict[str, Instant] = {}
    for (cause, asset), listed in times.items():
        listed.sort()
        lasted, ended = lives[cause]
        for before, after in pairwise(listed):
            lasted.append(max((after - before) / DAY, _LEAST_DAYS))
            ended.append(True)
        lasted.append(max((now - listed[-1]) / DAY, _LEAST_DAYS))
        ended.append(False)
        if asset in own:
            last[cause] = max(listed[-1], last.get(cause, listed[-1]))
    found: dict[str, Modifier] = {}
    for cause, when in last.items():
        lasted, ended = lives[cause]
        if sum(ended) < FEW:
            continue
        fitted = fit_shape(lasted, ended)
        if abs(log(fitted)) < _SURE * (_SHAPE_VARIANCE / sum(ended)) ** 0.5:
            continue  # its bounds hold 1: age says nothing certain
        days = max((now - when) / DAY, _LEAST_DAYS)
        shape, scale = pulled_weibull(lasted, ended, fitted)
        found[cause] = Modifier(
            "renewal", hazard_ratio(shape, scale, days), sum(ended), len(ended), days, shape
        )
    return found


def fit_shape(lasted: Sequence[float], ended: Sequence[bool]) -> float:
    """The Weibull shape of greatest likelihood for times of which some are censored.

    It solves sum(t^k log t) / sum(t^k) - 1/k = mean of log t over the failures.
    """
    logs = np.log(np.asarray(lasted, dtype=np.float64))
    target = float(logs[np.asarray(ended)].mean())
    low, high = 0.05, 20.0
    for _ in range(60):  # the left side grows with the shape: bisection
        shape = sqrt(low * high)
        powers = np.exp(shape * (logs - logs.max()))
        if float((powers * logs).sum() / powers.sum()) - 1 / shape < target:
            low = shape
        else:
            high = shape
    return sqrt(low * high)


def pulled_weibull(
    lasted: Sequence[float], ended: Sequence[bool], fitted: float
) -> tuple[float, float]:
    """The fitted shape pulled to 1, and the scale of greatest likelihood for it.

    The shape's logarithm is weighed against a normal prior around 0 by their variances.
    """
    failures = sum(ended)
    shape = exp(SPREAD**2 / (SPREAD**2 + _SHAPE_VARIANCE / failures) * log(fitted))
    times = np.asarray(lasted, dtype=np.float64)
    return shape, float(((times**shape).sum() / failures) ** (1 / shape))


def hazard_ratio(shape: float, scale: float, days: float) -> float:
    """The Weibull hazard at an age over the mean hazard (one failure in a mean life), bounded."""
    ratio = shape * (days / scale) ** (shape - 1) * gamma(1 + 1 / shape)
    return _bounded(ratio)


def _years(
    graph: Graph, scope: Scope, past: Sequence[Event], keys: set[str], now: Instant
) -> dict[str, Modifier]:
    nodes = read_nodes(graph, {e.asset for e in past} | {scope.root.key})
    begun = {asset: commissioned(node) for asset, node in nodes.items()}
    mine = begun.get(scope.root.key)
    if mine is None or mine >= now:
        return {}
    age = now - mine
    aged = [(e, e.at - b) for e in past if (b := begun.get(e.asset)) is not None and e.at > b]
    near = [e for e, its in aged if age / _ALIKE <= its <= age * _ALIKE]
    return {
        key: Modifier("years", factor, hits, len(near), age / DAY)
        for key, factor, hits in _ratios([e for e, _ in aged], near, keys)
    }


def _place(
    graph: Graph, scope: Scope, past: Sequence[Event], own: set[str], keys: set[str]
) -> dict[str, Modifier]:
    places = {s.object for s in graph.expand([scope.root.key], graph.terms.located_in)}
    neighbours = {s.subject for s in graph.expand(places, graph.terms.located_in, "in")} - own
    others = [e for e in past if e.asset not in own]
    near = [e for e in others if e.asset in neighbours]
    return {
        key: Modifier("place", factor, hits, len(near))
        for key, factor, hits in _ratios(others, near, keys)
    }


def _ratios(
    everywhere: Sequence[Event], near: Sequence[Event], keys: set[str]
) -> list[tuple[str, float, int]]:
    """(cause, smoothed ratio of its share near to its share everywhere, hits near)."""
    rest = len(everywhere) - len(near)
    if not near or not rest:
        return []
    from scipy.stats import fisher_exact

    whole, here = _counts(everywhere), _counts(near)
    known = sorted(keys & whole.keys())
    found: list[tuple[str, float, int]] = []
    for key in known:
        hits = here.get(key, 0)
        others = whole[key] - hits
        test: Any = fisher_exact([[hits, len(near) - hits], [others, rest - others]])
        if test.pvalue * len(known) > LEVEL:
            continue  # chance would do as much to one of so many causes
        usual = whole[key] / len(everywhere)
        share = (hits + TRUST * usual) / (len(near) + TRUST)
        found.append((key, _bounded(share / usual), hits))
    return found


def _counts(events: Sequence[Event]) -> Mapping[str, int]:
    counts: dict[str, int] = defaultdict(int)
    for event in events:
        counts[event.cause] += 1
    return counts


def _bounded(ratio: float) -> float:
    return min(MOST, max(1 / MOST, ratio))
