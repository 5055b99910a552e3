"""Outcomes of a long reading in a file, one line each, from which an interrupted one goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from extraction.cluster.plan import DocumentRead
from extraction.files import scan_file
from kg.model.errors import BadInput, GembaError


class Journal:
    """A file of JSON lines: `document`, `sha256`, `plan` and `statements`, or `trouble`.

    A document counts as done when its line has the plan of today and the digest of today's file.
    A line that an interruption cut off is dropped. Documents with trouble are tried again.
    """

    def __init__(self, path: Path, plan: str) -> None:
        """`plan` is the digest of how is read. Raises BadInput where the file is something else."""
        self._path = path
        self._plan = plan
        self._done: dict[str, str] = {}  # digest of the file by its path
        self.kept = 0  # lines that were there and stay
        self._begin()

    def _begin(self) -> None:
        if not self._path.exists():
            self._path.write_bytes(b"")
            return
        last: dict[str, int] = {}  # line by path: a document may have been read again since
        with self._path.open("rb") as file:
            for number, line in enumerate(file):
                entry = _parse(line)
                if entry is None and number == 0:
                    raise BadInput(
                        f"{self._path} holds no readings of this command; name another file, this "
                        "one would be overwritten."
                    )
                if entry is not None and entry["plan"] == self._plan and entry.get("sha256"):
                    self._done[entry["path"]] = entry["sha256"]
                    last[entry["path"]] = number
        wanted = set(last.values())
        new = self._path.with_name(self._path.name + ".new")
        with self._path.open("rb") as file, new.open("wb") as out:
            out.writelines(line for number, line in enumerate(file) if number in wanted)
        new.replace(self._path)
        self.kept = len(wanted)

    def is_done(self, path: str) -> bool:
        """Whether the file at `path`, as it is now, has been read by this plan."""
        known = self._done.get(path)
        if known is None:
            return False
        try:
            return scan_file(Path(path)).sha256 == known
        except (GembaError, OSError):
            return False

    def write(self, path: str, read: DocumentRead | None, trouble: str = "") -> None:
        """Add an outcome."""
        entry: dict[str, Any] = {"path": path, "plan": self._plan}
        if read is None:
            entry |= {"sha256": None, "trouble": trouble}
        else:
            entry |= {"sha256": read.sha256, "document": read.document, "statements": read.rows}
        with self._path.open("ab") as file:
            file.write(orjson.dumps(entry) + b"\n")


def _parse(line: bytes) -> dict[str, Any] | None:
    """The entry on a whole line of a journal; None for any other."""
    try:
        entry = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    is_entry = isinstance(entry, dict) and {"path", "plan"} <= entry.keys()
    return entry if is_entry and line.endswith(b"\n") else None
