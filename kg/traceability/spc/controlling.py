"""From values in order of time to charts, capability and what was different out of control."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from kg.model.errors import BadInput
from kg.narration import Phrase, count_noun, space_scripts
from kg.traceability.commonality import CauseOptions, Cohort, CommonCauses, find_common_causes
from kg.traceability.spc.capability import Capability, measure_capability
from kg.traceability.spc.charts import Charted, ChartKind, Floats, chart_counts, chart_values
from kg.traceability.spc.results import Controlled
from kg.traceability.spc.rules import RULES, RuleSet

_LEAST_DIFFERENT = 3


def subgroup(
    order: NDArray[np.int64], groups: Sequence[str] | None, size: int | None
) -> list[tuple[str, NDArray[np.int64]]]:
    """Rational subgroups: (label, places of the values), in order of time.

    Values of one `group` (a lot, a shift, an hour) belong together where they follow one another;
    else `size` values in a row do, and a rest too small is left out; else each is its own.
    """
    if groups is not None:
        found: dict[str, list[int]] = {}
        for i in order:
            found.setdefault(groups[i], []).append(int(i))
        return [(label, np.array(members)) for label, members in found.items()]
    if size is not None and size > 1:
        whole = len(order) // size
        return [(str(k + 1), order[k * size : (k + 1) * size]) for k in range(whole)]
    return [(str(k + 1), order[k : k + 1]) for k in range(len(order))]


def control_values(
    name: Phrase, values: Floats, order: NDArray[np.int64], *, groups: Sequence[str] | None = None,
    size: int | None = None, kind: ChartKind | None = None, rules: RuleSet = "western",
    baseline: int | None = None, lower: float | None = None, upper: float | None = None,
    labels: Sequence[str] | None = None, cohort: Cohort | None = None,
) -> Controlled:  # fmt: skip
    """The chart of measured values. `cohort` has a unit per value, to say what was different.

    Raises BadInput for too few values, or limits the wrong way round.
    """
    if lower is not None and upper is not None and lower >= upper:
        raise BadInput("The lower limit is not below the upper one.")
    if len(values) < 3:
        raise BadInput(f"A control chart needs three values at least; there are {len(values)}.")
    parts = subgroup(order, groups, size)
    named = [label if labels is None or len(at) > 1 or groups is not None else labels[at[0]]
             for label, at in parts]  # fmt: skip
    chart = chart_values(
        [values[at] for _, at in parts], named, kind=kind, rules=rules, baseline=baseline
    )
    measured = values[np.concatenate([at for _, at in parts])]
    capability = (
        measure_capability(measured, chart.sigma, max(1, chart.freedom), lower=lower, upper=upper)
        if chart.sigma is not None
        else None
    )
    out = np.zeros(len(values), dtype=np.bool_)
    for place in strongest_signals(chart):
        out[parts[place][1]] = True
    return _told(name, chart, len(measured), capability, out, cohort)


def control_counts(
    name: Phrase, counts: Floats, sizes: Floats, labels: Sequence[str], *, kind: ChartKind,
    rules: RuleSet = "western", baseline: int | None = None,
    members: Sequence[NDArray[np.int64]] | None = None, cohort: Cohort | None = None,
) -> Controlled:  # fmt: skip
    """The chart of counts per subgroup; `members` are the places of a subgroup's units."""
    if len(counts) < 3:
        raise BadInput(f"A control chart needs three points at least; there are {len(counts)}.")
    chart = chart_counts(counts, sizes, labels, kind=kind, rules=rules, baseline=baseline)
    out = np.zeros(cohort.total if cohort is not None else 0, dtype=np.bool_)
    if cohort is not None and members is not None:
        for place in strongest_signals(chart):
            point = chart.panels[0].points[place]
            if point.value > point.centre:  # where fewer are bad than usual, nothing is wrong
                out[members[place]] = True
    return _told(name, chart, int(sizes.sum()), None, out, cohort)


