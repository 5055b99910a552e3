"""Claims as plain data, for files and for people."""

from __future__ import annotations

from typing import Any

from kg.model import Claim


def claim_row(claim: Claim, text: str) -> dict[str, Any]:
    """A claim as plain data, with the words that it quotes."""
    has_span = claim.start >= 0
    row: dict[str, Any] = {
        "subject": claim.subject,
        "predicate": claim.predicate,
        "object": claim.object,
        "confidence": claim.confidence,
        "status": claim.status,
        "extractor": claim.extractor,
        "quote": text[claim.start : claim.end] if has_span else text,
        "start": claim.start if has_span else 0,
        "end": claim.end if has_span else len(text),
    }
    if claim.props:
        row["props"] = dict(claim.props)
    return row
