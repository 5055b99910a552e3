"""The reference page: one HTML file that needs no network, or Markdown, in both languages."""

from __future__ import annotations

from importlib.resources import files
from typing import Literal

from jinja2 import Environment, StrictUndefined

from ontology.namespaces import local_name
from ontology.reference import Likeness, Reference, Rule
from ontology.schema import Attribute, ClassTerm, Concept, Relation
from ontology.sources import shipped, triples_of
from ontology.wording import Wording, join_zh

Term = ClassTerm | Relation | Attribute | Concept
Language = Literal["en", "zh"]

_FACETS = {
    "man": ("man", "人"),
    "machine": ("machine", "机"),
    "material": ("material", "料"),
    "method": ("method", "法"),
    "environment": ("environment", "环"),
    "measurement": ("measurement", "测"),
}
_DATATYPES = {
    "string": ("text", "文本"),
    "integer": ("whole number", "整数"),
    "decimal": ("number", "数字"),
    "boolean": ("yes or no", "是/否"),
    "date": ("date", "日期"),
    "dateTime": ("date and time", "日期时间"),
}
_STANDARDS = {
    "iof": "IOF",
    "iso14224": "ISO 14224",
    "sosa": "SOSA",
    "provo": "PROV-O",
    "epcis": "EPCIS / CBV",
    "isa95": "ISA-95",
    "aas": "AAS",
}
EXAMPLE = """\
@prefix : <https://w3id.org/gemba/ontology#> .
@prefix my: <https://plant.example/terms#> .
@prefix mode: <https://w3id.org/gemba/concept/mode#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

my:Kiln a owl:Class ; rdfs:subClassOf :Asset ;
    rdfs:label "kiln"@en , "窑炉"@zh ; skos:altLabel "oven"@en , "窑"@zh ;
    skos:definition "An asset that fires bricks."@en , "烧砖的设备。"@zh .

my:liningAgeDays a owl:DatatypeProperty ; rdfs:domain my:Kiln ; rdfs:range xsd:integer ;
    rdfs:label "lining age in days"@en , "炉衬天数"@zh ;
    skos:definition "Days since the lining was renewed."@en , "更换炉衬以来的天数。"@zh .

mode:LiningBurnThrough a :FailureMode ;
    rdfs:label "lining burnt through"@en , "炉衬烧穿"@zh ; skos:altLabel "burn-through"@en ;
    skos:definition "Fire has eaten through the lining."@en , "火焰烧穿了炉衬。"@zh .

my:KilnShape a sh:NodeShape ; sh:targetClass my:Kiln ;
    sh:property [ sh:path :locatedIn ; sh:minCount 1 ;
        sh:message "{this} stands nowhere."@en , "{this} 未注明位置。"@zh ] .
"""


class PageWords:
    """What both forms of the page ask for, in one language at a time."""

    def __init__(self, reference: Reference) -> None:
        self._ref = reference
        self._wording = Wording(reference.schema)
        self._module_labels: dict[tuple[str, str], str] = {
            (source.module, getattr(value, "language", None) or "en"): str(value)
            for source in shipped("modules")
            for subject, predicate, value in triples_of(source)
            if str(predicate).endswith("#label") and str(subject).endswith(f"/{source.module}")
        }

    def term(self, name: str) -> Term | None:
        """The term of a local name or a concept's key."""
        schema = self._ref.schema
        return (
            schema.concepts.get(name)
            or schema.classes.get(name)
            or schema.relations.get(name)
            or schema.attributes.get(name)
        )

    def label(self, name: str, lang: str) -> str:
        """The label of the term of that name."""
        term = self.term(name)
        return self.label_of(term, lang) if term else name

    @staticmethod
    def label_of(term: Term, lang: str) -> str:
        return term.words.in_language(lang)

    @staticmethod
    def other_label(term: Term, lang: str) -> str:
        """The label in the other language, so that both are seen."""
        return term.words.label.get("zh" if lang == "en" else "en", "")

    @staticmethod
    def definition(term: Term, lang: str) -> str:
        texts = term.words.definition
        return texts.get(lang) or texts.get("en") or next(iter(texts.values()), "")

    @staticmethod
    def message(rule: Rule, lang: str) -> str:
        text = rule.messages.get(lang) or next(iter(rule.messages.values()), "")
        return text.replace("{this}", "…").replace("{value}", "…").replace("{path}", "…")

    def module(self, name: str, lang: str) -> str:
        return self._module_labels.get((name, lang), name)

    @staticmethod
    def facet(name: str, lang: str) -> str:
        return _FACETS[name][lang == "zh"]

    @staticmethod
    def datatype(name: str, lang: str) -> str:
        return _DATATYPES[name][lang == "zh"]

    @staticmethod
    def standard(name: str) -> str:
        return _STANDARDS.get(name, name)

    def sentence(self, relation: Relation, lang: str) -> str:
        """The relation between the first classes that it takes: `An operation consumed a lot`."""
        wording = self._wording
        sides = [
            wording.a_class(names[0], lang) if names else ("某事物" if lang == "zh" else "anything")
            for names in (relation.domain, relation.range)
        ]
        verb = wording.verb(relation.name, lang)
        if lang == "zh":
            return join_zh(sides[0], verb, sides[1])
        return f"{sides[0][:1].upper()}{sides[0][1:]} {verb} {sides[1]}"

    def anchor(self, name: str) -> str:
        """The id of the place where a term stands on the page."""
        schema = self._ref.schema
        if name in schema.concepts:
            return name
        if name in schema.classes:
            return f"class-{name}"
        return f"relation-{name}" if name in schema.relations else f"attribute-{name}"

    @staticmethod
    def words(term: Term) -> str:
        """All that a term is found by, in small letters."""
        texts = [term.name, *term.words.label.values()]
        for words in term.words.alt.values():
            texts.extend(words)
        if isinstance(term, Concept):
            texts.extend((term.key, *term.codes))
        return " | ".join(texts).lower()

    @staticmethod
    def rule_words(rule: Rule) -> str:
        texts = [rule.name, rule.path or "", *rule.about, *rule.messages.values()]
        return " | ".join(texts).lower()


def alignments_by_standard(reference: Reference) -> dict[str, list[tuple[Term, Likeness]]]:
    """Which of our terms correspond to which of each standard."""
    schema = reference.schema
    terms: list[Term] = [
        *schema.classes.values(),
        *schema.relations.values(),
        *schema.attributes.values(),
    ]
    found: dict[str, list[tuple[Term, Likeness]]] = {}
    for term in terms:
        for likeness in reference.likenesses(term.iri):
            found.setdefault(likeness.standard, []).append((term, likeness))
    return {name: found[name] for name in sorted(found)}


def html_page(reference: Reference, language: Language = "en") -> str:
    """The page; it opens in `language` and switches to the other."""
    text = (files("ontology") / "templates" / "page.html.j2").read_text("utf-8")
    environment = Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
    )
    words = PageWords(reference)
    return environment.from_string(text).render(
        ref=reference,
        schema=reference.schema,
        lang=language,
        local=local_name,
        by_standard=alignments_by_standard(reference),
        example=EXAMPLE,
        **{name: getattr(words, name) for name in _HELPERS},
    )


_HELPERS = (
    "label", "label_of", "other_label", "definition", "message", "module", "facet", "datatype",
    "standard", "sentence", "anchor", "words", "rule_words",
)  # fmt: skip
