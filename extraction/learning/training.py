"""From files of labelled texts to a model in a directory."""

from __future__ import annotations

import os
import platform
import time
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from extraction.learning.cards import CARD, VERSION, read_card, write_card
from extraction.learning.examples import Corpus, Respelt, span_labels
from extraction.learning.formats import find_format, read_corpus, read_unlabelled
from extraction.learning.kinds import choose_kind, module_of
from extraction.learning.observing import calibrate_model
from extraction.learning.protocol import Progress, Tier, TrainingOptions
from kg.model.errors import BadInput

_PACKAGES = ("gembagraph", "numpy", "scikit-learn", "python-crfsuite", "torch", "transformers")


def train_model(
    format_name: str,
    train: Path,
    dev: Path,
    out: Path,
    *,
    unlabelled: Path | None = None,
    tier: Tier | None = None,
    options: TrainingOptions | None = None,
    reading: dict[str, Any] | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Train a model on `train`, choose on `dev`, write it into `out`; returns its card.

    `reading` are options of the format. A training that was interrupted goes on where `out` still
    holds its work. Raises BadInput for files, MissingExtra for a tier that is not installed.
    """
    format_ = find_format(format_name)
    kind = choose_kind(format_.task, tier)
    parts: dict[str, Corpus[Any]] = {
        "train": read_corpus(format_name, train, **(reading or {})),
        "dev": read_corpus(format_name, dev, **(reading or {})),
    }
    if unlabelled is not None:
        parts["unlabelled"] = read_unlabelled(format_name, unlabelled, **(reading or {}))
    _check(parts, format_.task)
    doubts = _find_shared(parts)
    if out.is_file():
        raise BadInput(f"{out}: is a file; say a directory for the model.")
    if (
        out.is_dir()
        and not (out / CARD).exists()
        and any(child.name != "work" for child in out.iterdir())
    ):
        raise BadInput(f"{out}: holds other things than a model; say an empty directory.")
    work = out / "work"
    work.mkdir(parents=True, exist_ok=True)
    options = replace(options or TrainingOptions(), work=work)
    told: Progress = progress or _say_nothing
    started, started_cpu = time.perf_counter(), time.process_time()
    trained = module_of(kind).train(
        parts["train"].items,
        parts["dev"].items,
        parts["unlabelled"].items if "unlabelled" in parts else (),
        options,
        told,
    )
    told("calibrating the scores on dev")
    calibration = calibrate_model(trained.measured or trained.model, parts["dev"].items)
    (out / CARD).unlink(missing_ok=True)
    trained.model.save(out)
    card = {
        "version": VERSION,
        "name": f"{kind.tier} {format_.task} model of {train.stem}",
        "task": format_.task,
        "tier": kind.tier,
        "format": format_name,
        "reading": reading or {},
        "seed": options.seed,
        "trained_at": datetime.now(UTC).strftime("%Y-%m-%d"),
        "seconds": round(time.perf_counter() - started, 1),
        "cpu_seconds": round(time.process_time() - started_cpu, 1),
        "cores": os.cpu_count(),
        "data": {
            part: {"name": c.path.name, "texts": len(c.items), "sha256": c.digest}
            for part, c in parts.items()
        },
        "notices": [
            *_doubts(options.teacher, parts["dev"]),
            *doubts,
            *[n.message for c in parts.values() for n in c.notices][:100],
        ],
        "labels": sorted(getattr(trained.model, "span_labels", None) or _labels(trained.model)),
        "tie_labels": sorted(getattr(trained.model, "tie_labels", ())),
        "scores": trained.scores,
        "calibration": calibration,
        "notes": trained.notes,
        "learnt_from_dev": trained.measured is not None,
        "versions": {"python": platform.python_version(), **_versions()},
    }
    write_card(out, card)
    _remove_work(work)
    return card


def _check(parts: dict[str, Corpus[Any]], task: str) -> None:
    if task != "spans":
        return
    train = parts["train"]
    if not span_labels(train.items):
        raise BadInput(
            f"{train.path.name}: none of its {len(train.items)} texts has a labelled span; "
            "there is nothing to learn."
        )
    if not set(span_labels(train.items)) & set(span_labels(parts["dev"].items)):
        raise BadInput(
            f"{parts['dev'].path.name}: has none of the labels of {train.path.name}; "
            "both must be labelled alike."
        )


def _doubts(teacher: Path | None, dev: Corpus[Any]) -> list[str]:
    """What speaks against the scores on dev."""
    card = read_card(teacher) if teacher is not None else {}
    if card.get("learnt_from_dev") and card["data"]["dev"]["sha256"] == dev.digest:
        return [
            f"{dev.path.name}: the teacher {card['name']} has learnt from it, so the scores on it "
            "flatter; train the teacher with `--set folding=0` to measure."
        ]
    return []


def _find_shared(parts: dict[str, Corpus[Any]]) -> list[str]:
    """Says so where texts of dev stand in train, too."""

    def content(item: Any) -> Any:
        return item.words if isinstance(item, Respelt) else item.text

    known = {content(item) for item in parts["train"].items}
    dev = parts["dev"]
    shared = sum(content(item) in known for item in dev.items)
    if shared < _NOTABLE * len(dev.items):
        return []
    return [
        f"{dev.path.name}: {shared:,} of its {len(dev.items):,} texts stand in "
        f"{parts['train'].path.name}, too; what is measured on them flatters."
    ]


_NOTABLE = 0.05  # share of dev texts; short work orders repeat by chance


def _labels(model: Any) -> list[str]:
    return list(getattr(model, "labels", ()))


def _versions() -> dict[str, str]:
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _remove_work(work: Path) -> None:
    import shutil

    shutil.rmtree(work, ignore_errors=True)


def _say_nothing(message: str, done: float | None = None) -> None:
    del message, done
