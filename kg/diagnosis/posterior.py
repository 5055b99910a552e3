"""Exact posteriors of many causes behind a few findings: QuickScore over groups of causes.

Causes are present or not. A cause is there by itself with its prior, or because another cause
brought it about (leaky noisy-OR). Causes that are linked so form a group; groups are independent of
each other. Each finding is a leaky noisy-OR of all causes. What is known of a finding f enters as a
likelihood `a + b * P(f absent | causes)`: (1, -1) for seen, (0, 1) for known to be absent, and
something between for a reading that only speaks for one of them. The probability of the evidence is
then a sum over the sets of uncertain findings of products over groups, which costs

    2^(findings seen) * sum over groups of 2^(causes in the group)

and is exact. For groups of one cause this is QuickScore (Heckerman, "A tractable inference
algorithm for diagnosing multiple diseases", UAI 1989).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kg.model.errors import BadInput

Floats = NDArray[np.floating]
# Sums over sets of findings cancel: rare findings together leave few digits of a double.
_FINE = np.longdouble

MAX_FINDINGS = 10  # seen or uncertain at once
_DIGITS_LEFT = 1e-16  # of the sum's terms: below this the sum is rounding
MAX_GROUP = 10
_MOST = 0.9999  # no cause is quite certain to show


class Link(NamedTuple):
    """Cause number `cause` brings about cause number `effect` with this probability."""

    cause: int
    effect: int
    strength: float


class Likelihood(NamedTuple):
    """What is known of a finding: P(evidence | causes) = a + b * P(finding absent | causes)."""

    a: float
    b: float


PRESENT, ABSENT = Likelihood(1.0, -1.0), Likelihood(0.0, 1.0)


def soft(if_present: float, if_absent: float) -> Likelihood:
    """Evidence that has these probabilities where the finding is present or absent."""
    return Likelihood(if_present, if_absent - if_present)


@dataclass(frozen=True)
class CauseNet:
    """Causes, the links among them, and the findings that they show by."""

    priors: Floats  # shape: (causes,)
    links: tuple[Link, ...]  # without a cycle
    strengths: Floats  # shape: (findings, causes)
    leaks: Floats  # shape: (findings,)


@dataclass(frozen=True)
class Posterior:
    """What follows from the evidence."""

    causes: Floats  # shape: (causes,), the probability that each is present
    none: float  # the probability that none of them is
    evidence: float  # the probability of what is known


def infer(
    net: CauseNet,
    findings: Mapping[int, Likelihood],
    causes: Mapping[int, tuple[float, float]] | None = None,
) -> Posterior:
    """The posterior of every cause.

    `causes` gives, for causes that were looked at, the probability of what was seen if the cause is
    present and if it is absent. Raises BadInput for too many findings at once, and where what is
    known cannot be so.
    """
    uncertain = sorted(f for f, said in findings.items() if said.a != 0)
    certain = sorted(f for f, said in findings.items() if said.a == 0)
    if len(uncertain) > MAX_FINDINGS:
        raise BadInput(
            f"{len(uncertain)} observations at once are too many; give the {MAX_FINDINGS} that "
            "tell most."
        )
    size = len(net.priors)
    local = np.ones((2, size), dtype=_FINE)
    for cause, (if_present, if_absent) in (causes or {}).items():
        local[:, cause] = if_absent, if_present
    kept = 1 - np.minimum(net.strengths, _MOST).astype(_FINE)  # shape: (findings, causes)
    silent = np.prod(kept[certain], axis=0) if certain else np.ones(size, dtype=_FINE)
    leaks = net.leaks.astype(_FINE)
    constant = np.prod([findings[f].b * (1 - leaks[f]) for f in certain], initial=_FINE(1))
    weights = np.array([constant], dtype=_FINE)  # one for each set of uncertain findings
    shown = silent[None, :]  # shape: (sets, causes)
    for f in uncertain:
        said = findings[f]
        weights = np.concatenate([weights * said.a, weights * said.b * (1 - leaks[f])])
        shown = np.concatenate([shown, shown * kept[f]])
    groups = groups_of(size, net.links)
    single = np.array([g[0] for g in groups if len(g) == 1], dtype=int)
    sums, parts = _singles(net, local, shown, single)
    product = np.prod(sums, axis=1) if len(single) else np.ones(len(weights), dtype=_FINE)
    none = np.prod((1 - net.priors.astype(_FINE)) * local[0])  # links start from what is present
    together: list[tuple[list[int], Floats, Floats]] = []
    for group in (g for g in groups if len(g) > 1):
        whole, by_cause = _group(net, local, shown, group)
        together.append((group, whole, by_cause))
        product = product * whole
    evidence = weights @ product
    if not evidence > 1e-300:
        raise BadInput("What is known contradicts itself: it cannot all be so.")
    if evidence < _DIGITS_LEFT * (np.abs(weights) @ product):
        raise BadInput(
            "The observations have so little in common that their probability is lost in rounding;"
            " ask about those that belong together."
        )
    found = np.zeros(size, dtype=_FINE)
    with np.errstate(divide="ignore", invalid="ignore"):
        if len(single):
            found[single] = np.nan_to_num((weights * product)[:, None] / sums * parts).sum(axis=0)
        for group, whole, by_cause in together:
            found[group] = np.nan_to_num((weights * product / whole) @ by_cause)
    return Posterior(
        np.clip(found / evidence, 0, 1).astype(np.float64),
        float(np.clip(weights.sum() * none / evidence, 0, 1)),
        float(evidence),
    )


def _singles(
    net: CauseNet, local: Floats, shown: Floats, single: NDArray[np.int_]
) -> tuple[Floats, Floats]:
    """Both states of independent causes summed, and the part in which each is present."""
    prior = net.priors[single].astype(_FINE)
    parts = prior * local[1, single] * shown[:, single]
    return (1 - prior) * local[0, single] + parts, parts


def _group(net: CauseNet, local: Floats, shown: Floats, group: list[int]) -> tuple[Floats, Floats]:
    """All states of a group summed; shapes: (sets,), (sets, causes of the group)."""
    count = len(group)
    place = {cause: i for i, cause in enumerate(group)}
    states = (np.arange(2**count)[:, None] >> np.arange(count)) & 1  # shape: (states, count)
    absent = np.tile(1 - net.priors[group].astype(_FINE), (len(states), 1))
    for link in net.links:
        if link.effect in place:
            absent[:, place[link.effect]] *= 1 - link.strength * states[:, place[link.cause]]
    of_state = np.prod(
        np.where(states == 1, (1 - absent) * local[1, group], absent * local[0, group]), axis=1
    )
    values = np.ones((len(shown), len(states)), dtype=_FINE)
    for i, cause in enumerate(group):
        values *= np.where(states[:, i] == 1, shown[:, cause, None], 1.0)
    values *= of_state
    return values.sum(axis=1), values @ states.astype(_FINE)


def groups_of(size: int, links: Sequence[Link]) -> list[list[int]]:
    """The causes 0 to `size` - 1 in groups that the links connect, each in ascending order."""
    root = list(range(size))

    def find(i: int) -> int:
        while root[i] != i:
            root[i] = root[root[i]]
            i = root[i]
        return i

    for link in links:
        root[find(link.cause)] = find(link.effect)
    groups: dict[int, list[int]] = {}
    for i in range(size):
        groups.setdefault(find(i), []).append(i)
    return list(groups.values())


def keep_tractable(
    size: int, links: Sequence[Link], most: int = MAX_GROUP
) -> tuple[list[Link], list[Link]]:
    """Links without cycles and without groups of more than `most`, and those left out for it.

    The strongest links are kept first (ties: by the numbers of their causes): one that would close
    a cycle, or make a group too large, is left out.
    """
    kept: list[Link] = []
    dropped: list[Link] = []
    behind: dict[int, set[int]] = {i: {i} for i in range(size)}  # what brings each about
    root = {i: {i} for i in range(size)}
    for link in sorted(links, key=lambda link: (-link.strength, link.cause, link.effect)):
        together = root[link.cause] | root[link.effect]
        if link.effect in behind[link.cause] or len(together) > most:
            dropped.append(link)
            continue
        kept.append(link)
        for i in together:
            root[i] = together
        for i in range(size):
            if link.effect in behind[i]:
                behind[i] = behind[i] | behind[link.cause]
    return kept, dropped
