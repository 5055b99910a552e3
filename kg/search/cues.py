"""Cue phrases: the words of a question that say what is wanted, in a table that people can edit."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from kg.model.text import has_han


@dataclass(frozen=True, slots=True)
class Cues:
    """Pairs of a kind and a phrase, the most telling first."""

    pairs: tuple[tuple[str, str], ...]

    def kinds_of(self, text: str, among: Collection[str] | None = None) -> list[str]:
        """The kinds of the phrases that a text holds, in the order of the table."""
        folded = " ".join(text.casefold().split())
        found = {
            kind: None
            for kind, phrase in self.pairs
            if (among is None or kind in among) and holds(folded, phrase)
        }
        return list(found)

    def kind_of(self, text: str, among: Collection[str] | None = None) -> str | None:
        """The first of `kinds_of`."""
        return next(iter(self.kinds_of(text, among)), None)

    def without(self, text: str, kinds: Iterable[str] | None = None) -> str:
        """What is left of a text without the phrases (of some kinds), longest first."""
        wanted = None if kinds is None else set(kinds)
        phrases = [phrase for kind, phrase in self.pairs if wanted is None or kind in wanted]
        for phrase in sorted(phrases, key=len, reverse=True):
            if has_han(phrase):
                text = text.replace(phrase, " ")
            else:
                text = re.sub(rf"\b{re.escape(phrase)}\b", " ", text, flags=re.IGNORECASE)
        return text


def holds(text: str, words: str) -> bool:
    """Whether `words` stand in a text, in any case; outside Chinese as whole words."""
    text, words = text.casefold(), words.casefold()
    if has_han(words):
        return words in text
    return re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text) is not None
