"""Words for people in both languages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phrase:
    """The same words in English and Chinese."""

    en: str
    zh: str
