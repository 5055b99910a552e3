"""What tables, trees, procedures and lists of manuals say, against what a person reads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from extraction.documents import read_document
from extraction.documents.structure.items import pieces_of
from extraction.documents.structure.quantities import read_interval, read_torque
from extraction.documents.structure.roles import (
    begins_with_verb,
    header_roles,
    label_of,
    section_role,
    signal_of,
)
from kg.model import Batch, Claim
from ontology.schema import Schema

Read = Callable[[Path], Batch]
Say = Callable[[str], list[Claim]]


@pytest.fixture
def said(tmp_path: Path, batch_of: Read) -> Callable[[str], Batch]:
    """What a Markdown text says."""

    def read(text: str) -> Batch:
        path = tmp_path / "manual.md"
        path.write_text(text, encoding="utf-8")
        return batch_of(path)

    return read


def _triples(batch: Batch, *relations: str) -> set[tuple[str, str, str]]:
    return {(c.subject, c.predicate, c.object) for c in batch.claims if c.predicate in relations}


FAULTS = ("indicates", "causes", "detectedBy", "remediedBy")


@pytest.mark.parametrize(
    ("headers", "roles"),
    [
        (["Symptom", "Cause", "Remedy"], ["symptom", "cause", "remedy"]),
        (["What to do", "Possible causes", "Problem"], ["remedy", "cause", "symptom"]),
        (["序号", "故障现象", "故障原因", "排除方法"], ["position", "symptom", "cause", "remedy"]),
        (
            ["故障名称", "可能的故障原因", "检查方法", "处理方法"],
            ["symptom", "cause", "check", "remedy"],
        ),
        (["Code", "Description", "Action"], ["alarm", "meaning", "remedy"]),
        (
            ["Item", "Part No.", "Description", "Qty"],
            ["position", "part-number", "name", "quantity"],
        ),
        (["Item", "Work", "Interval"], ["component", "task", "interval"]),
        (["项目", "保养内容", "周期"], ["task", "task", "interval"]),
        (["名称", "规格", "拧紧力矩(N·m)"], ["component", "size", "torque"]),
        (["Voltage", "Colour", "Weight"], [None, None, None]),
    ],
)
def test_roles_of_headers(headers: list[str], roles: list[str | None]) -> None:
    found = header_roles(headers)
    for column, role in enumerate(roles):
        if role != "task" or column in found:
            assert found.get(column) == role, headers


@pytest.mark.parametrize(
    ("text", "role", "rest"),
    [
        ("Cause: worn seal", "cause", "worn seal"),
        ("故障现象：漏油", "symptom", "漏油"),
        ("【处理方法】更换", "remedy", "更换"),
        ("Possible causes:", "cause", ""),
        ("Possible cause (s): dirt", "cause", "dirt"),
    ],
)
def test_roles_of_labels(text: str, role: str, rest: str) -> None:
    label = label_of(text)
    assert label is not None
    assert (label.role, text[label.end :]) == (role, rest)


@pytest.mark.parametrize(
    "text", ["Note: see page 3", "At 12:30 it stopped", "电压：380V", "原因不明时请联系我们"]
)
def test_roles_of_what_is_no_label(text: str) -> None:
    assert label_of(text) is None


def test_roles_signal_words_are_no_sentences() -> None:
    assert signal_of("WARNING! Hot.") is not None
    assert signal_of("警告：高温") is not None
    assert signal_of("Caution: hot") is not None
    assert signal_of("Warning lamps are red.") is None
    assert signal_of("注意事项如下") is None


def test_roles_of_sections_and_verbs() -> None:
    assert section_role("7.2 Fault finding") == "troubleshooting"
    assert section_role("第五章 常见故障及排除方法") == "troubleshooting"
    assert section_role("Spare parts") == "parts"
    assert section_role("Technical data") == "data"
    assert section_role("Declaration of conformity") == ""
    assert begins_with_verb("Carefully remove the cover")
    assert begins_with_verb("拆下端盖")
    assert not begins_with_verb("The cover is removed")
    assert begins_with_verb("Check the fuse", check=True)
    assert not begins_with_verb("Replace the fuse", check=True)


@pytest.mark.parametrize(
    ("paragraphs", "names"),
    [
        (["1. dirt 2. wear 3. age"], ["dirt", "wear", "age"]),
        (["①缺油；②磨损"], ["缺油", "磨损"]),
        (["(1) a b (2) c d"], ["a b", "c d"]),
        (["1、缺油", "2、磨损。"], ["缺油", "磨损"]),
        (["• one", "• two"], ["one", "two"]),
        (["Pressure is 1.5 bar. Set 2.5 bar"], ["Pressure is 1.5 bar. Set 2.5 bar"]),
        (["Reset; check current"], ["Reset", "check current"]),
        (["Type 1 or 2. See 3."], ["Type 1 or 2. See 3"]),
        (["-"], []),
        (["无"], []),
        (["wrapped over\ntwo lines"], ["wrapped over two lines"]),
        (["液压\n泵损坏"], ["液压泵损坏"]),
    ],
)
def test_pieces(paragraphs: list[str], names: list[str]) -> None:
    pieces = pieces_of(paragraphs, 10)
    assert [piece.name for piece in pieces] == names
    whole = " " * 10 + "\n".join(paragraphs)
    for piece in pieces:
        inside = "".join(whole[piece.start : piece.end].split())
        assert "".join(piece.name.split()) in inside


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Every 4,000 operating hours", {"intervalHours": 4000}),
        ("每500小时", {"intervalHours": 500}),
        ("weekly", {"intervalDays": 7}),
        ("Every 6 months", {"intervalDays": 180}),
        ("每三个月", {"intervalDays": 90}),
        ("每季度", {"intervalDays": 91}),
        ("半年", {"intervalDays": 182}),
        ("1年或2000h", {"intervalDays": 365, "intervalHours": 2000}),
        ("250 h / 1 month", {"intervalHours": 250, "intervalDays": 30}),
        ("as needed", {}),
        ("every shift", {"intervalDays": 0.333}),
    ],
)
def test_intervals(text: str, expected: dict[str, float]) -> None:
    assert read_interval(text) == expected


@pytest.mark.parametrize(
    ("text", "header", "expected"),
    [
        ("Tighten to 25 Nm.", "", 25),
        ("拧紧至 25N·m", "", 25),
        ("45-50 N.m", "", 47.5),
        ("195±10", "拧紧力矩（N·m）", 195),
        ("2.5 kN·m", "", 2500),
        ("10 kgf·m", "", 98.066),
        ("50 ft-lb", "", 67.791),
        ("12", "Torque (Nm)", 12),
        ("12", "Torque", None),
        ("25 mm", "", None),
        ("5 Nmm", "", None),
    ],
)
def test_torques(text: str, header: str, expected: float | None) -> None:
    assert read_torque(text, header).get("torqueNm") == expected


def test_fault_table_carries_empty_signs_and_pairs_numbers(said: Callable[[str], Batch]) -> None:
    batch = said(
        "# Extruder manual\n\n## Troubleshooting\n\n"
        "| Remedy | Reason | Trouble |\n|---|---|---|\n"
        "| Renew the screw | Screw is worn out | Output falls |\n"
        "| Clean the screen pack | Screen pack is full | |\n"
        "| 1. Raise zone 3 2. Call the service | 1. Zone too cold 2. Thermocouple off | Melt is lumpy |\n"  # noqa: E501
        "| Dry the granules | | Bubbles in strand |\n"
    )
    assert _triples(batch, *FAULTS) == {
        ("symptom:output falls", "indicates", "cause:screw is worn out"),
        ("cause:screw is worn out", "remediedBy", "remedy:renew the screw"),
        ("symptom:output falls", "indicates", "cause:screen pack is full"),
        ("cause:screen pack is full", "remediedBy", "remedy:clean the screen pack"),
        ("symptom:melt is lumpy", "indicates", "cause:zone too cold"),
        ("symptom:melt is lumpy", "indicates", "cause:thermocouple off"),
        ("cause:zone too cold", "remediedBy", "remedy:raise zone 3"),
        ("cause:thermocouple off", "remediedBy", "remedy:call the service"),
        ("symptom:bubbles in strand", "indicates", "mode:bubbles in strand"),
        ("mode:bubbles in strand", "remediedBy", "remedy:dry the granules"),
    }
    assert {c.status for c in batch.claims} == {"accepted"}


def test_fault_table_of_unclear_pairs_waits_for_review(said: Callable[[str], Batch]) -> None:
    batch = said(
        "# X\n\n| 现象 | 原因 | 处理 |\n|---|---|---|\n| 振动 | ①不平衡；②松动；③弯曲 | 找平衡；紧固 |\n"  # noqa: E501
    )
    helps = [c for c in batch.claims if c.predicate == "remediedBy"]
    assert len(helps) == 6
    assert {c.status for c in helps} == {"suggested"}


def test_quotes_and_places_are_those_of_the_cells(said: Callable[[str], Batch]) -> None:
    batch = said("# X\n\n| Fault | Cause |\n|---|---|\n| It hums | Loose **laminations** |\n")
    (claim,) = (c for c in batch.claims if c.predicate == "indicates")
    passage = batch.passages[claim.passage]
    assert passage.place == "table:1/row:2"
    assert passage.text == "Fault: It hums | Cause: Loose laminations"
    assert passage.text[claim.start : claim.end] == "It hums | Cause: Loose laminations"
    assert passage.heading == "X"


def test_alarm_table_gives_codes_their_meaning(said: Callable[[str], Batch]) -> None:
    batch = said(
        "# CNC lathe\n\n| Alarm no. | Message | Cause | Remedy |\n|---|---|---|---|\n"
        "| 2041 | Spindle stopped | Drive overheated | Let it cool |\n"
    )
    assert _triples(batch, *FAULTS) == {
        ("alarm:2041", "indicates", "cause:drive overheated"),
        ("cause:drive overheated", "remediedBy", "remedy:let it cool"),
    }
    assert ("alarm:2041", "Alarm", "Spindle stopped") in {
        (n.node, n.cls, n.name) for n in batch.nodes
    }


def test_group_rows_are_the_signs_of_the_rows_below(tmp_path: Path, batch_of: Read) -> None:
    path = tmp_path / "a.html"
    path.write_text(
        "<h1>Boiler</h1><h2>Fault finding</h2><table><tr><th>Cause</th><th>Remedy</th></tr>"
        "<tr><td colspan=2>Burner will not light</td></tr><tr><td>No gas</td><td>Open the cock</td></tr>"  # noqa: E501
        "<tr><td colspan=2>Flame goes out</td></tr><tr><td>Draught</td><td>Shield it</td></tr></table>",  # noqa: E501
        encoding="utf-8",
    )
    assert _triples(batch_of(path), "indicates") == {
        ("symptom:burner will not light", "indicates", "cause:no gas"),
        ("symptom:flame goes out", "indicates", "cause:draught"),
    }


def test_table_of_labels_in_the_first_column(said: Callable[[str], Batch]) -> None:
    batch = said(
        "# X\n\n| 故障现象 | 电机过热 |\n|---|---|\n| 可能原因 | 风扇损坏 |\n| 检查方法 | 观察风扇 |\n"  # noqa: E501
        "| 处理方法 | 更换风扇叶 |\n"
    )
    assert _triples(batch, *FAULTS) == {
        ("symptom:电机过热", "indicates", "cause:风扇损坏"),
        ("cause:风扇损坏", "detectedBy", "check:观察风扇"),
        ("cause:风扇损坏", "remediedBy", "remedy:更换风扇叶"),
    }


def test_tree_of_lists_without_labels(said: Callable[[str], Batch]) -> None:
    batch = said(
        "# Chiller\n\n## Troubleshooting\n\n- Chiller trips on high pressure\n"
        "    - Condenser coil dirty\n        - Clean the coil\n"
        "    - Fan motor failed\n        - Measure the winding\n        - Replace the motor\n"
        "- Ice on the evaporator\n    - Low refrigerant charge\n"
    )
    assert _triples(batch, *FAULTS) == {
        ("symptom:chiller trips on high pressure", "indicates", "cause:condenser coil dirty"),
        ("cause:condenser coil dirty", "remediedBy", "remedy:clean the coil"),
        ("symptom:chiller trips on high pressure", "indicates", "cause:fan motor failed"),
        ("cause:fan motor failed", "detectedBy", "check:measure the winding"),
        ("cause:fan motor failed", "remediedBy", "remedy:replace the motor"),
        ("symptom:ice on the evaporator", "indicates", "cause:low refrigerant charge"),
    }


def test_tree_of_headings_with_dashes(said: Callable[[str], Batch]) -> None:
    batch = said(
        "# 皮带机\n\n## 故障排除\n\n### 皮带跑偏\n\n- 托辊粘料——清理托辊\n- 滚筒不平行——调整滚筒\n\n"  # noqa: E501
        "### 皮带打滑\n\n1. 张力不足\n    - 张紧皮带\n\n## 技术参数\n\n- 带宽：800 mm\n"
    )
    assert _triples(batch, *FAULTS) == {
        ("symptom:皮带跑偏", "indicates", "cause:托辊粘料"),
        ("cause:托辊粘料", "remediedBy", "remedy:清理托辊"),
        ("symptom:皮带跑偏", "indicates", "cause:滚筒不平行"),
        ("cause:滚筒不平行", "remediedBy", "remedy:调整滚筒"),
        ("symptom:皮带打滑", "indicates", "cause:张力不足"),
        ("cause:张力不足", "remediedBy", "remedy:张紧皮带"),
    }


def test_labels_as_headings(said: Callable[[str], Batch]) -> None:
    batch = said(
        "# Mixer\n\n## Shaft wobbles\n\n### Symptom\n\nThe shaft wobbles at low speed.\n\n### Cause\n\n"  # noqa: E501
        "- Bent shaft\n- Worn bush\n\n### Remedy\n\nReplace shaft and bush.\n\n## Storage\n\nKeep it dry.\n"  # noqa: E501
    )
    assert _triples(batch, *FAULTS) == {
        ("symptom:the shaft wobbles at low speed", "indicates", "cause:bent shaft"),
        ("symptom:the shaft wobbles at low speed", "indicates", "cause:worn bush"),
        ("cause:bent shaft", "remediedBy", "remedy:replace shaft and bush"),
        ("cause:worn bush", "remediedBy", "remedy:replace shaft and bush"),
    }
    unsure = [c.status for c in batch.claims if c.predicate == "remediedBy"]
    assert unsure == ["suggested", "suggested"]


def test_procedure_with_steps_tools_torque_and_notice(said: Callable[[str], Batch]) -> None:
    batch = said(
        "# 减速机维修手册\n\n## 更换油封\n\n所需工具：拉马、扭力扳手\n\n警告：切断电源并挂牌！\n\n"
        "1. 放净齿轮油。\n2. 拆下联轴器。\n3. 装上新油封，端盖螺栓拧紧至 45 N·m。\n\n## 附录\n\n"
        "1. 型号\n2. 尺寸\n"
    )
    names = {n.node: n.name for n in batch.nodes}
    steps = [c for c in batch.claims if c.predicate == "instructs"]
    assert [names[c.object] for c in steps] == [
        "放净齿轮油",
        "拆下联轴器",
        "装上新油封，端盖螺栓拧紧至 45 N·m",
    ]
    assert [dict(c.props or {})["sequence"] for c in steps] == [1, 2, 3]
    (procedure,) = {c.subject for c in steps}
    assert names[procedure] == "更换油封"
    assert _triples(batch, "requiresTool") == {
        (procedure, "requiresTool", "tool:拉马"),
        (procedure, "requiresTool", "tool:扭力扳手"),
    }
    (notice,) = (c for c in batch.claims if c.predicate == "hasNotice")
    assert (notice.subject, names[notice.object]) == (procedure, "切断电源并挂牌")
    torque = {n.node: n.props["torqueNm"] for n in batch.nodes if "torqueNm" in n.props}
    assert torque == {steps[2].object: 45.0}
    assert (procedure, "appliesTo", "class:Gearbox") in _triples(batch, "appliesTo")


def test_procedure_keeps_its_steps_when_one_is_put_in(said: Callable[[str], Batch]) -> None:
    head = "# Pump\n\n## Change the oil\n\n"
    before = said(head + "1. Drain the oil.\n2. Fill in new oil.\n")
    after = said(head + "1. Drain the oil.\n2. Clean the plug.\n3. Fill in new oil.\n")
    assert _triples(before, "instructs") < _triples(after, "instructs")


def test_procedure_is_not_every_numbered_list(said: Callable[[str], Batch]) -> None:
    batch = said("# Pump\n\n## Scope of delivery\n\n1. Pump\n2. Base plate\n3. Spare parts\n")
    assert not _triples(batch, "instructs")


def test_part_list_with_assemblies_as_group_rows(tmp_path: Path, batch_of: Read) -> None:
    path = tmp_path / "a.html"
    path.write_text(
        "<h1>叉车备件目录</h1><table><tr><th>序号</th><th>零件号</th><th>名称</th><th>数量</th></tr>"
        "<tr><td colspan=4>驱动桥总成</td></tr><tr><td>1</td><td>QD-100-01</td><td>半轴</td><td>2</td></tr>"  # noqa: E501
        "<tr><td colspan=4>转向桥总成</td></tr><tr><td>1</td><td>ZX-200-07</td><td>转向节</td><td>2件</td></tr>"  # noqa: E501
        "</table>",
        encoding="utf-8",
    )
    batch = batch_of(path)
    fits = [c for c in batch.claims if c.predicate == "fits"]
    assert [(c.subject, c.object) for c in fits] == [
        ("part:QD-100-01", "component:驱动桥总成"),
        ("part:ZX-200-07", "component:转向桥总成"),
    ]
    assert [dict(c.props or {})["quantity"] for c in fits] == [2.0, 2.0]
    assert ("part:QD-100-01", "半轴") in {(n.node, n.name) for n in batch.nodes}


def test_plan_intervals_stand_with_the_statement(said: Callable[[str], Batch]) -> None:
    batch = said(
        "# Belt conveyor BC\n\n## Maintenance\n\n| Component | Task | Frequency |\n|---|---|---|\n"
        "| Idlers | Check for free running | weekly |\n|  | Replace | Every 10,000 h |\n"
    )
    found = {
        (c.subject, c.object): dict(c.props or {})
        for c in batch.claims
        if c.predicate == "appliesTo"
    }
    assert found == {
        ("check:idlers: check for free running", "class:BeltConveyor"): {"intervalDays": 7.0},
        ("activity:idlers: replace", "class:BeltConveyor"): {"intervalHours": 10000.0},
    }


def test_title_page_names_asset_model_and_class(said: Callable[[str], Batch]) -> None:
    batch = said("# 离心泵使用说明书\n\n型号：IS100-80\n\n设备编号：P-101A\n\n正文。\n")
    assert ("asset:P-101A", "ofClass", "class:CentrifugalPump") in _triples(batch, "ofClass")
    assert _triples(batch, "describedIn") == {
        ("class:CentrifugalPump", "describedIn", "document:MANUAL.MD"),
        ("asset:P-101A", "describedIn", "document:MANUAL.MD"),
    }
    assert any(n.node == "asset:P-101A" and n.props.get("model") == "IS100-80" for n in batch.nodes)


def test_names_that_the_ontology_knows_are_its_concepts(tmp_path: Path, schema: Schema) -> None:
    path = tmp_path / "a.md"
    path.write_text(
        "# Centrifugal pump\n\n| Fault | Cause | Remedy |\n|---|---|---|\n"
        "| Leakage | Seal wear | Replace mechanical seal |\n",
        encoding="utf-8",
    )
    (chunk,) = read_document(path, schema).chunks()
    assert _triples(chunk.batch, *FAULTS, "affects", "exhibits") == {
        ("cause:SealWear", "causes", "mode:Leakage"),
        ("cause:SealWear", "remediedBy", "remedy:ReplaceMechanicalSeal"),
        ("cause:SealWear", "affects", "class:CentrifugalPump"),
        ("class:CentrifugalPump", "exhibits", "mode:Leakage"),
    }
