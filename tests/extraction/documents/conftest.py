"""What the tests of documents share: the schema, and shorthands for reading a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from extraction.documents import Block, Table, open_document, read_document
from kg.model import Batch, Chunk
from ontology import load_schema
from ontology.schema import Schema


@pytest.fixture(scope="session")
def schema() -> Schema:
    return load_schema()


@pytest.fixture(scope="session")
def plain_schema(schema: Schema) -> Schema:
    """The schema with asset classes as its only concepts, so that every other name is its own."""
    concepts = {key: c for key, c in schema.concepts.items() if c.cls == "AssetClass"}
    return replace(schema, concepts=concepts)


@pytest.fixture
def blocks_of() -> Callable[..., list[Block]]:
    """The blocks of a file."""
    return lambda path, **options: list(open_document(path, shown=path.name, **options).blocks)


@pytest.fixture
def chunks_of(plain_schema: Schema) -> Callable[[Path], list[Chunk]]:
    """The chunks of a file, by structure alone."""

    def read(path: Path) -> list[Chunk]:
        return list(read_document(path, plain_schema, key=path.name, shown=path.name).chunks())

    return read


@pytest.fixture
def batch_of(chunks_of: Callable[[Path], list[Chunk]]) -> Callable[[Path], Batch]:
    """Everything that a file says, in one batch."""

    def read(path: Path) -> Batch:
        whole = Batch()
        for chunk in chunks_of(path):
            offset = len(whole.passages)
            whole.passages += chunk.batch.passages
            whole.nodes += [n._replace(passage=n.passage + offset) for n in chunk.batch.nodes]
            whole.claims += [c._replace(passage=c.passage + offset) for c in chunk.batch.claims]
        return whole

    return read


def rows_of(table: Table) -> list[list[str]]:
    """A table as texts, merged cells repeated."""
    return [[cell.text for cell in row] for row in table.grid]


def tables_in(blocks: list[Block]) -> Iterator[Table]:
    """The tables among blocks."""
    return (block for block in blocks if isinstance(block, Table))
