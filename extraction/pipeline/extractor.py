"""The pipeline as a `TextExtractor`: what `gemba load` reads free text with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from extraction.pipeline.configuration import Configuration, read_configuration
from extraction.pipeline.draft import Page
from extraction.pipeline.line import Line
from extraction.pipeline.stages.lexicon import PREVENTION
from extraction.pipeline.stages.recogniser import Recogniser
from extraction.pipeline.stages.statements import Statements
from extraction.text.protocol import TextClaims, TextContext
from ontology.schema import Schema

_PLAIN = frozenset({"Headings", "Normaliser", "Terms", "Measures", "Merging", "Assertion", "Ties"})


class Job(NamedTuple):
    """A text to be read, with its place and what is known of it."""

    text: str
    passage: int = 0
    offset: int = 0
    context: TextContext = TextContext()


class PipelineExtractor:
    """Implements `TextExtractor`. One instance per schema and configuration.

    Most texts of tables hold nothing that needs the stages one by one: no heading, no mask, no
    code. Where no model is named either, they take a short way to the very same claims.
    """

    def __init__(
        self, schema: Schema, configuration: Configuration | None = None, line: Line | None = None
    ) -> None:
        """`line`: stages that are bound already, in the place of those of a configuration."""
        self.line = line or Line(configuration or read_configuration(), schema)
        self.name = self.line.name
        statements = self.line.stage(Statements)
        assert isinstance(statements, Statements)
        self._statements = statements
        self._lexicon = self.line.resources.lexicon
        stages = {type(stage).__name__ for stage in self.line.working}
        self._is_plain = (
            self.line.configuration.is_shipped
            and stages >= _PLAIN
            and not any(isinstance(stage, Recogniser) for stage in self.line.working)
        )

    @property
    def recogniser(self) -> Recogniser | None:
        """The stage with the trained model, where one is in use."""
        stage = self.line.stage(Recogniser)
        return stage if isinstance(stage, Recogniser) and not stage.is_idle else None

    @property
    def reads_ahead(self) -> bool:
        """Whether `prepare` gains anything: with a model, which reads many texts together."""
        return self.recogniser is not None

    def prepare(self, texts: Sequence[str]) -> None:
        """Read texts together that `extract` will be asked for one by one."""
        if self.recogniser is None:
            return
        pages = [Page(text) for text in texts]
        for page in pages:
            self.line.divide(page)
        self.line.prepare([draft for page in pages for draft in page.drafts])

    def extract(self, text: str, passage: int, offset: int, context: TextContext) -> TextClaims:
        """Claims made by `text`, which stands at `offset` in the passage with index `passage`."""
        if self._is_plain and ":" not in text and "：" not in text and "<" not in text:
            reading = self._lexicon.reader.read(text, context.role)
            spans = reading.spans
            if not reading.mentions and not reading.causes and not spans:
                return TextClaims([], [])
            # codes may be of a kind that only the list of patterns knows
            if context.role != PREVENTION and not (spans and any(s.kind == "code" for s in spans)):
                claims = self._statements.collect(passage, offset, context)
                self._lexicon.claim(text, reading, claims)
                return TextClaims([], claims.all())
        page = Page(text, passage, offset, context)
        page.only_claims = True
        return self.line.read(page).claims()

    def extract_many(self, jobs: Sequence[Job]) -> list[TextClaims]:
        """Claims of many texts, in order; the same as one by one, and quicker with a model."""
        if self.recogniser is not None:
            self.prepare([job.text for job in jobs])
        return [self.extract(*job) for job in jobs]
