"""Finds rules with decision trees on one part of the records, and measures them on the other.

For each cause a shallow tree (CART) is grown on one part; each leaf where the cause is frequent
becomes a conjunction of conditions, of which those are dropped that the rule does as well without.
It is then measured on the part that it has not seen, by Fisher's exact test, and what was tried is
paid for: of all rules measured, those stand that Holm's correction leaves. Parts are swapped, so
that every record serves both. Records of an asset within the same four weeks lie in the same part.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, isfinite, sqrt
from typing import Any, NamedTuple

import numpy as np

from kg.diagnosis.calibrating import wilson
from kg.diagnosis.lifetimes import DAY
from kg.diagnosis.rules.table import Feature, Mask, Numbers, Table, is_number, since_same

FEWEST_RECORDS = 60  # with a cause; with fewer nothing is learnt
FEWEST_OF_CAUSE = 10  # records that found a cause
FEWEST_IN_RULE = 5  # records that a rule covers, in each part
LEVEL = 0.05
_DEPTH = 3
_LIFT = 1.5  # a leaf less enriched than this is no rule
_SAME = 0.95  # a condition stays only if without it the share falls below this part of it
_BLOCK_DAYS = 28
_ALIKE = 0.8  # of the records that two rules cover together
_Z = 1.96


class Condition(NamedTuple):
    """A feature that is so (`is`), is not so (`not`), or a number above or up to `limit`."""

    feature: Feature
    sense: str  # is, not, above, upto
    limit: float = 0.0


@dataclass(frozen=True, slots=True)
class Measured:
    """A rule on records that it was not found on.

    `lift`: the cause's share where the rule holds over its share in all, with bounds that hold in
    19 of 20 cases (delta method on the logarithm). `corrected` is `p_value` after Holm.
    """

    cause: str
    conditions: tuple[Condition, ...]
    covered: int
    hits: int
    records: int
    base_hits: int
    lift: float
    lift_low: float
    lift_high: float
    p_value: float
    corrected: float
    found_covered: int  # on the part where it was found
    found_hits: int
    rows: tuple[int, ...]  # covered rows of the measuring part that hit
    everywhere: frozenset[int]  # covered rows of both parts


def usual_causes(table: Table) -> list[str]:
    """The causes with enough records, the most frequent first."""
    counts: dict[str, int] = {}
    for found in table.causes:
        for cause in found:
            counts[cause] = counts.get(cause, 0) + 1
    return sorted((c for c, n in counts.items() if n >= FEWEST_OF_CAUSE),
                  key=lambda c: (-counts[c], c))  # fmt: skip


def mine(table: Table, seed: int = 0) -> list[Measured]:
    """Every rule that was measured, the least probable by chance first, corrected for all."""
    part = _parts(table, seed)
    measured: dict[tuple[str, tuple[Condition, ...]], dict[str, Any]] = {}
    for cause in usual_causes(table):
        has = np.array([cause in found for found in table.causes])
        features = (*table.features, Feature("since_same"))
        values = np.column_stack([table.values, since_same(table, has)])
        for here, there in ((part, ~part), (~part, part)):
            for conditions in _find(values[here], has[here], features, seed):
                covers = _covers(values, features, conditions)
                one = _measure(has, covers, here, there)
                if one is None:
                    continue
                known = measured.get((cause, conditions))
                # Found on both parts: the less favourable measurement counts.
                if known is None or one["p_value"] > known["p_value"]:
                    measured[cause, conditions] = one
    ranked = sorted(measured.items(), key=lambda item: (item[1]["p_value"], item[0]))
    found: list[Measured] = []
    worst = 0.0
    for place, ((cause, conditions), one) in enumerate(ranked):
        worst = max(worst, min(1.0, one["p_value"] * (len(ranked) - place)))
        found.append(Measured(cause, conditions, corrected=worst, **one))
    return found


def standing(measured: Sequence[Measured]) -> list[Measured]:
    """Those that chance and the number of tries do not explain, the same thing said once.

    Of rules for one cause that cover about the same records the least probable by chance stays; a
    rule with further conditions stays beside the one without them only where it is right more often
    than that one, beyond its own uncertainty.
    """
    kept: list[Measured] = []
    for m in sorted(measured, key=lambda m: (m.p_value, len(m.conditions))):
        if m.corrected > LEVEL or m.lift_low <= 1:
            continue
        same = [k for k in kept if k.cause == m.cause]
        if any(_overlap(k, m) >= _ALIKE or _adds_nothing(k, m) for k in same):
            continue
        kept = [k for k in kept if k.cause != m.cause or not _adds_nothing(m, k)]
        kept.append(m)
    return kept


def _overlap(a: Measured, b: Measured) -> float:
    return len(a.everywhere & b.everywhere) / len(a.everywhere | b.everywhere)


def _adds_nothing(general: Measured, special: Measured) -> bool:
    if not set(general.conditions) < set(special.conditions):
        return False
    low, _ = wilson(special.hits, special.covered)
    return low <= general.hits / general.covered


def shuffled(table: Table, rng: np.random.Generator) -> Table:
    """The same records with their causes exchanged at random: nothing is left to be found."""
    order = rng.permutation(len(table.causes))
    return Table(table.records, table.assets, table.at, table.features, table.values,
                 tuple(table.causes[i] for i in order))  # fmt: skip


def _parts(table: Table, seed: int) -> Mask:
    def side(asset: str, at: float) -> int:
        block = f"{seed}/{asset}/{int(at // (_BLOCK_DAYS * DAY))}"
        return zlib.crc32(block.encode()) >> 7 & 1

    return np.array([side(a, t) == 1 for a, t in zip(table.assets, table.at, strict=True)])


def _find(
    values: Numbers, has: Mask, features: Sequence[Feature], seed: int
) -> list[tuple[Condition, ...]]:
    """Conditions under which the cause is frequent. `values`: shape (records, features)."""
    from sklearn.tree import DecisionTreeClassifier

    if has.sum() < FEWEST_IN_RULE or has.all():
        return []
    tree: Any = DecisionTreeClassifier(
        max_depth=_DEPTH, min_samples_leaf=FEWEST_IN_RULE, random_state=seed
    )
    tree.fit(values.astype(np.float32), has)
    base = float(has.mean())
    found: dict[tuple[Condition, ...], None] = {}
    for conditions in _leaves(tree.tree_, features):
        rule = _simplified(values, has, features, conditions)
        covers = _covers(values, features, rule)
        if not rule or covers.sum() < FEWEST_IN_RULE or has[covers].mean() < _LIFT * base:
            continue
        # What is only not so describes the rest of the plant, not where to look.
        if any(c.sense != "not" for c in rule):
            found[rule] = None
    return list(found)


def _leaves(tree: Any, features: Sequence[Feature]) -> list[tuple[Condition, ...]]:
    found: list[tuple[Condition, ...]] = []

    def walk(node: int, path: tuple[Condition, ...]) -> None:
        if tree.children_left[node] < 0:
            found.append(path)
            return
        feature = features[int(tree.feature[node])]
        limit = float(tree.threshold[node])
        if is_number(feature):
            limit = _plain(limit)
            senses = (Condition(feature, "upto", limit), Condition(feature, "above", limit))
        else:
            senses = (Condition(feature, "not"), Condition(feature, "is"))
        for child, condition in zip(
            (tree.children_left[node], tree.children_right[node]), senses, strict=True
        ):
            # A split between known and unknown has no limit. That the same cause is long ago, or
            # never was, says only which assets have it.
            is_said = isfinite(limit) and condition[:2] != (Feature("since_same"), "above")
            walk(int(child), (*path, condition) if is_said else path)

    walk(0, ())
    return [_tidy(path) for path in found]


def _plain(limit: float) -> float:
    """A limit as people write one: two significant digits. The rule is measured as it is told."""
    return float(f"{limit:.2g}")


def _tidy(path: Sequence[Condition]) -> tuple[Condition, ...]:
    """Of two limits in the same direction the narrower one, in a fixed order."""
    kept: dict[tuple[Feature, str], Condition] = {}
    for c in path:
        known = kept.get((c.feature, c.sense))
        if known is not None and c.sense in ("above", "upto"):
            pick = max if c.sense == "above" else min
            c = c._replace(limit=pick(c.limit, known.limit))
        kept[c.feature, c.sense] = c
    return tuple(sorted(kept.values()))


def _simplified(
    values: Numbers, has: Mask, features: Sequence[Feature], conditions: tuple[Condition, ...]
) -> tuple[Condition, ...]:
    """Without the conditions that the rule does as well without, negative ones first."""
    rule = conditions
    for one in sorted(conditions, key=lambda c: (c.sense != "not", c)):
        rest = tuple(c for c in rule if c != one)
        now, then = _covers(values, features, rule), _covers(values, features, rest)
        if rest and now.any() and has[then].mean() >= _SAME * has[now].mean():
            rule = rest
    return rule


def _covers(values: Numbers, features: Sequence[Feature], conditions: Sequence[Condition]) -> Mask:
    covers = np.ones(len(values), dtype=bool)
    index = {feature: i for i, feature in enumerate(features)}
    for c in conditions:
        column = values[:, index[c.feature]]
        if c.sense in ("is", "not"):
            covers &= (column > 0.5) == (c.sense == "is")
        else:  # an unknown number fulfils neither
            covers &= column > c.limit if c.sense == "above" else column <= c.limit
    return covers


def _measure(has: Mask, covers: Mask, here: Mask, there: Mask) -> dict[str, Any] | None:
    from scipy.stats import fisher_exact

    inside, outside = has[there & covers], has[there & ~covers]
    if len(inside) < FEWEST_IN_RULE or not len(outside):
        return None
    a, c = int(inside.sum()), int(outside.sum())
    lift, low, high = lift_bounds(a, len(inside), c, len(outside))
    test: Any = fisher_exact([[a, len(inside) - a], [c, len(outside) - c]], alternative="greater")
    return {
        "covered": len(inside), "hits": a, "records": len(inside) + len(outside),
        "base_hits": a + c, "lift": lift, "lift_low": low, "lift_high": high,
        "p_value": float(test.pvalue), "found_covered": int((here & covers).sum()),
        "found_hits": int(has[here & covers].sum()),
        "rows": tuple(int(i) for i in np.flatnonzero(there & covers & has)),
        "everywhere": frozenset(int(i) for i in np.flatnonzero(covers)),
    }  # fmt: skip


def lift_bounds(a: int, inside: int, c: int, outside: int) -> tuple[float, float, float]:
    """The lift of `a` hits in `inside` records against `c` in the `outside` ones, with bounds.

    Delta method on log((a / inside) / ((a + c) / (inside + outside))), both counts binomial. Where
    a cell is empty, half a record is added to each for the width of the bounds, not for the lift.
    """
    if not a:
        return 0.0, 0.0, (inside + outside) / max(c, 1)
    if min(a, inside - a, c, outside - c) == 0:
        hits, misses, far, rest = a + 0.5, inside - a + 0.5, c + 0.5, outside - c + 0.5
    else:
        hits, misses, far, rest = float(a), float(inside - a), float(c), float(outside - c)
    n, m = hits + misses, far + rest
    share = hits / n
    spread = sqrt(
        n * share * (1 - share) * (far / (hits * (hits + far))) ** 2
        + m * (far / m) * (rest / m) / (hits + far) ** 2
    )
    lift = (a / inside) / ((a + c) / (inside + outside))
    return lift, lift * exp(-_Z * spread), lift * exp(_Z * spread)
