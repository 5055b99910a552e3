"""The lexicon extractor: what a work-order text says, by the words of the ontology and rules.

It needs no training and no labels. From one text it claims, with the exact place of the words:
the components involved, the failure modes and symptoms observed or ruled out, the causes found,
the activities performed (and the remedy they amount to), and what of it belongs together.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from extraction.text.lexicon import How, Lexicon
from extraction.text.mentions import Assertion, Mention
from extraction.text.protocol import TextClaims, TextContext
from extraction.text.reading import Reader, Reading, Span
from extraction.text.wordlists import WordLists
from kg.model import Claim, Props, code_key

if TYPE_CHECKING:
    from ontology.schema import Schema

NAME = "lexicon@1"
ACCEPTED_FROM = 0.8  # claims below wait for review

# How sure a mention is, by kind and How (exact, inflected, abbreviated, misspelt), after the share
# of mentions that overlap a span of the same kind which people labelled (`extraction.text.measure`;
# MaintIE train and mwo2kg train together, 3,803 texts; counts in brackets):
#   component  .961 [5079]  .93 [27]  .93 [253]  .96 [83]
#   finding    .953 [1666]   -  [12]  .99 [100]  .79 [28]
#   activity   .966 [2356]   -  [3]   .94 [49]   .50 [18]
# The words were chosen with an eye on frequent ones of these sets, so the figures are a little
# rosy: on the dev parts (491 texts, looked at for kinds of mistakes) they are component .974 [680],
# finding .909 [232], activity .968 [345]. Cells with few counts take their neighbours' value.
CONFIDENCE: Mapping[str, tuple[float, float, float, float]] = {
    "component": (0.95, 0.92, 0.92, 0.9),
    "mode": (0.92, 0.92, 0.92, 0.75),
    "symptom": (0.9, 0.9, 0.88, 0.75),
    "activity": (0.95, 0.95, 0.93, 0.7),
    "cause": (0.88, 0.88, 0.85, 0.75),
}
# No Chinese set is labelled through. Of 130 and 110 random mentions in BDCI dev (reports on cars
# and power equipment), judged once by reading them, 86 % were right each time; about half of the
# mistakes were headings and longer words that are blocked since.
HAN = 0.93  # of what would be claimed of a Latin mention
PLACE_ONLY = 0.85  # a component that only locates something else ("engine bay", unknown heads)
SUSPECTED = 0.6  # of what would be claimed if it were certain
CONFIRMED = 0.97
LOOSE = 0.7  # a finding and the only part in the same stretch of words
OWNED = 0.7  # "boom cylinder hose": the hose belongs to the boom cylinder
CODED = 0.7  # a code behind a word such as "alarm" or "part no."
FUTURE = 0.6  # an activity that is asked for, not reported


_new = tuple.__new__  # skips a Python call for each of millions of claims


class _Scores(dict[float, tuple[float, str]]):
    """Rounded confidence and status by confidence; there are few of them."""

    def __missing__(self, confidence: float) -> tuple[float, str]:
        found = round(confidence, 4), "accepted" if confidence >= ACCEPTED_FROM else "suggested"
        self[confidence] = found
        return found


SCORES: Mapping[float, tuple[float, str]] = _Scores()


class LexiconExtractor:
    """Implements `TextExtractor`. One instance per schema; may be shared between threads."""

    def __init__(self, schema: Schema, lists: WordLists | None = None, digest: str = "") -> None:
        """`digest`: of the alias tables of a plant's own, "" where `lists` are the shipped ones."""
        self.name = f"{NAME}.{digest}" if digest else NAME
        self.lexicon = Lexicon(schema, lists)
        self.reader = Reader(self.lexicon)
        self._remedies = _remedies(schema, self.reader)
        self._sayable = Sayable(schema)

    def extract(self, text: str, passage: int, offset: int, context: TextContext) -> TextClaims:
        """Claims made by `text`, which stands at `offset` in the passage with index `passage`."""
        reading = self.reader.read(text, context.role)
        if not reading.mentions and not reading.causes and not reading.spans:
            return TextClaims([], [])
        claims = ClaimSet(passage, offset, context)
        self.claim(text, reading, claims)
        return TextClaims([], claims.all())

    def claim(self, text: str, reading: Reading, claims: ClaimSet) -> None:
        """Add to `claims` what `reading` says of `text`."""
        claims.sayable = self._sayable
        context = claims.context
        record, asset = context.record, context.asset
        for mention in reading.mentions:
            confidence = confidence_of(mention)
            if mention.kind == "component":
                props = {"position": mention.position} if mention.position else None
                if not mention.is_head and mention.owner is None and not _owns(mention, reading):
                    confidence = min(confidence, PLACE_ONLY)
                claims.add(record, "involves", mention.concept, mention, confidence, props)
                claims.add(asset, "hasComponent", mention.concept, mention, confidence * 0.95)
                if mention.owner is not None:
                    claims.add(
                        mention.owner.concept,
                        "hasComponent",
                        mention.concept,
                        mention,
                        confidence * OWNED,
                    )
            elif mention.kind == "activity":
                self._activity(claims, mention, confidence, reading, record)
            else:
                _finding(claims, mention, confidence, record, asset)
        for tie in reading.ties:
            finding = tie.finding
            if finding.kind == "mode" and finding.assertion.holds:
                confidence = min(confidence_of(finding), confidence_of(tie.component))
                claims.add(
                    tie.component.concept,
                    "exhibits",
                    finding.concept,
                    hull(finding, tie.component),
                    confidence * (1.0 if tie.is_close else LOOSE),
                    timed=True,
                )
        for cause, effects in reading.causes:
            confidence = confidence_of(cause)
            if cause.assertion is Assertion.ABSENT:
                claims.add(record, "ruledOut", cause.concept, cause, confidence, timed=True)
                continue
            if not cause.assertion.holds:
                confidence *= SUSPECTED
            claims.add(record, "foundCause", cause.concept, cause, confidence, timed=True)
            for effect in effects:
                if effect.kind == "mode":
                    claims.add(
                        cause.concept,
                        "causes",
                        effect.concept,
                        hull(cause, effect),
                        confidence * OWNED,
                    )
        for span in reading.spans:
            if span.kind == "alarm":
                key = code_key("alarm", text[span.start : span.end])
                claims.add(record, "observed", key, span, CODED, timed=True)
            elif span.kind == "part" and record is not None and record.startswith("wo:"):
                key = code_key("part", text[span.start : span.end])
                claims.add(record, "usedPart", key, span, CODED, timed=True)

    def _activity(
        self,
        claims: ClaimSet,
        mention: Mention,
        confidence: float,
        reading: Reading,
        record: str | None,
    ) -> None:
        if record is None or mention.assertion is Assertion.ABSENT:
            return
        if mention.assertion is Assertion.FUTURE and claims.context.role != "remedy":
            confidence *= FUTURE
        claims.add(record, "performed", mention.concept, mention, confidence, timed=True)
        for target in _targets(mention, reading):
            remedy = self._remedies.get((mention.concept, target.concept))
            if remedy is not None:
                sure = min(confidence, confidence_of(target))
                claims.add(record, "performed", remedy, hull(mention, target), sure, timed=True)


