"""Where an event was and why: places, steps, orders, shipments and the parties to them."""

from __future__ import annotations

from collections.abc import Sequence

from extraction.epcis.claiming import IDENTIFIER, Claiming, Item
from extraction.epcis.identifiers import identify
from extraction.epcis.vocabulary import bare
from kg.model.instants import to_text
from kg.model.keys import code_key, kind_of

_SHIPPING = frozenset({"shipping", "departing", "consigning"})
_ORDERS = frozenset({"po", "prodorder", "poc"})


def tell_where(claims: Claiming, items: Sequence[Item]) -> None:
    """Where the event was and at which step of business, and that the things were in it."""
    event = claims.event
    place = event.get("readPoint") or event.get("bizLocation")
    say_step(claims, claims.key)
    for item in items:
        claims.say(item.key, "handledIn", claims.key)
    if not place:
        return
    location = identify(place["id"]).key("location")
    if kind_of(location) not in {"location", "asset"}:
        location = code_key("location", place["id"])
    claims.node(location, "Location" if kind_of(location) == "location" else "Asset",
                place["id"], {}, IDENTIFIER)  # fmt: skip
    claims.names(place["id"], location)
    claims.say(claims.key, "performedOn", location)
    for item in items:
        if kind_of(item.key) not in {"unit", "container"}:
            continue
        other = claims.places.setdefault((item.key, claims.at), location)
        if other != location:
            claims.find("epcis-two-places", f"{item.text} was seen at {place['id']} and at "
                       f"{other} at {to_text(claims.at)}; both are kept.")  # fmt: skip


def say_step(claims: Claiming, operation: str) -> None:
    """The step of business that the event was, said of an operation."""
    step = bare(claims.event.get("bizStep"))
    if step:
        key = code_key("step", step)
        claims.node(key, "ProcessStep", step, {})
        claims.say(operation, "ofStep", key)


def tell_why(claims: Claiming, items: Sequence[Item]) -> None:
    """For which orders it was, and between which parties goods were shipped."""
    event = claims.event
    orders, shipments = [], []
    for element in event.get("bizTransactionList", ()):
        number, kind = str(element["bizTransaction"]), bare(element.get("type"))
        if kind in _ORDERS:
            orders.append(code_key("order", number))
        elif kind == "desadv":
            shipments.append(code_key("shipment", number))
    is_off = event.get("action") == "DELETE" and event["type"] == "TransactionEvent"
    if not is_off:
        for order in orders:
            claims.say(claims.key, "forOrder", order)
            for item in items:
                if kind_of(item.key) in {"unit", "lot"}:
                    claims.say(item.key, "forOrder", order)
    if bare(event.get("bizStep")) in _SHIPPING and event.get("action") != "DELETE":
        _tell_shipping(claims, items, shipments or [code_key("shipment", claims.key[11:])])


def _tell_shipping(claims: Claiming, items: Sequence[Item], shipments: Sequence[str]) -> None:
    sources = _parties(claims, "sourceList", "source", "supplier")
    destinations = _parties(claims, "destinationList", "destination", "customer")
    for shipment in shipments:
        claims.node(shipment, "Shipment", None, {"startedAt": to_text(claims.at)})
        for item in items:
            if item.is_traced:
                claims.say(item.key, "shippedIn", shipment, is_open=True, props=item.props)
        for key, text in destinations.items():
            claims.node(key, "Customer", text, {}, IDENTIFIER)
            claims.say(shipment, "shippedTo", key)
        for key, text in sources.items():
            claims.node(key, "Supplier", text, {}, IDENTIFIER)
            claims.say(shipment, "suppliedBy", key)
    for key in sources:
        for item in items:
            if kind_of(item.key) in {"unit", "lot"}:
                claims.say(item.key, "suppliedBy", key)


def _parties(claims: Claiming, name: str, one: str, kind: str) -> dict[str, str]:
    """The owning party, else the one that possesses, else where it is."""
    by_type: dict[str, dict[str, str]] = {}
    for element in claims.event.get(name, ()):
        text = str(element[one])
        key = code_key(kind, identify(text).code)
        claims.names(text, key)
        by_type.setdefault(bare(element["type"]), {})[key] = text
    for wanted in ("owning_party", "possessing_party", "location"):
        if by_type.get(wanted):
            return by_type[wanted]
    return next(iter(by_type.values()), {})
