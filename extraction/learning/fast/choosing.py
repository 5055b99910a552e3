"""Which candidates are spans: a second look at each beside its rivals.

The chains judge one layer each and know nothing of the other. Here a candidate is described by what
all layers say of it and of the candidates that it overlaps, holds or lies in, and by how often the
same words were marked elsewhere; logistic regression over texts that the chains had not seen turns
that into one score.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from math import exp, log
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from extraction.learning.fast.finder import Candidate
from extraction.learning.fast.layers import UnitSpan
from extraction.learning.fast.optimising import Floats, fit_logistic
from extraction.learning.fast.wordforms import stem


class Chosen(NamedTuple):
    """A candidate with its score in [0, 1]."""

    first: int
    last: int
    label: int
    score: float


class Memory:
    """How often a phrase was marked as each class in training, and how often it stood there."""

    def __init__(
        self, marked: dict[str, dict[int, int]], stood: dict[str, int], longest: int
    ) -> None:
        self.marked = marked
        self.stood = stood
        self.longest = longest

    @classmethod
    def learn(cls, texts: Sequence[tuple[Sequence[str], Sequence[UnitSpan]]]) -> Memory:
        """From the stems of texts with their spans."""
        marked: dict[str, Counter[int]] = defaultdict(Counter)
        longest = 1
        for stems, spans in texts:
            for first, last, label in spans:
                marked[" ".join(stems[first:last])][label] += 1
                longest = max(longest, last - first)
        longest = min(longest, 8)
        stood: Counter[str] = Counter()
        for stems, _ in texts:
            for size in range(1, longest + 1):
                for at in range(len(stems) - size + 1):
                    phrase = " ".join(stems[at : at + size])
                    if phrase in marked:
                        stood[phrase] += 1
        return cls({p: dict(c) for p, c in marked.items()}, dict(stood), longest)

    def features(self, phrase: str, label: int) -> list[str]:
        """What is known of a phrase."""
        of = self.marked.get(phrase)
        if of is None:
            return ["?"]
        mine, total, stood = of.get(label, 0), sum(of.values()), self.stood.get(phrase, 0)
        if stood <= 0:
            return ["?"]
        share = int(5 * min(1.0, mine / stood) + 0.5)
        other = int(3 * min(1.0, (total - mine) / stood) + 0.5)
        return [f"y{share}{min(stood, 4)}", f"x{other}{min(stood, 4)}"]


_BUCKETS = (-4.0, -3.0, -2.2, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.2, 3.0, 4.0)


def _logit(p: float) -> float:
    p = min(max(p, 0.01), 0.99)
    return log(p / (1 - p))


_EDGES = tuple(1 / (1 + exp(-edge)) for edge in _BUCKETS)


def _bucket(p: float) -> int:
    return bisect_left(_EDGES, p)


class Described(NamedTuple):
    """The candidates of a text that no chain had learnt from, with the features of each."""

    candidates: Sequence[Candidate]
    rows: Sequence[dict[str, float]]


class ChooserRows:
    """Candidates that the chains had not learnt from, to learn from them."""

    def __init__(self, texts: Sequence[tuple[Sequence[UnitSpan], Described]]) -> None:
        """From labelled spans and candidates of each text."""
        rows: list[dict[str, float]] = []
        gold: list[int] = []
        of: list[int] = []
        for n, (spans, described) in enumerate(texts):
            right = set(spans)
            rows += described.rows
            gold += [int(UnitSpan(*c[:3]) in right) for c in described.candidates]
            of += [n] * len(described.candidates)
        seen = Counter(f for row in rows for f in row)
        self.features = {f: n for n, f in enumerate(sorted(f for f, n in seen.items() if n > 1))}
        self.x = _matrix(rows, self.features)
        self.gold = np.array(gold, dtype=np.int64)
        self.of = np.array(of, dtype=np.int64)
        total = sum(len(spans) for spans, _ in texts)
        self.nests = sum(_is_nested(spans) for spans, _ in texts) > _SELDOM * total
        self.crosses = sum(_is_crossing(spans) for spans, _ in texts) > _SELDOM * total

    def learn(self, memory: Memory, left_out: Iterable[int] = (), penalty: float = 1.0) -> Chooser:
        """A chooser from all texts but some. `memory`: what it describes new texts by."""
        kept = np.flatnonzero(~np.isin(self.of, sorted(left_out)))
        weights = np.zeros(len(self.features))
        if len(kept):
            fitted = fit_logistic(self.x[kept], self.gold[kept], 2, penalty)
            weights = fitted[:, 1] - fitted[:, 0]
        return Chooser(self.features, weights, memory, 0.5, self.nests, self.crosses)


class Chooser:
    """Scores candidates and keeps those that may stand together."""

    def __init__(
        self,
        features: dict[str, int],
        weights: Floats,
        memory: Memory,
        threshold: float,
        nests: bool,
        crosses: bool,
    ) -> None:
        self.features = features
        self.weights = weights  # shape: (features,)
        self._weights = weights.tolist()
        self.memory = memory
        self.threshold = threshold
        self.nests = nests
        self.crosses = crosses

    def score(self, stems: Sequence[str], candidates: Sequence[Candidate]) -> list[Chosen]:
        """All candidates of a text with their scores."""
        return self.score_described(Described(candidates, describe(stems, candidates, self.memory)))

    def score_described(self, described: Described) -> list[Chosen]:
        """All candidates with their scores."""
        known, weights = self.features, self._weights
        scored = []
        for candidate, row in zip(*described, strict=True):
            total = 0.0
            for feature, value in row.items():
                at = known.get(feature)
                if at is not None:
                    total += weights[at] * value
            p = 1 / (1 + exp(-max(-500.0, min(500.0, total))))
            scored.append(Chosen(candidate.first, candidate.last, candidate.label, p))
        return scored

    def choose(self, scored: Iterable[Chosen], threshold: float | None = None) -> list[Chosen]:
        """The spans of a text, best first where two cannot stand together; in order."""
        least = self.threshold if threshold is None else threshold
        chosen: list[Chosen] = []
        for one in sorted(scored, key=lambda c: (-c.score, c)):
            if one.score < least:
                break
            if all(self._agree(one, other) for other in chosen):
                chosen.append(one)
        return sorted(chosen)

    def _agree(self, a: Chosen, b: Chosen) -> bool:
        if a.last <= b.first or b.last <= a.first:
            return True
        if a.first == b.first and a.last == b.last:
            return False
        holds = (a.first <= b.first and b.last <= a.last) or (
            b.first <= a.first and a.last <= b.last
        )
        return self.nests if holds else self.crosses


_SELDOM = 0.003  # share of spans below which nesting or crossing counts as a slip


def describe(
    stems: Sequence[str], candidates: Sequence[Candidate], memory: Memory
) -> list[dict[str, float]]:
    """Features of each candidate of a text."""
    best = [max(c.by_layer) for c in candidates]
    rows = []
    for n, (first, last, label, by_layer) in enumerate(candidates):
        phrase = " ".join(stems[first:last])
        size = min(last - first, 4)
        layers = "".join(f"/{_bucket(p)}" for p in by_layer)
        row = {
            "1": 1.0,
            f"l{label}": 1.0,
            f"b{layers}": 1.0,
            f"l{label}z{size}": 1.0,
            f"h{label}{stems[last - 1]}": 1.0,
        }
        for k, p in enumerate(by_layer):
            row[f"p{k}"] = row[f"p{k}l{label}"] = _logit(p)
            row[f"b{k}/{_bucket(p)}"] = 1.0
        rivals = {"same": 0.0, "out": 0.0, "in": 0.0, "cross": 0.0}
        outer = inner = -1
        for m, (a, b, other, _) in enumerate(candidates):
            if m == n or b <= first or last <= a:
                continue
            if a == first and b == last:
                kind = "same"
            elif a <= first and last <= b:
                kind = "out"
                if other == label and (outer < 0 or best[m] > best[outer]):
                    outer = m
            elif first <= a and b <= last:
                kind = "in"
                if other == label and (inner < 0 or best[m] > best[inner]):
                    inner = m
            else:
                kind = "cross"
            rivals[kind] = max(rivals[kind], best[m])
        for kind, p in rivals.items():
            row[f"{kind}{_bucket(p) if p else '-'}"] = 1.0
            if p:
                row[f"{kind}p"] = _logit(p)
        known = memory.features(phrase, label)
        for feature in known:
            row[f"m{feature}"] = 1.0
            row[f"m{feature}z{size}"] = 1.0
        if outer >= 0:
            o = candidates[outer]
            place = "s" if o.last == last else "p" if o.first == first else "m"
            side = f"o{place}{label}"
            row[side] = 1.0
            row[f"{side}h={stems[last - 1]}"] = 1.0
            row[f"{side}w={' '.join(stems[o.first : o.last])}"] = 1.0
            row[f"{side}f={stems[o.first]}"] = 1.0
            row[f"{side}{known[0]}"] = 1.0
        if inner >= 0:
            i = candidates[inner]
            place = "s" if i.last == last else "p" if i.first == first else "m"
            row[f"i{place}{label}"] = 1.0
            row[f"i{place}{label}h={stems[last - 1]}"] = 1.0
        rows.append(row)
    return rows


def _is_nested(spans: Sequence[UnitSpan]) -> int:
    return sum(
        any(o != s and o.first <= s.first and s.last <= o.last for o in spans) for s in spans
    )


def _is_crossing(spans: Sequence[UnitSpan]) -> int:
    return sum(any(s.first < o.first < s.last < o.last for o in spans) for s in spans)


def _matrix(rows: Sequence[dict[str, float]], features: dict[str, int]) -> Any:
    data: list[float] = []
    indices: list[int] = []
    ends = [0]
    for row in rows:
        for feature, value in row.items():
            at = features.get(feature)
            if at is not None:
                indices.append(at)
                data.append(value)
        ends.append(len(indices))
    return sparse.csr_matrix(
        (np.array(data), np.array(indices, dtype=np.int32), np.array(ends, dtype=np.int32)),
        shape=(len(rows), len(features)),
    )


def stems_of(words: Sequence[str]) -> list[str]:
    """Stems of a text's words."""
    return [stem(word) for word in words]
