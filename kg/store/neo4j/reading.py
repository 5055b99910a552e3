"""Answers about nodes and statements, now (from the graph itself) or as of an instant (`past`)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from typing import Any

from kg.model.graph import NOW, Direction, Node, Statement, Status, View
from kg.model.keys import StatementKey
from kg.store import walks
from kg.store.neo4j.connection import Row, Transaction
from kg.store.neo4j.deriving import EVER_AFTER, EVER_BEFORE
from kg.store.neo4j.names import Names, any_of, node_props, quoted, statement_props
from kg.store.neo4j.past import aggregate_as_of, nodes_as_of, statements_as_of, touching_as_of
from kg.store.neo4j.work import lead, numbered, read_roots
from kg.store.protocol import GroupBy

# What `to_node` reads, without the words of the index.
NODE = "n {.*, gemba_names: null, gemba_details: null}"
FOLLOW = "OPTIONAL MATCH (m:GembaMerge {dropped: asked}) WITH asked, coalesce(m.root, asked) AS key"


def to_node(stored: Mapping[str, Any]) -> Node:
    """A node from the properties that `NODE` returns."""
    return Node(
        stored["key"],
        stored["gemba_class"],
        stored["name"],
        node_props(stored),
        tuple(stored.get("aliases") or ()),
    )


def to_statement(names: Names, row: Sequence[Any]) -> Statement:
    """A statement from subject, type, object and the relationship's properties."""
    subject, type_name, obj, stored = row
    return Statement(
        subject,
        names.relation_of(type_name),
        obj,
        Status(stored["status"]),
        stored["confidence"],
        stored["evidence_count"],
        stored["recorded"],
        stored.get("valid_from"),
        stored.get("valid_to"),
        statement_props(stored),
    )


def view_condition(view: View) -> tuple[str, dict[str, Any]]:
    """Cypher on a relationship `r` for what a view of now sees, with its parameters."""
    where = "r.status IN $statuses"
    values: dict[str, Any] = {"statuses": sorted(status.value for status in view.statuses)}
    if view.min_confidence > 0:
        where += " AND r.confidence >= $confidence"
        values["confidence"] = view.min_confidence
    if view.valid_to is not None:
        where += " AND (r.valid_from IS NULL OR r.valid_from < $valid_to)"
    if view.valid_from is not None:
        where += " AND (r.valid_to IS NULL OR r.valid_to > $valid_from)"
    if view.valid_from is not None or view.valid_to is not None:
        # The hull of several pieces of evidence may have holes.
        where += (
            " AND (r.gemba_spans IS NULL OR any(i IN range(0, size(r.gemba_spans) - 2, 2)"
            " WHERE r.gemba_spans[i] < $valid_to AND r.gemba_spans[i + 1] > $valid_from))"
        )
        values["valid_from"] = EVER_BEFORE if view.valid_from is None else view.valid_from
        values["valid_to"] = EVER_AFTER if view.valid_to is None else view.valid_to
    return where, values


def get_nodes(tx: Transaction, names: Names, keys: Collection[str], view: View) -> dict[str, Node]:
    """Nodes by the keys asked for."""
    if view.as_of is not None:
        roots = read_roots(tx, keys)
        nodes = nodes_as_of(tx, names, {roots.get(key, key) for key in keys}, view.as_of)
        return {key: nodes[roots.get(key, key)] for key in keys if roots.get(key, key) in nodes}
    rows = tx.rows(
        f"UNWIND $keys AS asked {FOLLOW} MATCH (n:Gemba {{key: key}})"
        f" WHERE n.gemba_gone IS NULL RETURN collect([asked, {NODE}])",
        keys=list(keys),
    )
    return {asked: to_node(stored) for asked, stored in rows}


def expand(
    tx: Transaction,
    names: Names,
    keys: Collection[str],
    predicates: Collection[str] | None,
    direction: Direction,
    *,
    view: View,
    limit_per_node: int | None,
) -> list[Statement]:
    """Statements at nodes; see `Store.expand`."""
    types = None if predicates is None else names.types_of(predicates)
    if not keys or types == [] or limit_per_node == 0:
        return []
    found: dict[StatementKey, Statement] = {}
    if view.as_of is None:
        rows = _touching(tx, names, keys, types, direction, view=view, limit=limit_per_node)
        for row in rows:
            statement = to_statement(names, row)
            found[statement.key] = statement
        return [found[key] for key in sorted(found)]
    for way in ("out", "in") if direction == "both" else (direction,):
        statements = touching_as_of(tx, names, keys, types, way, view=view)
        if limit_per_node is not None:
            statements = _most_confident(statements, way, limit_per_node)
        found.update((statement.key, statement) for statement in statements)
    return [found[key] for key in sorted(found)]


def _touching(
    tx: Transaction,
    names: Names,
    keys: Collection[str],
    types: Sequence[str] | None,
    direction: Direction,
    *,
    view: View,
    limit: int | None,
) -> list[Row]:
    where, values = view_condition(view)
    if limit is not None:
        values |= {"limit": limit, "relations": names.relations_by_type(types)}
    branches = []
    for way in ("out", "in") if direction == "both" else (direction,):
        ends = "key AS s, x.key AS o" if way == "out" else "x.key AS s, key AS o"
        branch = f"MATCH {_pattern(types, way)} WHERE {where}"
        if limit is not None:
            branch += (
                " WITH key, r, x ORDER BY r.confidence DESC, $relations[type(r)], x.key"
                " LIMIT $limit"
            )
        branches.append(f"{branch} RETURN {ends}, r")
    return tx.rows(
        f"UNWIND $keys AS asked {FOLLOW} WITH DISTINCT key MATCH (n:Gemba {{key: key}})"
        f" CALL (n, key) {{ {' UNION ALL '.join(branches)} }}"
        " RETURN collect([s, type(r), o, properties(r)])",
        keys=list(keys),
        **values,
    )


