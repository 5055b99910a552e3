"""Discrete causal networks: variables with named states, their parents and their distributions.

**The leak convention.** `NoisyMax` (and `noisy_or`, its case of two states) uses *net* weights: the
strength of a parent is the probability that it alone, with the leak silent, brings the child
about, and the leak is one more independent cause that is always present. For two states

    P(child absent | parents) = (1 - leak) * product over present parents i of (1 - strength_i)

This is the parameterisation of Díez (1993), "Parameter adjustment in Bayes networks: the
generalized noisy OR-gate", and of pyAgrum's `addNoisyORNet`. Weights that were estimated with the
leak at work (Henrion 1989, the *compound* form) are turned into net ones by `net_strength`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import isfinite, prod
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from kg.model.errors import BadInput

if TYPE_CHECKING:
    from kg.diagnosis.inference.layers import TwoLayers

Array = NDArray[np.float64]
Role = Literal["cause", "finding", "intermediate"]

ABSENT, PRESENT = "absent", "present"
ROUNDING = 1e-3  # how far a row of a table may be from a sum of 1 before it is an error
LARGEST_TABLE = 1 << 24  # cells; a fuller table is a noisy-MAX or a mistake


@dataclass(frozen=True, eq=False, slots=True)
class Table:
    """A full conditional table.

    `values` has shape (states of parent 1, …, states of parent n, own states); the last axis
    sums to 1.
    """

    values: Array


@dataclass(frozen=True, eq=False, slots=True)
class NoisyMax:
    """Independent causes of one graded effect (noisy-MAX; with two states the leaky noisy-OR).

    Own states are ordered from normal (index 0) to worst. `leak`, shape (own states,), is what
    happens with all parents normal. `strengths[i]`, shape (states of parent i, own states), is
    what parent i brings about alone, net of the leak; its row for the normal state is (1, 0, …).
    The effect is the worst of what the parents and the leak bring about.
    Source: Díez (1993); Henrion (1989) for the leak as a cause of its own.
    """

    leak: Array
    strengths: tuple[Array, ...]

    def table(self) -> Array:
        """The full conditional table. Shape: (states of parents…, own states)."""
        below = np.cumsum(self.leak)  # P(effect <= y), multiplied over independent causes
        for strength in self.strengths:
            below = below[..., None, :] * np.cumsum(strength, axis=1)
        values: Array = np.diff(below, axis=-1, prepend=0.0)
        return np.clip(values, 0.0, 1.0)


def noisy_or(leak: float, strengths: Sequence[float]) -> NoisyMax:
    """A leaky noisy-OR of parents with two states, normal first; weights net of the leak."""
    rows = tuple(np.array([[1.0, 0.0], [1.0 - s, s]]) for s in strengths)
    return NoisyMax(np.array([1.0 - leak, leak]), rows)


def net_strength(compound: float, leak: float) -> float:
    """The net weight of a parent that brings the effect about in `compound` of its cases.

    `compound` was counted with the leak at work (Henrion 1989), so it is at least `leak`.
    """
    return 0.0 if leak >= 1.0 else min(1.0, max(0.0, 1.0 - (1.0 - compound) / (1.0 - leak)))


@dataclass(frozen=True, eq=False, slots=True)
class Variable:
    """One variable: its states, what it depends on, and what it costs to look at or repair.

    `normal` is the state without a fault (the first where it is not said). `observe_cost` is the
    cost of reading the variable, `repair_cost` of inspecting it and, where faulty, repairing it;
    one unit of money for the whole network, None where it cannot be done or is not known (see
    `costs`). `label` is for people, in whatever language.
    """

    name: str
    states: tuple[str, ...] = (ABSENT, PRESENT)
    parents: tuple[str, ...] = ()
    distribution: Table | NoisyMax = field(default_factory=lambda: Table(np.array([1.0, 0.0])))
    role: Role = "intermediate"
    normal: str | None = None
    observe_cost: float | None = None
    repair_cost: float | None = None
    label: str = ""

    @property
    def normal_index(self) -> int:
        """The index of the normal state."""
        return 0 if self.normal is None else self.states.index(self.normal)

    @property
    def size(self) -> int:
        """The number of states."""
        return len(self.states)

    def index(self, state: str) -> int:
        """The index of `state`. Raises BadInput with the states there are."""
        if state in self.states:
            return self.states.index(state)
        known = ", ".join(self.states[:12]) + (", …" if len(self.states) > 12 else "")
        raise BadInput(f"{self.name!r} has no state {state!r}; its states are {known}.")


class Network:
    """Variables that form a directed graph without cycles, checked when it is built.

    Raises BadInput, one sentence that names the variable: an unknown or repeated parent, a cycle,
    a table of the wrong shape, a probability outside 0 to 1, a row that does not sum to 1.
    """

    def __init__(self, variables: Sequence[Variable], *, name: str = "network") -> None:
        self.name = name
        self.variables: dict[str, Variable] = {}
        for variable in variables:
            if variable.name in self.variables:
                raise BadInput(f"The network names {variable.name!r} twice; rename one of them.")
            self.variables[variable.name] = variable
        for variable in variables:
            _check_variable(variable, self.variables)
        self.order: tuple[str, ...] = self._sorted()

    def __getitem__(self, name: str) -> Variable:
        return self.variables[name]

    def __contains__(self, name: object) -> bool:
        return name in self.variables

    def __iter__(self) -> Iterator[str]:
        return iter(self.variables)

    def __len__(self) -> int:
        return len(self.variables)

    @cached_property
    def children(self) -> Mapping[str, tuple[str, ...]]:
        """The children of every variable."""
        found: dict[str, list[str]] = {name: [] for name in self.variables}
        for variable in self.variables.values():
            for parent in variable.parents:
                found[parent].append(variable.name)
        return {name: tuple(names) for name, names in found.items()}

    @cached_property
    def layers(self) -> TwoLayers | None:
        """The network as arrays where it has two layers (see `layers`), else None."""
        from kg.diagnosis.inference.layers import compile_layers

        return compile_layers(self)

    @property
    def roots(self) -> tuple[str, ...]:
        """The variables without parents."""
        return tuple(v.name for v in self.variables.values() if not v.parents)

    @property
    def leaves(self) -> tuple[str, ...]:
        """The variables without children."""
        return tuple(name for name in self.variables if not self.children[name])

    def with_role(self, role: Role) -> tuple[str, ...]:
        """The variables that have `role`."""
        return tuple(v.name for v in self.variables.values() if v.role == role)

    @property
    def causes(self) -> tuple[str, ...]:
        """The variables whose role is cause; where none has a role, the roots."""
        return self._causes

    @cached_property
    def _causes(self) -> tuple[str, ...]:
        return self.with_role("cause") or self.roots

    @property
    def findings(self) -> tuple[str, ...]:
        """The variables whose role is finding; where none has a role, the leaves."""
        return self.with_role("finding") or self.leaves

    def table(self, name: str) -> Array:
        """The full conditional table of a variable. Raises BadInput where it would be too large."""
        variable = self.variables[name]
        if isinstance(variable.distribution, Table):
            return variable.distribution.values
        if table_cells(variable, self.variables) > LARGEST_TABLE:
            raise BadInput(f"The full table of {name!r} would be too large to write out.")
        return variable.distribution.table()

    def changed(self, changes: Mapping[str, Variable]) -> Network:
        """A copy in which some variables are replaced by others of the same name."""
        return Network([changes.get(v.name, v) for v in self.variables.values()], name=self.name)

    def with_roles(self, causes: Sequence[str], findings: Sequence[str]) -> Network:
        """A copy in which exactly these are the causes and the findings. Raises BadInput."""
        for name in (*causes, *findings):
            if name not in self.variables:
                raise BadInput(f"The network has no variable {name!r}.")
        role: dict[str, Role] = dict.fromkeys(self.variables, "intermediate")
        role |= dict.fromkeys(findings, "finding")
        role |= dict.fromkeys(causes, "cause")
        return Network(
            [replace(v, role=role[v.name]) for v in self.variables.values()], name=self.name
        )

    def _sorted(self) -> tuple[str, ...]:
        waiting = {v.name: len(v.parents) for v in self.variables.values()}
        ready = [name for name, count in waiting.items() if not count]
        order: list[str] = []
        while ready:
            name = ready.pop()
            order.append(name)
            for child in self.children[name]:
                waiting[child] -= 1
                if not waiting[child]:
                    ready.append(child)
        if len(order) < len(self.variables):
            stuck = sorted(name for name, count in waiting.items() if count)
            raise BadInput(
                f"The causes of the network run in a circle through {_some(stuck)}; break it first."
            )
        return tuple(order)


def table_cells(variable: Variable, variables: Mapping[str, Variable]) -> int:
    """How many cells the full table of a variable has."""
    return variable.size * prod(variables[p].size for p in variable.parents)


def _some(names: Sequence[str]) -> str:
    return ", ".join(repr(n) for n in names[:5]) + (", …" if len(names) > 5 else "")


def _check_variable(variable: Variable, variables: Mapping[str, Variable]) -> None:
    name = variable.name
    if not variable.states:
        raise BadInput(f"{name!r} has no states.")
    if len(set(variable.states)) < len(variable.states):
        raise BadInput(f"{name!r} names a state twice.")
    if variable.normal is not None:
        variable.index(variable.normal)
    if len(set(variable.parents)) < len(variable.parents):
        raise BadInput(f"{name!r} names a parent twice.")
    for parent in variable.parents:
        if parent not in variables:
            raise BadInput(f"{name!r} depends on {parent!r}, which the network does not have.")
    for cost in (variable.observe_cost, variable.repair_cost):
        if cost is not None and not (isfinite(cost) and cost >= 0.0):
            raise BadInput(f"{name!r} has the cost {cost:g}; a cost is a number of at least 0.")
    sizes = tuple(variables[p].size for p in variable.parents)
    given = variable.distribution
    if isinstance(given, Table):
        _check_rows(name, given.values, (*sizes, variable.size))
        return
    if len(given.strengths) != len(sizes):
        raise BadInput(
            f"{name!r} has {len(sizes)} parents but strengths for {len(given.strengths)}."
        )
    _check_rows(name, given.leak, (variable.size,))
    for parent, size, strength in zip(variable.parents, sizes, given.strengths, strict=True):
        _check_rows(f"{name} given {parent}", strength, (size, variable.size))


def _check_rows(name: str, values: Array, shape: tuple[int, ...]) -> None:
    if values.shape != shape:
        raise BadInput(
            f"The table of {name!r} has {values.size} numbers in the shape {values.shape}; its"
            f" states and parents need {shape}."
        )
    if not np.all((values >= 0.0) & (values <= 1.0 + 1e-9)):  # also false for NaN
        wrong = values[~((values >= 0.0) & (values <= 1.0 + 1e-9))].flat[0]
        raise BadInput(f"{name!r} has the probability {wrong:g}; it must lie within 0 and 1.")
    off = np.abs(values.sum(axis=-1) - 1.0)
    if off.size and off.max() > ROUNDING:
        total = values.sum(axis=-1).flat[int(off.argmax())]
        raise BadInput(f"A row of probabilities of {name!r} sums to {total:.6g} instead of 1.")
