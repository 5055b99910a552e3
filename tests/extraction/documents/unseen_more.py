"""More manuals of unseen layouts, nastier ones, written after the first readers stood.

As in `unseen`, the statements are those that a person reads; nothing is tuned to these files.
"""

from __future__ import annotations

from pathlib import Path

from kg.model import name_key
from tests.extraction.documents.browser import print_pdf
from tests.extraction.documents.pdf_writer import Page, write_pdf
from tests.extraction.documents.unseen import Manual, Triple, _fault, _text

# -- 1: DOCX, the sign is the heading, a table of causes below each; a table of contents -----------

_ROBOT = {
    "8.1 Arm does not reach the position": [
        ("Belt has jumped a tooth", "Recalibrate axis 3"),
        ("Brake does not release fully", "Measure the brake voltage"),
    ],
    "8.2 Teach pendant stays dark": [("Cable is broken", "Replace the pendant cable")],
}


def _write_robot(path: Path) -> None:
    import docx

    document = docx.Document()
    document.add_paragraph("Industrial robot RX-6 – Service instructions", style="Title")
    document.add_paragraph("Contents", style="Heading 1")
    for line in ("1 Safety ........ 3", "8 Troubleshooting ........ 41"):
        document.add_paragraph(line)
    document.add_paragraph("8 Troubleshooting", style="Heading 1")
    for sign, rows in _ROBOT.items():
        document.add_paragraph(sign, style="Heading 2")
        table = document.add_table(rows=1, cols=2)
        table.rows[0].cells[0].text, table.rows[0].cells[1].text = "Possible cause", "Rectification"
        for cause, remedy in rows:
            cells = table.add_row().cells
            cells[0].text, cells[1].text = cause, remedy
    document.save(str(path))


def _robot_triples() -> set[Triple]:
    found: set[Triple] = set()
    for sign, rows in _ROBOT.items():
        found |= _fault(sign[4:], *((cause, [], [remedy]) for cause, remedy in rows))
    return found


# -- 2: browser-made PDF, Chinese, numbered causes and remedies, signs over rows and pages ----------  # noqa: E501

_WELDER = [
    ("焊机不起弧", [("接地电缆未接好", "重新连接接地电缆"), ("送丝轮打滑", "调整压紧力")]),
    ("焊缝出现气孔", [("保护气体流量不足", "调高气体流量"), ("喷嘴被飞溅堵塞", "清理喷嘴")]),
    ("送丝不均匀", [("导电嘴磨损", "更换导电嘴"), ("送丝软管弯曲过急", "理顺送丝软管"), ("焊丝盘阻尼过大", "调松阻尼螺母")]),  # noqa: E501
    ("主机过热停机", [("散热风道积尘", "吹净风道"), ("环境温度超过40℃", "改善通风条件")]),
]  # fmt: skip


def welder_html() -> str:
    rows = "".join(
        f'<tr><td rowspan="{len(c)}">{n}</td><td rowspan="{len(c)}">{s}</td>'
        + "</tr><tr>".join(f"<td>({i}){a}</td><td>({i}){b}</td>" for i, (a, b) in enumerate(c, 1))
        + "</tr>"
        for n, (s, c) in enumerate(_WELDER, start=1)
    )
    filler = "".join(
        f"<p>　　第{n}条　操作人员应熟读本手册，未经培训不得操作本设备。</p>" for n in range(1, 24)
    )
    return (
        "<html><head><style>@page{size:A4;margin:22mm 18mm} body{font-family:'WenQuanYi Zen Hei'}"
        "table{border-collapse:collapse;width:100%} td,th{border:1px solid #333;padding:5px}</style>"  # noqa: E501
        "</head><body><h1>ZW-500 弧焊机器人工作站 维护手册</h1><h2>一、总则</h2>"
        + filler
        + "<h2>二、常见故障及处理</h2><table><thead><tr><th>编号</th><th>故障表现</th><th>故障成因</th>"  # noqa: E501
        "<th>处置对策</th></tr></thead>" + rows + "</table></body></html>"
    )


