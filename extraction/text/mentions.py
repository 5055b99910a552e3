"""What a text mentions: terms with their places, and how each is meant."""

from __future__ import annotations

from enum import Enum

from extraction.text.lexicon import (
    COMMA,
    HAN,
    STOP,
    TERM_KINDS,
    Encoded,
    Hit,
    How,
    InnerComponent,
    Lexicon,
    Sense,
)
from extraction.text.tokens import is_han


class Assertion(Enum):
    """What the text says about a mention."""

    ASSERTED = "asserted"
    CONFIRMED = "confirmed"
    REPAIRED = "repaired"  # it was so and has been put right
    SUSPECTED = "suspected"
    ABSENT = "absent"  # looked for and not there
    SOUGHT = "sought"  # to be looked for; says nothing
    HYPOTHETICAL = "hypothetical"
    FUTURE = "future"  # of an activity: not done yet

    @property
    def holds(self) -> bool:
        """Whether it is, or was, so."""
        return self in _HOLDING


_HOLDING = frozenset({Assertion.ASSERTED, Assertion.CONFIRMED, Assertion.REPAIRED})


class Mention:
    """A term in a text. `part` numbers the stretch between commas, `clause` that between stops."""

    __slots__ = (
        "assertion",
        "clause",
        "concept",
        "end",
        "first",
        "how",
        "is_han",
        "is_head",
        "kind",
        "last",
        "medium",
        "owner",
        "part",
        "position",
        "start",
        "sureness",
    )

    def __init__(self, kind: str, concept: str, hit: Hit, clause: int, part: int) -> None:
        self.kind = kind
        self.concept = concept
        self.how: How
        self.first, self.last, self.start, self.end, _, self.how, _ = hit
        self.clause = clause
        self.part = part
        self.is_han = False  # written in Han characters
        self.assertion = Assertion.ASSERTED
        self.position = ""
        self.medium = ""
        self.is_head = True  # of a component: not merely the place or owner of something unknown
        self.sureness: float | None = None  # measured for this mention, not for all of its kind
        self.owner: Mention | None = None  # of a component: what it is said to belong to

    def __repr__(self) -> str:
        return f"<{self.kind} {self.concept} {self.start}:{self.end} {self.assertion.value}>"


class Item:
    """A hit in the sense that fits its surroundings; `mention` where it is a term."""

    __slots__ = ("clause", "hit", "kinds", "mention", "note", "part")

    def __init__(self, hit: Hit, kinds: frozenset[str], note: str, clause: int, part: int) -> None:
        self.hit = hit
        self.kinds = kinds
        self.note = note
        self.clause = clause
        self.part = part
        self.mention: Mention | None = None


_NO_KINDS: frozenset[str] = frozenset()
# Cues of one character are trusted only where their neighbours are understood.
_FREE = frozenset({"filler", "preposition", "conjunction", "conjunction-or", "medium"})
_PART_KINDS = frozenset({"component"})


def find_items(lexicon: Lexicon, raw: str, text: Encoded) -> tuple[list[Item], set[str]]:
    """The hits of `text`, each in one sense, with clause and part numbers; and all their kinds."""
    codes = text.codes
    hits = lexicon.find(text)
    items: list[Item] = []
    seen: set[str] = set()
    is_ascii = raw.isascii()
    clause = part = 0
    before = 0
    last_index = len(hits) - 1
    inner_of = lexicon.inner_components
    for i, hit in enumerate(hits):
        if hit.first > before:
            gap = codes[before : hit.first]
            if STOP in gap:
                clause += 1
                part += 1
            elif COMMA in gap:
                part += 1
        before = hit.last + 1
        following = hits[i + 1] if i < last_index else None
        senses = hit.senses
        if (
            not is_ascii
            and hit.first == hit.last
            and not raw[hit.start].isascii()
            and _is_fragment(codes, hit, hits[i - 1] if i else None, following, senses[0].kind)
        ):
            continue
        if len(senses) == 1:
            kind, value = senses[0]
            kinds: frozenset[str] = _ONE[kind]
            seen.add(kind)
        else:
            (kind, value), kinds = _choose(codes, hit, items, hits[i + 1 : i + 3])
            seen |= kinds
        if kind == "blocked":
            continue
        item = Item(hit, kinds, value, clause, part)
        if kind in TERM_KINDS:
            item.mention = Mention(kind, value, hit, clause, part)
            item.mention.is_han = not is_ascii and is_han(raw[hit.start])
            inner = inner_of.get(codes[hit.first : before]) if kind in _FINDINGS else None
            if inner is not None:
                seen.add("component")
                within = _inside(text, hit, inner, item.mention)
                items.extend((within, item) if within.hit.first == hit.first else (item, within))
                continue
        items.append(item)
    return items, seen


