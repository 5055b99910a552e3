"""What the stages of the pipeline hand to each other: one text, and what is known of it so far."""

from __future__ import annotations

from typing import NamedTuple

from extraction.text.lexicon import Encoded
from extraction.text.mentions import Item, Mention
from extraction.text.protocol import TextClaims, TextContext
from extraction.text.reading import EMPTY, Reading, Span

NO_CONTEXT = TextContext()


class Found(NamedTuple):
    """A span that a trained model found, with the ontology's class for its label."""

    start: int
    end: int
    label: str
    probability: float
    is_accepted: bool  # the calibration vouches for it
    cls: str | None = None  # None: the label stands for nothing in the ontology


class Bond(NamedTuple):
    """A tie that a model found, by positions in `Draft.found`; its relation in the ontology.

    `is_reversed` where the model's source is the relation's object.
    """

    source: int
    target: int
    relation: str
    is_reversed: bool
    probability: float
    is_accepted: bool


class Thing(NamedTuple):
    """What a found span turned out to be: half-open offsets in the text of the draft."""

    key: str  # of the node
    cls: str
    start: int
    end: int
    confidence: float
    name: str | None = None  # where it is no concept of the ontology
    mention: Mention | None = None  # where rules know it, too


class Link(NamedTuple):
    """A relation of the ontology between two things, which a model found."""

    source: Thing
    relation: str
    target: Thing
    confidence: float


class Draft:
    """One text on its way through the stages; or the stretch of one that stands under a heading.

    `start` is where the stretch begins in the text that was given. All other offsets are in `text`.
    """

    __slots__ = (
        "bonds",
        "claims",
        "context",
        "encoded",
        "found",
        "items",
        "kinds",
        "links",
        "marks",
        "reading",
        "spans",
        "start",
        "text",
        "things",
        "words",
    )

    def __init__(self, text: str, start: int = 0, context: TextContext = NO_CONTEXT) -> None:
        self.text = text
        self.start = start
        self.context = context
        self.words: list[str] | None = None  # as normalised; None: as written
        self.spans: list[tuple[int, int]] = []  # raw ranges of the words
        self.encoded: Encoded | None = None
        self.items: list[Item] = []
        self.kinds: set[str] = set()
        self.marks: list[Span] = []  # codes and quantities
        self.found: list[Found] = []
        self.bonds: list[Bond] = []
        self.things: list[Thing] = []  # of what models found, all that the ontology has a class for
        self.links: list[Link] = []
        self.reading: Reading = EMPTY
        self.claims: TextClaims | None = None


class Page:
    """A text with the drafts that it falls into, and where it stands in its passage."""

    __slots__ = ("context", "drafts", "offset", "only_claims", "passage", "text")

    def __init__(
        self, text: str, passage: int = 0, offset: int = 0, context: TextContext = NO_CONTEXT
    ) -> None:
        self.text = text
        self.passage = passage
        self.offset = offset
        self.context = context
        self.only_claims = False  # nobody will look at what makes no claims
        self.drafts = [Draft(text, 0, context)]

    def claims(self) -> TextClaims:
        """What all drafts claim together, in the order of the text."""
        if len(self.drafts) == 1:
            return self.drafts[0].claims or TextClaims([], [])
        whole = TextClaims([], [])
        for draft in self.drafts:
            if draft.claims is not None:
                whole.nodes.extend(draft.claims.nodes)
                whole.claims.extend(draft.claims.claims)
        return whole
