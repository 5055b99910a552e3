import pytest
from rdflib import RDF, Graph, URIRef
from rdflib.namespace import PROV

from kg.model import (
    EVERY_STATUS,
    Batch,
    Claim,
    Decision,
    Document,
    NodeClaim,
    Passage,
    Run,
    StatementKey,
    Status,
    UnreadableFile,
    View,
)
from kg.store import open_store
from kg.store.rdf import GEMBA, THINGS, thing_iri, write_rdf
from ontology import load_schema

SCHEMA = load_schema()
TEXT = 'row 7: "hose" leaks\\weeps\n油管漏油\x01'


@pytest.fixture
def store(tmp_path):
    store = open_store(str(tmp_path / "plant.db"), SCHEMA)
    store.ensure_schema(SCHEMA)
    with store.begin_load(Document("orders é.csv", "aa", "r"), Run("r1", 5_000)) as load:
        load.write(
            Batch(
                [Passage("p", "row:7", TEXT, None, None)],
                [
                    NodeClaim("wo:W 1/#", "WorkOrder", 0, "Order <1>", {"cost": 2.5}),
                    NodeClaim("asset:P-1", "Asset", 0, 'Pump "1"'),
                ],
                [
                    Claim(
                        "wo:W 1/#", "reportedOn", "asset:P-1", 0, valid_from=1_000, valid_to=9_000
                    ),
                    Claim("asset:P-1", "exhibits", "mode:Leakage", 0, 0.5, "suggested"),
                    Claim("wo:W 1/#", "observed", "mode:Leakage", 0, 0.8, start=8, end=12),
                ],
            )
        )
        load.finish()
    yield store
    store.close()


def _graph(store, tmp_path, form: str, view: View = View()) -> Graph:  # noqa: B008
    path = tmp_path / f"out.{form}"
    write_rdf(store, path, format=form, view=view)
    return Graph().parse(path, format=form)


@pytest.mark.parametrize("form", ["turtle", "json-ld"])
def test_statements_are_triples_that_lead_to_their_quote(store, tmp_path, form):
    graph = _graph(store, tmp_path, form)
    order, mode = (URIRef(thing_iri(SCHEMA, k).text) for k in ("wo:W 1/#", "mode:Leakage"))
    assert (order, URIRef(GEMBA + "observed"), mode) in graph
    (statement,) = (s for s in graph.subjects(RDF.subject, order) if (s, RDF.object, mode) in graph)
    (evidence,) = graph.objects(statement, PROV.wasDerivedFrom)
    assert str(graph.value(evidence, PROV.value)) == "hose"
    passage = graph.value(evidence, PROV.wasQuotedFrom)
    assert str(graph.value(passage, PROV.value)) == TEXT
    document = graph.value(passage, PROV.wasDerivedFrom)
    assert (document, RDF.type, PROV.Entity) in graph
    assert graph.value(evidence, PROV.wasGeneratedBy) == URIRef(f"{THINGS}run/r1")


def test_both_formats_say_the_same(store, tmp_path):
    view = View(statuses=EVERY_STATUS)
    turtle = _graph(store, tmp_path, "turtle", view)
    json_ld = _graph(store, tmp_path, "json-ld", view)
    assert set(turtle) == set(json_ld)
    assert len(set(turtle.subjects(RDF.type, RDF.Statement))) == 3


def test_what_is_not_believed_is_no_plain_triple(store, tmp_path):
    key = StatementKey("wo:W 1/#", "observed", "mode:Leakage")
    store.decide([Decision(key, Status.REJECTED, "ann", 6_000)])
    graph = _graph(store, tmp_path, "turtle", View(statuses=EVERY_STATUS))
    assert not list(graph.triples((None, URIRef(GEMBA + "observed"), None)))
    assert not list(graph.triples((None, URIRef(GEMBA + "exhibits"), None)))
    statuses = {str(o) for o in graph.objects(None, URIRef(GEMBA + "status"))}
    assert {"rejected", "suggested", "accepted"} <= statuses


def test_the_past_is_written_as_it_was_known(store, tmp_path):
    assert not list(_graph(store, tmp_path, "turtle", View(as_of=4_000)).subjects(RDF.subject))


def test_a_file_that_cannot_be_written_is_one_sentence(store, tmp_path):
    with pytest.raises(UnreadableFile, match="cannot be written"):
        write_rdf(store, tmp_path / "no" / "folder.ttl")
