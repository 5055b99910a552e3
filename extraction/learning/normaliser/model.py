"""The fast tier's normaliser: candidates from what was learnt, one chosen by a log-linear model."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from extraction.learning.normaliser.candidates import Knowledge, Meaning
from extraction.learning.normaliser.memory import Row, read_rows
from extraction.learning.normaliser.ranking import Ranker, softmax
from extraction.learning.protocol import ScoredWord

_FILE = "normaliser.json"
_CACHED = 100_000


class WordNormaliser:
    """Reads written words into meant ones; a `Normaliser`."""

    def __init__(self, knowledge: Knowledge, ranker: Ranker) -> None:
        self.knowledge = knowledge
        self._ranker = ranker
        self._meanings: dict[str, list[tuple[Meaning, float]]] = {}
        self._reads: dict[str, str] = {}

    def propose(self, texts: Sequence[Sequence[str]]) -> list[list[ScoredWord]]:
        """The likeliest meaning of each word with its share among the candidates."""
        return [self._read(words) for words in texts]

    def normalise(self, texts: Sequence[Sequence[str]]) -> list[list[str]]:
        """The likeliest meaning of each word."""
        return [[word.text for word in self._read(words)] for words in texts]

    def most_frequent(self, texts: Sequence[Sequence[str]]) -> list[list[str]]:
        """The control: each word's most frequent replacement."""
        return [[self._mostly(word) for word in words] for words in texts]

    def save(self, directory: Path) -> None:
        """Write the table of replacements, the weights and the neighbours of meant words."""
        self.knowledge.memory.save(directory)
        self._ranker.save(directory)
        kept = {
            "pairs": [[*pair, n] for pair, n in self.knowledge.pairs.items()],
            "rows": [[w, m, c] for w, m, _, c in self.knowledge.memory.rows],
        }
        text = json.dumps(kept, ensure_ascii=False)
        (directory / _FILE).write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> WordNormaliser:
        """The model of a directory, with what people changed in its table of replacements."""
        kept = json.loads((directory / _FILE).read_text(encoding="utf-8"))
        trained = {(w, m, c) for w, m, c in kept["rows"]}
        rows: list[Row] = read_rows(directory)
        fixed = [row for row in rows if (row[0], row[1], row[3]) not in trained]
        pairs = {(left, right): int(n) for left, right, n in kept["pairs"]}
        return cls(Knowledge.from_rows(rows, pairs, fixed), Ranker.load(directory))

    def _mostly(self, word: str) -> str:
        read = self._reads.get(word)
        if read is None:
            if len(self._reads) > _CACHED:
                self._reads.clear()
            read = self._reads[word] = self.knowledge.memory.most_frequent(word)
        return read

    def _read(self, words: Sequence[str]) -> list[ScoredWord]:
        reads = [self._mostly(word) for word in words]
        given = []
        for n, word in enumerate(words):
            told = self.knowledge.memory.told(words, n)
            if told is not None:
                given.append(ScoredWord(told, 1.0))
                continue
            weighed = self._weigh(word)
            scores = softmax(
                [
                    score + self._ranker.weigh(self.knowledge.here(words, n, meaning, reads))
                    for meaning, score in weighed
                ]
            )
            best = max(range(len(scores)), key=scores.__getitem__)
            given.append(ScoredWord(weighed[best][0].text, scores[best]))
        return given

    def _weigh(self, word: str) -> list[tuple[Meaning, float]]:
        weighed = self._meanings.get(word)
        if weighed is None:
            if len(self._meanings) > _CACHED:
                self._meanings.clear()
            weighed = self._meanings[word] = [
                (meaning, self._ranker.weigh(meaning.features))
                for meaning in self.knowledge.means(word)
            ]
        return weighed
