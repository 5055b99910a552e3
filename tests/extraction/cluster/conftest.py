from __future__ import annotations

from collections.abc import Iterator

import pytest

from extraction.cluster import Crew, open_crew


@pytest.fixture(scope="session")
def dask() -> Iterator[Crew]:
    pytest.importorskip("distributed")
    crew = open_crew("local", 2)
    yield crew
    crew.close()
