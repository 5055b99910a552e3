"""A fourth set of unseen manuals: matrices of marks, trees of questions, lists of numbers, cards.

As in `unseen`: the statements are those that a person reads; nothing is tuned to these files.
"""

from __future__ import annotations

from pathlib import Path

from kg.model import name_key
from tests.extraction.documents.pdf_writer import Page, write_pdf
from tests.extraction.documents.unseen import Manual, Triple, _fault, _text

# -- 1: HTML, English, a matrix: causes down, symptoms across, marks where they meet -----------------  # noqa: E501

_MATRIX_SIGNS = ["Delivers nothing", "Head is too small", "Draws too much power", "Runs loudly"]
_MATRIX = [
    ("Suction line not vented", "X  X"),
    ("Impeller clogged", "XX X"),
    ("Wrong direction of rotation", "XX  "),
    ("Liquid too viscous", "  X "),
    ("Bearing worn", "  XX"),
]


def _matrix_html() -> str:
    head = "".join(f"<th>{sign}</th>" for sign in _MATRIX_SIGNS)
    rows = "".join(
        f"<tr><td>{cause}</td>"
        + "".join(f"<td>{'&#10003;' if mark == 'X' else ''}</td>" for mark in marks)
        + "</tr>"
        for cause, marks in _MATRIX
    )
    return (
        "<html><body><h1>KSP 80 centrifugal pump, operating manual</h1><h2>11 Fault matrix</h2>"
        f"<table><tr><th>Possible cause</th>{head}</tr>{rows}</table></body></html>"
    )


def _matrix_triples() -> set[Triple]:
    return {
        (name_key("symptom", sign), "indicates", name_key("cause", cause))
        for cause, marks in _MATRIX
        for sign, mark in zip(_MATRIX_SIGNS, marks, strict=True)
        if mark == "X"
    }


# -- 2: XLSX, Chinese, a matrix the other way round, with a legend and a title -----------------------  # noqa: E501

_GRID_CAUSES = ["轴承磨损", "转子不平衡", "地脚螺栓松动", "润滑脂变质"]
_GRID = [("机壳抖动明显", "√√√ "), ("轴承座烫手", "√  √"), ("声音刺耳", "√√ √")]


