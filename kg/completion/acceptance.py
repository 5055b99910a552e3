"""What became of suggestions: how many were accepted, by relation and month."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from kg.model.graph import EVERY_STATUS, Decision, Status, View
from kg.model.instants import to_datetime
from kg.model.keys import StatementKey
from kg.store.protocol import Store

EXTRACTOR = "completion@1"
_NAME = EXTRACTOR.partition("@")[0]
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Decisions on suggestions of one relation in one month (`2026-03`, UTC)."""

    relation: str
    month: str
    confirmed: int
    rejected: int

    @property
    def share(self) -> float:
        """Confirmed among decided."""
        return self.confirmed / (self.confirmed + self.rejected)


def decided_suggestions(store: Store) -> dict[StatementKey, bool]:
    """Suggestions of link completion that people decided on: whether they were right."""
    return {
        decision.key: decision.status is Status.CONFIRMED for decision in _latest_decisions(store)
    }


def acceptance_report(store: Store) -> list[Acceptance]:
    """By relation and month of the decision, in that order."""
    counts: Counter[tuple[str, str, bool]] = Counter()
    for decision in _latest_decisions(store):
        month = to_datetime(decision.at).strftime("%Y-%m")
        counts[decision.key.predicate, month, decision.status is Status.CONFIRMED] += 1
    cells = sorted({(relation, month) for relation, month, _ in counts})
    return [
        Acceptance(relation, month, counts[relation, month, True], counts[relation, month, False])
        for relation, month in cells
    ]


def _latest_decisions(store: Store) -> list[Decision]:
    latest: dict[StatementKey, Decision] = {}
    for decision in store.decisions():
        latest[decision.key] = decision
    made = [d for d in latest.values() if d.status in (Status.CONFIRMED, Status.REJECTED)]
    ours: list[Decision] = []
    for start in range(0, len(made), _AT_ONCE):
        some = made[start : start + _AT_ONCE]
        evidence = store.evidence_of([d.key for d in some], view=View(statuses=EVERY_STATUS))
        ours += [
            decision
            for decision in some
            if any(
                seen.extractor.partition("@")[0] == _NAME for seen in evidence.get(decision.key, ())
            )
        ]
    return ours
