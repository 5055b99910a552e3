"""The graph as RDF: read back by rdflib, everything is there and as often as it should be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import PROV, RDF, RDFS, SKOS, XSD

from kg.model import (
    EVERY_STATUS,
    NOW,
    Batch,
    Claim,
    Document,
    NodeClaim,
    Passage,
    Run,
    Status,
    UnreadableFile,
    View,
)
from kg.store.rdf import BASE, PREFIXES, SAID, Format, write_rdf
from kg.store.rdf_syntax import Iri, JsonLdWriter, Text, TurtleWriter
from kg.store.sqlite import SqliteStore
from ontology import load_schema
from ontology.namespaces import GEMBA
from tests.contracts.small_schema import SCHEMA
from tests.kg.store.histories import LEAK, live_through_much

FORMATS = get_args(Format)
EVERY = View(statuses=EVERY_STATUS)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "plant.db", SCHEMA)
    live_through_much(store)
    yield store
    store.close()


def said(name: str) -> URIRef:
    return URIRef(SAID + name)


def read(path: Path, format: Format) -> Graph:
    return Graph().parse(path, format=format)


def own(kind: str, identity: str) -> URIRef:
    return URIRef(f"{BASE}{kind}:{identity}")


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    "view", [NOW, EVERY, View(as_of=250, statuses=EVERY_STATUS), View(valid_from=1500)]
)
def test_rdf_holds_all_that_the_view_sees(
    store: SqliteStore, tmp_path: Path, format: Format, view: View
) -> None:
    report = write_rdf(store, tmp_path / "out", format, view)
    graph = read(tmp_path / "out", format)
    nodes = {node.key: node for node in store.find_nodes(limit=100, view=view).nodes}
    statements = store.expand(nodes, view=view)
    evidence = store.evidence_of([s.key for s in statements], view=view)
    sightings = store.sightings_of(list(nodes), view)

    assert report.nodes == len(nodes) == len(set(graph.subjects(RDFS.label)) & set(_things(graph)))
    assert report.statements == len(statements) == _count(graph, RDF.type, RDF.Statement)
    pieces = sum(map(len, evidence.values()))
    assert pieces == len(list(graph.triples((None, PROV.wasDerivedFrom, None))))
    told = pieces + sum(map(len, sightings.values()))
    assert (
        report.evidence
        == told
        == _count(graph, RDF.type, URIRef("https://example.org/Evidence"))
        + _count(graph, RDF.type, URIRef(GEMBA + "Evidence"))
    )
    assert report.triples >= len(graph) > 0


def _things(graph: Graph) -> set[URIRef]:
    own_classes = {URIRef(term.iri) for term in SCHEMA.classes.values()}
    return {s for s, c in graph.subject_objects(RDF.type) if c in own_classes}  # type: ignore[misc]


def _count(graph: Graph, predicate: URIRef, obj: URIRef) -> int:
    return len(set(graph.subjects(predicate, obj)))


@pytest.mark.parametrize("format", FORMATS)
def test_rdf_tells_a_statement_with_its_evidence(
    store: SqliteStore, tmp_path: Path, format: Format
) -> None:
    write_rdf(store, tmp_path / "out", format, EVERY)
    graph = read(tmp_path / "out", format)
    pump, leak = own("asset", "P-1"), own("mode", "leak")
    exhibits = URIRef(SCHEMA.relations["exhibits"].iri)
    assert (pump, exhibits, leak) in graph
    (statement,) = (s for s in graph.subjects(RDF.object, leak) if (s, RDF.subject, pump) in graph)
    assert (statement, RDF.predicate, exhibits) in graph
    known = store.get_statements([LEAK], EVERY)[LEAK]
    assert graph.value(statement, said("status")) == Literal(known.status.value)
    assert graph.value(statement, said("confidence")) == Literal(known.confidence)
    assert graph.value(statement, URIRef("https://example.org/quantity")) == Literal(1.0)
    quotes = {
        str(graph.value(e, PROV.value)): e for e in graph.objects(statement, PROV.wasDerivedFrom)
    }
    quoted = quotes["leaks"]
    passage = graph.value(quoted, URIRef(GEMBA + "quotes"))
    assert graph.value(passage, PROV.value) == Literal("P-1 leaks badly")
    assert graph.value(quoted, said("place")) == Literal("row:2")
    document = graph.value(quoted, PROV.hadPrimarySource)
    assert graph.value(document, said("key")) == Literal("orders.csv")
    assert graph.value(passage, URIRef(GEMBA + "partOf")) == document
    run = graph.value(quoted, PROV.wasGeneratedBy)
    assert (run, RDF.type, PROV.Activity) in graph
    assert graph.value(graph.value(run, PROV.wasAssociatedWith), RDFS.label) == Literal("li")
    assert graph.value(quoted, said("validTo")) == Literal(
        "1970-01-01T00:00:02Z", datatype=XSD.dateTime
    )


def test_rdf_does_not_assert_what_is_rejected(store: SqliteStore, tmp_path: Path) -> None:
    with store.begin_load(Document("more", "1", "r"), Run("more", 700)) as session:
        claims = [Claim("asset:P-1", "exhibits", "mode:dirt", 0, 0.3, "suggested")]
        session.write(Batch([Passage("p", "row:1", "dirt?")], [], claims))
        session.finish()
    write_rdf(store, tmp_path / "out", "turtle", EVERY)
    graph = read(tmp_path / "out", "turtle")
    dirt = own("mode", "dirt")
    (statement,) = graph.subjects(RDF.object, dirt)
    assert graph.value(statement, said("status")) == Literal(Status.SUGGESTED.value)
    assert not list(graph.triples((own("asset", "P-1"), None, dirt)))
    write_rdf(store, tmp_path / "out")
    assert not list(read(tmp_path / "out", "turtle").subjects(RDF.object, dirt))


@pytest.mark.parametrize("format", FORMATS)
def test_rdf_has_properties_of_their_type(tmp_path: Path, format: Format) -> None:
    store = SqliteStore(":memory:", SCHEMA)
    props = {
        "description": '泵 "A"\n\\ \u0001 <b>',
        "quantity": 1.0,
        "priority": 3,
        "isCritical": True,
        "startedAt": "2026-03-01T07:30:00Z",
        "tags": ["x", "y"],
        "odd name": "2026-03-01",
    }
    with store.begin_load(Document("d", "1", "r"), Run("r", 1)) as session:
        claims = [
            NodeClaim("asset:A B/<1>", "MiniExcavator", 0, "小挖机", props),
            NodeClaim("asset:A B/<1>", "Asset", 0, "Mini", {"startedAt": "soon"}, 0.5),
            NodeClaim("wo:1", "WorkOrder", 0, None, {"startedAt": "2026-02-30T00:00:00Z"}),
        ]
        session.write(Batch([Passage("p", "row:1", "text")], claims))
        session.finish()
    write_rdf(store, tmp_path / "out", format)
    store.close()
    graph = read(tmp_path / "out", format)
    asset = own("asset", "A%20B%2F%3C1%3E")
    assert graph.value(asset, RDF.type) == URIRef(SCHEMA.classes["MiniExcavator"].iri)
    assert graph.value(asset, RDFS.label) == Literal("小挖机")
    assert graph.value(asset, SKOS.altLabel) == Literal("Mini")

    def values(name: str) -> set[object]:
        return set(graph.objects(asset, URIRef(f"https://example.org/{name}")))

    assert values("description") == {Literal(props["description"])}
    assert values("quantity") == {Literal("1.0", datatype=XSD.double)}
    assert values("priority") == {Literal(3)}
    assert values("isCritical") == {Literal(True)}
    assert values("startedAt") == {Literal(props["startedAt"], datatype=XSD.dateTime)}
    assert values("tags") == {Literal("x"), Literal("y")}
    assert set(graph.objects(asset, URIRef(GEMBA + "odd%20name"))) == {Literal("2026-03-01")}
    order = own("wo", "1")
    # A date that is none stays the text it was.
    assert graph.value(order, URIRef("https://example.org/startedAt")) == Literal(
        "2026-02-30T00:00:00Z"
    )


def test_rdf_names_concepts_as_the_ontology_does(tmp_path: Path) -> None:
    schema = load_schema()
    concept = next(c for c in schema.concepts.values() if c.cls == "FailureMode")
    store = SqliteStore(":memory:", schema)
    with store.begin_load(Document("d", "1", "r"), Run("r", 1)) as session:
        claims = [Claim("asset:A", "exhibits", concept.key, 0)]
        session.write(Batch([Passage("p", "row:1", "text")], [], claims))
        session.finish()
    write_rdf(store, tmp_path / "out", base="https://plant.example/id/")
    store.close()
    graph = read(tmp_path / "out", "turtle")
    subject = URIRef("https://plant.example/id/asset:A")
    assert (subject, URIRef(GEMBA + "exhibits"), URIRef(concept.iri)) in graph


def test_rdf_leaves_nothing_half_written(store: SqliteStore, tmp_path: Path) -> None:
    path = tmp_path / "out.ttl"
    path.write_text("the old one")

    def stop(_: object) -> None:
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError):
        write_rdf(store, path, say=stop)
    assert path.read_text() == "the old one"
    with pytest.raises(UnreadableFile, match="cannot be written"):
        write_rdf(store, tmp_path / "no" / "out.ttl")
    assert sorted(p.name for p in tmp_path.glob("*out*")) == ["out.ttl"]


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
terms = st.one_of(
    texts.map(Text),
    st.builds(Text, texts, st.none(), st.just("zh")),
    st.integers().map(lambda n: Text(str(n), str(XSD.integer))),
    texts.map(lambda t: Iri("urn:x:" + "".join(c for c in t if c.isalnum() and c.isascii()))),
)


@pytest.mark.parametrize("format", FORMATS)
@settings(max_examples=60, deadline=None)
@given(pairs=st.lists(st.tuples(st.sampled_from([GEMBA + "p", "urn:q:1", str(RDFS.label)]), terms)))
def test_rdf_syntax_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, format: Format, pairs: list[tuple[str, Iri | Text]]
) -> None:
    path = tmp_path_factory.mktemp("syntax") / "out"
    with path.open("w", encoding="utf-8", newline="\n") as file:
        writer = (TurtleWriter if format == "turtle" else JsonLdWriter)(file, PREFIXES)
        writer.add(Iri("urn:s"), pairs)
        writer.close()
    expected = {
        (
            URIRef("urn:s"),
            URIRef(name),
            URIRef(term)
            if isinstance(term, Iri)
            else Literal(term.value, term.language, term.datatype and URIRef(term.datatype)),
        )
        for name, term in pairs
    }
    assert set(read(path, format)) == expected
