"""Ties between spans: every ordered pair that could be tied is a row of features.

Which classes can be tied, and how far apart, is learnt from the labelled ties.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from extraction.learning.fast.layers import UnitSpan
from extraction.learning.fast.optimising import Floats, fit_logistic, softmax
from extraction.learning.fast.wordforms import stem

_SENTENCE = frozenset("。！？!?\n；;")
_COMMA = frozenset("，,：:")
_LIST = frozenset("、/&+和及与或") | {"and", "or"}
_BUCKETS = (0, 1, 2, 3, 4, 6, 9, 14, 22, 40, 80)
_NEAR = 12  # units between which single words are looked at


class Marked(NamedTuple):
    """A text's words with the spans in it, in order; what pairs are made of."""

    words: Sequence[str]
    spans: Sequence[UnitSpan]


class Pair(NamedTuple):
    """An ordered pair of spans by their places."""

    source: int
    target: int


class Reach(NamedTuple):
    """Which pairs of classes are looked at, and to how many units between."""

    gaps: dict[tuple[int, int], int]

    @classmethod
    def learn(cls, texts: Sequence[tuple[Marked, Sequence[tuple[int, int, int]]]]) -> Reach:
        """From texts with their ties (source, target, label)."""
        gaps: dict[tuple[int, int], list[int]] = {}
        for text, ties in texts:
            for source, target, _ in ties:
                a, b = text.spans[source], text.spans[target]
                gaps.setdefault((a.label, b.label), []).append(gap(a, b))
        return cls({key: max(4, int(np.percentile(of, 99.5)) + 1) for key, of in gaps.items()})

    def pairs(self, spans: Sequence[UnitSpan]) -> Iterator[Pair]:
        """Pairs that could be tied."""
        gaps = self.gaps
        for i, a in enumerate(spans):
            for j, b in enumerate(spans):
                if i == j:
                    continue
                reach = gaps.get((a[2], b[2]))
                if reach is not None and gap(a, b) <= reach:
                    yield Pair(i, j)


def gap(a: UnitSpan, b: UnitSpan) -> int:
    """Units between two spans; 0 where they touch or overlap."""
    return max(0, b[0] - a[1], a[0] - b[1])


def _bucket(n: int) -> int:
    for place, top in enumerate(_BUCKETS):
        if n <= top:
            return place
    return len(_BUCKETS)


class PairFeatures:
    """Features of the pairs of one text; what several pairs need is found once."""

    def __init__(self, text: Marked) -> None:
        self.words = text.words
        self.spans = text.spans
        self.stems = [stem(word) for word in text.words]
        self.heads = [self.stems[s[1] - 1] for s in text.spans]
        self.phrases = [" ".join(self.stems[s[0] : s[1]]) for s in text.spans]
        counts = Counter(s[2] for s in text.spans)
        self.counts = {label: min(n, 4) for label, n in counts.items()}
        self.nests = [_nest(s, text.spans) for s in text.spans]
        outer = [s for s, nest in zip(text.spans, self.nests, strict=True) if nest < _INSIDE]
        self.outline = "".join(str(s[2]) for s in outer[:8])
        self.places = [_place(s, outer) for s in text.spans]

    def of(self, pair: Pair) -> list[str]:
        """Features of one pair."""
        i, j = pair
        a, b = self.spans[i], self.spans[j]
        la, lb = a[2], b[2]
        stems, spans = self.stems, self.spans
        if a[1] <= b[0]:
            order, left, right = ">", a[1], b[0]
        elif b[1] <= a[0]:
            order, left, right = "<", b[1], a[0]
        else:
            order, left, right = _nesting(a, b), 0, 0
        kind = f"{la}{order}{lb}"
        distance = _bucket(right - left)
        between = stems[left:right]
        middle = [s[2] for s in spans if left <= s[0] and s[1] <= right] if right > left else []
        ha, hb = self.heads[i], self.heads[j]
        na, nb = self.nests[i], self.nests[j]
        forth, back = self._is_nearest(i, j), self._is_nearest(j, i)
        features = [
            kind,
            f"{kind}d{distance}",
            f"{kind}n{min(len(middle), 5)}",
            f"{kind}m{''.join(map(str, middle[:5]))}",
            f"{kind}c{self.counts[la]}{self.counts[lb]}",
            f"{kind}ha={ha}",
            f"{kind}hb={hb}",
            f"{kind}pa={self.phrases[i]}",
            f"{kind}pb={self.phrases[j]}",
            f"{order}h={ha}|{hb}",
            f"{kind}v{forth}",
            f"{kind}w{back}",
            f"{kind}v{forth}{back}d{distance}",
            f"{kind}z{min(a[1] - a[0], 3)}{min(b[1] - b[0], 3)}",
            f"{la}{lb}t{na}{nb}",
            f"{kind}t{na}{nb}",
            f"{kind}r{self.places[i]}{self.places[j]}",
            f"{kind}s{self.outline}",
        ]
        if right > left or order in "<>":
            inner = self.words[left:right]
            marks = (
                min(sum(w in _SENTENCE for w in inner), 2),
                min(sum(w in _COMMA for w in inner), 3),
                min(sum(w in _LIST for w in inner), 2),
            )
            features.append(f"{kind}k{marks[0]}{marks[1]}{marks[2]}")
            features.append(f"{kind}k{marks[0]}{marks[1]}{marks[2]}n{min(len(middle), 5)}")
            if len(between) <= 3:
                features.append(f"{kind}b={' '.join(between)}")
            if len(between) <= _NEAR:
                features += [f"{kind}i={w}" for w in set(between)]
            features.append(f"{kind}l={stems[left - 1] if left else ''}")
            features.append(f"{kind}f={between[0] if between else ''}")
            features.append(f"{kind}e={between[-1] if between else ''}")
            start, end = min(a[0], b[0]), max(a[1], b[1])
            features.append(f"{kind}o={stems[start - 1] if start else ''}")
            features.append(f"{kind}q={stems[end] if end < len(stems) else ''}")
        return features

    def _is_nearest(self, i: int, j: int) -> int:
        """0: span j is the nearest of its class to span i; 1: on its side; 2: it is not."""
        a, b = self.spans[i], self.spans[j]
        mine = gap(a, b)
        side = b[0] >= a[1]
        best = 0
        for k, other in enumerate(self.spans):
            if k in (i, j) or other[2] != b[2]:
                continue
            if gap(a, other) < mine:
                if (other[0] >= a[1]) == side:
                    return 2
                best = 1
        return best


