"""One batch, from its passages to what the graph says after it."""

from __future__ import annotations

from kg.model.claims import Batch
from kg.store.sqlite.deriving import Added, Stale, refresh
from kg.store.sqlite.transaction import Transaction
from kg.store.sqlite.writing import Reading, write_passages
from kg.store.sqlite.writing_nodes import write_nodes
from kg.store.sqlite.writing_statements import write_statements


def write_batch(tx: Transaction, reading: Reading, batch: Batch) -> None:
    """Store a batch inside a transaction; counts go to `tx.changes`."""
    writing = write_passages(tx, reading, batch)
    nodes, first_new, of_nodes = write_nodes(writing)
    stale = Stale(nodes=set(of_nodes))
    of_statements = write_statements(writing, nodes, first_new, stale)
    refresh(tx, stale, Added(of_statements, of_nodes))
