"""What events mean: who went into what, what lay in what and how long, where things went.

Containment is an interval, so the end of a packing is looked for among all events that are known,
in this document and (by `Context`) in others, in whatever order they came. An event that was
declared an error is kept as a record; nothing follows from it. What cannot be right, such as a
thing in two containers at once, is kept too, and told as a finding.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from extraction.epcis.identifiers import Identified, identify
from extraction.epcis.vocabulary import bare
from kg.model.claims import Batch, Chunk, Claim, Finding, NodeClaim, Passage, Props, passage_key
from kg.model.instants import Instant, parse_instant, to_text
from kg.model.keys import code_key, kind_of

Json = Any
EXTRACTOR = "epcis@1"
_EVENTS_PER_CHUNK = 1_000
_CLASSES = {
    "unit": "Unit", "lot": "MaterialLot", "container": "Container", "product": "Product",
    "location": "Location", "asset": "Asset",
}  # fmt: skip
_SHIPPING = frozenset({"shipping", "departing", "consigning"})
_ORDERS = frozenset({"po", "prodorder", "poc"})
_EVERYTHING = "*"  # child of an unpacking that names none


class Move(NamedTuple):
    """That something was put into or taken out of something, at an instant."""

    parent: str
    child: str
    at: Instant
    is_in: bool


@dataclass(slots=True)
class Context:
    """What is known of all events: which are void, and every packing and unpacking."""

    voided: set[str] = field(default_factory=set)  # event ids
    _in: dict[tuple[str, str], list[Instant]] = field(default_factory=dict)
    _out: dict[tuple[str, str], list[Instant]] = field(default_factory=dict)
    _holders: dict[str, set[str]] = field(default_factory=dict)  # parents by child

    def add(self, move: Move) -> None:
        """Take one more packing or unpacking into account."""
        times = (self._in if move.is_in else self._out).setdefault((move.parent, move.child), [])
        place = bisect_left(times, move.at)
        if place == len(times) or times[place] != move.at:
            times.insert(place, move.at)
        if move.is_in:
            self._holders.setdefault(move.child, set()).add(move.parent)

    def end_of(self, parent: str, child: str, start: Instant) -> Instant | None:
        """When what was put in at `start` was taken out."""
        ends = []
        for one in (child, _EVERYTHING):
            times = self._out.get((parent, one), [])
            place = bisect_right(times, start)
            if place < len(times):
                ends.append(times[place])
        return min(ends, default=None)

    def was_in(self, parent: str, child: str, at: Instant) -> bool:
        """Whether it had been put in before, and not been taken out again before then."""
        times = self._in.get((parent, child), [])
        place = bisect_left(times, at)
        if not place:
            return False
        end = self.end_of(parent, child, times[place - 1])
        return end is None or end >= at

    def elsewhere(self, parent: str, child: str, at: Instant) -> list[str]:
        """Other things that it was in at that instant."""
        return sorted(
            other
            for other in self._holders.get(child, ())
            if other != parent and self._is_within(other, child, at)
        )

    def _is_within(self, parent: str, child: str, at: Instant) -> bool:
        times = self._in.get((parent, child), [])
        place = bisect_right(times, at)
        if not place:
            return False
        end = self.end_of(parent, child, times[place - 1])
        return end is None or end > at


class Told(NamedTuple):
    """One event with its place in the document."""

    place: str
    event: Mapping[str, Json]


def voided_ids(events: Iterable[Told]) -> set[str]:
    """The ids of events that are declared errors."""
    return {
        str(told.event["eventID"])
        for told in events
        if "errorDeclaration" in told.event and "eventID" in told.event
    }


def moves_of(events: Iterable[Told], voided: set[str]) -> Iterator[Move]:
    """Every packing and unpacking in the events that hold."""
    for told in events:
        event = told.event
        if event.get("type") not in {"AggregationEvent", "AssociationEvent"}:
            continue
        if event.get("action") == "OBSERVE" or is_void(event, voided) or "parentID" not in event:
            continue
        parent = identify(event["parentID"]).key("container")
        children = [_child_key(text) for text in _children(event)]
        is_in = event["action"] == "ADD"
        at = parse_instant(event["eventTime"])
        for child in children or ([] if is_in else [_EVERYTHING]):
            yield Move(parent, child, at, is_in)


def is_void(event: Mapping[str, Json], voided: set[str]) -> bool:
    """Whether an event was declared an error."""
    return "errorDeclaration" in event or str(event.get("eventID", "")) in voided


def event_key(event: Mapping[str, Json]) -> str:
    """The key of an event: its id, else a digest of what it says."""
    if "eventID" in event:
        return code_key("traceevent", str(event["eventID"]))
    told = {name: value for name, value in event.items() if name not in {"recordTime", "@context"}}
    digest = hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return code_key("traceevent", f"sha256-{digest[:32]}")


def text_of(event: Mapping[str, Json]) -> str:
    """An event as the text of its passage, from which it can be read again."""
    return orjson.dumps(event).decode()


def interpret(events: Sequence[Told], context: Context | None = None) -> Iterator[Chunk]:
    """What the events of one document say, given what is known of others."""
    known = context or Context()
    known.voided |= voided_ids(events)
    for move in moves_of(events, known.voided):
        known.add(move)
    teller = _Teller(known)
    for first in range(0, len(events), _EVENTS_PER_CHUNK):
        teller.chunk = Chunk(Batch())
        for told in events[first : first + _EVENTS_PER_CHUNK]:
            teller.tell(told)
            teller.chunk.rows += 1
        yield teller.chunk


def _children(event: Mapping[str, Json]) -> list[str]:
    return [
        *event.get("childEPCs", ()),
        *(element["epcClass"] for element in event.get("childQuantityList", ())),
    ]


def _child_key(text: str) -> str:
    return identify(text).key("unit")


class _Item(NamedTuple):
    """Something that an event is about."""

    key: str
    identified: Identified
    text: str
    props: Props

    @property
    def is_traced(self) -> bool:
        """Whether it is an instance or a lot, not a kind of product or a place."""
        return kind_of(self.key) in {"unit", "lot", "container"}


class _Teller:
    """Tells events as claims into `chunk`."""

    def __init__(self, context: Context) -> None:
        self.chunk = Chunk(Batch())
        self._context = context
        self._seen: dict[str, int] = {}
        self._contents: dict[str, str] = {}  # by event id, for ids that are used twice
        self._made: dict[str, Instant] = {}
        self._used: dict[str, Instant] = {}
        self._places: dict[tuple[str, Instant], str] = {}

    def tell(self, told: Told) -> None:
        """One event."""
        event, batch = told.event, self.chunk.batch
        text = text_of(event)
        occurrence = self._seen.get(text, 0)
        self._seen[text] = occurrence + 1
        batch.passages.append(Passage(passage_key(text, occurrence), told.place, text))
        self._place, self._passage = told.place, len(batch.passages) - 1
        self._event, self._key = event, event_key(event)
        self._at = parse_instant(event["eventTime"])
        void = is_void(event, self._context.voided)
        if occurrence:
            self._find("epcis-duplicate", f"{self._name()} is told twice; it counts once.")
        self._check_id(event, text)
        self._node(self._key, "TraceEvent", None, self._event_props(void=void))
        if void:
            self._find("epcis-voided", f"{self._name()} was declared an error; it is kept, but "
                       "nothing follows from it.")  # fmt: skip
            return
        items = self._tell_what()
        self._tell_where(items)
        self._tell_why(items)
        self._tell_sensors(items)

    # -- the event itself --------------------------------------------------------------------

    def _event_props(self, *, void: bool) -> dict[str, Any]:
        event = self._event
        props: dict[str, Any] = {
            "eventType": event["type"],
            "startedAt": to_text(self._at),
            "isVoided": void,
        }
        if "action" in event:
            props["action"] = event["action"]
        if "disposition" in event:
            props["disposition"] = bare(event["disposition"])
        return props

    def _name(self) -> str:
        return f"{self._event['type']} {self._event.get('eventID', '')}".strip()

    def _check_id(self, event: Mapping[str, Json], text: str) -> None:
        number = event.get("eventID")
        if number is None or "errorDeclaration" in event:
            return
        other = self._contents.setdefault(number, text)
        if other != text:
            self._find("epcis-id-used-twice", f"{number} names two different events; both are "
                       "kept. An error declaration would say which of them is wrong.")  # fmt: skip

    # -- what --------------------------------------------------------------------------------

    def _tell_what(self) -> list[_Item]:
        event, kind = self._event, self._event["type"]
        if kind == "TransformationEvent":
            return self._tell_transformation()
        items = self._items(("epcList", "childEPCs"), ("quantityList", "childQuantityList"))
        if kind == "ObjectEvent":
            if event["action"] == "ADD":
                for item in items:
                    self._make(self._key, item)
                self._tell_master_data(items)
            elif event["action"] == "DELETE":
                for item in items:
                    self._use(self._key, item)
        if kind in {"AggregationEvent", "AssociationEvent"} and "parentID" in event:
            self._tell_containment(items)
        if "parentID" in event:
            items.insert(0, self._item(event["parentID"], "container"))
        return items

    def _tell_transformation(self) -> list[_Item]:
        event = self._event
        inputs = self._items(("inputEPCList",), ("inputQuantityList",))
        outputs = self._items(("outputEPCList",), ("outputQuantityList",))
        operation = self._key
        if "transformationID" in event:
            # Inputs and outputs of one process may come in many events.
            operation = code_key("op", str(event["transformationID"]))
            self._node(operation, "Operation", None, {})
        for item in inputs:
            self._use(operation, item)
        for item in outputs:
            self._make(operation, item)
        self._tell_master_data(outputs)
        if operation != self._key:
            self._say_step(operation)
        return [*inputs, *outputs]

    def _make(self, operation: str, item: _Item) -> None:
        if not item.is_traced or kind_of(item.key) == "container":
            self._of_product(operation, item)
            return
        used = self._used.get(item.key)
        if used is not None and used < self._at:
            self._order(item, used, self._at)
        self._made[item.key] = min(self._at, self._made.get(item.key, self._at))
        self._say(operation, "produced", item.key, props=item.props)

    def _use(self, operation: str, item: _Item) -> None:
        if not item.is_traced or kind_of(item.key) == "container":
            self._of_product(operation, item)
            return
        made = self._made.get(item.key)
        if made is not None and made > self._at:
            self._order(item, self._at, made)
        self._used[item.key] = min(self._at, self._used.get(item.key, self._at))
        self._say(operation, "consumed", item.key, props=item.props)

    def _order(self, item: _Item, used: Instant, made: Instant) -> None:
        self._find("epcis-used-before-made", f"{item.text} was used at {to_text(used)}, before it "
                   f"was made at {to_text(made)}; look at the clocks.")  # fmt: skip

    def _of_product(self, operation: str, item: _Item) -> None:
        if item.identified.product:
            self._say(operation, "ofProduct", item.key)
            self._find("epcis-without-lot", f"{item.text} in {self._name()} names neither serial "
                       "number nor lot; it is kept as a product, and not traced.")  # fmt: skip

    def _tell_containment(self, children: Sequence[_Item]) -> None:
        event, known = self._event, self._context
        parent = self._item(event["parentID"], "container")
        holds = kind_of(parent.key) in {"container", "unit"}
        for child in children:
            inside = holds and child.is_traced
            relation = "packedInto" if inside else "associatedWith"
            if child.key == parent.key:
                self._find("epcis-in-itself", f"{child.text} is said to be in itself.")
                continue
            if relation == "associatedWith" and kind_of(child.key) not in {
                "asset", "unit", "lot", "container",
            }:  # fmt: skip
                continue
            if event["action"] == "ADD":
                if known.was_in(parent.key, child.key, self._at):
                    self._find("epcis-packed-twice", f"{child.text} was put into {parent.text} "
                               "without having been taken out.")  # fmt: skip
                for other in known.elsewhere(parent.key, child.key, self._at):
                    self._find("epcis-two-places", f"{child.text} is in {parent.text} and in "
                               f"{other} at {to_text(self._at)}; both are kept.")  # fmt: skip
                end = known.end_of(parent.key, child.key, self._at)
                self._say(child.key, relation, parent.key, until=end, is_open=True,
                          props=child.props)  # fmt: skip
            elif event["action"] == "DELETE":
                if not known.was_in(parent.key, child.key, self._at):
                    self._find("epcis-unpacked-only", f"{child.text} was taken out of "
                               f"{parent.text} without having been put in.")  # fmt: skip
                    self._say(child.key, relation, parent.key, since=None, until=self._at,
                              is_open=True, props=child.props)  # fmt: skip
            elif not known.was_in(parent.key, child.key, self._at):
                self._say(child.key, relation, parent.key, props=child.props)

    def _tell_master_data(self, items: Sequence[_Item]) -> None:
        """Lot, dates and the like of what was made: one for all of them."""
        said = self._event.get("ilmd")
        if not isinstance(said, dict):
            return
        data = {bare(name).lower(): value for name, value in said.items()}
        props = {
            name: str(data[field_])[:10]
            for field_, name in (
                ("itemexpirationdate", "expiresOn"), ("bestbeforedate", "expiresOn"),
                ("productiondate", "producedOn"),
            )
            if isinstance(data.get(field_), str) and _is_day(data[field_])
        }  # fmt: skip
        lot = data.get("lotnumber")
        for item in items:
            if kind_of(item.key) not in {"unit", "lot"}:
                continue
            if props:
                self._node(item.key, _CLASSES[kind_of(item.key)], None, props)
            product = item.identified.product
            if kind_of(item.key) == "unit" and isinstance(lot, str) and product:
                self._part_of_lot(item, code_key("lot", f"{product}(10){lot}"))

    def _part_of_lot(self, item: _Item, lot: str) -> None:
        """Instance and lot stay two things: the instance comes out of the lot."""
        self._say(item.key, "madeOf", lot)

    # -- where and why -----------------------------------------------------------------------

    def _tell_where(self, items: Sequence[_Item]) -> None:
        event = self._event
        place = event.get("readPoint") or event.get("bizLocation")
        self._say_step(self._key)
        for item in items:
            self._say(item.key, "handledIn", self._key)
        if not place:
            return
        location = identify(place["id"]).key("location")
        if kind_of(location) not in {"location", "asset"}:
            location = code_key("location", place["id"])
        self._node(location, "Location" if kind_of(location) == "location" else "Asset",
                   place["id"], {})  # fmt: skip
        self._say(self._key, "performedOn", location)
        for item in items:
            if kind_of(item.key) not in {"unit", "container"}:
                continue
            other = self._places.setdefault((item.key, self._at), location)
            if other != location:
                self._find("epcis-two-places", f"{item.text} was seen at {place['id']} and at "
                           f"{other} at {to_text(self._at)}; both are kept.")  # fmt: skip

    def _say_step(self, operation: str) -> None:
        step = bare(self._event.get("bizStep"))
        if step:
            key = code_key("step", step)
            self._node(key, "ProcessStep", step, {})
            self._say(operation, "ofStep", key)

    def _tell_why(self, items: Sequence[_Item]) -> None:
        event = self._event
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
                self._say(self._key, "forOrder", order)
                for item in items:
                    if kind_of(item.key) in {"unit", "lot"}:
                        self._say(item.key, "forOrder", order)
        if bare(event.get("bizStep")) in _SHIPPING and event.get("action") != "DELETE":
            self._tell_shipping(items, shipments or [code_key("shipment", self._key[11:])])

    def _tell_shipping(self, items: Sequence[_Item], shipments: Sequence[str]) -> None:
        sources = self._parties("sourceList", "source", "supplier")
        destinations = self._parties("destinationList", "destination", "customer")
        for shipment in shipments:
            self._node(shipment, "Shipment", None, {"startedAt": to_text(self._at)})
            for item in items:
                if item.is_traced:
                    self._say(item.key, "shippedIn", shipment, is_open=True, props=item.props)
            for key, text in destinations.items():
                self._node(key, "Customer", text, {})
                self._say(shipment, "shippedTo", key)
            for key, text in sources.items():
                self._node(key, "Supplier", text, {})
                self._say(shipment, "suppliedBy", key)
        for key in sources:
            for item in items:
                if kind_of(item.key) in {"unit", "lot"}:
                    self._say(item.key, "suppliedBy", key)

    def _parties(self, name: str, one: str, kind: str) -> dict[str, str]:
        """The owning party, else the one that possesses, else where it is."""
        by_type: dict[str, dict[str, str]] = {}
        for element in self._event.get(name, ()):
            text = str(element[one])
            key = code_key(kind, identify(text).code)
            by_type.setdefault(bare(element["type"]), {})[key] = text
        for wanted in ("owning_party", "possessing_party", "location"):
            if by_type.get(wanted):
                return by_type[wanted]
        return next(iter(by_type.values()), {})

    # -- sensors -----------------------------------------------------------------------------

    def _tell_sensors(self, items: Sequence[_Item]) -> None:
        for element in self._event.get("sensorElementList", ()):
            metadata = element.get("sensorMetadata", {})
            for report in element["sensorReport"]:
                self._tell_report(metadata, report, items)

    def _tell_report(
        self, metadata: Mapping[str, Json], report: Mapping[str, Json], items: Sequence[_Item]
    ) -> None:
        number = report.get("value", report.get("meanValue"))
        if number is None:
            return
        told = orjson.dumps([self._key, metadata, report], option=orjson.OPT_SORT_KEYS)
        key = code_key("measurement", hashlib.sha256(told).hexdigest()[:24])
        at = report.get("time") or metadata.get("time") or self._event["eventTime"]
        kind = bare(report["type"])
        props: dict[str, Any] = {"value": number, "startedAt": to_text(parse_instant(at))}
        if "uom" in report:
            props["unitOfMeasure"] = report["uom"]
        self._node(key, "Measurement", None, props)
        characteristic = code_key("characteristic", kind)
        self._node(characteristic, "Characteristic", kind, {})
        self._say(key, "ofCharacteristic", characteristic)
        self._say(self._key, "measured", key)
        for item in items:
            if kind_of(item.key) in {"unit", "lot", "asset"}:
                self._say(key, "measuredOn", item.key)

    # -- things ------------------------------------------------------------------------------

    def _items(self, lists: Sequence[str], quantities: Sequence[str]) -> list[_Item]:
        event = self._event
        found = [self._item(text, "unit") for name in lists for text in event.get(name, ())]
        for name in quantities:
            found += [self._quantity(element) for element in event.get(name, ())]
        return found

    def _quantity(self, element: Mapping[str, Json]) -> _Item:
        props: dict[str, Any] = {}
        number = element.get("quantity")
        text = element["epcClass"]
        if number is None:
            self._find("epcis-no-quantity", f"{text} in {self._name()} has no quantity.")
        else:
            props["quantity"] = number
            if number < 0:
                self._find("epcis-negative-quantity", f"{text} in {self._name()} has the "
                           f"quantity {number}; it is kept, but cannot be right.")  # fmt: skip
        if "uom" in element:
            props["unitOfMeasure"] = element["uom"]
        return self._item(text, "lot", props)

    def _item(self, text: str, otherwise: str, props: Props | None = None) -> _Item:
        identified = identify(text)
        kind = identified.kind
        if kind in {"", "party", "document", "shipment"}:
            identified = identified._replace(kind=otherwise)
        key = identified.key(otherwise)
        item = _Item(key, identified, text, props or {})
        cls = _CLASSES[kind_of(key)]
        self._node(key, cls, text, {})
        product = identified.product
        if product and kind_of(key) in {"unit", "lot"}:
            product_key = code_key("product", product)
            self._node(product_key, "Product", None, {})
            self._say(key, "ofProduct", product_key, is_open=True, since=None)
        if identified.lot and kind_of(key) == "unit":
            self._part_of_lot(item, code_key("lot", identified.lot))
        return item

    # -- claims ------------------------------------------------------------------------------

    def _node(self, key: str, cls: str, name: str | None, props: Mapping[str, Any]) -> None:
        self.chunk.batch.nodes.append(
            NodeClaim(key, cls, self._passage, name, props, extractor=EXTRACTOR)
        )

    def _say(
        self,
        subject: str,
        predicate: str,
        object_: str,
        *,
        since: Instant | None = -1,
        until: Instant | None = None,
        is_open: bool = False,
        props: Props | None = None,
    ) -> None:
        """Say it as of the event's time; `is_open` where it went on after that."""
        claim = Claim(
            subject,
            predicate,
            object_,
            self._passage,
            extractor=EXTRACTOR,
            valid_from=self._at if since == -1 else since,
            valid_to=until if is_open else self._at,
            props=props or None,
        )
        self.chunk.batch.claims.append(claim)

    def _find(self, code: str, message: str) -> None:
        self.chunk.findings.append(Finding(code, self._place, message))


def _is_day(value: Json) -> bool:
    try:
        parse_instant(str(value)[:10])
    except ValueError:
        return False
    return True


__all__ = [
    "EXTRACTOR", "Context", "Move", "Told", "event_key", "interpret", "is_void",
    "moves_of", "text_of", "voided_ids",
]  # fmt: skip
