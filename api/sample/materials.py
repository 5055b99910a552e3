"""What the sample plant makes, of what, for whom: products, parts, steps, suppliers, customers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """A product, a made part or a bought one. `unit` is its unit of measure."""

    code: str
    zh: str
    en: str
    kind: str  # 成品, 自制件, 外购件 or 原材料
    unit: str
    lot_size: int = 0  # quantity of a bought lot in a large plant
    suppliers: tuple[str, ...] = ()
    per_unit: float = 1.0  # how much of it one pump needs


@dataclass(frozen=True, slots=True)
class Model:
    """A pump model with the parts it is made of."""

    code: str
    size: str
    zh: str
    en: str
    share: float
    blank: str
    housing: str
    washed: str
    hobbed: str
    hardened: str
    gears: str
    bushing: str
    cover: str
    bar_kg: float  # steel bar per gear set


@dataclass(frozen=True, slots=True)
class Step:
    """A process step; `asset_class` is empty for steps done by hand."""

    code: str
    zh: str
    en: str
    kind: str
    order: int
    area: str
    asset_class: str
    seconds: int  # machine time per piece


@dataclass(frozen=True, slots=True)
class Characteristic:
    """What is measured, and between which limits."""

    code: str
    zh: str
    en: str
    step: str
    unit: str
    lower: float | None
    target: float
    upper: float | None
    decimals: int = 2


@dataclass(frozen=True, slots=True)
class DefectKind:
    """A defect type: how often it happens anyway and where it is found."""

    code: str
    zh: str
    en: str
    severity: str
    base: float  # probability per unit without a planted cause
    found_at: str
    made_at: str
    effect_zh: str
    zh_texts: tuple[str, ...]
    en_texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Party:
    """A supplier or a customer. `above` is the distributor that a customer buys from."""

    code: str
    zh: str
    en: str
    country: str
    tier: str
    above: str = ""
    offset_hours: int = 8


def _model(size: str, share: float, bushing: str, bar_kg: float) -> Model:
    return Model(
        f"GP{size}",
        size,
        f"GP{size} 齿轮泵",
        f"GP{size} gear pump",
        share,
        f"RM-1{size}",
        f"HS-{size}",
        f"HW-{size}",
        f"GH-{size}",
        f"GC-{size}",
        f"GS-{size}",
        bushing,
        f"CV-{size}",
        bar_kg,
    )


MODELS = (
    _model("10", 0.35, "BT-20", 0.62),
    _model("16", 0.45, "BT-20", 0.95),
    _model("25", 0.20, "BT-25", 1.48),
)

BAR = Part("RM-200", "20CrMnTi 圆钢", "Steel bar 20CrMnTi", "原材料", "KG", 6000, ("S103", "S104"))
SEAL = Part("SE-18", "轴封 18×32×7", "Shaft seal 18x32x7", "外购件", "PCS", 2000, ("S106", "S107"))
RINGS = Part("OK-01", "O形圈组件", "O-ring kit", "外购件", "PCS", 3000, ("S107",))
SCREWS = Part(
    "SC-M8", "内六角螺钉 M8×65", "Socket screw M8x65", "外购件", "PCS", 16000, ("S108",), 8
)
PAINT = Part(
    "PA-9005", "水性黑漆 RAL9005", "Water-based paint RAL 9005", "原材料", "L", 200, ("S109",), 0.06
)
BUSHINGS = (
    Part("BT-20", "DU衬套 20", "DU bushing 20", "外购件", "PCS", 8000, ("S105", "S110"), 4),
    Part("BT-25", "DU衬套 25", "DU bushing 25", "外购件", "PCS", 4000, ("S105", "S110"), 4),
)


def _parts() -> dict[str, Part]:
    parts: list[Part] = []
    for m in MODELS:
        parts += [
            Part(m.code, m.zh, m.en, "成品", "PCS"),
            Part(m.washed, f"壳体(清洗后) {m.size}", f"Housing, washed {m.size}", "自制件", "PCS"),
            Part(m.housing, f"壳体(加工) {m.size}", f"Housing, machined {m.size}", "自制件", "PCS"),
            Part(m.gears, f"齿轮副 {m.size}", f"Gear set, ground {m.size}", "自制件", "PCS"),
            Part(
                m.hardened, f"渗碳齿轮副 {m.size}", f"Gear set, hardened {m.size}", "自制件", "PCS"
            ),
            Part(m.hobbed, f"齿坯副 {m.size}", f"Gear set, hobbed {m.size}", "自制件", "PCS"),
            Part(
                m.blank,
                f"铝壳毛坯 {m.size}",
                f"Housing casting {m.size}",
                "原材料",
                "PCS",
                600,
                ("S101", "S102"),
            ),
            Part(
                m.cover,
                f"前盖 {m.size}",
                f"Front cover {m.size}",
                "外购件",
                "PCS",
                1200,
                ("S102",),
            ),
        ]
    return {p.code: p for p in [*parts, BAR, *BUSHINGS, SEAL, RINGS, SCREWS, PAINT]}


PARTS = _parts()

STEPS = {
    s.code: s
    for s in (
        Step("Q10", "来料检验", "Incoming inspection", "检验", 5, "A1", "", 0),
        Step("M10", "壳体加工", "Housing machining", "加工", 10, "A1", "MachiningCentre", 60),
        Step("M20", "壳体清洗", "Housing washing", "加工", 20, "A1", "WashingMachine", 9),
        Step("G10", "滚齿", "Gear hobbing", "加工", 30, "A1", "GearHobber", 40),
        Step(
            "G20",
            "渗碳淬火",
            "Carburising and hardening",
            "热处理",
            40,
            "A1",
            "HeatTreatmentFurnace",
            30,
        ),
        Step("G30", "磨齿", "Gear grinding", "加工", 50, "A1", "GrindingMachine", 45),
        Step("A10", "压装衬套", "Pressing of bushings", "装配", 60, "A2", "HydraulicPress", 12),
        Step("A20", "总装拧紧", "Assembly and tightening", "装配", 70, "A2", "AssemblyStation", 35),
        Step("A30", "出厂试验", "Run-in and leak test", "检验", 80, "A2", "TestBench", 45),
        Step("A35", "返工", "Rework", "返工", 85, "A2", "", 900),
        Step("A40", "喷涂", "Painting", "涂装", 90, "A3", "PaintLine", 6),
        Step("A50", "外观检验", "Visual inspection", "检验", 100, "A3", "", 8),
        Step("A60", "装箱", "Packing", "包装", 110, "A3", "PackingRobot", 4),
    )
}

CHARACTERISTICS = {
    c.code: c
    for c in (
        Characteristic(
            "CH-M101", "衬套孔径", "Bushing bore diameter", "M10", "mm", 24.98, 24.99, 25.0, 4
        ),
        Characteristic(
            "CH-G201", "渗碳温度", "Carburising temperature", "G20", "℃", 910, 920, 930, 1
        ),
        Characteristic("CH-G202", "碳势", "Carbon potential", "G20", "%", 0.85, 0.95, 1.05, 3),
        Characteristic("CH-G203", "表面硬度", "Surface hardness", "G20", "HRC", 57, 59.5, 62, 1),
        Characteristic("CH-G301", "齿圈径向跳动", "Gear run-out", "G30", "μm", None, 9, 20, 1),
        Characteristic("CH-A101", "保压压力", "Hold pressure", "A10", "MPa", 16.5, 18, 19.5, 2),
        Characteristic("CH-A102", "最大压装力", "Peak pressing force", "A10", "kN", 38, 45, 52, 1),
        Characteristic("CH-A103", "压装深度", "Pressing depth", "A10", "mm", 21.9, 22, 22.1, 3),
        Characteristic("CH-A201", "拧紧扭矩", "Tightening torque", "A20", "Nm", 20.5, 22, 23.5, 2),
        Characteristic(
            "CH-A301", "内泄漏量", "Internal leakage", "A30", "mL/min", None, 2.6, 3.6, 3
        ),
        Characteristic("CH-A302", "噪声", "Noise level", "A30", "dB", None, 68, 74, 1),
        Characteristic("CH-A401", "漆膜厚度", "Paint film thickness", "A40", "μm", 40, 60, 80, 1),
    )
}

DEFECTS = {
    d.code: d
    for d in (
        DefectKind(
            "D01", "内泄漏超标", "Internal leakage too high", "A", 0.009, "A30", "", "泵容积效率低",
            ("内泄漏超标", "泄漏量偏大", "压力打不上,内漏", "试验内泄漏不合格"),
            ("leakage above limit", "int leak too high", "fails leak test", "leak rate NOK"),
        ),
        DefectKind(
            "D02", "轴封渗油", "Shaft seal leaks", "A", 0.004, "A30", "", "外部漏油",
            ("轴封渗油", "轴端漏油", "骨架油封处有油", "轴封漏"),
            ("shaft seal leaking", "oil at shaft end", "seal weeps", "ext leak at shaft"),
        ),
        DefectKind(
            "D03", "试验异响", "Noise in test", "B", 0.003, "A30", "", "噪声大",
            ("试验有异响", "噪声超标", "齿轮啮合声异常", "啸叫"),
            ("noisy in test", "gear whine", "noise above limit", "abnormal mesh noise"),
        ),
        DefectKind(
            "D04", "拧紧扭矩不足", "Tightening torque too low", "A", 0.002, "A20", "A20", "漏油",
            ("扭矩不足", "螺钉未拧到位", "拧紧NG", "端盖螺钉松"),
            ("torque low", "screw not tight", "tightening NOK", "cover screw loose"),
        ),
        DefectKind(
            "D05", "漆面流挂", "Runs in paint", "C", 0.004, "A50", "", "外观不良",
            ("漆面流挂", "漆膜不均", "露底", "油漆起泡"),
            ("paint runs", "uneven paint", "bare spot", "paint blisters"),
        ),
        DefectKind(
            "D06", "衬套压偏", "Bushing pressed askew", "A", 0.0065, "A10", "A10", "轴卡滞早期磨损",
            ("衬套压偏", "衬套歪斜", "压装深度不够", "压装曲线异常"),
            ("bushing askew", "bushing tilted", "press depth NOK", "press curve abnormal"),
        ),
        DefectKind(
            "D07", "磕碰划伤", "Dent or scratch", "C", 0.002, "A50", "", "外观不良",
            ("壳体磕碰", "法兰面划伤", "磕伤", "表面划痕"),
            ("dent on housing", "scratch on flange", "handling damage", "scratched"),
        ),
    )
}  # fmt: skip

SUPPLIERS = {
    p.code: p
    for p in (
        Party("S101", "江川铸造有限公司", "Jiangchuan Castings", "中国", "1"),
        Party("S102", "恒铝压铸厂", "Henglv Diecasting", "中国", "1"),
        Party("S103", "北岭特钢", "Beiling Special Steel", "中国", "1"),
        Party("S104", "Ostrava Bar Works", "Ostrava Bar Works", "捷克", "1"),
        Party("S105", "Glidewell Bearings", "Glidewell Bearings", "德国", "1"),
        Party("S106", "瑞封密封件有限公司", "Ruifeng Seals", "中国", "1"),
        Party("S107", "Marusei Sealing", "Marusei Sealing", "日本", "1"),
        Party("S108", "固力标准件厂", "Guli Fasteners", "中国", "1"),
        Party("S109", "彩邦涂料", "Caibang Coatings", "中国", "1"),
        Party("S110", "太湖轴套有限公司", "Taihu Bushings", "中国", "1"),
        Party("S201", "云岭铝业", "Yunling Aluminium", "中国", "2"),
        Party("S202", "PolyNova Elastomers", "PolyNova Elastomers", "马来西亚", "2"),
        Party("S203", "Kawahara Rubber", "Kawahara Rubber", "日本", "2"),
        Party("S204", "Bronzehof Pulver", "Bronzehof Pulver", "德国", "2"),
    )
}

TIER_TWO = {"S101": "S201", "S102": "S201", "S105": "S204", "S106": "S202", "S107": "S203"}
"""Who supplies our suppliers; their lot is told on the certificate."""

OEM, DISTRIBUTOR, END = "主机厂", "经销商", "终端客户"

CUSTOMERS = {
    p.code: p
    for p in (
        Party("C100", "山河工程机械", "Shanhe Construction Machinery", "中国", OEM),
        Party("C110", "北方农机股份", "Northern Farm Machinery", "中国", OEM),
        Party("C120", "Brandt Landtechnik", "Brandt Landtechnik", "德国", OEM, "", 1),
        Party("C130", "Kitamura Industries", "Kitamura Industries", "日本", OEM, "", 9),
        Party("C140", "远达叉车", "Yuanda Forklifts", "中国", OEM),
        Party("C200", "华东液压贸易", "Huadong Hydraulics Trading", "中国", DISTRIBUTOR),
        Party("C210", "Fluid Supply Europe", "Fluid Supply Europe", "荷兰", DISTRIBUTOR, "", 1),
        Party("C220", "Andes Hidráulica", "Andes Hidraulica", "智利", DISTRIBUTOR, "", -4),
        Party("C301", "苏州精工维修", "Suzhou Precision Service", "中国", END, "C200"),
        Party("C302", "宁波港机修理厂", "Ningbo Port Machine Repair", "中国", END, "C200"),
        Party("C303", "合肥叉车服务站", "Hefei Forklift Service", "中国", END, "C200"),
        Party("C311", "Van Dalen Service", "Van Dalen Service", "荷兰", END, "C210", 1),
        Party("C312", "Rhône Hydraulique", "Rhone Hydraulique", "法国", END, "C210", 1),
        Party("C313", "Baltic Machine Care", "Baltic Machine Care", "波兰", END, "C210", 1),
        Party("C321", "Minera Sierra Alta", "Minera Sierra Alta", "智利", END, "C220", -4),
        Party("C322", "Talleres del Sur", "Talleres del Sur", "智利", END, "C220", -4),
    )
}

AREAS = {
    "A0": "动力站 Utilities",
    "A1": "机加热处理车间 Component shop",
    "A2": "装配车间 Assembly shop",
    "A3": "涂装包装车间 Paint and packing shop",
}

LINES = {
    "L01": "公用动力 Utilities",
    "L11": "壳体线 Housing line",
    "L12": "齿轮线 Gear line",
    "L13": "热处理线 Heat treatment line",
    "L21": "压装线 Pressing line",
    "L22": "装配线 Assembly line",
    "L23": "试验线 Test line",
    "L31": "涂装线 Paint line",
    "L32": "包装线 Packing line",
}
