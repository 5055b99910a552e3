"""The graph as RDF, with the evidence of every statement in PROV-O: Turtle or JSON-LD.

Things, classes, relations and attributes have the IRIs of the ontology. A believed statement is a
triple; what is known about it stands beside it by reification, which every tool reads:

    <urn:gemba:asset:P-1> gemba:exhibits <https://w3id.org/gemba/concept/mode#Leakage> .
    <urn:gemba:statement:…> a rdf:Statement ;
        rdf:subject … ; rdf:predicate … ; rdf:object … ;
        said:status "confirmed" ; said:confidence 0.93 ; said:validFrom "…"^^xsd:dateTime ;
        prov:wasDerivedFrom <urn:gemba:evidence:…> .
    <urn:gemba:evidence:…> a gemba:Evidence , prov:Entity ;
        gemba:quotes <urn:gemba:passage:…> ; prov:value "leaks badly" ; said:place "row:17" ;
        prov:hadPrimarySource <urn:gemba:document:…> ; prov:wasGeneratedBy <urn:gemba:run:…> .

Written page by page, so that memory does not grow with the graph.
"""

from __future__ import annotations

import math
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import IO, Literal
from urllib.parse import quote

from kg.model.claims import Scalar, Value
from kg.model.errors import UnreadableFile
from kg.model.graph import BELIEVED, NOW, Evidence, Node, Statement, View
from kg.model.instants import Instant, to_text
from kg.store.protocol import Store
from kg.store.rdf_syntax import Iri, JsonLdWriter, ResourceWriter, Term, Text, TurtleWriter
from ontology.namespaces import GEMBA, ONTOLOGY, OWL, RDF, RDFS, SKOS, XSD
from ontology.schema import Schema

PROV = "http://www.w3.org/ns/prov#"
SAID = "https://w3id.org/gemba/said#"  # about statements and evidence, not about the plant
BASE = "urn:gemba:"
PREFIXES = {
    "gemba": GEMBA,
    "said": SAID,
    "prov": PROV,
    "rdf": RDF,
    "rdfs": RDFS,
    "skos": SKOS,
    "owl": OWL,
    "xsd": XSD,
}
_PROPERTIES = {
    "key": "Key of a thing, document or passage in Gemba.",
    "status": "How far a statement is believed: suggested, accepted, confirmed or rejected.",
    "confidence": "Confidence of a statement or of one piece of its evidence, from 0 to 1.",
    "evidenceCount": "Number of pieces of evidence that are live.",
    "validFrom": "When it began to be so in the plant.",
    "validTo": "When it ceased to be so in the plant (not included).",
    "place": "Where in its document a passage stands.",
    "start": "Offset of the first quoted character in the passage.",
    "end": "Offset after the last quoted character in the passage.",
    "about": "The thing whose class, name or properties the evidence tells.",
}
_DATE = r"\d{4}-\d\d-\d\d"
_FORMS = {
    "date": re.compile(_DATE, re.ASCII),
    "dateTime": re.compile(_DATE + r"T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?", re.ASCII),
}
_NODES = 200  # per page
_STATEMENTS = 500  # whose evidence is read together
_REMEMBERED = 200_000  # passages known to be written

Format = Literal["turtle", "json-ld"]


@dataclass(slots=True)
class RdfReport:
    """What was written. `evidence` counts that of statements and of things."""

    path: Path
    nodes: int = 0
    statements: int = 0
    evidence: int = 0
    triples: int = 0


def write_rdf(
    store: Store,
    path: Path,
    format: Format = "turtle",
    view: View = NOW,
    *,
    base: str = BASE,
    say: Callable[[RdfReport], None] | None = None,
) -> RdfReport:
    """Write what `view` sees to the file at `path`, replacing it when it is whole.

    `base` begins the IRIs of the plant's own things. Raises UnreadableFile where the file cannot
    be written.
    """
    report = RdfReport(path)
    with _replacing(path) as file:
        writer: ResourceWriter = (
            JsonLdWriter(file, PREFIXES) if format == "json-ld" else TurtleWriter(file, PREFIXES)
        )
        export = _Export(store, writer, view, base, report)
        export.write_frame()
        after: str | None = None
        while True:
            page = store.find_nodes(after=after, limit=_NODES, view=view)
            export.write_nodes(page.nodes)
            report.triples = writer.triples
            if say is not None:
                say(report)
            if page.next_after is None:
                break
            after = page.next_after
        writer.close()
    report.triples = writer.triples
    return report


@contextmanager
def _replacing(path: Path) -> Iterator[IO[str]]:
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="\n") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be written: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)


