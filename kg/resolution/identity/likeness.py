"""How alike two names are, and why: words aligned by equality, abbreviation and misspelling.

The score is a weighted share of the words that meet (a rare word weighs more), lowered where the
names end in different things: `hydraulic press` and `hydraulic pump` share much and are not alike,
`hyd pump` and `hydraulic pump` share little and are. It is a score, not a probability.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from rapidfuzz.distance import OSA, JaroWinkler

from kg.model.phrase import Phrase
from kg.resolution.identity.forms import Form, family_of

How = Literal["same", "joined", "abbreviated", "misspelt", "alike", "apart"]

_ABBREVIATED = 0.88
_BEGINNING = 0.8  # a longer beginning is often a word of its own: gear, gearbox
_OTHER_HEAD = 0.55  # the names end in different things
_MORE_SPECIFIC = 0.6  # one name says more than the other


@dataclass(frozen=True, slots=True)
class Likeness:
    """`score` in [0, 1]; `how` the names differ; `reasons` for people, parts of a sentence."""

    score: float
    how: How
    reasons: tuple[Phrase, ...] = ()


_APART = Likeness(0.0, "apart")


def compare(a: Form, b: Form, weights: Mapping[str, float] | None = None) -> Likeness:
    """The likeness of two names. `weights`: how telling a word is (1 where it is missing)."""
    veto = _veto(a, b)
    if veto is not None:
        return Likeness(0.0, "apart", (veto,))
    if a.canonical and a.canonical == b.canonical:
        return Likeness(1.0, "same", _told_same(a, b))
    if bool(a.han) != bool(b.han):
        return _APART  # another language: only an alias table knows
    if a.han:
        return _compare_han(a, b)
    return _compare_latin(a, b, weights or {})


def _veto(a: Form, b: Form) -> Phrase | None:
    if a.numbers != b.numbers:
        return Phrase(
            f"the numbers differ ({' '.join(a.numbers) or 'none'} and "
            f"{' '.join(b.numbers) or 'none'})",
            f"编号不同（{' '.join(a.numbers) or '无'}与{' '.join(b.numbers) or '无'}）",
        )
    if a.is_denied != b.is_denied:
        return Phrase("only one of them says no or not", "只有一个带否定词")
    families = {family_of(side) for side in a.sides ^ b.sides}
    for side in sorted(a.sides ^ b.sides):
        others = b.sides if side in a.sides else a.sides
        same = [other for other in others if family_of(other) == family_of(side)]
        if same:
            return Phrase(f"{side} is not {same[0]}", f"“{side}”不是“{same[0]}”")
    if families and bool(a.sides) != bool(b.sides):
        return Phrase("only one of them names a side", "只有一个写明方位")
    return None


def _told_same(a: Form, b: Form) -> tuple[Phrase, ...]:
    if a.text.casefold() == b.text.casefold():
        return (Phrase("the names are the same", "名称相同"),)
    return (
        Phrase(
            "the names are the same once abbreviations and inflections are written out",
            "缩写和词形还原后名称相同",
        ),
    )


def _compare_latin(a: Form, b: Form, weights: Mapping[str, float]) -> Likeness:
    if not a.words or not b.words:
        return _APART
    if a.joined == b.joined:
        reason = Phrase("the letters are the same, the spaces are not", "字母相同，只是空格不同")
        return Likeness(0.99, "joined", (reason,))
    pairs, reasons, is_shortened = _align(a, b)
    weigh = weights.get
    total = sum(weigh(w, 1.0) for w in a.words) + sum(weigh(w, 1.0) for w in b.words)
    met = sum((weigh(a.words[i], 1.0) + weigh(b.words[j], 1.0)) * s for i, j, s in pairs)
    score = met / total
    whole = _whole(a, b)
    if whole > score:
        score = whole
        is_shortened = False
        reasons = [
            Phrase(
                f"{a.text!r} and {b.text!r} differ by few letters",
                f"“{a.text}”与“{b.text}”只差几个字母",
            )
        ]
    else:
        last = (len(a.words) - 1, len(b.words) - 1)
        if not any((i, j) == last for i, j, _ in pairs):
            score *= _OTHER_HEAD
            reasons.append(Phrase("they end in different things", "末尾的中心词不同"))
        elif len(a.words) != len(b.words) and min(len(a.words), len(b.words)) == len(pairs):
            score *= _MORE_SPECIFIC
            reasons.append(Phrase("one says more than the other", "其中一个更具体"))
    how: How = "alike"
    if len(pairs) == len(a.words) == len(b.words) or whole >= score:
        how = "abbreviated" if is_shortened else "misspelt"
    return Likeness(round(score, 4), how, tuple(reasons))


def _align(a: Form, b: Form) -> tuple[list[tuple[int, int, float]], list[Phrase], bool]:
    """Pairs of words that meet, greedily by likeness (place in a, place in b, likeness), why they
    do, and whether a word may be short for another."""
    scored: list[tuple[float, int, int, Phrase | None, bool]] = []
    for i, word in enumerate(a.words):
        for j, other in enumerate(b.words):
            likeness, reason, is_short = _meet(word, other, a.spelt[i], b.spelt[j])
            if likeness:
                scored.append((likeness, -i, -j, reason, is_short))
    scored.sort(key=lambda meeting: meeting[:3], reverse=True)
    used_a: set[int] = set()
    used_b: set[int] = set()
    pairs = []
    reasons = []
    is_shortened = False
    for likeness, i, j, reason, is_short in scored:
        if -i in used_a or -j in used_b:
            continue
        used_a.add(-i)
        used_b.add(-j)
        pairs.append((-i, -j, likeness))
        if reason is not None:
            reasons.append(reason)
            is_shortened |= is_short
    return pairs, reasons, is_shortened


def _meet(a: str, b: str, spelt_a: str, spelt_b: str) -> tuple[float, Phrase | None, bool]:
    """How likely two words are one, why, and whether one would be short for the other."""
    if a == b:
        return 1.0, None, False
    short, long = (a, b) if len(a) <= len(b) else (b, a)
    if is_short_for(short, long):
        likeness = _BEGINNING if len(short) >= 4 and long.startswith(short) else _ABBREVIATED
        shown, full = (spelt_a, spelt_b) if short == a else (spelt_b, spelt_a)
        reason = Phrase(f"{shown} may be short for {full}", f"{shown} 可能是 {full} 的缩写")
        return likeness, reason, True
    limit = 1 if len(long) < 8 else 2
    if len(short) >= 4 and short[0] == long[0]:
        distance = OSA.distance(a, b, score_cutoff=limit)
        if distance <= limit:
            reason = Phrase(
                f"{spelt_a} and {spelt_b} differ by {distance} letter(s)",
                f"{spelt_a} 与 {spelt_b} 相差 {distance} 个字母",
            )
            return 1 - distance / len(long), reason, False
    return 0.0, None, False


def is_short_for(short: str, long: str) -> bool:
    """Whether a word may be an abbreviation: the same beginning, the other letters in order.

    `hyd` for `hydraulic`, `cyl` for `cylinder`, `brg` for `bearing`; never `pump` for `pumping`.
    """
    if not (2 <= len(short) <= len(long) - 2) or short[0] != long[0] or not short.isalpha():
        return False
    if long.startswith(short):
        return len(short) >= 3
    at = 0
    for char in short:
        at = long.find(char, at) + 1
        if at == 0:
            return False
    # Consonants carry an abbreviation; one with as many vowels as the word itself is another word.
    return len(short) >= 3 and sum(c in "aeiou" for c in short) <= 1 and short[-1] in long[-3:]


def _whole(one: Form, other: Form) -> float:
    """Likeness of all letters together: for single words, and where a space is too many."""
    a, b = one.joined, other.joined
    words = len(one.words), len(other.words)
    limit = 1 if max(words) > 1 or max(len(a), len(b)) < 8 else 2
    if (max(words) > 1 and words[0] == words[1]) or min(len(a), len(b)) < 5:
        return 0.0
    if OSA.distance(a, b, score_cutoff=limit) > limit:
        return 0.0
    return float(JaroWinkler.similarity(a, b)) * 0.98


def _compare_han(a: Form, b: Form) -> Likeness:
    if a.words != b.words:
        return _APART
    one, other = a.han, b.han
    if one == other:
        return Likeness(1.0, "same", _told_same(a, b))
    short, long = (one, other) if len(one) <= len(other) else (other, one)
    if len(short) >= 2 and long.endswith(short):
        reason = Phrase(f"{long} says more than {short}", f"“{long}”比“{short}”更具体")
        return Likeness(0.5, "alike", (reason,))
    distance = OSA.distance(one, other)
    if len(long) >= 4 and distance == 1:
        # A character too many or too few is more often the same thing than another character is.
        score = 0.82 if len(one) != len(other) else 1 - 1 / len(long)
        reason = Phrase(
            f"{one} and {other} differ by one character", f"“{one}”与“{other}”相差一个字"
        )
        return Likeness(round(score, 4), "misspelt", (reason,))
    pairs_a = {one[i : i + 2] for i in range(len(one) - 1)}
    pairs_b = {other[i : i + 2] for i in range(len(other) - 1)}
    shared = len(pairs_a & pairs_b)
    total = len(pairs_a) + len(pairs_b)
    score = 2 * shared / total if total else 0.0
    if one[-2:] != other[-2:]:
        score *= _OTHER_HEAD
    reason = Phrase(
        f"{one} and {other} share {shared} pairs", f"“{one}”与“{other}”有 {shared} 处两字相同"
    )
    return Likeness(round(score, 4), "alike", (reason,))