def _write_grid(path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "诊断表"
    sheet.append(["离心风机故障诊断对照表"])
    sheet.append(["故障现象＼原因", *_GRID_CAUSES])
    for sign, marks in _GRID:
        sheet.append([sign, *(mark if mark != " " else None for mark in marks)])
    sheet.append(["注：√ 表示可能的原因"])
    book.save(str(path))


def _grid_triples() -> set[Triple]:
    return {
        (name_key("symptom", sign), "indicates", name_key("cause", cause))
        for sign, marks in _GRID
        for cause, mark in zip(_GRID_CAUSES, marks, strict=True)
        if mark != " "
    }


# -- 3: PDF, English, ruled: faults with the numbers of causes, the causes in a list below -----------  # noqa: E501

_NUMBERED = [("Pump delivers no liquid", "1, 2"), ("Shaft seal leaks", "3"),
             ("Motor is overloaded", "2, 4")]  # fmt: skip
_KEY = [("1", "Pump is not primed", "Prime the pump"),
        ("2", "Impeller is blocked", "Clean the impeller"),
        ("3", "Seal faces are scored", "Replace the mechanical seal"),
        ("4", "Density is above the design value", "Consult the manufacturer")]  # fmt: skip


def _table(page: Page, top: float, columns: list[float], rows: list[list[str]]) -> float:
    for index in range(len(rows) + 1):
        page.line(columns[0], top + 20 * index, columns[-1], top + 20 * index)
    for x in columns:
        page.line(x, top, x, top + 20 * len(rows))
    for r, row in enumerate(rows):
        for x, text in zip(columns, row, strict=False):
            page.text(x + 4, top + 20 * r + 14, text)
    return top + 20 * len(rows)


def _write_numbered(path: Path) -> None:
    page = Page()
    page.text(50, 60, "Slurry pump SL-150 Instruction Manual", size=18, bold=True)
    page.text(50, 110, "10 Troubleshooting", size=13, bold=True)
    end = _table(
        page, 125, [50, 300, 540],
        [["Fault", "Cause no. (see key)"], *([a, b] for a, b in _NUMBERED)],
    )  # fmt: skip
    page.text(50, end + 30, "Key to causes", size=11, bold=True)
    _table(
        page, end + 45, [50, 90, 320, 540],
        [["No.", "Cause", "Remedy"], *(list(row) for row in _KEY)],
    )  # fmt: skip
    write_pdf(path, [page])


def _numbered_triples() -> set[Triple]:
    key = {number: (cause, remedy) for number, cause, remedy in _KEY}
    found: set[Triple] = set()
    for sign, numbers in _NUMBERED:
        found |= _fault(sign, *((key[n][0], [], [key[n][1]]) for n in numbers.split(", ")))
    return found


# -- 4: text, English, a tree of questions with answers that lead on ---------------------------------  # noqa: E501

_TREE = """\
BELT CONVEYOR BC-5
SERVICE GUIDE

5 DIAGNOSIS

5.1 Motor does not start

1. Is the mains voltage present at terminals L1 to L3?
   YES: Go to step 2.
   NO: Main fuse has blown. Replace the main fuse.
2. Does the contactor pull in?
   YES: Go to step 3.
   NO: Contactor coil is open. Replace the contactor.
3. Is the winding resistance between 4 and 6 ohms?
   YES: Drive belt is jammed. Free the drive belt.
   NO: Motor winding is damaged. Exchange the motor.

6 STORAGE

Store in a dry place.
"""

_TREE_LEAVES = [
    ("Main fuse has blown", "Is the mains voltage present at terminals L1 to L3?",
     "Replace the main fuse"),
    ("Contactor coil is open", "Does the contactor pull in?", "Replace the contactor"),
    ("Drive belt is jammed", "Is the winding resistance between 4 and 6 ohms?",
     "Free the drive belt"),
    ("Motor winding is damaged", "Is the winding resistance between 4 and 6 ohms?",
     "Exchange the motor"),
]  # fmt: skip


def _tree_triples() -> set[Triple]:
    return _fault(
        "Motor does not start", *((cause, [check], [fix]) for cause, check, fix in _TREE_LEAVES)
    )


# -- 5: DOCX, Chinese, a tree in paragraphs with arrows ----------------------------------------------  # noqa: E501

_STEPS_ZH = [
    "步骤1：检查气源压力是否正常？是→步骤2；否→气源压力不足，调高减压阀压力",
    "步骤2：检查电磁阀是否得电？是→步骤3；否→电磁阀线圈烧毁，更换电磁阀线圈",
    "步骤3：检查气缸活塞密封是否完好？是→联系厂家；否→活塞密封圈老化，更换密封圈",
]


def _write_tree_zh(path: Path) -> None:
    import docx

    document = docx.Document()
    document.add_heading("码垛机器人气动夹爪维护手册", 0)
    document.add_heading("4 故障诊断流程", 1)
    document.add_heading("4.1 夹爪不动作", 2)
    for step in _STEPS_ZH:
        document.add_paragraph(step)
    document.save(str(path))


def _tree_zh_triples() -> set[Triple]:
    return _fault(
        "夹爪不动作",
        ("气源压力不足", ["检查气源压力是否正常？"], ["调高减压阀压力"]),
        ("电磁阀线圈烧毁", ["检查电磁阀是否得电？"], ["更换电磁阀线圈"]),
        ("活塞密封圈老化", ["检查气缸活塞密封是否完好？"], ["更换密封圈"]),
    )


# -- 6: Markdown, Chinese, the table lies on its side ------------------------------------------------  # noqa: E501

_SIDEWAYS = """\
# 数控车床 CK6140 使用手册

## 6 常见故障

| 故障现象 | 主轴异响 | 刀架不转位 | 尾座顶尖发热 |
|---|---|---|---|
| 可能原因 | 主轴轴承损坏 | 刀架电机缺相 | 顶紧力过大 |
| 排除方法 | 更换主轴轴承 | 检查电源接线 | 减小顶紧力 |
"""


def _sideways_triples() -> set[Triple]:
    return (
        _fault("主轴异响", ("主轴轴承损坏", [], ["更换主轴轴承"]))
        | _fault("刀架不转位", ("刀架电机缺相", [], ["检查电源接线"]))
        | _fault("尾座顶尖发热", ("顶紧力过大", [], ["减小顶紧力"]))
    )


# -- 7: HTML, English, questions and answers that fold open ------------------------------------------  # noqa: E501

_FOLDING = """\
<!doctype html><html><head><title>Packaging machine FB-3: help</title></head><body>
<h1>Packaging machine FB-3</h1><h2>Troubleshooting</h2>
<details><summary>The film tears</summary><dl>
<dt>Cause</dt><dd>Film tension is too high</dd><dt>Solution</dt><dd>Reduce the film tension</dd>
</dl></details>
<details><summary>The knife does not cut through</summary><dl>
<dt>Cause</dt><dd>Knife is blunt</dd><dt>Solution</dt><dd>Replace the knife</dd>
<dt>Cause</dt><dd>Air pressure is too low</dd><dt>Solution</dt><dd>Set the pressure to 6 bar</dd>
</dl></details></body></html>
"""


def _folding_triples() -> set[Triple]:
    return _fault(
        "The film tears", ("Film tension is too high", [], ["Reduce the film tension"])
    ) | _fault(
        "The knife does not cut through",
        ("Knife is blunt", [], ["Replace the knife"]),
        ("Air pressure is too low", [], ["Set the pressure to 6 bar"]),
    )


# -- 8: PDF, Chinese, ruled: technical data with ranges and limits -----------------------------------  # noqa: E501


def _write_data(path: Path) -> None:
    page = Page()
    page.text(50, 60, "YH32-315 液压机使用说明书", size=18)
    page.text(50, 110, "2 主要技术参数", size=13)
    _table(
        page, 125, [50, 250, 400, 540],
        [["项目", "数值", "单位"], ["系统工作压力", "16~25", "MPa"],
         ["油箱油温", "≤60", "℃"], ["主缸行程", "800", "mm"]],
    )  # fmt: skip
    write_pdf(path, [page])


def _data_triples() -> set[Triple]:
    press = "class:HydraulicPress"
    return {
        (press, "hasParameter", name_key("parameter", name))
        for name in ("系统工作压力", "油箱油温", "主缸行程")
    }


# -- 9: text, Chinese, labels in brackets on running lines --------------------------------------------  # noqa: E501

_BRACKETS = """\
冷水机组维修案例

【故障现象】压缩机频繁启停
【故障原因】1.制冷剂泄漏 2.温控器设定不当
【处理方法】1.检漏补焊并充注制冷剂 2.重新设定温控器

【故障现象】冷冻水温度降不下来
【故障原因】冷凝器结垢
【处理方法】清洗冷凝器
"""


def _brackets_triples() -> set[Triple]:
    return (
        _fault("压缩机频繁启停", ("制冷剂泄漏", [], ["检漏补焊并充注制冷剂"]),
               ("温控器设定不当", [], ["重新设定温控器"]))
        | _fault("冷冻水温度降不下来", ("冷凝器结垢", [], ["清洗冷凝器"]))
    )  # fmt: skip


# -- 10: XLSX, English, an alarm list with a reaction, notes and codes that are given once ------------  # noqa: E501

_ALARM_ROWS = [
    ("F0101", "Spindle overtemperature", "Stop", "Cooling pump has failed", "Replace the pump"),
    ("", "", "", "Chiller filter is dirty", "Clean the filter"),
    ("F0230", "Axis following error", "Stop", "Ballscrew is stiff", "Lubricate the ballscrew"),
    ("F0305", "Battery voltage low", "Warning", "Battery is flat", "Change the battery"),
]


def _write_alarm_list(path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    cover = book.active
    cover.title = "Cover"
    cover.append(["Machining centre MC-500, alarm list"])
    cover.append(["Issue 4"])
    sheet = book.create_sheet("Alarms")
    sheet.append(["Alarms of the machining centre MC-500"])
    sheet.append([])
    sheet.append(["Code", "Message", "Reaction", "Possible cause", "Action"])
    for row in _ALARM_ROWS:
        sheet.append([text or None for text in row])
    sheet.append([])
    sheet.append(["Acknowledge every alarm after it was remedied."])
    book.save(str(path))


def _alarm_list_triples() -> set[Triple]:
    found: set[Triple] = set()
    code = ""
    for row in _ALARM_ROWS:
        code = row[0] or code
        found |= _fault(code, (row[3], [], [row[4]]), kind="alarm")
    return found


# -- 11: DOCX, English, two columns: cause and remedy stand in one cell ------------------------------  # noqa: E501

_PAIRS = [
    ("Blower does not start", ["Thermal relay has tripped – reset the thermal relay",
                               "Supply cable is broken – repair the cable"]),
    ("Blower hums but does not turn", ["Impeller is jammed – free the impeller"]),
]  # fmt: skip


def _write_pairs(path: Path) -> None:
    import docx

    document = docx.Document()
    document.add_heading("Side channel blower SB 50", 0)
    document.add_heading("Faults and how to put them right", 1)
    table = document.add_table(rows=1, cols=2)
    table.rows[0].cells[0].text = "Fault"
    table.rows[0].cells[1].text = "Possible cause – remedy"
    for sign, pairs in _PAIRS:
        cells = table.add_row().cells
        cells[0].text = sign
        cells[1].text = pairs[0]
        for pair in pairs[1:]:
            cells[1].add_paragraph(pair)
    document.save(str(path))


def _pairs_triples() -> set[Triple]:
    found: set[Triple] = set()
    for sign, pairs in _PAIRS:
        parts = [pair.split(" – ") for pair in pairs]
        found |= _fault(sign, *((cause, [], [remedy]) for cause, remedy in parts))
    return found


UNSEEN = (
    Manual(
        "matrix.html", _text(_matrix_html()), "class:CentrifugalPump", frozenset(_matrix_triples())
    ),
    Manual("grid.xlsx", _write_grid, "class:Fan", frozenset(_grid_triples())),
    Manual("numbered.pdf", _write_numbered, "class:Pump", frozenset(_numbered_triples())),
    Manual("tree.txt", _text(_TREE), "class:BeltConveyor", frozenset(_tree_triples())),
    Manual("tree.docx", _write_tree_zh, "class:IndustrialRobot", frozenset(_tree_zh_triples())),
    Manual("sideways.md", _text(_SIDEWAYS), "class:Lathe", frozenset(_sideways_triples())),
    Manual(
        "folding.html", _text(_FOLDING), "class:PackagingMachine", frozenset(_folding_triples())
    ),
    Manual("data.pdf", _write_data, "class:HydraulicPress", frozenset(_data_triples())),
    Manual("brackets.txt", _text(_BRACKETS), "class:Chiller", frozenset(_brackets_triples())),
    Manual(
        "alarms.xlsx", _write_alarm_list, "class:MachiningCentre", frozenset(_alarm_list_triples())
    ),
    Manual("pairs.docx", _write_pairs, "class:Fan", frozenset(_pairs_triples())),
)
