"""What people decided: on statements, and which nodes are the same thing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from kg.model.errors import Conflict, NotFound
from kg.model.graph import Decision, Merge, Status
from kg.model.keys import StatementKey
from kg.store.neo4j.connection import Row, Transaction
from kg.store.neo4j.deriving import Stale, make_bare_nodes, refresh
from kg.store.neo4j.names import statement_number
from kg.store.neo4j.removal import sweep, unsupported
from kg.store.neo4j.work import Work, lead, numbered, read_roots


def decide(work: Work, decisions: Sequence[Decision]) -> None:
    """Record decisions on statements that have live evidence."""
    keys = {decision.key for decision in decisions}
    roots = work.roots({end for key in keys for end in (key.subject, key.object)})
    leading = {key: lead(key, roots) for key in keys}
    live = _live(work, set(leading.values()))
    missing = [d.key for d in decisions if leading[d.key] not in live]
    if missing:
        raise NotFound(
            f"there is no statement {' '.join(missing[0])}"
            + (f" (nor {len(missing) - 1} more)" if len(missing) > 1 else ""),
            ids=[key.id for key in missing],
        )
    seq = work.next_number(len(decisions)) if decisions else 0
    rows: list[Row] = [
        [
            statement_number(leading[decision.key]),
            *decision.key,
            decision.status and decision.status.value,
            decision.by,
            decision.at,
            decision.reason,
            seq + i,
        ]
        for i, decision in enumerate(decisions)
    ]
    work.tx.run(
        "UNWIND $rows AS row CREATE (:GembaDecision {statement: row[0], subject: row[1],"
        " predicate: row[2], object: row[3], status: row[4], by: row[5], at: row[6],"
        " reason: row[7], seq: row[8]})",
        rows=rows,
    )
    work.has_decisions = True
    refresh(work, Stale({statement_number(key): key for key in leading.values()}))


def _live(work: Work, keys: Iterable[StatementKey]) -> set[StatementKey]:
    numbers = {statement_number(key): key for key in keys}
    found = work.tx.rows(
        "UNWIND $numbers AS number WITH number WHERE EXISTS {"
        " MATCH (e:GembaEvidence {statement: number}) WHERE e.until IS NULL }"
        " RETURN collect(number)",
        numbers=list(numbers),
    )
    return {numbers[number] for number in found}


def read_decisions(tx: Transaction, keys: Collection[StatementKey] | None) -> list[Decision]:
    """Decisions, oldest first; `keys` matches what they lead to."""
    wanted: list[int] | None = None
    if keys is not None:
        roots = read_roots(tx, {end for key in keys for end in (key.subject, key.object)})
        wanted = [statement_number(lead(key, roots)) for key in keys]
    condition = "" if wanted is None else " WHERE d.statement IN $wanted"
    rows = tx.rows(
        f"MATCH (d:GembaDecision){condition} RETURN collect([d.at, d.seq, d.subject, d.predicate,"
        " d.object, d.status, d.by, d.reason])",
        wanted=wanted,
    )
    return [
        Decision(
            StatementKey(*row[2:5]), Status(row[5]) if row[5] else None, row[6], row[0], row[7]
        )
        for row in sorted(rows, key=lambda row: row[:2])
    ]


# -- merges ----------------------------------------------------------------------------------


def merge(work: Work, merges: Sequence[Merge]) -> None:
    """Redirect keys, in order; all of them or none."""
    work.has_merges = True
    for one in merges:
        roots = read_roots(work.tx, [one.dropped, one.kept])
        if one.dropped in roots:
            raise Conflict(
                f"{one.dropped} was merged into {roots[one.dropped]} before; undo that first",
                ids=[one.dropped],
            )
        if roots.get(one.kept, one.kept) == one.dropped:
            raise Conflict(
                f"{one.kept} already counts as {one.dropped}; merging them again would go in "
                "circles",
                ids=[one.kept, one.dropped],
            )
        family = _family(work.tx, one.dropped)
        said = _said_at(work, one.dropped)
        work.tx.run(
            "CREATE (:GembaMerge {dropped: $dropped, kept: $kept, root: $kept, by: $by, at: $at,"
            " reason: $reason, seq: $seq})",
            dropped=one.dropped,
            kept=one.kept,
            by=one.by,
            at=one.at,
            reason=one.reason,
            seq=work.next_number(),
        )
        _redirect(work, family, roots.get(one.kept, one.kept), said)


def unmerge(work: Work, dropped: str) -> None:
    """Take one merge back."""
    roots = read_roots(work.tx, [dropped])
    if dropped not in roots:
        raise NotFound(f"{dropped} was not merged into anything", ids=[dropped])
    family = _family(work.tx, dropped)
    said = _said_of(work, family)
    work.tx.run("MATCH (m:GembaMerge {dropped: $dropped}) DELETE m", dropped=dropped)
    _redirect(work, family, dropped, said, left=[roots[dropped]])


def read_merges(tx: Transaction) -> list[Merge]:
    """Merges in force, oldest first."""
    rows = tx.rows(
        "MATCH (m:GembaMerge) RETURN collect([m.at, m.seq, m.kept, m.dropped, m.by, m.reason])"
    )
    return [
        Merge(kept, dropped, by, at, reason)
        for at, _, kept, dropped, by, reason in sorted(rows, key=lambda row: row[:2])
    ]


def _family(tx: Transaction, key: str) -> list[str]:
    """`key` and all keys that lead to it."""
    family, queue = [key], [key]
    while queue:
        queue = tx.rows(
            "MATCH (m:GembaMerge) WHERE m.kept IN $queue RETURN collect(m.dropped)", queue=queue
        )
        family += queue
    return family


@dataclass(frozen=True, slots=True)
class _Said:
    """Evidence that may have to support another statement: its element ids with the triples that
    were claimed, and the statements that it supported so far."""

    rows: list[Row]
    supported: dict[int, StatementKey]


def _said_at(work: Work, key: str) -> _Said:
    """All evidence of the statements at a node."""
    numbers = work.tx.rows(
        "MATCH (n:Gemba {key: $key})-[r]-() RETURN collect(DISTINCT r.id)", key=key
    )
    rows = work.tx.rows(
        "UNWIND $numbers AS number MATCH (e:GembaEvidence {statement: number})"
        " RETURN collect([elementId(e), e.subject, e.predicate, e.object])",
        numbers=numbers,
    )
    return _said(work, rows)


def _said_of(work: Work, keys: Sequence[str]) -> _Said:
    """All evidence that was claimed of keys that lead elsewhere."""
    rows: dict[str, Row] = {}
    for end in ("dropped_subject", "dropped_object"):
        for row in work.tx.rows(
            f"MATCH (e:GembaEvidence) WHERE e.{end} IN $keys"
            " RETURN collect([elementId(e), e.subject, e.predicate, e.object])",
            keys=keys,
        ):
            rows[row[0]] = row
    return _said(work, list(rows.values()))


def _said(work: Work, rows: list[Row]) -> _Said:
    roots = work.roots({end for row in rows for end in (row[1], row[3])})
    return _Said(rows, numbered(lead(StatementKey(*row[1:]), roots) for row in rows))


def _redirect(
    work: Work, family: Sequence[str], root: str, said: _Said, left: Collection[str] = ()
) -> None:
    """Let `family` lead to `root`, and read what was `said` of it accordingly."""
    tx = work.tx
    tx.run(
        "MATCH (m:GembaMerge) WHERE m.dropped IN $family SET m.root = $root",
        family=family,
        root=root,
    )
    stale = Stale(dict(said.supported), {root, *family, *left})
    roots = work.roots({end for row in said.rows for end in (row[1], row[3])})
    moved: list[Row] = []
    for number, *triple in said.rows:
        key = lead(StatementKey(*triple), roots)
        stale.statements[statement_number(key)] = key
        moved.append(
            [
                number,
                statement_number(key),
                None if key.subject == triple[0] else triple[0],
                None if key.object == triple[2] else triple[2],
            ]
        )
    tx.run(
        "UNWIND $rows AS row MATCH (e) WHERE elementId(e) = row[0] SET e.statement = row[1],"
        " e.dropped_subject = row[2], e.dropped_object = row[3]",
        rows=moved,
    )
    tx.run(
        "MATCH (g:GembaSighting) WHERE g.about IN $nodes AND g.node IN $family SET g.about = $root",
        nodes=sorted(stale.nodes),
        family=family,
        root=root,
    )
    _move_decisions(work, family)
    make_bare_nodes(work, [root])
    ends = stale.nodes | {end for k in stale.statements.values() for end in (k.subject, k.object)}
    extinct = unsupported(work, stale)
    refresh(work, stale, extinct)
    sweep(work, ends)


def _move_decisions(work: Work, family: Sequence[str]) -> None:
    rows = work.tx.rows(
        "MATCH (d:GembaDecision) WHERE d.subject IN $family OR d.object IN $family"
        " RETURN collect([elementId(d), d.subject, d.predicate, d.object])",
        family=family,
    )
    roots = work.roots({end for row in rows for end in (row[1], row[3])})
    work.tx.run(
        "UNWIND $rows AS row MATCH (d) WHERE elementId(d) = row[0] SET d.statement = row[1]",
        rows=[[number, statement_number(lead(StatementKey(*t), roots))] for number, *t in rows],
    )
