"""Codes and quantities: asset tags, part numbers, alarm codes, `12 bar`, `85 ℃`."""

from __future__ import annotations

import re
from pathlib import Path

from extraction.pipeline.draft import Draft, Page
from extraction.pipeline.lists import digest_rows, parse_rows, read_rows, write_rows
from extraction.pipeline.quantities import Quantity, QuantityFinder
from extraction.pipeline.stage import Resources, Stage
from extraction.text.reading import Reader, Span
from kg.model.errors import BadInput

COLUMNS = ("pattern", "kind")
_FILE = "codes.csv"
_DIGIT = re.compile(r"\d")


class Measures(Stage):
    """Marks codes with their kind and quantities with their units.

    Words such as "alarm" and "part no." announce the kind of a code; the list of patterns says what
    a plant's codes look like where nothing announces them.
    """

    needs = ("encoded", "items")
    gives = ("marks",)

    def __init__(self, codes: str | None = None) -> None:
        self._named = codes
        self._rows: list[tuple[str, ...]] | None = None
        self._patterns: list[tuple[re.Pattern[str], str]] = []

    def bind(self, resources: Resources) -> None:
        if self._rows is None:
            self._rows = read_rows(resources.folder, self._named, _FILE, COLUMNS)
        self._patterns = []
        for pattern, kind in self._rows:
            try:
                whole = re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])", re.IGNORECASE)
            except re.error as error:
                raise BadInput(
                    f"{self._named or 'data/pipeline/' + _FILE}: {pattern!r} is no regular "
                    f"expression ({error}); correct it."
                ) from None
            self._patterns.append((whole, kind))
        self._reader: Reader = resources.lexicon.reader
        self._quantities = QuantityFinder(units())

    @property
    def digest(self) -> str:
        return digest_rows(self._rows or ())

    def quantities(self, text: str) -> list[Quantity]:
        """The quantities of `text`, with their values."""
        return list(self._quantities.find(text)) if _DIGIT.search(text) else []

    def work(self, draft: Draft, page: Page) -> None:
        if draft.encoded is None or _DIGIT.search(draft.text) is None:
            return
        marks = self._reader.find_spans(draft.text, draft.encoded, draft.items)
        known: list[Span] = []
        if not page.only_claims:
            known = [Span("quantity", q.start, q.end) for q in self._quantities.find(draft.text)]
        coded = [
            Span(kind, *match.span())
            for pattern, kind in self._patterns
            for match in pattern.finditer(draft.text)
        ]
        # what is announced by a word is surest; then the plant's patterns; then whole quantities
        kept = [mark for mark in marks if mark.kind in ("alarm", "part")]
        for group in (coded, known, [m for m in marks if m not in kept]):
            kept += [m for m in group if not any(m.start < k.end and k.start < m.end for k in kept)]
        draft.marks = sorted(kept, key=lambda mark: (mark.start, mark.end))

    def save(self, folder: Path) -> None:
        write_rows(folder / _FILE, COLUMNS, self._rows or ())

    def load(self, folder: Path) -> None:
        self._rows = read_rows(folder, _FILE, _FILE, COLUMNS)


def units() -> dict[str, str]:
    """What each unit of the shipped list measures."""
    from importlib.resources import files

    text = (files("data") / "lexicon" / "units.csv").read_text("utf-8")
    rows = parse_rows(text, "units.csv", ("unit", "quantity"))
    return {row[0]: row[1] for row in rows}
