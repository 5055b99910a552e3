"""Looks an ontology over, as a maintainer would want it looked over before it goes live.

What stops the ontology from being read is raised as OntologyError by the readers. What is listed
here can be read but is not right yet (`problem`), or is good to know (`note`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ontology.compiling import read_shapes
from ontology.constraints import Shape
from ontology.description import Descriptions
from ontology.errors import OntologyError
from ontology.fallback import SlowShapes
from ontology.namespaces import GEMBA, OWL, RDF, SH, local_name, namespace_of
from ontology.reader import read_schema
from ontology.schema import Attribute, ClassTerm, Concept, Relation, Schema
from ontology.sources import Source, own, parse, schema_sources, shape_sources, triples_of

LANGUAGES = {"en": "English", "zh": "Chinese"}
Level = Literal["error", "problem", "note"]
_EQUIVALENCES = {f"{OWL}{word}" for word in ("equivalentClass", "equivalentProperty", "sameAs")}
Term = ClassTerm | Relation | Attribute | Concept


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing to know about a term or file, in one sentence that names file and line."""

    level: Level
    code: str  # short, countable: "missing-label", "unknown-term"
    message: str


@dataclass(frozen=True, slots=True)
class Report:
    """What was looked at and what there is to say about it."""

    files: tuple[str, ...]
    counts: dict[str, int]
    remarks: tuple[Remark, ...]

    def of(self, level: Level) -> list[Remark]:
        """The remarks of one level."""
        return [remark for remark in self.remarks if remark.level == level]


def check_ontology(extra: Sequence[Path] = (), files: Sequence[Path] = ()) -> Report:
    """Look over `files` as additions to the shipped ontology and `extra`; all of it if none.

    Never raises OntologyError for what is in the files; a path that is not there raises it.
    """
    looked_at = own(files)
    sources = [*schema_sources(extra), *looked_at]
    shaped = [*shape_sources(extra), *(s for s in looked_at if SH in s.text)]
    paths = {s.path for s in looked_at} or {s.path for s in (*sources, *shaped)}
    remarks = list(_broken(sources, shaped))
    if remarks:
        return Report(tuple(sorted(paths)), {}, tuple(remarks))
    schema = read_schema(sources)
    shapes = read_shapes(shaped, schema)
    seen = Descriptions([*sources, *(s for s in shaped if s not in sources)])
    places = _Places(seen, paths)
    remarks.extend(_words(schema, places))
    asked = [s for s in dict.fromkeys([*sources, *shaped]) if s.path in paths]
    remarks.extend(_unknown_terms(schema, seen, asked))
    remarks.extend(_shared_words(schema, places))
    for shape in shapes.shapes:
        remarks.extend(_messages(shape, places))
    remarks.extend(
        Remark(
            "note",
            "slow-shape",
            f"{beyond.where}: {beyond.name} uses {beyond.uses}, so pyshacl checks it; that is "
            "some hundred times slower than the other shapes.",
        )
        for beyond in shapes.beyond
        if beyond.where.rpartition(", line ")[0] in paths
    )
    counts = {
        "classes": len(schema.classes),
        "relations": len(schema.relations),
        "attributes": len(schema.attributes),
        "concepts": len(schema.concepts),
        "shapes": len(shapes.shapes) + len(shapes.beyond),
    }
    return Report(tuple(sorted(paths)), counts, tuple(remarks))


def _broken(sources: Sequence[Source], shaped: Sequence[Source]) -> Iterator[Remark]:
    """What keeps the files from being read: every file that is not Turtle, else the first clash."""
    found = False
    for source in dict.fromkeys([*sources, *shaped]):
        try:
            parse(source)
        except OntologyError as error:
            found = True
            yield Remark("error", "not-turtle", str(error))
    if found:
        return
    try:
        schema = read_schema(sources)
        shapes = read_shapes(shaped, schema)
        SlowShapes(shapes.beyond, shaped, schema).probe()
    except OntologyError as error:
        yield Remark("error", "clash", str(error))


class _Places:
    """Where terms stand, and whether that is in a file that was asked about."""

    def __init__(self, seen: Descriptions, paths: set[str]) -> None:
        self._seen = seen
        self._paths = paths

    def asked(self, iri: str | None) -> bool:
        """Whether the file of a term was asked about."""
        term = self._seen.get(iri) if iri else None
        return term is not None and term.source.path in self._paths

    def of(self, iri: str) -> str:
        """File and line of a term. Searches the file, so ask only for what is shown."""
        term = self._seen.get(iri)
        return term.source.at(iri) if term else iri


