"""From a reading to candidate statements: claims with their place, confidence and status."""

from __future__ import annotations

from collections.abc import Mapping

from extraction.pipeline.draft import Draft, Link, Page, Thing
from extraction.pipeline.relations import RecordRelations
from extraction.pipeline.stage import Resources, Stage
from extraction.text.claiming import ACCEPTED_FROM, SCORES, ClaimSet
from extraction.text.mentions import Assertion, Mention
from extraction.text.protocol import TextClaims, TextContext
from extraction.text.reading import Span
from kg.model import NodeClaim, Props
from kg.model.errors import BadInput
from kg.model.keys import kind_of

_DENIED = frozenset({Assertion.ABSENT, Assertion.SOUGHT, Assertion.HYPOTHETICAL})
_SUSPECTED = 0.6


class Statements(Stage):
    """Writes the claims of a draft. `accept`: by class, the confidence from which one is accepted.

    The class is that of the statement's object. What stays below waits for review.
    """

    needs = ("reading", "things", "links")
    gives = ("claims",)

    def __init__(self, accept: Mapping[str, float] | None = None) -> None:
        self.accept = dict(accept or {})
        self.default = self.accept.pop("default", ACCEPTED_FROM)
        self.name = ""  # `name@version` of who reads; goes into every claim

    def bind(self, resources: Resources) -> None:
        schema = resources.schema
        for cls, threshold in self.accept.items():
            if cls not in schema.classes:
                raise BadInput(
                    f"The pipeline's [components.statements.accept] names {cls!r}, which is no "
                    "class of the ontology; `gemba ontology show` lists them."
                )
            if not 0 <= threshold <= 1:
                raise BadInput(f"The accept threshold of {cls} is {threshold}; say 0 to 1.")
        self._lexicon = resources.lexicon
        self._by_kind = {
            schema.classes[cls].kind: _Scores(threshold) for cls, threshold in self.accept.items()
        }
        plain = self.default == ACCEPTED_FROM
        self._scores: Mapping[float, tuple[float, str]] = SCORES if plain else _Scores(self.default)
        self._records = RecordRelations(schema)

    def collect(self, passage: int, offset: int, context: TextContext) -> ClaimSet:
        """An empty set for the claims of one text."""
        if not self._by_kind:
            return ClaimSet(passage, offset, context, self.name, self._scores)
        return _ClassedClaims(passage, offset, context, self.name, self._scores, self._by_kind)

    def work(self, draft: Draft, page: Page) -> None:
        claims = self.collect(page.passage, page.offset + draft.start, draft.context)
        self._lexicon.claim(draft.text, draft.reading, claims)
        nodes: dict[str, NodeClaim] = {}
        if draft.things:
            for thing in draft.things:
                self._tell(thing, draft, claims)
            for link in draft.links:
                self._link(link, claims)
            said = {key for c in claims.all() for key in (c.subject, c.object)}
            for thing in draft.things:
                if thing.name is not None and thing.key in said:
                    nodes.setdefault(
                        thing.key,
                        NodeClaim(
                            thing.key, thing.cls, page.passage, thing.name,
                            confidence=round(thing.confidence, 4), extractor=self.name,
                        ),
                    )  # fmt: skip
        draft.claims = TextClaims(list(nodes.values()), claims.all())

    def _tell(self, thing: Thing, draft: Draft, claims: ClaimSet) -> None:
        """What the record has to do with a thing that the rules know nothing of."""
        record = claims.context.record
        if thing.mention is not None or record is None:
            return
        if any(m.start <= thing.start and thing.end <= m.end for m in draft.reading.mentions):
            return  # a part of what is already told
        relation = self._records.relation(record, thing.cls)
        if relation is not None:
            place = Span("thing", thing.start, thing.end)
            claims.add(record, relation, thing.key, place, thing.confidence, timed=True)

    @staticmethod
    def _link(link: Link, claims: ClaimSet) -> None:
        confidence = link.confidence
        for end in (link.source, link.target):
            assertion = end.mention.assertion if end.mention else Assertion.ASSERTED
            if assertion in _DENIED:
                return
            if assertion is Assertion.SUSPECTED:
                confidence *= _SUSPECTED
        ends = (link.source, link.target)
        place = Span("quote", min(e.start for e in ends), max(e.end for e in ends))
        timed = any(_is_finding(e.mention) for e in ends)
        claims.add(link.source.key, link.relation, link.target.key, place, confidence, timed=timed)


def _is_finding(mention: Mention | None) -> bool:
    return mention is not None and mention.kind in ("mode", "symptom")


class _Scores(dict[float, tuple[float, str]]):
    """Rounded confidence and status by confidence, for one threshold."""

    def __init__(self, threshold: float) -> None:
        super().__init__()
        self._threshold = threshold

    def __missing__(self, confidence: float) -> tuple[float, str]:
        status = "accepted" if confidence >= self._threshold else "suggested"
        found = self[confidence] = round(confidence, 4), status
        return found


class _ClassedClaims(ClaimSet):
    """Claims whose status depends on the class of their object."""

    def __init__(
        self,
        passage: int,
        offset: int,
        context: TextContext,
        extractor: str,
        scores: Mapping[float, tuple[float, str]],
        by_kind: Mapping[str, Mapping[float, tuple[float, str]]],
    ) -> None:
        super().__init__(passage, offset, context, extractor, scores)
        self._default = scores
        self._by_kind = by_kind

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
        self._scores = self._by_kind.get(kind_of(target), self._default)
        super().add(subject, predicate, target, at, confidence, props, timed)
