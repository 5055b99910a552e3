"""Causes of alarms: root-most changes, commands without response, paths of the graph."""

from __future__ import annotations

from itertools import pairwise

from kg.diagnosis.inference import (
    CausalGraph,
    Change,
    GraphNode,
    first_episode,
    trace_alarms,
)

_NODES = {
    name: GraphNode(name, is_alarm=name.startswith("alarm"), is_command=name.startswith("to "))
    for name in ("filter", "pump", "alarm pump", "to out", "to in", "is out", "alarm late", "fan")
}
_GRAPH = CausalGraph(
    _NODES,
    dict.fromkeys(
        [
            ("filter", "pump"),
            ("pump", "alarm pump"),
            ("to out", "is out"),
            ("to in", "to out"),
            ("is out", "alarm late"),
            ("to out", "alarm late"),
            ("pump", "fan"),
        ],
        "",
    ),
)


def _changes(*said: tuple[float, str, str]) -> list[Change]:
    start = [Change(0.0, name, "False") for name in _NODES]
    return [*start, *(Change(*change) for change in said)]


def test_the_root_most_changed_ancestor_comes_first() -> None:
    seen = _changes((10, "filter", "True"), (30, "pump", "True"), (31, "alarm pump", "True"))
    alarms, now = first_episode(seen, ["alarm pump", "alarm late"])
    assert (alarms, now) == (["alarm pump"], 31.0)
    found = trace_alarms(_GRAPH, seen, alarms, now=now)
    assert [cause.name for cause in found] == ["filter", "pump"]
    assert found[0].finding == "changed first"
    assert found[0].paths == (("filter", "pump", "alarm pump"),)
    assert found[1].finding == "changed after its cause"


def test_an_unchanged_ancestor_is_less_likely_than_a_changed_one() -> None:
    seen = _changes((30, "pump", "True"), (31, "alarm pump", "True"))
    found = trace_alarms(_GRAPH, seen, ["alarm pump"], now=31)
    assert [(c.name, c.finding) for c in found] == [
        ("pump", "changed first"),
        ("filter", "nothing"),
    ]


def test_commanded_but_did_not_happen() -> None:
    seen = _changes((5, "to out", "True"), (12, "alarm late", "True"))
    found = trace_alarms(_GRAPH, seen, ["alarm late"], now=12)
    assert found[0].name == "is out"
    assert found[0].finding == "no response"
    assert "to out was commanded at 5 s" in found[0].because


def test_a_command_that_was_followed_is_no_finding() -> None:
    seen = _changes(
        (5, "to out", "True"),
        (7, "is out", "True"),
        (12, "alarm late", "True"),
    )
    found = trace_alarms(_GRAPH, seen, ["alarm late"], now=12)
    assert {c.name: c.finding for c in found}["is out"] == "changed after its cause"


def test_every_path_is_a_path_of_the_graph_and_nothing_else_is_blamed() -> None:
    seen = _changes((5, "fan", "True"), (30, "pump", "True"), (31, "alarm pump", "True"))
    found = trace_alarms(_GRAPH, seen, ["alarm pump"], now=31)
    assert "fan" not in [c.name for c in found]  # it acts on no alarm
    for cause in found:
        for path in cause.paths:
            assert path[0] == cause.name
            assert path[-1] == "alarm pump"
            assert all(step in _GRAPH.edges for step in pairwise(path))


def test_no_alarm_no_cause() -> None:
    assert first_episode(_changes((5, "pump", "True")), ["alarm pump"]) == ([], 0.0)
    assert trace_alarms(_GRAPH, _changes(), [], now=0.0) == []


def test_an_alarm_of_the_start_counts_only_where_no_other_is_raised() -> None:
    start = [Change(0.0, "alarm late", "True"), Change(0.0, "alarm pump", "False")]
    assert first_episode(start, ["alarm late", "alarm pump"]) == (["alarm late"], 0.0)
    later = [*start, Change(9.0, "alarm pump", "True")]
    assert first_episode(later, ["alarm late", "alarm pump"]) == (["alarm pump"], 9.0)
