"""From rows to claims: keys, values, times, quotes, lists, and what is noticed on the way."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from extraction.tables import Mapping, open_table, parse_mapping
from kg.model import BadMapping, Claim, UnreadableFile, passage_key
from kg.model.instants import parse_instant
from ontology import load_schema
from ontology.schema import Schema
from tests.extraction.tables.loading import NOW, ORDERS, Told, read_file, read_text, told_by


def mapping(columns: str, things: str, rest: str = "") -> Mapping:
    def indent(text: str) -> str:
        return "\n".join(f"  {line}" for line in text.strip().splitlines())

    text = f"mapping: test\ntitle: Test\ncolumns:\n{indent(columns)}\nthings:\n{indent(things)}\n"
    return parse_mapping(text + rest, "test.yaml")


def test_a_row_becomes_a_passage_with_nodes_and_statements(tmp_path: Path, schema: Schema) -> None:
    told = read_text(
        tmp_path,
        "WO,Asset,Text,Start,End,Cost\nwo1, p-101A ,leak,2024-03-05 07:30,2024-03-05 09:00,12.5\n",
        ORDERS,
        schema,
        time_zone="Asia/Shanghai",
    )
    passage = told.passages[0]
    assert passage.place == "row:2"
    assert passage.text == (
        "WO: wo1 | Asset: p-101A | Text: leak | Start: 2024-03-05 07:30 | End: 2024-03-05 09:00"
        " | Cost: 12.5"
    )
    assert passage.key == passage_key(passage.text)
    order = told.node("wo:WO1")
    assert order.cls == "WorkOrder"
    assert dict(order.props) == {
        "description": "leak", "startedAt": "2024-03-04T23:30:00Z", "cost": 12.5,
    }  # fmt: skip
    claim = told.claim("wo:WO1", "reportedOn", "asset:P-101A")
    assert told.quote(claim) == "p-101A"
    assert claim.valid_from == parse_instant("2024-03-04T23:30:00Z")
    assert claim.valid_to == parse_instant("2024-03-05T01:00:00Z")
    assert claim.extractor.startswith("table:orders@")
    assert not told.findings
    assert not told.rejections


def test_a_bare_reference_needs_no_claim_about_the_node(tmp_path: Path, schema: Schema) -> None:
    told = read_text(tmp_path, "WO,Asset\n1,P-1\n", ORDERS, schema)
    assert [n.node for n in told.nodes] == []  # the order has no property in this file either
    assert told.triples == {("wo:1", "reportedOn", "asset:P-1")}


def test_reading_twice_says_the_same(tmp_path: Path, schema: Schema) -> None:
    text = "WO,Asset,Text\n" + "".join(f"{n},P-{n % 7},text {n % 5}\n" for n in range(300))
    first = read_text(tmp_path, text, ORDERS, schema)
    assert first == read_text(tmp_path, text, ORDERS, schema)


def test_an_interrupted_reading_goes_on_as_if_it_had_not_been(
    tmp_path: Path, schema: Schema, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("extraction.tables.reading.CHUNK_ROWS", 10)
    spec = mapping(
        "wo: {header: [WO]}\nasset: {header: [Asset]}",
        """order: {class: WorkOrder, code: "{asset}-x", number_repeats: true}
