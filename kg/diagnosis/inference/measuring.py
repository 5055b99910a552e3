"""Soft evidence from instruments: values against limits, and commands without a response."""

from __future__ import annotations

from collections.abc import Sequence
from math import erf, inf, isfinite, sqrt

from kg.diagnosis.inference.network import Network
from kg.diagnosis.inference.observations import Observation, find_variable, soften
from kg.model.errors import BadInput

FAULTY_SENSOR = 0.01  # share of readings that say nothing, where the plant knows no better


def measure(
    network: Network,
    variable: str,
    value: float,
    limits: Sequence[float],
    *,
    noise: float,
    faulty_sensor: float = FAULTY_SENSOR,
    unit: str = "",
) -> Observation:
    """A measured value against the limits between the states of a variable.

    The states lie in ascending order, `limits` between them (one fewer than states). `noise` is
    the standard deviation of the sensor, in the unit of `value`. The likelihood of a state is the
    probability that the true value lies in its range, for normal noise and a flat prior, mixed
    with a sensor that says nothing in `faulty_sensor` of its readings. Raises BadInput.
    """
    of = find_variable(network, variable)
    if len(limits) != of.size - 1 or list(limits) != sorted(limits):
        raise BadInput(f"{of.name!r} has {of.size} states and needs {of.size - 1} rising limits.")
    if not isfinite(value) or not (isfinite(noise) and noise >= 0.0):
        raise BadInput(f"The reading {value:g} ± {noise:g} of {of.name!r} is not a measurement.")
    _check_share(faulty_sensor)
    edges = [-inf, *limits, inf]
    inside = [
        _below(edges[i + 1], value, noise) - _below(edges[i], value, noise) for i in range(of.size)
    ]
    likelihood = [(1.0 - faulty_sensor) * p + faulty_sensor / of.size for p in inside]
    limit = min(limits, key=lambda edge: abs(edge - value))
    shown = f" {unit}" if unit else ""
    text = f"{value:g}{shown} against a limit of {limit:g}{shown}, ± {noise:g}{shown}"
    return soften(network, variable, likelihood, text=text)


def miss_response(
    network: Network,
    variable: str,
    expected: str,
    *,
    stuck_sensor: float = FAULTY_SENSOR,
    text: str = "",
) -> Observation:
    """Commanded, but it did not happen: `variable` was to reach `expected` and was not seen there.

    A stuck sensor shows the same, so `expected` keeps the likelihood `stuck_sensor`; the others
    have 1. Raises BadInput.
    """
    of = find_variable(network, variable)
    _check_share(stuck_sensor)
    wanted = of.index(expected)
    likelihood = [stuck_sensor if i == wanted else 1.0 for i in range(of.size)]
    return soften(network, variable, likelihood, text=text or "commanded, but did not happen")


def _check_share(share: float) -> None:
    if not 0.0 <= share <= 1.0:
        raise BadInput(f"The share {share:g} of faulty readings must lie within 0 and 1.")


def _below(edge: float, value: float, noise: float) -> float:
    """P(true value < edge | reading)."""
    if edge in (inf, -inf) or noise == 0.0:
        return 1.0 if value < edge else 0.0
    return 0.5 * (1.0 + erf((edge - value) / (noise * sqrt(2.0))))
