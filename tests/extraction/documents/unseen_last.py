"""A third set of unseen manuals, written when the readers were done: what a stranger would send.

As in `unseen`: the statements are those that a person reads; nothing is tuned to these files.
"""

from __future__ import annotations

from pathlib import Path

from kg.model import name_key
from tests.extraction.documents.pdf_writer import Page, write_pdf
from tests.extraction.documents.unseen import Manual, Triple, _fault, _text

# -- 1: PDF, English, two columns of text with the faults as bold headings and bullets --------------  # noqa: E501


def _write_boiler(path: Path) -> None:
    page = Page()
    page.text(50, 60, "Steam boiler SB-200 Operation Manual", size=18, bold=True)
    page.text(50, 100, "12 TROUBLESHOOTING", size=13, bold=True)
    y = 130
    faults = {
        "Burner goes to lockout": ["Flame sensor is sooted: clean the flame sensor",
                                   "Gas pressure is too low: inform the gas supplier"],
        "Safety valve blows off": ["Pressure switch is set too high: readjust the pressure switch"],
    }  # fmt: skip
    for sign, causes in faults.items():
        page.text(50, y, sign, size=11, bold=True)
        y += 18
        for cause in causes:
            page.text(62, y, f"• {cause}")
            y += 15
        y += 14
    page.text(50, 800, "SB-200 Rev. C", size=8)
    write_pdf(path, [page])


def _boiler_triples() -> set[Triple]:
    return (
        _fault("Burner goes to lockout",
               ("Flame sensor is sooted", [], ["clean the flame sensor"]),
               ("Gas pressure is too low", [], ["inform the gas supplier"]))
        | _fault("Safety valve blows off",
                 ("Pressure switch is set too high", [], ["readjust the pressure switch"]))
    )  # fmt: skip


# -- 2: DOCX, Chinese, one table a fault, labels in the first column ---------------------------------  # noqa: E501

_CARDS = [
    ("机床润滑报警", "油箱油量不够", "观察油标", "加入导轨油"),
    ("工作台爬行", "丝杠螺母副有间隙", "用千分表测量反向间隙", "调整预紧螺母"),
]


def _write_cards(path: Path) -> None:
    import docx

    document = docx.Document()
    document.add_heading("平面磨床维修案例汇编", 0)
    for number, card in enumerate(_CARDS, start=1):
        document.add_heading(f"案例{number}", 1)
        table = document.add_table(rows=0, cols=2)
        for label, text in zip(("故障现象", "故障原因", "检查方法", "处理措施"), card, strict=True):
            cells = table.add_row().cells
            cells[0].text, cells[1].text = label, text
    document.save(str(path))


def _cards_triples() -> set[Triple]:
    found: set[Triple] = set()
    for sign, cause, check, remedy in _CARDS:
        found |= _fault(sign, (cause, [check], [remedy]))
    return found


# -- 3: HTML with a layout table, a fault matrix in words and units ----------------------------------  # noqa: E501

_CHILLER = """\
<html><body><table width=100%><tr><td><h1>Chiller WCC-90</h1><p>Installation, operation, maintenance</p>
<h2>9. Fault chart</h2>
<table border=1><tr><th rowspan=2>Fault</th><th colspan=2>Analysis</th></tr>
<tr><th>Possible cause</th><th>Action required</th></tr>
<tr><td>Compressor short-cycles</td><td>Low-pressure switch differential too small</td><td>Reset the differential to 1.2 bar</td></tr>
<tr><td rowspan=2>Suction line frosts over</td><td>Expansion valve stuck open</td><td>Exchange the expansion valve</td></tr>
<tr><td>Evaporator fan stands still</td><td>Check the fan's capacitor; replace the fan</td></tr></table>
</td></tr></table></body></html>
"""  # noqa: E501


def _chiller_triples() -> set[Triple]:
    return (
        _fault("Compressor short-cycles", ("Low-pressure switch differential too small", [],
                                           ["Reset the differential to 1.2 bar"]))
        | _fault("Suction line frosts over",
                 ("Expansion valve stuck open", [], ["Exchange the expansion valve"]),
                 ("Evaporator fan stands still", [], ["Check the fan's capacitor", "replace the fan"]))  # noqa: E501
    )  # fmt: skip


# -- 4: plain text, English, numbered causes and as many numbered actions below ----------------------  # noqa: E501

_SCALE = """\
BAGGING MACHINE BM-12
USER MANUAL

SECTION 6 - FAULTS

Problem: Bags are underweight
Possible causes:
 1. Feed gate opens late
 2. Load cell has drifted
Actions:
 1. Advance the gate timing
 2. Recalibrate the load cell

Problem: Seam tears open
Possible causes:
 1. Sealing bar is too cold
Actions:
 1. Raise the bar temperature by 10 degrees

SECTION 7 - MAINTENANCE

Every 50 hours: grease the chain.
"""


