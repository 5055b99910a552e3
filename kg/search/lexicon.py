"""The ontology's words as a dictionary: which terms a text mentions, in either language.

A phrase is compared in a canonical form: Latin words are reduced to a stem and stand between
spaces, so that a match can only begin and end at word borders; Han text stands as it is, because
it has no borders. One automaton then finds all phrases of both languages in one pass.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

import ahocorasick
from rapidfuzz import process
from rapidfuzz.distance import OSA

from kg.model.stems import stem
from kg.model.text import has_han
from ontology.schema import Schema

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_RUN = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+(?:[-/.#_'’][^\W_{_HAN}]+)*")
_ALL_HAN = re.compile(f"[{_HAN}]+")
_PLAIN_HAN = re.compile("[\u4e00-\u9fff]+")  # folding leaves these as they are
_LATIN_RUN = re.compile(r"[a-z0-9]+(?:[-/.#_'][a-z0-9]+)*")  # what `_RUN` finds in folded ASCII
_APOSTROPHE = re.compile("['’]")

# Words that carry no meaning of their own in a question. Chinese ones are cut out of Han runs.
_SMALL_WORDS = (
    "a an and are at by do does for from has have how i in is it its of on or that the there this "
    "to was what when where which who why with"
)
STOP_WORDS = frozenset(_SMALL_WORDS.split())
# Rightly written as they are, these are no typo of a term.
_EVERYDAY_WORDS = (
    "about after again ago also always been before best both call came come could days did done "
    "down during each even ever every find first give goes good have here hour hours into just "
    "keep know last late like long look made make many mean means month more most much must need "
    "never next often once only other over part parts said same seen shall should show since some "
    "still such take tell than that their them then there these they thing this those time times "
    "today took under until used very want week well went were will with would year your"
)
_EVERYDAY = frozenset(_EVERYDAY_WORDS.split())
_HAN_STOP = re.compile("为什么|怎么办|怎么|如何|哪些|哪个|什么|请问|的|了|吗|呢|吧|和|与|在|是|有")


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """A class or concept of the ontology with all its words. A lexicon has one of each."""

    kind: Literal["concept", "class"]
    name: str  # local name
    cls: str  # the concept's class, or the class itself
    key: str | None  # node key of a concept
    phrases: tuple[str, ...]  # canonical forms of all its words, both languages


class Mention(NamedTuple):
    """A place in a text where words of terms stand; ambiguous words name several terms."""

    start: int  # offsets in the text that was searched
    end: int
    text: str  # as written there
    terms: tuple[Term, ...]
    is_typo: bool = False


class _Word(NamedTuple):
    start: int
    end: int
    canonical: str


@lru_cache(maxsize=100_000)
def canonical(text: str) -> str:
    """`text` in the form in which phrases are compared (see the module)."""
    folded = _folded(text)
    if folded.isascii():
        return _canonical_latin(folded)
    if _ALL_HAN.fullmatch(folded):
        return folded
    line = ""
    for word in _words(folded):
        if has_han(word.canonical[:1]):
            line += word.canonical
        else:
            line += f"{word.canonical} " if line.endswith(" ") else f" {word.canonical} "
    return line


def _canonical_latin(folded: str) -> str:
    words = (
        stem(run if run.isalnum() else run.replace("'", "")) for run in _LATIN_RUN.findall(folded)
    )
    line = " ".join(words)
    return f" {line} " if line else ""


def is_stop_word(token: str) -> bool:
    """Whether `token` says nothing by itself."""
    return token in STOP_WORDS


class Lexicon:
    """All words of a schema's classes and concepts."""

    def __init__(self, schema: Schema) -> None:
        terms = list(_terms(schema))
        by_phrase: dict[str, list[Term]] = {}
        for term in terms:
            for phrase in term.phrases:
                for form in _negated(phrase):
                    by_phrase.setdefault(form, []).append(term)
        self._automaton = ahocorasick.Automaton()
        for phrase, named in by_phrase.items():
            self._automaton.add_word(phrase, (len(phrase), tuple(dict.fromkeys(named))))
        if by_phrase:
            self._automaton.make_automaton()
        self._is_empty = not by_phrase
        words = dict.fromkeys(word for phrase in by_phrase for word in phrase.split())
        self._vocabulary = [
            word for word in words if len(word) >= 4 and word.isalpha() and not has_han(word)
        ]

    def mentions(
        self, text: str, *, typos: bool = False, accept: Callable[[Term], bool] | None = None
    ) -> list[Mention]:
        """The longest mentions in `text`, left to right, without overlaps.

        `accept` says which terms are looked for; the others do not hide them. With `typos`, Latin
        words of four and more letters that no phrase has are read as the nearest one within one
        edit (two from eight letters).
        """
        if self._is_empty:
            return []
        folded = _folded(text)
        words = list(_words(folded))
        corrected: set[int] = set()
        if typos:
            words, corrected = self._correct(words)
        line, places = _lay_out(words)
        found: list[tuple[int, int, tuple[Term, ...]]] = []
        for end, (length, terms) in self._automaton.iter(line):
            wanted = terms if accept is None else tuple(t for t in terms if accept(t))
            if wanted:
                found.append((end - length + 1, end + 1, wanted))
        found.sort(key=lambda m: (m[0] - m[1], m[0]))
        taken: list[tuple[int, int, tuple[Term, ...]]] = []
        for start, end, terms in found:
            inner_start, inner_end = _trim(line, start, end)
            if all(inner_end <= s or inner_start >= e for s, e, _ in taken):
                taken.append((inner_start, inner_end, terms))
        mentions: list[Mention] = []
        for start, end, terms in sorted(taken):
            first, last = places[start], places[end - 1]
            begin, stop = first[1], last[2]
            mentions.append(
                Mention(
                    begin,
                    stop,
                    folded[begin:stop],
                    terms,
                    any(p[0] in corrected for p in places[start:end]),
                )
            )
        return mentions

    def _correct(self, words: list[_Word]) -> tuple[list[_Word], set[int]]:
        known = set(self._vocabulary)
        fixed: list[_Word] = []
        changed: set[int] = set()
        for index, word in enumerate(words):
            token = word.canonical
            if (
                len(token) >= 4
                and token.isalpha()
                and not has_han(token)
                and token not in known
                and not is_stop_word(token)
                and token not in _EVERYDAY
            ):
                allowed = 2 if len(token) >= 8 else 1
                best = process.extractOne(
                    token, self._vocabulary, scorer=OSA.distance, score_cutoff=allowed
                )
                if best is not None:
                    word = word._replace(canonical=best[0])
                    changed.add(index)
            fixed.append(word)
        return fixed, changed


