"""Which rows of a document are equal: counted in 16 bytes a row, not by keeping them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

_Digests = npt.NDArray[np.uint64]
_Numbers = npt.NDArray[np.int64]


class Occurrences:
    """Remembers 64-bit digests with the number of the row that had each first."""

    def __init__(self) -> None:
        # Sorted runs, each at most half as long as the one before: a few look-ups per chunk.
        self._runs: list[tuple[_Digests, _Numbers]] = []
        self._repeats: dict[bytes, int] = {}

    def count(
        self, digests: Sequence[bytes], numbers: Sequence[int]
    ) -> tuple[list[int], dict[int, int]]:
        """How often each digest (8 bytes) came before; and for those that did, the number of the
        first row that had it, by index into `digests`."""
        size = len(digests)
        counts = [0] * size
        first_rows: dict[int, int] = {}
        if not size:
            return counts, first_rows
        array = np.frombuffer(b"".join(digests), dtype=np.uint64)
        rows = np.array(numbers, dtype=np.int64)
        held_row = np.full(size, -1, dtype=np.int64)
        for run, run_rows in self._runs:
            at = np.searchsorted(run, array)
            at[at == len(run)] = 0
            hit = run[at] == array
            held_row[hit] = run_rows[at[hit]]
        unique, first_index, inverse = np.unique(array, return_index=True, return_inverse=True)
        is_new = held_row[first_index] < 0
        repeated = (held_row >= 0) | (first_index[inverse] != np.arange(size))
        for index in np.flatnonzero(repeated).tolist():
            digest = digests[index]
            counts[index] = self._repeats[digest] = self._repeats.get(digest, 0) + 1
            held = int(held_row[index])
            first_rows[index] = held if held >= 0 else int(rows[first_index[inverse[index]]])
        self._add(unique[is_new], rows[first_index][is_new])
        return counts, first_rows

    def _add(self, digests: _Digests, rows: _Numbers) -> None:
        if not len(digests):
            return
        self._runs.append((digests, rows))
        while len(self._runs) > 1 and len(self._runs[-1][0]) * 2 > len(self._runs[-2][0]):
            late, early = self._runs.pop(), self._runs.pop()
            merged = np.concatenate([early[0], late[0]])
            merged_rows = np.concatenate([early[1], late[1]])
            order = np.argsort(merged, kind="stable")
            self._runs.append((merged[order], merged_rows[order]))