asset: {class: Asset, code: "{asset}", name: "Asset {asset}"}
kind: {class: AssetClass, name: Pump}""",
        "statements:\n  - order reportedOn asset\n  - {say: asset ofClass kind, once: true}\n",
    )
    path = tmp_path / "t.csv"
    path.write_text("WO,Asset\n" + "".join(f"{n % 11},P-{n % 4}\n" for n in range(57)))
    chunks = list(open_table(path, spec, schema, now=NOW).chunks())
    assert [chunk.checkpoint for chunk in chunks] == [f"rows:{n}" for n in (10, 20, 30, 40, 50, 57)]
    for done, chunk in enumerate(chunks[:-1], 1):
        rest = list(open_table(path, spec, schema, now=NOW).chunks(chunk.checkpoint))
        assert rest == chunks[done:]
    resumed = open_table(path, spec, schema, now=NOW, resume_from="rows:30")
    assert list(resumed.chunks()) == chunks[3:]


def test_limit_and_rows_total(tmp_path: Path, schema: Schema) -> None:
    path = tmp_path / "t.csv"
    path.write_text("WO,Asset\n" + "".join(f"{n},A\n" for n in range(100)))
    reading = open_table(path, parse_mapping(ORDERS), schema, limit=7, now=NOW)
    assert reading.rows_total == 7
    assert len(told_by(reading).passages) == 7
    assert open_table(path, parse_mapping(ORDERS), schema, now=NOW).rows_total == 100


def test_the_recipe_differs_wherever_the_claims_could(tmp_path: Path, schema: Schema) -> None:
    path = tmp_path / "t.csv"
    path.write_text("WO,Asset\n1,A\n")

    def recipe(text: str = ORDERS, **options: object) -> str:
        reading = open_table(path, parse_mapping(text), schema, **options)  # type: ignore[arg-type]
        return reading.document.recipe

    recipes = {
        recipe(),
        recipe(ORDERS + "confidence: 0.9\n"),
        recipe(time_zone="Asia/Tokyo"),
        recipe(limit=1),
        recipe(encoding="latin-1"),
    }
    assert len(recipes) == 5
    assert recipe() == recipe()


def test_the_document_is_called_as_told_or_as_the_path(tmp_path: Path, schema: Schema) -> None:
    path = tmp_path / "t.csv"
    path.write_text("WO,Asset\n1,A\n")
    spec = parse_mapping(ORDERS)
    assert open_table(path, spec, schema).document.key == str(path)
    document = open_table(path, spec, schema, key="cmms").document
    assert (document.key, document.title, document.media_type) == ("cmms", "t.csv", "text/csv")


# -- keys and names --------------------------------------------------------------------------


def test_codes_are_normal_and_composed(tmp_path: Path, schema: Schema) -> None:
    spec = mapping(
        "line: {}\nno: {type: code}\ntext: {}\nday: {type: date}",
        """asset: {class: Asset, code: "{line}-{no|pad 4}"}
order: {class: WorkOrder, code: "{line}/{day|day}/{text|digest}"}""",
        "statements:\n  - order reportedOn asset\n",
    )
    told = read_text(
        tmp_path,
        "line,no,text,day\nl1,12.0,Oil  LEAK,2024-03-05\nL1,12,oil leak,2024-03-05\n",
        spec,
        schema,
    )
    assert {o for _, _, o in told.triples} == {"asset:L1-0012"}
    assert len({s for s, _, _ in told.triples}) == 1  # case and spaces do not make another text


def test_spreadsheet_tricks_in_codes_are_undone(tmp_path: Path, schema: Schema) -> None:
    spec = mapping("no: {type: code}", 'asset: {class: Asset, code: "{no}", name: "{no}"}')
    told = read_text(tmp_path, 'no\n"=""00123"""\n00123\n123.0\n', spec, schema)
    assert {n.node for n in told.nodes} == {"asset:00123", "asset:123"}
    assert not told.findings


def test_repeats_are_numbered_only_where_asked(tmp_path: Path, schema: Schema) -> None:
    def keys(option: str) -> list[str]:
        spec = mapping(
            "a: {}", f'order: {{class: WorkOrder, code: "{{a}}", properties: {{code: a}}{option}}}'
        )
        told = read_text(tmp_path, "a\nx\nx\ny\nx\n", spec, schema)
        return [n.node for n in told.nodes]

    assert keys("") == ["wo:X", "wo:X", "wo:Y", "wo:X"]
    assert keys(", number_repeats: true") == ["wo:X", "wo:X-2", "wo:Y", "wo:X-3"]


def test_names_of_named_things_and_their_other_names(tmp_path: Path, schema: Schema) -> None:
    spec = mapping(
        "mode: {type: names}\nlocal: {}",
        'mode: {class: FailureMode, name: "{mode}", other_names: ["{local}"]}',
    )
    told = read_text(tmp_path, "mode,local\n泄漏 / Oil  Leak,漏油\n", spec, schema)
    assert told.names("mode:oil leak") == ["Oil  Leak", "泄漏", "漏油"]
    confidences = [n.confidence for n in told.nodes]
    assert confidences[0] > confidences[1] == confidences[2]


def test_what_repeats_is_said_once_in_a_document(tmp_path: Path, schema: Schema) -> None:
    spec = mapping(
        "asset: {}\nwo: {}",
        'asset: {class: Asset, code: "{asset}", name: "Pump {asset}"}\n'
        'order: {class: WorkOrder, code: "{wo}", properties: {code: wo}}',
    )
    told = read_text(tmp_path, "asset,wo\nA,1\nA,2\nB,3\nA,1\n", spec, schema)
    assert [n.node for n in told.nodes].count("asset:A") == 1
    assert [n.node for n in told.nodes].count("wo:1") == 2  # a record is told by each of its rows


