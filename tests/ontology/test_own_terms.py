"""A class, a property, a label and a shape that the code has never heard of, in one Turtle file."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.cli import main
from ontology import load_gate, load_schema
from ontology.checking import check_ontology
from ontology.markdown import markdown_page
from ontology.page import EXAMPLE, html_page
from ontology.reference import Reference

OWN = """\
@prefix : <https://w3id.org/gemba/ontology#> .
@prefix zz: <https://quaxel.example/terms#> .
@prefix mode: <https://w3id.org/gemba/concept/mode#> .
@prefix class: <https://w3id.org/gemba/concept/class#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

zz:Quaxel a owl:Class ; rdfs:label "quaxel"@en , "夸克塞机"@zh ; skos:altLabel "qx"@en , "夸机"@zh ;
    skos:definition "A thing that only this test knows."@en , "只有本测试知道的事物。"@zh ;
    :kind "quaxel" ; :identifiedBy "code" ; :facet "machine" .

zz:frobnicates a owl:ObjectProperty ; rdfs:domain zz:Quaxel ; rdfs:range :Unit ;
    rdfs:label "frobnicates"@en , "摆弄"@zh ; skos:altLabel "frobs"@en , "弄"@zh ;
    skos:definition "What a quaxel does to a unit."@en , "夸克塞机对单件所做的事。"@zh ;
    :verb "frobnicated"@en , "摆弄了"@zh ; :inverseVerb "was frobnicated by"@en , "被其摆弄："@zh .

zz:wobbleHertz a owl:DatatypeProperty ; rdfs:domain zz:Quaxel ; rdfs:range xsd:decimal ;
    rdfs:label "wobble"@en , "摇摆频率"@zh ; skos:altLabel "wob"@en , "摇摆"@zh ; :unit "Hz" ;
    skos:definition "How fast it wobbles."@en , "摇摆的快慢。"@zh .

mode:Unquaxed a :FailureMode ; rdfs:label "unquaxed"@en , "失夸"@zh ;
    skos:altLabel "de-quaxed"@en , "掉夸"@zh ;
    skos:definition "It quaxes no more."@en , "不再夸。"@zh ; :validFor class:Crane .

:Asset skos:altLabel "thingamajig"@en .
:reportedOn :rangeIncludes zz:Quaxel .

zz:QuaxelShape a sh:NodeShape ; sh:targetClass zz:Quaxel ;
    sh:property zz:QuaxelShape-frobnicates , zz:QuaxelShape-wobble .
zz:QuaxelShape-frobnicates a sh:PropertyShape ; sh:path zz:frobnicates ; sh:minCount 1 ;
    sh:message "{this} frobnicates nothing at all."@en , "{this} 什么也没摆弄。"@zh .
zz:QuaxelShape-wobble a sh:PropertyShape ; sh:path zz:wobbleHertz ; sh:maxInclusive 9.5 .
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "quaxel.ttl"
    path.write_text(OWN, encoding="utf-8")
    return path


def test_own_terms_are_in_the_schema_with_their_words(own: Path) -> None:
    schema = load_schema([own])
    assert schema.class_of_key("quaxel:Q-1") == "Quaxel"
    assert schema.classes["Quaxel"].words.label["zh"] == "夸克塞机"
    assert schema.classes["Quaxel"].words.alt["en"] == ("qx",)
    assert schema.relations["frobnicates"].type_name == "FROBNICATES"
    assert schema.attributes["wobbleHertz"].unit == "Hz"
    assert "thingamajig" in schema.classes["Asset"].words.alt["en"]
    assert "掉夸" in schema.concepts["mode:Unquaxed"].words.alt["zh"]
    assert "mode:Unquaxed" in {m.key for m in schema.failure_modes_for("Crane")}
    assert "mode:Unquaxed" not in {m.key for m in schema.failure_modes_for("Pump")}


def test_own_terms_are_enforced_by_the_gate(own: Path) -> None:
    gate = load_gate([own])
    implied = gate.schema.class_of_key

    def codes(
        nodes: dict[str, tuple[str, dict[str, object]]], *said: tuple[str, str, str]
    ) -> list[str]:
        return [v.code for v in gate.check(nodes, said, implied)]  # type: ignore[arg-type]

    good = {"quaxel:Q-1": ("Quaxel", {"wobbleHertz": 9.5})}
    assert codes(good, ("quaxel:Q-1", "frobnicates", "unit:U-1")) == []
    assert codes(good) == ["shape:QuaxelShape-frobnicates"]
    fast = {"quaxel:Q-1": ("Quaxel", {"wobbleHertz": 9.6})}
    assert codes(fast, ("quaxel:Q-1", "frobnicates", "unit:U-1")) == ["shape:QuaxelShape-wobble"]
    assert codes({}, ("quaxel:Q-1", "frobnicates", "lot:L-1")) == ["object:frobnicates"]
    assert codes({}, ("wo:1", "reportedOn", "quaxel:Q-1")) == []
    worded = {"quaxel:Q-1": ("Quaxel", {"wobbleHertz": "fast"})}
    assert "datatype:wobbleHertz" in codes(worded, ("quaxel:Q-1", "frobnicates", "unit:U-1"))

    lonely = gate.check({"quaxel:Q-1": ("Quaxel", {})}, [], implied)
    assert [v.message for v in lonely] == [
        {"en": "Quaxel Q-1 frobnicates nothing at all.", "zh": "夸克塞机 Q-1 什么也没摆弄。"}
    ]
    # The shipped ontology alone knows nothing of it.
    assert load_gate().check(good, [], load_schema().class_of_key)[0].code == "unknown-class"


def test_own_terms_pass_the_check_and_stand_on_the_page(own: Path) -> None:
    report = check_ontology([], [own])
    assert [r for r in report.remarks if r.level != "note"] == []
    gate = load_gate([own])
    reference = Reference(gate.schema, gate.shapes)
    for text in (html_page(reference), markdown_page(reference)):
        for word in ("quaxel", "夸克塞机", "frobnicates", "wobbleHertz", "失夸", "thingamajig"):
            assert word in text
        assert "QuaxelShape-frobnicates" in text


def test_own_terms_are_found_by_the_command_line(
    own: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GEMBA_ONTOLOGY", str(own))
    assert main(["ontology", "check"]) == 0
    assert main(["ontology", "show", "夸机"]) == 0
    shown = capsys.readouterr().out
    assert "https://quaxel.example/terms#Quaxel" in shown
    assert "QuaxelShape-frobnicates" in shown


def test_own_terms_of_the_page_are_an_example_that_works(tmp_path: Path) -> None:
    path = tmp_path / "kiln.ttl"
    path.write_text(EXAMPLE, encoding="utf-8")
    report = check_ontology([], [path])
    assert [r for r in report.remarks if r.level != "note"] == []
    gate = load_gate([path])
    found = gate.check({"asset:K-1": ("Kiln", {"liningAgeDays": 3})}, [], gate.schema.class_of_key)
    assert [v.message["en"] for v in found] == ["Kiln K-1 stands nowhere."]
