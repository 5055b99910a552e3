"""Taking versions out of the history, as if they had never been read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from kg.model.keys import StatementKey
from kg.store.neo4j.connection import Row
from kg.store.neo4j.deriving import Stale, refresh_nodes, refresh_statements
from kg.store.neo4j.names import statement_number
from kg.store.neo4j.work import Ledger, Work, Writer, add_changes, chunked, lead
from kg.store.protocol import Changes
from kg.store.streaks import History

_PASSAGES = 1_000  # whose claims are looked at together
_AT_ONCE = 5_000  # passages that are removed in one transaction


@dataclass(slots=True)
class _Touched:
    """What lost or changed support: triples as they were claimed, nodes as they are read, each
    with the evidence or sightings in sight that will be deleted; and the element ids of all nodes
    that will be."""

    triples: dict[tuple[str, str, str], list[str]] = field(default_factory=dict)
    nodes: dict[str, list[str]] = field(default_factory=dict)
    doomed: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Kind:
    """Evidence or sightings: what makes a claim itself, and what it is about."""

    label: str
    content: str
    about: str
    key: str  # the property by which what it is about finds it; null hides it


_EVIDENCE = _Kind(
    "GembaEvidence",
    "e.subject, e.predicate, e.object, e.extractor, e.start, e.end, e.confidence, e.status,"
    " e.valid_from, e.valid_to, e.props",
    "[e.subject, e.predicate, e.object]",
    "statement",
)
_SIGHTINGS = _Kind(
    "GembaSighting",
    "e.node, e.about, e.extractor, e.cls, e.name, e.props, e.confidence",
    "e.about",
    "about",
)


@dataclass(frozen=True, slots=True)
class _Doomed:
    """A document with the versions that it loses."""

    key: str
    number: int
    versions: frozenset[int]


def remove_versions(write: Writer, versions: Collection[int]) -> Changes:
    """Forget versions; documents without any are forgotten with their records.

    Much is removed in several transactions, so that the server's memory suffices; the documents
    are marked in the first one, so that `finish_removals` goes on where this was interrupted.
    """
    documents, counted = write(lambda work: _remove_or_mark(work, versions))
    if counted is not None:
        return counted
    return _remove_marked(write, documents)


def finish_removals(write: Writer) -> None:
    """Go on with removals that were interrupted."""
    _remove_marked(write, write(interrupted))


def interrupted(work: Work) -> list[_Doomed]:
    """The documents whose removal was interrupted."""
    rows = work.tx.rows(
        "MATCH (d:GembaDocument) WHERE d.removing IS NOT NULL"
        " RETURN collect([d.key, d.number, d.removing])"
    )
    return [_Doomed(key, number, frozenset(removing)) for key, number, removing in rows]


def _remove_or_mark(work: Work, versions: Collection[int]) -> tuple[list[_Doomed], Changes | None]:
    """Remove at once what is small enough and say what changed, else mark it."""
    tx = work.tx
    rows = tx.rows(
        "MATCH (v:GembaVersion) WHERE v.id IN $versions"
        " WITH v.document AS key, collect(v.id) AS ids"
        " MATCH (d:GembaDocument {key: key}) RETURN collect([key, d.number, ids])",
        versions=list(versions),
    )
    documents = [_Doomed(key, number, frozenset(ids)) for key, number, ids in sorted(rows)]
    passages = 0
    for document in documents:
        passages += tx.one(
            "MATCH (p:GembaPassage) WHERE p.document = $document AND p.key >= '' RETURN count(p)",
            document=document.number,
        )[0]
    if work.trial_numbers is None:
        tx.run("MATCH (g:GembaStore {name: 'gemba'}) SET g.removals = g.removals + 1")
    if passages > _AT_ONCE:
        tx.run(
            "UNWIND $rows AS row MATCH (d:GembaDocument {key: row[0]})"
            " SET d.removing = coalesce(d.removing, []) + row[1]",
            rows=[[document.key, sorted(document.versions)] for document in documents],
        )
        return documents, None
    touched = _Touched()
    for document in documents:
        after: str | None = ""
        while after is not None:
            after = _take_out(work, document, after, touched)
        _forget(work, document, touched)
    _settle(work, touched)
    work.ledger.count_in(work.changes)
    return documents, work.changes


def _remove_marked(write: Writer, documents: Sequence[_Doomed]) -> Changes:
    changes, ledger = Changes(), Ledger()
    for document in documents:
        after: str | None = ""
        while after is not None:
            after, more = write(partial(_remove_some, document, after))
            changes = add_changes(changes, more.changes)
            ledger.add(more.ledger)
    ledger.count_in(changes)
    return changes


def _remove_some(document: _Doomed, after: str, work: Work) -> tuple[str | None, Work]:
    touched = _Touched()
    last: str | None = after
    for _ in range(max(1, _AT_ONCE // _PASSAGES)):
        if last is not None:
            last = _take_out(work, document, last, touched)
    if last is None:
        _forget(work, document, touched)
    _settle(work, touched)
    return last, work


def _settle(work: Work, touched: _Touched) -> None:
    """Derive anew what was touched, and delete what goes at the very end: the server copies all
    nodes that a transaction has deleted at each later look into an index.

    Most of what a document said goes with it. That is told by counting, so that it need not be
    hidden, derived and relabelled before it is deleted.
    """
    roots = work.roots({key for triple in touched.triples for key in (triple[0], triple[2])})
    stale = Stale(nodes=set(touched.nodes))
    going: dict[int, list[str]] = defaultdict(list)
    for triple, ids in touched.triples.items():
        key = lead(StatementKey(*triple), roots)
        number = statement_number(key)
        stale.statements[number] = key
        going[number] += ids
    ends = {end for key in stale.statements.values() for end in (key.subject, key.object)}
    extinct = _left_without(work, _EVIDENCE, going)
    unseen = _left_without(work, _SIGHTINGS, touched.nodes)
    undecided = work.tx.rows(
        "MATCH (d:GembaDecision) WHERE d.statement IN $numbers RETURN collect(elementId(d))",
        numbers=sorted(extinct),
    )
    refresh_statements(work, stale, extinct)
    unnamed = _unnamed(work, stale.nodes | ends, unseen)
    for node, (_, was_live) in unnamed.items():
        if was_live:
            work.ledger.note_node(node, "", None)
    refresh_nodes(work, stale.nodes - set(unnamed), unseen)
    _delete(work, [element for element, _ in unnamed.values()])
    _delete(work, undecided)
    _delete(work, touched.doomed)


def _left_without(work: Work, kind: _Kind, going: Mapping[Any, Sequence[str]]) -> set[Any]:
    """Those of the statements or nodes that all their claims leave. Claims that leave others are
    hidden, so that these are derived from what stays."""
    left: set[Any] = set()
    for some in chunked(sorted(going)):
        counts = work.tx.rows(
            "UNWIND $keys AS key WITH key,"
            f" COUNT {{ MATCH (:{kind.label} {{{kind.key}: key}}) }} AS claims"
            " RETURN collect([key, claims])",
            keys=some,
        )
        left.update(key for key, claims in counts if claims == len(going[key]))
    for ids in chunked([element for key in going if key not in left for element in going[key]]):
        work.tx.run(
            f"UNWIND $ids AS id MATCH (e) WHERE elementId(e) = id SET e.{kind.key} = null", ids=ids
        )
    return left


def _unnamed(
    work: Work, keys: Collection[str], unseen: Collection[str] = ()
) -> dict[str, tuple[str, bool]]:
    """Those of the nodes that no claim and no statement, live or past, names, with their element
    ids and whether they were live. Nothing that sights `unseen` will stay."""
    found: dict[str, tuple[str, bool]] = {}
    for some in chunked(sorted(keys)):
        rows = work.tx.rows(
            "UNWIND $keys AS key MATCH (n:Gemba {key: key}) WHERE NOT EXISTS { MATCH (n)--() }"
            " RETURN collect([key, elementId(n), n.gemba_gone IS NULL])",
            keys=some,
        )
        lone = {key: (element, is_live) for key, element, is_live in rows}
        doubtful = [key for key in lone if key not in unseen]
        if doubtful:
            for key in work.tx.rows(
                "UNWIND $keys AS key WITH key WHERE EXISTS { MATCH (:GembaSighting {about: key}) }"
                " RETURN collect(key)",
                keys=doubtful,
            ):
                del lone[key]
        found |= lone
    return found


def _delete(work: Work, ids: Sequence[str]) -> None:
    for some in chunked(ids):
        work.tx.run("UNWIND $ids AS id MATCH (n) WHERE elementId(n) = id DETACH DELETE n", ids=some)


def unsupported(work: Work, stale: Stale) -> set[int]:
    """Those of the stale statements of which nothing is said, now or in the past."""
    found: set[int] = set(stale.statements)
    for numbers in chunked(sorted(stale.statements)):
        found.difference_update(
            work.tx.rows(
                "UNWIND $numbers AS number WITH number WHERE"
                " EXISTS { MATCH (:GembaEvidence {statement: number}) } RETURN collect(number)",
                numbers=numbers,
            )
        )
    return found


def sweep(work: Work, nodes: Collection[str]) -> None:
    """Delete those of the nodes that no claim and no statement, live or past, names."""
    _delete(work, [element for element, _ in _unnamed(work, nodes).values()])


def _take_out(work: Work, document: _Doomed, after: str, touched: _Touched) -> str | None:
    """Take the versions out of the passages that follow `after`; returns the key of the last one
    where there may be more."""
    tx = work.tx
    versions = tx.rows(
        "MATCH (v:GembaVersion {document: $key}) RETURN collect([v.id, v.complete])",
        key=document.key,
    )
    history = History(
        sorted(number for number, _ in versions if number not in document.versions),
        frozenset(number for number, complete in versions if complete),
    )
    rows = tx.rows(
        "MATCH (p:GembaPassage) WHERE p.document = $document AND p.key > $after"
        " WITH p ORDER BY p.key LIMIT $limit RETURN collect([elementId(p), p.key])",
        document=document.number,
        after=after,
        limit=_PASSAGES,
    )
    passages = [row[0] for row in rows]
    if history.staying:
        # What was recorded when may change although nothing else does: every row is looked at.
        _clip_claims(work, passages, history, _EVIDENCE, touched)
        _clip_claims(work, passages, history, _SIGHTINGS, touched)
        _clip_passages(work, passages, history, touched)
    else:
        _drop_passages(work, passages, touched)
    return rows[-1][1] if len(rows) == _PASSAGES else None


def _forget(work: Work, document: _Doomed, touched: _Touched) -> None:
    """Doom versions, and their document with its records where it has no others."""
    versions = work.tx.rows(
        "MATCH (v:GembaVersion {document: $key}) RETURN collect([v.id, elementId(v)])",
        key=document.key,
    )
    touched.doomed += [element for number, element in versions if number in document.versions]
    touched.doomed += work.tx.rows(
        "UNWIND $gone AS gone MATCH (b:GembaBefore {version: gone}) WHERE b.key >= ''"
        " RETURN collect(elementId(b))",
        gone=sorted(document.versions),
    )
    if all(number in document.versions for number, _ in versions):
        for query in (
            "MATCH (n:GembaDocument {key: $key}) RETURN collect(elementId(n))",
            "MATCH (n:GembaRecord {document: $key}) RETURN collect(elementId(n))",
        ):
            touched.doomed += work.tx.rows(query, key=document.key)
    else:
        work.tx.run("MATCH (d:GembaDocument {key: $key}) SET d.removing = null", key=document.key)


def _drop_passages(work: Work, passages: Sequence[str], touched: _Touched) -> None:
    """Note all that was said in passages, which will be deleted."""
    for kind in (_EVIDENCE, _SIGHTINGS):
        rows = work.tx.rows(
            "UNWIND $passages AS id MATCH (p) WHERE elementId(p) = id"
            f" MATCH (p)<-[:IN_PASSAGE]-(e:{kind.label})"
            f" RETURN collect([elementId(e), {kind.about}, e.until IS NULL])",
            passages=passages,
        )
        for number, about, live in rows:
            touched.doomed.append(number)
            work.changes.evidence_retired += live
            if kind is _EVIDENCE:
                touched.triples.setdefault(tuple(about), []).append(number)
            else:
                touched.nodes.setdefault(about, []).append(number)
    touched.doomed += passages
    touched.doomed += work.tx.rows(
        "UNWIND $passages AS id MATCH (p) WHERE elementId(p) = id MATCH (p)-[:EARLIER]->(past)"
        " RETURN collect(elementId(past))",
        passages=passages,
    )
    work.changes.passages += work.tx.one(
        "UNWIND $passages AS id MATCH (p) WHERE elementId(p) = id AND p.until IS NULL"
        " RETURN count(p)",
        passages=passages,
    )[0]


def _clip_claims(
    work: Work, passages: Sequence[str], history: History, kind: _Kind, touched: _Touched
) -> None:
    """Shorten, join and delete the streaks of claims."""
    streaks: dict[tuple[object, ...], list[Row]] = defaultdict(list)
    for row in work.tx.rows(
        "UNWIND $passages AS id MATCH (p) WHERE elementId(p) = id"
        f" MATCH (p)<-[:IN_PASSAGE]-(e:{kind.label})"
        f" RETURN collect([elementId(e), e.first, e.last, e.until, id, {kind.content}])",
        passages=passages,
    ):
        streaks[tuple(row[4:])].append(row[:4])
    deletes: list[str] = []
    updates: list[Row] = []
    for content, rows in streaks.items():
        was_live = any(until is None for *_, until in rows)
        kept: list[Row] = []
        for number, first, last, _ in sorted(rows, key=lambda row: row[1]):
            clipped = history.clip(first, last)
            if clipped is None:
                deletes.append(number)
            elif kept and history.follows(kept[-1][2], clipped[0]):
                kept[-1][2] = clipped[1]
                deletes.append(number)
            else:
                kept.append([number, *clipped])
        before = {row[0]: row[1:] for row in rows}
        is_live, changed = False, len(kept) != len(rows)
        for number, first, last in kept:
            until = history.until(last)
            is_live = is_live or until is None
            if before[number] != [first, last, until]:
                updates.append([number, first, last, until])
                changed = True
        if changed and kind is _EVIDENCE:
            touched.triples.setdefault(content[1:4], [])  # type: ignore[arg-type]
        elif changed:
            touched.nodes.setdefault(str(content[2]), [])
        work.changes.evidence_added += is_live and not was_live
        work.changes.evidence_retired += was_live and not is_live
    touched.doomed += deletes
    if deletes:
        work.tx.run(
            f"UNWIND $ids AS id MATCH (e) WHERE elementId(e) = id SET e.{kind.key} = null",
            ids=deletes,
        )
    if updates:
        work.tx.run(
            "UNWIND $rows AS row MATCH (e) WHERE elementId(e) = row[0]"
            " SET e.first = row[1], e.last = row[2], e.until = row[3]",
            rows=updates,
        )


def _clip_passages(
    work: Work, passages: Sequence[str], history: History, touched: _Touched
) -> None:
    streaks: dict[str, list[Row]] = defaultdict(list)
    was_live: set[str] = set()
    for number, until, *row in work.tx.rows(
        "UNWIND $passages AS id MATCH (p) WHERE elementId(p) = id"
        " RETURN collect([id, p.until, p.first, p.last, p.place, p.text, p.language, p.heading])",
        passages=passages,
    ):
        streaks[number].append(row)
        if until is None:
            was_live.add(number)
    for number, *row in work.tx.rows(
        "UNWIND $passages AS id MATCH (p) WHERE elementId(p) = id MATCH (p)-[:EARLIER]->(o)"
        " RETURN collect([id, o.first, o.last, o.place, o.text, o.language, o.heading])",
        passages=passages,
    ):
        streaks[number].append(row)
    gone: list[str] = []
    current: list[Row] = []
    rewritten: list[str] = []
    past: list[Row] = []
    for number, rows in streaks.items():
        kept: list[Row] = []
        for first, last, *content in sorted(rows, key=lambda row: row[0]):
            clipped = history.clip(first, last)
            if clipped is None:
                continue
            if kept and kept[-1][2:] == content and history.follows(kept[-1][1], clipped[0]):
                kept[-1] = [kept[-1][0], clipped[1], *content]
            else:
                kept.append([*clipped, *content])
        if len(rows) > 1:
            rewritten.append(number)
        if kept:
            current.append([number, *kept[-1], history.until(kept[-1][1])])
            past.extend([number, *row] for row in kept[:-1])
        else:
            gone.append(number)
        is_live = bool(kept) and current[-1][-1] is None
        work.changes.passages += number in was_live and not is_live
    if rewritten:
        work.tx.run(
            "UNWIND $ids AS id MATCH (p) WHERE elementId(p) = id MATCH (p)-[:EARLIER]->(o)"
            " DETACH DELETE o",
            ids=rewritten,
        )
    if gone:
        work.tx.run("UNWIND $ids AS id MATCH (p) WHERE elementId(p) = id DETACH DELETE p", ids=gone)
    if current:
        work.tx.run(
            "UNWIND $rows AS row MATCH (p) WHERE elementId(p) = row[0]"
            " SET p.first = row[1], p.last = row[2], p.place = row[3], p.text = row[4],"
            " p.language = row[5], p.heading = row[6], p.until = row[7]",
            rows=current,
        )
    if past:
        work.tx.run(
            "UNWIND $rows AS row MATCH (p) WHERE elementId(p) = row[0]"
            " CREATE (p)-[:EARLIER]->(:GembaPassagePast {first: row[1], last: row[2],"
            " place: row[3], text: row[4], language: row[5], heading: row[6]})",
            rows=past,
        )