def _negated(phrase: str) -> list[str]:
    """A phrase in the ways in which people say that something does not do what it should.

    Whoever knows "fails to start" also knows "won't start" and "does not start".
    """
    if not phrase.startswith(_NEGATIONS):
        return [phrase]
    for negation in _NEGATIONS:
        if phrase.startswith(negation) and len(phrase) > len(negation):
            rest = phrase[len(negation) :]
            return [other + rest for other in _NEGATIONS]
    return [phrase]


_LEXICONS: dict[str, Lexicon] = {}


def lexicon_of(schema: Schema) -> Lexicon:
    """The lexicon of `schema`, built once per content of the ontology."""
    found = _LEXICONS.get(schema.digest) if schema.digest else None
    if found is None:
        found = Lexicon(schema)
        if schema.digest:
            if len(_LEXICONS) >= 8:
                _LEXICONS.clear()
            _LEXICONS[schema.digest] = found
    return found


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    if _PLAIN_HAN.fullmatch(text):
        return text
    # Folding one character at a time keeps offsets: NFKC of the whole may change the length.
    return "".join(_fold_character(c) for c in text)


def _fold_character(character: str) -> str:
    folded = unicodedata.normalize("NFKC", character).casefold()
    return folded if len(folded) == 1 else character.lower()[:1]


def _words(folded: str) -> Iterator[_Word]:
    for match in _RUN.finditer(folded):
        run = match.group()
        if has_han(run[0]):
            yield _Word(match.start(), match.end(), run)
        else:
            word = _APOSTROPHE.sub("", run) if not run.isalnum() else run
            yield _Word(match.start(), match.end(), stem(word))


def _lay_out(words: list[_Word]) -> tuple[str, list[tuple[int, int, int]]]:
    """The canonical line, and for each of its characters (word, start, end) in the text."""
    line: list[str] = []
    places: list[tuple[int, int, int]] = []

    def put(text: str, place: tuple[int, int, int]) -> None:
        line.append(text)
        places.extend([place] * len(text))

    for index, word in enumerate(words):
        if has_han(word.canonical[:1]):
            for offset, character in enumerate(word.canonical):
                put(character, (index, word.start + offset, word.start + offset + 1))
        else:
            place = (index, word.start, word.end)
            if not line or line[-1] != " ":
                put(" ", place)
            put(word.canonical, place)
            put(" ", place)
    return "".join(line), places


def _trim(line: str, start: int, end: int) -> tuple[int, int]:
    while start < end and line[start] == " ":
        start += 1
    while end > start and line[end - 1] == " ":
        end -= 1
    return start, end


def without_stop_words(text: str) -> str:
    """`text` with the question words of both languages cut out."""
    kept = _HAN_STOP.sub(" ", text)
    return " ".join(w for w in kept.split() if w.casefold().strip("?？.,!") not in STOP_WORDS)


def _terms(schema: Schema) -> Iterator[Term]:
    for cls in schema.classes.values():
        yield Term("class", cls.name, cls.name, None, _phrases(cls.words.label, cls.words.alt))
    for concept in schema.concepts.values():
        phrases = _phrases(concept.words.label, concept.words.alt)
        codes = tuple(canonical(code) for code in concept.codes)
        yield Term("concept", concept.name, concept.cls, concept.key, phrases + codes)


def _phrases(label: Mapping[str, str], alt: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    words = [*label.values(), *(word for listed in alt.values() for word in listed)]
    forms = dict.fromkeys(canonical(word) for word in words)
    return tuple(form for form in forms if form.strip())


# Longer ones first, so that "will not" is not read as "not".
_NEGATIONS = tuple(
    sorted(
        (
            canonical(words)
            for words in (
                "won't", "will not", "would not", "wouldn't", "does not", "doesn't", "did not",
                "didn't", "cannot", "can not", "can't", "could not", "not", "fails to",
                "failed to", "failure to", "unable to", "refuses to",
            )
        ),
        key=len,
        reverse=True,
    )
)  # fmt: skip
