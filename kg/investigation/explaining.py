"""Why units are bad, as one answer: what they have in common, and what happened to it then.

Two kinds of evidence meet. Statistics say which assets, tools and lots the bad units share more
often than good ones do, and when; the plant's records say what failed, alarmed or was repaired on
these around that time, and whether that is known to lead to the defect. What both speak for comes
first, and says from where to go on: the failure's cause for diagnosis, the lot for containment.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from math import log10
from typing import Literal

import numpy as np

from kg.investigation.investigating import AFTER_HOURS, BEFORE_HOURS, investigate
from kg.investigation.results import Investigation, Suspect
from kg.investigation.wording import Clock
from kg.model.graph import NOW, View
from kg.model.instants import to_text
from kg.narration import Named, Phrase, Span, name_in, space_scripts
from kg.search import lexicon_of
from kg.store.protocol import Store
from kg.traceability.commonality import CauseOptions, CommonCauses, find_factor_tests
from kg.traceability.commonality.asking import common_causes_of
from kg.traceability.commonality.genealogy import GenealogyCohort
from kg.traceability.commonality.periods import instant_of
from ontology.schema import Schema

Kind = Literal["asset", "lot", "other"]

# Decades of p-value that history is worth. Something fails on any asset in most months: only what
# is known to lead to the defect counts much.
_HISTORY_WEIGHT, _FITTING_WEIGHT, _PATH_WEIGHT = 2.0, 6.0, 3.0
_WORDS_WEIGHT = 1.0  # that the defect speaks of what a lot is
_READ_NAMES = 60
_LEAST_STATISTICS = 2.0  # decades of p-value below which a factor is no explanation


@dataclass(frozen=True, slots=True)
class Explanation:
    """One thing that may have made the units bad, with both kinds of evidence."""

    rank: int
    named: Named
    kind: Kind
    score: float  # decades of p-value, and what the history is worth; orders the answer
    since: str | None  # of the time in which it made bad units; None: at all times
    until: str | None
    units: int  # that it touched (in that time)
    bad: int
    p: float  # of the strongest factor that names it, by itself
    history: Suspect | None  # what happened to it around production
    sentence: Phrase


@dataclass(frozen=True, slots=True)
class Explained:
    """Why units are bad."""

    start: tuple[Named, ...]
    bad: int
    explanations: tuple[Explanation, ...]
    causes: CommonCauses
    investigation: Investigation
    summary: Phrase


@dataclass(slots=True)
class _Candidate:
    key: str
    p: float
    low: float | None
    high: float | None
    units: int
    bad: int


def explain_defects(
    store: Store,
    schema: Schema,
    asked: Collection[str],
    *,
    before_hours: float = BEFORE_HOURS,
    after_hours: float = AFTER_HOURS,
    zone: str = "UTC",
    options: CauseOptions | None = None,
    view: View = NOW,
    limit: int = 5,
) -> Explained:
    """Rank assets, tools and lots by what speaks for each. See the module.

    Raises NotFound and BadInput as `common_causes_of` and `investigate` do.
    """
    clock = Clock(zone)
    causes, made, bad = common_causes_of(
        store, schema, asked, options=options, zone=clock.zone, view=view
    )
    history = investigate(
        store, schema, list(asked) or list(bad.units),
        before_hours=before_hours, after_hours=after_hours,
        zone=zone, view=view, limit=40, events_per_suspect=5,
    )  # fmt: skip
    candidates = _candidates(schema, made, clock.zone)
    suspects = {s.named.key: s for s in history.suspects}
    strongest = sorted(candidates.values(), key=lambda c: c.p)[:_READ_NAMES]
    spoken = _speak_of(store, schema, [c.key for c in strongest], bad.defect_types, view)
    ranked = sorted(
        candidates.values(),
        key=lambda c: (
            -_score(c, suspects.get(c.key)) - _WORDS_WEIGHT * (c.key in spoken), c.p, c.key
        ),
    )  # fmt: skip
    shown = [c for c in ranked if -log10(c.p) >= _LEAST_STATISTICS][:limit]
    nodes = store.get_nodes({*(c.key for c in shown), *asked}, view)
    told = tuple(
        _explain(rank, c, name_in(schema, nodes, c.key), schema, suspects.get(c.key), clock)
        for rank, c in enumerate(shown, 1)
    )
    return Explained(
        tuple(name_in(schema, nodes, k) for k in asked), causes.bad, told, causes, history,
        _summary(told, causes),
    )  # fmt: skip


def _candidates(schema: Schema, made: GenealogyCohort, zone: tzinfo) -> dict[str, _Candidate]:
    """The strongest factor that names each asset, tool and material; pairs name nothing alone."""
    found: dict[str, _Candidate] = {}
    tests = find_factor_tests(made.cohort)
    for factor, p, units, bad in tests:
        if factor.kind not in ("value", "step", "band") or factor.role != "production":
            continue
        for condition in (factor.conditions[0], *factor.same):
            key = condition.value
            if not key or not _is_thing(schema, key):
                continue
            known = found.get(key)
            if known is None or p < known.p:
                low, high = (
                    x if x is None or not np.isfinite(x) else instant_of(x, zone)
                    for x in (condition.low, condition.high)
                )  # fmt: skip
                found[key] = _Candidate(key, p, low, high, units, bad)
    return found


def _speak_of(
    store: Store, schema: Schema, keys: Sequence[str], defect_types: Sequence[str], view: View
) -> set[str]:
    """Materials whose product is of what the defect speaks of: a lot of seals, a seal that leaks.

    It parts lots that the very same units are made of.
    """
    lots = [k for k in keys if schema.is_a(schema.class_of_key(k), "MaterialLot")]
    relations = sorted(schema.subrelations("ofProduct"))
    if not lots or not defect_types or not relations:
        return set()
    of = {s.subject: s.object for s in store.expand(sorted(lots), relations, view=view)}
    nodes = store.get_nodes({*of.values(), *defect_types}, view)
    lexicon = lexicon_of(schema)

    def terms(key: str) -> set[str]:
        node = nodes.get(key)
        names = () if node is None else (node.name, *node.aliases)
        return {
            term.name for name in names for mention in lexicon.mentions(name)
            if len(mention.text) > 1 for term in mention.terms
            if schema.is_a(term.cls, "Component") or schema.is_a(term.cls, "SparePart")
        }  # fmt: skip

    said = {t for key in defect_types for t in terms(key)}
    return {lot for lot, product in of.items() if said & terms(product)}


def _is_thing(schema: Schema, key: str) -> bool:
    cls = schema.class_of_key(key)
    return schema.is_a(cls, "Asset") or schema.is_a(cls, "MaterialLot") or (
        schema.is_a(cls, "Supplier")
    )  # fmt: skip


def _score(candidate: _Candidate, history: Suspect | None) -> float:
    score = -log10(candidate.p)
    if history is not None and history.events:
        fits = any(e.relevance_path for e in history.events[:3])
        score += (_FITTING_WEIGHT if fits else _HISTORY_WEIGHT) * history.score
        score += _PATH_WEIGHT * fits
    return score


def _explain(
    rank: int, c: _Candidate, named: Named, schema: Schema, history: Suspect | None, clock: Clock
) -> Explanation:
    cls = schema.class_of_key(c.key)
    kind: Kind = (
        "lot" if schema.is_a(cls, "MaterialLot") else
        "asset" if schema.is_a(cls, "Asset") else "other"
    )  # fmt: skip
    low, high = (None if x is None or not np.isfinite(x) else int(x) for x in (c.low, c.high))
    when = clock.span(Span(low, high)) if low is not None and high is not None else ""
    if low is not None and high is None:
        when = f"{clock.tell(low)} –"
    elif high is not None and low is None:
        when = f"– {clock.tell(high)}"
    return Explanation(
        rank, named, kind, round(_score(c, history), 4),
        None if low is None else to_text(low), None if high is None else to_text(high),
        c.units, c.bad, c.p, history, _sentence(c, named, when, history),
    )  # fmt: skip


def _sentence(c: _Candidate, named: Named, when: str, history: Suspect | None) -> Phrase:
    during = f" in {when}" if when else ""
    during_zh = f"在 {when} 期间" if when else ""
    en = (
        f"{named.label.en[:1].upper()}{named.label.en[1:]}: {c.bad} of {c.units} units that it"
        f" touched{during} are bad (p = {c.p:.2g})."
    )
    zh = f"{named.label.zh}{during_zh}涉及的 {c.units} 件中有 {c.bad} 件不良（p = {c.p:.2g}）。"
    if history is not None and history.events:
        event = history.events[0]
        en += f" {event.sentence.en[:1].upper()}{event.sentence.en[1:]}"
        zh += event.sentence.zh
        drift = next((e for e in history.events if e.drift is not None), None)
        if drift is not None and drift is not event:
            en += f" {drift.sentence.en[:1].upper()}{drift.sentence.en[1:]}"
            zh += drift.sentence.zh
        for cause in history.causes[:1]:
            en += f" {cause.sentence.en}"
            zh += cause.sentence.zh
        if event.relevance_path:
            chain = "; ".join(cited.sentence.en for cited in event.relevance_path)
            chain_zh = "；".join(cited.sentence.zh for cited in event.relevance_path)
            en += f" Known to lead there: {chain}."
            zh += f"已知的因果链：{chain_zh}。"
    return Phrase(en, space_scripts(zh))


def _summary(told: Sequence[Explanation], causes: CommonCauses) -> Phrase:
    if not told:
        return Phrase(
            f"Neither statistics nor history explain the bad units. {causes.minimum.sentence.en}",
            f"统计与历史记录均不能解释这些不良品。{causes.minimum.sentence.zh}",
        )
    return Phrase(f"Most likely: {told[0].sentence.en}", f"最可能：{told[0].sentence.zh}")


def by_key(explained: Explained) -> Mapping[str, Explanation]:
    """The explanations by the key of the thing."""
    return {e.named.key: e for e in explained.explanations}
