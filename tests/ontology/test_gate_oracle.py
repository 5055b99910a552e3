"""The gate against pyshacl, on the shipped rules and random batches."""

from __future__ import annotations

import random
from typing import Any

import pytest
from rdflib import Graph, URIRef

from ontology import load_gate
from ontology.schema import Schema
from ontology.sources import shape_sources
from tests.ontology.oracle import (
    DERIVED,
    Finding,
    Nodes,
    Raw,
    Triple,
    as_rdf,
    derived_shapes,
    run,
    shape_graph,
)

PRESENCE = {"MinCount", "Or"}  # what the shipped shapes ask to be there
OTHER_RULES = ("self:", "class-of-key", "unknown-", "no-identity")


@pytest.fixture(scope="module")
def rules() -> Graph:
    gate = load_gate()
    assert not gate.shapes.beyond, "the shipped shapes are meant to be fast"
    return derived_shapes(gate.schema) + shape_graph(shape_sources())


def a_value(rng: random.Random, datatype: str) -> Any:
    good: dict[str, list[Any]] = {
        "string": ["x", "H", "EUR", "en", "漏油", "text/csv", "", "pass"],
        "integer": [0, 1, 7, 10, 11, 1001, -1],
        "decimal": [0, 0.5, 1, -0.5, 12, 3.25, 1e-7],
        "boolean": [True, False],
        "date": ["2026-01-05", "2025-12-31", "2026-03-01"],
        "dateTime": [
            "2026-03-01T07:30:00Z",
            "2026-03-01T07:30:00.250Z",
            "2026-02-28T23:59:59+08:00",
            "2026-03-02T00:00:00Z",
        ],
    }
    bad: list[Any] = [
        "abc", 3, 2.5, True, "2026-13-40", "2026-03-01T07:30:00", "2026-02-30T00:00:00Z", "12",
    ]  # fmt: skip
    if rng.random() < 0.15:
        return rng.choice(bad)
    if datatype == "string" and rng.random() < 0.1:
        return rng.sample(good["string"], 2)
    return rng.choice(good[datatype])


def a_batch(
    rng: random.Random, schema: Schema, *, claim_all: bool
) -> tuple[Nodes, list[Triple], dict[str, str]]:
    names = sorted(schema.classes)
    classes: dict[str, str] = {}
    for number in range(rng.randint(12, 24)):
        cls = rng.choice(names)
        classes[f"{schema.classes[cls].kind}:N {number}"] = cls
    for concept in rng.sample(sorted(schema.concepts), 2):
        classes[concept] = schema.concepts[concept].cls
    keys = sorted(classes)
    nodes: dict[str, tuple[str, dict[str, Any]]] = {}
    for key in keys:
        if not claim_all and rng.random() < 0.4:
            continue
        fitting = [
            a.name
            for a in schema.attributes.values()
            if not a.domain or any(schema.is_a(classes[key], d) for d in a.domain)
        ]
        chosen = rng.sample(fitting, min(len(fitting), rng.randint(0, 7)))
        if rng.random() < 0.2:
            chosen.append(rng.choice(sorted(schema.attributes)))
        props = {n: a_value(rng, schema.attributes[n].datatype) for n in chosen}
        nodes[key] = (classes[key], props)
    triples: list[Triple] = []
    for _ in range(rng.randint(15, 50)):
        relation = rng.choice(list(schema.relations.values()))
        sides = []
        for allowed in (relation.domain, relation.range):
            fit = [k for k in keys if any(schema.is_a(classes[k], a) for a in allowed)]
            sides.append(rng.choice(fit if fit and rng.random() < 0.85 else keys))
        triples.append((sides[0], relation.name, sides[1]))
    return nodes, triples, classes


def expected(raw: list[Raw], rules: Graph) -> set[Finding]:
    found = set()
    for result in raw:
        name = str(result.source)
        if name.startswith(DERIVED):
            code = name.removeprefix(DERIVED)
            side, _, term = code.partition(":")
            path = term if side in ("subject", "owner") else result.path
            found.add(Finding(result.focus, path, result.severity, code))
        elif isinstance(result.source, URIRef):
            code = name.rpartition("#")[2]
            found.add(Finding(result.focus, result.path, result.severity, code))
        else:
            owner = next(rules.subjects(object=result.source))
            path = result.path
            found.add(
                Finding(
                    result.focus, path, result.severity, f"{str(owner).rpartition('#')[2]}.{path}"
                )
            )
    return found


def comparable(found: set[Finding]) -> set[Finding]:
    """Without orders of values of which one is of the wrong type: SHACL asks for a result where
    values do not compare, pyshacl is silent about some. The wrong type itself is reported."""
    wrong = {f.focus for f in found if f.code.startswith("datatype:")}
    return {f for f in found if not (f.code.endswith("-order") and f.focus in wrong)}


def given(
    gate: Any, nodes: Nodes, triples: list[Triple], classes: Any, existing: Any
) -> set[Finding]:
    return {
        Finding(v.focus, v.path, v.severity, v.code.removeprefix("shape:"))
        for v in gate.check(nodes, triples, classes.get, existing)
        if not v.code.startswith(OTHER_RULES)
    }


@pytest.mark.parametrize("seed", range(12))
def test_gate_agrees_with_pyshacl_on_new_things(seed: int, rules: Graph) -> None:
    gate = load_gate()
    nodes, triples, classes = a_batch(random.Random(seed), gate.schema, claim_all=True)
    raw = run(gate.schema, as_rdf(gate.schema, nodes, triples, classes), rules)
    got = given(gate, nodes, triples, classes, None)
    assert comparable(got) == comparable(expected(raw, rules))


@pytest.mark.parametrize("seed", range(100, 108))
def test_gate_asks_presence_only_of_claimed_new_things(seed: int, rules: Graph) -> None:
    gate = load_gate()
    rng = random.Random(seed)
    nodes, triples, classes = a_batch(rng, gate.schema, claim_all=False)
    stored = {key for key in nodes if rng.random() < 0.5}
    raw = run(gate.schema, as_rdf(gate.schema, nodes, triples, classes), rules)
    new = nodes.keys() - stored
    enforced = [
        r
        for r in raw
        if r.component not in PRESENCE or r.focus in new or str(r.source).startswith(DERIVED)
    ]
    got = given(gate, nodes, triples, classes, stored.intersection)
    assert comparable(got) == comparable(expected(enforced, rules))


def test_gate_oracle_sees_every_kind_of_rule(rules: Graph) -> None:
    """The random batches break enough rules for their agreement to mean something."""
    gate = load_gate()
    codes: set[str] = set()
    for seed in range(12):
        nodes, triples, classes = a_batch(random.Random(seed), gate.schema, claim_all=True)
        found = given(gate, nodes, triples, classes, None)
        codes |= {f.code.partition(":")[0] for f in found}
    shapes = {s.name for s in gate.shapes.shapes} | {
        p.name for s in gate.shapes.shapes for p in s.properties
    }
    assert {"subject", "object", "datatype", "owner"} <= codes
    assert len(codes & shapes) > 15
