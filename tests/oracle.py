"""A store that is nothing but the words of `kg.store.protocol`, for comparison with the real ones.

It keeps the full content of every version and works every answer out of that, with
`kg.model.derive`, each time it is asked. It is slow, holds everything in memory, and shares no
idea with the real stores: no rows, no streak bookkeeping, no indexes.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, NamedTuple, Self

import orjson

from kg.model.claims import Batch, Claim, Document, NodeClaim, Passage, Run, Scalar, Value
from kg.model.derive import NodeSupport, Support, derive_node, derive_statement, overlaps
from kg.model.errors import Conflict, MassRemoval, NotFound
from kg.model.graph import (
    NOW,
    Decision,
    Direction,
    Evidence,
    Merge,
    Node,
    Sighting,
    Statement,
    Status,
    View,
)
from kg.model.instants import Instant
from kg.model.keys import StatementKey, identity_of
from kg.model.text import has_han, index_tokens
from kg.store.chain import FIRST_PREVIOUS, entry_hash
from kg.store.protocol import (
    Changes,
    Counts,
    Dump,
    GroupBy,
    JsonValue,
    KeptRecord,
    LogEntry,
    Page,
    Range,
    TextHit,
    Version,
)
from ontology.schema import Schema


class Said(NamedTuple):
    """A claim in one passage: its identity as evidence. `props` is canonical JSON or None."""

    passage: str
    claim: Claim | NodeClaim  # with passage 0 and no props
    props: str | None


@dataclass(eq=False)
class Content:
    """A version with everything it said, in the order in which it was said."""

    order: int
    document: Document
    run: Run
    is_complete: bool = False
    checkpoint: str | None = None
    passages: dict[str, Passage] = field(default_factory=dict)
    said: dict[Said, None] = field(default_factory=dict)
    before: Picture | None = None

    @property
    def version(self) -> Version:
        return Version(self.document, self.run, self.is_complete, self.checkpoint)


class Streak(NamedTuple):
    """One piece of evidence: a claim over an unbroken streak of versions."""

    said: Said
    versions: list[Content]  # all of the document
    first: int
    last: int

    @property
    def run(self) -> Run:
        return self.versions[self.first].run

    @property
    def retired(self) -> Instant | None:
        after = self.last + 1
        if after < len(self.versions) and self.versions[after].is_complete:
            return self.versions[after].run.at
        return None

    def is_live(self, as_of: Instant | None) -> bool:
        if as_of is None:
            return self.retired is None
        return self.run.at <= as_of and (self.retired is None or self.retired > as_of)


class Picture(NamedTuple):
    """What is live, for counting changes."""

    nodes: dict[str, tuple[str, str, str]]
    statements: frozenset[StatementKey]
    claims: frozenset[tuple[str, Said]]
    passages: frozenset[tuple[str, str]]


def _pack(props: Mapping[str, Value] | None) -> str | None:
    if not props:
        return None
    return orjson.dumps(dict(props), option=orjson.OPT_SORT_KEYS).decode()


def _unpack(text: str | None) -> dict[str, Value]:
    return orjson.loads(text) if text else {}


class MemoryStore:
    """The naive store."""

    def __init__(self, schema: Schema) -> None:
        self.url = "memory:"
        self.schema = schema
        self._contents: dict[str, list[Content]] = {}  # by document
        self._order = count()
        self._decisions: list[Decision] = []
        self._merges: list[Merge] = []
        self._records: dict[tuple[str, str], tuple[str | None, JsonValue]] = {}
        self._logs: dict[str, list[LogEntry]] = defaultdict(list)

    def ensure_schema(self, schema: Schema) -> None:
        self.schema = schema

    def close(self) -> None:
        pass

    # -- loading -----------------------------------------------------------------------------

    def begin_load(
        self, document: Document, run: Run, *, dry_run: bool = False, resumable: bool = False
    ) -> MemoryLoad:
        store = copy.deepcopy(self, {id(self.schema): self.schema}) if dry_run else self
        history = store._contents.get(document.key, [])
        if history and not history[-1].is_complete:
            unfinished = history[-1]
            if (unfinished.document.sha256, unfinished.document.recipe) == (
                document.sha256,
                document.recipe,
            ):
                unfinished.document, unfinished.run = document, run
                return MemoryLoad(store, unfinished, resumable)
            store._remove([unfinished])
        content = Content(next(store._order), document, run, before=store.picture())
        store._contents.setdefault(document.key, []).append(content)
        return MemoryLoad(store, content, resumable)

    def versions(self, document: str | None = None) -> list[Version]:
        keys = sorted(self._contents) if document is None else [document]
        return [content.version for key in keys for content in self._contents.get(key, [])]

    def remove_documents(self, keys: Collection[str]) -> Changes:
        missing = [key for key in keys if key not in self._contents]
        if missing:
            raise NotFound("no such document", ids=missing)
        return self._removed([c for key in set(keys) for c in self._contents[key]])

    def remove_run(self, run: str) -> Changes:
        gone = [c for history in self._contents.values() for c in history if c.run.id == run]
        if not gone:
            raise NotFound("no such run", ids=[run])
        return self._removed(gone)

    def _removed(self, gone: Sequence[Content]) -> Changes:
        before = self.picture()
        self._remove(gone)
        after = self.picture()
        changes = _compare(before, after)
        changes.evidence_added = len(after.claims - before.claims)
        changes.evidence_retired = len(before.claims - after.claims)
        changes.passages = len(before.passages - after.passages)
        return changes

    def _remove(self, gone: Sequence[Content]) -> None:
        touched = {
            self._lead(_triple(said.claim))
            for content in gone
            for said in content.said
            if isinstance(said.claim, Claim)
        }
        for content in gone:
            self._contents[content.document.key].remove(content)
        for key in [key for key, history in self._contents.items() if not history]:
            del self._contents[key]
            self._records = {k: r for k, r in self._records.items() if r[0] != key}
        supported = {self._lead(_triple(s.said.claim)) for s in self._streaks(Claim)}
        self._decisions = [
            d
            for d in self._decisions
            if self._lead(d.key) not in touched or self._lead(d.key) in supported
        ]

    def picture(self) -> Picture:
        """What is live now."""
        nodes = {n.key: (n.cls, n.name, _pack(n.props) or "") for n in self._nodes(None).values()}
        every = View(statuses=frozenset(Status))
        return Picture(
            nodes,
            frozenset(self._statements(every)),
            frozenset(
                (s.versions[0].document.key, s.said) for s in self._streaks() if s.is_live(None)
            ),
            frozenset(
                (key, passage)
                for key, history in self._contents.items()
                for content in _live_contents(history)
                for passage in content.passages
            ),
        )

    # -- what follows from the versions ------------------------------------------------------

    def _streaks(self, kind: type[Claim] | type[NodeClaim] | None = None) -> Iterator[Streak]:
        for history in self._contents.values():
            for said in dict.fromkeys(said for content in history for said in content.said):
                if kind is not None and not isinstance(said.claim, kind):
                    continue
                first: int | None = None
                for i, content in enumerate(history):
                    if said in content.said:
                        first = i if first is None else first
                    elif first is not None:
                        yield Streak(said, history, first, i - 1)
                        first = None
                if first is not None:
                    yield Streak(said, history, first, len(history) - 1)

    def _root(self, key: str) -> str:
        kept = {merge.dropped: merge.kept for merge in self._merges}
        while key in kept:
            key = kept[key]
        return key

    def _lead(self, key: StatementKey) -> StatementKey:
        return StatementKey(self._root(key.subject), key.predicate, self._root(key.object))

    def _by_statement(self, as_of: Instant | None) -> dict[StatementKey, list[Streak]]:
        found: dict[StatementKey, list[Streak]] = defaultdict(list)
        for streak in self._streaks(Claim):
            if streak.is_live(as_of):
                found[self._lead(_triple(streak.said.claim))].append(streak)
        return found

    def _by_node(self, as_of: Instant | None) -> dict[str, list[Streak]]:
        found: dict[str, list[Streak]] = defaultdict(list)
        for streak in self._streaks(NodeClaim):
            if streak.is_live(as_of):
                found[self._root(streak.said.claim.node)].append(streak)
        return found

    def _statements(self, view: View) -> dict[StatementKey, Statement]:
        found: dict[StatementKey, Statement] = {}
        for key, streaks in self._by_statement(view.as_of).items():
            made = [
                d
                for d in self._decisions
                if self._lead(d.key) == key and (view.as_of is None or d.at <= view.as_of)
            ]
            latest = max(enumerate(made), key=lambda d: (d[1].at, d[0]))[1] if made else None
            derived = derive_statement([_support(s) for s in streaks], latest)
            statement = Statement(*key, *derived)
            if (
                statement.status in view.statuses
                and statement.confidence >= view.min_confidence
                and any(
                    overlaps(
                        s.said.claim.valid_from,
                        s.said.claim.valid_to,
                        view.valid_from,
                        view.valid_to,
                    )
                    for s in streaks
                )
            ):
                found[key] = statement
        return dict(sorted(found.items()))

    def _nodes(self, as_of: Instant | None) -> dict[str, Node]:
        sightings = self._by_node(as_of)
        keys = set(sightings)
        for subject, _, object_ in self._by_statement(as_of):
            keys |= {subject, object_}
        return {
            key: Node(
                key,
                *derive_node(key, [_node_support(s) for s in sightings.get(key, ())], self.schema),
            )
            for key in sorted(keys)
        }

    # -- reading -----------------------------------------------------------------------------

    def get_nodes(self, keys: Collection[str], view: View = NOW) -> dict[str, Node]:
        nodes = self._nodes(view.as_of)
        return {key: nodes[self._root(key)] for key in keys if self._root(key) in nodes}

    def find_nodes(
        self,
        classes: Collection[str] | None = None,
        where: Mapping[str, Scalar | Range | Sequence[Scalar]] | None = None,
        *,
        key_prefix: str = "",
        after: str | None = None,
        limit: int = 100,
        view: View = NOW,
    ) -> Page:
        found = [
            node
            for key, node in self._nodes(view.as_of).items()
            if key.startswith(key_prefix)
            and (after is None or key > after)
            and (classes is None or any(self.schema.is_a(node.cls, cls) for cls in classes))
            and all(_meets(node.props.get(name), want) for name, want in (where or {}).items())
        ]
        page = found[:limit]
        return Page(page, page[-1].key if len(found) > limit else None)

    def expand(
        self,
        keys: Collection[str],
        predicates: Collection[str] | None = None,
        direction: Direction = "out",
        *,
        view: View = NOW,
        limit_per_node: int | None = None,
    ) -> list[Statement]:
        statements = self._statements(view).values()
        found: set[StatementKey] = set()
        for key in {self._root(key) for key in keys}:
            for way in ("out", "in") if direction == "both" else (direction,):
                here = [
                    s
                    for s in statements
                    if (s.subject if way == "out" else s.object) == key
                    and (predicates is None or s.predicate in predicates)
                ]
                here.sort(key=lambda s: (-s.confidence, s.key))
                found |= {s.key for s in here[:limit_per_node]}
        return [s for s in statements if s.key in found]

    def get_statements(
        self, keys: Collection[StatementKey], view: View = NOW
    ) -> dict[StatementKey, Statement]:
        statements = self._statements(view)
        return {k: statements[self._lead(k)] for k in keys if self._lead(k) in statements}

    def aggregate(
        self,
        predicates: Collection[str],
        group_by: GroupBy,
        *,
        subjects: Collection[str] | None = None,
        objects: Collection[str] | None = None,
        view: View = NOW,
        limit: int | None = None,
    ) -> list[tuple[str, int]]:
        counts: dict[str, int] = defaultdict(int)
        froms = None if subjects is None else {self._root(key) for key in subjects}
        tos = None if objects is None else {self._root(key) for key in objects}
        for s in self._statements(view).values():
            if (
                s.predicate in predicates
                and (froms is None or s.subject in froms)
                and (tos is None or s.object in tos)
            ):
                counts[getattr(s, group_by)] += 1
        return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:limit]

    def search_text(
        self,
        tokens: Sequence[str],
        *,
        classes: Collection[str] | None = None,
        fuzzy: bool = False,
        limit: int = 100,
    ) -> list[TextHit]:
        hits = []
        for node in self._nodes(None).values():
            term = self.schema.classes.get(node.cls)
            if term is not None and term.is_bulk:
                continue
            if classes is not None and not any(self.schema.is_a(node.cls, c) for c in classes):
                continue
            same = [m.dropped for m in self._merges if self._root(m.dropped) == node.key]
            texts = [identity_of(key) for key in (node.key, *same)]
            texts += [node.name, *node.aliases]
            called = list(texts)
            for name, value in node.props.items():
                if name in self.schema.searchable:
                    texts += value if isinstance(value, list) else [str(value)]
            words = {word for text in texts for word in index_tokens(text)}
            names = {word for text in called for word in index_tokens(text)}
            score = sum(
                any(word == token or (fuzzy and _is_near(token, word)) for word in among) * weight
                for token in set(tokens)
                for among, weight in ((words, 1.0), (names, 0.5))
            )
            if score:
                hits.append(TextHit(node, float(score)))
        return sorted(hits, key=lambda hit: (-hit.score, hit.node.key))[:limit]

    def evidence_of(
        self,
        keys: Collection[StatementKey],
        *,
        limit_per_statement: int | None = None,
        view: View = NOW,
    ) -> dict[StatementKey, list[Evidence]]:
        streaks = self._by_statement(view.as_of)
        found: dict[StatementKey, list[Evidence]] = {}
        for key in keys:
            if here := streaks.get(self._lead(key)):
                evidence = [_evidence(s, view.as_of) for s in here]
                evidence.sort(key=evidence_order)
                found[key] = evidence[:limit_per_statement]
        return found

    def sightings_of(self, keys: Collection[str], view: View = NOW) -> dict[str, list[Sighting]]:
        streaks = self._by_node(view.as_of)
        found: dict[str, list[Sighting]] = {}
        for key in keys:
            root = self._root(key)
            if here := streaks.get(root):
                sightings = [
                    Sighting(
                        root,
                        s.said.claim.cls,
                        s.said.claim.name,
                        _unpack(s.said.props),
                        _evidence(s, view.as_of),
                    )
                    for s in here
                ]
                sightings.sort(key=sighting_order)
                found[key] = sightings
        return found

    def count(self) -> Counts:
        nodes: dict[str, int] = defaultdict(int)
        statements: dict[str, int] = defaultdict(int)
        picture = self.picture()
        for cls, _, _ in picture.nodes.values():
            nodes[cls] += 1
        for _, predicate, _ in picture.statements:
            statements[predicate] += 1
        return Counts(
            dict(nodes),
            dict(statements),
            len(picture.claims),
            len(picture.passages),
            len(self._contents),
        )

    def closure(
        self,
        seeds: Collection[str],
        steps: Sequence[tuple[str, Direction]],
        *,
        max_depth: int | None = None,
        max_nodes: int | None = None,
        view: View = NOW,
    ) -> dict[str, int]:
        distance = {node.key: 0 for node in self.get_nodes(seeds, view).values()}
        statements = self._statements(view)
        for depth in count(1):
            if max_depth is not None and depth > max_depth:
                break
            if max_nodes is not None and len(distance) > max_nodes:
                break
            reached = set()
            for subject, predicate, object_ in statements:
                for relation, direction in steps:
                    if relation != predicate:
                        continue
                    if direction in {"out", "both"} and distance.get(subject) == depth - 1:
                        reached.add(object_)
                    if direction in {"in", "both"} and distance.get(object_) == depth - 1:
                        reached.add(subject)
            if not reached - distance.keys():
                break
            distance |= dict.fromkeys(reached - distance.keys(), depth)
        return distance

    # -- decisions ---------------------------------------------------------------------------

    def decide(self, decisions: Sequence[Decision]) -> None:
        there = self._by_statement(None)
        missing = [d.key.id for d in decisions if self._lead(d.key) not in there]
        if missing:
            raise NotFound("no such statement", ids=missing)
        self._decisions.extend(decisions)

    def decisions(self, keys: Collection[StatementKey] | None = None) -> list[Decision]:
        wanted = None if keys is None else {self._lead(key) for key in keys}
        found = [d for d in self._decisions if wanted is None or self._lead(d.key) in wanted]
        return sorted(found, key=lambda d: d.at)

    def merge(self, merges: Sequence[Merge]) -> None:
        before = list(self._merges)
        for merge in merges:
            if self._root(merge.dropped) != merge.dropped or (
                self._root(merge.kept) == merge.dropped
            ):
                self._merges = before
                raise Conflict("already merged, or a cycle", ids=[merge.dropped])
            self._merges.append(merge)

    def unmerge(self, dropped: str) -> None:
        if self._root(dropped) == dropped:
            raise NotFound("not merged", ids=[dropped])
        self._merges = [merge for merge in self._merges if merge.dropped != dropped]

    def merges(self) -> list[Merge]:
        return sorted(self._merges, key=lambda merge: merge.at)

    # -- records beside the graph ------------------------------------------------------------

    def put_records(
        self, kind: str, records: Mapping[str, JsonValue], *, document: str | None = None
    ) -> None:
        for key, value in records.items():
            self._records[kind, key] = (document, copy.deepcopy(value))

    def get_records(
        self,
        kind: str,
        *,
        keys: Collection[str] | None = None,
        document: str | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> dict[str, JsonValue]:
        found = {
            key: copy.deepcopy(value)
            for (of_kind, key), (of_document, value) in sorted(
                self._records.items(), key=lambda item: item[0]
            )
            if of_kind == kind
            and (keys is None or key in keys)
            and (document is None or of_document == document)
            and (after is None or key > after)
        }
        return dict(list(found.items())[:limit])

    def drop_records(
        self, kind: str, *, keys: Collection[str] | None = None, document: str | None = None
    ) -> int:
        found = self.get_records(kind, keys=keys, document=document)
        for key in found:
            del self._records[kind, key]
        return len(found)

    def append_log(self, log: str, payload: Mapping[str, JsonValue], at: Instant) -> LogEntry:
        entries = self._logs[log]
        previous = entries[-1].hash if entries else FIRST_PREVIOUS
        seq = len(entries) + 1
        digest = entry_hash(previous, seq, at, payload)
        entries.append(LogEntry(seq, at, dict(payload), previous, digest))
        return entries[-1]

    def read_log(self, log: str, *, after: int = 0, limit: int | None = None) -> list[LogEntry]:
        return self._logs[log][after:][:limit]

    # -- exchange ----------------------------------------------------------------------------

    def dump(self) -> Iterator[Dump]:
        contents = [content for history in self._contents.values() for content in history]
        for content in sorted(contents, key=lambda c: c.order):
            yield Dump(content.version, iter([_as_batch(content)]))

    def dump_records(self) -> Iterator[KeptRecord]:
        for (kind, key), (document, value) in sorted(self._records.items(), key=lambda r: r[0]):
            yield KeptRecord(kind, key, document, copy.deepcopy(value))

    def logs(self) -> list[str]:
        return sorted(name for name, entries in self._logs.items() if entries)


class MemoryLoad:
    """A load session that appends to a version's content."""

    def __init__(self, store: MemoryStore, content: Content, resumable: bool) -> None:
        self._store = store
        self._content = content
        self._resumable = resumable
        self._is_open = True
        self.checkpoint = content.checkpoint

    @property
    def changes(self) -> Changes:
        """What would have changed if the version ended here without retiring anything."""
        after = self._store.picture()
        assert self._content.before is not None
        changes = _compare(self._content.before, after)
        history = self._store._contents[self._content.document.key]
        earlier = history[history.index(self._content) - 1 : -1]
        said = earlier[0].said if earlier else {}
        changes.evidence_added = len(self._content.said.keys() - said.keys())
        changes.evidence_kept = len(self._content.said.keys() & said.keys())
        changes.passages = len(self._content.passages)
        if self._content.is_complete:
            changes.evidence_retired = len(said.keys() - self._content.said.keys())
        return changes

    def _check(self) -> None:
        history = self._store._contents.get(self._content.document.key, [])
        if not self._is_open or self._content.is_complete or self._content not in history:
            self._is_open = False
            raise Conflict("the session is over")

    def write(self, batch: Batch, checkpoint: str | None = None) -> None:
        self._check()
        told: list[Said] = []
        for claim in (*batch.nodes, *batch.claims):
            plain: Any = claim._replace(passage=0, props=None, confidence=float(claim.confidence))
            told.append(Said(batch.passages[claim.passage].key, plain, _pack(claim.props)))
        for passage in batch.passages:
            self._content.passages.setdefault(passage.key, passage)
        for said in told:
            self._content.said.setdefault(said)
        if checkpoint is not None:
            self._content.checkpoint = self.checkpoint = checkpoint

    def finish(self, *, max_retired_share: float = 1.0) -> Changes:
        self._check()
        history = self._store._contents[self._content.document.key]
        if len(history) > 1 and history[-2].said:
            gone = history[-2].said.keys() - self._content.said.keys()
            if len(gone) / len(history[-2].said) > max_retired_share:
                raise MassRemoval(f"too much of {self._content.document.key} would go")
        self._content.is_complete = True
        self._content.checkpoint = None
        self._is_open = False
        return self.changes

    def rollback(self) -> None:
        self._check()
        self._store._remove([self._content])
        self._is_open = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        if self._is_open and not (self._resumable and self.checkpoint is not None):
            self.rollback()
        self._is_open = False


