"""Tokens: what a program or a person shows to be let in.

A token is `gemba_ID_SECRET`. The secret has 256 random bits, so its plain SHA-256 is all that is
stored and no guess comes near it; the ID finds the record. A token is shown once, when it is made.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from api.audit import Actor, audited
from api.roles import Permission, permissions_of
from kg.model.errors import BadInput, NotFound
from kg.model.instants import Instant, now
from kg.store.protocol import Store

RECORDS = "token"
DAY = 86_400_000
_PREFIX = "gemba"
_NOBODY = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True, slots=True)
class Token:
    """What is known about a token. Its secret is not."""

    id: str
    name: str
    role: str
    created: Instant
    created_by: str
    expires: Instant | None = None
    revoked: Instant | None = None

    @property
    def permissions(self) -> frozenset[Permission]:
        """What its bearer may do."""
        return permissions_of(self.role)

    def is_valid(self, at: Instant) -> bool:
        """Whether it lets in at an instant."""
        return self.revoked is None and (self.expires is None or at < self.expires)


def create_token(
    store: Store, actor: Actor, name: str, role: str, days: int | None = None
) -> tuple[Token, str]:
    """A new token and, for this once, its text. `days` None: it does not expire.

    Raises BadInput for an unknown role, an empty name or days that are not positive.
    """
    permissions_of(role)
    name = name.strip()
    if not name or len(name) > 100 or not name.isprintable():
        raise BadInput("Give the token a name of up to 100 characters, such as its bearer's.")
    if days is not None and not 0 < days <= 36_500:
        raise BadInput("A token is good for 1 to 36500 days.")
    token_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    at = now()
    token = Token(token_id, name, role, at, actor.name, at + days * DAY if days else None)
    with audited(store, actor, "token.create", token_id, name=name, role=role, days=days):
        store.put_records(RECORDS, {token_id: _as_record(token, _digest(secret))})
    return token, f"{_PREFIX}_{token_id}_{secret}"


def list_tokens(store: Store) -> list[Token]:
    """All tokens, revoked and expired ones too, oldest first."""
    tokens = [_from_record(key, r) for key, r in store.get_records(RECORDS).items()]
    return sorted(tokens, key=lambda t: (t.created, t.id))


def has_tokens(store: Store) -> bool:
    """Whether a token was ever made."""
    return bool(store.get_records(RECORDS, limit=1))


def revoke_token(store: Store, actor: Actor, token_id: str) -> Token:
    """Let the token in no more. Raises NotFound."""
    record = store.get_records(RECORDS, keys=[token_id]).get(token_id)
    if record is None:
        names = [f"{t.id} ({t.name})" for t in list_tokens(store) if t.revoked is None]
        raise NotFound(
            f"There is no token {token_id!r}; `gemba tokens list` shows them.",
            ids=[token_id],
            nearest=names[:5],
        )
    token = _from_record(token_id, record)
    if token.revoked is None:
        with audited(store, actor, "token.revoke", token_id, name=token.name):
            store.put_records(RECORDS, {token_id: {**record, "revoked": now()}})
    return _from_record(token_id, store.get_records(RECORDS, keys=[token_id])[token_id])


def bearer_of(store: Store, text: str) -> Token | None:
    """The valid token whose text this is, else None. Takes equally long where the ID is known."""
    prefix, _, rest = text.partition("_")
    token_id, _, secret = rest.partition("_")
    well_formed = prefix == _PREFIX and len(token_id) == 12 and 0 < len(secret) <= 200
    record = store.get_records(RECORDS, keys=[token_id]).get(token_id) if well_formed else None
    expected = record["sha256"] if record else _NOBODY
    matches = hmac.compare_digest(_digest(secret), expected)
    if not matches or record is None:
        return None
    token = _from_record(token_id, record)
    return token if token.is_valid(now()) else None


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _as_record(token: Token, digest: str) -> dict[str, object]:
    return {
        "name": token.name,
        "role": token.role,
        "created": token.created,
        "created_by": token.created_by,
        "expires": token.expires,
        "revoked": token.revoked,
        "sha256": digest,
    }


def _from_record(token_id: str, record: dict[str, object]) -> Token:
    known = {k: v for k, v in record.items() if k != "sha256"}
    return Token(id=token_id, **known)  # type: ignore[arg-type]
