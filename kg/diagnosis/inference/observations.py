"""What was observed: a state, not a state, a soft reading, a command without response, nothing.

Every observation is a likelihood: for each state of its variable, how probable the reading is when
the variable is in that state. Only the ratios matter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Literal

import numpy as np

from kg.diagnosis.inference.network import Array, Network, Variable
from kg.model.errors import BadInput

ObservationKind = Literal["state", "against", "soft", "unknown"]


@dataclass(frozen=True, slots=True)
class Observation:
    """One observation of one variable.

    `likelihood` has one number of at least 0 per state; all equal means that nothing was learnt.
    `text` says in words where it comes from, such as `82 °C against a limit of 70 °C`.
    """

    variable: str
    kind: ObservationKind
    likelihood: tuple[float, ...]
    text: str = ""

    @property
    def hard_state(self) -> int | None:
        """The index of the only state that is possible, None where there are several."""
        possible = [i for i, value in enumerate(self.likelihood) if value > 0.0]
        return possible[0] if len(possible) == 1 else None

    @property
    def says_nothing(self) -> bool:
        """Whether every state is as likely as before."""
        return 0.0 < min(self.likelihood) == max(self.likelihood)


Observations = Mapping[str, Observation]


def observe(network: Network, variable: str, state: str, *, text: str = "") -> Observation:
    """The variable is in `state`. Raises BadInput for a name that is not there."""
    of = find_variable(network, variable)
    seen = of.index(state)
    return Observation(of.name, "state", tuple(float(i == seen) for i in range(of.size)), text)


def exclude(network: Network, variable: str, *states: str, text: str = "") -> Observation:
    """Evidence against: the variable is in none of `states`. Raises BadInput."""
    of = find_variable(network, variable)
    out = {of.index(state) for state in states}
    return Observation(of.name, "against", tuple(float(i not in out) for i in range(of.size)), text)


def leave_unknown(network: Network, variable: str) -> Observation:
    """Asked, and not known: changes no probability, but the variable is not asked again."""
    of = find_variable(network, variable)
    return Observation(of.name, "unknown", (1.0,) * of.size)


def soften(
    network: Network,
    variable: str,
    likelihood: Mapping[str, float] | Sequence[float],
    *,
    text: str = "",
) -> Observation:
    """A soft reading: for each state, how probable the reading is in it.

    States that a mapping leaves out have the likelihood 0. Raises BadInput.
    """
    of = find_variable(network, variable)
    if isinstance(likelihood, Mapping):
        given = {of.index(state): float(value) for state, value in likelihood.items()}
        values = tuple(given.get(i, 0.0) for i in range(of.size))
    else:
        values = tuple(float(v) for v in likelihood)
    if len(values) != of.size or not all(isfinite(v) and v >= 0.0 for v in values):
        raise BadInput(f"A reading of {of.name!r} needs {of.size} numbers of at least 0.")
    if not any(values):
        raise BadInput(f"A reading of {of.name!r} rules every state out; it cannot be used.")
    return Observation(of.name, "soft", values, text)


def collect(network: Network, *observations: Observation) -> dict[str, Observation]:
    """Observations by variable; several of one variable are multiplied as independent readings.

    Two that exclude each other leave the likelihood 0 for every state: inference then names the
    variable as a contradiction of its own.
    """
    together: dict[str, Observation] = {}
    for new in observations:
        if new.variable not in network:
            raise BadInput(f"The network has no variable {new.variable!r}.")
        old = together.get(new.variable)
        if old is None or old.kind == "unknown":
            together[new.variable] = new
        elif new.kind != "unknown":
            both = tuple(a * b for a, b in zip(old.likelihood, new.likelihood, strict=True))
            kind: ObservationKind = "state" if sum(v > 0 for v in both) <= 1 else "soft"
            text = "; ".join(t for t in (old.text, new.text) if t)
            together[new.variable] = Observation(new.variable, kind, both, text)
    return together


def find_variable(network: Network, name: str) -> Variable:
    """A variable by name. Raises BadInput."""
    if name not in network:
        raise BadInput(f"The network has no variable {name!r}.")
    return network[name]


def as_array(observation: Observation) -> Array:
    """The likelihood. Shape: (states,)."""
    return np.asarray(observation.likelihood, dtype=np.float64)
