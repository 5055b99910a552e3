"""Our tokenizer for spaCy: the mixed tokens of `extraction.text.tokens`, both languages at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from spacy.tokens import Doc
from spacy.vocab import Vocab

from extraction.text.tokens import tokenize

NAME = "gemba.mixed_tokenizer.v1"


class MixedTokenizer:
    """Text to `Doc`. The text of the document is the given one to the last character.

    A token is a run of letters and digits with inner marks (`6205-2RS`), one Han character, one
    mark, or white space other than one blank behind a token.
    """

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        words: list[str] = []
        spaces: list[bool] = []
        at = 0
        for start, end in tokenize(text).spans:
            if start < at:  # one character that stands for several, such as ½
                continue
            _add_gap(text[at:start], words, spaces)
            words.append(text[start:end])
            spaces.append(False)
            at = end
        _add_gap(text[at:], words, spaces)
        return Doc(self.vocab, words=words, spaces=spaces)

    def pipe(self, texts: Iterator[str], batch_size: int = 1000) -> Iterator[Doc]:
        """One document for each text."""
        del batch_size
        for text in texts:
            yield self(text)

    # There is nothing to keep: the rules are code, and their version is in the name.

    def to_bytes(self, **kwargs: Any) -> bytes:
        """The name of the rules."""
        del kwargs
        return NAME.encode()

    def from_bytes(self, data: bytes, **kwargs: Any) -> MixedTokenizer:
        """Check that `data` was written by the same rules. Raises ValueError."""
        del kwargs
        if data.decode(errors="replace") != NAME:
            raise ValueError(f"the tokenizer was written by other rules than {NAME}")
        return self

    def to_disk(self, path: str | Path, **kwargs: Any) -> None:
        """Write the name of the rules."""
        Path(path).write_bytes(self.to_bytes(**kwargs))

    def from_disk(self, path: str | Path, **kwargs: Any) -> MixedTokenizer:
        """Check the name in a file. Raises ValueError."""
        return self.from_bytes(Path(path).read_bytes(), **kwargs)


def _add_gap(gap: str, words: list[str], spaces: list[bool]) -> None:
    """White space between tokens: one blank belongs to the token before, more is a token."""
    if not gap:
        return
    if gap[0] == " " and words and not spaces[-1]:
        spaces[-1] = True
        gap = gap[1:]
    if gap:
        words.append(gap)
        spaces.append(False)
