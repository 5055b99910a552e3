"""What a document is about: the asset class, the asset or the product, by title and headings."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from extraction.documents.blocks import Block, Table, Text
from extraction.documents.headings import HeadingPath
from extraction.documents.structure.items import name_of
from extraction.documents.structure.roles import label_of
from extraction.documents.structure.scribe import Names, is_code
from kg.model import code_key
from kg.model.keys import normal_name

_TITLE, _FILE, _HEADING, _TEXT = 12.0, 6.0, 4.0, 1.0
_MOST_BY_TEXT = 5.0
_TITLE_LENGTH = 100
_FIRST = 4  # blocks that may be a title page
_LEAST = 4.0
_CLEAR = 1.6  # times the runner-up's score, unless that is the broader class
_HAN = re.compile(r"[\u3400-\u9fff]")
_WORDS = re.compile(r"[a-z0-9][a-z0-9-]*")


class Subject(NamedTuple):
    """What a document is about. `key` is the asset's where one is named, else the class's."""

    key: str | None = None
    cls: str | None = None  # key of the asset class
    asset: str | None = None  # key of an asset that the title page names by its tag
    model: str | None = None


def find_subject(names: Names, title: str, file_name: str, blocks: Iterable[Block]) -> Subject:
    """The subject, told from the title, the file's name and the beginning of the document."""
    scores: dict[str, float] = defaultdict(float)
    titled: dict[str, float] = defaultdict(float)
    asset = model = None
    _score(names, title, _TITLE, titled)
    _score(names, re.sub(r"[_\-.]+", " ", file_name), _FILE, scores)
    headings = 0
    path = HeadingPath()
    mentions: dict[str, float] = defaultdict(float)
    for number, block in enumerate(blocks):
        if isinstance(block, Text):
            block = path.read(block)
        texts = [block.text] if isinstance(block, Text) else _labels_in(block)
        for text in texts:
            label = label_of(text)
            if label is not None and label.role in ("asset", "model"):
                value = name_of(text[label.end :])
                if label.role == "asset" and is_code(value) and asset is None:
                    asset = code_key("asset", value)
                elif label.role == "model" and value and model is None and len(value) < 60:
                    model = value
        if isinstance(block, Text) and block.kind == "heading":
            headings += 1
            first = headings == 1
            _score(names, block.text, _TITLE if first else _HEADING, titled if first else scores)
        elif isinstance(block, Text):
            is_title = number == 0 and len(block.text) < _TITLE_LENGTH
            if headings == 0 and number < _FIRST:
                weight = _TITLE if is_title else _TITLE / 2
                _score(names, block.text[:400], weight, titled if is_title else scores)
            else:
                _score(names, block.text[:400], _TEXT, mentions)
        else:
            _score(names, block.grid[0][0].text, _TEXT, mentions)
    for key, mentioned in mentions.items():
        scores[key] += min(mentioned, _MOST_BY_TEXT)  # a part is mentioned more often than a whole
    for key, score in titled.items():
        scores[key] += score
    # What a title names is what the document is about, however often its parts are mentioned.
    cls = _best(names, titled) or _best(names, scores)
    return Subject(asset or cls, cls, asset, model)


def _labels_in(table: Table) -> list[str]:
    """Two cells side by side as `label: value`."""
    return [
        f"{row[0].text}: {row[1].text}"
        for row in table.grid[:12]
        if len(row) >= 2 and row[0].text and row[1].text
    ]


def _score(names: Names, text: str, weight: float, scores: dict[str, float]) -> None:
    """Add the classes that `text` names; the longest name wins where names overlap."""
    folded = normal_name(text)
    labels = names.labels("class")
    taken: list[tuple[int, int]] = []
    found: set[str] = set()
    for label in sorted(_candidates(folded, labels), key=len, reverse=True):
        for match in re.finditer(re.escape(label), folded):
            start, end = match.span()
            if any(a < end and start < b for a, b in taken) or not _is_word(folded, start, end):
                continue
            taken.append((start, end))
            found.add(labels[label])
    for key in found:
        scores[key] += weight


def _candidates(text: str, labels: Iterable[str]) -> list[str]:
    return [label for label in labels if label in text or f"{label}s" in text]


def _is_word(text: str, start: int, end: int) -> bool:
    """Whether a Latin name stands by itself; a plural ending is passed over."""
    if _HAN.match(text[start]):
        return True
    if end < len(text) and text[end] == "s":
        end += 1
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    return not (before.isascii() and before.isalnum()) and not (after.isascii() and after.isalnum())


def _best(names: Names, scores: dict[str, float]) -> str | None:
    """The class with the highest score; of a class and its broader one, the narrower."""
    if not scores:
        return None
    schema = names.schema
    total: dict[str, float] = defaultdict(float)
    for key, score in scores.items():
        # What speaks for a broader class speaks for a narrower one that is named, too.
        total[key] += score + sum(
            scores[broader] for broader in schema.broader_of(key)[1:] if broader in scores
        )
    ranked = sorted(total.items(), key=lambda item: (-item[1], item[0]))
    best, score = ranked[0]
    others = [
        other
        for key, other in ranked[1:]
        if key not in schema.broader_of(best) and best not in schema.broader_of(key)
    ]
    if score < _LEAST or (others and score < _CLEAR * others[0]):
        return None
    return best
