"""Reading the Turtle: the shipped terms hang together, and every mistake has a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from ontology import OntologyError, load_schema

HEAD = """@prefix : <https://w3id.org/gemba/ontology#> .
@prefix my: <https://acme.example/terms#> .
@prefix mode: <https://w3id.org/gemba/concept/mode#> .
@prefix symptom: <https://w3id.org/gemba/concept/symptom#> .
@prefix class: <https://w3id.org/gemba/concept/class#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""

KINDS = {
    "code": "plant area line asset location tool sensor alarm part wo event procedure person"
    " product lot unit step op supplier shipment customer container inspection characteristic"
    " measurement defect containment order",
    "name": "class component parameter symptom mode cause effect function check remedy activity"
    " role defecttype",
}


def own(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "own.ttl"
    path.write_text(HEAD + text, encoding="utf-8")
    return path


def test_reader_knows_the_agreed_kinds() -> None:
    schema = load_schema()
    for identified_by, kinds in KINDS.items():
        for kind in kinds.split():
            cls = schema.classes[schema.class_of_kind[kind]]
            assert (cls.kind, cls.identified_by) == (kind, identified_by)


def test_reader_gives_every_term_words_in_both_languages() -> None:
    schema = load_schema()
    assert len(schema.classes) > 40
    terms = [*schema.classes.values(), *schema.relations.values(), *schema.attributes.values()]
    for term in terms:
        for lang in ("en", "zh"):
            assert term.words.label.get(lang), f"{term.name} has no {lang} label"
            assert term.words.alt.get(lang), f"{term.name} has no {lang} alternative label"
            assert term.words.definition.get(lang), f"{term.name} has no {lang} definition"
    for relation in schema.relations.values():
        assert set(relation.verb) == set(relation.inverse_verb) == {"en", "zh"}, relation.name


def test_reader_reads_unions_as_any_of() -> None:
    schema = load_schema()
    assert set(schema.relations["consumed"].range) == {"MaterialLot", "Unit"}
    assert schema.relations["consumed"].flow == "upstream"
    assert schema.relations["describedIn"].domain == ()
    assert schema.is_a("Gauge", "Asset")
    assert schema.classes["Gauge"].kind == "tool"


def test_reader_takes_a_plants_own_terms(tmp_path: Path) -> None:
    path = own(
        tmp_path,
        """
my:Press a owl:Class ; rdfs:subClassOf :Asset ; rdfs:label "press"@en , "压力机"@zh-CN .
my:lubricates a owl:ObjectProperty ; rdfs:label "lubricates"@en ;
    rdfs:domain my:Press ; rdfs:range :Component .
:reportedOn :domainIncludes :Inspection .
:Asset rdfs:label "机床"@zh .
""",
    )
    schema = load_schema([path])
    press = schema.classes["Press"]
    assert (press.kind, press.facet, press.ancestors) == ("asset", "machine", ("Asset",))
    assert press.words.label == {"en": "press", "zh": "压力机"}
    assert schema.relations["lubricates"].type_name == "LUBRICATES"
    assert "Inspection" in schema.relations["reportedOn"].domain
    assert "WorkOrder" in schema.relations["reportedOn"].domain
    assert schema.classes["Asset"].words.label["zh"] == "机床"
    assert "设备" in schema.classes["Asset"].words.alt["zh"]
    assert "Press" not in load_schema().classes
    assert schema.digest != load_schema().digest


def test_reader_sees_a_changed_file(tmp_path: Path) -> None:
    path = own(tmp_path, 'my:A a owl:Class ; rdfs:subClassOf :Asset ; rdfs:label "a" .')
    assert "A" in load_schema([path]).classes
    own(tmp_path, 'my:B a owl:Class ; rdfs:subClassOf :Asset ; rdfs:label "b" .')
    assert "A" not in load_schema([path]).classes


def test_reader_gives_concepts_keys_codes_and_validity(tmp_path: Path) -> None:
    path = own(
        tmp_path,
        """
class:Widget a :AssetClass ; rdfs:label "widget" .
class:TinyWidget a :AssetClass ; rdfs:label "tiny widget" ; skos:broader class:Widget .
mode:Wobble a :FailureMode ; rdfs:label "wobble"@en , "摆动"@zh ; skos:notation "WOB" ;
    :validFor class:Widget .
mode:Squeak a :FailureMode ; rdfs:label "squeak" ; skos:broader mode:Wobble .
symptom:Wobble a :Symptom ; rdfs:label "wobble" .
""",
    )
    schema = load_schema([path])
    wobble = schema.concepts["mode:Wobble"]
    assert (wobble.codes, wobble.valid_for, wobble.cls) == (
        ("WOB",),
        ("class:Widget",),
        "FailureMode",
    )
    assert schema.concepts["mode:Squeak"].broader == ("mode:Wobble",)
    assert schema.concepts["symptom:Wobble"].cls == "Symptom"
    modes = {c.key for c in schema.failure_modes_for("TinyWidget")}
    assert {"mode:Wobble", "mode:Squeak"} <= modes
    others = {c.key for c in schema.failure_modes_for("class:Unheard")}
    assert "mode:Squeak" in others
    assert "mode:Wobble" not in others


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ('my:A a owl:Class ;\n rdfs:label "unclosed .\n', 11, "not valid Turtle"),
        ("unknown:A a owl:Class .", 10, "not valid Turtle"),
        ("\n\nmy:A a owl:Class ; rdfs:subClassOf :Asset .", 12, "has no label"),
        ('my:A a owl:Class ; rdfs:label "a" .', 10, "has no kind"),
        ('my:A a owl:Class ; rdfs:label "a" ; rdfs:subClassOf :Nope .', 10, "unknown parent"),
        (
            'my:A a owl:Class ; rdfs:label "a" ; rdfs:subClassOf my:B .\n'
            'my:B a owl:Class ; rdfs:label "b" ; rdfs:subClassOf my:A , :Asset .',
            10,
            "its own ancestor",
        ),
        (
            'my:A a owl:Class ; rdfs:label "a" ; :kind "lot" ; :identifiedBy "code" .',
            10,
            "belongs to MaterialLot",
        ),
        (
            'my:A a owl:Class ; rdfs:label "a" ; :kind "No Good" ; :identifiedBy "code" .',
            10,
            "small Latin letters",
        ),
        (
            'my:A a owl:Class ; rdfs:label "a" ; :kind "novel" .',
            10,
            'gemba:identifiedBy "code" or "name"',
        ),
        (
            'my:A a owl:Class ; rdfs:label "a" ; rdfs:subClassOf :Asset , :MaterialLot .',
            10,
            "several kinds (asset, lot)",
        ),
        (
            'my:A a owl:Class ; rdfs:label "a" ; rdfs:subClassOf :Asset ; :facet "luck" .',
            10,
            "facet 'luck'",
        ),
        (
            'my:A a owl:Class ; rdfs:label "a" ; rdfs:subClassOf :Asset ; :isEvent "maybe" .',
            10,
            "say true or false",
        ),
        ('my:Asset a owl:Class ; rdfs:label "a" ; rdfs:subClassOf :Tool .', 10, "same local name"),
        (
            'my:r a owl:ObjectProperty ; rdfs:label "r" ; rdfs:range my:Nope .',
            10,
            "unknown class in its range",
        ),
        (
            'my:r a owl:ObjectProperty ; rdfs:label "r" ; rdfs:domain :Asset , :Unit .',
            10,
            "owl:unionOf",
        ),
        (
            'my:r a owl:ObjectProperty ; rdfs:label "r" ; :flow "sideways" .',
            10,
            "flow 'sideways'",
        ),
        (
            'my:p a owl:DatatypeProperty ; rdfs:label "p" ; rdfs:range xsd:gYear .',
            10,
            "choose one of xsd:string",
        ),
        (
            'my:x a owl:ObjectProperty , owl:DatatypeProperty ; rdfs:label "x" .',
            10,
            "both a relation and an attribute",
        ),
        ('mode:A a :FailureMode , :Symptom ; rdfs:label "a" .', 10, "at once FailureMode and"),
        (
            'mode:A a :FailureMode ; rdfs:label "a" ; skos:broader mode:Nope .',
            10,
            "unknown concept",
        ),
        (
            'mode:A a :FailureMode ; rdfs:label "a" ; skos:broader mode:A .',
            10,
            "its own ancestor",
        ),
        (
            'mode:A a :FailureMode ; rdfs:label "a" ; :validFor class:Nope .',
            10,
            "unknown concept",
        ),
        (
            'mode:A a :FailureMode ; rdfs:label "a" .\nmy:A a :FailureMode ; rdfs:label "b" .',
            10,
            "has the key mode:A",
        ),
        (':Asset :kind "machine" .', 0, "several values for gemba:kind (asset, machine)"),
        (":Asset rdfs:subClassOf :Asset .", 0, "its own ancestor"),
        (':Aset rdfs:label "typo" .', 10, "never declared"),
    ],
)
def test_reader_names_file_line_and_mistake(
    tmp_path: Path, text: str, line: int, says: str
) -> None:
    path = own(tmp_path, text)
    with pytest.raises(OntologyError) as caught:
        load_schema([path])
    message = str(caught.value)
    if line:  # else the term stands in a shipped file
        assert f"{path}, line {line}" in message
    assert says in message


def test_reader_says_what_is_missing_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(OntologyError, match="no ontology file or folder"):
        load_schema([tmp_path / "absent.ttl"])
    binary = tmp_path / "binary.ttl"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(OntologyError, match="not UTF-8"):
        load_schema([binary])


def test_reader_reads_a_folder(tmp_path: Path) -> None:
    own(tmp_path, 'my:A a owl:Class ; rdfs:subClassOf :Asset ; rdfs:label "a" .')
    assert "A" in load_schema([tmp_path]).classes