class Sayable(dict[tuple[str, str], bool]):
    """Whether things of a kind may have a relation, by (kind of key, relation); kept as asked.

    A complaint has no components, and no work is performed under it.
    """

    def __init__(self, schema: Schema) -> None:
        super().__init__()
        self._schema = schema

    def __missing__(self, asked: tuple[str, str]) -> bool:
        kind, predicate = asked
        relation = self._schema.relations.get(predicate)
        cls = self._schema.class_of_kind.get(kind)
        # A record may be of a narrower class than its key tells, which may be allowed more.
        allowed = (
            relation is None
            or cls is None
            or not relation.domain
            or any(self._schema.is_a(cls, d) or self._schema.is_a(d, cls) for d in relation.domain)
        )
        self[asked] = allowed
        return allowed


class ClaimSet:
    """Collects claims of one text: of equal ones the most confident, in order of the text.

    `scores` rounds a confidence and says what becomes of a claim that has it. What the
    ontology does not let a subject say (`sayable`) is not claimed of it.
    """

    def __init__(
        self,
        passage: int,
        offset: int,
        context: TextContext,
        extractor: str = NAME,
        scores: Mapping[float, tuple[float, str]] = SCORES,
    ) -> None:
        self.context = context
        self.sayable: Sayable | None = None
        self._extractor = extractor
        self._scores = scores
        self._passage = passage
        self._offset = offset
        at = context.at
        self._time = (None, None) if at is None else (at, at + 1)
        self._found: dict[tuple[str, str, str], Claim] = {}

    def add(
        self,
        subject: str | None,
        predicate: str,
        target: str,
        at: Mention | Span,
        confidence: float,
        props: Props | None = None,
        timed: bool = False,
    ) -> None:
        if subject is None or subject == target:
            return
        if self.sayable is not None and not self.sayable[subject.partition(":")[0], predicate]:
            return
        confidence, status = self._scores[confidence]
        key = (subject, predicate, target)
        known = self._found.get(key)
        if known is not None and known.confidence >= confidence:
            return
        begin, end = self._time if timed else (None, None)
        offset = self._offset
        self._found[key] = _new(
            Claim,
            (
                subject,
                predicate,
                target,
                self._passage,
                confidence,
                status,
                self._extractor,
                at.start + offset,
                at.end + offset,
                begin,
                end,
                props,
            ),
        )

    def all(self) -> list[Claim]:
        return list(self._found.values())