def _pattern(types: Sequence[str] | None, way: Direction) -> str:
    of = "" if types is None else ":" + any_of(types)
    return f"(n)-[r{of}]->(x)" if way == "out" else f"(n)<-[r{of}]-(x)"


def _most_confident(statements: Iterable[Statement], way: Direction, limit: int) -> list[Statement]:
    by_node: dict[str, list[Statement]] = {}
    for statement in statements:
        node = statement.subject if way == "out" else statement.object
        by_node.setdefault(node, []).append(statement)
    return [
        statement
        for here in by_node.values()
        for statement in nsmallest(limit, here, key=lambda s: (-s.confidence, s.key))
    ]


@dataclass(frozen=True, slots=True)
class InTransaction:
    """What walks ask of a store, within one transaction: fewer round trips, one state of it."""

    tx: Transaction
    names: Names

    def get_nodes(self, keys: Collection[str], view: View = NOW) -> dict[str, Node]:
        """See `Store.get_nodes`."""
        return get_nodes(self.tx, self.names, keys, view)

    def expand(
        self,
        keys: Collection[str],
        predicates: Collection[str] | None = None,
        direction: Direction = "out",
        *,
        view: View = NOW,
        limit_per_node: int | None = None,
    ) -> list[Statement]:
        """See `Store.expand`."""
        return expand(
            self.tx, self.names, keys, predicates, direction,
            view=view, limit_per_node=limit_per_node,
        )  # fmt: skip


def get_statements(
    tx: Transaction, names: Names, keys: Collection[StatementKey], view: View
) -> dict[StatementKey, Statement]:
    """Statements by their triples."""
    roots = read_roots(tx, {end for key in keys for end in (key.subject, key.object)})
    leading = {key: lead(key, roots) for key in keys}
    if view.as_of is not None:
        found = statements_as_of(tx, numbered(leading.values()), view)
    else:
        found = {}
        where, values = view_condition(view)
        by_predicate: dict[str, list[StatementKey]] = {}
        for key in set(leading.values()):
            by_predicate.setdefault(key.predicate, []).append(key)
        for predicate, some in by_predicate.items():
            for type_name in names.types_of([predicate]):
                rows = tx.rows(
                    "UNWIND $numbers AS number"
                    f" MATCH (s)-[r:{quoted(type_name)} {{id: number}}]->(o)"
                    f" WHERE {where} RETURN collect([s.key, type(r), o.key, properties(r)])",
                    numbers=list(numbered(some)),
                    **values,
                )
                found.update((s.key, s) for s in (to_statement(names, row) for row in rows))
    return {key: found[leading[key]] for key in keys if leading[key] in found}


def aggregate(
    tx: Transaction,
    names: Names,
    predicates: Collection[str],
    group_by: GroupBy,
    *,
    ends: Mapping[str, Collection[str] | None],
    view: View,
    limit: int | None,
) -> list[tuple[str, int]]:
    """Number of statements per group, most first. `ends` are the subjects and objects wanted."""
    types = names.types_of(predicates)
    wanted: dict[str, list[str]] = {}
    for name, keys in ends.items():
        if keys is not None:
            roots = read_roots(tx, keys)
            wanted[name] = sorted({roots.get(key, key) for key in keys})
    if not types or any(not keys for keys in wanted.values()):
        return []
    if view.as_of is not None:
        counts = aggregate_as_of(tx, names, types, group_by, wanted, view=view)
    else:
        where, values = view_condition(view)
        # Anchored at the ends that are given; the indexes of their keys lead there.
        for name, keys in wanted.items():
            where += f" AND {name[0]}.key IN ${name}"
            values[name] = keys
        group = {"predicate": "type(r)", "subject": "s", "object": "o"}[group_by]
        key = "grp" if group_by == "predicate" else "grp.key"
        counts = dict(
            tx.rows(
                f"MATCH (s:Gemba)-[r:{any_of(types)}]->(o:Gemba) WHERE {where}"
                f" WITH {group} AS grp, count(*) AS number RETURN collect([{key}, number])",
                **values,
            )
        )
        if group_by == "predicate":
            counts = {names.relation_of(name): count for name, count in counts.items()}
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ordered if limit is None else ordered[:limit]


def closure(
    tx: Transaction,
    names: Names,
    seeds: Collection[str],
    steps: Sequence[tuple[str, Direction]],
    *,
    max_depth: int | None,
    max_nodes: int | None,
    view: View,
) -> dict[str, int]:
    """Distances of all nodes that are reachable now; see `Store.closure`."""
    ways = {
        way: types
        for way, predicates in walks.by_direction(steps).items()
        if (types := names.types_of(predicates))
    }
    where, values = view_condition(view)
    distance = {node.key: 0 for node in get_nodes(tx, names, seeds, view).values()}
    branches = " UNION ALL ".join(
        f"MATCH {_pattern(types, way)} WHERE {where} RETURN x.key AS there"
        for way, types in ways.items()
    )
    query = (
        "UNWIND $keys AS key MATCH (n:Gemba {key: key})"
        f" CALL (n) {{ {branches} }} RETURN collect(DISTINCT there)"
    )
    frontier, depth = list(distance), 0
    while frontier and ways and (max_depth is None or depth < max_depth):
        if max_nodes is not None and len(distance) > max_nodes:
            break
        depth += 1
        # One value a node comes back, not whole statements: levels may be large.
        reached = set(tx.rows(query, keys=frontier, **values))
        frontier = sorted(reached - distance.keys())
        distance.update(dict.fromkeys(frontier, depth))
    return distance
