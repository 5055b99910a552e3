"""Every file of the sample plant with every column in it: the one place that names them.

The writers take their headers from here, `COLUMNS.md` is printed from here, and so is the README
beside a generated plant. Headers are those that a real MES, CMMS or ERP export would have.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Format = Literal["csv", "xlsx", "jsonl"]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table: a CSV or JSON lines file, or a sheet of a workbook."""

    key: str
    name: str  # the sheet's name in a workbook; the file's own name elsewhere
    columns: tuple[tuple[str, str], ...]  # header, meaning
    header_row: int = 1  # counted from 1; what stands above it is a merged title
    merged: tuple[str, ...] = ()  # columns whose equal neighbours are merged downwards

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers in order."""
        return tuple(header for header, _ in self.columns)


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of file. `pattern` holds `{part}` where a plant has many of it."""

    key: str
    pattern: str
    format: Format
    encoding: str  # "utf-8", "utf-8-sig" (byte-order mark) or "gb18030"; workbooks have none
    part: str  # "", "week", "month", "quarter", "half-year" or "year"
    title: str
    title_zh: str
    sheets: tuple[Sheet, ...]

    @property
    def sheet(self) -> Sheet:
        """The only table, or the first."""
        return self.sheets[0]


def _file(
    key: str,
    pattern: str,
    encoding: str,
    titles: tuple[str, str],
    *columns: tuple[str, str],
    part: str = "",
) -> FileKind:
    form: Format = "jsonl" if pattern.endswith("jsonl") else "csv"
    return FileKind(key, pattern, form, encoding, part, *titles, (Sheet(key, pattern, columns),))


def _book(
    key: str, pattern: str, titles: tuple[str, str], *sheets: Sheet, part: str = ""
) -> FileKind:
    return FileKind(key, pattern, "xlsx", "", part, *titles, sheets)


_LOCAL = "plant time, no zone written: Asia/Shanghai"

