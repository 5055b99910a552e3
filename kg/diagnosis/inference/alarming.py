"""From alarms and what changed before them to the causes in a causal graph, without learning.

A cause of an alarm acts on it by a directed path of the graph. Among those, in this order:

1. a measured variable that did not follow its command ("commanded, but it did not happen");
2. a measured variable that changed although nothing before it on the graph had changed: the
   root-most changed one; earlier changes first;
3. a measured variable whose change its own causes explain;
4. a command: the controller did as it was told, so it is the last to blame.

Changes reported within `TOLERANCE` seconds of each other have no order: a bus reports them late.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from kg.diagnosis.inference.causal_graph import CausalGraph

TOLERANCE = 1.5  # seconds
RESPONSE_TIME = 10.0  # seconds for which a command explains a change of what it acts on

Finding = Literal["no response", "changed first", "changed after its cause", "command", "nothing"]
_ORDER: tuple[Finding, ...] = (
    "no response",
    "changed first",
    "changed after its cause",
    "command",
    "nothing",
)


class Change(NamedTuple):
    """A node takes a value at a time (seconds)."""

    at: float
    node: str
    value: str


@dataclass(frozen=True, slots=True)
class AlarmCause:
    """A cause of the alarms: what speaks for it, since when, and a path to each alarm it reaches.

    `score` orders the causes; it is not a probability.
    """

    name: str
    finding: Finding
    since: float | None
    score: float
    paths: tuple[tuple[str, ...], ...]
    because: str


def trace_alarms(
    graph: CausalGraph, changes: Sequence[Change], alarms: Collection[str], *, now: float
) -> list[AlarmCause]:
    """The causes of active `alarms`, best first.

    `changes` are in order of time, the first of each node being its value at the start; those after
    `now` (but for the tolerance) are not looked at.
    """
    known = [c for c in changes if c.at <= now + TOLERANCE and c.node in graph.nodes]
    history: dict[str, list[Change]] = {}
    for change in known:
        past = history.setdefault(change.node, [])
        if not past or past[-1].value != change.value:
            past.append(change)
    reached: dict[str, list[tuple[str, ...]]] = {}
    for alarm in alarms:
        raised = _raised(history.get(alarm, ()), now)
        for name, path in graph.paths_to(alarm).items():
            began = history.get(name, ())
            if len(began) < 2 or began[1].at <= raised + TOLERANCE:
                reached.setdefault(name, []).append(path)
    found = []
    for name, paths in reached.items():
        if graph.nodes[name].is_alarm:
            continue
        finding, since, because = _judge(graph, history, name, now)
        rank = len(_ORDER) - _ORDER.index(finding)
        nearness = 1.0 / min(len(p) for p in paths)
        early = 0.0 if since is None else max(0.0, now - since) / (1.0 + max(0.0, now - since))
        score = rank + 0.5 * len(paths) / len(alarms) + 0.2 * nearness + 0.2 * early
        found.append(AlarmCause(name, finding, since, score, tuple(paths), because))
    return sorted(found, key=lambda cause: (-cause.score, cause.name))


def first_episode(changes: Sequence[Change], alarms: Collection[str]) -> tuple[list[str], float]:
    """The alarms raised until none of them is active any more, and when the last of them was.

    The first change of a node is its value at the start. Alarms that were active then count only
    where no other is raised, at the end of the record. No alarms and 0 where none is ever active.
    """
    met: set[str] = set()
    active: set[str] = set()
    at_start: list[str] = []
    raised: list[str] = []
    last = 0.0
    for change in changes:
        name = change.node
        if name not in alarms:
            continue
        is_first, on = name not in met, is_on(change.value)
        met.add(name)
        if is_first and on:
            at_start.append(name)
        elif on and name not in active and not is_first:
            active.add(name)
            raised.append(name)
            last = change.at
        elif not on:
            active.discard(name)
            if raised and not active:
                break
    if not raised and at_start:
        return at_start, changes[-1].at
    return list(dict.fromkeys(raised)), last


def _raised(past: Sequence[Change], now: float) -> float:
    """When an alarm was last raised."""
    return max((c.at for c in past[1:] if is_on(c.value)), default=now)


def is_on(value: str) -> bool:
    """Whether a value of a binary node says yes."""
    return value.strip().casefold() in ("true", "1", "1.0", "on", "yes")


def _judge(
    graph: CausalGraph, history: Mapping[str, Sequence[Change]], name: str, now: float
) -> tuple[Finding, float | None, str]:
    node = graph.nodes[name]
    past = history.get(name, ())
    changed = _since(past, node.is_number, now)
    if node.is_command:
        if changed is None:
            return "nothing", None, "did not change"
        return "command", changed, f"was set at {changed:g} s"
    missed = _missed_command(graph, history, name, now)
    if missed is not None:
        command, at = missed
        return "no response", at, f"{command} was commanded at {at:g} s, {name} did not follow"
    if changed is None:
        return "nothing", None, "did not change"
    before = []
    for parent in graph.parents[name]:
        began = _since(history.get(parent, ()), graph.nodes[parent].is_number, now)
        if graph.nodes[parent].is_alarm or began is None:
            continue
        if began <= changed + TOLERANCE and changed - began <= _reach(graph, parent):
            before.append(parent)
    if before:
        return "changed after its cause", changed, f"changed at {changed:g} s, after {before[0]}"
    return "changed first", changed, f"changed at {changed:g} s, and nothing before it"


def _reach(graph: CausalGraph, parent: str) -> float:
    """For how long a change of a parent explains one of its effect: a command acts at once."""
    return RESPONSE_TIME if graph.nodes[parent].is_command else float("inf")


def _since(past: Sequence[Change], is_number: bool, now: float) -> float | None:
    """When a node left the value it has been leaving; None where it has not changed.

    A number has changed where it left the range it had kept before.
    """
    if len(past) < 2:
        return None
    if not is_number:
        return past[-1].at
    try:
        values = [float(c.value) for c in past]
    except ValueError:
        return past[-1].at
    low = high = values[0]
    left: float | None = None
    for change, value in zip(past[1:], values[1:], strict=True):
        margin = 0.1 * max(abs(low), abs(high), 1e-9)
        if value < low - margin or value > high + margin:
            left = change.at if left is None else left
        elif left is None:
            low, high = min(low, value), max(high, value)
    return left if left is not None else past[-1].at


def _missed_command(
    graph: CausalGraph, history: Mapping[str, Sequence[Change]], name: str, now: float
) -> tuple[str, float] | None:
    """The command that a measured binary node has not followed, and when it was given."""
    if graph.nodes[name].is_number:
        return None
    own = history.get(name, ())
    missed: list[tuple[float, str]] = []
    for command in graph.parents[name]:
        if not graph.nodes[command].is_command:
            continue
        given = list(history.get(command, ()))[1:]
        if not given:
            continue
        last = given[-1]
        usual = _response_times(own, given[:-1])
        allowed = TOLERANCE + (max(usual) if usual else 0.0)
        followed = any(last.at - TOLERANCE <= c.at <= now + TOLERANCE for c in own[1:])
        if followed or now - last.at < allowed or _is_there(history[command], last, own):
            continue
        if usual or len(given) == 1 or len(own) == 1:
            missed.append((last.at, command))
    if not missed:
        return None
    at, command = max(missed)
    return command, at


def _is_there(commands: Sequence[Change], last: Change, own: Sequence[Change]) -> bool:
    """Whether the node has the commanded value already, as the start of the record shows it."""
    if not own:
        return False
    same_way = is_on(commands[0].value) == is_on(own[0].value)
    return (is_on(last.value) == is_on(own[-1].value)) == same_way


def _response_times(own: Sequence[Change], given: Sequence[Change]) -> list[float]:
    """How long the node took to change after each earlier command."""
    found = []
    for index, command in enumerate(given):
        until = given[index + 1].at if index + 1 < len(given) else float("inf")
        after = [c.at for c in own[1:] if command.at - TOLERANCE <= c.at < until]
        if after:
            found.append(max(0.0, after[0] - command.at))
    return found
