"""From what a person typed to the one thing that is meant, or to the few that may be."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NoReturn

from rapidfuzz.distance import JaroWinkler

from kg.model.errors import NotFound
from kg.model.graph import NOW, Node, View
from kg.model.keys import identity_of, kind_of, normal_code, normal_name
from kg.narration import class_label
from kg.search.codes import code_kinds, find_code, find_code_prefix, find_respelt
from kg.search.finding import Found, search
from kg.search.lexicon import lexicon_of
from kg.store.protocol import Store

_SHOWN = 100  # characters of what was asked for that an error repeats
How = Literal["key", "code", "name", "concept", "spelling"]


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a text means. With `key` None the `candidates` are what it may mean, best first."""

    text: str
    key: str | None
    how: How | None
    candidates: tuple[Found, ...] = ()


def resolve(
    store: Store,
    text: str,
    *,
    classes: Collection[str] | None = None,
    limit: int = 5,
    view: View = NOW,
) -> Resolution:
    """The one node that `text` means: its key, its code, its unique name, or a concept's word.

    Never a guess: where several things have the code or the name, or none has, `key` is None.
    `classes` (with their descendants) says what is looked for.
    """
    asked = text.strip()
    if not asked:
        return Resolution(text, None, None)
    schema = store.schema

    def fits(cls: str) -> bool:
        return classes is None or any(schema.is_a(cls, c) for c in classes)

    node = store.get_nodes([asked, _normal_key(asked)], view)
    for key in (asked, _normal_key(asked)):
        if key in node and fits(node[key].cls):
            return Resolution(text, node[key].key, "key")
    kinds = code_kinds(schema, classes)
    ways: tuple[tuple[How, list[Node]], ...] = (
        ("code", find_code(store, schema, asked, kinds, view)),
        ("spelling", find_respelt(store, schema, asked, kinds, view)),
    )
    for how, found in ways:
        fitting = [n for n in found if fits(n.cls)]
        if len(fitting) == 1:
            return Resolution(text, fitting[0].key, how)
        if fitting:
            break
    answers = search(store, asked, classes=classes, limit=max(limit, 20), view=view)
    if ways[0][1] or ways[1][1]:
        return Resolution(text, None, None, tuple(answers[:limit]))
    same = [f.key for f in answers if _is_called(f, asked)]
    if len(same) == 1:
        return Resolution(text, same[0], "name")
    if not same:
        concept = _whole_concept(store, asked, classes)
        if concept is not None:
            return Resolution(text, concept, "concept")
    return Resolution(text, None, None, tuple(answers[:limit]))


def require(
    store: Store,
    text: str,
    *,
    classes: Collection[str] | None = None,
    view: View = NOW,
) -> str:
    """The key that `text` means. Raises NotFound with the nearest keys where it is unclear."""
    found = resolve(store, text, classes=classes, view=view)
    if found.key is not None:
        return found.key
    keys = [c.key for c in found.candidates] or nearest(store, text, 5, classes=classes, view=view)
    raise_not_found(store, text, keys, classes)


def require_first(
    store: Store, text: str, ranks: Sequence[Collection[str]], *, view: View = NOW
) -> str:
    """The key that `text` means among the classes of the first rank that has it.

    What a lower rank calls the same does not make it unclear: a pump of that name, before the
    class of pumps. Raises NotFound as `require` does.
    """
    for classes in ranks:
        found = resolve(store, text, classes=classes, view=view)
        if found.key is not None:
            return found.key
        if any(_is_called(f, text.strip()) for f in found.candidates):
            break  # several are called so
    return require(store, text, classes=[cls for rank in ranks for cls in rank], view=view)


def _is_called(found: Found, asked: str) -> bool:
    return any(
        r.field in ("name", "alias") and normal_name(r.found) == normal_name(asked)
        for r in found.reasons
    )


