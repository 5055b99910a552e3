"""Which of the standards a file is in, and its records ready to be read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from extraction.exchange.telling import Teller
from extraction.files import DEFAULT_LIMITS, Limits
from kg.model.claims import Chunk, Document
from kg.model.errors import UnreadableFile

_HEAD = 64 * 1024
_RECORDS_PER_CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class ExchangeReading:
    """A file in a standard's form that is ready to be read."""

    document: Document
    form: str  # what stands in place of a mapping's name
    records: list[Any]
    tell: Callable[[Teller, Any], None]
    place: str  # what a record is called in places

    @property
    def rows_total(self) -> int | None:
        """How many records there are."""
        return len(self.records)

    def chunks(self, checkpoint: str | None = None) -> Iterator[Chunk]:
        """What the records say."""
        teller = Teller(self.form)
        for first in range(0, len(self.records), _RECORDS_PER_CHUNK):
            chunk = teller.begin()
            for number, record in enumerate(self.records[first : first + _RECORDS_PER_CHUNK]):
                teller.at(f"{self.place}:{first + number + 1}", record)
                self.tell(teller, record)
                chunk.rows += 1
            yield chunk


def open_exchange(
    path: Path,
    *,
    key: str,
    shown: str,
    title: str,
    time_zone: str,
    limits: Limits = DEFAULT_LIMITS,
) -> ExchangeReading | None:
    """The records of a B2MML or Catena-X file; None where it is neither. Raises UnreadableFile."""
    with path.open("rb") as file:
        head = file.read(_HEAD).lstrip(b"\xef\xbb\xbf \t\r\n")
    if path.stat().st_size > limits.unpacked_bytes:
        return None
    found: tuple[str, list[Any], Callable[[Teller, Any], None], str] | None = None
    content = b""
    if head[:1] == b"<":
        from extraction.exchange.b2mml import is_b2mml, records_of, tell_record

        if not is_b2mml(head):
            return None
        content = path.read_bytes()
        found = "b2mml", records_of(content, shown, time_zone), tell_record, "element"
    elif head[:1] in (b"{", b"[") and (b"catenax" in head.lower() or b"catenaXId" in head):
        from extraction.exchange.catenax import aspects_of, tell_aspect

        content = path.read_bytes()
        try:
            document = orjson.loads(content.removeprefix(b"\xef\xbb\xbf"))
        except orjson.JSONDecodeError as error:
            raise UnreadableFile(f"{shown} is no JSON: {error}.") from error
        aspects = aspects_of(document)
        if aspects:
            found = "catena-x", aspects, tell_aspect, "item"
    if found is None:
        return None
    form, records, tell, place = found
    digest = hashlib.sha256(content).hexdigest()
    return ExchangeReading(
        Document(key, digest, f"{form}@1", title or shown), form, records, tell, place
    )
