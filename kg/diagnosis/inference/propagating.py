"""Loopy belief propagation: quick approximate messages that steer the sampler.

A message of 0 is right even in a graph with loops: the state is impossible. Everything else is only
a guess at where the likely configurations are (Murphy, Weiss & Jordan 1999).
"""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic

import numpy as np

from kg.diagnosis.inference.expanding import Expanded
from kg.diagnosis.inference.network import Array

SWEEPS = 25
DAMPING = 0.3
SETTLED = 1e-4


class Impossible(Exception):
    """Propagation has found that no configuration is possible."""


def pull_evidence(expanded: Expanded, *, until: float) -> dict[str, Array]:
    """For each variable what everything but its own table says of it. Shape: (states,), peak 1.

    `until` is a moment of the monotonic clock at which to stop. Raises Impossible.
    """
    scopes: list[tuple[str, ...]] = [(*s.parents, s.name) for s in expanded.steps]
    tables: list[Array] = [step.table for step in expanded.steps]
    scopes += [s.parents for s in expanded.sensors]
    tables += [s.likelihood for s in expanded.sensors]
    sizes = expanded.sizes
    touching: dict[str, list[tuple[int, int]]] = {name: [] for name in sizes}
    for factor, scope in enumerate(scopes):
        for axis, name in enumerate(scope):
            touching[name].append((factor, axis))
    sent = [[np.ones(sizes[name]) for name in scope] for scope in scopes]
    order = [*range(len(scopes)), *reversed(range(len(scopes)))]
    for _ in range(SWEEPS):
        change = 0.0
        for factor in order:
            if monotonic() > until:
                break
            scope = scopes[factor]
            incoming = [
                _product([sent[f][a] for f, a in touching[name] if f != factor], sizes[name])
                for name in scope
            ]
            for axis, message in enumerate(_outgoing(tables[factor], incoming)):
                peak = float(message.max())
                if peak <= 0.0:
                    raise Impossible
                fresh = message / peak
                old = sent[factor][axis]
                change = max(change, float(np.abs(fresh - old).max()))
                mixed = np.where(fresh > 0.0, (1.0 - DAMPING) * fresh + DAMPING * old, 0.0)
                sent[factor][axis] = mixed
        if change < SETTLED or monotonic() > until:
            break
    return {
        step.name: _product(
            [sent[f][a] for f, a in touching[step.name] if f != own], sizes[step.name]
        )
        for own, step in enumerate(expanded.steps)
    }


def _product(messages: Sequence[Array], size: int) -> Array:
    found = np.ones(size)
    for message in messages:
        found = found * message
        peak = float(found.max())
        if peak <= 0.0:
            raise Impossible
        found /= peak
    return found


def _outgoing(table: Array, incoming: Sequence[Array]) -> list[Array]:
    """The messages of a factor to each of its variables."""
    count = len(incoming)
    ahead = [table]  # table with the messages of the first axes summed out
    for message in incoming[:-1]:
        ahead.append(np.tensordot(message, ahead[-1], axes=(0, 0)))
    found: list[Array] = []
    for axis in range(count):
        rest = ahead[axis]
        for message in reversed(incoming[axis + 1 :]):
            rest = rest @ message
        found.append(rest)
    return found
