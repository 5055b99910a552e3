"""Codes: finding things by what is written on their label."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from kg.model.graph import NOW, Node, View
from kg.model.keys import code_key, identity_of, kind_of, normal_code
from kg.store.protocol import Store
from ontology.schema import Schema

_SEPARATORS = re.compile(r"[-\s/._#]+")
_BORDER = re.compile(r"(?<=[A-Z])(?=\d)|(?<=\d)(?=[A-Z])")
_CODE_WORD = re.compile(r"[^\s,;:，。；：、?？!！()（）\"'《》]+")


def code_kinds(schema: Schema, classes: Collection[str] | None = None) -> list[str]:
    """The kinds of nodes that carry codes, of any of `classes` and their descendants."""
    kinds: dict[str, None] = {}
    for term in schema.classes.values():
        if term.identified_by != "code":
            continue
        if classes is None or any(
            schema.is_a(term.name, c) or schema.is_a(c, term.name) for c in classes
        ):
            kinds[term.kind] = None
    return list(kinds)


def without_separators(code: str) -> str:
    """A code as people type it in a hurry: `P-101 A` becomes `P101A`."""
    return _SEPARATORS.sub("", normal_code(code))


def code_words(text: str) -> list[str]:
    """The words of a text that could be codes: those with a digit, and the text as a whole."""
    whole = text.strip()
    found = {whole: None} if whole else {}
    for match in _CODE_WORD.finditer(text):
        word = match.group().strip(".-_/#")
        if any(c.isdigit() for c in word):
            # In Chinese no space parts the code from the words around it.
            for part in re.findall(r"[A-Za-z0-9][A-Za-z0-9\-/._#]*", word):
                if any(c.isdigit() for c in part):
                    found[part.strip(".-_/#")] = None
            found[word] = None
    return [word for word in found if word]


def find_code(
    store: Store, schema: Schema, code: str, kinds: Collection[str], view: View = NOW
) -> list[Node]:
    """The nodes of any of `kinds` that carry exactly this code, in order of their keys."""
    keys = [code_key(kind, code) for kind in kinds]
    found = store.get_nodes(keys, view)
    return sorted({n.key: n for n in found.values()}.values(), key=lambda n: n.key)


def find_respelt(
    store: Store, schema: Schema, code: str, kinds: Collection[str], view: View = NOW
) -> list[Node]:
    """Nodes whose code differs from `code` only in its dashes and spaces.

    They are offered, never taken for the same: `1-11` and `11-1` are two things.
    """
    spellings = set(_spellings(normal_code(code))) - {normal_code(code)}
    keys = [f"{kind}:{spelling}" for kind in kinds for spelling in sorted(spellings)]
    found = store.get_nodes(keys, view) if keys else {}
    return sorted({n.key: n for n in found.values()}.values(), key=lambda n: n.key)


def find_code_prefix(
    store: Store,
    schema: Schema,
    prefix: str,
    kinds: Collection[str],
    *,
    limit: int,
    view: View = NOW,
) -> list[Node]:
    """Nodes whose code begins with `prefix`: up to `limit` of each kind, in order of their keys."""
    start = normal_code(prefix)
    found: list[Node] = []
    for kind in kinds:
        page = store.find_nodes(key_prefix=f"{kind}:{start}", limit=limit, view=view)
        found.extend(page.nodes)
    return found


def code_of(schema: Schema, node: Node) -> str | None:
    """The code of a node that has one."""
    term = schema.classes.get(schema.class_of_kind.get(kind_of(node.key), ""))
    if term is None or term.identified_by != "code":
        return None
    return identity_of(node.key)


def _spellings(code: str) -> Iterator[str]:
    """A few usual spellings of one code: without marks, and with one mark at every border."""
    bare = _SEPARATORS.sub("", code)
    yield bare
    borders = [m.start() for m in _BORDER.finditer(bare)]
    for mark in ("-", " ", "/", "_", "."):
        yield _SEPARATORS.sub(mark, code)
        if borders:
            yield _insert(bare, borders, mark)
            yield _insert(bare, borders[:1], mark)
            yield _insert(bare, borders[-1:], mark)


def _insert(text: str, places: list[int], mark: str) -> str:
    pieces: list[str] = []
    start = 0
    for place in places:
        pieces.append(text[start:place])
        start = place
    pieces.append(text[start:])
    return mark.join(pieces)
