"""Manuals that the readers were not developed on: layouts, words and assets of their own.

Written before the readers, with the statements that a person reads from them. They serve to
measure (`gemba bench documents`, `test_unseen_manuals`), never to tune.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kg.model import name_key
from tests.extraction.documents.browser import print_pdf
from tests.extraction.documents.pdf_writer import Page, write_pdf

Triple = tuple[str, str, str]
Row = tuple[str, str, str]  # cause, kind and text of what detects or remedies it


@dataclass(frozen=True)
class Manual:
    """A manual: how its file is made, what it is about and what it says."""

    name: str
    write: Callable[[Path], None]
    about: str  # key of the asset class
    triples: frozenset[Triple]


def _fault(
    symptom: str, *causes: tuple[str, list[str], list[str]], kind: str = "symptom"
) -> set[Triple]:
    """Triples of one fault: causes, each with its checks and remedies."""
    found: set[Triple] = set()
    sign = name_key(kind, symptom) if kind != "alarm" else f"alarm:{symptom}"
    for cause, checks, remedies in causes:
        key = name_key("cause", cause)
        found.add((sign, "indicates", key))
        found |= {(key, "detectedBy", name_key("check", check)) for check in checks}
        found |= {(key, "remediedBy", name_key("remedy", remedy)) for remedy in remedies}
    return found


# -- 1: browser-made, English, ruled, symptom over several rows, across a page break -------------

_PRESS_ROWS = [
    (
        "Press will not start",
        [
            ("Main switch is off", "Switch on the main switch"),
            ("Light curtain is interrupted", "Clear the protective field"),
            ("Emergency stop button is locked", "Unlock the button and acknowledge the fault"),
        ],
    ),
    (
        "Ram descends too slowly",
        [
            ("Oil is too cold", "Let the press run idle until the oil reaches 30 °C"),
            ("Pump delivers too little oil", "Have the pump overhauled by the service"),
        ],
    ),
    (
        "Excessive noise from power unit",
        [
            ("Suction strainer is clogged", "Clean the suction strainer"),
            ("Coupling insert is worn", "Fit a new coupling insert"),
            ("Oil level is too low", "Top up with HLP 46"),
        ],
    ),
    (
        "Pressure drops during holding",
        [
            ("Check valve leaks", "Replace the check valve"),
            ("Cylinder packing is damaged", "Renew the packing set (part no. 40-118-07)"),
        ],
    ),
]


def press_html() -> str:
    rows = []
    for symptom, causes in _PRESS_ROWS:
        for index, (cause, remedy) in enumerate(causes):
            first = f'<td rowspan="{len(causes)}">{symptom}</td>' if index == 0 else ""
            rows.append(f"<tr>{first}<td>{cause}</td><td>{remedy}.</td></tr>")
    filler = "".join(
        f"<p>Section {n}: the operator reads this chapter before work begins and keeps it at "
        "hand. Only instructed people may operate the machine.</p>"
        for n in range(1, 15)
    )
    return (
        "<html><head><style>body{font-family:'Liberation Sans'} table{border-collapse:collapse}"
        "td,th{border:1px solid black;padding:6px 8px} tr{page-break-inside:avoid}</style></head>"
        "<body><h1>HP 630 Hydraulic Press: Service Handbook</h1><h2>1 General</h2>"
        + filler
        + "<h2>2 Malfunctions</h2><table><thead><tr><th>Trouble</th><th>Probable reason</th>"
        "<th>Corrective action</th></tr></thead><tbody>"
        + "".join(rows)
        + "</tbody></table></body></html>"
    )


def _press_triples() -> set[Triple]:
    found: set[Triple] = set()
    for symptom, causes in _PRESS_ROWS:
        found |= _fault(symptom, *((cause, [], [remedy]) for cause, remedy in causes))
    found.add(
        (
            name_key("remedy", "Renew the packing set (part no. 40-118-07)"),
            "requiresPart",
            "part:40-118-07",
        )
    )
    return found


# -- 2: Chinese DOCX, merged cells, several numbered causes in one cell ---------------------------

_CNC_ROWS = [
    (
        "主轴不转",
        "①变频器报警；②传动皮带断裂；③刀具未夹紧",
        "①复位变频器；②更换传动皮带；③检查拉刀机构",
    ),
    ("加工尺寸不稳定", "①滚珠丝杠间隙过大；②导轨润滑不良", "①调整丝杠预紧；②清洗油路并补充导轨油"),
    ("冷却液不出", "①冷却泵反转\n②过滤网堵塞", "①调换电源相序\n②清洗过滤网"),
]


def _write_cnc(path: Path) -> None:
    import docx

    document = docx.Document()
    document.add_heading("VMC850 立式加工中心使用说明书", 0)
    document.add_heading("第七章 常见异常与排除", 1)
    document.add_paragraph("机床出现异常时，请先停机，并由专业维修人员按下表处理。")
    table = document.add_table(rows=1, cols=4)
    for cell, text in zip(
        table.rows[0].cells, ["序号", "异常情况", "产生原因", "排除方法"], strict=True
    ):
        cell.text = text
    for number, (symptom, causes, remedies) in enumerate(_CNC_ROWS, start=1):
        cells = table.add_row().cells
        for cell, text in zip(cells, [str(number), symptom, causes, remedies], strict=True):
            cell.text = text
    # 异响: one symptom over two rows, as merged cells
    first, second = table.add_row().cells, table.add_row().cells
    first[0].text, second[0].text = "4", "5"
    first[1].merge(second[1]).text = "主轴箱异响"
    first[2].text, first[3].text = "轴承缺油", "加注润滑脂"
    second[2].text, second[3].text = "齿轮啮合间隙过大", "调整齿轮间隙"
    document.save(str(path))


def _cnc_triples() -> set[Triple]:
    return (
        _fault("主轴不转", ("变频器报警", [], ["复位变频器"]), ("传动皮带断裂", [], ["更换传动皮带"]),  # noqa: E501
               ("刀具未夹紧", [], ["检查拉刀机构"]))
        | _fault("加工尺寸不稳定", ("滚珠丝杠间隙过大", [], ["调整丝杠预紧"]),
                 ("导轨润滑不良", [], ["清洗油路并补充导轨油"]))
        | _fault("冷却液不出", ("冷却泵反转", [], ["调换电源相序"]), ("过滤网堵塞", [], ["清洗过滤网"]))  # noqa: E501
        | _fault("主轴箱异响", ("轴承缺油", [], ["加注润滑脂"]), ("齿轮啮合间隙过大", [], ["调整齿轮间隙"]))  # noqa: E501
    )  # fmt: skip


# -- 3: Markdown, symptoms as headings, causes and solutions as nested lists ----------------------

_CONVEYOR = """\
# Belt conveyor BC-40, owner's guide

