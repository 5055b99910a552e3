"""Writing what a batch says about relations, and a row for every statement that it makes.

A statement that is new and said once, as nearly all are, is inserted as it is; what others are
after the batch is derived (`deriving`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from kg.model.derive import combine_confidence
from kg.model.instants import Instant
from kg.store.sqlite.deriving import STATE_OF, Stale
from kg.store.sqlite.identities import (
    NodeRows,
    Triple,
    add_hidden_statements,
    find_statements,
)
from kg.store.sqlite.inserting import insert, insert_columns
from kg.store.sqlite.packing import pack
from kg.store.sqlite.sums import Group, Rank, StatementSum, end_of
from kg.store.sqlite.tables import ACCEPTED, HIDDEN, SUGGESTED
from kg.store.sqlite.transaction import Row, Transaction
from kg.store.sqlite.writing import Writing, find_new, renew

Told = tuple[Group, str | None, Rank]


_TOLD = (
    *("id", "src", "type", "dst", "state", "confidence", "evidence_count"),
    *("valid_from", "valid_to", "props"),
)


class _Columns(NamedTuple):
    """The claims of a batch by field, as tables hold them."""

    passage: Sequence[int]
    statement: Sequence[int]
    extractor: Sequence[int]
    start: Sequence[int]
    end: Sequence[int]
    confidence: Sequence[float]
    accepted: Sequence[bool]
    valid_from: Sequence[Instant | None]
    valid_to: Sequence[Instant | None]
    props: Sequence[str | None]


def write_statements(
    writing: Writing, nodes: NodeRows, first_new_node: int, stale: Stale
) -> dict[int, list[Told]]:
    """Store claims; returns what was added to statements that had been there, by id.

    Nodes from `first_new_node` on are new, so nothing can have been said of them.
    """
    claims = writing.batch.claims
    if not claims:
        return {}
    # Field by field: what is done for each claim by itself costs more than SQLite does.
    subjects, predicates, objects, *rest = zip(*claims, strict=True)
    tx, row_of = writing.tx, nodes.ids.__getitem__
    types = tx.terms.add_all(tx.connection, set(predicates))
    triples = list(
        zip(
            map(row_of, subjects),
            map(types.__getitem__, predicates),
            map(row_of, objects),
            strict=True,
        )
    )
    distinct = set(triples)
    found = find_statements(
        tx, [t for t in distinct if t[0] < first_new_node and t[2] < first_new_node]
    )
    missing = sorted(distinct - found.keys()) if found else sorted(distinct)
    first = tx.next_id("statements")
    if missing:
        tx.inserted.append((first, len(missing)))
    numbers = dict(zip(missing, range(first, first + len(missing)), strict=True))
    for triple, row in found.items():
        numbers[triple] = row[0]
    columns = _as_columns(writing, list(map(numbers.__getitem__, triples)), rest)
    added = _write_evidence(writing, columns)
    by_statement = _Places(columns.statement, added)
    if nodes.roots:
        silent = [t for t in missing if t[0] in nodes.roots or t[2] in nodes.roots]
        hushed = set(silent)
        fresh = [(numbers[t], *t) for t in missing if t not in hushed]
    else:
        silent = []
        fresh = [(first + i, *t) for i, t in enumerate(missing)]
    _insert_statements(writing, fresh, columns, by_statement)
    if nodes.dead:
        stale.nodes.update(end for row in fresh for end in (row[1], row[3]) if end in nodes.dead)
    if silent:
        _insert_silent(tx, silent, numbers, nodes, stale)
    told: dict[int, list[Told]] = defaultdict(list)
    for number, _, root in found.values():
        for i in by_statement.of(number):
            told[root].append(_tell(writing, columns, i))
    stale.statements.update(told)
    return told


class _Places:
    """Where in a batch the new claims on each statement are."""

    def __init__(self, statements: Sequence[int], added: Sequence[int]) -> None:
        """`statements`: of each claim; `added`: the places of the new ones."""
        last = self.last = {statements[i]: i for i in added}
        self.several: dict[int, list[int]] = {}
        if len(last) < len(added):
            for i in added:
                number = statements[i]
                if last[number] != i or number in self.several:
                    self.several.setdefault(number, []).append(i)

    def of(self, number: int) -> Sequence[int]:
        """The places of the claims on one statement; none where all had been there."""
        several = self.several.get(number)
        if several is not None:
            return several
        place = self.last.get(number)
        return () if place is None else (place,)


def _as_columns(
    writing: Writing, statements: Sequence[int], fields: Sequence[Sequence[Any]]
) -> _Columns:
    """`fields`: those of the claims from `passage` on."""
    tx = writing.tx
    slots, confidences, statuses, extractors, starts, ends, valid_from, valid_to, props = fields
    terms = tx.terms.add_all(tx.connection, set(extractors))
    return _Columns(
        list(map(writing.passages.__getitem__, slots)),
        statements,
        list(map(terms.__getitem__, extractors)),
        starts,
        ends,
        confidences,
        list(map("accepted".__eq__, statuses)),
        valid_from,
        valid_to,
        [pack(some) if some else None for some in props] if any(props) else [None] * len(props),
    )


def _write_evidence(writing: Writing, columns: _Columns) -> Sequence[int]:
    """Store claims as evidence; returns the places in the batch of those that are new."""
    tx, version = writing.tx, writing.reading.version
    contents = list(zip(*columns, strict=True))
    stored: dict[Row, tuple[int, int]] = {}
    if writing.known:
        stored = {
            row[:10]: row[10:]
            for row in tx.rows(
                'SELECT passage, statement, extractor, start, "end", confidence, accepted,'
                " valid_from, valid_to, props, n, last FROM evidence"
                f" WHERE passage IN {{ids}} AND last >= {writing.reading.before}",
                writing.known,
            )
        }
    added, renewed = find_new(contents, stored, version)
    told: dict[str, Sequence[Any]] = columns._asdict()
    if len(added) < len(contents):
        told = {name: [column[i] for i in added] for name, column in told.items()}
    rows = {"passage": told["passage"], "n": writing.number("evidence", told["passage"]), **told}
    insert_columns(tx.connection, "evidence", rows, {"first": version, "last": version})
    renew(writing, "evidence", renewed)
    tx.tally("evidence", len(added))
    tx.changes.evidence_added += len(added)
    return added


def _tell(writing: Writing, columns: _Columns, place: int) -> Told:
    """A claim as the sum of a statement takes it."""
    reading = writing.reading
    claim = writing.batch.claims[place]
    confidence = float(claim.confidence)
    group = Group(
        reading.document,
        1,
        confidence,
        columns.accepted[place],
        reading.at,
        claim.valid_from,
        end_of(claim.valid_from, claim.valid_to),
    )
    passage = writing.batch.passages[claim.passage].key
    rank = Rank(-confidence, -reading.at, reading.key, passage, claim.extractor)
    return group, columns.props[place], rank


def _insert_statements(
    writing: Writing,
    fresh: Sequence[tuple[int, int, int, int]],
    columns: _Columns,
    places: _Places,
) -> None:
    """Insert new statements, told as id and triple, with what is said of them."""
    accepted, sureness = columns.accepted, columns.confidence
    starts, ends, props = columns.valid_from, columns.valid_to, columns.props
    last, several = places.last, places.several
    combined: dict[float, float] = {}  # what one claim of a confidence comes to
    rows: list[Row] = []
    add = rows.append
    for number, src, type_, dst in fresh:
        if number in several:
            add((number, src, type_, dst, *_add_up(writing, columns, several[number])))
            continue
        i = last[number]
        confidence = sureness[i]
        if confidence != 1.0:
            if confidence not in combined:
                combined[confidence] = combine_confidence([("", confidence)])
            confidence = combined[confidence]
        start, end = starts[i], ends[i]
        if end is not None and end == start:
            end += 1
        state = ACCEPTED if accepted[i] else SUGGESTED
        add((number, src, type_, dst, state, confidence, 1, start, end, props[i]))
    if not rows:
        return
    told = dict(zip(_TOLD, zip(*rows, strict=True), strict=True))
    insert_columns(writing.tx.connection, "statements", told, {"recorded": writing.reading.at})
    writing.tx.changes.statements_added += len(rows)
    for type_, count in Counter(told["type"]).items():
        writing.tx.tally("statement", count, type_)


def _add_up(writing: Writing, columns: _Columns, places: Sequence[int]) -> Row:
    """What several claims of one document on a new statement come to: columns from `state` on."""
    if not any(columns.props[i] for i in places):
        starts = [columns.valid_from[i] for i in places]
        ends = [end_of(columns.valid_from[i], columns.valid_to[i]) for i in places]
        best = max(columns.confidence[i] for i in places)
        return (
            ACCEPTED if any(columns.accepted[i] for i in places) else SUGGESTED,
            best if best == 1.0 else combine_confidence([("", best)]),
            len(places),
            None if None in starts else min(starts),  # type: ignore[type-var]
            None if None in ends else max(ends),  # type: ignore[type-var]
            None,
        )
    sum_ = StatementSum()
    for i in places:
        group, packed, rank = _tell(writing, columns, i)
        sum_.add(group)
        if packed is not None:
            sum_.add_props(packed, rank)
    told = sum_.derive(None)
    return (
        STATE_OF[told.status],
        told.confidence,
        told.evidence_count,
        told.valid_from,
        told.valid_to,
        pack(told.props),
    )


def _insert_silent(
    tx: Transaction,
    triples: Sequence[Triple],
    numbers: dict[Triple, int],
    nodes: NodeRows,
    stale: Stale,
) -> None:
    """New statements about a node that was merged into another: they only support its own."""
    leads = {t: (nodes.root(t[0]), t[1], nodes.root(t[2])) for t in triples}
    insert(
        tx.connection,
        "statements",
        ("id", "src", "type", "dst"),
        [(numbers[triple], *triple) for triple in triples],
        {"state": HIDDEN, "confidence": 0.0, "evidence_count": 0, "recorded": 0},
    )
    kept = add_hidden_statements(tx, set(leads.values()))
    tx.connection.executemany(
        "UPDATE statements SET root = ? WHERE id = ?",
        [(kept[leads[triple]], numbers[triple]) for triple in triples],
    )
    stale.statements.update(kept.values())
