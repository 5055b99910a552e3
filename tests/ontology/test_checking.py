"""What `gemba ontology check` remarks upon, and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from api.cli import main
from ontology import OntologyError
from ontology.checking import check_ontology

HEAD = """\
@prefix : <https://w3id.org/gemba/ontology#> .
@prefix my: <https://acme.example/terms#> .
@prefix mode: <https://w3id.org/gemba/concept/mode#> .
@prefix class: <https://w3id.org/gemba/concept/class#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
"""
WHOLE = """
    skos:definition "a"@en , "甲"@zh ; skos:altLabel "aa"@en , "甲甲"@zh ;
    rdfs:label "zed"@en , "乙"@zh .
"""


def own(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "own.ttl"
    path.write_text(HEAD + text, encoding="utf-8")
    return path


def test_checking_finds_nothing_to_put_right_in_what_ships() -> None:
    report = check_ontology()
    assert [r.message for r in report.remarks if r.level != "note"] == []
    assert report.counts["classes"] > 40
    assert report.counts["concepts"] > 80
    assert any(path.startswith("ontology/modules/") for path in report.files)
    assert any(path.startswith("ontology/shapes/") for path in report.files)


@pytest.mark.parametrize(
    ("text", "level", "code", "says"),
    [
        (
            'my:A a owl:Class ; rdfs:subClassOf :Asset ; rdfs:label "a"@en .',
            "problem", "missing-label", "line 9: A has no Chinese label",
        ),
        (
            'my:A a owl:Class ; rdfs:subClassOf :Asset ; rdfs:label "a"@en , "甲"@zh .',
            "problem", "missing-definition", "A has no English definition",
        ),
        ("my:A a owl:Class ; rdfs:subClassOf :Asset ; :isBluk true ;" + WHOLE,
         "problem", "unknown-term", "uses isBluk"),
        ("my:A a :Nope ;" + WHOLE, "problem", "unknown-term", "uses Nope"),
        ('mode:Leekage skos:altLabel "leek"@en .', "problem", "undeclared", "Leekage is described"),
        ("class:Pump :exhibits mode:Leakage .",
         "problem", "statement-in-ontology", "Pump stands in the relation exhibits"),
        ("my:A a owl:Class ; rdfs:subClassOf :Asset ; owl:equivalentClass <http://x.example/A> ;"
         + WHOLE,
         "problem", "equivalence", "equivalentClass http://x.example/A"),
        ('mode:A a :FailureMode ; rdfs:label "a"@en , "甲"@zh ; skos:definition "b"@en , "丙"@zh .',
         "note", "missing-alternatives", "A has no English alternative labels"),
        ("my:a a owl:ObjectProperty ;" + WHOLE, "note", "missing-verb", "a has no English verb"),
        ('mode:A a :FailureMode ; skos:altLabel "zzz"@en ;' + WHOLE
         + 'mode:B a :FailureMode ; skos:altLabel "ZZZ"@en ;' + WHOLE,
         "note", "shared-word", "“zzz” is a word for A and B"),
        ("my:S sh:targetClass :Asset ; sh:property my:P . my:P sh:path :code ; sh:minCount 1 .",
         "note", "missing-message", "P has no English and no Chinese sh:message"),
        ("my:S sh:targetClass :Asset ; sh:property [ sh:path ( :locatedIn :locatedIn ) ; "
         "sh:minCount 1 ] .",
         "note", "slow-shape", "S uses a longer path"),
        ("my:A a owl:Class", "error", "not-turtle", "line 9 is not valid Turtle"),
        ("my:A a owl:Class .", "error", "clash", "A has no"),
        ("my:S sh:targetClass my:Nope .", "error", "clash", "S is for the class"),
        ('my:S sh:targetClass :Asset ; sh:sparql [ sh:select "SELECT nonsense" ] .',
         "error", "clash", "S cannot be run"),
    ],
)  # fmt: skip
def test_checking_remarks(tmp_path: Path, text: str, level: str, code: str, says: str) -> None:
    path = own(tmp_path, text)
    report = check_ontology([], [path])
    found = [r for r in report.remarks if r.code == code and says in r.message]
    assert found, [r.message for r in report.remarks]
    assert found[0].level == level
    assert found[0].message.startswith(str(path))
    assert report.files == (str(path),)


def test_checking_names_every_file_that_is_not_turtle(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.ttl").write_text("not turtle", encoding="utf-8")
    report = check_ontology([], [tmp_path])
    assert [r.code for r in report.remarks] == ["not-turtle", "not-turtle"]


def test_checking_needs_the_file_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(OntologyError, match="no ontology file"):
        check_ontology([], [tmp_path / "absent.ttl"])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("my:A a owl:Class ; rdfs:subClassOf :Asset ;" + WHOLE, 0),
        ('my:A a owl:Class ; rdfs:subClassOf :Asset ; rdfs:label "a" .', 1),
        ("my:A a owl:Class", 2),
    ],
)
def test_check_command_has_an_exit_code_for_each_outcome(
    tmp_path: Path, text: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    path = own(tmp_path, text)
    assert main(["ontology", "check", str(path), "--json"]) == code
    told = json.loads(capsys.readouterr().out)
    assert told["files"] == [str(path)]
    levels = {remark["level"] for remark in told["remarks"]}
    assert ({0: "note", 1: "problem", 2: "error"}[code] in levels) or code == 0


def test_check_command_answers_a_missing_file_in_one_sentence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["ontology", "check", "nowhere.ttl"]) == 2
    assert capsys.readouterr().err.strip() == (
        "gemba: There is no ontology file or folder nowhere.ttl: correct the path or leave it out."
    )
