"""What an event is called in the graph, and the text it is kept as."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from extraction.epcis.hashing import event_hash
from extraction.epcis.identifiers import identify
from kg.model.keys import code_key

Json = Any
VOCABULARY_ELEMENT = "VocabularyElement"  # an entry of master data, told beside the events


class Told(NamedTuple):
    """One event with its place in the document."""

    place: str
    event: Mapping[str, Json]


def event_key(event: Mapping[str, Json]) -> str:
    """The key of an event: its id, else the hash of what it says."""
    if event["type"] == VOCABULARY_ELEMENT:
        return key_of_element(event)
    if "eventID" in event:
        return code_key("traceevent", str(event["eventID"]))
    return code_key("traceevent", event_hash(event))


def event_id(event: Mapping[str, Json]) -> str:
    """The event's id, else its hash, which counts as one."""
    return str(event["eventID"]) if "eventID" in event else event_hash(event)


def text_of(event: Mapping[str, Json]) -> str:
    """An event as the text of its passage, from which it can be read again."""
    return orjson.dumps(event).decode()


def key_of_element(element: Mapping[str, Json]) -> str:
    """The key of what an entry of master data is about, by its identifier, else its vocabulary."""
    identified = identify(str(element["id"]))
    vocabulary = str(element["vocabulary"]).casefold()
    if "epcclass" in vocabulary:
        return identified.key("product")
    if identified.kind in {"", "party"} and ("location" in vocabulary or "readpoint" in vocabulary):
        return code_key("location", str(element["id"]))
    return identified.key("party")
