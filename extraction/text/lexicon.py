"""The dictionary: which terms of the ontology a text mentions, where, and how surely it is meant.

Every word of the ontology, every alias and every cue becomes a sequence of word numbers; a text is
turned into such a sequence too, so that one Aho-Corasick pass over numbers finds the longest terms
whatever their inflection, abbreviation or misspelling. Word boundaries come with the tokens.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import NamedTuple

import ahocorasick

from extraction.text.spelling import Speller, stems
from extraction.text.tokens import is_han, tokenize
from extraction.text.vocabulary import TERM_KINDS, InnerComponent, Sense, Vocabulary
from extraction.text.wordlists import WordLists, load_word_lists
from ontology.schema import Schema

__all__ = [
    "CODE",
    "COMMA",
    "HAN",
    "MARK",
    "NUMBER",
    "ORDINARY",
    "QUANTITY",
    "STOP",
    "TERM_KINDS",
    "UNKNOWN",
    "Encoded",
    "Hit",
    "How",
    "InnerComponent",
    "Lexicon",
    "Sense",
]


class How(IntEnum):
    """How a word was recognised, from the surest to the least sure."""

    EXACT = 0
    INFLECTED = 1
    ABBREVIATED = 2
    MISSPELT = 3


_new = tuple.__new__  # skips a Python call for each of millions of hits


class Hit(NamedTuple):
    """A phrase found: code positions `first..last`, raw offsets `start..end` (half-open)."""

    first: int
    last: int
    start: int
    end: int
    senses: tuple[Sense, ...]
    how: How
    is_verb: bool  # some word carried the ending of a verb


class Written(NamedTuple):
    """What a written word means: one code per meant word, with how it was recognised."""

    codes: str
    hows: tuple[How, ...]
    verbs: tuple[bool, ...]
    parts: tuple[tuple[int, int], ...] | None = None  # each code's range in the word, if smaller


# Codes of what stands between white space; raw ranges (None: one code for all of it), how each was
# recognised, and whether it is a verb.
_Stretch = tuple[str, tuple[tuple[int, int], ...] | None, tuple[How, ...], tuple[bool, ...]]


# First and last code of phrases, and what they mean.
_Chosen = tuple[tuple[int, int, tuple[Sense, ...]], ...]


class Encoded(NamedTuple):
    """A text as codes, one character each, with raw ranges and how each was recognised."""

    codes: str
    spans: list[tuple[int, int]]
    hows: Sequence[How] | None  # None: all exact, and no verbs
    verbs: Sequence[bool] | None


# Codes of what is not a word of the vocabulary; words are numbered from `FIRST_WORD`.
UNKNOWN = "\ue000"  # a word that nobody told us
NUMBER = "\ue001"
CODE = "\ue002"  # letters with digits: a tag, a part number
QUANTITY = "\ue003"  # a number with its unit in one token
STOP = "\ue004"  # ends a clause
COMMA = "\ue005"
MARK = "\ue006"
ORDINARY = "\ue007"  # an everyday word that is no term
HAN = "\ue008"  # a Han character that is in no term
_STOPS = frozenset(".;!\n。")
_MARKS = re.compile(r"[-/.#_']")
_NUMBER = re.compile(r"\d+(?:[./-]\d+)*$")
_RUN = re.compile("[^\ue000-\ue008]+")  # words in a row: no phrase goes beyond them
_LONGEST_RUN = 24  # words; of longer ones what was chosen is not remembered
_LONGEST_WORD = 64  # a longer run of letters is no word; it is not looked up or remembered
_LONGEST_MEMORY = 200_000


class Lexicon:
    """Terms, aliases and cues of one schema, ready to be found in texts."""

    def __init__(self, schema: Schema, lists: WordLists | None = None) -> None:
        self.schema = schema
        self.lists = lists if lists is not None else load_word_lists()
        words = Vocabulary(schema, self.lists)
        self._canonical = words.canonical
        self._number = words.number
        self._nouns = words.nouns
        self._meanings = words.meanings
        self._aliases = words.aliases
        self._speller = Speller(words.spellings, self.lists.ordinary)
        self._ordinary = self.lists.ordinary
        self.inner_components = words.inner
        self._terms = _automaton(words.entries)
        self._causes = _automaton(words.causes)
        self._memory: dict[str, Written] = {}
        self._stretches: dict[str, _Stretch] = {}
        self._chosen: dict[str, _Chosen] = {}  # by words in a row
        self._plain: dict[str, str] = {}  # of the words in memory those that are just one code
        units = sorted(map(re.escape, self.lists.units), key=len, reverse=True)
        self._quantity = re.compile(rf"\d+(?:[.,/]\d+)*(?:{'|'.join(units)})$")
        long = "|".join(unit for unit in units if len(unit) > 1)
        short = "|".join(unit for unit in units if len(unit) == 1)
        # a unit right behind a number in the raw text; one letter only without a space
        self.unit_after = re.compile(rf"(?:\s?(?:{long})|(?:{short}))(?![^\W\d_])", re.I)

    # -- reading -----------------------------------------------------------------------------

    def encode(self, text: str) -> Encoded:
        """`text` as codes."""
        if text.isascii() and "\n" not in text and " ." not in text:
            return self._encode_stretches(text)
        return self.encode_words(*tokenize(text))

    def _encode_stretches(self, text: str) -> Encoded:
        """The same for Latin text, by what stands between white space: there are few of these."""
        known = self._stretches.get
        find = text.index
        codes = ""
        spans: list[tuple[int, int]] = []
        hows: list[How] = []
        verbs: list[bool] = []
        at = 0
        for stretch in text.split():
            code, inner, how, verb = known(stretch) or self._understand_stretch(stretch)
            at = find(stretch, at)
            end = at + len(stretch)
            codes += code
            hows += how
            verbs += verb
            if inner is None:
                spans.append((at, end))
            else:
                for first, last in inner:
                    spans.append((at + first, at + last))
            at = end
        return Encoded(codes, spans, hows, verbs)

    def _understand_stretch(self, stretch: str) -> _Stretch:
        encoded = self.encode_words(*tokenize(stretch))
        whole = encoded.spans == [(0, len(stretch))]
        part: _Stretch = (
            encoded.codes,
            None if whole else tuple(encoded.spans),
            tuple(encoded.hows or (How.EXACT,) * len(encoded.codes)),
            tuple(encoded.verbs or (False,) * len(encoded.codes)),
        )
        if len(stretch) <= _LONGEST_WORD:
            if len(self._stretches) >= _LONGEST_MEMORY:
                self._stretches.clear()
            self._stretches[stretch] = part
        return part

    def encode_words(self, words: list[str], spans: list[tuple[int, int]]) -> Encoded:
        """Folded words as codes, whatever stands in the text at their raw ranges."""
        plain = [self._plain.get(word) for word in words]
        if None not in plain:
            return Encoded("".join(plain), spans, None, None)  # type: ignore[arg-type]
        known = self._memory.get
        meant = [known(word) or self._understand(word) for word in words]
        codes = [written.codes for written in meant]
        if len("".join(codes)) == len(codes) and "." not in words:
            return Encoded(
                "".join(codes),
                spans,
                [written.hows[0] for written in meant],
                [written.verbs[0] for written in meant],
            )
        return _unfold(words, spans, meant)

    def find(self, text: Encoded) -> list[Hit]:
        """Terms and cues in order; of overlapping ones the longest, of those the first."""
        codes, spans, hows, verbs = text
        found: list[Hit] = []
        known = self._chosen.get
        for run in _RUN.finditer(codes):
            words = run[0]
            chosen = known(words)
            if chosen is None:
                chosen = self._choose(words)
            base = run.start()
            for first, last, senses in chosen:
                begin, at = first + base, last + base
                if hows is None or verbs is None:
                    how, verb = How.EXACT, False
                elif begin == at:
                    how, verb = hows[at], verbs[at]
                else:
                    how = max(hows[begin : at + 1])
                    verb = True in verbs[begin : at + 1]
                found.append(
                    _new(Hit, (begin, at, spans[begin][0], spans[at][1], senses, how, verb))
                )
        return found

    def find_causes(self, text: Encoded, first: int, last: int) -> list[Hit]:
        """Failure causes within the codes `first..last` (half-open)."""
        codes, spans, hows, verbs = text
        found = []
        for begin, at, senses in _longest(self._causes, codes[first:last]):
            begin, at = begin + first, at + first
            how, verb = How.EXACT, False
            if hows is not None and verbs is not None:
                how, verb = max(hows[begin : at + 1]), True in verbs[begin : at + 1]
            found.append(Hit(begin, at, spans[begin][0], spans[at][1], senses, how, verb))
        return found

    def _choose(self, words: str) -> _Chosen:
        chosen = _longest(self._terms, words)
        if len(words) <= _LONGEST_RUN:
            if len(self._chosen) >= _LONGEST_MEMORY:
                self._chosen.clear()
            self._chosen[words] = chosen
        return chosen

    def codes_of_kind(self, kind: str) -> frozenset[str]:
        """The codes of one-word cues of `kind`."""
        return frozenset(
            self._number[self._canonical[words[0]]]
            for cue in self.lists.cues
            if cue.kind == kind and len(words := tokenize(cue.words).words) == 1
        )

    # -- words -------------------------------------------------------------------------------

    def _understand(self, word: str) -> Written:
        written = self._meaning(word)
        if len(word) <= _LONGEST_WORD:
            if len(self._memory) >= _LONGEST_MEMORY:
                self._memory.clear()
                self._plain.clear()
            self._memory[word] = written
            if written.hows == (How.EXACT,) and written.verbs == (False,):
                self._plain[word] = written.codes
        return written

    def _meaning(self, word: str) -> Written:
        if word in self._aliases:
            codes = "".join(self._number[known] for known in self._aliases[word])
            return _alike(codes, How.ABBREVIATED)
        if word in _STOPS or word == ",":
            return _alike(COMMA if word == "," else STOP)
        known = self._canonical.get(word)
        if known is not None:
            return _alike(self._number[known], How.EXACT, _is_verb_of(word, known))
        if len(word) == 1 and not word.isalnum():
            return _alike(MARK)
        if is_han(word):
            return _alike(HAN)
        if len(word) > _LONGEST_WORD:
            return _alike(UNKNOWN)
        if _NUMBER.match(word):
            return _alike(NUMBER)
        if self._quantity.match(word):
            return _alike(QUANTITY)
        for stem, is_verb in stems(word):
            known = self._canonical.get(stem)
            if known is not None and not (is_verb and known in self._nouns):
                return _alike(self._number[known], How.INFLECTED, is_verb)
        if _MARKS.search(word):
            return self._compound(word)
        if any(c.isdigit() for c in word):
            return _alike(CODE)
        if meant := self._speller.correct(word):
            known = self._same(meant)
            if known is not None:
                return _alike(self._number[known], How.MISSPELT, word.endswith(("ed", "ing")))
        if word in self._ordinary or any(stem in self._ordinary for stem, _ in stems(word)):
            return _alike(ORDINARY)
        return _alike(UNKNOWN)

    def _same(self, words: list[str]) -> str | None:
        """The canonical form of several words that mean the same thing; None where they differ."""
        forms = dict.fromkeys(self._canonical[word] for word in words)
        if len(forms) > 1 and len({self._meanings.get(form, form) for form in forms}) > 1:
            return None
        return next(iter(forms))

    def _compound(self, word: str) -> Written:
        """A word with inner marks: a code where it holds digits, else its parts."""
        if any(c.isdigit() for c in word):
            return _alike(CODE)
        codes: list[str] = []
        hows: list[How] = []
        verbs: list[bool] = []
        parts: list[tuple[int, int]] = []
        at = 0
        for piece in re.split(r"([-/.#_'])", word):
            end = at + len(piece)
            if piece in (".", "/"):
                meant = _alike(STOP if piece == "." else self._number.get("/", MARK))
            elif piece and not _MARKS.match(piece):
                meant = self._meaning(piece)
            else:
                at = end
                continue
            codes.append(meant.codes)
            hows += meant.hows
            verbs += meant.verbs
            parts += [(at, end)] * len(meant.codes)
            at = end
        return Written("".join(codes), tuple(hows), tuple(verbs), tuple(parts))


def _longest(automaton: ahocorasick.Automaton | None, codes: str) -> _Chosen:
    """Phrases in `codes` in order; of overlapping ones the longest, of those the first."""
    if automaton is None or not codes:
        return ()
    # `iter_long` of pyahocorasick 2.3 loses matches inside a longer phrase that breaks off (`b`
    # in `ccb` with the phrases `ccbc` and `b`), so all matches are taken and chosen from here.
    # Longest first: in 过程中冷却液泵 the pump wins over 中冷, an intercooler.
    matches = [
        (-length, at - length + 1, at, senses) for at, (length, senses) in automaton.iter(codes)
    ]
    matches.sort()
    found = []
    taken = 0  # one bit a code
    for minus_length, begin, at, senses in matches:
        bits = ((1 << -minus_length) - 1) << begin
        if not taken & bits:
            taken |= bits
            found.append((begin, at, senses))
    found.sort()
    return tuple(found)


def _unfold(
    words: Sequence[str], spans: Sequence[tuple[int, int]], meant: Sequence[Written]
) -> Encoded:
    """Words that stand for several codes each, and abbreviations whose point ends no clause."""
    codes: list[str] = []
    places: list[tuple[int, int]] = []
    hows: list[How] = []
    verbs: list[bool] = []
    after_alias = False
    for word, span, (code, how, verb, parts) in zip(words, spans, meant, strict=True):
        if after_alias and word == ".":
            after_alias = False
            continue
        after_alias = how[0] is How.ABBREVIATED
        codes.append(code)
        hows += how
        verbs += verb
        if parts is None:
            places += [span] * len(code)
        else:
            start, end = span
            places += [(min(start + a, end), min(start + b, end)) for a, b in parts]
    return Encoded("".join(codes), places, hows, verbs)


def _is_verb_of(word: str, known: str) -> bool:
    return word != known and word.endswith(("ed", "ing")) and not known.endswith(("ed", "ing"))


def _alike(codes: str, how: How = How.EXACT, is_verb: bool = False) -> Written:
    return Written(codes, (how,) * len(codes), (is_verb,) * len(codes))


def _automaton(entries: Mapping[str, tuple[Sense, ...]]) -> ahocorasick.Automaton | None:
    if not entries:
        return None
    automaton = ahocorasick.Automaton()
    for key, senses in entries.items():
        automaton.add_word(key, (len(key), senses))
    automaton.make_automaton()
    return automaton
