"""Examples for the shipped mappings: small files of other plants, and what they say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Example:
    """A file and what must come out of it."""

    text: str
    says: tuple[str, ...]
    says_not: tuple[str, ...] = ()  # patterns that no statement may match
    properties: dict[str, dict[str, Any]] = field(default_factory=dict)
    names: dict[str, set[str]] = field(default_factory=dict)
    qualifiers: dict[str, dict[str, Any]] = field(default_factory=dict)
    finds: tuple[str, ...] = ()


def table(*rows: str) -> str:
    """Rows written with bars, as a CSV file."""
    return "".join(
        ",".join(f'"{cell.strip()}"' if "," in cell else cell.strip() for cell in row.split("|"))
        + "\n"
        for row in rows
    )


EXAMPLES: dict[str, list[Example]] = {
    "excavator-work-orders": [
        Example(
            table(
                "BscStartDate|Asset|OriginalShorttext|PMType|Cost",
                "2005-03-20|A|L/H BUCKET CYL LEAKING.|PM01|407.4",
                "2005-03-20|A|L/H BUCKET CYL LEAKING.|PM01|12",
            ),
            (
                "wo:EX-A-20050320-FC22E8AA reportedOn asset:A",
                "wo:EX-A-20050320-FC22E8AA-2 reportedOn asset:A",
                "asset:A ofClass class:Excavator",
            ),
            properties={"wo:EX-A-20050320-FC22E8AA": {"cost": 407.4, "currency": "AUD"}},
            names={"asset:A": {"Excavator A"}},
        ),
    ],
    "cmms-work-orders": [
        Example(  # SAP PM list
            table(
                "Order|Order Type|Equipment|Functional Loc.|Description|Created on|Actual start"
                "|Actual finish|Total act.costs|Priority|System status|Cause code text",
                "4000123|PM01|10023|P100-A|Pump leaks at shaft seal|03.02.2024|04.02.2024"
                "|05.02.2024|1.250,50|2|TECO|Seal worn",
                "4000124|PM02|10024|P100-B|Yearly inspection|03.02.2024|14.02.2024|14.02.2024|80,00"
                "|4|CLSD|",
            ),
            (
                "wo:4000123 reportedOn asset:10023",
                "asset:10023 locatedIn location:P100-A",
                "wo:4000123 foundCause cause:seal worn",
            ),
            properties={
                "wo:4000123": {
                    "cost": 1250.5,
                    "startedAt": "2024-02-04T00:00:00Z",
                    "workOrderType": "PM01",
                    "priority": "2",
                }
            },
        ),
        Example(  # Maximo
            table(
                "WONUM|DESCRIPTION|ASSETNUM|LOCATION|STATUS|WORKTYPE|REPORTDATE|ACTSTART|ACTFINISH"
                "|FAILURECODE|ACTLABHRS|ACTTOTALCOST|WOPRIORITY",
                "W100|Bearing noise on fan|FAN-07|BLD2|COMP|CM|2024-02-03 08:00:00"
                "|2024-02-03 09:00:00|2024-02-03 11:30:00|NOISE|2.5|310|1",
                "W101|Grease fan|FAN-07|BLD2|COMP|PM|2024-02-04 08:00:00|2024-02-04 09:00:00"
                "|2024-02-04 09:30:00|GREASE|0.5|20|4",
            ),
            (
                "wo:W100 reportedOn asset:FAN-07",
                "wo:W100 observed mode:noise",
                "wo:W101 performed activity:grease",
            ),
            says_not=("W101 observed", "W100 performed"),
            properties={"wo:W100": {"labourHours": 2.5, "endedAt": "2024-02-03T11:30:00Z"}},
        ),
        Example(  # without numbers of orders
            table(
                "Date|Machine|Problem|Work done|Parts used|Technician",
                "2024-02-03|M-7|belt torn|replaced belt|B-22*2; S-3|Li; Wang",
            ),
            (
                "wo:M-7-20240203-AE04B5DC reportedOn asset:M-7",
                "wo:M-7-20240203-AE04B5DC usedPart part:B-22",
                "wo:M-7-20240203-AE04B5DC usedPart part:S-3",
                "wo:M-7-20240203-AE04B5DC performedBy person:WANG",
            ),
            qualifiers={"wo:M-7-20240203-AE04B5DC usedPart part:B-22": {"quantity": 2.0}},
        ),
        Example(
            table(
                "维修单号|设备编号|设备名称|报修时间|故障现象|故障原因|处理措施|完成时间|维修人员|停机时间(分钟)",
                "R1|注塑机-03|注塑机|2024年2月3日|液压油泄漏|密封圈老化|更换密封圈|2024年2月4日|张三、李四|90",
            ),
            (
                "wo:R1 reportedOn asset:注塑机-03",
                "wo:R1 foundCause cause:密封圈老化",
                "wo:R1 performedBy person:李四",
            ),
            properties={"wo:R1": {"downtimeHours": 1.5, "reportedAt": "2024-02-03T00:00:00Z"}},
        ),
    ],
    "failure-codes": [
        Example(
            table(
                "Failure code|Failure mode|Definition|Code type",
                "ELP|External leakage - process|Process fluid gets out|Problem",
                "C07|Wear||Cause",
                "A1|Replace||Activity",
            ),
            (),
            properties={
                "mode:external leakage - process": {"code": "ELP"},
                "cause:wear": {"code": "C07"},
                "activity:replace": {"code": "A1"},
            },
            names={"cause:wear": {"Wear", "C07"}},
        ),
        Example(
            table("故障代码|故障名称|类别|部件", "F01|漏油|失效模式|", "Y01|密封磨损|原因|密封圈"),
            ("cause:密封磨损 affects component:密封圈",),
            properties={"mode:漏油": {"code": "F01"}},
        ),
    ],
    "fmea": [
        Example(  # AIAG-VDA form
            table(
                "Focus element|Function of the focus element|Failure Effect (FE)|S"
                "|Failure mode (FM) of the focus element|Failure cause (FC)"
                "|Current prevention control (PC) of FC|O"
                "|Current detection control (DC) of FC or FM|D|AP",
                "Window lift motor|Move the pane|Pane does not move|8|No torque"
                "|Commutator worn; Brush stuck|Design rule|3|End of line test|4|M",
                "||||  |Wire broken|Strain relief|2|Visual check|6|L",
            ),
            (
                "component:window lift motor exhibits mode:no torque",
                "component:window lift motor hasFunction function:move the pane",
                "mode:no torque causes effect:pane does not move",
                "cause:commutator worn causes mode:no torque",
                "cause:brush stuck causes mode:no torque",
                "cause:wire broken causes mode:no torque",
                "cause:wire broken affects component:window lift motor",
                "cause:wire broken detectedBy check:visual check",
                "cause:commutator worn preventedBy remedy:design rule",
            ),
            qualifiers={},
        ),
        Example(  # other scales
            table(
                "Item|Potential Failure Mode|Potential Effect(s) of Failure|SEV"
                "|Potential Cause(s) of Failure|OCC|Current Controls|DET|RPN|Recommended Action",
                "Brake|Fade|No braking|4|Overheated disc|2|No current controls|5|40"
                "|Fit bigger disc. Train drivers.",
            ),
            (
                "cause:overheated disc remediedBy remedy:fit bigger disc",
                "cause:overheated disc remediedBy remedy:train drivers",
            ),
            says_not=("detectedBy",),
            finds=("scale-assumed",) * 3,
        ),
        Example(
            table(
                "部件|失效模式|失效影响|严重度|失效原因|频度|探测控制|探测度|建议措施|备件",
                "液压泵|泄漏 / Leakage|压力不足|7|密封圈老化、油温过高|4|目视检查|5"
                "|更换密封圈|SP-77",
            ),
            (
                "component:液压泵 exhibits mode:leakage",
                "cause:密封圈老化 causes mode:leakage",
                "cause:油温过高 causes mode:leakage",
                "remedy:更换密封圈 requiresPart part:SP-77",
            ),
            names={"mode:leakage": {"Leakage", "泄漏"}},
        ),
    ],
    "process-fmea": [
        Example(
            table(
                "Process Step|Requirement|Potential Failure Mode|Potential Effect(s) of Failure"
                "|Severity|Potential Cause(s) of Failure|Occurrence"
                "|Current Process Controls Detection"
                "|Detection|RPN",
                "OP20 Weld frame|Full penetration|Cold weld|Frame breaks|9|Current too low|3"
                "|Ultrasonic test|4|108",
            ),
            (
                "step:OP20 exhibits mode:cold weld",
                "cause:current too low causes mode:cold weld",
                "cause:current too low causes defecttype:cold weld",
                "cause:current too low affects step:OP20",
                "cause:current too low detectedBy check:ultrasonic test",
            ),
            names={"step:OP20": {"Weld frame"}},
            qualifiers={},
        ),
        Example(
            table(
                "工序|失效模式|失效后果|严重度|失效原因|频度|现行探测控制|探测度",
                "OP30 喷漆|漆膜过薄|生锈|8|粘度过低|3|膜厚测量|3",
            ),
            ("step:OP30 exhibits mode:漆膜过薄", "cause:粘度过低 causes defecttype:漆膜过薄"),
        ),
    ],
    "production-log": [
        Example(
            table(
                "Job|Part number|Activity|Resource|Operator|Start time|End time|Completed|Rejected",
                "J1|GEAR|Hobbing|HOB-2|E7|2024-02-03 06:00|2024-02-03 08:00|10|1",
                "J1|GEAR|Final inspection||E9|2024-02-03 09:00|2024-02-03 10:00|8|2",
            ),
            (
                "order:J1 ofProduct product:GEAR",
                "op:J1/HOBBING/20240203T060000-20240203T080000/E7 performedOn asset:HOB-2",
                "op:J1/HOBBING/20240203T060000-20240203T080000/E7 produced lot:J1",
                "defect:J1/FINAL INSPECTION/20240203T090000-20240203T100000/E9"
                " detectedAt step:FINAL INSPECTION",
                "defect:J1/HOBBING/20240203T060000-20240203T080000/E7 producedAt"
                " op:J1/HOBBING/20240203T060000-20240203T080000/E7",
            ),
            says_not=(r"INSPECTION.* producedAt", r"INSPECTION.* performedOn"),
        ),
        Example(
            table(
                "生产工单|零件名称|工序|机台|操作工|开始时间|结束时间|合格数量|不良数量",
                "M1|齿轮|滚齿|GC-2|张三|2024-02-03 06:00|2024-02-03 08:00|10|0",
                "M1|齿轮|终检||李四|2024-02-03 09:00|2024-02-03 10:00|8|2",
            ),
            (
                "lot:M1 ofProduct product:齿轮",
                "lot:M1 hasDefect defect:M1/终检/20240203T090000-20240203T100000/李四",
            ),
            says_not=("producedAt",),
        ),
    ],
    "operations": [
        Example(
            table(
                "Confirmation|Order|Operation|Work center|Personnel number|Start time|Finish time"
                "|Material|Yield|Scrap|Fixture|NC program",
                "9001|700|0020|MILL3|P55|2024-02-03 06:00|2024-02-03 08:00|M-1|9|1|FX-1|O1234-C",
            ),
            (
                "op:9001 forOrder order:700",
                "op:9001 ofStep step:0020",
                "op:9001 performedOn asset:MILL3",
                "op:9001 performedBy person:P55",
                "op:9001 usedTool tool:FX-1",
                "op:9001 usedRecipe recipe:O1234-C",
                "op:9001 ofProduct product:M-1",
            ),
            properties={"op:9001": {"goodQuantity": 9.0, "scrapQuantity": 1.0}},
        ),
        Example(
            table(
                "报工单号|生产工单|工序|机台|作业员|班次|开工时间|完工时间|良品数量",
                "B1|M1|OP10|GC-2|E1;E2|白班|2024-02-03 06:00|2024-02-03 08:00|10",
            ),
            ("op:B1 performedBy person:E2", "op:B1 duringShift shift:白班"),
        ),
    ],
    "production-orders": [
        Example(
            table(
                "Production order|Material|Order quantity|Unit"
                "|Basic start date|Basic finish date|Status",
                "700|M-1|250|EA|2024-02-01|2024-02-09|REL",
            ),
            ("order:700 ofProduct product:M-1",),
            properties={"order:700": {"quantity": 250.0, "unitOfMeasure": "pcs", "status": "REL"}},
        ),
        Example(
            table(
                "制造订单|产品编码|订单数量|计划开始|计划结束", "M1|P-9|30|2024-02-01|2024-02-09"
            ),
            ("order:M1 ofProduct product:P-9",),
            properties={"order:M1": {"dueAt": "2024-02-09T00:00:00Z"}},
        ),
    ],
    "genealogy": [
        Example(
            table(
                "Serial number|Component|Lot number|Quantity|UoM|Station|Timestamp|Operator|Vendor",
                "VIN1|SEAL|L-9|2|PCS|ST4|2024-02-03T06:00:00Z|E1|ACME",
            ),
            (
                "unit:VIN1 madeOf lot:L-9",
                "lot:L-9 ofProduct product:SEAL",
                "lot:L-9 suppliedBy supplier:ACME",
            ),
            qualifiers={"unit:VIN1 madeOf lot:L-9": {"quantity": 2.0, "unitOfMeasure": "pcs"}},
        ),
        Example(
            table(
                "Output lot|Input lot|Operation number|Equipment|Consumed quantity|Production date",
                "OUT1|IN1; IN2|OP9|MIX1|40 kg|2024-02-03",
            ),
            (
                "lot:OUT1 madeOf lot:IN1",
                "lot:OUT1 madeOf lot:IN2",
                "op:OP9 consumed lot:IN2",
                "op:OP9 produced lot:OUT1",
                "op:OP9 performedOn asset:MIX1",
            ),
        ),
        Example(
            table("产品序列号|部件序列号|工位|装配时间", "SN1|BT1|W3|2024-02-03 06:00"),
            ("unit:SN1 madeOf unit:BT1",),
        ),
    ],
    "genealogy-movements": [
        Example(  # movement types of SAP
            table(
                "Process order|Movement type|Batch|Material|Quantity|Unit|Posting date",
                "900|261|B-1|RAW|50|KG|2024-02-03",
                "900|101|B-2|FIN|48|KG|2024-02-04",
            ),
            (
                "op:900 consumed lot:B-1",
                "op:900 produced lot:B-2",
                "lot:B-2 ofProduct product:FIN",
            ),
            says_not=("consumed lot:B-2", "B-1 ofProduct"),
            qualifiers={"op:900 consumed lot:B-1": {"quantity": 50.0, "unitOfMeasure": "kg"}},
        ),
        Example(
            table(
                "作业号|方向|对象类型|标识|数量|记录时间",
                "Z1|投入|批次|L1|3|2024-02-03 06:00",
                "Z1|产出|单件|U1|1|2024-02-03 07:00",
            ),
            ("op:Z1 consumed lot:L1", "op:Z1 produced unit:U1"),
        ),
    ],
    "inspections": [
        Example(
            table(
                "Test id|Serial|Test date|Test item|Measured value|Unit of measure|LSL|USL|Result"
                "|Tester|Test stand",
                "T1|SN1|2024-02-03 06:00|FLOW|12.5|L/min|10|15|PASS|E1|TB1",
                "T2|SN2|2024-02-03 06:10|FLOW|9|L/min|10|15|FAIL|E1|TB1",
            ),
            (
                "inspection:T1 inspected unit:SN1",
                "inspection:T1 measured measurement:T1/SN1/FLOW",
                "measurement:T1/SN1/FLOW ofCharacteristic characteristic:FLOW",
                "measurement:T1/SN1/FLOW measuredOn unit:SN1",
                "inspection:T1 performedBy person:E1",
                "inspection:T1 performedOn asset:TB1",
            ),
            properties={
                "measurement:T2/SN2/FLOW": {
                    "value": 9.0,
                    "unitOfMeasure": "L/min",
                    "result": "NG",
                    "upperLimit": 15.0,
                }
            },
            qualifiers={"inspection:T2 inspected unit:SN2": {"result": "NG"}},
        ),
        Example(
            table(
                "检验单号|批号|检验日期|检验结果|不良数量|不良代码|检验员|抽样数量",
                "J1|L9|2024年2月3日|不合格|2|划伤|E1|80",
            ),
            (
                "inspection:J1 inspected lot:L9",
                "lot:L9 hasDefect defect:J1/L9/划伤",
                "defect:J1/L9/划伤 ofType defecttype:划伤",
                "inspection:J1 found defect:J1/L9/划伤",
            ),
            says_not=("producedAt",),
            properties={"inspection:J1": {"sampleSize": 80, "rejectedQuantity": 2.0}},
            qualifiers={"inspection:J1 inspected lot:L9": {"result": "NG"}},
        ),
    ],
    "defects": [
        Example(
            table(
                "NCR number|Serial number|Defect type|Description|Detected at|Caused at|Date"
                "|Disposition",
                "N1|SN1|Scratch|deep scratch|FINAL|OP20|2024-02-03|rework",
                "N2|SN2|Scratch||FINAL||2024-02-03|scrap",
            ),
            (
                "unit:SN1 hasDefect defect:N1",
                "defect:N1 ofType defecttype:scratch",
                "defect:N1 detectedAt step:FINAL",
                "defect:N1 producedAt step:OP20",
            ),
            says_not=("N2 producedAt",),
            properties={"defect:N1": {"disposition": "rework", "description": "deep scratch"}},
        ),
        Example(
            table(
                "不良单号|批次号|不良代码|检出工序|责任工序|发现日期",
                "D1|L1|划伤|终检|冲压|2024/2/3",
            ),
            ("lot:L1 hasDefect defect:D1", "defect:D1 producedAt step:冲压"),
        ),
    ],
    "asset-register": [
        Example(
            table(
                "Equipment|Description of technical object|Object type|Manufacturer|Model number"
                "|Functional Loc.|Superord.Equipment|Start-up date|ABC indicator|MaintPlant",
                "10023|Feed pump|Centrifugal pump|KSB|ETA 50|P100-A||01.05.2011|A|1000",
                "10024|Motor of feed pump|Electric motor|ABB|M2|P100-A|10023|01.05.2011|B|1000",
            ),
            (
                "asset:10023 ofClass class:centrifugal pump",
                "asset:10023 hasComponent asset:10024",
                "asset:10023 locatedIn location:P100-A",
                "asset:10023 locatedIn plant:1000",
            ),
            properties={
                "asset:10023": {
                    "manufacturer": "KSB",
                    "commissionedOn": "2011-05-01",
                    "criticality": "A",
                }
            },
            names={"asset:10023": {"Feed pump"}},
        ),
        Example(
            table(
                "资产编号|资产名称|设备类型|区域代码|产线编号|启用日期|依赖设备",
                "Z-1|空压机|螺杆空压机 / Screw compressor|A1|L1|2015-06-01|",
                "Z-2|注塑机|注塑机|A1|L1|2016-06-01|Z-1",
            ),
            (
                "asset:Z-1 ofClass class:screw compressor",
                "asset:Z-2 dependsOn asset:Z-1",
                "asset:Z-2 locatedIn line:L1",
                "line:L1 locatedIn area:A1",
            ),
        ),
    ],
    "asset-bom": [
        Example(
            table(
                "Equipment|Item|Component description|Quantity|Unit|Material number",
                "10023|10|Mechanical seal|1|EA|SP-1",
                "|20|Bearing|2|EA|SP-2",
            ),
            (
                "asset:10023 hasComponent component:bearing",
                "part:SP-2 fits component:bearing",
                "part:SP-2 fits asset:10023",
            ),
            qualifiers={
                "asset:10023 hasComponent component:bearing": {
                    "position": "20",
                    "quantity": 2.0,
                    "unitOfMeasure": "pcs",
                }
            },
        ),
        Example(
            table("设备编码|部件|用量|备件号", "Z-1|滤芯|1|SP-9"),
            ("asset:Z-1 hasComponent component:滤芯", "part:SP-9 fits component:滤芯"),
        ),
    ],
    "sensors": [
        Example(
            table(
                "Sensor tag|Equipment|Measured parameter|Engineering unit|Low limit|High limit",
                "PT-101|P-101|Discharge pressure|bar|2|9.5",
            ),
            (
                "sensor:PT-101 monitors asset:P-101",
                "sensor:PT-101 monitors parameter:discharge pressure",
            ),
            qualifiers={
                "sensor:PT-101 monitors parameter:discharge pressure": {
                    "lowerLimit": 2.0,
                    "upperLimit": 9.5,
                    "unitOfMeasure": "bar",
                }
            },
        ),
        Example(
            table("测点编号|设备编码|测量项目|单位", "T1|Z-1|油温|℃"),
            ("sensor:T1 monitors parameter:油温",),
        ),
    ],
    "condition-readings": [
        Example(
            table(
                "Measuring point|Equipment|Reading date|Characteristic|Reading|Unit",
                "MP1|P-101|2024-02-03 06:00|Vibration|4.5|mm/s",
            ),
            (
                "sensor:MP1 measured measurement:MP1/20240203T060000",
                "measurement:MP1/20240203T060000 measuredOn asset:P-101",
            ),
            properties={"measurement:MP1/20240203T060000": {"value": 4.5, "unitOfMeasure": "mm/s"}},
        ),
        Example(
            table("测点|设备编号|采集时间|读数|单位", "T1|Z-1|2024-02-03 06:00|55|℃"),
            ("sensor:T1 measured measurement:T1/20240203T060000",),
            properties={"measurement:T1/20240203T060000": {"unitOfMeasure": "°C"}},
        ),
    ],
    "process-data": [
        Example(
            table(
                "Run id|Parameter|Actual value|Unit|Recorded at", "R1|TEMP|180|°C|2024-02-03 06:00"
            ),
            (
                "op:R1 measured measurement:R1/TEMP/20240203T060000",
                "measurement:R1/TEMP/20240203T060000 ofCharacteristic characteristic:TEMP",
            ),
        ),
        Example(
            table("作业编号|参数|实测值|单位", "Z1|压力|12|MPa"),
            ("op:Z1 measured measurement:Z1/压力/",),
            properties={"measurement:Z1/压力/": {"value": 12.0}},
        ),
    ],
    "alarms": [
        Example(
            table(
                "Alarm id|Machine|Start time|End time|Alarm text|Priority",
                "E204|MC1|2024-02-03 06:00:00|2024-02-03 06:05:00|Spindle overload|High",
            ),
            (
                "alarmevent:MC1/E204/20240203T060000 raisedBy asset:MC1",
                "alarmevent:MC1/E204/20240203T060000 ofAlarm alarm:E204",
            ),
            names={"alarm:E204": {"Spindle overload"}},
        ),
        Example(
            table("报警编号|机台|报警时间|报警内容|等级", "A7|Z-1|2024-02-03 06:00|油温高|故障"),
            ("alarmevent:Z-1/A7/20240203T060000 raisedBy asset:Z-1",),
        ),
    ],
    "alarm-list": [
        Example(
            table(
                "Error code|Message|Machine type|Level|Failure mode",
                "E204|Spindle overload|Machining centre|fault|Overload",
            ),
            (
                "alarm:E204 indicates mode:overload",
                "alarm:E204 appliesTo class:machining centre",
            ),
        ),
        Example(
            table("报警号|报警信息|设备类型|等级|故障代码", "A7|油温高|空压机|警告|OHE"),
            ("alarm:A7 indicates mode:ohe",),
        ),
    ],
    "shipments": [
        Example(
            table(
                "Delivery|Ship-to party|Serial number|Goods issue date|Forwarder",
                "80001|C100|SN1; SN2|2024-02-03|DHL",
            ),
            (
                "unit:SN1 shippedIn shipment:80001",
                "unit:SN2 shippedIn shipment:80001",
                "shipment:80001 shippedTo customer:C100",
            ),
            properties={"shipment:80001": {"carrier": "DHL"}},
        ),
        Example(
            table("送货单号|收货方|箱号|批号|发货日期", "S1|K1|X1|L1|2024-02-03"),
            ("container:X1 shippedIn shipment:S1", "lot:L1 shippedIn shipment:S1"),
        ),
    ],
    "packing": [
        Example(
            table("Serial number|Carton|Packing time", "SN1|C1|2024-02-03 06:00"),
            ("unit:SN1 packedInto container:C1",),
        ),
        Example(
            table(
                "内容类型|内容|托盘号|装箱时间|拆箱时间",
                "箱|C1|P1|2024-02-03 06:00|2024-02-04 06:00",
            ),
            ("container:C1 packedInto container:P1",),
        ),
    ],
    "receipts": [
        Example(
            table(
                "Batch|Material|Vendor|GR quantity|Unit|Goods receipt date|Vendor batch",
                "B1|RAW|V7|500|KG|2024-02-03|VB9",
            ),
            (
                "lot:B1 ofProduct product:RAW",
                "lot:B1 suppliedBy supplier:V7",
                "lot:B1 madeOf lot:VB9",
            ),
            properties={"lot:B1": {"quantity": 500.0, "receivedOn": "2024-02-03"}},
        ),
        Example(
            table("批号|料号|供应商|来料数量|到货日期", "L1|M1|G1|20|2024-02-03"),
            ("lot:L1 suppliedBy supplier:G1",),
        ),
    ],
    "products": [
        Example(
            table(
                "Material|Material description|Material type|Base unit",
                "M-1|Pump body|HALB|EA",
                "M-2|Seal ring|ROH|EA",
            ),
            (),
            names={"product:M-1": {"Pump body"}},
        ),
        Example(
            table("品号|品名|物料类型", "P1|泵体|自制件", "P2|密封圈|外购件"),
            (),
            names={"product:P2": {"密封圈"}},
        ),
    ],
    "product-bom": [
        Example(
            table(
                "Parent part|Component number|Component description"
                "|Component quantity|Unit|Item number",
                "M-1|M-2|Seal ring|4|EA|0010",
            ),
            ("product:M-1 hasBomItem product:M-2",),
            qualifiers={
                "product:M-1 hasBomItem product:M-2": {
                    "quantity": 4.0,
                    "unitOfMeasure": "pcs",
                    "position": "0010",
                }
            },
        ),
        Example(
            table("母件编码|子件编码|子件名称|用量", "P1|P2|密封圈|4"),
            ("product:P1 hasBomItem product:P2",),
        ),
    ],
    "process-steps": [
        Example(
            table("Step number|Step name|Sequence|Next step", "10|Cut|1|20", "20|Weld|2|"),
            ("step:10 precedes step:20",),
            names={"step:20": {"Weld"}},
        ),
        Example(
            table("工序编号|工序名称|序号", "G1|下料|1"),
            (),
            properties={"step:G1": {"sequence": 1}},
        ),
    ],
    "characteristics": [
        Example(
            table(
                "Characteristic code|Feature|Process step|Unit|Lower limit|Nominal|Upper limit",
                "D1|Bore diameter|OP20|mm|19.98|20|20.02",
            ),
            ("step:OP20 hasCharacteristic characteristic:D1",),
            properties={"characteristic:D1": {"lowerLimit": 19.98, "target": 20.0}},
        ),
        Example(
            table("特性编号|特性|工序|规格下限|规格上限", "T1|孔径|OP20|19.9|20.1"),
            ("step:OP20 hasCharacteristic characteristic:T1",),
        ),
    ],
    "defect-codes": [
        Example(
            table("Defect code|Defect name|Severity class", "D1|Scratch|B"),
            (),
            names={"defecttype:scratch": {"Scratch", "D1"}},
        ),
        Example(
            table("不良代码|不良名称|严重等级", "B1|划伤|轻微"),
            (),
            names={"defecttype:划伤": {"划伤", "B1"}},
        ),
    ],
    "spare-parts": [
        Example(
            table(
                "Spare part number|Part description|Stock|Unit price|Vendor|Delivery time",
                "SP-1|Mechanical seal|3|120.5|V7|14",
            ),
            ("part:SP-1 suppliedBy supplier:V7",),
            properties={"part:SP-1": {"stockQuantity": 3.0, "cost": 120.5, "leadTimeDays": 14.0}},
        ),
        Example(
            table("备件号|备件名称|规格|库存|单价", "BJ1|滤芯|F-10|5|80"),
            (),
            properties={"part:BJ1": {"model": "F-10", "stockQuantity": 5.0}},
        ),
    ],
    "tools": [
        Example(
            table("Tool id|Name|Type|Process step", "T1|Caliper|Gauge|OP20", "T2|Jig|Fixture|OP20"),
            ("step:OP20 requiresTool tool:T1", "step:OP20 requiresTool tool:T2"),
        ),
        Example(
            table("模具编号|名称|类型|工序", "MJ1|冲模|模具|OP10"),
            ("step:OP10 requiresTool tool:MJ1",),
        ),
    ],
    "personnel": [
        Example(
            table("Employee number|Full name|Job title", "E1|Ann Example|Welder"),
            ("person:E1 hasRole role:welder",),
        ),
        Example(table("员工编号|姓名|工种", "E2|某人|焊工"), ("person:E2 hasRole role:焊工",)),
    ],
    "suppliers": [
        Example(
            table("Vendor number|Vendor name|Country", "V7|Acme|DE"),
            (),
            names={"supplier:V7": {"Acme"}},
        ),
        Example(
            table("供应商代码|供应商名称|国家", "G1|某公司|中国"),
            (),
            names={"supplier:G1": {"某公司"}},
        ),
    ],
    "customers": [
        Example(
            table("Customer number|Customer name|Country", "C1|Builder Inc|US"),
            (),
            names={"customer:C1": {"Builder Inc"}},
        ),
        Example(
            table("客户代码|客户名称|国家", "K1|某客户|中国"), (), names={"customer:K1": {"某客户"}}
        ),
    ],
    "complaints": [
        Example(
            table(
                "Complaint number|Complaint date|Customer|Serial number"
                "|Problem description|Defect type",
                "CC1|2024-02-03|C1|SN1|leaks|Leak",
            ),
            (
                "complaint:CC1 concerns unit:SN1",
                "complaint:CC1 receivedFrom customer:C1",
                "complaint:CC1 ofType defecttype:leak",
            ),
        ),
        Example(
            table("客诉单号|受理时间|客户|批号|投诉内容", "T1|2024-02-03|K1|L1|漏油"),
            ("complaint:T1 concerns lot:L1",),
        ),
    ],
    "component-parts": [
        Example(
            table("Whole|Part", "Gearbox|Oil seal"),
            ("component:gearbox hasComponent component:oil seal",),
        ),
        Example(
            table("总成|零件", "齿轮箱|油封"), ("component:齿轮箱 hasComponent component:油封",)
        ),
    ],
    "failure-library": [
        Example(
            table(
                "Component|Failure mode|Cause|Symptom|Check|Remedy|Spare parts|Confidence",
                "Oil seal|Leak|Lip worn|Oil trace|Wipe and watch|Replace seal|SEAL|0.4",
            ),
            (
                "component:oil seal exhibits mode:leak",
                "cause:lip worn causes mode:leak",
                "symptom:oil trace indicates mode:leak",
                "remedy:replace seal requiresPart part:SEAL",
            ),
        ),
        Example(
            table("部件|失效模式|原因|症状|检查|对策", "油封|泄漏|唇口磨损|油迹|擦净观察|更换油封"),
            ("cause:唇口磨损 remediedBy remedy:更换油封",),
        ),
    ],
    "library-names": [
        Example(
            table("Tool or part|English name|Chinese name", "part|hook ring|挂环"),
            (),
            names={"part:HOOK RING": {"hook ring", "挂环"}},
        ),
        Example(
            table("工具或备件|英文名称|中文名称", "工具|hook spanner|钩形扳手"),
            (),
            names={"tool:HOOK SPANNER": {"hook spanner", "钩形扳手"}},
        ),
    ],
}
