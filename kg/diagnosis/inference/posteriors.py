"""What inference gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import exp, inf

from kg.diagnosis.inference.network import Array


@dataclass(frozen=True, eq=False, slots=True)
class Posteriors:
    """Posterior probabilities, how they were computed and how sure they are.

    `by_variable[name]` has one probability per state, shape (states,). `exact` says whether they
    are right up to rounding; else `error` is the largest half-width of a 95 % interval over all
    states asked for, `errors` that of each variable, and `effective_samples` what the sample was
    worth. `log_evidence` is the natural logarithm of the probability of the observations (minus
    infinity where they contradict each other). `conflict` then names a smallest set of
    observations that cannot be true together; it is empty for possible ones.
    """

    by_variable: Mapping[str, Array]
    states: Mapping[str, tuple[str, ...]]
    exact: bool
    method: str
    log_evidence: float
    error: float | None = None
    errors: Mapping[str, float] = field(default_factory=dict)
    effective_samples: float | None = None
    conflict: tuple[str, ...] = ()
    refused: str | None = None  # why there is no answer within the limits; then nothing else is

    @property
    def possible(self) -> bool:
        """Whether the observations can be true together."""
        return self.log_evidence > -inf

    @property
    def evidence_probability(self) -> float:
        """The probability of the observations before any of them was made."""
        return exp(self.log_evidence)

    def of(self, variable: str) -> dict[str, float]:
        """State to posterior probability of one variable."""
        values = self.by_variable[variable]
        return {s: float(p) for s, p in zip(self.states[variable], values, strict=True)}
