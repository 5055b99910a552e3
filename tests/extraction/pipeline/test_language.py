from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extraction.pipeline import PipelineExtractor, read_configuration
from extraction.pipeline.component import CLAIMS, NODES, PAGE
from extraction.pipeline.language import Industrial, build_language, load_language
from extraction.pipeline.registry import STAGES
from extraction.pipeline.tokenizer import MixedTokenizer
from extraction.text import TextContext
from extraction.text.tokens import tokenize
from ontology.schema import Schema
from tests.extraction.pipeline.fakes import FakeRecogniser, put_in

ORDER = TextContext(record="wo:1", asset="asset:A", at=1_000, role="description")
TEXTS = [
    "Replaced hyd. hose at 12-14 bar",
    "液压泵漏油：原因：油封老化",
    "no leak\nfound",
    "",
    "½ full",
]


@pytest.fixture(scope="module")
def nlp(schema: Schema) -> Industrial:
    return build_language(schema)


def test_pipeline_has_the_components_of_the_configuration(nlp: Industrial) -> None:
    assert nlp.pipe_names == read_configuration().sections()["nlp"]["pipeline"]
    assert set(STAGES) == {nlp.get_pipe_meta(name).factory for name in nlp.pipe_names}


def test_documents_make_the_claims_that_the_extractor_makes(
    nlp: Industrial, extractor: PipelineExtractor
) -> None:
    for doc, context in nlp.pipe([(text, ORDER) for text in TEXTS], as_tuples=True):
        expected = extractor.extract(doc.text, 0, 0, context).claims
        assert doc.user_data[CLAIMS] == [
            [dict(v) if isinstance(v, dict) else v for v in claim] for claim in expected
        ]
        assert PAGE not in doc.user_hooks


def test_documents_show_terms_quantities_and_how_they_are_meant(nlp: Industrial) -> None:
    doc = nlp("No leak at the hydraulic pump, 12-14 bar on P-101")
    terms = {(s.text, s.label_, s.kb_id_, s._.assertion) for s in doc.spans["terms"]}
    assert ("leak", "mode", "mode:Leakage", "absent") in terms
    assert ("hydraulic pump", "component", "component:HydraulicPump", "asserted") in terms
    assert [s.text for s in doc.spans["quantities"]] == ["12-14 bar"]
    assert [s.text for s in doc.spans["codes"]] == ["P-101"]


def test_pipeline_written_to_a_folder_reads_the_same(nlp: Industrial, tmp_path: Path) -> None:
    nlp.to_disk(tmp_path / "nlp")
    again = load_language(tmp_path / "nlp")
    for text in TEXTS:
        assert again(text).user_data == nlp(text).user_data
    bytes_ = nlp.to_bytes()
    assert again.from_bytes(bytes_)("hose leaking").user_data == nlp("hose leaking").user_data


def test_a_model_s_spans_are_on_the_document(schema: Schema, tmp_path: Path) -> None:
    nlp = build_language(schema)
    assert nlp.line is not None
    put_in(nlp.line, tmp_path, FakeRecogniser({"camlock": ("Item", 0.95)}))
    ((doc, _),) = nlp.pipe([("camlock leaking", ORDER)], as_tuples=True)
    assert [(s.text, s.label_) for s in doc.spans["model"]] == [("camlock", "Item")]
    assert [node[0] for node in doc.user_data[NODES]] == ["component:camlock"]


@given(st.text(max_size=60))
def test_tokenizer_keeps_every_character(text: str) -> None:
    from spacy.vocab import Vocab

    tokenizer = MixedTokenizer(Vocab())
    doc = tokenizer(text)
    assert doc.text == text
    kept = [(t.idx, t.idx + len(t)) for t in doc if not t.is_space]
    ours = tokenize(text).spans
    if len(set(ours)) == len(ours) and all(a[1] <= b[0] for a, b in pairwise(ours)):
        assert set(kept) <= set(ours) | {(s, e) for s, e in kept if not text[s:e].strip()}


def test_tokenizer_is_written_and_read_and_refuses_other_rules(tmp_path: Path) -> None:
    from spacy.vocab import Vocab

    tokenizer = MixedTokenizer(Vocab())
    tokenizer.to_disk(tmp_path / "tokenizer")
    assert tokenizer.from_disk(tmp_path / "tokenizer") is tokenizer
    assert tokenizer.from_bytes(tokenizer.to_bytes()) is tokenizer
    with pytest.raises(ValueError, match="other rules"):
        tokenizer.from_bytes(b"spacy.Tokenizer.v1")
