"""What checks and repairs cost: time, money, skill and safety as one amount.

The price of a step is its money, plus its hours times the rate of the skill and of the standing
asset, plus what its safety level adds. Defaults are data: `data/diagnosis`.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import isfinite

from kg.model.errors import BadInput


@dataclass(frozen=True, slots=True)
class Cost:
    """What one step takes. `skill` and `safety` are names of the rates."""

    minutes: float = 0.0
    money: float = 0.0
    skill: str = "technician"
    safety: str = "none"


@dataclass(frozen=True, slots=True)
class CostTable:
    """Default costs by step (look, measure, test, inspect, repair, escalate), and the rates."""

    steps: Mapping[str, Cost]
    skill_per_hour: Mapping[str, float]
    safety_once: Mapping[str, float]
    downtime_per_hour: float

    def price(self, cost: Cost | str) -> float:
        """The price of a cost, or of a default step by name. Raises BadInput for unknown names."""
        if isinstance(cost, str):
            if cost not in self.steps:
                raise BadInput(
                    f"There is no default cost {cost!r}; say one of {_list(self.steps)}."
                )
            cost = self.steps[cost]
        if cost.skill not in self.skill_per_hour:
            raise BadInput(
                f"There is no rate for the skill {cost.skill!r}; say one of"
                f" {_list(self.skill_per_hour)}."
            )
        if cost.safety not in self.safety_once:
            raise BadInput(
                f"There is no safety level {cost.safety!r}; say one of {_list(self.safety_once)}."
            )
        for amount in (cost.minutes, cost.money):
            if not (isfinite(amount) and amount >= 0.0):
                raise BadInput(f"A cost of {amount:g} cannot be used; give a number of at least 0.")
        hourly = self.skill_per_hour[cost.skill] + self.downtime_per_hour
        return cost.money + cost.minutes / 60.0 * hourly + self.safety_once[cost.safety]


@cache
def default_costs() -> CostTable:
    """The costs that come with Gemba. Raises BadInput where a replaced table is wrong."""
    folder = files("data") / "diagnosis"
    return read_costs(
        (folder / "costs.csv").read_text("utf-8"), (folder / "cost-rates.csv").read_text("utf-8")
    )


def read_costs(costs: str, rates: str) -> CostTable:
    """A cost table from the text of `costs.csv` and `cost-rates.csv`. Raises BadInput."""
    skills: dict[str, float] = {}
    safety: dict[str, float] = {}
    downtime = 0.0
    for line, row in enumerate(csv.DictReader(rates.splitlines()), start=2):
        where = f"cost-rates.csv, row {line}"
        match row.get("kind"):
            case "skill":
                skills[row["name"]] = _amount(row, "per_hour", where)
            case "safety":
                safety[row["name"]] = _amount(row, "once", where)
            case "downtime":
                downtime = _amount(row, "per_hour", where)
            case other:
                raise BadInput(f"{where}: {other!r} is not skill, safety or downtime.")
    steps: dict[str, Cost] = {}
    for line, row in enumerate(csv.DictReader(costs.splitlines()), start=2):
        where = f"costs.csv, row {line}"
        steps[row["step"]] = Cost(
            _amount(row, "minutes", where),
            _amount(row, "money", where),
            row["skill"],
            row["safety"],
        )
    table = CostTable(steps, skills, safety, downtime)
    for step in steps.values():
        table.price(step)
    return table


def _amount(row: Mapping[str, str], column: str, where: str) -> float:
    try:
        amount = float(row[column])
    except (KeyError, TypeError, ValueError):
        raise BadInput(f"{where}: the column {column!r} needs a number.") from None
    if not (isfinite(amount) and amount >= 0.0):
        raise BadInput(f"{where}: {column!r} is {amount:g}; give a number of at least 0.")
    return amount


def _list(names: Mapping[str, object]) -> str:
    return ", ".join(names)
