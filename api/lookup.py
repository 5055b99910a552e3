"""From what a request names to what the graph and the ontology have, or an error that helps."""

from __future__ import annotations

from collections.abc import Iterable

from api.nearest import nearest_texts
from kg.model.claims import Scalar
from kg.model.errors import BadInput, NotFound
from kg.model.graph import NOW, Node, View
from kg.narration import name_key_only
from kg.store.protocol import Store
from ontology.schema import Attribute, ClassTerm, Relation, Schema


def known_class(schema: Schema, name: str) -> ClassTerm:
    """The class of that name. Raises NotFound with the nearest names."""
    term = schema.classes.get(name)
    if term is None:
        raise NotFound(
            f"The ontology has no class {name!r}.",
            ids=[name],
            nearest=nearest_texts(name, schema.classes),
        )
    return term


def known_relation(schema: Schema, name: str) -> Relation:
    """The relation of that name. Raises NotFound with the nearest names."""
    term = schema.relations.get(name)
    if term is None:
        raise NotFound(
            f"The ontology has no relation {name!r}.",
            ids=[name],
            nearest=nearest_texts(name, schema.relations),
        )
    return term


def node_called(store: Store, text: str, view: View = NOW) -> Node:
    """The node that `text` means: its key, its code, or its unique name.

    Raises NotFound with the nearest keys.
    """
    node = store.get_nodes([text], view).get(text)
    if node is None:
        node = _identified(store, text, view)
    if node is None:
        from kg.search import require

        key = require(store, text, view=view)
        node = store.get_nodes([key], view).get(key)
    if node is None:
        # A concept of the ontology that nothing in the graph mentions yet.
        named = name_key_only(store.schema, key)
        return Node(key, named.cls, named.name)
    return node


def _identified(store: Store, text: str, view: View) -> Node | None:
    """The node that an EPC, a Digital Link or a bare GS1 element string names."""
    if not text.lower().startswith(("urn:", "http", "(")):
        return None
    from extraction.epcis.identifiers import identify
    from kg.model.keys import code_key

    found = identify(text)
    kinds = ("unit", "lot", "container", "product", "asset", "location", "supplier", "customer",
             "shipment", "order", "op", "traceevent")  # fmt: skip
    keys = [code_key(kind, found.code) for kind in kinds]
    nodes = store.get_nodes(keys, view)
    return next((nodes[key] for key in keys if key in nodes), None)


def conditions(schema: Schema, texts: Iterable[str]) -> dict[str, Scalar]:
    """`name=value` texts as conditions on properties, values typed as the ontology says.

    Raises BadInput, and NotFound for a property that the ontology does not know.
    """
    found: dict[str, Scalar] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign or not name:
            raise BadInput(f"{text!r} is no condition; write it like status=open.")
        attribute = schema.attributes.get(name)
        if attribute is None:
            raise NotFound(
                f"The ontology has no property {name!r}.",
                ids=[name],
                nearest=nearest_texts(name, schema.attributes),
            )
        found[name] = _typed(attribute, value)
    return found


def _typed(attribute: Attribute, value: str) -> Scalar:
    try:
        match attribute.datatype:
            case "integer":
                return int(value)
            case "decimal":
                return float(value)
            case "boolean":
                return {"true": True, "false": False}[value.casefold()]
    except (ValueError, KeyError):
        raise BadInput(
            f"{value!r} is no {attribute.datatype}, which {attribute.name} is."
        ) from None
    return value
