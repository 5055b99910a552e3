"""The files of a trained model: names in `model.json`, numbers in `weights.npz`. No pickles."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from extraction.learning.fast.chain import Weights
from extraction.learning.fast.channels import Channels, Sequences, Words
from extraction.learning.fast.choosing import Chooser, Memory
from extraction.learning.fast.finder import Finder
from extraction.learning.fast.pairs import Reach, TieModel
from extraction.learning.fast.phrases import Phrases
from extraction.learning.fast.recogniser import FastRecogniser
from extraction.learning.fast.units import Splitter
from extraction.learning.fast.wordvectors import WordVectors

NAMES = "model.json"
NUMBERS = "weights.npz"


def save(recogniser: FastRecogniser, directory: Path) -> None:
    """Write a model into an existing directory."""
    finder, chooser, ties = recogniser.finder, recogniser.chooser, recogniser.ties
    channels = finder.channels
    words = channels.words
    names: dict[str, Any] = {
        "span_labels": list(recogniser.span_labels),
        "tie_labels": list(recogniser.tie_labels),
        "splitter": recogniser.splitter.to_json(),
        "words": words.names[1 : words.trained],
        "other_words": words.others,
        "hints": channels.hints,
        "features": [list(features) for features in channels.features],
        "dictionaries": [d.labels for d in channels.dictionaries],
        "longest": finder.longest,
        "layers": len(finder.chains),
        "chooser": {
            "features": list(chooser.features),
            "threshold": chooser.threshold,
            "nests": chooser.nests,
            "crosses": chooser.crosses,
            "memory": [
                [phrase, sorted(of.items()), chooser.memory.stood.get(phrase, 0)]
                for phrase, of in sorted(chooser.memory.marked.items())
            ],
            "longest": chooser.memory.longest,
        },
        "ties": {
            "features": list(ties.features),
            "reach": [[*classes, gap] for classes, gap in sorted(ties.reach.gaps.items())],
            "threshold": recogniser.tie_threshold,
            "needed": sorted(recogniser.tied_only),
        },
    }
    numbers: dict[str, Any] = {
        "chooser": chooser.weights,
        "ties": ties.weights.astype(np.float32),
    }
    vectors = channels.vectors
    if vectors is not None:
        names["vectors"] = {
            "name": vectors.name,
            "opening": vectors.opening,
            "inner": vectors.inner,
            "pieces": vectors.pieces,
        }
        numbers["vectors"] = vectors.matrix.astype(np.float16)
    for size, keys in channels.sequences.keys.items():
        numbers[f"sequences_{size}"] = keys
    for n, phrases in enumerate(channels.dictionaries):
        numbers[f"phrases_{n}_keys"] = phrases.keys
        numbers[f"phrases_{n}_nodes"] = phrases.nodes
        numbers[f"phrases_{n}_counts"] = phrases.counts
    for n, chain in enumerate(finder.chains):
        numbers[f"chain_{n}_features"] = chain.features.astype(np.float32)
        for part in ("steps", "begin", "end"):
            numbers[f"chain_{n}_{part}"] = getattr(chain, part)
    np.savez_compressed(directory / NUMBERS, **numbers)
    (directory / NAMES).write_text(json.dumps(names, ensure_ascii=False), encoding="utf-8")


def load(directory: Path, card: dict[str, Any]) -> FastRecogniser:
    """Read a model. Raises OSError, KeyError or ValueError where its files are damaged."""
    del card
    names = json.loads((directory / NAMES).read_text(encoding="utf-8"))
    with np.load(directory / NUMBERS, allow_pickle=False) as file:
        numbers = {name: file[name] for name in file.files}
    words = Words(names["words"], names["other_words"])
    sequences = Sequences.of(
        {size: numbers[f"sequences_{size}"] for size in (2, 3, 4)}, words.trained
    )
    dictionaries = [
        Phrases.of(
            numbers[f"phrases_{n}_keys"],
            numbers[f"phrases_{n}_nodes"],
            numbers[f"phrases_{n}_counts"],
            len(words.stem_numbers),
        )
        for n in range(len(names["dictionaries"]))
    ]
    features = [{name: n for n, name in enumerate(of)} for of in names["features"]]
    vectors = None
    if "vectors" in names:
        of = names["vectors"]
        vectors = WordVectors(
            of["pieces"], numbers["vectors"], of["opening"], of["inner"], of["name"]
        )
    channels = Channels(words, sequences, dictionaries, vectors, names["hints"], features)
    chains = [
        Weights(*(numbers[f"chain_{n}_{part}"] for part in Weights._fields))
        for n in range(names["layers"])
    ]
    finder = Finder(channels, len(names["span_labels"]), names["longest"], chains)
    of = names["chooser"]
    memory = Memory(
        {phrase: dict(map(tuple, counts)) for phrase, counts, _ in of["memory"]},
        {phrase: stood for phrase, _, stood in of["memory"]},
        of["longest"],
    )
    chooser = Chooser(
        {name: n for n, name in enumerate(of["features"])},
        numbers["chooser"],
        memory,
        of["threshold"],
        of["nests"],
        of["crosses"],
    )
    ties = TieModel(
        {name: n for n, name in enumerate(names["ties"]["features"])},
        numbers["ties"].astype(np.float64),
        Reach({(a, b): gap for a, b, gap in names["ties"]["reach"]}),
    )
    splitter = Splitter(**names["splitter"])
    return FastRecogniser(
        splitter,
        finder,
        chooser,
        ties,
        names["ties"]["threshold"],
        names["ties"]["needed"],
        names["span_labels"],
        names["tie_labels"],
    )
