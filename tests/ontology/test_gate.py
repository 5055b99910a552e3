"""The gate on batches written by hand: what is refused, in which words, and what is let through."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest

from ontology import OntologyError, Violation, load_gate

HEAD = """\
@prefix : <https://w3id.org/gemba/ontology#> .
@prefix my: <https://acme.example/terms#> .
@prefix class: <https://w3id.org/gemba/concept/class#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
"""
Nodes = dict[str, tuple[str, dict[str, Any]]]
Triple = tuple[str, str, str]


def check(
    nodes: Nodes,
    said: list[Triple] | None = None,
    existing: Any = None,
    extra: Collection[Path] = (),
) -> list[Violation]:
    gate = load_gate(tuple(extra))
    return gate.check(nodes, said or [], gate.schema.class_of_key, existing)


def own(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "own.ttl"
    path.write_text(HEAD + text, encoding="utf-8")
    return path


def test_gate_lets_ordinary_things_through() -> None:
    nodes: Nodes = {
        "op:1": ("Operation", {"startedAt": "2026-03-01T07:30:00Z", "goodQuantity": 5}),
        "wo:7": ("WorkOrder", {"description": "pump leaks", "downtimeHours": 1.5}),
    }
    said = [
        ("op:1", "ofStep", "step:WELD"),
        ("op:1", "performedOn", "asset:P-1"),
        ("op:1", "consumed", "lot:L1"),
        ("wo:7", "reportedOn", "asset:P-1"),
        ("wo:7", "observed", "mode:Leakage"),
    ]
    assert check(nodes, said) == []


@pytest.mark.parametrize(
    ("nodes", "said", "code", "severity", "en", "zh"),
    [
        (
            {"wo:WO-17": ("WorkOrder", {})}, [], "shape:WorkOrder-reportedOn", "warning",
            "Work order WO-17 is reported on no asset.", "工单 WO-17 未注明报修设备。",
        ),
        (
            {}, [("supplier:ACME", "consumed", "lot:L-1")], "subject:consumed", "violation",
            "Supplier ACME consumed lot L-1: the subject of \"consumed\" must be an operation, "
            "not a supplier.",
            "供应商 ACME 消耗了批次 L-1：“消耗”的主体应为作业，而不是供应商。",
        ),
        (
            {}, [("op:1", "consumed", "asset:A")], "object:consumed", "violation",
            "Operation 1 consumed asset A: the object of \"consumed\" must be a lot or a unit, "
            "not an asset.",
            "作业 1 消耗了设备 A：“消耗”的客体应为批次或单件，而不是设备。",
        ),
        (
            {}, [("op:1", "produces", "unit:3")], "unknown-relation", "violation",
            "Operation 1 produces unit 3: the ontology has no relation \"produces\"; "
            "did you mean produced or producedAt?",
            "作业 1 produces 单件 3：本体中没有关系“produces”；是否指 produced 或 producedAt？",
        ),
        (
            {}, [("lot:L", "madeOf", "lot:L")], "self:madeOf", "violation",
            "Lot L is made of lot L: nothing can stand in this relation to itself.",
            "批次 L 使用了批次 L：事物与自身不能有此关系。",
        ),
        (
            {"asset:A": ("Asset", {"commissionedOn": "2026-31-01"})}, [],
            "datatype:commissionedOn", "violation",
            "Asset A: commissioned on is \"2026-31-01\", which is not a date such as 2026-03-01.",
            "设备 A：投运日期为“2026-31-01”，不是日期（如 2026-03-01）。",
        ),
        (
            {"asset:A": ("Asset", {"shoeSize": 45})}, [], "unknown-attribute", "warning",
            "Asset A has the attribute \"shoeSize\", which the ontology does not declare.",
            "设备 A 的属性“shoeSize”未在本体中声明。",
        ),
        (
            {"product:P": ("Product", {"serialNumber": "1"})}, [], "owner:serialNumber", "warning",
            "Product P has serial number, which belongs to an asset or a unit.",
            "产品 P 带有“序列号”，该属性只用于设备或单件。",
        ),
        (
            {"asset:X": ("Supplier", {})}, [], "class-of-key", "violation",
            "\"asset:X\" is said to be a supplier, but its key is that of an asset.",
            "“asset:X”的类为供应商，但其键属于设备。",
        ),
        (
            {"asset:X": ("Robot", {})}, [], "unknown-class", "violation",
            "\"asset:X\" is said to be a \"Robot\", a class that the ontology does not have.",
            "“asset:X”的类为“Robot”，本体中没有这个类。",
        ),
        (
            {"robot:X": ("Asset", {})}, [], "unknown-kind", "violation",
            "\"robot:X\" has the kind \"robot\", which no class of the ontology declares.",
            "“robot:X”的类别前缀“robot”未在本体中声明。",
        ),
        (
            {"asset:": ("Asset", {})}, [], "no-identity", "violation",
            "\"asset:\" has no code or name after its kind.",
            "“asset:”在类别前缀之后没有编码或名称。",
        ),
        (
            {"op:1": ("Operation", {"startedAt": "2026-03-02T00:00:00Z",
                                    "endedAt": "2026-03-01T00:00:00Z"})},
            [("op:1", "ofStep", "step:S")], "shape:startedAt-order", "violation",
            "Operation 1 starts at 2026-03-02T00:00:00Z, which is after its end.",
            "作业 1 的开始时间 2026-03-02T00:00:00Z 晚于结束时间。",
        ),
        (
            {"lot:L": ("MaterialLot", {"quantity": -2})}, [], "shape:quantity-range", "violation",
            "Lot L has the quantity -2; a quantity is not negative.",
            "批次 L 的数量为 -2，不应为负。",
        ),
    ],
)  # fmt: skip
def test_gate_says_what_is_wrong(
    nodes: Nodes, said: list[Triple], code: str, severity: str, en: str, zh: str
) -> None:
    found = check(nodes, said)
    assert [(v.code, v.severity) for v in found] == [(code, severity)]
    assert found[0].message == {"en": en, "zh": zh}
    assert found[0].focus == next(iter(nodes), said[0][0] if said else "")
    assert found[0].statement == (said[0] if not nodes else None)


def test_gate_takes_special_classes_for_general_ones() -> None:
    nodes: Nodes = {"asset:T-1": ("Sensor", {}), "sensor:T-2": ("Asset", {})}
    assert check(nodes, [("wo:1", "reportedOn", "sensor:T-2")]) == []
    assert check(nodes, [("asset:T-1", "monitors", "component:bearing")]) == []
    assert [v.code for v in check({}, [("asset:A", "monitors", "component:b")])] == [
        "subject:monitors"
    ]


def test_gate_asks_the_store_only_about_what_seems_to_lack_something() -> None:
    asked: list[set[str]] = []

    def existing(keys: Collection[str]) -> Collection[str]:
        asked.append(set(keys))
        return {"event:OLD"}

    nodes: Nodes = {
        "event:OLD": ("FailureEvent", {"downtimeHours": 2}),
        "event:NEW": ("FailureEvent", {"downtimeHours": 2}),
        "event:FULL": ("FailureEvent", {}),
    }
    found = check(nodes, [("event:FULL", "reportedOn", "asset:A")], existing)
    assert [(v.focus, v.code) for v in found] == [("event:NEW", "shape:FailureEvent-reportedOn")]
    assert len(asked) == 1
    assert asked[0] == {"event:OLD", "event:NEW"}


def test_gate_refuses_what_is_wrong_on_stored_things_too() -> None:
    nodes: Nodes = {"event:OLD": ("FailureEvent", {"downtimeHours": -2})}
    found = check(nodes, [], lambda keys: keys)
    assert [v.code for v in found] == ["shape:downtimeHours-range"]


def test_gate_asks_nothing_of_bare_references() -> None:
    assert check({}, [("wo:9", "followsUp", "event:3"), ("wo:9", "reportedOn", "asset:A")]) == []


def test_gate_needs_one_of_several_ways_to_say_it() -> None:
    nodes: Nodes = {"alarmevent:1": ("AlarmEvent", {})}
    alarm = ("alarmevent:1", "ofAlarm", "alarm:E1")
    assert [v.code for v in check(nodes, [alarm])] == ["shape:AlarmEvent"]
    for way in ("raisedBy", "reportedOn"):
        assert check(nodes, [alarm, ("alarmevent:1", way, "asset:A")]) == []


def test_gate_looks_at_what_points_to_a_thing() -> None:
    nodes: Nodes = {"defect:D": ("Defect", {})}
    kind = ("defect:D", "ofType", "defecttype:scratch")
    assert [v.code for v in check(nodes, [kind])] == ["shape:Defect-found-on"]
    assert check(nodes, [kind, ("unit:U", "hasDefect", "defect:D")]) == []


def test_gate_counts_sub_relations_as_what_they_are_below(tmp_path: Path) -> None:
    path = own(
        tmp_path,
        "my:reportedOnPress a owl:ObjectProperty ; rdfs:subPropertyOf :reportedOn ;"
        ' rdfs:label "p" .',
    )
    nodes: Nodes = {"event:1": ("FailureEvent", {})}
    assert check(nodes, [("event:1", "reportedOnPress", "asset:A")], extra=[path]) == []
    wrong = check(nodes, [("event:1", "reportedOnPress", "lot:A")], extra=[path])
    assert [v.code for v in wrong] == ["object:reportedOnPress"]


def test_gate_blames_the_statement_that_a_shape_forbids(tmp_path: Path) -> None:
    path = own(
        tmp_path,
        """
