"""A cause and what helps against it, told in one breath: `Fuse blown – replace the fuse`."""

from __future__ import annotations

import re
from typing import NamedTuple

from extraction.documents.structure.items import Piece, name_of
from extraction.documents.structure.roles import begins_with_verb

_STRONG = re.compile(r"——|→|⇒|➔|[–—]")  # parts a cause from its remedy, whatever follows
_PARTS = re.compile(r"\s+[–—→⇒➔]+\s*|\s*(?:——|→|⇒|➔|->)\s*|\s+-\s+|\s*[:：]\s+|：")
# "Drive belt is jammed" begins with a word that may be a verb, but states something
_STATES = re.compile(
    r"^\W*(?!\w+\s+(?:that|whether|if)\b)(?:[\w-]+\s+){1,4}?(?:is|are|was|were|has|have|does|do)\b",
    re.IGNORECASE,
)
_SENTENCES = re.compile(r"[.;]\s+|,\s+|[。；，]")


class Parted(NamedTuple):
    """Both halves. `cause` is None where only a remedy is told, `remedy` where only a cause is."""

    cause: Piece | None
    remedy: Piece | None


def part_item(text: str, number: str = "") -> Parted | None:
    """A cause and its remedy where a dash, an arrow or a colon parts them; None where none does."""
    for match in _PARTS.finditer(text):
        left, right = text[: match.start()], text[match.end() :]
        is_strong = (_STRONG.search(match[0]) and len(_STRONG.findall(text)) == 1) or _is_pair(
            left, right
        )
        if not name_of(left) or not (begins_with_verb(right) or (is_strong and name_of(right))):
            continue
        return Parted(
            Piece(number, name_of(left), 0, len(left)),
            Piece("", name_of(right), match.end(), len(text)),
        )
    return None


def part_finding(
    text: str, start: int = 0, number: str = "", *, cause_first: bool = False
) -> Parted:
    """What a text that holds a cause, a remedy or both tells; `start` is where it stands.

    A mark that parts items is looked for first, then the first sentence or clause that begins as
    an instruction does; with `cause_first` not the very first one.
    """
    parted = part_item(text, number)
    if parted is not None and parted.cause is not None and parted.remedy is not None:
        return Parted(_moved(parted.cause, start), _moved(parted.remedy, start))
    begins = [match.end() for match in _SENTENCES.finditer(text)]
    if not cause_first:
        begins.insert(0, 0)
    for begin in begins:
        clause = _SENTENCES.split(text[begin:], maxsplit=1)[0]
        if begins_with_verb(clause) and name_of(clause) and not _STATES.match(clause):
            remedy = Piece("", name_of(text[begin:]), start + begin, start + len(text))
            cause = name_of(text[:begin])
            if not cause:
                return Parted(None, remedy._replace(number=number))
            end = begin - (len(text[:begin]) - len(text[:begin].rstrip()))
            return Parted(Piece(number, cause, start, start + end), remedy)
    name = name_of(text)
    return Parted(Piece(number, name, start, start + len(text)) if name else None, None)


def _moved(piece: Piece, by: int) -> Piece:
    return piece._replace(start=piece.start + by, end=piece.end + by)


def _is_pair(left: str, right: str) -> bool:
    """Whether a colon has more than a word on both sides, so that the left one is no label."""
    if re.search(r"[:：]", left + right):
        return False
    return all(
        len(text.split()) >= 2 or sum("\u3400" <= char <= "\u9fff" for char in text) >= 4
        for text in (left, right)
    )
