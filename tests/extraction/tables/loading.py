"""Reading small tables in tests: text in, everything that was said out."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from extraction.tables import Mapping, Reading, open_table, parse_mapping
from kg.model import Claim, Finding, NodeClaim, Passage, Rejection
from kg.model.instants import parse_instant
from ontology.schema import Schema

NOW = parse_instant("2026-06-01T00:00:00Z")


@dataclass
class Told:
    """All chunks of a reading as one."""

    passages: list[Passage] = field(default_factory=list)
    nodes: list[NodeClaim] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def triples(self) -> set[tuple[str, str, str]]:
        return {(c.subject, c.predicate, c.object) for c in self.claims}

    def node(self, key: str) -> NodeClaim:
        """The only claim about `key` that says anything but a further name."""
        found = [n for n in self.nodes if n.node == key]
        assert found, f"nothing is said about {key}, only about {[n.node for n in self.nodes]}"
        return found[0]

    def names(self, key: str) -> list[str | None]:
        return [n.name for n in self.nodes if n.node == key]

    def quote(self, claim: Claim) -> str:
        text = self.passages[claim.passage].text
        return text[claim.start : claim.end] if claim.start >= 0 else text

    def claim(self, subject: str, predicate: str, object_: str) -> Claim:
        found = [c for c in self.claims if c[:3] == (subject, predicate, object_)]
        assert found, f"not said; said was {sorted(self.triples)}"
        return found[0]

    def codes(self) -> list[str]:
        return sorted(f.code for f in self.findings)


def told_by(reading: Reading, checkpoint: str | None = None) -> Told:
    told = Told()
    for chunk in reading.chunks(checkpoint):
        shift = len(told.passages)
        told.passages += chunk.batch.passages
        told.nodes += [n._replace(passage=n.passage + shift) for n in chunk.batch.nodes]
        told.claims += [c._replace(passage=c.passage + shift) for c in chunk.batch.claims]
        told.rejections += chunk.rejections
        told.findings += chunk.findings
    return told


def read_file(path: Path, mapping: Mapping | str, schema: Schema, **options: Any) -> Told:
    options.setdefault("now", NOW)
    if isinstance(mapping, str):
        mapping = parse_mapping(mapping, "test.yaml")
    return told_by(open_table(path, mapping, schema, **options))


def read_text(
    folder: Path, text: str, mapping: Mapping | str, schema: Schema, **options: Any
) -> Told:
    """What a CSV file with `text` says.

    It stands two folders deep: lookups also search the folders beside a file's own.
    """
    if folder.name != "orders":
        folder = folder / "plant" / "records"
        folder.mkdir(parents=True, exist_ok=True)
    path = folder / str(options.pop("name", "table.csv"))
    path.write_bytes(text.encode(options.pop("written_as", "utf-8")))
    return read_file(path, mapping, schema, **options)


ORDERS = """
mapping: orders
title: Work orders
columns:
  number: {header: [WO], required: true, if_missing: reject}
  asset: {header: [Asset]}
  text: {header: [Text]}
  start: {header: [Start]}
  end: {header: [End]}
  cost: {header: [Cost]}
things:
  order:
    class: WorkOrder
    code: "{number}"
    from: start
    to: end
    properties: {description: text, startedAt: start, cost: cost}
  asset: {class: Asset, code: "{asset}", if_missing: report}
statements:
  - order reportedOn asset
"""