_FINDINGS = frozenset({"mode", "symptom"})


def _inside(text: Encoded, hit: Hit, inner: InnerComponent, finding: Mention) -> Item:
    """The component that a finding's phrase begins or ends with: the tyre in 轮胎漏气."""
    first = hit.first + inner.first
    last = first + inner.length - 1
    within = Hit(first, last, text.spans[first][0], text.spans[last][1], hit.senses, hit.how, False)
    clause, part = finding.clause, finding.part
    item = Item(within, _PART_KINDS, inner.concept, clause, part)
    item.mention = Mention("component", inner.concept, within, clause, part)
    item.mention.is_han = finding.is_han
    return item


class _Singletons(dict[str, frozenset[str]]):
    def __missing__(self, kind: str) -> frozenset[str]:
        found = self[kind] = frozenset((kind,))
        return found


_ONE = _Singletons()


def _is_fragment(
    codes: str, hit: Hit, previous: Hit | None, following: Hit | None, kind: str
) -> bool:
    """Whether a single Han character stands inside a longer word that we do not know."""
    if kind in _FREE:
        return False
    at = hit.first
    right_known = (
        at + 1 >= len(codes)
        or (following is not None and following.first == at + 1)
        or not _is_han_code(codes[at + 1])
    )
    if kind in ("negation", "negation-next"):
        return not right_known
    left_known = (
        at == 0
        or (previous is not None and previous.last == at - 1)
        or not _is_han_code(codes[at - 1])
    )
    return not (left_known and right_known)


def _is_han_code(code: str) -> bool:
    """Whether an unmatched code may be a Han character: marks, numbers and Latin codes are not."""
    return code == HAN or code >= "\U00010000"


_OBJECTS = frozenset({"component", "filler", "position", "activity", "conjunction"})


def _has_object(ahead: list[Hit]) -> bool:
    """Whether a finding is what an activity is done on: "weld crack in boom", "fit cracked pin".

    In "fitting leaking" the first word is a part.
    """
    if len(ahead) < 2 or ahead[1].first != ahead[0].last + 1:
        return False
    kinds = {sense.kind for sense in ahead[1].senses}
    return "component" in kinds or ("preposition" in kinds and not ahead[0].is_verb)


def _choose(
    codes: str, hit: Hit, before: list[Item], ahead: list[Hit]
) -> tuple[Sense, frozenset[str]]:
    """The sense of an ambiguous hit, and all kinds that hold of it."""
    by_kind = {sense.kind: sense for sense in reversed(hit.senses)}
    kinds = frozenset(by_kind)
    following = ahead[0] if ahead else None
    next_is_close = following is not None and STOP not in codes[hit.last + 1 : following.first]
    next_kinds = {s.kind for s in following.senses} if following and next_is_close else _NO_KINDS
    previous = before[-1] if before else None
    if "activity" in kinds and "component" in kinds:
        adjoins_part = (
            previous is not None
            and previous.hit.last == hit.first - 1
            and bool(previous.kinds & {"component", "position", "medium"})
        )
        leads = bool(next_kinds & _OBJECTS) or (bool(next_kinds & _FINDINGS) and _has_object(ahead))
        by_itself = not next_is_close and any("activity" in item.kinds for item in before)
        verb = hit.is_verb or ((leads or by_itself) and not adjoins_part)
        chosen = by_kind["activity" if verb else "component"]
        return chosen, _ONE[chosen.kind]
    if "negation" in kinds and (kinds & {"absent-after", "well-after"}):
        after_finding = previous is not None and bool(previous.kinds & {"mode", "symptom"})
        forward = next_kinds & {"mode", "symptom", "medium", "filler"} or (
            not after_finding and next_kinds & {"component", "position"}
        )
        kind = "negation" if forward else next(k for k in kinds if k.endswith("-after"))
        return by_kind[kind], _ONE[kind]
    adjacent = following is not None and following.first == hit.last + 1
    if kinds & _FINDINGS and "filler" in kinds and adjacent and "component" in next_kinds:
        return by_kind["filler"], _ONE["filler"]  # "low pressure hose": what kind of hose
    if "component" in kinds and kinds & _FINDINGS:
        # "alarm not working", "fit alarm": the thing; else what it does
        worked_on = previous is not None and "activity" in previous.kinds
        is_thing = worked_on or (adjacent and next_kinds & _FINDINGS)
        kind = "component" if is_thing else next(k for k in ("symptom", "mode") if k in kinds)
        return by_kind[kind], frozenset({kind, *(kinds - TERM_KINDS)})
    for kind in ("component", "mode", "symptom", "activity", "cause"):
        if kind in kinds:
            # a cue that is also a term stays a cue: "repaired", "check for"
            return by_kind[kind], frozenset({kind, *(kinds - TERM_KINDS)})
    return hit.senses[0], kinds
