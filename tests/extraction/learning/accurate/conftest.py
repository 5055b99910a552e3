"""A tiny encoder with random weights, and a small world of texts that it can learn."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from extraction.learning.examples import Example, Span, Tie, make_example

_PARTS = ("pump", "valve", "motor", "seal", "bearing", "hose")
_FAULTS = ("leaking", "worn", "cracked", "noisy")
_WORDS = (*_PARTS, *_FAULTS, "oil", "the", "is", "on", "replace", ".", "漏", "油", "泵", "阀")


@pytest.fixture(scope="session")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two layers, 16 wide, with a WordPiece tokenizer of a few words and all ASCII letters."""
    import torch
    from safetensors.torch import save_file
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[unused0]", "[unused1]", *_WORDS]
    pieces += [c for c in letters if c not in pieces] + [f"##{c}" for c in letters]
    tokenizer = Tokenizer(
        models.WordPiece({piece: n for n, piece in enumerate(pieces)}, unk_token="[UNK]")
    )
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    out = tmp_path_factory.mktemp("encoder")
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=len(pieces),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
        pad_token_id=0,
    )
    config.save_pretrained(out)
    weights = BertModel(config, add_pooling_layer=False).state_dict()
    save_file(
        {name: tensor.contiguous() for name, tensor in weights.items()}, out / "model.safetensors"
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
    ).save_pretrained(out)
    return out


def make_texts(count: int, seed: int = 0) -> list[Example]:
    """`the oil pump is leaking`: a part that may nest in a longer one, a fault, a tie."""
    chance = random.Random(seed)
    texts = []
    for n in range(count):
        part, fault = chance.choice(_PARTS), chance.choice(_FAULTS)
        oil = "oil " if chance.random() < 0.4 else ""
        text = f"the {oil}{part} is {fault} ."
        start = text.index(part)
        at = text.index(fault)
        spans = [Span(start, start + len(part), "Part"), Span(at, at + len(fault), "Fault")]
        ties = [Tie(1, 0, "of")]
        if oil:
            spans.append(Span(4, start + len(part), "Part"))
            ties = [Tie(1, 2, "of"), Tie(2, 0, "isA")]
        texts.append(make_example(f"text {n}", text, spans, ties))
    return texts


@pytest.fixture(scope="session")
def texts() -> list[Example]:
    return make_texts(48)


@pytest.fixture(scope="session")
def dev() -> list[Example]:
    return make_texts(16, seed=9)
