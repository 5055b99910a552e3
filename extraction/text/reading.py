"""Reading one text with the lexicon: mentions, how they are meant, and what belongs together."""

from __future__ import annotations

import re
from typing import NamedTuple

from extraction.text.assertion import TRIGGERS, assess
from extraction.text.lexicon import CODE, MARK, NUMBER, QUANTITY, STOP, Encoded, Lexicon
from extraction.text.mentions import Assertion, Item, Mention, find_items
from extraction.text.ties import Tie, bind, tie
from extraction.text.tokens import is_han


class Span(NamedTuple):
    """Something that is not a term: half-open raw offsets."""

    kind: str  # "code", "quantity" (with its unit), "alarm" or "part" (a code after such a word)
    start: int
    end: int


class Cause(NamedTuple):
    """A cause that the text names, and what the text says it brought about."""

    mention: Mention
    effects: tuple[Mention, ...]


class Reading(NamedTuple):
    """All that the lexicon finds in a text."""

    mentions: list[Mention]
    ties: list[Tie]
    causes: list[Cause]
    spans: list[Span]


EMPTY = Reading([], [], [], [])


class Reader:
    """Reads texts with one lexicon. Not for several threads at once on the same text's result."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._negations = lexicon.codes_of_kind("negation")
        self._before_codes = self._negations | {MARK, STOP}  # "alarm no. 12", "alarm: 12"

    def read(self, text: str, role: str = "") -> Reading:
        """The mentions of `text`; in the role `cause` all of it tells of causes."""
        encoded = self.lexicon.encode(text)
        items, kinds = find_items(self.lexicon, text, encoded)
        spans = self.find_spans(text, encoded, items)
        if not items:
            return Reading([], [], [], spans) if spans else EMPTY
        self.judge(items, kinds, encoded.codes)
        return self.connect(text, encoded, items, kinds, role, spans)

    def judge(self, items: list[Item], kinds: set[str], codes: str) -> None:
        """Set how the mentions of `items` are meant; `kinds` are all kinds of the items."""
        if (
            not kinds.isdisjoint(TRIGGERS)
            or not self._negations.isdisjoint(codes)
            or ("looks" in kinds and "preposition" in kinds)
        ):
            assess(items, self._negations, codes)
            if "negation" in kinds and self._apply_denials(items):
                kinds.add("mode")

    def connect(
        self,
        text: str,
        encoded: Encoded,
        items: list[Item],
        kinds: set[str],
        role: str,
        spans: list[Span],
    ) -> Reading:
        """What of the judged `items` belongs together, with the causes that `text` names."""
        codes = encoded.codes
        bind(items, kinds, codes)
        causes: list[Cause] = []
        if role == "cause" or "because" in kinds or "leads-to" in kinds:
            causes = self._causes(text, items, encoded, role)
        ties = tie(items, codes) if "component" in kinds and not kinds.isdisjoint(_FINDINGS) else []
        mentions = [item.mention for item in items if item.mention is not None]
        return Reading(mentions, ties, causes, spans)

    def find_spans(self, text: str, encoded: Encoded, items: list[Item]) -> list[Span]:
        """Codes and quantities: what holds a digit and is no term."""
        if _DIGIT.search(text) is None:
            return []
        codes, places = encoded.codes, encoded.spans
        announced: dict[int, str] = {}
        for item in items:
            for kind in item.kinds & _CODED.keys():
                at = item.hit.last + 1
                while at < len(codes) and at < item.hit.last + 4:
                    if codes[at] in (CODE, NUMBER):
                        announced[at] = _CODED[kind]
                        break
                    if codes[at] not in self._before_codes:
                        break
                    at += 1
        found: list[Span] = []
        for i, code in enumerate(codes):
            if code not in (CODE, NUMBER, QUANTITY):
                continue
            start, end = places[i]
            if i in announced and (code == CODE or end - start >= _SHORTEST_BARE_CODE):
                found.append(Span(announced[i], start, end))
            elif code == CODE:
                found.append(Span("code", start, end))
            elif code == QUANTITY:
                found.append(Span("quantity", start, end))
            elif (unit := self.lexicon.unit_after.match(text, end)) is not None:
                found.append(Span("quantity", start, unit.end()))
        return found

    def _apply_denials(self, items: list[Item]) -> bool:
        """ "No lights": a negated component is one that does not work. Tells whether one is."""
        found = False
        for i, item in enumerate(items[:-1]):
            if not item.note or "negation" not in item.kinds:
                continue
            following = items[i + 1]
            mention = following.mention
            alone = i + 2 >= len(items) or items[i + 2].part != following.part
            if (
                mention is not None
                and mention.kind == "component"
                and following.hit.first == item.hit.last + 1
                and alone
                and item.note in self.lexicon.schema.concepts
            ):
                item.mention = Mention("mode", item.note, item.hit, item.clause, item.part)
                item.mention.how = mention.how
                found = True
        return found

    def _causes(self, text: str, items: list[Item], encoded: Encoded, role: str) -> list[Cause]:
        """Causes in the stretches that a cue or the role marks as telling of causes."""
        codes = encoded.codes
        stretches: list[tuple[int, int, bool]] = []
        if role == "cause":
            stretches.append((0, len(codes), False))
        else:
            for i, item in enumerate(items):
                if "because" in item.kinds:
                    denied = i > 0 and bool(items[i - 1].kinds & {"negation-next", "negation"})
                    stretches.append((item.hit.last + 1, _part_end(items, i, codes), denied))
                elif "leads-to" in item.kinds:
                    begin = next(o.hit.first for o in items if o.clause == item.clause)
                    stretches.append((begin, item.hit.first, False))
        if not stretches:
            return []
        found: list[Cause] = []
        for first, last, denied in stretches:
            hits = self.lexicon.find_causes(encoded, first, last)
            if not hits:
                continue
            inside = [
                item.mention
                for item in items
                if item.mention is not None and first <= item.hit.first < last
            ]
            outside = [
                item.mention
                for item in items
                if item.mention is not None
                and item.mention.kind in ("mode", "symptom")
                and item.mention.assertion.holds
                and not first <= item.hit.first < last
            ]
            for hit in hits:
                sense = hit.senses[0]
                mention = Mention(sense.kind, sense.value, hit, 0, 0)
                mention.is_han = is_han(text[hit.start])
                mention.assertion = Assertion.ABSENT if denied else Assertion.ASSERTED
                for other in inside:
                    if other.first <= hit.last and hit.first <= other.last:
                        if not denied and not other.assertion.holds:
                            mention.assertion = other.assertion
                        if other.kind in ("mode", "symptom"):
                            _forget(items, other)  # told of as a cause, not as an observation
                effects = () if role == "cause" or denied else tuple(outside)
                found.append(Cause(mention, effects))
        return found


_FINDINGS = frozenset({"mode", "symptom"})
_DIGIT = re.compile(r"\d")
_CODED = {"alarm-code": "alarm", "part-code": "part"}
_SHORTEST_BARE_CODE = 3  # digits: "alarm 3" is no alarm code, "alarm 2031" is


def _forget(items: list[Item], mention: Mention) -> None:
    for item in items:
        if item.mention is mention:
            item.mention = None


def _part_end(items: list[Item], i: int, codes: str) -> int:
    return next(
        (other.hit.first for other in items[i + 1 :] if other.part != items[i].part), len(codes)
    )
