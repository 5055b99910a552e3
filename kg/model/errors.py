"""Everything that can go wrong in the graph, as one tree.

GembaError                    one sentence for people; `ids` names what it is about
├── BadInput                  a file, row or value cannot be used (exit code 2, HTTP 400)
│   ├── UnreadableFile        damaged, encrypted, empty, oversized or hostile file
│   └── BadMapping            a mapping file is wrong
├── NotFound                  an id that is not in the graph (HTTP 404); `nearest` helps
├── Conflict                  the request contradicts the graph's state (HTTP 409)
│   └── MassRemoval           a reload would take away most of what the document said
├── OntologyError             the Turtle is wrong, or a term is not in it
├── StoreUnavailable          the database is down, locked or of another version (HTTP 503)
└── MissingExtra              an optional package is not installed
"""

from __future__ import annotations

from collections.abc import Sequence

from ontology.errors import GembaError, OntologyError

__all__ = [
    "BadInput",
    "BadMapping",
    "Conflict",
    "GembaError",
    "MassRemoval",
    "MissingExtra",
    "NotFound",
    "OntologyError",
    "StoreUnavailable",
    "UnreadableFile",
]


class BadInput(GembaError):
    """A file, row or value cannot be used. The message names it and says what to do."""


class UnreadableFile(BadInput):
    """A file is damaged, encrypted, empty, oversized or hostile; nothing of it was stored."""


class BadMapping(BadInput):
    """A mapping file is wrong: not YAML, an unknown term, a column that is not there."""


class NotFound(GembaError):
    """An id is not in the graph. `nearest` holds keys with similar names or codes."""

    def __init__(
        self, message: str, *, ids: Sequence[str] = (), nearest: Sequence[str] = ()
    ) -> None:
        super().__init__(message, ids=ids)
        self.nearest = tuple(nearest)


class Conflict(GembaError):
    """The request contradicts what the graph holds."""


class MassRemoval(Conflict):
    """A reload would retire most of what the document said before; ask before doing so."""


class StoreUnavailable(GembaError):
    """The database cannot be reached, is locked for too long, or has another version."""


class MissingExtra(GembaError):
    """An optional package is needed; the message names the extra to install."""