def raise_not_found(
    store: Store, text: str, nearest_keys: Sequence[str], classes: Collection[str] | None = None
) -> NoReturn:
    """Raise NotFound for `text` in one sentence that names the nearest things there are."""
    schema = store.schema
    what = class_label(schema, sorted(classes)[0]).en.lower() if classes else "thing"
    known = store.get_nodes(list(nearest_keys))
    names = [
        f"{key} ({known[key].name})"
        if key in known and known[key].name != identity_of(key)
        else key
        for key in nearest_keys
    ]
    hint = f" Did you mean {', '.join(names)}?" if names else ""
    raise NotFound(
        f"There is no single {what} called {text[:_SHOWN]!r} in the graph.{hint}",
        ids=[text],
        nearest=list(nearest_keys),
    )


def nearest(
    store: Store,
    text: str,
    n: int = 5,
    *,
    classes: Collection[str] | None = None,
    view: View = NOW,
) -> list[str]:
    """Up to `n` keys of things whose code or name is most like `text`, for "did you mean".

    A key of a known kind (`unit:SN-1`) is compared with its own kind first; things that are only
    found by code (units, operations) are compared by the beginning of theirs.
    """
    schema = store.schema
    asked = text.strip()
    if not asked or n <= 0:
        return []
    kind, name = kind_of(asked), identity_of(asked)
    typed_kind = bool(name) and kind in schema.class_of_kind
    if typed_kind:
        wanted: Collection[str] | None = [schema.class_of_kind[kind]]
    else:
        name, wanted = asked, classes
    ranked: dict[str, float] = {}
    for found in search(store, name, classes=wanted, limit=4 * n, view=view):
        if found.in_graph:
            ranked[found.key] = _likeness(name, identity_of(found.key), found.name)
    kinds = [kind] if typed_kind else code_kinds(schema, classes)
    for node in _same_beginning(store, name, kinds, n, view):
        ranked.setdefault(node.key, _likeness(name, identity_of(node.key), node.name))
    ranked.pop(asked, None)
    if len(ranked) < n and typed_kind:
        for key in nearest(store, name, n - len(ranked), classes=classes, view=view):
            ranked.setdefault(key, 0.0)
    return sorted(ranked, key=lambda key: (-ranked[key], key))[:n]


def _same_beginning(
    store: Store, name: str, kinds: Collection[str], n: int, view: View
) -> list[Node]:
    code = normal_code(name)
    size = len(code)
    # Shorter and shorter beginnings, until there are enough neighbours. Each is a read per kind.
    lengths: Iterable[int] = range(size, max(0, size // 3 - 1), -1)
    if len(kinds) > 1:
        lengths = dict.fromkeys((size - 1, size - 2, size * 2 // 3, size // 2))
    for length in lengths:
        if length < 1:
            continue
        found = find_code_prefix(
            store, store.schema, code[:length], kinds, limit=25 * max(1, n // 5), view=view
        )
        if len(found) >= n or (found and length <= size // 2):
            return found
    return []


def _likeness(asked: str, identity: str, name: str) -> float:
    return max(
        JaroWinkler.similarity(normal_code(asked), normal_code(identity)),
        JaroWinkler.similarity(normal_name(asked), normal_name(name)),
    )


def _normal_key(text: str) -> str:
    kind, name = kind_of(text), identity_of(text)
    return f"{kind.strip().lower()}:{normal_code(name)}" if name else text


def _whole_concept(store: Store, text: str, classes: Collection[str] | None) -> str | None:
    """The concept of the ontology whose word the whole text is, where there is just one."""
    schema = store.schema
    mentions = lexicon_of(schema).mentions(text)
    if len(mentions) != 1 or normal_name(mentions[0].text) != normal_name(text):
        return None
    keys = {
        t.key
        for t in mentions[0].terms
        if t.key is not None and (classes is None or any(schema.is_a(t.cls, c) for c in classes))
    }
    return keys.pop() if len(keys) == 1 else None