my:Flow a sh:NodeShape ; sh:targetClass :Operation ; sh:property my:Flow-tool .
my:Flow-tool sh:path :usedTool ; sh:class :Gauge .
my:reached a sh:NodeShape ; sh:targetClass :Gauge ;
    sh:property [ sh:path [ sh:inversePath :usedTool ] ; sh:class :Inspection ] .
""",
    )
    said = [("op:1", "usedTool", "tool:T"), ("op:1", "ofStep", "step:S")]
    nodes: Nodes = {"op:1": ("Operation", {})}
    found = check(nodes, said, extra=[path])
    assert [(v.code, v.statement) for v in found] == [("shape:Flow-tool", said[0])]
    assert found[0].message["en"] == "Operation 1: used tool must be a gauge, not tool T."
    assert found[0].message["zh"] == "作业 1：使用工装应为量具，而不是工具 T。"
    nodes["tool:T"] = ("Gauge", {})
    found = check(nodes, said, extra=[path])
    assert [(v.focus, v.statement) for v in found] == [("tool:T", said[0])]


def test_gate_enforces_sparql_through_pyshacl(tmp_path: Path) -> None:
    path = own(
        tmp_path,
        """
my:NoSunday a sh:NodeShape ; sh:targetClass :WorkOrder ;
    sh:property [ sh:path :reportedOn ; sh:minCount 1 ; sh:message "{this} lacks an asset."@en ] ;
    sh:sparql [ sh:severity sh:Violation ;
        sh:message "{this} was done by its own asset."@en , "{this} 由设备自己完成。"@zh ;
        sh:select \"\"\"SELECT $this ?value WHERE {
            $this <https://w3id.org/gemba/ontology#code> ?value .
            FILTER(?value = "SUNDAY") }\"\"\" ] .
