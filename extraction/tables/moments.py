"""Dates and times as people and systems write them, to instants."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from kg.model.instants import Instant, to_instant


class Moment:
    """A point in time as a cell gives it.

    `until` is where the stated precision ends: a day later for a date, the instant itself for a
    time of day. `offset` is how far the plant's clock is ahead of UTC, in milliseconds.
    """

    __slots__ = ("_local", "_text", "instant", "offset", "until")

    def __init__(self, instant: Instant, until: Instant, offset: int, local: str = "") -> None:
        self.instant = instant
        self.until = until
        self.offset = offset
        self._local = local
        self._text = ""

    def __repr__(self) -> str:
        return f"Moment({self.local}, {self.text})"

    @property
    def text(self) -> str:
        """ISO 8601 in UTC, `2024-03-05T07:30:00Z`."""
        if not self._text:
            self._text = f"{_written(self.instant)}Z"
        return self._text

    @property
    def local(self) -> str:
        """The same by the plant's clock and as exact as it was written: `2024-03-05T15:30:00`."""
        if not self._local:
            self._local = _written(self.instant + self.offset)
        return self._local


def _written(instant: Instant) -> str:
    """The same as `kg.model.instants.to_text` without the zone, four times as fast."""
    day, rest = divmod(instant, _DAY)
    seconds, millis = divmod(rest, 1000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    text = f"{_day_text(day)}T{hour:02}:{minute:02}:{second:02}"
    return f"{text}.{millis:03}" if millis else text


@lru_cache(maxsize=10_000)
def _day_text(day: int) -> str:
    return date.fromordinal(day + _EPOCH_DAY).isoformat()


MomentReader = Callable[[str], Moment | None]
"""Reads a cell. None where the cell stands for "no date"; ValueError where it is no date."""

_DAY = 86_400_000
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_TIME = (
    r"(?:[T\s,]+(?P<ap1>[AaPp]\.?[Mm]\.?|上午|下午)?\s*(?P<h>\d{1,2})(?:[:.时點点h](?P<mi>\d{2})"
    r"(?:[:.分](?P<s>\d{2})(?:[.,](?P<f>\d{1,9}))?秒?|分)?|时|點|点)"
    r"\s*(?P<ap2>[AaPp]\.?[Mm]\.?)?\s*(?P<z>Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?)?"
)
_YEAR_FIRST = re.compile(
    r"(?P<y>\d{4})\s*[-/.年]\s*(?P<m>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})\s*[日号]?" + _TIME
)
_YEAR_LAST = re.compile(
    r"(?P<a>\d{1,2})(?P<sep>[-/.])(?P<b>\d{1,2})(?P=sep)(?P<y>\d{4}|\d{2})" + _TIME
)
_DAY_NAMED = re.compile(
    r"(?:[A-Za-z]{3,9},?\s+)?(?P<d>\d{1,2})(?:st|nd|rd|th)?[-\s.]*(?P<name>[A-Za-z]{3,9})\.?[-\s,]*"
    r"(?P<y>\d{4}|\d{2})" + _TIME
)
_MONTH_NAMED = re.compile(
    r"(?P<name>[A-Za-z]{3,9})\.?\s+(?P<d>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<y>\d{4})" + _TIME
)
_COMPACT = re.compile(
    r"(?P<y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})(?:[T\s]?(?P<h>\d{2})(?P<mi>\d{2})(?P<s>\d{2})?"
    r"(?P<z>Z)?)?"
)
_MONTH_ONLY = re.compile(r"(?P<y>(?:19|20)\d{2})\s*[-/.年]\s*(?P<m>\d{1,2})\s*月?")
_YEAR_ONLY = re.compile(r"19[5-9]\d|20[0-9]\d")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
# What systems write for "no date".
_NONE = re.compile(
    r"0{1,4}[-/.]0{1,2}[-/.]0{1,4}.*|0/[01]/(?:00|1900)|1899-12-3[01].*|1900-01-0[01]\b.*|0?1/0?[01]/1900.*"
    r"|9999-12-31.*|31[./]12[./]9999.*|12/31/9999.*|00000000|99991231|0|0\.0|-"
)
_SERIAL_START = datetime(1899, 12, 30)  # noqa: DTZ001 - spreadsheets count local days
_TOKENS = (
    ("YYYY", r"(?P<y>\d{4})"),
    ("YY", r"(?P<y>\d{2})"),
    ("MMM", r"(?P<name>[A-Za-z]{3,9})"),
    ("MM", r"(?P<m>\d{1,2})"),
    ("DD", r"(?P<d>\d{1,2})"),
    ("hh", r"(?P<h>\d{1,2})"),
    ("mm", r"(?P<mi>\d{1,2})"),
    ("ss", r"(?P<s>\d{1,2}(?:\.\d+)?)"),
    ("AM", r"(?P<ap2>[AaPp]\.?[Mm]\.?|上午|下午)"),
    ("Z", r"(?P<z>Z|UTC|[+-]\d{2}:?\d{2})"),
    ("*", r".*"),
)
_FURTHEST = {"+": timedelta(hours=14), "-": timedelta(hours=12)}
_LAST_MINUTE = 59
NUMERIC_FORMATS = ("excel", "epoch", "epoch_ms")


def read_zone(name: str) -> tzinfo:
    """The zone called `name`: `Asia/Shanghai`, `UTC` or an offset such as `+08:00`.

    Raises ValueError where there is none.
    """
    offset = re.fullmatch(r"(?:UTC)?([+-])(\d{1,2}):?(\d{2})?", name.strip())
    if offset:
        sign, hours, minutes = offset.groups()
        delta = timedelta(hours=int(hours), minutes=int(minutes or 0))
        if int(minutes or 0) > _LAST_MINUTE or delta > _FURTHEST[sign]:
            raise ValueError(
                f"there is no time zone {name!r}: offsets go from -12:00 to +14:00; write one such "
                "as +08:00"
            )
        return timezone(-delta if sign == "-" else delta)
    if name.strip().upper() in ("UTC", "Z", "GMT"):
        return UTC
    try:
        return ZoneInfo(name.strip())
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(
            f"there is no time zone {name!r}; write one such as Asia/Shanghai, UTC or +08:00"
        ) from error


def compile_format(text: str) -> re.Pattern[str]:
    """A pattern from a format such as `DD/MM/YYYY hh:mm` or `YYYY年MM月DD日`.

    Raises ValueError where it names no year, month and day.
    """
    pattern, rest = "", text.strip()
    while rest:
        for token, part in _TOKENS:
            if rest.startswith(token):
                pattern += part
                rest = rest[len(token) :]
                break
        else:
            pattern += r"\s+" if rest[0].isspace() else re.escape(rest[0])
            rest = rest.lstrip() if rest[0].isspace() else rest[1:]
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{text!r} names the same part twice") from error
    if not {"y", "d"} <= compiled.groupindex.keys() or not {"m", "name"} & set(compiled.groupindex):
        raise ValueError(
            f"{text!r} is no date format; write one such as DD/MM/YYYY, YYYY-MM-DD hh:mm,"
            " YYYY年MM月DD日, excel or epoch"
        )
    return compiled


def infer_day_first(samples: Iterable[str]) -> bool | None:
    """Whether `13/09/2001`-like samples put the day first; None where they do not tell."""
    day = month = 0
    for text in samples:
        match = _YEAR_LAST.fullmatch(text.strip())
        if match and match["sep"] != ".":
            day += int(match["a"]) > 12
            month += int(match["b"]) > 12
    if day == month:
        return None
    return day > month


def has_ambiguous_dates(samples: Iterable[str]) -> bool:
    """Whether samples are dates of which day and month could be exchanged."""
    return any(
        (match := _YEAR_LAST.fullmatch(text.strip())) and match["sep"] != "." for text in samples
    )


def make_moment_reader(
    zone: tzinfo = UTC, *, formats: Iterable[str] = (), day_first: bool = True
) -> MomentReader:
    """A reader of cells in local time `zone` (where a cell names no zone itself).

    With `formats` only these (and ISO 8601) are read; else all usual ones, with `day_first`
    deciding between 4 May and 5 April.
    """
    given = list(formats)
    patterns = [compile_format(f) for f in given if f not in NUMERIC_FORMATS]
    numeric = [f for f in given if f in NUMERIC_FORMATS]
    offsets: dict[str, int] = {}  # of the plant's clock, by hour: 2024-03-05 07

    def read(text: str) -> Moment | None:
        if len(text) == 19 and text[4] == text[7] == "-" and text[13] == ":":
            # What systems write most: 2024-03-05 07:30:00.
            hour = text[:13]
            offset = offsets.get(hour)
            if offset is not None:
                try:
                    naive = datetime.fromisoformat(text)
                except ValueError:
                    pass
                else:
                    days = naive.toordinal() - _EPOCH_DAY
                    seconds = (naive.hour * 60 + naive.minute) * 60 + naive.second
                    instant = days * _DAY + seconds * 1000 - offset
                    return Moment(instant, instant, offset)
        match = _YEAR_FIRST.fullmatch(text)
        if match is None:
            for pattern in patterns:
                match = pattern.fullmatch(text)
                if match is not None:
                    break
        if match is not None:
            if _NONE.fullmatch(text):
                return None
            moment = _from_match(match, zone)
            # Clocks change on the hour, so that one look at the zone does for all of it.
            is_plain = len(text) == 19 and not match.groupdict().get("z")
            if is_plain and moment.instant > 0 and len(offsets) < 50_000:
                offsets[text[:13]] = moment.offset
            return moment
        if _NONE.fullmatch(text):
            return None
        if numeric and _NUMBER.fullmatch(text):
            return _from_number(text, numeric[0], zone)
        if not given:
            found = _read_any(text, zone, day_first)
            if found is not None:
                return found
        raise ValueError(f"{text!r} is no date that we can read")

    return read


def _read_any(text: str, zone: tzinfo, day_first: bool) -> Moment | None:
    match = _YEAR_LAST.fullmatch(text)
    if match is not None:
        first = day_first or match["sep"] == "."
        day, month = (match["a"], match["b"]) if first else (match["b"], match["a"])
        return _from_match(match, zone, day=int(day), month=int(month))
    for pattern in (_DAY_NAMED, _MONTH_NAMED, _COMPACT):
        match = pattern.fullmatch(text)
        if match is not None:
            return _from_match(match, zone)
    match = _MONTH_ONLY.fullmatch(text)
    if match is not None:
        year, month = int(match["y"]), int(match["m"])
        start = datetime(year, month, 1, tzinfo=zone)
        end = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=zone)
        local = f"{year}-{month:02}"
        return Moment(to_instant(start), to_instant(end), _offset(start), local)
    if _YEAR_ONLY.fullmatch(text):
        start, end = (datetime(int(text) + more, 1, 1, tzinfo=zone) for more in (0, 1))
        return Moment(to_instant(start), to_instant(end), _offset(start), text)
    if _NUMBER.fullmatch(text):
        number = float(text)
        if 10_000 <= number < 80_000:
            return _from_number(text, "excel", zone)
        if 1e8 <= number < 1e10:
            return _from_number(text, "epoch", zone)
        if 1e11 <= number < 1e13:
            return _from_number(text, "epoch_ms", zone)
    return None


