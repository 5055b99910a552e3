"""Plants that several tests look at: one to measure effects in, one as small as can be."""

from __future__ import annotations

import pytest

from api.sample.plant import write_plant
from tests.api.sample.plant_files import PlantFiles


@pytest.fixture(scope="session")
def plant_files(tmp_path_factory: pytest.TempPathFactory) -> PlantFiles:
    """Six thousand units in three months."""
    folder = tmp_path_factory.mktemp("plant") / "made"
    write_plant(6_000, 11, folder)
    return PlantFiles(folder)


@pytest.fixture(scope="session")
def tiny_plant(tmp_path_factory: pytest.TempPathFactory) -> PlantFiles:
    """The fewest units that are allowed."""
    folder = tmp_path_factory.mktemp("plant") / "tiny"
    write_plant(50, 3, folder)
    return PlantFiles(folder)
