"""What fails in one place shows where others depend on it."""

from __future__ import annotations

from kg.diagnosis.diagnosing import rank_causes
from kg.store.protocol import Store
from tests.kg.plants import Facts, schema


def plant() -> Facts:
    """The press' cylinder depends on a valve, that on a hydraulic pump, which depends on it."""
    f = Facts()
    f.say("asset:P1", "ofClass", "class:HydraulicPress")
    f.say("asset:P1", "hasComponent", "component:HydraulicCylinder")
    f.say("component:HydraulicCylinder", "dependsOn", "component:HydraulicValve")
    f.say("component:HydraulicValve", "dependsOn", "component:HydraulicPump")
    f.say("component:HydraulicPump", "dependsOn", "component:HydraulicValve")
    for cause, place in (("pump worn", "HydraulicPump"), ("brush worn", "ElectricMotor")):
        f.say(f"cause:{cause}", "causes", "symptom:SlowMovement")
        f.say(f"cause:{cause}", "affects", f"component:{place}")
    return f


def test_a_fault_of_what_a_component_depends_on_explains_its_symptom(sqlite_store: Store) -> None:
    plant().load(sqlite_store)
    found = rank_causes(sqlite_store, schema(), "asset:P1", "symptom:SlowMovement")
    assert found.causes[0].named.key == "cause:pump worn"
    given = {c.named.key: c.probability for c in found.causes}
    assert given["cause:pump worn"] > 2 * given.get("cause:brush worn", 0.0)
    note = next(n for n in found.notes if "depends on" in n.en)
    assert note.en.count("depends on") == 3  # said once, and the two steps of the way
    assert "依赖" in note.zh


def test_without_the_dependence_both_are_elsewhere(sqlite_store: Store) -> None:
    f = plant()
    f.batch.claims[:] = [c for c in f.batch.claims if c.predicate != "dependsOn"]
    f.load(sqlite_store)
    found = rank_causes(sqlite_store, schema(), "asset:P1", "symptom:SlowMovement")
    given = {c.named.key: c.probability for c in found.causes}
    assert given.get("cause:pump worn", 0.0) == given.get("cause:brush worn", 0.0)
