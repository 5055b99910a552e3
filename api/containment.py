"""Containment with its audit entries, and as files."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal

import orjson

from api.audit import Actor, audited
from extraction.tables import neutralise
from kg.model.instants import Instant
from kg.traceability.containment import (
    Action,
    Containment,
    ContainmentQuery,
    Member,
    decide_on,
    start_containment,
    undo_decision,
)

if TYPE_CHECKING:
    from api.wiring import Plant

Format = Literal["csv", "xlsx", "json"]
_COLUMNS = (
    "key", "class", "name", "place", "since", "customers", "shipment", "containers", "location",
    "into", "held", "reason", "role", "by", "decided_at",
)  # fmt: skip


def start(
    plant: Plant, actor: Actor, query: ContainmentQuery, *, reason: str, as_of: Instant | None
) -> Containment:
    """Freeze a set and keep it, with an entry in the audit log."""
    with audited(plant.store, actor, "contain", ", ".join(query.seeds), reason=reason) as note:
        made = start_containment(
            plant.store, plant.schema, query, by=actor.name, reason=reason, as_of=as_of
        )
        note.details |= {"containment": made.id, "members": len(made.members), "hash": made.hash}
    return made


def decide(
    plant: Plant,
    actor: Actor,
    number: str,
    action: Action,
    items: Sequence[str],
    *,
    reason: str,
    role: str,
) -> Containment:
    """Hold or release, with an entry in the audit log."""
    with audited(plant.store, actor, action, number, items=list(items), reason=reason, role=role):
        return decide_on(
            plant.store, number, action, items, reason=reason, role=role, by=actor.name
        )


def undo(plant: Plant, actor: Actor, number: str, entry: int) -> Containment:
    """Take a hold or release back, with an entry in the audit log."""
    with audited(plant.store, actor, "undo-hold", number, entry=entry):
        return undo_decision(plant.store, number, entry, by=actor.name)


def as_rows(members: Sequence[Member]) -> list[dict[str, Any]]:
    """The members as records with plain cells."""
    found = []
    for member in members:
        where, decided = member.where, member.decided
        cells = (
            member.key, member.cls, member.name, where.place, where.since,
            " ".join(where.customers), where.shipment, " ".join(where.containers), where.location,
            " ".join(where.into), "yes" if member.is_held else "no",
            *(
                (decided.reason, decided.role, decided.by, decided.at)
                if decided is not None
                else ("", "", "", "")
            ),
        )  # fmt: skip
        found.append(dict(zip(_COLUMNS, ("" if c is None else c for c in cells), strict=True)))
    return found


def export(containment: Containment, members: Sequence[Member], form: Format) -> bytes:
    """The containment as a file. Cells that look like formulas are made harmless."""
    if form == "json":
        whole = {**asdict(containment), "members": as_rows(members)}
        return orjson.dumps(whole, option=orjson.OPT_INDENT_2)
    rows = [{k: neutralise(str(v)) for k, v in row.items()} for row in as_rows(members)]
    if form == "csv":
        text = io.StringIO()
        writer = csv.DictWriter(text, _COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
        return ("\ufeff" + text.getvalue()).encode()
    return _workbook(containment, rows)


def _workbook(containment: Containment, rows: Sequence[dict[str, str]]) -> bytes:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    about = book.create_sheet("Containment")
    for name, value in (
        ("id", containment.id), ("hash", containment.hash), ("as of", containment.as_of),
        ("seeds", " ".join(containment.query.seeds)), ("direction", containment.query.direction),
        ("reason", containment.reason), ("by", containment.by),
        ("created at", containment.created_at),
    ):  # fmt: skip
        about.append([name, neutralise(value)])
    sheet = book.create_sheet("Members")
    sheet.append(list(_COLUMNS))
    for row in rows:
        sheet.append([row[name] for name in _COLUMNS])
    log = book.create_sheet("Decisions")
    log.append(["number", "action", "items", "reason", "role", "by", "at", "undone by"])
    for d in containment.decisions:
        log.append([
            d.number, d.action, neutralise(" ".join(d.items) or "all"), neutralise(d.reason),
            neutralise(d.role), d.by, d.at, d.undone_by or "",
        ])  # fmt: skip
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
