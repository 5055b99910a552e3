"""The packed encoder against a file that is packed here."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from extraction.learning.accurate.compact_e5 import write_encoder
from extraction.learning.accurate.encoders import open_encoder
from extraction.learning.accurate.windows import Pieces, words_of
from extraction.learning.examples import Example
from kg.model.errors import BadInput

_PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "▁oil", "pump", "油", "泵", "▁油泵", "▁ост", "a"]
_HIDDEN, _INNER = 32, 64


def _blocks(weights: np.ndarray) -> tuple[bytes, np.ndarray]:
    """32 weights as a half-precision scale and nibbles, and what they are then."""
    rows = weights.reshape(-1, 32)
    scale = (np.abs(rows).max(axis=1) / 7).astype("<f2")
    levels = np.clip(np.round(rows / scale[:, None].astype(np.float32)) + 8, 0, 15).astype("u1")
    nibbles = levels[:, :16] | (levels[:, 16:] << 4)
    packed = b"".join(s.tobytes() + n.tobytes() for s, n in zip(scale, nibbles, strict=True))
    known = (levels.astype(np.float32) - 8) * scale[:, None].astype(np.float32)
    return packed, known.reshape(weights.shape)


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, np.ndarray]]:
    random = np.random.default_rng(0)
    h, i = _HIDDEN, _INNER
    shapes: dict[str, tuple[int, ...]] = {
        "emb.word": (len(_PIECES), h),
        "emb.pos": (20, h),
        "emb.type": (1, h),
        "emb.ln.w": (h,),
        "emb.ln.b": (h,),
    }
    for layer in range(2):
        for name, out, into in (
            ("q", h, h),
            ("k", h, h),
            ("v", h, h),
            ("ao", h, h),
            ("fi", i, h),
            ("fo", h, i),
        ):
            shapes[f"l{layer}.{name}.w"], shapes[f"l{layer}.{name}.b"] = (out, into), (out,)
        for name in ("aln", "oln"):
            shapes[f"l{layer}.{name}.w"] = shapes[f"l{layer}.{name}.b"] = (h,)
    known, raw = {}, []
    for name, shape in shapes.items():
        weights = random.normal(size=shape).astype(np.float32)
        is_matrix = len(shape) == 2 and name not in {"emb.pos", "emb.type"}
        content, known[name] = _blocks(weights) if is_matrix else (weights.tobytes(), weights)
        raw.append((name, int(is_matrix), content))
    blob = [piece.encode() for piece in _PIECES]
    offsets = np.cumsum([0, *map(len, blob)]).astype("<u4")
    head = b"E5S1" + struct.pack("<I7ifi", 1, h, 2, 4, i, len(_PIECES), 20, 2, 1e-12, 32)
    head += struct.pack("<5iQ", len(_PIECES), 0, 2, 1, 3, int(offsets[-1]))
    head += offsets.tobytes() + np.linspace(-1, -9, len(_PIECES)).astype("<f4").tobytes()
    head += b"".join(blob) + struct.pack("<iI", 0, 0) + struct.pack("<i", len(raw))
    at = len(head) + sum(2 + len(name) + 1 + 4 + 16 for name, _, _ in raw)
    listed = b""
    for name, kind, content in raw:
        listed += struct.pack("<H", len(name)) + name.encode()
        listed += struct.pack("<BIQQ", kind, 0, at, len(content))
        at += len(content)
    path = tmp_path_factory.mktemp("packed") / "encoder.bin"
    path.write_bytes(head + listed + b"".join(content for _, _, content in raw))
    return path, known


def test_write_encoder_unpacks_weights_and_pieces(
    packed: tuple[Path, dict[str, np.ndarray]], tmp_path: Path
) -> None:
    path, known = packed
    encoder = open_encoder("packed", write_encoder(path, tmp_path / "out"))
    weights = {name: tensor.numpy() for name, tensor in encoder.network.state_dict().items()}
    assert np.array_equal(weights["encoder.layer.1.intermediate.dense.weight"], known["l1.fi.w"])
    assert np.array_equal(weights["encoder.layer.0.attention.self.query.bias"], known["l0.q.b"])
    for piece in ("<s>", "<pad>", "</s>", "<unk>", "▁oil", "油", "泵", "a"):
        row = weights["embeddings.word_embeddings.weight"][encoder.tokenizer.token_to_id(piece)]
        assert np.array_equal(row, known["emb.word"][_PIECES.index(piece)]), piece
    assert encoder.tokenizer.token_to_id("▁ост") is None  # neither Han nor ASCII
    assert encoder.special == (0, 2, 1, 3, 3)


def test_pieces_of_han_characters_are_one_each(
    packed: tuple[Path, dict[str, np.ndarray]], tmp_path: Path
) -> None:
    encoder = open_encoder("packed", write_encoder(packed[0], tmp_path / "out"), layers=1)
    assert encoder.config["num_hidden_layers"] == 1
    pieces = Pieces(encoder.tokenizer, encoder.special)
    cut = pieces.cut([words_of(Example("a", "油泵 oil pump 漏"))])[0]
    number = encoder.tokenizer.token_to_id
    assert cut[:3] == [(number("油"),), (number("泵"),), (number("▁oil"),)]
    assert cut[3] == (number("pump"),)  # the mark of a space before it says nothing
    assert cut[4] == (number("<unk>"),)


def test_write_encoder_refuses_another_file(tmp_path: Path) -> None:
    other = tmp_path / "other.bin"
    other.write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(BadInput, match=r"other\.bin: is no packed encoder"):
        write_encoder(other, tmp_path / "out")
