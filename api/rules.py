"""Learnt rules, as the command line and the service hand them to review."""

from __future__ import annotations

from api.audit import Actor, audited
from api.wiring import Plant
from kg.diagnosis.rules import Rules, write_rules
from kg.store.protocol import Changes


def suggest_rules(plant: Plant, actor: Actor, found: Rules) -> Changes:
    """Put the statements of the rules into review, as a run of their own."""
    run = plant.new_run(actor.name, "rules")
    if not write_rules(plant.store, found.rules, run, dry_run=True).statements_added:
        return Changes()
    with audited(plant.store, actor, "rules.suggest", run.id, rules=len(found.rules)):
        return write_rules(plant.store, found.rules, run)
