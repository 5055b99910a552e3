"""FMEA sheets of the equipment and of the process, rated as engineers would: near the truth."""

from __future__ import annotations

from math import log10
from typing import Any

import numpy as np

from api.sample.knowledge import CauseKind, Knowledge
from api.sample.layout import Layout
from api.sample.master import Missing
from api.sample.materials import DEFECTS, STEPS
from api.sample.writing import Folder

_EFFECTS = {
    "ELU": ("漏油污染,油位下降", "Oil loss and contamination", 5),
    "INL": ("压力不足,产品不合格", "Pressure too low, bad parts", 8),
    "NOI": ("噪声,早期损坏", "Noise, early damage", 4),
    "VIB": ("加工表面差", "Poor surface", 6),
    "OHE": ("停机降温", "Stop to cool down", 6),
    "LOO": ("节拍变慢", "Slower cycle", 5),
    "ERO": ("位置不稳,废品", "Unstable position, scrap", 7),
    "FTS": ("无法生产", "No production", 7),
    "UST": ("生产中断", "Production interrupted", 6),
    "BRD": ("长时间停机", "Long downtime", 8),
    "PDE": ("参数超差,产品不合格", "Parameter out of limits, bad parts", 8),
    "AIR": ("误判产品", "Parts judged wrongly", 8),
    "DOP": ("节拍变慢", "Slower cycle", 4),
    "PLU": ("冷却或供液不足", "Too little flow", 5),
    "FTF": ("动作中断", "Movement interrupted", 6),
}
_PREVENTION = (
    "季度保养 Quarterly PM",
    "日常点检 Daily check",
    "按寿命更换 Life-based change",
    "无 none",
)


def write_fmea(
    folder: Folder, knowledge: Knowledge, layout: Layout, rng: np.random.Generator
) -> Missing:
    """Write both sheets; the true links that the equipment sheet does not have."""
    missing = _write_equipment(folder, knowledge, layout, rng)
    _write_process(folder)
    return missing


def _write_equipment(
    folder: Folder, knowledge: Knowledge, layout: Layout, rng: np.random.Generator
) -> Missing:
    missing: Missing = []
    rows: list[tuple[Any, ...]] = []
    keepers = [p.code for p in layout.mechanics]
    for kind in knowledge.kinds.values():
        known = knowledge.causes_of(kind.id)
        for component_id in knowledge.components_of(kind.id):
            component = knowledge.components[component_id]
            here = [c for c in known if c.component == component_id]
            modes = dict.fromkeys(m for c in here for m in c.modes)
            for mode in modes:
                effect_zh, effect_en, severity = _EFFECTS[mode]
                for cause in here:
                    if mode not in cause.modes:
                        continue
                    if rng.random() < 0.07:
                        missing.append(_missing_cause(knowledge, cause, mode))
                        continue
                    part, lost = _part_of(knowledge, cause, rng)
                    missing += lost
                    occurrence, detection = _rate(cause, mode, rng)
                    action = knowledge.actions[cause.action]
                    rows.append(
                        (
                            kind.label,
                            component.label,
                            f"{component.function_zh} {component.function_en}",
                            f"{knowledge.modes[mode].zh} / {knowledge.modes[mode].en}",
                            f"{effect_zh} {effect_en}",
                            severity,
                            f"{cause.zh} / {cause.en}",
                            _PREVENTION[int(rng.integers(len(_PREVENTION)))],
                            occurrence,
                            f"{cause.check_zh} / {cause.check_en}",
                            detection,
                            action_priority(severity, occurrence, detection),
                            f"{action.zh}{component.zh} / {action.en} {component.en.lower()}",
                            part,
                            keepers[int(rng.integers(len(keepers)))],
                            "open" if rng.random() < 0.3 else "done",
                        )
                    )
    folder.write_book(
        "fmea_equipment",
        (rows,),
        (
            "设备潜在失效模式及后果分析 Equipment FMEA (AIAG-VDA)\n"
            "公司：恒川液压设备有限公司    团队：设备科、生产科、质量科\n"
            "结构分析 功能分析 失效分析 风险分析 优化",
        ),
    )
    return missing


