"""Folders of triples as people share them: other names, separators, headers, numbers for names."""

from __future__ import annotations

import csv
from pathlib import Path

from kg.completion.graph import Triple
from kg.model.errors import BadInput, UnreadableFile

FILES = ("train.txt", "valid.txt", "test.txt")
_STEMS = {
    "train": ("train", "training", "train2id"),
    "valid": ("valid", "validation", "val", "dev", "valid2id"),
    "test": ("test", "testing", "test2id"),
}
_SUFFIXES = (".txt", ".tsv", ".csv")
_ROLES = (
    frozenset(("h", "s", "head", "subject", "subj", "source", "src", "from", "start", "head_id")),
    frozenset(
        (
            "r",
            "p",
            "relation",
            "rel",
            "predicate",
            "pred",
            "property",
            "edge",
            "relation_id",
            "type",
            "label",
        )
    ),
    frozenset(("t", "o", "tail", "object", "obj", "target", "dst", "to", "end", "tail_id")),
)
Row = tuple[int, list[str]]  # the line's number, its cells


def find_part(folder: Path, part: str) -> Path | None:
    """The file of "train", "valid" or "test"; None where there is none."""
    if not folder.is_dir():
        return None
    there = {path.name.lower(): path for path in sorted(folder.iterdir()) if path.is_file()}
    names = [stem + suffix for stem in _STEMS[part] for suffix in _SUFFIXES]
    return next((there[name] for name in names if name in there), None)


def read_part(folder: Path, part: str) -> list[Triple]:
    """The triples of a part; none where it has no file. Numbers become names where the folder
    tells them (entity2id.txt, relation2id.txt)."""
    path = find_part(folder, part)
    if path is None:
        return []
    triples, counted = read_triples(path)
    entities = read_numbers(folder / "entity2id.txt")
    relations = read_numbers(folder / "relation2id.txt")
    is_numbered = (
        bool(entities)
        and bool(relations)
        and all(cell.isdecimal() for triple in triples for cell in triple)
    )
    # A file that starts with its length has the relation last, and so may one of numbers.
    if counted or (
        is_numbered
        and any(middle not in relations for _, middle, _ in triples)
        and all(last in relations for _, _, last in triples)
    ):
        triples = [(s, r, o) for s, o, r in triples]
    if not is_numbered:
        return triples
    for names, used, source in (
        (entities, {end for s, _, o in triples for end in (s, o)}, "entity2id.txt"),
        (relations, {r for _, r, _ in triples}, "relation2id.txt"),
    ):
        unknown = sorted(used - set(names))
        if unknown:
            raise BadInput(
                f"{path}: the number {unknown[0]} is not in {folder / source}.", ids=unknown
            )
    return [(entities[s], relations[r], entities[o]) for s, r, o in triples]


def read_triples(path: Path) -> tuple[list[Triple], bool]:
    """Three cells a line, and whether the first line was the number of those that follow.

    Cells are separated by tabs, commas, semicolons or spaces; a header names the columns, and then
    their order and further ones are free. Empty lines are skipped.
    """
    rows = _rows_of(path)
    counted = bool(rows) and len(rows[0][1]) == 1 and rows[0][1][0].isdecimal()
    if counted:
        rows = rows[1:]
    places = _header(rows)
    if places is not None:
        rows = rows[1:]
    found: list[Triple] = []
    for number, cells in rows:
        chosen = [cells[at] for at in places if at < len(cells)] if places else cells
        if len(chosen) != 3 or not all(chosen):
            raise BadInput(
                f"{path}, line {number}: a triple has three cells (subject, relation, object), "
                f"with tabs, commas or spaces between them; this line has "
                f"{len([cell for cell in chosen if cell])}."
            )
        found.append((chosen[0], chosen[1], chosen[2]))
    return found, counted


def read_numbers(path: Path) -> dict[str, str]:
    """Names by number, from lines of a name and its number; empty where there is no file."""
    if not path.is_file():
        return {}
    found: dict[str, str] = {}
    for number, cells in _rows_of(path):
        if len(cells) == 1 and cells[0].isdecimal():
            continue  # how many follow
        if len(cells) < 2 or not cells[-1].isdecimal():
            raise BadInput(f"{path}, line {number}: a name and its number are expected.")
        found[cells[-1]] = " ".join(cells[:-1])
    return found


def _rows_of(path: Path) -> list[Row]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise BadInput(
            f"{path} is not there: a data set is a folder with {', '.join(FILES)}."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(f"{path} cannot be read as UTF-8 text: {error}.") from error
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    separator = _separator([line for _, line in lines[:50]], path.suffix.lower() == ".csv")
    if separator is None:
        return [(number, line.split()) for number, line in lines]
    return [(number, _cut(line, separator)) for number, line in lines]


def _cut(line: str, separator: str) -> list[str]:
    is_plain = separator == "\t"  # quotes are part of a name there
    cells = line.split(separator) if is_plain else next(csv.reader([line], delimiter=separator))
    return [cell.strip() for cell in cells]


def _separator(lines: list[str], is_csv: bool) -> str | None:
    """What stands between cells; None: spaces."""
    several = [line for line in lines if not line.strip().isdecimal()]
    if any("\t" in line for line in several):
        return "\t"
    if not is_csv and several and all(len(line.split()) == 3 for line in several):
        return None
    for separator in (",", ";"):
        if several and all(line.count(separator) >= 2 for line in several):
            return separator
    return "," if is_csv else None


def _header(rows: list[Row]) -> list[int] | None:
    """Where subject, relation and object stand, if the first row says so."""
    if not rows:
        return None
    words = [cell.lower().replace(" ", "_") for cell in rows[0][1]]
    places = [next((at for at, word in enumerate(words) if word in role), None) for role in _ROLES]
    if None in places:
        return None
    found = [at for at in places if at is not None]
    own = {rows[0][1][found[0]], rows[0][1][found[2]]}
    if any(own & set(cells) for _, cells in rows[1:]):
        return None  # an entity that happens to be called so
    return found
