"""Writes down what a document says: passages, and claims made in them, as a batch."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from kg.model import Batch, Claim, NodeClaim, Passage, Props, code_key, name_key
from kg.model.claims import NO_PROPS
from kg.model.keys import normal_code, normal_name

if TYPE_CHECKING:
    from ontology.schema import Schema

EXTRACTOR = "manual@1"
ACCEPTED_FROM = 0.8  # claims below wait for review


class Thing(NamedTuple):
    """A thing named in a passage: its node, and where the name stands (-1: not in it)."""

    key: str
    passage: int
    start: int = -1
    end: int = -1


class Names:
    """Which names the ontology knows, by kind: whether 漏油 is a mode or a symptom."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self._keys: dict[str, dict[str, str]] = {}
        own = [(c, words) for c in schema.concepts.values() for words in c.words.label.values()]
        other = [
            (c, words)
            for c in schema.concepts.values()
            for listed in c.words.alt.values()
            for words in listed
        ]
        labels: set[tuple[str, str]] = set()
        for is_label, pairs in ((True, own), (False, other)):
            shared: set[tuple[str, str]] = set()
            for concept, words in pairs:
                kind, name = concept.key.partition(":")[0], normal_name(words)
                if is_label:
                    labels.add((kind, name))
                held = self._keys.setdefault(kind, {}).setdefault(name, concept.key)
                if held != concept.key and (kind, name) not in labels:
                    shared.add((kind, name))
            for kind, name in shared:  # what may mean two things means neither
                del self._keys[kind][name]

    def knows(self, kind: str, name: str) -> bool:
        """Whether a concept of `kind` bears the name."""
        return normal_name(name) in self._keys.get(kind, ())

    def concept(self, kind: str, name: str) -> str | None:
        """The concept of `kind` that bears the name."""
        return self._keys.get(kind, {}).get(normal_name(name))

    def labels(self, kind: str) -> Mapping[str, str]:
        """Every name of every concept of `kind`, folded, with the concept's key."""
        return self._keys.get(kind, {})


class Occurrences:
    """Counts equal texts of one document, in six bytes each; can be written down and restored."""

    def __init__(self, state: str = "") -> None:
        self._counts: dict[bytes, int] = {}
        if state:
            import base64
            import zlib

            raw = zlib.decompress(base64.b85decode(state))
            for at in range(0, len(raw), 8):
                self._counts[raw[at : at + 6]] = int.from_bytes(raw[at + 6 : at + 8], "big")

    def key(self, text: str) -> str:
        """The passage key of `text`, counting it."""
        digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6).digest()
        count = self._counts.get(digest, 0)
        self._counts[digest] = min(count + 1, 65_535)
        from kg.model import passage_key

        return passage_key(text, count)

    def state(self) -> str:
        """Everything counted so far, as text."""
        import base64
        import zlib

        raw = b"".join(key + count.to_bytes(2, "big") for key, count in self._counts.items())
        return base64.b85encode(zlib.compress(raw, 1)).decode("ascii")


class Scribe:
    """Collects one batch."""

    def __init__(self, names: Names, occurrences: Occurrences) -> None:
        self.names = names
        self.occurrences = occurrences
        self.batch = Batch()
        self._named: set[tuple[str, int]] = set()
        self._claimed: dict[tuple[str, str, str, int], int] = {}

    def passage(
        self, text: str, place: str, language: str | None = None, heading: str | None = None
    ) -> int:
        """Add a passage; returns its index."""
        key = self.occurrences.key(text)
        self.batch.passages.append(Passage(key, place, text, language, heading))
        return len(self.batch.passages) - 1

    def thing(
        self,
        cls: str,
        name: str,
        passage: int,
        start: int = -1,
        end: int = -1,
        *,
        code: str | None = None,
        props: Props = NO_PROPS,
        confidence: float = 0.95,
    ) -> Thing:
        """A thing of `cls` that the passage names; a code is its identity where it has one."""
        term = self.names.schema.classes[cls]
        if code is not None or term.identified_by == "code":
            key = code_key(term.kind, code if code is not None else name)
        else:
            key = self.names.concept(term.kind, name) or name_key(term.kind, name)
        self.describe(key, cls, passage, name=name, props=props, confidence=confidence)
        return Thing(key, passage, start, end)

    def describe(
        self,
        key: str,
        cls: str,
        passage: int,
        *,
        name: str | None = None,
        props: Props = NO_PROPS,
        confidence: float = 0.95,
    ) -> None:
        """Say what a thing is called and what it is like. Names of concepts are known already."""
        if key in self.names.schema.concepts:
            if not props:
                return
            name = None
        if (key, passage) in self._named and not props:
            return
        self._named.add((key, passage))
        self.batch.nodes.append(NodeClaim(key, cls, passage, name, props, confidence, EXTRACTOR))

    def say(
        self,
        subject: Thing | str,
        predicate: str,
        target: Thing | str,
        confidence: float,
        passage: int | None = None,
        props: Props | None = None,
    ) -> None:
        """Claim a relation. The quote holds the names of both where they stand in one passage.

        Of the things' passages the later one is quoted, where none is given: what stands below
        completes what stands above.
        """
        subject_key = subject.key if isinstance(subject, Thing) else subject
        target_key = target.key if isinstance(target, Thing) else target
        if subject_key == target_key:
            return
        things = [t for t in (subject, target) if isinstance(t, Thing)]
        if passage is None:
            passage = max(t.passage for t in things)
        spans = [(t.start, t.end) for t in things if t.passage == passage and t.start >= 0]
        start = min((s for s, _ in spans), default=-1)
        end = max((e for _, e in spans), default=-1)
        key = (subject_key, predicate, target_key, passage)
        confidence = round(confidence, 3)
        held = self._claimed.get(key)
        if held is not None and self.batch.claims[held].confidence >= confidence:
            return
        claim = Claim(
            subject_key,
            predicate,
            target_key,
            passage,
            confidence,
            "accepted" if confidence >= ACCEPTED_FROM else "suggested",
            EXTRACTOR,
            start,
            end,
            props=props,
        )
        if held is not None:
            self.batch.claims[held] = claim
        else:
            self._claimed[key] = len(self.batch.claims)
            self.batch.claims.append(claim)

    def take(self, nodes: Iterable[NodeClaim], claims: Iterable[Claim]) -> None:
        """Add what another extractor read."""
        self.batch.nodes.extend(nodes)
        self.batch.claims.extend(claims)


def is_code(text: str) -> bool:
    """Whether a cell holds a code: short, with a digit, without words."""
    code = normal_code(text)
    return (
        0 < len(code) <= 40
        and any(char.isdigit() for char in code)
        and code.count(" ") <= 3
        and not any(len(part) > 14 and part.isalpha() for part in code.split())
        and all(char < "\u3000" or char.isdigit() for char in code)
    )