def test_concepts_of_the_ontology_are_meant_by_name(tmp_path: Path, schema: Schema) -> None:
    spec = mapping(
        "asset: {}",
        'asset: {class: Asset, code: "{asset}"}\nkind: {class: AssetClass, concept: Excavator}',
        "statements:\n  - asset ofClass kind\n",
    )
    told = read_text(tmp_path, "asset\nA\n", spec, schema)
    assert told.triples == {("asset:A", "ofClass", "class:Excavator")}
    assert told.quote(told.claims[0]) == "A"


def test_the_class_can_be_chosen_by_the_row(tmp_path: Path, schema: Schema) -> None:
    spec = mapping(
        "kind: {}\ncode: {}\nbox: {}",
        """item:
  class: {column: kind, map: {LOT: MaterialLot, UNIT: Unit}}
  code: "{code}"
box: {class: Container, code: "{box}"}""",
        "statements:\n  - item packedInto box\n",
    )
    told = read_text(tmp_path, "kind,code,box\nlot,1,B\nUnit,2,B\nfish,3,B\n", spec, schema)
    assert {s for s, _, _ in told.triples} == {"lot:1", "unit:2"}
    assert told.codes() == ["unknown-class"]


# -- lists -----------------------------------------------------------------------------------

LISTS = mapping(
    'op: {}\nlot: {split: ";"}\nqty: {split: ";", type: number}\nsupplier: {split: ";"}',
    """op: {class: Operation, code: "{op}"}
lot: {class: MaterialLot, code: "{lot}"}
supplier: {class: Supplier, code: "{supplier}"}""",
    "statements:\n  - {say: op consumed lot, properties: {quantity: qty}}\n"
    "  - {say: lot suppliedBy supplier, pairwise: true}\n",
)


def test_lists_stay_in_step_and_each_item_is_quoted(tmp_path: Path, schema: Schema) -> None:
    told = read_text(tmp_path, "op,lot,qty,supplier\nO1,L1; L2;L3,5;;7,S1;S2;S3\n", LISTS, schema)
    consumed = {c.object: c for c in told.claims if c.predicate == "consumed"}
    assert {k: c.props for k, c in consumed.items()} == {
        "lot:L1": {"quantity": 5.0}, "lot:L2": None, "lot:L3": {"quantity": 7.0},
    }  # fmt: skip
    assert [told.quote(c) for c in consumed.values()] == ["L1", "L2", "L3"]
    assert {(c.subject, c.object) for c in told.claims if c.predicate == "suppliedBy"} == {
        ("lot:L1", "supplier:S1"), ("lot:L2", "supplier:S2"), ("lot:L3", "supplier:S3"),
    }  # fmt: skip


def test_lists_without_partner_make_every_pair(tmp_path: Path, schema: Schema) -> None:
    spec = mapping(
        'a: {split: ";"}\nb: {split: ";"}',
        'cause: {class: FailureCause, name: "{a}"}\nmode: {class: FailureMode, name: "{b}"}',
        "statements:\n  - cause causes mode\n",
    )
    told = read_text(tmp_path, "a,b\nx;y;x,m;n\n", spec, schema)
    assert told.triples == {
        (f"cause:{a}", "causes", f"mode:{b}") for a in "xy" for b in "mn"
    }  # fmt: skip
    assert len(told.claims) == 4


# -- values ----------------------------------------------------------------------------------


def one(
    tmp_path: Path, schema: Schema, column: str, attribute: str, cells: list[str], head: str = "v"
) -> tuple[list[object], Told]:
    spec = mapping(
        f"id: {{}}\nv: {column}",
        f'op: {{class: Operation, code: "{{id}}", properties: {{{attribute}}}}}',
    )
    text = f"id,{head}\n" + "".join(f'{n},"{cell}"\n' for n, cell in enumerate(cells))
    told = read_text(tmp_path, text, spec, schema)
    name = attribute.partition(":")[0]
    by_key = {n.node: n.props.get(name) for n in told.nodes}
    return [by_key.get(f"op:{n}") for n in range(len(cells))], told


def test_types_follow_from_what_the_attribute_holds(tmp_path: Path, schema: Schema) -> None:
    assert one(tmp_path, schema, "{}", "quantity: v", ["1,234.5", "7"])[0] == [1234.5, 7.0]
    assert one(tmp_path, schema, "{}", "severity: v", ["7", "8.0"])[0] == [7, 8]
    assert one(tmp_path, schema, "{}", "isRework: v", ["Y", "no"])[0] == [True, False]
    assert one(tmp_path, schema, "{}", "status: v", ["007"])[0] == ["007"]
    assert one(tmp_path, schema, "{}", "commissionedOn: v", ["5.3.2024"])[0] == ["2024-03-05"]


