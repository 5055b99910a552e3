"""What things are called, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kg.model.graph import Node
from kg.model.keys import identity_of, normal_code
from kg.model.phrase import Phrase
from kg.model.text import has_han
from ontology.schema import Schema


@dataclass(frozen=True, slots=True)
class Named:
    """A thing as an answer names it."""

    key: str
    cls: str
    name: str  # as the sources call it
    label: Phrase  # in both languages, as far as they are known


def class_label(schema: Schema, cls: str) -> Phrase:
    """What a class is called; its local name where the ontology does not know it."""
    term = schema.classes.get(cls)
    if term is None:
        return Phrase(cls, cls)
    return Phrase(term.words.in_language("en"), term.words.in_language("zh"))


def name_node(schema: Schema, node: Node) -> Named:
    """`node` with a label in each language: the ontology's words, else a name in that script.

    A code stands behind a name that differs from it, and behind its class where there is no name.
    """
    return Named(node.key, node.cls, node.name, _label(schema, node))


def name_key_only(schema: Schema, key: str) -> Named:
    """A thing of which only the key is known, such as a concept that no document mentions yet."""
    identity = identity_of(key) or key
    return name_node(schema, Node(key, schema.class_of_key(key), identity))


def name_all(schema: Schema, nodes: Mapping[str, Node], keys: list[str]) -> list[Named]:
    """Each of `keys` named, from `nodes` where it is there."""
    return [name_in(schema, nodes, key) for key in keys]


def name_in(schema: Schema, nodes: Mapping[str, Node], key: str) -> Named:
    """`key` named, from `nodes` where it is there."""
    node = nodes.get(key)
    return name_node(schema, node) if node is not None else name_key_only(schema, key)


def is_coded(schema: Schema, key: str) -> bool:
    """Whether things of the key's kind are identified by a code."""
    term = schema.classes.get(schema.class_of_key(key))
    return term is not None and term.identified_by == "code"


def _label(schema: Schema, node: Node) -> Phrase:
    concept = schema.concept_of_key.get(node.key)
    if concept is not None:
        return Phrase(concept.words.in_language("en"), concept.words.in_language("zh"))
    names = (node.name, *node.aliases)
    en = next((n for n in names if not has_han(n)), node.name)
    zh = next((n for n in names if has_han(n)), node.name)
    if not is_coded(schema, node.key):
        return Phrase(en, zh)
    code = identity_of(node.key)
    cls = class_label(schema, node.cls)
    if _is_named_by_code(node.name, code):
        return Phrase(en, zh)
    return Phrase(
        _with_code(en, code, cls.en, "{cls} {code}", "{name} ({code})"),
        _with_code(zh, code, cls.zh, "{cls} {code}", "{name}（{code}）"),
    )


def _with_code(name: str, code: str, cls: str, bare: str, named: str) -> str:
    if normal_code(name) == code:
        # "Line 2" is its own class word and "spanner set" is a name; "WO-17" needs a word to be
        # understood.
        says_itself = name.casefold().startswith(cls.casefold()) or _reads_as_words(name)
        return name if says_itself else bare.format(cls=_in_sentence(cls), code=name)
    return named.format(name=name, code=code)


def _is_named_by_code(name: str, code: str) -> bool:
    """Whether the code is but the name, as of a "spanner set"; it adds nothing to other names."""
    return normal_code(name) == code and _reads_as_words(name)


def _reads_as_words(name: str) -> bool:
    """Whether a code is really a name: words in running letters, such as "fuel pump"."""
    letters = name.replace(" ", "").replace("-", "")
    return letters.isalpha() and (has_han(name) or any(c.islower() for c in name))


def _in_sentence(label: str) -> str:
    """A class label inside a sentence: lower case, unless it is an abbreviation."""
    first = label.split(" ", 1)[0]
    return label if first.isupper() else label[:1].lower() + label[1:]
