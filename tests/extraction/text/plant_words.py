"""A small schema written by hand, so that the rules are tested without the shipped library."""

from __future__ import annotations

from ontology.schema import ClassTerm, Concept, Schema, Words

_CLASSES = {
    "Component": "component",
    "FailureMode": "mode",
    "Symptom": "symptom",
    "MaintenanceActivity": "activity",
    "FailureCause": "cause",
    "Remedy": "remedy",
}


def words(en: str, zh: str = "", *alt: str) -> Words:
    """Labels in both languages; alternatives with a Han character are Chinese."""
    label = {"en": en, **({"zh": zh} if zh else {})}
    return Words(
        label=label,
        alt={
            "en": tuple(a for a in alt if a.isascii()),
            "zh": tuple(a for a in alt if not a.isascii()),
        },
        definition={},
    )


def concept(cls: str, name: str, en: str, zh: str = "", *alt: str) -> Concept:
    """A concept whose key follows from its class."""
    key = f"{_CLASSES[cls]}:{name}"
    return Concept(name=name, iri=f"urn:{key}", cls=cls, key=key, words=words(en, zh, *alt))


def schema(*concepts: Concept) -> Schema:
    """A schema of just these concepts."""
    classes = {
        name: ClassTerm(
            name=name,
            iri=f"urn:{name}",
            words=words(name),
            parents=(),
            ancestors=(),
            module="test",
            kind=kind,
            identified_by="name",
        )
        for name, kind in _CLASSES.items()
    }
    return Schema(
        classes=classes,
        relations={},
        attributes={},
        concepts={c.key: c for c in concepts},
        version="1",
        digest=" ".join(sorted(f"{c.key} {c.words}" for c in concepts)),
    )


def small_plant() -> Schema:
    """Parts, failures, activities, causes and a remedy that most tests need."""
    return schema(
        concept("Component", "Pump", "pump", "泵"),
        concept("Component", "HydraulicPump", "hydraulic pump", "液压泵"),
        concept(
            "Component", "HydraulicCylinder", "hydraulic cylinder", "液压缸", "cylinder", "油缸"
        ),
        concept("Component", "Hose", "hose", "软管", "胶管"),
        concept("Component", "Fitting", "fitting", "接头"),
        concept("Component", "Seal", "seal", "密封圈", "油封"),
        concept("Component", "ORing", "O-ring", "O型圈"),
        concept("Component", "Bearing", "bearing", "轴承"),
        concept("Component", "Engine", "engine", "发动机"),
        concept("Component", "Light", "light", "灯"),
        concept("Component", "Bolt", "bolt", "螺栓"),
        concept("Component", "Drain", "drain", "", "plug"),
        concept("FailureMode", "Leakage", "leakage", "泄漏", "leak", "oil leak", "漏油"),
        concept("FailureMode", "Wear", "wear", "磨损", "worn"),
        concept("FailureMode", "Crack", "crack", "裂纹"),
        concept("FailureMode", "Burst", "burst", "爆裂", "blown", "blown hose"),
        concept("FailureMode", "Blockage", "blockage", "堵塞", "plugged", "blocked"),
        concept("FailureMode", "Overheating", "overheating", "过热", "overheat", "油温高"),
        concept("FailureMode", "FlatTyre", "flat tyre", "轮胎亏气", "灯漏油"),
        concept(
            "FailureMode", "FailToFunction", "not working", "不工作", "unserviceable", "failure"
        ),
        concept("FailureMode", "FailToStart", "fails to start", "无法启动", "not start"),
        concept("FailureMode", "LowLevel", "low level", "", "no oil"),
        concept("FailureMode", "Vibration", "vibration", "振动"),
        concept("FailureMode", "AbnormalNoise", "abnormal noise", "异响", "noise", "noisy"),
        concept("FailureMode", "Fault", "fault", "故障", "异常"),
        concept("FailureMode", "Broken", "broken", "断", "断裂"),
        concept("Symptom", "Smoke", "smoke", "冒烟"),
        concept("MaintenanceActivity", "Replace", "replace", "更换", "change out"),
        concept("MaintenanceActivity", "Repair", "repair", "修理"),
        concept("MaintenanceActivity", "Check", "check", "检查", "check for"),
        concept("MaintenanceActivity", "Fit", "fit", "安装"),
        concept("MaintenanceActivity", "Drain", "drain off", "排放", "drain"),
        concept("MaintenanceActivity", "Tighten", "tighten", "紧固", "tighten bolts"),
        concept("MaintenanceActivity", "Test", "test", "测试"),
        concept("MaintenanceActivity", "Lubricate", "lubricate", "润滑"),
        concept("FailureCause", "SealWear", "seal wear", "密封磨损", "worn seal", "密封圈老化"),
        concept("FailureCause", "Clogging", "blocked filter", "滤芯堵塞", "blocked hose"),
        concept("FailureCause", "Fatigue", "fatigue", "疲劳"),
        concept("Remedy", "ReplaceSeal", "replace seal", "更换密封圈"),
    )