def _write_welder(path: Path) -> None:
    print_pdf(welder_html(), path)


def _welder_triples() -> set[Triple]:
    found: set[Triple] = set()
    for sign, rows in _WELDER:
        found |= _fault(sign, *((cause, [], [remedy]) for cause, remedy in rows))
    return found


# -- 3: HTML, definition list and nested ordered lists ----------------------------------------------  # noqa: E501

_FURNACE = """\
<!doctype html><title>Industrial furnace IF-9: user guide</title>
<h1>Industrial furnace IF-9</h1>
<h2>Fault diagnosis</h2>
<h3>Temperature fluctuates</h3>
<ol><li>Thermocouple sits loose <ol type=a><li>Push the thermocouple in fully</li></ol></li>
<li>Controller is wrongly tuned <ol type=a><li>Run the self-tuning</li></ol></li></ol>
<h3>Door does not close tightly</h3>
<ul><li>Rope seal is flattened → Replace the rope seal</li>
<li>Hinge has sagged → Adjust the hinge</li></ul>
<h2>Declaration of conformity</h2><p>We declare under our sole responsibility.</p>
"""


def _furnace_triples() -> set[Triple]:
    return (
        _fault("Temperature fluctuates",
               ("Thermocouple sits loose", [], ["Push the thermocouple in fully"]),
               ("Controller is wrongly tuned", [], ["Run the self-tuning"]))
        | _fault("Door does not close tightly",
                 ("Rope seal is flattened", [], ["Replace the rope seal"]),
                 ("Hinge has sagged", [], ["Adjust the hinge"]))
    )  # fmt: skip


# -- 4: plain text, Chinese, typed numbering, three levels -------------------------------------------  # noqa: E501

_ROLLER = """\
压滤机操作维护规程

第一章  总则
1.1 本规程适用于XMZ型压滤机。

第四章  故障处理
1、滤板间跑料
  （1）滤板密封面夹有杂物：清理密封面
  （2）油压不足：将油压调至规定值
2、滤液浑浊
  （1）滤布破损：更换滤布
  （2）滤布孔选择不当：更换合适的滤布

第五章  附则
本规程自发布之日起执行。
"""


def _roller_triples() -> set[Triple]:
    return (
        _fault("滤板间跑料", ("滤板密封面夹有杂物", [], ["清理密封面"]), ("油压不足", [], ["将油压调至规定值"]))  # noqa: E501
        | _fault("滤液浑浊", ("滤布破损", [], ["更换滤布"]), ("滤布孔选择不当", [], ["更换合适的滤布"]))  # noqa: E501
    )  # fmt: skip


# -- 5: PDF, part list without lines, assemblies as headings -----------------------------------------  # noqa: E501

_AXLE = {
    "Drive head": [("1", "DH-3301", "Crown wheel", "1"), ("2", "DH-3302", "Pinion shaft", "1"),
                   ("3", "DH-3310", "Taper roller bearing", "2")],
    "Wheel hub": [("1", "WH-1001", "Hub", "2"), ("2", "WH-1004", "Oil seal", "2"),
                  ("3", "WH-1009", "Wheel stud", "20")],
}  # fmt: skip


def _write_axle(path: Path) -> None:
    page = Page()
    page.text(70, 60, "Forklift FD30 spare parts catalogue", size=16, bold=True)
    y = 110.0
    for assembly, parts in _AXLE.items():
        page.text(70, y, assembly, size=12, bold=True)
        y += 24
        for x, header in ((70, "Ref."), (120, "Part number"), (240, "Description"), (430, "Qty")):
            page.text(x, y, header, size=9)
        for part in parts:
            y += 16
            for x, text in zip((70, 120, 240, 430), part, strict=True):
                page.text(x, y, text, size=9)
        y += 40
    write_pdf(path, [page])