def _finding(
    claims: ClaimSet, mention: Mention, confidence: float, record: str | None, asset: str | None
) -> None:
    """A failure mode or symptom: observed, suspected, ruled out, or nothing."""
    assertion = mention.assertion
    if assertion is Assertion.ABSENT:
        claims.add(record, "ruledOut", mention.concept, mention, confidence, timed=True)
        return
    if assertion in (Assertion.SOUGHT, Assertion.HYPOTHETICAL):
        return
    if assertion is Assertion.SUSPECTED:
        confidence *= SUSPECTED
    elif assertion is Assertion.CONFIRMED and mention.how is How.EXACT:
        confidence = max(confidence, CONFIRMED * HAN if mention.is_han else CONFIRMED)
    props: dict[str, str] = {}
    if mention.medium:
        props["medium"] = mention.medium
    if assertion is not Assertion.ASSERTED:
        props["assertion"] = assertion.value
    claims.add(record, "observed", mention.concept, mention, confidence, props or None, timed=True)
    if mention.kind == "mode" and assertion.holds:
        claims.add(asset, "exhibits", mention.concept, mention, confidence * 0.98, timed=True)


def confidence_of(mention: Mention) -> float:
    """How sure it is that `mention` is one, whatever is said of it."""
    if mention.sureness is not None:
        return mention.sureness
    confidence = CONFIDENCE[mention.kind][mention.how]
    return confidence * HAN if mention.is_han else confidence


def hull(one: Mention, other: Mention) -> Span:
    """The quote that holds both mentions."""
    return Span("quote", min(one.start, other.start), max(one.end, other.end))


def _owns(mention: Mention, reading: Reading) -> bool:
    return any(other.owner is mention for other in reading.mentions)


def _targets(activity: Mention, reading: Reading) -> list[Mention]:
    """Head components that follow an activity in its stretch of words, up to the next activity."""
    found: list[Mention] = []
    for mention in reading.mentions:
        if mention.first <= activity.last:
            continue
        if mention.part != activity.part or mention.kind == "activity":
            break
        if mention.kind == "component" and mention.is_head:
            found.append(mention)
            break
    if found:
        return found
    before = [
        m
        for m in reading.mentions
        if m.last < activity.first
        and m.part == activity.part
        and m.kind == "component"
        and m.is_head
    ]
    return before[-1:]


def _remedies(schema: Schema, reader: Reader) -> dict[tuple[str, str], str]:
    """Remedies that are an activity on a component, such as "replace seal", by these two."""
    found: dict[tuple[str, str], str] = {}
    names = schema.descendants("Remedy")
    for concept in schema.concepts.values():
        if concept.cls not in names:
            continue
        label = concept.words.label.get("en")
        reading = reader.read(label) if label else None
        if reading is None or len(reading.mentions) != 2:
            continue
        by_kind = {mention.kind: mention.concept for mention in reading.mentions}
        if by_kind.keys() == {"activity", "component"}:
            found.setdefault((by_kind["activity"], by_kind["component"]), concept.key)
    return found
