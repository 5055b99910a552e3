"""What each written word was meant as in the labelled texts, as a table that people may edit.

`replacements.csv` has the columns `written, meant, count, context`. A context is the word before
or after: `self _` (after "self"), `_ rescuer` (before "rescuer"). Rows that training did not write
(new ones, and those whose meant word was changed) are people's: they are always followed.
"""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from kg.model.errors import BadInput

FILE = "replacements.csv"
COLUMNS = ("written", "meant", "count", "context")
Counts = dict[str, dict[str, int]]
Row = tuple[str, str, int, str]  # written, meant, count, context ("": any)


class Memory:
    """Counts of what words were meant as: alone, without case, and beside their neighbours."""

    def __init__(self, rows: Iterable[Row], fixed: Iterable[Row] = ()) -> None:
        self.rows = list(rows)
        self.alone: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.caseless: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.beside: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        self.fixed: dict[tuple[str, str], str] = {}
        for written, meant, count, context in self.rows:
            if context:
                self.beside[written, context][meant] += count
            else:
                self.alone[written][meant] += count
                self.caseless[written.lower()][meant] += count
        for written, meant, _, context in fixed:
            self.fixed[written, context] = meant
        self._fixed_words = {written for written, _ in self.fixed}

    @classmethod
    def learn(cls, texts: Iterable[Sequence[tuple[str, str]]]) -> Memory:
        """From texts of pairs of a written and a meant word."""
        alone: Counter[tuple[str, str]] = Counter()
        beside: Counter[tuple[str, str, str]] = Counter()
        for text in texts:
            words = [written for written, _ in text]
            for n, (written, meant) in enumerate(text):
                alone[written, meant] += 1
                for context in contexts(words, n):
                    beside[written.lower(), meant, context] += 1
        meanings: defaultdict[str, set[str]] = defaultdict(set)
        for written, meant in alone:
            meanings[written.lower()].add(meant)
        rows: list[Row] = [(w, m, n, "") for (w, m), n in alone.items()]
        rows += [(w, m, n, c) for (w, m, c), n in beside.items() if len(meanings[w]) > 1]
        return cls(sorted(rows, key=lambda row: (row[0].lower(), row[3], -row[2], row[:2])))

    def most_frequent(self, word: str) -> str:
        """What the word mostly was meant as; an unknown word is left alone."""
        seen = self.alone.get(word) or self.caseless.get(word.lower())
        return max(seen.items(), key=lambda item: (item[1], item[0]))[0] if seen else word

    def told(self, words: Sequence[str], n: int) -> str | None:
        """What a person said that the word means here; None where nobody did."""
        word = words[n]
        for form in (word, word.lower()):
            if form in self._fixed_words:
                for context in (*contexts(words, n), ""):
                    if (form, context) in self.fixed:
                        return self.fixed[form, context]
        return None

    def save(self, directory: Path) -> None:
        """Write the table; a byte-order mark tells spreadsheets its encoding."""
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(self.rows)
        (directory / FILE).write_text(buffer.getvalue(), encoding="utf-8-sig")


def read_rows(directory: Path) -> list[Row]:
    """The rows of a table. Raises BadInput with the line that cannot be read."""
    from extraction.learning.formats.source import read_source

    source = read_source(directory / FILE)
    head = source.text.split("\n", 1)[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.DictReader(io.StringIO(source.text), delimiter=delimiter)
    if not {"written", "meant"} <= {str(name).strip() for name in reader.fieldnames or ()}:
        raise BadInput(f"{FILE}: the first row must name the columns {', '.join(COLUMNS)}.")
    rows: list[Row] = []
    for entry in reader:
        cells = {str(k).strip(): (v or "").strip() for k, v in entry.items() if isinstance(v, str)}
        written, count = cells.get("written", ""), cells.get("count", "") or "1"
        if not written and not any(cells.values()):
            continue
        if not written or not count.isdigit():
            raise BadInput(
                f"{FILE}, line {reader.line_num}: needs a written word and a whole number as its "
                f"count, found {written!r} and {count!r}; correct or delete the row."
            )
        context = " ".join(cells.get("context", "").lower().split())
        if context and "_" not in (context.split()[0], context.split()[-1]):
            raise BadInput(
                f"{FILE}, line {reader.line_num}: the context {context!r} must be `word _` (after "
                "that word) or `_ word` (before it)."
            )
        rows.append((written, cells.get("meant", ""), int(count), context))
    return rows


def contexts(words: Sequence[str], n: int) -> tuple[str, str]:
    """The neighbours of a word as the table writes them; `^` and `$` are the text's ends."""
    before = words[n - 1].lower() if n else "^"
    after = words[n + 1].lower() if n + 1 < len(words) else "$"
    return f"{before} _", f"_ {after}"
