"""What stands around spans and pairs, against what can be counted span by span."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from extraction.learning.accurate.around import look_around, pair_up

# window, first word, words more, label, whether it stands
spans = st.lists(
    st.tuples(
        st.integers(0, 1), st.integers(0, 6), st.integers(0, 3), st.integers(0, 2), st.booleans()
    ),
    min_size=1,
    max_size=9,
).map(sorted)


@given(spans)
def test_what_stands_around_is_what_counting_finds(
    given: list[tuple[int, int, int, int, bool]],
) -> None:
    window, first, more, label, standing = (np.array(c) for c in zip(*given, strict=True))
    last = first + more
    source, target = pair_up(window)
    found = look_around(window, first, last, label, standing, source, target)

    def gap(a: int, b: int) -> int:
        return max(0, int(first[b] - last[a]) - 1, int(first[a] - last[b]) - 1)

    def behind(a: int, b: int) -> bool:
        return bool(first[b] > last[a])

    def others(n: int) -> list[int]:
        return [m for m in range(len(given)) if m != n and window[m] == window[n] and standing[m]]

    def inside(n: int) -> bool:
        return any(
            first[m] <= first[n]
            and last[n] <= last[m]
            and (first[m], last[m]) != (first[n], last[n])
            for m in others(n)
        )

    for n in range(len(given)):
        holds = any(
            first[n] <= first[m]
            and last[m] <= last[n]
            and (first[m], last[m]) != (first[n], last[n])
            for m in others(n)
        )
        assert found.nest[n] == holds + 2 * inside(n)
        alike = [m for m in others(n) if label[m] == label[n] and not inside(m)]
        count = len(alike) + bool(standing[n] and not inside(n))
        before = sum(bool(first[m] < first[n]) for m in alike)
        assert found.place[n] == 4 * min(before, 3) + min(count, 3)
    for at, (a, b) in enumerate(zip(source.tolist(), target.tolist(), strict=True)):
        ranks = []
        for one, other in ((a, b), (b, a)):
            nearer = [
                m for m in others(one) if label[m] == label[other] and gap(one, m) < gap(one, other)
            ]
            same_side = any(behind(one, m) == behind(one, other) for m in nearer)
            ranks.append(2 if same_side else 1 if nearer else 0)
        assert found.near[at] == 3 * ranks[0] + ranks[1]