def _from_number(text: str, kind: str, zone: tzinfo) -> Moment:
    number = float(text)
    if kind == "excel":
        whole = _SERIAL_START + timedelta(milliseconds=round(number * 86_400) * 1000)
        return _moment(whole.replace(tzinfo=zone), is_day=number == int(number))
    seconds = number / 1000 if kind == "epoch_ms" else number
    return _moment(datetime.fromtimestamp(seconds, UTC).astimezone(zone), is_day=False)


def _from_match(
    match: re.Match[str], zone: tzinfo, *, day: int | None = None, month: int | None = None
) -> Moment:
    parts = match.groupdict()
    year = int(parts["y"])
    if year < 100:
        year += 2000 if year < 70 else 1900
    if month is None:
        name = parts.get("name")
        month = _MONTHS.get(name[:3].lower(), 0) if name else int(parts["m"])
    if day is None:
        day = int(parts["d"])
    if parts.get("h") is None:
        return _day(year, month, day, zone)
    hour, minute = int(parts["h"]), int(parts.get("mi") or 0)
    seconds, _, fraction = (parts.get("s") or "0").partition(".")
    micros = int(((parts.get("f") or fraction or "0") + "000000")[:6])
    half = parts.get("ap2") or parts.get("ap1")
    if half:
        is_late = half[0] in "pP下"
        hour = hour % 12 + (12 if is_late else 0)
    next_day = hour == 24 and minute == 0
    moment = datetime(
        year, month, day, 0 if next_day else hour, minute, int(seconds), micros,
        tzinfo=_written_zone(parts.get("z")) or zone,
    )  # fmt: skip
    if next_day:
        moment += timedelta(days=1)
    return _moment(moment, is_day=False)


