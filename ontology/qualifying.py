"""Rules for single claims: what qualifies a statement, and relations that hold one thing at a time.

`ontology.sayable` and the shapes look at triples; these rules need what a claim says beside its
triple: its properties, when it holds, and the passage that makes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from ontology.batches import Value
from ontology.constraints import Bound, Severity, Shape
from ontology.schema import Schema
from ontology.values import compare, has_datatype, literal
from ontology.violation import Triple, Violation
from ontology.wording import LANGUAGES, Wording

_COMPARED = 16  # other claims of a subject that each is compared with
_PLAIN = {"string": (str,), "integer": (int,), "decimal": (int,), "boolean": (bool,)}

ClassOf = Callable[[str], str | None]


class Told(NamedTuple):
    """What a claim says, with its number in the batch and that of its passage.

    `valid_from` and `valid_to` (half-open) are instants; None where they are not told.
    """

    number: int
    triple: Triple
    passage: int
    valid_from: int | None
    valid_to: int | None
    props: Mapping[str, Value] | None

    def may_hold_with(self, other: Told) -> bool:
        """Whether the two speak of different times. What tells no time at all is compared with
        its like only: it may be long past."""
        if self.is_dated != other.is_dated:
            return True
        return _ends_before(self, other) or _ends_before(other, self)

    @property
    def is_dated(self) -> bool:
        """Whether it tells any time."""
        return self.valid_from is not None or self.valid_to is not None


def contradict(one: Told, other: Told, class_of: ClassOf) -> bool:
    """Whether two claims of one subject, with a relation that holds one thing at a time, cannot
    both be right: other objects, of one class, at one time."""
    mine, theirs = one.triple[2], other.triple[2]
    return mine != theirs and not one.may_hold_with(other) and class_of(mine) == class_of(theirs)


def _ends_before(one: Told, other: Told) -> bool:
    if one.valid_to is None or other.valid_from is None:
        return False
    # An interval of no length is the instant it names.
    is_instant = one.valid_to == one.valid_from
    return one.valid_to < other.valid_from or (one.valid_to == other.valid_from and not is_instant)


class Qualifying:
    """Checks claims one by one. Safe to share by threads."""

    def __init__(self, schema: Schema, wording: Wording, shapes: Iterable[Shape] = ()) -> None:
        self._schema = schema
        self._wording = wording
        self.one_at_a_time = frozenset(
            relation.name for relation in schema.relations.values() if relation.is_functional
        )
        self._bounds = {
            part.path.name: [c for c in part.constraints if isinstance(c, Bound)]
            for shape in shapes
            for part in (shape, *shape.properties)
            if part.of_statements and part.path is not None and not part.path.is_relation
        }
        self._plain = {
            a.name: _PLAIN[a.datatype]
            for a in schema.attributes.values()
            if a.datatype in _PLAIN and a.name not in self._bounds
        }

    def is_plain(self, props: Mapping[str, Value]) -> bool:
        """Whether properties are right for sure, as nearly all are; then none need be checked."""
        plain = self._plain
        return all(value.__class__ in plain.get(name, ()) for name, value in props.items())

    def check_properties(
        self, claims: Iterable[Told], class_of: ClassOf
    ) -> Iterator[tuple[int, Violation]]:
        """Properties that the ontology does not declare (told once each), and wrong values."""
        undeclared: set[str] = set()
        for told in claims:
            for name, value in (told.props or {}).items():
                attribute = self._schema.attributes.get(name)
                if attribute is None:
                    if name not in undeclared:
                        undeclared.add(name)
                        yield told.number, self._undeclared(told, name, class_of)
                    continue
                items = value if isinstance(value, list | tuple) else [value]
                if not all(has_datatype(item, attribute.datatype) for item in items):
                    yield told.number, self._wrong_value(told, name, value, class_of)
                    continue
                broken = self._broken(name, items)
                if broken is not None:
                    yield told.number, self._out_of_bounds(told, name, *broken, class_of)

    def _broken(self, name: str, items: Iterable[object]) -> tuple[Bound, str] | None:
        """The first bound that a value is beyond, with the value."""
        declared = self._schema.attributes[name].datatype
        for bound in self._bounds.get(name, ()):
            for item in items:
                value = literal(item, declared)
                if compare(value, bound.bound) not in bound.wanted:
                    return bound, value.lexical
        return None

    def check_single(
        self, claims: Iterable[Told], class_of: ClassOf
    ) -> Iterator[tuple[int, Violation]]:
        """Where a relation that holds one thing at a time is said of two of one class (a line and
        a hall may hold an asset both). Within one passage that is a violation; between passages
        either may be right, and it is only told."""
        held: dict[tuple[str, str], list[Told]] = {}
        for told in claims:
            subject, predicate, _ = told.triple
            if predicate not in self.one_at_a_time:
                continue
            others = held.setdefault((subject, predicate), [])
            other = next((o for o in others if contradict(told, o, class_of)), None)
            if other is not None:
                severity: Severity = "violation" if other.passage == told.passage else "warning"
                yield (
                    told.number,
                    self.two_at_a_time(told.triple, other.triple[2], severity, class_of),
                )
            if len(others) < _COMPARED:
                others.append(told)

    def two_at_a_time(
        self, triple: Triple, other: str, severity: Severity, class_of: ClassOf
    ) -> Violation:
        """That a statement is said although the relation holds `other`."""
        w, name = self._wording, triple[1]
        said = self._said(triple, class_of)
        message = {
            "en": f"{said['en']}, and so it is said of {w.thing(other, class_of(other), 'en')}; "
            f'"{w.property(name, "en")}" holds for one thing at a time.',
            "zh": f"{said['zh']}，另有{w.thing(other, class_of(other), 'zh')}；"
            f"“{w.property(name, 'zh')}”在同一时间只能有一个。",
        }
        return Violation(
            triple[0], triple, name, severity, message, f"{name}-one", f"functional:{name}"
        )

    def _said(self, triple: Triple, class_of: ClassOf) -> dict[str, str]:
        classes = (class_of(triple[0]), class_of(triple[2]))
        return {lang: self._wording.statement(triple, classes, lang) for lang in LANGUAGES}

    def _undeclared(self, told: Told, name: str, class_of: ClassOf) -> Violation:
        said = self._said(told.triple, class_of)
        message = {
            "en": f'{said["en"]}: the ontology does not declare the attribute "{name}" that '
            "qualifies this.",
            "zh": f"{said['zh']}：限定它的属性“{name}”未在本体中声明。",
        }
        return Violation(
            told.triple[0], told.triple, name, "warning", message, name, "unknown-attribute"
        )

    def _wrong_value(self, told: Told, name: str, value: Value, class_of: ClassOf) -> Violation:
        datatype = self._schema.attributes[name].datatype
        said, w = self._said(told.triple, class_of), self._wording
        shown = {lang: str(value) for lang in LANGUAGES}
        if isinstance(value, str):
            shown = {"en": f'"{value}"', "zh": f"“{value}”"}
        rule = {lang: w.not_of_datatype(shown[lang], datatype, lang) for lang in LANGUAGES}
        message = {
            "en": f"{said['en']}: {w.property(name, 'en')} {rule['en']}.",
            "zh": f"{said['zh']}：{w.property(name, 'zh')}{rule['zh']}。",
        }
        return Violation(
            told.triple[0], told.triple, name, "violation", message, name, f"datatype:{name}"
        )

    def _out_of_bounds(
        self, told: Told, name: str, bound: Bound, value: str, class_of: ClassOf
    ) -> Violation:
        said, w = self._said(told.triple, class_of), self._wording
        message = {
            "en": f"{said['en']}: {w.property(name, 'en')} {w.rule(bound, value, 'en')}.",
            "zh": f"{said['zh']}：{w.property(name, 'zh')}{w.rule(bound, value, 'zh')}。",
        }
        return Violation(
            told.triple[0], told.triple, name, "violation", message, name, f"range:{name}"
        )
