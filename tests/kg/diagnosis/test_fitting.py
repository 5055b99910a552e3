"""Parts and questions concern the asset at hand, and say what they mean."""

from __future__ import annotations

from kg.diagnosis.diagnosing import Told, pose, rank_causes
from kg.diagnosis.questions import askable_signs, checks_of, names_only_its_kind
from kg.store.protocol import Store
from tests.kg.plants import Facts, schema, work_order


def pump_plant(*parts: str) -> Facts:
    f = Facts()
    f.say("asset:P1", "ofClass", "class:HydraulicPress")
    f.say("asset:P1", "hasComponent", "component:HydraulicPump")
    f.say("cause:PumpFault", "causes", "mode:LowOutput")
    f.say("cause:PumpFault", "remediedBy", "remedy:replace the pump")
    f.node("remedy:replace the pump", "Remedy", "replace the pump")
    for part in parts:
        f.say("remedy:replace the pump", "requiresPart", f"part:{part.upper()}")
        f.node(f"part:{part.upper()}", "SparePart", part)
    for i in range(4):
        work_order(f, f"{i}", "asset:P1", f"2025-01-0{i + 1}", observed=("mode:LowOutput",),
                   causes=("cause:PumpFault",), involves=("component:HydraulicPump",))  # fmt: skip
    return f


def parts_of(store: Store) -> list[tuple[str, str]]:
    found = rank_causes(store, schema(), "asset:P1", "mode:LowOutput")
    card = next(c.card for c in found.causes if c.named.key == "cause:PumpFault")
    assert card is not None
    return [(p.named.key, p.named.label.zh) for p in card.parts]


def test_kinds_of_parts_that_are_not_built_in_are_left_out(sqlite_store: Store) -> None:
    pump_plant("fuel pump", "hydraulic pump", "oil pump").load(sqlite_store)
    assert parts_of(sqlite_store) == [("part:HYDRAULIC PUMP", "液压泵")]


def test_a_stocked_part_that_fits_goes_before_its_kind(sqlite_store: Store) -> None:
    f = pump_plant("fuel pump", "hydraulic pump", "SP-1", "SP-2")
    f.say("part:SP-1", "fits", "class:HydraulicPress").say("part:SP-2", "fits", "class:Compressor")
    f.load(sqlite_store)
    assert [key for key, _ in parts_of(sqlite_store)] == ["part:SP-1"]


def test_questions_name_what_to_look_at(sqlite_store: Store) -> None:
    f = pump_plant()
    for alarm, asset in (("alarm:P-1", "asset:P1"), ("alarm:C-1", "asset:C1")):
        f.say(alarm, "indicates", "mode:LowOutput")
        f.say(f"alarmevent:{alarm[-3:]}", "ofAlarm", alarm)
        f.say(f"alarmevent:{alarm[-3:]}", "raisedBy", asset)
    f.say("symptom:AlarmActive", "indicates", "mode:LowOutput")
    f.say("symptom:SlowMovement", "indicates", "mode:LowOutput")
    f.load(sqlite_store)
    problem = pose(sqlite_store, schema(), "asset:P1", [Told("mode:LowOutput")])
    asked = askable_signs(problem.graph, ["cause:PumpFault"], {"mode:LowOutput"}, {"asset:P1"})
    assert {key for o in asked for key in o.keys} == {"alarm:P-1", "symptom:SlowMovement"}
    assert names_only_its_kind(problem.graph, "symptom:AlarmActive")
    assert not names_only_its_kind(problem.graph, "mode:Leakage")


def test_checks_of_other_things_are_not_asked(sqlite_store: Store) -> None:
    f = pump_plant()
    for check in ("measure fuel", "measure flow", "look"):
        f.say("cause:PumpFault", "detectedBy", f"check:{check}")
    f.say("check:measure fuel", "appliesTo", "component:Engine")
    f.say("check:measure flow", "appliesTo", "component:HydraulicPump")
    problem = pose(f.load(sqlite_store), schema(), "asset:P1", [Told("mode:LowOutput")])
    found = checks_of(problem.graph, ["cause:PumpFault"], problem.scope.own)
    assert {c.key for c in found} == {"check:measure flow", "check:look"}
    assert len(checks_of(problem.graph, ["cause:PumpFault"])) == 3
