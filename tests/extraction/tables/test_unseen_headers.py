"""Headers of exports that nobody has seen: which kind of table, and which column is which.

The rows are invented and spelt otherwise than the aliases of the mappings, as far as people and
systems spell them otherwise. What is of no kind that we know must not be taken for one.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from extraction.tables.compiling import bind_mapping
from extraction.tables.headers import bind_headers
from extraction.tables.mapping import shipped_mappings
from extraction.tables.recognition import recognise_parts

# Headers, the kind, and what columns they must be bound to (by header).
KINDS = [
    (
        "WO_NUMBER;WO_MACHINE_ID;WO_PROBLEM_DESCRIPTION;WO_DATE_REPORTED;WO_TECHNICIAN",
        "cmms-work-orders",
        "number=WO_NUMBER|tag=WO_MACHINE_ID|text=WO_PROBLEM_DESCRIPTION|reported=WO_DATE_REPORTED",
    ),
    (
        "ord_id;ord_asset_id;ord_symptom;ord_opened;ord_closed;ord_cause;ord_fix",
        "cmms-work-orders",
        "tag=ord_asset_id|text=ord_symptom|cause=ord_cause|ended=ord_closed",
    ),
    (
        "MATNR;CHARG;AUFNR;BWART;MENGE;MEINS;BUDAT",
        "genealogy-movements",
        "item=CHARG|operation=AUFNR|direction=BWART|booked=BUDAT",
    ),
    (
        "母件序列号,子件序列号,子件物料编码,装配日期,操作工",
        "genealogy",
        "unit=母件序列号|component_unit=子件序列号|component_product=子件物料编码",
    ),
    (
        "收货单号,供应商名称,物料编码,批次,收货数量,收货日期",
        "receipts",
        "supplier=供应商名称|lot=批次|received=收货日期",
    ),
    (
        "设备名称,报警号,报警信息,发生时间,解除时间",
        "alarms",
        "asset_name=设备名称|alarm=报警号|raised=发生时间|cleared=解除时间",
    ),
    (
        "Complaint ID;Client;SN;Date received;Complaint text",
        "complaints",
        "number=Complaint ID|customer=Client|serial=SN|text=Complaint text",
    ),
    (
        "Job order;Process;Workstation;Employee no;Started;Finished;OK parts;NG parts",
        "production-log",
        "order=Job order|step=Process|good=OK parts|rejected=NG parts",
    ),
    (
        "Work-Order Nr;Failure date;Machine Nr;Fault details;Mechanics;Down time (min)",
        "cmms-work-orders",
        "number=Work-Order Nr|reported=Failure date|tag=Machine Nr|text=Fault details"
        "|person=Mechanics|downtime=Down time (min)",
    ),
    (
        "wo_no,wo_asset,wo_short_text,wo_created_on,wo_tech",
        "cmms-work-orders",
        "number=wo_no|tag=wo_asset|text=wo_short_text|reported=wo_created_on|person=wo_tech",
    ),
    (
        "MachineCode,DateOfFailure,FaultDescr,RepairAction,RootCause",
        "cmms-work-orders",
        "tag=MachineCode|reported=DateOfFailure|text=FaultDescr|done=RepairAction|cause=RootCause",
    ),
    (
        "Wrok order number;Equipmnt;Desciption;Completd on",
        "cmms-work-orders",
        "number=Wrok order number|tag=Equipmnt|text=Desciption|ended=Completd on",
    ),
    (
        "机器号码,故障发生日期,故障现象说明,处理措施,维修人员",
        "cmms-work-orders",
        "tag=机器号码|reported=故障发生日期|text=故障现象说明|done=处理措施|person=维修人员",
    ),
    (
        "设备编号 Equipment No.;故障描述 Fault description;报修时间 Reported",
        "cmms-work-orders",
        "tag=设备编号 Equipment No.|text=故障描述 Fault description|reported=报修时间 Reported",
    ),
    (
        "AUFNR;EQUNR;KTEXT;ERDAT;TPLNR",
        "cmms-work-orders",
        "number=AUFNR|tag=EQUNR|text=KTEXT|reported=ERDAT|location=TPLNR",
    ),
    ("workorder.id,workorder.description,asset.id", "cmms-work-orders", "tag=asset.id"),
    ("Asset Number;Asset Description;Parent Asset Number;Serial Nbr", "asset-register",
        "tag=Asset Number|name_en=Asset Description|parent=Parent Asset Number|serial=Serial Nbr",
    ),
    (
        "设备代号,设备名称,设备型号,生产厂家,安装时间",
        "asset-register",
        "tag=设备代号|name_local=设备名称|model=设备型号|manufacturer=生产厂家|installed=安装时间",
    ),
    ("Equipment;Component description;Qty;Spare part no", "asset-bom", "part=Spare part no"),
    ("Parent part no;Child part no;Qty per", "product-bom",
        "parent=Parent part no|child=Child part no|quantity=Qty per",
    ),
    (
        "Process step/function;Potential failure modes;Effect(s) of failure;SEV;"
        "Potential causes of failure;OCC;DET;RPN",
        "process-fmea",
        "mode=Potential failure modes|severity=SEV|occurrence=OCC|detection=DET",
    ),
    (
        "系统;零部件;功能;潜在失效模式;潜在失效后果;严重度S;潜在失效原因;频度O;探测度D",
        "fmea",
        "mode=潜在失效模式|effect=潜在失效后果|severity=严重度S|cause=潜在失效原因|detection=探测度D",
    ),
    ("Assembly serial nr;Component serial nr;Assembled on;Station", "genealogy",
        "unit=Assembly serial nr|component_unit=Component serial nr|time=Assembled on",
    ),
    (
        "成品批号;原料批号;用量;投料时间",
        "genealogy",
        "lot=成品批号|component_lot=原料批号|quantity=用量|time=投料时间",
    ),
    ("Serial#;Inspection date;Characteristic;Measured value;LSL;USL;Result", "inspections",
        "serial=Serial#|time=Inspection date|value=Measured value|lower=LSL|upper=USL",
    ),
    ("检验日期,批次号,检验项目,实测值,判定", "inspections", "value=实测值|result=判定"),
    (
        "Time raised;Machine ID;Alarm nr.;Alarm text;Severity",
        "alarms",
        "asset=Machine ID|alarm=Alarm nr.|text=Alarm text|level=Severity",
    ),
    ("报警发生时间,设备编号,报警代码,报警内容", "alarms", "raised=报警发生时间|alarm=报警代码"),
    ("Meas. point;Time stamp;Reading;UoM", "condition-readings",
        "read_at=Time stamp|value=Reading|unit=UoM",
    ),
    ("测点号,采集时间,测量值,单位", "condition-readings", "sensor=测点号|value=测量值"),
    ("Delivery nr;Customer nr;Batch nr;Qty;Shipping date", "shipments", "shipment=Delivery nr"),
    ("发货单编号,客户编码,批号,数量,发货日期", "shipments", "shipment=发货单编号|lot=批号"),
    ("Job nr;Operation;Machine;Start date/time;End date/time;Good qty;Rejects", "production-log",
        "order=Job nr|step=Operation|good=Good qty|rejected=Rejects",
    ),
    ("生产订单号,工序,机台,开始时间,结束时间,合格数,报废数", "production-log", "good=合格数"),
    ("Failure code;Failure mode description;Equipment class", "failure-codes", "code=Failure code"),
    ("故障代码,故障描述,设备类型", "failure-codes", "code=故障代码|name=故障描述"),
]  # fmt: skip

# What is none of the kinds.
OTHERS = [
    "PO number;Created;Supplier;Closed",
    "Purchase order;Vendor;Description;Order date;Net price;Delivery date",
    "采购订单号,供应商,采购日期,单价,金额",
    "Last name;First name;Department;Entry date;Grade",
    "姓名,部门,入职日期,学历",
    "Article;Text;Unit;List price;Discount",
    "Code;Description;Unit price;Currency",
    "Meter;Building;Tariff;Annual kWh",
    "Item;Topic;Decision;Responsible;Due",
    "会议日期,议题,结论,责任人",
    "Invoice;Customer;Date;Amount;Paid",
    "Ticket;Customer;Opened;Subject;Status",
    "Title;Author;Year;Publisher",
    "合同编号,甲方,签订日期,合同金额",
    "Course;Trainer;Participants;Date",
]


@pytest.mark.parametrize(("headers", "kind", "bound"), KINDS)
def test_a_kind_of_table_is_known(headers: str, kind: str, bound: str, tmp_path: Path) -> None:
    mark = ";" if ";" in headers else ","
    path = tmp_path / "export.csv"
    path.write_text(f"{headers}\n{mark.join('A1' for _ in headers.split(mark))}\n", "utf-8")
    part = recognise_parts(path)[0]
    assert part.mapping is not None, part.reasons
    assert part.mapping.name == kind
    names = headers.split(mark)
    binding = bind_mapping(part.mapping.spec, names)
    found = {column: names[index] for column, index in binding.at.items()}
    wanted = dict(pair.split("=") for pair in bound.split("|"))
    assert {column: found.get(column) for column in wanted} == wanted


@pytest.mark.parametrize("headers", OTHERS)
def test_what_is_of_no_kind_is_told_so(headers: str, tmp_path: Path) -> None:
    mark = ";" if ";" in headers else ","
    path = tmp_path / "export.csv"
    path.write_text(f"{headers}\n{mark.join('A1' for _ in headers.split(mark))}\n", "utf-8")
    part = recognise_parts(path)[0]
    assert part.mapping is None, part.reasons
    assert part.reasons[0].startswith("No mapping knows these columns")


def test_the_nearest_kind_and_what_it_lacks_are_told(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text("PO number;Created;Supplier;Closed\n1;2026-03-04;ACME;2026-03-05\n")
    (reason,) = recognise_parts(path)[0].reasons
    assert "Maintenance work orders" in reason
    assert "it has no column for tag" in reason


WANTED = {
    "reported": ["reported on", "failure date"],
    "tag": ["asset number"],
    "text": ["fault description"],
}
TYPES = {"reported": "date", "tag": "code", "text": None}


@pytest.mark.parametrize(
    "header",
    ["Date of failure", "failure_date", "FailureDate", "FAULT DATE", "Fault dates", "Falure date"],
)  # fmt: skip
def test_one_thing_said_in_many_ways(header: str) -> None:
    bound = bind_headers([header], WANTED, alike=True, types=TYPES)
    assert bound.at == {"reported": 0}
    assert (header in ("failure_date", "FailureDate")) == (not bound.likely)


def test_a_near_header_never_beats_an_exact_one() -> None:
    headers = ["Date of failure", "Failure date", "Fault description"]
    bound = bind_headers(headers, WANTED, alike=True, types=TYPES)
    assert bound.at == {"reported": 1, "text": 2}
    assert bound.unused == ("Date of failure",)


def test_what_could_be_two_is_left_and_told() -> None:
    wanted = {"begun": ["repair start"], "ended": ["repair end"]}
    both = bind_headers(["Date of fault", "Day of failure"], WANTED, alike=True, types=TYPES)
    assert both.at == {}
    assert both.unsure == {"Date of fault": ("reported",), "Day of failure": ("reported",)}
    apart = bind_headers(["Start of repair", "End of repair"], wanted, alike=True)
    assert apart.at == {"begun": 0, "ended": 1}


def test_no_header_is_bound_twice_and_none_by_half() -> None:
    for mapping in shipped_mappings():
        for headers in (
            names.replace(",", ";").split(";") for names in (*(row[0] for row in KINDS), *OTHERS)
        ):
            binding = bind_mapping(mapping.spec, headers)
            assert len(set(binding.at.values())) == len(binding.at)
            assert set(binding.likely.items()) <= set(binding.at.items())
            assert not set(binding.unsure) & {headers[i] for i in binding.at.values()}
