"""The graph as RDF: Turtle or JSON-LD, with the evidence in PROV-O. Written as a stream.

Each statement is there twice: as a plain triple, for whoever wants the graph, and as an
`rdf:Statement` with status, confidence and validity, derived from its evidence:

    <statement> a rdf:Statement ; rdf:subject … ; prov:wasDerivedFrom <evidence> .
    <evidence>  a gemba:Evidence ; prov:value "the quote" ; prov:wasQuotedFrom <passage> ;
                prov:wasGeneratedBy <run> .
    <passage>   a gemba:Passage ; prov:wasDerivedFrom <document> .

Plain triples are written only of statements that are believed; rejected and suggested ones, where
a view asks for them, only as `rdf:Statement`. Every tool that reads RDF 1.1 reads this.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TextIO
from urllib.parse import quote

import orjson

from kg.model.claims import Value
from kg.model.errors import UnreadableFile
from kg.model.graph import BELIEVED, NOW, Evidence, Node, Statement, View
from kg.model.instants import to_text
from kg.model.keys import identity_of, kind_of
from kg.store.protocol import Store
from ontology.namespaces import GEMBA, RDF, RDFS, SKOS, XSD
from ontology.schema import Schema

RdfFormat = Literal["turtle", "json-ld"]
THINGS = "https://w3id.org/gemba/id/"
PROV = "http://www.w3.org/ns/prov#"
DCTERMS = "http://purl.org/dc/terms/"
_PREFIXES = {
    "gemba": GEMBA, "id": THINGS, "rdf": RDF, "rdfs": RDFS, "skos": SKOS, "xsd": XSD,
    "prov": PROV, "dcterms": DCTERMS,
}  # fmt: skip
_PAGE = 1_000

Say = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Iri:
    """A resource, as opposed to a text."""

    text: str


@dataclass(frozen=True, slots=True)
class Typed:
    """A literal with a datatype of XML Schema."""

    text: str
    datatype: str


Term = Iri | Typed | str
Resource = tuple[Iri, list[tuple[str, list[Term]]]]


@dataclass(slots=True)
class RdfReport:
    """How much was written."""

    nodes: int = 0
    statements: int = 0
    evidence: int = 0
    documents: int = 0


def write_rdf(
    store: Store,
    path: Path,
    *,
    format: RdfFormat = "turtle",
    view: View = NOW,
    say: Say | None = None,
) -> RdfReport:
    """Write what `view` sees of `store` to `path`, replacing it when all is written.

    Memory stays bounded by a page of nodes with their statements; only the documents' names are
    kept. `say` is told the number of nodes written. Raises UnreadableFile where the file cannot be
    written.
    """
    report = RdfReport()
    unfinished = path.with_name(path.name + ".part")
    try:
        with unfinished.open("w", encoding="utf-8", newline="\n") as out:
            writer = _TurtleWriter(out) if format == "turtle" else _JsonLdWriter(out)
            writer.begin()
            for resource in _resources(store, view, report, say):
                writer.write(resource)
            writer.end()
        os.replace(unfinished, path)
    except OSError as error:
        raise UnreadableFile(
            f"{path} cannot be written ({error.strerror or error}); name another file."
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)
    return report


def thing_iri(schema: Schema, key: str) -> Iri:
    """The IRI of a node: the ontology's own for its concepts."""
    concept = schema.concepts.get(key)
    if concept is not None:
        return Iri(concept.iri)
    return Iri(f"{THINGS}{quote(kind_of(key), safe='')}/{quote(identity_of(key), safe='')}")


