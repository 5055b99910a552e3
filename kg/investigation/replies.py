"""The lines of an answer to a question that is not about a fault, each with where it was read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kg.diagnosis.graph import Graph
from kg.diagnosis.observing import RECORD_CLASSES
from kg.diagnosis.reliability import ModeShare, measure_reliability
from kg.diagnosis.replying import Line, places_of
from kg.diagnosis.terms import Terms
from kg.investigation.affecting import affected_by
from kg.investigation.explaining import explain_defects
from kg.investigation.investigating import investigate
from kg.investigation.timelines import happenings, timeline
from kg.investigation.upkeep import tell_parts, tell_work
from kg.model.errors import GembaError
from kg.model.graph import Statement, View
from kg.narration import Phrase, cite, class_label, join, name_in
from kg.store.protocol import Store
from kg.traceability import Trace, trace_backward, trace_forward
from ontology.schema import Schema, Words

_LISTED = 8  # things that one line names
_ACTORS = 1_000  # assets that are compared
_MOST_EDGES = 4  # statements of a genealogy that are told with their places
_FACETS = {
    "man": Phrase("people", "人员"),
    "machine": Phrase("machines and tools", "设备与工装"),
    "material": Phrase("material and suppliers", "物料与供应商"),
    "method": Phrase("steps and recipes", "工序与方法"),
    "environment": Phrase("environment", "环境"),
    "measurement": Phrase("measurement", "测量"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """Lines, or the question that has to be answered first."""

    lines: tuple[Line, ...]
    ask_back: Phrase | None = None


class Answering:
    """Answers kinds of questions about things that were found."""

    def __init__(
        self,
        store: Store,
        schema: Schema,
        *,
        zone: str,
        view: View,
        limit: int,
    ) -> None:
        self._store = store
        self._schema = schema
        self._zone = zone
        self._view = view
        self._limit = limit

    def trace(self, keys: Sequence[str], way: Literal["forward", "back"]) -> Told:
        """Where goods went or come from: counts, customers or factors, and the first statements."""
        follow = trace_forward if way == "forward" else trace_backward
        found = follow(self._store, self._schema, keys, view=self._view)
        if len(found.nodes) <= len(found.start):
            nothing = Phrase("Nothing is recorded about that.", "没有相关记录。")
            return Told((Line(nothing, ()),))
        counted = [
            Phrase(
                f"{count.upstream + count.downstream} × {count.label.en}",
                f"{count.label.zh} {count.upstream + count.downstream}",
            )
            for count in found.summary
            if count.upstream + count.downstream
        ]
        lines = [Line(join(counted, ", ", "，"), ())]
        lines += self._consignees(found) if way == "forward" else self._factors(found)
        lines += self._things(found)
        # Only the nearest statements are told, so only theirs are looked up where they were read.
        first = follow(
            self._store, self._schema, keys, view=self._view, max_depth=1, evidence_per_edge=1
        )
        lines += [Line(e.sentence, e.evidence[:1]) for e in first.edges[:_MOST_EDGES]]
        lines += [Line(noted, ()) for noted in found.notes]
        command = f"gemba trace {way} {keys[0]}"
        lines.append(Line(Phrase(f"all of it: {command}", f"完整结果：{command}"), ()))
        return Told(tuple(lines))

    def is_made(self, key: str) -> bool:
        """Whether a thing is made or moved, and so has a genealogy."""
        cls = self._schema.class_of_key(key)
        return not any(self._schema.is_a(cls, c) for c in ("Asset", *RECORD_CLASSES))

    def affected(self, key: str) -> Told:
        """What was made on an asset, or while what a record tells of lasted, and where it went."""
        found = affected_by(
            self._store, self._schema, key, zone=self._zone, view=self._view, limit=_LISTED
        )
        lines = [Line(found.sentence, ())]
        if found.items:
            named = join([item.named.label for item in found.items], ", ", "、")
            more = found.total - len(found.items)
            en = f"{named.en} and {more} more" if more else named.en
            zh = f"{named.zh} 等 {found.total} 件" if more else named.zh
            lines.append(Line(Phrase(en, zh), ()))
        if found.trace is not None:
            lines += self._consignees(found.trace)
        lines += [Line(noted, ()) for noted in found.notes]
        return Told(tuple(lines))

    def record(self, key: str) -> Told:
        """What a work order or failure says, statement by statement."""
        said = self._store.expand([key], None, "out", view=self._view)
        cited = cite(self._store, self._schema, said, view=self._view)
        node = self._store.get_nodes([key], self._view).get(key)
        text = node.props.get("description") if node is not None else None
        lines = [Line(Phrase(f"“{text}”", f"“{text}”"), ())] if isinstance(text, str) else []
        lines += [Line(one.sentence, one.evidence[:1]) for one in cited.values()]
        return Told(tuple(lines))

    def _consignees(self, found: Trace) -> list[Line]:
        lines = []
        for one in found.consignees[:_LISTED]:
            parts = [
                Phrase(f"{n} × {class_label(self._schema, cls).en}",
                       f"{class_label(self._schema, cls).zh} {n}")
                for cls, n in sorted(one.items.items())
            ]  # fmt: skip
            what = join(parts, ", ", "，")
            by = join([s.label for s in one.shipments[:3]], ", ", "、")
            label = one.customer.label
            told = Phrase(
                f"reached {label.en}: {what.en} ({by.en})", f"已到{label.zh}：{what.zh}（{by.zh}）"
            )
            lines.append(Line(told, ()))
        return lines

    def _factors(self, found: Trace) -> list[Line]:
        lines = []
        for facet, title in _FACETS.items():
            named = [f.named.label for f in found.factors if f.facet == facet]
            if named:
                told = _list(named)
                lines.append(Line(Phrase(f"{title.en}: {told.en}", f"{title.zh}：{told.zh}"), ()))
        return lines

    def _things(self, found: Trace) -> list[Line]:
        """Lots, units and containers by name, nearest first."""
        lines = []
        for cls in ("MaterialLot", "Unit", "Container"):
            if cls not in self._schema.classes:
                continue
            things = sorted(
                (n for n in found.nodes if n.via and self._schema.is_a(n.named.cls, cls)),
                key=lambda n: (abs(n.level), n.named.key),
            )
            if things:
                told, label = _list([n.named.label for n in things]), class_label(self._schema, cls)
                lines.append(Line(Phrase(f"{label.en}: {told.en}", f"{label.zh}：{told.zh}"), ()))
        return lines

    def defect(self, keys: Sequence[str]) -> Told:
        """Why goods are bad: of types of defects by what bad ones share, of things by their way."""
        if all(self._schema.is_a(self._schema.class_of_key(k), "DefectType") for k in keys):
            found = explain_defects(
                self._store, self._schema, keys, zone=self._zone,
                view=self._view, limit=self._limit,
            )  # fmt: skip
            lines = [
                Line(one.sentence, places_of(one.history.way if one.history else ()))
                for one in found.explanations
            ]
            return Told((*lines, Line(found.summary, ())))
        suspects = investigate(
            self._store, self._schema, list(keys), zone=self._zone, view=self._view,
            limit=self._limit,
        ).suspects  # fmt: skip
        if not suspects:
            nothing = Phrase(
                "Nothing happened around its production that is on record.",
                "生产前后没有相关事件记录。",
            )
            return Told((Line(nothing, ()),))
        return Told(
            tuple(
                Line(s.sentence, places_of([f for e in s.events[:1] for f in e.facts] or s.way))
                for s in suspects
            )
        )

    def events(self, key: str) -> Told:
        """What happened last: to an asset also without what it made, which would hide the rest."""
        is_asset = self._schema.is_a(self._schema.class_of_key(key), "Asset")
        hidden = ("Measurement", "Operation") if is_asset else ("Measurement",)
        classes = happenings(self._schema, hidden)
        found = timeline(
            self._store, self._schema, key, classes=classes, view=self._view,
            limit=max(self._limit, 5),
        )  # fmt: skip
        lines = []
        for entry in found.entries:
            when = (entry.at or "").replace("T", " ")[:16]
            said = f" “{entry.description}”" if entry.description else ""
            told = Phrase(
                f"{when} {entry.sentence.en}{said}".strip(),
                f"{when} {entry.sentence.zh}{said}".strip(),
            )
            lines.append(Line(told, places_of(entry.facts)))
        nothing = Phrase("Nothing is known to have happened.", "没有事件记录。")
        return Told(tuple(lines) or (Line(nothing, ()),))

    def reliability(self, key: str) -> Told:
        """How often it fails and how long it stands, with bounds, and what fails most."""
        try:
            found = measure_reliability(
                self._store, self._schema, key, view=self._view, limit=self._limit
            )
        except GembaError as error:  # no record with a time
            return Told((Line(Phrase(str(error), str(error)), ()),))
        b = found.between
        span = f"{(found.since or '')[:10]} – {(found.until or '')[:10]}"
        over = Phrase("", "")
        if found.assets > 1:
            over = Phrase(f" of {found.assets} assets", f" {found.assets} 台设备")
        lines = [
            Phrase(
                f"{b.failures} failures in {b.observed_days:.0f} days{over.en} observed ({span})",
                f"观察{over.zh} {b.observed_days:.0f} 天（{span}），失效 {b.failures} 次",
            )
        ]
        if b.mean_days is not None:
            high = "∞" if b.high_days is None else f"{b.high_days:.3g}"
            lines.append(
                Phrase(
                    f"mean time between failures {b.mean_days:.3g} days"
                    f" (95 % bounds {b.low_days:.3g} to {high})",
                    f"平均故障间隔 {b.mean_days:.3g} 天"
                    f"（95 % 置信区间 {b.low_days:.3g} 至 {high}）",
                )
            )
        if found.repair is not None:
            r = found.repair
            lines.append(
                Phrase(
                    f"standstill {r.mean_hours:.3g} hours on average, {r.median_hours:.3g} in the"
                    f" median ({r.records} records say it)",
                    f"平均停机 {r.mean_hours:.3g} 小时，中位数 {r.median_hours:.3g} 小时"
                    f"（{r.records} 条记录）",
                )
            )
        if found.weibull is not None:
            lines.append(found.weibull.sentence)
        for title, shares in (
            (Phrase("most frequent signs", "最常见现象"), found.modes),
            (Phrase("most frequent causes", "最常见原因"), found.causes),
        ):
            if shares:
                told = join([_share(s) for s in shares[: self._limit]], "; ", "；")
                lines.append(Phrase(f"{title.en}: {told.en}", f"{title.zh}：{told.zh}"))
        return Told(tuple(Line(line, ()) for line in (*lines, *found.notes)))

    def planned(self, work: Sequence[Statement], text: str) -> Told:
        """What is due at intervals, of what `text` names."""
        graph = Graph(self._store, self._schema, Terms.of(self._schema), self._view)
        return Told(tuple(tell_work(graph, work, text, _LISTED)))

    def parts(self, keys: Sequence[str]) -> Told:
        """The numbers of spare parts, the stock and what they fit."""
        graph = Graph(self._store, self._schema, Terms.of(self._schema), self._view)
        return Told(tuple(tell_parts(graph, keys)))

    def worst(self, asset_class: str | None) -> Told:
        """The assets with most failures, of a class or of all; planned work does not count."""
        try:
            found = measure_reliability(
                self._store, self._schema, asset_class, view=self._view, limit=_ACTORS
            )
        except GembaError as error:  # no record with a time
            return Told((Line(Phrase(str(error), str(error)), ()),))
        ranked = sorted(found.actors, key=lambda a: (-a.failures, a.named.key))
        told = [_actor(a.named.label, a.failures, a.downtime_hours, a.is_bad) for a in ranked]
        return Told(tuple(Line(line, ()) for line in (*told[: self._limit], *found.notes)))

    def meaning(self, key: str) -> Told:
        """What a term of the ontology (a class's name, a concept's key) stands for, and what the
        graph says of a thing."""
        term = self._schema.classes.get(key) or self._schema.concepts.get(key)
        lines = [] if term is None else _define(term.words)
        if key in self._schema.classes:
            return Told(tuple(lines))
        nodes = self._store.get_nodes([key], self._view)
        node = nodes.get(key)
        if node is not None and isinstance(text := node.props.get("description"), str):
            lines.append(Line(Phrase(text, text), ()))
        terms = Terms.of(self._schema)
        relations = (*terms.indicates, *terms.causes, *terms.broader, *terms.of_class)
        said = self._store.expand(
            [key], relations, "out", view=self._view, limit_per_node=self._limit
        )
        cited = cite(self._store, self._schema, said, view=self._view)
        lines += [Line(one.sentence, one.evidence[:1]) for one in cited.values()]
        if not lines:
            label = name_in(self._schema, nodes, key).label
            cls = class_label(self._schema, self._schema.class_of_key(key))
            lines.append(Line(Phrase(f"{label.en}: {cls.en}", f"{label.zh}：{cls.zh}"), ()))
        return Told(tuple(lines))


def _define(words: Words) -> list[Line]:
    lines = []
    if words.definition:
        en = words.definition.get("en") or next(iter(words.definition.values()))
        lines.append(Line(Phrase(en, words.definition.get("zh") or en), ()))
    other = {
        language: ", ".join(
            dict.fromkeys(
                [
                    *(word for name, word in words.label.items() if name != language),
                    *words.alt.get(language, ())[:_LISTED],
                ]
            )
        )
        for language in ("en", "zh")
    }
    if any(other.values()):
        lines.append(Line(Phrase(f"also: {other['en']}", f"又称：{other['zh']}"), ()))
    return lines


def _list(named: Sequence[Phrase]) -> Phrase:
    told = join(named[:_LISTED], ", ", "、")
    more = len(named) - _LISTED
    if more <= 0:
        return told
    return Phrase(f"{told.en} and {more} more", f"{told.zh} 等 {len(named)} 个")


def _share(share: ModeShare) -> Phrase:
    label = share.named.label
    return Phrase(f"{label.en} {share.failures}", f"{label.zh} {share.failures} 次")


def _actor(label: Phrase, failures: int, hours: float, is_bad: bool) -> Phrase:
    stood = Phrase("", "")
    if hours > 0:
        stood = Phrase(f", {hours:.3g} hours of standstill", f"，停机 {hours:.3g} 小时")
    beyond = Phrase(", more than chance", "，超出偶然") if is_bad else Phrase("", "")
    return Phrase(
        f"{label.en}: {failures} failures{stood.en}{beyond.en}",
        f"{label.zh}：失效 {failures} 次{stood.zh}{beyond.zh}",
    )
