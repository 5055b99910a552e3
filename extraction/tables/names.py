"""Cells that give one thing several names, mostly one per language: `泄漏 / Leakage`."""

from __future__ import annotations

import re

from kg.model.text import has_han

_SEPARATOR = re.compile(r"\s+/\s+|／|[\r\n]+|\s*\|\s*")
_BRACKETED = re.compile(r"(.+?)\s*[(（]([^()（）]+)[)）]")
_LATIN_WORD = re.compile(r"[A-Za-z]{2}")


class Names(str):
    """The main name of a thing, with its other ones."""

    __slots__ = ("others",)
    others: tuple[str, ...]

    def __new__(cls, main: str, others: tuple[str, ...] = ()) -> Names:
        names = super().__new__(cls, main)
        names.others = others
        return names


def read_names(text: str) -> Names:
    """The names in a cell; the first without Han characters is the main one.

    `泄漏 / Leakage`, `泄漏（Leakage）` and `泄漏 Leakage` are one thing in two languages;
    `pump / motor` is not, and stays as it is.
    """
    parts = [part.strip() for part in _SEPARATOR.split(text) if part.strip()]
    if len(parts) == 1:
        bracketed = _BRACKETED.fullmatch(text)
        if bracketed and has_han(bracketed[1]) != has_han(bracketed[2]):
            parts = [bracketed[1].strip(), bracketed[2].strip()]
        else:
            parts = _beside(text)
    scripts = {has_han(part) for part in parts}
    if len(parts) < 2 or len(scripts) < 2:
        return Names(text)
    main = next(part for part in parts if not has_han(part))
    return Names(main, tuple(part for part in parts if part != main))


def _beside(text: str) -> list[str]:
    """`泄漏 Leakage` or `Leakage 泄漏`: one change of script, at a space."""
    words = text.split(" ")
    for cut in range(1, len(words)):
        left, right = " ".join(words[:cut]), " ".join(words[cut:])
        if has_han(left) != has_han(right):
            latin = right if has_han(left) else left
            if len(_LATIN_WORD.findall(latin)) and not any(c.isdigit() for c in latin):
                return [left, right]
    return [text]
