"""BIF in and out: what was written comes back, pyAgrum reads the same, bad files are one line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.diagnosis.exchange import parse_bif, read_bif, write_bif
from kg.diagnosis.inference import Network, Table, Variable, collect, infer, observe
from kg.model import BadInput
from tests.kg.diagnosis.inference.networks import random_network
from tests.shared_data import shared


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_write_and_read_give_the_same_network(seed: int) -> None:
    network = random_network(seed)
    back = parse_bif(write_bif(network))
    assert list(back) == list(network)
    for name in network:
        assert back[name].states == network[name].states
        assert back[name].parents == network[name].parents
        assert np.array_equal(back.table(name), network.table(name))


@settings(max_examples=50, deadline=None)
@given(
    name=st.text(min_size=1, max_size=8),
    states=st.lists(st.text(min_size=1, max_size=6), min_size=2, max_size=3, unique=True),
)
def test_names_of_any_characters_come_back(name: str, states: list[str]) -> None:
    size = len(states)
    network = Network([Variable(name, tuple(states), distribution=Table(np.full(size, 1 / size)))])
    back = parse_bif(write_bif(network))
    assert list(back) == [name]
    assert back[name].states == tuple(states)


@pytest.mark.parametrize("name", ["asia", "alarm", "win95pts"])
def test_networks_of_others_agree_with_pyagrum(name: str) -> None:
    import pyagrum

    path = shared(f"diagnosis/networks/{name}.bif")
    network = read_bif(path)
    other: Any = pyagrum.loadBN(str(path))
    assert set(other.names()) == set(network)
    leaf, state = network.leaves[0], network[network.leaves[0]].states[0]
    engine: Any = pyagrum.LazyPropagation(other)
    engine.setEvidence({leaf: state})
    engine.makeInference()
    found = infer(network, collect(network, observe(network, leaf, state)), targets=list(network))
    assert found.exact
    for variable in network:
        labels = other.variable(variable).labels()
        expected = dict(zip(labels, engine.posterior(variable).tolist(), strict=True))
        assert found.of(variable) == pytest.approx(expected, abs=1e-6)  # it reads single precision


_TWO = """network x {{ property made by hand ; }}
// two variables
variable a {{ type discrete [ 2 ] {{ <5, >=5 }}; property position = (1, 2) ; }}
variable "b 2" {{ type discrete [ 3 ] {{ "x,y", 5-12, 12+ }}; }}
probability ( a ) {{ table 0.25 0.75; }}
probability ( "b 2" | a ) {{ {rows} }}
"""


@pytest.mark.parametrize(
    "rows",
    [
        "(<5) 0.1, 0.4, 0.5; (>=5) 0.2 0.3 0.5;",
        "table 0.1, 0.2, 0.4, 0.3, 0.5, 0.5;",
        "table 0.1, 0.4, 0.5, 0.2, 0.3, 0.5;",
        "default 0.1, 0.4, 0.5; (>=5) .2, 3e-1, 0.5;",
    ],
)
def test_every_way_to_write_a_table_is_read(rows: str) -> None:
    network = parse_bif(_TWO.format(rows=rows))
    assert network["b 2"].states == ("x,y", "5-12", "12+")
    assert network["a"].states == ("<5", ">=5")
    assert network.table("b 2") == pytest.approx(np.array([[0.1, 0.4, 0.5], [0.2, 0.3, 0.5]]))


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("(<5) 0.1, 0.4, 0.5;", "no probabilities for a = >=5"),
        ("table 0.1, 0.2;", "needs 6 probabilities here and has 2"),
        ("(<5) 0.1, 0.4, 0.5; (>=5) 1.2, -0.1, -0.1;", "probability 1.2"),
        ("(<5) 0.1, 0.4, 0.5; (>=5) 0.2, 0.2, 0.2;", "sums to 0.6"),
        ("(<5) 0.1, 0.4, 0.5; (6) 0.2, 0.2, 0.2;", "'a' has no state '6'"),
        ("(<5) 0.1, nan, 0.6; (>=5) 0.2, 0.3, 0.5;", "probability nan"),
        ("(<5, 1) 0.1, 0.4, 0.5;", "names 2 states for 1 parents"),
        ("(<5) 0.1, word, 0.6;", "not 'word'"),
        ("(<5) 0.1, 0.4, 0.5", "expected a probability, not '}'"),
    ],
)
def test_bad_tables_name_the_file_and_the_line(rows: str, words: str) -> None:
    with pytest.raises(BadInput) as error:
        parse_bif(_TWO.format(rows=rows), name="two.bif")
    assert words in str(error.value)
    assert str(error.value).startswith("two.bif")


@pytest.mark.parametrize(
    "text",
    [
        "variable a { type discrete [ 2 ] { x, y }; }",
        "variable a { type discrete [ 2 ] { x }; }",
        "variable a { type continuous; }",
        'variable "a { }',
        "network {",
        "PK\x03\x04",
        "variable a { type discrete [ 1 ] { x }; } probability ( a | a ) { (x) 1; }",
    ],
)
def test_broken_files_are_bad_input(text: str) -> None:
    with pytest.raises(BadInput):
        parse_bif(text)


def test_a_missing_file_and_a_folder_are_said(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        read_bif(tmp_path / "none.bif")
    with pytest.raises(BadInput, match="is a folder"):
        read_bif(tmp_path)
