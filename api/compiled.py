"""The ontology's terms, kept compiled: reading Turtle takes seconds, and every command needs them.

Kept files are named after the digest of the Turtle they were made from, so none is ever out of
date; they hold plain data and are checked when read. Whatever is wrong with one, Turtle is read.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import fields
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import orjson

from ontology.reader import read_schema
from ontology.sources import Source, digest_of, schema_sources

if TYPE_CHECKING:
    from pydantic import TypeAdapter

    from ontology.schema import Schema

_KEPT = 8  # files, and schemas in memory; the longest unused one goes first
_IN_MEMORY: dict[str, Schema] = {}
_LOCK = Lock()


def load_compiled_schema(extra: Sequence[Path], folder: Path | None) -> Schema:
    """The schema of the shipped ontology and `extra`, from `folder` where it is kept there.

    Raises OntologyError. A folder that cannot be used is no error.
    """
    sources = schema_sources(extra)
    if folder is None:
        return read_schema(sources)
    digest = digest_of(sources)
    with _LOCK:
        if digest in _IN_MEMORY:
            return _IN_MEMORY[digest]
    schema = _from_folder(sources, digest, folder)
    with _LOCK:
        if len(_IN_MEMORY) >= _KEPT:
            _IN_MEMORY.pop(next(iter(_IN_MEMORY)))
        return _IN_MEMORY.setdefault(digest, schema)


def _from_folder(sources: Sequence[Source], digest: str, folder: Path) -> Schema:
    path = folder / f"schema-{version('gembagraph')}-{digest[:32]}.json"
    kept = _read(path, digest)
    if kept is not None:
        return kept
    schema = read_schema(sources)
    with contextlib.suppress(OSError):
        _write(path, schema)
    return schema


def _adapter() -> TypeAdapter[Schema]:
    from pydantic import TypeAdapter

    from ontology.schema import Schema

    return TypeAdapter(Schema)


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"{type(value)} cannot be kept")


def _read(path: Path, digest: str) -> Schema | None:
    try:
        data = path.read_bytes()
    except OSError:
        return None
    try:
        schema = _adapter().validate_json(data)
    except ValueError:
        return None
    if schema.digest != digest:
        return None
    with contextlib.suppress(OSError):
        os.utime(path)
    return schema


def _write(path: Path, schema: Schema) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".schema-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            parts = {field.name: getattr(schema, field.name) for field in fields(schema)}
            file.write(orjson.dumps(parts, default=_plain))
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
    kept = sorted(path.parent.glob("schema-*.json"), key=lambda p: p.stat().st_mtime)
    for old in kept[:-_KEPT]:
        old.unlink(missing_ok=True)
