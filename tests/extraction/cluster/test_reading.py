from __future__ import annotations

from pathlib import Path

import pytest

from extraction.cluster import Alone, Crew, DocumentRead, Journal, ReadingPlan
from extraction.cluster.processes import Processes
from extraction.extractors import ReadingOptions
from kg.model.errors import BadInput
from ontology import load_schema


@pytest.fixture(scope="module")
def plan() -> ReadingPlan:
    return ReadingPlan.make(load_schema(), ("pipeline",), ReadingOptions())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for n in range(6):
        text = f"# Pump P-{n}\n\nThe hydraulic pump leaks. Replace the seal.\n\n液压泵{n}漏油。\n"
        (tmp_path / f"manual{n}.md").write_text(text, encoding="utf-8")
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7\nnot really")
    return tmp_path


def test_all_crews_read_the_same(plan: ReadingPlan, folder: Path, dask: Crew) -> None:
    paths = [str(path) for path in sorted(folder.iterdir())]
    alone = list(Alone().run(plan, paths))
    assert list(Processes(2).run(plan, paths)) == alone
    assert list(dask.run(plan, paths)) == alone
    assert [o.item for o in alone if o.trouble] == [str(folder / "broken.pdf")]
    rows = [row for outcome in alone if outcome.result for row in outcome.result.rows]
    assert {row["object"] for row in rows} >= {"component:HydraulicPump", "mode:Leakage"}
    assert {"accepted"} <= {row["status"] for row in rows} <= {"accepted", "suggested"}


def test_plan_that_cannot_work_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no trained model"):
        ReadingPlan.make(load_schema(), ("pipeline",), ReadingOptions(model=tmp_path))


def test_plans_differ_where_the_claims_could(plan: ReadingPlan) -> None:
    other = ReadingPlan.make(load_schema(), ("lexicon",), ReadingOptions())
    assert other.digest != plan.digest
    assert ReadingPlan.make(load_schema(), ("pipeline",), ReadingOptions()).digest == plan.digest


def read(path: Path) -> DocumentRead:
    from extraction.files import scan_file

    return DocumentRead(str(path), scan_file(path).sha256, "r", [{"subject": "a"}])


def test_journal_remembers_what_is_done(tmp_path: Path) -> None:
    texts = [tmp_path / f"{name}.txt" for name in "abc"]
    for path in texts:
        path.write_text(f"pump {path.stem} leaks", encoding="utf-8")
    journal = Journal(tmp_path / "out.jsonl", "p1")
    journal.write(str(texts[0]), read(texts[0]))
    journal.write(str(texts[1]), None, "is damaged")
    journal.write(str(texts[2]), read(texts[2]))
    texts[2].write_text("another text", encoding="utf-8")
    again = Journal(tmp_path / "out.jsonl", "p1")
    assert [again.is_done(str(path)) for path in texts] == [True, False, False]
    assert not Journal(tmp_path / "out.jsonl", "p2").is_done(str(texts[0]))


def test_journal_drops_a_line_that_was_cut_off(tmp_path: Path) -> None:
    texts = [tmp_path / f"{name}.txt" for name in "ab"]
    for path in texts:
        path.write_text(f"pump {path.stem} leaks", encoding="utf-8")
    out = tmp_path / "out.jsonl"
    journal = Journal(out, "p")
    for path in texts:
        journal.write(str(path), read(path))
    out.write_bytes(out.read_bytes()[:-9])
    again = Journal(out, "p")
    assert [again.is_done(str(path)) for path in texts] == [True, False]
    again.write(str(texts[1]), read(texts[1]))
    assert len(out.read_bytes().splitlines()) == 2
    assert Journal(out, "p").kept == 2


def test_journal_keeps_its_hands_off_other_files(tmp_path: Path) -> None:
    other = tmp_path / "thesis.txt"
    other.write_text("Do not overwrite me.\n", encoding="utf-8")
    with pytest.raises(BadInput, match="name another file"):
        Journal(other, "p")
    assert other.read_text(encoding="utf-8") == "Do not overwrite me.\n"
