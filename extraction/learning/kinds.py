"""The one table of what can be trained: task and tier, and the module that does it.

A module has `train` (a `Trainer`) and `load` (a `Loader`). It is imported only when its kind is
asked for, so that nothing heavy is loaded otherwise.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, NamedTuple

from extraction.learning.protocol import TaskName, Tier
from kg.model.errors import BadInput, MissingExtra


class Kind(NamedTuple):
    """One kind of model."""

    task: TaskName
    tier: Tier
    module: str
    needs: str | None = None  # the extra that must be installed
    package: str = ""  # a package of that extra, to see whether it is


KINDS: tuple[Kind, ...] = (
    Kind("spans", "fast", "extraction.learning.fast"),
    Kind("spans", "accurate", "extraction.learning.accurate", "encoder", "transformers"),
    Kind("normalise", "fast", "extraction.learning.normaliser"),
    Kind("classify", "fast", "extraction.learning.classifier"),
    Kind(
        "classify",
        "accurate",
        "extraction.learning.accurate.classifier",
        "encoder",
        "transformers",
    ),
)


def is_installed(kind: Kind) -> bool:
    """Whether the packages that a kind needs are there."""
    from importlib.util import find_spec

    return kind.needs is None or find_spec(kind.package) is not None


def choose_kind(task: TaskName, tier: Tier | None) -> Kind:
    """The kind for a task; without a tier the most accurate one that is installed.

    Raises BadInput for a tier that the task does not have, and MissingExtra.
    """
    kinds = [kind for kind in KINDS if kind.task == task]
    if tier is None:
        return next(kind for kind in reversed(kinds) if is_installed(kind))
    for kind in kinds:
        if kind.tier == tier:
            if not is_installed(kind):
                raise MissingExtra(
                    f"The {tier} tier needs the extra `{kind.needs}`: "
                    f"pip install 'gembagraph[{kind.needs}]'."
                )
            return kind
    known = ", ".join(kind.tier for kind in kinds)
    raise BadInput(f"There is no {tier} tier for this format; it has: {known}.")


def module_of(kind: Kind) -> Any:
    """The module of a kind, imported now."""
    return import_module(kind.module)
