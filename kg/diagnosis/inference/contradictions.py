"""Which observations contradict each other: a smallest set that cannot be true together."""

from __future__ import annotations

from collections.abc import Callable

from kg.diagnosis.inference.observations import Observation, Observations


def smallest_conflict(
    observations: Observations, is_possible: Callable[[dict[str, Observation]], bool]
) -> tuple[str, ...]:
    """A minimal contradicting set: without any one of its members the rest is possible.

    Found by halving (QuickXplain, Junker 2004), so that few of many observations are named after
    few calls. The observations together must be impossible. An empty result says that the
    network itself allows nothing.
    """
    names = [name for name, seen in observations.items() if not seen.says_nothing]

    def possible(some: list[str]) -> bool:
        return is_possible({name: observations[name] for name in some})

    def explain(background: list[str], added: bool, some: list[str]) -> list[str]:
        if added and not possible(background):
            return []
        if len(some) == 1:
            return some
        half = len(some) // 2
        first, second = some[:half], some[half:]
        from_second = explain(background + first, True, second)
        from_first = explain(background + from_second, bool(from_second), first)
        return from_first + from_second

    if not names or not possible([]):
        return ()
    found = set(explain([], False, names))
    return tuple(name for name in names if name in found)