def _resources(store: Store, view: View, report: RdfReport, say: Say | None) -> Iterator[Resource]:
    schema = store.schema
    runs: dict[str, Resource] = {}
    documents: dict[str, Resource] = {}
    for version in store.versions():
        document, run = version.document, version.run
        activity = _iri("run", run.id)
        runs[run.id] = (
            activity,
            [
                (RDF + "type", [Iri(GEMBA + "Run"), Iri(PROV + "Activity")]),
                (PROV + "endedAtTime", [_time(run.at)]),
                (PROV + "wasAssociatedWith", [_iri("agent", run.by)]),
            ],
        )
        documents[document.key] = (
            _iri("document", document.key),
            [
                (RDF + "type", [Iri(GEMBA + "Document"), Iri(PROV + "Entity")]),
                (DCTERMS + "title", [document.title or document.key]),
                (DCTERMS + "identifier", ["sha256:" + document.sha256]),
                (PROV + "wasGeneratedBy", [activity]),
            ],
        )
    report.documents = len(documents)
    yield from runs.values()
    yield from documents.values()

    after: str | None = None
    while True:
        page = store.find_nodes(None, after=after, limit=_PAGE, view=view)
        statements = store.expand([n.key for n in page.nodes], None, "out", view=view)
        evidence = store.evidence_of([s.key for s in statements], view=view)
        outgoing: dict[str, list[Statement]] = {}
        for statement in statements:
            outgoing.setdefault(statement.subject, []).append(statement)
        told: set[tuple[str, str]] = set()
        for node in page.nodes:
            report.nodes += 1
            own = outgoing.get(node.key, [])
            yield _node(schema, node, [s for s in own if s.status in BELIEVED])
            for statement in own:
                report.statements += 1
                found = evidence.get(statement.key, [])
                yield _statement(schema, statement, len(found))
                for number, piece in enumerate(found):
                    report.evidence += 1
                    yield _evidence(statement, number, piece)
                    if (piece.document, piece.passage) not in told:
                        told.add((piece.document, piece.passage))
                        yield _passage(piece)
        if say is not None:
            say(report.nodes)
        after = page.next_after
        if after is None:
            return


def _node(schema: Schema, node: Node, statements: Sequence[Statement]) -> Resource:
    term = schema.classes.get(node.cls)
    told: list[tuple[str, list[Term]]] = [
        (RDF + "type", [Iri(term.iri if term else GEMBA + node.cls)]),
        (RDFS + "label", [node.name]),
    ]
    if node.aliases:
        told.append((SKOS + "altLabel", list(node.aliases)))
    for name, value in sorted(node.props.items()):
        attribute = schema.attributes.get(name)
        iri = attribute.iri if attribute else GEMBA + quote(name, safe="")
        told.append((iri, _literals(value, attribute.datatype if attribute else None)))
    by_relation: dict[str, list[Term]] = {}
    for statement in statements:
        iri = _relation(schema, statement.predicate).text
        by_relation.setdefault(iri, []).append(thing_iri(schema, statement.object))
    return thing_iri(schema, node.key), told + sorted(by_relation.items(), key=lambda pair: pair[0])


def _statement(schema: Schema, statement: Statement, evidence: int) -> Resource:
    told: list[tuple[str, list[Term]]] = [
        (RDF + "type", [Iri(RDF + "Statement"), Iri(PROV + "Entity")]),
        (RDF + "subject", [thing_iri(schema, statement.subject)]),
        (RDF + "predicate", [_relation(schema, statement.predicate)]),
        (RDF + "object", [thing_iri(schema, statement.object)]),
        (GEMBA + "status", [statement.status.value]),
        (GEMBA + "confidence", [_decimal(statement.confidence)]),
        (PROV + "generatedAtTime", [_time(statement.recorded)]),
    ]
    if statement.valid_from is not None:
        told.append((GEMBA + "validFrom", [_time(statement.valid_from)]))
    if statement.valid_to is not None:
        told.append((GEMBA + "validTo", [_time(statement.valid_to)]))
    for name, value in sorted(statement.props.items()):
        told.append((GEMBA + quote(name, safe=""), _literals(value, None)))
    if evidence:
        derived: list[Term] = [_evidence_iri(statement, number) for number in range(evidence)]
        told.append((PROV + "wasDerivedFrom", derived))
    return _iri("statement", statement.id), told


