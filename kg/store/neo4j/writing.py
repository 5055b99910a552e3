"""Writing one batch: passages, nodes, statements, and the claims that support them.

The common case, something new that is said once, is created as it is. Everything else is created
as evidence and then derived anew (`deriving`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kg.model.claims import Batch, Claim, NodeClaim, Passage
from kg.model.derive import (
    DerivedStatement,
    NodeSupport,
    Support,
    combine_confidence,
    derive_node,
    derive_statement,
)
from kg.model.graph import Status
from kg.model.instants import Instant
from kg.model.keys import StatementKey
from kg.store.neo4j.connection import Row
from kg.store.neo4j.deriving import (
    Stale,
    node_state,
    read_decisions_on,
    read_dropped,
    refresh,
    update_statements,
    valid_spans,
)
from kg.store.neo4j.extending import adds_nothing, extended
from kg.store.neo4j.names import quoted, statement_number, statement_properties
from kg.store.neo4j.reading import NODE
from kg.store.neo4j.work import Work, chunked, lead, pack


@dataclass(frozen=True, slots=True)
class Reading:
    """The version being written: numbers of it and its document, when it was recorded, the
    version before."""

    key: str
    document: int
    version: int
    at: Instant
    before: int  # 0 where there is none


@dataclass(frozen=True, slots=True)
class _Passages:
    """Element ids of a batch's passages in their order, and which had been stored before."""

    ids: list[str]
    known: set[str]


@dataclass(frozen=True, slots=True)
class _Nodes:
    """The nodes that a batch names, by the keys that speak for them."""

    roots: Mapping[str, str]
    fresh: set[str]  # not there before, not even in the past
    gone: set[str]  # not live


def write_batch(work: Work, reading: Reading, batch: Batch) -> None:
    """Store a batch inside a transaction; counts go to `work.changes`."""
    passages = _write_passages(work, reading, batch.passages)
    stale = Stale()
    nodes = _find_nodes(work, batch)
    of_fresh = _write_sightings(work, reading, batch, passages, nodes=nodes, stale=stale)
    _create_nodes(work, reading, nodes, of_fresh)
    _write_evidence(work, reading, batch, passages, nodes=nodes, stale=stale)
    refresh(work, stale)


# -- passages --------------------------------------------------------------------------------


def _write_passages(work: Work, reading: Reading, passages: Sequence[Passage]) -> _Passages:
    first_of: dict[str, Passage] = {}
    for passage in passages:
        first_of.setdefault(passage.key, passage)
    ids: dict[str, str] = {}
    known: set[str] = set()
    renewed: list[str] = []
    moved: list[Row] = []
    for keys in chunked(list(first_of)):
        for key, number, last, *content in work.tx.rows(
            "UNWIND $keys AS key MATCH (p:GembaPassage {document: $document, key: key})"
            " RETURN collect([key, elementId(p), p.last, p.place, p.text, p.language, p.heading])",
            keys=keys,
            document=reading.document,
        ):
            ids[key] = number
            known.add(number)
            if last == reading.version:
                continue
            work.changes.passages += 1
            if last == reading.before and content == list(first_of[key][1:]):
                renewed.append(number)
            else:
                moved.append([number, *first_of[key][1:]])
    if renewed:
        work.tx.run(
            "UNWIND $ids AS id MATCH (p) WHERE elementId(p) = id SET p.last = $version",
            ids=renewed,
            version=reading.version,
        )
    if moved:
        work.tx.run(
            "UNWIND $rows AS row MATCH (p) WHERE elementId(p) = row[0]"
            " CREATE (p)-[:EARLIER]->(:GembaPassagePast {first: p.first, last: p.last,"
            " place: p.place, text: p.text, language: p.language, heading: p.heading})"
            " SET p.first = $version, p.last = $version, p.until = null, p.place = row[1],"
            " p.text = row[2], p.language = row[3], p.heading = row[4]",
            rows=moved,
            version=reading.version,
        )
    added = [list(passage) for key, passage in first_of.items() if key not in ids]
    for rows in chunked(added):
        ids.update(
            work.tx.rows(
                "UNWIND $rows AS row CREATE (p:GembaPassage {document: $document, key: row[0],"
                " place: row[1], text: row[2], language: row[3], heading: row[4],"
                " first: $version, last: $version}) RETURN collect([row[0], elementId(p)])",
                rows=rows,
                document=reading.document,
                version=reading.version,
            )
        )
    work.changes.passages += len(added)
    return _Passages([ids[passage.key] for passage in passages], known)


