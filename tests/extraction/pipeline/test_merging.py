from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from extraction.learning.examples import Example
from extraction.learning.protocol import Reading
from extraction.pipeline import Job, PipelineExtractor
from extraction.text import TextContext
from kg.model import Claim
from ontology.schema import Schema
from tests.extraction.pipeline.fakes import UNTRUSTED, FakeRecogniser, with_model

ORDER = TextContext(record="wo:1", asset="asset:A", role="description")


def read(extractor: PipelineExtractor, text: str) -> dict[tuple[str, str, str], Claim]:
    found = extractor.extract(text, 0, 0, ORDER)
    return {(c.subject, c.predicate, c.object): c for c in found.claims}


def test_agreement_makes_a_claim_surer(
    schema: Schema, extractor: PipelineExtractor, tmp_path: Path
) -> None:
    both = with_model(schema, tmp_path, FakeRecogniser({"hose": ("Item", 0.7)}))
    key = ("wo:1", "involves", "component:Hose")
    alone = read(extractor, "hose leaking")[key].confidence
    together = read(both, "hose leaking")[key].confidence
    assert alone < together <= 0.99
    assert together == round(min(0.99, 1 - (1 - alone) * (1 - 0.7)), 4)


def test_what_only_the_model_finds_is_known_by_its_words(schema: Schema, tmp_path: Path) -> None:
    model = FakeRecogniser({"camlock": ("Item", 0.93)})
    extractor = with_model(schema, tmp_path, model)
    found = extractor.extract("no camlock, Camlock leaking", 4, 10, ORDER)
    assert [(n.node, n.cls, n.name, n.passage) for n in found.nodes] == [
        ("component:camlock", "Component", "camlock", 4)
    ]
    extractor = with_model(schema, tmp_path, FakeRecogniser({"camlock": ("Item", 0.93)}))
    claims = read(extractor, "camlock leaking")
    assert claims["wo:1", "involves", "component:camlock"].status == "accepted"
    assert ("component:camlock", "exhibits", "mode:Leakage") in claims


def test_cues_hold_of_what_only_the_model_finds(schema: Schema, tmp_path: Path) -> None:
    model = FakeRecogniser({"gribbling": ("Observed_state", 0.95)})
    extractor = with_model(schema, tmp_path, model)
    assert ("wo:1", "observed", "mode:gribbling") in read(extractor, "pump gribbling")
    denied = read(extractor, "pump checked, no gribbling found")
    assert ("wo:1", "ruledOut", "mode:gribbling") in denied
    assert ("wo:1", "observed", "mode:gribbling") not in denied


def test_the_surer_one_wins_a_contradiction(schema: Schema, tmp_path: Path) -> None:
    key = ("wo:1", "involves", "component:Hose")
    weak = with_model(schema, tmp_path, FakeRecogniser({"hose": ("Activity", 0.6)}))
    assert key in read(weak, "hose leaking")
    strong = with_model(schema, tmp_path, FakeRecogniser({"hose": ("Activity", 0.985)}))
    claims = read(strong, "hose leaking")
    assert key not in claims
    assert ("wo:1", "performed", "activity:hose") in claims


def test_what_no_calibration_vouches_for_goes_to_review(schema: Schema, tmp_path: Path) -> None:
    model = FakeRecogniser({"camlock": ("Item", 0.97)})
    claims = read(with_model(schema, tmp_path, model, UNTRUSTED), "camlock leaking")
    claim = claims["wo:1", "involves", "component:camlock"]
    assert claim.status == "suggested"
    assert claim.confidence < 0.8


