"""What can be set of a training of the fast tier, with `--set NAME=VALUE`."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from kg.model.errors import BadInput


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of a training.

    The defaults were chosen on held-out parts of one corpus of English work orders; a second corpus
    and Chinese reports were only looked at for speed and sanity.
    """

    penalty: float = 1.0  # of squared weights of the chains
    iterations: int = 50  # at most, of the optimiser of the chains
    folds: int = 3  # parts for readings of texts that a model has not seen
    rare: int = 2  # word sequences that occur less often are no features
    dictionary: bool = True  # use the words of the ontology as features
    vectors: int = 96  # numbers of a word's vector from an installed encoder; 0: none
    unlabelled: int = 8000  # texts without labels that are learnt from at most, evenly picked
    folding: int = 1  # 1: learn once more, from train and dev together
    gold_weight: float = 2.0  # of a labelled text beside one that was labelled by a machine

    @classmethod
    def of(cls, given: dict[str, Any]) -> Settings:
        """Settings from names and values. Raises BadInput for unknown names and wrong values."""
        known = {field.name: field for field in fields(cls)}
        values: dict[str, Any] = {}
        for name, value in given.items():
            if name not in known:
                raise BadInput(
                    f"The fast tier has no setting {name!r}; it has: {', '.join(sorted(known))}."
                )
            default = getattr(cls(), name)
            kind = type(default)
            if kind is float and isinstance(value, int) and not isinstance(value, bool):
                value = float(value)
            if type(value) is not kind or (kind is not bool and value < 0):
                raise BadInput(
                    f"The setting {name} of the fast tier is {value!r}; say a "
                    f"{_WORDS[kind]} such as {default}."
                )
            values[name] = value
        settings = cls(**values)
        if settings.iterations < 1 or settings.folds < 2 or settings.rare < 1:
            raise BadInput("The fast tier needs iterations and rare of at least 1, folds of 2.")
        return settings


_WORDS = {float: "number", int: "whole number", bool: "yes or no value"}
