from __future__ import annotations

from pathlib import Path

import pytest

from extraction.learning.examples import Span, Tie, make_example
from extraction.pipeline import PipelineExtractor
from extraction.pipeline.labels import Meaning, read_labels
from extraction.pipeline.proposals import propose_class, propose_from_texts, propose_ties
from kg.model import BadInput
from ontology.schema import Schema


def test_labels_of_the_shipped_table_stand_for_classes(schema: Schema) -> None:
    labels = read_labels(schema, ["PhysicalObject", "部件单元", "检测工具"], ["检测工具"], Path())
    assert labels.class_of("PhysicalObject") == "Component"
    assert labels.class_of("部件单元") == "Component"
    assert labels.class_of("检测工具") == "Tool"  # a tie's label, too


def test_a_path_counts_as_what_is_above_it(schema: Schema) -> None:
    paths = ["PhysicalObject/Substance/Gas", "PhysicalObject/SensingObject", "State/NormalState"]
    labels = read_labels(schema, paths, [], Path())
    assert [labels.class_of(path) for path in paths] == [None, "Component", None]


def test_ties_are_told_apart_by_their_ends(schema: Schema) -> None:
    labels = read_labels(schema, ["State", "PhysicalObject"], ["hasPatient", "组成"], Path())
    assert labels.relation_of("hasPatient", "State", "PhysicalObject") == Meaning("exhibits", True)
    assert labels.relation_of("hasPatient", "PhysicalObject", "PhysicalObject") is None
    assert labels.relation_of("组成", "部件", "部件") == Meaning("hasComponent", True)


@pytest.mark.parametrize(
    ("label", "cls"),
    [("FailureMode", "FailureMode"), ("failure_mode", "FailureMode"), ("SPARE PART", "SparePart"),
     ("症状", "Symptom"), ("Location", "Location"), ("B-", None), ("x", None), ("Zeitpunkt", None)],
)  # fmt: skip
def test_unknown_labels_are_proposed_by_name(schema: Schema, label: str, cls: str | None) -> None:
    assert propose_class(schema, label) == cls


def test_labels_are_proposed_from_where_the_lexicon_agrees(
    schema: Schema, extractor: PipelineExtractor
) -> None:
    text = "hose leaking and pump leaking"
    spans = [Span(0, 4, "L1"), Span(17, 21, "L1"), Span(5, 12, "L2"), Span(22, 29, "L2")]
    ties = [Tie(2, 0, "T"), Tie(3, 1, "T")]
    examples = [make_example(str(n), text, spans, ties) for n in range(4)]
    found = propose_from_texts(extractor.line.resources.lexicon.reader, examples)
    assert {label: cls for label, (cls, _, _) in found.items()} == {
        "L1": "Component", "L2": "FailureMode",
    }  # fmt: skip
    proposed = propose_ties(schema, examples, {"L1": "Component", "L2": "FailureMode"})
    assert proposed == {"L2>T>L1": ("exhibits", True)}


def test_the_plant_s_own_table_wins_and_is_written_as_it_is_read(
    schema: Schema, tmp_path: Path
) -> None:
    (tmp_path / "own.csv").write_text(
        "label,stands_for,reversed\nItem,SparePart,\nOdd,Tool,\n", encoding="utf-8"
    )
    labels = read_labels(schema, ["Item", "Odd", "Activity"], ["isA"], tmp_path, "own.csv")
    assert labels.class_of("Item") == "SparePart"
    labels.write(tmp_path / "again.csv")
    again = read_labels(schema, ["Item", "Odd", "Activity"], ["isA"], tmp_path, "again.csv")
    assert again.rows() == labels.rows()
    assert again.digest == labels.digest


def test_a_table_that_names_no_term_is_refused(schema: Schema, tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text("label,stands_for,reversed\nItem,Gadget,\n", encoding="utf-8")
    with pytest.raises(BadInput, match="'Gadget', which is neither"):
        read_labels(schema, ["Item"], [], tmp_path, "own.csv")
