"""The graph's knowledge of failures as rows of an FMEA, in the form that its reader reads.

A row tells one cause of one failure mode of one component, with one effect and one detection
control; several preventions, remedies and parts stand in one cell. Ratings come from the
statements, on the scale that is asked for. The action priority is looked up in a table that is data
(`data/diagnosis/action-priority.csv`), not computed.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import ceil

from kg.diagnosis.graph import Graph
from kg.diagnosis.scope import read_scope
from kg.diagnosis.terms import Terms
from kg.model.errors import BadInput
from kg.model.graph import NOW, Node, Statement, View
from kg.narration import name_in
from kg.search import require
from kg.store.protocol import Store
from ontology.schema import Schema

GENERAL = "gemba:"
MOST_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class FmeaRow:
    """One row. Ratings are None where no source gives them."""

    asset_class: str
    component: str
    function: str
    mode: str
    effect: str
    severity: int | None
    cause: str
    occurrence: int | None
    prevention: str
    check: str
    detection: int | None
    priority: str
    remedy: str
    part: str


@cache
def _priorities() -> tuple[tuple[range, range, range, str], ...]:
    def span(text: str) -> range:
        first, _, last = text.partition("-")
        return range(int(first), int(last) + 1)

    text = (files("data") / "diagnosis" / "action-priority.csv").read_text("utf-8")
    return tuple(
        (span(r["severity"]), span(r["occurrence"]), span(r["detection"]), r["priority"])
        for r in csv.DictReader(text.splitlines())
    )


def action_priority(severity: int, occurrence: int, detection: int) -> str:
    """H, M or L for ratings from 1 to 10. Raises BadInput for others."""
    for s, o, d, priority in _priorities():
        if severity in s and occurrence in o and detection in d:
            return priority
    raise BadInput(
        f"No action priority is known for the ratings {severity}, {occurrence}, {detection};"
        " they go from 1 to 10."
    )


def fmea_rows(
    store: Store,
    schema: Schema,
    asset_class: str,
    *,
    scale: int = 10,
    with_library: bool = False,
    view: View = NOW,
) -> list[FmeaRow]:
    """The rows for a class of assets, by component, mode and cause.

    Ratings on another scale are turned into the one asked for, rounded up (towards the greater
    risk). What only Gemba's library says is left out unless asked for. Raises NotFound, and
    BadInput where nothing is known.
    """
    if not 2 <= scale <= 10:
        raise BadInput("A rating scale goes from 1 to a number between 2 and 10.")
    graph = Graph(store, schema, Terms.of(schema), view)
    t = graph.terms
    key = require(store, asset_class, classes=("AssetClass",), view=view)
    scope = read_scope(graph, graph.nodes([key]).get(key) or Node(key, "AssetClass", asset_class))
    affecting = {
        s.subject for s in graph.expand([key], t.affects, "in")
        if graph.is_a(s.subject, "FailureCause")
    }  # fmt: skip
    causing = [s for s in graph.expand(affecting, t.causes) if graph.is_a(s.object, "FailureMode")]
    if not with_library:
        causing = _of_the_plant(graph, causing)
    modes = {s.object for s in causing}
    causes = {s.subject for s in causing}
    own = set(scope.components)
    placed: dict[str, set[str]] = defaultdict(set)
    for s in graph.expand(causes, t.affects):
        if s.object in own:
            placed[s.subject].add(s.object)
    shown: dict[str, set[str]] = defaultdict(set)
    for s in graph.expand(modes, t.exhibits, "in"):
        if s.subject in own:
            shown[s.object].add(s.subject)
    effects = _by_subject(graph, modes, t.causes, "FailureEffect")
    checks = _by_subject(graph, causes, t.detected_by, "Check")
    prevented = _by_subject(graph, causes, tuple(sorted(schema.subrelations("preventedBy"))))
    remedied = _by_subject(graph, causes, t.remedied_by, "Remedy")
    remedies = {s.object for said in remedied.values() for s in said}
    parts = _by_subject(graph, remedies, t.requires_part)
    functions = _by_subject(graph, own, tuple(sorted(schema.subrelations("hasFunction"))))
    if not with_library:
        groups = (effects, checks, prevented, remedied, parts, functions)
        kept = {
            s.key
            for s in _of_the_plant(
                graph, [s for group in groups for said in group.values() for s in said]
            )
        }
        for group in groups:
            for subject, said in group.items():
                group[subject] = [s for s in said if s.key in kept]
    nodes = graph.nodes(
        {key, *modes, *causes, *own}
        | {
            s.object
            for group in (effects, checks, prevented, remedied, parts, functions)
            for said in group.values()
            for s in said
        }
    )

    def name(of: str) -> str:
        return name_in(schema, nodes, of).name

    def names(said: list[Statement]) -> str:
        return "; ".join(sorted(name(s.object) for s in said))

    rows: list[FmeaRow] = []
    nothing: list[Statement | None] = [None]
    for s in sorted(causing, key=lambda s: (s.object, s.subject)):
        places = placed[s.subject] & shown[s.object] or placed[s.subject] or {""}
        for place in sorted(places):
            for effect in effects.get(s.object) or nothing:
                for check in checks.get(s.subject) or nothing:
                    severity = _rating(effect, "severity", scale)
                    occurrence = _rating(s, "occurrence", scale)
                    detection = _rating(check, "detection", scale)
                    priority = ""
                    if scale == 10 and severity and occurrence and detection:
                        priority = action_priority(severity, occurrence, detection)
                    rows.append(
                        FmeaRow(
                            name(key),
                            name(place) if place else "",
                            names(functions.get(place, [])),
                            name(s.object),
                            "" if effect is None else name(effect.object),
                            severity,
                            name(s.subject),
                            occurrence,
                            names(prevented.get(s.subject, [])),
                            "" if check is None else name(check.object),
                            detection,
                            priority,
                            names(remedied.get(s.subject, [])),
                            "; ".join(
                                sorted(
                                    p.object.partition(":")[2]
                                    for r in remedied.get(s.subject, [])
                                    for p in parts.get(r.object, [])
                                )
                            ),
                        )
                    )
    if not rows:
        raise BadInput(
            f"Nothing is known of how {asset_class} fails; load an FMEA, or add --library."
        )
    if len(rows) > MOST_ROWS:
        raise BadInput(f"The sheet would have {len(rows):,} rows; export a narrower class.")
    return sorted(rows, key=lambda r: (r.component, r.mode, r.cause, r.effect, r.check))


def _of_the_plant(graph: Graph, said: list[Statement]) -> list[Statement]:
    """Those of which some document of the plant says so."""
    evidence = graph.store.evidence_of([s.key for s in said], view=graph.view) if said else {}
    return [
        s for s in said
        if any(not e.document.startswith(GENERAL) for e in evidence.get(s.key, ()))
    ]  # fmt: skip


def _by_subject(
    graph: Graph, keys: set[str], relations: tuple[str, ...], cls: str | None = None
) -> dict[str, list[Statement]]:
    found: dict[str, list[Statement]] = defaultdict(list)
    for s in graph.expand(keys, relations):
        if cls is None or graph.is_a(s.object, cls):
            found[s.subject].append(s)
    return found


def _rating(statement: Statement | None, name: str, scale: int) -> int | None:
    if statement is None:
        return None
    props: Mapping[str, object] = statement.props
    value, of = props.get(name), props.get("ratingScale", 10)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not isinstance(of, int | float) or of < 1:
        return None
    return int(value) if of == scale else max(1, min(scale, ceil(value * scale / of)))
