"""How reliable assets are: time between failures, time to repair, what fails most, who fails most.

A failure is a record on the asset that is neither planned work nor follows one of the same asset
within `apart_hours` (a second order for the same failure). The asset is taken as observed from its
first record to the end of the period (without one, to the last record there is); the time that runs
at its end is censored: the asset has lasted at least so long. Times are calendar time.

The mean time between failures is the observed time over the failures; its bounds are those of a
constant failure rate (chi-square, as in MIL-HDBK-189). The Weibull fit with its bounds is from
lifelines; below `FEW` failures nothing is fitted, as the bounds would say that anything may be so.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any

from kg.diagnosis.graph import Graph
from kg.diagnosis.scope import read_scope
from kg.diagnosis.terms import Terms
from kg.model.errors import BadInput
from kg.model.graph import NOW, Node, View
from kg.model.instants import Instant, to_text
from kg.model.keys import normal_name
from kg.narration import Named, Phrase, name_in
from kg.search import require
from kg.store.protocol import Store
from ontology.schema import Schema

FEW = 8  # failures; with fewer nothing is fitted
APART_HOURS = 24.0
_DAY = 86_400_000
_HOUR = 3_600_000
_LONGEST_ACROSS = 5_000  # assets of one class
_PLANNED = frozenset(
    (
        "preventive", "planned", "pm", "calibration", "inspection", "improvement", "modification",
        "预防保养", "预防性维修", "保养", "计划", "点检", "校准", "改造",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Between:
    """Mean days between failures, with bounds that hold in 19 of 20 cases."""

    failures: int
    observed_days: float
    mean_days: float | None  # None without a failure
    low_days: float
    high_days: float | None  # None: without failures there is no upper bound


@dataclass(frozen=True, slots=True)
class Repair:
    """Hours of standstill per failure, of those that say it."""

    records: int
    mean_hours: float
    median_hours: float


@dataclass(frozen=True, slots=True)
class Weibull:
    """A fit to the times between failures, with bounds that hold in 19 of 20 cases.

    A `shape` above 1 means that it wears out, below 1 that repairs or youth are the trouble; where
    its bounds hold 1, age says nothing. `b10_days`: one in ten has failed by then.
    """

    failures: int
    censored: int
    shape: float
    shape_low: float
    shape_high: float
    scale_days: float
    scale_low_days: float
    scale_high_days: float
    b10_days: float
    sentence: Phrase


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
    """How reliable an asset or a class is over a period."""

    named: Named
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


@dataclass(slots=True)
class _Failure:
    record: str
    asset: str
    at: Instant
    hours: float | None


def measure_reliability(
    store: Store,
    schema: Schema,
    what: str,
    *,
    since: Instant | None = None,
    until: Instant | None = None,
    cause: str | None = None,
    apart_hours: float = APART_HOURS,
    limit: int = 10,
    view: View = NOW,
) -> Reliability:
    """The reliability of an asset (with what is built into it) or of all assets of a class.

    `cause` keeps only failures by one cause or of one mode. Raises NotFound, and BadInput where
    there are no records with a time.
    """
    graph = Graph(store, schema, Terms.of(schema), view)
    key = require(store, what, classes=("Asset", "AssetClass", "Location"), view=view)
    root = graph.nodes([key]).get(key) or Node(key, schema.class_of_key(key), what)
    scope = read_scope(graph, root)
    is_class = graph.is_a(key, "AssetClass")
    assets = scope.peers[:_LONGEST_ACROSS] if is_class else scope.assets
    if since is not None and until is not None and since >= until:
        raise BadInput("The period ends before it begins.")
    records = _records(graph, assets)
    times = [at for _, _, at, _ in records if (until is None or at < until)]
    if not times:
        raise BadInput(f"No record on {what} has a time; load work orders with dates.")
    end = until if until is not None else max(times)
    begun = {
        asset: max(min(at for _, a, at, _ in records if a == asset), since or -(2**62))
        for asset in {a for _, a, _, _ in records}
    }
    begun = {asset: at for asset, at in begun.items() if at < end}
    planned = sum(is_planned for *_, is_planned in records)
    failures = _failures(records, begun, end, apart_hours)
    hours = _downtime(graph, [f.record for f in failures])
    for failure in failures:
        failure.hours = hours.get(failure.record)
    if cause is not None:
        wanted = require(store, cause, classes=("FailureCause", "FailureMode", "Component"))
        failures = _of_cause(graph, failures, wanted)
    observed_days = sum(end - at for at in begun.values()) / _DAY
    between = mean_between(len(failures), observed_days)
    known = [f.hours for f in failures if f.hours is not None and f.hours > 0]
    lasted, ended = _lifetimes(failures, begun, end)
    weibull = fit_weibull(lasted, ended)
    t = graph.terms
    return Reliability(
        named=name_in(schema, {key: root}, key),
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
        notes=_notes(len(failures), planned, len(known), weibull, between),
    )  # fmt: skip


def _records(graph: Graph, assets: Collection[str]) -> list[tuple[str, str, Instant, bool]]:
    """(record, asset, when, whether it is planned work), in order of time."""
    reported = [
        s for s in graph.expand(assets, graph.terms.reported_on, "in")
        if s.valid_from is not None and graph.is_a(s.subject, "WorkOrder", "FailureEvent")
    ]  # fmt: skip
    nodes: dict[str, Node] = {}
    keys = sorted({s.subject for s in reported})
    for first in range(0, len(keys), 2_000):
        nodes.update(graph.nodes(keys[first : first + 2_000]))
    found = [
        (s.subject, s.object, s.valid_from or 0, _is_planned(nodes.get(s.subject)))
        for s in reported
    ]
    return sorted(found, key=lambda r: (r[2], r[0]))


def _is_planned(node: Node | None) -> bool:
    kind = node.props.get("workOrderType") if node is not None else None
    return isinstance(kind, str) and normal_name(kind) in _PLANNED


def _failures(
    records: Sequence[tuple[str, str, Instant, bool]],
    begun: Mapping[str, Instant],
    end: Instant,
    apart_hours: float,
) -> list[_Failure]:
    last: dict[str, Instant] = {}
    found: list[_Failure] = []
    for record, asset, at, is_planned in records:
        if is_planned or asset not in begun or not begun[asset] <= at <= end:
            continue
        if asset in last and at - last[asset] < apart_hours * _HOUR:
            continue
        last[asset] = at
        found.append(_Failure(record, asset, at, None))
    return found


def _of_cause(graph: Graph, failures: Sequence[_Failure], key: str) -> list[_Failure]:
    t = graph.terms
    relations = (*t.found_cause, *t.observed, *t.involves)
    told = graph.expand([f.record for f in failures], relations)
    having = {s.subject for s in told if s.object == key}
    return [f for f in failures if f.record in having]


def _downtime(graph: Graph, records: Sequence[str]) -> dict[str, float]:
    found: dict[str, float] = {}
    for first in range(0, len(records), 2_000):
        for key, node in graph.nodes(records[first : first + 2_000]).items():
            value = node.props.get("downtimeHours")
            if isinstance(value, int | float) and not isinstance(value, bool):
                found[key] = float(value)
    return found


def _lifetimes(
    failures: Sequence[_Failure], begun: Mapping[str, Instant], end: Instant
) -> tuple[list[float], list[bool]]:
    """Days between failures of each asset, and whether each ended in one.

    What ran before the first failure is left out: when that life began is not known.
    """
    lasted: list[float] = []
    ended: list[bool] = []
    by_asset: dict[str, list[Instant]] = defaultdict(list)
    for failure in failures:
        by_asset[failure.asset].append(failure.at)
    for asset in begun:
        times = by_asset.get(asset, [])
        for before, after in pairwise(times):
            lasted.append((after - before) / _DAY)
            ended.append(True)
        if times and end > times[-1]:
            lasted.append((end - times[-1]) / _DAY)
            ended.append(False)
    return lasted, ended


def mean_between(failures: int, observed_days: float) -> Between:
    """The mean time between failures with its bounds (chi-square, time-terminated)."""
    from scipy.stats import chi2

    low = 2 * observed_days / float(chi2.ppf(0.975, 2 * failures + 2))
    high = 2 * observed_days / float(chi2.ppf(0.025, 2 * failures)) if failures else None
    mean = observed_days / failures if failures else None
    return Between(
        failures,
        round(observed_days, 2),
        None if mean is None else round(mean, 3),
        round(low, 3),
        None if high is None else round(high, 3),
    )


def fit_weibull(lasted: Sequence[float], ended: Sequence[bool]) -> Weibull | None:
    """A Weibull fit with bounds; None where there are too few failures or it does not converge."""
    failures = sum(ended)
    if failures < FEW:
        return None
    import warnings

    from lifelines import WeibullFitter
    from lifelines.exceptions import ConvergenceError

    fitter: Any = WeibullFitter()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fitter.fit([max(days, 1e-3) for days in lasted], list(ended))
    except ConvergenceError:
        return None
    table = fitter.summary
    shape, scale = float(fitter.rho_), float(fitter.lambda_)
    bounds = {
        name: (
            float(table.loc[name, "coef lower 95%"]), float(table.loc[name, "coef upper 95%"])
        )
        for name in ("rho_", "lambda_")
    }  # fmt: skip
    low, high = bounds["rho_"]
    if low > 1:
        sentence = Phrase("it wears out: the longer it runs, the likelier it fails",
                          "属磨损型：运行越久越易失效")  # fmt: skip
    elif high < 1:
        sentence = Phrase(
            "failures follow soon after repairs: look at the repairs and at what is put in",
            "修后不久又失效：应检查维修质量和所换零件",
        )
    else:
        sentence = Phrase(
            "age says nothing certain about failing: replacing by age is not justified by this",
            "失效与使用时间无明确关系：据此不宜按时间更换",
        )
    return Weibull(
        failures, len(ended) - failures, round(shape, 3), round(low, 3), round(high, 3),
        round(scale, 2), round(bounds["lambda_"][0], 2), round(bounds["lambda_"][1], 2),
        round(float(fitter.percentile(0.9)), 2), sentence,
    )  # fmt: skip


def _pareto(
    graph: Graph, failures: Sequence[_Failure], relations: tuple[str, ...], limit: int
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
    failures: Sequence[_Failure],
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
    if weibull is None:
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
