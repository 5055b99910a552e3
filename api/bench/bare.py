"""The control of the load benchmark: the same rows, written with nothing but the database's means.

For the embedded store the rows of a finished file are put into an empty one of the same tables and
indexes by `executemany`; for Neo4j the same nodes and relationships are created by `UNWIND`.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from time import perf_counter, process_time

_ROWS_PER_TRANSACTION = 50_000


def copy_rows(source: Path, target: Path) -> tuple[float, float, int]:
    """Write every row of `source` into `target` (created); returns seconds, those of the CPU, and
    rows.

    Reading is not timed. Full-text tables are filled with the texts that they index. A table's
    shadow tables belong to it and are left to the database.
    """
    seconds, cpu, rows = 0.0, 0.0, 0
    with sqlite3.connect(f"file:{source}?mode=ro", uri=True) as old, sqlite3.connect(target) as new:
        new.isolation_level = None
        new.execute("PRAGMA journal_mode=WAL")
        new.execute("PRAGMA synchronous=NORMAL")
        objects = old.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rootpage"
        ).fetchall()
        virtual = [name for _, name, sql in objects if sql.upper().startswith("CREATE VIRTUAL")]
        own = [
            (kind, name, sql)
            for kind, name, sql in objects
            if not name.startswith("sqlite_")
            and not any(name != v and name.startswith(v + "_") for v in virtual)
        ]
        for kind in ("table", "index", "view", "trigger"):
            for found, _, sql in own:
                if found == kind:
                    new.execute(sql)
        for kind, name, sql in own:
            if (
                kind != "table"
                or "fts5vocab" in sql.lower()
                or "content=''" in sql.replace('"', "'")
            ):
                continue
            columns = [row[1] for row in old.execute(f'PRAGMA table_info("{name}")')]
            if not columns:
                continue
            marks = ",".join("?" * len(columns))
            insert = f'INSERT OR REPLACE INTO "{name}" VALUES ({marks})'
            cursor = old.execute(f'SELECT * FROM "{name}"')
            while chunk := cursor.fetchmany(_ROWS_PER_TRANSACTION):
                started, used = perf_counter(), process_time()
                new.execute("BEGIN IMMEDIATE")
                new.executemany(insert, chunk)
                new.execute("COMMIT")
                seconds += perf_counter() - started
                cpu += process_time() - used
                rows += len(chunk)
    return seconds, cpu, rows