KINDS: tuple[FileKind, ...] = (
    _book(
        "asset_register",
        "master/asset_register.xlsx",
        ("Asset register with bill of materials", "设备台账与设备BOM"),
        Sheet(
            "assets",
            "设备台账",
            (
                ("车间代码", "area code; merged over its rows"),
                ("车间", "area; merged"),
                ("产线代码", "line code; merged"),
                ("产线", "line; merged"),
                ("设备编号", "asset tag: the identity of an asset everywhere"),
                ("设备名称", "asset name in Chinese"),
                ("Equipment name", "asset name in English"),
                ("设备类别", "asset class, Chinese / English; blank in a few rows"),
                ("制造商", "manufacturer"),
                ("型号", "model"),
                ("出厂编号", "manufacturer's serial number"),
                ("投产日期", "in service since (date)"),
                ("上级设备", "tag of the asset that this one is built into"),
                ("依赖设备", "tags of assets that this one depends on, separated by ;"),
                ("状态", "status: 在用 or 停用"),
            ),
            header_row=3,
            merged=("车间代码", "车间", "产线代码", "产线"),
        ),
        Sheet(
            "asset_bom",
            "设备BOM",
            (
                ("设备编号", "asset tag; merged over its components"),
                ("序号", "position in the list"),
                ("部件名称", "component in Chinese"),
                ("Component", "component in English"),
                ("数量", "number of pieces"),
                ("单位", "unit of measure"),
                ("备件编码", "stock code of the spare part; may be blank"),
            ),
            header_row=2,
            merged=("设备编号",),
        ),
        Sheet(
            "sensors",
            "传感器",
            (
                ("传感器编号", "sensor tag"),
                ("设备编号", "asset tag that it sits on"),
                ("参数", "parameter in Chinese"),
                ("Parameter", "parameter in English"),
                ("单位", "unit of measure"),
                ("下限", "lower limit; may be blank"),
                ("上限", "upper limit; may be blank"),
            ),
        ),
    ),
    _file(
        "spare_parts",
        "master/spare_parts.csv",
        "gb18030",
        ("Spare parts in stock", "备件清单"),
        ("物料编码", "stock code of a spare part"),
        ("物料名称", "name in Chinese"),
        ("英文名称", "name in English"),
        ("规格型号", "specification"),
        ("单位", "unit of measure"),
        ("单价(元)", "price in CNY"),
        ("库存数量", "pieces in stock"),
        ("供应商编号", "supplier number"),
    ),
    _file(
        "tools",
        "master/tools.csv",
        "utf-8",
        ("Tools, fixtures and gauges", "工装与量具台账"),
        ("ToolNo", "tool code"),
        ("ToolName", "name in English"),
        ("工装名称", "name in Chinese"),
        ("ToolType", "Fixture, Cutting tool, Torque driver or Gauge"),
        ("StepCode", "process step that it is used in"),
        ("CalibrationDue", "date; blank where it is not calibrated"),
    ),
    _file(
        "personnel",
        "master/personnel.csv",
        "gb18030",
        ("Personnel", "人员名册"),
        ("工号", "staff number: the identity of a person everywhere"),
        ("姓名", "name (fictional)"),
        ("岗位", "job: 操作工, 检验员, 维修工, 包装工"),
        ("班组", "crew"),
        ("车间代码", "area code"),
    ),
    _file(
        "suppliers",
        "master/suppliers.csv",
        "utf-8",
        ("Suppliers", "供应商"),
        ("SupplierNo", "supplier number"),
        ("SupplierName", "name in English"),
        ("供应商名称", "name in Chinese"),
        ("Country", "country"),
        ("Tier", "1 delivers to the plant, 2 to a supplier of it"),
    ),
    _file(
        "customers",
        "master/customers.csv",
        "utf-8-sig",
        ("Customers", "客户"),
        ("客户编号", "customer number"),
        ("客户名称", "name in Chinese"),
        ("Customer name", "name in English"),
        ("国家", "country"),
        ("类型", "主机厂 (maker of machines), 经销商 (distributor) or 终端客户 (end customer)"),
        ("上级客户", "number of the distributor that delivers to this customer"),
    ),
    _book(
        "products",
        "master/products.xlsx",
        ("Products with bill of materials", "产品与产品BOM"),
        Sheet(
            "products",
            "产品",
            (
                ("物料编码", "part number: the identity of a product or bought part everywhere"),
                ("物料名称", "name in Chinese"),
                ("Part name", "name in English"),
                ("物料类型", "成品 (finished), 自制件 (made), 外购件 (bought), 原材料 (raw)"),
                ("单位", "unit of measure"),
            ),
        ),
        Sheet(
            "product_bom",
            "产品BOM",
            (
                ("父项编码", "part number of the parent; merged over its children"),
                ("父项名称", "its name; merged"),
                ("子项编码", "part number of the child"),
                ("子项名称", "its name"),
                ("用量", "quantity per parent"),
                ("单位", "unit of measure"),
            ),
            header_row=2,
            merged=("父项编码", "父项名称"),
        ),
    ),
    _file(
        "process_steps",
        "master/process_steps.csv",
        "gb18030",
        ("Process steps (route)", "工艺路线"),
        ("工序代码", "step code"),
        ("工序名称", "name in Chinese"),
        ("英文名称", "name in English"),
        ("工序类型", "加工, 热处理, 装配, 检验, 返工, 涂装, 包装"),
        ("顺序", "place in the route"),
        ("车间代码", "area code"),
    ),
    _file(
        "characteristics",
        "master/characteristics.csv",
        "utf-8",
        ("Characteristics and limits (control plan)", "控制计划特性"),
        ("CharNo", "characteristic code"),
        ("Characteristic", "name in English"),
        ("特性名称", "name in Chinese"),
        ("StepCode", "process step where it is measured"),
        ("Unit", "unit of measure"),
        ("LSL", "lower specification limit; may be blank"),
        ("Target", "nominal value"),
        ("USL", "upper specification limit; may be blank"),
    ),
    _file(
        "defect_codes",
        "master/defect_codes.csv",
        "gb18030",
        ("Defect codes", "缺陷代码"),
        ("缺陷代码", "defect type code"),
        ("缺陷名称", "name in Chinese"),
        ("英文名称", "name in English"),
        ("严重度", "severity: A, B or C"),
    ),
    _file(
        "failure_codes",
        "master/failure_codes.csv",
        "utf-8",
        ("Failure-code catalogue of maintenance", "维修故障代码表"),
        ("Code", "code as used in work orders"),
        ("CodeType", "Failure mode, Cause or Action"),
        ("Description", "name in English"),
        ("中文描述", "name in Chinese"),
        ("EquipmentClass", "asset class in English for causes; blank: any"),
        ("Component", "component in English that a cause sits in; blank: any"),
    ),
    _file(
        "alarm_list",
        "master/alarm_list.csv",
        "gb18030",
        ("Alarm list of the machines' controllers", "设备报警清单"),
        ("报警代码", "alarm code"),
        ("报警文本", "text in Chinese"),
        ("Alarm text", "text in English"),
        ("设备类别", "asset class in English"),
        ("级别", "severity: 提示, 警告, 故障"),
        ("可能故障模式", "failure-mode code that it points to; may be blank"),
    ),
    _file(
        "production_orders",
        "master/production_orders.csv",
        "gb18030",
        ("Production orders", "生产订单"),
        ("生产订单", "order number"),
        ("物料编码", "part number to make"),
        ("计划数量", "planned pieces"),
        ("计划开始", f"planned start ({_LOCAL})"),
        ("计划完成", f"planned end ({_LOCAL})"),
        ("状态", "已完工 or 生产中"),
    ),
    _book(
        "fmea_equipment",
        "quality/fmea_equipment.xlsx",
        ("FMEA of the equipment, one sheet for all classes", "设备FMEA"),
        Sheet(
            "fmea_equipment",
            "设备FMEA",
            (
                ("设备类别 Equipment class", "asset class, Chinese / English; merged"),
                ("部件 Component", "component, Chinese / English; merged"),
                ("功能 Function", "what the component is for; merged"),
                ("失效模式 Failure mode", "failure mode, Chinese / English; merged"),
                ("失效影响 Failure effect", "what follows from it; merged"),
                ("S", "severity 1 to 10; merged"),
                ("失效原因 Failure cause", "cause, Chinese / English"),
                ("预防控制 Prevention control", "what prevents the cause"),
                ("O", "occurrence 1 to 10"),
                ("探测控制 Detection control", "check that finds it"),
                ("D", "detection 1 to 10"),
                ("AP", "action priority: H, M or L"),
                ("优化措施 Recommended action", "remedy"),
                ("备件 Spare part", "stock code that the remedy needs; may be blank"),
                ("责任人 Responsible", "staff number"),
                ("状态 Status", "open or done"),
            ),
            header_row=4,
            merged=(
                "设备类别 Equipment class",
                "部件 Component",
                "功能 Function",
                "失效模式 Failure mode",
                "失效影响 Failure effect",
                "S",
            ),
        ),
    ),
    _book(
        "fmea_process",
        "quality/fmea_process.xlsx",
        ("Process FMEA of the pump", "过程FMEA"),
        Sheet(
            "fmea_process",
            "PFMEA",
            (
                ("工序 Process step", "step code and name, such as A10 压装衬套; merged"),
                ("功能要求 Function", "what the step must achieve; merged"),
                ("失效模式 Failure mode", "defect, Chinese / English; merged"),
                ("失效影响 Failure effect", "what the customer sees; merged"),
                ("S", "severity 1 to 10; merged"),
                ("失效原因 Failure cause", "cause"),
                ("4M", "人, 机, 料, 法, 环 or 测"),
                ("预防控制 Prevention", "what prevents the cause"),
                ("O", "occurrence 1 to 10"),
                ("探测控制 Detection", "check that finds it"),
                ("D", "detection 1 to 10"),
                ("AP", "action priority: H, M or L"),
            ),
            header_row=3,
            merged=(
                "工序 Process step",
                "功能要求 Function",
                "失效模式 Failure mode",
                "失效影响 Failure effect",
                "S",
            ),
        ),
    ),
    _file(
        "eam_work_orders",
        "maintenance/eam_work_orders_{part}.csv",
        "gb18030",
        ("Work orders of the component shops (EAM export)", "设备管理系统维修工单"),
        ("工单号", "work order number"),
        ("工单类型", "故障维修, 预防保养 or 校准"),
        ("设备编号", "asset tag; blank or mistyped in some rows"),
        ("设备名称", "asset name"),
        ("报修时间", f"reported at, as 2025/3/1 7:30 ({_LOCAL})"),
        ("开始维修", "repair started; same form"),
        ("完工时间", "repair ended; same form"),
        ("停机时长(小时)", "downtime in hours"),
        ("优先级", "紧急, 高, 中 or 低"),
        ("故障描述", "free text, Chinese, English or mixed: what was seen"),
        ("故障代码", "failure-mode code; blank or wrong in some rows"),
        ("原因代码", "cause code; blank or wrong in some rows"),
        ("处理措施", "free text: what was done and found"),
        ("措施代码", "action code; blank in some rows"),
        ("更换备件", "stock codes used, as SP-1012*2; SP-2040*1"),
        ("维修人", "staff numbers, separated by 、"),
        ("费用(元)", "cost in CNY"),
        ("状态", "已关闭, 待料 or 处理中"),
        part="half-year",
    ),
    _book(
        "cmms_work_orders",
        "maintenance/cmms_work_orders_{part}.xlsx",
        ("Work orders of the assembly shop (CMMS export)", "装配车间CMMS维修工单"),
        Sheet(
            "cmms_work_orders",
            "Work orders",
            (
                ("WO No.", "work order number"),
                ("WO Type", "Corrective, Preventive or Calibration"),
                ("Asset", "asset tag; blank or mistyped in some rows"),
                ("Asset description", "asset name"),
                ("Reported on", f"date-time cell ({_LOCAL})"),
                ("Started on", "date-time cell"),
                ("Completed on", "date-time cell; blank while open"),
                ("Downtime (h)", "hours"),
                ("Priority", "1 (urgent) to 4"),
                ("Description", "free text in English, Chinese or mixed: what was seen"),
                ("Failure code", "failure-mode code; blank or wrong in some rows"),
                ("Cause code", "cause code; blank or wrong in some rows"),
                ("Action taken", "free text: what was done and found"),
                ("Action code", "action code; blank in some rows"),
                ("Parts used", "stock codes, as SP-1012 x2, SP-2040 x1"),
                ("Technician", "staff number"),
                ("Cost (CNY)", "cost"),
                ("Status", "CLOSED, WAIT PARTS or IN PROGRESS"),
            ),
        ),
        part="year",
    ),
    _file(
        "alarms",
        "maintenance/alarms_{part}.jsonl",
        "utf-8",
        ("Alarm events", "报警记录"),
        ("event_id", "identity of the event"),
        ("timestamp", "ISO 8601 with +08:00"),
        ("asset", "asset tag"),
        ("alarm", "alarm code"),
        ("text", "text as displayed, Chinese"),
        ("severity", "info, warning or fault"),
        ("cleared_at", "ISO 8601 with +08:00; null while active"),
        part="quarter",
    ),
    _file(
        "condition",
        "maintenance/condition_{part}.csv",
        "utf-8",
        ("Condition readings, one per sensor and shift day", "设备状态点检数据"),
        ("SensorNo", "sensor tag"),
        ("Asset", "asset tag"),
        ("ReadAt", f"2025-03-01 07:30:00 ({_LOCAL})"),
        ("Parameter", "parameter in English"),
        ("Value", "number"),
        ("Unit", "unit of measure"),
        part="month",
    ),
    _file(
        "receipts",
        "production/receipts_{part}.csv",
        "utf-8",
        ("Goods receipts: lots of raw material and bought parts", "来料批次"),
        ("LotNo", "lot number: the identity of a lot everywhere"),
        ("PartNo", "part number"),
        ("SupplierNo", "supplier number"),
        ("Quantity", "quantity received"),
        ("UoM", "PCS, KG or L"),
        ("ReceivedAt", f"2025-03-01 07:30:00 ({_LOCAL})"),
        ("CertificateNo", "certificate of the supplier"),
        ("SubLotNo", "the supplier's own input lot (tier 2), where told; else blank"),
        ("SubSupplierNo", "tier-2 supplier of that lot; else blank"),
        part="month",
    ),
    _file(
        "operations",
        "production/operations_{part}.csv",
        "gb18030",
        ("Operations: one row per run of a step", "工序报工"),
        ("作业号", "operation number: the identity of an operation everywhere"),
        ("生产订单", "production order; blank for operations on component lots"),
        ("工序代码", "step code"),
        ("工序名称", "step name"),
        ("设备编号", "asset tag"),
        ("工装编号", "tool or fixture code; may be blank"),
        ("操作工号", "staff number"),
        ("班次", "shift: 早班 (06-14) or 中班 (14-22)"),
        ("开始时间", f"2025-03-01 07:30:00 ({_LOCAL})"),
        ("结束时间", "same form"),
        ("物料编码", "part number of what is made"),
        ("投入数量", "pieces in"),
        ("合格数量", "good pieces out"),
        ("报废数量", "pieces scrapped in the step"),
        ("单位", "unit of measure of the three"),
        part="week",
    ),
    _file(
        "genealogy",
        "production/genealogy_{part}.csv",
        "utf-8",
        (
            "Genealogy: one row per lot or unit that went into or came out of an operation",
            "物料谱系",
        ),
        ("OperationNo", "operation number"),
        ("Direction", "IN (consumed) or OUT (produced)"),
        ("MaterialType", "LOT or UNIT"),
        ("MaterialID", "lot number or serial number"),
        ("PartNo", "part number of it"),
        ("Quantity", "quantity in or out"),
        ("UoM", "PCS, KG or L"),
        ("BookedAt", f"2025-03-01 07:30:00 ({_LOCAL})"),
        part="week",
    ),
    _file(
        "process_data",
        "production/process_data_{part}.jsonl",
        "utf-8",
        ("Process parameters recorded by the machines, per operation", "过程参数"),
        ("operation", "operation number"),
        ("characteristic", "characteristic code"),
        ("value", "number"),
        ("unit", "unit of measure"),
        ("timestamp", "ISO 8601 with +08:00"),
        part="month",
    ),
    _file(
        "inspections",
        "quality/inspections_{part}.csv",
        "utf-8-sig",
        ("Inspection results: one row per unit (or lot) and characteristic", "检验记录"),
        ("检验批号", "inspection number: one run of an inspector on one bench, several units"),
        ("检验类型", "来料检验, 出厂试验, 复检 or 外观检验"),
        ("工序代码", "step code of the inspection"),
        ("设备编号", "asset tag of the bench; may be blank"),
        ("量具编号", "gauge code; may be blank"),
        ("检验员", "staff number"),
        ("检验时间", f"2025-03-01 07:30:00 ({_LOCAL})"),
        ("序列号", "serial number of the unit; blank for a lot"),
        ("物料批次", "lot number; blank for a unit"),
        ("特性代码", "characteristic code; blank for a visual inspection"),
        ("实测值", "measured value; blank for a visual inspection"),
        ("计量单位", "unit of measure"),
        ("判定", "OK or NG"),
        part="week",
    ),
    _file(
        "defects",
        "quality/defects_{part}.csv",
        "gb18030",
        ("Defect (non-conformity) reports", "不合格品记录"),
        ("缺陷单号", "defect number"),
        ("序列号", "serial number of the unit"),
        ("缺陷代码", "defect type code"),
        ("缺陷描述", "free text"),
        ("发现工序", "step code where it was found"),
        ("检验批号", "inspection number where found by inspection; else blank"),
        ("产生工序", "step code where it was made, only where known"),
        ("发现时间", f"2025-03-01 07:30:00 ({_LOCAL})"),
        ("处置", "返工, 报废, 复检合格 or 让步接收"),
        ("记录人", "staff number"),
        part="month",
    ),
    _file(
        "packing",
        "logistics/packing_{part}.csv",
        "utf-8",
        ("Packing: what is in which container from when to when", "装箱记录"),
        ("ContentType", "UNIT or CARTON"),
        ("Content", "serial number or container number"),
        ("ContainerType", "CARTON or PALLET"),
        ("Container", "container number"),
        ("PackedAt", f"2025-03-01 07:30:00 ({_LOCAL})"),
        ("UnpackedAt", "same form; blank while packed"),
        ("PackedBy", "staff number"),
        part="month",
    ),
    _file(
        "shipments",
        "logistics/shipments_{part}.csv",
        "utf-8-sig",
        ("Shipments: one row per container in a shipment", "发运记录"),
        ("发运单号", "shipment number"),
        ("发货方", "customer number of a distributor that ships on; blank: the plant"),
        ("客户编号", "customer number of the receiver"),
        ("容器类型", "CARTON or PALLET"),
        ("容器编号", "container number"),
        ("发运时间", "ISO 8601 with +08:00"),
        ("签收时间", "ISO 8601 with the receiver's offset; blank in transit"),
        ("承运商", "carrier"),
        part="month",
    ),
    _book(
        "complaints",
        "quality/customer_complaints.xlsx",
        ("Customer complaints", "客户投诉"),
        Sheet(
            "complaints",
            "客户投诉",
            (
                ("投诉单号", "complaint number"),
                ("投诉日期", "date cell"),
                ("客户编号", "customer number"),
                ("序列号", "serial number of the unit"),
                ("问题描述", "free text, Chinese or English"),
                ("缺陷代码", "defect type code; blank while not analysed"),
                ("状态", "调查中 or 已关闭"),
            ),
            header_row=2,
        ),
    ),
)

KIND: dict[str, FileKind] = {kind.key: kind for kind in KINDS}


def describe_files() -> str:
    """All files and columns as Markdown."""
    lines: list[str] = []
    for kind in KINDS:
        form = kind.format.upper() + (f", {kind.encoding}" if kind.encoding else "")
        per = f", one per {kind.part}" if kind.part else ""
        lines += [f"### `{kind.pattern}`", "", f"{kind.title} · {kind.title_zh} ({form}{per})", ""]
        for sheet in kind.sheets:
            if kind.format == "xlsx":
                merged = f"; merged cells: {', '.join(sheet.merged)}" if sheet.merged else ""
                lines += [f"Sheet “{sheet.name}”, headers in row {sheet.header_row}{merged}", ""]
            lines += ["| Column | Meaning |", "| --- | --- |"]
            lines += [f"| {header} | {meaning} |" for header, meaning in sheet.columns]
            lines.append("")
    return "\n".join(lines)
