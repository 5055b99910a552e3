"""Fault trees: gates over basic events, as a causal network, and back from a noisy-OR network.

The probability of the top event is that of the network: exact up to rounding where the network is
answered exactly, events that several gates share included.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from kg.diagnosis.inference import (
    Network,
    NoisyMax,
    Posteriors,
    Role,
    Table,
    Variable,
    infer,
)
from kg.model.errors import BadInput

GateKind = Literal["and", "or", "not", "xor", "atleast", "nand", "nor"]
STATES = ("no", "yes")


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate over named gates and events. `least` is how many an atleast gate needs."""

    kind: GateKind
    inputs: tuple[str, ...]
    least: int = 0


@dataclass(frozen=True, slots=True)
class FaultTree:
    """Gates, basic events with probabilities and house events; `top` is the top gate.

    Raises BadInput: an input that is not defined, a cycle of gates, a gate with the wrong number of
    inputs, a probability outside 0 to 1.
    """

    name: str
    top: str
    gates: Mapping[str, Gate]
    events: Mapping[str, float]
    houses: Mapping[str, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, chance in self.events.items():
            if not 0.0 <= chance <= 1.0:
                raise BadInput(
                    f"{self.name}: {name!r} has the probability {chance:g}; it must lie within"
                    " 0 and 1."
                )
        for name, gate in self.gates.items():
            _check_gate(self.name, name, gate)
            for given in gate.inputs:
                if given not in self.gates and given not in self.events | self.houses.keys():
                    raise BadInput(
                        f"{self.name}: the gate {name!r} names {given!r}, which is not defined."
                    )
        if self.top not in self.gates:
            raise BadInput(f"{self.name}: there is no gate {self.top!r}.")
        self.order()

    def order(self) -> list[str]:
        """The gates below the top, inputs before the gates that use them. Raises BadInput."""
        done: dict[str, bool] = {}
        order: list[str] = []
        stack = [(self.top, iter(self.gates[self.top].inputs))]
        done[self.top] = False
        while stack:
            name, rest = stack[-1]
            for given in rest:
                if given not in self.gates:
                    continue
                if given not in done:
                    done[given] = False
                    stack.append((given, iter(self.gates[given].inputs)))
                    break
                if not done[given]:
                    raise BadInput(f"{self.name}: the gates run in a circle through {given!r}.")
            else:
                done[name] = True
                order.append(name)
                stack.pop()
        return order


def top_probability(
    tree: FaultTree, *, memory_mb: float = 512.0, seconds: float = 10.0
) -> tuple[float, Posteriors]:
    """The probability of the top event, and how it was computed.

    Raises BadInput where it cannot be computed within the limits.
    """
    network = to_network(tree)
    found = infer(network, {}, targets=[tree.top], memory_mb=memory_mb, seconds=seconds)
    if found.refused:
        raise BadInput(f"{tree.name}: the top event cannot be computed: {found.refused}.")
    return found.of(tree.top)["yes"], found


def to_network(tree: FaultTree) -> Network:
    """The tree as a causal network: basic events are the causes, the top event the finding."""
    variables: list[Variable] = []
    needed = {tree.top}
    for name in reversed(tree.order()):
        if name in needed:
            needed.update(tree.gates[name].inputs)
    for name, chance in {**tree.events, **{h: float(v) for h, v in tree.houses.items()}}.items():
        if name in needed:
            variables.append(
                Variable(
                    name,
                    STATES,
                    distribution=Table(np.array([1.0 - chance, chance])),
                    role="cause" if name in tree.events else "intermediate",
                    normal="no",
                )
            )
    for name in tree.order():
        variables.extend(_gate_variables(tree, name))
    return Network(variables, name=tree.name)


def _gate_variables(tree: FaultTree, name: str) -> Iterator[Variable]:
    gate = tree.gates[name]
    role: Role = "finding" if name == tree.top else "intermediate"
    yes = [_states(tree, given).index("yes") for given in gate.inputs]
    match gate.kind:
        case "or" | "and" | "nor" | "nand":
            trigger = yes if gate.kind in ("or", "nor") else [1 - place for place in yes]
            # state 0: no input triggers, state 1: one does
            rows = tuple(np.eye(2) if place == 1 else np.eye(2)[::-1] for place in trigger)
            given = NoisyMax(np.array([1.0, 0.0]), rows)
            yield Variable(name, _states(tree, name), gate.inputs, given, role=role, normal="no")
        case "not":
            table = Table(np.eye(2)[[yes[0], 1 - yes[0]]])
            yield Variable(name, STATES, gate.inputs, table, role=role, normal="no")
        case "xor" | "atleast":
            yield from _count(name, gate, yes, role)


def _states(tree: FaultTree, name: str) -> tuple[str, ...]:
    """The states of a gate or event; those whose first state is that no input triggers."""
    gate = tree.gates.get(name)
    return STATES[::-1] if gate is not None and gate.kind in ("and", "nor") else STATES


def _count(name: str, gate: Gate, yes: list[int], role: Role) -> Iterator[Variable]:
    """A chain that counts the inputs up to `least`; for xor their parity."""
    least = gate.least if gate.kind == "atleast" else 0
    before: str | None = None
    size = 2 if least == 0 else least + 1
    for place, given in enumerate(gate.inputs):
        is_last = place == len(gate.inputs) - 1
        here = name if is_last else f"{name} ({place + 1} of {len(gate.inputs)})"
        start = 1 if before is None else size
        table = np.zeros((start, 2, size))
        for so_far in range(start):
            for state in range(2):
                number = so_far + (state == yes[place])
                table[so_far, state, number % 2 if least == 0 else min(number, least)] = 1.0
        if is_last and least > 0:
            table = np.stack([table[..., :-1].sum(axis=-1), table[..., -1]], axis=-1)
        yield Variable(
            here,
            STATES if is_last or least == 0 else tuple(str(i) for i in range(size)),
            (given,) if before is None else (before, given),
            Table(table[0] if before is None else table),
            role=role if is_last else "intermediate",
            normal="no" if is_last else None,
        )
        before = here


def from_network(network: Network, top: str) -> FaultTree:
    """A fault tree with the same probability of `top` as a network of leaky noisy-ORs.

    A cause with parents is an OR of its leak and of `parent AND link`, one basic event for each
    link. Raises BadInput for variables that are not two-state noisy-ORs.
    """
    if top not in network:
        raise BadInput(f"The network has no variable {top!r}.")
    gates: dict[str, Gate] = {}
    events: dict[str, float] = {}
    waiting = [top]
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        variable = network[name]
        given = variable.distribution
        if not variable.parents and isinstance(given, Table) and variable.size == 2:
            chance = float(given.values[1 - variable.normal_index])
            if name == top:
                events[f"{name}: itself"] = chance
                gates[name] = Gate("or", (f"{name}: itself",))
            else:
                events[name] = chance
            continue
        if not isinstance(given, NoisyMax) or variable.size != 2 or variable.normal_index != 0:
            raise BadInput(f"{name!r} is no noisy-OR of two states; a fault tree cannot say it.")
        inputs: list[str] = []
        if given.leak[1] > 0.0:
            events[f"{name}: other reasons"] = float(given.leak[1])
            inputs.append(f"{name}: other reasons")
        for parent, strength in zip(variable.parents, given.strengths, strict=True):
            normal = network[parent].normal_index
            if strength.shape[0] != 2 or strength[normal, 1] > 0.0:
                raise BadInput(f"{parent!r} acts on {name!r} in a way a fault tree cannot say.")
            link = float(strength[1 - normal, 1])
            if link >= 1.0:
                inputs.append(parent)
            elif link > 0.0:
                events[f"{parent} → {name}"] = link
                gates[f"{parent} brings about {name}"] = Gate("and", (parent, f"{parent} → {name}"))
                inputs.append(f"{parent} brings about {name}")
            waiting.append(parent)
        if not inputs:
            events[f"{name}: never"] = 0.0
            inputs = [f"{name}: never"]
        gates[name] = Gate("or", tuple(inputs))
    return FaultTree(network.name, top, gates, events)


def _check_gate(tree: str, name: str, gate: Gate) -> None:
    count = len(gate.inputs)
    if count == 0 or (gate.kind == "not" and count != 1) or len(set(gate.inputs)) < count:
        raise BadInput(f"{tree}: the {gate.kind} gate {name!r} has no, too many or equal inputs.")
    if gate.kind == "atleast" and not 1 <= gate.least <= count:
        raise BadInput(f"{tree}: {name!r} needs {gate.least} of {count} inputs, which cannot be.")
