"""Statements that a program proposes: written for review, as one document that can be taken back.

Each proposal is a passage of its own that says why, so that who reviews it reads the reason where
the evidence of a statement stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from kg.model.claims import Batch, Claim, Document, Passage, Run, passage_key
from kg.model.keys import StatementKey
from kg.store.protocol import Changes, Store


class Proposal(NamedTuple):
    """A statement with how much it is believed (0 to 1) and why, in both languages."""

    key: StatementKey
    confidence: float
    text: str


def write_proposals(
    store: Store,
    proposals: Sequence[Proposal],
    run: Run,
    *,
    document: str,
    title: str,
    extractor: str,
    dry_run: bool = False,
) -> Changes:
    """Store `proposals` as suggestions. `document` is the key's beginning; the run's id follows."""
    if not proposals:
        return Changes()
    batch = Batch()
    seen: dict[str, int] = {}
    for number, one in enumerate(proposals):
        occurrence = seen.get(one.text, 0)
        seen[one.text] = occurrence + 1
        batch.passages.append(
            Passage(passage_key(one.text, occurrence), f"suggestion:{number + 1}", one.text)
        )
        batch.claims.append(
            Claim(
                *one.key,
                passage=number,
                confidence=one.confidence,
                status="suggested",
                extractor=extractor,
            )
        )
    source = Document(f"{document}{run.id}", run.id, extractor, title, "text/plain", "en")
    with store.begin_load(source, run, dry_run=dry_run) as session:
        session.write(batch)
        return session.finish()