def _missing_cause(knowledge: Knowledge, cause: CauseKind, mode: str) -> dict[str, str]:
    named = knowledge.modes[mode]
    return {
        "relation": "causes",
        "subject_kind": "cause",
        "subject": cause.en,
        "subject_zh": cause.zh,
        "subject_code": cause.code,
        "object_kind": "mode",
        "object": named.en,
        "object_zh": named.zh,
        "object_code": mode,
    }


def _part_of(
    knowledge: Knowledge, cause: CauseKind, rng: np.random.Generator
) -> tuple[str, Missing]:
    if not cause.part:
        return "", []
    if rng.random() > 0.1:
        return cause.part, []
    action, component = knowledge.actions[cause.action], knowledge.components[cause.component]
    return "", [
        {
            "relation": "requiresPart",
            "subject_kind": "remedy",
            "subject": f"{action.en} {component.en.lower()}",
            "subject_zh": f"{action.zh}{component.zh}",
            "object_kind": "part",
            "object": cause.part,
        }
    ]


def _rate(cause: CauseKind, mode: str, rng: np.random.Generator) -> tuple[int, int]:
    """Occurrence from the true rate, detection from how well alarms show it, each a bit off."""
    yearly = cause.rate * cause.modes[mode]
    occurrence = round(5.2 + 3.2 * log10(max(yearly, 0.02))) + int(rng.integers(-1, 2))
    seen = max(cause.alarms.values(), default=0.0)
    detection = round(8 - 5 * seen) + int(rng.integers(-1, 2))
    return int(np.clip(occurrence, 1, 10)), int(np.clip(detection, 1, 10))


def action_priority(severity: int, occurrence: int, detection: int) -> str:
    """The plant's own rule for its priority column: high, medium or low."""
    risk = severity * severity * occurrence * detection
    if severity >= 7 and risk >= 1_100:
        return "H"
    return "M" if risk >= 500 else "L"


_PROCESS = (
    ("A10", "D06", "压机保压不足", "机", "季度保养", 3, "压装曲线监控", 4),
    ("A10", "D01", "油缸密封磨损,压装深度不足", "机", "按寿命更换密封", 3, "出厂试验", 4),
    ("A10", "D06", "操作工放偏壳体", "人", "防错工装", 4, "目视", 6),
    ("A20", "D04", "拧紧枪校准超期", "测", "校准计划", 3, "扭矩监控", 3),
    ("A20", "D02", "轴封材料硬度超差", "料", "供应商审核", 3, "出厂试验", 4),
    ("A20", "D02", "轴封装配划伤", "法", "导向套", 4, "出厂试验", 4),
    ("G20", "D03", "渗碳温度偏低,硬度不足", "机", "热电偶校准", 2, "硬度抽检", 5),
    ("G30", "D03", "砂轮磨损,齿圈跳动大", "机", "定数修整", 4, "跳动抽检", 4),
    ("A40", "D05", "漆房湿度高", "环", "温湿度监控", 5, "外观检验", 4),
    ("A40", "D05", "喷枪针阀磨损", "机", "周保养", 4, "外观检验", 4),
    ("A60", "D07", "周转磕碰", "法", "隔板周转箱", 5, "外观检验", 5),
)
_SEVERITY = {"A": 8, "B": 6, "C": 3}
_DEMANDS = {
    "A10": "衬套压装到位、不偏斜",
    "A20": "端盖按扭矩拧紧,轴封完好",
    "G20": "齿面硬度57-62 HRC",
    "G30": "齿圈跳动不大于20 μm",
    "A40": "漆膜均匀40-80 μm",
    "A60": "无磕碰",
}


def _write_process(folder: Folder) -> None:
    rows = []
    ordered = sorted(_PROCESS, key=lambda r: (STEPS[r[0]].order, r[1]))
    for step, defect, cause, factor, prevention, occurrence, check, detection in ordered:
        kind = DEFECTS[defect]
        severity = _SEVERITY[kind.severity]
        rows.append(
            (
                f"{step} {STEPS[step].zh}",
                _DEMANDS[step],
                f"{kind.zh} / {kind.en}",
                kind.effect_zh,
                severity,
                cause,
                factor,
                prevention,
                occurrence,
                check,
                detection,
                action_priority(severity, occurrence, detection),
            )
        )
    folder.write_book(
        "fmea_process", (rows,), ("过程失效模式及后果分析 PFMEA\n产品：GP10 GP16 GP25 齿轮泵",)
    )