def _evidence(statement: Statement, number: int, piece: Evidence) -> Resource:
    told: list[tuple[str, list[Term]]] = [
        (RDF + "type", [Iri(GEMBA + "Evidence"), Iri(PROV + "Entity")]),
        (PROV + "value", [piece.quote]),
        (PROV + "wasQuotedFrom", [_iri("passage", f"{piece.document}#{piece.passage}")]),
        (PROV + "hadPrimarySource", [_iri("document", piece.document)]),
        (PROV + "wasGeneratedBy", [_iri("run", piece.run)]),
        (PROV + "wasAttributedTo", [_iri("extractor", piece.extractor)]),
        (PROV + "generatedAtTime", [_time(piece.recorded)]),
        (GEMBA + "status", [piece.status.value]),
        (GEMBA + "confidence", [_decimal(piece.confidence)]),
        (GEMBA + "place", [piece.place]),
    ]
    if piece.valid_from is not None:
        told.append((GEMBA + "validFrom", [_time(piece.valid_from)]))
    if piece.valid_to is not None:
        told.append((GEMBA + "validTo", [_time(piece.valid_to)]))
    return _evidence_iri(statement, number), told


def _passage(piece: Evidence) -> Resource:
    return (
        _iri("passage", f"{piece.document}#{piece.passage}"),
        [
            (RDF + "type", [Iri(GEMBA + "Passage"), Iri(PROV + "Entity")]),
            (PROV + "value", [piece.text]),
            (GEMBA + "place", [piece.place]),
            (PROV + "wasDerivedFrom", [_iri("document", piece.document)]),
        ],
    )


def _relation(schema: Schema, name: str) -> Iri:
    relation = schema.relations.get(name)
    return Iri(relation.iri if relation else GEMBA + quote(name, safe=""))


def _iri(kind: str, identity: str) -> Iri:
    return Iri(f"{THINGS}{kind}/{quote(identity, safe='')}")


def _evidence_iri(statement: Statement, number: int) -> Iri:
    return Iri(f"{THINGS}evidence/{quote(statement.id, safe='')}/{number}")


def _time(instant: int) -> Typed:
    return Typed(to_text(instant), XSD + "dateTime")


def _decimal(number: float) -> Typed:
    return Typed(repr(float(number)), XSD + "double")


def _literals(value: Value, datatype: str | None) -> list[Term]:
    if isinstance(value, list):
        return list(value)
    if isinstance(value, bool):
        return [Typed("true" if value else "false", XSD + "boolean")]
    if isinstance(value, int):
        return [Typed(str(value), XSD + "integer")]
    if isinstance(value, float):
        return [_decimal(value)]
    if datatype in ("date", "dateTime"):
        return [Typed(value, XSD + datatype)]
    return [value]


_ESCAPES = str.maketrans(
    {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    | {chr(code): f"\\u{code:04X}" for code in range(32) if chr(code) not in "\n\r\t"}
)


class _TurtleWriter:
    """Resources as Turtle, one block each."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def begin(self) -> None:
        for prefix, iri in _PREFIXES.items():
            self._out.write(f"@prefix {prefix}: <{iri}> .\n")

    def write(self, resource: Resource) -> None:
        subject, told = resource
        lines = [
            f"    <{predicate}> {', '.join(self._term(term) for term in terms)}"
            for predicate, terms in told
        ]
        self._out.write(f"\n<{subject.text}>\n" + " ;\n".join(lines) + " .\n")

    def end(self) -> None:
        pass

    @staticmethod
    def _term(term: Term) -> str:
        if isinstance(term, Iri):
            return f"<{term.text}>"
        if isinstance(term, Typed):
            return f'"{term.text.translate(_ESCAPES)}"^^<{term.datatype}>'
        return f'"{term.translate(_ESCAPES)}"'


class _JsonLdWriter:
    """Resources as expanded JSON-LD in one graph."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._separator = "\n"

    def begin(self) -> None:
        context = orjson.dumps(_PREFIXES).decode()
        self._out.write(f'{{"@context": {context}, "@graph": [')

    def write(self, resource: Resource) -> None:
        subject, told = resource
        item: dict[str, Any] = {"@id": subject.text}
        for predicate, terms in told:
            if predicate == RDF + "type":
                item["@type"] = [term.text for term in terms if isinstance(term, Iri)]
            else:
                item[predicate] = [self._term(term) for term in terms]
        self._out.write(self._separator + orjson.dumps(item).decode())
        self._separator = ",\n"

    def end(self) -> None:
        self._out.write("\n]}\n")

    @staticmethod
    def _term(term: Term) -> Mapping[str, str]:
        if isinstance(term, Iri):
            return {"@id": term.text}
        if isinstance(term, Typed):
            return {"@value": term.text, "@type": term.datatype}
        return {"@value": term}