def _compare(before: Picture, after: Picture) -> Changes:
    both = before.nodes.keys() & after.nodes.keys()
    return Changes(
        nodes_added=len(after.nodes.keys() - before.nodes.keys()),
        nodes_changed=sum(before.nodes[key] != after.nodes[key] for key in both),
        nodes_removed=len(before.nodes.keys() - after.nodes.keys()),
        statements_added=len(after.statements - before.statements),
        statements_removed=len(before.statements - after.statements),
    )


def _live_contents(history: Sequence[Content]) -> list[Content]:
    """The last complete version, and the unfinished one after it."""
    complete = [content for content in history if content.is_complete]
    return complete[-1:] + [content for content in history if not content.is_complete]


def _triple(claim: Any) -> StatementKey:
    return StatementKey(claim.subject, claim.predicate, claim.object)


def _support(streak: Streak) -> Support:
    claim: Any = streak.said.claim
    return Support(
        streak.versions[0].document.key,
        streak.said.passage,
        claim.extractor,
        claim.confidence,
        Status(claim.status),
        streak.run.at,
        claim.valid_from,
        claim.valid_to,
        _unpack(streak.said.props),
    )


def _node_support(streak: Streak) -> NodeSupport:
    claim: Any = streak.said.claim
    return NodeSupport(
        streak.versions[0].document.key,
        streak.said.passage,
        claim.extractor,
        claim.confidence,
        streak.run.at,
        claim.cls,
        claim.name,
        _unpack(streak.said.props),
    )


