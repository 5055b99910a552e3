"""Who is let in: bearer tokens, a permission per route, and a limit on failed sign-ins."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.exceptions import HTTPException

from api.audit import Actor
from api.roles import Permission, least_role_with
from api.tokens import Token, bearer_of
from api.wiring import Plant

_MINUTE = 60.0
_ADDRESSES = 10_000  # remembered at once; the longest silent one is forgotten first
_bearer = HTTPBearer(
    auto_error=False, description="A token of `gemba tokens create`.", scheme_name="token"
)


class FailureLimit:
    """Counts failed sign-ins per address over the last minute."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def seconds_to_wait(self, address: str) -> int:
        """0 where the address may try; else after how many seconds it may."""
        with self._lock:
            failures = self._recent(address)
            if len(failures) < self._per_minute:
                return 0
            return max(1, int(failures[0] + _MINUTE - time.monotonic()) + 1)

    def note(self, address: str) -> None:
        """Remember a failure."""
        with self._lock:
            failures = self._recent(address)
            failures.append(time.monotonic())
            self._failures[address] = failures
            self._failures.move_to_end(address)
            while len(self._failures) > _ADDRESSES:
                self._failures.popitem(last=False)

    def _recent(self, address: str) -> deque[float]:
        failures = self._failures.get(address, deque(maxlen=self._per_minute))
        while failures and failures[0] < time.monotonic() - _MINUTE:
            failures.popleft()
        return failures


class Needs:
    """A route's permission. As a dependency it refuses whoever has not got it."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    def __call__(
        self,
        request: Request,
        credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    ) -> None:
        plant: Plant = request.app.state.plant
        if not plant.settings.auth:
            request.state.actor = Actor("anonymous", "http")
            return
        token = _token(request, plant, credentials)
        request.state.actor = Actor(f"{token.name} ({token.id})", "http")
        request.state.token = token
        if self.permission not in token.permissions:
            raise HTTPException(
                403,
                f"This needs the permission to {self.permission}, which the role "
                f"{token.role} has not got; {least_role_with(self.permission)} has.",
            )


class Anyone:
    """Marks a route that answers without a token."""

    def __call__(self) -> None:
        """Let in."""


def _token(
    request: Request, plant: Plant, credentials: HTTPAuthorizationCredentials | None
) -> Token:
    limit: FailureLimit = request.app.state.failures
    address = request.client.host if request.client else "unknown"
    if credentials is None:
        raise HTTPException(
            401,
            "Send a token: `Authorization: Bearer gemba_…`; an admin makes one with "
            "`gemba tokens create`.",
            headers={"WWW-Authenticate": 'Bearer realm="gemba"'},
        )
    token = bearer_of(plant.store, credentials.credentials)
    if token is not None:
        return token
    request.app.state.metrics.failed_sign_ins.inc()
    wait = limit.seconds_to_wait(address)
    if wait:
        raise HTTPException(
            429,
            f"Too many failed sign-ins from {address}; wait {wait} seconds.",
            headers={"Retry-After": str(wait)},
        )
    limit.note(address)
    raise HTTPException(
        401,
        "The token is not known, or it has expired or was revoked.",
        headers={"WWW-Authenticate": 'Bearer realm="gemba", error="invalid_token"'},
    )


def access_of(route: APIRoute) -> Needs | Anyone | None:
    """What a route asks of its callers; None where it does not say."""
    for dependency in route.dependencies:
        if isinstance(dependency.dependency, Needs | Anyone):
            return dependency.dependency
    return None


def refuse_undeclared(router: APIRouter) -> None:
    """Stop a service that has a route without a declared permission. Raises RuntimeError."""
    for route in router.routes:
        if not isinstance(route, APIRoute) or access_of(route) is None:
            raise RuntimeError(f"{route} declares no permission")
