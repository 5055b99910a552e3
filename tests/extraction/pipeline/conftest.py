from __future__ import annotations

import pytest

from extraction.pipeline import PipelineExtractor
from ontology import load_schema
from ontology.schema import Schema


@pytest.fixture(scope="session")
def schema() -> Schema:
    return load_schema()


@pytest.fixture(scope="session")
def extractor(schema: Schema) -> PipelineExtractor:
    return PipelineExtractor(schema)
