"""What the machines report by themselves: alarms and sensor readings, drifting before failures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from api.sample.failures import WORK_YEAR, FailureEvent
from api.sample.knowledge import Knowledge
from api.sample.layout import Asset, Layout
from api.sample.worktime import HOUR, WORK_DAY, local_text, to_calendar, zoned_text
from api.sample.writing import Folder, csv_line

_SEVERITY = {"提示": "info", "警告": "warning", "故障": "fault"}


@dataclass(frozen=True, slots=True)
class Reading:
    """A parameter that is watched: its usual value and spread, and where it goes before a failure.

    `drift` is the change just before the failure.
    """

    key: str
    zh: str
    en: str
    unit: str
    usual: float
    spread: float
    drift: float
    lower: float | None
    upper: float | None


READINGS = {
    r.key: r
    for r in (
        Reading("HoldPressure", "保压压力", "Hold pressure", "MPa", 18, 0.12, -1.6, 16.5, 19.5),
        Reading("OilTemperature", "油温", "Oil temperature", "℃", 47, 1.6, 15, None, 60),
        Reading("Vibration", "振动速度", "Vibration velocity", "mm/s", 1.8, 0.18, 3.4, None, 4.5),
        Reading("TorqueDeviation", "扭矩偏差", "Torque deviation", "%", 0.6, 0.3, 4, None, 4),
        Reading("FlowOffset", "零点流量", "Zero flow", "mL/min", 0.02, 0.02, 0.42, None, 0.3),
        Reading("ZoneTemperature", "炉区温度", "Zone temperature", "℃", 920, 1.5, -12, 910, 930),
    )
}


@dataclass(frozen=True, slots=True)
class Sensor:
    """A sensor on an asset."""

    code: str
    asset: Asset
    reading: Reading


def place_sensors(knowledge: Knowledge, layout: Layout) -> list[Sensor]:
    """One sensor for every parameter that warns of a cause, on every asset."""
    sensors = []
    for asset in layout.assets.values():
        keys = dict.fromkeys(c.sensor for c in knowledge.causes_of(asset.kind.id) if c.sensor)
        sensors += [
            Sensor(f"{asset.tag}-S{number}", asset, READINGS[key])
            for number, key in enumerate(keys, start=1)
        ]
    return sensors


def write_readings(
    folder: Folder,
    sensors: Sequence[Sensor],
    events: Sequence[FailureEvent],
    knowledge: Knowledge,
    *,
    horizon: int,
    rng: np.random.Generator,
) -> None:
    """One reading per sensor and working day of the production."""
    drifts: dict[str, list[tuple[int, int]]] = {}
    for event in events:
        key = knowledge.causes[event.causes[0]].sensor
        if event.drift_from is not None:
            end = event.attempts[-1].ended
            drifts.setdefault(f"{event.asset.tag} {key}", []).append((event.drift_from, end))
    for day in range(horizon // WORK_DAY):
        for sensor in sensors:
            kind = sensor.reading
            at = day * WORK_DAY + int(rng.integers(HOUR // 4, 2 * HOUR))
            value = kind.usual + kind.spread * float(rng.standard_normal())
            for begin, end in drifts.get(f"{sensor.asset.tag} {kind.key}", ()):
                if begin <= at < end:
                    value += kind.drift * min((at - begin) / max(end - begin, 1) * 1.05, 1.0)
            calendar = to_calendar(at)
            folder.add(
                "condition",
                calendar,
                (
                    csv_line(
                        (
                            sensor.code,
                            sensor.asset.tag,
                            local_text(calendar),
                            kind.en,
                            f"{value:.2f}",
                            kind.unit,
                        )
                    ),
                ),
            )


def write_alarms(
    folder: Folder,
    layout: Layout,
    events: Sequence[FailureEvent],
    knowledge: Knowledge,
    *,
    history: int,
    horizon: int,
    rng: np.random.Generator,
) -> None:
    """Alarms of failures, warnings while something drifts, and false ones."""
    raised: list[tuple[int, str, str]] = []
    for event in events:
        tag = event.asset.tag
        for code in event.alarms:
            earlier = rng.uniform(0, 2 * HOUR, size=int(rng.integers(1, 4)))
            raised.extend((event.at - int(e), tag, code) for e in earlier)
        links = knowledge.causes[event.causes[0]].alarms
        if event.drift_from is not None and links:
            code = max(links, key=lambda c: links[c])
            days = (event.at - event.drift_from) // WORK_DAY
            for day in range(days):
                done = day / max(days, 1)
                if rng.random() < (0.2 + 0.8 * done if event.planted else 0.9 * done**2):
                    at = event.drift_from + day * WORK_DAY + int(rng.integers(WORK_DAY))
                    raised.append((at, tag, code))
    for asset in layout.assets.values():
        for alarm in knowledge.alarms_of(asset.kind.id):
            count = int(rng.poisson(alarm.spurious * (history + horizon) / WORK_YEAR))
            raised += [
                (int(at), asset.tag, alarm.code)
                for at in rng.integers(-history, horizon, size=count)
            ]
    raised.sort()
    for number, (working, tag, code) in enumerate(raised, start=1):
        if working >= horizon:
            continue
        alarm = knowledge.alarms[code]
        at = to_calendar(working)
        cleared = at + int(rng.uniform(60, 3 * HOUR))
        folder.add_json(
            "alarms",
            at,
            {
                "event_id": f"AL{number:07d}",
                "timestamp": zoned_text(at),
                "asset": tag,
                "alarm": code,
                "text": alarm.zh,
                "severity": _SEVERITY[alarm.severity],
                "cleared_at": zoned_text(cleared) if cleared <= to_calendar(horizon) else None,
            },
        )
