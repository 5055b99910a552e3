"""The gate: what the ontology allows to be said, checked on a batch before it is written.

Two kinds of rule are enforced. From the terms themselves (`ontology.sayable`): known classes and
relations, subjects and objects of the right class, attribute values of the declared datatype.
From the SHACL shapes: everything else, compiled to plain Python where possible
(`ontology.constraints`) and left to pyshacl where not (`ontology.fallback`).

A batch shows only what it adds. Three rules follow for what must be *present* (sh:minCount,
sh:hasValue, and what stands for them inside sh:or and the like):
- it is asked only of nodes that the batch makes a claim about; a bare reference is never refused;
- a node that the store already has is never refused for what this batch does not repeat;
- what is *wrong* in the batch is wrong wherever it stands, also on nodes that exist.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from threading import Lock

from ontology.batches import BatchView, Classes, NodeClaims, known, super_relations
from ontology.compiling import ShapeSet, read_shapes
from ontology.constraints import Logical, Pair, Result, Shape, evaluate
from ontology.fallback import SlowResult, SlowShapes
from ontology.qualifying import Qualifying
from ontology.quick import QuickTest, never, quick_test
from ontology.reader import read_schema
from ontology.sayable import Sayable
from ontology.schema import Schema
from ontology.sources import Source, digest_of, schema_sources, shape_sources
from ontology.violation import Triple, Violation
from ontology.wording import LANGUAGES, Wording, fill

__all__ = ["Gate", "Violation", "load_gate"]

_CACHE: OrderedDict[str, Gate] = OrderedDict()
_CACHE_LOCK = Lock()
_RANK = {"violation": 0, "warning": 1, "info": 2}


Task = tuple[QuickTest, Shape]


@dataclass(slots=True)
class _Plan:
    """The shapes for the nodes of one class, by when there is something to check."""

    always: list[Task] = field(default_factory=list)  # at each node that is claimed
    mentioned: list[Shape] = field(default_factory=list)  # at bare references too
    attributes: dict[str, list[Task]] = field(default_factory=dict)  # where it has a value
    outgoing: dict[str, list[Shape]] = field(default_factory=dict)  # where it is a subject
    incoming: dict[str, list[Shape]] = field(default_factory=dict)  # where it is an object


class Gate:
    """All checks of one ontology. Safe to share by threads; keeps nothing of what it has seen."""

    def __init__(self, schema: Schema, shapes: ShapeSet, sources: Sequence[Source] = ()) -> None:
        self.schema = schema
        self.shapes = shapes
        self._wording = Wording(schema)
        self._sayable = Sayable(schema, self._wording)
        self.qualifying = Qualifying(schema, self._wording, shapes.shapes)
        self._slow = SlowShapes(shapes.beyond, sources, schema)
        self._by_node: dict[str, list[Shape]] = {}
        self._subjects_of: dict[str, list[Shape]] = {}
        self._objects_of: dict[str, list[Shape]] = {}
        for shape in shapes.shapes:
            for key in shape.target_nodes:
                self._by_node.setdefault(key, []).append(shape)
            for name in shape.targets_subjects_of:
                self._subjects_of.setdefault(name, []).append(shape)
            for name in shape.targets_objects_of:
                self._objects_of.setdefault(name, []).append(shape)
        self._any_class = _Plan()  # for nodes of a class that the ontology does not have
        self._fill(self._any_class, "")
        self._plans: dict[str | None, _Plan] = {}
        for name in schema.classes:
            self._fill(self._plans.setdefault(name, _Plan()), name)
        used = {*_relations_in(shapes.shapes), *self._subjects_of, *self._objects_of}
        used &= schema.relations.keys()
        above = super_relations(schema)
        self._watched = {
            name: names
            for name in schema.relations
            if (names := [n for n in (name, *above.get(name, ())) if n in used])
        }

    def _fill(self, plan: _Plan, cls: str) -> None:
        for shape in self.shapes.shapes:
            if cls in shape.target_classes:
                for part in _parts(shape):
                    self._place(plan, part)
        for name in self._subjects_of.keys() & self.schema.attributes.keys():
            for shape in self._subjects_of[name]:
                for part in _parts(shape):
                    task = (quick_test(part, self.schema), part)
                    if part.path is None or part.path.name != name:
                        task = (never, part)
                    plan.attributes.setdefault(name, []).append(task)

    def _place(self, plan: _Plan, part: Shape) -> None:
        path = part.path
        if path is None:
            plan.always.append((never, part))
            plan.mentioned.append(part)
        elif any(c.is_existential or c.component == "equals" for c in part.constraints):
            plan.always.append((quick_test(part, self.schema), part))
            if path.is_relation:  # of a bare reference the wrong values still count
                plan.mentioned.append(part)
        elif not path.is_relation:
            task = (quick_test(part, self.schema), part)
            plan.attributes.setdefault(path.name, []).append(task)
        else:
            side = plan.incoming if path.inverse else plan.outgoing
            side.setdefault(path.name, []).append(part)

    # -- checking --------------------------------------------------------------------------------

    def check(
        self,
        nodes: NodeClaims,
        statements: Sequence[Triple],
        class_of: Callable[[str], str | None],
        existing: Callable[[Collection[str]], Collection[str]] | None = None,
    ) -> list[Violation]:
        """Everything that is wrong with a batch, violations first.

        `nodes` are its node claims, merged to (class, properties) by key, `statements` its
        triples. `class_of` tells the class of a key that is not among `nodes`. `existing` tells
        which of some keys the store already has; it is asked only about nodes that seem to lack
        something, and without it all nodes count as new. Raises OntologyError where a shape that
        needs pyshacl cannot be run.
        """
        classes = Classes(nodes, class_of)
        found = list(self._sayable.check_nodes(nodes))
        found.extend(self._sayable.check_statements(statements, classes))
        view = BatchView(self.schema, nodes, statements, classes, self._watched)
        found.extend(self._check_shapes(view, existing))
        if self._slow:
            found.extend(self._check_slowly(view, statements, existing))
        found.sort(key=lambda v: _RANK[v.severity])
        return found

    def _check_shapes(
        self,
        view: BatchView,
        existing: Callable[[Collection[str]], Collection[str]] | None,
    ) -> Iterator[Violation]:
        results: dict[str, list[Result]] = {}
        for key, shape in self._tasks(view):
            for result in evaluate(shape, key, view):
                results.setdefault(key, []).append(result)
        if not results:
            return
        doubtful = {key for key, rs in results.items() if any(map(_may_be_incomplete, rs))}
        if doubtful and existing is not None:
            # What a shape asks of a node may be missing at one that the node refers to.
            asked = doubtful | {
                value
                for name in (*view.objects.values(), *view.subjects.values())
                for key in doubtful & name.keys()
                for value in name[key]
            }
            view.existing = known(existing, asked & view.nodes.keys())
            if view.existing:
                for key in doubtful:
                    shapes = dict.fromkeys(s for k, s in self._tasks(view, key) if k == key)
                    results[key] = [r for s in shapes for r in evaluate(s, key, view)]
        for key, found in results.items():
            seen: set[object] = set()
            for result in found:
                mark = (result.focus, id(result.shape), id(result.constraint), result.value)
                if mark not in seen:
                    seen.add(mark)
                    yield self._violation(key, result, view)

    def _tasks(self, view: BatchView, only: str | None = None) -> Iterator[tuple[str, Shape]]:
        """Which shapes to evaluate at which nodes of a batch; at one node only if asked."""
        plans, other = self._plans, self._any_class
        objects, subjects = view.objects, view.subjects
        keys: Iterable[str] = view.nodes if only is None else [only] * (only in view.nodes)
        for key in keys:
            cls, props = view.nodes[key]
            plan = plans.get(cls, other)
            for quick, shape in plan.always:
                if not quick(view, key, props):
                    yield key, shape
            attributes = plan.attributes
            for name in props:
                if name in attributes:
                    for quick, shape in attributes[name]:
                        if not quick(view, key, props):
                            yield key, shape
        for index, side, targets in (
            (objects, "outgoing", self._subjects_of),
            (subjects, "incoming", self._objects_of),
        ):
            for name, by_key in index.items():
                for key in by_key if only is None else [only] * (only in by_key):
                    plan = plans.get(view.classes[key], other)
                    for shape in getattr(plan, side).get(name, ()):
                        yield key, shape
                    for shape in targets.get(name, ()):
                        yield key, shape
        for key in view.classes if only is None else [only]:
            if key in view.nodes:
                continue
            for shape in plans.get(view.classes[key], other).mentioned:
                yield key, shape
        if self._by_node:
            for key in self._by_node.keys() & view.classes.keys():
                for shape in self._by_node[key]:
                    yield key, shape

    def _check_slowly(
        self,
        view: BatchView,
        statements: Sequence[Triple],
        existing: Callable[[Collection[str]], Collection[str]] | None,
    ) -> Iterator[Violation]:
        results = list(self._slow.check(view.nodes, statements, view.classes, view.is_open))
        if results and existing is not None:
            asked = {r.focus for r in results} & view.nodes.keys() - view.existing
            more = known(existing, asked)
            if more:
                view.existing |= more
                results = list(self._slow.check(view.nodes, statements, view.classes, view.is_open))
        said = set(statements)
        for result in results:
            yield self._slow_violation(result, view, said)

    # -- violations ------------------------------------------------------------------------------

    def _violation(self, key: str, result: Result, view: BatchView) -> Violation:
        focus = result.focus if isinstance(result.focus, str) else key
        value, path = result.value, result.shape.path
        statement: Triple | None = None
        if path is not None and path.is_relation and isinstance(value, str):
            ends = (value, focus) if path.inverse else (focus, value)
            derived = (ends[0], path.name, ends[1])
            statement = view.stated.get(derived, derived)
        message = self._wording.of_result(
            result,
            view.classes[focus],
            view.classes[value] if isinstance(value, str) else None,
        )
        return Violation(
            focus,
            statement,
            path.name if path else None,
            result.shape.severity,
            message,
            result.shape.name,
            f"shape:{result.shape.name}",
        )

    def _slow_violation(
        self, result: SlowResult, view: BatchView, said: Collection[Triple]
    ) -> Violation:
        cls = view.classes[result.focus]
        message = {}
        for lang in LANGUAGES:
            text = result.messages.get(lang) or next(iter(result.messages.values()), "")
            value = result.value
            parts = {
                "this": self._wording.thing(result.focus, cls, lang, start=True),
                "value": ""
                if value is None
                else self._wording.thing(
                    value, view.classes[value] if isinstance(value, str) else None, lang
                ),
                "path": self._wording.property(result.path, lang) if result.path else "",
            }
            message[lang] = fill(text, parts, lang)
        triple = (result.focus, result.path or "", result.value)
        return Violation(
            result.focus,
            triple if triple in said else None,  # type: ignore[arg-type]  # said holds triples
            result.path,
            result.severity,
            message,
            result.shape,
            f"shape:{result.shape}",
        )


def load_gate(extra: Sequence[FilePath] = (), schema: Schema | None = None) -> Gate:
    """The gate of the shipped ontology and shapes plus the files or folders in `extra`.

    Read again only when a file has changed. `schema` saves reading the terms where the caller
    has them. Raises OntologyError, naming file and line.
    """
    return read_gate(schema or read_schema(schema_sources(extra)), shape_sources(extra))


def read_gate(schema: Schema, shapes: Sequence[Source]) -> Gate:
    """The gate of these terms and the shapes in these files; cached by their content."""
    digest = f"{schema.digest}/{digest_of(shapes)}"
    with _CACHE_LOCK:
        if digest in _CACHE:
            _CACHE.move_to_end(digest)
            return _CACHE[digest]
    gate = Gate(schema, read_shapes(shapes, schema), shapes)
    with _CACHE_LOCK:
        _CACHE[digest] = gate
        while len(_CACHE) > 4:
            _CACHE.popitem(last=False)
    return gate


def _may_be_incomplete(result: Result) -> bool:
    """Whether knowing more could take the result back."""
    constraint = result.constraint
    return (
        constraint.is_existential
        or isinstance(constraint, Logical)
        or (isinstance(constraint, Pair) and constraint.component == "equals")
    )


def _parts(shape: Shape) -> list[Shape]:
    """A shape as parts that can be checked one by one: each costs only where it can fail."""
    if shape.path is not None or not shape.properties:
        return [shape]
    own = [Shape(**{**vars(shape), "properties": []})] if shape.constraints else []
    return own + shape.properties


def _relations_in(shapes: Iterable[Shape]) -> Iterator[str]:
    """Names of all relations that shapes look at, inner shapes included."""
    for shape in shapes:
        if shape.path is not None and shape.path.is_relation:
            yield shape.path.name
        for constraint in shape.constraints:
            if isinstance(constraint, Logical):
                yield from _relations_in(constraint.shapes)
            elif isinstance(constraint, Pair) and constraint.other.is_relation:
                yield constraint.other.name
        yield from _relations_in(shape.properties)
