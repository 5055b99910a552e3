"""Link completion: what is probably missing, what is probably wrong, and why.

Nothing here imports PyTorch before a model is made: without the extra `gnn` the graph view, the
splits, the evaluation and the controls work, and `require_gnn` says what is missing.
"""

from kg.completion.controls import Degree, OnEmptyGraph, RelationPopularity
from kg.completion.evaluation import Ranking, evaluate, rank_queries, seen_ends
from kg.completion.extra import require_gnn
from kg.completion.graph import LinkGraph, build_graph, queries_of
from kg.completion.protocol import LinkModel
from kg.completion.splits import Split, read_split, split_randomly

__all__ = [
    "Degree",
    "LinkGraph",
    "LinkModel",
    "OnEmptyGraph",
    "Ranking",
    "RelationPopularity",
    "Split",
    "build_graph",
    "evaluate",
    "queries_of",
    "rank_queries",
    "read_split",
    "require_gnn",
    "seen_ends",
    "split_randomly",
]
