"""Where in a document one is: headings that are marked, and those that only look like one."""

from __future__ import annotations

import re
from dataclasses import replace

from extraction.documents.blocks import Text
from extraction.documents.lines import is_shouted, reads_as_heading, shape_of
from extraction.documents.structure.roles import begins_with_verb, label_of, section_role, signal_of

_FILE_NAME = re.compile(
    r"^microsoft (?:word|powerpoint|excel)\b|\.(?:docx?|pptx?|xlsx?|html?|pdf|indd|md|txt|wps)\W*$",
    re.IGNORECASE,
)
_SEPARATOR = " > "
_LONGEST = 300
_CONTENTS_LINE = re.compile(r"(?:\.\s?){4,}\s*\d+\s*$|…{2,}\s*\d+\s*$|·{4,}\s*\d+\s*$")
_CAPTION = re.compile(
    r"^\s*(?:fig(?:ure|\.)?|table|tab\.|abb(?:ildung|\.)?|图|表)\s*[\dA-Z]+(?:[.\-–]\d+)*\s*[:：.\s–-]",
    re.IGNORECASE,
)


def is_title(text: str) -> bool:
    """Whether a title that a program wrote into a file is one, and no file name or default."""
    text = text.strip()
    return (
        len(text) > 2
        and _FILE_NAME.search(text) is None
        and text.casefold()
        not in ("untitled", "powerpoint presentation", "word document", "未命名")
    )


class HeadingPath:
    """The headings above a block, from the outermost."""

    def __init__(self, path: list[tuple[int, str]] | None = None) -> None:
        self.path = path or []
        self._styles: list[str] = []  # of the typed numbers since the last heading, outermost first

    def enter(self, level: int, text: str) -> None:
        """A heading ends all of its level and below."""
        self._styles = []
        while self.path and self.path[-1][0] >= level:
            self.path.pop()
        self.path.append((level, " ".join(text.split())))

    @property
    def last(self) -> str:
        """The nearest heading."""
        return self.path[-1][1] if self.path else ""

    def above(self, level: int) -> str:
        """The headings above one of `level`."""
        return _SEPARATOR.join(text for held, text in self.path if held < level)[:_LONGEST]

    def __str__(self) -> str:
        return _SEPARATOR.join(text for _, text in self.path)[:_LONGEST]

    def read(self, block: Text) -> Text:
        """The block as what it is: paragraphs that are headings, captions or items are told so."""
        if block.kind == "heading":
            signal = signal_of(block.text)
            if signal is not None and signal.end >= len(block.text.rstrip()):
                return replace(block, kind="paragraph")  # a signal word in large letters
            return block
        found = self._read(block)
        if found.kind == "paragraph":
            shape = shape_of(found.text)
            if shape.kind == "section" and self._instructs(found.text[shape.start :]):
                found = replace(
                    found, kind="item", text=found.text[shape.start :], style="section",
                    number=shape.number.rpartition(".")[2], is_numbered=True, lead="",
                )  # fmt: skip
            if shape.kind == "item" or (shape.kind == "bullet" and "\n" not in found.text):
                found = replace(
                    found, kind="item", text=found.text[shape.start :], number=shape.number,
                    is_numbered=shape.kind == "item", style=shape.style, lead="",
                )  # fmt: skip
        if found.kind == "item" and found.style:
            found = replace(found, level=max(found.level, self._depth_of(found.style)))
        return found

    def _instructs(self, text: str) -> bool:
        """Whether a text numbered as sections are is a step: `4.2 Remove the cover.`"""
        if reads_as_heading(text):
            return False
        return begins_with_verb(text) or section_role(self.last) == "procedures"

    def _depth_of(self, style: str) -> int:
        """How deep a typed number is: a style that comes below another is one deeper."""
        if style not in self._styles:
            self._styles.append(style)
        return self._styles.index(style)

    def _read(self, block: Text) -> Text:
        if block.kind != "paragraph" or len(block.text) > 160:
            return block
        if _CAPTION.match(block.text) and len(block.text) < 120:
            return replace(block, kind="caption")
        text = block.text
        if not reads_as_heading(text) or "\n" in text or signal_of(text) is not None:
            return block
        shape = shape_of(text)
        label = label_of(text)
        if label is not None and label.end < len(text):
            return block
        if shape.kind == "section" and not shape.number.isdecimal() and len(text) <= 60:
            return replace(block, kind="heading", level=shape.depth, number=shape.number)
        if block.lead == text or (is_shouted(text) and len(text.split()) > 1):
            depth = max((level for level, _ in self.path if level < 50), default=0)
            return replace(block, kind="heading", level=min(depth + 1, 50) if depth else 1)
        return block


def is_contents_line(text: str) -> bool:
    """Whether a line belongs to a table of contents."""
    return _CONTENTS_LINE.search(text) is not None
