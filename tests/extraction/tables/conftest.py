"""The ontology, read once for all tests of tables."""

from __future__ import annotations

import pytest

from ontology import load_schema
from ontology.schema import Schema


@pytest.fixture(scope="session")
def schema() -> Schema:
    """The shipped ontology."""
    return load_schema()
