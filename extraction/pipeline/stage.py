"""What a stage of the pipeline is, and what it is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from extraction.pipeline.draft import Draft, Page
from extraction.text.claiming import LexiconExtractor
from ontology.schema import Schema


@dataclass(frozen=True, slots=True)
class Resources:
    """What every stage may use. `folder` is where relative paths of the configuration begin."""

    schema: Schema
    lexicon: LexiconExtractor
    folder: Path


class Stage:
    """One step. It reads from the draft what earlier stages left, and leaves its own.

    `needs` and `gives` name fields of `Draft`; the assembly checks that they fit together.
    A stage that has nothing to do (no model named, no list) says so by `is_idle` and is left out.
    """

    needs: ClassVar[tuple[str, ...]] = ()
    gives: ClassVar[tuple[str, ...]] = ()

    def bind(self, resources: Resources) -> None:
        """Take what is needed from `resources`, and read the files of the configuration."""

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to do for any text."""
        return False

    @property
    def digest(self) -> str:
        """Of all that the stage read from files beside the configuration; empty for nothing."""
        return ""

    def divide(self, page: Page) -> None:
        """Split the drafts of a page where that changes how they are read."""

    def prepare(self, drafts: Sequence[Draft]) -> None:
        """See many drafts before they are worked on one by one, where that is quicker."""

    def work(self, draft: Draft, page: Page) -> None:
        """Do this stage's part for one draft of a page."""

    def save(self, folder: Path) -> None:
        """Write what was read from files into an existing folder."""

    def load(self, folder: Path) -> None:
        """Read what `save` wrote; after it `bind` takes nothing from the configuration's files."""