## 5. If something goes wrong

### 5.1 Belt runs off to one side

Possible causes:

- Idlers are dirty
    - Solution: Clean the idlers
- Belt joint is not square
    - Solution: Cut the joint square and splice again

### 5.2 Belt slips on the drive drum

Possible causes:

1. Belt tension is too low
    - Check: Measure the sag between two idlers
    - Solution: Retension the belt
2. Drum lagging is worn
    - Solution: Reline the drum

### 5.3 Drive motor overheats

Possible causes:

- Cooling fins are covered with dust
    - Solution: Blow the fins clean

## 6. Contact

Call the dealer.
"""


def _conveyor_triples() -> set[Triple]:
    return (
        _fault("Belt runs off to one side", ("Idlers are dirty", [], ["Clean the idlers"]),
               ("Belt joint is not square", [], ["Cut the joint square and splice again"]))
        | _fault("Belt slips on the drive drum",
                 ("Belt tension is too low", ["Measure the sag between two idlers"], ["Retension the belt"]),  # noqa: E501
                 ("Drum lagging is worn", [], ["Reline the drum"]))
        | _fault("Drive motor overheats", ("Cooling fins are covered with dust", [], ["Blow the fins clean"]))  # noqa: E501
    )  # fmt: skip


# -- 4: PDF without lines, Chinese, alarm numbers -------------------------------------------------

_ALARMS = [
    ("AL-011", "伺服电机过载", "检查负载和联轴器"),
    ("AL-012", "编码器断线", "检查编码器电缆"),
    ("AL-020", "液压油温过高", "清洗油冷却器"),
    ("AL-031", "安全门未关闭", "关闭安全门"),
    ("AL-045", "润滑油位过低", "加注润滑油"),
]


def _write_moulding(path: Path) -> None:
    page = Page()
    page.text(60, 70, "HTF160 注塑机维护手册", size=18)
    page.text(60, 120, "9 报警一览", size=14)
    page.text(60, 145, "控制器显示报警号时，按下表查找含义并处理。")
    for x, header in ((60, "报警号"), (150, "报警含义"), (330, "处理措施")):
        page.text(x, 180, header)
    for index, (code, meaning, remedy) in enumerate(_ALARMS):
        y = 204 + 22 * index
        page.text(60, y, code)
        page.text(150, y, meaning)
        page.text(330, y, remedy)
    page.text(60, 400, "如仍不能排除，请联系本公司售后服务部门，并告知机器编号和报警号。")
    write_pdf(path, [page])


def _moulding_triples() -> set[Triple]:
    found: set[Triple] = set()
    for code, meaning, remedy in _ALARMS:
        found |= _fault(code, (meaning, [], [remedy]), kind="alarm")
    return found


# -- 5: PPTX, English, maintenance plan -----------------------------------------------------------

_PLAN = [
    ("Air filter", "Clean or replace", "Weekly", 7.0),
    ("V-belts", "Check tension", "Monthly", 30.0),
    ("Safety valve", "Test function", "Every 6 months", 180.0),
    ("Compressor oil", "Change", "Every 2,000 h", 2000.0),
]


def _write_compressor(path: Path) -> None:
    from pptx import Presentation
    from pptx.util import Inches

    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[0])
    slide.shapes.title.text = "KX 22 screw compressor"
    slide.placeholders[1].text = "Training for maintenance staff"
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "Maintenance plan"
    table = slide.shapes.add_table(
        len(_PLAN) + 1, 3, Inches(1), Inches(2), Inches(8), Inches(3)
    ).table
    for column, text in enumerate(["Assembly", "Work to be done", "Frequency"]):
        table.cell(0, column).text = text
    for row, (part, task, interval, _) in enumerate(_PLAN, start=1):
        for column, text in enumerate([part, task, interval]):
            table.cell(row, column).text = text
    slide.notes_slide.notes_text_frame.text = "Remind everybody of the lock-out rules."
    deck.save(str(path))


def _compressor_triples() -> set[Triple]:
    target = "class:ScrewCompressor"
    return {
        (name_key("activity", "Air filter: clean or replace"), "appliesTo", target),
        (name_key("check", "V-belts: check tension"), "appliesTo", target),
        (name_key("check", "Safety valve: test function"), "appliesTo", target),
        (name_key("activity", "Compressor oil: change"), "appliesTo", target),
    }


# -- 6: English DOCX: a procedure with tools, torque and a warning, and a part list ----------------

_GEARBOX_STEPS = [
    "Drain the oil into a clean container.",
    "Remove the four cover screws with a 13 mm socket wrench.",
    "Pull the input bearing off the shaft.",
    "Heat the new bearing to 80 °C and slide it on.",
    "Fit the cover and tighten the cover screws to 24 Nm.",
]
_GEARBOX_PARTS = [
    ("10", "GB-2210-01", "Input shaft", "1"),
    ("20", "GB-2210-02", "Input bearing", "2"),
    ("30", "GB-2210-05", "Radial shaft seal", "1"),
]


def _write_gearbox(path: Path) -> None:
    import docx

    document = docx.Document()
    document.add_paragraph("Gearbox GB-22", style="Title")
    document.add_heading("Repair", 1)
    document.add_heading("Renewing the input bearing", 2)
    document.add_paragraph("Required tools: 13 mm socket wrench, bearing puller, induction heater")
    document.add_paragraph("WARNING! Hot parts. Wear heat-resistant gloves.")
    for step in _GEARBOX_STEPS:
        document.add_paragraph(step, style="List Number")
    document.add_heading("Spare parts", 1)
    document.add_paragraph("Figure 3: Input side", style="Caption")
    table = document.add_table(rows=1, cols=4)
    for cell, text in zip(
        table.rows[0].cells, ["Item", "Order no.", "Designation", "Pcs."], strict=True
    ):
        cell.text = text
    for row in _GEARBOX_PARTS:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    document.save(str(path))


def _gearbox_triples() -> set[Triple]:
    procedure = "procedure:Renewing the input bearing"
    found: set[Triple] = {(procedure, "instructs", f"instruction:{s}") for s in _GEARBOX_STEPS}
    found |= {
        (procedure, "requiresTool", f"tool:{tool}")
        for tool in ("13 MM SOCKET WRENCH", "BEARING PULLER", "INDUCTION HEATER")
    }
    found.add((procedure, "hasNotice", "notice:Hot parts. Wear heat-resistant gloves."))
    found |= {
        (f"part:{code}", "fits", name_key("component", "Input side"))
        for _, code, _, _ in _GEARBOX_PARTS
    }
    return found


# -- 7: Chinese HTML: labelled paragraphs, torque table --------------------------------------------

_CRANE = """\
<html><head><title>QD型桥式起重机维修手册</title></head><body>
<nav><a href="#a">目录</a></nav>
<h1>QD型桥式起重机维修手册</h1>
<h2>六、故障诊断</h2>
<p><b>故障现象：</b>制动器打滑</p>
<p><b>原因分析：</b>制动片磨损严重</p>
<p><b>处理办法：</b>更换制动片</p>
<p><b>故障现象：</b>大车啃轨</p>
<p><b>原因分析：</b>（1）车轮安装偏斜；（2）轨道变形</p>
<p><b>处理办法：</b>（1）重新调整车轮；（2）校正轨道</p>
<h2>七、紧固力矩</h2>
<table><tr><th>部位</th><th>螺栓规格</th><th>拧紧力矩（N·m）</th></tr>
<tr><td>减速器底座</td><td>M20</td><td>380</td></tr>
<tr><td>车轮轴承座</td><td>M16</td><td>195±10</td></tr></table>
<script>alert("no")</script>
</body></html>
"""


def _crane_triples() -> set[Triple]:
    crane = "class:Crane"
    return (
        _fault("制动器打滑", ("制动片磨损严重", [], ["更换制动片"]))
        | _fault("大车啃轨", ("车轮安装偏斜", [], ["重新调整车轮"]), ("轨道变形", [], ["校正轨道"]))
        | {
            (crane, "hasParameter", name_key("parameter", "拧紧力矩：减速器底座 M20")),
            (crane, "hasParameter", name_key("parameter", "拧紧力矩：车轮轴承座 M16")),
        }
    )  # fmt: skip


# -- 8: plain text, English, indented -------------------------------------------------------------

_FAN = """\
CENTRIFUGAL FAN SERIES VR
INSTALLATION AND MAINTENANCE

