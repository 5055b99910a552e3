"""Every shipped mapping reads its own examples, in English and in Chinese.

The examples are files as other plants would have them: neither their headers nor their values
are those of our sample.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from extraction.tables import check_mapping, recognise_parts, shipped_mappings
from extraction.tables.header_spelling import normal_header
from kg.model.text import has_han
from ontology import load_gate
from ontology.schema import Schema
from tests.extraction.tables.examples import EXAMPLES, Example
from tests.extraction.tables.loading import read_text

NAMES = [mapping.name for mapping in shipped_mappings()]
EVERY = [(name, n) for name, examples in EXAMPLES.items() for n in range(len(examples))]


@pytest.mark.parametrize("name", NAMES)
def test_each_mapping_fits_the_ontology_and_has_examples(name: str, schema: Schema) -> None:
    mapping = next(m for m in shipped_mappings() if m.name == name)
    check_mapping(mapping, schema)
    assert Path(mapping.origin).stem == name
    languages = {has_han(example.text.partition("\n")[0]) for example in EXAMPLES.get(name, [])}
    wanted = {False} if name == "excavator-work-orders" else {False, True}
    assert wanted <= languages, f"{name} needs examples with English and with Chinese headers"


@pytest.mark.parametrize(("name", "number"), EVERY)
def test_an_example_is_recognised(name: str, number: int, tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text(EXAMPLES[name][number].text, encoding="utf-8")
    part = recognise_parts(path)[0]
    assert part.mapping is not None, part.reasons
    assert part.mapping.name == name, part.reasons


@pytest.mark.parametrize(("name", "number"), EVERY)
def test_an_example_is_read(name: str, number: int, tmp_path: Path, schema: Schema) -> None:
    example: Example = EXAMPLES[name][number]
    mapping = next(m for m in shipped_mappings() if m.name == name)
    told = read_text(tmp_path, example.text, mapping, schema, time_zone="UTC")
    assert not told.rejections
    said = {" ".join(triple) for triple in told.triples}
    assert set(example.says) <= said, f"missing {set(example.says) - said} in {sorted(said)}"
    for never in example.says_not:
        assert not [s for s in said if re.search(never, s)]
    for key, props in example.properties.items():
        held = {k: v for n in told.nodes if n.node == key for k, v in n.props.items()}
        assert {k: held.get(k) for k in props} == props
    for key, names in example.names.items():
        assert names <= {name for name in told.names(key) if name}
    for triple, qualifiers in example.qualifiers.items():
        parts = re.fullmatch(r"(.+?) (\w+) (\w+:.+)", triple)
        assert parts
        claim = told.claim(parts[1], parts[2], parts[3])
        assert dict(claim.props or {}) == qualifiers
    codes = sorted(f.code for f in told.findings)
    assert codes == sorted(example.finds)


@pytest.mark.parametrize(("name", "number"), EVERY)
def test_what_an_example_says_passes_the_gate(
    name: str, number: int, tmp_path: Path, schema: Schema
) -> None:
    mapping = next(m for m in shipped_mappings() if m.name == name)
    text = EXAMPLES[name][number].text
    told = read_text(tmp_path, text, mapping, schema, time_zone="UTC")
    nodes = {n.node: (n.cls, dict(n.props)) for n in reversed(told.nodes)}
    violations = load_gate().check(
        nodes,
        [tuple(c[:3]) for c in told.claims],  # type: ignore[misc]
        lambda key: nodes[key][0] if key in nodes else schema.class_of_key(key),
        lambda keys: keys,
    )
    assert not [v.message["en"] for v in violations if v.severity == "violation"]


def test_aliases_are_written_in_both_languages() -> None:
    for mapping in shipped_mappings():
        if mapping.name == "excavator-work-orders":
            continue
        asked = [c.header for c in mapping.spec.columns.values() if c.header]
        with_han = sum(any(has_han(alias) for alias in aliases) for aliases in asked)
        assert with_han >= 0.6 * len(asked), mapping.name


def test_required_columns_do_not_fight_for_an_alias() -> None:
    for mapping in shipped_mappings():
        required = {n: c.header for n, c in mapping.spec.columns.items() if c.required}
        first = [normal_header(aliases[0]) for aliases in required.values()]
        assert len(set(first)) == len(first), mapping.name


@pytest.mark.parametrize(
    ("headers", "hours"),
    [
        ("Auftrag;WO Number;Created;Machine;Reported problem;Work done;Parts;Down min", 1.5),
        ("No;Ticket;Opened at;Asset;Fault;Corrective action;Spares used;Downtime_h", 90.0),
        ("序号;工单号;发现时间;设备编号;故障情况;处理方法;更换配件;停机分钟", 1.5),
    ],
)
def test_work_orders_under_the_headers_of_a_small_plant(
    headers: str, hours: float, tmp_path: Path, schema: Schema
) -> None:
    mapping = next(m for m in shipped_mappings() if m.name == "cmms-work-orders")
    text = f"{headers}\n1;W-7;2026-03-04T08:00:00Z;M-1;Pump leaks;Seal replaced;SP-1;90\n"
    (tmp_path / "export.csv").write_text(text, encoding="utf-8")
    recognised = recognise_parts(tmp_path / "export.csv")[0]
    assert recognised.mapping is not None, recognised.reasons
    assert recognised.mapping.name == "cmms-work-orders"
    told = read_text(tmp_path, text, mapping, schema, time_zone="UTC")
    order = next(n for n in told.nodes if n.cls == "WorkOrder")
    assert order.props["description"] == "Pump leaks"
    assert "reportedAt" in order.props
    assert order.props["downtimeHours"] == pytest.approx(hours)
    assert {c.predicate for c in told.claims} >= {"reportedOn", "usedPart"}


@pytest.mark.parametrize(
    "headers",
    [
        "Order;Created;Product;Quantity",
        "Order date;Asset status;Machine hours",
        "Machine;Timestamp;Value;Unit",
        "Order;Operation;Machine;Started;Completed",
        "Complaint no;Created;Customer;Issue",
    ],
)
def test_other_trades_are_not_taken_for_work_orders(headers: str, tmp_path: Path) -> None:
    (tmp_path / "export.csv").write_text(f"{headers}\n{'X1;' * headers.count(';')}X1\n")
    mapping = recognise_parts(tmp_path / "export.csv")[0].mapping
    assert mapping is None or mapping.name != "cmms-work-orders"
