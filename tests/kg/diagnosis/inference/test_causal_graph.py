"""Cycles are broken in a stated way, and a causal graph becomes a network."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kg.diagnosis.inference import (
    CausalGraph,
    GraphNode,
    break_cycles,
    collect,
    infer,
    observe,
    to_network,
)

_edges = st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef")), max_size=20)


def _has_cycle(edges: list[tuple[str, str]]) -> bool:
    left = set(edges)
    nodes = {n for e in left for n in e}
    while nodes:
        sinks = {n for n in nodes if not any(e[0] == n for e in left)}
        if not sinks:
            return True
        nodes -= sinks
        left = {e for e in left if e[1] not in sinks}
    return False


@given(edges=_edges)
def test_what_is_kept_has_no_cycle_and_what_is_left_out_would_close_one(
    edges: list[tuple[str, str]],
) -> None:
    kept, left_out = break_cycles(edges)
    assert sorted({*kept, *left_out}) == sorted(set(edges))
    assert not _has_cycle(kept)
    for edge in left_out:
        assert _has_cycle([*kept, edge])
    assert break_cycles(list(reversed(edges))) == (kept, left_out)


def test_the_weakest_edge_of_a_cycle_goes() -> None:
    weights = {("a", "b"): 0.9, ("b", "c"): 0.2, ("c", "a"): 0.5}
    assert break_cycles(weights, weights=weights)[1] == [("b", "c")]


def test_a_graph_with_a_control_loop_becomes_a_network() -> None:
    nodes = {n: GraphNode(n, is_alarm=n == "alarm") for n in ("valve", "pressure", "alarm")}
    edges = dict.fromkeys([("valve", "pressure"), ("pressure", "valve"), ("pressure", "alarm")], "")
    network, left_out = to_network(CausalGraph(nodes, edges))
    assert len(left_out) == 1
    assert network.with_role("finding") == ("alarm",)
    seen = collect(network, observe(network, "alarm", "abnormal"))
    found = infer(network, seen, targets=["pressure"])
    assert found.of("pressure")["abnormal"] > 0.3
