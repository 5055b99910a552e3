"""A program of its own that writes to an embedded store until it is killed.

`python -m tests.kg.store.sqlite_writer PATH SEED` loads document after document and prints one
line per acknowledged step: `begun D`, `wrote D N`, `finished D`, `logged N`.
"""

from __future__ import annotations

import sys
from itertools import count

from kg.model import Batch, Claim, Document, NodeClaim, Passage, Run
from kg.store.sqlite import SqliteStore
from tests.contracts.small_schema import SCHEMA

BATCHES = 5
CLAIMS = 40


def batch_of(document: str, number: int) -> Batch:
    """The batch that is written as the `number`-th of a document: all of it tells its number."""
    batch = Batch()
    for i in range(CLAIMS):
        batch.passages.append(Passage(f"{number}-{i}", f"row:{i}", f"{document} {number} {i}"))
        batch.nodes.append(NodeClaim(f"wo:{document}-{number}-{i}", "WorkOrder", i, "an order"))
        batch.claims.append(Claim(f"wo:{document}-{number}-{i}", "reportedOn", f"asset:{i % 7}", i))
        batch.claims.append(Claim(f"asset:{i % 7}", "exhibits", f"mode:{i % 3}", i, 0.5))
    return batch


def main(path: str, seed: str) -> None:
    store = SqliteStore(path, SCHEMA)
    say = sys.stdout.write
    for n in count():
        key = f"doc-{seed}-{n}"
        session = store.begin_load(Document(key, "1", "r"), Run(f"run-{key}", n), resumable=True)
        say(f"begun {key}\n")
        for number in range(BATCHES):
            session.write(batch_of(key, number), checkpoint=str(number))
            say(f"wrote {key} {number}\n")
            sys.stdout.flush()
        session.finish()
        say(f"finished {key}\n")
        store.append_log("audit", {"did": key}, n)
        say(f"logged {key}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
