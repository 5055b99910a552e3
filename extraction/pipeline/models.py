"""Trained models in use: opened once, with their calibration and the digest of their files."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from extraction.learning.protocol import TaskName
from kg.model.errors import BadInput

_LARGEST_READ = 1 << 20


@dataclass(slots=True)
class TrainedModel:
    """A model with its card. `digest` identifies its files."""

    directory: Path
    model: Any
    card: dict[str, Any]
    digest: str
    _calibrations: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What people call it."""
        return str(self.card.get("name") or self.directory.name)

    def calibration(self, what: Any) -> Any:
        """The `Calibration` of one sort of thing that the model says."""
        from extraction.learning.calibration import read_calibration

        if what not in self._calibrations:
            try:
                self._calibrations[what] = read_calibration(self.card, what)
            except ValueError as error:
                raise BadInput(f"{self.directory}: {error}; train the model again.") from error
        return self._calibrations[what]


def open_model(folder: Path, named: str, task: TaskName) -> TrainedModel:
    """The model in the directory `named`, seen from `folder`.

    Raises BadInput where it is none or was trained for another task, and MissingExtra.
    """
    from extraction.learning import load_model

    directory = folder / Path(named).expanduser()
    model, card = load_model(directory)
    if card["task"] != task:
        wanted = {"spans": "finds spans", "normalise": "normalises words"}.get(task, task)
        raise BadInput(
            f"{directory}: is a model for {card['task']}, but one that {wanted} is needed here."
        )
    return TrainedModel(directory, model, card, digest_folder(directory))


def digest_folder(directory: Path) -> str:
    """Sixteen hexadecimal digits of all files below a directory."""
    digest = hashlib.sha256()
    for path in sorted(p for p in directory.rglob("*") if p.is_file()):
        digest.update(path.relative_to(directory).as_posix().encode())
        with path.open("rb") as file:
            while block := file.read(_LARGEST_READ):
                digest.update(block)
    return digest.hexdigest()[:16]
