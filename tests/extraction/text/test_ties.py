from __future__ import annotations

import pytest

from extraction.text.lexicon import Lexicon
from extraction.text.reading import Reader
from tests.extraction.text.plant_words import small_plant


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(Lexicon(small_plant()))


def ties(reader: Reader, text: str) -> set[tuple[str, str, bool]]:
    return {
        (t.component.concept.partition(":")[2], t.finding.concept.partition(":")[2], t.is_close)
        for t in reader.read(text).ties
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hose leaking", {("Hose", "Leakage", True)}),
        ("leaking hose", {("Hose", "Leakage", True)}),
        ("leak in LH hose", {("Hose", "Leakage", True)}),
        ("hydraulic cylinder hose leaking", {("Hose", "Leakage", True)}),
        ("leak on hydraulic cylinder hose", {("Hose", "Leakage", True)}),
        ("cylinder leaking from seal", {("Seal", "Leakage", True)}),
        ("hose leaking on engine", {("Hose", "Leakage", True)}),
        ("hose and fitting leaking", {("Hose", "Leakage", True), ("Fitting", "Leakage", True)}),
        ("hose worn and leaking", {("Hose", "Wear", True), ("Hose", "Leakage", True)}),
        ("replace seal, hose cracked", {("Hose", "Crack", True)}),
        ("液压泵漏油", {("HydraulicPump", "Leakage", True)}),
        ("发动机的油封漏油", {("Seal", "Leakage", True)}),
        ("更换磨损的轴承", {("Bearing", "Wear", True)}),
        ("磨损轴承", {("Bearing", "Wear", False)}),  # not surely the bearing's
        ("更换传感器后漏油", set()),  # it leaked all the same
        ("轴承、漏油", {("Bearing", "Leakage", False)}),  # two items of a list
        ("轴承磨损、漏油", {("Bearing", "Wear", True), ("Bearing", "Leakage", True)}),
        ("将端子接地", set()),  # earthing is no fault
        ("pump checked some more yesterday worn", {("Pump", "Wear", False)}),
        ("pump gizmo broken", set()),  # the gizmo broke, whatever it is
        ("leak in engine, hose replaced", {("Engine", "Leakage", True)}),
        ("seal worn causing vibration", {("Seal", "Wear", True)}),
    ],
)
def test_findings_are_tied_to_the_head_of_the_compound(
    reader: Reader, text: str, expected: set[tuple[str, str, bool]]
) -> None:
    assert ties(reader, text) == expected


def components(reader: Reader, text: str) -> list[tuple[str, str, str, bool]]:
    return [
        (
            m.concept.partition(":")[2],
            m.position,
            m.owner.concept.partition(":")[2] if m.owner else "",
            m.is_head,
        )
        for m in reader.read(text).mentions
        if m.kind == "component"
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "hydraulic cylinder hose",
            [("HydraulicCylinder", "", "", False), ("Hose", "", "HydraulicCylinder", True)],
        ),
        ("hose on the pump", [("Hose", "", "Pump", True), ("Pump", "", "", True)]),
        ("发动机的油封", [("Engine", "", "", False), ("Seal", "", "Engine", True)]),
        ("R/H rear light", [("Light", "right rear", "", True)]),
        ("light left side", [("Light", "left", "", True)]),
        ("左前灯", [("Light", "left front", "", True)]),
        ("engine bay", [("Engine", "", "", False)]),
        ("pump gizmo", [("Pump", "", "", False)]),
        ("hose, pump", [("Hose", "", "", True), ("Pump", "", "", True)]),
    ],
)
def test_positions_owners_and_heads(
    reader: Reader, text: str, expected: list[tuple[str, str, str, bool]]
) -> None:
    assert components(reader, text) == expected


def test_the_component_inside_a_longer_finding_is_mentioned_too(reader: Reader) -> None:
    reading = reader.read("右侧灯漏油")
    assert [(m.kind, m.concept) for m in reading.mentions] == [
        ("component", "component:Light"),
        ("mode", "mode:FlatTyre"),
    ]
    assert ties(reader, "右侧灯漏油") == {("Light", "FlatTyre", False)}