def _axle_triples() -> set[Triple]:
    return {
        (f"part:{part[1]}", "fits", name_key("component", assembly))
        for assembly, parts in _AXLE.items()
        for part in parts
    }


# -- 6: PPTX, a slide for each fault -----------------------------------------------------------------  # noqa: E501

_SLIDES = {
    "Palletiser drops boxes": [("Cause: Vacuum cups are porous", 0), ("Remedy: Renew the cups", 1),
                               ("Cause: Vacuum filter is clogged", 0), ("Remedy: Change the filter", 1)],  # noqa: E501
    "Palletiser stops in mid-cycle": [("Cause: Light barrier is dirty", 0), ("Remedy: Wipe the lens", 1)],  # noqa: E501
}  # fmt: skip


def _write_slides(path: Path) -> None:
    from pptx import Presentation

    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[0])
    slide.shapes.title.text = "Troubleshooting the packaging machine PM-4"
    for title, lines in _SLIDES.items():
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = title
        frame = slide.placeholders[1].text_frame
        for number, (line, level) in enumerate(lines):
            paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
            paragraph.text, paragraph.level = line, level
    deck.save(str(path))


def _slides_triples() -> set[Triple]:
    return (
        _fault("Palletiser drops boxes", ("Vacuum cups are porous", [], ["Renew the cups"]),
               ("Vacuum filter is clogged", [], ["Change the filter"]))
        | _fault("Palletiser stops in mid-cycle", ("Light barrier is dirty", [], ["Wipe the lens"]))
    )  # fmt: skip


# -- 7: DOCX, Chinese procedure with typed numbers, a notice between, torque -------------------------  # noqa: E501

_BLOWER_STEPS = [
    "拆下皮带罩和皮带",
    "松开轴承座螺栓",
    "用拉马拉出旧轴承",
    "将新轴承加热后装入",
    "以 120 N·m 的力矩拧紧轴承座螺栓",
]


def _write_blower(path: Path) -> None:
    import docx

    document = docx.Document()
    document.add_heading("罗茨鼓风机检修作业指导书", 0)
    document.add_heading("3 轴承更换", 1)
    document.add_paragraph("工具准备：拉马、感应加热器、扭力扳手")
    for number, step in enumerate(_BLOWER_STEPS, start=1):
        document.add_paragraph(f"{number}、{step}。")
        if number == 3:
            document.add_paragraph("注意：加热温度不得超过110℃。")
    document.add_heading("4 验收", 1)
    document.add_paragraph("试运行两小时，振动值应合格。")
    document.save(str(path))


def _blower_triples() -> set[Triple]:
    procedure = "procedure:轴承更换"
    found: set[Triple] = {(procedure, "instructs", f"instruction:{step}") for step in _BLOWER_STEPS}
    found |= {
        (procedure, "requiresTool", f"tool:{tool}") for tool in ("拉马", "感应加热器", "扭力扳手")
    }
    found.add((procedure, "hasNotice", "notice:加热温度不得超过110℃"))
    return found


# -- 8: XLSX, the period stands in rows of its own ---------------------------------------------------  # noqa: E501

_PERIODS = {"每周保养": ["清洁控制柜滤网", "检查皮带张力"], "每半年保养": ["更换齿轮箱油"]}


def _write_periods(path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Sheet1"
    sheet.append(["加工中心预防性维护计划"])
    sheet.append(["序号", "维护内容", "责任人"])
    number = 0
    for period, tasks in _PERIODS.items():
        sheet.append([period])
        row = sheet.max_row
        sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=3)
        for task in tasks:
            number += 1
            sheet.append([number, task, "维修班"])
    book.save(str(path))


def _periods_triples() -> set[Triple]:
    centre = "class:MachiningCentre"
    return {
        (name_key("activity", "清洁控制柜滤网"), "appliesTo", centre),
        (name_key("check", "检查皮带张力"), "appliesTo", centre),
        (name_key("activity", "更换齿轮箱油"), "appliesTo", centre),
    }


