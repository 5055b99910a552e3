"""Labels from a graph: its own names where they stand in a text, its relations between them.

What a plant calls its things is in its registers and part lists, not in the ontology. A text that
names both ends of something that the graph knows probably says it (distant supervision: Mintz et
al., 2009); people correct what it does not say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from extraction.text.tokens import is_han, tokenize

CLASSES = ("Component", "FailureMode", "Symptom", "FailureCause", "MaintenanceActivity", "Remedy")
_LONGEST = 8  # words of a name that is looked for


class Named(NamedTuple):
    """A thing of the graph that stands at a place: half-open character offsets."""

    start: int
    end: int
    key: str
    cls: str


class GraphNames:
    """The names and relations of a graph, to be found in texts."""

    def __init__(
        self, names: Iterable[tuple[str, str, str]], relations: Iterable[tuple[str, str, str]] = ()
    ) -> None:
        """`names`: key, class and name; `relations`: subject, predicate and object by their keys.

        A name that two things bear means neither.
        """
        found: dict[tuple[str, ...], set[tuple[str, str]]] = {}
        for key, cls, name in names:
            words = tuple(tokenize(name).words)
            letters = sum(map(len, words))
            if 0 < len(words) <= _LONGEST and letters > (1 if is_han(words[0][0]) else 2):
                found.setdefault(words, set()).add((key, cls))
        self._names = {words: next(iter(of)) for words, of in found.items() if len(of) == 1}
        self._beginnings = {words[0] for words in self._names}
        self._relations: Mapping[tuple[str, str], str] = {
            (subject, target): predicate for subject, predicate, target in relations
        }

    def find(self, text: str) -> list[Named]:
        """Names in `text`, the longest from the left."""
        words, ranges = tokenize(text)
        found: list[Named] = []
        at = 0
        while at < len(words):
            longest = _LONGEST if words[at] in self._beginnings else 0
            for size in range(min(longest, len(words) - at), 0, -1):
                known = self._names.get(tuple(words[at : at + size]))
                if known is not None:
                    found.append(Named(ranges[at][0], ranges[at + size - 1][1], *known))
                    at += size
                    break
            else:
                at += 1
        return found

    def join(self, named: Sequence[Named]) -> list[tuple[int, int, str]]:
        """What the graph says of pairs of things: positions of subject and object, predicate."""
        return [
            (n, m, predicate)
            for n, one in enumerate(named)
            for m, other in enumerate(named)
            if n != m and (predicate := self._relations.get((one.key, other.key))) is not None
        ]
