"""The report on calibration: it predicts without looking, and it tells a bad diagnosis."""

from __future__ import annotations

import random
from xml.etree import ElementTree

import pytest

from kg.diagnosis.calibrating import calibrate, draw_reliability, wilson
from kg.model.errors import BadInput
from kg.store.protocol import Store
from tests.kg.plants import Facts, schema, work_order


def plant(orders: int, seed: int = 1) -> Facts:
    """Three causes with signs of their own, one of them more frequent than the others."""
    rng = random.Random(seed)
    shows = {"cause:a": (0.9, 0.1), "cause:b": (0.2, 0.8), "cause:c": (0.5, 0.5)}
    f = Facts()
    for n in range(3):
        f.say(f"asset:M{n}", "ofClass", "class:Press")
    for i in range(orders):
        cause = rng.choices(list(shows), weights=(6, 3, 1))[0]
        seen = [s for s, p in zip(("symptom:x", "symptom:y"), shows[cause], strict=True)
                if rng.random() < p]  # fmt: skip
        day = f"20{10 + i // 50}-{1 + i % 12:02d}-{1 + i // 12 % 25:02d}"
        work_order(f, f"{i}", f"asset:M{i % 3}", day, observed=tuple(seen or ["symptom:x"]),
                   causes=(cause,))  # fmt: skip
    return f


def test_calibrate_beats_popularity_and_is_about_right(sqlite_store: Store) -> None:
    found = calibrate(plant(160).load(sqlite_store), schema(), most=80)
    assert (found.records, found.possible) == (80, 160)
    assert found.diagnosis.top1 > found.control.top1
    assert found.diagnosis.log_loss < found.control.log_loss
    assert found.diagnosis.brier < found.control.brier
    for one in found.bins:
        if one.predictions >= 20:
            assert one.low - 0.1 <= one.said <= one.high + 0.1
    again = calibrate(sqlite_store, schema(), most=80)
    assert again == found
    split = calibrate(sqlite_store, schema(), most=40, time_split=True)
    assert split.split == "time"
    picture = draw_reliability(found)
    assert len(ElementTree.fromstring(picture).findall(".//{*}circle")) == len(found.bins)


def test_calibrate_does_not_see_the_record_that_it_predicts(sqlite_store: Store) -> None:
    """Causes that are drawn without regard to the signs cannot be predicted from them."""
    rng = random.Random(4)
    f = Facts()
    for i in range(60):
        f.say(f"asset:M{i}", "ofClass", "class:Press")
        work_order(f, f"{i}", f"asset:M{i}", "2026-01-05", observed=(f"symptom:{i}",),
                   causes=(f"cause:{rng.randrange(12)}",))  # fmt: skip
    found = calibrate(f.load(sqlite_store), schema(), most=60)
    assert found.diagnosis.top1 <= found.control.top1 + 0.1


def test_calibrate_refuses_few_records(sqlite_store: Store) -> None:
    with pytest.raises(BadInput, match="Only 5 records"):
        calibrate(plant(5).load(sqlite_store), schema())


def test_wilson_holds_the_share() -> None:
    assert wilson(0, 10)[0] == 0
    assert wilson(10, 10)[1] == 1
    low, high = wilson(30, 100)
    assert low < 0.3 < high
    assert high - low < wilson(3, 10)[1] - wilson(3, 10)[0]
