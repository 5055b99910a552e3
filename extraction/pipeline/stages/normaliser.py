"""Words as they were written into the words that are meant, before the lexicon looks at them.

Masked ids (`<id>`, `<sensitive>`) count as codes. The plant's own list of respellings is applied as
it stands; a trained normaliser (`gemba train --format norm`) only where its calibration vouches for
the change. Offsets stay those of the raw text.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from extraction.pipeline.draft import Draft, Page
from extraction.pipeline.lists import digest_rows, read_rows, write_rows
from extraction.pipeline.models import TrainedModel, open_model
from extraction.pipeline.stage import Resources, Stage
from extraction.text.tokens import HAN, fold, tokenize

COLUMNS = ("raw", "normal")
_FILE = "respellings.csv"
_MODEL = "model"
_MASK = re.compile(r"<[^\W\d]\w{0,30}>")
_CHUNK = re.compile(r"\S+")
_HAN = re.compile(f"[{HAN}]")
_MASKED = "x0"  # reads as a code: letters with a digit
_CHANGED = "changed"  # the label under which the calibration keeps changed words


class Normaliser(Stage):
    """Gives the lexicon the meant words at the places of the written ones."""

    gives = ("words", "spans")

    def __init__(self, respellings: str | None = None, model: str | None = None) -> None:
        self._named = respellings
        self._model_named = model
        self._rows: list[tuple[str, ...]] | None = None
        self._respelt: dict[str, str] = {}
        self._model: TrainedModel | None = None
        self._known: dict[str, list[str]] = {}

    def bind(self, resources: Resources) -> None:
        if self._rows is None:
            self._rows = read_rows(resources.folder, self._named, _FILE, COLUMNS)
        self._respelt = {fold(raw).text: fold(normal).text for raw, normal in self._rows}
        if self._model_named is not None:
            self._model = open_model(resources.folder, self._model_named, "normalise")

    @property
    def digest(self) -> str:
        rows = digest_rows(self._rows) if self._rows else ""
        return rows + (self._model.digest if self._model else "")

    def prepare(self, drafts: Sequence[Draft]) -> None:
        """Read the words of many texts at once."""
        if self._model is None:
            return
        self._known.clear()
        texts = list(dict.fromkeys(draft.text for draft in drafts))
        for text, words in zip(texts, self._propose(texts), strict=True):
            self._known[text] = words

    def work(self, draft: Draft, page: Page) -> None:
        del page
        text = draft.text
        if self._model is None and not self._respelt and "<" not in text:
            return
        chunks = [match.span() for match in _CHUNK.finditer(text)]
        meant = self._known.get(text)
        if meant is None:
            meant = self._propose([text])[0]
        words: list[str] = []
        spans: list[tuple[int, int]] = []
        for (start, end), normal in zip(chunks, meant, strict=True):
            self._add(text, start, end, normal, words, spans)
        if words != tokenize(text).words:
            draft.words, draft.spans = words, spans

    def _add(
        self,
        text: str,
        start: int,
        end: int,
        normal: str,
        words: list[str],
        spans: list[tuple[int, int]],
    ) -> None:
        if words and "\n" in text[spans[-1][1] : start]:
            at = text.index("\n", spans[-1][1])
            words.append("\n")
            spans.append((at, at + 1))
        raw = text[start:end]
        if normal != raw:
            for word in tokenize(normal).words:
                words.append(word)
                spans.append((start, end))
            return
        at = 0
        for mask in [*_MASK.finditer(raw), None]:
            until = mask.start() if mask else len(raw)
            found = tokenize(raw[at:until])
            for word, (first, last) in zip(*found, strict=True):
                place = (start + at + first, start + at + last)
                for one in tokenize(self._respelt[word]).words if word in self._respelt else [word]:
                    words.append(one)
                    spans.append(place)
            if mask:
                words.append(_MASKED)
                spans.append((start + mask.start(), start + mask.end()))
                at = mask.end()

    def _propose(self, texts: Sequence[str]) -> list[list[str]]:
        """For each text one meant word for each stretch between white space."""
        split = [[match[0] for match in _CHUNK.finditer(text)] for text in texts]
        if self._model is None:
            return split
        model: Any = self._model.model
        calibration = self._model.calibration("words")
        return [
            [
                new.text
                if new.text
                and new.text != old
                and not _HAN.search(old)
                and calibration.accepts(_CHANGED, new.score)
                else old
                for old, new in zip(words, proposed, strict=True)
            ]
            for words, proposed in zip(split, model.propose(split), strict=True)
        ]

    def save(self, folder: Path) -> None:
        write_rows(folder / _FILE, COLUMNS, self._rows or ())
        if self._model is not None:
            shutil.copytree(self._model.directory, folder / _MODEL, dirs_exist_ok=True)

    def load(self, folder: Path) -> None:
        self._rows = read_rows(folder, _FILE, _FILE, COLUMNS)
        if (folder / _MODEL).is_dir():
            self._model_named = str((folder / _MODEL).resolve())
