"""The base of all errors that Gemba raises on purpose, and the ontology's own.

They stand here because every other package imports this one; the whole tree is in
`kg.model.errors`.
"""

from __future__ import annotations

from collections.abc import Sequence


class GembaError(Exception):
    """Base of all errors that Gemba raises on purpose. `str(error)` is one clear sentence."""

    def __init__(self, message: str, *, ids: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.ids = tuple(ids)


class OntologyError(GembaError):
    """The ontology files are wrong, or a term is not among them."""
