"""The compiled ontology: the same as the Turtle, never out of date, never in the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from api import compiled
from api.compiled import load_compiled_schema
from ontology import load_schema
from ontology.schema import Schema

OWN = """\
@prefix : <https://plant.example/own#> .
@prefix gemba: <{namespace}> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
:Blower a owl:Class ; rdfs:subClassOf gemba:Asset ;
  rdfs:label "blower"@en, "鼓风机"@zh ;
  skos:definition "An asset that moves air."@en, "输送空气的设备。"@zh .
"""


@pytest.fixture(autouse=True)
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every load is the first one of its process, except in the test of that."""
    monkeypatch.setattr(compiled, "_IN_MEMORY", _Forgetful())


class _Forgetful(dict[str, Schema]):
    def setdefault(self, _key: str, schema: Schema) -> Schema:  # type: ignore[override]
        return schema


def test_compiled_schema_is_read_once_in_a_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiled, "_IN_MEMORY", {})
    first = load_compiled_schema((), tmp_path)
    assert load_compiled_schema((), tmp_path) is first


def test_compiled_schema_equals_the_one_from_turtle(tmp_path: Path) -> None:
    first = load_compiled_schema((), tmp_path)
    (kept,) = tmp_path.glob("schema-*.json")
    second = load_compiled_schema((), tmp_path)
    assert first == load_schema() == second
    assert second.digest == first.digest
    assert second.descendants("Asset") == first.descendants("Asset")
    assert kept.stat().st_size > 10_000


def test_compiled_schema_is_read_without_rdf(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_compiled_schema((), tmp_path)

    def refuse(_sources: object) -> None:
        raise AssertionError("Turtle was read")

    monkeypatch.setattr(compiled, "read_schema", refuse)
    assert "Asset" in load_compiled_schema((), tmp_path).classes


@pytest.mark.parametrize("content", [b"", b"{", b"{}", b"null", b'{"classes": {}}'])
def test_compiled_schema_that_is_damaged_is_made_anew(tmp_path: Path, content: bytes) -> None:
    load_compiled_schema((), tmp_path)
    (kept,) = tmp_path.glob("schema-*.json")
    kept.write_bytes(content)
    assert load_compiled_schema((), tmp_path) == load_schema()
    assert kept.stat().st_size > 10_000


def test_compiled_schema_of_another_ontology_is_not_taken(tmp_path: Path) -> None:
    load_compiled_schema((), tmp_path)
    (kept,) = tmp_path.glob("schema-*.json")
    kept.write_bytes(kept.read_bytes().replace(load_schema().digest.encode(), b"0" * 64))
    assert load_compiled_schema((), tmp_path).digest == load_schema().digest


def test_compiled_schema_follows_the_plants_own_terms(tmp_path: Path) -> None:
    namespace = load_schema().classes["Asset"].iri.removesuffix("Asset")
    own = tmp_path / "own.ttl"
    own.write_text(OWN.format(namespace=namespace), encoding="utf-8")
    cache = tmp_path / "cache"
    assert "Blower" in load_compiled_schema([own], cache).classes
    assert "Blower" not in load_compiled_schema((), cache).classes
    own.write_text(own.read_text("utf-8").replace("blower", "fan"), encoding="utf-8")
    again = load_compiled_schema([own], cache).classes["Blower"]
    assert again.words.label["en"] == "fan"
    assert len(list(cache.glob("schema-*.json"))) == 3


def test_compiled_schemas_do_not_pile_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "_KEPT", 2)
    for number in range(4):
        (tmp_path / f"schema-old-{number}.json").write_text("{}", encoding="utf-8")
    load_compiled_schema((), tmp_path)
    assert len(list(tmp_path.glob("schema-*.json"))) == 2


def test_compiled_schema_needs_no_folder(tmp_path: Path) -> None:
    assert load_compiled_schema((), None) == load_schema()
    blocked = tmp_path / "file"
    blocked.write_text("x", encoding="utf-8")
    assert load_compiled_schema((), blocked / "cache") == load_schema()
