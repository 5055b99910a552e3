"""Texts taken apart with their places: several causes in one cell, names without their marks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from extraction.documents.lines import join_lines, shape_of

_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮"
_INLINE = (
    re.compile(rf"[{_CIRCLED}]"),
    re.compile(r"[（(]\s*(\d{1,2})\s*[)）]"),
    re.compile(r"(?:(?<=^)|(?<=[\s。；;，,.]))(\d{1,2})\s*[.．、)）](?!\d)"),
    re.compile(r"(?:(?<=^)|(?<=[\s;；]))([a-h])\s*[).]\s"),
)
_SEMICOLON = re.compile(r"[;；]")
_COMMA = re.compile(r"[,，、;；]|\s+and\s+|和")
_EDGES = re.compile(r"^[\s.。,，;；:：·•●\-–—*]+|[\s.。,，;；:：!！]+$")
_PAIRED = {"(": ")", "（": "）", "“": "”", '"': '"'}
_LONGEST = 240
_EMPTY = frozenset({"-", "--", "—", "——", "–", "/", "n/a", "none", "无", "\\", "*", "…", "..."})


class Piece(NamedTuple):
    """A part of a text: its number ("" for none), its text as a name, and where it stands."""

    number: str
    name: str
    start: int
    end: int


def pieces_of(paragraphs: Sequence[str], start: int = 0) -> list[Piece]:
    """What a cell or text lists: numbered or bulleted parts, paragraphs, parts between semicolons.

    `paragraphs` stand one after another with a line break between, from `start` on.
    """
    whole = "\n".join(paragraphs)
    inline = _numbered(whole, start)
    if inline:
        return inline
    found: list[Piece] = []
    at = start
    for paragraph in paragraphs:
        shape = shape_of(paragraph)
        skip = shape.start if shape.kind in ("item", "bullet") else 0
        parts = list(_between(_SEMICOLON, paragraph, skip))
        if len(parts) > 1 and any(end - begin < 2 for begin, end in parts):
            parts = [(skip, len(paragraph))]
        for begin, end in parts:
            piece = _piece(shape.number if skip else "", paragraph, begin, end, at)
            if piece is not None:
                found.append(piece)
        at += len(paragraph) + 1
    return found


def _numbered(text: str, start: int) -> list[Piece]:
    """Parts numbered 1, 2, 3 … in the running text, with what stands before them left out."""
    for pattern in _INLINE:
        marks = []
        expected = 1
        for match in pattern.finditer(text):
            if _value(match) == expected:
                marks.append(match)
                expected += 1
        if len(marks) >= 2 and not text[: marks[0].start()].strip(" \n:：•"):
            ends = [m.start() for m in marks[1:]] + [len(text)]
            pieces = [
                _piece(str(n), text, mark.end(), end, start)
                for n, (mark, end) in enumerate(zip(marks, ends, strict=True), start=1)
            ]
            return [piece for piece in pieces if piece is not None]
    return []


def _value(match: re.Match[str]) -> int:
    if match.re.groups == 0:
        return _CIRCLED.index(match[0]) + 1
    return int(match[1]) if match[1].isdecimal() else ord(match[1]) - ord("a") + 1


def _between(pattern: re.Pattern[str], text: str, start: int) -> Sequence[tuple[int, int]]:
    found = []
    for match in pattern.finditer(text, start):
        found.append((start, match.start()))
        start = match.end()
    found.append((start, len(text)))
    return [(a, b) for a, b in found if text[a:b].strip()]


def _piece(number: str, text: str, begin: int, end: int, offset: int) -> Piece | None:
    while begin < end and text[begin].isspace():
        begin += 1
    while end > begin and text[end - 1].isspace():
        end -= 1
    name = name_of(text[begin:end])
    return Piece(number, name, offset + begin, offset + end) if name else None


def split_pieces(text: str, start: int, end: int) -> list[Piece]:
    """The names in `text[start:end]` between commas, 、 and `and`."""
    found: list[Piece] = []
    for begin, stop in _between(_COMMA, text[:end], start):
        piece = _piece("", text, begin, stop, 0)
        if piece is not None:
            found.append(piece)
    return found


def name_of(text: str) -> str:
    """A text as a name: on one line, without marks around it; "" where it says nothing."""
    name = _EDGES.sub("", join_lines(text))
    if name.casefold() in _EMPTY or not any(char.isalnum() for char in name):
        return ""
    opening = name[0]
    if opening in _PAIRED and name.endswith(_PAIRED[opening]) and len(name) > 2:
        name = name[1:-1].strip()
    if len(name) <= _LONGEST:
        return name
    sentence = re.search(r"[.。!！;；](?:\s|$|(?<=[。！；]))", name)
    if sentence and 20 < sentence.start() <= _LONGEST:
        return name[: sentence.start()]
    return name[:_LONGEST].rsplit(" ", 1)[0] if " " in name[:_LONGEST] else name[:_LONGEST]
