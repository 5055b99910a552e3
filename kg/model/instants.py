"""Instants: points in time as integers, milliseconds since 1970-01-01T00:00:00Z.

Both stores keep and compare instants as integers; people see ISO 8601 with a zone.
"""

from __future__ import annotations

from datetime import UTC, datetime

Instant = int


def now() -> Instant:
    """The current instant."""
    return to_instant(datetime.now(UTC))


def to_instant(moment: datetime) -> Instant:
    """The instant of an aware `moment`. Raises ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone")
    whole = moment.astimezone(UTC)
    return (
        int((whole.replace(microsecond=0) - _EPOCH).total_seconds()) * 1000
        + whole.microsecond // 1000
    )


def to_datetime(instant: Instant) -> datetime:
    """The aware UTC date-time of `instant`."""
    seconds, millis = divmod(instant, 1000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=millis * 1000)


def to_text(instant: Instant) -> str:
    """ISO 8601 in UTC, such as `2026-03-01T07:30:00Z`; milliseconds only where there are some."""
    moment = to_datetime(instant)
    spec = "milliseconds" if moment.microsecond else "seconds"
    return moment.isoformat(timespec=spec).replace("+00:00", "Z")


def parse_instant(text: str) -> Instant:
    """The instant of an ISO 8601 date or date-time; without a zone it is read as UTC.

    Raises ValueError where it is neither.
    """
    moment = datetime.fromisoformat(text.strip())
    return to_instant(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
