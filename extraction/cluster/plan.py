"""Reading a document into rows of JSON, as a task that other processes can do."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from extraction.extractors import ReadingOptions, make_extractors
from extraction.pipeline.claim_rows import claim_row
from extraction.pipeline.keeping import schema_bytes, schema_from
from kg.model import Chunk
from ontology.schema import Schema


class DocumentRead(NamedTuple):
    """What a document says, as plain data: one row for each candidate statement."""

    document: str
    sha256: str
    recipe: str
    rows: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class ReadingPlan:
    """Everything that reading needs, ready to be sent. Implements `Task`."""

    schema_json: bytes
    extractors: tuple[str, ...]
    options: ReadingOptions
    digest: str

    @classmethod
    def make(
        cls, schema: Schema, extractors: tuple[str, ...], options: ReadingOptions
    ) -> ReadingPlan:
        """The plan for an ontology and what a plant chose.

        Opens the extractors once: what is wrong with them is told here and not by every worker.
        Raises BadInput and MissingExtra.
        """
        names = [extractor.name for extractor in make_extractors(extractors, schema, options)]
        digest = hashlib.sha256("\n".join([schema.digest, *names, repr(options)]).encode())
        return cls(schema_bytes(schema), extractors, options, digest.hexdigest()[:16])

    def open(self) -> Callable[[str], DocumentRead]:
        """What reads the document at a path. Raises GembaError."""
        schema = schema_from(self.schema_json)
        extractors = make_extractors(self.extractors, schema, self.options)

        def read(path: str) -> DocumentRead:
            from extraction.documents import read_document

            reading = read_document(Path(path), schema, extractors=extractors)
            rows = [row for chunk in reading.chunks() for row in rows_of(chunk)]
            document = reading.document
            return DocumentRead(document.key, document.sha256, document.recipe, rows)

        return read


def rows_of(chunk: Chunk) -> Iterator[dict[str, Any]]:
    """The claims of a chunk as plain data, each with its quote and place."""
    passages = chunk.batch.passages
    for claim in chunk.batch.claims:
        passage = passages[claim.passage]
        yield {**claim_row(claim, passage.text), "place": passage.place, "passage": passage.key}
