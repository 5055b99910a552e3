"""Where a text stands: the role that its column or heading gives it, and headings inside it.

Reports of failures often hold their own small headings: 故障现象：…原因分析：…处理方法：… or
"Symptom: … Cause: … Remedy: …". What stands under one is read in its role: what a report gives as
the cause is no observation, and what it gives as the remedy was done.
"""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

from extraction.pipeline.draft import Draft, Page
from extraction.pipeline.lists import Rows, digest_rows, parse_rows, read_rows, write_rows
from extraction.pipeline.stage import Resources, Stage
from extraction.text.tokens import fold

COLUMNS = ("heading", "role")
_FILE = "headings.csv"

_REPORT = "report-"  # before roles that only headings inside of reports have
_SHARED = {"symptom": "symptom", "mode": "symptom", "cause": "cause", "remedy": "remedy"}


def _shipped() -> Rows:
    """Headings of reports among the words that documents are read by."""
    text = (files("data") / "documents" / "roles.csv").read_text("utf-8")
    found: dict[str, str] = {}
    for role, word in parse_rows(text, "data/documents/roles.csv", ("role", "word")):
        if role.startswith(_REPORT):
            found[word] = role.removeprefix(_REPORT)
        elif role in _SHARED:
            found.setdefault(word, _SHARED[role])
    return list(found.items())


class Headings(Stage):
    """Splits a text at the headings inside it; each stretch gets the role of its heading."""

    gives = ("context",)

    def __init__(self, headings: str | None = None) -> None:
        self._named = headings
        self._rows: list[tuple[str, ...]] | None = None
        self._roles: dict[str, str] = {}
        self._pattern: re.Pattern[str] | None = None

    def bind(self, resources: Resources) -> None:
        if self._rows is None:
            self._rows = (
                _shipped()
                if self._named is None
                else read_rows(resources.folder, self._named, _FILE, COLUMNS)
            )
        self._roles = {" ".join(fold(words).text.split()): role for words, role in self._rows}
        words = sorted(map(re.escape, self._roles), key=len, reverse=True)
        if not words:
            return
        # at the beginning of a line or sentence, perhaps numbered or in brackets, before a colon
        one = "|".join(word.replace(r"\ ", r"\s+") for word in words)
        self._pattern = re.compile(
            rf"(?:^|(?<=[\n.;!?。；！？\s]))(?:[(（]?[\d一二三四五六七八九十]{{1,2}}[)）.、]\s*)?"
            rf"[\[【(（]?({one})[\]】)）]?\s*[:：]",
            re.IGNORECASE,
        )

    @property
    def digest(self) -> str:
        return digest_rows(self._rows or ())

    def role_of(self, heading: str) -> str | None:
        """The role of what stands below a heading or in a column of that name; None for any."""
        folded = " ".join(fold(heading).text.split()).strip(" :：[]【】()（）0123456789.、")
        return self._roles.get(folded)

    def divide(self, page: Page) -> None:
        text = page.text
        if self._pattern is None or (":" not in text and "：" not in text):
            return
        found = list(self._pattern.finditer(text))
        if not found:
            return
        context = page.context
        cuts: list[tuple[int, str]] = [] if found[0].start() == 0 else [(0, context.role)]
        for match in found:
            role = self.role_of(match[1])
            cuts.append((match.end(), context.role if role is None else role))
        ends = [match.start() for match in found[(0 if cuts[0][0] == 0 else 1) :]]
        ends.append(len(text))
        page.drafts = [
            Draft(text[start:end], start, context._replace(role=role))
            for (start, role), end in zip(cuts, ends, strict=True)
            if text[start:end].strip()
        ]

    def save(self, folder: Path) -> None:
        write_rows(folder / _FILE, COLUMNS, self._rows or ())

    def load(self, folder: Path) -> None:
        self._rows = read_rows(folder, _FILE, _FILE, COLUMNS)
