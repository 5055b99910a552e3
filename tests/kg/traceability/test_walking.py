"""The walk against brute force: every path tried, every schedule of movements tried."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import example, given, settings
from hypothesis import strategies as st

from kg.model import Statement, Status
from kg.traceability.flow import FlowRelations, KnownLinks, times_of
from kg.traceability.walking import walk
from tests.kg.plants import schema

FLOW = FlowRelations.of(schema())

# Subject and object kinds by relation, as the ontology has them.
_THINGS = {
    "consumed": (("op",), ("lot", "unit")),
    "produced": (("op",), ("lot", "unit")),
    "madeOf": (("unit", "lot"), ("unit", "lot")),
    "packedInto": (("unit", "lot", "container"), ("container",)),
    "shippedIn": (("unit", "container"), ("shipment",)),
    "shippedTo": (("shipment",), ("customer",)),
    "suppliedBy": (("lot",), ("supplier",)),
}


@st.composite
def _statement(draw: st.DrawFn) -> Statement:
    relation = draw(st.sampled_from(sorted(_THINGS)))
    subjects, objects = _THINGS[relation]
    subject = f"{draw(st.sampled_from(subjects))}:{draw(st.integers(0, 2))}"
    object_ = f"{draw(st.sampled_from(objects))}:{draw(st.integers(0, 2))}"
    # Instants far enough apart that a stay of one step is not taken for a moment.
    start = draw(st.none() | st.integers(0, 6).map(lambda i: i * 10))
    length = draw(st.none() | st.integers(0, 4).map(lambda i: i * 10))
    end = None if length is None or start is None else start + length
    return Statement(subject, relation, object_, Status.ACCEPTED, 1.0, 1, 0, start, end)


def genealogies(size: int) -> st.SearchStrategy[list[Statement]]:
    """Random statements of the flow, at most `size`, each triple once."""
    return st.lists(_statement(), max_size=size, unique_by=lambda s: s.key)


_GENEALOGIES = genealogies(11)


def _paths(statements: list[Statement], start: str) -> Iterator[tuple[str, list[Statement]]]:
    """Every way of moving from `start` along the flow that uses no statement twice."""
    stack: list[tuple[str, list[Statement]]] = [(start, [])]
    while stack:
        node, path = stack.pop()
        yield node, path
        stack += [
            (FLOW.target_of(s), [*path, s])
            for s in statements
            if FLOW.source_of(s) == node and s not in path
        ]


def _is_possible(path: list[Statement]) -> bool:
    """Whether the movements can be put in time: each as early as it can be, none too late."""
    now = -(10**15)
    deadline = 10**15  # of the container that the material is in
    for s in path:
        start, end, is_stay = times_of(s, FLOW)
        now = max(now, start)
        if now > min(end, deadline):
            return False
        deadline = min(deadline, end) if is_stay else 10**15
    return True


def _ahead(statements: list[Statement], start: str) -> set[str]:
    return {node for node, path in _paths(statements, start) if _is_possible(path)}


def nodes_of(statements: list[Statement]) -> list[str]:
    """All ends of statements."""
    return sorted({end for s in statements for end in (s.subject, s.object)})


def _stay(unit: str, container: str, start: int, end: int) -> Statement:
    return Statement(unit, "packedInto", container, Status.ACCEPTED, 1.0, 1, 0, start, end)


def _shipped(container: str, when: int) -> Statement:
    return Statement(container, "shippedIn", "shipment:0", Status.ACCEPTED, 1.0, 1, 0, when, when)


@settings(max_examples=300, deadline=None)
@given(_GENEALOGIES)
@example([_stay("unit:0", "container:0", 0, 20), _shipped("container:0", 10)])
@example([_stay("unit:0", "container:0", 0, 20), _shipped("container:0", 20)])
@example([_stay("unit:0", "container:0", 0, 40), _stay("container:0", "container:1", 0, 10),
          _shipped("container:1", 10)])  # fmt: skip
@example([_stay("unit:0", "container:0", 0, 10), _stay("container:0", "container:1", 0, 40),
          _shipped("container:1", 20)])  # fmt: skip
def test_walk_equals_brute_force_both_ways(statements: list[Statement]) -> None:
    links = KnownLinks(statements, FLOW)
    nodes = nodes_of(statements)
    ahead = {node: _ahead(statements, node) for node in nodes}
    for node in nodes:
        forward = walk(links, [node], "forward", holders=FLOW.holders).nodes
        assert forward == ahead[node]
        backward = walk(links, [node], "backward", holders=FLOW.holders).nodes
        assert backward == {other for other in nodes if node in ahead[other]}


@settings(max_examples=100, deadline=None)
@given(_GENEALOGIES)
def test_walk_without_time_is_plain_reachability(statements: list[Statement]) -> None:
    links = KnownLinks(statements, FLOW)
    for node in nodes_of(statements):
        reachable = {other for other, _ in _paths(statements, node)}
        found = walk(links, [node], "forward", respect_time=False, holders=FLOW.holders)
        assert found.nodes == reachable
        assert walk(links, [node], "forward", holders=FLOW.holders).nodes <= reachable


@settings(max_examples=100, deadline=None)
@given(_GENEALOGIES, _statement())
def test_walk_never_shrinks_when_a_statement_is_added(
    statements: list[Statement], more: Statement
) -> None:
    if more.key in {s.key for s in statements}:
        return
    for node in nodes_of(statements):
        for way in ("backward", "forward"):
            before = walk(KnownLinks(statements, FLOW), [node], way, holders=FLOW.holders)  # type: ignore[arg-type]
            after = walk(KnownLinks([*statements, more], FLOW), [node], way, holders=FLOW.holders)  # type: ignore[arg-type]
            assert before.nodes <= after.nodes


@settings(max_examples=100, deadline=None)
@given(_GENEALOGIES, st.integers(1, 4))
def test_walk_of_limited_depth_finds_what_so_many_statements_reach(
    statements: list[Statement], depth: int
) -> None:
    links = KnownLinks(statements, FLOW)
    for node in nodes_of(statements):
        expected = {
            other
            for other, path in _paths(statements, node)
            if len(path) <= depth and _is_possible(path)
        }
        found = walk(links, [node], "forward", max_depth=depth, holders=FLOW.holders)
        assert found.nodes == expected
        assert found.is_truncated == (expected != _ahead(statements, node))


@settings(max_examples=100, deadline=None)
@given(_GENEALOGIES)
def test_walk_labels_trace_back_to_a_possible_path(statements: list[Statement]) -> None:
    links = KnownLinks(statements, FLOW)
    for node in nodes_of(statements):
        found = walk(links, [node], "forward", holders=FLOW.holders)
        for labels in found.labels.values():
            path: list[Statement] = []
            label = labels[0]
            while label.came is not None and label.by is not None:
                path.insert(0, label.by.statement)
                label = label.came
            assert label.state.node == node
            assert len(path) == labels[0].level
            assert _is_possible(path)


def test_walk_stops_at_the_limit_of_nodes_and_says_so() -> None:
    statements = [
        Statement("op:0", "produced", f"unit:{i}", Status.ACCEPTED, 1.0, 1, 0) for i in range(50)
    ]
    found = walk(KnownLinks(statements, FLOW), ["op:0"], "forward", max_nodes=10)
    assert len(found.nodes) == 10
    assert found.is_truncated
    assert found.reason == "nodes"