# -- nodes -----------------------------------------------------------------------------------


def _find_nodes(work: Work, batch: Batch) -> _Nodes:
    keys = {claim.node for claim in batch.nodes}
    for claim in batch.claims:
        keys.add(claim.subject)
        keys.add(claim.object)
    roots = work.roots(keys)
    present = sorted({roots.get(key, key) for key in keys})
    found: dict[str, bool | None] = {}
    for some in chunked(present):
        found.update(
            work.tx.rows(
                "UNWIND $keys AS key MATCH (n:Gemba {key: key})"
                " RETURN collect([key, n.gemba_gone])",
                keys=some,
            )
        )
    return _Nodes(
        roots,
        {key for key in present if key not in found},
        {key for key, is_gone in found.items() if is_gone},
    )


def _write_sightings(
    work: Work,
    reading: Reading,
    batch: Batch,
    passages: _Passages,
    *,
    nodes: _Nodes,
    stale: Stale,
) -> dict[str, list[tuple[NodeClaim, str]]]:
    """Store claims about nodes; returns those about nodes that are new, with their passage."""
    stored: dict[tuple[object, ...], Row] = {}
    if batch.nodes and passages.known:
        for row in work.tx.rows(
            "UNWIND $ids AS id MATCH (p) WHERE elementId(p) = id"
            " MATCH (p)<-[:IN_PASSAGE]-(g:GembaSighting) WHERE g.last >= $before"
            " RETURN collect([id, g.node, g.extractor, g.cls, g.name, g.props, g.confidence,"
            " elementId(g), g.last])",
            ids=list(passages.known),
            before=reading.before,
        ):
            stored[tuple(row[:7])] = row[7:]
    of_fresh: dict[str, list[tuple[NodeClaim, str]]] = defaultdict(list)
    of_known: dict[str, list[NodeClaim]] = defaultdict(list)
    seen: set[tuple[object, ...]] = set()
    added: list[Row] = []
    renewed: list[str] = []
    for claim in batch.nodes:
        said = (
            passages.ids[claim.passage],
            claim.node,
            claim.extractor,
            claim.cls,
            claim.name,
            pack(claim.props),
            float(claim.confidence),
        )
        if said in seen:
            continue
        seen.add(said)
        if said in stored:
            number, last = stored[said]
            if last != reading.version:
                renewed.append(number)
            continue
        root = nodes.roots.get(claim.node, claim.node)
        added.append([*said, root])
        if root in nodes.fresh:
            of_fresh[root].append((claim, batch.passages[claim.passage].key))
        else:
            of_known[root].append(claim)
    stale.nodes |= _changed_nodes(work, of_known)
    _renew(work, reading, renewed)
    for rows in chunked(added):
        work.tx.run(
            "UNWIND $rows AS row MATCH (p) WHERE elementId(p) = row[0]"
            " CREATE (:GembaSighting {node: row[1], extractor: row[2], cls: row[3], name: row[4],"
            " props: row[5], confidence: row[6], about: row[7], first: $version, last: $version})"
            "-[:IN_PASSAGE]->(p)",
            rows=rows,
            version=reading.version,
        )
    work.changes.evidence_added += len(added)
    work.changes.evidence_kept += len(renewed)
    return of_fresh


def _changed_nodes(work: Work, claims: Mapping[str, list[NodeClaim]]) -> set[str]:
    """Those of the nodes that more claims may change."""
    changed = set(claims)
    for keys in chunked(sorted(claims)):
        for key, stored in work.tx.rows(
            "UNWIND $keys AS key MATCH (n:Gemba {key: key}) WHERE n.gemba_gone IS NULL"
            f" RETURN collect([key, {NODE}])",
            keys=keys,
        ):
            if adds_nothing(work.names.schema, stored, claims[key]):
                changed.discard(key)
    return changed


def _renew(work: Work, reading: Reading, ids: Sequence[str]) -> None:
    for some in chunked(ids):
        work.tx.run(
            "UNWIND $ids AS id MATCH (e) WHERE elementId(e) = id SET e.last = $version",
            ids=some,
            version=reading.version,
        )


