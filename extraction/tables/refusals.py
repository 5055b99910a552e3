"""How a row says that it is not to be used."""

from __future__ import annotations


class RowSkipped(Exception):
    """A check of the mapping says that the row is none (a total, a remark)."""


class RowRefused(Exception):
    """A row cannot be used. `code` is countable, the message a sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
