from __future__ import annotations

import pytest

from extraction.learning.examples import Example, Span, Tie, make_example
from extraction.pipeline import PipelineExtractor
from extraction.pipeline.measuring import measure_day_one, measure_examples
from ontology.schema import Schema
from tests.shared_data import shared


def example(text: str, *labelled: tuple[str, str], ties: tuple[Tie, ...] = ()) -> Example:
    spans = [Span(text.index(w), text.index(w) + len(w), label) for w, label in labelled]
    return make_example(text, text, spans, ties)


def test_statements_are_right_where_people_marked_the_same_sort_of_thing(
    schema: Schema, extractor: PipelineExtractor
) -> None:
    texts = [
        example("hose leaking", ("hose", "Item"), ("leaking", "Observed_state")),
        example("pump replaced", ("replaced", "Activity")),  # nobody marked the pump
        example("seal worn", ("seal", "Item"), ("worn", "Observed_state")),
    ]
    found = measure_examples(schema, extractor, texts)
    involves = found["by_relation"]["involves"]
    assert (involves["accepted"], involves["right"]) == (3, 2)
    assert found["by_relation"]["observed"]["precision"] == 1.0
    assert found["recall"]["micro"] == {"labelled": 5, "found": 5, "recall": 1.0}
    assert found["not_judged"]["exhibits"] == 2  # nobody tied anything
    assert found["statements"]["precision_at_least"] < found["statements"]["precision"]


def test_statements_between_things_are_held_against_ties(
    schema: Schema, extractor: PipelineExtractor
) -> None:
    tied = example(
        "hose leaking", ("hose", "Item"), ("leaking", "State"), ties=(Tie(0, 1, "hasProperty"),)
    )
    loose = example("pump worn, seal leaking", ("pump", "Item"), ("leaking", "State"),
                    ties=(Tie(0, 1, "hasProperty"),))  # fmt: skip
    exhibits = measure_examples(schema, extractor, [tied, tied])
    assert exhibits["statements"]["precision"] == 1.0
    assert exhibits["lower_bounds"]["involves"]["accepted"] == 2
    wrong = measure_examples(schema, extractor, [loose])
    assert wrong["statements"] == {
        "accepted": 2, "right": 0, "precision": 0.0, "precision_at_least": 0.0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("format_name", "path", "precision", "recall"),
    [
        ("maintie", "extraction/maintie/gold_dev.json", 0.9, 0.75),
        ("bdci", "extraction/bdci2022/dev.jsonl", 0.8, 0.4),
        ("conll", "extraction/mwo2kg/conll_dev.txt", 0.9, 0.75),
    ],
)
def test_day_one_is_good_enough(
    schema: Schema, extractor: PipelineExtractor, format_name: str, path: str,
    precision: float, recall: float,
) -> None:  # fmt: skip
    found = measure_day_one(schema, extractor, format_name, shared(path))
    assert found["statements"]["precision"] >= precision
    assert found["recall"]["micro"]["recall"] >= recall