def _create_nodes(
    work: Work,
    reading: Reading,
    nodes: _Nodes,
    claims: Mapping[str, list[tuple[NodeClaim, str]]],
) -> None:
    fresh = sorted(nodes.fresh)
    dropped = read_dropped(work, fresh) if fresh else {}
    rows: list[Row] = []
    for key in fresh:
        supports = [
            NodeSupport(
                reading.key,
                passage,
                claim.extractor,
                float(claim.confidence),
                reading.at,
                claim.cls,
                claim.name,
                claim.props,
            )
            for claim, passage in claims.get(key, ())
        ]
        derived = derive_node(key, supports, work.names.schema)
        state = node_state(work.names, key, dropped.get(key, ()), derived, reading.version)
        state = {name: value for name, value in state.items() if value is not None}
        rows.append([work.names.labels(derived.cls), state])
    for some in chunked(rows):
        work.tx.run(
            "UNWIND $rows AS row CREATE (n:Gemba:$(row[0])) SET n = row[1]",
            rows=some,
        )
    work.changes.nodes_added += len(rows)


# -- statements ------------------------------------------------------------------------------


def _write_evidence(
    work: Work,
    reading: Reading,
    batch: Batch,
    passages: _Passages,
    *,
    nodes: _Nodes,
    stale: Stale,
) -> None:
    if not batch.claims:
        return
    keys = [
        lead(StatementKey(claim.subject, claim.predicate, claim.object), nodes.roots)
        for claim in batch.claims
    ]
    numbers = {key: statement_number(key) for key in set(keys)}
    fresh = _unheard_of(work, nodes, numbers)
    stored = _stored_evidence(work, reading, passages)
    seen: set[tuple[object, ...]] = set()
    added: list[Row] = []
    renewed: list[str] = []
    of_fresh: dict[StatementKey, list[tuple[Claim, str]]] = defaultdict(list)
    of_known: dict[StatementKey, list[Claim]] = defaultdict(list)
    for claim, key in zip(batch.claims, keys, strict=True):
        said = (
            passages.ids[claim.passage],
            claim.subject,
            claim.predicate,
            claim.object,
            claim.extractor,
            claim.start,
            claim.end,
            float(claim.confidence),
            claim.status,
            claim.valid_from,
            claim.valid_to,
            pack(claim.props),
        )
        if said in seen:
            continue
        seen.add(said)
        if said in stored:
            number, last = stored[said]
            if last != reading.version:
                renewed.append(number)
            continue
        added.append(
            [
                *said,
                numbers[key],
                None if key.subject == claim.subject else claim.subject,
                None if key.object == claim.object else claim.object,
            ]
        )
        if key in fresh:
            of_fresh[key].append((claim, batch.passages[claim.passage].key))
        else:
            of_known[key].append(claim)
    _extend_statements(work, reading, numbers, of_known, stale)
    _create_statements(work, reading, numbers, of_fresh)
    for key in of_fresh:
        stale.nodes.update(nodes.gone.intersection((key.subject, key.object)))
    _renew(work, reading, renewed)
    for rows in chunked(added):
        work.tx.run(
            "UNWIND $rows AS row MATCH (p) WHERE elementId(p) = row[0]"
            " CREATE (:GembaEvidence {subject: row[1], predicate: row[2], object: row[3],"
            " extractor: row[4], start: row[5], end: row[6], confidence: row[7], status: row[8],"
            " valid_from: row[9], valid_to: row[10], props: row[11], statement: row[12],"
            " dropped_subject: row[13], dropped_object: row[14], first: $version,"
            " last: $version})-[:IN_PASSAGE]->(p)",
            rows=rows,
            version=reading.version,
        )
    work.changes.evidence_added += len(added)
    work.changes.evidence_kept += len(renewed)


def _unheard_of(
    work: Work, nodes: _Nodes, numbers: Mapping[StatementKey, int]
) -> set[StatementKey]:
    """Those of the statements of which nothing was ever said. One of a new node is."""
    fresh = set()
    doubtful: dict[int, StatementKey] = {}
    for key, number in numbers.items():
        if key.subject in nodes.fresh or key.object in nodes.fresh:
            fresh.add(key)
        else:
            doubtful[number] = key
    for some in chunked(list(doubtful)):
        heard = work.tx.rows(
            "UNWIND $numbers AS number WITH number"
            " WHERE EXISTS { MATCH (:GembaEvidence {statement: number}) } RETURN collect(number)",
            numbers=some,
        )
        fresh.update(doubtful[number] for number in set(some).difference(heard))
    return fresh


