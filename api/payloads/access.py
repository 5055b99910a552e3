"""Tokens and the audit log."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from api.audit import Verification
from api.payloads.shape import Payload, example, moment
from api.roles import Permission
from api.tokens import Token as KnownToken
from kg.model.instants import to_datetime
from kg.store.protocol import LogEntry


class Token(Payload):
    """What is known about a token. Its secret is not."""

    model_config = example(
        id="5f0c11d2a9b4",
        name="quality dashboard",
        role="reader",
        created="2026-03-01T07:30:00Z",
        created_by="li.wei",
        expires="2027-03-01T07:30:00Z",
        revoked=None,
    )

    id: str
    name: str
    role: str
    created: datetime
    created_by: str
    expires: datetime | None
    revoked: datetime | None


class NewToken(Payload):
    """A token that was just made. `text` is shown this once."""

    token: Token
    text: Annotated[str, Field(examples=["gemba_5f0c11d2a9b4_…"])]


class Bearer(Payload):
    """Who asks, and what they may do."""

    model_config = example(name="li.wei (5f0c11d2a9b4)", role="reader", permissions=["read"])

    name: str
    role: str | None
    permissions: list[Permission]


class AuditEntry(Payload):
    """One entry of the audit log."""

    model_config = example(
        seq=12,
        at="2026-03-01T07:30:00Z",
        action="load",
        subject="workorders.csv",
        by="li.wei",
        way="cli",
        outcome="done",
        details={"statements_added": 64},
        why="",
        hash="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    )

    seq: int
    at: datetime
    action: str
    subject: str
    by: str
    way: str
    outcome: str
    details: dict[str, Any]
    why: Annotated[str, Field(description="Why it failed.")]
    hash: str


class Breach(Payload):
    """Where the chain of the audit log does not hold."""

    seq: int
    sentence: str


class AuditVerification(Payload):
    """What a check of the whole audit log found."""

    model_config = example(
        is_intact=True,
        entries=12,
        anchor="12:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        breaches=[],
    )

    is_intact: bool
    entries: int
    anchor: Annotated[
        str,
        Field(
            description="Keep it outside of the store and give it to a later check: it shows "
            "whether the end of the log was cut off."
        ),
    ]
    breaches: list[Breach]


def token_payload(token: KnownToken) -> Token:
    """A token without its secret."""
    return Token(
        id=token.id,
        name=token.name,
        role=token.role,
        created=to_datetime(token.created),
        created_by=token.created_by,
        expires=moment(token.expires),
        revoked=moment(token.revoked),
    )


def entry_payload(entry: LogEntry) -> AuditEntry:
    """An entry of the log; what a forged one lacks is left empty."""
    said = entry.payload
    details = said.get("details")
    return AuditEntry(
        seq=entry.seq,
        at=to_datetime(entry.at),
        action=str(said.get("action", "")),
        subject=str(said.get("subject", "")),
        by=str(said.get("by", "")),
        way=str(said.get("way", "")),
        outcome=str(said.get("outcome", "")),
        details=details if isinstance(details, dict) else {},
        why=str(said.get("why", "")),
        hash=entry.hash,
    )


def verification_payload(found: Verification) -> AuditVerification:
    """The result of a check."""
    return AuditVerification(
        is_intact=found.is_intact,
        entries=found.entries,
        anchor=found.anchor,
        breaches=[Breach(seq=b.seq, sentence=b.sentence) for b in found.breaches],
    )
