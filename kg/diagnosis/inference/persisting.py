"""What a repair that did not end the trouble says: the trouble is there without that cause, too."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from kg.diagnosis.inference.network import Network, NoisyMax, Table, Variable


def without_causes(
    network: Network, trouble: Collection[str], repaired: Collection[str]
) -> Network:
    """The network in which `repaired` no longer act on `trouble`, but on all else as before.

    Evidence that a repaired cause was faulty then still explains what was seen before the repair,
    and the trouble that went on has to have another reason.
    """
    changes: dict[str, Variable] = {}
    for name in trouble:
        variable = network[name]
        gone = [p for p in variable.parents if p in repaired]
        if not gone:
            continue
        kept = tuple(p for p in variable.parents if p not in gone)
        given = variable.distribution
        if isinstance(given, Table):
            place = tuple(
                network[p].normal_index if p in gone else slice(None) for p in variable.parents
            )
            changes[name] = replace(variable, parents=kept, distribution=Table(given.values[place]))
            continue
        below = np.cumsum(given.leak)
        for parent, strength in zip(variable.parents, given.strengths, strict=True):
            if parent in gone:
                below = below * np.cumsum(strength[network[parent].normal_index])
        rest = tuple(
            s for p, s in zip(variable.parents, given.strengths, strict=True) if p not in gone
        )
        leak = np.clip(np.diff(below, prepend=0.0), 0.0, 1.0)
        changes[name] = replace(
            variable, parents=kept, distribution=NoisyMax(leak, rest) if rest else Table(leak)
        )
    return network.changed(changes) if changes else network
