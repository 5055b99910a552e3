"""From Turtle to `Schema`, cached by content.

A term may be described in several files: a plant's own file can add words, subjects or objects to
a shipped term. Of two labels in one language the one read last is shown and the other becomes an
alternative label, so nothing that an extractor knew is lost.

rdflib is imported only when files have to be read.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from threading import Lock

from ontology.schema import Schema
from ontology.sources import Source, digest_of, schema_sources

_CACHE: OrderedDict[str, Schema] = OrderedDict()
_CACHE_LOCK = Lock()


def load_schema(extra: Sequence[Path] = ()) -> Schema:
    """The schema of the shipped ontology and library plus the files or folders in `extra`.

    Read again only when a file has changed. Raises OntologyError, naming file and line, where a
    file is not Turtle or the terms do not fit together.
    """
    return read_schema(schema_sources(extra))


def read_schema(sources: Sequence[Source]) -> Schema:
    """The schema that exactly these files define; cached by their content."""
    digest = digest_of(sources)
    with _CACHE_LOCK:
        if digest in _CACHE:
            _CACHE.move_to_end(digest)
            return _CACHE[digest]
    from ontology.reading import Reading

    schema = Reading(sources, digest).schema()
    with _CACHE_LOCK:
        _CACHE[digest] = schema
        while len(_CACHE) > 8:
            _CACHE.popitem(last=False)
    return schema
