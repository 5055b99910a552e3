"""Why units are bad, from what they share and what happened then; and the 8D drafted from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.reporting import write_report
from kg.investigation import draft_eight_d, explain_defects
from kg.investigation.eight_d import Entry
from kg.model.errors import BadInput
from kg.store.protocol import Store
from kg.traceability.commonality.asking import read_bad
from kg.traceability.containment import ContainmentQuery, decide_on, start_containment
from tests.kg.plants import schema, work_order
from tests.kg.traceability.commonality.test_genealogy import press_shop
from tests.oracle import MemoryStore


@pytest.fixture(scope="module")
def shop() -> Store:
    facts = press_shop()
    facts.node("asset:P2", "Asset", "Press 2").node("asset:P1", "Asset", "Press 1")
    facts.node("cause:worn seal", "FailureCause", "worn seal")
    facts.say("cause:worn seal", "causes", "defecttype:crack")
    facts.say("cause:worn seal", "remediedBy", "remedy:replace seal")
    work_order(facts, "W1", "asset:P2", "2026-03-19", text="press loses pressure",
               causes=("cause:worn seal",))  # fmt: skip
    return facts.load(MemoryStore(schema()))


def test_statistics_and_history_meet(shop: Store) -> None:
    found = explain_defects(shop, schema(), ["defecttype:crack"])
    first = found.explanations[0]
    assert first.named.key == "asset:P2"
    assert first.kind == "asset"
    assert first.bad == 15
    assert first.history is not None
    assert first.history.events[0].named.key == "wo:W1"
    assert first.history.events[0].relevance_path
    assert "worn seal" in first.sentence.en
    assert {e.named.key for e in found.explanations}.isdisjoint({"asset:R1", "person:Zhao"})
    assert found.summary.en.startswith("Most likely")


def test_report_says_what_is_known_and_leaves_the_rest_open(shop: Store) -> None:
    report = draft_eight_d(shop, schema(), ["defecttype:crack"])
    assert [d.id for d in report.disciplines] == [f"D{i}" for i in range(1, 9)]
    texts = {d.id: " ".join(e.text.en for e in d.entries) for d in report.disciplines}
    assert "15 of 40" in texts["D2"]
    assert "asset" not in texts["D1"]
    assert all(e.is_open for e in report.disciplines[0].entries)
    assert "Press 2" in texts["D4"]
    assert "Escape" in texts["D4"]
    assert "replace seal" in texts["D5"]
    assert any(e.sources for e in report.disciplines[3].entries)
    for part in report.disciplines:
        assert any(e.is_open for e in part.entries) or part.id in ("D3", "D4")


def test_report_tells_what_is_contained_or_proposes_it() -> None:
    store = press_shop().load(MemoryStore(schema()))
    bad = read_bad(store, schema(), ["defecttype:crack"]).units

    def told() -> list[Entry]:
        return list(draft_eight_d(store, schema(), ["defecttype:crack"]).disciplines[2].entries)

    proposed = next(e for e in told() if "Proposed: freeze" in e.text.en)
    first = bad[0].partition(":")[2]
    assert f"gemba contain start {first}" in proposed.text.en
    assert f"{len(bad)} items" in proposed.text.en
    assert any(e.is_open for e in told())
    number = start_containment(
        store, schema(), ContainmentQuery(bad[:5]), by="me", reason="cracks"
    ).id  # fmt: skip
    decide_on(store, number, "hold", bad[:2], reason="sorting", role="quality", by="me")
    texts = [e.text.en for e in told()]
    kept = next(t for t in texts if number in t)
    assert "5 items" in kept
    assert "2 on hold" in kept
    assert not any("Proposed: freeze" in t for t in texts)
    assert not any(e.is_open for e in told())


@pytest.mark.parametrize("language", ["en", "zh"])
def test_report_as_documents(shop: Store, tmp_path: Path, language: str) -> None:
    import pypdfium2
    from docx import Document

    report = draft_eight_d(shop, schema(), ["defecttype:crack"])
    for name in ("r.docx", "r.pdf"):
        write_report(report, tmp_path / name, language)
    heading = report.disciplines[1].title
    wanted = heading.zh if language == "zh" else heading.en
    word = "\n".join(p.text for p in Document(str(tmp_path / "r.docx")).paragraphs)
    pages = pypdfium2.PdfDocument(tmp_path / "r.pdf")
    pdf = "".join(page.get_textpage().get_text_bounded() for page in pages)
    assert wanted in word
    assert wanted in pdf
    with pytest.raises(BadInput, match=r"\.docx or \.pdf"):
        write_report(report, tmp_path / "r.txt", language)
    with pytest.raises(BadInput, match="no folder"):
        write_report(report, tmp_path / "none" / "r.pdf", language)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["r.docx", "r.pdf"]
