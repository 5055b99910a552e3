"""Containment: a frozen set of suspect things, what is held of it, and what came to it since.

The set is what a trace finds; the query, the instant of knowledge (`as_of`) and a hash over them
and the members are kept, so that anybody can do it again and get the same. Holding and releasing
are entries that are only ever added: one that is undone stays and says so.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import orjson

from kg.model.errors import BadInput, Conflict, NotFound
from kg.model.graph import NOW, View
from kg.model.instants import Instant, now, parse_instant, to_text
from kg.store.protocol import Store
from kg.traceability.flow import FlowRelations, StoreLinks, Way
from kg.traceability.keeping import adjacency_of
from kg.traceability.locating import PLACES, Whereabouts, is_item, locate
from kg.traceability.walking import walk
from ontology.schema import Schema

RECORDS = "containment"
Action = Literal["hold", "release"]


@dataclass(frozen=True, slots=True)
class ContainmentQuery:
    """What is asked: everything that lies downstream of the seeds, or upstream, or both."""

    seeds: tuple[str, ...]  # keys
    direction: Literal["forward", "backward", "both"] = "forward"
    classes: tuple[str, ...] = ()  # with those below them; none: units, lots and containers
    at: str | None = None  # the seeds are looked at then (ISO 8601)


@dataclass(frozen=True, slots=True)
class Decided:
    """One entry: who held or released what, when and why."""

    number: int  # from 1
    action: Action
    items: tuple[str, ...]  # none: all
    reason: str
    role: str
    by: str
    at: str
    undone_by: str | None = None
    undone_at: str | None = None


@dataclass(frozen=True, slots=True)
class Containment:
    """A frozen set."""

    id: str
    query: ContainmentQuery
    as_of: str  # what was recorded by then counts
    hash: str  # SHA-256 of query, as_of and members
    members: tuple[str, ...]  # keys, sorted; the seeds among them where they are items
    reason: str
    by: str
    created_at: str
    decisions: tuple[Decided, ...] = field(default=())

    def state_of(self) -> dict[str, Decided]:
        """The entry that holds for each member: the latest one that was not undone."""
        state: dict[str, Decided] = {}
        for decided in self.decisions:
            if decided.undone_by is None:
                for key in decided.items or self.members:
                    state[key] = decided
        return state

    @property
    def held(self) -> frozenset[str]:
        """The members that are on hold."""
        return frozenset(k for k, d in self.state_of().items() if d.action == "hold")


@dataclass(frozen=True, slots=True)
class Member:
    """One thing of a containment, where it is and whether it is held."""

    key: str
    cls: str
    name: str
    where: Whereabouts
    is_held: bool
    decided: Decided | None


@dataclass(frozen=True, slots=True)
class Difference:
    """What a containment would be if it were frozen now."""

    added: tuple[str, ...]
    gone: tuple[str, ...]
    is_reproducible: bool  # the query as of then still gives the frozen set


def start_containment(
    store: Store,
    schema: Schema,
    query: ContainmentQuery,
    *,
    by: str,
    reason: str,
    as_of: Instant | None = None,
) -> Containment:
    """Freeze what the query finds as of an instant (default: now), and keep it.

    Raises NotFound for unknown seeds, BadInput without seeds, Conflict where the same set is kept
    already.
    """
    if not query.seeds:
        raise BadInput("Say what to contain: a lot, a unit, an operation or the like.")
    known = now() if as_of is None else as_of
    members = find_members(store, schema, query, None if as_of is None else as_of)
    digest = hash_of(query, known, members)
    number = digest[:10]
    if store.get_records(RECORDS, keys=[number]):
        raise Conflict(f"The containment {number} is there already.", ids=[number])
    made = Containment(number, query, to_text(known), digest, members, reason, by, to_text(now()))
    _keep(store, made)
    return made


def find_members(
    store: Store, schema: Schema, query: ContainmentQuery, as_of: Instant | None
) -> tuple[str, ...]:
    """The keys that a query finds, as of an instant or now."""
    view = NOW if as_of is None else View(as_of=as_of)
    nodes = store.get_nodes(query.seeds, view)
    missing = [seed for seed in query.seeds if seed not in nodes]
    if missing:
        raise NotFound(f"There is nothing called {missing[0]}.", ids=missing)
    seeds = sorted({nodes[seed].key for seed in query.seeds})
    at = None if query.at is None else parse_instant(query.at)
    ways: dict[str, tuple[Way, ...]] = {
        "forward": ("forward",), "backward": ("backward",), "both": ("backward", "forward"),
    }  # fmt: skip
    found: set[str] = set(seeds)
    for way in ways[query.direction]:
        found |= _reach(store, schema, seeds, way, at, view)
    return tuple(sorted(k for k in found if _belongs(schema, k, query.classes)))


def _reach(
    store: Store, schema: Schema, seeds: list[str], way: Way, at: Instant | None, view: View
) -> set[str]:
    adjacency = adjacency_of(store, schema) if view == NOW else None
    if adjacency is not None:
        closure = adjacency.closure(adjacency.find(seeds).values(), way, at=at)
        return set(adjacency.keys(closure.nodes))
    flow = FlowRelations.of(schema)
    links = StoreLinks(store, flow, view)
    return walk(links, seeds, way, at=at, holders=flow.holders).nodes


def _belongs(schema: Schema, key: str, classes: Collection[str]) -> bool:
    if not classes:
        return is_item(key)
    return any(schema.is_a(schema.class_of_key(key), cls) for cls in classes)


def hash_of(query: ContainmentQuery, as_of: Instant, members: Sequence[str]) -> str:
    """SHA-256 of the canonical JSON of query, instant and members."""
    told = [asdict(query), to_text(as_of), sorted(members)]
    return hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()


def list_containments(store: Store) -> list[Containment]:
    """All that are kept, newest first."""
    found = [_read(record) for record in store.get_records(RECORDS).values()]
    return sorted(found, key=lambda c: c.created_at, reverse=True)


def get_containment(store: Store, number: str) -> Containment:
    """The containment of that id. Raises NotFound."""
    records = store.get_records(RECORDS, keys=[number])
    if number not in records:
        raise NotFound(
            f"There is no containment {number}; `gemba contain list` shows those there are.",
            ids=[number], nearest=[c.id for c in list_containments(store)[:5]],
        )  # fmt: skip
    return _read(records[number])


def show_members(
    store: Store, schema: Schema, containment: Containment, *, view: View = NOW
) -> list[Member]:
    """The members with where they are now and whether they are held, in order of their keys."""
    where = locate(store, schema, containment.members, view=view)
    nodes = store.get_nodes(containment.members, view)
    state = containment.state_of()
    return [
        Member(
            key,
            nodes[key].cls if key in nodes else schema.class_of_key(key),
            nodes[key].name if key in nodes else key,
            where[key],
            key in state and state[key].action == "hold",
            state.get(key),
        )
        for key in containment.members
    ]


def decide_on(
    store: Store,
    number: str,
    action: Action,
    items: Collection[str] = (),
    *,
    reason: str,
    role: str,
    by: str,
) -> Containment:
    """Hold or release members (none named: all). Raises NotFound for what is no member,
    BadInput without a reason or a role, Conflict where what is to be released is not held."""
    containment = get_containment(store, number)
    if not reason.strip():
        raise BadInput(f"Say why: a {action} needs a reason.")
    if not role.strip():
        raise BadInput(f"Say in which role you {action}.")
    members = set(containment.members)
    strange = sorted(set(items) - members)
    if strange:
        raise NotFound(f"{strange[0]} is not in the containment {number}.", ids=strange)
    if action == "release":
        loose = sorted((set(items) or members) - containment.held)
        if items and loose:
            raise Conflict(f"{loose[0]} is not held, so it cannot be released.", ids=loose)
        if not items and not containment.held:
            raise Conflict(f"Nothing of the containment {number} is held.", ids=[number])
    decided = Decided(
        len(containment.decisions) + 1, action, tuple(sorted(items)), reason.strip(),
        role.strip(), by, to_text(now()),
    )  # fmt: skip
    changed = replace(containment, decisions=(*containment.decisions, decided))
    _keep(store, changed)
    return changed


def undo_decision(store: Store, number: str, entry: int, *, by: str) -> Containment:
    """Take a hold or a release back; it stays in the list. Raises NotFound, Conflict."""
    containment = get_containment(store, number)
    if not 1 <= entry <= len(containment.decisions):
        raise NotFound(f"The containment {number} has no entry {entry}.", ids=[str(entry)])
    before = containment.decisions[entry - 1]
    if before.undone_by is not None:
        raise Conflict(f"Entry {entry} was undone already by {before.undone_by}.", ids=[str(entry)])
    undone = replace(before, undone_by=by, undone_at=to_text(now()))
    decisions = (*containment.decisions[: entry - 1], undone, *containment.decisions[entry:])
    changed = replace(containment, decisions=decisions)
    _keep(store, changed)
    return changed


def compare_with_now(store: Store, schema: Schema, containment: Containment) -> Difference:
    """What came to it since, what is not found any more, and whether it can be done again."""
    now_found = set(find_members(store, schema, containment.query, None))
    frozen = set(containment.members)
    as_of = parse_instant(containment.as_of)
    try:
        again = find_members(store, schema, containment.query, as_of)
    except NotFound:
        again = ()
    return Difference(
        tuple(sorted(now_found - frozen)),
        tuple(sorted(frozen - now_found)),
        hash_of(containment.query, as_of, again) == containment.hash,
    )


def count_places(members: Collection[Member]) -> dict[str, int]:
    """How many are where, every place named."""
    counts = Counter(member.where.place for member in members)
    return {place: counts.get(place, 0) for place in PLACES}


def count_customers(members: Collection[Member]) -> dict[str, int]:
    """How many went to which customer, most first."""
    counts = Counter(
        customer
        for member in members
        if member.where.place == "shipped"
        for customer in member.where.customers
    )
    return dict(counts.most_common())


def _keep(store: Store, containment: Containment) -> None:
    store.put_records(RECORDS, {containment.id: asdict(containment)})


def _read(record: Mapping[str, Any]) -> Containment:
    query = record["query"]
    return Containment(
        **{
            **record,
            "query": ContainmentQuery(
                tuple(query["seeds"]), query["direction"], tuple(query["classes"]), query["at"]
            ),
            "members": tuple(record["members"]),
            "decisions": tuple(
                Decided(**{**d, "items": tuple(d["items"])}) for d in record["decisions"]
            ),
        }
    )
