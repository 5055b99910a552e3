"""After a change of the ontology: labels, classes and indexed words of all nodes anew."""

from __future__ import annotations

from functools import partial

from kg.store.neo4j.connection import Connection, Transaction
from kg.store.neo4j.deriving import Stale, refresh
from kg.store.neo4j.names import Names
from kg.store.neo4j.work import begin

_NODES = 2_000  # per transaction


def relabel(connection: Connection, names: Names) -> None:
    """Derive every live node anew. Interrupted, it can simply be done again."""
    after: str | None = ""
    while after is not None:
        after = connection.write(partial(_relabel_some, names, after))


def _relabel_some(names: Names, after: str, tx: Transaction) -> str | None:
    work = begin(tx, names)
    keys = tx.rows(
        "MATCH (n:Gemba) WHERE n.key > $after WITH n ORDER BY n.key LIMIT $limit"
        " RETURN collect(n.key)",
        after=after,
        limit=_NODES,
    )
    refresh(work, Stale(nodes=set(keys)))
    return str(keys[-1]) if len(keys) == _NODES else None
