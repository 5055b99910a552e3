"""Deleting rows that stand for nothing any more: nothing was ever said of them."""

from __future__ import annotations

from collections.abc import Iterable

from kg.store.sqlite.deriving import chunked
from kg.store.sqlite.indexing import remove_texts
from kg.store.sqlite.tables import HIDDEN
from kg.store.sqlite.transaction import Transaction, run_in

_AT_ONCE = 5_000


def sweep_statements(tx: Transaction, ids: Iterable[int], *, decisions: bool) -> set[int]:
    """Delete the rows of statements of which nothing was ever said or decided.

    With `decisions`, those on statements of which nothing was ever said are deleted too. Returns
    the rows that speak for those of `ids` that remain.
    """
    has_merges = tx.has_merges()
    remaining: set[int] = set()
    for chunk in chunked(ids, _AT_ONCE):
        speaks = {number: number for number in chunk}
        if has_merges:
            led = "SELECT id, coalesce(root, id) FROM statements WHERE id IN {ids}"
            speaks.update(tx.rows(led, chunk))
        families: dict[int, list[int]] = {speaker: [speaker] for speaker in speaks.values()}
        if has_merges:
            members = "SELECT id, root FROM statements WHERE root IN {ids}"
            for number, speaker in tx.rows(members, list(families)):
                families[speaker].append(number)
        remaining |= _sweep_families(tx, families, decisions=decisions)
    return remaining


def _sweep_families(
    tx: Transaction, families: dict[int, list[int]], *, decisions: bool
) -> set[int]:
    everyone = [number for family in families.values() for number in family]
    said = {
        row[0]
        for row in tx.rows(
            "SELECT j.value FROM {ids} j"
            " WHERE EXISTS (SELECT 1 FROM evidence e WHERE e.statement = j.value)",
            everyone,
        )
    }
    if decisions:
        unsaid = [n for f in families.values() if not said.intersection(f) for n in f]
        run_in(tx, "DELETE FROM decisions WHERE statement IN {ids}", unsaid)
    sql = "SELECT statement FROM decisions WHERE statement IN {ids}"
    needed = said | {row[0] for row in tx.rows(sql, everyone)}
    gone: list[int] = []
    remaining: set[int] = set()
    for speaker, family in families.items():
        needs = needed.intersection(family)
        gone.extend(n for n in family if n not in needs and (n != speaker or not needs))
        if needs:
            remaining.add(speaker)
    for type_, count in tx.rows(
        f"SELECT type, count(*) FROM statements WHERE id IN {{ids}} AND state > {HIDDEN}"
        " GROUP BY type",
        gone,
    ):
        tx.changes.statements_removed += count
        tx.tally("statement", -count, type_)
    run_in(tx, "DELETE FROM statements WHERE id IN {ids}", gone)
    tx.touched.update(gone)
    return remaining


def sweep_nodes(tx: Transaction, ids: Iterable[int]) -> set[int]:
    """Delete those nodes that no claim and no statement, live or past, names.

    Returns those that remain, and the nodes that speak for them.
    """
    family = set(ids)
    if tx.has_merges():
        led = "SELECT root FROM nodes WHERE id IN {ids} AND root IS NOT NULL"
        family |= {row[0] for row in tx.rows(led, list(family))}
        members = "SELECT id FROM nodes WHERE root IN {ids}"
        family |= {row[0] for row in tx.rows(members, list(family))}
    for _ in range(2):  # first the redirected ones, then those they led to
        for chunk in chunked(family, _AT_ONCE):
            family.difference_update(_sweep_nodes(tx, chunk))
    return family


def _sweep_nodes(tx: Transaction, ids: list[int]) -> list[int]:
    found = list(
        tx.rows(
            "SELECT n.id, n.cls, n.live FROM nodes n WHERE n.id IN {ids}"
            " AND NOT EXISTS (SELECT 1 FROM sightings s WHERE s.node = n.id)"
            " AND NOT EXISTS (SELECT 1 FROM statements s WHERE s.src = n.id)"
            " AND NOT EXISTS (SELECT 1 FROM statements s WHERE s.dst = n.id)"
            " AND NOT EXISTS (SELECT 1 FROM nodes m WHERE m.root = n.id)",
            ids,
        )
    )
    for _, cls, live in found:
        tx.changes.nodes_removed += live
        tx.tally("node", -live, cls)
    gone = [row[0] for row in found]
    remove_texts(tx, gone)
    run_in(tx, "DELETE FROM nodes WHERE id IN {ids}", gone)
    return gone
