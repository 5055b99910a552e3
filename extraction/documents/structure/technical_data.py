"""Technical data: parameters of an asset with their values, limits and units."""

from __future__ import annotations

import re
from functools import lru_cache

from extraction.documents.structure.items import Piece
from extraction.documents.structure.scribe import Scribe
from extraction.documents.structure.subject import Subject
from extraction.pipeline.quantities import QuantityFinder
from kg.model.text import has_han

STATED = 0.9
_BARE = re.compile(r"^\s*[-−+]?\d+(?:[.,]\d+)?\s*$")
_TORQUES = frozenset({"Nm", "N·m", "N.m", "N m", "NM", "kgf·m", "kgf.m"})
_TORQUE = re.compile(r"torque|moment|力矩|扭矩|转矩", re.IGNORECASE)
_LINE = re.compile(r"^(?P<name>[^:：=]{2,50}?)\s*(?:[:：=]|\.{3,}|\t)\s*(?P<value>.+)$")


@lru_cache(maxsize=1)
def _finder() -> QuantityFinder:
    from extraction.pipeline.stages.measures import units

    return QuantityFinder(units())


def read_value(text: str, unit: str = "") -> dict[str, float | str]:
    """`setValue`, or `lowerLimit` and `upperLimit`, with `unitOfMeasure`; empty for no number.

    `unit` is told elsewhere, such as in a column of units. A text with more than one quantity says
    nothing that one parameter could hold.
    """
    whole = f"{text} {unit}".strip()
    found = list(_finder().find(whole))
    if len(found) != 1:
        if found or not _BARE.match(text):
            return {}
        props: dict[str, float | str] = {
            "setValue": float(text.replace(",", ".").replace("−", "-"))
        }
        return props | ({"unitOfMeasure": unit.strip()} if unit.strip() else {})
    one = found[0]
    props = {"unitOfMeasure": unit.strip() or _written_unit(whole[one.start : one.end], one.unit)}
    if one.low is not None and one.low == one.high:
        return {"setValue": one.low, **props}
    if one.low is not None:
        props["lowerLimit"] = one.low
    if one.high is not None:
        props["upperLimit"] = one.high
    return props


def _written_unit(text: str, unit: str) -> str:
    """The unit as the text writes it."""
    tail = text[-len(unit) :]
    return tail if tail.casefold() == unit.casefold() else unit


class DataWriter:
    """Writes the parameters that a document states of its subject."""

    def __init__(self, scribe: Scribe, subject: Subject) -> None:
        self._scribe = scribe
        self._subject = subject

    def state(self, name: Piece, value: str, unit: str, passage: int, end: int) -> bool:
        """One parameter with its value; False where the value is none, or the subject unknown."""
        props = read_value(value, unit)
        if not props or self._subject.key is None:
            return False
        words = name.name
        if str(props.get("unitOfMeasure")) in _TORQUES and not _TORQUE.search(words):
            words = f"拧紧力矩：{words}" if has_han(words) else f"tightening torque: {words}"
        thing = self._scribe.thing("Parameter", words, passage, name.start, end)
        self._scribe.say(self._subject.key, "hasParameter", thing, STATED, props=props)
        return True

    def state_limits(self, name: Piece, low: str, high: str, unit: str, passage: int) -> bool:
        """A parameter whose smallest and largest values stand in columns of their own."""
        lower, upper = (read_value(text, unit) for text in (low, high))
        props: dict[str, float | str] = {}
        for key, of in (("lowerLimit", lower), ("upperLimit", upper)):
            if "setValue" in of:
                props |= {key: of["setValue"]}
                props |= {k: v for k, v in of.items() if k == "unitOfMeasure"}
        if not props or self._subject.key is None:
            return False
        thing = self._scribe.thing("Parameter", name.name, passage, name.start, name.end)
        self._scribe.say(self._subject.key, "hasParameter", thing, STATED, props=props)
        return True

    def line(self, text: str, passage: int) -> bool:
        """`Operating pressure: 6 bar` in a section of technical data."""
        match = _LINE.match(text.strip())
        if match is None:
            return False
        start = text.find(match["name"])
        name = Piece("", match["name"].strip(), start, start + len(match["name"]))
        return self.state(name, match["value"], "", passage, len(text))
