from __future__ import annotations

import pytest

from extraction.text.lexicon import Lexicon
from extraction.text.mentions import Assertion
from extraction.text.reading import Reader
from tests.extraction.text.plant_words import small_plant

ABSENT, SOUGHT, SUSPECTED = Assertion.ABSENT, Assertion.SOUGHT, Assertion.SUSPECTED
ASSERTED, REPAIRED, CONFIRMED = Assertion.ASSERTED, Assertion.REPAIRED, Assertion.CONFIRMED


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(Lexicon(small_plant()))


def meant(reader: Reader, text: str) -> dict[str, Assertion]:
    """What the text says of each finding, by the finding's local name."""
    return {
        mention.concept.partition(":")[2]: mention.assertion
        for mention in reader.read(text).mentions
        if mention.kind in ("mode", "symptom")
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("oil leak", {"Leakage": ASSERTED}),
        ("no leak found", {"Leakage": ABSENT}),
        ("no oil leak", {"Leakage": ABSENT}),  # "no oil" alone is a low level
        ("no oil", {"LowLevel": ASSERTED}),
        ("not leaking", {"Leakage": ABSENT}),
        ("hose does not leak", {"Leakage": ABSENT}),
        ("no cracks or leaks found", {"Crack": ABSENT, "Leakage": ABSENT}),
        ("leak not found", {"Leakage": ABSENT}),
        ("no leaks, bearing noisy", {"Leakage": ABSENT, "AbnormalNoise": ASSERTED}),
        ("no leak but vibration", {"Leakage": ABSENT, "Vibration": ASSERTED}),
        ("no leaks. crack found", {"Leakage": ABSENT, "Crack": ASSERTED}),
        ("no 3 pump leaking", {"Leakage": ASSERTED}),
        ("No.3 pump leaking", {"Leakage": ASSERTED}),
        ("won't start", {"FailToStart": ASSERTED}),
        ("engine does not start", {"FailToStart": ASSERTED}),
        ("pump u/s", {"FailToFunction": ASSERTED}),
        ("light not working", {"FailToFunction": ASSERTED}),
        ("check for leaks", {"Leakage": SOUGHT}),
        ("check hose for leaks and cracks", {"Leakage": SOUGHT, "Crack": SOUGHT}),
        ("checked for leaks, none found", {"Leakage": ABSENT}),
        ("check oil leak", {"Leakage": ASSERTED}),
        ("possible crack", {"Crack": SUSPECTED}),
        ("suspected bearing failure", {"FailToFunction": SUSPECTED}),
        ("leak?", {"Leakage": SUSPECTED}),
        ("found crack in hose", {"Crack": CONFIRMED}),
        ("bearing failure ruled out", {"FailToFunction": ABSENT}),
        ("leak fixed", {"Leakage": REPAIRED}),
        ("noise gone", {"AbnormalNoise": ABSENT}),
        ("replaced bearing, noise gone", {"AbnormalNoise": REPAIRED}),
        ("fit seal to prevent leakage", {"Leakage": Assertion.HYPOTHETICAL}),
        ("replace if worn", {"Wear": Assertion.HYPOTHETICAL}),
    ],
)
def test_english(reader: Reader, text: str, expected: dict[str, Assertion]) -> None:
    assert meant(reader, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("液压泵漏油", {"Leakage": ASSERTED}),
        ("无漏油", {"Leakage": ABSENT}),
        ("未发现漏油、异响", {"Leakage": ABSENT, "AbnormalNoise": ABSENT}),
        ("未见异常", {"Fault": ABSENT}),
        ("没有漏油，有异响", {"Leakage": ABSENT, "AbnormalNoise": ASSERTED}),
        ("不漏油", {"Leakage": ABSENT}),
        ("无法启动", {"FailToStart": ASSERTED}),
        ("不工作", {"FailToFunction": ASSERTED}),
        ("疑似轴承磨损", {"Wear": SUSPECTED}),
        ("检查是否漏油", {"Leakage": SOUGHT}),
        ("检查有无裂纹", {"Crack": SOUGHT}),
        ("漏油已处理", {"Leakage": REPAIRED}),
        ("更换油封后漏油消失", {"Leakage": REPAIRED}),
        ("漏油未发现", {"Leakage": ABSENT}),
        ("排除轴承磨损", {"Wear": ABSENT}),
        ("防止漏油", {"Leakage": Assertion.HYPOTHETICAL}),
        ("主轴无异响但振动", {"AbnormalNoise": ABSENT, "Vibration": ASSERTED}),
        ("怀疑密封圈老化导致漏油", {"Leakage": ASSERTED}),
    ],
)
def test_chinese(reader: Reader, text: str, expected: dict[str, Assertion]) -> None:
    assert meant(reader, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("replaced hose", ASSERTED),
        ("hose not replaced", ABSENT),
        ("未更换软管", ABSENT),
        ("hose needs to be replaced", Assertion.FUTURE),
        ("需更换软管", Assertion.FUTURE),
        ("repair required", Assertion.FUTURE),
        ("repair not required", ABSENT),
    ],
)
def test_activities_may_be_undone_or_still_to_do(
    reader: Reader, text: str, expected: Assertion
) -> None:
    activities = [m for m in reader.read(text).mentions if m.kind == "activity"]
    assert [m.assertion for m in activities] == [expected]


@pytest.mark.parametrize("text", ["断电后检查", "切断阀", "间断发生", "不断"])
def test_a_single_character_inside_another_word_is_not_read(reader: Reader, text: str) -> None:
    assert "Broken" not in meant(reader, text)


@pytest.mark.parametrize("text", ["软管断", "软管断了", "软管断，更换"])
def test_a_single_character_by_itself_is_read(reader: Reader, text: str) -> None:
    assert meant(reader, text) == {"Broken": ASSERTED}