4 TROUBLESHOOTING

Fault: Fan vibrates strongly
Cause: Deposits on the impeller
Remedy: Clean the impeller
Cause: Foundation bolts have come loose
Remedy: Tighten the foundation bolts

Fault: Air flow is too low
Cause: Filter mats are saturated
Check: Read the differential pressure gauge
Remedy: Replace the filter mats

5 DISPOSAL

Dispose of the fan according to the local rules.
"""


def _fan_triples() -> set[Triple]:
    return (
        _fault("Fan vibrates strongly", ("Deposits on the impeller", [], ["Clean the impeller"]),
               ("Foundation bolts have come loose", [], ["Tighten the foundation bolts"]))
        | _fault("Air flow is too low",
                 ("Filter mats are saturated", ["Read the differential pressure gauge"], ["Replace the filter mats"]))  # noqa: E501
    )  # fmt: skip


# -- 9: Chinese scheme of maintenance with marks by column, in a workbook -------------------------

_PLAN_ZH = [
    ("检查钢丝绳磨损", "●", "", ""),
    ("润滑滑轮轴承", "", "●", ""),
    ("更换减速器齿轮油", "", "", "●"),
]


def _write_plan_zh(path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "保养计划"
    sheet.append(["电动葫芦 定期保养项目表"])
    sheet.append(["保养内容", "每日", "每月", "每年"])
    for row in _PLAN_ZH:
        sheet.append(list(row))
    book.save(str(path))


def _plan_zh_triples() -> set[Triple]:
    hoist = "class:Crane"
    return {
        (name_key("check", "检查钢丝绳磨损"), "appliesTo", hoist),
        (name_key("activity", "润滑滑轮轴承"), "appliesTo", hoist),
        (name_key("activity", "更换减速器齿轮油"), "appliesTo", hoist),
    }


# -- 10: PDF, English, ruled rows only (no vertical lines), columns in unusual order ----------------  # noqa: E501


def _write_pump(path: Path) -> None:
    page = Page()
    page.text(60, 60, "Series NB Centrifugal Pumps", size=20, bold=True)
    page.text(60, 110, "8.2 Fault finding", size=13, bold=True)
    page.line(60, 130, 540, 130)
    for x, header in ((60, "What to do"), (250, "Why"), (420, "Fault")):
        page.text(x, 145, header, bold=True)
    page.line(60, 152, 540, 152)
    rows = [
        (["Prime the pump and the", "suction line"], ["Air in the suction line"], ["No delivery"]),
        (["Open the discharge valve"], ["Discharge valve is closed"], [""]),
        (["Align the pump set anew"], ["Coupling is out of line"], ["Bearings get hot"]),
        (["Change the grease"], ["Grease is aged"], [""]),
    ]
    y = 168.0
    for row in rows:
        height = 0
        for x, lines in zip((60, 250, 420), row, strict=True):
            for index, line in enumerate(lines):
                page.text(x, y + 13 * index, line)
            height = max(height, len(lines))
        y += 13 * height + 3
        page.line(60, y - 8, 540, y - 8)
        y += 6
    page.text(60, 800, "NB 05/2024", size=8)
    page.text(520, 800, "17", size=8)
    write_pdf(path, [page])


def _pump_triples() -> set[Triple]:
    return (
        _fault("No delivery", ("Air in the suction line", [], ["Prime the pump and the suction line"]),  # noqa: E501
               ("Discharge valve is closed", [], ["Open the discharge valve"]))
        | _fault("Bearings get hot", ("Coupling is out of line", [], ["Align the pump set anew"]),
                 ("Grease is aged", [], ["Change the grease"]))
    )  # fmt: skip


def _text(text: str) -> Callable[[Path], None]:
    return lambda path: path.write_text(text, encoding="utf-8") and None


def _browser_made(path: Path) -> None:
    """A page of `press_html` as a browser printed it."""
    print_pdf(press_html(), path)


UNSEEN = (
    Manual("press.pdf", _browser_made, "class:HydraulicPress", frozenset(_press_triples())),
    Manual("cnc.docx", _write_cnc, "class:MachiningCentre", frozenset(_cnc_triples())),
    Manual("conveyor.md", _text(_CONVEYOR), "class:BeltConveyor", frozenset(_conveyor_triples())),
    Manual(
        "moulding.pdf",
        _write_moulding,
        "class:InjectionMouldingMachine",
        frozenset(_moulding_triples()),
    ),
    Manual(
        "compressor.pptx",
        _write_compressor,
        "class:ScrewCompressor",
        frozenset(_compressor_triples()),
    ),
    Manual("gearbox.docx", _write_gearbox, "class:Gearbox", frozenset(_gearbox_triples())),
    Manual("crane.html", _text(_CRANE), "class:Crane", frozenset(_crane_triples())),
    Manual("fan.txt", _text(_FAN), "class:Fan", frozenset(_fan_triples())),
    Manual("plan.xlsx", _write_plan_zh, "class:Crane", frozenset(_plan_zh_triples())),
    Manual("pump.pdf", _write_pump, "class:CentrifugalPump", frozenset(_pump_triples())),
)