def strongest_signals(chart: Charted) -> list[int]:
    """Places of the points beyond the limits; where there are none, of those in a run."""
    panel = chart.panels[0]
    beyond = [i for i in panel.signals if {"W1", "N1"} & set(panel.points[i].signals)]
    return beyond or list(panel.signals)


def what_differs(cohort: Cohort) -> CommonCauses:
    """What units out of control have that others have not. Time as such explains nothing here:
    what is out of control together was mostly made together."""
    index = [i for i, f in enumerate(cohort.factors) if f.kind != "period"]
    timeless = replace(
        cohort,
        factors=tuple(cohort.factors[i] for i in index),
        exposed=cohort.exposed[:, index],
        parameters=tuple(p for p in cohort.parameters if not p.is_time),
        strata={},
    )
    return find_common_causes(timeless, CauseOptions(shuffles=499))


def _told(
    name: Phrase, chart: Charted, values: int, capability: Capability | None,
    out: NDArray[np.bool_], cohort: Cohort | None,
) -> Controlled:  # fmt: skip
    signals = sum(len(p.signals) for p in chart.panels)
    broken = sorted({r for p in chart.panels for point in p.points for r in point.signals})
    points = sum(len(p.points) for p in chart.panels)
    differences = None
    if cohort is not None and _LEAST_DIFFERENT <= out.sum() < len(out):
        differences = what_differs(replace(cohort, bad=out))
    return Controlled(
        name, chart, values, signals, tuple((r, RULES[r].label) for r in broken), capability,
        _summary(name, signals, points, capability, broken), differences, _notes(chart, capability),
    )  # fmt: skip


def _summary(
    name: Phrase, signals: int, points: int, capability: Capability | None, broken: Sequence[str]
) -> Phrase:
    if signals:
        why_en = "; ".join(dict.fromkeys(RULES[r].label.en for r in broken))
        why_zh = "；".join(dict.fromkeys(RULES[r].label.zh for r in broken))
        en = (
            f"{name.en} is out of control at {signals} of {count_noun(points, 'point')} ({why_en})."
        )
        zh = f"{name.zh}在 {points} 个点中有 {signals} 个失控（{why_zh}）。"
    else:
        en = f"{name.en} is in control at all {count_noun(points, 'point')}."
        zh = f"{name.zh}的 {points} 个点均受控。"
    if capability is not None and capability.cpk.value is not None:
        c = capability.cpk
        # With points out of control only the spread over all time tells what was delivered.
        is_able = min(c.value or 0.0, capability.ppk.value or 0.0) >= 1.33
        able = "can" if is_able else "cannot surely"
        en += (
            f" Cpk is {c.value:.2f} ({c.low:.2f} to {c.high:.2f}), Ppk {capability.ppk.value:.2f}:"
            f" the process {able} keep its limits."
        )
        able_zh = "能够" if is_able else "不能可靠地"
        zh += (
            f"Cpk 为 {c.value:.2f}（{c.low:.2f} 至 {c.high:.2f}），Ppk 为"
            f" {capability.ppk.value:.2f}：过程{able_zh}满足规格。"
        )
    return Phrase(en, space_scripts(zh))


def _notes(chart: Charted, capability: Capability | None) -> tuple[Phrase, ...]:
    notes: list[Phrase] = []
    points = len(chart.panels[0].points)
    if points < 20:
        notes.append(
            Phrase(
                f"Limits from {count_noun(points, 'point')} are rough; twenty or more are usual.",
                f"仅 {points} 个点，控制限较粗略；通常需要二十个以上。",
            )
        )
    if capability is not None and not capability.looks_normal:
        notes.append(
            Phrase(
                "The values are not normally distributed, so capability and expected share are"
                " rough.",
                "数值不服从正态分布，能力指数与预期不良率仅供参考。",
            )
        )
    if capability is not None and chart.panels[0].signals:
        notes.append(
            Phrase(
                "Capability of a process that is out of control says little about tomorrow.",
                "过程失控时，能力指数不能说明今后的表现。",
            )
        )
    return tuple(notes)
