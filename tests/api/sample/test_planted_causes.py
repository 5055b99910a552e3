"""The causes that are planted in the sample plant, found again from what was reported."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from api.cli.running import run
from api.settings import Settings
from api.wiring import open_plant
from kg.diagnosis.diagnosing import Told, pose
from kg.diagnosis.totals import read_totals
from kg.store.protocol import Store

_CASES = 60


def _orders(store: Store) -> dict[str, tuple[str, set[str], set[str]]]:
    """Asset, signs and found causes of the work orders that tell all three."""
    keys = [key for key, _ in store.aggregate(["foundCause"], "subject") if key.startswith("wo:")]
    told: dict[str, tuple[set[str], set[str], set[str]]] = {}
    for s in store.expand(keys, ["reportedOn", "observed", "foundCause"]):
        places, signs, causes = told.setdefault(s.subject, (set(), set(), set()))
        {"reportedOn": places, "observed": signs, "foundCause": causes}[s.predicate].add(s.object)
    return {
        key: (min(places), signs, causes)
        for key, (places, signs, causes) in told.items()
        if places and signs
    }


@pytest.mark.parametrize("seed", [31])
def test_planted_causes_are_found_far_above_popularity(tmp_path: Path, seed: int) -> None:
    plant, path = tmp_path / "plant", tmp_path / "plant.db"
    assert run(["sample", "plant", "--units", "50", "--seed", str(seed), "-o", str(plant)]) == 0
    files = [plant / "files" / part for part in ("master", "maintenance", "quality")]
    assert run(["--store", str(path), "load", "--brief", *map(str, files)]) == 0
    with open_plant(Settings(store=str(path))) as opened:
        store = opened.store
        orders = _orders(store)
        chosen = random.Random(seed).sample(sorted(orders), _CASES)
        hits: Counter[str] = Counter()
        for order in chosen:
            asset, signs, causes = orders[order]
            problem = pose(
                store, opened.schema, asset, [Told(s) for s in sorted(signs)],
                without=frozenset({order}),
            )  # fmt: skip
            ranked = [s.key for s in problem.rank().scored if s.key.startswith("cause:")]
            totals = read_totals(problem.graph, problem.scope, problem.reader)
            popular = Counter(totals.levels["class"].weights) + Counter(
                totals.levels["asset"].weights
            )
            usual = [key for key, _ in popular.most_common() if key.startswith("cause:")]
            for name, listed in (("diagnosis", ranked), ("popularity", usual)):
                hits[f"{name} top-1"] += bool(causes.intersection(listed[:1]))
                hits[f"{name} top-3"] += bool(causes.intersection(listed[:3]))
    assert hits["diagnosis top-1"] > 1.5 * hits["popularity top-1"]
    assert hits["diagnosis top-1"] > 0.4 * _CASES
    assert hits["diagnosis top-3"] > 0.6 * _CASES
    assert hits["diagnosis top-3"] > hits["popularity top-3"]
