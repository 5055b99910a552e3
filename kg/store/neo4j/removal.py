"""Taking versions out of the history, as if they had never been read."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from kg.model.keys import StatementKey
from kg.store.neo4j.connection import Row
from kg.store.neo4j.deriving import Stale, refresh
from kg.store.neo4j.names import PAST, quoted, statement_number
from kg.store.neo4j.work import Work, chunked, lead

_PASSAGES = 2_000  # whose claims are looked at together


@dataclass(frozen=True, slots=True)
class History:
    """A document's versions by number: those that stay, and which of them are complete."""

    staying: list[int]
    complete: frozenset[int]

    def clip(self, first: int, last: int) -> tuple[int, int] | None:
        """The part of a streak that stays, if any."""
        low = bisect_left(self.staying, first)
        high = bisect_right(self.staying, last) - 1
        return (self.staying[low], self.staying[high]) if low <= high else None

    def follows(self, last: int, first: int) -> bool:
        """Whether no version lies between the end of one streak and the start of another."""
        return bisect_left(self.staying, first) == bisect_right(self.staying, last)

    def until(self, last: int) -> int | None:
        """The complete version that ended a streak, if any did."""
        after = bisect_right(self.staying, last)
        if after == len(self.staying) or self.staying[after] not in self.complete:
            return None
        return self.staying[after]


@dataclass(slots=True)
class _Touched:
    """What lost or changed support: triples as they were claimed, nodes as they are read."""

    triples: set[tuple[str, str, str]] = field(default_factory=set)
    nodes: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Kind:
    """Evidence or sightings: what makes a claim itself, and what it is about."""

    label: str
    content: str
    about: str


_EVIDENCE = _Kind(
    "GembaEvidence",
    "e.subject, e.predicate, e.object, e.extractor, e.start, e.end, e.confidence, e.status,"
    " e.valid_from, e.valid_to, e.props",
    "[e.subject, e.predicate, e.object]",
)
_SIGHTINGS = _Kind(
    "GembaSighting", "e.node, e.about, e.extractor, e.cls, e.name, e.props, e.confidence", "e.about"
)


def remove_versions(work: Work, versions: Collection[int]) -> None:
    """Forget versions; documents without any are forgotten with their records."""
    tx = work.tx
    documents = tx.rows(
        "MATCH (v:GembaVersion) WHERE v.id IN $versions WITH DISTINCT v.document AS key"
        " MATCH (d:GembaDocument {key: key}) RETURN collect([key, d.number])",
        versions=list(versions),
    )
    touched = _Touched()
    for key, number in sorted(documents):
        _remove_from(work, key, number, frozenset(versions), touched)
    tx.run("MATCH (g:GembaStore {name: 'gemba'}) SET g.removals = g.removals + 1")
    roots = work.roots({key for triple in touched.triples for key in (triple[0], triple[2])})
    statements = {lead(StatementKey(*triple), roots) for triple in touched.triples}
    stale = Stale({statement_number(key): key for key in statements}, touched.nodes)
    ends = stale.nodes | {end for key in statements for end in (key.subject, key.object)}
    extinct = unsupported(work, stale)
    refresh(work, stale, extinct)
    for numbers in chunked(sorted(extinct)):
        tx.run("MATCH (d:GembaDecision) WHERE d.statement IN $numbers DELETE d", numbers=numbers)
    sweep(work, extinct, ends)


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


def sweep(work: Work, extinct: Collection[int], nodes: Collection[str]) -> None:
    """Delete what stands for the past of statements that have none, and those of the nodes that
    no claim and no statement, live or past, names."""
    for numbers in chunked(sorted(extinct)):
        work.tx.run(
            f"UNWIND $numbers AS number MATCH ()-[r:{quoted(PAST)} {{id: number}}]->() DELETE r",
            numbers=numbers,
        )
    for keys in chunked(sorted(nodes)):
        work.tx.run(
            "UNWIND $keys AS key MATCH (n:Gemba {key: key}) WHERE NOT EXISTS { MATCH (n)--() }"
            " AND NOT EXISTS { MATCH (:GembaSighting {about: key}) } DELETE n",
            keys=keys,
        )


