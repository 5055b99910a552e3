"""Sparse sums of messages, with the gradient as a product of the transposed matrix.

A gather and an `index_add` over edges take five to ten times as long on a CPU.
"""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse
import torch
from torch import Tensor

from kg.completion.graph import IntArray


class Incidence(NamedTuple):
    """Which message arrives where; one entry an edge, all ones unless edges are hidden."""

    matrix: Tensor  # CSR, shape: (n_receivers, n_messages)
    transposed: Tensor  # CSR, shape: (n_messages, n_receivers)
    counts: Tensor  # arriving messages, shape: (n_receivers,)


def build_incidence(
    receivers: IntArray, messages: IntArray, n_receivers: int, n_messages: int
) -> Incidence:
    """`receivers` and `messages` have one entry an edge."""
    ones = np.ones(len(receivers), dtype=np.float32)
    forward = scipy.sparse.csr_matrix((ones, (receivers, messages)), (n_receivers, n_messages))
    counts = torch.from_numpy(np.diff(forward.indptr).astype(np.float32))
    return Incidence(as_tensor(forward), as_tensor(forward.T.tocsr()), counts)


class Gathering(NamedTuple):
    """Rows picked from a table, as a product: its gradient is one too."""

    matrix: Tensor  # CSR, shape: (n_picked, n_rows)
    transposed: Tensor

    @staticmethod
    def of(picked: IntArray, n_rows: int) -> Gathering:
        """`picked` are the rows to gather."""
        matrix = scipy.sparse.csr_matrix(
            (np.ones(len(picked), np.float32), picked, np.arange(len(picked) + 1)),
            (len(picked), n_rows),
        )
        return Gathering(as_tensor(matrix), as_tensor(matrix.T.tocsr()))

    def pick(self, table: Tensor) -> Tensor:
        """`table[picked]`; shape: (n_picked, width)."""
        return sum_messages(self.matrix, self.transposed, table)


def as_tensor(matrix: Any) -> Tensor:
    """A SciPy CSR matrix as a sparse tensor that shares its memory."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "Sparse CSR tensor support is in beta state"
        return torch.sparse_csr_tensor(
            torch.from_numpy(matrix.indptr),
            torch.from_numpy(matrix.indices),
            torch.from_numpy(matrix.data),
            size=matrix.shape,
            check_invariants=False,
        )


class _Product(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, matrix: Tensor, transposed: Tensor, values: Tensor) -> Tensor:
        context.transposed = transposed
        return matrix @ values

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[None, None, Tensor]:
        return None, None, context.transposed @ gradients[0].contiguous()


def sum_messages(matrix: Tensor, transposed: Tensor, values: Tensor) -> Tensor:
    """`matrix @ values`; shape: (n_receivers, width)."""
    found: Tensor = _Product.apply(matrix, transposed, values)
    return found


def expand_ranges(starts: IntArray, chosen: IntArray) -> tuple[IntArray, IntArray]:
    """All members of the chosen ranges [starts[i], starts[i + 1]), and whose each is."""
    begin = starts[chosen]
    length = starts[chosen + 1] - begin
    owner = np.repeat(np.arange(len(chosen)), length)
    within = np.arange(len(owner)) - np.repeat(np.cumsum(length) - length, length)
    return begin[owner] + within, owner
