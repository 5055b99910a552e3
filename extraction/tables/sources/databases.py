"""The answer of a SQL query as a table: streamed to a temporary file once, then read like one.

The file makes the content's identity known before anything is stored, lets a reading that was
interrupted go on, and frees the database at once. Addresses of databases hold passwords: they
are never part of a key, a message or a log.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from typing import IO, Any

import orjson

from extraction.files.limits import DEFAULT_LIMITS, Limits
from extraction.tables.sources.protocol import Problem, RawRow, unique_headers
from kg.model.errors import BadInput, UnreadableFile

_FETCH = 5_000
_READING = ("select", "with", "values", "table", "show")


class QueryTable:
    """The rows of one answer."""

    name = ""
    knows_merges = False
    place_prefix = "row:"

    def __init__(
        self, spool: IO[bytes], headers: list[str], count: int, findings: list[Problem]
    ) -> None:
        self._spool = spool
        self.headers = headers
        self.findings = findings
        self.rows_total: int | None = count

    def rows(self) -> Iterator[RawRow]:
        """The rows, numbered from 1 in the order of the answer."""
        # Each reader keeps its own place, because a sample is read while the rows are.
        at, number = 0, 0
        while True:
            self._spool.seek(at)
            lines = self._spool.readlines(1024 * 1024)
            at = self._spool.tell()
            if not lines:
                return
            for line in lines:
                number += 1
                yield RawRow(number, orjson.loads(line))


def public_address(url: str) -> str:
    """A database's address without user, password and options. Raises BadInput."""
    from sqlalchemy.engine import URL, make_url
    from sqlalchemy.exc import ArgumentError

    try:
        address = make_url(url)
    except ArgumentError:
        raise BadInput(
            "That is no address of a database; write one such as"
            " postgresql://user@server/database or sqlite:///plant.db."
        ) from None
    # Built anew from what may be shown: URL.set() keeps what it is told to forget.
    bare = URL.create(
        address.drivername, host=address.host, port=address.port, database=address.database
    )
    return bare.render_as_string(hide_password=True)


def run_query(url: str, query: str, limits: Limits = DEFAULT_LIMITS) -> tuple[QueryTable, str]:
    """Run a reading `query` and keep its answer; also returns the SHA-256 of the answer.

    Raises BadInput (no address, a query that writes) and UnreadableFile (the database refuses it).
    """
    from sqlalchemy import create_engine, text
    from sqlalchemy.exc import SQLAlchemyError

    shown = public_address(url)
    _check_query(query)
    spool = tempfile.TemporaryFile(prefix="gemba-query-")  # noqa: SIM115 - lives as long as the table
    digest = hashlib.sha256()
    count = size = 0
    try:
        engine = create_engine(url, hide_parameters=True)
        try:
            with engine.connect() as connection:
                answer = connection.execution_options(stream_results=True).execute(text(query))
                headers, findings = unique_headers(list(map(str, answer.keys())))
                while rows := answer.fetchmany(_FETCH):
                    for row in rows:
                        line = orjson.dumps([cell_text(value) for value in row]) + b"\n"
                        digest.update(line)
                        spool.write(line)
                        size += len(line)
                        count += 1
                    if size > limits.file_bytes:
                        raise UnreadableFile(
                            f"{shown}: the answer is larger than {limits.file_bytes:,} bytes; ask"
                            " for less."
                        )
                connection.rollback()
        finally:
            engine.dispose()
    except SQLAlchemyError as error:
        spool.close()
        raise UnreadableFile(f"{shown}: {_reason(error, url)}.") from None
    except ModuleNotFoundError as error:
        spool.close()
        raise BadInput(
            f"{shown} needs the Python package {error.name}; install the driver of the database."
        ) from None
    except BaseException:
        spool.close()
        raise
    digest.update(orjson.dumps(headers))
    return QueryTable(spool, headers, count, findings), digest.hexdigest()


def cell_text(value: Any) -> str:
    """A value of a database as text."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        seconds = round(value.total_seconds())
        return f"{seconds // 3600}:{seconds % 3600 // 60:02}:{seconds % 60:02}"
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    return str(value)


def _check_query(query: str) -> None:
    words = query.split(None, 1)
    if not words:
        raise BadInput("The query is empty; write one such as SELECT * FROM work_orders.")
    body = query.rstrip().rstrip(";")
    if words[0].lower().lstrip("(") not in _READING or ";" in body:
        raise BadInput(
            "Only one query that reads (SELECT …) is run; nothing is changed in a database."
        )


def _reason(error: Exception, url: str) -> str:
    """What the database said, in one line, without anything from its address."""
    from sqlalchemy.engine import make_url

    original = getattr(error, "orig", None) or error
    reason = " ".join(str(original).split())[:200].rstrip(".")
    address = make_url(url)
    secrets = [address.password, address.username, *map(str, address.query.values())]
    for secret in secrets:
        if secret:
            reason = reason.replace(str(secret), "***")
    return f"the database refused the query ({reason})"
