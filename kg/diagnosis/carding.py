"""The repair card: what to do about a cause, with parts, tools, safety notices and downtime."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from statistics import quantiles

from kg.diagnosis.advising import Advised
from kg.diagnosis.fitting import PartFinder
from kg.diagnosis.graph import Graph
from kg.diagnosis.results import (
    Advice,
    CardPart,
    CardStep,
    Downtime,
    Notice,
    OpenWork,
    RepairCard,
)
from kg.diagnosis.scope import Scope
from kg.model.graph import Node, Statement
from kg.model.keys import StatementKey, identity_of, normal_name
from kg.model.numbers import as_number
from kg.narration import Cited, Named, Phrase, cite, name_in

_CLOSED = frozenset(
    (
        "closed", "close", "done", "complete", "completed", "finished", "cancelled", "canceled",
        "rejected", "teco", "clsd", "archived", "关闭", "已关闭", "完成", "已完成", "完工",
        "已完工", "结案", "已结案", "取消", "已取消", "作废", "归档",
    )
)  # fmt: skip
_MAX_STEPS, _MAX_PROCEDURES, _MAX_OPEN, _MAX_PARTS = 12, 3, 10, 8
_ENOUGH = 3  # records from which a downtime is told
_MAX_RECORDS = 500


class CardWriter:
    """Writes the cards of a few causes; what they share is read once."""

    def __init__(self, graph: Graph, scope: Scope) -> None:
        self._graph = graph
        self._schema = graph.schema
        self._scope = scope
        self._finder = PartFinder(graph, scope)
        t = graph.terms
        places = scope.own
        self._procedures = {
            s.subject: s.object
            for s in graph.expand(places, t.applies_to, "in", limit_per_node=50)
            if graph.is_a(s.subject, "Procedure")
        }
        self._steps: dict[str, list[Statement]] = {}
        for s in graph.expand(list(self._procedures), t.instructs, limit_per_node=60):
            self._steps.setdefault(s.subject, []).append(s)
        self._nodes = graph.nodes(
            {*self._procedures, *(s.object for listed in self._steps.values() for s in listed)}
        )
        self._general = self._notices_of([scope.root.key, *scope.classes])

    def write(
        self, cause: str, advised: Advised, places: Collection[str], records: Sequence[str]
    ) -> RepairCard:
        """The card for a cause that affects `places` (components), by its similar `records`."""
        advice = (*advised.remedies[:3], *advised.checks[:2])
        notices = [*self._general, *self._notices_of([*(a.named.key for a in advice), *places])]
        steps = self._told_steps(advised, places)
        warnings: list[Phrase] = []
        if notices:
            steps.insert(
                0,
                CardStep(
                    "secure",
                    Phrase(
                        "Heed the safety notices below before you begin.",
                        "开工前先遵守下列安全提示。",
                    ),
                    None, None, 0, None,
                ),
            )  # fmt: skip
        else:
            warnings.append(
                Phrase(
                    "The graph holds no lock-out or safety notice for this asset: follow the"
                    " plant's own rules before you open or touch anything.",
                    "图谱中没有该设备的上锁挂牌或安全提示：动手前请遵守本厂安全规程。",
                )
            )
        parts = self._parts(advised, places)
        warnings += [
            Phrase(
                f"{part.named.label.en} is not in stock.", f"{part.named.label.zh}无库存。"
            )
            for part in parts
            if part.in_stock is not None and part.in_stock <= 0
        ]  # fmt: skip
        tools = {t.key: t for a in advice for t in a.tools}
        return RepairCard(
            steps=tuple(steps[:_MAX_STEPS]),
            parts=tuple(parts),
            tools=tuple(tools.values()),
            notices=tuple({n.named.key: n for n in notices}.values()),
            downtime=self._downtime(cause, records),
            warnings=tuple(warnings),
        )

    def open_work(self) -> tuple[OpenWork, ...]:
        """Orders on the asset that are said not to be closed; one without a status is not told."""
        graph = self._graph
        reported = graph.expand(self._scope.assets, graph.terms.reported_on, "in")
        orders = [s.subject for s in reported if graph.is_a(s.subject, "WorkOrder")]
        found: list[tuple[str, OpenWork]] = []
        for key, node in graph.nodes(orders).items():
            status = node.props.get("status")
            if not isinstance(status, str) or normal_name(status) in _CLOSED:
                continue
            due, text = node.props.get("dueAt"), node.props.get("description")
            told = OpenWork(
                name_in(self._schema, {key: node}, key),
                status,
                due if isinstance(due, str) else None,
                text if isinstance(text, str) else "",
            )
            found.append((str(node.props.get("reportedAt", "")), told))
        found.sort(key=lambda f: (f[0], f[1].named.key), reverse=True)
        return tuple(work for _, work in found[:_MAX_OPEN])

    def _told_steps(self, advised: Advised, places: Collection[str]) -> list[CardStep]:
        steps = [_step("check", a) for a in advised.checks[:2]]
        steps += [_step("repair", a) for a in (advised.remedies or advised.done_before)[:3]]
        for procedure in self._fitting(advised, places):
            named = name_in(self._schema, self._nodes, procedure)
            listed = sorted(self._steps.get(procedure, ()), key=self._order)
            cited = cite(
                self._graph.store, self._schema, listed, view=self._graph.view, per_statement=1,
                nodes=self._nodes,
            )  # fmt: skip
            for s in listed:
                step = name_in(self._schema, self._nodes, s.object)
                steps.append(
                    CardStep("procedure", Phrase(step.name, step.name), named, cited[s.key], 0,
                             _number(self._nodes.get(s.object), "durationMinutes"))
                )  # fmt: skip
        return steps

    def _fitting(self, advised: Advised, places: Collection[str]) -> list[str]:
        """Procedures for the components in question, or that are called like a remedy."""
        remedies = {normal_name(a.named.name) for a in advised.remedies}
        found = []
        for key in sorted(self._procedures):
            node = self._nodes.get(key)
            name = normal_name(node.name) if node is not None else ""
            if self._procedures[key] in places or any(r and r in name for r in remedies):
                found.append(key)
        return found[:_MAX_PROCEDURES]

    def _order(self, statement: Statement) -> tuple[float, str]:
        place = statement.props.get("sequence")
        if not isinstance(place, int | float):
            place = _number(self._nodes.get(statement.object), "sequence")
        return (float(place) if place is not None else 1e9, statement.object)

    def _notices_of(self, keys: Collection[str]) -> list[Notice]:
        said = self._graph.expand(keys, self._graph.terms.has_notice, limit_per_node=20)
        if not said:
            return []
        nodes = self._graph.nodes({s.object for s in said})
        cited: Mapping[StatementKey, Cited] = cite(
            self._graph.store, self._schema, said, view=self._graph.view, per_statement=1
        )
        return [
            Notice(
                name_in(self._schema, nodes, s.object),
                str(nodes[s.object].props.get("noticeLevel", "")) if s.object in nodes else "",
                cited[s.key],
            )
            for s in said
        ]

    def _parts(self, advised: Advised, places: Collection[str]) -> list[CardPart]:
        required = {p.key: p for a in advised.remedies[:3] for p in a.parts}
        used = {p.named.key: p for p in advised.parts_used}
        nodes = self._graph.nodes({*required, *used})
        named: dict[str, Named] = {key: one.named for key, one in used.items()} | required
        named = {key: named[key] for key in (*required, *used)}
        found = []
        for key in self._finder.fitting(named, used, nodes, places):
            node = nodes.get(key)
            found.append(
                CardPart(
                    self._finder.label(named[key]),
                    identity_of(key) or key,
                    key in required,
                    used[key].records if key in used else 0,
                    _number(node, "stockQuantity"),
                    _number(node, "leadTimeDays"),
                )
            )
        return found[:_MAX_PARTS]

    def _downtime(self, cause: str, records: Sequence[str]) -> Downtime | None:
        hours = _hours(self._graph.nodes(records[:_MAX_RECORDS]))
        level = "cause"
        if len(hours) < _ENOUGH:
            own = self._graph.expand(self._scope.assets, self._graph.terms.reported_on, "in")
            hours = _hours(self._graph.nodes(sorted({s.subject for s in own})[:_MAX_RECORDS]))
            level = "asset"
        if len(hours) < _ENOUGH:
            return None
        low, middle, high = quantiles(hours, n=4, method="inclusive")
        of = {
            "cause": Phrase("similar records", "条类似记录"),
            "asset": Phrase("records of any failure of the asset", "条该设备各类故障记录"),
        }[level]
        return Downtime(
            len(hours), round(middle, 2), round(low, 2), round(high, 2), level,
            Phrase(
                f"{middle:.1f} h (half of {len(hours)} {of.en} lie between {low:.1f} and"
                f" {high:.1f} h)",
                f"{middle:.1f} 小时（{len(hours)} {of.zh}中有一半在 {low:.1f} 至"
                f" {high:.1f} 小时之间）",
            ),
        )  # fmt: skip


def _step(kind: str, advice: Advice) -> CardStep:
    return CardStep(
        kind, advice.named.label, None, advice.statement, advice.records, advice.minutes
    )


def _hours(nodes: Mapping[str, Node]) -> list[float]:
    found = [_number(node, "downtimeHours") for node in nodes.values()]
    return [hours for hours in found if hours is not None and hours > 0]


def _number(node: Node | None, name: str) -> float | None:
    return as_number(node.props.get(name)) if node is not None else None
