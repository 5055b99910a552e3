"""The words that a lexicon is made of: from the ontology's labels, the aliases and the word lists.

Words that are one but for their inflection get one number, and phrases become sequences of numbers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from extraction.text.spelling import inflections, stems
from extraction.text.tokens import is_han, tokenize
from extraction.text.wordlists import WordLists
from ontology.schema import Concept, Schema

KIND_OF_CLASS = {
    "Component": "component",
    "FailureMode": "mode",
    "Symptom": "symptom",
    "MaintenanceActivity": "activity",
    "FailureCause": "cause",
}
TERM_KINDS = frozenset(KIND_OF_CLASS.values())


class Sense(NamedTuple):
    """One reading of a phrase. `value`: a concept key, or what a cue or position says."""

    kind: str  # component, mode, symptom, activity, cause; else a kind of cue
    value: str


class InnerComponent(NamedTuple):
    """A component that a finding's phrase begins or ends with; `first` counts codes from there."""

    first: int
    length: int
    concept: str


BLOCKED = Sense("blocked", "")
FIRST_WORD = 0x10000  # below are the codes of what is no word; see `extraction.text.lexicon`


class Vocabulary:
    """Collects all phrases, decides which words count as one, and numbers them.

    `canonical` maps every known word to the form that stands for it and its inflections, `number`
    each of these to one character; `entries` and `causes` map phrases, as strings of such
    characters, to their senses, and `inner` phrases to the component that they hold.
    """

    def __init__(self, schema: Schema, lists: WordLists) -> None:
        self._lists = lists
        self._phrases: dict[tuple[str, ...], dict[Sense, None]] = defaultdict(dict)
        self._cause_phrases: dict[tuple[str, ...], dict[Sense, None]] = defaultdict(dict)
        self._alone: dict[str, set[str]] = defaultdict(set)  # concepts by one-word phrase
        self.aliases: dict[str, tuple[str, ...]] = {}
        self._phrase_aliases: list[tuple[str, str]] = []
        self._short_names: set[tuple[str, ...]] = set()  # names of two characters, not of causes
        for written, meant in lists.aliases.items():
            tokens = tokenize(written).words
            if len(tokens) == 1 and not is_han(tokens[0]):
                self.aliases[tokens[0]] = tuple(tokenize(meant).words)
            else:
                self._phrase_aliases.append((written, meant))
        parts: set[str] = set()  # words of components
        alone: dict[str, set[str]] = defaultdict(set)  # kinds by one-word phrase
        for concept, kind in _concepts(schema):
            sense = Sense(kind, concept.key)
            phrases = self._cause_phrases if kind == "cause" else self._phrases
            labels = set(concept.words.label.values())
            for text in _surfaces(concept):
                for words in self._variants(text):
                    phrases[words][sense] = None
                    if kind != "cause" and text in labels and len(text) == 2:
                        self._short_names.add(words)
                    if kind == "component":
                        parts.update(words)
                    if kind != "cause" and len(words) == 1:
                        alone[words[0]].add(kind)
                        self._alone[words[0]].add(concept.key)
        self._add_gerunds(parts)
        # what may be misspelt: the ontology's words, not those of the lists
        self.spellings = {
            word
            for phrases in (self._phrases, self._cause_phrases)
            for words in phrases
            for word in words
            if word.isascii() and word.isalpha()
        }
        self._add_lists()
        vocabulary = dict.fromkeys(
            word
            for phrases in (self._phrases, self._cause_phrases)
            for words in phrases
            for word in words
        )
        vocabulary.update(dict.fromkeys(w for words in self.aliases.values() for w in words))
        nouns = {word for word, kinds in alone.items() if kinds == {"component"}}
        self.canonical = self._merge_inflections(vocabulary, parts, nouns)
        for verb in sorted(
            self.spellings & {w for w, kinds in alone.items() if kinds != {"component"}}
        ):
            for form in inflections(verb):
                if form not in self.canonical:
                    self.spellings.add(form)
                    self.canonical[form] = self.canonical[verb]
        names = sorted(set(self.canonical.values()))
        self.number = {word: chr(FIRST_WORD + i) for i, word in enumerate(names)}
        # a verb's ending on these makes another word: `bolted` is no bolt
        self.nouns = {self.canonical[word] for word in nouns}
        self.meanings = {
            self.canonical[word]: " ".join(sorted(keys)) for word, keys in self._alone.items()
        }
        self.aliases = {
            written: tuple(self.canonical[word] for word in words)
            for written, words in self.aliases.items()
        }
        self.entries = self._encoded(self._phrases)
        self.inner = self._split()
        self.causes = self._encoded(self._cause_phrases)

    def _split(self) -> dict[str, InnerComponent]:
        """Take apart findings and activities that name their component.

        "Blown hose" is the mode "blown" on a hose, both of which we know: the phrase is dropped, so
        that each is found by itself; so is "tighten bolts". 轮胎漏气 is no mere leak: the phrase
        stays, and the tyre inside is remembered; and so does a concept's name of two
        characters, which is one word: in 跳闸 nothing jumps on a brake.
        """
        names = set(self._encoded({words: self._phrases[words] for words in self._short_names}))
        components: dict[str, str] = {}
        others: dict[str, set[Sense]] = {}
        for key, senses in self.entries.items():
            for sense in senses:
                if sense.kind == "component":
                    components.setdefault(key, sense.value)
                elif sense.kind in ("mode", "symptom", "activity"):
                    others.setdefault(key, set()).add(sense)
        inner: dict[str, InnerComponent] = {}
        for key, meant in others.items():
            if len(self.entries[key]) > len(meant):
                continue  # also a cue, which only the whole phrase is
            for length in range(len(key) - 1, 0, -1):
                if key[:length] in components:
                    first, rest = 0, key[length:]
                elif key[-length:] in components:
                    first, rest = len(key) - length, key[:-length]
                else:
                    continue
                if others.get(rest) == meant:
                    if key not in names:
                        del self.entries[key]
                elif all(sense.kind != "activity" for sense in meant):
                    concept = components[key[first : first + length]]
                    inner[key] = InnerComponent(first, length, concept)
                break
        return inner

    def _add_gerunds(self, parts: Iterable[str]) -> None:
        """`fitting` is a part and also what one does when one fits: keep both senses."""
        for word in sorted(parts):
            if not word.endswith("ing") or (word,) not in self._phrases:
                continue
            for stem, _ in stems(word):
                for sense in self._phrases.get((stem,), {}):
                    if sense.kind == "activity":
                        self._phrases[(word,)][sense] = None

    def _add_lists(self) -> None:
        lists = self._lists
        for cue in lists.cues:
            self._phrases[self._words(cue.words)][Sense(cue.kind, cue.note)] = None
        for phrase, where in lists.positions.items():
            self._phrases[self._words(phrase)][Sense("position", where)] = None
        for phrase, medium in lists.media.items():
            self._phrases[self._words(phrase)][Sense("medium", medium)] = None
        for word in lists.areas:
            self._phrases[self._words(word)][Sense("area", "")] = None
        for phrase in lists.blockers:
            self._phrases[self._words(phrase)] = {BLOCKED: None}

    def _words(self, text: str) -> tuple[str, ...]:
        """The words of a phrase, abbreviations written out, as they will be in texts."""
        words: list[str] = []
        for word in tokenize(text).words:
            words.extend(self.aliases.get(word, (word,)))
        return tuple(words)

    def _variants(self, text: str) -> Iterable[tuple[str, ...]]:
        """The phrase as written; hyphens as spaces and joined; two words joined; aliases."""
        words = self._words(text)
        if not words or len(words) > 24 or all(len(w) == 1 and w.isascii() for w in words):
            return
        yield words
        if any("-" in word for word in words):
            yield tuple(part for word in words for part in word.split("-") if part)
            yield tuple(word.replace("-", "") for word in words)
        if len(words) == 2 and all(w.isascii() and w.isalpha() and len(w) > 2 for w in words):
            yield ("".join(words),)
        if text.isascii():
            return
        for written, meant in self._phrase_aliases:
            if meant in text:
                yield self._words(text.replace(meant, written))

    def _merge_inflections(
        self, vocabulary: Iterable[str], component_words: set[str], nouns: set[str]
    ) -> dict[str, str]:
        """Canonical form of every word: inflected forms count as one unless they are two terms."""
        known = dict.fromkeys(vocabulary)
        canonical: dict[str, str] = {}

        def find(word: str) -> str:
            while canonical.get(word, word) != word:
                word = canonical[word]
            return word

        for word in known:
            canonical.setdefault(word, word)
            if not word.isascii():
                continue
            mine = self._alone.get(word)
            for stem, is_verb in stems(word):
                if stem not in known:
                    continue
                if is_verb and (word in component_words or stem in nouns):
                    continue
                theirs = self._alone.get(stem)
                if mine is None or (theirs is not None and mine == theirs):
                    canonical[word] = find(stem)
                    break
        return {word: find(word) for word in canonical}

    def _encoded(
        self, phrases: Mapping[tuple[str, ...], Mapping[Sense, None]]
    ) -> dict[str, tuple[Sense, ...]]:
        entries: dict[str, dict[Sense, None]] = defaultdict(dict)
        for words, senses in phrases.items():
            key = "".join(self.number[self.canonical[word]] for word in words)
            entries[key].update(senses)
        return {
            key: (BLOCKED,) if BLOCKED in senses else tuple(senses)
            for key, senses in entries.items()
        }


def _concepts(schema: Schema) -> Iterable[tuple[Concept, str]]:
    kinds = {name: kind for top, kind in KIND_OF_CLASS.items() for name in schema.descendants(top)}
    for concept in schema.concepts.values():
        if concept.cls in kinds:
            yield concept, kinds[concept.cls]


def _surfaces(concept: Concept) -> Iterable[str]:
    yield from concept.words.label.values()
    for texts in concept.words.alt.values():
        yield from texts
