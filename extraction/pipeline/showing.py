"""What is recognised in one text, for people to look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from extraction.pipeline.claim_rows import claim_row
from extraction.pipeline.draft import Draft, Page
from extraction.pipeline.extractor import PipelineExtractor
from extraction.pipeline.quantities import QuantityFinder
from extraction.pipeline.stages.measures import units
from extraction.text.claiming import LexiconExtractor
from extraction.text.protocol import TextContext, TextExtractor
from kg.model.keys import identity_of
from ontology.schema import Schema


@dataclass(frozen=True, slots=True)
class ShownSpan:
    """Something recognised: half-open offsets in the text. `names` by language."""

    start: int
    end: int
    quote: str
    kind: str  # component, mode, symptom, activity, cause, quantity, code, …; or a model's label
    key: str  # of the concept; for a quantity its value
    assertion: str
    names: dict[str, str]

    def name(self, language: str) -> str:
        """What is meant, in a language."""
        return self.names.get(language) or self.names.get("en") or identity_of(self.key) or self.key


@dataclass(frozen=True, slots=True)
class Shown:
    """Spans and the statements that would follow."""

    text: str
    spans: list[ShownSpan]
    statements: list[dict[str, Any]]

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "text": self.text,
            "spans": [
                {"start": s.start, "end": s.end, "quote": s.quote, "kind": s.kind, "key": s.key,
                 "assertion": s.assertion}
                for s in self.spans
            ],
            "statements": self.statements,
        }  # fmt: skip


def show_text(
    schema: Schema, extractors: Sequence[TextExtractor], text: str, context: TextContext
) -> Shown:
    """What the extractors recognise in `text`, and what they would claim."""
    spans: list[ShownSpan] = []
    statements: list[dict[str, Any]] = []
    for extractor in extractors:
        if isinstance(extractor, PipelineExtractor):
            page = extractor.line.read(Page(text, 0, 0, context))
            spans += [s for draft in page.drafts for s in _spans_of(draft, schema)]
            claims = page.claims().claims
        else:
            if isinstance(extractor, LexiconExtractor):
                draft = Draft(text, 0, context)
                draft.reading = extractor.reader.read(text, context.role)
                draft.marks = draft.reading.spans
                spans += _spans_of(draft, schema)
            claims = extractor.extract(text, 0, 0, context).claims
        statements += [claim_row(claim, text) for claim in claims]
    unique = {(s.start, s.end, s.kind, s.key): s for s in spans}
    return Shown(text, sorted(unique.values(), key=lambda s: (s.start, -s.end)), statements)


def _spans_of(draft: Draft, schema: Schema) -> list[ShownSpan]:
    at, text = draft.start, draft.text
    found: list[ShownSpan] = []
    causes = [cause.mention for cause in draft.reading.causes]
    for m in (*draft.reading.mentions, *causes):
        concept = schema.concepts.get(m.concept)
        names = dict(concept.words.label) if concept is not None else {}
        found.append(
            ShownSpan(
                at + m.start, at + m.end, text[m.start : m.end], m.kind, m.concept,
                m.assertion.value, names,
            )
        )  # fmt: skip
    quantities = {(q.start, q.end): q for q in QuantityFinder(units()).find(text)}
    for mark in draft.marks:
        quantity = quantities.get((mark.start, mark.end))
        value = ""
        if quantity is not None:
            ends = dict.fromkeys(
                "" if v is None else f"{v:g}" for v in (quantity.low, quantity.high)
            )
            value = f"{quantity.quantity} {'…'.join(ends)} {quantity.unit}"
        quote = text[mark.start : mark.end]
        found.append(
            ShownSpan(at + mark.start, at + mark.end, quote, mark.kind, value or quote, "", {})
        )
    for f in draft.found:
        quote = text[f.start : f.end]
        kind = f"{f.label} ({f.probability:.2f})"
        found.append(ShownSpan(at + f.start, at + f.end, quote, kind, f.cls or "", "", {}))
    return found
