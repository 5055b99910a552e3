"""A trained network as a recogniser: it reads texts, and is written and loaded as a directory.

Files: `reader.json` (labels, sizes, thresholds), `encoder.json` (its configuration),
`weights.safetensors`, `tokenizer.json`, and in `companion` those of the recogniser that is asked
for a second opinion. The directory needs nothing else to be read again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from extraction.learning.accurate.companion import ask
from extraction.learning.accurate.encoders import Special, build_encoder
from extraction.learning.accurate.finding import (
    Candidates,
    Structure,
    Thresholds,
    choose,
    find_candidates,
    make_readings,
)
from extraction.learning.accurate.network import Network, Shape, config_of
from extraction.learning.accurate.windows import Pieces, make_windows, words_of
from extraction.learning.examples import Example
from extraction.learning.fast.files import load as load_fast
from extraction.learning.fast.recogniser import FastRecogniser
from extraction.learning.protocol import Reading
from kg.model.errors import BadInput

READER = "reader.json"
_ENCODER = "encoder.json"
_WEIGHTS = "weights.safetensors"
_TOKENIZER = "tokenizer.json"
_COMPANION = "companion"
_AT_ONCE = 4_096  # texts


@dataclass(frozen=True, slots=True)
class Reader:
    """What a recogniser knows beside its weights."""

    labels: tuple[str, ...]
    tie_labels: tuple[str, ...]
    shape: Shape
    structure: Structure
    special: Special
    masks: tuple[str, ...]
    window: int
    margin: int


class EncoderRecogniser:
    """Reads spans and ties by a fine-tuned encoder."""

    def __init__(
        self,
        network: Network,
        pieces: Pieces,
        reader: Reader,
        thresholds: Thresholds,
        companion: FastRecogniser | None = None,
    ) -> None:
        self.network = network
        self.pieces = pieces
        self.reader = reader
        self.thresholds = thresholds
        self.companion = companion

    @property
    def span_labels(self) -> Sequence[str]:
        return self.reader.labels

    @property
    def tie_labels(self) -> Sequence[str]:
        return self.reader.tie_labels

    def read(self, examples: Sequence[Example]) -> list[Reading]:
        """One reading per example, in order; texts of like length are read together."""
        readings: list[Reading] = []
        for start in range(0, len(examples), _AT_ONCE):
            readings += self._read(examples[start : start + _AT_ONCE])
        return readings

    def _read(self, examples: Sequence[Example]) -> list[Reading]:
        reader = self.reader
        texts = [words_of(example) for example in examples]
        windows = make_windows(texts, self.pieces, reader.window, reader.margin)
        least = Thresholds(self.thresholds.least_span, self.thresholds.tie)
        opinions = ask(self.companion, examples, texts, reader.labels)
        found: Candidates = find_candidates(
            self.network, windows, reader.special.padding, reader.structure, least, opinions
        )
        kept = choose(found, reader.structure, self.thresholds, reader.shape.exclusive)
        return make_readings(found, texts, reader.labels, reader.tie_labels, kept)

    def save(self, directory: Path) -> None:
        """Write the files into an existing directory."""
        content = {**asdict(self.reader), "thresholds": asdict(self.thresholds)}
        content["shape"] = self.reader.shape._asdict()
        content["special"] = self.reader.special._asdict()
        save_network(directory, self.network, self.pieces, content)
        if self.companion is not None:
            (directory / _COMPANION).mkdir(exist_ok=True)
            self.companion.save(directory / _COMPANION)


def save_network(directory: Path, network: Any, pieces: Pieces, content: dict[str, Any]) -> None:
    """Write weights, tokenizer and configuration, and `content` as the reader's."""
    from safetensors.torch import save_file

    weights: dict[str, Tensor] = {
        name: tensor.detach().contiguous().clone() for name, tensor in network.state_dict().items()
    }
    save_file(weights, directory / _WEIGHTS)
    pieces.tokenizer.save(str(directory / _TOKENIZER))
    _write(directory / _ENCODER, config_of(network))
    _write(directory / READER, content)


def _write(path: Path, content: dict[str, Any]) -> None:
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8")


def read_content(directory: Path) -> dict[str, Any]:
    """The reader's own file."""
    content: dict[str, Any] = json.loads((directory / READER).read_text(encoding="utf-8"))
    return content


def open_parts(directory: Path) -> tuple[Any, Any]:
    """An encoder without weights as configured there, and the tokenizer."""
    from tokenizers import Tokenizer

    config = json.loads((directory / _ENCODER).read_text(encoding="utf-8"))
    return build_encoder(config), Tokenizer.from_file(str(directory / _TOKENIZER))


def fill(network: Any, directory: Path) -> None:
    """Load the weights. Raises BadInput where they do not fit the network."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        network.load_state_dict(load_file(directory / _WEIGHTS))
    except (RuntimeError, SafetensorError) as error:
        raise BadInput(f"{directory}: the weights are damaged; train the model again.") from error
    network.eval()


def load(directory: Path, card: dict[str, Any]) -> EncoderRecogniser:
    """The recogniser of a model directory. Raises BadInput where its files do not fit together."""
    del card
    try:
        return _load(directory)
    except TypeError as error:
        raise BadInput(f"{directory}: {READER} is of another version; train it again.") from error


def _load(directory: Path) -> EncoderRecogniser:
    content = read_content(directory)
    thresholds = Thresholds(**content.pop("thresholds"))
    shape = Shape(**content.pop("shape"))
    special = Special(**content.pop("special"))
    structure = Structure(**content.pop("structure"))
    reader = Reader(
        labels=tuple(content["labels"]),
        tie_labels=tuple(content["tie_labels"]),
        shape=shape,
        structure=structure,
        special=special,
        masks=tuple(content["masks"]),
        window=content["window"],
        margin=content["margin"],
    )
    encoder, tokenizer = open_parts(directory)
    network = Network(encoder, shape)
    fill(network, directory)
    pieces = Pieces(tokenizer, special, reader.masks, shape.joined)
    companion = None
    if (directory / _COMPANION).is_dir():
        companion = load_fast(directory / _COMPANION, {})
    return EncoderRecogniser(network, pieces, reader, thresholds, companion)
