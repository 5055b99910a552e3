"""The normal state of a cause, where nobody said: the likeliest before any evidence."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from kg.diagnosis.inference.inferring import infer
from kg.diagnosis.inference.network import Network


def settle_normal_states(
    network: Network, causes: Collection[str], *, seconds: float = 2.0
) -> Network:
    """A copy in which each of `causes` has a normal state."""
    open_ones = [c for c in causes if network[c].normal is None]
    if not open_ones:
        return network
    prior = infer(network, {}, targets=open_ones, seconds=seconds)
    changes = {
        name: replace(
            network[name], normal=network[name].states[int(prior.by_variable[name].argmax())]
        )
        for name in open_ones
        if name in prior.by_variable
    }
    return network.changed(changes)
