"""What a text extractor is: text in, claims with offsets out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from kg.model import Claim, Instant, NodeClaim


class TextContext(NamedTuple):
    """What is known about a text before it is read."""

    record: str | None = None  # node key of the event that the text describes (a work order)
    asset: str | None = None  # node key of the asset that it is about
    at: Instant | None = None  # when it happened
    role: str = ""  # what the column or heading says: "description", "symptom", "cause", "remedy"
    language: str | None = None


class TextClaims(NamedTuple):
    """Claims found in one text. Offsets are in the passage, not in the text."""

    nodes: list[NodeClaim]
    claims: list[Claim]


class TextExtractor(Protocol):
    """One way of reading free text. Implementations are listed in `extraction.extractors`.

    One that reads many texts together quicker than one by one has a method `prepare`, too; see
    `prepare_texts`.
    """

    name: str  # `name@version`, stored with every piece of evidence

    def extract(self, text: str, passage: int, offset: int, context: TextContext) -> TextClaims:
        """Claims made by `text`, which stands at `offset` in the passage with index `passage`."""
        ...


def prepare_texts(extractors: Sequence[TextExtractor], texts: Iterable[str]) -> None:
    """Show texts that `extract` will be asked for next to the extractors that read ahead."""
    ahead = [e.prepare for e in extractors if getattr(e, "reads_ahead", False)]  # type: ignore[attr-defined]
    if ahead:
        known = list(texts)
        for prepare in ahead:
            prepare(known)
