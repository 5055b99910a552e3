"""What an event is called in the graph, and the text it is kept as."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from extraction.epcis.identifiers import identify
from kg.model.keys import code_key

Json = Any
VOCABULARY_ELEMENT = "VocabularyElement"  # an entry of master data, told beside the events


class Told(NamedTuple):
    """One event with its place in the document."""

    place: str
    event: Mapping[str, Json]


def event_key(event: Mapping[str, Json]) -> str:
    """The key of an event: its id, else a digest of what it says."""
    if event["type"] == VOCABULARY_ELEMENT:
        return key_of_element(event)
    if "eventID" in event:
        return code_key("traceevent", str(event["eventID"]))
    told = {name: value for name, value in event.items() if name not in {"recordTime", "@context"}}
    digest = hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return code_key("traceevent", f"sha256-{digest[:32]}")


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
