"""How reliable assets are: time between failures, time to repair, what fails most, who fails most.

A failure is a record on the asset that is neither planned work nor follows one of the same asset
within `apart_hours` (a second order for the same failure). The asset is taken as observed from its
first record to the end of the period (without one, to the last record there is); the time that runs
at its end is censored: the asset has lasted at least so long. Times are calendar time.

The mean time between failures is the observed time over the failures (`kg.diagnosis.lifetimes`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from kg.diagnosis.failures import (
    APART_HOURS,
    Failure,
    assets_of,
    downtime_hours,
    find_root,
    list_failures,
    read_reported,
    reported_assets,
)
from kg.diagnosis.graph import Graph
from kg.diagnosis.lifetimes import (
    DAY,
    FEW,
    Between,
    Weibull,
    fit_weibull,
    lifetimes,
    mean_between,
)
from kg.diagnosis.terms import Terms
from kg.model.errors import BadInput
from kg.model.graph import NOW, View
from kg.model.instants import Instant, to_text
from kg.narration import Named, Phrase, name_in
from kg.search import require
from kg.store.protocol import Store
from ontology.schema import Schema

_LONGEST_ACROSS = 5_000  # assets


@dataclass(frozen=True, slots=True)
class Repair:
    """Hours of standstill per failure, of those that say it."""

    records: int
    mean_hours: float
    median_hours: float


@dataclass(frozen=True, slots=True)
class ModeShare:
    """A failure mode, a cause or a component with how many failures show it."""

    named: Named
    failures: int
    share: float
    cumulative: float
    downtime_hours: float


@dataclass(frozen=True, slots=True)
class Actor:
    """An asset with its failures, compared with the others of the same class.

    `expected` is what it would have at the rate of the others; `p_value` the probability of so many
    or more at that rate, with the uncertainty of that rate (binomial test of two Poisson rates).
    """

    named: Named
    failures: int
    expected: float
    downtime_hours: float
    p_value: float
    is_bad: bool  # after correction for looking at every asset (Holm)


@dataclass(frozen=True, slots=True)
class Reliability:
    """How reliable an asset, a class, a place or (`named` is None) the whole plant is."""

    named: Named | None
    assets: int
    since: str | None
    until: str | None
    between: Between
    repair: Repair | None
    weibull: Weibull | None
    modes: tuple[ModeShare, ...]
    causes: tuple[ModeShare, ...]
    components: tuple[ModeShare, ...]
    actors: tuple[Actor, ...]  # of a class; the worst first
    notes: tuple[Phrase, ...]


def measure_reliability(
    store: Store,
    schema: Schema,
    what: str | None,
    *,
    since: Instant | None = None,
    until: Instant | None = None,
    cause: str | None = None,
    apart_hours: float = APART_HOURS,
    limit: int = 10,
    view: View = NOW,
) -> Reliability:
    """The reliability of an asset (with what is built into it), of a class, a place, or of all.

    `cause` keeps only failures by one cause or of one mode. Raises NotFound, and BadInput where
    there are no records with a time.
    """
    graph = Graph(store, schema, Terms.of(schema), view)
    named = None
    if what is not None:
        root = find_root(graph, what)
        named = name_in(schema, {root.key: root}, root.key)
    assets = sorted(reported_assets(graph) if what is None else assets_of(graph, root))
    if since is not None and until is not None and since >= until:
        raise BadInput("The period ends before it begins.")
    records = read_reported(graph, assets[:_LONGEST_ACROSS])
    times = [r.at for r in records if until is None or r.at < until]
    if not times:
        raise BadInput(
            f"No record on {what or 'any asset'} has a time; load work orders with dates."
        )
    end = until if until is not None else max(times)
    begun: dict[str, Instant] = {}
    for r in records:  # in order of time: the first record of each asset
        begun.setdefault(r.asset, max(r.at, since or -(2**62)))
    begun = {asset: at for asset, at in begun.items() if at < end}
    planned = sum(r.is_planned for r in records)
    failures = list_failures(records, begun, end, apart_hours)
    hours = downtime_hours(graph, [f.record for f in failures])
    for failure in failures:
        failure.hours = hours.get(failure.record)
    if cause is not None:
        wanted = require(store, cause, classes=("FailureCause", "FailureMode", "Component"))
        failures = _of_cause(graph, failures, wanted)
    observed_days = sum(end - at for at in begun.values()) / DAY
    between = mean_between(len(failures), observed_days)
    known = [f.hours for f in failures if f.hours is not None and f.hours > 0]
    lasted, ended = lifetimes(failures, begun, end)
    # One curve for many kinds of assets would describe none of them.
    weibull = None if what is None else fit_weibull(lasted, ended)
    t = graph.terms
    return Reliability(
        named=named,
        assets=len(begun),
        since=to_text(min(begun.values())) if begun else None,
        until=to_text(end),
        between=between,
        repair=None if not known else Repair(
            len(known), round(sum(known) / len(known), 3), round(median(known), 3)
        ),
        weibull=weibull,
        modes=_pareto(graph, failures, t.observed, limit),
        causes=_pareto(graph, failures, t.found_cause, limit),
        components=_pareto(graph, failures, t.involves, limit),
        actors=_actors(graph, failures, begun, end, limit) if len(begun) > 1 else (),
        notes=(
            *(() if begun else (_one_moment(len(times)),)),
            *_notes(len(failures), planned, len(known), weibull, between),
        ),
    )  # fmt: skip


def _of_cause(graph: Graph, failures: Sequence[Failure], key: str) -> list[Failure]:
    t = graph.terms
    relations = (*t.found_cause, *t.observed, *t.involves)
    told = graph.expand([f.record for f in failures], relations)
    having = {s.subject for s in told if s.object == key}
    return [f for f in failures if f.record in having]


def _pareto(
    graph: Graph, failures: Sequence[Failure], relations: tuple[str, ...], limit: int
) -> tuple[ModeShare, ...]:
    hours = {f.record: f.hours or 0.0 for f in failures}
    counts: Counter[str] = Counter()
    standing: Counter[str] = Counter()
    for s in graph.expand(list(hours), relations):
        counts[s.object] += 1
        standing[s.object] += hours[s.subject]  # type: ignore[assignment]
    whole = max(1, len(failures))
    ranked = sorted(counts, key=lambda k: (-counts[k], k))[:limit]
    nodes = graph.nodes(ranked)
    found: list[ModeShare] = []
    total, so_far = sum(counts.values()), 0
    for key in ranked:
        so_far += counts[key]
        found.append(
            ModeShare(
                name_in(graph.schema, nodes, key), counts[key], round(counts[key] / whole, 4),
                round(so_far / total, 4), round(float(standing[key]), 2),
            )
        )  # fmt: skip
    return tuple(found)


def _actors(
    graph: Graph,
    failures: Sequence[Failure],
    begun: Mapping[str, Instant],
    end: Instant,
    limit: int,
) -> tuple[Actor, ...]:
    from scipy.stats import binomtest

    counts = Counter(f.asset for f in failures)
    standing: dict[str, float] = defaultdict(float)
    for f in failures:
        standing[f.asset] += f.hours or 0.0
    total_time = sum(end - at for at in begun.values())
    tested: list[tuple[float, str, float]] = []
    for asset, at in begun.items():
        share = (end - at) / total_time
        rest = total_time - (end - at)
        others = len(failures) - counts[asset]
        expected = others * (end - at) / rest if rest else 0.0
        p = binomtest(counts[asset], max(1, len(failures)), share, "greater").pvalue
        tested.append((float(p), asset, expected))
    tested.sort()
    nodes = graph.nodes(list(begun))
    bad: set[str] = set()
    for place, (p, asset, _) in enumerate(tested):  # Holm: stop at the first that may be chance
        if p > 0.05 / (len(tested) - place):
            break
        bad.add(asset)
    told = [
        Actor(
            name_in(graph.schema, nodes, asset), counts[asset], round(expected, 2),
            round(standing[asset], 2), round(p, 6), asset in bad,
        )
        for p, asset, expected in tested
    ]  # fmt: skip
    return tuple(told[:limit])


def _one_moment(records: int) -> Phrase:
    """Said of assets whose records are all of one moment: with the first the clock starts."""
    return Phrase(
        f"All that is on record ({records}) is of one moment; how often it fails cannot be told"
        " from that.",
        f"其全部记录（{records} 条）都在同一时刻，无法由此得出故障频率。",
    )


def _notes(
    failures: int, planned: int, with_hours: int, weibull: Weibull | None, between: Between
) -> tuple[Phrase, ...]:
    notes: list[Phrase] = []
    if planned:
        notes.append(
            Phrase(
                f"{planned} records of planned work were left out.",
                f"{planned} 条计划性工作记录未计入。",
            )
        )
    if weibull is None and failures < FEW:
        notes.append(
            Phrase(
                f"With {failures} failures no distribution is fitted (it takes {FEW}).",
                f"仅 {failures} 次失效，不作分布拟合（至少需要 {FEW} 次）。",
            )
        )
    if between.high_days is not None and between.high_days > 3 * between.low_days:
        notes.append(
            Phrase(
                "So few failures leave the mean time between them uncertain by more than a factor"
                " of three.",
                "失效次数太少，平均间隔的不确定性超过三倍。",
            )
        )
    if with_hours < failures:
        notes.append(
            Phrase(
                f"{failures - with_hours} of {failures} failures do not say how long it stood.",
                f"{failures} 次失效中有 {failures - with_hours} 次未记录停机时间。",
            )
        )
    return tuple(notes)
