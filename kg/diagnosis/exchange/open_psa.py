"""Fault trees as Open-PSA XML (model exchange format 2.0d), in and out.

Read are fault trees with gates (and, or, not, xor, nand, nor, atleast, also nested), basic events
(a number, a parameter, or an exponential law of a rate and a time) and house events. Names are
taken as they are; components and nested trees share one name space.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import expm1
from pathlib import Path
from typing import get_args
from xml.etree.ElementTree import Element, ParseError, SubElement, indent, tostring

from kg.diagnosis.exchange.fault_tree import FaultTree, Gate, GateKind
from kg.diagnosis.exchange.reading_text import read_bytes
from kg.model.errors import BadInput, UnreadableFile

MOST_DEPTH = 200
_KINDS = frozenset(get_args(GateKind))
_REFERENCES = frozenset({"gate", "basic-event", "house-event", "event"})
_NOTES = frozenset({"label", "attributes"})


def read_open_psa(path: Path, *, top: str | None = None) -> FaultTree:
    """The fault tree of a file; `top` names its top gate where no gate stands above all others.

    Raises UnreadableFile for what is not XML or declares entities, BadInput for what is wrong.
    """
    return parse_open_psa(read_bytes(path, what="an Open-PSA file"), name=path.name, top=top)


def parse_open_psa(data: bytes, *, name: str = "fault tree", top: str | None = None) -> FaultTree:
    """The fault tree of Open-PSA XML. Raises UnreadableFile, BadInput."""
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root = fromstring(data, forbid_dtd=True)
    except DefusedXmlException:
        raise UnreadableFile(
            f"{name} declares a document type or entities, which can do harm; remove them."
        ) from None
    except (ParseError, ValueError, RecursionError) as error:
        raise UnreadableFile(f"{name} is not XML ({error}).") from None
    return _Reader(name).read(root, top)


def write_open_psa(tree: FaultTree) -> str:
    """The fault tree as Open-PSA XML."""
    root = Element("opsa-mef")
    inside = SubElement(root, "define-fault-tree", name=tree.name)
    for name in reversed(tree.order()):
        gate = tree.gates[name]
        formula = SubElement(SubElement(inside, "define-gate", name=name), gate.kind)
        if gate.kind == "atleast":
            formula.set("min", str(gate.least))
        for given in gate.inputs:
            SubElement(formula, _reference(tree, given), name=given)
    data = SubElement(root, "model-data")
    for name, chance in tree.events.items():
        event = SubElement(data, "define-basic-event", name=name)
        SubElement(event, "float", value=repr(float(chance)))
    for name, happens in tree.houses.items():
        house = SubElement(data, "define-house-event", name=name)
        SubElement(house, "constant", value="true" if happens else "false")
    indent(root)
    return tostring(root, encoding="unicode", xml_declaration=False) + "\n"


def _reference(tree: FaultTree, name: str) -> str:
    if name in tree.gates:
        return "gate"
    return "basic-event" if name in tree.events else "house-event"


class _Reader:
    def __init__(self, file: str) -> None:
        self.file = file
        self.gates: dict[str, Gate] = {}
        self.events: dict[str, float] = {}
        self.houses: dict[str, bool] = {}
        self.parameters: dict[str, Element] = {}

    def read(self, root: Element, top: str | None) -> FaultTree:
        if root.tag != "opsa-mef":
            raise BadInput(
                f"{self.file} is not Open-PSA: its root is <{root.tag}>, not <opsa-mef>."
            )
        every = list(root.iter())
        for element in every:
            if element.tag == "define-parameter":
                self.parameters[self._name(element)] = element
        for element in every:
            match element.tag:
                case "define-gate":
                    self._define_gate(element)
                case "define-basic-event":
                    self._define_event(element)
                case "define-house-event":
                    self.houses[self._name(element)] = self._house(element)
        if not self.gates:
            raise BadInput(f"{self.file} defines no gates.")
        self._settle_undefined()
        title = next((e.get("name") for e in every if e.tag == "define-fault-tree"), None)
        return FaultTree(
            title or self.file, top or self._find_top(), self.gates, self.events, self.houses
        )

    def _find_top(self) -> str:
        used = {given for gate in self.gates.values() for given in gate.inputs}
        tops = [name for name in self.gates if name not in used]
        if not tops:
            raise BadInput(f"{self.file}: the gates run in a circle; none stands above all others.")
        if len(tops) > 1:
            shown = ", ".join(tops[:6])
            raise BadInput(f"{self.file} has several top gates ({shown}); say which one is meant.")
        return tops[0]

    def _settle_undefined(self) -> None:
        for name, gate in self.gates.items():
            for given in gate.inputs:
                if given in self.gates or given in self.events or given in self.houses:
                    continue
                raise BadInput(
                    f"{self.file}: the gate {name!r} names {given!r}, which has no definition or"
                    " no probability."
                )

    def _define_gate(self, element: Element) -> None:
        name = self._name(element)
        if name in self.gates:
            raise BadInput(f"{self.file}: the gate {name!r} is defined twice.")
        formulas = list(_content(element))
        if len(formulas) != 1:
            raise BadInput(f"{self.file}: the gate {name!r} needs exactly one formula.")
        self.gates[name] = Gate("or", ())  # keeps the place; nested gates come after it
        self.gates[name] = self._formula(name, formulas[0], 0)

    def _formula(self, name: str, element: Element, depth: int) -> Gate:
        if depth > MOST_DEPTH:
            raise BadInput(f"{self.file}: the formula of {name!r} is nested too deeply.")
        if element.tag in _REFERENCES or element.tag == "constant":
            return Gate("or", (self._input(name, element, 0, depth),))
        if element.tag not in _KINDS:
            raise BadInput(f"{self.file}: <{element.tag}> in {name!r} is not a gate that is known.")
        given = [self._input(name, e, i, depth) for i, e in enumerate(_content(element))]
        inputs = tuple(dict.fromkeys(given)) if element.tag in ("and", "or") else tuple(given)
        least = 0
        if element.tag == "atleast":
            try:
                least = int(element.get("min", ""))
            except ValueError:
                raise BadInput(
                    f"{self.file}: the atleast gate {name!r} needs min, a whole number."
                ) from None
        return Gate(element.tag, inputs, least)  # type: ignore[arg-type]

    def _input(self, gate: str, element: Element, place: int, depth: int) -> str:
        if element.tag in _REFERENCES:
            return self._name(element)
        name = f"{gate}.{place + 1}"
        if element.tag == "constant":
            name = f"always {element.get('value', 'false').lower()}"
            self.houses[name] = name == "always true"
            return name
        while name in self.gates:
            name += "'"
        self.gates[name] = Gate("or", ())
        self.gates[name] = self._formula(name, element, depth + 1)
        return name

    def _define_event(self, element: Element) -> None:
        name = self._name(element)
        values = list(_content(element))
        if not values:
            return  # a name without a probability: an error only where it is used
        if name in self.events:
            raise BadInput(f"{self.file}: the basic event {name!r} is defined twice.")
        self.events[name] = self._value(name, values[0], 0)

    def _value(self, name: str, element: Element, depth: int) -> float:
        if depth > MOST_DEPTH:
            raise BadInput(f"{self.file}: the value of {name!r} refers to itself.")
        if element.tag in ("float", "int"):
            try:
                return float(element.get("value", ""))
            except ValueError:
                raise BadInput(
                    f"{self.file}: {name!r} has the value {element.get('value')!r}, not a number."
                ) from None
        if element.tag == "parameter":
            wanted = self._name(element)
            if wanted not in self.parameters:
                raise BadInput(f"{self.file}: {name!r} needs the parameter {wanted!r}, not there.")
            inside = list(_content(self.parameters[wanted]))
            if not inside:
                raise BadInput(f"{self.file}: the parameter {wanted!r} has no value.")
            return self._value(wanted, inside[0], depth + 1)
        if element.tag == "exponential":
            parts = [self._value(name, e, depth + 1) for e in _content(element)]
            if len(parts) == 2 and parts[0] * parts[1] >= 0.0:
                return -expm1(-parts[0] * parts[1])
            raise BadInput(f"{self.file}: the law of {name!r} needs a rate and a time.")
        raise BadInput(f"{self.file}: <{element.tag}> is not a value that is known ({name!r}).")

    def _house(self, element: Element) -> bool:
        value = next((e.get("value", "") for e in _content(element)), "false")
        if value.lower() not in ("true", "false", "1", "0"):
            raise BadInput(f"{self.file}: a house event is true or false, not {value!r}.")
        return value.lower() in ("true", "1")

    def _name(self, element: Element) -> str:
        name = (element.get("name") or "").strip()
        if not name:
            raise BadInput(f"{self.file}: a <{element.tag}> has no name.")
        return name


def _content(element: Element) -> Iterator[Element]:
    return (e for e in element if e.tag not in _NOTES)
