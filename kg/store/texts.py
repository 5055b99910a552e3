"""What a text index holds for a node: the words of its names, and those of what is said of it.

Names are kept apart, so that a search can give more weight to what is *called* so.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from kg.model.derive import DerivedNode
from kg.model.text import index_text
from ontology.schema import Schema


class Words(NamedTuple):
    """Tokens separated by spaces; both empty: the index does not hold the node."""

    names: str
    details: str


NO_WORDS = Words("", "")


def words_of(schema: Schema, identities: Iterable[str], node: DerivedNode) -> Words:
    """The words of a node; `identities` are those of its key and of keys merged into it."""
    term = schema.classes.get(node.cls)
    if term is not None and term.is_bulk:
        return NO_WORDS
    names = index_text(dict.fromkeys([*identities, node.name, *node.aliases]))
    said: list[str] = []
    if node.props:
        for attribute in sorted(node.props.keys() & schema.searchable):
            value = node.props[attribute]
            said.extend(value if isinstance(value, list) else [str(value)])
    return Words(names, index_text(said))