def _remove_from(
    work: Work, key: str, document: int, gone: frozenset[int], touched: _Touched
) -> None:
    tx = work.tx
    versions = tx.rows(
        "MATCH (v:GembaVersion {document: $key}) RETURN collect([v.id, v.complete])", key=key
    )
    history = History(
        sorted(number for number, _ in versions if number not in gone),
        frozenset(number for number, complete in versions if complete),
    )
    if history.staying:
        # What was recorded when may change although nothing else does: every row is looked at.
        for passages in _pages(work, document):
            _clip_claims(work, passages, history, _EVIDENCE, touched)
            _clip_claims(work, passages, history, _SIGHTINGS, touched)
            _clip_passages(work, passages, history)
    else:
        for passages in _pages(work, document):
            _drop_passages(work, passages, touched)
        tx.run("MATCH (d:GembaDocument {key: $key}) DELETE d", key=key)
        tx.run("MATCH (r:GembaRecord {document: $key}) DELETE r", key=key)
    tx.run("MATCH (v:GembaVersion) WHERE v.id IN $gone DELETE v", gone=list(gone))
    tx.run(
        "UNWIND $gone AS gone MATCH (b:GembaBefore {version: gone}) WHERE b.key >= '' DELETE b",
        gone=list(gone),
    )


def _pages(work: Work, document: int) -> Iterator[list[str]]:
    """Element ids of a document's passages, some at a time."""
    ids = work.tx.rows(
        "MATCH (p:GembaPassage) WHERE p.document = $document AND p.key >= ''"
        " RETURN collect(elementId(p))",
        document=document,
    )
    for some in chunked(ids, _PASSAGES):
        yield list(some)


def _drop_passages(work: Work, passages: Sequence[str], touched: _Touched) -> None:
    """Delete passages with all that was said in them."""
    for kind in (_EVIDENCE, _SIGHTINGS):
        rows = work.tx.rows(
            "UNWIND $passages AS id MATCH (p) WHERE elementId(p) = id"
            f" MATCH (p)<-[:IN_PASSAGE]-(e:{kind.label})"
            f" WITH e, {kind.about} AS about, e.until IS NULL AS live DETACH DELETE e"
            " RETURN collect([about, live])",
            passages=passages,
        )
        work.changes.evidence_retired += sum(live for _, live in rows)
        if kind is _EVIDENCE:
            touched.triples.update(tuple(about) for about, _ in rows)
        else:
            touched.nodes.update(about for about, _ in rows)
    live = work.tx.first(
        "UNWIND $passages AS id MATCH (p) WHERE elementId(p) = id"
        " OPTIONAL MATCH (p)-[:EARLIER]->(past)"
        " WITH p, p.until IS NULL AS live, collect(past) AS pasts"
        " FOREACH (past IN pasts | DETACH DELETE past) DETACH DELETE p"
        " RETURN sum(CASE WHEN live THEN 1 ELSE 0 END)",
        passages=passages,
    )
    assert live is not None
    work.changes.passages += live[0]


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
            touched.triples.add(content[1:4])  # type: ignore[arg-type]
        elif changed:
            touched.nodes.add(str(content[2]))
        work.changes.evidence_added += is_live and not was_live
        work.changes.evidence_retired += was_live and not is_live
    if deletes:
        work.tx.run(
            "UNWIND $ids AS id MATCH (e) WHERE elementId(e) = id DETACH DELETE e", ids=deletes
        )
    if updates:
        work.tx.run(
            "UNWIND $rows AS row MATCH (e) WHERE elementId(e) = row[0]"
            " SET e.first = row[1], e.last = row[2], e.until = row[3]",
            rows=updates,
        )


def _clip_passages(work: Work, passages: Sequence[str], history: History) -> None:
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
