"""Telling records as claims, each record a passage of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from kg.model.claims import Batch, Chunk, Claim, Finding, NodeClaim, Passage, passage_key
from kg.model.instants import Instant


class Teller:
    """Collects what records say into chunks."""

    def __init__(self, form: str) -> None:
        self._extractor = f"{form}@1"
        self._seen: dict[str, int] = {}
        self._chunk = Chunk(Batch())
        self._place = ""

    def begin(self) -> Chunk:
        """A new chunk, which is filled from now on."""
        self._chunk = Chunk(Batch())
        return self._chunk

    def at(self, place: str, record: Any) -> None:
        """The record that is told now."""
        text = orjson.dumps(record, default=str).decode()
        occurrence = self._seen.get(text, 0)
        self._seen[text] = occurrence + 1
        self._place = place
        self._chunk.batch.passages.append(Passage(passage_key(text, occurrence), place, text))

    def node(
        self, key: str, cls: str, name: str | None = None, props: Mapping[str, Any] | None = None
    ) -> None:
        """Say that there is a thing."""
        self._chunk.batch.nodes.append(
            NodeClaim(key, cls, self._passage, name, props or {}, extractor=self._extractor)
        )

    def say(
        self,
        subject: str,
        predicate: str,
        object_: str,
        *,
        since: Instant | None = None,
        until: Instant | None = None,
        props: Mapping[str, Any] | None = None,
    ) -> None:
        """Say a statement."""
        claim = Claim(
            subject, predicate, object_, self._passage, extractor=self._extractor,
            valid_from=since, valid_to=until, props=props or None,
        )  # fmt: skip
        self._chunk.batch.claims.append(claim)

    def find(self, code: str, message: str) -> None:
        """Note something that a person should know."""
        self._chunk.findings.append(Finding(code, self._place, message))

    @property
    def _passage(self) -> int:
        return len(self._chunk.batch.passages) - 1
