"""What things of ours are called in Neo4j: labels, relationship types, property names, ids.

A node carries the common label `Gemba`, its class and all ancestors of its class; a statement is
a relationship whose type is the relation's `type_name`. Names get into query text only here, from
the ontology's own list, and are always quoted.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from hashlib import blake2b

from kg.model.claims import Value
from kg.model.errors import OntologyError
from kg.model.keys import StatementKey
from ontology.schema import Schema

PAST = "GEMBA_PAST"  # type of a relationship that stands for a statement without live evidence
_OWN = "gemba_"
_SHADOWED = _OWN + "prop_"
_OF_NODES = frozenset({"key", "name", "aliases"})
_OF_STATEMENTS = frozenset(
    {"id", "status", "confidence", "evidence_count", "recorded", "valid_from", "valid_to"}
)
_HUMP = re.compile(r"_(.)")


class Names:
    """Types and labels of one ontology. Relations that it no longer has keep their type."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self._types = {relation.name: relation.type_name for relation in schema.relations.values()}
        self._relations = dict(schema.relation_of_type)

    def labels(self, cls: str) -> list[str]:
        """All labels of a node of class `cls`."""
        term = self.schema.classes.get(cls)
        return [cls] if term is None else [cls, *term.ancestors]

    def type_of(self, predicate: str) -> str:
        """The relationship type of a relation.

        Raises OntologyError for a relation that is not in the ontology and whose type would be
        that of another one.
        """
        known = self._types.get(predicate)
        if known is None:
            known = "".join("_" + c if c.isupper() else c.upper() for c in predicate).lstrip("_")
            if not known or self.relation_of(known) != predicate:
                raise OntologyError(
                    f"there is no relation {predicate} in the ontology; add it there",
                    ids=[predicate],
                )
            self._types[predicate] = known
        return known

    def types_of(self, predicates: Collection[str]) -> list[str]:
        """The types of those `predicates` that can have one, sorted."""
        found = set()
        for predicate in predicates:
            try:
                found.add(self.type_of(predicate))
            except OntologyError:
                continue  # nothing can be stored under such a name
        return sorted(found)

    def relation_of(self, type_name: str) -> str:
        """The relation whose type this is."""
        return self._relations.get(type_name) or _HUMP.sub(
            lambda match: match.group(1).upper(), type_name.lower()
        )

    def relations_by_type(self, types: Collection[str] | None) -> dict[str, str]:
        """The relations of `types`, or of all in the ontology."""
        if types is None:
            return dict(self._relations)
        return {name: self.relation_of(name) for name in types}


def quoted(name: str) -> str:
    """A label or type as it stands in query text."""
    return "`" + name.replace("`", "``") + "`"


def any_of(names: Collection[str]) -> str:
    """Labels or types of which any will do, as they stand in query text after a colon."""
    return "|".join(quoted(name) for name in names)


def statement_number(key: StatementKey) -> int:
    """The id of a statement's relationship: 64 bits of the digest of its triple, signed."""
    digest = blake2b("\x1f".join(key).encode("utf-8", "surrogatepass"), digest_size=8)
    return int.from_bytes(digest.digest(), "big", signed=True)


def node_properties(props: Mapping[str, Value]) -> dict[str, Value]:
    """Properties of a node under names that do not collide with ours."""
    return _outward(props, _OF_NODES)


def statement_properties(props: Mapping[str, Value]) -> dict[str, Value]:
    """Properties of a statement under names that do not collide with ours."""
    return _outward(props, _OF_STATEMENTS)


def node_props(stored: Mapping[str, Value]) -> dict[str, Value]:
    """What `node_properties` was given, out of all properties of a node."""
    return _inward(stored, _OF_NODES)


def statement_props(stored: Mapping[str, Value]) -> dict[str, Value]:
    """What `statement_properties` was given, out of all properties of a relationship."""
    return _inward(stored, _OF_STATEMENTS)


def property_name(attribute: str) -> str:
    """The property of a node under which an attribute is stored."""
    return _name(attribute, _OF_NODES)


def _name(name: str, taken: frozenset[str]) -> str:
    return _SHADOWED + name if not name or name in taken or name.startswith(_OWN) else name


def _outward(props: Mapping[str, Value], taken: frozenset[str]) -> dict[str, Value]:
    return {_name(name, taken): value for name, value in props.items()}


def _inward(stored: Mapping[str, Value], taken: frozenset[str]) -> dict[str, Value]:
    return {
        name.removeprefix(_SHADOWED): value
        for name, value in stored.items()
        if name not in taken and (not name.startswith(_OWN) or name.startswith(_SHADOWED))
    }