def _evidence(streak: Streak, as_of: Instant | None) -> Evidence:
    claim: Any = streak.said.claim
    passage = [
        content.passages[streak.said.passage]
        for content in streak.versions
        if streak.said.passage in content.passages and (as_of is None or content.run.at <= as_of)
    ][-1]
    is_statement = isinstance(claim, Claim)
    start, end = (claim.start, claim.end) if is_statement else (-1, -1)
    text = passage.text
    return Evidence(
        document=streak.versions[0].document.key,
        passage=passage.key,
        place=passage.place,
        quote=text if start < 0 else text[start:] if end < 0 else text[start:end],
        text=text,
        start=start,
        end=end,
        extractor=claim.extractor,
        run=streak.run.id,
        confidence=claim.confidence,
        status=Status(claim.status) if is_statement else Status.ACCEPTED,
        recorded=streak.run.at,
        retired=streak.retired,
        valid_from=claim.valid_from if is_statement else None,
        valid_to=claim.valid_to if is_statement else None,
        props=_unpack(streak.said.props) if is_statement else {},
    )


def evidence_order(e: Evidence) -> tuple[Any, ...]:
    """Most confident first, then latest recorded, then by where it is."""
    return (-e.confidence, -e.recorded, e.document, e.passage, e.extractor, e.start, e.end)