""",
    )
    gate = load_gate([path])
    assert [b.uses for b in gate.shapes.beyond] == ["sh:sparql"]
    said = [("wo:1", "reportedOn", "asset:A"), ("wo:2", "reportedOn", "asset:A")]
    nodes: Nodes = {
        "wo:1": ("WorkOrder", {"code": "MONDAY"}),
        "wo:2": ("WorkOrder", {"code": "SUNDAY"}),
        "wo:3": ("WorkOrder", {"code": "MONDAY"}),
    }
    found = [v for v in check(nodes, said, extra=[path]) if v.severity == "violation"]
    assert {(v.focus, v.code) for v in found} == {
        ("wo:2", "shape:NoSunday"),
        ("wo:3", "shape:NoSunday"),
    }
    by_focus = {v.focus: v.message for v in found}
    assert by_focus["wo:2"]["zh"] == "工单 2 由设备自己完成。"
    assert by_focus["wo:3"]["en"] == "Work order 3 lacks an asset."
    # Of work orders that are stored already, nothing missing is held against them.
    kept = check({"wo:3": nodes["wo:3"]}, [], lambda keys: keys, extra=[path])
    assert kept == []


def test_gate_enforces_qualified_counts_and_long_paths(tmp_path: Path) -> None:
    path = own(
        tmp_path,
        """
my:OneGauge a sh:NodeShape ; sh:targetClass :Operation ;
    sh:property [ sh:path :usedTool ; sh:qualifiedValueShape [ sh:class :Gauge ] ;
        sh:qualifiedMaxCount 1 ] .
my:Far a sh:NodeShape ; sh:targetClass :MaterialLot ;
    sh:property [ sh:path ( :madeOf :madeOf ) ; sh:maxCount 0 ] .
