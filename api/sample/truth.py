"""The truth file: what is planted in a plant, and the hidden cause of every failure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.sample.failures import SECOND_CAUSE, FailureEvent
from api.sample.finishing import Complaint
from api.sample.knowledge import ALARM_LEAK, SYMPTOM_LEAK, Knowledge
from api.sample.layout import Layout
from api.sample.planting import Plan, Planted
from api.sample.quality import QualityTruth
from api.sample.work_orders import WorkOrder
from api.sample.worktime import local_text, to_calendar


@dataclass(frozen=True, slots=True)
class TruthInput:
    """Everything that the truth is told from."""

    knowledge: Knowledge
    layout: Layout
    plan: Plan
    events: Sequence[FailureEvent]
    orders: Sequence[WorkOrder]
    quality: QualityTruth
    complaints: Sequence[Complaint]
    missing: Sequence[Mapping[str, str]]
    exposed_by_person: Mapping[str, int]
    units_by_person: Mapping[str, int]  # pressed in the window of the worn seal


def tell_truth(told: TruthInput, about: Mapping[str, Any]) -> dict[str, Any]:
    """The truth as JSON. Times are plant time without zone, as in most of the files."""
    return {
        **about,
        "planted_causes": [_planted(p, told.quality) for p in told.plan.all],
        "not_causes": _confounders(told),
        "defects": {
            "by_code": dict(sorted(told.quality.defects.items())),
            "found_by": dict(sorted(told.quality.found_by.items())),
            "false_rejects": told.quality.false_rejects,
            "scrapped_units": told.quality.scrapped,
        },
        "complaints": {c.number: c.planted for c in told.complaints},
        "bad_actors": [
            {"asset": a.tag, "cause": a.bad_cause, "factor": 3}
            for a in told.layout.assets.values()
            if a.bad_cause
        ],
        "missing_links": [*told.missing, *_missing_causes(told)],
        "wrong_links": _wrong_links(told),
        "failure_model": _model(told.knowledge),
        "failures": [_event(told.knowledge, e) for e in told.events],
        "work_orders": [_order(o) for o in told.orders],
    }


def _when(working: int) -> str:
    return local_text(to_calendar(working))


def _planted(planted: Planted, quality: QualityTruth) -> dict[str, Any]:
    counts = planted.counts
    exposed = counts[True, True] + counts[True, False]
    others = counts[False, True] + counts[False, False]
    return {
        "id": planted.id,
        "factor_kind": planted.kind,
        "factor": planted.code,
        "met_at_step": planted.exposure,
        "from": _when(planted.start),
        "to": None if planted.kind == "lot" else _when(planted.end),
        "defect_type": planted.defect,
        "probability": planted.raised,
        "only_apparent": planted.apparent,
        "failure_cause": planted.cause,
        "failure_event": planted.event,
        "work_orders": planted.work_orders,
        "exposed_units": exposed,
        "exposed_with_defect": counts[True, True],
        "other_units": others,
        "other_with_defect": counts[False, True],
        "defects": quality.planted_defects.get(planted.id, []),
        "zh": planted.zh,
        "en": planted.en,
    }


def _confounders(told: TruthInput) -> list[dict[str, Any]]:
    """People who mostly stood at the worn press: their units are bad, they are not the cause."""
    guest = told.layout.guest.code
    found = []
    for person, exposed in sorted(
        told.exposed_by_person.items(), key=lambda p: (p[0] != guest, -p[1], p[0])
    ):
        units = told.units_by_person[person]
        if person == guest or exposed / units >= 0.4:
            found.append(
                {
                    "factor_kind": "person",
                    "factor": person,
                    "temporary": person == guest,
                    "confounded_with": told.plan.seal.id,
                    "units_in_window": units,
                    "of_them_exposed": exposed,
                }
            )
    return found


def _missing_causes(told: TruthInput) -> list[dict[str, str]]:
    """Work orders whose cause was found but not recorded as a code."""
    return [
        {
            "relation": "foundCause",
            "subject_kind": "wo",
            "subject": order.number,
            "object_kind": "cause",
            "object": told.knowledge.causes[order.event.causes[0]].en,
            "object_zh": told.knowledge.causes[order.event.causes[0]].zh,
            "object_code": order.event.causes[0],
        }
        for order in told.orders
        if order.event
        and order.attempt
        and order.attempt.fixed
        and not order.cause
        and not order.duplicate_of
    ]


def _wrong_links(told: TruthInput) -> list[dict[str, str]]:
    wrong = []
    for order in told.orders:
        if not order.event or order.duplicate_of:
            continue
        for error, relation, kind, stated in (
            ("cause-wrong", "foundCause", "cause", order.cause),
            ("mode-wrong", "observed", "mode", order.mode),
            ("asset-wrong", "reportedOn", "asset", order.asset_written),
        ):
            if error in order.errors:
                wrong.append(
                    {
                        "relation": relation,
                        "subject_kind": "wo",
                        "subject": order.number,
                        "object_kind": kind,
                        "object_code": stated,
                    }
                )
    return wrong


def _model(knowledge: Knowledge) -> dict[str, Any]:
    """The noisy-OR network that failures were drawn from."""
    return {
        "note": "Failures are drawn cause by cause (Weibull in working time), a second cause with "
        "its probability; modes, symptoms and alarms by noisy-OR; cases without a mode or with "
        "neither symptom nor alarm are drawn again.",
        "second_cause": SECOND_CAUSE,
        "symptom_leak": SYMPTOM_LEAK,
        "alarm_leak": ALARM_LEAK,
        "classes": {
            kind.id: {
                "zh": kind.zh,
                "en": kind.en,
                "causes": {
                    c.code: {
                        "zh": c.zh,
                        "en": c.en,
                        "component": c.component,
                        "rate_per_year": c.rate,
                        "weibull_shape": c.shape,
                        "modes": dict(c.modes),
                        "symptoms": dict(c.symptoms),
                        "alarms": dict(c.alarms),
                    }
                    for c in knowledge.causes_of(kind.id)
                },
                "mode_symptoms": {
                    mode: knowledge.shown_by(kind.id, mode)
                    for mode in sorted({m for c in knowledge.causes_of(kind.id) for m in c.modes})
                },
            }
            for kind in knowledge.kinds.values()
        },
        "modes": {m.code: {"zh": m.zh, "en": m.en} for m in knowledge.modes.values()},
        "symptoms": {
            s.id: {"zh": s.zh, "en": s.en, "concept": s.concept}
            for s in knowledge.symptoms.values()
        },
        "components": {
            c.id: {"zh": c.zh, "en": c.en, "concept": c.concept}
            for c in knowledge.components.values()
        },
    }


def _event(knowledge: Knowledge, event: FailureEvent) -> dict[str, Any]:
    return {
        "id": event.id,
        "asset": event.asset.tag,
        "class": event.asset.kind.id,
        "at": _when(event.at),
        "causes": list(event.causes),
        "components": [knowledge.causes[c].component for c in event.causes],
        "modes": list(event.modes),
        "symptoms": list(event.symptoms),
        "alarms": list(event.alarms),
        "planted": event.planted,
    }


def _order(order: WorkOrder) -> dict[str, Any]:
    told: dict[str, Any] = {"number": order.number, "type": order.type, "asset": order.asset.tag}
    if order.event and order.attempt:
        told |= {
            "event": order.event.id,
            "causes": list(order.event.causes),
            "believed": order.attempt.believed,
            "fixed": order.attempt.fixed,
        }
    if order.report:
        told |= {
            "language": order.report.language,
            "mentioned": list(order.report.mentioned),
            "ruled_out": list(order.report.ruled_out),
        }
    if order.errors:
        told["errors"] = order.errors
    if order.duplicate_of:
        told["duplicate_of"] = order.duplicate_of
    if order.planted:
        told["planted"] = order.planted
    return told
