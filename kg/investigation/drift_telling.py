"""Drifts in words, with the measurements that show them and what they are a sign of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import floor, log10
from typing import NamedTuple

from kg.diagnosis.graph import Graph
from kg.investigation.drifting import DriftEvent, Looked
from kg.investigation.events import Told
from kg.investigation.results import Drift, SeenDrift
from kg.investigation.wording import Clock
from kg.model.graph import Node, Statement
from kg.model.instants import to_text
from kg.narration import Named, Phrase, cite, count_noun, join, name_in, space_scripts
from kg.traceability.drifts import FALSE_SHARE, LEAST_READINGS

_INDICATED = 5


class ToldDrift(NamedTuple):
    """A drift as answers show it."""

    drift: Drift
    told: Told


def tell_drifts(graph: Graph, events: Sequence[DriftEvent]) -> dict[str, ToldDrift]:
    """Drifts told, by their keys."""
    if not events:
        return {}
    indicated: dict[str, list[str]] = {}
    parameters = {e.drifted.series.parameter for e in events}
    for s in graph.expand(parameters, graph.terms.indicates, limit_per_node=_INDICATED):
        indicated.setdefault(s.subject, []).append(s.object)
    nodes = graph.nodes(
        {
            *parameters,
            *(key for e in events for key in (e.drifted.series.source, e.drifted.series.thing)),
            *(key for keys in indicated.values() for key in keys),
        }
    )
    shown = _witnesses(graph, events)
    cited = cite(
        graph.store, graph.schema, [s for listed in shown.values() for s in listed],
        view=graph.view, per_statement=1,
    )  # fmt: skip
    told: dict[str, ToldDrift] = {}
    for event in events:
        series = event.drifted.series
        drift = _drift(graph, event, nodes, indicated.get(series.parameter, ()))
        thing = name_in(graph.schema, nodes, series.thing)
        facts = tuple(cited[s.key] for s in shown[event.key])
        told[event.key] = ToldDrift(
            drift, Told(drift.parameter, _sentence(drift, thing), facts, "")
        )
    return told


def tell_seen(graph: Graph, events: Sequence[DriftEvent], clock: Clock) -> tuple[SeenDrift, ...]:
    """Drifts with the things that they are of and when they were, in this order."""
    told = tell_drifts(graph, events)
    nodes = graph.nodes({e.drifted.series.thing for e in events})
    seen: list[SeenDrift] = []
    for rank, event in enumerate(events, 1):
        one, when = told[event.key], clock.span(event.span)
        sentence = one.told.sentence
        text = Phrase(
            f"{sentence.en[:1].upper()}{sentence.en[1:]} ({when}).", f"{sentence.zh}（{when}）。"
        )
        thing = name_in(graph.schema, nodes, event.drifted.series.thing)
        seen.append(SeenDrift(rank, thing, one.drift, text, one.told.facts))
    return tuple(seen)


def drifts_looked_at(looked: Sequence[Looked]) -> list[Phrase]:
    """How much was looked at, and what could not be."""
    tested, few = sum(x.tested for x in looked), sum(x.too_few for x in looked)
    notes: list[Phrase] = []
    if tested:
        share = min(x.share for x in looked)
        parts_en = f" {share:.0%} of the time was read, evenly spread." if share < 1 else ""
        parts_zh = f"读数过密，按时间均匀读取了 {share:.0%}。" if share < 1 else ""
        notes.append(
            Phrase(
                f"{count_noun(tested, 'series', 'series')} of readings of assets and goods were"
                f" tested for drifts; at most {FALSE_SHARE:.0%} of the reported are expected to be"
                f" chance.{parts_en}",
                f"对设备与货物的 {tested} 组读数做了漂移检验；报告的漂移中预计至多"
                f" {FALSE_SHARE:.0%} 属偶然。{parts_zh}",
            )
        )
    if few:
        notes.append(
            Phrase(
                f"{count_noun(few, 'series', 'series')} of readings had fewer than {LEAST_READINGS}"
                " around that time, too few to test for a drift.",
                f"{few} 组读数在该时段内不足 {LEAST_READINGS} 个，无法检验漂移。",
            )
        )
    if any(x.skipped for x in looked):
        notes.append(
            Phrase(
                "There were too many readings to look at those of all assets.",
                "读数过多，未能检查所有设备的读数。",
            )
        )
    return notes


def _witnesses(graph: Graph, events: Sequence[DriftEvent]) -> dict[str, list[Statement]]:
    """By drift, what says of some of its measurements where they come from."""
    keys = {k for e in events for k in e.witnesses}
    said: dict[str, Statement] = {}
    for relation, direction in (
        ("measured", "in"),
        ("measuredOn", "out"),
        ("ofCharacteristic", "out"),
    ):
        relations = tuple(sorted(graph.schema.subrelations(relation)))
        for s in graph.expand(keys, relations, "in" if direction == "in" else "out"):
            said[s.object if direction == "in" else s.subject] = s
    return {e.key: [said[k] for k in e.witnesses if k in said] for e in events}


def _drift(
    graph: Graph, event: DriftEvent, nodes: Mapping[str, Node], indicated: Sequence[str]
) -> Drift:
    d, series = event.drifted, event.drifted.series
    change = d.change
    return Drift(
        kind=d.kind,
        parameter=name_in(graph.schema, nodes, series.parameter),
        source=name_in(graph.schema, nodes, series.source) if series.source else None,
        unit=series.unit,
        began=to_text(int(series.times[d.first])),
        ended=to_text(int(series.times[d.end - 1])) if d.is_over else None,
        before=_rounded(d.before),
        after=_rounded(d.after),
        low=None if change is None else _rounded(change.low),
        high=None if change is None else _rounded(change.high),
        spreads=None if change is None or not change.spread else round(
            (d.after - d.before) / change.spread, 2
        ),
        readings=len(series.values),
        inside=d.end - d.first,
        echo=None if change is None else round(change.echo, 3),
        p=None if change is None else float(f"{change.p:.3g}"),
        q=None if d.q is None else float(f"{d.q:.3g}"),
        lower_limit=series.limits.lower,
        upper_limit=series.limits.upper,
        beyond=d.beyond,
        indicates=tuple(name_in(graph.schema, nodes, key) for key in indicated),
    )  # fmt: skip


def _rounded(value: float) -> float:
    return float(f"{value:.5g}")


def _told_alike(low: float, high: float) -> tuple[str, str]:
    """Two numbers with as many decimals as tell them apart."""
    gap = high - low
    decimals = 0 if gap <= 0 else max(0, 1 - floor(log10(gap)))
    return f"{low:.{decimals}f}", f"{high:.{decimals}f}"


_VERBS = {
    "shift": (("rose", "升至"), ("fell", "降至")),
    "excursion": (("rose for a time", "一度升至"), ("fell for a time", "一度降至")),
    "trend": (("climbed", "逐渐升至"), ("declined", "逐渐降至")),
}


def _sentence(drift: Drift, thing: Named) -> Phrase:
    """`discharge pressure of P1 fell from 5.02 to 4.1 bar (by 0.92, 95 % 0.8 to 1.0; q 0.002)`."""
    label, on = drift.parameter.label, thing.label
    unit = f" {drift.unit}" if drift.unit else ""
    if drift.kind == "beyond limits":
        en = f"{label.en} of {on.en} was beyond its limits, as far as {drift.after:.4g}{unit}"
        zh = f"{on.zh}的{label.zh}超出限值，最远达 {drift.after:.4g}{unit}"
    else:
        verb = _VERBS[drift.kind][drift.after < drift.before]
        en = f"{label.en} of {on.en} {verb[0]} from {drift.before:.4g} to {drift.after:.4g}{unit}"
        zh = f"{on.zh}的{label.zh}由 {drift.before:.4g} {verb[1]} {drift.after:.4g}{unit}"
        if drift.low is not None and drift.high is not None:
            low, high = _told_alike(*sorted((abs(drift.low), abs(drift.high))))
            en += f" (by {low} to {high} at 95 %, q = {drift.q:.2g})"
            zh += f"（变化 {low} 至 {high}，95% 区间，q = {drift.q:.2g}）"
    if drift.beyond:
        limits = " – ".join(
            f"{x:.4g}" if x is not None else "…" for x in (drift.lower_limit, drift.upper_limit)
        )
        en += f", {drift.beyond} of {drift.inside} readings outside {limits}{unit}"
        zh += f"，{drift.inside} 个读数中有 {drift.beyond} 个超出 {limits}{unit}"
    if drift.indicates:
        signs = join([n.label for n in drift.indicates], ", ", "、")
        en, zh = f"{en}; it is a sign of {signs.en}", f"{zh}；提示{signs.zh}"
    return Phrase(en, space_scripts(zh))
