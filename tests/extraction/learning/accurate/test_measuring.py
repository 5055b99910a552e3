"""Thresholds on dev against the same chosen one by one."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extraction.learning.accurate import measuring
from extraction.learning.accurate.finding import (
    LOWEST,
    Candidates,
    Structure,
    Thresholds,
    choose,
)
from extraction.learning.accurate.lessons import Marks
from extraction.learning.accurate.measuring import Dev

_SCORES = st.integers(2, 9).map(lambda n: n / 10 + 0.025)


@st.composite
def _candidates(draw: st.DrawFn) -> Candidates:
    """Spans of one text of eight words, and ties that are no surer than both ends together."""
    places = draw(
        st.lists(
            st.tuples(st.integers(0, 7), st.integers(0, 2)), min_size=2, max_size=7, unique=True
        )
    )
    rows = sorted((first, min(7, first + more)) for first, more in places)
    rows = sorted(set(rows))
    scores = draw(st.lists(_SCORES, min_size=len(rows), max_size=len(rows)))
    pairs = draw(
        st.lists(
            st.tuples(st.integers(0, len(rows) - 1), st.integers(0, len(rows) - 1)),
            max_size=6,
            unique=True,
        )
    )
    pairs = [pair for pair in pairs if pair[0] != pair[1]]
    ties = [scores[a] * scores[b] * draw(_SCORES) for a, b in pairs]
    count = len(rows)
    return Candidates(
        text=np.zeros(count, np.int64),
        first=np.asarray([row[0] for row in rows], np.int64),
        last=np.asarray([row[1] for row in rows], np.int64),
        label=np.zeros(count, np.int64),
        score=np.asarray(scores, np.float32),
        own=np.ones(count, bool),
        source=np.asarray([a for a, _ in pairs], np.int64),
        target=np.asarray([b for _, b in pairs], np.int64),
        tie=np.zeros(len(pairs), np.int64),
        tie_score=np.asarray(ties, np.float32),
    )


def test_a_kept_tie_brings_its_spans() -> None:
    found = Candidates(
        *(np.asarray(column) for column in ([0, 0, 0], [0, 2, 4], [0, 2, 4], [0, 0, 0])),
        np.asarray([0.9, 0.4, 0.4], np.float32),
        np.ones(3, bool),
        *(np.asarray(column) for column in ([0, 0], [1, 2], [0, 0])),
        np.asarray([0.3, 0.2], np.float32),
    )
    flat = Structure(nests=False, crosses=False, farthest=9)
    spans, ties = choose(found, flat, Thresholds(0.5, 0.25), True)
    assert spans.tolist() == [True, True, False]
    assert ties.tolist() == [True, False]
    spans, ties = choose(found, flat, Thresholds(0.5, 0.25), True, bringing=False)
    assert spans.tolist() == [True, False, False]
    assert ties.tolist() == [False, False]


@given(
    found=_candidates(),
    span=st.integers(2, 9).map(lambda n: n / 10),
    tie=st.integers(1, 9).map(lambda n: n / 10),
    nests=st.booleans(),
)
def test_what_a_text_keeps_holds_together(
    found: Candidates, span: float, tie: float, nests: bool
) -> None:
    structure = Structure(nests=nests, crosses=False, farthest=9)
    spans, ties = choose(found, structure, Thresholds(span, tie), True)
    tied = {n for t in np.flatnonzero(ties) for n in (found.source[t], found.target[t])}
    kept = np.flatnonzero(spans).tolist()
    assert tied <= set(kept)
    assert all(found.score[n] >= span or n in tied for n in kept)
    assert all(found.tie_score[t] >= tie for t in np.flatnonzero(ties))
    for n in kept:
        for m in kept[: kept.index(n)]:
            one, other = ((found.first[k], found.last[k]) for k in (m, n))
            within = one[1] >= other[1] or one[0] == other[0]
            assert other[0] > one[1] or (nests and within)


@given(found=_candidates(), gold=st.sets(st.integers(0, 6)), tied=st.sets(st.integers(0, 5)))
def test_thresholds_are_measured_as_they_are_used(
    found: Candidates, gold: set[int], tied: set[int]
) -> None:
    rows = list(zip(found.first.tolist(), found.last.tolist(), found.label.tolist(), strict=True))
    pairs = [
        (a, b, 0)
        for n, (a, b) in enumerate(zip(found.source.tolist(), found.target.tolist(), strict=True))
        if n in tied
    ]
    structure = Structure(nests=False, crosses=False, farthest=9)
    marks = Marks(rows, pairs, [])
    network = SimpleNamespace(shape=SimpleNamespace(exclusive=True))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measuring, "find_candidates", lambda *given: found)
        dev = Dev(network, (), [marks], 0, structure)  # type: ignore[arg-type]
        dev.spans = {(0, *row): None for n, row in enumerate(rows) if n in gold}
        best = dev._choose()
    spans, ties = choose(found, structure, best.thresholds, True)
    right = sum(n in gold for n in np.flatnonzero(spans).tolist())
    there = len(dev.spans)
    assert best.spans == pytest.approx(2 * right / (spans.sum() + there) if there else 0.0)
    right = sum(n in tied for n in np.flatnonzero(ties).tolist())
    there = len(dev.ties)
    assert best.ties == pytest.approx(2 * right / (ties.sum() + there) if there else 0.0)
    assert best.thresholds.span >= LOWEST
