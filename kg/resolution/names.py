"""Names to concepts: what a text or a cell calls a thing, and the node that is meant.

Codes are identities and are never touched. A name that is exactly a label, an alternative label
or a code of a shipped concept of the same kind means that concept; any other name stands for
itself until a person, or strong evidence, merges it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kg.model.claims import Batch
from kg.model.keys import identity_of, kind_of, normal_code, normal_name
from ontology.schema import Schema


class NameResolver:
    """Maps node keys to the keys that they mean. Keys are looked up once and remembered."""

    def __init__(self, schema: Schema, aliases: Mapping[str, Iterable[str]] | None = None) -> None:
        """`aliases`: further names by concept key, from a plant's own alias table."""
        self._meant: dict[str, str] = {}
        self._ambiguous: dict[str, set[str]] = {}
        self._by_name_kinds = frozenset(
            term.kind for term in schema.classes.values() if term.identified_by == "name"
        )
        # Three passes, so that a label is never ambiguous because of someone's alternative label.
        for concept in schema.concepts.values():
            for label in concept.words.label.values():
                self._add(concept.key, normal_name(label))
        strong = set(self._meant)
        for concept in schema.concepts.values():
            self._add(concept.key, normal_code(concept.name))
            for code in concept.codes:
                self._add(concept.key, normal_code(code), strong)
            for words in concept.words.alt.values():
                for word in words:
                    self._add(concept.key, normal_name(word), strong)
        for key, names in (aliases or {}).items():
            for name in names:
                self._add(key, normal_name(name), strong)
        for form in self._ambiguous:
            self._meant.pop(form, None)
        self._known: dict[str, str] = {}

    def _add(self, key: str, identity: str, strong: Iterable[str] = ()) -> None:
        form = f"{kind_of(key)}:{identity}"
        held = self._meant.setdefault(form, key)
        if held != key and form not in strong:
            self._ambiguous.setdefault(form, {held}).add(key)

    def candidates(self, key: str) -> frozenset[str]:
        """The concepts that an ambiguous name may mean; empty where it is not ambiguous."""
        return frozenset(self._ambiguous.get(key, ()))

    def resolve(self, key: str) -> str:
        """The key that `key` means: a concept's, or `key` itself."""
        known = self._known.get(key)
        if known is None:
            known = self._look_up(key)
            if len(self._known) < 500_000:  # names repeat; a runaway table must not fill memory
                self._known[key] = known
        return known

    def _look_up(self, key: str) -> str:
        kind = kind_of(key)
        if kind not in self._by_name_kinds:
            return key
        identity = identity_of(key)
        return (
            self._meant.get(key)
            or self._meant.get(f"{kind}:{normal_name(identity)}")
            or self._meant.get(f"{kind}:{normal_code(identity)}")
            or key
        )

    def resolve_batch(self, batch: Batch) -> None:
        """Replace, in place, the keys in `batch` by those that they mean."""
        # Keys repeat: each is looked at once, and most batches hold none that means another.
        keys = {node[0] for node in batch.nodes}
        keys.update(claim[0] for claim in batch.claims)
        keys.update(claim[2] for claim in batch.claims)
        by_name = self._by_name_kinds
        meant = {
            key: other
            for key in keys
            if kind_of(key) in by_name and (other := self.resolve(key)) != key
        }
        if not meant:
            return
        for index, node in enumerate(batch.nodes):
            if node[0] in meant:
                batch.nodes[index] = node._replace(node=meant[node[0]])
        for index, claim in enumerate(batch.claims):
            subject, object_ = claim[0], claim[2]
            if subject in meant or object_ in meant:
                batch.claims[index] = claim._replace(
                    subject=meant.get(subject, subject), object=meant.get(object_, object_)
                )
