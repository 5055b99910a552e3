"""From a file of EPCIS events to chunks of claims."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from extraction.epcis.interpretation import Context, Told, interpret
from extraction.epcis.master_data import elements_of
from extraction.epcis.validation import EVENT_TYPES, check_document, events_of
from extraction.files import DEFAULT_LIMITS, Limits
from kg.model.claims import Chunk, Document
from kg.model.errors import BadInput, UnreadableFile

RECIPE = "epcis@2"
MEDIA_TYPE = "application/ld+json"
_HEAD = 256 * 1024
_TYPE = re.compile(
    rb'"type"\s*:\s*"(EPCISDocument|EPCISQueryDocument|' + "|".join(EVENT_TYPES).encode() + rb')"'
)
_MOST_TOLD = 5


@dataclass(frozen=True, slots=True)
class EpcisReading:
    """A document of events that is ready to be read."""

    document: Document
    events: Sequence[Told]
    context: Context | None = None

    @property
    def rows_total(self) -> int | None:
        """How many events there are."""
        return len(self.events)

    def chunks(self, checkpoint: str | None = None) -> Iterator[Chunk]:
        """What the events say. A reading that was interrupted begins again."""
        yield from interpret(self.events, self.context)


def is_epcis(path: Path) -> bool:
    """Whether a file seems to hold EPCIS events, by its beginning."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return False
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start == b"<":
        return b"EPCISDocument" in head or b"EPCISQueryDocument" in head
    if start not in (b"{", b"["):
        return False
    return _TYPE.search(head) is not None


def open_epcis(
    path: Path, *, key: str, shown: str, title: str = "", limits: Limits = DEFAULT_LIMITS
) -> EpcisReading:
    """The events of a file in JSON-LD or XML. Raises UnreadableFile where it is no valid EPCIS;
    nothing of it is used then."""
    size = path.stat().st_size
    if size > limits.unpacked_bytes:
        raise UnreadableFile(f"{shown} is larger than {limits.unpacked_bytes:,} bytes; split it.")
    content = path.read_bytes()
    return read_document(content, key=key, shown=shown, title=title)


def read_document(content: bytes, *, key: str, shown: str, title: str = "") -> EpcisReading:
    """The same for content that is at hand."""
    if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        from extraction.epcis.xml_form import events_of_xml

        document: Any = events_of_xml(content, shown)
    else:
        document = _parsed(content.removeprefix(b"\xef\xbb\xbf"), shown)
    return EpcisReading(
        Document(
            key,
            hashlib.sha256(content).hexdigest(),
            RECIPE,
            title or shown,
            MEDIA_TYPE,
        ),
        read_events(document, shown),
    )


def _parsed(content: bytes, shown: str) -> Any:
    """A document or an event; a list of events, or one on each line, becomes a document."""
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        lines = [line for line in content.splitlines() if line.strip()]
        if len(lines) < 2:
            raise UnreadableFile(f"{shown} is no JSON: {error}.") from error
        found = []
        for number, line in enumerate(lines, 1):
            try:
                found.append(orjson.loads(line))
            except orjson.JSONDecodeError as wrong:
                raise UnreadableFile(f"{shown}, line {number}, is no JSON: {wrong}.") from wrong
    if not isinstance(found, list):
        return found
    return {
        "@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "1970-01-01T00:00:00Z",
        "epcisBody": {"eventList": found},
    }


def read_events(document: Mapping[str, Any], shown: str) -> list[Told]:
    """The events of a document, then its master data.

    Raises BadInput, naming event and field, where it is invalid.
    """
    wrong = check_document(document)
    if wrong:
        told = "; ".join(problem.sentence.removesuffix(".") for problem in wrong[:_MOST_TOLD])
        more = f"; and {len(wrong) - _MOST_TOLD} more" if len(wrong) > _MOST_TOLD else ""
        raise BadInput(f"{shown} is not valid EPCIS 2.0. {told}{more}.")
    events = events_of(document) or []
    numbered = [Told(f"event:{number}", event) for number, event in enumerate(events, 1)]
    return [*numbered, *elements_of(document)]
