"""Faults that name their causes by numbers, and the list that says what the numbers mean."""

from __future__ import annotations

import re
from collections.abc import Sequence

from extraction.documents.blocks import Cell
from extraction.documents.structure.faults import FaultWriter, Told
from extraction.documents.structure.scribe import Thing

_NUMBERS = re.compile(
    r"^\s*\d{1,2}(?:\s*(?:[,;，；、/+&\s]|and|和|[-–~～])\s*\d{1,2})*\s*[.。]?\s*$"
)
_RANGE = re.compile(r"(\d{1,2})\s*[-–~～]\s*(\d{1,2})")


def is_reference(cells: Sequence[Cell | None]) -> bool:
    """Whether a column of causes holds numbers only, at least one of them several."""
    texts = [cell.text for cell in cells if cell is not None and cell.paragraphs]
    return bool(texts) and all(_NUMBERS.match(text) for text in texts)


def numbers_in(text: str) -> list[str]:
    """The numbers that a cell names, ranges written out."""
    written_out = _RANGE.sub(
        lambda m: ",".join(str(n) for n in range(int(m[1]), min(int(m[2]), int(m[1]) + 40) + 1)),
        text,
    )
    return list(dict.fromkeys(str(int(number)) for number in re.findall(r"\d{1,2}", written_out)))


class References:
    """Signs that wait for the causes of their numbers."""

    def __init__(self, faults: FaultWriter) -> None:
        self._faults = faults
        self._wanted: dict[str, list[tuple[Thing, Told]]] = {}

    @property
    def wanted(self) -> bool:
        """Whether any number is waited for."""
        return bool(self._wanted)

    def want(self, signs: Sequence[tuple[Thing, Told]], numbers: Sequence[str]) -> None:
        """These signs point to the causes of these numbers."""
        for number in numbers:
            self._wanted.setdefault(number, []).extend(signs)

    def give(
        self,
        number: str,
        causes: Sequence[Told],
        checks: Sequence[Told],
        remedies: Sequence[Told],
    ) -> bool:
        """What a number means; False where no sign waits for it."""
        signs = self._wanted.get(number.strip(" ."))
        if signs is None or not causes:
            return False
        self._faults.write(signs, causes, checks, remedies)
        return True
