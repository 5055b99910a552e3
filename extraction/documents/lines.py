"""What a line of text looks like: a heading, a numbered item, a bullet, plain text.

Used where a format does not say it: PDF, plain text, and what writers number by hand.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_CHINESE_NUMBER = "[一二三四五六七八九十百]{1,4}"
_BULLETS = "•●○▪■□◆◇➢►▶✓✔‣⁃·∙\uf0b7\uf0a7\uf0d8\uf06c\uf0fc"
_BULLET = re.compile(rf"\s*(?:[{_BULLETS}]\s*|[-–—*+]\s+)(?=\S)")
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_ITEM = re.compile(
    rf"\s*(?:"
    rf"(?P<circled>[{_CIRCLED}])\s*"
    rf"|[（(]\s*(?P<bracket>\d{{1,2}}|[a-zA-Z]|{_CHINESE_NUMBER})\s*[)）]\s*"
    rf"|(?P<plain>\d{{1,2}})\s*(?:[.．)](?![\d])|[、）])\s*"
    rf"|(?P<letter>[a-zA-Z])[.)]\s+"
    rf"|(?:step|schritt)\s+(?P<step>\d{{1,2}})\s*[:.)–-]?\s+"
    rf"|(?:步骤|第)\s*(?P<buzhou>\d{{1,2}}|{_CHINESE_NUMBER})\s*(?:步\s*[:：、.]?|[:：、.])\s*"
    rf")(?=\S)",
    re.IGNORECASE,
)
_SECTION = re.compile(
    rf"\s*(?P<number>\d{{1,2}}(?:\.\d{{1,2}}){{1,4}})\.?\s*(?=[^\d\s.,%°])"
    rf"|\s*(?P<chapter>第\s*(?:\d{{1,2}}|{_CHINESE_NUMBER})\s*[章节篇部])\s*"
    rf"|\s*(?P<han>{_CHINESE_NUMBER})\s*[、.．]\s*"
    rf"|\s*(?:chapter|section|part|appendix)\s+(?P<word>\d{{1,2}}|[A-Z])\b[:.\s–-]*"
    rf"|\s*(?P<single>\d{{1,2}})\.?\s+(?=[A-Z{_HAN}])",
    re.IGNORECASE,
)
_ENDS_SENTENCE = re.compile(r"[.。!！?？;；:：,，]\s*$")
_UNIT_AHEAD = re.compile(
    r"\s*(?:mm|cm|m|km|bar|mbar|kPa|MPa|Pa|psi|kW|W|V|kV|A|mA|Hz|kHz|rpm|r/min|l|L|ml|kg|g|t|N|kN|"
    r"Nm|N·m|N\.m|°|℃|%|h|s|min|ms|dB|inch|in|ft|lbs?)(?![a-zA-Z])"
)
_LETTERS = re.compile(r"[^\W\d_]")
_HAN_CHAR = re.compile(rf"[{_HAN}]")
HEADING_LENGTH = 90


class Shape(NamedTuple):
    """What a line's beginning says. `start` is where its own text begins."""

    kind: str  # "bullet", "item", "section" or ""
    number: str
    start: int
    depth: int = 0  # of a section's number
    style: str = ""  # how an item is numbered: "1." and "(1)" differ


PLAIN = Shape("", "", 0)


def shape_of(line: str) -> Shape:
    """The shape of one line. A section's number may also be an item's: see `reads_as_heading`."""
    match = _BULLET.match(line)
    if match:
        return Shape("bullet", "", match.end())
    match = _SECTION.match(line)
    if match and match["single"] is None:
        if match["number"]:
            if _UNIT_AHEAD.match(line, match.end("number")):
                return PLAIN
            return Shape("section", match["number"], match.end(), match["number"].count(".") + 1)
        if match["han"]:
            return Shape("section", match["han"], match.end(), 2)
        return Shape("section", match["chapter"] or match["word"], match.end(), 1)
    item = _ITEM.match(line)
    if item:
        style, number = next((name, text) for name, text in item.groupdict().items() if text)
        return Shape("item", _arabic(number), item.end(), style=style)
    if match:
        if _UNIT_AHEAD.match(line, match.end("single")):
            return PLAIN
        return Shape("section", match["single"], match.end(), 1)
    return PLAIN


def reads_as_heading(text: str) -> bool:
    """Whether words could be a heading: short, no sentence, with letters."""
    text = text.strip()
    length = len(text) + len(_HAN_CHAR.findall(text))
    return (
        0 < length <= HEADING_LENGTH
        and _ENDS_SENTENCE.search(text) is None
        and _LETTERS.search(text) is not None
    )


def is_shouted(text: str) -> bool:
    """Whether a line is written in capitals only, as headings of plain texts are."""
    letters = _LETTERS.findall(text)
    return len(letters) >= 4 and text.upper() == text and text.lower() != text


def join_lines(text: str) -> str:
    """`text` on one line: white space runs become one space, none between Han characters."""
    text = re.sub(r"(?<=[a-z])-\n(?=[a-z])", "", text)  # a word that was divided
    text = re.sub(r"(?<=\w)-\n(?=[\dA-Z])", "-", text)  # a code that was
    text = re.sub(
        rf"(?<=[{_HAN}，、；：。（）])\s*\n\s*|\s*\n\s*(?=[{_HAN}，、；：。（）])", "", text
    )
    return re.sub(r"\s+", " ", text).strip()


def _arabic(number: str) -> str:
    if number in _CIRCLED:
        return str(_CIRCLED.index(number) + 1)
    if re.fullmatch(_CHINESE_NUMBER, number):
        return str(_chinese_value(number))
    return number.lower()


def _chinese_value(number: str) -> int:
    digits = "一二三四五六七八九"
    if number == "十":
        return 10
    tens, _, ones = number.partition("十")
    if "十" not in number:
        return digits.find(number[-1]) + 1
    return (digits.find(tens) + 1 if tens else 1) * 10 + (digits.find(ones) + 1 if ones else 0)
