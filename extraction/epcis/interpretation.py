"""What events mean: who went into what, what lay in what and how long, where things went.

An event that was declared an error is kept as a record; nothing follows from it. What cannot be
right, such as a thing in two containers at once, is kept too, and told as a finding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from extraction.epcis.claiming import EXTRACTOR, Claiming, Item
from extraction.epcis.containing import Context, Move, is_void, moves_of, voided_ids
from extraction.epcis.master_data import tell_element, tell_instance_data
from extraction.epcis.naming import VOCABULARY_ELEMENT, Told, event_key, text_of
from extraction.epcis.placing import say_step, tell_where, tell_why
from extraction.epcis.sensing import tell_sensors
from extraction.epcis.vocabulary import bare
from kg.model.claims import Batch, Chunk
from kg.model.instants import Instant, to_text
from kg.model.keys import code_key, kind_of

Json = Any
_EVENTS_PER_CHUNK = 1_000


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


class _Teller(Claiming):
    """Tells events as claims into `chunk`."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._contents: dict[str, str] = {}  # by event id, for ids that are used twice
        self._made: dict[str, Instant] = {}
        self._used: dict[str, Instant] = {}

    def tell(self, told: Told) -> None:
        """One event, or one entry of master data."""
        is_again = self.take(told)
        event = told.event
        if event["type"] == VOCABULARY_ELEMENT:
            tell_element(self)
            return
        void = is_void(event, self._context.voided)
        if is_again:
            self.find("epcis-duplicate", f"{self.name} is told twice; it counts once.")
        self._check_id(event, self.text)
        self.node(self.key, "TraceEvent", None, self._event_props(void=void))
        if void:
            self.find("epcis-voided", f"{self.name} was declared an error; it is kept, but "
                      "nothing follows from it.")  # fmt: skip
            return
        items = self._tell_what()
        tell_where(self, items)
        tell_why(self, items)
        tell_sensors(self, items)

    # -- the event itself --------------------------------------------------------------------

    def _event_props(self, *, void: bool) -> dict[str, Any]:
        event = self.event
        props: dict[str, Any] = {
            "eventType": event["type"],
            "startedAt": to_text(self.at),
            "isVoided": void,
        }
        if "action" in event:
            props["action"] = event["action"]
        if "disposition" in event:
            props["disposition"] = bare(event["disposition"])
        return props

    def _check_id(self, event: Mapping[str, Json], text: str) -> None:
        number = event.get("eventID")
        if number is None or "errorDeclaration" in event:
            return
        other = self._contents.setdefault(number, text)
        if other != text:
            self.find("epcis-id-used-twice", f"{number} names two different events; both are "
                       "kept. An error declaration would say which of them is wrong.")  # fmt: skip

    # -- what --------------------------------------------------------------------------------

    def _tell_what(self) -> list[Item]:
        event, kind = self.event, self.event["type"]
        if kind == "TransformationEvent":
            return self._tell_transformation()
        items = self.items(("epcList", "childEPCs"), ("quantityList", "childQuantityList"))
        if kind == "ObjectEvent":
            if event["action"] == "ADD":
                for item in items:
                    self._make(self.key, item)
                tell_instance_data(self, items)
            elif event["action"] == "DELETE":
                for item in items:
                    self._use(self.key, item)
        if kind in {"AggregationEvent", "AssociationEvent"} and "parentID" in event:
            self._tell_containment(items)
        if "parentID" in event:
            items.insert(0, self.item(event["parentID"], "container"))
        return items

    def _tell_transformation(self) -> list[Item]:
        event = self.event
        inputs = self.items(("inputEPCList",), ("inputQuantityList",))
        outputs = self.items(("outputEPCList",), ("outputQuantityList",))
        operation = self.key
        if "transformationID" in event:
            # Inputs and outputs of one process may come in many events.
            operation = code_key("op", str(event["transformationID"]))
            self.node(operation, "Operation", None, {})
        for item in inputs:
            self._use(operation, item)
        for item in outputs:
            self._make(operation, item)
        tell_instance_data(self, outputs)
        if operation != self.key:
            say_step(self, operation)
        return [*inputs, *outputs]

    def _make(self, operation: str, item: Item) -> None:
        if not item.is_traced or kind_of(item.key) == "container":
            self._of_product(operation, item)
            return
        used = self._used.get(item.key)
        if used is not None and used < self.at:
            self._order(item, used, self.at)
        self._made[item.key] = min(self.at, self._made.get(item.key, self.at))
        self.say(operation, "produced", item.key, props=item.props)

    def _use(self, operation: str, item: Item) -> None:
        if not item.is_traced or kind_of(item.key) == "container":
            self._of_product(operation, item)
            return
        made = self._made.get(item.key)
        if made is not None and made > self.at:
            self._order(item, self.at, made)
        self._used[item.key] = min(self.at, self._used.get(item.key, self.at))
        self.say(operation, "consumed", item.key, props=item.props)

    def _order(self, item: Item, used: Instant, made: Instant) -> None:
        self.find("epcis-used-before-made", f"{item.text} was used at {to_text(used)}, before it "
                   f"was made at {to_text(made)}; look at the clocks.")  # fmt: skip

    def _of_product(self, operation: str, item: Item) -> None:
        if item.identified.product:
            self.say(operation, "ofProduct", item.key)
            self.find("epcis-without-lot", f"{item.text} in {self.name} names neither serial "
                       "number nor lot; it is kept as a product, and not traced.")  # fmt: skip

    def _tell_containment(self, children: Sequence[Item]) -> None:
        event, known = self.event, self._context
        parent = self.item(event["parentID"], "container")
        holds = kind_of(parent.key) in {"container", "unit"}
        for child in children:
            inside = holds and child.is_traced
            relation = "packedInto" if inside else "associatedWith"
            if child.key == parent.key:
                self.find("epcis-in-itself", f"{child.text} is said to be in itself.")
                continue
            if relation == "associatedWith" and kind_of(child.key) not in {
                "asset", "unit", "lot", "container",
            }:  # fmt: skip
                continue
            if event["action"] == "ADD":
                if known.was_in(parent.key, child.key, self.at):
                    self.find("epcis-packed-twice", f"{child.text} was put into {parent.text} "
                               "without having been taken out.")  # fmt: skip
                for other in known.elsewhere(parent.key, child.key, self.at):
                    self.find("epcis-two-places", f"{child.text} is in {parent.text} and in "
                               f"{other} at {to_text(self.at)}; both are kept.")  # fmt: skip
                end = known.end_of(parent.key, child.key, self.at)
                self.say(child.key, relation, parent.key, until=end, is_open=True,
                          props=child.props)  # fmt: skip
            elif event["action"] == "DELETE":
                if not known.was_in(parent.key, child.key, self.at):
                    self.find("epcis-unpacked-only", f"{child.text} was taken out of "
                               f"{parent.text} without having been put in.")  # fmt: skip
                    self.say(child.key, relation, parent.key, since=None, until=self.at,
                              is_open=True, props=child.props)  # fmt: skip
            elif not known.was_in(parent.key, child.key, self.at):
                self.say(child.key, relation, parent.key, props=child.props)


# -- sensors -----------------------------------------------------------------------------

# -- claims ------------------------------------------------------------------------------


__all__ = [
    "EXTRACTOR", "Context", "Move", "Told", "event_key", "interpret", "is_void",
    "moves_of", "text_of", "voided_ids",
]  # fmt: skip
