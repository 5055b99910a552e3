"""What a trained model found and what the lexicon found become one reading.

Where both find the same sort of thing at a place, each makes the other surer: with independent
mistakes, one minus the product of their doubts. Where they contradict each other, the surer one
stays. What only the model found takes part like any mention, so that cues ("no", 疑似) and ties
hold of it, too; it is known by its words, until someone merges it with a concept.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping

from extraction.pipeline.draft import Draft, Found, Link, Page, Thing
from extraction.pipeline.linking import link_words
from extraction.pipeline.proposals import fits
from extraction.pipeline.stage import Resources, Stage
from extraction.text.claiming import ACCEPTED_FROM, confidence_of
from extraction.text.lexicon import COMMA, STOP, Encoded, Hit, How, Sense
from extraction.text.mentions import Item, Mention
from extraction.text.tokens import is_han
from kg.model.keys import kind_of
from ontology.schema import Schema

SUREST = 0.99
JUST_BELOW = 0.01  # under the threshold: what no calibration vouches for goes to review
_KIND_OF = "broader"
_FINDINGS = frozenset({"mode", "symptom", "cause"})
_BY_CLASS = {
    "Component": "component",
    "FailureMode": "mode",
    "Symptom": "symptom",
    "MaintenanceActivity": "activity",
    "FailureCause": "cause",
}


class Merging(Stage):
    """Joins spans of a recogniser to the lexicon's terms.

    `accept`: by class, the confidence from which a statement is accepted, as in `Statements`.
    """

    needs = ("found", "bonds", "encoded", "items")
    gives = ("items", "things", "links")

    def __init__(self, accept: Mapping[str, float] | None = None) -> None:
        self._accept = dict(accept or {})
        self._default = self._accept.pop("default", ACCEPTED_FROM)

    def bind(self, resources: Resources) -> None:
        self._schema: Schema = resources.schema
        self._reader = resources.lexicon.reader
        self._kind_of_class = {
            name: kind
            for top, kind in _BY_CLASS.items()
            for name in resources.schema.descendants(top)
        }

    def work(self, draft: Draft, page: Page) -> None:
        del page
        if not draft.found or draft.encoded is None:
            return
        things: dict[int, Thing] = {}
        order = sorted(
            (n for n, found in enumerate(draft.found) if found.cls is not None),
            key=lambda n: (draft.found[n].start - draft.found[n].end, n),
        )
        taken: list[tuple[int, int, str]] = []
        inner: set[int] = set()
        for n in order:
            found = draft.found[n]
            assert found.cls is not None
            kind = self._kind_of_class.get(found.cls, "")
            group = _group(kind) or found.cls
            nested = any(s <= found.start and found.end <= e and g == group for s, e, g in taken)
            thing = (
                self._merge(draft, draft.encoded, found, kind)
                if kind and not nested
                else self._alone(found, draft.text)
            )
            if thing is not None:
                things[n] = thing
                if nested:
                    inner.add(n)
                taken.append((found.start, found.end, group))
        draft.items.sort(key=lambda item: (item.hit.first, item.hit.last))
        _renumber(draft.items, draft.encoded.codes)
        draft.things = [things[n] for n in sorted(things)]
        self._link(draft, things, inner)

    def _merge(self, draft: Draft, encoded: Encoded, found: Found, kind: str) -> Thing | None:
        """`found` as the mention that it confirms, or as a new one; None where it lost."""
        confidence = self._confidence(found)
        over = [
            item
            for item in draft.items
            if item.mention is not None
            and item.hit.start < found.end
            and found.start < item.hit.end
        ]
        same = [m for item in over if (m := item.mention) and _group(m.kind) == _group(kind)]
        if same:
            mention = same[-1]  # the last word of a compound says what it is
            known = confidence_of(mention)
            if mention.sureness is None:
                mention.sureness = min(SUREST, 1 - (1 - known) * (1 - found.probability))
            return Thing(
                mention.concept, found.cls or "", found.start, found.end, mention.sureness,
                None, mention,
            )  # fmt: skip
        if any(confidence_of(item.mention) >= confidence for item in over if item.mention):
            return None
        for item in over:
            item.mention = None
        place = _place(encoded, found)
        if place is None:
            return self._alone(found, draft.text)
        alone = self._alone(found, draft.text)
        first, last = place
        sense = Sense(kind, alone.key)
        hit = Hit(first, last, found.start, found.end, (sense,), How.EXACT, False)
        mention = Mention(kind, alone.key, hit, 0, 0)
        mention.sureness = confidence
        mention.is_han = is_han(draft.text[found.start])
        item = Item(hit, frozenset({kind}), alone.key, 0, 0)
        item.mention = mention
        draft.items = [
            other
            for other in draft.items
            if other.mention is not None or other.hit.last < first or other.hit.first > last
        ]
        draft.items.append(item)
        draft.kinds.add(kind)
        return alone._replace(mention=mention)

    def _alone(self, found: Found, text: str) -> Thing:
        """`found` as a thing known by its words, or by its code where its class has codes."""
        cls = found.cls or ""
        words = text[found.start : found.end]
        key, name = link_words(self._schema, self._reader, words, cls)
        return Thing(key, cls, found.start, found.end, self._confidence(found), name)

    def _confidence(self, found: Found) -> float:
        threshold = self._accept.get(found.cls or "", self._default)
        if found.is_accepted:
            return min(SUREST, found.probability)
        return min(found.probability, threshold - JUST_BELOW)

    def _link(self, draft: Draft, things: Mapping[int, Thing], inner: set[int]) -> None:
        for bond in draft.bonds:
            source, target = things.get(bond.source), things.get(bond.target)
            if source is None or target is None:
                continue
            if bond.relation != _KIND_OF and not inner.isdisjoint((bond.source, bond.target)):
                continue  # of "park brake", the brake only says what kind of thing it is
            if bond.is_reversed:
                source, target = target, source
            relation = self._schema.relations[bond.relation]
            if not fits(self._schema, relation, self._class(source), self._class(target)):
                continue
            threshold = self._accept.get(self._class(target), self._default)
            sure = bond.probability
            if not bond.is_accepted:
                sure = min(sure, threshold - JUST_BELOW)
            draft.links.append(
                Link(
                    source,
                    relation.name,
                    target,
                    min(SUREST, sure, source.confidence, target.confidence),
                )
            )

    def _class(self, thing: Thing) -> str:
        concept = self._schema.concepts.get(thing.key)
        return concept.cls if concept is not None else thing.cls or self._class_of(thing.key)

    def _class_of(self, key: str) -> str:
        return self._schema.class_of_kind.get(kind_of(key), "Thing")


def _group(kind: str) -> str:
    return "finding" if kind in _FINDINGS else kind


def _place(encoded: Encoded, found: Found) -> tuple[int, int] | None:
    """First and last code that `found` touches; None where it touches none."""
    spans = encoded.spans
    first = bisect_right([end for _, end in spans], found.start)
    last = bisect_left([start for start, _ in spans], found.end) - 1
    return (first, last) if first <= last else None


def _renumber(items: list[Item], codes: str) -> None:
    """Clause and part numbers of items anew: some have come between."""
    clause = part = before = 0
    for item in items:
        if item.hit.first > before:
            gap = codes[before : item.hit.first]
            if STOP in gap:
                clause += 1
                part += 1
            elif COMMA in gap:
                part += 1
        before = max(before, item.hit.last + 1)
        item.clause, item.part = clause, part
        if item.mention is not None:
            item.mention.clause, item.mention.part = clause, part
