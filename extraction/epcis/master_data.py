"""Master data: what places, products and parties are called, and what is known of lots.

A document may carry vocabularies in its header (GS1 EPCIS 2.0, section 6.5.1; CBV 2.0, section 9);
an event that makes something may carry data of the instance or lot (`ilmd`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from extraction.epcis.claiming import CLASSES, Claiming, Item
from extraction.epcis.naming import VOCABULARY_ELEMENT, Told, key_of_element
from extraction.epcis.vocabulary import bare
from kg.model.instants import parse_instant
from kg.model.keys import code_key, kind_of

Json = Any
# Attributes that say what a thing is called, the best first.
_NAMES = ("name", "regulatedproductname", "descriptionshort", "tradeitemdescription",
          "functionalname")  # fmt: skip
_PARTY_CLASSES = {"customer": "Customer", "supplier": "Supplier"}
_MOST_TEXT = 500  # characters of a description made of attributes
_DATES = (("itemexpirationdate", "expiresOn"), ("bestbeforedate", "expiresOn"),
          ("productiondate", "producedOn"))  # fmt: skip


def elements_of(document: Mapping[str, Json]) -> Iterator[Told]:
    """The entries of a document's vocabularies, each as it is kept."""
    number = 0
    header = document.get("epcisHeader")
    data = header.get("epcisMasterData") if isinstance(header, Mapping) else None
    vocabularies = data.get("vocabularyList") if isinstance(data, Mapping) else None
    for vocabulary in vocabularies if isinstance(vocabularies, list) else ():
        listed = (
            vocabulary.get("vocabularyElementList") if isinstance(vocabulary, Mapping) else None
        )
        for element in listed if isinstance(listed, list) else ():
            if not isinstance(element, Mapping) or not isinstance(element.get("id"), str):
                continue
            number += 1
            yield Told(
                f"masterData:{number}",
                {
                    "type": VOCABULARY_ELEMENT,
                    "vocabulary": str(vocabulary.get("type", "")),
                    "id": element["id"],
                    "attributes": _attributes(element),
                    "children": [c for c in element.get("children") or () if isinstance(c, str)],
                },
            )


def tell_element(claims: Claiming) -> None:
    """What an entry of master data says of its thing: the name, the rest as a description."""
    element = claims.event
    said = {bare_attribute(a["id"]): a["attribute"] for a in element["attributes"]}
    folded = {name.casefold(): value for name, value in said.items()}
    name = next((folded[n] for n in _NAMES if folded.get(n)), None)
    rest = "; ".join(f"{k}: {v}" for k, v in said.items() if v and v != name)
    props = {"description": rest[:_MOST_TEXT]} if rest else {}
    props.update(dates_in(folded))
    keys = dict.fromkeys([claims.key, *claims.named(element["id"])])
    told = False
    for key in keys:
        cls = {**CLASSES, **_PARTY_CLASSES}.get(kind_of(key))
        if cls is not None:
            own = props if cls in {"MaterialLot", "Unit"} else {
                k: v for k, v in props.items() if k == "description"
            }  # fmt: skip
            claims.node(key, cls, name, own)
            told = True
    if not told:
        claims.find("epcis-unused-master-data", f"{element['id']} is in the master data, but no "
                    "event says in which role; it is left out.")  # fmt: skip
    for child in element["children"]:
        part = key_of_element({**element, "id": child})
        if kind_of(part) == kind_of(claims.key) == "location" and part != claims.key:
            claims.say(part, "locatedIn", claims.key, since=None, is_open=True)


def tell_instance_data(claims: Claiming, items: Sequence[Item]) -> None:
    """Lot, dates and the like of what an event made: one for all of them."""
    said = claims.event.get("ilmd")
    if not isinstance(said, dict):
        return
    data = {bare(name).lower(): value for name, value in said.items()}
    props = dates_in(data)
    lot = data.get("lotnumber")
    name = next((data[n] for n in _NAMES if isinstance(data.get(n), str) and data[n]), None)
    for item in items:
        if kind_of(item.key) not in {"unit", "lot"}:
            continue
        if props:
            claims.node(item.key, CLASSES[kind_of(item.key)], None, props)
        product = item.identified.product
        if name and product:
            claims.node(code_key("product", product), "Product", name, {})
        if kind_of(item.key) == "unit" and isinstance(lot, str) and product:
            claims.part_of_lot(item, code_key("lot", f"{product}(10){lot}"))


def dates_in(data: Mapping[str, Json]) -> dict[str, Any]:
    """Dates by which a lot was made and is to be used; `data` has names in lower case."""
    return {
        name: str(data[field])[:10]
        for field, name in _DATES
        if isinstance(data.get(field), str) and _is_day(data[field])
    }


def bare_attribute(name: str) -> str:
    """The attribute's own name: `urn:epcglobal:cbv:mda#city` and `cbvmda:city` are `city`."""
    return bare(name.rpartition("#")[2])


def _attributes(element: Mapping[str, Json]) -> list[dict[str, str]]:
    found = []
    for one in element.get("attributes") or ():
        if isinstance(one, Mapping) and isinstance(one.get("id"), str):
            value = one.get("attribute", "")
            text = value if isinstance(value, str) else _flat(value)
            found.append({"id": one["id"], "attribute": text})
    return found


def _flat(value: Json) -> str:
    """A structured value as text."""
    if isinstance(value, Mapping):
        return ", ".join(f"{bare(k)} {_flat(v)}" for k, v in value.items() if not k.startswith("@"))
    if isinstance(value, list):
        return ", ".join(map(_flat, value))
    return str(value)


def _is_day(value: Json) -> bool:
    try:
        parse_instant(str(value)[:10])
    except ValueError:
        return False
    return True
