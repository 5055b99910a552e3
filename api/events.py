"""EPCIS events as they are held: found by the standard's query, and written out again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import orjson

from extraction.epcis.identifiers import identify
from extraction.epcis.master_data import bare_attribute
from extraction.epcis.naming import VOCABULARY_ELEMENT
from extraction.epcis.querying import EventQuery, read_query
from extraction.epcis.validation import check_document
from kg.model.errors import BadInput, Conflict
from kg.model.graph import NOW, View
from kg.model.instants import now, parse_instant, to_text
from kg.model.keys import code_key
from kg.store.protocol import Range, Store

if TYPE_CHECKING:
    from api.wiring import Plant

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
_AT_ONCE = 500
_MASTER_KINDS = ("location", "asset", "product", "lot", "container", "unit", "customer", "supplier")
_DAY = 86_400_000
Event = dict[str, Any]


def find_events(store: Store, parameters: Sequence[tuple[str, str]]) -> list[Event]:
    """The events that fit a query of the standard, in the order that it asks for, each with its
    `recordTime`.

    Raises BadInput for a parameter that is wrong, Conflict where there are more than it allows.
    """
    query = read_query(parameters, _MasterData(store))
    found = [event for event in _candidates(store, query) if query.fits(event)]
    found.sort(
        key=lambda e: (parse_instant(e[query.order_by]), str(e.get("eventID", ""))),
        reverse=query.is_descending,
    )
    if query.most is not None and len(found) > query.most:
        raise Conflict(f"{len(found):,} events fit, more than the maxEventCount of {query.most}.")
    return found[: query.limit]


class _MasterData:
    """What the vocabularies of all documents say of an identifier, read once each."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, dict[str, str]] = {}

    def __call__(self, identifier: str) -> dict[str, str]:
        if identifier not in self._known:
            self._known[identifier] = self._read(identifier)
        return self._known[identifier]

    def _read(self, identifier: str) -> dict[str, str]:
        identified = identify(identifier)
        codes = dict.fromkeys(c for c in (identified.code, identifier, identified.product) if c)
        keys = [code_key(kind, code) for code in codes for kind in _MASTER_KINDS]
        found: dict[str, str] = {}
        for sightings in self._store.sightings_of(keys).values():
            for sighting in sightings:
                text = sighting.evidence.text
                if text.startswith("{") and VOCABULARY_ELEMENT in text:
                    said = orjson.loads(text)
                    if said.get("type") == VOCABULARY_ELEMENT:
                        found.update(
                            (bare_attribute(a["id"]), a["attribute"]) for a in said["attributes"]
                        )
        return found


def _candidates(store: Store, query: EventQuery) -> Iterator[Event]:
    if query.epcs:
        kinds = ("unit", "lot", "container", "product", "asset")
        keys = {code_key(kind, identify(epc).code) for epc in query.epcs for kind in kinds}
        events = {s.object for s in store.expand(sorted(keys), ["handledIn"], "out")}
        yield from _read(store, sorted(events))
        return
    # Text compares as time does to the day; the query itself is exact.
    day = Range(
        None if query.since is None else to_text(query.since - _DAY)[:10],
        None if query.until is None else to_text(query.until + _DAY)[:10],
    )
    where = {} if query.since is None and query.until is None else {"startedAt": day}
    after: str | None = None
    while True:
        page = store.find_nodes(["TraceEvent"], where, after=after, limit=_AT_ONCE)
        yield from _read(store, [node.key for node in page.nodes])
        after = page.next_after
        if after is None:
            return


def _read(store: Store, keys: Sequence[str], view: View = NOW) -> Iterator[Event]:
    """Every event under these keys as it was told; one that was told twice is one."""
    for first in range(0, len(keys), _AT_ONCE):
        sightings = store.sightings_of(keys[first : first + _AT_ONCE], view)
        for key in keys[first : first + _AT_ONCE]:
            seen: set[str] = set()
            for sighting in sightings.get(key, ()):
                text = sighting.evidence.text
                if text in seen or not text.startswith("{"):
                    continue
                seen.add(text)
                event: Event = orjson.loads(text)
                event.setdefault("recordTime", to_text(sighting.evidence.recorded))
                yield event


def export_events(
    plant: Plant, parameters: Sequence[tuple[str, str]] = (), *, with_record_time: bool = False
) -> Event:
    """An EPCIS document of the events that fit, as they were told. Raises BadInput."""
    events = find_events(plant.store, [*parameters, ("orderDirection", "ASC")])
    if not with_record_time:
        events = [_as_told(plant.store, event) for event in events]
    document = as_document(events)
    wrong = check_document(document)
    if wrong:
        raise BadInput(f"The events cannot be written as EPCIS: {wrong[0].sentence}")
    return document


def _as_told(store: Store, event: Event) -> Event:
    """Without the time of recording that `_read` added."""
    from extraction.epcis.interpretation import event_key

    without = {name: value for name, value in event.items() if name != "recordTime"}
    texts = {
        sighting.evidence.text
        for sighting in store.sightings_of([event_key(without)]).get(event_key(without), ())
    }
    return without if orjson.dumps(without).decode() in texts else event


def as_document(events: Sequence[Event]) -> Event:
    """Events as an EPCIS 2.0 document, with the namespaces that they use."""
    contexts: list[Any] = [CONTEXT]
    for event in events:
        inner = event.get("@context")
        for one in inner if isinstance(inner, list) else [inner]:
            if one is not None and one not in contexts:
                contexts.append(one)
    return {
        "@context": contexts if len(contexts) > 1 else contexts[0],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": to_text(now()),
        "epcisBody": {"eventList": list(events)},
    }


def as_query_document(events: Sequence[Event]) -> Event:
    """Events as the answer to a query."""
    document = as_document(events)
    results = {"queryName": "SimpleEventQuery", "resultsBody": document.pop("epcisBody")}
    return document | {"type": "EPCISQueryDocument", "epcisBody": {"queryResults": results}}
