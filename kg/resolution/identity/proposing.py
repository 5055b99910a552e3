"""From candidates to proposals: by class, never through a chain of weak links.

A proposal joins one thing to one other. Things that are already joined count as a group, and a
thing joins a group only where it is likely enough to mean the same as *every* member: `brake`
like `brakes` and `brakes` like `breaks` never make `brake` and `breaks` one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from kg.model.phrase import Phrase
from kg.resolution.identity.candidates import Named, find_candidates, word_weights
from kg.resolution.identity.forms import Forms
from kg.resolution.identity.likeness import How, Likeness, compare


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which score on a class's things are proposed, and merged without asking.

    A pair is merged without asking only where it also differs in nothing but abbreviation,
    inflection or spaces, and no other thing is as likely.
    """

    propose: float = 0.8
    merge: float = 0.99


@dataclass(frozen=True, slots=True)
class Proposal:
    """`dropped` may be the same thing as `kept`."""

    kept: str
    dropped: str
    cls: str
    names: tuple[str, str]  # of kept and of dropped: the two that are alike
    score: float
    how: How
    reasons: tuple[Phrase, ...]
    is_sure: bool  # may be merged without asking

    @property
    def id(self) -> str:
        """Both keys in order: the same pair is the same proposal whichever way round."""
        return "~".join(sorted((self.kept, self.dropped)))


@dataclass(slots=True)
class _Groups:
    """What is joined so far, with everybody in it."""

    members: dict[int, list[int]] = field(default_factory=dict)
    of: dict[int, int] = field(default_factory=dict)

    def group(self, place: int) -> list[int]:
        return self.members.get(self.of.get(place, place), [place])

    def join(self, a: int, b: int) -> None:
        into, out = self.of.get(a, a), self.of.get(b, b)
        joined = self.group(a) + self.group(b)
        self.members[into] = joined
        self.members.pop(out, None)
        for place in joined:
            self.of[place] = into


def propose(
    things: Sequence[Named],
    forms: Forms,
    thresholds: Mapping[str, Thresholds],
    *,
    apart: Collection[frozenset[str]] = (),
    together: Iterable[tuple[str, str]] = (),
    default: Thresholds | None = None,
) -> list[Proposal]:
    """Proposals, the likeliest first.

    `apart`: pairs of keys that people said differ; a pair that would bring two of them into one
    group is not proposed. `together`: pairs that are merged already. `thresholds` by class name.
    """
    default = default or Thresholds()
    told_apart = set(apart)
    by_class: dict[str, list[Named]] = {}
    for thing in things:
        by_class.setdefault(thing.cls, []).append(thing)
    merged = list(together)
    proposals: list[Proposal] = []
    for cls in sorted(by_class):
        proposals += _propose_class(
            sorted(by_class[cls], key=lambda t: t.key),
            forms,
            thresholds.get(cls, default),
            told_apart,
            merged,
        )
    return sorted(proposals, key=lambda p: (-p.score, p.id))


def _propose_class(
    things: list[Named],
    forms: Forms,
    limits: Thresholds,
    apart: set[frozenset[str]],
    together: list[tuple[str, str]],
) -> list[Proposal]:
    weights = word_weights(things, forms)
    place_of = {thing.key: place for place, thing in enumerate(things)}
    groups = _Groups()
    for one, other in together:
        if one in place_of and other in place_of:
            groups.join(place_of[one], place_of[other])
    likely: dict[tuple[int, int], tuple[Likeness, str, str]] = {}
    for a, b, name_a, name_b in find_candidates(things, forms):
        likeness = compare(forms.of(name_a), forms.of(name_b), weights)
        if likeness.score >= limits.propose and (
            (a, b) not in likely or likeness.score > likely[a, b][0].score
        ):
            likely[a, b] = (likeness, name_a, name_b)
    found: list[Proposal] = []
    rivals = _rivals(likely)
    for (a, b), (likeness, name_a, name_b) in sorted(
        likely.items(), key=lambda item: (-item[1][0].score, item[0])
    ):
        if groups.of.get(a, a) == groups.of.get(b, b):
            continue
        crossing = [(x, y) for x in groups.group(a) for y in groups.group(b)]
        if any(frozenset((things[x].key, things[y].key)) in apart for x, y in crossing):
            continue
        if not all((min(p), max(p)) in likely for p in crossing):
            continue
        if sum(things[x].is_concept for x in (*groups.group(a), *groups.group(b))) > 1:
            continue
        sure = (
            likeness.score >= limits.merge
            and likeness.how in {"same", "joined"}
            and rivals[a] == rivals[b] == 1
        )
        kept, dropped = (a, b) if _is_better(things[a], things[b]) else (b, a)
        names = (name_a, name_b) if kept == a else (name_b, name_a)
        found.append(
            Proposal(
                things[kept].key,
                things[dropped].key,
                things[kept].cls,
                names,
                likeness.score,
                likeness.how,
                likeness.reasons,
                sure,
            )
        )
        groups.join(kept, dropped)
    return found


def _rivals(likely: Mapping[tuple[int, int], tuple[Likeness, str, str]]) -> dict[int, int]:
    """How many others each thing is surely the same as, by name: more than one is a question."""
    count: dict[int, int] = {}
    for (a, b), (likeness, _, _) in likely.items():
        step = likeness.how in {"same", "joined"}
        count[a] = count.get(a, 0) + step
        count[b] = count.get(b, 0) + step
    return count


def _is_better(a: Named, b: Named) -> bool:
    """Whether `a` gives the name: a concept, else what is spoken of more, else the longer name."""
    return (a.is_concept, a.mentions, len(a.names[0]), b.key) >= (
        b.is_concept,
        b.mentions,
        len(b.names[0]),
        a.key,
    )
