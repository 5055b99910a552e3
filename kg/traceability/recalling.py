"""A mock recall: from a suspect thing to all that it touches and where that is, timed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter

from kg.narration import Phrase
from kg.store.protocol import Store
from kg.traceability.containment import (
    ContainmentQuery,
    Member,
    count_customers,
    count_places,
    find_members,
    hash_of,
)
from kg.traceability.locating import locate
from ontology.schema import Schema


@dataclass(frozen=True, slots=True)
class Recall:
    """What a mock recall found, and how long it took. Nothing is kept."""

    query: ContainmentQuery
    total: int
    by_class: Mapping[str, int]
    by_place: Mapping[str, int]
    by_customer: Mapping[str, int]
    located: int  # of which it is known where they are
    traced_seconds: float
    located_seconds: float
    seconds: float
    hash: str
    sentence: Phrase

    @property
    def located_share(self) -> float:
        """The share that was accounted for."""
        return self.located / self.total if self.total else 1.0


def recall(store: Store, schema: Schema, query: ContainmentQuery) -> Recall:
    """Trace, and locate what was found. Raises NotFound for unknown seeds."""
    started = perf_counter()
    keys = find_members(store, schema, query, None)
    traced = perf_counter()
    where = locate(store, schema, keys)
    nodes = store.get_nodes(keys)
    located = perf_counter()
    members = [
        Member(
            key,
            nodes[key].cls if key in nodes else schema.class_of_key(key),
            nodes[key].name if key in nodes else key,
            where[key],
            False,
            None,
        )
        for key in keys
    ]
    places = count_places(members)
    known = len(members) - places["unknown"]
    customers = count_customers(members)
    total = len(members)
    seconds = located - started
    share = 100 * known / total if total else 100.0
    return Recall(
        query,
        total,
        dict(Counter(member.cls for member in members).most_common()),
        places,
        customers,
        known,
        traced - started,
        located - traced,
        seconds,
        hash_of(query, 0, keys),
        Phrase(
            f"{total:,} things are affected, {share:.1f} % of them located in {seconds:.1f} s; "
            f"{places['shipped']:,} were shipped, to {len(customers)} customers.",
            f"共涉及{total:,}件，{seconds:.1f}秒内定位{share:.1f}%；"
            f"其中{places['shipped']:,}件已发运，涉及{len(customers)}家客户。",
        ),
    )