def test_the_decimal_mark_is_that_of_the_column(tmp_path: Path, schema: Schema) -> None:
    assert one(tmp_path, schema, "{}", "quantity: v", ["1.234", "3,5"])[0] == [1234.0, 3.5]
    assert one(tmp_path, schema, '{decimal: "."}', "quantity: v", ["1.234"])[0] == [1.234]


def test_the_day_comes_first_where_the_column_says_so(tmp_path: Path, schema: Schema) -> None:
    read = one(tmp_path, schema, "{}", "startedAt: v", ["04/13/2024", "05/06/2024"])
    assert read[0][1] == "2024-05-06T00:00:00Z"
    read = one(tmp_path, schema, "{}", "startedAt: v", ["05/06/2024"])
    assert read[0] == ["2024-06-05T00:00:00Z"]
    assert "ambiguous-dates" in read[1].codes()
    read = one(tmp_path, schema, "{day_first: false}", "startedAt: v", ["05/06/2024"])
    assert read[0] == ["2024-05-06T00:00:00Z"]
    assert not read[1].findings


def test_times_without_a_zone_are_remarked(tmp_path: Path, schema: Schema) -> None:
    _, told = one(tmp_path, schema, "{}", "startedAt: v", ["2024-03-05 07:30"])
    assert told.codes() == ["time-zone-assumed"]
    _, told = one(tmp_path, schema, "{}", "startedAt: v", ["2024-03-05T07:30:00Z"])
    assert not told.findings
    _, told = one(tmp_path, schema, "{time_zone: Asia/Tokyo}", "startedAt: v", ["2024-03-05 07:30"])
    assert not told.findings


def test_what_cannot_be_read_is_told_and_left_out(tmp_path: Path, schema: Schema) -> None:
    values, told = one(tmp_path, schema, "{}", "quantity: v", ["1", "many", "3"])
    assert values == [1.0, None, 3.0]
    assert [(f.code, f.place) for f in told.findings] == [("bad-number", "row:3")]
    assert "'many' is no number" in told.findings[0].message
    values, told = one(tmp_path, schema, "{if_bad: reject}", "quantity: v", ["1", "many", "3"])
    assert [(r.code, r.place) for r in told.rejections] == [("bad-number", "row:3")]
    assert dict(told.rejections[0].row or {}) == {"id": "1", "v": "many"}


def test_quantities_with_units(tmp_path: Path, schema: Schema) -> None:
    values, told = one(
        tmp_path,
        schema,
        "{type: quantity}",
        "quantity: v, unitOfMeasure: v.unit",
        ["12 bar", "1 MPa"],
    )
    assert values == [12.0, 1.0]
    assert [n.props["unitOfMeasure"] for n in told.nodes] == ["bar", "MPa"]
    assert told.codes() == ["mixed-units"]
    values, told = one(
        tmp_path, schema, "{type: quantity, unit: bar}", "quantity: v", ["12 bar", "1 MPa", "3"]
    )
    assert values == [12.0, 10.0, 3.0]
    assert not told.findings
    values, told = one(
        tmp_path,
        schema,
        "{type: quantity, header: [v]}",
        "quantity: v, unitOfMeasure: v.unit",
        ["5"],
        "v [MPa]",
    )
    assert told.nodes[0].props["unitOfMeasure"] == "MPa"


def test_a_unit_in_the_column_beside(tmp_path: Path, schema: Schema) -> None:
    spec = mapping(
        "id: {}\nq: {type: quantity, unit_column: u}\nu: {}",
        'op: {class: Operation, code: "{id}", properties: {quantity: q, unitOfMeasure: q.unit}}',
    )
    told = read_text(tmp_path, "id,q,u\n1,5,公斤\n2,7,\n", spec, schema)
    assert [dict(n.props) for n in told.nodes] == [
        {"quantity": 5.0, "unitOfMeasure": "kg"}, {"quantity": 7.0},
    ]  # fmt: skip


