"""The shipped ontology's lexicon, made once: reading its words takes a second or more."""

from __future__ import annotations

from functools import lru_cache

from extraction.text.lexicon import Lexicon
from ontology.reader import load_schema


def shipped_lexicon() -> Lexicon:
    """The lexicon of the ontology and library as they are now."""
    return _lexicon(load_schema().digest)


@lru_cache(maxsize=1)
def _lexicon(digest: str) -> Lexicon:
    schema = load_schema()
    assert schema.digest == digest
    return Lexicon(schema)
