"""The one table of readers of free text that a setting can choose from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from extraction.text import TextExtractor, lexicon_extractor

if TYPE_CHECKING:
    from extraction.llm import LlmOptions
    from ontology.schema import Schema


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """What a plant chose. `pipeline`: a configuration; `model`: a folder with a trained model;
    `aliases`: alias tables of its own."""

    pipeline: Path | None = None
    model: Path | None = None
    llm: LlmOptions | None = None
    aliases: tuple[Path, ...] = ()


def _lexicon(schema: Schema, options: ReadingOptions) -> TextExtractor:
    return lexicon_extractor(schema, options.aliases)


def _pipeline(schema: Schema, options: ReadingOptions) -> TextExtractor:
    from extraction.pipeline import Line, PipelineExtractor, read_configuration

    configuration = read_configuration(options.pipeline, model=options.model)
    return PipelineExtractor(schema, line=Line(configuration, schema, aliases=options.aliases))


def _llm(schema: Schema, options: ReadingOptions) -> TextExtractor:
    from extraction.llm import LlmExtractor, LlmOptions

    return LlmExtractor(schema, options.llm or LlmOptions())


READERS: Mapping[str, Callable[[Schema, ReadingOptions], TextExtractor]] = MappingProxyType(
    {"lexicon": _lexicon, "pipeline": _pipeline, "llm": _llm}
)


def make_extractors(
    names: tuple[str, ...], schema: Schema, options: ReadingOptions | None = None
) -> tuple[TextExtractor, ...]:
    """The readers of those names, in their order. Raises BadInput and MissingExtra."""
    return tuple(READERS[name](schema, options or ReadingOptions()) for name in names)
