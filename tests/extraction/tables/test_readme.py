"""The worked example of the mapping guide does what the guide says."""

from __future__ import annotations

import re
from pathlib import Path

from extraction.tables import recognise, shipped_mappings
from extraction.tables.mapping import parse_mapping, shipped_folder
from extraction.tables.specification import (
    ColumnSpec,
    SourceSpec,
    StatementSpec,
    ThingSpec,
)
from kg.model.instants import parse_instant
from ontology.schema import Schema
from tests.extraction.tables.loading import read_text

GUIDE = (shipped_folder() / "README.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)
    assert found
    return found[1]


def test_the_worked_example(tmp_path: Path, schema: Schema) -> None:
    told = read_text(
        tmp_path, block("csv"), parse_mapping(block("yaml"), "repairs.yaml"), schema,
        name="repairs.csv",
    )  # fmt: skip
    assert told.triples >= {
        ("wo:R-17", "reportedOn", "asset:PRESS 4"),
        ("wo:R-17", "observed", "mode:leakage"),
        ("wo:R-17", "usedPart", "part:SE-40"),
        ("asset:PRESS 4", "locatedIn", "area:H2"),
    }
    used = told.claim("wo:R-17", "usedPart", "part:SE-40")
    assert dict(used.props or {}) == {"quantity": 2.0}
    assert used.valid_from == parse_instant("2025-09-12T22:00:00Z")
    assert told.node("wo:R-17").props["labourHours"] == 3.5
    (finding,) = told.findings
    assert finding.code == "unknown-code"
    assert finding.message in " ".join(GUIDE.replace("*", "").split())


def test_every_entry_of_the_language_is_explained() -> None:
    for entry in (ColumnSpec, ThingSpec, StatementSpec, SourceSpec):
        for name, field in entry.model_fields.items():
            assert f"`{field.alias or name}" in GUIDE or f"{field.alias or name}:" in GUIDE, name


def test_every_shipped_mapping_is_listed() -> None:
    for mapping in shipped_mappings():
        assert f"`{mapping.name}`" in GUIDE


def test_the_example_needs_its_own_mapping(tmp_path: Path) -> None:
    path = tmp_path / "repairs.csv"
    path.write_text(block("csv"), encoding="utf-8")
    known = recognise(path, mappings=[parse_mapping(block("yaml")), *shipped_mappings()])
    assert known is not None
    assert known.name == "repairs"
