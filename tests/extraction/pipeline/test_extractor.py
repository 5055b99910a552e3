from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extraction.pipeline import Job, PipelineExtractor
from extraction.pipeline.draft import Page
from extraction.text import TextContext, lexicon_extractor
from kg.model import Claim
from ontology.schema import Schema

ORDER = TextContext(record="wo:1", asset="asset:A", at=1_000, role="description")
TEXTS = [
    "REPLACE R/H HYD. CYL HOSE LEAKING",
    "engine overheating, coolant pump replaced",
    "no oil leak found",
    "液压泵漏油，更换油封",
    "疑似轴承磨损",
    "alarm 2031 coming up on ALM-77",
    "pump seized due to lack of lubrication",
    "",
    "   ",
    "12 bar",
    "hose leaking at 12-14 bar, alarm 2031",
]


def bare(claims: list[Claim]) -> list[Claim]:
    return [claim._replace(extractor="") for claim in claims]


def unnamed(text: str) -> bool:
    return ":" not in text and "：" not in text and "<" not in text


@pytest.mark.parametrize("text", TEXTS)
def test_short_way_and_stages_make_the_same_claims(extractor: PipelineExtractor, text: str) -> None:
    by_stages = extractor.line.read(Page(text, 3, 7, ORDER)).claims()
    assert extractor.extract(text, 3, 7, ORDER) == by_stages


def test_a_column_of_preventive_actions_tells_of_nothing_done(
    extractor: PipelineExtractor,
) -> None:
    context = ORDER._replace(role="prevention")
    found = extractor.extract("replace seal, hose leaking", 0, 0, context)
    assert found == extractor.line.read(Page("replace seal, hose leaking", 0, 0, context)).claims()
    assert not any(c.predicate in ("performed", "observed") and c.status == "accepted"
                   for c in found.claims)  # fmt: skip


@settings(max_examples=150)
@given(
    st.lists(
        st.sampled_from(
            ["pump", "leaking", "no", "hose", "replaced", "and", ",", ".", "check", "for", "12",
             "possible", "漏油", "液压泵", "未发现", "，", "due to", "wear", "bar", "P-101", "ok"]
        ),
        max_size=10,
    )
)  # fmt: skip
def test_without_headings_codes_and_models_the_claims_are_the_lexicon_s(
    schema: Schema, extractor: PipelineExtractor, words: list[str]
) -> None:
    text = " ".join(words)
    expected = lexicon_extractor(schema).extract(text, 0, 0, ORDER)
    found = extractor.extract(text, 0, 0, ORDER)
    assert bare(found.claims) == bare(expected.claims)
    assert {claim.extractor for claim in found.claims} <= {"pipeline@1"}


def test_many_texts_are_read_in_order(extractor: PipelineExtractor) -> None:
    jobs = [Job(text, n, 0, ORDER) for n, text in enumerate(TEXTS)]
    together = extractor.extract_many(jobs)
    assert together == [extractor.extract(*job) for job in jobs]
    assert any(claims.claims for claims in together)


def test_headings_inside_a_text_give_their_roles(extractor: PipelineExtractor) -> None:
    text = "故障现象：液压泵漏油。故障原因：油封老化。处理措施：更换油封。"
    claims = {(c.predicate, c.object): c for c in extractor.extract(text, 0, 5, ORDER).claims}
    assert ("observed", "mode:Leakage") in claims
    cause = next(c for (predicate, _), c in claims.items() if predicate == "foundCause")
    assert text[cause.start - 5 : cause.end - 5] in "油封老化"
    replaced = claims["performed", "activity:Replace"]
    assert text[replaced.start - 5 : replaced.end - 5] == "更换"


def test_what_is_to_be_done_for_prevention_was_not_done(extractor: PipelineExtractor) -> None:
    for heading, is_done in (("处理措施", True), ("预防措施", False)):
        found = _claims(extractor, f"{heading}：更换油封，轴承磨损。")
        accepted = {(c.predicate, c.object) for c in found if c.status == "accepted"}
        assert (("performed", "activity:Replace") in accepted) is is_done
        assert (("observed", "mode:Wear") in accepted) is is_done


def test_masked_ids_do_not_part_a_failure_from_its_component(
    extractor: PipelineExtractor,
) -> None:
    found = {(c.subject, c.predicate, c.object) for c in _claims(extractor, "pump <id> leaking")}
    assert ("component:Pump", "exhibits", "mode:Leakage") in found


def test_codes_of_the_plant_s_patterns_are_claimed(extractor: PipelineExtractor) -> None:
    found = {(c.predicate, c.object) for c in _claims(extractor, "replaced bearing 6205-2RS")}
    assert ("usedPart", "part:6205-2RS") in found


def test_spacy_and_torch_are_not_imported_for_reading() -> None:
    program = (
        "import sys; from ontology import load_schema; from extraction.pipeline import *; "
        "PipelineExtractor(load_schema()); "
        "print([m for m in ('spacy', 'torch', 'sklearn', 'thinc') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def _claims(extractor: PipelineExtractor, text: str) -> list[Claim]:
    return extractor.extract(text, 0, 0, ORDER).claims
