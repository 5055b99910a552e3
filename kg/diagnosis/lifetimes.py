"""How long things last: the mean time between failures and a Weibull fit, with their bounds.

The bounds of the mean time between failures are those of a constant failure rate (chi-square, as in
MIL-HDBK-189). The Weibull fit with its bounds is from lifelines; below `FEW` failures nothing is
fitted, as the bounds would say that anything may be so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from kg.diagnosis.failures import Failure
from kg.model.instants import Instant
from kg.narration import Phrase

FEW = 8  # failures; with fewer nothing is fitted
DAY = 86_400_000  # milliseconds


@dataclass(frozen=True, slots=True)
class Between:
    """Mean days between failures, with bounds that hold in 19 of 20 cases."""

    failures: int
    observed_days: float
    mean_days: float | None  # None without a failure
    low_days: float
    high_days: float | None  # None: without failures there is no upper bound


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


def lifetimes(
    failures: Sequence[Failure], begun: Mapping[str, Instant], end: Instant
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
            lasted.append((after - before) / DAY)
            ended.append(True)
        if times and end > times[-1]:
            lasted.append((end - times[-1]) / DAY)
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
