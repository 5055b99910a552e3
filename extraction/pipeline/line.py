"""The stages of a configuration in a row, without spaCy: what reads millions of short texts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from extraction.pipeline.configuration import (
    Configuration,
    build_stages,
    digest_of,
    read_configuration,
)
from extraction.pipeline.draft import Draft, Page
from extraction.pipeline.stage import Resources, Stage
from extraction.pipeline.stages.statements import Statements
from extraction.text import digest_of_aliases, lexicon_extractor
from extraction.text.claiming import LexiconExtractor
from ontology.schema import Schema

NAME = "pipeline@1"


class Line:
    """Bound stages in order. `name` says what reads: it differs where the claims could."""

    def __init__(
        self,
        configuration: Configuration,
        schema: Schema,
        kept: dict[str, Stage] | None = None,
        aliases: tuple[Path, ...] = (),
    ) -> None:
        """`kept`: stages that were loaded from a directory, in the place of fresh ones."""
        self.configuration = configuration
        self.stages = kept if kept is not None else build_stages(configuration)
        lexicon = lexicon_extractor(schema, aliases)
        assert isinstance(lexicon, LexiconExtractor)
        self.resources = Resources(schema, lexicon, configuration.folder)
        for stage in self.stages.values():
            stage.bind(self.resources)
        self.name = NAME
        if not configuration.is_shipped:
            digest = digest_of(configuration, self.stages)
            if digest != _shipped_digest(self.resources):
                self.name = f"{NAME}.{digest}"
        if own := digest_of_aliases(aliases):
            self.name = f"{self.name}.{own}"
        for stage in self.stages.values():
            if isinstance(stage, Statements):
                stage.name = self.name
        self.working = [stage for stage in self.stages.values() if not stage.is_idle]

    def stage(self, kind: type[Stage]) -> Stage | None:
        """The first stage of a class."""
        return next((stage for stage in self.stages.values() if isinstance(stage, kind)), None)

    def divide(self, page: Page) -> None:
        """Split a page into the drafts that are read one by one."""
        for stage in self.working:
            stage.divide(page)

    def prepare(self, drafts: Sequence[Draft]) -> None:
        """Let the stages see many drafts at once that will be worked on next."""
        for stage in self.working:
            stage.prepare(drafts)

    def work(self, page: Page) -> Page:
        """Read a page that was divided; returns it."""
        for draft in page.drafts:
            for stage in self.working:
                stage.work(draft, page)
        return page

    def read(self, page: Page) -> Page:
        """Divide and read a page; returns it."""
        self.divide(page)
        return self.work(page)

    def read_many(self, pages: Iterable[Page]) -> list[Page]:
        """Divide and read pages together, as models prefer it."""
        known = list(pages)
        for page in known:
            self.divide(page)
        self.prepare([draft for page in known for draft in page.drafts])
        return [self.work(page) for page in known]


def _shipped_digest(resources: Resources) -> str:
    """The digest of the shipped configuration with the shipped lists."""
    shipped = read_configuration()
    stages = build_stages(shipped)
    for stage in stages.values():
        stage.bind(replace(resources, folder=shipped.folder))
    return digest_of(shipped, stages)
