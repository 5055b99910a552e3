"""What a batch says, as shapes look at it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from urllib.parse import quote, unquote

from ontology.constraints import Path
from ontology.schema import Schema
from ontology.values import Term, literal
from ontology.violation import Triple

Value = str | int | float | bool | Sequence[str]
NodeClaims = Mapping[str, tuple[str, Mapping[str, Value]]]

_IRI_SAFE = ":/@!$&'()*+,;=-._~"


class Classes(dict[str, str | None]):
    """The class of every key of a batch: claimed there, else asked for once."""

    def __init__(self, nodes: NodeClaims, class_of: Callable[[str], str | None]) -> None:
        super().__init__((key, claim[0]) for key, claim in nodes.items())
        self._class_of = class_of

    def __missing__(self, key: str) -> str | None:
        found = self[key] = self._class_of(key)
        return found


class BatchView:
    """The nodes and statements of a batch, indexed by the relations that shapes look at."""

    def __init__(
        self,
        schema: Schema,
        nodes: NodeClaims,
        triples: Iterable[Triple],
        classes: Classes,
        watched: Mapping[str, Sequence[str]],
    ) -> None:
        """`watched`: by relation, itself and its super-relations as far as a shape uses them."""
        self._schema = schema
        self._attributes = schema.attributes
        self.nodes = nodes
        self.classes = classes
        self.existing: set[str] = set()  # nodes of the batch that the store has
        self.objects: dict[str, dict[str, list[str]]] = {}
        self.subjects: dict[str, dict[str, list[str]]] = {}
        self.stated: dict[Triple, Triple] = {}  # what was said, by what follows from it
        for names in watched.values():
            for name in names:
                self.objects[name] = {}
                self.subjects[name] = {}
        for triple in triples:
            names = watched.get(triple[1], ())
            for name in names:
                subject, predicate, object_ = triple
                self.objects[name].setdefault(subject, []).append(object_)
                self.subjects[name].setdefault(object_, []).append(subject)
                if name != predicate:
                    self.stated[subject, name, object_] = triple

    def values(self, focus: Term, path: Path) -> Sequence[Term]:
        """Distinct values of a path."""
        if not isinstance(focus, str):
            return ()
        if path.is_relation:
            index = self.subjects if path.inverse else self.objects
            found = index.get(path.name, {}).get(focus, ())
            return list(dict.fromkeys(found)) if len(found) > 1 else found
        claim = self.nodes.get(focus)
        raw = claim[1].get(path.name) if claim else None
        if raw is None:
            return ()
        declared = self._attributes[path.name].datatype
        if isinstance(raw, (list, tuple)):
            return list(dict.fromkeys(literal(item, declared) for item in raw))
        return (literal(raw, declared),)

    def class_of(self, key: str) -> str | None:
        """The class of a node."""
        return self.classes[key]

    def is_open(self, key: Term) -> bool:
        """Whether more may be known of it than the batch says."""
        return isinstance(key, str) and (key not in self.nodes or key in self.existing)

    def iri(self, key: str) -> str:
        """The IRI by which shapes know a node."""
        return node_iri(self._schema, key)


def node_iri(schema: Schema, key: str) -> str:
    """The IRI by which shapes know a node."""
    concept = schema.concepts.get(key)
    return concept.iri if concept else "urn:gemba:" + quote(key, safe=_IRI_SAFE)


def key_of_iri(concepts: Mapping[str, str], iri: str) -> str | None:
    """The inverse of `node_iri`, given the concepts' keys by IRI."""
    if iri.startswith("urn:gemba:"):
        return unquote(iri.removeprefix("urn:gemba:"))
    return concepts.get(iri)


def super_relations(schema: Schema) -> dict[str, tuple[str, ...]]:
    """All relations above each relation that has any."""
    above: dict[str, tuple[str, ...]] = {}
    for relation in schema.relations.values():
        found: dict[str, None] = {}
        level: Sequence[str] = relation.parents
        while level:
            new = [name for name in level if name not in found]
            found.update(dict.fromkeys(new))
            level = [p for name in new for p in schema.relations[name].parents]
        if found:
            above[relation.name] = tuple(found)
    return above


def known(
    existing: Callable[[Collection[str]], Collection[str]] | None, keys: set[str]
) -> set[str]:
    """Which of `keys` the store has; none where nobody can tell."""
    return set(existing(keys)) & keys if existing is not None and keys else set()
