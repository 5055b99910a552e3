"""Plain tables: what is a factor, what a result, and who only found the defect."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from api.plain_tables import read_plain_table, select_rows
from kg.model.errors import BadInput, UnreadableFile
from kg.traceability.commonality import CauseOptions, CommonCauses, find_common_causes
from kg.traceability.commonality.tables import TableCohort, cohort_of_table
from tests.shared_data import shared


def _cohort(path: Path, *bad: str, unit: str | None = None) -> TableCohort:
    table = read_plain_table(path)
    rows, asked = select_rows(table.columns, bad, str(path))
    return cohort_of_table(table.columns, rows, asked=asked, unit=unit)


def _causes(path: Path, bad: str) -> CommonCauses:
    return find_common_causes(_cohort(path, bad).cohort, CauseOptions(shuffles=199))


def _log(path: Path) -> Path:
    """40 orders turned on two machines and inspected by two people; machine B ruins every third."""
    lines = ["order,step,machine,worker,start,rejected,disposition"]
    for i in range(40):
        machine = "B" if i % 2 else "A"
        bad = machine == "B" and i % 3 == 0
        day = f"2026-03-{i % 28 + 1:02}"
        inspector = "Zhao" if bad else ("Zhao" if i % 5 == 0 else "Qian")
        lines.append(f"O{i},Turning,{machine},W{i % 3},{day} 08:00,0,")
        lines.append(f"O{i},Final inspection,,{inspector},{day} 10:00,{int(bad)},"
                     f"{'scrap' if bad else ''}")  # fmt: skip
        lines.append(f"O{i},Rework,{'R1' if bad else ''},W9,{day} 12:00,0,")
    path.write_text("\n".join(lines))
    return path


def test_log_of_steps(tmp_path: Path) -> None:
    made = _cohort(_log(tmp_path / "log.csv"), "rejected>0", unit="order")
    assert made.step == "step"
    assert made.cohort.total == 40
    roles = {g.column.name: (g.role, g.left_out.reason if g.left_out else "") for g in made.guessed}
    assert roles["disposition"] == ("left out", "outcome")
    assert roles["machine"][0] == roles["worker"][0] == "factor"
    assert roles["start"][0] == "time"
    found = find_common_causes(made.cohort, CauseOptions(shuffles=199))
    first = found.ranking[0].factor
    assert "B" in {first.value, *(c.value for c in first.same)}
    labels = [c.factor.label.en for c in found.causes] + [r.factor.label.en for r in found.ranking]
    assert not any("Zhao" in text or "inspection" in text for text in labels)
    # What was done after the defect was found is no cause of it.
    assert not any("R1" in text for text in labels)
    assert "Zhao" in found.inspection[0].factor.label.en


def test_inspection_that_no_name_tells_can_be_said(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(_log(path).read_text().replace("Final inspection", "S4711"))
    table = read_plain_table(path)
    rows, asked = select_rows(table.columns, ["rejected>0"], str(path))

    def blamed(looking: bool) -> bool:
        looks = select_rows(table.columns, ["step=S4711"], str(path))[0] if looking else None
        made = cohort_of_table(table.columns, rows, asked=asked, unit="order", looking_rows=looks)
        found = find_common_causes(made.cohort, CauseOptions(shuffles=99))
        told = [c.factor.label.en for c in found.causes] + [
            r.factor.label.en for r in found.ranking
        ]
        return any("Zhao" in text for text in told)

    assert blamed(looking=False)
    assert not blamed(looking=True)
    made = cohort_of_table(table.columns, rows, asked=asked, unit="order", looking=["worker"])
    assert all(
        f.role == "inspection" for f in made.cohort.factors if f.conditions[0].column == "worker"
    )


def test_leaks_and_identifiers_are_left_out(tmp_path: Path) -> None:
    lines = ["serial,oven,note,code,flag,other,failed"]
    for i in range(120):
        bad = i % 10 == 0
        lines.append(f"S{i:04},{'O1' if i % 4 else 'O2'},{'cracked ' + str(i) if bad else ''},"
                     f"{'E' + str(i % 3) if bad else 'none'},{int(bad)},{int(i % 40 == 1)},"
                     f"{int(bad)}")  # fmt: skip
    path = tmp_path / "table.csv"
    path.write_text("\n".join(lines))
    left = {x.column: x.reason for x in _cohort(path, "failed=1").left_out}
    assert left == {
        "serial": "identifier", "note": "leak", "code": "leak", "flag": "outcome",
        "other": "outcome", "failed": "asked",
    }  # fmt: skip


def test_one_hot_columns_stay_factors(tmp_path: Path) -> None:
    lines = ["m_1,m_2,m_3,m_4,bad"]
    lines += [",".join(str(int(i % 4 == m)) for m in range(4)) + f",{int(i % 7 == 0)}"
              for i in range(84)]  # fmt: skip
    path = tmp_path / "table.csv"
    path.write_text("\n".join(lines))
    assert {x.column for x in _cohort(path, "bad").left_out} == {"bad"}


def test_conditions_select_rows(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a;b;c\n1,5;x;ok\n2,5;y;NG\n;y;ok\n")
    table = read_plain_table(path)
    for text, expected in (
        ("a>2", [0, 1, 0]), ("a<=1.5", [1, 0, 0]), ("b=Y", [0, 1, 1]), ("b!=y", [1, 0, 0]),
        ("b=x,y", [1, 1, 1]), ("c", [0, 1, 0]), ("a=1.5", [1, 0, 0]),
    ):  # fmt: skip
        rows, _ = select_rows(table.columns, [text], "t.csv")
        assert rows.tolist() == [bool(x) for x in expected], text
    with pytest.raises(BadInput, match="no column 'd'"):
        select_rows(table.columns, ["d=1"], "t.csv")
    with pytest.raises(BadInput, match=r"No row of t\.csv has 'z'"):
        select_rows(table.columns, ["b=z"], "t.csv")
    with pytest.raises(BadInput, match="does not hold numbers"):
        select_rows(table.columns, ["b>1"], "t.csv")


def test_empty_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,b\n")
    with pytest.raises(UnreadableFile):
        read_plain_table(path)


@pytest.mark.parametrize(
    ("mode", "columns", "low", "high"),
    [
        ("TWF", {"Tool wear [min]"}, (195, 201), None),
        ("PWF", {"Rotational speed [rpm] × Torque [Nm]"}, (85_900, 86_000), (33_300, 33_500)),
        ("HDF", {"Process temperature [K] − Air temperature [K]", "Rotational speed [rpm]"},
         None, (8.5, 8.7)),
        ("OSF", {"Torque [Nm] × Tool wear [min]", "Type"}, (10_900, 11_100), None),
    ],
)  # fmt: skip
def test_known_rules_of_real_telemetry(
    mode: str, columns: set[str], low: tuple[float, float] | None, high: tuple[float, float] | None
) -> None:
    """Failures of a milling process whose rules were published: 9,000 W are 85,944 rpm Nm."""
    found = _causes(shared("diagnosis/ai4i2020/ai4i2020.csv"), f"{mode}=1")
    assert {c.factor.column for c in found.causes} == columns
    bands = [c.factor for c in found.causes if c.factor.kind == "band"]
    if low is not None:
        assert any(b.low is not None and low[0] <= b.low <= low[1] for b in bands)
    if high is not None:
        assert any(b.high is not None and high[0] <= b.high <= high[1] for b in bands)
    assert found.unexplained == ()
    left = {x.column for x in found.left_out} or {x.column for x in _cohort(
        shared("diagnosis/ai4i2020/ai4i2020.csv"), f"{mode}=1").left_out}  # fmt: skip
    assert {"Machine failure", "UDI", "Product ID"} <= left


def test_rows_without_unit_are_units(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("oven,bad\n" + "\n".join(f"O{i % 3},{int(i % 3 == 1 and i < 40)}"
                                             for i in range(90)))  # fmt: skip
    made = _cohort(path, "bad=1")
    assert made.cohort.units[0] == "row 1"
    assert np.array_equal(np.flatnonzero(made.cohort.bad), np.arange(1, 40, 3))
    assert find_common_causes(made.cohort, CauseOptions(shuffles=99)).causes[0].factor.value == "O1"
