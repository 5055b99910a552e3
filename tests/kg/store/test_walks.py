from collections.abc import Collection

from hypothesis import given
from hypothesis import strategies as st

from kg.model import NOW, Direction, Node, Statement, Status, View
from kg.store.walks import closure, shortest_path

_EDGES = st.lists(
    st.tuples(st.sampled_from("abcdefg"), st.sampled_from("xy"), st.sampled_from("abcdefg")),
    max_size=14,
)


class Edges:
    """The least that walks need, over a list of triples."""

    def __init__(self, triples: Collection[tuple[str, str, str]]) -> None:
        self.statements = [Statement(*t, Status.ACCEPTED, 1.0, 1, 0) for t in sorted(set(triples))]

    def get_nodes(self, keys: Collection[str], view: View = NOW) -> dict[str, Node]:
        return {key: Node(key, "Thing", key) for key in keys}

    def expand(
        self,
        keys: Collection[str],
        predicates: Collection[str] | None = None,
        direction: Direction = "out",
        *,
        view: View = NOW,
        limit_per_node: int | None = None,
    ) -> list[Statement]:
        return [
            s
            for s in self.statements
            if (predicates is None or s.predicate in predicates)
            and (
                (direction in ("out", "both") and s.subject in keys)
                or (direction in ("in", "both") and s.object in keys)
            )
        ]


def _distances(edges: Edges, start: str, predicates: set[str], direction: str) -> dict[str, int]:
    """Distances by relaxing every statement until nothing changes."""
    distance = {start: 0}
    for _ in range(len(edges.statements) + 1):
        for s in edges.statements:
            pairs = []
            if s.predicate in predicates and direction in ("out", "both"):
                pairs.append((s.subject, s.object))
            if s.predicate in predicates and direction in ("in", "both"):
                pairs.append((s.object, s.subject))
            for near, far in pairs:
                if near in distance:
                    distance[far] = min(distance.get(far, 99), distance[near] + 1)
    return distance


@given(
    _EDGES,
    st.sampled_from("abcdefg"),
    st.sampled_from("abcdefg"),
    st.sampled_from(["out", "in", "both"]),
    st.integers(1, 4),
)
def test_paths_are_as_short_as_can_be_and_hold_together(triples, start, end, direction, hops):
    edges = Edges(triples)
    path = shortest_path(edges, start, end, {"x"}, direction, max_hops=hops)
    distance = _distances(edges, start, {"x"}, direction).get(end)
    if distance is None or distance > hops:
        assert path is None
        return
    assert path is not None
    assert len(path) == distance
    here = start
    for statement in path:
        assert statement.predicate == "x"
        if direction == "out":
            assert statement.subject == here
        elif direction == "in":
            assert statement.object == here
        here = statement.object if statement.subject == here else statement.subject
    assert here == end


@given(_EDGES, st.sampled_from("abcdefg"), st.integers(0, 5))
def test_closure_gives_the_distances_up_to_its_depth(triples, start, depth):
    edges = Edges(triples)
    reached = closure(edges, [start], [("x", "out"), ("y", "in")], max_depth=depth)
    turned = Edges(
        [
            (s.subject, "z", s.object) if s.predicate == "x" else (s.object, "z", s.subject)
            for s in edges.statements
        ]
    )
    expected = _distances(turned, start, {"z"}, "out")
    assert reached == {key: d for key, d in expected.items() if d <= depth}
