"""Names and sentences in both languages."""

from __future__ import annotations

import pytest

from kg.model import NOW, Node, Statement, Status
from kg.narration import (
    Span,
    cite,
    clause,
    name_key_only,
    name_node,
    quantity_text,
    space_scripts,
    span_of,
    span_text,
    tell,
    verb,
)
from kg.store.protocol import Store
from tests.kg.plants import Facts, at, schema


def said(subject: str, predicate: str, object_: str, **more: object) -> Statement:
    return Statement(subject, predicate, object_, Status.ACCEPTED, 1.0, 1, 0, **more)  # type: ignore[arg-type]


def test_name_of_a_coded_thing_keeps_its_code() -> None:
    press = name_node(schema(), Node("asset:P07", "Asset", "Hydraulic press 7", {}, ("液压机7号",)))
    assert press.label.en == "Hydraulic press 7 (P07)"
    assert press.label.zh == "液压机7号（P07）"
    order = name_node(schema(), Node("wo:17", "WorkOrder", "17"))
    assert order.label.en == "work order 17"
    assert order.label.zh == "工单 17"
    line = name_node(schema(), Node("line:LINE 2", "Line", "LINE 2"))
    assert line.label.en == "LINE 2"


def test_name_of_a_concept_comes_from_the_ontology_in_both_languages() -> None:
    concept = schema().concepts["mode:Leakage"]
    named = name_key_only(schema(), "mode:Leakage")
    assert named.label.en == concept.words.label["en"]
    assert named.label.zh == concept.words.label["zh"]
    free = name_node(
        schema(), Node("cause:seal worn", "FailureCause", "seal worn", {}, ("密封磨损",))
    )
    assert (free.label.en, free.label.zh) == ("seal worn", "密封磨损")


def test_tell_uses_the_verbs_of_the_ontology() -> None:
    s = said("op:1", "consumed", "lot:A", props={"quantity": 2.5, "unitOfMeasure": "kg"},
             valid_from=at("2026-03-01T07:30:00"))  # fmt: skip
    told = tell(
        schema(),
        s,
        name_key_only(schema(), "op:1"),
        name_key_only(schema(), "lot:A"),
        with_time=True,
    )
    assert told.en == "operation 1 consumed lot A (2.5 kg), 2026-03-01 07:30 UTC"
    assert told.zh == "作业 1 消耗了批次 A (2.5 kg)，2026-03-01 07:30 UTC"


def test_tell_of_every_relation_gives_words_in_both_languages() -> None:
    for relation in schema().relations.values():
        s = said("asset:A", relation.name, "asset:B")
        told = tell(
            schema(), s, name_key_only(schema(), "asset:A"), name_key_only(schema(), "asset:B")
        )
        assert relation.name not in told.en or relation.name in relation.verb.get("en", "")
        assert told.en.count("A") >= 1
        assert told.zh


@pytest.mark.parametrize(
    ("props", "text"),
    [({}, ""), ({"quantity": 3}, "3"), ({"quantity": 1.0, "unitOfMeasure": "kg"}, "1 kg"),
     ({"quantity": "three"}, ""), ({"quantity": True}, "")],
)  # fmt: skip
def test_quantity_text(props: dict[str, object], text: str) -> None:
    assert quantity_text(props) == text  # type: ignore[arg-type]


def test_spans() -> None:
    assert span_text(None, None) == ""
    assert span_text(at("2026-01-01"), at("2026-01-01")) == "2026-01-01 00:00"
    assert span_text(None, at("2026-01-02")).startswith("–")
    node = Node(
        "wo:1", "WorkOrder", "1", {"startedAt": "2026-01-02T00:00:00Z", "reportedAt": "soon"}
    )
    assert span_of(node) == Span(at("2026-01-02"), None)
    hull = [said("wo:1", "reportedOn", "asset:A", valid_from=5, valid_to=9),
            said("wo:1", "observed", "mode:X", valid_from=3)]  # fmt: skip
    assert span_of(None, hull) == Span(3, 9)
    assert not span_of(None).is_known


def test_space_between_scripts() -> None:
    assert space_scripts("工单WO-1观察到泄漏") == "工单 WO-1 观察到泄漏"


def test_cite_gives_evidence_with_its_place(any_store: Store) -> None:
    Facts().say("op:1", "consumed", "lot:A", quote="OP 1 took lot A").load(any_store)
    [statement] = any_store.expand(["op:1"])
    cited = cite(any_store, schema(), [statement], view=NOW)[statement.key]
    assert cited.id == statement.id
    assert (cited.evidence[0].document, cited.evidence[0].place) == ("facts.csv", "row:1")
    assert cited.evidence[0].quote == "OP 1 took lot A"
    assert cite(any_store, schema(), [statement], per_statement=0)[statement.key].evidence == ()
    assert cite(any_store, schema(), []) == {}


def test_clause_places_the_object_and_needs_no_subject() -> None:
    press = name_node(schema(), Node("asset:P07", "Asset", "7#液压机"))
    raised = clause(verb(schema(), "raisedBy"), press)
    assert raised.zh == f"由{press.label.zh}触发"
    assert clause(verb(schema(), "performedOn"), press).zh == f"在{press.label.zh}上进行"
    kind = verb(schema(), "ofType")
    assert clause(kind, press).zh.startswith("的类型是")
    assert clause(kind, press, is_first=False).zh.startswith("其类型是")
    start = name_node(schema(), Node("mode:FailsToStart", "FailureMode", "fails to start"))
    assert clause(verb(schema(), "observed"), start).en.startswith("observed “fails to ")
