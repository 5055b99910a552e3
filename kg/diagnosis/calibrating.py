"""Are the probabilities right? The plant's own records, each predicted without itself.

Every record that observed something and found a cause is diagnosed as if it had never been
written. Records of the same asset within three days of it are left out as well: second orders for
the same failure would give the answer away. With `before` a record is predicted from what had
happened before it (a time split), which is harder and nearer to use.

Measured is every candidate cause that was given a probability: was it found? Beside the diagnosis
stands a control that knows only how often each cause was found on the asset's class.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import log, sqrt

from kg.diagnosis.diagnosing import Told, pose
from kg.diagnosis.feedback import list_feedback
from kg.diagnosis.graph import Graph
from kg.diagnosis.modifying import USED, Kind
from kg.diagnosis.posterior import MAX_FINDINGS
from kg.diagnosis.records import RecordReader
from kg.diagnosis.scope import read_scope
from kg.diagnosis.terms import Terms
from kg.diagnosis.totals import read_totals
from kg.model.errors import BadInput
from kg.model.graph import NOW, Statement, View
from kg.model.instants import Instant
from kg.store.protocol import Store
from ontology.schema import Schema

DAYS_APART = 3
_MILLISECONDS = 86_400_000
_FLOOR = 1e-4  # a cause that was not on the list at all
EDGES = (0.0, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0)
_FEW = 20  # predictions: with fewer, nothing is said


@dataclass(frozen=True, slots=True)
class Bin:
    """Predictions of about the same probability: what was said, and how often it was so.

    `low` and `high` bound the true share in 19 of 20 cases (Wilson's interval).
    """

    predictions: int
    said: float
    found: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Quality:
    """How good predictions were. `log_loss` is in nats per record, `brier` per record."""

    top1: float
    top3: float
    log_loss: float
    brier: float


@dataclass(frozen=True, slots=True)
class Durations:
    """How long diagnoses take, in minutes from the start of the session to what fixed it."""

    sessions: int
    median_minutes: float | None
    longest_minutes: float | None


@dataclass(frozen=True, slots=True)
class Calibration:
    """How good the probabilities are on the plant's own records."""

    records: int  # predicted
    possible: int  # that could be predicted
    split: str  # leave-one-out, or time
    diagnosis: Quality
    control: Quality  # how often each cause was found on the class, whatever was observed
    bins: tuple[Bin, ...]
    durations: Durations
    seed: int


@dataclass(slots=True)
class _Sum:
    records: int = 0
    top1: float = 0.0
    top3: float = 0.0
    log_loss: float = 0.0
    brier: float = 0.0

    def add(self, ranked: Sequence[tuple[str, float]], causes: set[str]) -> None:
        given = dict(ranked)
        self.records += 1
        self.top1 += any(key in causes for key, _ in ranked[:1])
        self.top3 += any(key in causes for key, _ in ranked[:3])
        hit = min(1.0, max(_FLOOR, sum(given.get(key, 0.0) for key in causes)))
        self.log_loss -= log(hit)
        self.brier += sum((p - (key in causes)) ** 2 for key, p in ranked)
        self.brier += sum(key not in given for key in causes)

    def quality(self) -> Quality:
        n = max(1, self.records)
        return Quality(*(round(v / n, 4) for v in (self.top1, self.top3, self.log_loss,
                                                    self.brier)))  # fmt: skip


def calibrate(
    store: Store,
    schema: Schema,
    *,
    asset_class: str | None = None,
    most: int = 200,
    time_split: bool = False,
    seed: int = 0,
    kinds: Sequence[Kind] = USED,
    view: View = NOW,
) -> Calibration:
    """Predict up to `most` records (drawn with `seed`), those of one class if one is named.

    `kinds` are the modifiers of the priors that the diagnosis may use.

    Raises BadInput where there are too few records that say what was observed and found.
    """
    graph = Graph(store, schema, Terms.of(schema), view)
    cases = _cases(graph, asset_class)
    if len(cases) < _FEW:
        raise BadInput(
            f"Only {len(cases)} records say both what was observed and which cause was found;"
            f" load at least {_FEW}."
        )
    chosen = random.Random(seed).sample(sorted(cases), min(most, len(cases)))
    reported = _reported(graph, {asset for _, asset, _, _, _ in cases.values()})
    made, control = _Sum(), _Sum()
    pairs: list[tuple[float, bool]] = []
    for record in chosen:
        _, asset, at, signs, causes = cases[record]
        near = {
            r for r, when in reported[asset]
            if at is not None and when is not None
            and abs(when - at) < DAYS_APART * _MILLISECONDS
        } | {record}  # fmt: skip
        past = replace(view, valid_to=at) if time_split and at is not None else view
        problem = pose(
            store, schema, asset, [Told(sign) for sign in sorted(signs)[:MAX_FINDINGS]], view=past,
            without=frozenset(near), at=at, kinds=kinds,
        )  # fmt: skip
        ranked = [
            (s.key, s.probability)
            for s in problem.rank().scored
            if schema.is_a(schema.class_of_key(s.key), "FailureCause")
        ]
        made.add(ranked, causes)
        control.add(_popular(problem.graph, problem.reader, asset), causes)
        pairs += [(p, key in causes) for key, p in ranked]
    return Calibration(
        records=len(chosen),
        possible=len(cases),
        split="time" if time_split else "leave-one-out",
        diagnosis=made.quality(),
        control=control.quality(),
        bins=_bins(pairs),
        durations=_durations(store),
        seed=seed,
    )


_Case = tuple[str, str, Instant | None, set[str], set[str]]


def _cases(graph: Graph, asset_class: str | None) -> dict[str, _Case]:
    t = graph.terms
    explained = {
        key for key, _ in graph.store.aggregate(t.found_cause, "subject", view=graph.view)
    }  # fmt: skip
    facts: dict[str, list[Statement]] = defaultdict(list)
    for s in graph.expand(explained, (*t.observed, *t.found_cause, *t.reported_on)):
        facts[s.subject].append(s)
    members: set[str] | None = None
    if asset_class is not None:
        classes = set(graph.closure([asset_class], t.broader, "in"))
        members = {s.subject for s in graph.expand(classes, t.of_class, "in")}
    found: dict[str, _Case] = {}
    for record, listed in facts.items():
        signs = {s.object for s in listed if s.predicate in t.observed}
        causes = {s.object for s in listed if s.predicate in t.found_cause}
        on = sorted((s for s in listed if s.predicate in t.reported_on), key=lambda s: s.object)
        if signs and on and (members is None or on[0].object in members):
            found[record] = (record, on[0].object, on[0].valid_from, signs, causes)
    return found


def _reported(graph: Graph, assets: set[str]) -> dict[str, list[tuple[str, Instant | None]]]:
    found: dict[str, list[tuple[str, Instant | None]]] = defaultdict(list)
    for s in graph.expand(assets, graph.terms.reported_on, "in"):
        found[s.object].append((s.subject, s.valid_from))
    return found


def _popular(graph: Graph, reader: RecordReader, asset: str) -> list[tuple[str, float]]:
    """The causes that were found on the asset and its peers, by how often."""
    root = graph.nodes([asset])[asset]
    totals = read_totals(graph, read_scope(graph, root), reader)
    counts: dict[str, float] = {}
    for level in ("asset", "class"):
        for key, weight in totals.levels[level].weights.items():
            if not graph.is_a(key, "Component"):
                counts[key] = counts.get(key, 0.0) + weight
    whole = sum(counts.values()) + 1
    return sorted(((k, n / whole) for k, n in counts.items()), key=lambda item: (-item[1], item[0]))


def _bins(pairs: Sequence[tuple[float, bool]]) -> tuple[Bin, ...]:
    found: list[Bin] = []
    for low, high in pairwise(EDGES):
        inside = [(p, y) for p, y in pairs if low <= p < high or (high == 1.0 and p == 1.0)]
        if not inside:
            continue
        n, hits = len(inside), sum(y for _, y in inside)
        bottom, top = wilson(hits, n)
        found.append(
            Bin(n, round(sum(p for p, _ in inside) / n, 4), round(hits / n, 4), bottom, top)
        )
    return tuple(found)


def wilson(hits: int, trials: int) -> tuple[float, float]:
    """The bounds of a share in 19 of 20 cases (Wilson 1927)."""
    z = 1.96
    share = hits / trials
    middle = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    half = (
        z
        / (1 + z * z / trials)
        * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    )
    return round(max(0.0, middle - half), 4), round(min(1.0, middle + half), 4)


def _durations(store: Store) -> Durations:
    minutes = sorted(
        f.minutes for f in list_feedback(store) if f.minutes is not None and f.verdict == "fixed"
    )
    if not minutes:
        return Durations(0, None, None)
    return Durations(len(minutes), minutes[len(minutes) // 2], minutes[-1])


def draw_reliability(calibration: Calibration, *, size: int = 420) -> str:
    """The reliability diagram as SVG: what was said against how often it was so."""
    margin, side = 46, size - 66

    def x(p: float) -> float:
        return round(margin + p * side, 1)

    def y(p: float) -> float:
        return round(20 + (1 - p) * side, 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" '
        'font-family="sans-serif" font-size="11">',
        f'<rect width="{size}" height="{size}" fill="white"/>',
        f'<path d="M{x(0)} {y(0)}L{x(1)} {y(1)}" stroke="#999" stroke-dasharray="4 4"/>',
        f'<path d="M{x(0)} {y(1)}V{y(0)}H{x(1)}" stroke="#333" fill="none"/>',
    ]
    for tick in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        parts.append(f'<text x="{x(tick)}" y="{y(0) + 15}" text-anchor="middle">{tick:g}</text>')
        parts.append(f'<text x="{x(0) - 6}" y="{y(tick) + 4}" text-anchor="end">{tick:g}</text>')
    parts += [
        f'<path d="M{x(one.said)} {y(one.low)}V{y(one.high)}" stroke="#1f6feb"/>'
        f'<circle cx="{x(one.said)}" cy="{y(one.found)}" r="4" fill="#1f6feb">'
        f"<title>{one.predictions}: {one.said:.2f} / {one.found:.2f}</title></circle>"
        for one in calibration.bins
    ]
    quality = calibration.diagnosis
    parts.append(
        f'<text x="{x(0.5)}" y="{size - 8}" text-anchor="middle">said / 预测概率</text>'
        f'<text x="12" y="{y(0.5)}" text-anchor="middle" transform="rotate(-90 12 {y(0.5)})">'
        "found / 实际比例</text>"
        f'<text x="{x(0.02)}" y="{y(0.96)}">n = {calibration.records}, '
        f"log-loss {quality.log_loss:.2f}, Brier {quality.brier:.2f}</text>"
    )
    return "".join([*parts, "</svg>\n"])
