from __future__ import annotations

import pytest

from extraction.text import EXTRACTORS, TextContext, TextExtractor, lexicon_extractor
from extraction.text.claiming import ACCEPTED_FROM, NAME, LexiconExtractor
from kg.model import Claim
from ontology import load_schema
from tests.extraction.text.plant_words import small_plant

ORDER = TextContext(record="wo:1", asset="asset:A", at=1_000, role="description")


@pytest.fixture(scope="module")
def extractor() -> LexiconExtractor:
    return LexiconExtractor(small_plant())


def claims(
    extractor: LexiconExtractor, text: str, context: TextContext = ORDER, offset: int = 0
) -> dict[tuple[str, str, str], Claim]:
    found = extractor.extract(text, 7, offset, context)
    assert found.nodes == []
    return {(c.subject, c.predicate, c.object): c for c in found.claims}


def test_a_work_order_says_what_was_observed_involved_and_done(
    extractor: LexiconExtractor,
) -> None:
    text = "REPLACE R/H HYD. CYL HOSE LEAKING"
    found = claims(extractor, text)
    assert set(found) == {
        ("wo:1", "performed", "activity:Replace"),
        ("wo:1", "involves", "component:HydraulicCylinder"),
        ("wo:1", "involves", "component:Hose"),
        ("asset:A", "hasComponent", "component:HydraulicCylinder"),
        ("asset:A", "hasComponent", "component:Hose"),
        ("component:HydraulicCylinder", "hasComponent", "component:Hose"),
        ("wo:1", "observed", "mode:Leakage"),
        ("asset:A", "exhibits", "mode:Leakage"),
        ("component:Hose", "exhibits", "mode:Leakage"),
    }
    assert found["wo:1", "involves", "component:Hose"].props == {"position": "right"}
    owned = found["component:HydraulicCylinder", "hasComponent", "component:Hose"]
    assert owned.status == "suggested"


def test_every_claim_quotes_its_words_where_they_stand_in_the_passage(
    extractor: LexiconExtractor,
) -> None:
    before, text = "工单 17：", "液压泵漏油，更换油封"
    passage = before + text
    for (_, predicate, target), claim in claims(extractor, text, offset=len(before)).items():
        quote = passage[claim.start : claim.end]
        assert claim.passage == 7
        assert claim.extractor == NAME
        assert 0 < claim.confidence <= 1
        expected = {
            "involves": {"component:HydraulicPump": "液压泵", "component:Seal": "油封"},
            "hasComponent": {"component:HydraulicPump": "液压泵", "component:Seal": "油封"},
            "observed": {"mode:Leakage": "漏油"},
            "exhibits": {"mode:Leakage": quote},
            "performed": {"activity:Replace": "更换", "remedy:ReplaceSeal": "更换油封"},
        }
        assert quote == expected[predicate][target]
    pump = claims(extractor, text)["component:HydraulicPump", "exhibits", "mode:Leakage"]
    assert text[pump.start : pump.end] == "液压泵漏油"


def test_what_happened_is_dated_and_what_is_built_in_is_not(extractor: LexiconExtractor) -> None:
    found = claims(extractor, "replaced leaking hose")
    assert found["wo:1", "observed", "mode:Leakage"].valid_from == 1_000
    assert found["wo:1", "observed", "mode:Leakage"].valid_to == 1_001
    assert found["asset:A", "hasComponent", "component:Hose"].valid_from is None
    undated = claims(extractor, "leak", ORDER._replace(at=None))
    assert undated["wo:1", "observed", "mode:Leakage"].valid_to is None


def test_absent_findings_are_ruled_out_and_never_exhibited(extractor: LexiconExtractor) -> None:
    assert set(claims(extractor, "pump: no leak found, 未见裂纹")) == {
        ("wo:1", "involves", "component:Pump"),
        ("asset:A", "hasComponent", "component:Pump"),
        ("wo:1", "ruledOut", "mode:Leakage"),
        ("wo:1", "ruledOut", "mode:Crack"),
    }


def test_tasks_claim_no_finding(extractor: LexiconExtractor) -> None:
    assert set(claims(extractor, "check for leaks")) == {("wo:1", "performed", "activity:Check")}


def test_suspicions_are_suggested(extractor: LexiconExtractor) -> None:
    claim = claims(extractor, "possible crack")["wo:1", "observed", "mode:Crack"]
    assert claim.status == "suggested"
    assert claim.confidence < ACCEPTED_FROM
    assert claim.props == {"assertion": "suspected"}


def test_misspelt_findings_wait_for_review(extractor: LexiconExtractor) -> None:
    assert (
        claims(extractor, "bearing overhaeting")["wo:1", "observed", "mode:Overheating"].status
        == "suggested"
    )


def test_the_medium_of_a_leak_is_kept(extractor: LexiconExtractor) -> None:
    claim = claims(extractor, "coolant leak")["wo:1", "observed", "mode:Leakage"]
    assert claim.props == {"medium": "coolant"}


def test_causes_are_found_by_cue_and_linked_to_what_they_brought_about(
    extractor: LexiconExtractor,
) -> None:
    for text in (
        "oil leak due to worn seal",
        "worn seal causing oil leak",
        "由于密封圈老化，导致漏油",
    ):
        found = claims(extractor, text)
        assert ("wo:1", "foundCause", "cause:SealWear") in found, text
        assert found["cause:SealWear", "causes", "mode:Leakage"].status == "suggested"
        assert ("wo:1", "observed", "mode:Wear") not in found