def test_maps_defaults_extracts_and_constants(tmp_path: Path, schema: Schema) -> None:
    spec = parse_mapping("""
mapping: test
title: Test
constants: {plant: HC}
columns:
  raw: {header: [v]}
  kind:
    value: "{raw}"
    extract: '^([A-Z]+)'
    map: {PM: preventive, CM: corrective, XX: ""}
    if_unknown: drop
  number: {value: "{raw}", extract: '(\\d+)$'}
  state: {header: [s], default: "{kind}", empty: [n.a.]}
things:
  order:
    class: WorkOrder
    code: "{plant}-{number}"
    properties: {workOrderType: kind, status: state, currency: {fixed: EUR}}
""")
    told = read_text(tmp_path, "v,s\nPM-1,open\ncm2,\nCM-3,N.A.\nXX-4,-\nQQ-5,done\n", spec, schema)
    assert {n.node: dict(n.props) for n in told.nodes} == {
        "wo:HC-1": {"workOrderType": "preventive", "status": "open", "currency": "EUR"},
        "wo:HC-2": {"currency": "EUR"},
        "wo:HC-3": {"workOrderType": "corrective", "status": "corrective", "currency": "EUR"},
        "wo:HC-4": {"currency": "EUR"},
        "wo:HC-5": {"status": "done", "currency": "EUR"},
    }
    assert [(f.code, f.place) for f in told.findings] == [("unknown-code", "row:6")]
    other = read_text(tmp_path, "v,s\nPM-1,x\n", spec, schema, constants={"plant": "SZ"})
    assert other.nodes[0].node == "wo:SZ-1"
    with pytest.raises(BadMapping, match=r"no constant 'plnt'\. Did you mean 'plant'"):
        read_text(tmp_path, "v,s\nPM-1,x\n", spec, schema, constants={"plnt": "SZ"})


# -- other tables ----------------------------------------------------------------------------

LOOKUP = parse_mapping("""
mapping: test
title: Test
tables:
  codes: {file: ["codes*.csv"], optional: true}
  lines: {rows: [{tag: P-1, line: L1}, {tag: P-2, line: L2}]}
columns:
  wo: {}
  asset: {}
  code: {}
  failure: {value: "{code}", lookup: {table: codes, match: [Code], take: [Meaning]}}
  line: {value: "{asset}", lookup: {table: lines, match: tag, take: line}, if_unknown: drop}
things:
  order: {class: WorkOrder, code: "{wo}"}
  asset: {class: Asset, code: "{asset}"}
  line: {class: Line, code: "{line}"}
  mode: {class: FailureMode, name: "{failure}"}
statements:
  - order observed mode
  - asset locatedIn line
""")


def test_codes_are_looked_up_in_another_table(tmp_path: Path, schema: Schema) -> None:
    (tmp_path / "master").mkdir()
    (tmp_path / "orders").mkdir()
    (tmp_path / "master" / "Codes_v2.CSV").write_text("Code,Meaning\nF-10,Oil leak\nF-20,Noise\n")
    text = "wo,asset,code\n1,P-1,f-10\n2,P-2,F-11\n3,P-9,\n"
    told = read_text(tmp_path / "orders", text, LOOKUP, schema)
    assert told.triples == {
        ("wo:1", "observed", "mode:oil leak"), ("wo:2", "observed", "mode:f-11"),
        ("asset:P-1", "locatedIn", "line:L1"), ("asset:P-2", "locatedIn", "line:L2"),
    }  # fmt: skip
    unknown = [f for f in told.findings if f.code == "unknown-code"]
    assert [f.place for f in unknown] == ["row:3", "row:4"]
    assert (
        "code says 'F-11', which is not in Codes_v2.CSV. Did you mean 'F-10'" in unknown[0].message
    )


def test_an_optional_table_may_be_absent(tmp_path: Path, schema: Schema) -> None:
    told = read_text(tmp_path, "wo,asset,code\n1,P-1,F-10\n", LOOKUP, schema)
    assert ("wo:1", "observed", "mode:f-10") in told.triples
    assert not told.findings


def test_a_table_can_be_named_outright_and_its_content_is_part_of_the_recipe(
    tmp_path: Path, schema: Schema
) -> None:
    path = tmp_path / "t.csv"
    path.write_text("wo,asset,code\n1,P-1,F-10\n")
    side = tmp_path / "anything.tsv"
    recipes = set()
    for meaning in ("Oil leak", "Water leak"):
        side.write_text(f"Meaning\tCode\n{meaning}\tF-10\n")
        reading = open_table(path, LOOKUP, schema, tables={"codes": side}, now=NOW)
        recipes.add(reading.document.recipe)
        assert ("wo:1", "observed", f"mode:{meaning.lower()}") in told_by(reading).triples
    assert len(recipes) == 2


def test_a_required_table_that_is_absent_is_told(tmp_path: Path, schema: Schema) -> None:
    spec = parse_mapping(LOOKUP.text.replace(", optional: true", ""))
    with pytest.raises(BadMapping, match=r"there is no file codes\*\.csv beside"):
        read_text(tmp_path, "wo,asset,code\n1,P-1,F-10\n", spec, schema)
    (tmp_path / "plant" / "codes.csv").write_text("Kode,Text\nF-10,x\n")
    with pytest.raises(BadMapping, match=r"no column 'Meaning'|no column 'Code'"):
        read_text(tmp_path, "wo,asset,code\n1,P-1,F-10\n", spec, schema)


