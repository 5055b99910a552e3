"""A program of its own that writes to a server store until it is killed.

`python -m tests.kg.store.neo4j_writer URL USER SEED` reads the password from standard input, loads
document after document, and prints a line per acknowledged batch: `wrote D N`, `finished D`.
"""

from __future__ import annotations

import sys
from itertools import count

from kg.model import Document, Run
from kg.store.neo4j import Neo4jStore
from tests.contracts.small_schema import SCHEMA
from tests.kg.store.sqlite_writer import BATCHES, batch_of


def main(url: str, user: str, seed: str) -> None:
    store = Neo4jStore(url, SCHEMA, user=user, password=sys.stdin.readline().strip())
    for n in count():
        key = f"doc-{seed}-{n}"
        session = store.begin_load(Document(key, "1", "r"), Run(f"run-{key}", n), resumable=True)
        for number in range(BATCHES):
            session.write(batch_of(key, number), checkpoint=str(number))
            print(f"wrote {key} {number}", flush=True)  # noqa: T201
        session.finish()
        print(f"finished {key}", flush=True)  # noqa: T201
        store.append_log("audit", {"did": key}, n)


if __name__ == "__main__":
    main(*sys.argv[1:])
