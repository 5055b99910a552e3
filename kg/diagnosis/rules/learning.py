"""Learns rules from the records of a plant, with the control that says what chance would give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo

import numpy as np

from kg.diagnosis.failures import assets_of, find_root
from kg.diagnosis.graph import Graph
from kg.diagnosis.knowledge import find_paths
from kg.diagnosis.rules.mining import (
    FEWEST_OF_CAUSE,
    FEWEST_RECORDS,
    Condition,
    Measured,
    mine,
    shuffled,
    standing,
    usual_causes,
)
from kg.diagnosis.rules.table import Table, read_table
from kg.diagnosis.rules.telling import tell_condition, tell_rule
from kg.diagnosis.terms import Terms
from kg.model.graph import EVERY_STATUS, NOW, View
from kg.model.keys import StatementKey
from kg.narration import Named, Phrase, name_in
from kg.store.protocol import Store
from ontology.schema import Schema

RUNS = 20  # of the control
_PATH = 3  # statements between a sign and a cause that is known for it
_EXAMPLES = 5
_LARGE = 1_500  # records; with more the control runs less often
_RUNS_LARGE = 8


@dataclass(frozen=True, slots=True)
class Rule:
    """A suggestion: where its conditions hold, the cause was found more often than elsewhere.

    All counts are of records that the rule was not found on. `share` is hits over covered,
    `base_share` the cause's share in all; `corrected` is the p-value after Holm. `statement` is
    what the graph would say of it and does not say yet; None where it says so already (`is_known`)
    or where a rule of times and numbers has no statement.
    """

    cause: Named
    conditions: tuple[Phrase, ...]
    sentence: Phrase
    covered: int
    hits: int
    share: float
    base_share: float
    lift: float
    lift_low: float
    lift_high: float
    p_value: float
    corrected: float
    assets: int
    found_covered: int  # on the records where it was found
    found_hits: int
    examples: tuple[str, ...]
    is_known: bool
    statement: StatementKey | None


@dataclass(frozen=True, slots=True)
class Chance:
    """The control: how many rules stand where causes were exchanged among records at random."""

    runs: int
    mean: float
    most: int


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules that stand, new ones first, with what was looked at."""

    records: int  # failures with a cause found
    assets: int
    causes: int  # frequent enough to learn of
    features: int
    measured: int  # rules that were tried on records they were not found on
    rules: tuple[Rule, ...]
    chance: Chance | None
    notes: tuple[Phrase, ...]
    seed: int


def learn_rules(
    store: Store,
    schema: Schema,
    what: str | None = None,
    *,
    zone: tzinfo = UTC,
    runs: int = RUNS,
    seed: int = 0,
    view: View = NOW,
) -> Rules:
    """Rules of the whole plant, or of an asset, class or place. Raises NotFound.

    With too few records there are none, and a note says how many it takes.
    """
    graph = Graph(store, schema, Terms.of(schema), view)
    table = read_table(
        graph, None if what is None else assets_of(graph, find_root(graph, what)), zone
    )
    causes = usual_causes(table)
    whole = Rules(len(table.records), len(set(table.assets)), len(causes), len(table.features),
                  0, (), None, (), seed)  # fmt: skip
    if len(table.records) < FEWEST_RECORDS or not causes:
        return replace(whole, notes=(_too_few(table),))
    measured = mine(table, seed)
    stand = standing(measured)
    rules = _tell(graph, table, stand)
    rng = np.random.default_rng(seed)
    times = min(runs, _RUNS_LARGE) if len(table.records) > _LARGE else runs
    by_chance = [len(standing(mine(shuffled(table, rng), seed))) for _ in range(times)]
    chance = None
    if by_chance:
        chance = Chance(times, round(float(np.mean(by_chance)), 2), max(by_chance))
    return replace(
        whole, measured=len(measured), rules=tuple(rules), chance=chance,
        notes=tuple(_notes(len(measured), len(rules), chance)),
    )  # fmt: skip


