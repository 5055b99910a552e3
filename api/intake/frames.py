"""What two processes of a load tell each other: length-prefixed pickles over a pipe.

A chunk goes as columns: a million small tuples take several times as long to pickle and to build
again as a dozen long ones. Both ends are this program, started by itself.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Sequence
from itertools import repeat
from typing import Any, BinaryIO, NamedTuple

from kg.model import Batch, Chunk
from kg.model.claims import NO_PROPS, Claim, NodeClaim, Passage, Sentences

_LENGTH = 8  # bytes that say how long the frame is
_PROPS = NodeClaim._fields.index("props")


class Frame(NamedTuple):
    """One message: what it is, the number of its source and of the table in that, and the rest."""

    kind: str
    source: int = -1
    table: int = -1
    content: Any = None


def write_frame(stream: BinaryIO, frame: Frame) -> None:
    """Send a frame. Blocks while the other end is busy."""
    data = pickle.dumps(tuple(frame), protocol=5)
    stream.write(len(data).to_bytes(_LENGTH, "big"))
    stream.write(data)
    stream.flush()


def read_bytes(stream: BinaryIO) -> bytes | None:
    """The next frame as it came; None where the other end has gone."""
    head = stream.read(_LENGTH)
    if len(head) < _LENGTH:
        return None
    size = int.from_bytes(head, "big")
    data = stream.read(size)
    return data if len(data) == size else None


def frame_of(data: bytes) -> Frame:
    """The frame in what `read_bytes` gave."""
    return Frame(*pickle.loads(data))  # noqa: S301  # written by this program


def as_columns(chunk: Chunk) -> tuple[Any, ...]:
    """A chunk without its many small objects."""
    batch = chunk.batch
    nodes = list(zip(*batch.nodes, strict=True))
    if nodes:
        # A read-only mapping cannot be pickled; most claims share the empty one.
        nodes[_PROPS] = tuple(None if props is NO_PROPS else props for props in nodes[_PROPS])
    return (
        list(zip(*batch.passages, strict=True)),
        nodes,
        list(zip(*batch.claims, strict=True)),
        chunk.rejections,
        chunk.findings,
        chunk.checkpoint,
        chunk.rows,
        tuple(chunk.sentences),
    )


def from_columns(columns: tuple[Any, ...]) -> Chunk:
    """The chunk that `as_columns` took apart."""
    passages, nodes, claims, rejections, findings, checkpoint, rows, sentences = columns
    if nodes:
        nodes[_PROPS] = tuple(NO_PROPS if props is None else props for props in nodes[_PROPS])
    batch = Batch(_rows(Passage, passages), _rows(NodeClaim, nodes), _rows(Claim, claims))
    return Chunk(batch, rejections, findings, checkpoint, rows, Sentences(*sentences))


def _rows(kind: type[Any], columns: Sequence[Iterable[Any]]) -> list[Any]:
    # tuple.__new__ makes a named tuple without the call of its own constructor.
    return list(map(tuple.__new__, repeat(kind), zip(*columns, strict=True))) if columns else []
