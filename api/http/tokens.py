"""Tokens, and who asks."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request

from api.http.access import Needs
from api.http.problems import problem_responses
from api.http.reading import PREFIX, Acting, OpenPlant
from api.payloads.access import Bearer, NewToken, Token, token_payload
from api.payloads.requests import TokenRequest
from api.roles import Permission
from api.tokens import create_token, list_tokens, revoke_token

router = APIRouter(prefix=PREFIX, tags=["access"], responses=problem_responses(401, 403, 422, 503))
_TOKENS = [Depends(Needs(Permission.TOKENS))]


@router.get("/me", dependencies=[Depends(Needs(Permission.WATCH))])
def who_am_i(request: Request, actor: Acting) -> Bearer:
    """Say whose token it is and what it allows."""
    token = getattr(request.state, "token", None)
    permissions = token.permissions if token is not None else frozenset(Permission)
    return Bearer(
        name=actor.name,
        role=token.role if token is not None else None,
        permissions=sorted(permissions),
    )


@router.get("/tokens", dependencies=_TOKENS, name="list_tokens")
def tokens_list(plant: OpenPlant) -> list[Token]:
    """List all tokens, revoked and expired ones too."""
    return [token_payload(token) for token in list_tokens(plant.store)]


@router.post(
    "/tokens",
    dependencies=_TOKENS,
    status_code=201,
    name="create_token",
    responses=problem_responses(400),
)
def tokens_create(plant: OpenPlant, actor: Acting, request: TokenRequest) -> NewToken:
    """Make a token. Its text is in the answer and nowhere else."""
    token, text = create_token(plant.store, actor, request.name, request.role, request.days)
    return NewToken(token=token_payload(token), text=text)


@router.delete(
    "/tokens/{token_id}",
    dependencies=_TOKENS,
    name="revoke_token",
    responses=problem_responses(404),
)
def tokens_revoke(
    plant: OpenPlant,
    actor: Acting,
    token_id: Annotated[str, Path(description="Its id.", examples=["5f0c11d2a9b4"])],
) -> Token:
    """Let a token in no more."""
    return token_payload(revoke_token(plant.store, actor, token_id))
