"""Failures of the assets and their repairs over the years, drawn from the knowledge tables.

Time here is working time. The time between failures of a cause is Weibull; a repair of the right
cause makes it as good as new, a repair of a wrong one brings the same failure back within days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import gamma

import numpy as np

from api.sample.knowledge import ALARM_LEAK, SYMPTOM_LEAK, CauseKind, Knowledge
from api.sample.layout import Asset, Layout
from api.sample.planting import Plan
from api.sample.worktime import HOUR, WORK_DAY

WORK_YEAR = 313 * WORK_DAY
BAD_ACTOR = 3.0  # how much more often a bad actor has its bad cause
RIGHT_AT_ONCE = 0.78  # probability that a repair hits the true cause
SECOND_CAUSE = 0.04  # probability that a second cause is present as well


@dataclass(slots=True)
class Attempt:
    """One repair: reported, started and ended in working seconds, and what was believed."""

    reported: int
    started: int
    ended: int
    believed: str
    fixed: bool


@dataclass(slots=True)
class FailureEvent:
    """A failure: its hidden truth (`causes`, `modes`) and what showed (`symptoms`, `alarms`)."""

    id: str
    asset: Asset
    at: int
    causes: tuple[str, ...]
    modes: tuple[str, ...]
    symptoms: tuple[str, ...]
    alarms: tuple[str, ...]
    drift_from: int | None  # working second from which the sensor drifted
    attempts: list[Attempt] = field(default_factory=list)
    planted: str = ""


def simulate_failures(
    knowledge: Knowledge,
    layout: Layout,
    plan: Plan,
    *,
    history: int,
    horizon: int,
    rng: np.random.Generator,
) -> list[FailureEvent]:
    """All failures from `history` working seconds before the first day to `horizon` after it."""
    due: list[tuple[int, str, str, str]] = []
    spared: dict[tuple[str, str], tuple[int, int]] = {}
    for planted in plan.all:
        if planted.cause:
            due.append((planted.end, planted.code, planted.cause, planted.id))
            margin = horizon // 10
            spared[planted.code, planted.cause] = (planted.start - margin, planted.end + margin)
    for asset in layout.assets.values():
        for cause in knowledge.causes_of(asset.kind.id):
            quiet = spared.get((asset.tag, cause.code))
            due.extend(
                (at, asset.tag, cause.code, "")
                for at in _renewals(asset, cause, history, horizon, rng)
                if not quiet or not quiet[0] <= at < quiet[1]
            )
    due.sort()
    busy: dict[str, int] = {}
    events: list[FailureEvent] = []
    for at, tag, code, planted_id in due:
        if at < busy.get(tag, -history):
            at = busy[tag] + int(rng.integers(1, 5) * HOUR)
        if at >= horizon:
            continue
        event = _fail(knowledge, layout.assets[tag], code, rng, at=at, planted=planted_id)
        event.id = f"EV{len(events) + 1:05d}"
        _repair(knowledge, event, rng)
        busy[tag] = event.attempts[-1].ended
        events.append(event)
    _remember(events, plan)
    return events


def _renewals(
    asset: Asset, cause: CauseKind, history: int, horizon: int, rng: np.random.Generator
) -> list[int]:
    rate = cause.rate * (BAD_ACTOR if asset.bad_cause == cause.code else 1)
    scale = WORK_YEAR / rate / gamma(1 + 1 / cause.shape)
    # The first failure comes after a random part of a life, as the asset has been running before.
    at = -history + int(scale * rng.weibull(cause.shape) * rng.random())
    found = []
    while at < horizon:
        found.append(at)
        at += max(int(scale * rng.weibull(cause.shape)), 2 * WORK_DAY)
    return found


def _fail(
    knowledge: Knowledge,
    asset: Asset,
    code: str,
    rng: np.random.Generator,
    *,
    at: int,
    planted: str,
) -> FailureEvent:
    possible = knowledge.causes_of(asset.kind.id)
    causes = [code]
    if not planted and rng.random() < SECOND_CAUSE:
        weights = np.array([c.rate for c in possible])
        other = possible[int(rng.choice(len(possible), p=weights / weights.sum()))].code
        if other != code:
            causes.append(other)
    kinds = [knowledge.causes[c] for c in causes]
    while True:  # what nobody notices is not reported: condition on modes and something seen
        modes = _noisy_or([k.modes for k in kinds], (), 0.0, rng)
        parents: list[Mapping[str, float]] = [
            knowledge.shown_by(asset.kind.id, mode) for mode in modes
        ]
        seen = class_symptoms(knowledge, asset.kind.id)
        symptoms = _noisy_or([*parents, *(k.symptoms for k in kinds)], seen, SYMPTOM_LEAK, rng)
        alarm_codes = [a.code for a in knowledge.alarms_of(asset.kind.id)]
        alarms = _noisy_or([k.alarms for k in kinds], alarm_codes, ALARM_LEAK, rng)
        if modes and (symptoms or alarms):
            break
    drifts = kinds[0].sensor and (planted or rng.random() < 0.6)
    lead = int(rng.integers(5, 15)) * WORK_DAY
    return FailureEvent(
        "",
        asset,
        at,
        tuple(causes),
        modes,
        symptoms,
        alarms,
        at - lead if drifts else None,
        planted=planted,
    )


def class_symptoms(knowledge: Knowledge, asset_class: str) -> list[str]:
    """The symptoms that any cause of an asset class can bring about, sorted."""
    found: set[str] = set()
    for cause in knowledge.causes_of(asset_class):
        found.update(cause.symptoms)
        for mode in cause.modes:
            found.update(knowledge.shown_by(asset_class, mode))
    return sorted(found)


def _noisy_or(
    parents: Sequence[Mapping[str, float]],
    leaky: Sequence[str],
    leak: float,
    rng: np.random.Generator,
) -> tuple[str, ...]:
    stays_off: dict[str, float] = dict.fromkeys(leaky, 1 - leak)
    for links in parents:
        for target, probability in links.items():
            stays_off[target] = stays_off.get(target, 1.0) * (1 - probability)
    return tuple(target for target, off in stays_off.items() if rng.random() >= off)


def _repair(knowledge: Knowledge, event: FailureEvent, rng: np.random.Generator) -> None:
    at = event.at
    for attempt in range(3):
        fixed = bool(event.planted) or attempt == 2 or rng.random() < RIGHT_AT_ONCE
        believed = event.causes[0] if fixed else _suspect(knowledge, event, rng)
        fixed = believed == event.causes[0]
        started = at + int(rng.uniform(0.15, 1.5) * HOUR)
        hours = knowledge.causes[believed].hours * float(rng.lognormal(0, 0.35))
        ended = started + int(hours * HOUR)
        event.attempts.append(Attempt(at, started, ended, believed, fixed))
        if fixed:
            return
        at = ended + int(rng.uniform(1.5, 30) * HOUR)


def _suspect(knowledge: Knowledge, event: FailureEvent, rng: np.random.Generator) -> str:
    """Another cause that would explain the modes, by how often it happens."""
    causes = knowledge.causes_of(event.asset.kind.id)
    weights = np.array(
        [
            0.0
            if c.code in event.causes
            else c.rate * (0.002 + sum(c.modes.get(m, 0.0) for m in event.modes))
            for c in causes
        ]
    )
    return causes[int(rng.choice(len(causes), p=weights / weights.sum()))].code


def _remember(events: Sequence[FailureEvent], plan: Plan) -> None:
    planted = {p.id: p for p in plan.all}
    for event in events:
        if event.planted:
            one = planted[event.planted]
            one.event, one.end = event.id, event.at
            event.drift_from = one.start


def downtimes(events: Sequence[FailureEvent]) -> dict[str, list[tuple[int, int]]]:
    """By asset tag, the intervals in working seconds in which it stood still, in order."""
    found: dict[str, list[tuple[int, int]]] = {}
    for event in events:
        for attempt in event.attempts:
            found.setdefault(event.asset.tag, []).append((attempt.reported, attempt.ended))
    for intervals in found.values():
        intervals.sort()
    return found
