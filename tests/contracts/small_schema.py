"""A schema small enough that random claims meet: used wherever a store is tested by itself."""

from __future__ import annotations

from ontology.schema import Attribute, ClassTerm, Relation, Schema, Words


def _words(name: str) -> Words:
    return Words({"en": name}, {}, {})


def _class(
    name: str, *ancestors: str, kind: str, by_name: bool = False, bulk: bool = False
) -> ClassTerm:
    return ClassTerm(
        name=name,
        iri=f"https://example.org/{name}",
        words=_words(name),
        parents=ancestors[:1],
        ancestors=ancestors,
        module="small",
        kind=kind,
        identified_by="name" if by_name else "code",
        is_bulk=bulk,
    )


def _attribute(name: str, datatype: str = "string", *, searchable: bool = False) -> Attribute:
    return Attribute(
        name, f"https://example.org/{name}", _words(name), datatype, (), "small",
        is_searchable=searchable,
    )  # fmt: skip


def small_schema(*, bulk: frozenset[str] = frozenset({"Unit"}), version: str = "1") -> Schema:
    """Classes of some depth, a bulk class, relations, and attributes of each datatype."""
    classes = [
        _class("Asset", kind="asset"),
        _class("Excavator", "Asset", kind="asset"),
        _class("MiniExcavator", "Excavator", "Asset", kind="asset"),
        _class("Crane", "Asset", kind="asset"),
        _class("FailureMode", kind="mode", by_name=True),
        _class("FailureCause", kind="cause", by_name=True),
        _class("WorkOrder", kind="wo"),
        _class("Unit", kind="unit", bulk="Unit" in bulk),
        _class("MaterialLot", kind="lot", bulk="MaterialLot" in bulk),
    ]
    relations = ["exhibits", "causes", "reportedOn", "hasComponent", "madeOf"]
    attributes = [
        _attribute("description", searchable=True),
        _attribute("status"),
        _attribute("startedAt", "dateTime"),
        _attribute("quantity", "decimal"),
        _attribute("priority", "integer"),
        _attribute("isCritical", "boolean"),
        _attribute("tags", searchable=True),
    ]
    return Schema(
        classes={term.name: term for term in classes},
        relations={
            name: Relation(name, f"https://example.org/{name}", _words(name), (), (), "small")
            for name in relations
        },
        attributes={attribute.name: attribute for attribute in attributes},
        concepts={},
        version=version,
        digest=f"small-{version}-{'-'.join(sorted(bulk))}",
    )


SCHEMA = small_schema()
