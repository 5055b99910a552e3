"""The shipped concepts as a document: so that failure modes and components can be found by name.

Each label becomes a name of the concept's node, with the ontology's term as its evidence. The
document is read again when the ontology changes, and can be removed like any other.
"""

from __future__ import annotations

from collections.abc import Iterator

from kg.model.claims import Batch, Chunk, Claim, Document, NodeClaim, Passage, passage_key
from ontology.schema import Concept, Schema

CONCEPTS = "gemba:concepts"
LIBRARY = "gemba:library/"  # begins the keys of the documents of general knowledge
_EXTRACTOR = "ontology"


def concept_document(schema: Schema) -> Document:
    """The document that stands for the concepts of one ontology version."""
    return Document(
        key=CONCEPTS,
        sha256=schema.digest,
        recipe="concepts@1",
        title=f"Concepts of the ontology {schema.version}",
        media_type="text/turtle",
    )


def concept_chunks(schema: Schema) -> Iterator[Chunk]:
    """All concepts of `schema` as one chunk: names, codes and what is broader."""
    batch = Batch()
    for concept in sorted(schema.concepts.values(), key=lambda c: c.key):
        text = _sentence(concept)
        passage = len(batch.passages)
        batch.passages.append(Passage(passage_key(text), f"term:{concept.name}", text))
        label = concept.words.in_language("en")
        props = {"code": concept.codes[0]} if concept.codes else {}
        batch.nodes.append(
            NodeClaim(concept.key, concept.cls, passage, label, props, 1.0, _EXTRACTOR)
        )
        others = {word for words in concept.words.alt.values() for word in words}
        others.update(concept.words.label.values())
        # A lower confidence keeps these from becoming the name that is shown.
        batch.nodes.extend(
            NodeClaim(concept.key, concept.cls, passage, word, {}, 0.9, _EXTRACTOR)
            for word in sorted(others - {label})
        )
        for name in concept.broader:
            broader = schema.concepts.get(name)
            if broader is not None and "broader" in schema.relations:
                batch.claims.append(
                    Claim(concept.key, "broader", broader.key, passage, extractor=_EXTRACTOR)
                )
    yield Chunk(batch, rows=len(batch.passages))


def _sentence(concept: Concept) -> str:
    names = [
        " / ".join([label, *concept.words.alt.get(lang, ())])
        for lang, label in sorted(concept.words.label.items())
    ]
    definition = concept.words.definition.get("en", "")
    return f"{concept.name} ({concept.cls}): {'; '.join(names)}. {definition}".strip()