def _scale_triples() -> set[Triple]:
    return (
        _fault("Bags are underweight", ("Feed gate opens late", [], ["Advance the gate timing"]),
               ("Load cell has drifted", [], ["Recalibrate the load cell"]))
        | _fault("Seam tears open", ("Sealing bar is too cold", [], ["Raise the bar temperature by 10 degrees"]))  # noqa: E501
    )  # fmt: skip


# -- 5: PDF, Chinese, lubrication table and torque table, ruled, captions below headings -------------  # noqa: E501


def _write_excavator(path: Path) -> None:
    page = Page()
    page.text(50, 60, "XE215 液压挖掘机保养手册", size=18)

    def table(top: float, columns: list[float], rows: list[list[str]]) -> None:
        for index in range(len(rows) + 1):
            page.line(columns[0], top + 20 * index, columns[-1], top + 20 * index)
        for x in columns:
            page.line(x, top, x, top + 20 * len(rows))
        for r, row in enumerate(rows):
            for x, text in zip(columns, row, strict=False):
                page.text(x + 4, top + 20 * r + 14, text)

    page.text(50, 110, "3.1 定期保养表", size=13)
    table(125, [50, 180, 360, 540], [
        ["保养部位", "保养内容", "保养周期"],
        ["发动机", "更换机油和机滤", "每500小时"],
        ["回转支承", "加注锂基脂", "每250小时"],
        ["空气滤芯", "检查堵塞情况", "每天"],
    ])  # fmt: skip
    page.text(50, 250, "3.2 螺栓拧紧力矩", size=13)
    table(265, [50, 220, 340, 540], [
        ["连接部位", "规格", "力矩 N·m"], ["配重", "M30", "1350"], ["回转支承外圈", "M20", "540~600"],  # noqa: E501
    ])  # fmt: skip
    write_pdf(path, [page])


def _excavator_triples() -> set[Triple]:
    excavator = "class:Excavator"
    return {
        (name_key("activity", "发动机：更换机油和机滤"), "appliesTo", excavator),
        (name_key("activity", "回转支承：加注锂基脂"), "appliesTo", excavator),
        (name_key("check", "空气滤芯：检查堵塞情况"), "appliesTo", excavator),
        (excavator, "hasParameter", name_key("parameter", "拧紧力矩：配重 M30")),
        (excavator, "hasParameter", name_key("parameter", "拧紧力矩：回转支承外圈 M20")),
    }


# -- 6: PDF, English, a procedure over a page break with a running header, boxed warning -------------  # noqa: E501

_STEPS = ["Lock the main switch and hang up a sign.", "Relieve the pressure at the accumulator.",
          "Unscrew the filter bowl with a strap wrench.", "Insert the new element and oil its seal.",  # noqa: E501
          "Screw on the bowl by hand until it stops."]  # fmt: skip


def _write_filter(path: Path) -> None:
    pages = [Page(), Page(), Page()]
    for number, page in enumerate(pages, start=1):
        page.text(50, 36, "Hydraulic power unit HA 80", size=8)
        page.text(500, 36, "Maintenance", size=8)
        page.text(290, 825, f"{number} / 3", size=8)
    pages[0].text(50, 80, "Hydraulic power unit HA 80", size=18, bold=True)
    pages[0].text(50, 700, "5.4 Changing the pressure filter", size=13, bold=True)
    pages[0].box(50, 715, 540, 750)
    pages[0].text(56, 728, "WARNING", bold=True)
    pages[0].text(56, 742, "Oil under pressure can pierce the skin.")
    for index, step in enumerate(_STEPS):
        page, y = (pages[0], 770 + 16 * index) if index < 2 else (pages[1], 80 + 16 * index)
        page.text(50, y, f"{index + 1}. {step}")
    pages[2].text(50, 90, "6 Disposal", size=13, bold=True)
    pages[2].text(50, 115, "Used oil must be handed over to an authorised company.")
    write_pdf(path, pages)


def _filter_triples() -> set[Triple]:
    procedure = "procedure:Changing the pressure filter"
    return {(procedure, "instructs", f"instruction:{step}") for step in _STEPS} | {
        (procedure, "hasNotice", "notice:Oil under pressure can pierce the skin")
    }


UNSEEN = (
    Manual("boiler.pdf", _write_boiler, "class:Boiler", frozenset(_boiler_triples())),
    Manual("cards.docx", _write_cards, "class:GrindingMachine", frozenset(_cards_triples())),
    Manual("chiller.html", _text(_CHILLER), "class:Chiller", frozenset(_chiller_triples())),
    Manual("scale.txt", _text(_SCALE), "class:PackagingMachine", frozenset(_scale_triples())),
    Manual("excavator.pdf", _write_excavator, "class:Excavator", frozenset(_excavator_triples())),
    Manual("filter.pdf", _write_filter, "class:HydraulicPowerUnit", frozenset(_filter_triples())),
)
