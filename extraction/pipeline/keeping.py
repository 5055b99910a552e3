"""An ontology's terms as a file, for pipelines that go to other folders, processes and machines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from kg.model.errors import BadInput
from ontology.schema import Schema


def schema_bytes(schema: Schema) -> bytes:
    """The terms of `schema` as JSON."""
    parts = {field.name: getattr(schema, field.name) for field in fields(schema)}
    return orjson.dumps(parts, default=_plain)


def schema_from(data: bytes) -> Schema:
    """The terms that `schema_bytes` wrote. Raises ValueError."""
    schema = _adapter().validate_json(data)
    assert isinstance(schema, Schema)
    return schema


def write_schema(path: Path, schema: Schema) -> None:
    """Write the terms into a file."""
    path.write_bytes(schema_bytes(schema))


def read_schema(path: Path) -> Schema:
    """Read what `write_schema` wrote. Raises BadInput."""
    try:
        return schema_from(path.read_bytes())
    except (OSError, ValueError) as error:
        raise BadInput(f"{path}: the ontology of this pipeline cannot be read ({error}).") from None


@cache
def _adapter() -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(Schema)


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"{type(value)} cannot be kept")
