"""Bringing rows of nodes and statements up to date with their live evidence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from kg.model.graph import Decision, Status
from kg.model.keys import StatementKey, identity_of
from kg.store.sqlite.indexing import NO_TEXT, NodeText, merged_identities, text_of, update_texts
from kg.store.sqlite.memory import HEAVY
from kg.store.sqlite.packing import pack, pack_list
from kg.store.sqlite.resolving import member_ids
from kg.store.sqlite.sums import Group, NodeSum, Rank, StatementSum
from kg.store.sqlite.tables import ACCEPTED, CONFIRMED, HIDDEN, REJECTED, SUGGESTED
from kg.store.sqlite.transaction import CHUNK, Row, Transaction

STATE_OF = {
    Status.SUGGESTED: SUGGESTED,
    Status.ACCEPTED: ACCEPTED,
    Status.CONFIRMED: CONFIRMED,
    Status.REJECTED: REJECTED,
}
STATUS_OF = {state: status for status, state in STATE_OF.items()}

_END = "CASE WHEN e.valid_to = e.valid_from THEN e.valid_to + 1 ELSE e.valid_to END"
_GROUPS = (
    "SELECT e.statement, v.document, count(*), max(e.confidence), max(e.accepted), min(v.at),"
    f" min(e.valid_from), count(e.valid_from), max({_END}), count(e.valid_to)"
    " FROM evidence e JOIN versions v ON v.id = e.first"
    " WHERE e.statement IN {ids} AND e.until IS NULL GROUP BY e.statement, v.document"
)
_PROPS = (
    "SELECT e.statement, e.props, -e.confidence, -v.at, d.key, p.key, t.text"
    " FROM evidence e JOIN versions v ON v.id = e.first JOIN passages p ON p.id = e.passage"
    " JOIN documents d ON d.id = p.document JOIN terms t ON t.id = e.extractor"
    " WHERE e.statement IN {ids} AND e.until IS NULL AND e.props IS NOT NULL"
)
_UNRANKED = Rank(0.0, 0, "", "", "")
_CONTENTS = (
    "SELECT s.node, c.text, s.name, s.props FROM (SELECT DISTINCT node, cls, name, props"
    " FROM sightings WHERE node IN {ids} AND until IS NULL) s JOIN terms c ON c.id = s.cls"
)
_SIGHTINGS = (
    "SELECT s.node, c.text, s.name, s.props, -s.confidence, -v.at, d.key, p.key, t.text"
    " FROM sightings s JOIN passages p ON p.id = s.passage JOIN documents d ON d.id = p.document"
    " JOIN versions v ON v.id = s.first JOIN terms t ON t.id = s.extractor"
    " JOIN terms c ON c.id = s.cls WHERE s.node IN {ids} AND s.until IS NULL"
)


@dataclass(slots=True)
class Stale:
    """Rows that a change has made out of date, by id. Statements and nodes speak for themselves
    (redirected ones are named by the row they lead to)."""

    statements: set[int] = field(default_factory=set)
    nodes: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Added:
    """What a batch just added to statements and nodes, for those whose sums are remembered."""

    statements: Mapping[int, list[tuple[Group, str | None, Rank]]]
    nodes: Mapping[int, list[tuple[str, str | None, str | None, Rank]]]


NOTHING_ADDED = Added({}, {})


def refresh(tx: Transaction, stale: Stale, added: Added = NOTHING_ADDED) -> None:
    """Bring stale rows up to date, counting what changed in the graph.

    Without `added`, evidence may have gone: then nothing remembered is used.
    """
    refresh_statements(tx, stale, added)
    for chunk in chunked(stale.nodes):
        refresh_nodes(tx, chunk, added)


def refresh_statements(tx: Transaction, stale: Stale, added: Added = NOTHING_ADDED) -> None:
    """Only the statements; nodes at the ends of those that came or went are stale then."""
    for chunk in chunked(stale.statements):
        stale.nodes |= _refresh_statements(tx, chunk, added)


def chunked(ids: Iterable[int], size: int = CHUNK) -> Iterator[list[int]]:
    """Sorted pieces of `ids`."""
    ordered = sorted(ids)
    return (ordered[i : i + size] for i in range(0, len(ordered), size))


def _refresh_statements(tx: Transaction, ids: list[int], added: Added) -> set[int]:
    """Derive statements anew; returns the nodes at the ends of those that came or went."""
    tx.touched.update(ids)
    before = list(
        tx.rows("SELECT id, state, src, dst, type FROM statements WHERE id IN {ids}", ids)
    )
    sums = _statement_sums(tx, [row[0] for row in before], added)
    decided = _decisions(tx, [row[0] for row in before])
    updates: list[Row] = []
    toggled: set[int] = set()
    for number, state, src, dst, type_ in before:
        sum_ = sums.get(number)
        if sum_ is not None:
            told = sum_.derive(decided.get(number))
            state_now = STATE_OF[told.status]
            updates.append((state_now, *told[1:6], pack(told.props), number))
        else:
            updates.append((HIDDEN, 0.0, 0, 0, None, None, None, number))
        if (state == HIDDEN) == (sum_ is not None):
            toggled |= {src, dst}
            if sum_ is not None:
                tx.changes.statements_added += 1
                tx.tally("statement", 1, type_)
            else:
                tx.changes.statements_removed += 1
                tx.tally("statement", -1, type_)
    tx.connection.executemany(
        "UPDATE statements SET state = ?, confidence = ?, evidence_count = ?, recorded = ?,"
        " valid_from = ?, valid_to = ?, props = ? WHERE id = ?",
        updates,
    )
    return toggled


def _statement_sums(tx: Transaction, ids: list[int], added: Added) -> dict[int, StatementSum]:
    """The sums of those statements that have live evidence."""
    remembered = tx.memory.statement_sums
    sums: dict[int, StatementSum] = remembered.find(added.statements.keys() & set(ids))
    for number, known in sums.items():
        for group, props, rank in added.statements[number]:
            known.add(group)
            if props is not None:
                known.add_props(props, rank)
    members = member_ids(tx.connection, "statements", [n for n in ids if n not in sums])
    read: dict[int, StatementSum] = defaultdict(StatementSum)
    for row in tx.rows(_GROUPS, members):
        number, document, count, confidence, accepted, at, start, starts, end, ends = row
        read[members[number]].add(
            Group(
                document,
                count,
                confidence,
                bool(accepted),
                at,
                start if starts == count else None,
                end if ends == count else None,
            )
        )
    for row in tx.rows(_PROPS, members):
        read[members[row[0]]].add_props(row[1], Rank(*row[2:]))
    for number in read.keys() & added.statements.keys():
        if read[number].count >= HEAVY:
            remembered.put(number, read[number])
    return {**sums, **read}


def _decisions(tx: Transaction, ids: list[int]) -> dict[int, Decision]:
    """The decision that holds for each of the statements, where there is one."""
    if not tx.connection.execute("SELECT 1 FROM decisions LIMIT 1").fetchone():
        return {}
    members = member_ids(tx.connection, "statements", ids)
    latest: dict[int, Row] = {}
    for statement, at, number, status in tx.rows(
        "SELECT statement, at, id, status FROM decisions WHERE statement IN {ids}", members
    ):
        speaker = members[statement]
        if speaker not in latest or (at, number) > latest[speaker][:2]:
            latest[speaker] = (at, number, status)
    return {
        number: Decision(StatementKey("", "", ""), Status(status) if status else None, "", at)
        for number, (at, _, status) in latest.items()
    }


def refresh_nodes(tx: Transaction, ids: list[int], added: Added = NOTHING_ADDED) -> None:
    """Derive nodes anew, with their place in the text index."""
    before = list(
        tx.rows(
            "SELECT id, key, cls, name, props, live, born FROM nodes"
            " WHERE id IN {ids} AND root IS NULL",
            ids,
        )
    )
    sums, unchanged = _node_sums(tx, [row[0] for row in before], added)
    named = {
        row[0]
        for row in tx.rows(
            "SELECT n.id FROM nodes n WHERE n.id IN {ids} AND ("
            " EXISTS (SELECT 1 FROM statements s WHERE s.src = n.id AND s.state > 0)"
            " OR EXISTS (SELECT 1 FROM statements s WHERE s.dst = n.id AND s.state > 0))",
            [row[0] for row in before if row[0] not in sums],
        )
    }
    updates: list[Row] = []
    remembered: list[Row] = []
    texts: dict[int, NodeText] = {}
    merged = merged_identities(tx, [row[1] for row in before])
    for number, key, cls, name, props, was_live, born in before:
        if was_live and number in unchanged:
            continue
        live = number in sums or number in named
        told = sums.get(number, NodeSum()).derive(key, tx.schema)
        new_cls = tx.terms.add(tx.connection, told.cls)
        new_name = None if told.name == identity_of(key) else told.name
        new_props = pack(told.props)
        tx.tally("node", -int(was_live), cls)
        tx.tally("node", int(live), new_cls)
        if live and not was_live:
            tx.changes.nodes_added += 1
            born = tx.version
        elif was_live and not live:
            tx.changes.nodes_removed += 1
        identities = [identity_of(key), *merged.get(key, ())]
        texts[number] = text_of(tx.schema, new_cls, identities, told) if live else NO_TEXT
        if was_live and (cls, name, props) != (new_cls, new_name, new_props):
            if tx.version is None:
                tx.changes.nodes_changed += int(live)
            elif born != tx.version:
                remembered.append((tx.version, number, cls, name, props))
        updates.append(
            (new_cls, new_name, new_props, pack_list(told.aliases), int(live), born, number)
        )
    tx.connection.executemany(
        "UPDATE nodes SET cls = ?, name = ?, props = ?, aliases = ?, live = ?, born = ?"
        " WHERE id = ?",
        updates,
    )
    tx.connection.executemany(
        "INSERT OR IGNORE INTO node_before VALUES (?, ?, ?, ?, ?)", remembered
    )
    update_texts(tx, texts)


def _node_sums(
    tx: Transaction, ids: list[int], added: Added
) -> tuple[dict[int, NodeSum], set[int]]:
    """The sums of those nodes that have live claims, and the nodes that are what they were."""
    remembered = tx.memory.node_sums
    sums: dict[int, NodeSum] = remembered.find(added.nodes.keys() & set(ids))
    unchanged = {
        number
        for number, known in sums.items()
        if not sum(known.add(*claim) for claim in added.nodes[number])
    }
    members = member_ids(tx.connection, "nodes", [n for n in ids if n not in sums])
    read: dict[int, NodeSum] = defaultdict(NodeSum)
    counts: dict[int, int] = defaultdict(int)
    # Whatever stands alone need not be ranked, unless it is to be remembered.
    alone = [number for number, speaker in members.items() if speaker not in added.nodes]
    for number, cls, name, props in tx.rows(_CONTENTS, alone):
        read[members[number]].add(cls, name, props, _UNRANKED)
    ranked = {
        number: speaker
        for number, speaker in members.items()
        if speaker in added.nodes or (speaker in read and len(read[speaker].contents) > 1)
    }
    for speaker in set(ranked.values()):
        read.pop(speaker, None)
    for number, cls, name, props, *rank in tx.rows(_SIGHTINGS, ranked):
        speaker = members[number]
        read[speaker].add(cls, name, props, Rank(*rank))
        counts[speaker] += 1
    for number in read.keys() & added.nodes.keys():
        if counts[number] >= HEAVY:
            remembered.put(number, read[number])
    return {**sums, **read}, unchanged


__all__ = [
    "NOTHING_ADDED",
    "STATE_OF",
    "STATUS_OF",
    "Added",
    "Stale",
    "chunked",
    "refresh",
    "refresh_nodes",
    "refresh_statements",
]
