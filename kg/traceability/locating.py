"""Where things are now, as far as was recorded: shipped, built in, in stock, scrapped."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from kg.model.graph import NOW, Statement, View
from kg.model.instants import Instant, to_text
from kg.model.keys import kind_of
from kg.store.protocol import Store
from kg.traceability.flow import BEGINNING, END, FlowRelations, find_pieces, times_of
from ontology.schema import Schema

Place = Literal["shipped", "built_in", "scrapped", "in_process", "in_stock", "unknown"]
PLACES: tuple[Place, ...] = (
    "shipped", "built_in", "scrapped", "in_process", "in_stock", "unknown",
)  # fmt: skip

_AT_ONCE = 2_000
_DEEPEST = 8  # containers in containers


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where one thing is, and by what that is known."""

    place: Place
    since: str | None = None  # ISO 8601
    shipment: str | None = None
    customers: tuple[str, ...] = ()
    containers: tuple[str, ...] = ()  # that it is in, from the inside
    location: str | None = None
    into: tuple[str, ...] = ()  # what it became part of


def locate(
    store: Store, schema: Schema, keys: Collection[str], *, view: View = NOW
) -> dict[str, Whereabouts]:
    """Where each of `keys` is: the latest of what was recorded about it or what it lies in.

    A thing went out where it, or a container that it was in at the time, was shipped.
    """
    flow = FlowRelations.of(schema)
    wanted = sorted(set(keys))
    packed = _packings(store, wanted, flow, view)
    inside, known = dict(packed), set(wanted)
    for _ in range(_DEEPEST):
        holders = {s.object for found in inside.values() for s in found} - known
        if not holders:
            break
        known |= holders
        inside = _packings(store, sorted(holders), flow, view)
        packed.update(inside)
    things = sorted(known)
    shipped = _by_subject(_expand(store, things, ["shippedIn"], "out", view))
    shipments = {s.object for found in shipped.values() for s in found}
    customers = _by_subject(_expand(store, sorted(shipments), ["shippedTo"], "out", view))
    uses = _expand(store, wanted, ["consumed"], "in", view)
    made_of = _expand(store, wanted, ["madeOf"], "in", view)
    produced = _expand(store, sorted({s.subject for s in uses}), ["produced"], "out", view)
    outputs = _by_subject(produced)
    used: dict[str, list[tuple[Instant, str]]] = {}
    for s in uses:
        for out in outputs.get(s.subject, ()):
            if out.object != s.object:
                used.setdefault(s.object, []).append((_start(s), out.object))
    for s in made_of:
        used.setdefault(s.object, []).append((_start(s), s.subject))
    scrapped = {s.object: s for s in uses if s.subject not in outputs}
    places = _latest(_expand(store, things, ["locatedIn"], "out", view))
    seen = _seen(store, things, view)
    made = {s.object for s in _expand(store, wanted, ["produced"], "in", view)}
    received = {s.subject for s in _expand(store, wanted, ["suppliedBy"], "out", view)}
    found: dict[str, Whereabouts] = {}
    for key in wanted:
        chain = _holders(key, packed, flow)
        left = _left(key, chain, packed, shipped, flow)
        location = next(
            (p for one in (key, *chain) if (p := places.get(one) or seen.get(one))), None
        )
        into = sorted({other for _, other in used.get(key, ())})
        last_use = max((at for at, _ in used.get(key, ())), default=None)
        if left is not None and (last_use is None or left[0] >= last_use):
            to = sorted({s.object for s in customers.get(left[1], ())})
            found[key] = Whereabouts(
                "shipped", _text(left[0]), left[1], tuple(to), tuple(chain), location, tuple(into)
            )
        elif into:
            found[key] = Whereabouts("built_in", _text(last_use), containers=tuple(chain),
                                     location=location, into=tuple(into))  # fmt: skip
        elif key in scrapped:
            found[key] = Whereabouts("scrapped", _text(_start(scrapped[key])), location=location)
        elif chain or key in places or key in received or (location and key not in made):
            found[key] = Whereabouts("in_stock", containers=tuple(chain), location=location)
        elif key in made:
            found[key] = Whereabouts("in_process", location=location)
        else:
            found[key] = Whereabouts("in_stock" if location else "unknown", location=location)
    return found


