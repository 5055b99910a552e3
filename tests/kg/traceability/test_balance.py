"""Mass balance: conversions, what is left, and everything that does not add up."""

from __future__ import annotations

from extraction.tables.units import measure
from kg.store.protocol import Store
from kg.traceability.balance import Balance, balance
from tests.kg.plants import Facts


def amount(number: float, unit: str = "kg") -> dict[str, float | str]:
    return {"quantity": number, "unitOfMeasure": unit}


def codes(found: Balance) -> list[str]:
    return [one.code for one in found.imbalances]


def test_amounts_in_units_that_convert_are_added_up(any_store: Store) -> None:
    f = Facts()
    f.say("op:1", "produced", "lot:A", props=amount(2, "TNE"))
    f.say("op:2", "consumed", "lot:A", props=amount(500, "KGM"))
    f.say("op:3", "consumed", "lot:A", props=amount(250_000, "g"))
    f.say("op:2", "produced", "lot:B", props=amount(490, "kg"))
    store = f.load(any_store)
    a, b, op2 = balance(store, ["lot:A", "lot:B", "op:2"], measure)
    assert [(s.unit, s.incoming, s.outgoing, s.left) for s in a.sums] == [
        ("kg", 2000.0, 750.0, 1250.0)
    ]
    assert [(s.incoming, s.outgoing) for s in op2.sums] == [(500.0, 490.0)]
    assert codes(a) == codes(b) == codes(op2) == []


def test_what_does_not_add_up_is_told_and_not_guessed(any_store: Store) -> None:
    f = Facts()
    f.say("op:1", "produced", "lot:A", props=amount(10))
    f.say("op:2", "consumed", "lot:A", props=amount(12))
    f.say("op:2", "produced", "lot:B", props=amount(3, "L"))
    f.say("op:3", "consumed", "lot:C", props=amount(-1))
    f.say("op:3", "consumed", "lot:D")
    f.say("op:3", "consumed", "lot:E", props=amount(4, "scoops"))
    store = f.load(any_store)
    keys = ["lot:A", "lot:C", "lot:D", "lot:E", "op:2"]
    found = {one.key: one for one in balance(store, keys, measure)}
    assert codes(found["lot:A"]) == ["more-out-than-in"]
    assert codes(found["op:2"]) == ["units-do-not-convert"]
    assert codes(found["lot:C"]) == ["negative-quantity", "unknown-origin"]
    assert codes(found["lot:D"]) == ["no-quantity", "unknown-origin"]
    assert codes(found["lot:E"]) == ["unknown-unit", "unknown-origin"]
    assert all(w.sentence.en and w.sentence.zh for o in found.values() for w in o.imbalances)


def test_units_count_one_each(any_store: Store) -> None:
    f = Facts()
    for n in range(3):
        f.say("op:1", "produced", f"unit:{n}")
    f.say("op:1", "consumed", "lot:A", props=amount(4, "pcs"))
    (found,) = balance(f.load(any_store), ["op:1"], measure)
    assert [(s.unit, s.incoming, s.outgoing) for s in found.sums] == [("pcs", 4.0, 3.0)]
