"""Fault matrices, trees of questions, numbered causes and technical data."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extraction.documents.blocks import Table, grid_of
from extraction.documents.structure.matrices import find_matrix
from extraction.documents.structure.parting import part_finding
from extraction.documents.structure.references import numbers_in
from extraction.documents.structure.technical_data import read_value
from kg.model import Batch

CAUSES = ["Filter is clogged", "Pump is worn", "Valve sticks"]
SIGNS = ["Runs hot", "Runs loudly", "Stands still"]


@given(st.lists(st.lists(st.booleans(), min_size=3, max_size=3), min_size=3, max_size=3))
@settings(max_examples=40, deadline=None)
def test_matrix_marks_are_read_cell_by_cell(marks: list[list[bool]]) -> None:
    rows = [["Cause", *SIGNS]] + [
        [cause, *("x" if mark else "" for mark in row)]
        for cause, row in zip(CAUSES, marks, strict=True)
    ]
    matrix = find_matrix(Table(grid_of(rows), "table:1"))
    marked = [n for n in range(3) if any(row[n] for row in marks)]
    if len(marked) < 2:
        assert matrix is None
    else:
        assert matrix is not None
        assert (matrix.row_role, matrix.column_role) == ("cause", "symptom")
        assert matrix.headings == {n + 1: SIGNS[n] for n in marked}


@pytest.mark.parametrize(
    ("corner", "rows"),
    [
        ("Symptom → / Cause ↓", "cause"),
        ("Cause ↓ / Symptom →", "cause"),
        ("Symptom ↓ / Cause →", "symptom"),
        ("故障现象＼原因", "symptom"),
        ("Fault", "symptom"),
        ("Possible causes", "cause"),
    ],
)
def test_matrix_corner_says_which_side_is_which(corner: str, rows: str) -> None:
    table = Table(grid_of([[corner, "Aaa", "Bbb"], ["Ccc", "x", ""], ["Ddd", "", "x"]]), "t")
    matrix = find_matrix(table)
    assert matrix is not None
    assert matrix.row_role == rows


def test_table_of_marks_that_names_no_side_is_no_matrix() -> None:
    rows = [["Feature", "Model A", "Model B"], ["Heating", "x", ""], ["Cooling", "", "x"]]
    assert find_matrix(Table(grid_of(rows), "t")) is None


@given(st.lists(st.integers(1, 30), min_size=1, max_size=6, unique=True))
def test_numbers_of_causes_are_read_in_any_writing(numbers: list[int]) -> None:
    for comma in (", ", "; ", "、", "/", " and "):
        assert numbers_in(comma.join(map(str, numbers))) == [str(n) for n in numbers]
    low, high = min(numbers), max(numbers)
    assert numbers_in(f"{low}-{high}") == [str(n) for n in range(low, high + 1)]


@pytest.mark.parametrize(
    ("text", "cause", "remedy"),
    [
        ("Coil is open. Replace the contactor.", "Coil is open", "Replace the contactor"),
        ("Drive belt is jammed.", "Drive belt is jammed", None),
        ("Replace the fuse", None, "Replace the fuse"),
        ("线圈烧毁，更换线圈", "线圈烧毁", "更换线圈"),
        ("Seal worn - renew the seal", "Seal worn", "renew the seal"),
    ],
)
def test_findings_are_parted_into_cause_and_remedy(
    text: str, cause: str | None, remedy: str | None
) -> None:
    for start in (0, 7):
        found = part_finding(text, start)
        for piece, name in ((found.cause, cause), (found.remedy, remedy)):
            assert (piece.name if piece else None) == name
            if piece is not None:
                assert text[piece.start - start : piece.end - start].startswith(piece.name)


@pytest.mark.parametrize(
    ("text", "unit", "props"),
    [
        ("16~25", "MPa", {"lowerLimit": 16.0, "upperLimit": 25.0, "unitOfMeasure": "MPa"}),
        ("≤60", "℃", {"upperLimit": 60.0, "unitOfMeasure": "℃"}),
        ("max. 60 °C", "", {"upperLimit": 60.0, "unitOfMeasure": "°C"}),
        ("6 bar", "", {"setValue": 6.0, "unitOfMeasure": "bar"}),
        ("20 ± 2 mm", "", {"lowerLimit": 18.0, "upperLimit": 22.0, "unitOfMeasure": "mm"}),
        ("12", "", {"setValue": 12.0}),
        ("on request", "", {}),
        ("6 bar at 20 °C", "", {}),
    ],
)
def test_values_and_limits(text: str, unit: str, props: dict[str, object]) -> None:
    assert read_value(text, unit) == props


QUESTIONS = """\
# Fan F-2 service manual

## Troubleshooting

### Fan stands still

1. Is the lamp on?
   Yes: go on to step 2.
   No: Lamp fuse is blown. Replace the fuse.
2. Does the rotor turn freely?
   Yes: contact the manufacturer.
   No: Rotor touches the housing. Align the rotor.

### Fan is loud

- Impeller dirty?
    - Clean the impeller
"""


def test_answers_that_lead_on_or_away_say_nothing(tmp_path: Path, batch_of: object) -> None:
    path = tmp_path / "fan.md"
    path.write_text(QUESTIONS, encoding="utf-8")
    batch: Batch = batch_of(path)  # type: ignore[operator]
    said = {(c.subject, c.predicate, c.object) for c in batch.claims}
    causes = {s for s, p, _ in said if p == "remediedBy"}
    assert causes == {
        "cause:lamp fuse is blown", "cause:rotor touches the housing", "cause:impeller dirty?"
    }  # fmt: skip
    assert ("cause:lamp fuse is blown", "detectedBy", "check:is the lamp on?") in said
    assert ("symptom:fan stands still", "indicates", "cause:rotor touches the housing") in said
    assert not any("contact" in key or "step 2" in key for triple in said for key in triple)


def test_technical_data_become_parameters_with_limits(tmp_path: Path, batch_of: object) -> None:
    path = tmp_path / "pump.md"
    path.write_text(
        "# Centrifugal pump P-9 manual\n\n## Technical data\n\n- Operating pressure: 2 to 6 bar\n"
        "- Colour: blue\n\n## Operation\n\n- Pause: 5 s\n",
        encoding="utf-8",
    )
    batch: Batch = batch_of(path)  # type: ignore[operator]
    stated = [c for c in batch.claims if c.predicate == "hasParameter"]
    assert [(c.subject, c.object) for c in stated] == [
        ("class:CentrifugalPump", "parameter:operating pressure")
    ]
    assert stated[0].props == {"lowerLimit": 2.0, "upperLimit": 6.0, "unitOfMeasure": "bar"}
