"""The alias table grown from a plant's own texts: what is written, and what seems to be meant.

Two kinds of hints, each with the place where it stands. A text may say it outright: `hydraulic
power unit (HPU)`, 液压动力单元（简称液压站）. Or a short word nobody knows stands where a known one
stands: `hyd pump` beside `hydraulic pump`. Proposals are for people to accept;
nothing is added by itself.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Literal

from extraction.text.tokens import HAN

_BRACKET = re.compile(r"[(（]([^()（）]{1,40})[)）]")
_HAN_NAME = re.compile(rf"[{HAN}]{{2,12}}$")
_CALLED = re.compile(
    rf"([{HAN}]{{2,12}}?)(?:，|,|、)?(?:又称|亦称|俗称|又叫|也叫|也称|简称|以下简称|别名)(?:为|作|:|：)?"
    rf"[“\"「]?([{HAN}A-Za-z0-9-]{{2,12}})[”\"」]?"
)
_SHORT_FOR = re.compile(
    r"^(?:简称|以下简称|又称|俗称|下称|缩写为?|即)[:：]?\s*[“\"「]?(.+?)[”\"」]?$"
)
_ALSO_CALLED = re.compile(
    r"\b([a-z][a-z -]{3,40}?),? (?:also (?:called|known as)|abbreviated(?: as| to)?|aka|a\.k\.a\.) "
    r"[\"“]?(?:an? |the )?([A-Za-z][A-Za-z/&.-]{1,20})",
    re.IGNORECASE,
)
_WORD = re.compile(r"[A-Za-z][A-Za-z/'&.-]*")
_LATIN_NAME = re.compile(r"^[A-Za-z][A-Za-z /&.'-]{1,40}$")
_LEAST_SEEN = 3  # times a short word must stand in the texts
_LIKE = 0.25  # cosine of the neighbours, from which a context speaks for the same word
_WINDOW = 2

How = Literal["said", "context"]


@dataclass(frozen=True, slots=True)
class AliasProposal:
    """`written` seems to mean `meant`."""

    written: str
    meant: str
    how: How
    seen: int  # places that speak for it
    score: float  # from 0 to 1; no probability
    quote: str  # the words around one of the places


def propose_aliases(
    texts: Iterable[str],
    known: Mapping[str, str],
    words: Collection[str],
    *,
    refused: Collection[tuple[str, str]] = (),
) -> list[AliasProposal]:
    """What the texts say of abbreviations and other names, the surest first.

    `known`: the alias table so far; `words`: the words of the ontology and of ordinary language, in
    lower case; `refused`: pairs that people turned down.
    """
    said: dict[tuple[str, str], list[str]] = defaultdict(list)
    contexts: dict[str, Counter[str]] = defaultdict(Counter)
    quotes: dict[str, str] = {}
    seen: Counter[str] = Counter()
    for text in texts:
        for written, meant in defined_in(text):
            said[written, meant].append(text)
        _note_contexts(text, contexts, seen, quotes)
    taken = {(a.casefold(), b.casefold()) for a, b in known.items()} | set(refused)
    found = [
        AliasProposal(
            written,
            meant,
            "said",
            len(places),
            min(1.0, 0.7 + 0.1 * len(places)),
            quote_around(places[0], written),
        )
        for (written, meant), places in said.items()
        if (written, meant) not in taken and written != meant
    ]
    told = {proposal.written for proposal in found} | {written.casefold() for written in known}
    found += [
        proposal
        for proposal in _by_context(contexts, seen, quotes, frozenset(words))
        if proposal.written not in told and (proposal.written, proposal.meant) not in taken
    ]
    return sorted(found, key=lambda p: (-p.score, -p.seen, p.written, p.meant))


_AROUND = 40  # characters on either side of what is quoted
# English words that are short for nothing
_SHORT_WORDS = """
    am an and any are as at be been but by can did do does for from had has have he her him
    his if in is it its may me my no nor not of off on or our out own she so than that the
    them then they this to too up us was we were when who will with you your
    """


def quote_around(text: str, wanted: str) -> str:
    """The words around the first place of `wanted`, where it stands by itself."""
    found = re.search(rf"(?<![a-z]){re.escape(wanted)}(?![a-z])", text, re.IGNORECASE)
    at, end = found.span() if found else (0, 0)
    first, last = max(0, at - _AROUND), min(len(text), end + _AROUND)
    if first > 0:
        first = text.find(" ", first, at) + 1 or first
    if last < len(text):
        last = text.rfind(" ", end, last) if text.rfind(" ", end, last) > end else last
    before, after = "…" if first else "", "…" if last < len(text) else ""
    return before + " ".join(text[first:last].split()) + after


def defined_in(text: str) -> Iterator[tuple[str, str]]:
    """Pairs of what is written and what is meant that a text states outright."""
    for match in _BRACKET.finditer(text):
        inside = match.group(1).strip()
        short_for = _SHORT_FOR.match(inside)
        before = text[: match.start()].rstrip()
        if short_for:
            inside = short_for.group(1).strip()
        han = _HAN_NAME.search(before)
        if short_for and han:
            yield inside.casefold(), _clause_end(han.group())
        elif _LATIN_NAME.match(inside) and not han:
            yield from _abbreviation(inside, before)
    for match in _CALLED.finditer(text):
        if not match.group(1).endswith("以下"):
            yield match.group(2).casefold(), _clause_end(match.group(1))
    for match in _ALSO_CALLED.finditer(text):
        meant = " ".join(match.group(1).split()[-4:]).casefold()
        meant = re.sub(r"^(?:the|an?|this|of|in) ", "", meant)
        if meant:
            yield match.group(2).rstrip(".").casefold(), meant


_LEADS = re.compile("^(?:的|由|和|与|及|或|在|将|把|对|是|为|使|用|经|从|当|若|如|其|该|此|本)+")


def _clause_end(han: str) -> str:
    return _LEADS.sub("", han)


def _abbreviation(inside: str, before: str) -> Iterator[tuple[str, str]]:
    """`long form (LF)` or `LF (long form)`: the initials must be there."""
    words = _WORD.findall(before)[-6:]
    letters = [char for char in inside if char.isalpha()]
    if inside.isupper() and 2 <= len(letters) <= 6 and " " not in inside:
        for count in range(min(len(words), len(letters)), 1, -1):
            long = words[-count:]
            if _spells("".join(letters).lower(), [word.lower() for word in long]):
                yield inside.casefold(), " ".join(long).casefold()
                return
    elif words and words[-1].isupper() and 2 <= len(words[-1]) <= 6:
        long = inside.lower().split()
        if len(long) > 1 and _spells(words[-1].lower(), long):
            yield words[-1].casefold(), " ".join(long)


def _spells(letters: str, words: list[str]) -> bool:
    """Whether the initials of the words, in order and each used, give the letters."""
    if not words or not letters or letters[0] != words[0][0]:
        return False
    if len(letters) == len(words):
        return all(letter == word[0] for letter, word in zip(letters, words, strict=True))
    at = 0
    for word in words:
        if at >= len(letters) or word[0] != letters[at]:
            return False
        at += 1
        rest = 1
        while at < len(letters) and rest < len(word):
            place = word.find(letters[at], rest)
            follows = at + 1 < len(letters) or word is words[-1]
            if place < 0 or not follows:
                break
            if word is not words[-1] and letters[at] == words[words.index(word) + 1][0]:
                break
            at += 1
            rest = place + 1
    return at == len(letters)


def _note_contexts(
    text: str, contexts: dict[str, Counter[str]], seen: Counter[str], quotes: dict[str, str]
) -> None:
    words = [word.casefold().strip(".'-") for word in _WORD.findall(text)]
    for at, word in enumerate(words):
        if len(word) < 2:
            continue
        seen[word] += 1
        quotes.setdefault(word, text)
        around = contexts[word]
        for step in range(-_WINDOW, _WINDOW + 1):
            if step and 0 <= at + step < len(words):
                around[f"{'<' if step < 0 else '>'}{words[at + step]}"] += 1


def _by_context(
    contexts: Mapping[str, Counter[str]],
    seen: Counter[str],
    quotes: Mapping[str, str],
    words: frozenset[str],
) -> Iterator[AliasProposal]:
    longer: dict[str, list[str]] = defaultdict(list)
    everyday = frozenset(_SHORT_WORDS.split())
    for word in seen:
        if len(word) >= 5 and word in words and word.isalpha():
            longer[word[0]].append(word)
    for short, count in seen.items():
        if short in everyday or short in words:
            continue
        if count < _LEAST_SEEN or not (2 <= len(short) <= 6):
            continue
        letters = short.replace("/", "").replace(".", "")
        best = max(
            (
                (_cosine(contexts[short], contexts[long]), long)
                for long in longer.get(letters[:1], ())
                if len(long) >= len(letters) + 2 and _is_inside(letters, long)
            ),
            default=(0.0, ""),
        )
        if best[0] >= _LIKE:
            yield AliasProposal(
                short,
                best[1],
                "context",
                count,
                round(min(0.69, best[0]), 3),
                quote_around(quotes[short], short),
            )


def _is_inside(short: str, long: str) -> bool:
    at = 0
    for char in short:
        at = long.find(char, at) + 1
        if at == 0:
            return False
    return True


def _cosine(a: Counter[str], b: Counter[str]) -> float:
    small, large = (a, b) if len(a) <= len(b) else (b, a)
    product = sum(n * large[key] for key, n in small.items() if key in large)
    length = sqrt(sum(n * n for n in a.values()) * sum(n * n for n in b.values()))
    return product / length if length else 0.0
