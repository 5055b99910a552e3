"""From a network and what was observed to ranked causes, in terms that recompute.

The log-odds of a cause are a sum. It begins with what is generally known of how often the cause is
there; each level of counted records moves it; so do records that ruled the cause out, the asset's
age and place, and causes that bring it about. Then each observation is added, one after the other
as they were given:

    logit P(cause | o1 ... oi) - logit P(cause | o1 ... oi-1)

The order changes the single terms of observations, never their sum.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from kg.diagnosis.estimating import KNOWLEDGE
from kg.diagnosis.modelling import Model
from kg.diagnosis.posterior import Floats, Likelihood, infer

_EDGE = 1e-12  # log-odds stay finite
RULED_OUT, LINKS, OBSERVATION, CHECK = "ruled out", "links", "observation", "check"


@dataclass(frozen=True, slots=True)
class Addend:
    """One addend of the log-odds. `number` is that of the finding, check or modifier."""

    source: str
    log_odds: float
    number: int = -1


@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate with its probability, and what it is made of."""

    key: str
    probability: float
    prior: float
    addends: tuple[Addend, ...]
    sources: dict[str, float]


@dataclass(frozen=True)
class Ranking:
    """Candidates, most probable first (ties: by key)."""

    scored: tuple[Scored, ...]
    unknown: float  # none of them
    evidence: float  # the probability of what was observed


@dataclass(frozen=True)
class Evidence:
    """What is known: of the findings in the order given, and of causes that were looked at."""

    findings: Mapping[int, Likelihood]
    causes: Mapping[int, tuple[float, float]]


def rank(model: Model, evidence: Evidence) -> Ranking:
    """The candidates by their posterior. Raises BadInput where the evidence contradicts itself."""
    stages: list[Floats] = [infer(model.net, {}).causes]
    steps: list[tuple[str, int]] = []
    known: dict[int, Likelihood] = {}
    for number, likelihood in evidence.findings.items():
        known[number] = likelihood
        stages.append(infer(model.net, known).causes)
        steps.append((OBSERVATION, number))
    looked: dict[int, tuple[float, float]] = {}
    for number, said in evidence.causes.items():
        looked[number] = said
        stages.append(infer(model.net, known, looked).causes)
        steps.append((CHECK, number))
    last = infer(model.net, known, looked)
    odds = [_logit(stage) for stage in stages]
    scored: list[Scored] = []
    for i, candidate in enumerate(model.candidates):
        addends = [*_before(model, i, float(odds[0][i]))]
        for (source, number), before, after in zip(steps, odds, odds[1:], strict=False):
            addends.append(Addend(source, float(after[i] - before[i]), number))
        probability = float(stages[-1][i])
        scored.append(
            Scored(
                candidate.key,
                probability,
                float(stages[0][i]),
                tuple(addends),
                _sources(model, i, probability),
            )
        )
    scored.sort(key=lambda s: (-s.probability, s.key))
    return Ranking(tuple(scored), last.none, last.evidence)


def _before(model: Model, i: int, prior: float) -> list[Addend]:
    """What the log-odds are made of before anything was observed."""
    candidate = model.candidates[i]
    addends: list[Addend] = []
    at = 0.0
    for source, value in candidate.prior.steps:
        odds = float(_logit(np.array(value * model.present)))
        addends.append(Addend(source, odds - at))
        at = odds
    value = candidate.prior.value * model.present
    found, against = candidate.against
    if against:
        value *= (found + 1) / (found + against + 1)
        odds = float(_logit(np.array(value)))
        addends.append(Addend(RULED_OUT, odds - at))
        at = odds
    for number, modifier in enumerate(candidate.modifiers):
        value *= modifier.factor
        odds = float(_logit(np.array(value)))
        addends.append(Addend(modifier.kind, odds - at, number))
        at = odds
    if abs(prior - at) > 1e-9:
        addends.append(Addend(LINKS, prior - at))
    return addends


def _sources(model: Model, i: int, probability: float) -> dict[str, float]:
    """The probability divided among the sources as the prior and the strengths are."""
    key = model.candidates[i].key
    estimates = [model.candidates[i].prior, *(s[key] for s in model.strengths)]
    parts: dict[str, float] = {}
    for one in estimates:
        for source, value in one.terms.items():
            share = value / one.value / len(estimates) if one.value > 0 else 0.0
            parts[source] = parts.get(source, 0.0) + share * probability
    if not parts or sum(parts.values()) <= 0:
        return {KNOWLEDGE: probability}
    whole = sum(parts.values())
    return {s: v * probability / whole for s, v in sorted(parts.items()) if v > 0}


def _logit(probability: Floats) -> Floats:
    clipped = np.clip(probability, _EDGE, 1 - _EDGE)
    return np.log(clipped) - np.log1p(-clipped)
