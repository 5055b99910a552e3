"""Running `gemba` in a test as a person would."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from api.cli import main
from api.settings import Settings
from api.wiring import open_plant
from tests.api.small_plant import load_small_plant


class Ran(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Gemba = Callable[..., Ran]


@pytest.fixture
def gemba(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Gemba:
    """Runs `gemba` in a folder of its own, whose store is empty at first."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Ran:
        capsys.readouterr()
        code = main(list(arguments))
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return run


@pytest.fixture
def small(gemba: Gemba) -> Gemba:
    """The same with the small plant in its store."""
    with open_plant(Settings()) as plant:
        load_small_plant(plant.store)
    return gemba