class _Export:
    """One file being written."""

    def __init__(
        self, store: Store, writer: ResourceWriter, view: View, base: str, report: RdfReport
    ) -> None:
        self._store = store
        self._schema: Schema = store.schema
        self._writer = writer
        self._view = view
        self._base = base
        self._report = report
        self._concepts = {c.key: Iri(c.iri) for c in store.schema.concepts.values()}
        self._written: set[str] = set()

    # -- IRIs --------------------------------------------------------------------------------

    def _own(self, kind: str, identity: str) -> Iri:
        return Iri(f"{self._base}{kind}:{_quoted(identity)}")

    def _node(self, key: str) -> Iri:
        kind, _, identity = key.partition(":")
        return self._concepts.get(key) or self._own(_quoted(kind), identity)

    def _class(self, name: str) -> Iri:
        term = self._schema.classes.get(name)
        return Iri(GEMBA + _quoted(name) if term is None else term.iri)

    def _relation(self, name: str) -> Iri:
        relation = self._schema.relations.get(name)
        return Iri(GEMBA + _quoted(name) if relation is None else relation.iri)

    def _passage(self, document: str, key: str) -> Iri:
        return self._own("passage", f"{_digest(document)}-{key}")

    # -- resources ---------------------------------------------------------------------------

    def write_frame(self) -> None:
        """The ontology in use, what our own properties mean, documents and runs."""
        add = self._writer.add
        add(
            Iri(self._base + "export"),
            [(RDF + "type", Iri(OWL + "Ontology")), (OWL + "imports", Iri(ONTOLOGY))],
        )
        for name, meaning in _PROPERTIES.items():
            add(
                Iri(SAID + name),
                [(RDF + "type", Iri(RDF + "Property")), (RDFS + "comment", Text(meaning))],
            )
        agents: set[str] = set()
        runs: set[str] = set()
        for version in self._store.versions():
            run, document = version.run, version.document
            if self._view.as_of is not None and run.at > self._view.as_of:
                continue
            iri = self._own("run", run.id)
            about = self._own("document", document.key)
            add(
                about,
                [
                    (RDF + "type", self._class("Document")),
                    (RDF + "type", Iri(PROV + "Entity")),
                    (SAID + "key", Text(document.key)),
                    (GEMBA + "readIn", iri),
                    *_texts(GEMBA + "title", document.title),
                    *_texts(GEMBA + "mediaType", document.media_type),
                    *_texts(GEMBA + "language", document.language),
                ],
            )
            if run.id not in runs:
                runs.add(run.id)
                agent = self._own("agent", run.by)
                add(
                    iri,
                    [
                        (RDF + "type", self._class("Run")),
                        (RDF + "type", Iri(PROV + "Activity")),
                        (PROV + "startedAtTime", _moment(run.at)),
                        (PROV + "wasAssociatedWith", agent),
                        *_texts(RDFS + "label", run.label),
                    ],
                )
                if run.by not in agents:
                    agents.add(run.by)
                    add(
                        agent,
                        [(RDF + "type", Iri(PROV + "Agent")), (RDFS + "label", Text(run.by))],
                    )

    def write_nodes(self, nodes: Sequence[Node]) -> None:
        """Things, the claims about them, and the statements of which they are the subject."""
        for node in nodes:
            self._report.nodes += 1
            self._writer.add(
                self._node(node.key),
                [
                    (RDF + "type", self._class(node.cls)),
                    (RDFS + "label", Text(node.name)),
                    (SAID + "key", Text(node.key)),
                    *((SKOS + "altLabel", Text(alias)) for alias in node.aliases),
                    *self._attributes(node.props),
                ],
            )
        keys = [node.key for node in nodes]
        for key, sightings in self._store.sightings_of(keys, self._view).items():
            about = [(SAID + "about", self._node(key))]
            seen: Counter[str] = Counter()
            for sighting in sightings:
                says = repr((key, sighting.cls, sighting.name, sorted(sighting.props.items())))
                self._write_evidence(sighting.evidence, says, about, seen)
        statements = self._store.expand(keys, view=self._view)
        for i in range(0, len(statements), _STATEMENTS):
            self._write_statements(statements[i : i + _STATEMENTS])

    def _write_statements(self, statements: Sequence[Statement]) -> None:
        evidence = self._store.evidence_of([s.key for s in statements], view=self._view)
        for statement in statements:
            self._report.statements += 1
            subject, obj = self._node(statement.subject), self._node(statement.object)
            relation = self._relation(statement.predicate)
            if statement.status in BELIEVED:
                self._writer.add(subject, [(relation, obj)])
            pairs: list[tuple[str, Term]] = [
                (RDF + "type", Iri(RDF + "Statement")),
                (RDF + "subject", subject),
                (RDF + "predicate", relation),
                (RDF + "object", obj),
                (SAID + "status", Text(statement.status.value)),
                (SAID + "confidence", _literal(statement.confidence)),
                (SAID + "evidenceCount", _literal(statement.evidence_count)),
                (PROV + "generatedAtTime", _moment(statement.recorded)),
                *_moments(SAID + "validFrom", statement.valid_from),
                *_moments(SAID + "validTo", statement.valid_to),
                *self._attributes(statement.props),
            ]
            seen: Counter[str] = Counter()
            pairs += [
                (PROV + "wasDerivedFrom", self._write_evidence(one, statement.id, (), seen))
                for one in evidence.get(statement.key, ())
            ]
            self._writer.add(self._own("statement", _digest(statement.id)), pairs)

    def _write_evidence(
        self, e: Evidence, says: str, more: Sequence[tuple[str, Term]], seen: Counter[str]
    ) -> Iri:
        self._report.evidence += 1
        self._write_passage(e)
        said = (e.document, e.passage, e.extractor, e.start, e.end, e.confidence, e.recorded)
        distinct = (e.status.value, e.valid_from, e.valid_to, sorted(e.props.items()))
        digest = _digest(repr((says, *said, *distinct)))
        seen[digest] += 1  # what was said alike of things that were merged counts twice
        number = "" if seen[digest] == 1 else f"-{seen[digest]}"
        iri = self._own("evidence", digest + number)
        extractor = self._own("extractor", e.extractor)
        self._writer.add(
            iri,
            [
                (RDF + "type", self._class("Evidence")),
                (RDF + "type", Iri(PROV + "Entity")),
                *more,
                (GEMBA + "quotes", self._passage(e.document, e.passage)),
                (PROV + "hadPrimarySource", self._own("document", e.document)),
                (PROV + "wasGeneratedBy", self._own("run", e.run)),
                (PROV + "wasAttributedTo", extractor),
                (PROV + "value", Text(e.quote)),
                (PROV + "generatedAtTime", _moment(e.recorded)),
                *_moments(PROV + "invalidatedAtTime", e.retired),
                (SAID + "place", Text(e.place)),
                *([(SAID + "start", _literal(e.start))] if e.start >= 0 else []),
                *([(SAID + "end", _literal(e.end))] if e.end >= 0 else []),
                (SAID + "status", Text(e.status.value)),
                (SAID + "confidence", _literal(e.confidence)),
                *_moments(SAID + "validFrom", e.valid_from),
                *_moments(SAID + "validTo", e.valid_to),
                *self._attributes(e.props),
            ],
        )
        if self._is_new(extractor):
            self._writer.add(
                extractor,
                [
                    (RDF + "type", Iri(PROV + "SoftwareAgent")),
                    (RDFS + "label", Text(e.extractor)),
                ],
            )
        return iri

    def _write_passage(self, e: Evidence) -> None:
        passage = self._passage(e.document, e.passage)
        if self._is_new(passage):
            self._writer.add(
                passage,
                [
                    (RDF + "type", self._class("Passage")),
                    (RDF + "type", Iri(PROV + "Entity")),
                    (SAID + "key", Text(e.passage)),
                    (GEMBA + "partOf", self._own("document", e.document)),
                    (SAID + "place", Text(e.place)),
                    (PROV + "value", Text(e.text)),
                ],
            )

    def _is_new(self, iri: Iri) -> bool:
        """Whether a resource was not written of late; writing it twice would do no harm."""
        if iri in self._written:
            return False
        if len(self._written) >= _REMEMBERED:
            self._written.clear()
        self._written.add(iri)
        return True

    def _attributes(self, props: Mapping[str, Value]) -> list[tuple[str, Term]]:
        found: list[tuple[str, Term]] = []
        for name, value in sorted(props.items()):
            attribute = self._schema.attributes.get(name)
            iri = GEMBA + _quoted(name) if attribute is None else attribute.iri
            datatype = "string" if attribute is None else attribute.datatype
            found += ((iri, _literal(item, datatype)) for item in _items(value))
        return found


