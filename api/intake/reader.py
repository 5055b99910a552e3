"""The process that reads ahead: opens and maps files, and sends what they say.

Started by `api.intake.ahead`, which tells it over its input what to read, and takes frames from
its output. For each source comes one frame with its tables or with why it has none; then for each
table its chunks and an end, the error at which reading it stopped, or that it need not be read.
"""

from __future__ import annotations

import gc
import pickle
import signal
import sys
from typing import TYPE_CHECKING, BinaryIO

from api.intake.frames import Frame, as_columns, frame_of, read_bytes, write_frame

if TYPE_CHECKING:
    from api.intake.ahead import Task
    from api.intake.opened import OpenSource

_CHUNKS_TOGETHER = 32  # between two looks for cycles


def main() -> None:
    """Read what the task says until it is done or nobody listens any more."""
    # An interrupt is for the process that stores; it ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    out = sys.stdout.buffer
    sys.stdout = sys.stderr  # what prints must not come between the frames
    data = read_bytes(sys.stdin.buffer)
    if data is None:
        return
    gc.disable()  # what is made here by the million has no cycles; see `_send_table`
    try:
        read(frame_of(data).content, out)
    except BrokenPipeError:
        sys.stderr.close()


def read(task: Task, out: BinaryIO) -> None:
    """Send what the sources of `task` say."""
    from typing import Any, cast

    from api.intake.tables import open_source
    from api.wiring import Plant, load_ontology
    from extraction.tables.side_tables import Shelf

    schema = load_ontology(task.settings)
    if schema.digest != task.schema_digest:
        return  # the ontology was changed meanwhile: only the other process still has the old one
    plant = Plant(task.settings, schema, cast(Any, None))
    shelf = Shelf()
    known = dict(task.known)
    contents = set(known.values())
    for place, (number, source) in enumerate(task.sources):
        if place == 1:  # the ontology and what was compiled from it need not be looked through
            gc.collect()
            gc.freeze()
        try:
            tables = open_source(plant, source, task.options, shelf)
        except Exception as error:
            write_frame(out, Frame("failed", number, content=_portable(error)))
            continue
        heads = [(t.shown, t.document, t.mapping, t.reading.rows_total) for t in tables]
        write_frame(out, Frame("tables", number, content=heads))
        for index, table in enumerate(tables):
            document = table.document
            told = (document.sha256, document.recipe)
            held = known.get(document.key)
            if held == told or (held is None and not task.again and told in contents):
                write_frame(out, Frame("skipped", number, index))
                continue
            known[document.key] = told
            contents.add(told)
            _send_table(out, number, index, table)


def _send_table(out: BinaryIO, number: int, index: int, table: OpenSource) -> None:
    try:
        for count, chunk in enumerate(table.chunks(None), 1):
            write_frame(out, Frame("chunk", number, index, as_columns(chunk)))
            if not count % _CHUNKS_TOGETHER:
                gc.collect()
    except BrokenPipeError:
        raise
    except Exception as error:
        write_frame(out, Frame("failed", number, index, _portable(error)))
        return
    write_frame(out, Frame("end", number, index))


def _portable(error: Exception) -> Exception:
    """The error, or its words where it cannot be sent."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301  # just written here
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


if __name__ == "__main__":
    main()
