"""Times as people type them: ISO 8601, in the plant's time zone where none is given."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from kg.model.errors import BadInput
from kg.model.graph import BELIEVED, Status, View
from kg.model.instants import Instant, to_instant


def parse_moment(text: str, zone: ZoneInfo, what: str = "time") -> Instant:
    """The instant of an ISO 8601 date (its beginning) or date-time. Raises BadInput."""
    try:
        moment = datetime.fromisoformat(text.strip())
        return to_instant(moment if moment.tzinfo else moment.replace(tzinfo=zone))
    except (ValueError, OverflowError):
        raise BadInput(
            f"The {what} {text!r} is not a date or time; write it like 2026-03-01 or "
            "2026-03-01T07:30+01:00."
        ) from None


def parse_view(
    zone: ZoneInfo,
    *,
    as_of: str | None = None,
    valid_at: str | None = None,
    valid_from: str | None = None,
    valid_to: str | None = None,
    min_confidence: float = 0.0,
    statuses: frozenset[Status] = BELIEVED,
) -> View:
    """A view from times as people type them. Raises BadInput."""
    if valid_at and (valid_from or valid_to):
        raise BadInput("Give either a time or a window in which it was so, not both.")
    start = parse_moment(valid_from, zone, "valid_from") if valid_from else None
    end = parse_moment(valid_to, zone, "valid_to") if valid_to else None
    if valid_at:
        start = parse_moment(valid_at, zone, "valid_at")
        end = start + 1
    if start is not None and end is not None and start >= end:
        raise BadInput("The window ends before it begins: valid_from must be before valid_to.")
    return View(
        as_of=parse_moment(as_of, zone, "as_of") if as_of else None,
        valid_from=start,
        valid_to=end,
        min_confidence=min_confidence,
        statuses=statuses,
    )
