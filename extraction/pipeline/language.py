"""The pipeline as a spaCy `Language` of our own: `build_language`, `load_language`.

For work with spaCy's tools (displaCy, DocBin, evaluation). Importing this module imports spaCy,
which takes seconds; nothing that loads tables into the graph does.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import spacy
from confection import Config
from spacy.language import Language
from spacy.tokens import Span
from spacy.util import registry

from extraction.pipeline import tokenizer
from extraction.pipeline.component import Component
from extraction.pipeline.configuration import (
    Configuration,
    build_stages,
    make_stage,
    read_configuration,
)
from extraction.pipeline.keeping import read_schema, write_schema
from extraction.pipeline.line import Line
from extraction.pipeline.registry import STAGES
from ontology.schema import Schema

_SCHEMA = "schema.json"


class Industrial(Language):  # type: ignore[no-untyped-call]
    """Chinese and English of the shop floor, in one pipeline."""

    lang = "gemba"
    line: Line | None = None

    def bind(self, configuration: Configuration, schema: Schema) -> None:
        """Give the components the ontology and the files that they need."""
        stages = {
            name: component.stage
            for name, component in self.pipeline
            if isinstance(component, Component)
        }
        self.line = Line(configuration, schema, stages)

    def to_disk(self, path: str | Path, **kwargs: Any) -> None:
        """Write everything, the ontology's terms included, so that it can be read elsewhere."""
        super().to_disk(path, **kwargs)
        if self.line is not None:
            write_schema(Path(path) / _SCHEMA, self.line.resources.schema)

    def from_disk(self, path: str | Path, **kwargs: Any) -> Industrial:
        """Read what `to_disk` wrote."""
        super().from_disk(path, **kwargs)
        text = (Path(path) / "config.cfg").read_text("utf-8")
        self.bind(Configuration(text, Path(path), str(path)), read_schema(Path(path) / _SCHEMA))
        return self


@cache
def register() -> None:
    """Make language, tokenizer and components known to spaCy, from the one table of stages."""
    registry.languages.register("gemba", func=Industrial)

    def make_tokenizer() -> Callable[[Language], tokenizer.MixedTokenizer]:
        return lambda nlp: tokenizer.MixedTokenizer(nlp.vocab)

    registry.tokenizers.register(tokenizer.NAME, func=make_tokenizer)
    for factory, stage in STAGES.items():
        # Its parameters are those of the stage, so spaCy checks and completes the settings.
        Language.factory(factory, func=_factory(stage))
    Span.set_extension("assertion", default=None, force=True)


def build_language(schema: Schema, configuration: Configuration | None = None) -> Industrial:
    """The pipeline of a configuration (the shipped one if None) for an ontology.

    Raises BadInput where the configuration is wrong.
    """
    register()
    configuration = configuration or read_configuration()
    build_stages(configuration)  # says what is wrong in a sentence
    nlp = Industrial.from_config(Config(configuration.sections()))
    assert isinstance(nlp, Industrial)
    nlp.bind(configuration, schema)
    return nlp


def load_language(path: Path) -> Industrial:
    """The pipeline that `to_disk` wrote into a folder."""
    register()
    nlp = spacy.load(path)
    assert isinstance(nlp, Industrial)
    return nlp


def _factory(cls: Any) -> Callable[..., Component]:
    import inspect

    def make(nlp: Language, name: str, **settings: Any) -> Component:
        del nlp
        return Component(name, make_stage(cls, settings, f"[components.{name}]"))

    own = [
        p.replace(annotation=_plain(p.annotation), kind=inspect.Parameter.POSITIONAL_OR_KEYWORD)
        for p in inspect.signature(cls).parameters.values()
    ]
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    first = [
        inspect.Parameter("nlp", kind, annotation=Language),
        inspect.Parameter("name", kind, annotation=str),
    ]
    make.__signature__ = inspect.Signature([*first, *own])  # type: ignore[attr-defined]
    return make


def _plain(annotation: Any) -> Any:
    """Annotations are texts here; spaCy wants types, and the stages check their own settings."""
    del annotation
    return Any
