"""What to do about a cause: checks, remedies with parts and tools, and what was done before."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from kg.diagnosis.graph import Graph
from kg.diagnosis.records import RecordReader
from kg.diagnosis.results import Advice, PartUsed, PastCase
from kg.diagnosis.scope import Scope
from kg.diagnosis.terms import Names
from kg.model.graph import Node, Statement
from kg.model.keys import StatementKey
from kg.model.numbers import as_number
from kg.narration import Cited, cite, is_general, name_in, optional_text

_MAX_DONE = 5
_MAX_PARTS = 5
_MAX_SAID = 50  # statements per cause, remedy or check


@dataclass(frozen=True, slots=True)
class Advised:
    """The advice for one cause."""

    checks: tuple[Advice, ...]
    remedies: tuple[Advice, ...]
    done_before: tuple[Advice, ...]
    parts_used: tuple[PartUsed, ...]


class Adviser:
    """Reads the advice for a few causes at once.

    Advice that is said to apply to other things only (the seal of another class of assets) is left
    out, however well it helps there. What general knowledge says it applies to does not limit what
    the plant's own documents advise.
    """

    def __init__(self, graph: Graph, scope: Scope) -> None:
        self._graph = graph
        self._own = scope.own
        self._schema = graph.schema
        self._terms = graph.terms
        self._about: dict[str, list[Statement]] = {}
        self._needs: dict[str, list[Statement]] = {}
        self._applies: dict[str, set[str]] = {}
        self._freed: set[str] = set()  # applies to what is asked about because a document says so
        self._cited: Mapping[StatementKey, Cited] = {}
        self._nodes: dict[str, Node] = {}

    def load(self, keys: Collection[str], done: Collection[str]) -> None:
        """Read what is said of `keys` (causes and modes), and of what records performed."""
        t = self._terms
        relations = (*t.detected_by, *t.remedied_by)
        said = self._graph.expand(keys, relations, limit_per_node=_MAX_SAID)
        for s in said:
            self._about.setdefault(s.subject, []).append(s)
        wanted = {s.object for s in said} | set(done)
        applies = self._graph.expand(wanted, t.applies_to, limit_per_node=_MAX_SAID)
        for s in applies:
            self._applies.setdefault(s.subject, set()).add(s.object)
        needed = self._graph.expand(
            wanted, (*t.requires_part, *t.requires_tool), limit_per_node=_MAX_SAID
        )
        for s in needed:
            self._needs.setdefault(s.subject, []).append(s)
        self._nodes = self._graph.nodes(wanted | {s.object for s in needed})
        self._cited = self._cite(said)
        advised = {
            s.object
            for s in said
            if not self._fits(s.object) and not is_general([self._cited[s.key]])
        }
        limits = [s for s in applies if s.subject in advised]
        limited = self._cite(limits)
        self._freed = advised - {s.subject for s in limits if not is_general([limited[s.key]])}

    def _cite(self, said: Sequence[Statement]) -> Mapping[StatementKey, Cited]:
        return cite(self._graph.store, self._schema, said, view=self._graph.view, per_statement=2)

    def advise(
        self,
        keys: Sequence[str],
        records: Collection[str],
        reader: RecordReader,
        focus: Collection[str] = (),
    ) -> Advised:
        """The advice for a cause: of `keys`, the cause first, then the modes on its paths.

        `records` are those in which something was done about it, on assets of its kind; `focus`
        are components: what is said to apply to one of them goes before all else.
        """
        t = self._terms
        performed = _counts(records, reader, t.performed)
        checks = self._stated(keys, t.detected_by, performed, focus)
        remedies = self._stated(keys, t.remedied_by, performed, focus)
        stated = {a.named.key for a in (*checks, *remedies)}
        done = [
            self._advice(key, None, count)
            for key, count in _ranked(performed)
            if key not in stated and self._fits(key)
        ]
        parts = [
            PartUsed(name_in(self._schema, self._nodes, key), count)
            for key, count in _ranked(_counts(records, reader, t.used_part))[:_MAX_PARTS]
        ]
        return Advised(checks, remedies, tuple(done[:_MAX_DONE]), tuple(parts))

    def name_parts(self, records: Iterable[str], reader: RecordReader) -> None:
        """Read the names of the parts that records used."""
        keys = {
            s.object
            for record in records
            for s in reader.facts(record)
            if s.predicate in self._terms.used_part
        }
        self._nodes.update(self._graph.nodes(keys - self._nodes.keys()))

    def _stated(
        self,
        keys: Sequence[str],
        relations: Names,
        performed: Mapping[str, int],
        focus: Collection[str],
    ) -> tuple[Advice, ...]:
        """Advice by statement: of the cause itself, else of the nearest mode that has some."""
        for key in keys:
            found = [
                s
                for s in self._about.get(key, ())
                if s.predicate in relations and self._fits(s.object)
            ]
            close = [s for s in found if not self._applies.get(s.object, set()).isdisjoint(focus)]
            found = close or found
            if found:
                found.sort(
                    key=lambda s: (
                        -performed.get(s.object, 0), -s.confidence, -s.evidence_count, s.object,
                    )
                )  # fmt: skip
                return tuple(
                    self._advice(s.object, self._cited[s.key], performed.get(s.object, 0))
                    for s in found
                )
        return ()

    def _fits(self, key: str) -> bool:
        applies = self._applies.get(key)
        return applies is None or key in self._freed or not applies.isdisjoint(self._own)

    def _advice(self, key: str, statement: Cited | None, records: int) -> Advice:
        needs = self._needs.get(key, ())

        def named(relations: Names) -> tuple[str, ...]:
            return tuple(s.object for s in needs if s.predicate in relations)

        node = self._nodes.get(key)
        return Advice(
            named=name_in(self._schema, self._nodes, key),
            statement=statement,
            parts=tuple(
                name_in(self._schema, self._nodes, k) for k in named(self._terms.requires_part)
            ),
            tools=tuple(
                name_in(self._schema, self._nodes, k) for k in named(self._terms.requires_tool)
            ),
            records=records,
            minutes=_minutes(node),
            is_general=statement is not None and is_general([statement]),
        )


class CaseTeller:
    """Similar past records, told with their facts."""

    def __init__(self, graph: Graph, reader: RecordReader) -> None:
        self._graph = graph
        self._schema = graph.schema
        self._terms = graph.terms
        self._reader = reader

    def tell(self, chosen: Mapping[str, Sequence[tuple[str, str]]]) -> dict[str, list[PastCase]]:
        """Cases by cause, from (level, record) pairs by cause."""
        records = sorted({record for listed in chosen.values() for _, record in listed})
        facts = {record: list(self._reader.facts(record)) for record in records}
        for s in self._graph.expand(records, self._terms.reported_on):
            facts[s.subject].append(s)
        nodes = self._graph.nodes(
            {*records, *(s.object for listed in facts.values() for s in listed)}
        )
        cited = cite(
            self._graph.store,
            self._schema,
            [s for listed in facts.values() for s in listed],
            view=self._graph.view,
            per_statement=1,
            nodes=nodes,
        )
        told = {record: self._case(record, facts[record], nodes, cited) for record in records}
        return {
            cause: [_at_level(told[record], level) for level, record in listed]
            for cause, listed in chosen.items()
        }

    def _case(
        self,
        record: str,
        facts: Sequence[Statement],
        nodes: Mapping[str, Node],
        cited: Mapping[StatementKey, Cited],
    ) -> PastCase:
        node = nodes.get(record)
        text = node.props.get("description") if node is not None else None
        return PastCase(
            named=name_in(self._schema, nodes, record),
            at=optional_text(self._reader.times.get(record)),
            on=tuple(
                name_in(self._schema, nodes, s.object)
                for s in facts
                if s.predicate in self._terms.reported_on
            ),
            level="",
            description=text if isinstance(text, str) else "",
            facts=tuple(cited[s.key] for s in facts if s.predicate not in self._terms.reported_on),
        )


def _at_level(case: PastCase, level: str) -> PastCase:
    return PastCase(case.named, case.at, case.on, level, case.description, case.facts)


def _counts(records: Collection[str], reader: RecordReader, relations: Names) -> dict[str, int]:
    counted: dict[str, int] = {}
    for record in records:
        for key in {s.object for s in reader.facts(record) if s.predicate in relations}:
            counted[key] = counted.get(key, 0) + 1
    return counted


def _ranked(counted: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counted.items(), key=lambda item: (-item[1], item[0]))


def _minutes(node: Node | None) -> float | None:
    if node is None:
        return None
    minutes = as_number(node.props.get("durationMinutes"))
    if minutes is not None:
        return minutes
    hours = as_number(node.props.get("labourHours"))
    return None if hours is None else hours * 60
