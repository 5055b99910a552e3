"""Bringing rows of nodes and statements up to date with their live evidence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from kg.model.derive import DerivedNode, NodeSupport, Support, derive_node, derive_statement
from kg.model.graph import Decision, Status
from kg.model.keys import StatementKey, identity_of
from kg.model.text import index_text
from kg.store.sqlite.tables import ACCEPTED, CONFIRMED, HIDDEN, REJECTED, SUGGESTED
from kg.store.sqlite.transaction import CHUNK, Transaction, pack, pack_list, unpack, unpack_list
from ontology.schema import Schema

STATE_OF = {
    Status.SUGGESTED: SUGGESTED,
    Status.ACCEPTED: ACCEPTED,
    Status.CONFIRMED: CONFIRMED,
    Status.REJECTED: REJECTED,
}
STATUS_OF = {state: status for status, state in STATE_OF.items()}


@dataclass(slots=True)
class Stale:
    """Rows that a change has made out of date, by id. Statements and nodes speak for themselves
    (redirected ones are named by the row they lead to)."""

    statements: set[int] = field(default_factory=set)
    nodes: set[int] = field(default_factory=set)


def refresh(tx: Transaction, stale: Stale) -> None:
    """Bring stale rows up to date, counting what changed in the graph."""
    for chunk in chunked(stale.statements):
        stale.nodes |= _refresh_statements(tx, chunk)
    for chunk in chunked(stale.nodes):
        refresh_nodes(tx, chunk)


def chunked(ids: Iterable[int], size: int = CHUNK) -> Iterable[list[int]]:
    """Sorted pieces of `ids`."""
    ordered = sorted(ids)
    return (ordered[i : i + size] for i in range(0, len(ordered), size))


def _refresh_statements(tx: Transaction, ids: list[int]) -> set[int]:
    """Derive statements anew; returns the nodes at the ends of those that came or went."""
    before = {
        row[0]: row
        for row in tx.rows("SELECT id, state, src, dst FROM statements WHERE id IN {ids}", ids)
    }
    speaks_for = _members(tx, "statements", before)
    supports: dict[int, list[Support]] = defaultdict(list)
    for row in tx.rows(
        "SELECT e.statement, d.key, p.key, t.text, e.confidence, e.accepted, v.at,"
        " e.valid_from, e.valid_to, e.props"
        " FROM evidence e JOIN passages p ON p.id = e.passage JOIN documents d ON d.id = p.document"
        " JOIN versions v ON v.id = e.first JOIN terms t ON t.id = e.extractor"
        " WHERE e.statement IN {ids} AND e.until IS NULL",
        speaks_for,
    ):
        supports[speaks_for[row[0]]].append(
            Support(
                row[1],
                row[2],
                row[3],
                row[4],
                Status.ACCEPTED if row[5] else Status.SUGGESTED,
                row[6],
                row[7],
                row[8],
                unpack(row[9]) if row[9] else None,
            )
        )
    decided: dict[int, Decision] = {}
    for statement, status, at in tx.rows(
        "SELECT statement, status, at FROM decisions WHERE statement IN {ids} ORDER BY at, id",
        speaks_for,
    ):
        earlier = decided.get(speaks_for[statement])
        if earlier is None or at >= earlier.at:
            decided[speaks_for[statement]] = Decision(
                StatementKey("", "", ""), Status(status) if status else None, "", at
            )
    updates: list[tuple[object, ...]] = []
    toggled: set[int] = set()
    for number, state, src, dst in before.values():
        live = supports.get(number)
        if live:
            derived = derive_statement(live, decided.get(number))
            updates.append(
                (
                    STATE_OF[derived.status],
                    derived.confidence,
                    derived.evidence_count,
                    derived.recorded,
                    derived.valid_from,
                    derived.valid_to,
                    pack(derived.props),
                    number,
                )
            )
        else:
            updates.append((HIDDEN, 0.0, 0, 0, None, None, None, number))
        if (state == HIDDEN) == bool(live):
            toggled |= {src, dst}
            if live:
                tx.changes.statements_added += 1
            else:
                tx.changes.statements_removed += 1
    tx.connection.executemany(
        "UPDATE statements SET state = ?, confidence = ?, evidence_count = ?, recorded = ?,"
        " valid_from = ?, valid_to = ?, props = ? WHERE id = ?",
        updates,
    )
    return toggled


def refresh_nodes(tx: Transaction, ids: list[int]) -> None:
    """Derive nodes anew, with their place in the text index."""
    before = {
        row[0]: row
        for row in tx.rows(
            "SELECT id, key, cls, name, props, aliases, live, born FROM nodes"
            " WHERE id IN {ids} AND root IS NULL",
            ids,
        )
    }
    speaks_for = _members(tx, "nodes", before)
    supports: dict[int, list[NodeSupport]] = defaultdict(list)
    for row in tx.rows(
        "SELECT s.node, d.key, p.key, t.text, s.confidence, v.at, c.text, s.name, s.props"
        " FROM sightings s JOIN passages p ON p.id = s.passage"
        " JOIN documents d ON d.id = p.document JOIN versions v ON v.id = s.first"
        " JOIN terms t ON t.id = s.extractor JOIN terms c ON c.id = s.cls"
        " WHERE s.node IN {ids} AND s.until IS NULL",
        speaks_for,
    ):
        supports[speaks_for[row[0]]].append(
            NodeSupport(row[1], row[2], row[3], row[4], row[5], row[6], row[7], unpack(row[8]))
        )
    named = {
        row[0]
        for row in tx.rows(
            "SELECT n.id FROM nodes n WHERE n.id IN {ids} AND ("
            " EXISTS (SELECT 1 FROM statements s WHERE s.src = n.id AND s.state > 0)"
            " OR EXISTS (SELECT 1 FROM statements s WHERE s.dst = n.id AND s.state > 0))",
            [number for number in before if number not in supports],
        )
    }
    updates: list[tuple[object, ...]] = []
    remembered: list[tuple[object, ...]] = []
    texts: dict[int, str] = {}
    merged = merged_identities(tx, [row[1] for row in before.values()])
    for number, key, cls, name, props, _, was_live, born in before.values():
        live = number in supports or number in named
        derived = derive_node(key, supports.get(number, ()), tx.schema)
        new_cls = tx.terms.add(tx.connection, derived.cls)
        new_name = None if derived.name == identity_of(key) else derived.name
        new_props = pack(derived.props)
        if live and not was_live:
            tx.changes.nodes_added += 1
            born = tx.version
        elif was_live and not live:
            tx.changes.nodes_removed += 1
        if live:
            identities = [identity_of(key), *merged.get(key, ())]
            texts[number] = searchable_text(tx.schema, identities, derived)
        else:
            texts[number] = ""
        if was_live and (cls, name, props) != (new_cls, new_name, new_props):
            if tx.version is None:
                tx.changes.nodes_changed += int(live)
            elif born != tx.version:
                remembered.append((tx.version, number, cls, name, props))
        updates.append(
            (new_cls, new_name, new_props, pack_list(derived.aliases), int(live), born, number)
        )
    tx.connection.executemany(
        "UPDATE nodes SET cls = ?, name = ?, props = ?, aliases = ?, live = ?, born = ?"
        " WHERE id = ?",
        updates,
    )
    tx.connection.executemany(
        "INSERT OR IGNORE INTO node_before VALUES (?, ?, ?, ?, ?)", remembered
    )
    _refresh_texts(tx, texts)


def searchable_text(schema: Schema, identities: Collection[str], node: DerivedNode) -> str:
    """What the text index holds for a node: nothing where its class is kept out of it."""
    term = schema.classes.get(node.cls)
    if term is not None and term.is_bulk:
        return ""
    texts = list(dict.fromkeys([*identities, node.name, *node.aliases]))
    for attribute in sorted(node.props.keys() & schema.searchable):
        value = node.props[attribute]
        texts.extend(value if isinstance(value, list) else [str(value)])
    return index_text(texts)


def _refresh_texts(tx: Transaction, texts: dict[int, str]) -> None:
    indexed: dict[int, str] = dict(
        tx.rows("SELECT rowid, text FROM node_text WHERE rowid IN {ids}", texts)
    )
    stale = [number for number, text in indexed.items() if texts[number] != text]
    tx.connection.executemany("DELETE FROM node_text WHERE rowid = ?", [(n,) for n in stale])
    tx.connection.executemany(
        "INSERT INTO node_text (rowid, text) VALUES (?, ?)",
        [(n, text) for n, text in texts.items() if text and indexed.get(n) != text],
    )


def _members(tx: Transaction, table: str, ids: Iterable[int]) -> dict[int, int]:
    """Every row that one of `ids` speaks for, itself included, with the one that speaks."""
    members = {number: number for number in ids}
    if tx.has_merges():
        members.update(
            tx.rows(f"SELECT id, root FROM {table} WHERE root IN {{ids}}", list(members))
        )
    return members


def merged_identities(tx: Transaction, keys: Iterable[str]) -> dict[str, list[str]]:
    """The identities of the keys that lead to each of `keys`, where there are any."""
    found: dict[str, list[str]] = defaultdict(list)
    if tx.has_merges():
        sql = "SELECT root, dropped FROM merges WHERE root IN {ids} ORDER BY dropped"
        for root, dropped in tx.rows(sql, keys):
            found[root].append(identity_of(dropped))
    return found


__all__ = [
    "STATE_OF",
    "STATUS_OF",
    "Stale",
    "chunked",
    "merged_identities",
    "refresh",
    "refresh_nodes",
    "searchable_text",
    "unpack_list",
]