def _tell(graph: Graph, table: Table, measured: Sequence[Measured]) -> list[Rule]:
    keys = {m.cause for m in measured}
    keys |= {c.feature.key for m in measured for c in m.conditions if c.feature.key}
    nodes = graph.nodes({key for key in keys if ":" in key})
    known = _Known(graph, measured)
    found: list[Rule] = []
    for m in measured:
        missing = [s for c in m.conditions for s in known.statement(m.cause, c)]
        new = [s for s in missing if s is not None]
        assets = len({table.assets[row] for row in m.rows})
        found.append(
            Rule(
                cause=name_in(graph.schema, nodes, m.cause),
                conditions=tuple(tell_condition(graph.schema, nodes, c) for c in m.conditions),
                sentence=tell_rule(graph.schema, nodes, m, assets),
                covered=m.covered, hits=m.hits, share=round(m.hits / m.covered, 4),
                base_share=round(m.base_hits / m.records, 4), lift=round(m.lift, 3),
                lift_low=round(m.lift_low, 3), lift_high=round(m.lift_high, 3),
                p_value=m.p_value, corrected=m.corrected, assets=assets,
                found_covered=m.found_covered, found_hits=m.found_hits,
                examples=tuple(table.records[row] for row in m.rows[-_EXAMPLES:]),
                is_known=bool(missing) and not new and len(missing) == len(m.conditions),
                statement=new[0] if new else None,
            )
        )  # fmt: skip
    return sorted(found, key=lambda r: (r.is_known, r.corrected, r.sentence.en))


class _Known:
    """What the graph says already, in any status: a rejected statement is not proposed again."""

    def __init__(self, graph: Graph, measured: Sequence[Measured]) -> None:
        self._graph = graph
        every = Graph(graph.store, graph.schema, graph.terms, View(statuses=EVERY_STATUS))
        stated = every.expand(
            {m.cause for m in measured}, (*graph.terms.affects, *graph.terms.causes)
        )
        self._ends = {(s.subject, s.object) for s in stated}
        signs = {c.feature.key for m in measured for c in m.conditions if c.feature.role == "sign"}
        for sign in sorted(signs):
            paths = find_paths(every, [sign], max_depth=_PATH)
            self._ends |= {(cause, sign) for cause in paths}

    def statement(self, cause: str, condition: Condition) -> list[StatementKey | None]:
        """The statement of a condition: [None] if it is made already, nothing if there is none."""
        role, key = condition.feature
        if condition.sense != "is" or role not in ("component", "class", "sign"):
            return []
        if any((cause, end) in self._ends for end in self._graph.schema.broader_of(key)):
            return [None]
        if (cause, key) in self._ends:
            return [None]
        if role in ("component", "class"):
            return [StatementKey(cause, "affects", key)]
        if self._graph.is_a(key, "FailureMode"):
            return [StatementKey(cause, "causes", key)]
        return [StatementKey(key, "indicates", cause)]


def _too_few(table: Table) -> Phrase:
    count = len(table.records)
    return Phrase(
        f"{count} failures say which cause was found; rules are learnt from {FEWEST_RECORDS} on,"
        f" of causes found at least {FEWEST_OF_CAUSE} times.",
        f"仅 {count} 次失效写明了原因；至少 {FEWEST_RECORDS} 次、且同一原因至少 {FEWEST_OF_CAUSE}"
        " 次，才学习规则。",
    )


def _notes(measured: int, rules: int, chance: Chance | None) -> list[Phrase]:
    notes = [
        Phrase(
            f"Suggestions to be judged, not facts. {measured} rules were found on one part of the"
            f" records and measured on the other; {rules} of them stand after correction for all"
            " (Fisher's exact test, Holm).",
            f"供评审的建议，而非事实。共 {measured} 条规则在一部分记录上发现、在另一部分上检验；"
            f"经多重校正（Fisher 精确检验，Holm）后保留 {rules} 条。",
        )
    ]
    if chance is not None:
        notes.append(
            Phrase(
                f"Control: with causes exchanged at random {chance.mean:g} rules stand on average,"
                f" at most {chance.most} ({chance.runs} runs).",
                f"对照：随机打乱原因后平均保留 {chance.mean:g} 条，最多 {chance.most} 条"
                f"（{chance.runs} 次）。",
            )
        )
    return notes
