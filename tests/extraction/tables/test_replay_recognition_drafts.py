"""Refused rows tried again, formats recognised, drafts made, texts handed over."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from extraction.tables import (
    check_mapping,
    draft_mapping,
    load_mapping,
    neutralise,
    open_table,
    parse_mapping,
    recognise,
    recognise_parts,
    replay,
)
from extraction.tables.drafting import guess_type
from extraction.tables.passages import parse_row_text
from extraction.text.protocol import TextClaims, TextContext
from kg.model import BadMapping, Claim, NodeClaim, Rejection, UnreadableFile
from kg.model.instants import parse_instant
from ontology.schema import Schema
from tests.extraction.tables.loading import NOW, ORDERS, Told, read_file, read_text, told_by


def replayed(rejections: list[Rejection], mapping: Any, schema: Schema, **options: Any) -> Told:
    told = Told()
    for chunk in replay(rejections, mapping, schema, now=NOW, **options):
        told.passages += chunk.batch.passages
        told.nodes += chunk.batch.nodes
        told.claims += chunk.batch.claims
        told.rejections += chunk.rejections
    return told


# -- replay ----------------------------------------------------------------------------------


def test_a_corrected_row_says_what_it_would_have_said(tmp_path: Path, schema: Schema) -> None:
    spec = parse_mapping(ORDERS)
    broken = read_text(tmp_path, "WO,Asset,Text\n1,A,leak\n,B,noise\n3,C,hot\n", spec, schema)
    (rejection,) = broken.rejections
    corrected = replace(rejection, row={**(rejection.row or {}), "WO": "2"})
    again = replayed([corrected], spec, schema)
    whole = read_text(tmp_path, "WO,Asset,Text\n1,A,leak\n2,B,noise\n3,C,hot\n", spec, schema)
    assert again.passages == [whole.passages[1]]
    assert again.triples == {("wo:2", "reportedOn", "asset:B")}
    assert not again.rejections


def test_an_uncorrected_row_is_refused_again(tmp_path: Path, schema: Schema) -> None:
    spec = parse_mapping(ORDERS)
    told = read_text(tmp_path, "WO,Asset\n1,A\n,B\n1,2,3\n", spec, schema)
    again = replayed(told.rejections, spec, schema)
    assert {(r.code, r.place) for r in again.rejections} == {
        ("missing-number", "row:3"), ("ragged-row", "row:4"),
    }  # fmt: skip
    assert not again.passages


def test_a_corrected_mapping_accepts_the_row(tmp_path: Path, schema: Schema) -> None:
    strict = parse_mapping(ORDERS.replace("cost: {header: [Cost]}", "cost: {if_bad: reject}"))
    told = read_text(tmp_path, "WO,Asset,cost\n1,A,5\n2,B,many\n", strict, schema)
    lenient = parse_mapping(ORDERS.replace("cost: {header: [Cost]}", "cost: {}"))
    again = replayed(told.rejections, lenient, schema)
    assert again.triples == {("wo:2", "reportedOn", "asset:B")}


def test_what_the_gate_refused_is_read_from_its_text(tmp_path: Path, schema: Schema) -> None:
    spec = parse_mapping(ORDERS)
    told = read_text(tmp_path, "WO,Asset,Text\n1,A,leak | worse: noise\n", spec, schema)
    passage = told.passages[0]
    gated = Rejection("t.csv", passage.place, "why", "shape:WorkOrder", {"text": passage.text})
    again = replayed([gated], spec, schema)
    assert again.triples == told.triples
    assert parse_row_text("A: 1 | B: x | y | C: z") == {"A": "1", "B": "x | y", "C": "z"}


def test_rejections_without_a_row_are_passed_through(schema: Schema) -> None:
    lonely = [
        Rejection("t.csv", "line:3", "not JSON", "bad-json"),
        Rejection("t.csv", "row:1", "why", "shape", {"statement": "a~b~c"}),
    ]
    assert replayed(lonely, parse_mapping(ORDERS), schema).rejections == lonely


def test_rows_of_another_table_are_told(schema: Schema) -> None:
    other = [Rejection("t.csv", "row:2", "why", "x", {"Lot": "1"})]
    with pytest.raises(BadMapping, match="no column for number"):
        replayed(other, parse_mapping(ORDERS), schema)


# -- recognition -----------------------------------------------------------------------------


def test_order_case_and_strangers_do_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("my column,FAILURE-MODE,severity,cause,component\n1,leak,4,wear,pump\n")
    found = recognise(path)
    assert found is not None
    assert found.name == "fmea"
    (part,) = recognise_parts(path)
    assert any("my column" in reason for reason in part.reasons)


def test_what_nothing_knows_is_not_guessed(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("colour,taste,price\nred,sweet,3\n")
    assert recognise(path) is None
    (part,) = recognise_parts(path)
    assert part.reasons == ("No mapping knows these columns: colour, taste, price.",)


def test_only_the_given_mappings_are_considered(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("WO,Asset,Text\n1,A,x\n")
    own = parse_mapping(ORDERS)
    assert recognise(path, mappings=[own]) is own
    assert recognise(path, mappings=[load_mapping("fmea")]) is None


def test_each_sheet_of_a_workbook_is_recognised(tmp_path: Path, schema: Schema) -> None:
    workbook = openpyxl.Workbook()
    register = workbook.active
    register.title = "Assets"
    for row in (
        ["Register of the plant"], ["Asset tag", "Asset name", "Asset class", "Status"],
        ["P-1", "Feed pump", "Pump", "ok"],
    ):  # fmt: skip
        register.append(row)
    parts_sheet = workbook.create_sheet("BOM")
    for row in (["Asset tag", "Component", "Quantity"], ["P-1", "Seal", 2]):
        parts_sheet.append(row)
    workbook.create_sheet("Notes").append(["remember the milk"])
    path = tmp_path / "plant.xlsx"
    workbook.save(path)
    found = {p.sheet: p.mapping.name if p.mapping else None for p in recognise_parts(path)}
    assert found == {"Assets": "asset-register", "BOM": "asset-bom", "Notes": None}
    told = read_file(path, load_mapping("asset-bom"), schema, sheet="BOM")
    assert ("asset:P-1", "hasComponent", "component:seal") in told.triples
    reading = open_table(path, load_mapping("asset-bom"), schema, sheet="BOM")
    assert reading.document.key == f"{path}#BOM"


# -- drafts ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "base", "says"),
    [
        (
            "Ticket;Maschine;Machine;Problem;Opened on\n1;x;M-1;belt torn;2024-02-03\n",
            "cmms-work-orders",
            ("wo:1", "reportedOn", "asset:M-1"),
        ),
        ("colour,taste,kind-no\nred,sweet,K-1\nblue,sour,K-2\n", None, None),
        ("序列号;检验日期;判定;颜色\nSN1;2024-02-03;OK;红\n", "inspections", None),
    ],
)
def test_a_draft_is_a_mapping_that_reads_its_file(
    tmp_path: Path, schema: Schema, text: str, base: str | None, says: tuple[str, str, str] | None
) -> None:
    path = tmp_path / "unknown table.csv"
    path.write_text(text, encoding="utf-8")
    draft = draft_mapping(path)
    mapping = parse_mapping(draft, "draft.yaml")
    check_mapping(mapping, schema)
    assert (f"follows the shipped mapping {base}" in draft) == (base is not None)
    assert "--dry-run" in draft
    headers = text.partition("\n")[0].replace(";", ",").split(",")
    assert all(header in draft for header in headers)  # none is passed over in silence
    told = read_file(path, mapping, schema)
    assert told.nodes or told.claims
    if says is not None:
        assert says in told.triples


def test_a_draft_remembers_how_the_file_is_written(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("设备编号;故障描述;报修时间\nP-1;漏油;2024-02-03\n".encode("gb18030"))
    draft = draft_mapping(path)
    assert "encoding: gb18030" in draft
    assert "delimiter: ;" in draft
    source = parse_mapping(draft).spec.source
    assert (source.encoding, source.delimiter) == ("gb18030", ";")


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["2024-01-05", "5.1.2024"], "date"),
        (["1", "2.5", "-3"], "number"),
        (["1,5", "2,5"], "number"),
        (["007", "012"], "code"),
        (["P-1", "P-2"], "code"),
        (["yes", "No"], "yes_no"),
        (["pump leaks", "noise"], "text"),
        ([], "text"),
    ],
)
def test_types_are_guessed_from_values(values: list[str], kind: str) -> None:
    assert guess_type(values) == kind


def test_a_draft_for_no_table_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "t.pdf"
    path.write_bytes(b"%PDF-1.7 ...")
    with pytest.raises(UnreadableFile, match="PDF"):
        draft_mapping(path)


# -- free text -------------------------------------------------------------------------------


class Echo:
    """An extractor that finds the word `leak` and remembers what it was told."""

    name = "echo@1"

    def __init__(self) -> None:
        self.contexts: list[TextContext] = []

    def extract(self, text: str, passage: int, offset: int, context: TextContext) -> TextClaims:
        self.contexts.append(context)
        at = text.find("leak")
        if at < 0 or context.record is None:
            return TextClaims([], [])
        claim = Claim(
            context.record, "observed", "mode:Leakage", passage, 0.8, extractor=self.name,
            start=offset + at, end=offset + at + 4,
        )  # fmt: skip
        return TextClaims([NodeClaim("mode:Leakage", "FailureMode", passage, "leak")], [claim])


TEXTS = ORDERS + "texts:\n  - {column: text, role: symptom, record: order, asset: asset}\n"


def test_texts_are_handed_over_with_their_context_and_place(tmp_path: Path, schema: Schema) -> None:
    echo = Echo()
    text = "WO,Asset,Text,Start\n1,P-1,  oil leak at seal,2024-03-05\n2,P-2,,\n3,,noise,\n"
    told = read_text(tmp_path, text, TEXTS, schema, extractors=[echo], time_zone="UTC")
    claim = told.claim("wo:1", "observed", "mode:Leakage")
    assert told.quote(claim) == "leak"
    assert echo.contexts == [
        TextContext("wo:1", "asset:P-1", parse_instant("2024-03-05"), "symptom", None),
        TextContext("wo:3", None, None, "symptom", None),
    ]


def test_extractors_are_part_of_the_recipe(tmp_path: Path, schema: Schema) -> None:
    path = tmp_path / "t.csv"
    path.write_text("WO,Asset,Text\n1,A,x\n")
    spec = parse_mapping(TEXTS)
    with_text = open_table(path, spec, schema, extractors=[Echo()]).document.recipe
    assert with_text != open_table(path, spec, schema).document.recipe


def test_a_code_that_rows_with_these_words_do_not_carry_is_told(
    tmp_path: Path, schema: Schema
) -> None:
    spec = parse_mapping(
        TEXTS.replace(
            "  cost: {header: [Cost]}", "  cost: {header: [Cost]}\n  code: {header: [Code]}"
        ).replace(
            "  asset: {class", '  mode: {class: FailureMode, name: "{code}"}\n  asset: {class'
        )
        + "checks:\n  - {text: text, names_other: mode}\n"
    )
    head = "WO,Asset,Text,Code\n"
    usual = "".join(f"{n},A,a leak {n},Low output\n" for n in range(11))
    odd = "20,A,a leak again,Vibration\n21,A,noise,Vibration\n22,A,leak,Leakage\n"
    told = read_text(tmp_path, head + usual + odd, spec, schema, extractors=[Echo()])
    assert [(f.code, f.place) for f in told.findings] == [("text-code-conflict", "row:13")]
    assert told.findings[0].message == (
        "The code says Vibration, but the text speaks of Leakage, which comes with LowOutput in 11"
        " of 13 rows."
    )
    few = "".join(f"{n},A,a leak {n},Low output\n" for n in range(4))
    assert not read_text(tmp_path, head + few + odd, spec, schema, extractors=[Echo()]).findings


def test_exports_mark_formulas_as_text() -> None:
    assert neutralise("=1+1") == "'=1+1"
    assert neutralise("@SUM(A1)") == "'@SUM(A1)"
    assert [neutralise(t) for t in ("-5", "leak", '="007"', "+49 171")] == [
        "-5", "leak", '="007"', "+49 171",
    ]  # fmt: skip


def test_a_batch_of_files_goes_on_after_a_bad_one(tmp_path: Path, schema: Schema) -> None:
    files = {"a.csv": b"WO,Asset\n1,A\n", "b.csv": b"", "c.csv": b"WO,Asset\n2,A\n"}
    told: list[str] = []
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
        try:
            reading = open_table(tmp_path / name, parse_mapping(ORDERS), schema, now=NOW)
            told += [s for s, _, _ in told_by(reading).triples]
        except UnreadableFile as error:
            told.append(str(error).rpartition("/")[2])
    assert told == ["wo:1", "b.csv is empty; export it again.", "wo:2"]
