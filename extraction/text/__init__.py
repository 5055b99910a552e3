"""Reading free text: text in, claims with their exact place out.

Extractors are listed in `EXTRACTORS` by name; each is made from a schema.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from extraction.text.protocol import TextClaims, TextContext, TextExtractor, prepare_texts

if TYPE_CHECKING:
    from ontology.schema import Schema

__all__ = [
    "EXTRACTORS",
    "TextClaims",
    "TextContext",
    "TextExtractor",
    "lexicon_extractor",
    "prepare_texts",
]


def lexicon_extractor(schema: Schema) -> TextExtractor:
    """The extractor that knows the ontology's words and needs no training; kept per schema."""
    return _lexicon_extractor(_BySchema(schema))


class _BySchema:
    """A schema that can be a cache key: equal by what it was read from."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema

    def __hash__(self) -> int:
        return hash(self.schema.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _BySchema) and other.schema.digest == self.schema.digest


@lru_cache(maxsize=4)
def _lexicon_extractor(key: _BySchema) -> TextExtractor:
    from extraction.text.claiming import LexiconExtractor

    return LexiconExtractor(key.schema)


EXTRACTORS: Mapping[str, Callable[[Schema], TextExtractor]] = MappingProxyType(
    {"lexicon": lexicon_extractor}
)
