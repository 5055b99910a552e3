"""Reading free text: text in, claims with their exact place out.

Extractors are listed in `EXTRACTORS` by name; each is made from a schema.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from extraction.text.protocol import TextClaims, TextContext, TextExtractor, prepare_texts
from kg.model.errors import BadInput

if TYPE_CHECKING:
    from ontology.schema import Schema

__all__ = [
    "EXTRACTORS",
    "TextClaims",
    "TextContext",
    "TextExtractor",
    "digest_of_aliases",
    "lexicon_extractor",
    "prepare_texts",
]


def lexicon_extractor(schema: Schema, aliases: tuple[Path, ...] = ()) -> TextExtractor:
    """The extractor that knows the ontology's words and needs no training; kept per schema.

    `aliases`: alias tables of the plant's own, read once per content. Raises BadInput.
    """
    return _lexicon_extractor(_BySchema(schema), digest_of_aliases(aliases), aliases)


def digest_of_aliases(aliases: tuple[Path, ...]) -> str:
    """What tells one state of the alias tables from another; "" where there are none.

    Raises BadInput for a table that cannot be read.
    """
    if not aliases:
        return ""
    digest = sha256()
    for path in aliases:
        try:
            digest.update(path.read_bytes() + b"\0")
        except OSError as error:
            raise BadInput(f"{path}: the alias table cannot be read ({error.strerror}).") from None
    return digest.hexdigest()[:12]


class _BySchema:
    """A schema that can be a cache key: equal by what it was read from."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema

    def __hash__(self) -> int:
        return hash(self.schema.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _BySchema) and other.schema.digest == self.schema.digest


@lru_cache(maxsize=4)
def _lexicon_extractor(key: _BySchema, digest: str, aliases: tuple[Path, ...]) -> TextExtractor:
    from extraction.text.claiming import LexiconExtractor
    from extraction.text.wordlists import read_word_lists

    if not digest:
        return LexiconExtractor(key.schema)
    return LexiconExtractor(key.schema, read_word_lists(aliases), digest)


EXTRACTORS: Mapping[str, Callable[[Schema], TextExtractor]] = MappingProxyType(
    {"lexicon": lexicon_extractor}
)