def _stored_evidence(
    work: Work, reading: Reading, passages: _Passages
) -> dict[tuple[object, ...], Row]:
    if not passages.known:
        return {}
    return {
        tuple(row[:12]): row[12:]
        for row in work.tx.rows(
            "UNWIND $ids AS id MATCH (p) WHERE elementId(p) = id"
            " MATCH (p)<-[:IN_PASSAGE]-(e:GembaEvidence) WHERE e.last >= $before"
            " RETURN collect([id, e.subject, e.predicate, e.object, e.extractor, e.start, e.end,"
            " e.confidence, e.status, e.valid_from, e.valid_to, e.props, elementId(e), e.last])",
            ids=list(passages.known),
            before=reading.before,
        )
    }


def _extend_statements(
    work: Work,
    reading: Reading,
    numbers: Mapping[StatementKey, int],
    claims: Mapping[StatementKey, list[Claim]],
    stale: Stale,
) -> None:
    """Update live statements where that is simple; the others become stale."""
    stale.statements.update((numbers[key], key) for key in claims)
    decided = {row[0] for row in read_decisions_on(work, [numbers[key] for key in claims])}
    of_type: dict[str, dict[int, list[Claim]]] = defaultdict(dict)
    for key, said in claims.items():
        if numbers[key] not in decided:
            of_type[work.names.type_of(key.predicate)][numbers[key]] = said
    updates: list[Row] = []
    for type_name, wanted in of_type.items():
        for number, element, stored in work.tx.rows(
            f"UNWIND $numbers AS number MATCH ()-[r:{quoted(type_name)} {{id: number}}]->()"
            " RETURN collect([number, elementId(r), properties(r)])",
            numbers=list(wanted),
        ):
            state = extended(stored, wanted[number], reading.at)
            if state is not None:
                updates.append([element, state])
                del stale.statements[number]
    update_statements(work, updates)


def _create_statements(
    work: Work,
    reading: Reading,
    numbers: Mapping[StatementKey, int],
    claims: Mapping[StatementKey, list[tuple[Claim, str]]],
) -> None:
    plain: list[Row] = []
    described: list[Row] = []
    for key, said in claims.items():
        derived = _derive(reading, said)
        spans = (
            None
            if len(said) == 1
            else valid_spans((claim.valid_from, claim.valid_to) for claim, _ in said)
        )
        row: Row = [
            key.subject,
            key.object,
            work.names.type_of(key.predicate),
            numbers[key],
            derived.status.value,
            derived.confidence,
            derived.evidence_count,
            derived.recorded,
            derived.valid_from,
            derived.valid_to,
            spans,
        ]
        if derived.props:
            described.append([*row, statement_properties(derived.props)])
        else:
            plain.append(row)
    create = (
        "UNWIND $rows AS row MATCH (s:Gemba {key: row[0]}) MATCH (o:Gemba {key: row[1]})"
        " CREATE (s)-[r:$(row[2]) {id: row[3], status: row[4], confidence: row[5],"
        " evidence_count: row[6], recorded: row[7], valid_from: row[8], valid_to: row[9],"
        " gemba_spans: row[10]}]->(o)"
    )
    for some in chunked(plain):
        work.tx.run(create, rows=some)
    for some in chunked(described):
        work.tx.run(f"{create} SET r += row[11]", rows=some)
    work.changes.statements_added += len(claims)


def _derive(reading: Reading, said: Sequence[tuple[Claim, str]]) -> DerivedStatement:
    if len(said) == 1:
        claim = said[0][0]
        until = claim.valid_to
        return DerivedStatement(
            Status(claim.status),
            combine_confidence([("", claim.confidence)]),
            1,
            reading.at,
            claim.valid_from,
            until if until is None or until != claim.valid_from else until + 1,
            dict(claim.props or {}),
        )
    return derive_statement(
        [
            Support(
                reading.key,
                passage,
                claim.extractor,
                float(claim.confidence),
                Status(claim.status),
                reading.at,
                claim.valid_from,
                claim.valid_to,
                claim.props,
            )
            for claim, passage in said
        ]
    )