def _items(value: Value) -> Sequence[Scalar]:
    return value if isinstance(value, list) else [value]


def _literal(value: Scalar, datatype: str = "string") -> Text:
    """A literal of the value's own type; of the attribute's where a text is of that form."""
    if isinstance(value, bool):
        return Text("true" if value else "false", XSD + "boolean")
    if isinstance(value, int):
        return Text(str(value), XSD + "integer")
    if isinstance(value, float):
        is_special = math.isinf(value) or math.isnan(value)
        lexical = repr(value).replace("inf", "INF").replace("nan", "NaN")
        return Text(lexical if is_special else repr(value), XSD + "double")
    form = _FORMS.get(datatype)
    if form is None or not form.fullmatch(value):
        return Text(value)
    try:
        datetime.fromisoformat(value)
    except ValueError:  # such as the 30th of February
        return Text(value)
    return Text(value, XSD + datatype)


@lru_cache(maxsize=20_000)
def _quoted(text: str) -> str:
    return quote(text, safe="")


@lru_cache(maxsize=20_000)
def _moment(at: Instant) -> Text:
    try:
        return Text(to_text(at), XSD + "dateTime")
    except (OverflowError, ValueError):  # beyond what calendars here can say
        return Text(str(at), XSD + "integer")


def _moments(iri: str, at: Instant | None) -> list[tuple[str, Term]]:
    return [] if at is None else [(iri, _moment(at))]


def _texts(iri: str, text: str | None) -> list[tuple[str, Term]]:
    return [(iri, Text(text))] if text else []


@lru_cache(maxsize=20_000)
def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=10).hexdigest()