# -- time ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "start", "end"),
    [
        ("2024-03-05 07:00,2024-03-05 09:00", "2024-03-05T07:00:00Z", "2024-03-05T09:00:00Z"),
        ("2024-03-05,2024-03-06", "2024-03-05T00:00:00Z", "2024-03-07T00:00:00Z"),
        ("2024-03-05 07:00,", "2024-03-05T07:00:00Z", None),
        (",2024-03-05 09:00", "2024-03-05T09:00:00Z", "2024-03-05T09:00:00Z"),
        (",", None, None),
    ],
)
def test_statements_hold_while_the_record_lasts(
    tmp_path: Path, schema: Schema, cells: str, start: str | None, end: str | None
) -> None:
    told = read_text(
        tmp_path, f"WO,Asset,Start,End\n1,A,{cells}\n", ORDERS, schema, time_zone="UTC"
    )
    claim = told.claims[0]
    assert claim.valid_from == (parse_instant(start) if start else None)
    assert claim.valid_to == (parse_instant(end) if end else None)


def test_an_event_on_a_day_lasts_that_day_and_a_state_goes_on(
    tmp_path: Path, schema: Schema
) -> None:
    spec = mapping(
        "u: {}\nbox: {}\npacked: {type: date}\nout: {type: date}",
        'unit: {class: Unit, code: "{u}"}\nbox: {class: Container, code: "{box}"}',
        "statements:\n  - {say: unit packedInto box, from: packed, to: out}\n",
    )
    told = read_text(tmp_path, "u,box,packed,out\n1,B,2024-03-05,\n", spec, schema)
    assert told.claims[0].valid_from == parse_instant("2024-03-05")
    assert told.claims[0].valid_to is None
    event = mapping(
        "wo: {}\nasset: {}\nday: {type: date}",
        'order: {class: WorkOrder, code: "{wo}", at: day}\nasset: {class: Asset, code: "{asset}"}',
        "statements:\n  - order reportedOn asset\n"
        "  - {say: order reportedOn asset, always: true}\n",
    )
    told = read_text(tmp_path, "wo,asset,day\n1,A,2024-03-05\n", event, schema)
    bounds = [(c.valid_from, c.valid_to) for c in told.claims]
    assert bounds == [(parse_instant("2024-03-05"), parse_instant("2024-03-06")), (None, None)]


def test_an_end_before_the_start_is_told_and_not_stored(tmp_path: Path, schema: Schema) -> None:
    told = read_text(tmp_path, "WO,Asset,Start,End\n1,A,2024-03-05,2024-03-01\n", ORDERS, schema)
    assert told.codes() == ["end-before-start"]
    claim = told.claims[0]
    assert claim.valid_to is not None
    assert claim.valid_from is not None
    assert claim.valid_from <= claim.valid_to


def test_dates_in_the_future_are_told_unless_they_are_plans(tmp_path: Path, schema: Schema) -> None:
    told = read_text(tmp_path, "WO,Asset,Start\n1,A,2026-09-01\n2,A,2026-05-31\n", ORDERS, schema)
    assert [(f.code, f.place) for f in told.findings] == [("future-date", "row:2")]
    plans = ORDERS.replace("{header: [Start]}", "{header: [Start], future: allow}")
    assert not read_text(tmp_path, "WO,Asset,Start\n1,A,2026-09-01\n", plans, schema).findings


def test_how_sure_a_statement_is_may_stand_in_the_row(tmp_path: Path, schema: Schema) -> None:
    spec = mapping(
        "a: {}\nb: {}\nsure: {}",
        'cause: {class: FailureCause, name: "{a}"}\nmode: {class: FailureMode, name: "{b}"}',
        "confidence: 0.5\nstatements:\n  - {say: cause causes mode, confidence: sure}\n"
        "  - {say: mode causes mode, confidence: 0.7}\n",
    )
    told = read_text(tmp_path, "a,b,sure\nx,m,0.25\ny,m,\nz,m,7\n", spec, schema)
    held = {c.subject: c.confidence for c in told.claims if c.subject != "mode:m"}
    assert held == {"cause:x": 0.25, "cause:y": 0.5, "cause:z": 0.5}
    assert {c.confidence for c in told.claims if c.subject == "mode:m"} == {0.7}


# -- conditions and checks -------------------------------------------------------------------


