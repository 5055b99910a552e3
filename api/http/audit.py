"""The audit log."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.audit import LOG, verify
from api.http.access import Needs
from api.http.problems import problem_responses
from api.http.reading import PREFIX, CursorText, Limit, OpenPlant, number_in, write_cursor
from api.payloads.access import (
    AuditEntry,
    AuditVerification,
    entry_payload,
    verification_payload,
)
from api.payloads.shape import Page
from api.roles import Permission

router = APIRouter(
    prefix=PREFIX, tags=["audit"], responses=problem_responses(400, 401, 403, 422, 503)
)
_AUDIT = [Depends(Needs(Permission.AUDIT))]


@router.get("/audit", dependencies=_AUDIT)
def list_audit_log(
    plant: OpenPlant, limit: Limit = 100, cursor: CursorText = None
) -> Page[AuditEntry]:
    """List who wrote what, oldest first."""
    entries = plant.store.read_log(LOG, after=number_in(cursor), limit=limit + 1)
    shown = entries[:limit]
    more = len(entries) > limit
    return Page(
        items=[entry_payload(entry) for entry in shown],
        next_cursor=write_cursor(shown[-1].seq) if more else None,
    )


@router.get("/audit/verification", dependencies=_AUDIT)
def verify_audit_log(
    plant: OpenPlant,
    anchor: Annotated[
        str | None, Query(description="The anchor of an earlier check, to see a cut end.")
    ] = None,
) -> AuditVerification:
    """Check the whole log for changed, missing and reordered entries."""
    return verification_payload(verify(plant.store, anchor))
