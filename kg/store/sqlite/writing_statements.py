"""Writing what a batch says about relations, and a row for every statement that it makes.

A statement that is new and said once, as nearly all are, is inserted as it is; what others are
after the batch is derived (`deriving`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from kg.model.claims import Claim
from kg.model.derive import combine_confidence
from kg.store.sqlite.deriving import STATE_OF, Stale
from kg.store.sqlite.identities import (
    NodeRows,
    Triple,
    add_hidden_statements,
    find_statements,
)
from kg.store.sqlite.inserting import insert
from kg.store.sqlite.packing import pack
from kg.store.sqlite.sums import Group, Rank, StatementSum, end_of
from kg.store.sqlite.tables import ACCEPTED, HIDDEN, SUGGESTED
from kg.store.sqlite.transaction import Row, Transaction
from kg.store.sqlite.writing import Writing, renew

Told = tuple[Group, str | None, Rank]

_PASSAGE_SHIFT = 40  # statement ids fit below; makes one number of a passage and a statement


def write_statements(
    writing: Writing, nodes: NodeRows, first_new_node: int, stale: Stale
) -> dict[int, list[Told]]:
    """Store claims; returns what was added to statements that had been there, by id.

    Nodes from `first_new_node` on are new, so nothing can have been said of them.
    """
    claims = writing.batch.claims
    if not claims:
        return {}
    tx, ids = writing.tx, nodes.ids
    types = tx.terms.add_all(tx.connection, {claim.predicate for claim in claims})
    triples = [(ids[claim[0]], types[claim[1]], ids[claim[2]]) for claim in claims]
    distinct = set(triples)
    found = find_statements(
        tx, [t for t in distinct if t[0] < first_new_node and t[2] < first_new_node]
    )
    missing = sorted(distinct - found.keys()) if found else sorted(distinct)
    number = tx.next_id("statements")
    if missing:
        tx.inserted.append((number, len(missing)))
    numbers = dict(zip(missing, range(number, number + len(missing)), strict=True))
    for triple, row in found.items():
        numbers[triple] = row[0]
    added = _write_evidence(writing, [numbers[triple] for triple in triples])
    silent: list[Triple] = []
    if nodes.roots:
        silent = [t for t in missing if t[0] in nodes.roots or t[2] in nodes.roots]
    fresh = missing if not silent else [t for t in missing if t not in set(silent)]
    _insert_statements(writing, [(numbers[triple], *triple) for triple in fresh], added)
    if nodes.dead:
        stale.nodes.update(end for t in fresh for end in (t[0], t[2]) if end in nodes.dead)
    if silent:
        _insert_silent(tx, silent, numbers, nodes, stale)
    told: dict[int, list[Told]] = defaultdict(list)
    for number, _, root in found.values():
        if number in added:
            told[root] += [_tell(writing, claims[i]) for i in added[number]]
    stale.statements.update(told)
    return told


def _write_evidence(writing: Writing, statements: Sequence[int]) -> dict[int, list[int]]:
    """Store claims as evidence; returns the places in the batch of those that are new."""
    tx, version, passages = writing.tx, writing.reading.version, writing.passages
    claims = writing.batch.claims
    extractors = tx.terms.add_all(tx.connection, {claim.extractor for claim in claims})
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
    slots = writing.next_slots("evidence")
    known = writing.known
    places: dict[int, int] = {}  # of the claim in a passage on a statement: nearly always one
    twins: set[Row] = set()  # where there are more
    plain: dict[tuple[str, bool], list[Row]] = defaultdict(list)
    others: list[Row] = []
    renewed: list[tuple[int, int]] = []
    added: dict[int, list[int]] = {}

    def content(i: int) -> Row:
        claim = claims[i]
        return (
            passages[claim.passage],
            statements[i],
            extractors[claim.extractor],
            claim.start,
            claim.end,
            claim.confidence,
            claim.status == "accepted",
            claim.valid_from,
            claim.valid_to,
            pack(claim.props),
        )

    for i, claim in enumerate(claims):
        _, _, _, slot, confidence, status, extractor, start, end, valid_from, valid_to, props = (
            claim
        )
        passage, statement = passages[slot], statements[i]
        pair = passage << _PASSAGE_SHIFT | statement
        if pair in places:
            twins.add(content(places[pair]))
            said = content(i)
            if said in twins:
                continue
            twins.add(said)
        else:
            places[pair] = i
        if passage in known and (stored_at := stored.get(content(i))) is not None:
            n, last = stored_at
            if last != version:
                renewed.append((passage, n))
            continue
        n = slots.get(passage, 0)
        slots[passage] = n + 1
        if start == -1 and end == -1 and confidence == 1.0 and status == "accepted":
            if props:
                row = (passage, n, statement, valid_from, valid_to, pack(props))
                plain[extractor, True].append(row)
            else:
                plain[extractor, False].append((passage, n, statement, valid_from, valid_to))
        else:
            others.append((passage, n, *content(i)[1:]))
        if statement in added:
            added[statement].append(i)
        else:
            added[statement] = [i]
    by_extractor = {(extractors[name], has): rows for (name, has), rows in plain.items()}
    _insert_evidence(tx, version, by_extractor, others)
    renew(writing, "evidence", renewed)
    tx.tally("evidence", sum(map(len, added.values())))
    tx.changes.evidence_added += sum(map(len, added.values()))
    return added


def _insert_evidence(
    tx: Transaction,
    version: int,
    plain: dict[tuple[int, bool], list[Row]],
    others: list[Row],
) -> None:
    columns = ("passage", "n", "statement", "valid_from", "valid_to")
    for (extractor, has_props), rows in plain.items():
        insert(
            tx.connection,
            "evidence",
            (*columns, "props") if has_props else columns,
            rows,
            {
                "extractor": extractor,
                "start": -1,
                "end": -1,
                "confidence": 1.0,
                "accepted": 1,
                "first": version,
                "last": version,
            },
        )
    insert(
        tx.connection,
        "evidence",
        (
            *("passage", "n", "statement", "extractor", "start", "end", "confidence", "accepted"),
            *("valid_from", "valid_to", "props"),
        ),
        others,
        {"first": version, "last": version},
    )


def _tell(writing: Writing, claim: Claim) -> Told:
    """A claim as the sum of a statement takes it."""
    reading = writing.reading
    confidence = float(claim.confidence)
    group = Group(
        reading.document,
        1,
        confidence,
        claim.status == "accepted",
        reading.at,
        claim.valid_from,
        end_of(claim.valid_from, claim.valid_to),
    )
    passage = writing.batch.passages[claim.passage].key
    rank = Rank(-confidence, -reading.at, reading.key, passage, claim.extractor)
    return group, pack(claim.props), rank


def _insert_statements(
    writing: Writing,
    rows: Iterable[tuple[int, int, int, int]],
    added: dict[int, list[int]],
) -> None:
    """Insert new statements, told as id and triple, with what is said of them."""
    claims, at = writing.batch.claims, writing.reading.at
    plain: list[Row] = []
    qualified: list[Row] = []
    others: list[Row] = []
    for number, src, type_, dst in rows:
        places = added[number]
        if len(places) == 1:
            _, _, _, _, confidence, status, _, _, _, valid_from, valid_to, props = claims[places[0]]
            if valid_to is not None and valid_to == valid_from:
                valid_to += 1
            if confidence == 1.0 and status == "accepted":
                if props:
                    row = (number, src, type_, dst, valid_from, valid_to, pack(props))
                    qualified.append(row)
                else:
                    plain.append((number, src, type_, dst, valid_from, valid_to))
                continue
            state = ACCEPTED if status == "accepted" else SUGGESTED
            confidence = combine_confidence([("", confidence)])
            others.append(
                (number, src, type_, dst, valid_from, valid_to, pack(props), state, confidence, 1)
            )
            continue
        sum_ = StatementSum()
        for i in places:
            group, packed, rank = _tell(writing, claims[i])
            sum_.add(group)
            if packed is not None:
                sum_.add_props(packed, rank)
        told = sum_.derive(None)
        others.append(
            (
                number,
                src,
                type_,
                dst,
                told.valid_from,
                told.valid_to,
                pack(told.props),
                STATE_OF[told.status],
                told.confidence,
                told.evidence_count,
            )
        )
    connection = writing.tx.connection
    columns = ("id", "src", "type", "dst", "valid_from", "valid_to")
    same = {"state": ACCEPTED, "confidence": 1.0, "evidence_count": 1, "recorded": at}
    insert(connection, "statements", columns, plain, same)
    insert(connection, "statements", (*columns, "props"), qualified, same)
    more = ("props", "state", "confidence", "evidence_count")
    insert(connection, "statements", (*columns, *more), others, {"recorded": at})
    writing.tx.changes.statements_added += len(plain) + len(qualified) + len(others)
    for type_, count in Counter(row[2] for row in (*plain, *qualified, *others)).items():
        writing.tx.tally("statement", count, type_)


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
