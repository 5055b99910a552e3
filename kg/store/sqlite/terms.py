"""Texts that repeat (classes, relations, extractors, languages) as small integers."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable


class Terms:
    """The `terms` table, remembered. Terms are never deleted, so what is remembered stays true."""

    def __init__(self) -> None:
        self._ids: dict[str, int] = {}
        self._texts: dict[int, str] = {}

    def forget(self) -> None:
        """After a rollback: terms added in it are not there."""
        self._ids = {}
        self._texts = {}

    def find(self, connection: sqlite3.Connection, texts: Iterable[str]) -> list[int]:
        """The ids of those `texts` that are known."""
        found = []
        for text in texts:
            number = self._ids.get(text) or self._look_up(connection, text)
            if number:
                found.append(number)
        return found

    def add(self, connection: sqlite3.Connection, text: str) -> int:
        """The id of `text`, new where need be. Inside a write transaction."""
        number = self._ids.get(text) or self._look_up(connection, text)
        if not number:
            number = int(
                connection.execute(
                    "INSERT INTO terms (text) VALUES (?) RETURNING id", (text,)
                ).fetchone()[0]
            )
            self._remember(number, text)
        return number

    def add_all(self, connection: sqlite3.Connection, texts: Collection[str]) -> dict[str, int]:
        """Ids by text."""
        return {text: self.add(connection, text) for text in texts}

    def text(self, connection: sqlite3.Connection, number: int) -> str:
        """The text of a term."""
        known = self._texts.get(number)
        if known is None:
            known = str(
                connection.execute("SELECT text FROM terms WHERE id = ?", (number,)).fetchone()[0]
            )
            self._remember(number, known)
        return known

    def _look_up(self, connection: sqlite3.Connection, text: str) -> int:
        row = connection.execute("SELECT id FROM terms WHERE text = ?", (text,)).fetchone()
        if row is None:
            return 0
        self._remember(row[0], text)
        return int(row[0])

    def _remember(self, number: int, text: str) -> None:
        self._ids[text] = number
        self._texts[number] = text