def test_conditions_decide_what_is_said(tmp_path: Path, schema: Schema) -> None:
    spec = mapping(
        "u: {}\nn: {type: number}\ns: {}",
        'unit: {class: Unit, code: "{u}"}\n'
        'defect: {class: Defect, code: "{u}-D", when: {n: {above: 0}, s: {is_not: [ok, Fine]}}}',
        "statements:\n  - unit hasDefect defect\n",
    )
    told = read_text(
        tmp_path, "u,n,s\n1,0,bad\n2,1,bad\n3,2,OK\n4,2,fine\n5,,bad\n6,3,\n", spec, schema
    )
    assert {s for s, _, _ in told.triples} == {"unit:2", "unit:6"}


@pytest.mark.parametrize(
    ("condition", "held"),
    [
        ("{s: filled}", "23"),
        ("{s: empty}", "1"),
        ("{s: [open, Closed]}", "23"),
        ("{s: {matches: '^cl'}}", "3"),
        ("{s: {contains: pe}}", "2"),
        ("{n: {at_least: 2, below: 3}}", "2"),
        ("{not: {s: open}}", "13"),
        ("{any: [{s: open}, {n: {at_most: 1}}]}", "12"),
    ],
)
def test_each_kind_of_condition(tmp_path: Path, schema: Schema, condition: str, held: str) -> None:
    spec = mapping(
        "u: {}\nn: {type: number}\ns: {}",
        f'unit: {{class: Unit, code: "{{u}}", when: {condition}, properties: {{code: u}}}}',
    )
    told = read_text(tmp_path, "u,n,s\n1,1,\n2,2,open\n3,3,closed\n", spec, schema)
    assert "".join(n.node[-1] for n in told.nodes) == held


def test_checks_of_the_mapping_report_refuse_or_skip(tmp_path: Path, schema: Schema) -> None:
    checks = """checks:
  - {when: {Cost: {below: 0}}, code: negative-cost, message: "The cost of {number} is negative."}
  - {when: {number: {matches: ^total}}, then: skip}
  - {when: {text: cancelled}, code: cancelled, message: It was cancelled., then: reject}
""".replace("Cost", "cost")
    text = "WO,Asset,Text,Cost\n1,A,x,-5\nTotal,,of all,99\n3,A,cancelled,1\n"
    told = read_text(tmp_path, text, ORDERS + checks, schema)
    assert [(f.code, f.place, f.message) for f in told.findings] == [
        ("negative-cost", "row:2", "The cost of 1 is negative.")
    ]
    assert [(r.code, r.place) for r in told.rejections] == [("cancelled", "row:4")]
    assert [p.place for p in told.passages] == ["row:2"]


def test_missing_things_are_reported_or_refuse_the_row(tmp_path: Path, schema: Schema) -> None:
    told = read_text(tmp_path, "WO,Asset\n1,\n,A\n3,A\n", ORDERS, schema)
    assert [(f.code, f.place) for f in told.findings] == [("missing-asset", "row:2")]
    assert [(r.code, r.place) for r in told.rejections] == [("missing-number", "row:3")]
    assert "The row has no number (WO is empty)." in told.rejections[0].reason


def test_equal_rows_are_two_passages_and_told(tmp_path: Path, schema: Schema) -> None:
    told = read_text(tmp_path, "WO,Asset\n1,A\n2,A\n1,A\n1,A\n", ORDERS, schema)
    text = told.passages[0].text
    assert [p.key for p in told.passages if p.text == text] == [
        passage_key(text), passage_key(text, 1), passage_key(text, 2),
    ]  # fmt: skip
    assert [(f.place, f.message) for f in told.findings] == [
        ("row:4", "The row says the same as row:2."), ("row:5", "The row says the same as row:2."),
    ]  # fmt: skip


def test_a_code_that_stands_twice_is_told_where_it_should_be_unique(
    tmp_path: Path, schema: Schema
) -> None:
    spec = mapping(
        "tag: {}\nname: {}", 'asset: {class: Asset, code: "{tag}", name: "{name}", unique: true}'
    )
    told = read_text(tmp_path, "tag,name\nP-1,Pump\nP-2,Fan\nP-1,Motor\n", spec, schema)
    assert [(f.code, f.place) for f in told.findings] == [("same-code", "row:4")]


def test_a_text_that_names_another_asset_is_told(tmp_path: Path, schema: Schema) -> None:
    check = "checks:\n  - {text: text, names_other: asset}\n"
    text = "WO,Asset,Text\n1,P-101,seal of P-102 leaks\n2,P-102,p-102 leaks\n3,P-103,see P-999\n"
    told = read_text(tmp_path, text, ORDERS + check, schema)
    assert [(f.code, f.place) for f in told.findings] == [("text-code-conflict", "row:2")]
    assert "names P-102, but asset is P-101" in told.findings[0].message


