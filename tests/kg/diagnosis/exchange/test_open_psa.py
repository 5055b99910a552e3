"""Fault trees: the top probability against counting, in and out again, hostile files refused."""

from __future__ import annotations

from itertools import product
from math import prod
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.diagnosis.exchange import (
    FaultTree,
    Gate,
    from_network,
    parse_open_psa,
    top_probability,
    write_open_psa,
)
from kg.diagnosis.inference import infer
from kg.model import BadInput
from tests.kg.diagnosis.inference.networks import random_network


def _random_tree(seed: int) -> FaultTree:
    chance = Random(seed)
    events = {f"e{i}": chance.uniform(0.0, 0.6) for i in range(5)}
    houses = {"h": chance.random() < 0.5}
    gates: dict[str, Gate] = {}
    for i in range(5):
        known = [*events, *houses, *gates]
        kind = chance.choice(("and", "or", "not", "xor", "atleast", "nand", "nor"))
        inputs = chance.sample(known, 1 if kind == "not" else chance.randint(2, 4))
        least = chance.randint(1, len(inputs)) if kind == "atleast" else 0
        gates[f"g{i}"] = Gate(kind, tuple(inputs), least)  # type: ignore[arg-type]
    return FaultTree("random", "g4", gates, events, houses)


def _happens(tree: FaultTree, name: str, state: dict[str, bool]) -> bool:
    if name in state:
        return state[name]
    gate = tree.gates[name]
    on = [_happens(tree, given, state) for given in gate.inputs]
    return {
        "and": all(on),
        "or": any(on),
        "not": not on[0],
        "xor": sum(on) % 2 == 1,
        "atleast": sum(on) >= gate.least,
        "nand": not all(on),
        "nor": not any(on),
    }[gate.kind]


def _count(tree: FaultTree) -> float:
    names = list(tree.events)
    total = 0.0
    for states in product((False, True), repeat=len(names)):
        state = {**dict(zip(names, states, strict=True)), **tree.houses}
        if _happens(tree, tree.top, state):
            total += prod(p if state[n] else 1 - p for n, p in tree.events.items())
    return total


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_top_probability_is_exact_and_survives_writing(seed: int) -> None:
    tree = _random_tree(seed)
    found, how = top_probability(tree)
    assert how.exact
    assert found == pytest.approx(_count(tree), abs=1e-9)
    back = parse_open_psa(write_open_psa(tree).encode())
    assert top_probability(back)[0] == pytest.approx(found, abs=1e-12)


def test_wide_gates_are_exact() -> None:
    events = {f"e{i}": 0.01 * (i + 1) for i in range(40)}
    tree = FaultTree("wide", "top", {"top": Gate("or", tuple(events))}, events)
    assert top_probability(tree)[0] == pytest.approx(1 - prod(1 - p for p in events.values()))
    tree = FaultTree("vote", "top", {"top": Gate("atleast", tuple(events), 40)}, events)
    assert top_probability(tree)[0] == pytest.approx(prod(events.values()))


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_a_noisy_or_network_becomes_a_tree_with_the_same_top(seed: int) -> None:
    network = random_network(seed, noisy=1.0, most_states=2)
    top = network.order[-1]
    try:
        tree = from_network(network, top)
    except BadInput:  # more states than a tree can say
        return
    exact = infer(network, {}, targets=[top]).by_variable[top][1]
    assert top_probability(tree)[0] == pytest.approx(exact, abs=1e-9)


_HEAD = '<opsa-mef><define-fault-tree name="t">'
_TAIL = '</define-fault-tree><model-data><define-basic-event name="a"><float value="0.1"/>'
_TAIL += "</define-basic-event></model-data></opsa-mef>"


def test_nested_formulas_parameters_and_laws_are_read() -> None:
    text = """<?xml version="1.0"?><opsa-mef><define-fault-tree name="Pump trip">
    <define-gate name="top"><label>the pump trips</label><or>
      <and><basic-event name="a"/><event name="b"/></and>
      <not><house-event name="on"/></not></or></define-gate></define-fault-tree>
    <model-data><define-basic-event name="a"><float value="0.5"/></define-basic-event>
    <define-basic-event name="b"><exponential><parameter name="rate"/><float value="100"/>
    </exponential></define-basic-event>
    <define-parameter name="rate"><float value="0.01"/></define-parameter>
    <define-house-event name="on"><constant value="true"/></define-house-event>
    </model-data></opsa-mef>"""
    tree = parse_open_psa(text.encode())
    assert tree.name == "Pump trip"
    assert top_probability(tree)[0] == pytest.approx(0.5 * (1 - 2.718281828459045**-1))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('<!DOCTYPE x [<!ENTITY a "b">]><opsa-mef>&a;</opsa-mef>', "can do harm"),
        ("<opsa-mef>", "not XML"),
        ("<mef/>", "its root is <mef>"),
        (_HEAD + _TAIL, "defines no gates"),
        (_HEAD + '<define-gate name="g"><or><gate name="x"/></or></define-gate>' + _TAIL, "'x'"),
        (
            _HEAD + '<define-gate name="g"><not><gate name="g"/></not></define-gate>' + _TAIL,
            "circle",
        ),
        (_HEAD + '<define-gate name="g"><odd/></define-gate>' + _TAIL, "<odd>"),
        (
            _HEAD
            + '<define-gate name="g"><atleast min="3"><basic-event name="a"/></atleast>'
            + "</define-gate>"
            + _TAIL,
            "needs 3 of 1",
        ),
        (
            _HEAD
            + '<define-gate name="g"><or><basic-event name="a"/></or></define-gate>'
            + _TAIL.replace("0.1", "1.5"),
            "probability 1.5",
        ),
        (
            _HEAD
            + '<define-gate name="g"><or><basic-event name="a"/></or></define-gate>'
            + _TAIL.replace("0.1", "much"),
            "'much', not a number",
        ),
    ],
)
def test_wrong_files_are_one_sentence(text: str, words: str) -> None:
    with pytest.raises(BadInput) as error:
        parse_open_psa(text.encode(), name="tree.xml")
    assert words in str(error.value)