def sighting_order(s: Sighting) -> tuple[Any, ...]:
    """The order in which claims about nodes are believed."""
    in_order = repr(sorted(s.props.items())) if s.props else ""
    return (*evidence_order(s.evidence)[:5], s.name or "", s.cls, in_order)


def _as_batch(content: Content) -> Batch:
    slots = {key: i for i, key in enumerate(content.passages)}
    batch = Batch(passages=list(content.passages.values()))
    for said in content.said:
        claim: Any = said.claim
        props = _unpack(said.props)
        if isinstance(claim, NodeClaim):
            batch.nodes.append(claim._replace(passage=slots[said.passage], props=props))
        else:
            batch.claims.append(claim._replace(passage=slots[said.passage], props=props or None))
    return batch


def _meets(value: Value | None, want: Scalar | Range | Sequence[Scalar]) -> bool:
    if isinstance(value, list):
        return any(_meets(item, want) for item in value)
    if value is None:
        return False
    if isinstance(want, Range):
        return (want.at_least is None or _holds(value, want.at_least, "at least")) and (
            want.below is None or _holds(value, want.below, "below")
        )
    if isinstance(want, (list, tuple, set, frozenset)):
        return any(_holds(value, one, "equal") for one in want)
    return _holds(value, want, "equal")  # type: ignore[arg-type]


def _holds(value: Scalar, want: Scalar, how: str) -> bool:
    def sort(one: Scalar) -> str:
        return "truth" if isinstance(one, bool) else "text" if isinstance(one, str) else "number"

    if sort(value) != sort(want) or (how != "equal" and sort(value) == "truth"):
        return False
    comparable: Any = value
    if how == "equal":
        return bool(comparable == want)
    return bool(comparable >= want if how == "at least" else comparable < want)


def _is_near(token: str, word: str) -> bool:
    """Edit distance with swaps of neighbours, by the plain recurrence."""
    if len(token) < 4 or has_han(token):
        return False
    columns = range(len(word) + 1)
    rows = [[i + j if 0 in {i, j} else 0 for j in columns] for i in range(len(token) + 1)]
    for i, a in enumerate(token, 1):
        for j, b in enumerate(word, 1):
            rows[i][j] = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + (a != b))
            if i > 1 and j > 1 and a == word[j - 2] and token[i - 2] == b:
                rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1)
    return rows[-1][-1] <= (1 if len(token) < 8 else 2)


__all__ = ["MemoryStore", "evidence_order", "sighting_order"]
