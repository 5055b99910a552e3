"""Catena-X aspects: serial parts, batches and the as-built bill of materials, by `catenaXId`.

Read are SerialPart(Typization), Batch, AssemblyPartRelationship and its successor
SingleLevelBomAsBuilt, in the container of the test data or as single payloads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from extraction.exchange.telling import Teller
from kg.model.instants import Instant, parse_instant
from kg.model.keys import code_key

Json = Any


def aspects_of(document: Json) -> list[dict[str, Json]]:
    """One record for each part that the document describes, with what is said of it.

    Which of the children are batches stands in each record, since it matters to their keys.
    """
    found: dict[str, dict[str, Json]] = {}
    batches: set[str] = set()
    for name, payload in _payloads(document, ""):
        number = payload["catenaXId"]
        record = found.setdefault(number, {"catenaXId": number})
        if "localIdentifiers" in payload:
            record["part"] = payload
            if name.lower().endswith("batch") or _local(payload, "batchId"):
                batches.add(number)
        if "childParts" in payload or "childItems" in payload:
            record.setdefault("children", []).extend(
                payload.get("childParts") or payload.get("childItems") or []
            )
    for record in found.values():
        if record["catenaXId"] in batches:
            record["isBatch"] = True
        for child in record.get("children", ()):
            if _child_id(child) in batches:
                child["isBatch"] = True
    return [record for record in found.values() if len(record) > 1]


def _payloads(value: Json, name: str) -> Iterator[tuple[str, Mapping[str, Json]]]:
    if isinstance(value, list):
        for one in value:
            yield from _payloads(one, name)
    elif isinstance(value, dict):
        if isinstance(value.get("catenaXId"), str) and (
            value.keys() & {"localIdentifiers", "childParts", "childItems"}
        ):
            yield name, value
            return
        for inner, one in value.items():
            yield from _payloads(one, inner)


def tell_aspect(teller: Teller, record: Mapping[str, Json]) -> None:
    """What is said of one part."""
    is_batch = bool(record.get("isBatch"))
    key = _key(str(record["catenaXId"]), is_batch=is_batch)
    cls = "MaterialLot" if is_batch else "Unit"
    part = record.get("part", {})
    made = _moment(part.get("manufacturingInformation", {}).get("date"))
    props: dict[str, Json] = {}
    serial = _local(part, "partInstanceId") or _local(part, "batchId")
    if serial and not is_batch:
        props["serialNumber"] = serial
    if made is not None:
        props["producedOn"] = str(part["manufacturingInformation"]["date"])[:10]
    teller.node(key, cls, serial, props)
    product = _local(part, "manufacturerPartId")
    if product:
        about = part.get("partTypeInformation", {})
        product_key = code_key("product", product)
        teller.node(product_key, "Product", about.get("nameAtManufacturer"))
        teller.say(key, "ofProduct", product_key)
    maker = _local(part, "manufacturerId")
    if maker:
        supplier = code_key("supplier", maker)
        teller.node(supplier, "Supplier")
        teller.say(key, "suppliedBy", supplier, since=made)
    for child in record.get("children", ()):
        _tell_child(teller, key, child)


def _tell_child(teller: Teller, parent: str, child: Mapping[str, Json]) -> None:
    number = _child_id(child)
    if not number:
        teller.find("catena-x-no-child", f"A child of {parent} has no id; it is left out.")
        return
    is_batch = bool(child.get("isBatch"))
    key = _key(number, is_batch=is_batch)
    if key == parent:
        teller.find("catena-x-in-itself", f"{parent} is said to be made of itself.")
        return
    teller.node(key, "MaterialLot" if is_batch else "Unit")
    quantity = child.get("quantity", {})
    amount = quantity.get("quantityNumber", quantity.get("value"))
    unit = quantity.get("measurementUnit", quantity.get("unit"))
    if isinstance(unit, dict):
        unit = unit.get("lexicalValue")
    props: dict[str, Json] = {}
    if isinstance(amount, int | float):
        props["quantity"] = amount
        if amount < 0:
            teller.find("negative-quantity", f"{key} went into {parent} with {amount}.")
    else:
        teller.find("no-quantity", f"{key} went into {parent} without a quantity.")
    if unit:
        props["unitOfMeasure"] = str(unit).removeprefix("unit:")
    since = _moment(child.get("assembledOn") or child.get("createdOn"))
    teller.say(parent, "madeOf", key, since=since, props=props)


def _key(number: str, *, is_batch: bool) -> str:
    return code_key("lot" if is_batch else "unit", number)


def _child_id(child: Mapping[str, Json]) -> str:
    return str(child.get("childCatenaXId") or child.get("catenaXId") or "")


def _local(part: Mapping[str, Json], name: str) -> str | None:
    for one in part.get("localIdentifiers", ()):
        if one.get("key") == name and one.get("value"):
            return str(one["value"])
    return None


def _moment(text: Json) -> Instant | None:
    try:
        return parse_instant(str(text)) if text else None
    except ValueError:
        return None
