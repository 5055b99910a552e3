"""An event being told: the claims that are made of it, and the things it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from extraction.epcis.identifiers import Identified, identify
from extraction.epcis.naming import Told, event_key, text_of
from kg.model.claims import Batch, Chunk, Claim, Finding, NodeClaim, Passage, Props, passage_key
from kg.model.instants import Instant, parse_instant
from kg.model.keys import code_key, kind_of

Json = Any
EXTRACTOR = "epcis@1"
IDENTIFIER = 0.5  # confidence in a name that only repeats the identifier
CLASSES = {
    "unit": "Unit", "lot": "MaterialLot", "container": "Container", "product": "Product",
    "location": "Location", "asset": "Asset",
}  # fmt: skip


class Item(NamedTuple):
    """Something that an event is about."""

    key: str
    identified: Identified
    text: str
    props: Props

    @property
    def is_traced(self) -> bool:
        """Whether it is an instance or a lot, not a kind of product or a place."""
        return kind_of(self.key) in {"unit", "lot", "container"}


class Claiming:
    """Makes claims of one event after the other, into `chunk`."""

    event: Mapping[str, Json]
    key: str  # of the event
    at: Instant  # of the event
    place: str
    text: str
    passage: int

    def __init__(self) -> None:
        self.chunk = Chunk(Batch())
        self.places: dict[tuple[str, Instant], str] = {}  # where each thing was seen
        self._seen: dict[str, int] = {}
        self._named: dict[str, dict[str, None]] = {}  # keys by the code that named them

    def names(self, identifier: str, key: str) -> None:
        """Note that events call the thing `key` by an identifier."""
        self._named.setdefault(identify(identifier).code, {})[key] = None

    def named(self, identifier: str) -> list[str]:
        """What events call by an identifier."""
        return list(self._named.get(identify(identifier).code, ()))

    def take(self, told: Told) -> bool:
        """Make this the event that is told; whether the very same was told before."""
        text = text_of(told.event)
        occurrence = self._seen.get(text, 0)
        self._seen[text] = occurrence + 1
        passages = self.chunk.batch.passages
        passages.append(Passage(passage_key(text, occurrence), told.place, text))
        self.place, self.passage, self.text = told.place, len(passages) - 1, text
        self.event, self.key = told.event, event_key(told.event)
        self.at = parse_instant(told.event["eventTime"]) if "eventTime" in told.event else 0
        return bool(occurrence)

    @property
    def name(self) -> str:
        """The event, for people."""
        return f"{self.event['type']} {self.event.get('eventID', '')}".strip()

    def items(self, lists: Sequence[str], quantities: Sequence[str]) -> list[Item]:
        """The things in these fields of the event."""
        event = self.event
        found = [self.item(text, "unit") for name in lists for text in event.get(name, ())]
        for name in quantities:
            found += [self.quantity(element) for element in event.get(name, ())]
        return found

    def quantity(self, element: Mapping[str, Json]) -> Item:
        """A kind of thing or a lot, with how much of it."""
        props: dict[str, Any] = {}
        number = element.get("quantity")
        text = element["epcClass"]
        if number is None:
            self.find("epcis-no-quantity", f"{text} in {self.name} has no quantity.")
        else:
            props["quantity"] = number
            if number < 0:
                self.find("epcis-negative-quantity", f"{text} in {self.name} has the "
                           f"quantity {number}; it is kept, but cannot be right.")  # fmt: skip
        if "uom" in element:
            props["unitOfMeasure"] = element["uom"]
        return self.item(text, "lot", props)

    def item(self, text: str, otherwise: str, props: Props | None = None) -> Item:
        """The thing that an identifier names, of kind `otherwise` where it tells none."""
        identified = identify(text)
        kind = identified.kind
        if kind in {"", "party", "document", "shipment"}:
            identified = identified._replace(kind=otherwise)
        key = identified.key(otherwise)
        item = Item(key, identified, text, props or {})
        cls = CLASSES[kind_of(key)]
        self.node(key, cls, text, {}, IDENTIFIER)
        if kind_of(key) != "unit":  # of which there may be very many, without master data
            self.names(text, key)
        product = identified.product
        if product and kind_of(key) in {"unit", "lot"}:
            product_key = code_key("product", product)
            self.node(product_key, "Product", None, {})
            self.say(key, "ofProduct", product_key, is_open=True, since=None)
        if identified.lot and kind_of(key) == "unit":
            self.part_of_lot(item, code_key("lot", identified.lot))
        return item

    def part_of_lot(self, item: Item, lot: str) -> None:
        """Instance and lot stay two things: the instance comes out of the lot."""
        self.say(item.key, "madeOf", lot)

    # -- claims ------------------------------------------------------------------------------

    def node(
        self, key: str, cls: str, name: str | None, props: Mapping[str, Any],
        confidence: float = 1.0,
    ) -> None:  # fmt: skip
        """That there is a thing. A name that is only its identifier is given little confidence:
        what master data calls it counts more."""
        self.chunk.batch.nodes.append(
            NodeClaim(key, cls, self.passage, name, props, confidence, EXTRACTOR)
        )

    def say(
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
            self.passage,
            extractor=EXTRACTOR,
            valid_from=self.at if since == -1 else since,
            valid_to=until if is_open else self.at,
            props=props or None,
        )
        self.chunk.batch.claims.append(claim)

    def find(self, code: str, message: str) -> None:
        """Something to be looked at."""
        self.chunk.findings.append(Finding(code, self.place, message))