# -- 9: Markdown, alarms with several causes parted by line breaks -----------------------------------  # noqa: E501

_ALARMS = """\
# Frequency converter FC-280

## Error messages

| Error | Name | Possible causes | Corrective measures |
|---|---|---|---|
| E-04 | Overcurrent | Ramp is too short<br>Motor is blocked | Lengthen the ramp<br>Free the motor |
| E-09 | Undervoltage | Mains phase is missing | Check the mains fuses |
"""
# A break in a Markdown cell is text to a Markdown reader without HTML; people write it all the same.  # noqa: E501


def _alarms_triples() -> set[Triple]:
    return (
        _fault("E-04", ("Ramp is too short", [], ["Lengthen the ramp"]),
               ("Motor is blocked", [], ["Free the motor"]), kind="alarm")
        | _fault("E-09", ("Mains phase is missing", [], ["Check the mains fuses"]), kind="alarm")
    )  # fmt: skip


# -- 10: PDF, English, landscape, ruled, checks column, bullets in cells, header over two lines -------  # noqa: E501


def _write_lathe(path: Path) -> None:
    page = Page()
    page.text(50, 50, "Lathe CK6150 Maintenance Manual", size=16, bold=True)
    page.text(50, 90, "Table 7-1 Malfunction guide", size=10)
    columns = [50.0, 170.0, 310.0, 430.0, 550.0]
    rows = [
        [["Malfunction"], ["Potential", "causes"], ["Inspection"], ["Solution"]],
        [
            ["Chuck does not clamp"],
            ["• Hydraulic pressure low", "• Drawbar disconnected"],
            ["Read the gauge"],
            ["Set the pressure"],
        ],
        [
            ["Coolant leaks at the", "slide cover"],
            ["Wiper lips are torn"],
            [""],
            ["Fit new wiper lips"],
        ],
    ]
    y = 110.0
    for row in rows:
        height = 8 + 13 * max(len(cell) for cell in row)
        page.line(columns[0], y, columns[-1], y)
        for x, cell in zip(columns, row, strict=False):
            for index, line in enumerate(cell):
                page.text(x + 4, y + 14 + 13 * index, line, size=9)
        for x in columns:
            page.line(x, y, x, y + height)
        y += height
    page.line(columns[0], y, columns[-1], y)
    write_pdf(path, [page])


def _lathe_triples() -> set[Triple]:
    leaks = _fault(
        "Coolant leaks at the slide cover", ("Wiper lips are torn", [], ["Fit new wiper lips"])
    )
    # With two causes and one check nobody can tell which cause it is for: those wait for review.
    return leaks | {
        (name_key("symptom", "Chuck does not clamp"), "indicates", name_key("cause", cause))
        for cause in ("Hydraulic pressure low", "Drawbar disconnected")
    }


UNSEEN = (
    Manual("robot.docx", _write_robot, "class:IndustrialRobot", frozenset(_robot_triples())),
    Manual("welder.pdf", _write_welder, "class:IndustrialRobot", frozenset(_welder_triples())),
    Manual("furnace.html", _text(_FURNACE), "class:Furnace", frozenset(_furnace_triples())),
    Manual("roller.txt", _text(_ROLLER), "class:FilterUnit", frozenset(_roller_triples())),
    Manual("axle.pdf", _write_axle, "class:Forklift", frozenset(_axle_triples())),
    Manual("slides.pptx", _write_slides, "class:PackagingMachine", frozenset(_slides_triples())),
    Manual("blower.docx", _write_blower, "class:Fan", frozenset(_blower_triples())),
    Manual("periods.xlsx", _write_periods, "class:MachiningCentre", frozenset(_periods_triples())),
    Manual("alarms.md", _text(_ALARMS), "class:FrequencyConverter", frozenset(_alarms_triples())),
    Manual("lathe.pdf", _write_lathe, "class:Lathe", frozenset(_lathe_triples())),
)