def test_the_cause_column_needs_no_cue(extractor: LexiconExtractor) -> None:
    found = claims(extractor, "worn seal", ORDER._replace(role="cause"))
    assert ("wo:1", "foundCause", "cause:SealWear") in found
    assert ("wo:1", "involves", "component:Seal") in found
    assert ("wo:1", "observed", "mode:Wear") not in found
    described = claims(extractor, "worn seal")
    assert ("wo:1", "foundCause", "cause:SealWear") not in described
    assert ("wo:1", "observed", "mode:Wear") in described


def test_a_denied_cause_is_ruled_out(extractor: LexiconExtractor) -> None:
    found = claims(extractor, "leak not due to worn seal")
    assert ("wo:1", "ruledOut", "cause:SealWear") in found
    assert ("wo:1", "foundCause", "cause:SealWear") not in found


def test_work_asked_for_is_suggested_but_done_in_the_remedy_column(
    extractor: LexiconExtractor,
) -> None:
    text = "hose needs to be replaced"
    assert claims(extractor, text)["wo:1", "performed", "activity:Replace"].status == "suggested"
    remedy = claims(extractor, text, ORDER._replace(role="remedy"))
    assert remedy["wo:1", "performed", "activity:Replace"].status == "accepted"


def test_missing_parts_of_a_plant_do_not_work(extractor: LexiconExtractor) -> None:
    found = claims(extractor, "no lights")
    assert ("wo:1", "ruledOut", "component:Light") not in found
    assert ("wo:1", "involves", "component:Light") in found
    # this plant's ontology has no such failure mode by that name, so nothing is observed
    assert ("wo:1", "observed", "mode:FailToFunction") in found


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("alarm 2031 on pump", "alarm:2031"),
        ("fault code E-102", "alarm:E-102"),
        ("报警E204，轴承过热", "alarm:E204"),
        ("alarm no. SRVO-023", "alarm:SRVO-023"),
    ],
)
def test_alarm_codes_are_suggested(extractor: LexiconExtractor, text: str, key: str) -> None:
    claim = claims(extractor, text)["wo:1", "observed", key]
    assert claim.status == "suggested"
    assert text[claim.start : claim.end] == key.partition(":")[2]


def test_numbers_that_are_no_codes_claim_nothing(extractor: LexiconExtractor) -> None:
    assert not [k for k in claims(extractor, "alarm 3 times at 85 bar") if "alarm:" in k[2]]


def test_part_numbers_are_used_parts_of_work_orders_only(extractor: LexiconExtractor) -> None:
    text = "fitted new seal p/n 6205-2RS"
    assert ("wo:1", "usedPart", "part:6205-2RS") in claims(extractor, text)
    event = ORDER._replace(record="event:9")
    assert ("event:9", "usedPart", "part:6205-2RS") not in claims(extractor, text, event)


def test_codes_and_quantities_are_spans(extractor: LexiconExtractor) -> None:
    text = "P-101A 12 bar, 85℃ 240v"
    spans = extractor.reader.read(text).spans
    assert [(s.kind, text[s.start : s.end]) for s in spans] == [
        ("code", "P-101A"),
        ("quantity", "12 bar"),
        ("quantity", "85℃"),
        ("quantity", "240v"),
    ]


def test_without_a_record_only_the_asset_is_spoken_of(extractor: LexiconExtractor) -> None:
    found = claims(extractor, "replaced leaking hose", TextContext(asset="asset:A"))
    assert {subject for subject, _, _ in found} == {"asset:A", "component:Hose"}
    assert claims(extractor, "replaced hose", TextContext()) == {}


def test_a_repeated_fact_is_claimed_once_with_its_surest_words(
    extractor: LexiconExtractor,
) -> None:
    text = "bearng worn, bearing replaced"
    claim = claims(extractor, text)["wo:1", "involves", "component:Bearing"]
    assert text[claim.start : claim.end] == "bearing"


@pytest.mark.parametrize(
    "text", ["", "   ", "\n\n", "....", "!?" * 500, "漏" * 5_000, "a" * 100_000]
)
def test_odd_texts_are_read_without_harm(extractor: LexiconExtractor, text: str) -> None:
    extractor.extract(text, 0, 0, ORDER)


def test_the_registry_gives_one_extractor_per_schema() -> None:
    schema = small_plant()
    extractor: TextExtractor = EXTRACTORS["lexicon"](schema)
    assert extractor is lexicon_extractor(small_plant())
    assert extractor.name == NAME


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ("complaint:C-1", {"observed"}),
        ("inspection:I-1", {"observed"}),
        ("wo:1", {"observed", "involves", "performed"}),
    ],
)
def test_a_record_says_only_what_the_ontology_lets_it_say(record: str, said: set[str]) -> None:
    schema = load_schema()
    extractor = lexicon_extractor(schema)
    context = TextContext(record=record, at=1_000, role="description")
    found = extractor.extract("pump leaking, replaced shaft seal", 0, 0, context).claims
    assert {c.predicate for c in found if c.subject == record} == said
    for claim in found:
        domain = schema.relations[claim.predicate].domain
        cls = schema.class_of_key(claim.subject)
        assert not domain or any(schema.is_a(cls, d) for d in domain), claim
