"""Observations as people type them, with odd names, and what is said of wrong ones."""

from __future__ import annotations

import numpy as np
import pytest

from api.nearest import nearest_texts
from kg.diagnosis.inference import Network, Table, Variable, parse_names, parse_observations
from kg.model import BadInput, NotFound

_HALF = Table(np.full(2, 0.5))
_NETWORK = Network(
    [
        Variable("pump", ("on", "off"), distribution=_HALF),
        Variable("a, b", ("x = 1", "y,z"), distribution=_HALF),
        Variable("p=q", ("<5", ">=5"), distribution=_HALF),
        Variable('say "hi"', ("?", "no"), distribution=_HALF),
        Variable("level", ("low", "ok", "high"), distribution=Table(np.full(3, 1 / 3))),
        Variable("温度", ("正常", "过高"), distribution=_HALF),
    ]
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pump=on", {"pump": (1, 0)}),
        (" pump = on , level != ok ", {"pump": (1, 0), "level": (1, 0, 1)}),
        ('"a, b"="y,z",pump=off', {"a, b": (0, 1), "pump": (0, 1)}),
        ("a, b=y,z,pump=off", {"a, b": (0, 1), "pump": (0, 1)}),
        ("p=q=>=5", {"p=q": (0, 1)}),
        ('"p=q"="<5"', {"p=q": (1, 0)}),
        ("p=q!=<5", {"p=q": (0, 1)}),
        (r"say \"hi\"=no", {'say "hi"': (0, 1)}),
        (r'"say \"hi\""=?', {'say "hi"': (1, 0)}),
        ("pump=?", {"pump": (1, 1)}),
        ("PUMP=On", {"pump": (1, 0)}),
        ("level=low:0.2|ok:0.7", {"level": (0.2, 0.7, 0)}),
        ("温度=过高", {"温度": (0, 1)}),
        ("level!=low,level!=high", {"level": (0, 1, 0)}),
        ("", {}),
    ],
)
def test_what_people_type_is_understood(text: str, expected: dict[str, tuple[float, ...]]) -> None:
    found = parse_observations([text], _NETWORK, nearest_texts)
    assert {name: seen.likelihood for name, seen in found.items()} == expected


@pytest.mark.parametrize(
    ("text", "near"),
    [("pumpe=on", "pump"), ("level=hihg", "high"), ("levle!=low", "level")],
)
def test_wrong_names_offer_the_nearest(text: str, near: str) -> None:
    with pytest.raises(NotFound) as error:
        parse_observations([text], _NETWORK, nearest_texts)
    assert near in error.value.nearest


@pytest.mark.parametrize("text", ["pump", "on", '"pump=on', "level=low:x"])
def test_what_is_no_observation_is_said(text: str) -> None:
    with pytest.raises(BadInput if "low" not in text else NotFound):
        parse_observations([text], _NETWORK, nearest_texts)


def test_lists_of_names_may_hold_commas() -> None:
    assert parse_names('pump, "a, b"', _NETWORK, nearest_texts) == ["pump", "a, b"]
    assert parse_names("a, b,level", _NETWORK, nearest_texts) == ["a, b", "level"]
    with pytest.raises(NotFound):
        parse_names("pump,nothing", _NETWORK, nearest_texts)
