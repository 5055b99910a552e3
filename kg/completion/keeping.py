"""What was learnt, kept between runs: new entities are scored without learning again."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from kg.completion.calibration import Calibration, ReliabilityBin
from kg.completion.learning import Learned, RelationReport
from kg.completion.paths.model import PathNetwork
from kg.model.errors import BadInput


def keep(learned: Learned, asked: list[str], terms: str, path: Path) -> None:
    """Write the network, its calibrations and thresholds, whole or not at all.

    `asked` are the relations that it was calibrated for, `terms` is the ontology's version.
    """
    kept = {
        "terms": terms,
        "asked": asked,
        "network": learned.network.to_dict(),
        "calibrations": {at: asdict(one) for at, one in learned.calibrations.items()},
        "reports": [asdict(report) for report in learned.reports],
        "precision": learned.precision,
    }
    partial = path.with_suffix(".partial")
    try:
        torch.save(kept, partial)
        partial.replace(path)
    except (OSError, RuntimeError) as error:
        raise BadInput(f"The model cannot be kept in {path}: {error}") from error


def recall(path: Path, terms: str) -> tuple[Learned, list[str]]:
    """What `keep` wrote. Raises BadInput for anything else, and for another ontology version."""
    try:
        kept: dict[str, Any] = torch.load(path, weights_only=True)
        theirs = kept["terms"]
        learned = Learned(
            PathNetwork.from_dict(kept["network"]),
            {at: _calibration(one) for at, one in kept["calibrations"].items()},
            tuple(RelationReport(**report) for report in kept["reports"]),
            kept["precision"],
        )
        asked: list[str] = kept["asked"]
    except Exception as error:
        raise BadInput(
            f"{path} is not a kept model that this version can read; delete it to learn anew."
        ) from error
    if theirs != terms:
        raise BadInput(
            f"{path} was learnt with {theirs}, and this plant has {terms}; delete it to learn "
            "anew, or name another file."
        )
    return learned, asked


def _calibration(kept: dict[str, Any]) -> Calibration:
    return Calibration(**(kept | {"bins": tuple(ReliabilityBin(**one) for one in kept["bins"])}))
