"""The 8D report, drafted from the graph: what is known with its evidence, the rest left open.

Nothing is made up: what the graph does not say is marked to be filled in by the team.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from kg.investigation.containing import (
    containments_about,
    frozen_on,
    propose_containment,
    tell_containment,
)
from kg.investigation.explaining import Explained, Explanation, explain_defects
from kg.investigation.wording import Clock
from kg.model.graph import NOW, Statement, View
from kg.model.instants import parse_instant
from kg.narration import Phrase, Span, cite, count_noun, join, name_in, space_scripts
from kg.store.protocol import Store
from kg.traceability import trace_forward
from kg.traceability.commonality.asking import BadUnits, read_bad
from ontology.schema import Schema

_PASSED = frozenset({"ok", "pass", "passed", "合格", "通过", "accepted"})
_SHOWN = 12
_MAX_TRACED = 5000


@dataclass(frozen=True, slots=True)
class Entry:
    """A paragraph. `sources` say where each fact was read; `is_open` is for the team to fill in."""

    text: Phrase
    sources: tuple[str, ...] = ()
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Discipline:
    """One of D1 to D8."""

    id: str
    title: Phrase
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class EightD:
    """The whole report."""

    title: Phrase
    disciplines: tuple[Discipline, ...]
    explained: Explained


_TITLES = (
    ("D1", "Team", "成立小组"),
    ("D2", "Problem", "问题描述"),
    ("D3", "Containment", "临时围堵措施"),
    ("D4", "Root cause: occurrence and escape", "根本原因：产生与流出"),
    ("D5", "Corrective actions chosen", "选定的纠正措施"),
    ("D6", "Corrective actions implemented and verified", "纠正措施的实施与验证"),
    ("D7", "Prevention", "预防再发"),
    ("D8", "Closure", "结案"),
)


def draft_eight_d(
    store: Store,
    schema: Schema,
    asked: Collection[str],
    *,
    zone: str = "UTC",
    view: View = NOW,
) -> EightD:
    """The report on what `asked` names. Raises NotFound and BadInput as `explain_defects` does."""
    bad = read_bad(store, schema, asked, view)
    explained = explain_defects(store, schema, asked, zone=zone, view=view)
    draft = _Draft(store, schema, bad, explained, Clock(zone), view)
    parts = (
        draft.team(), draft.problem(), draft.containment(), draft.causes(), draft.actions(),
        draft.implemented(), draft.prevention(), draft.closure(),
    )  # fmt: skip
    names = [n.label for n in explained.start]
    told = join(names[:3], ", ", "、")
    return EightD(
        Phrase(f"8D report: {told.en}", f"8D 报告：{told.zh}"),
        tuple(
            Discipline(key, Phrase(en, zh), tuple(entries))
            for (key, en, zh), entries in zip(_TITLES, parts, strict=True)
        ),
        explained,
    )


def _open(en: str, zh: str) -> Entry:
    return Entry(Phrase(f"[To be filled in: {en}]", f"[待填写：{zh}]"), (), True)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


class _Draft:
    def __init__(
        self, store: Store, schema: Schema, bad: BadUnits, explained: Explained, clock: Clock,
        view: View,
    ) -> None:  # fmt: skip
        self._store = store
        self._schema = schema
        self._bad = bad
        self._explained = explained
        self._clock = clock
        self._view = view

    def team(self) -> list[Entry]:
        return [_open("leader, members, sponsor", "组长、成员、支持者")]

    def problem(self) -> list[Entry]:
        types = self._names(self._bad.defect_types)
        told = join(types[:4], ", ", "、")
        causes = self._explained.causes
        entries = []
        if types:
            entries.append(Entry(
                Phrase(f"Defect: {told.en}.", f"缺陷：{told.zh}。")
            ))  # fmt: skip
        entries.append(
            Entry(
                Phrase(
                    f"{causes.bad} of {causes.units:,} things made are affected.",
                    f"共 {causes.units} 件产品中有 {causes.bad} 件受影响。",
                ),
                self._sources(self._said(self._bad.units[:_SHOWN], "hasDefect", "out")),
            )
        )
        if self._bad.found:
            times = sorted(self._bad.found.values())
            when = self._clock.span(Span(times[0], times[-1]))
            entries.append(Entry(Phrase(f"Found: {when}.", f"发现时间：{when}。")))
        where = self._detected()
        if where:
            listed = join([w for w, _ in where], ", ", "、")
            entries.append(
                Entry(
                    Phrase(f"Found at: {listed.en}.", space_scripts(f"发现地点：{listed.zh}。")),
                    self._sources([s for _, s in where]),
                )
            )
        units = join(self._names(self._bad.units[:_SHOWN]), ", ", "、")
        more = len(self._bad.units) - _SHOWN
        more_en = f" and {more} more" if more > 0 else ""
        more_zh = f"等共 {len(self._bad.units)} 件" if more > 0 else ""
        entries.append(
            Entry(Phrase(f"Units: {units.en}{more_en}.", f"产品：{units.zh}{more_zh}。"))
        )
        entries.append(
            _open("requirement not met, effect at the customer", "未满足的要求及对客户的影响")
        )
        return entries

    def containment(self) -> list[Entry]:
        entries: list[Entry] = []
        held = self._holds()
        for key, statement in held[:5]:
            entries.append(
                Entry(
                    Phrase(
                        f"Recorded: {self._names([key])[0].en}.",
                        space_scripts(f"已记录：{self._names([key])[0].zh}。"),
                    ),
                    self._sources([statement]),
                )
            )
        top = self._top()
        if top is not None:
            entries.append(self._suspect_goods(top))
        frozen = self._frozen(top)
        entries += frozen or self._proposed(top)
        if not held and not frozen:
            entries.append(
                _open(
                    "hold and sorting actions taken, by whom, result",
                    "已采取的隔离与挑选措施、责任人、结果",
                )
            )
        return entries

    def causes(self) -> list[Entry]:
        entries = [Entry(Phrase("Occurrence:", "产生原因："))]
        for found in self._explained.explanations[:3]:
            lead = ("Most likely: ", "最可能：") if found.rank == 1 else ("Also: ", "其次：")
            entries.append(
                Entry(
                    Phrase(f"{lead[0]}{found.sentence.en}", f"{lead[1]}{found.sentence.zh}"),
                    _sources_of(found),
                )
            )
        entries += [Entry(cause.sentence) for cause in self._explained.causes.causes[:3]]
        if not self._explained.explanations:
            entries.append(Entry(self._explained.causes.minimum.sentence))
        entries.append(
            _open("why-why analysis, how the cause was confirmed", "五问分析、原因的验证方法")
        )
        entries.append(Entry(Phrase("Escape:", "流出原因：")))
        entries += self._escape()
        return entries

    def actions(self) -> list[Entry]:
        found = self._remedies()
        entries = [
            Entry(
                Phrase(
                    f"Proposed for {cause.en}: {remedy.en}.",
                    space_scripts(f"针对{cause.zh}的建议：{remedy.zh}。"),
                ),
                self._sources([statement]),
            )
            for cause, remedy, statement in found[:6]
        ]
        entries.append(_open("actions chosen, against occurrence and escape, owner, date",
                             "针对产生与流出选定的措施、责任人、日期"))  # fmt: skip
        return entries

    def implemented(self) -> list[Entry]:
        top = self._top()
        events = top.history.events[:3] if top is not None and top.history is not None else ()
        entries = [
            Entry(
                Phrase(
                    f"Recorded since: {_capital(event.sentence.en)}",
                    f"此后记录：{event.sentence.zh}",
                ),
                _unique(f"{c.document}, {c.place}" for f in event.facts for c in f.evidence[:1]),
            )
            for event in events
            if event.position == "after"
        ]
        entries.append(
            _open("date of each action, proof that it works", "各措施实施日期、有效性证据")
        )
        return entries

    def prevention(self) -> list[Entry]:
        top = self._top()
        entries: list[Entry] = []
        if top is not None:
            known = top.history is not None and any(e.relevance_path for e in top.history.events)
            name = top.named.label
            if known:
                text = Phrase(
                    f"The FMEA knows this chain for {name.en}: review occurrence and detection.",
                    space_scripts(f"FMEA 已包含{name.zh}的该因果链：请复核发生度与探测度。"),
                )
            else:
                text = Phrase(
                    f"No recorded FMEA leads from {name.en} to this defect: add it if confirmed.",
                    space_scripts(f"现有 FMEA 未记录{name.zh}导致该缺陷：若确认请补充。"),
                )
            entries.append(Entry(text))
        entries.append(_open("FMEA, control plan, instructions, like lines and products",
                             "FMEA、控制计划、作业指导书、同类产线与产品"))  # fmt: skip
        return entries

    def closure(self) -> list[Entry]:
        return [_open("approval, date, thanks to the team", "批准、日期、团队表彰")]

    # -- what the parts are made of ------------------------------------------------------------

    def _top(self) -> Explanation | None:
        found = self._explained.explanations
        return found[0] if found else None

    def _frozen(self, top: Explanation | None) -> list[Entry]:
        about = [*self._bad.units, *([top.named.key] if top is not None else [])]
        return [
            Entry(tell_containment(
                self._store, self._schema, c, self._clock.tell(frozen_on(c)), self._view
            ))
            for c in containments_about(self._store, about)
        ]  # fmt: skip

    def _proposed(self, top: Explanation | None) -> list[Entry]:
        """The lot that is to blame and what it went into, else the bad units themselves."""
        seeds = list(self._bad.units) if top is None or top.kind != "lot" else [top.named.key]
        if not seeds:
            return []
        return [Entry(propose_containment(self._store, self._schema, seeds, self._view))]

    def _suspect_goods(self, top: Explanation) -> Entry:
        """What else passed the likeliest cause, and which customers it reached."""
        trace = trace_forward(
            self._store, self._schema, [top.named.key] if top.kind != "asset" else
            list(self._bad.units), view=self._view, max_nodes=_MAX_TRACED,
        )  # fmt: skip
        customers = join([c.customer.label for c in trace.consignees[:6]], ", ", "、")
        name = top.named.label
        en = f"Suspect: {count_noun(top.units, 'unit')} that {name.en} touched"
        zh = f"可疑品：{name.zh}涉及的 {top.units} 件"
        if top.since or top.until:
            since, until = (
                self._clock.tell(parse_instant(x)) if x else "" for x in (top.since, top.until)
            )
            en += f" from {since or 'the beginning'} to {until or 'the end'}"
            zh += f"（{since or '起始'} 至 {until or '至今'}）"
        if trace.consignees:
            what = ("of its units", "其产品") if top.kind != "asset" else ("bad units", "不良品")
            en += f"; {what[0]} reached {customers.en}"
            zh += f"；{what[1]}已到达{customers.zh}"
        elif trace.nodes:
            en += "; none of those traced has reached a customer"
            zh += "；已追溯的产品均未到达客户"
        return Entry(Phrase(f"{en}.", space_scripts(f"{zh}。")))

    def _escape(self) -> list[Entry]:
        """Inspections that passed units which were bad, before the defect was found."""
        passed: dict[str, list[Statement]] = {}
        looked = self._said(self._bad.units, "inspected", "in")
        for s in looked:
            result = s.props.get("result")
            when = self._bad.found.get(s.object)
            early = when is None or s.valid_from is None or s.valid_from < when
            if isinstance(result, str) and result.casefold() in _PASSED and early:
                passed.setdefault(s.object, []).append(s)
        if passed:
            examples = [listed[0] for _, listed in sorted(passed.items())]
            return [
                Entry(
                    Phrase(
                        f"{len(passed)} of the {len(self._bad.units)} bad units had passed an"
                        " inspection before the defect was found.",
                        f"{len(self._bad.units)} 件不良品中有 {len(passed)} 件"
                        "在发现缺陷之前已通过检验。",
                    ),
                    self._sources(examples[:5]),
                )
            ]
        if looked:
            return [
                Entry(
                    Phrase(
                        "No inspection before the one that found the defects looked at these"
                        " units.",
                        "在发现缺陷的检验之前，没有其他检验检查过这些产品。",
                    )
                ),
                _open("why it was not found where it was made", "为何未在产生工序发现"),
            ]
        return [_open("why the defect was not found earlier", "缺陷为何未更早发现")]

    def _holds(self) -> list[tuple[str, Statement]]:
        keys = [*self._bad.units[:500], *self._bad.defect_types]
        found = self._said(keys, "concerns", "in") + self._said(keys, "inResponseTo", "in")
        cls = self._schema.class_of_key
        return [(s.subject, s) for s in found if self._schema.is_a(cls(s.subject), "Containment")]

    def _detected(self) -> list[tuple[Phrase, Statement]]:
        defects = [s.object for s in self._said(self._bad.units[:500], "hasDefect", "out")]
        steps: dict[str, Statement] = {}
        for s in self._said(defects, "detectedAt", "out"):
            if self._schema.is_a(self._schema.class_of_key(s.object), "ProcessStep"):
                steps.setdefault(s.object, s)
        nodes = self._store.get_nodes(steps, self._view)
        return [(name_in(self._schema, nodes, k).label, s) for k, s in sorted(steps.items())][:6]

    def _remedies(self) -> list[tuple[Phrase, Phrase, Statement]]:
        keys: dict[str, None] = {}
        for found in self._explained.explanations[:2]:
            for cause in found.history.causes if found.history is not None else ():
                keys[cause.named.key] = None
        said = self._said(list(keys), "remediedBy", "out")
        nodes = self._store.get_nodes({x for s in said for x in (s.subject, s.object)}, self._view)
        return [
            (name_in(self._schema, nodes, s.subject).label,
             name_in(self._schema, nodes, s.object).label, s)
            for s in said
        ]  # fmt: skip

    def _said(self, keys: Sequence[str], relation: str, way: str) -> list[Statement]:
        relations = sorted(self._schema.subrelations(relation))
        if not keys or not relations:
            return []
        return self._store.expand(
            sorted(set(keys)), relations, "in" if way == "in" else "out", view=self._view
        )

    def _names(self, keys: Sequence[str]) -> list[Phrase]:
        nodes = self._store.get_nodes(keys, self._view)
        return [name_in(self._schema, nodes, k).label for k in keys]

    def _sources(self, statements: Sequence[Statement]) -> tuple[str, ...]:
        cited = cite(self._store, self._schema, statements[:_SHOWN], view=self._view)
        return _unique(f"{e.document}, {e.place}" for c in cited.values() for e in c.evidence[:1])


def _sources_of(found: Explanation) -> tuple[str, ...]:
    if found.history is None:
        return ()
    cited = [*found.history.way]
    told = [
        *found.history.events[:1],
        *(e for e in found.history.events[1:] if e.drift is not None),
    ]
    cited += [f for e in told[:2] for f in (*e.facts, *e.relevance_path)]
    return _unique(f"{e.document}, {e.place}" for c in cited for e in c.evidence[:1])


def _unique(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))[:6]
