"""One step of relational message passing: DistMult messages, principal neighbourhood aggregation.

Zhu et al. 2021, "Neural Bellman-Ford Networks" (arXiv:2106.06935); Corso et al. 2020 (PNA,
arXiv:2004.05718). The same layer serves both forms: rows are (node, query) pairs.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from kg.completion.graph import IntArray
from kg.completion.paths.products import Incidence, sum_messages

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # its import uses parts of PyTorch that are being retired
    from torch_geometric.nn import MessagePassing

N_STATISTICS = 6  # mean and standard deviation, each plain, amplified and attenuated by degree


@dataclass(slots=True)
class Trace:
    """What flowed in each layer, for explanations: read after a backward pass."""

    messages: list[Tensor] = field(default_factory=list)  # shape: (n_messages, dim)
    totals: list[Tensor] = field(default_factory=list)  # shape: (n_receivers, dim)
    squares: list[Tensor] = field(default_factory=list)
    edges: list[tuple[IntArray, IntArray, IntArray]] = field(default_factory=list)
    """Per layer and edge: its number in the graph, its receiver, its message."""


class PathConvolution(MessagePassing):  # type: ignore[misc]
    """New states of rows from the messages that reach them.

    The degree that scales them is counted on the edges that are left after hiding: else it tells
    which edge was hidden.
    """

    def __init__(self, dim: int, dropout: float) -> None:
        super().__init__(aggr="sum")
        self.combine = nn.Linear(dim * (1 + N_STATISTICS), dim)
        self.norm = nn.LayerNorm(dim)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self,
        states: Tensor,
        messages: Tensor,
        incidence: Incidence,
        mean_log_degree: float,
        trace: Trace | None = None,
    ) -> Tensor:
        """`states` (shape: (rows, dim)), `messages` (shape: (n_messages, k * dim), where k rows
        share a receiver of `incidence`); returns new states, shape: (rows, dim)."""
        totals, squares = self.propagate(
            incidence.matrix, messages=messages, transposed=incidence.transposed
        )
        if trace is not None:
            totals.retain_grad()
            squares.retain_grad()
            trace.messages.append(messages.detach())
            trace.totals.append(totals)
            trace.squares.append(squares)
        counts = incidence.counts.clamp(min=1).unsqueeze(1)
        mean = totals / counts
        deviation = (squares / counts - mean * mean).clamp(min=1e-6).sqrt()
        rows, dim = states.shape
        amplified = (incidence.counts + 1).log().unsqueeze(1) / mean_log_degree
        attenuated = 1 / amplified.clamp(min=0.1)
        mean, deviation = mean.view(rows, dim), deviation.view(rows, dim)
        share = rows // len(incidence.counts)
        amplified = amplified.repeat_interleave(share, dim=0)
        attenuated = attenuated.repeat_interleave(share, dim=0)
        # A row's scaler may as well come after the product: nothing wide is ever put together.
        by_state, by_statistic = self.combine.weight[:, :dim], self.combine.weight[:, dim:]
        plain, louder, quieter = (
            torch.cat([mean, deviation], dim=1)
            @ by_statistic.reshape(dim, 3, 2 * dim).permute(2, 1, 0).reshape(2 * dim, 3 * dim)
        ).chunk(3, dim=1)
        combined = torch.addmm(self.combine.bias, states, by_state.T) + plain
        combined = torch.addcmul(combined, louder, amplified)
        combined = torch.addcmul(combined, quieter, attenuated)
        changed = torch.relu(self.norm(combined))
        kept: Tensor = self.dropout(changed)
        return states + kept

    def message_and_aggregate(
        self, edge_index: Tensor, messages: Tensor, transposed: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Sums of messages and of their squares, without one copy an edge."""
        return (
            sum_messages(edge_index, transposed, messages),
            sum_messages(edge_index, transposed, messages * messages),
        )
