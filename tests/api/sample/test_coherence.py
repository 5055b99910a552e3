"""The files of a sample plant agree with each other: codes, quantities, times, capacities."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from api.sample.layout import Layout
from tests.api.sample.plant_files import PlantFiles, moment


@pytest.fixture(params=["plant_files", "tiny_plant"])
def files(request: pytest.FixtureRequest) -> PlantFiles:
    found: PlantFiles = request.getfixturevalue(request.param)
    return found


def _codes(files: PlantFiles, kind: str, column: str) -> set[str]:
    return {row[column] for row in files.rows(kind)} - {""}


def test_codes_resolve_across_files(files: PlantFiles) -> None:
    assets = _codes(files, "asset_register", "设备编号")
    people = _codes(files, "personnel", "工号")
    tools = _codes(files, "tools", "ToolNo")
    parts = _codes(files, "products", "物料编码")
    spares = _codes(files, "spare_parts", "物料编码")
    steps = _codes(files, "process_steps", "工序代码")
    units = set(files.unit_operations)
    lots = _codes(files, "receipts", "LotNo") | {
        row["MaterialID"]
        for row in files.rows("genealogy")
        if row["MaterialType"] == "LOT" and row["Direction"] == "OUT"
    }
    boxes = _codes(files, "packing", "Container")
    customers = _codes(files, "customers", "客户编号")
    characteristics = _codes(files, "characteristics", "CharNo")
    alarms = _codes(files, "alarm_list", "报警代码")
    for kind, column, known in (
        ("operations", "设备编号", assets),
        ("operations", "操作工号", people),
        ("operations", "工装编号", tools),
        ("operations", "工序代码", steps),
        ("operations", "物料编码", parts),
        ("operations", "生产订单", _codes(files, "production_orders", "生产订单")),
        ("genealogy", "OperationNo", set(files.operations)),
        ("genealogy", "MaterialID", lots | units),
        ("genealogy", "PartNo", parts),
        ("receipts", "SupplierNo", _codes(files, "suppliers", "SupplierNo")),
        ("receipts", "SubSupplierNo", _codes(files, "suppliers", "SupplierNo")),
        ("receipts", "PartNo", parts),
        ("process_data", "operation", set(files.operations)),
        ("process_data", "characteristic", characteristics),
        ("inspections", "序列号", units),
        ("inspections", "物料批次", lots),
        ("inspections", "设备编号", assets),
        ("inspections", "量具编号", tools),
        ("inspections", "检验员", people),
        ("inspections", "特性代码", characteristics),
        ("inspections", "工序代码", steps),
        ("defects", "序列号", units),
        ("defects", "缺陷代码", _codes(files, "defect_codes", "缺陷代码")),
        ("defects", "发现工序", steps),
        ("defects", "产生工序", steps),
        ("defects", "检验批号", _codes(files, "inspections", "检验批号")),
        ("packing", "Content", units | boxes),
        ("shipments", "容器编号", boxes),
        ("shipments", "客户编号", customers),
        ("shipments", "发货方", customers),
        ("complaints", "序列号", units),
        ("complaints", "客户编号", customers),
        ("alarms", "asset", assets),
        ("alarms", "alarm", alarms),
        ("condition", "Asset", assets),
        ("fmea_equipment", "备件 Spare part", spares),
        ("fmea_equipment", "责任人 Responsible", people),
    ):
        assert _codes(files, kind, column) <= known, f"{kind}.{column}"
    assert {r["备件编码"] for r in files.sheet("asset_register", 1)} - {""} <= spares
    assert {r["设备编号"] for r in files.sheet("asset_register", 1)} <= assets
    sensors = {r["传感器编号"] for r in files.sheet("asset_register", 2)}
    assert _codes(files, "condition", "SensorNo") == sensors


def test_identities_are_unique(files: PlantFiles) -> None:
    for kind, column in (
        ("operations", "作业号"),
        ("receipts", "LotNo"),
        ("defects", "缺陷单号"),
        ("alarms", "event_id"),
        ("asset_register", "设备编号"),
        ("personnel", "工号"),
        ("production_orders", "生产订单"),
        ("complaints", "投诉单号"),
    ):
        codes = [row[column] for row in files.rows(kind)]
        assert len(codes) == len(set(codes)), kind
    assert len(files.unit_operations) == files.truth["units"]


def test_material_is_there_before_it_is_used(files: PlantFiles) -> None:
    there = {row["LotNo"]: moment(row["ReceivedAt"]) for row in files.rows("receipts")}
    for row in files.rows("genealogy"):
        if row["Direction"] == "OUT" and row["MaterialType"] == "LOT":
            assert row["MaterialID"] not in there, "a lot is made once"
            there[row["MaterialID"]] = moment(files.operations[row["OperationNo"]]["结束时间"])
    used = [row for row in files.rows("genealogy") if row["Direction"] == "IN"]
    assert used
    for row in used:
        start = moment(files.operations[row["OperationNo"]]["开始时间"])
        assert there[row["MaterialID"]] <= start, row


def test_no_more_is_used_than_there_was(files: PlantFiles) -> None:
    balance: dict[str, Decimal] = defaultdict(Decimal)
    for row in files.rows("receipts"):
        balance[row["LotNo"]] += Decimal(row["Quantity"])
    for row in files.rows("genealogy"):
        if row["MaterialType"] == "LOT":
            sign = -1 if row["Direction"] == "IN" else 1
            balance[row["MaterialID"]] += sign * Decimal(row["Quantity"])
    assert min(balance.values()) >= 0


def test_operations_book_what_they_make(files: PlantFiles) -> None:
    into: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    out: dict[str, Decimal] = defaultdict(Decimal)
    for row in files.rows("genealogy"):
        if row["Direction"] == "IN":
            into[row["OperationNo"], row["PartNo"].split("-")[0]] += Decimal(row["Quantity"])
        else:
            out[row["OperationNo"]] += Decimal(row["Quantity"])
    bushings_per_pump, screws_per_pump = 4, 8
    for number, row in files.operations.items():
        pieces = int(row["投入数量"])
        assert pieces == int(row["合格数量"]) + int(row["报废数量"])
        assert out[number] == int(row["合格数量"])
        match row["工序代码"]:
            case "M10":
                assert into[number, "RM"] == pieces
            case "G20":
                assert into[number, "GH"] == pieces
            case "A10":
                assert into[number, "HW"] == pieces
                assert into[number, "BT"] == bushings_per_pump * pieces
            case "A20":
                assert into[number, "GS"] == into[number, "SE"] == into[number, "OK"] == pieces
                assert into[number, "SC"] == screws_per_pump * pieces
            case "A40":
                assert into[number, "PA"] == pieces * Decimal("0.06")


def test_units_go_through_the_steps_in_order(files: PlantFiles) -> None:
    tested: dict[str, datetime] = {}
    for row in files.rows("inspections"):
        if row["检验类型"] == "出厂试验":
            tested[row["序列号"]] = moment(row["检验时间"])
    packed = {
        row["Content"]: moment(row["PackedAt"])
        for row in files.rows("packing")
        if row["ContentType"] == "UNIT"
    }
    scrapped = {row["序列号"] for row in files.rows("defects") if row["处置"] == "报废"}
    for serial, steps in files.unit_operations.items():
        times = [moment(steps["A10"]["结束时间"])]
        if "A20" in steps:
            times += [moment(steps["A20"]["开始时间"]), moment(steps["A20"]["结束时间"])]
            times.append(tested[serial])
        if "A35" in steps:
            times.append(moment(steps["A35"]["开始时间"]))
        if "A40" in steps:
            times.append(moment(steps["A40"]["开始时间"]))
        if serial in packed:
            times.append(packed[serial])
        assert times == sorted(times), serial
        assert ("A40" in steps) == (serial not in scrapped), serial
    assert scrapped.isdisjoint(packed)


def test_containers_are_packed_before_they_leave(files: PlantFiles) -> None:
    pallets: dict[str, datetime] = {}
    unpacked: dict[str, str] = {}
    pallet_of: dict[str, str] = {}
    for row in files.rows("packing"):
        at = moment(row["PackedAt"])
        pallets[row["Container"]] = max(at, pallets.get(row["Container"], at))
        if row["ContentType"] == "CARTON":
            pallet_of[row["Content"]] = row["Container"]
            unpacked[row["Content"]] = row["UnpackedAt"]
    for row in files.rows("shipments"):
        leaves = datetime.fromisoformat(row["发运时间"]).replace(tzinfo=None)
        code = row["容器编号"]
        assert pallets[code] <= leaves
        if row["签收时间"]:
            arrives = datetime.fromisoformat(row["签收时间"])
            assert arrives > datetime.fromisoformat(row["发运时间"])
        if row["容器类型"] == "CARTON":  # a distributor ships on what it has unpacked
            assert row["发货方"]
            assert moment(unpacked[code]) <= leaves


def test_nothing_happens_after_now(files: PlantFiles) -> None:
    now = moment(files.truth["now"])
    for kind, column in (
        ("operations", "结束时间"),
        ("inspections", "检验时间"),
        ("defects", "发现时间"),
        ("packing", "PackedAt"),
        ("packing", "UnpackedAt"),
        ("condition", "ReadAt"),
    ):
        assert all(moment(row[column]) <= now for row in files.rows(kind) if row[column]), kind
    for row in files.rows("shipments"):
        assert datetime.fromisoformat(row["发运时间"]).replace(tzinfo=None) <= now


def test_assets_do_one_thing_at_a_time(files: PlantFiles) -> None:
    busy: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    for row in files.operations.values():
        if row["设备编号"]:
            busy[row["设备编号"]].append((moment(row["开始时间"]), moment(row["结束时间"])))
    assert len(busy) > 10
    for asset, intervals in busy.items():
        intervals.sort()
        for (_, end), (start, _) in pairwise(intervals):
            assert end <= start, asset


def test_assets_stand_still_while_they_are_repaired(files: PlantFiles) -> None:
    down: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    told = {order["number"]: order for order in files.truth["work_orders"]}
    for number, row in files.work_orders.items():
        order = told[number]
        if order["type"] == "corrective" and row["Completed on"] and "duplicate_of" not in order:
            interval = moment(row["Reported on"]), moment(row["Completed on"])
            down[order["asset"]].append(interval)
    minute = timedelta(minutes=1)  # work orders are written to the minute
    checked = 0
    for row in files.operations.values():
        start, end = moment(row["开始时间"]), moment(row["结束时间"])
        for reported, completed in down.get(row["设备编号"], ()):
            checked += 1
            assert end <= reported + minute or start >= completed - minute, (row, reported)
    assert checked


def test_people_and_machines_work_in_shifts(files: PlantFiles) -> None:
    for row in files.operations.values():
        start = moment(row["开始时间"])
        assert start.weekday() < 6
        assert 6 <= start.hour < 22
        assert row["班次"] == ("早班" if start.hour < 14 else "中班")


def test_layout_grows_with_the_output() -> None:
    import numpy as np

    from api.sample.knowledge import load_knowledge
    from api.sample.layout import build_layout

    def assets(takt: float) -> Layout:
        return build_layout(load_knowledge(), takt, np.random.default_rng(1))

    small, large = assets(1_000), assets(8)
    assert len(small.assets) < len(large.assets) < 120
    assert {"P07", "HT02", "TB03"} <= set(small.assets)
    assert "TQ-04" in {t.code for t in small.tools["A20"]}