_INSIDE = 2


def _nest(span: UnitSpan, spans: Sequence[UnitSpan]) -> int:
    """1 where the span holds another, plus 2 where it lies inside of one."""
    holds = inside = 0
    for other in spans:
        if other[:2] == span[:2]:
            continue
        if span[0] <= other[0] and other[1] <= span[1]:
            holds = 1
        elif other[0] <= span[0] and span[1] <= other[1]:
            inside = _INSIDE
    return holds + inside


def _place(span: UnitSpan, outer: Sequence[UnitSpan]) -> str:
    """Which one of the outermost spans of its class a span is, and of how many."""
    before = count = 0
    for other in outer:
        if other[2] == span[2]:
            count += 1
            before += other[0] < span[0]
    return f"{min(before, 3)}{min(count, 3)}"


def _nesting(a: UnitSpan, b: UnitSpan) -> str:
    if a[0] <= b[0] and b[1] <= a[1]:
        place = "s" if a[1] == b[1] else "p" if a[0] == b[0] else "m"
        return f"o{place}"
    if b[0] <= a[0] and a[1] <= b[1]:
        place = "s" if a[1] == b[1] else "p" if a[0] == b[0] else "m"
        return f"i{place}"
    return "x"


class PairRows:
    """The pairs of many texts, described once to learn from all or some of them."""

    def __init__(
        self,
        texts: Sequence[tuple[Marked, Sequence[tuple[int, int, int]]]],
        weights: Sequence[float],
        labels: int,
    ) -> None:
        """From texts with their spans and ties (source, target, label), and a weight for each."""
        self.labels = labels
        self.reach = Reach.learn(texts)
        rows: list[list[str]] = []
        gold: list[int] = []
        of: list[int] = []
        for n, (text, ties) in enumerate(texts):
            tied = {(source, target): label + 1 for source, target, label in ties}
            described = PairFeatures(text)
            for pair in self.reach.pairs(text.spans):
                rows.append(described.of(pair))
                gold.append(tied.get(pair, 0))
                of.append(n)
        seen = Counter(f for row in rows for f in set(row))
        self.features = {f: n for n, f in enumerate(sorted(f for f, c in seen.items() if c > 1))}
        self.x = _matrix(rows, self.features)
        self.gold = np.array(gold, dtype=np.int64)
        self.of = np.array(of, dtype=np.int64)
        self.weights = np.array(weights, dtype=np.float64)

    def learn(self, left_out: set[int], penalty: float = 1.0) -> TieModel:
        """A model from all texts but some."""
        kept = np.flatnonzero(~np.isin(self.of, sorted(left_out)))
        if not len(kept) or not self.features:
            return TieModel({}, np.zeros((0, self.labels + 1)), Reach({}))
        fitted = fit_logistic(
            self.x[kept],
            self.gold[kept],
            self.labels + 1,
            penalty,
            weights=self.weights[self.of[kept]],
        )
        # as they will be saved, so that a saved model reads the same
        saved = fitted.astype(np.float32).astype(np.float64)
        return TieModel(self.features, saved, self.reach)


class TieModel:
    """Logistic regression over pairs; class 0 is: not tied."""

    def __init__(self, features: dict[str, int], weights: Floats, reach: Reach) -> None:
        self.features = features
        self.weights = weights
        self.reach = reach

    def score(self, texts: Sequence[Marked]) -> list[list[tuple[Pair, Any]]]:
        """For each text the pairs that could be tied, with the probabilities of all classes."""
        pairs = [list(self.reach.pairs(text.spans)) for text in texts]
        known = self.features
        indices: list[int] = []
        ends = [0]
        for text, of in zip(texts, pairs, strict=True):
            if not of:
                continue
            described = PairFeatures(text)
            for pair in of:
                indices += {known[f] for f in described.of(pair) if f in known}
                ends.append(len(indices))
        if len(ends) == 1:
            return [[] for _ in texts]
        x = sparse.csr_matrix(
            (np.ones(len(indices)), indices, ends), shape=(len(ends) - 1, len(known))
        )
        scores = softmax(np.asarray(x @ self.weights))
        found = []
        at = 0
        for of in pairs:
            found.append(list(zip(of, scores[at : at + len(of)], strict=True)))
            at += len(of)
        return found


def _matrix(rows: Sequence[Sequence[str]], features: dict[str, int]) -> sparse.csr_matrix:
    indices: list[int] = []
    ends = [0]
    for row in rows:
        indices += sorted({features[f] for f in row if f in features})
        ends.append(len(indices))
    return sparse.csr_matrix(
        (np.ones(len(indices)), np.array(indices, dtype=np.int32), np.array(ends, dtype=np.int32)),
        shape=(len(rows), len(features)),
    )