""",
    )
    nodes: Nodes = {
        "op:1": ("Operation", {}),
        "tool:A": ("Gauge", {}),
        "tool:B": ("Gauge", {}),
        "lot:1": ("MaterialLot", {}),
    }
    said = [
        ("op:1", "ofStep", "step:S"),
        ("op:1", "usedTool", "tool:A"),
        ("op:1", "usedTool", "tool:B"),
        ("lot:1", "madeOf", "lot:2"),
        ("lot:2", "madeOf", "lot:3"),
    ]
    found = check(nodes, said, extra=[path])
    assert {(v.focus, v.code) for v in found} == {
        ("op:1", "shape:OneGauge"),
        ("lot:1", "shape:Far"),
    }
    # Too many are too many wherever they are said.
    stored = check(nodes, said, lambda keys: keys, extra=[path])
    assert {v.code for v in stored} == {"shape:OneGauge", "shape:Far"}


def test_gate_goes_on_when_values_break_pyshacl(tmp_path: Path) -> None:
    path = own(
        tmp_path,
        """
my:Mixed a sh:NodeShape ; sh:targetClass :Asset ;
    sh:property [ sh:path :model ; sh:lessThanOrEquals :criticality ] ;
    sh:property [ sh:path :locatedIn ; sh:qualifiedValueShape [ sh:class :Plant ] ;
        sh:qualifiedMaxCount 0 ] .
""",
    )
    nodes: Nodes = {
        "asset:odd": ("Asset", {"model": "x", "criticality": 3}),
        "asset:bad": ("Asset", {}),
        "plant:P": ("Plant", {}),
    }
    found = check(nodes, [("asset:bad", "locatedIn", "plant:P")], extra=[path])
    shapes = {(v.focus, v.code) for v in found if v.code.startswith("shape:")}
    assert ("asset:bad", "shape:Mixed") in shapes
    assert any(focus == "asset:odd" for focus, _ in shapes)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("my:S sh:targetClass my:Nope .", "is for the class"),
        (
            "my:S sh:targetClass :Asset ; sh:property [ sh:path my:nope ] .",
            "no relation or attribute",
        ),
        ("my:S sh:targetClass :Asset ; sh:minCuont 1 .", "sh:minCuont, which SHACL has not"),
        (
            'my:S sh:targetClass :Asset ; sh:property [ sh:path :code ; sh:pattern "(" ] .',
            "pattern",
        ),
        ('my:S sh:targetClass :Asset ; sh:property [ sh:path :code ; sh:minCount "x" ] .', "whole"),
        ("my:S sh:targetClass :Asset ; sh:node my:S .", "refers to itself"),
        ("my:S sh:targetClass :Asset ; sh:property my:P .", "not described"),
        (
            "my:S sh:targetClass :Asset ; sh:property [ sh:class my:Nope ; sh:path :ofClass ] .",
            "asks",
        ),
        ("my:S sh:targetClass :Asset ; sh:property [ sh:minCount 1 ] .", "without sh:path"),
        ("my:S sh:targetClass :Asset ; sh:severity my:Bad .", "severity"),
    ],
)
def test_gate_refuses_shapes_that_make_no_sense(tmp_path: Path, text: str, says: str) -> None:
    path = own(tmp_path, text)
    with pytest.raises(OntologyError) as caught:
        load_gate([path])
    assert says in str(caught.value)
    assert f"{path}, line 7" in str(caught.value)


def test_gate_ignores_shapes_that_are_switched_off(tmp_path: Path) -> None:
    path = own(
        tmp_path,
        """
my:S sh:targetClass :Asset ; sh:deactivated true ; sh:property [ sh:path :code ; sh:minCount 1 ] .
my:T sh:targetClass :Asset ;
    sh:property [ sh:path :model ; sh:minCount 1 ; sh:deactivated true ] .
""",
    )
    assert check({"asset:A": ("Asset", {})}, extra=[path]) == []


def test_gate_may_name_concepts_in_shapes(tmp_path: Path) -> None:
    path = own(
        tmp_path,
        """
my:S sh:targetClass :Asset ;
    sh:property [ sh:path :ofClass ; sh:in ( class:Pump class:Fan ) ] .
""",
    )
    nodes: Nodes = {"asset:A": ("Asset", {})}
    assert check(nodes, [("asset:A", "ofClass", "class:Fan")], extra=[path]) == []
    found = check(nodes, [("asset:A", "ofClass", "class:Crane")], extra=[path])
    assert [v.message["en"] for v in found] == [
        'Asset A: of class must be asset class "fan" or asset class "pump", '
        'not asset class "crane".'
    ]


def test_gate_answers_alike_each_time() -> None:
    nodes: Nodes = {f"event:{i}": ("FailureEvent", {"downtimeHours": -i}) for i in range(1, 30)}
    first = check(nodes)
    assert first == check(nodes)
    assert len(first) == 58
