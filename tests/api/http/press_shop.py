"""A press shop with defects, inspections and a measured characteristic, for quality questions."""

from __future__ import annotations

from tests.kg.plants import Facts
from tests.kg.traceability.commonality.test_genealogy import press_shop


def measured_press_shop(units: int = 40) -> Facts:
    """The press shop, with a depth measured on every unit."""
    facts = press_shop(units)
    facts.node("characteristic:CH1", "Characteristic", "Depth", lowerLimit=1.0, upperLimit=9.0)
    for i in range(units):
        m, day = f"measurement:M{i}", f"2026-03-{i % 20 + 1:02}"
        facts.node(m, "Measurement", value=float(5 + i % 3), occurredAt=f"{day}T08:{i:02}:00Z")
        facts.say(m, "ofCharacteristic", "characteristic:CH1").say(m, "measuredOn", f"unit:U{i:02}")
    return facts
