"""Age and place change priors where records say so beyond chance, and nothing else does."""

from __future__ import annotations

from datetime import date, timedelta
from math import exp

import numpy as np
import pytest

from kg.diagnosis.diagnosing import Problem, Told, pose, rank_causes
from kg.diagnosis.modifying import MOST, fit_shape, hazard_ratio, pulled_weibull
from kg.store.protocol import Store
from tests.kg.plants import Facts, schema, work_order


def wearing(failures: int, *, fixed: bool = True, seed: int = 3) -> Facts:
    """Presses whose belt wears out after 100 days, beside failures at random times."""
    rng = np.random.default_rng(seed)
    f = Facts()
    for n in range(3):
        f.say(f"asset:M{n}", "ofClass", "class:HydraulicPress")
        day = 0.0
        for i in range(failures):
            day += 100 * rng.normal(1, 0.08) if fixed else rng.exponential(100)
            when = (date(2020, 1, 1) + timedelta(days=int(day))).isoformat()
            other = date(2020, 1, 1) + timedelta(days=int(rng.uniform(0, 100 * failures)))
            work_order(f, f"{n}-{i}", f"asset:M{n}", when, observed=("symptom:Noise",),
                       causes=("cause:belt worn",))  # fmt: skip
            work_order(f, f"{n}-{i}o", f"asset:M{n}", other.isoformat(),
                       observed=("symptom:Noise",), causes=("cause:dirt",))  # fmt: skip
    return f


def asked(store: Store, days: int) -> Problem:
    """M0 makes a noise so many days after the belt was last found worn."""
    whole = pose(store, schema(), "asset:M0", [Told("symptom:Noise")])
    reported = whole.graph.expand(["asset:M0"], whole.graph.terms.reported_on, "in")
    last = max(s.valid_from or 0 for s in reported if not s.subject.endswith("o"))
    return pose(store, schema(), "asset:M0", [Told("symptom:Noise")], at=last + days * 86_400_000)


def belt(problem: Problem) -> float:
    return next(s.probability for s in problem.rank().scored if s.key == "cause:belt worn")


def test_what_wears_out_is_unlikely_when_new_and_likely_when_due(sqlite_store: Store) -> None:
    wearing(8).load(sqlite_store)
    new, due = asked(sqlite_store, 5), asked(sqlite_store, 105)
    assert belt(new) < belt(due)
    worn = next(c for c in due.model.candidates if c.key == "cause:belt worn")
    assert [m.kind for m in worn.modifiers] == ["renewal"]
    assert worn.modifiers[0].factor > 1.5
    assert worn.modifiers[0].shape > 1.5


def test_random_failures_and_few_of_them_change_nothing(sqlite_store: Store) -> None:
    wearing(3).load(sqlite_store)
    assert all(not c.modifiers for c in asked(sqlite_store, 105).model.candidates)


def test_failures_at_random_times_change_nothing(sqlite_store: Store) -> None:
    wearing(8, fixed=False).load(sqlite_store)
    assert all(
        m.kind != "renewal" for c in asked(sqlite_store, 105).model.candidates for m in c.modifiers
    )


def test_modified_terms_recompute_and_are_told(sqlite_store: Store) -> None:
    wearing(8).load(sqlite_store)
    found = rank_causes(sqlite_store, schema(), "asset:M0", "symptom:Noise")
    told = next(c for c in found.causes if c.named.key == "cause:belt worn")
    odds = sum(t.log_odds for t in told.terms)
    assert 1 / (1 + exp(-odds)) == pytest.approx(told.probability, abs=1e-6)
    term = next(t for t in told.terms if t.source == "renewal")
    assert "days ago" in term.sentence.en
    assert "距今" in term.sentence.zh


def test_what_fails_at_one_place_only_is_likelier_there(sqlite_store: Store) -> None:
    f = Facts()
    for n in range(6):
        f.say(f"asset:M{n}", "ofClass", "class:HydraulicPress")
        f.say(f"asset:M{n}", "locatedIn", f"line:L{n // 3}")
        for i in range(15):
            cause = "cause:dust" if n < 3 and i % 3 else "cause:other"
            if n in (0, 3) and i:
                continue  # two of them have hardly any records of their own
            work_order(f, f"{n}-{i}", f"asset:M{n}", f"2024-{1 + i % 12:02d}-{1 + n:02d}",
                       observed=("symptom:Noise",), causes=(cause,))  # fmt: skip
    f.load(sqlite_store)
    given = {}
    for asset in ("asset:M0", "asset:M3"):
        ranking = pose(sqlite_store, schema(), asset, [Told("symptom:Noise")]).rank()
        given[asset] = next(s for s in ranking.scored if s.key == "cause:dust")
    assert given["asset:M0"].probability > given["asset:M3"].probability
    assert "place" in {a.source for a in given["asset:M0"].addends}


def test_shape_is_that_of_lifelines_and_is_pulled_to_one() -> None:
    from lifelines import WeibullFitter

    rng = np.random.default_rng(7)
    lives = 50 * rng.weibull(1.8, 60)
    seen = rng.uniform(10, 90, 60)
    lasted, ended = list(np.minimum(lives, seen)), list(lives <= seen)
    fitter = WeibullFitter().fit(lasted, ended)
    fitted = fit_shape(lasted, ended)
    assert fitted == pytest.approx(fitter.rho_, rel=1e-3)
    shape, _ = pulled_weibull(lasted, ended, fitted)
    assert 1 < shape < fitted
    assert pulled_weibull(lasted, ended, 1.0)[1] == pytest.approx(sum(lasted) / sum(ended))


def test_hazard_over_the_mean_hazard() -> None:
    assert hazard_ratio(1.0, 70.0, 5.0) == pytest.approx(1)
    assert hazard_ratio(3.0, 70.0, 1.0) == pytest.approx(1 / MOST)
    assert hazard_ratio(3.0, 70.0, 500.0) == pytest.approx(MOST)