@lru_cache(maxsize=20_000)
def _day(year: int, month: int, day: int, zone: tzinfo) -> Moment:
    return _moment(datetime(year, month, day, tzinfo=zone), is_day=True)


def _moment(moment: datetime, *, is_day: bool) -> Moment:
    instant = to_instant(moment)
    if not is_day:
        return Moment(instant, instant, _offset(moment))
    # The next midnight by the plant's clock: 23 or 25 hours away when clocks change.
    naive = moment.replace(tzinfo=None)
    until = to_instant((naive + timedelta(days=1)).replace(tzinfo=moment.tzinfo))
    return Moment(instant, until, _offset(moment), naive.date().isoformat())


def _offset(moment: datetime) -> int:
    offset = moment.utcoffset()
    return 0 if offset is None else round(offset.total_seconds() * 1000)


@lru_cache(maxsize=1000)
def _written_zone(text: str | None) -> tzinfo | None:
    if not text:
        return None
    if text in ("Z", "UTC", "GMT"):
        return UTC
    sign = -1 if text[0] == "-" else 1
    digits = text[1:].replace(":", "").ljust(4, "0")
    return timezone(sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))


def local_date(moment: Moment) -> str:
    """The day by the plant's clock, `2024-03-05`; the first one of a month or a year."""
    day = moment.local[:10]
    return day + "-01" * ((10 - len(day)) // 3)


def is_date_like(text: str) -> bool:
    """Whether `text` is written as a date (not merely a number that could be one)."""
    text = text.strip()
    patterns = (_YEAR_FIRST, _YEAR_LAST, _DAY_NAMED, _MONTH_NAMED)
    return any(p.fullmatch(text) for p in patterns)


__all__ = [
    "NUMERIC_FORMATS",
    "Moment",
    "MomentReader",
    "compile_format",
    "has_ambiguous_dates",
    "infer_day_first",
    "is_date_like",
    "local_date",
    "make_moment_reader",
    "read_zone",
]