def test_formulas_are_kept_as_text_and_told(tmp_path: Path, schema: Schema) -> None:
    text = "WO,Asset,Text\n1,A,=cmd|'/C calc'!A0\n2,A,-5\n3,A,+49 171\n4,A,@SUM(A1)\n5,A,- loose\n"
    told = read_text(tmp_path, text, ORDERS, schema)
    assert [(f.code, f.place) for f in told.findings] == [
        ("formula", "row:2"),
        ("formula", "row:5"),
    ]
    assert told.node("wo:1").props["description"] == "=cmd|'/C calc'!A0"


def test_damaged_rows_are_refused_and_the_rest_goes_on(tmp_path: Path, schema: Schema) -> None:
    path = tmp_path / "t.csv"
    good = "WO,Asset,Text\n1,A,轴承异响漏油\n".encode()
    path.write_bytes(good + b"2,A,\xff\xfe\n3,A,x\0y\n4,A\n5,A,ok\n")
    told = read_file(path, ORDERS, schema)
    assert [(r.code, r.place) for r in told.rejections] == [
        ("bad-encoding", "row:3"), ("nul-byte", "row:4"), ("ragged-row", "row:5"),
    ]  # fmt: skip
    assert [p.place for p in told.passages] == ["row:2", "row:6"]
    for rejection in told.rejections:
        assert rejection.reason.endswith(".")
        assert rejection.row
        assert all("\0" not in cell for cell in rejection.row.values())
        "".join(rejection.row.values()).encode()


def test_merged_cells_of_a_csv_are_filled_level_by_level(tmp_path: Path, schema: Schema) -> None:
    spec = parse_mapping("""
mapping: test
title: Test
source: {fill_down: [system, part], same_as_above: [effect]}
columns: {system: {}, part: {}, effect: {}, mode: {}}
things:
  part: {class: Component, name: "{part}"}
  mode: {class: FailureMode, name: "{mode}"}
statements: [part exhibits mode]
""")
    text = "system,part,effect,mode\nengine,block,stop,crack\n,,,wear\nbrakes,,,fade\n,disc,,warp\n"
    told = read_text(tmp_path, text, spec, schema)
    assert [p.text for p in told.passages] == [
        "system: engine | part: block | effect: stop | mode: crack",
        "system: engine | part: block | effect: stop | mode: wear",
        "system: brakes | effect: stop | mode: fade",  # a new system starts without a part
        "system: brakes | part: disc | effect: stop | mode: warp",
    ]


def test_a_table_that_says_nothing_is_told(tmp_path: Path, schema: Schema) -> None:
    spec = mapping("a: {}\nb: {}", 'asset: {class: Asset, code: "{b}", name: "{b}"}')
    assert read_text(tmp_path, "a,c\n1,2\n", spec, schema).codes() == [
        "nothing-said",
        "unused-columns",
    ]
    assert read_text(tmp_path, "a,b\n", spec, schema).codes() == ["no-rows"]


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path, schema: Schema) -> None:
    path = tmp_path / "t.csv"
    path.write_text("WO,Asset\n1,A\n")
    reading = open_table(path, parse_mapping(ORDERS), schema, now=NOW)
    path.write_text("WO,Asset\n1,A\n2,B\n")
    with pytest.raises(UnreadableFile, match="changed while it was read"):
        told_by(reading)


CELL = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters='"'),
    max_size=15,
)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None
)
@given(st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=12))
def test_whatever_the_cells_quotes_are_cells_and_keys_are_content(
    tmp_path: Path, rows: list[tuple[str, str, str]]
) -> None:
    schema = load_schema()
    lines = ["WO,Asset,Text", *(",".join(f'"{cell}"' for cell in row) for row in rows)]
    told = read_text(tmp_path, "\n".join(lines) + "\n", ORDERS, schema)
    assert len({p.key for p in told.passages}) == len(told.passages)
    stripped = {tuple(cell.strip() for cell in row) for row in rows}
    for claim in told.claims:
        assert isinstance(claim, Claim)
        assert any(told.quote(claim) == row[1] for row in stripped)
    for node in told.nodes:
        assert 0 <= node.passage < len(told.passages)
    refused = {r.place for r in told.rejections}
    assert all(p.place not in refused for p in told.passages)


def test_columns_that_nothing_is_drawn_from_are_told_once(tmp_path: Path, schema: Schema) -> None:
    spec = mapping("a: {}", 'asset: {class: Asset, code: "{a}", name: "{a}"}')
    table = "row,a,Foreman,Empty\n1,A1,Li,\n2,A2,Wang,\n"
    (found,) = read_text(tmp_path, table, spec, schema).findings
    assert found.code == "unused-columns"
    assert "Foreman;" in found.message  # neither the counted rows nor what is empty
