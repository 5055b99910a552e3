"""Reading ahead: another process opens and maps the files while this one stores what they say.

Everything comes out as if this process read alone: files, tables and chunks in the same order,
errors as they were raised. A few chunks wait in between at most. If the other process dies, this
one reads on from where the last chunk ended.
"""

from __future__ import annotations

import logging
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from api.intake.frames import Frame, frame_of, from_columns, read_bytes, write_frame
from api.intake.opened import OpenSource, TableOptions
from api.intake.sources import Source
from api.intake.tables import open_source
from api.settings import child_environment
from api.wiring import Plant
from extraction.tables.side_tables import Shelf
from kg.model import Chunk, Document

log = logging.getLogger("gemba.intake")

WORTH_IT = 8_000_000  # bytes of files; the other process takes about two seconds to get ready
_PACKED = 6  # bytes of text in one of a workbook, about
_WAITING = 4  # chunks between the two processes
_READER = "api.intake.reader"
_PATIENCE = 5.0  # seconds for the other process to end

Known = dict[str, tuple[str, str]]  # content and recipe by key of the document


@dataclass(frozen=True, slots=True)
class Task:
    """What the other process is to do: see `api.intake.reader`."""

    settings: Any
    schema_digest: str
    sources: Sequence[tuple[int, Source]]
    options: TableOptions
    known: Known
    again: bool


def is_worth_it(sources: Sequence[Source]) -> bool:
    """Whether so much is to be read that starting another process pays."""
    size = 0
    for source in sources:
        if source.trouble is None and source.address is None:
            try:
                status = os.stat(source.path)
            except OSError:
                continue  # reading it tells what is wrong
            is_packed = source.path.suffix.casefold() in {".xlsx", ".xlsm", ".ods"}
            size += status.st_size * (_PACKED if is_packed else 1)
    return size >= WORTH_IT


class _Gone(Exception):  # never leaves this module
    """The other process ended before it was done."""


class ReadAhead:
    """The tables of `sources`, opened and mapped by another process. Ends with `close`."""

    def __init__(
        self,
        plant: Plant,
        sources: Sequence[Source],
        options: TableOptions,
        *,
        known: Known,
        again: bool,
    ) -> None:
        self._plant = plant
        self._sources = sources
        self._options = options
        self._shelf = Shelf()
        self._ended = False
        self._held: Frame | None = None
        readable = [
            (number, source)
            for number, source in enumerate(sources)
            if source.trouble is None and source.address is None
        ]
        self._theirs = {number for number, _ in readable}
        task = Task(plant.settings, plant.schema.digest, readable, options, known, again)
        path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)
        self._process = subprocess.Popen(  # this program, with its own module
            [sys.executable, "-P", "-m", _READER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=child_environment(path),
        )
        self._frames: queue.Queue[bytes | None] = queue.Queue(_WAITING)
        self._closing = threading.Event()
        self._pump = threading.Thread(target=self._receive, name="read-ahead", daemon=True)
        self._pump.start()
        assert self._process.stdin is not None
        try:
            with self._process.stdin as stdin:
                write_frame(cast(Any, stdin), Frame("task", content=task))
        except OSError:
            pass  # it died at once, which the first look for a frame tells

    @property
    def pid(self) -> int:
        """The number of the other process."""
        return self._process.pid

    def open(self, number: int) -> list[OpenSource]:
        """The tables of the source of that number; raises what opening it raised.

        Sources are to be asked for in order.
        """
        if number not in self._theirs or self._ended:
            return self._open_here(number)
        try:
            frame = self._next(number)
        except _Gone:
            return self._open_here(number)
        if frame.kind == "failed":
            raise frame.content
        return [
            OpenSource(shown, document, mapping, _Ahead(self, number, table, document, total))
            for table, (shown, document, mapping, total) in enumerate(frame.content)
        ]

    def close(self) -> None:
        """End the other process, whatever it is doing."""
        self._closing.set()
        self._process.terminate()
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        while self._pump.is_alive():
            try:
                self._frames.get(timeout=0.05)  # makes room for what it is putting
            except queue.Empty:
                continue
        self._pump.join()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def chunks(
        self, number: int, table: int, document: Document, checkpoint: str | None
    ) -> Iterator[Chunk]:
        """What a table says. What the other process did not read is read here."""
        done = checkpoint
        try:
            while checkpoint is None:
                frame = self._next(number, table)
                if frame.kind == "end":
                    return
                if frame.kind == "failed":
                    raise frame.content
                if frame.kind == "skipped":
                    break
                chunk = from_columns(frame.content)
                yield chunk
                done = chunk.checkpoint
        except _Gone:
            pass
        yield from self._open_here(number)[table].chunks(done)

    def _open_here(self, number: int) -> list[OpenSource]:
        return open_source(self._plant, self._sources[number], self._options, self._shelf)

    def _next(self, number: int, table: int = -1) -> Frame:
        """The next frame about a table, or about the source itself; earlier ones are not wanted.

        Raises _Gone where there are no more.
        """
        while True:
            frame, self._held = self._held or self._take(), None
            at = (frame.source, frame.table)
            if at == (number, table):
                return frame
            if at > (number, table):
                self._held = frame
                raise _Gone
            # The rest of a table that was not read to its end.

    def _take(self) -> Frame:
        data = None if self._ended else self._frames.get()
        if data is None:
            if not self._ended:
                log.warning("the process that reads ahead has ended; this one goes on alone")
            self._ended = True
            raise _Gone
        return frame_of(data)

    def _receive(self) -> None:
        stream = cast(Any, self._process.stdout)
        while True:
            try:
                data = read_bytes(stream)
            except (OSError, ValueError):
                data = None
            self._frames.put(data)
            if data is None or self._closing.is_set():
                return


class _Ahead:
    """A table that another process reads; stands where a `Reading` would."""

    def __init__(
        self, ahead: ReadAhead, number: int, table: int, document: Document, total: int | None
    ) -> None:
        self._ahead = ahead
        self._number = number
        self._table = table
        self.document = document
        self.rows_total = total

    def chunks(self, checkpoint: str | None = None) -> Iterator[Chunk]:
        """See `Reading.chunks`."""
        return self._ahead.chunks(self._number, self._table, self.document, checkpoint)
