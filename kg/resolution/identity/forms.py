"""A name as it is compared: abbreviations written out, words without inflection, sides apart."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from kg.model.stems import stem

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_PIECE = re.compile(rf"[{_HAN}]+|\d+(?:\.\d+)?|[^\W\d_{_HAN}]+(?:'[^\W\d_{_HAN}]+)?")
_IS_HAN = re.compile(rf"[{_HAN}]")
_SMALL = frozenset(
    ("a", "an", "and", "of", "the", "for", "in", "on", "to", "at", "with", "by", "or")
)

# Words that tell two things of one kind apart. Two names that hold different ones of a family
# never mean the same thing.
_FAMILIES: tuple[tuple[str, ...], ...] = (
    ("left", "right"),
    ("front", "rear", "back", "middle"),
    ("upper", "lower", "top", "bottom"),
    ("inner", "outer", "inside", "outside"),
    ("inlet", "outlet", "suction", "discharge", "intake", "exhaust"),
    ("primary", "secondary", "main", "auxiliary"),
    ("high", "low"),
    ("open", "closed", "close"),
    ("start", "stop"),
    ("hot", "cold"),
    ("north", "south", "east", "west"),
    ("ac", "dc"),
    ("male", "female"),
    ("drive", "nondrive"),
    ("increase", "decrease"),
)
_HAN_FAMILIES: tuple[str, ...] = ("左右", "前后", "上下", "内外", "进出", "主副辅", "高低", "大小")
_HAN_FAMILIES += (
    "开关",
    "冷热",
    "正负反",
    "吸排",
    "一二三四五六七八九",
    "东西南北",
    "粗精",
    "公母",
)
_FAMILY_OF = {stem(word): n for n, family in enumerate(_FAMILIES) for word in family}
_HAN_FAMILY_OF = {char: n for n, family in enumerate(_HAN_FAMILIES) for char in family}
_DENIALS = frozenset(("no", "not", "non", "without", "un"))


@dataclass(frozen=True, slots=True)
class Form:
    """One name, ready to be compared.

    `words`: Latin words written out and stemmed, in order; `han`: the Han characters in order;
    `numbers`: the numbers in order; `sides`: the words that tell twins apart; `is_denied`: it holds
    a "no" or "not". `joined`: all Latin letters as written out, without spaces.
    """

    text: str
    words: tuple[str, ...]
    han: str
    numbers: tuple[str, ...]
    sides: frozenset[str]
    is_denied: bool
    joined: str
    spelt: tuple[str, ...] = ()  # `words` as they are written, for people

    @property
    def canonical(self) -> str:
        """The name in one spelling: equal for names that differ in abbreviation and inflection."""
        return " ".join((*self.words, *self.numbers, self.han)).strip()


class Forms:
    """Turns names into forms by an alias table (what is written: what is meant)."""

    def __init__(self, aliases: Mapping[str, str]) -> None:
        self._aliases = {_fold(written): _fold(meant) for written, meant in aliases.items()}
        self._longest = max((written.count(" ") + 1 for written in self._aliases), default=1)
        self._known: dict[str, Form] = {}

    def of(self, name: str) -> Form:
        """The form of a name; the same object for the same name."""
        form = self._known.get(name)
        if form is None:
            form = self._known[name] = self._make(name)
        return form

    def _make(self, name: str) -> Form:
        text = self._write_out(_fold(name))
        words: list[str] = []
        spelt: list[str] = []
        han: list[str] = []
        numbers: list[str] = []
        sides: set[str] = set()
        denied = False
        joined: list[str] = []
        for piece in _PIECE.findall(text):
            if _IS_HAN.match(piece):
                han.append(piece)
                for at, char in enumerate(piece):
                    if char in _HAN_FAMILY_OF and (
                        at == 0 or len(piece) <= 3 or at == len(piece) - 1
                    ):
                        sides.add(char)
            elif piece[0].isdigit():
                numbers.append(piece.lstrip("0") or "0")
            else:
                joined.append(piece)
                if piece in _SMALL:
                    continue
                word = stem(piece)
                if piece in _DENIALS:
                    denied = True
                elif word in _FAMILY_OF:
                    sides.add(word)
                words.append(word)
                spelt.append(piece)
        return Form(
            name,
            tuple(words),
            "".join(han),
            tuple(numbers),
            frozenset(sides),
            denied,
            "".join(joined),
            tuple(spelt),
        )

    def _write_out(self, text: str) -> str:
        if text in self._aliases:
            return self._aliases[text]
        parts = text.split()
        out: list[str] = []
        at = 0
        while at < len(parts):
            for length in range(min(self._longest, len(parts) - at), 0, -1):
                written = " ".join(parts[at : at + length])
                meant = self._aliases.get(written) or self._aliases.get(written.strip(".,;"))
                if meant is not None:
                    out.append(meant)
                    at += length
                    break
            else:
                out.append(parts[at])
                at += 1
        return " ".join(out)


def family_of(side: str) -> int | tuple[str, int] | None:
    """Which family of opposites a side word belongs to."""
    if side in _HAN_FAMILY_OF:
        return ("han", _HAN_FAMILY_OF[side])
    return _FAMILY_OF.get(side)


def _fold(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'")
    return " ".join(folded.split())
