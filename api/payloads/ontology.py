"""Terms of the ontology."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from api.payloads.shape import Payload, example
from ontology.schema import Schema, Words

Kind = Literal["class", "relation", "attribute", "concept"]


class Term(Payload):
    """A term: a class of things, a relation, a property, or a concept that ships."""

    model_config = example(
        kind="class",
        name="Asset",
        iri="https://w3id.org/gemba/ontology#Asset",
        label={"en": "Asset", "zh": "设备"},
        alternative_labels={"en": ["machine", "equipment"], "zh": ["机器"]},
        definition={"en": "A thing that does work in the plant and can fail."},
        parents=[],
        about=[],
        values=[],
        details={"identified_by": "code", "key_kind": "asset"},
    )

    kind: Kind
    name: str
    iri: str
    label: dict[str, str]
    alternative_labels: dict[str, list[str]]
    definition: dict[str, str]
    parents: Annotated[list[str], Field(description="What it is a kind of.")]
    about: Annotated[
        list[str], Field(description="Classes of its subjects (for a concept: where it applies).")
    ]
    values: Annotated[list[str], Field(description="Classes of its objects, or its datatype.")]
    details: dict[str, str | bool | list[str]]


def terms_of(schema: Schema) -> Iterator[Term]:
    """Every term, classes first."""
    for cls in schema.classes.values():
        yield _term(
            "class",
            cls.name,
            cls.iri,
            cls.words,
            parents=cls.parents,
            details={
                "key_kind": cls.kind,
                "identified_by": cls.identified_by,
                "facet": cls.facet or "",
                "is_event": cls.is_event,
                "module": cls.module,
            },
        )
    for relation in schema.relations.values():
        yield _term(
            "relation",
            relation.name,
            relation.iri,
            relation.words,
            parents=relation.parents,
            about=relation.domain,
            values=relation.range,
            details={
                "flow": relation.flow or "",
                "is_causal": relation.is_causal,
                "is_functional": relation.is_functional,
                "neo4j_type": relation.type_name,
                "module": relation.module,
            },
        )
    for attribute in schema.attributes.values():
        yield _term(
            "attribute",
            attribute.name,
            attribute.iri,
            attribute.words,
            about=attribute.domain,
            values=(attribute.datatype,),
            details={
                "unit": attribute.unit or "",
                "is_searchable": attribute.is_searchable,
                "module": attribute.module,
            },
        )
    for concept in schema.concepts.values():
        yield _term(
            "concept",
            concept.name,
            concept.iri,
            concept.words,
            parents=concept.broader,
            about=concept.valid_for,
            values=(concept.cls,),
            details={"key": concept.key, "codes": list(concept.codes)},
        )


def _term(
    kind: Kind,
    name: str,
    iri: str,
    words: Words,
    *,
    parents: tuple[str, ...] = (),
    about: tuple[str, ...] = (),
    values: tuple[str, ...] = (),
    details: dict[str, str | bool | list[str]],
) -> Term:
    return Term(
        kind=kind,
        name=name,
        iri=iri,
        label=dict(words.label),
        alternative_labels={language: list(alt) for language, alt in words.alt.items()},
        definition=dict(words.definition),
        parents=list(parents),
        about=list(about),
        values=list(values),
        details=details,
    )