def _expand(
    store: Store, keys: list[str], relations: list[str], direction: Literal["in", "out"], view: View
) -> list[Statement]:
    return [
        s
        for first in range(0, len(keys), _AT_ONCE)
        for s in store.expand(keys[first : first + _AT_ONCE], relations, direction, view=view)
    ]


def _packings(
    store: Store, keys: list[str], flow: FlowRelations, view: View
) -> dict[str, list[Statement]]:
    """The packings of each, one for every time."""
    found = _expand(store, keys, sorted(flow.stays), "out", view)
    pieces = find_pieces(store, found, flow, view)
    return _by_subject(piece for s in found for piece in pieces.get(s.key, [s]))


def _by_subject(statements: Iterable[Statement]) -> dict[str, list[Statement]]:
    found: dict[str, list[Statement]] = {}
    for s in statements:
        found.setdefault(s.subject, []).append(s)
    return found


def _latest(statements: Iterable[Statement]) -> dict[str, str]:
    """The object of the latest statement about each subject."""
    found: dict[str, Statement] = {}
    for s in statements:
        if s.subject not in found or _start(s) >= _start(found[s.subject]):
            found[s.subject] = s
    return {key: s.object for key, s in found.items()}


def _seen(store: Store, keys: list[str], view: View) -> dict[str, str]:
    """Where each was in the latest event that handled it and was not declared an error."""
    handled = _expand(store, keys, ["handledIn"], "out", view)
    events = sorted({s.object for s in handled})
    void: set[str] = set()
    for first in range(0, len(events), _AT_ONCE):
        nodes = store.get_nodes(events[first : first + _AT_ONCE], view)
        void |= {key for key, node in nodes.items() if node.props.get("isVoided") is True}
    where = _latest(_expand(store, events, ["performedOn"], "out", view))
    found = _latest(s for s in handled if s.object not in void and s.object in where)
    return {key: where[event] for key, event in found.items()}


def _holders(key: str, packed: Mapping[str, list[Statement]], flow: FlowRelations) -> list[str]:
    """What it is in now, from the inside: packings without an end."""
    chain: list[str] = []
    at = key
    while len(chain) < _DEEPEST:
        here = [s for s in packed.get(at, ()) if times_of(s, flow)[1] == END]
        if not here:
            break
        at = max(here, key=_start).object
        if at in chain or at == key:
            break
        chain.append(at)
    return chain


def _left(
    key: str,
    chain: Collection[str],
    packed: Mapping[str, list[Statement]],
    shipped: Mapping[str, list[Statement]],
    flow: FlowRelations,
) -> tuple[Instant, str] | None:
    """When it went out last, and with which shipment: itself, or in a container at the time."""
    found: list[tuple[Instant, str]] = []
    queue: list[tuple[str, Instant, Instant, int]] = [(key, BEGINNING, END, 0)]
    while queue:
        at, since, until, depth = queue.pop()
        for s in shipped.get(at, ()):
            start, end, _ = times_of(s, flow)
            if start <= until and end >= since:
                found.append((max(start, since), s.object))
        if depth < _DEEPEST:
            for s in packed.get(at, ()):
                start, end, _ = times_of(s, flow)
                if start <= until and end >= since:
                    queue.append((s.object, max(start, since), min(end, until), depth + 1))
    return max(found, default=None)


def _start(statement: Statement) -> Instant:
    return BEGINNING if statement.valid_from is None else statement.valid_from


def _text(instant: Instant | None) -> str | None:
    return None if instant is None or abs(instant) >= END else to_text(instant)


def is_item(key: str) -> bool:
    """Whether a key names something that can be held: a unit, a lot or a container."""
    return kind_of(key) in {"unit", "lot", "container"}
