"""Columns set close together, sides that no line draws, and causes told in running text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from extraction.documents import Table
from extraction.documents.structure.conditions import conditions_in
from extraction.documents.structure.roles import header_roles
from kg.model import Batch
from tests.extraction.documents.pdf_writer import Page, write_pdf

Said = set[tuple[str, str, str]]


def _said(batch: Batch) -> Said:
    return {(c.subject.casefold(), c.predicate, c.object.casefold()) for c in batch.claims}


def _read(folder: Path, text: str, batch_of: Callable[[Path], Batch]) -> Said:
    path = folder / "manual.md"
    path.write_text(text, "utf-8")
    return _said(batch_of(path))


def test_columns_closer_than_a_gap_in_a_line_stay_columns(
    tmp_path: Path, blocks_of: Callable[..., list[object]]
) -> None:
    page = Page()
    rows = [
        ("Pos", "Description", "Qty", "Order"),
        ("105", "Mechanical shaft seal", "1", "96511844"),
        ("49", "Impeller", "4", "96587771"),
        ("37", "O-ring, cylinder sleev", "2", "96511230"),
        ("8", "Coupling", "1", "96586701"),
    ]
    for number, row in enumerate(rows):
        for x, text in zip((60, 90, 207, 236), row, strict=True):
            page.text(x, 100 + 16 * number, text)
    tables = [b for b in blocks_of(write_pdf(tmp_path / "parts.pdf", [page]))
              if isinstance(b, Table)]  # fmt: skip
    assert [[cell.text for cell in line] for line in tables[0].grid] == [list(r) for r in rows]


def test_a_side_that_no_line_draws_runs_along_the_whole_table(
    tmp_path: Path, blocks_of: Callable[..., list[object]]
) -> None:
    page = Page()
    page.box(50, 100, 500, 250)
    page.line(340, 100, 340, 250)
    page.line(50, 130, 500, 130)
    for y in (160, 190, 220):
        page.line(190, y, 500, y)
    for y, texts in (
        (120, ("Fault", "Cause", "Remedy")),
        (150, ("Pump is silent", "Fuse is blown", "Replace the fuse")),
        (180, ("", "Cable is cut", "Replace the cable")),
        (210, ("", "Motor is burnt", "Rewind the motor")),
        (240, ("", "Shaft is broken", "Replace the shaft")),
    ):
        for x, text in zip((55, 195, 345), texts, strict=True):
            if text:
                page.text(x, y, text)
    tables = [b for b in blocks_of(write_pdf(tmp_path / "t.pdf", [page])) if isinstance(b, Table)]
    assert [cell.text for cell in tables[0].grid[0]] == ["Fault", "Cause", "Remedy"]


@pytest.mark.parametrize(
    ("headers", "roles"),
    [
        (["Condition", "Fault(s)", "Remedy"], ["symptom", "cause", "remedy"]),
        (["Fault", "Symptom", "Corrective action"], ["cause", "symptom", "remedy"]),
        (["故障现象", "故障", "排除方法"], ["symptom", "cause", "remedy"]),
        (["Symptom", "Cause", "Remedy"], ["symptom", "cause", "remedy"]),
    ],
)
def test_of_two_columns_of_faults_one_tells_why(headers: list[str], roles: list[str]) -> None:
    assert header_roles(headers) == dict(enumerate(roles))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("If the oil level is low, top up with oil. Wait.",
         [("the oil level is low", "top up with oil")]),
        ("When the breather is blocked, then clean it.", [("the breather is blocked", "clean it")]),
        ("若滤芯堵塞，应更换滤芯；如果皮带松弛，请张紧皮带。",
         [("滤芯堵塞", "更换滤芯"), ("皮带松弛", "张紧皮带")]),
        ("If the problem persists, replace the board.", []),
        ("If necessary, replace the board.", []),
        ("如故障仍存在，请更换主板。", []),
        ("If the door is open, the machine stops.", []),
    ],
)  # fmt: skip
def test_conditions_tell_causes_with_their_remedies(text: str, told: list[tuple[str, str]]) -> None:
    found = [(p.cause, p.remedy) for p in conditions_in(text)]
    assert [(c.name, r.name) for c, r in found if c and r] == told
    for piece in (p for pair in found for p in pair if p is not None):
        assert text[piece.start : piece.end].strip() == piece.name


def test_labels_follow_each_other_in_one_paragraph(
    tmp_path: Path, batch_of: Callable[[Path], Batch]
) -> None:
    said = _read(
        tmp_path,
        "# Belt conveyor\n\n## Troubleshooting\n\n### Belt slips\n\n"
        "**Cause:** Belt is slack. **Action:** Tension the belt.\n"
        "**Cause:** Lagging is worn. **Action:** Replace the lagging.\n",
        batch_of,
    )
    assert {
        ("symptom:belt slips", "indicates", "cause:belt is slack"),
        ("symptom:belt slips", "indicates", "cause:lagging is worn"),
        ("cause:belt is slack", "remediedby", "remedy:tension the belt"),
        ("cause:lagging is worn", "remediedby", "remedy:replace the lagging"),
    } <= {(s, p.casefold(), o) for s, p, o in said}


def test_the_title_says_what_a_manual_is_about_however_often_a_part_is_named(
    tmp_path: Path, batch_of: Callable[[Path], Batch]
) -> None:
    pumps = "\n\n".join(f"## {n} 油泵检修\n\n油泵是泵的一种，油泵应每年检修。" for n in range(1, 7))
    said = _read(tmp_path, f"# 海星注塑机使用维护说明书\n\n{pumps}\n", batch_of)
    assert any(s == "class:injectionmouldingmachine" for s, _, _ in said), said
