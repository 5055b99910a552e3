"""The editable lists of the pipeline: CSV with a header, shipped or the plant's own."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path

from kg.model.errors import BadInput

Rows = list[tuple[str, ...]]


def read_rows(folder: Path, named: str | None, shipped: str, columns: Sequence[str]) -> Rows:
    """The rows of the file that the configuration names, else of `data/pipeline/<shipped>`.

    A relative name is looked for in `folder`. Raises BadInput with file and row.
    """
    if named is None:
        text = (files("data") / "pipeline" / shipped).read_text("utf-8")
        return parse_rows(text, f"data/pipeline/{shipped}", columns)
    path = folder / Path(named).expanduser()
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            f"{path} cannot be read as UTF-8 text ({error}); name another file."
        ) from None
    return parse_rows(text, str(path), columns)


def parse_rows(text: str, shown: str, columns: Sequence[str]) -> Rows:
    """Cells of `columns` by row; the first must not be empty. Lines with `#` first are left out."""
    lines = (line for line in io.StringIO(text) if not line.startswith("#"))
    reader = csv.DictReader(lines)
    missing = [column for column in columns if column not in (reader.fieldnames or ())]
    if missing:
        raise BadInput(f"{shown} has no column {missing[0]!r}; its first row must name it.")
    found: Rows = []
    for number, row in enumerate(reader, start=2):
        cells = tuple((row[column] or "").strip() for column in columns)
        if not cells[0]:
            raise BadInput(f"{shown}, row {number}: the column {columns[0]!r} is empty.")
        found.append(cells)
    return found


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a list as `read_rows` reads it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    path.write_text(out.getvalue(), encoding="utf-8")


def digest_rows(rows: Iterable[Sequence[str]]) -> str:
    """A short digest of what a list says."""
    text = "\n".join("\t".join(row) for row in rows)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