def test_a_model_s_ties_become_relations_of_the_ontology(schema: Schema, tmp_path: Path) -> None:
    model = FakeRecogniser(
        {"frobber": ("Item", 0.95), "gear train": ("Item", 0.95), "gone": ("Observed_state", 0.9)},
        [("gear train", "frobber", "hasPart", 0.9), ("frobber", "gone", "hasProperty", 0.6)],
    )
    claims = read(with_model(schema, tmp_path, model), "frobber of gear train is gone")
    whole = ("hasComponent", "component:frobber")
    part = next(c for (s, *rest), c in claims.items() if tuple(rest) == whole and s != "asset:A")
    assert part.status == "accepted"
    assert part.subject != "component:frobber"
    assert ("component:frobber", "exhibits", "mode:gone") in claims


def test_ties_that_the_ontology_does_not_allow_are_left_out(schema: Schema, tmp_path: Path) -> None:
    model = FakeRecogniser(
        {"frobber": ("Item", 0.95), "adjust": ("Activity", 0.95)},
        [("adjust", "frobber", "hasPart", 0.9)],
    )
    claims = read(with_model(schema, tmp_path, model), "adjust frobber")
    assert not any(predicate == "hasComponent" and subject.startswith("activity:")
                   for subject, predicate, _ in claims)  # fmt: skip


def test_nested_spans_of_one_class_are_not_counted_twice(schema: Schema, tmp_path: Path) -> None:
    once = with_model(schema, tmp_path, FakeRecogniser({"park brake": ("Item", 0.7)}))
    twice = with_model(
        schema, tmp_path, FakeRecogniser({"park brake": ("Item", 0.7), "brake": ("Item", 0.7)})
    )
    text = "park brake worn"
    heads = [
        max(c.confidence for (s, p, _), c in read(x, text).items() if p == "involves")
        for x in (once, twice)
    ]
    assert heads[0] == heads[1]


def test_the_inner_one_of_nested_spans_only_says_what_kind_it_is(
    schema: Schema, tmp_path: Path
) -> None:
    model = FakeRecogniser(
        {"zork frobber": ("Item", 0.95), "frobber": ("Item", 0.95), "gone": ("State", 0.95)},
        [("zork frobber", "frobber", "isA", 0.9), ("zork frobber", "gone", "hasProperty", 0.9),
         ("frobber", "gone", "hasProperty", 0.9)],
    )  # fmt: skip
    claims = read(with_model(schema, tmp_path, model), "zork frobber is gone")
    assert ("component:zork frobber", "broader", "component:frobber") in claims
    assert ("component:zork frobber", "exhibits", "mode:gone") in claims
    assert ("component:frobber", "exhibits", "mode:gone") not in claims
    assert ("wo:1", "involves", "component:frobber") not in claims


def test_texts_that_were_prepared_are_read_once(schema: Schema, tmp_path: Path) -> None:
    model = FakeRecogniser({"camlock": ("Item", 0.9)})
    extractor = with_model(schema, tmp_path, model)
    jobs = [Job("camlock leaking", n, 0, ORDER) for n in range(3)]
    extractor.extract_many([*jobs, Job("", 9, 0, ORDER)])
    assert model.asked == ["camlock leaking"]


def test_labels_that_stand_for_nothing_make_no_claims(
    schema: Schema, extractor: PipelineExtractor, tmp_path: Path
) -> None:
    model = FakeRecogniser({"yesterday": ("Zeitpunkt", 0.99)})
    text = "hose leaking yesterday"
    assert read(with_model(schema, tmp_path, model), text) == read(extractor, text)


class Overreaching(FakeRecogniser):
    """Finds spans that end behind the text."""

    def read(self, examples: Sequence[Example]) -> list[Reading]:
        return [
            Reading(tuple(span._replace(end=span.end + 500) for span in found.spans), found.ties)
            for found in super().read(examples)
        ]


def test_spans_out_of_the_text_are_ignored(
    schema: Schema, extractor: PipelineExtractor, tmp_path: Path
) -> None:
    model = Overreaching({"hose": ("Activity", 0.99)})
    text = "hose leaking"
    assert read(with_model(schema, tmp_path, model), text) == read(extractor, text)
    assert model.asked == [text]