def _terms(schema: Schema) -> Iterator[Term]:
    yield from schema.classes.values()
    yield from schema.relations.values()
    yield from schema.attributes.values()
    yield from schema.concepts.values()


def _words(schema: Schema, places: _Places) -> Iterator[Remark]:
    for term in _terms(schema):
        if not places.asked(term.iri):
            continue
        name = term.name
        for lang, language in LANGUAGES.items():
            for code, held, what in (
                ("missing-label", term.words.label, "label"),
                ("missing-definition", term.words.definition, "definition"),
            ):
                if not held.get(lang):
                    yield Remark(
                        "problem",
                        code,
                        f"{places.of(term.iri)}: {name} has no {language} {what}.",
                    )
            if not term.words.alt.get(lang):
                yield Remark(
                    "note",
                    "missing-alternatives",
                    f"{places.of(term.iri)}: {name} has no {language} alternative labels; texts "
                    "that call it otherwise will not be understood.",
                )
            if isinstance(term, Relation) and not term.verb.get(lang):
                yield Remark(
                    "note",
                    "missing-verb",
                    f"{places.of(term.iri)}: {name} has no {language} verb; sentences will use its "
                    "label.",
                )


def _unknown_terms(schema: Schema, seen: Descriptions, asked: Sequence[Source]) -> Iterator[Remark]:
    """Words of ours that nothing declares, and statements that do not belong in an ontology."""
    ours = {namespace_of(term.iri) for term in _terms(schema)} | {GEMBA}
    relations = {r.iri: r.name for r in schema.relations.values()}
    declared = {term.iri for term in seen.typed()}
    paths = {source.path for source in asked}
    for term in seen.untyped():
        if term.source.path in paths and namespace_of(term.iri) in ours:
            yield Remark(
                "problem",
                "undeclared",
                f"{term.source.at(term.iri)}: {term.name} is described but never declared, so "
                "nothing comes of it; correct its name or say what it is.",
            )

    def judge(word: str, value: str) -> tuple[str, str] | None:
        if word in relations:
            return "statement-in-ontology", (
                f"stands in the relation {relations[word]} to {local_name(value)}; facts are not "
                "read from the ontology, load them as a table or a document"
            )
        if word in _EQUIVALENCES and value.startswith("http"):
            return "equivalence", (
                f"is said to be {local_name(word)} {value}; a skos:closeMatch says enough and "
                "infers nothing"
            )
        used = value if word == f"{RDF}type" else word
        if namespace_of(used) in ours and used not in declared:
            return "unknown-term", (
                f"uses {local_name(used)}, which nothing declares; correct its name"
            )
        return None

    for source in asked:
        for subject, predicate, object_ in triples_of(source):
            found = judge(str(predicate), str(object_))
            if found is not None:
                where = f"{source.at(str(subject))}: {local_name(str(subject))}"
                yield Remark("problem", found[0], f"{where} {found[1]}.")


def _shared_words(schema: Schema, places: _Places) -> Iterator[Remark]:
    """Words that mean two concepts of one class: neither is recognised by them."""
    holders: dict[tuple[str, str], list[Concept]] = {}
    labels: set[tuple[str, str]] = set()
    for concept in schema.concepts.values():
        kind = schema.classes[concept.cls].kind
        own_labels = {word.casefold() for word in concept.words.label.values()}
        others = {word.casefold() for words in concept.words.alt.values() for word in words}
        labels |= {(kind, word) for word in own_labels}
        for word in own_labels | others:
            holders.setdefault((kind, word), []).append(concept)
    for (kind, word), concepts in sorted(holders.items()):
        if len(concepts) < 2 or (kind, word) in labels:
            continue
        asked = [c for c in concepts if places.asked(c.iri)]
        if asked:
            names = " and ".join(c.name for c in concepts)
            yield Remark(
                "note",
                "shared-word",
                f"{places.of(asked[0].iri)}: “{word}” is a word for {names}; it will not tell "
                "which of them is meant.",
            )


def _messages(shape: Shape, places: _Places) -> Iterator[Remark]:
    for part in (shape, *shape.properties):
        if part.iri is None or not places.asked(part.iri) or not part.constraints:
            continue
        missing = [LANGUAGES[lang] for lang in LANGUAGES if lang not in part.messages]
        if missing:
            yield Remark(
                "note",
                "missing-message",
                f"{places.of(part.iri)}: {part.name} has no {' and no '.join(missing)} sh:message; "
                "a general sentence will be used.",
            )
