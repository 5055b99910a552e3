"""From the graph around an asset to a leaky noisy-OR network of its possible causes.

Candidates are causes, components in which something unnamed is wrong, and failure modes behind
which no cause is known. A candidate's *prior* says how often it is behind a failure of the asset at
all, its *strength* for a finding how often it shows like this. Both begin with what is known in
general (FMEA ratings, manuals, experts, the library: the statements and their confidence) and are
pulled towards counted records of the plant, of the asset's class and of the asset, in this order
(`kg.diagnosis.estimating`). What stands between a candidate and a finding (modes, effects) is
summed into the strength; where another candidate stands between, the first brings about the second,
to any depth. Such links must not close a circle: no path returns to where it has been, and of links
that would close one the strongest are kept.

Priors sum to about `present`, the expected number of faults beside the one in question, so that
several may be there at once, seldom. What nobody has written down is the leak of each finding.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from kg.diagnosis.estimating import Count, Estimate, estimate
from kg.diagnosis.knowledge import BROADER_DECAY, PATH_DECAY, Path
from kg.diagnosis.modifying import Modifier
from kg.diagnosis.posterior import CauseNet, Link, keep_tractable
from kg.diagnosis.reading import OTHER_COMPONENT, Reading
from kg.diagnosis.terms import Terms
from kg.diagnosis.totals import Totals
from kg.model.graph import Statement

PRIOR_TRUST = 8.0  # records' worth of trust in what is generally known of how often
STRENGTH_TRUST = 4.0  # and of how strongly a cause shows
UNKNOWN = 0.25  # weight of what nobody has written down, as much as one well known cause in four
UNHEARD = 0.003  # weight of a candidate that only records name
UNSTATED = 0.05  # strength of a candidate of which nobody says that it shows like this
USUAL = 0.3  # how often an unknown cause shows by a finding, before records were counted
OTHER_KIND = 0.3  # weight of a record of assets of other classes, where the class is known
THROUGH = 0.5  # of a record that names only a component: what goes on to that component's causes
_ALONE, _TOGETHER = 19.0, 1.0  # records' worth of belief that faults come alone
_LEAST, _MOST = 1e-5, 0.95
_OWN_SHARE = 0.05  # of an effect's prior that is its own, however often it is brought about


@dataclass(frozen=True)
class Candidate:
    """One possible cause with how often it is there, before anything was observed."""

    key: str
    prior: Estimate  # share of failures that it is behind
    against: tuple[int, int]  # near records of the findings that found it, and that ruled it out
    modifiers: tuple[Modifier, ...] = ()  # factors on the prior


@dataclass(frozen=True)
class Model:
    """The network with what its numbers rest on."""

    candidates: tuple[Candidate, ...]
    strengths: tuple[dict[str, Estimate], ...]  # one dict for each finding, by candidate
    net: CauseNet
    present: float  # expected number of further faults
    unknown: Estimate  # share of failures behind which is what nobody has written down
    dropped: tuple[tuple[str, str], ...]  # links left out: they would have closed a circle

    @property
    def index(self) -> dict[str, int]:
        """The number of each candidate in the network."""
        return {c.key: i for i, c in enumerate(self.candidates)}


def build_model(
    terms: Terms,
    readings: Sequence[Reading],
    totals: Totals,
    candidates: Collection[str],
    relevance: Mapping[str, float],
    *,
    far: float,
    trust: float = PRIOR_TRUST,
    strength_trust: float = STRENGTH_TRUST,
    modifiers: Mapping[str, tuple[Modifier, ...]] | None = None,
) -> Model:
    """The network for what was observed. `far` is the weight of records of other kinds of assets.

    Each reading becomes a finding. `modifiers` are factors on the priors, by candidate.
    """
    changed = modifiers or {}
    keys = sorted(candidates)
    through = _through(readings, totals)
    weights = _weights(readings, keys, relevance)
    priors, unknown = _priors(keys, weights, totals, through, relevance, far=far, trust=trust)
    against = {key: _against(key, readings) for key in keys}
    direct, links = _paths(terms, readings, keys)
    strengths = tuple(
        _strengths(
            keys, reading, direct[i], totals, through, relevance, far=far, trust=strength_trust
        )
        for i, reading in enumerate(readings)
    )
    near = [totals.levels[level] for level in ("asset", "class")]
    present = (sum(n.several for n in near) + _TOGETHER) / (
        sum(n.with_cause for n in near) + _TOGETHER + _ALONE
    )
    index = {key: i for i, key in enumerate(keys)}
    kept, dropped = keep_tractable(
        len(keys), [Link(index[a], index[b], w) for (a, b), w in sorted(links.items())]
    )
    begun = np.array(
        [
            min(
                _MOST,
                max(priors[key].value, _LEAST) * present * (against[key][0] + 1)
                / (sum(against[key]) + 1) * prod(m.factor for m in changed.get(key, ())),
            )
            for key in keys
        ]
    )  # fmt: skip
    net = CauseNet(
        priors=_own(begun, kept),
        links=tuple(kept),
        strengths=np.array([[s[key].value for key in keys] for s in strengths]).reshape(
            len(readings), len(keys)
        ),
        leaks=np.array([unknown.value * present * _usual(r, totals) for r in readings]),
    )
    return Model(
        candidates=tuple(
            Candidate(key, priors[key], against[key], changed.get(key, ())) for key in keys
        ),
        strengths=strengths,
        net=net,
        present=present,
        unknown=unknown,
        dropped=tuple(
            sorted(
                {(keys[link.cause], keys[link.effect]) for link in dropped}
                | {(s.subject, s.object) for reading in readings for s in reading.circles}
            )
        ),
    )


def _usual(reading: Reading, totals: Totals) -> float:
    """How often failures of the asset and its peers show like this, whatever is behind them."""
    counts = []
    for level in ("class", "asset"):
        counted = reading.records.levels.get(level)
        explained = totals.levels[level].explained
        counts.append(Count(level, counted.explained if counted else 0.0, explained))
    return estimate(USUAL, counts, STRENGTH_TRUST).value


def _own(priors: np.ndarray, links: Sequence[Link]) -> np.ndarray:
    """How often each is there by itself, so that with its causes it is there as often as counted.

    What brings it about is taken as independent, which slightly overstates its own part.
    """
    absent = np.ones(len(priors))
    for link in links:
        absent[link.effect] *= 1 - priors[link.cause] * link.strength
    own = 1 - (1 - priors) / absent
    return np.maximum(own, priors * _OWN_SHARE)


def _weights(
    readings: Sequence[Reading], keys: Sequence[str], relevance: Mapping[str, float]
) -> dict[str, float]:
    """How often each is said to be there, relative to the others: what it concerns, its rating."""
    weights = dict.fromkeys(keys, UNHEARD)
    for reading in readings:
        for key, known in reading.known.items():
            if key in weights:
                weights[key] = max(weights[key], known.relevance * known.occurrence)
    return weights


def _priors(
    keys: Sequence[str],
    weights: Mapping[str, float],
    totals: Totals,
    through: Mapping[str, Mapping[str, float]],
    relevance: Mapping[str, float],
    *,
    far: float,
    trust: float,
) -> tuple[dict[str, Estimate], Estimate]:
    whole = sum(weights.values()) + UNKNOWN
    plant, cls, asset = (totals.levels[level] for level in ("plant", "class", "asset"))
    found: dict[str, Estimate] = {}
    for key in keys:
        fit = relevance.get(key, 1.0)
        counts = (
            Count("plant", plant.weights.get(key, 0.0) * far * fit, plant.explained * far),
            Count(
                "class",
                _weight(totals, "class", key, through),
                cls.explained,
                _indirect(totals, "class", key, through),
            ),
            Count(
                "asset",
                _weight(totals, "asset", key, through),
                asset.explained,
                _indirect(totals, "asset", key, through),
            ),
        )
        found[key] = estimate(weights[key] / whole, counts, trust)
    # What was found only once shows how much there is that was never found (Good and Turing).
    none = (
        Count("plant", 0.0, plant.explained * far),
        Count("class", totals.once, cls.explained + asset.explained),
    )
    return found, estimate(UNKNOWN / whole, none, trust)


def _weight(
    totals: Totals, level: str, key: str, through: Mapping[str, Mapping[str, float]]
) -> float:
    """Records of a level behind which is `key`, by name or by a component that alone is named."""
    total = totals.levels[level]
    value = total.weights.get(key, 0.0)
    silent = total.silent.get(key, 0.0)
    if silent and key in through:
        value -= THROUGH * silent * sum(through[key].values())
    return value + _indirect(totals, level, key, through)


def _indirect(
    totals: Totals, level: str, key: str, through: Mapping[str, Mapping[str, float]]
) -> float:
    """Of these, those that name only a component."""
    silent = totals.levels[level].silent
    return sum(
        THROUGH * shares[key] * silent.get(component, 0.0)
        for component, shares in through.items()
        if key in shares
    )


def _through(readings: Sequence[Reading], totals: Totals) -> dict[str, dict[str, float]]:
    """The causes that a component stands for, on average over the findings."""
    found: dict[str, dict[str, float]] = {}
    for reading in readings:
        for component, shares in reading.through.items():
            into = found.setdefault(component, {})
            for key, share in shares.items():
                into[key] = into.get(key, 0.0) + share / len(readings)
    return found


def _strengths(
    keys: Sequence[str],
    reading: Reading,
    direct: Mapping[str, float],
    totals: Totals,
    through: Mapping[str, Mapping[str, float]],
    relevance: Mapping[str, float],
    *,
    far: float,
    trust: float,
) -> dict[str, Estimate]:
    found: dict[str, Estimate] = {}
    for key in keys:
        fit = relevance.get(key, 1.0)
        counts: list[Count] = []
        for level in ("related", "plant", "class", "asset"):
            counted = reading.records.levels.get(level)
            if counted is None:
                continue
            hits = counted.weights.get(key, 0.0)
            if level in ("plant", "related"):
                trials = totals.weight("plant", key)
                if level == "related":
                    trials += totals.weight("class", key) + totals.weight("asset", key)
                counts.append(Count(level, hits * far * fit, trials * far * fit))
                continue
            if key in reading.through and key not in counted.causes:
                hits *= 1 - THROUGH * sum(reading.through[key].values())
            indirect = sum(
                THROUGH * shares[key] * counted.weights.get(component, 0.0)
                for component, shares in reading.through.items()
                if key in shares and component not in counted.causes
            )
            hits += indirect
            trials = max(hits, _weight(totals, level, key, through))
            counts.append(Count(level, hits, trials, indirect))
        found[key] = estimate(max(direct.get(key, 0.0), UNSTATED), counts, trust)
    return found


def _against(key: str, readings: Sequence[Reading]) -> tuple[int, int]:
    found = against = 0
    for reading in readings:
        for level in ("asset", "class"):
            counted = reading.records.levels.get(level)
            if counted is not None:
                found += len(counted.by.get(key, ()))
                against += len(counted.against.get(key, ()))
    return found, against


def _paths(
    terms: Terms, readings: Sequence[Reading], keys: Sequence[str]
) -> tuple[list[dict[str, float]], dict[tuple[str, str], float]]:
    """How strongly each candidate is said to show by itself, and which bring about which.

    Several paths to the same end are several chances: 1 - (1 - w1)(1 - w2)...
    """
    known = set(keys)
    direct: list[dict[str, float]] = []
    links: dict[tuple[str, str], dict[tuple[str, ...], float]] = {}
    for reading in readings:
        ways: dict[str, dict[tuple[str, ...], float]] = {}
        for key in known & reading.known.keys():
            for path in reading.known[key].paths:
                steps = next(
                    (i for i, n in enumerate(path.nodes[1:-1], 1) if n in known), None
                )  # fmt: skip
                nodes = path.nodes if steps is None else path.nodes[: steps + 1]
                weight = _strength_of(terms, path, len(nodes) - 1)
                if steps is None:
                    # Narrower signs are one finding: the first node before it tells ways apart.
                    ways.setdefault(key, {})[nodes[:-1]] = max(
                        weight, ways.get(key, {}).get(nodes[:-1], 0.0)
                    )
                else:
                    links.setdefault((key, nodes[-1]), {})[nodes] = weight
        direct.append(
            {key: _any(found.values()) * _concern(reading, key) for key, found in ways.items()}
        )
    return direct, {ends: _any(found.values()) for ends, found in links.items()}


def _concern(reading: Reading, key: str) -> float:
    """Less than 1 for what is not said to concern a component that was named as well."""
    if not reading.named:
        return 1.0
    known = reading.known[key]
    affected = {end for s in known.affects for end in (s.subject, s.object)}
    for path in known.paths:
        affected |= reading.concerned.get(path.nodes[-1], frozenset())
    return OTHER_COMPONENT if affected.isdisjoint(reading.named) else 1.0


def _any(weights: Collection[float]) -> float:
    return float(1 - np.prod([1 - w for w in weights]))


def _strength_of(terms: Terms, path: Path, steps: int) -> float:
    weight = 1.0
    for statement in path.statements[:steps]:
        decay = BROADER_DECAY if statement.predicate in terms.broader else PATH_DECAY
        stated = stated_probability(statement)
        weight *= statement.confidence * decay if stated is None else stated
    return min(weight, 0.99)


def stated_probability(statement: Statement) -> float | None:
    """The probability that a source gives; None without one, or where it is none."""
    value = statement.props.get("probability")
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        return None
    return float(value)
