"""SHACL shapes as plain Python, and what it means for a thing to conform to one.

A batch shows only part of a node that the store already has. Such a node is *open*: what is not
said here may be said there. In an open node a missing value is no violation, while a wrong one
is. Inside sh:not the roles change: only what is certain counts. `lenient` carries this: True asks
"may it conform?", False asks "does it conform whatever else is known?". For a node that is new
with the batch both are the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

from ontology.values import Lit, Term, compare

Severity = Literal["violation", "warning", "info"]


class Path(NamedTuple):
    """One property, forward or inverse."""

    name: str
    is_relation: bool
    inverse: bool = False


class View(Protocol):
    """The part of the graph that a batch shows."""

    def values(self, focus: Term, path: Path) -> Sequence[Term]:
        """Distinct values."""
        ...

    def class_of(self, key: str) -> str | None:
        """The class of a node, as far as it is known."""
        ...

    def is_open(self, key: Term) -> bool:
        """Whether more may be known of a node than the batch says."""
        ...

    def iri(self, key: str) -> str:
        """The IRI of a node."""
        ...


class Constraint(Protocol):
    """One constraint component. `failing` gives the values at fault, [None] for the whole."""

    component: str  # local name of the SHACL parameter, such as minCount
    is_existential: bool  # more values can only help, never hurt

    def failing(
        self, focus: Term, values: Sequence[Term], view: View, lenient: bool
    ) -> Iterable[Term | None]: ...


@dataclass(eq=False)
class Shape:
    """A node shape (`path` None) or a property shape."""

    name: str
    iri: str | None
    path: Path | None = None
    severity: Severity = "violation"
    messages: dict[str, str] = field(default_factory=dict)
    constraints: list[Constraint] = field(default_factory=list)
    properties: list[Shape] = field(default_factory=list)
    target_classes: frozenset[str] = frozenset()  # with all classes below
    target_nodes: frozenset[str] = frozenset()
    targets_subjects_of: frozenset[str] = frozenset()
    targets_objects_of: frozenset[str] = frozenset()
    of_statements: bool = False  # its attribute is also held to it where it qualifies a statement

    @property
    def has_targets(self) -> bool:
        """Whether it applies to anything by itself."""
        return bool(
            self.target_classes
            or self.target_nodes
            or self.targets_subjects_of
            or self.targets_objects_of
        )


class Result(NamedTuple):
    """One validation result."""

    focus: Term
    shape: Shape
    constraint: Constraint
    value: Term | None


def evaluate(shape: Shape, focus: Term, view: View, lenient: bool = True) -> Iterator[Result]:
    """The validation results of `focus` against `shape` and the property shapes within it."""
    path = shape.path
    values: Sequence[Term] = [focus] if path is None else view.values(focus, path)
    uncertain = not lenient and path is not None and view.is_open(focus)
    for constraint in shape.constraints:
        if uncertain and not constraint.is_existential:
            yield Result(focus, shape, constraint, None)  # a value unseen here may break it
            continue
        for value in constraint.failing(focus, values, view, lenient):
            yield Result(focus, shape, constraint, value)
    for inner in shape.properties:
        if uncertain:
            yield Result(focus, inner, Nested(inner), None)
            continue
        for value in values:
            yield from evaluate(inner, value, view, lenient)


def conforms(shape: Shape, focus: Term, view: View, lenient: bool) -> bool:
    """Whether there are no results."""
    return next(evaluate(shape, focus, view, lenient), None) is None


def _each(test: Callable[[Term], bool], values: Iterable[Term]) -> list[Term | None]:
    return [value for value in values if not test(value)]


@dataclass(eq=False)
class MinCount:
    count: int
    component = "minCount"
    is_existential = True

    def failing(
        self, focus: Term, values: Sequence[Term], view: View, lenient: bool
    ) -> Iterable[Term | None]:
        missing = len(values) < self.count and not (lenient and view.is_open(focus))
        return [None] if missing else []


@dataclass(eq=False)
class MaxCount:
    count: int
    component = "maxCount"
    is_existential = False

    def failing(
        self, focus: Term, values: Sequence[Term], view: View, lenient: bool
    ) -> Iterable[Term | None]:
        return [None] if len(values) > self.count else []


@dataclass(eq=False)
class HasValue:
    value: Term
    component = "hasValue"
    is_existential = True

    def failing(
        self, focus: Term, values: Sequence[Term], view: View, lenient: bool
    ) -> Iterable[Term | None]:
        missing = self.value not in values and not (lenient and view.is_open(focus))
        return [None] if missing else []


@dataclass(eq=False)
class ClassIs:
    name: str
    names: frozenset[str]  # with all classes below
    component = "class"
    is_existential = False

    def failing(
        self, focus: Term, values: Sequence[Term], view: View, lenient: bool
    ) -> Iterable[Term | None]:
        return _each(lambda v: isinstance(v, str) and view.class_of(v) in self.names, values)


@dataclass(eq=False)
class Datatype:
    datatype: str
    component = "datatype"
    is_existential = False

    def failing(
        self, focus: Term, values: Sequence[Term], view: View, lenient: bool
    ) -> Iterable[Term | None]:
        return _each(
            lambda v: isinstance(v, Lit) and v.datatype == self.datatype and v.value is not None,
            values,
        )


@dataclass(eq=False)
class NodeKind:
    allows_nodes: bool
    allows_literals: bool
    component = "nodeKind"
    is_existential = False

    def failing(
        self, focus: Term, values: Sequence[Term], view: View, lenient: bool
    ) -> Iterable[Term | None]:
        return _each(
            lambda v: self.allows_nodes if isinstance(v, str) else self.allows_literals, values
        )


@dataclass(eq=False)
class Pattern:
    regex: re.Pattern[str]
    component = "pattern"
    is_existential = False

    def failing(
        self, focus: Term, values: Sequence[Term], view: View, lenient: bool
    ) -> Iterable[Term | None]:
        return _each(lambda v: self.regex.search(_text(v, view)) is not None, values)


@dataclass(eq=False)
class Length:
    component: str
    bound: int
    is_existential = False

    def failing(
        self, focus: Term, values: Sequence[Term], view: View, lenient: bool
    ) -> Iterable[Term | None]:
        if self.component == "minLength":
            return _each(lambda v: len(_text(v, view)) >= self.bound, values)
        return _each(lambda v: len(_text(v, view)) <= self.bound, values)


@dataclass(eq=False)
class In:
    allowed: frozenset[Term]
    component = "in"
    is_existential = False

    def failing(
        self, focus: Term, values: Sequence[Term], view: View, lenient: bool
    ) -> Iterable[Term | None]:
        return _each(self.allowed.__contains__, values)


@dataclass(eq=False)
class Bound:
    """minInclusive, minExclusive, maxInclusive, maxExclusive."""

    component: str
    bound: Lit
    is_existential = False

    def failing(
        self, focus: Term, values: Sequence[Term], view: View, lenient: bool
    ) -> Iterable[Term | None]:
        wanted = self.wanted
        return _each(lambda v: compare(v, self.bound) in wanted, values)

    @property
    def wanted(self) -> tuple[int, ...]:
        """What comparing a value with the bound may give."""
        return _SIGNS[self.component]


_SIGNS: dict[str, tuple[int, ...]] = {
    "minInclusive": (0, 1),
    "minExclusive": (1,),
    "maxInclusive": (0, -1),
    "maxExclusive": (-1,),
    "lessThan": (-1,),
    "lessThanOrEquals": (-1, 0),
}


@dataclass(eq=False)
class Pair:
    """lessThan, lessThanOrEquals, equals, disjoint: against another property of the focus."""

    component: str
    other: Path
    is_existential = False

    def failing(
        self, focus: Term, values: Sequence[Term], view: View, lenient: bool
    ) -> Iterable[Term | None]:
        others = view.values(focus, self.other)
        if self.component == "disjoint":
            return [v for v in values if v in others]
        if self.component == "equals":
            if lenient and view.is_open(focus):
                return []
            return [v for v in values if v not in others] + [o for o in others if o not in values]
        wanted = _SIGNS[self.component]
        # One result for each pair that is not in order.
        return [v for v in values for other in others if compare(v, other) not in wanted]


@dataclass(eq=False)
class Logical:
    """and, or, xone, not, node: other shapes that each value must, may or must not conform to."""

    component: str
    shapes: list[Shape]
    is_existential = False

    def failing(
        self, focus: Term, values: Sequence[Term], view: View, lenient: bool
    ) -> Iterable[Term | None]:
        return _each(lambda v: self._holds(v, view, lenient), values)

    def _holds(self, value: Term, view: View, lenient: bool) -> bool:
        if self.component == "or":
            return any(conforms(s, value, view, lenient) for s in self.shapes)
        if self.component == "not":
            return not conforms(self.shapes[0], value, view, not lenient)
        if self.component == "xone":
            possible = sum(conforms(s, value, view, True) for s in self.shapes)
            certain = sum(conforms(s, value, view, False) for s in self.shapes)
            if lenient:
                return certain <= 1 <= possible
            return certain == 1 == possible
        return all(conforms(s, value, view, lenient) for s in self.shapes)  # and, node


@dataclass(eq=False)
class Nested:
    """Stands for a property shape about values that are not known to be all."""

    shape: Shape
    component = "property"
    is_existential = False

    def failing(
        self, focus: Term, values: Sequence[Term], view: View, lenient: bool
    ) -> Iterable[Term | None]:
        return []


def _text(value: Term, view: View) -> str:
    return view.iri(value) if isinstance(value, str) else value.lexical
