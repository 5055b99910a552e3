"""The word lists that ship as data and that a plant may extend: aliases, cues, positions and so on.

All are CSV with a header, in UTF-8. Own files are read after the shipped ones and win.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from kg.model.errors import BadInput

CUE_KINDS = frozenset(
    {
        "negation",  # "no", 未发现: what follows is not there
        "negation-next",  # "not": only what follows at once
        "absent-after",  # "not found", 消失: what precedes is not there
        "well-after",  # "ok", 正常: it is not there, or not any more
        "suspected",
        "suspected-after",
        "confirmed",
        "repaired-after",  # it was there and has been put right
        "looks",  # "check": findings after "for" are looked for, not seen
        "task",  # "check for": what follows is looked for, not seen
        "hypothetical",  # "to prevent": what follows has not happened
        "turn",  # "but": what went before no longer holds
        "because",  # "due to": a cause follows
        "leads-to",  # "causing": a cause precedes
        "future",  # "needs to be": an activity that follows is not done yet
        "alarm-code",  # the code of an alarm may follow
        "part-code",  # a part number may follow
        "preposition",
        "conjunction",
        "conjunction-or",
        "filler",  # may stand between a part and what is wrong with it
    }
)


@dataclass(frozen=True, slots=True)
class Cue:
    """Words that say how another mention is meant.

    `note` is the failure mode that a negation of a component observes ("no lights"), `source` for
    prepositions that name where something comes out ("leaking from the gland"), `purpose` for
    "for", and `of` for 的, which joins an owner to its part.
    """

    words: str
    kind: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class WordLists:
    """Everything beside the ontology's own words that reading a text needs."""

    aliases: Mapping[str, str]  # what is written: what is meant
    cues: Sequence[Cue]
    positions: Mapping[str, str]  # words: position
    media: Mapping[str, str]  # words: medium
    areas: frozenset[str]  # nouns that make a component before them a mere place
    blockers: frozenset[str]  # longer phrases that a shorter term inside must not be read from
    units: frozenset[str]
    ordinary: frozenset[str]  # words that are not misspellings of a term


@lru_cache(maxsize=1)
def load_word_lists() -> WordLists:
    """The shipped lists, read once."""
    return read_word_lists()


def read_word_lists(extra_aliases: tuple[Path, ...] = ()) -> WordLists:
    """The shipped lists, with aliases from `extra_aliases` (files like `data/aliases/*.csv`).

    Raises BadInput, naming file and row, where a list is malformed.
    """
    data = files("data")
    aliases: dict[str, str] = {}
    for entry in sorted((data / "aliases").iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".csv"):
            aliases.update(_aliases(entry.read_text("utf-8"), f"data/aliases/{entry.name}"))
    for path in extra_aliases:
        try:
            aliases.update(_aliases(path.read_text("utf-8-sig"), str(path)))
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(f"{path} cannot be read as UTF-8 text: {error}.") from None

    def rows(name: str, *columns: str) -> list[tuple[str, ...]]:
        return _rows((data / "lexicon" / name).read_text("utf-8"), f"data/lexicon/{name}", columns)

    def pairs(name: str, key: str, value: str) -> dict[str, str]:
        return {cells[0]: cells[1] for cells in rows(name, key, value)}

    cues = [Cue(words, kind, note) for words, kind, note in rows("cues.csv", "cue", "kind", "note")]
    for cue in cues:
        if cue.kind not in CUE_KINDS:
            raise BadInput(
                f"data/lexicon/cues.csv: {cue.words!r} has the kind {cue.kind!r}; "
                f"choose one of {', '.join(sorted(CUE_KINDS))}."
            )
    return WordLists(
        aliases=aliases,
        cues=tuple(cues),
        positions=pairs("positions.csv", "word", "position"),
        media=pairs("media.csv", "word", "medium"),
        areas=frozenset(word for (word,) in rows("areas.csv", "word")),
        blockers=frozenset(phrase for (phrase,) in rows("blockers.csv", "phrase")),
        units=frozenset(unit for (unit,) in rows("units.csv", "unit")),
        ordinary=frozenset((data / "lexicon" / "ordinary-words.txt").read_text("utf-8").split()),
    )


def _aliases(text: str, shown: str) -> Iterable[tuple[str, str]]:
    return (
        (written.casefold(), meant.casefold())
        for written, meant in _rows(text, shown, ("abbrev", "expansion"))
    )


def _rows(text: str, shown: str, columns: Sequence[str]) -> list[tuple[str, ...]]:
    reader = csv.DictReader(io.StringIO(text))
    missing = [column for column in columns if column not in (reader.fieldnames or ())]
    if missing:
        raise BadInput(f"{shown} has no column {missing[0]!r}; its first row must name it.")
    found: list[tuple[str, ...]] = []
    for number, row in enumerate(reader, start=2):
        cells = tuple((row[column] or "").strip() for column in columns)
        if not cells[0]:
            raise BadInput(f"{shown}, row {number}: the column {columns[0]!r} is empty.")
        found.append(cells)
    return found
