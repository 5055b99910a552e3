"""The shipped library: complete, unambiguous, and fit for the tables that use it."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from importlib.resources import files

import pytest

from extraction.text import TextContext, lexicon_extractor
from kg.model import Batch, Claim, name_key
from kg.model.text import has_han
from kg.resolution import NameResolver
from ontology import load_schema
from ontology.schema import Concept, Schema

LIBRARY_KINDS = {
    "mode", "symptom", "component", "activity", "cause", "check", "remedy", "effect", "function",
}  # fmt: skip


@pytest.fixture(scope="module")
def schema() -> Schema:
    return load_schema()


def library(schema: Schema) -> Iterator[Concept]:
    return (c for c in schema.concepts.values() if c.key.partition(":")[0] in LIBRARY_KINDS)


def test_every_concept_has_labels_and_definitions_in_both_languages(schema: Schema) -> None:
    for concept in library(schema):
        assert set(concept.words.label) >= {"en", "zh"}, concept.key
        assert set(concept.words.definition) >= {"en", "zh"}, concept.key


def test_no_word_means_two_concepts_of_one_kind(schema: Schema) -> None:
    meant: dict[tuple[str, str], set[str]] = defaultdict(set)
    for concept in library(schema):
        kind = concept.key.partition(":")[0]
        labels = concept.words.label.values()
        others = (word for words in concept.words.alt.values() for word in words)
        for word in (*labels, *others, *concept.codes):
            meant[kind, word.casefold()].add(concept.key)
    assert {word: keys for word, keys in meant.items() if len(keys) > 1} == {}


def rows(name: str) -> list[dict[str, str]]:
    text = (files("data") / "library" / name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


KNOWLEDGE = {
    "asset class": "class",
    "component": "component",
    "failure mode": "mode",
    "cause": "cause",
    "symptom": "symptom",
    "effect": "effect",
    "check": "check",
    "remedy": "remedy",
}


def test_every_name_in_the_knowledge_table_is_a_concept(schema: Schema) -> None:
    resolver = NameResolver(schema)
    for number, row in enumerate(rows("knowledge.csv"), start=2):
        for column, kind in KNOWLEDGE.items():
            names = [name.strip() for name in row[column].split(";")]
            assert all(names), (number, column)
            for name in names:
                key = resolver.resolve(name_key(kind, name))
                assert key in schema.concepts, (number, column, name)
        assert 0.3 <= float(row["confidence"]) <= 0.7
        assert row["source"]


def test_the_knowledge_table_has_a_path_for_the_usual_components(schema: Schema) -> None:
    known = {row["component"] for row in rows("knowledge.csv")}
    for name in ("hydraulic pump", "bearing", "electric motor", "engine", "spindle", "drive belt"):
        assert name in known


def test_every_tool_and_spare_part_has_one_chinese_name() -> None:
    used = set()
    for row in rows("knowledge.csv"):
        for column in ("check tools", "remedy tools", "spare parts"):
            kind = "part" if column == "spare parts" else "tool"
            used |= {(kind, name.strip()) for name in row[column].split(";") if name.strip()}
    named = [(row["tool or part"], row["english name"]) for row in rows("names.csv")]
    assert sorted(named) == sorted(used)
    assert all(has_han(row["chinese name"]) for row in rows("names.csv"))


def test_wholes_and_parts_are_components(schema: Schema) -> None:
    resolver = NameResolver(schema)
    for row in rows("composition.csv"):
        for column in ("whole", "part"):
            assert resolver.resolve(name_key("component", row[column])) in schema.concepts
        assert row["whole"] != row["part"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "L/H BUCKET CYL LEAKING.",
            {"component:HydraulicCylinder exhibits mode:Leakage", "wo:1 observed mode:Leakage"},
        ),
        ("A/C u/s", {"component:AirConditioner exhibits mode:FailToFunction"}),
        ("Economiser tube leak, welded", {"component:Pipe exhibits mode:Leakage"}),
        ("Safety valve will not reseat", {"component:ReliefValve exhibits mode:FailToClose"}),
        ("电机跳闸", {"component:ElectricMotor exhibits mode:Tripping"}),
        ("滚筒轴承缺油", {"component:Bearing exhibits mode:LowLevel"}),
        ("REPLACE BROKEN TOOTH", {"component:BucketTooth exhibits mode:Breakage"}),
        ("batteries flat - jump start", {"component:Battery exhibits mode:FlatBattery"}),
        ("fire extinguisher missing", {"component:FireSuppression exhibits mode:Missing"}),
        ("replaced seal", {"wo:1 performed remedy:ReplaceSeal"}),
        ("主轴异响，更换轴承", {"component:Spindle exhibits mode:AbnormalNoise"}),
        ("电机过热跳闸，原因：轴承缺油", {"wo:1 foundCause cause:LackOfLubrication"}),
        ("伺服报警，编码器线断", {"wo:1 observed symptom:AlarmActive"}),
        ("机械手吸盘掉料", {"component:SuctionCup exhibits mode:LoadDrop"}),
        ("故障现象：漏油", {"wo:1 observed mode:Leakage"}),
    ],
)
def test_shop_floor_texts_are_understood(schema: Schema, text: str, expected: set[str]) -> None:
    extractor = lexicon_extractor(schema)
    found = extractor.extract(text, 0, 0, TextContext(record="wo:1", asset="asset:A")).claims
    said = {f"{c.subject} {c.predicate} {c.object}" for c in found}
    assert expected <= said


def test_headings_are_no_findings(schema: Schema) -> None:
    extractor = lexicon_extractor(schema)
    for text in ("故障现象：", "故障描述", "维修人员：王工", "no fault found"):
        claims = extractor.extract(text, 0, 0, TextContext(record="wo:1")).claims
        assert [c for c in claims if c.predicate in ("observed", "performed")] == [], text


def test_claims_keep_to_the_ontologys_domains_and_ranges(schema: Schema) -> None:
    """What the extractor claims passes the gate: domain and range of every relation."""
    texts = [
        "replaced leaking hose due to worn seal, no cracks found, p/n 12-34, alarm 2031",
        "液压泵漏油，由于密封圈老化，更换油封，未见异响",
    ]
    extractor = lexicon_extractor(schema)
    batch = Batch()
    for text in texts:
        batch.claims += extractor.extract(
            text, 0, 0, TextContext(record="wo:1", asset="asset:A")
        ).claims
    assert {c.predicate for c in batch.claims} >= {
        "involves", "observed", "performed", "ruledOut", "foundCause", "causes", "exhibits",
        "hasComponent", "usedPart",
    }  # fmt: skip
    for claim in batch.claims:
        assert _allowed(schema, claim), claim


def _allowed(schema: Schema, claim: Claim) -> bool:
    relation = schema.relations[claim.predicate]
    subject, target = schema.class_of_key(claim.subject), schema.class_of_key(claim.object)
    return (not relation.domain or any(schema.is_a(subject, d) for d in relation.domain)) and (
        not relation.range or any(schema.is_a(target, r) for r in relation.range)
    )
