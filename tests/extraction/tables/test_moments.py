"""Dates and times as people and systems write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extraction.tables.moments import (
    compile_format,
    has_ambiguous_dates,
    infer_day_first,
    is_date_like,
    make_moment_reader,
    read_zone,
)
from kg.model.instants import parse_instant, to_instant, to_text

READ = make_moment_reader()


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2024-03-05", "2024-03-05T00:00:00Z"),
        ("2024-3-5", "2024-03-05T00:00:00Z"),
        ("2024/3/5 7:30", "2024-03-05T07:30:00Z"),
        ("2024.03.05 07:30:15", "2024-03-05T07:30:15Z"),
        ("2024-03-05T07:30:00Z", "2024-03-05T07:30:00Z"),
        ("2024-03-05T07:30:00+08:00", "2024-03-04T23:30:00Z"),
        ("2024-03-05 07:30:00.250", "2024-03-05T07:30:00.250Z"),
        ("2024年3月5日", "2024-03-05T00:00:00Z"),
        ("2024年3月5日 14时05分", "2024-03-05T14:05:00Z"),
        ("2024年03月05日下午2:05", None),  # no space: not a form we know; see the next
        ("2024年03月05日 下午2:05", "2024-03-05T14:05:00Z"),
        ("13/09/2001", "2001-09-13T00:00:00Z"),
        ("13.9.2001 23:59", "2001-09-13T23:59:00Z"),
        ("05-MAR-24", "2024-03-05T00:00:00Z"),
        ("5 Mar 2024", "2024-03-05T00:00:00Z"),
        ("Mar 5, 2024", "2024-03-05T00:00:00Z"),
        ("Tue 5 March 2024 10:00", "2024-03-05T10:00:00Z"),
        ("3/5/24 1:05 PM", "2024-05-03T13:05:00Z"),
        ("20240305", "2024-03-05T00:00:00Z"),
        ("20240305T073000", "2024-03-05T07:30:00Z"),
        ("20240305073000", "2024-03-05T07:30:00Z"),
        ("45356", "2024-03-05T00:00:00Z"),  # a day as spreadsheets count
        ("45356.5", "2024-03-05T12:00:00Z"),
        ("1709623800", "2024-03-05T07:30:00Z"),
        ("1709623800000", "2024-03-05T07:30:00Z"),
        ("2024-03-05 24:00:00", "2024-03-06T00:00:00Z"),
    ],
)
def test_usual_forms(text: str, utc: str | None) -> None:
    if utc is None:
        with pytest.raises(ValueError, match="no date"):
            READ(text)
        return
    moment = READ(text)
    assert moment is not None
    assert moment.text == utc
    assert moment.instant == parse_instant(utc)


@pytest.mark.parametrize(
    "text", ["0000-00-00", "00.00.0000", "0/1/00", "9999-12-31", "1900-01-00", "31.12.9999", "0"]
)
def test_what_systems_write_for_no_date_is_none(text: str) -> None:
    assert READ(text) is None


@pytest.mark.parametrize("text", ["soon", "2024-13-45", "32/01/2024", "12:30", "x2024-01-01", ""])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        READ(text)


def test_a_date_lasts_until_the_next_midnight_of_the_plant() -> None:
    berlin = make_moment_reader(ZoneInfo("Europe/Berlin"))
    ordinary, spring = berlin("2026-03-28"), berlin("2026-03-29")
    assert ordinary is not None
    assert spring is not None
    assert ordinary.until - ordinary.instant == 24 * 3_600_000
    assert spring.until - spring.instant == 23 * 3_600_000
    assert ordinary.local == "2026-03-28"


def test_a_time_of_day_is_an_instant() -> None:
    moment = READ("2026-03-28 10:00")
    assert moment is not None
    assert moment.until == moment.instant


def test_month_first_is_read_where_the_day_does_not_come_first() -> None:
    american = make_moment_reader(day_first=False)
    moment = american("04/05/2024")
    assert moment is not None
    assert moment.text == "2024-04-05T00:00:00Z"
    german = american("04.05.2024")  # dots always put the day first
    assert german is not None
    assert german.text == "2024-05-04T00:00:00Z"


def test_which_comes_first_is_told_by_the_days_above_twelve() -> None:
    assert infer_day_first(["13/09/2001", "01/02/2003"]) is True
    assert infer_day_first(["09/13/2001", "01/02/2003"]) is False
    assert infer_day_first(["01/02/2003"]) is None
    assert has_ambiguous_dates(["01/02/2003"])
    assert not has_ambiguous_dates(["2003-02-01", "1.2.2003"])


def test_a_given_format_is_the_only_one_besides_iso() -> None:
    read = make_moment_reader(formats=["DD|MM|YY hh:mm"])
    moment = read("05|03|24 07:30")
    assert moment is not None
    assert moment.text == "2024-03-05T07:30:00Z"
    assert read("2024-03-05") is not None
    with pytest.raises(ValueError, match="no date"):
        read("05/03/2024")


@pytest.mark.parametrize("text", ["DD.MM", "hello", "YYYY-YYYY-MM-DD"])
def test_a_format_without_its_parts_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"format|twice"):
        compile_format(text)


@pytest.mark.parametrize("name", ["+99:00", "-24:00", "+08:75", "UTC+15", "+14:01", "-12:30"])
def test_offsets_that_no_place_has(name: str) -> None:
    with pytest.raises(ValueError, match=r"there is no time zone '.*': offsets go from -12:00"):
        read_zone(name)


def test_zones() -> None:
    assert read_zone("+08:00").utcoffset(None) == timedelta(hours=8)
    assert read_zone("Asia/Shanghai") == ZoneInfo("Asia/Shanghai")
    with pytest.raises(ValueError, match="Asia/Shanghai"):
        read_zone("Middle-earth")


def test_date_like_texts_are_not_merely_numbers() -> None:
    assert is_date_like("2024-01-05")
    assert not is_date_like("45356")


MOMENTS = st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2069, 12, 31))  # noqa: DTZ001
ZONES = st.sampled_from(["UTC", "Asia/Shanghai", "Europe/Berlin", "America/New_York", "+05:30"])


@given(MOMENTS, ZONES)
def test_the_quick_way_reads_what_the_zone_says(naive: datetime, name: str) -> None:
    naive = naive.replace(microsecond=0)
    zone = read_zone(name)
    read = make_moment_reader(zone)
    expected = to_instant(naive.replace(tzinfo=zone))
    text = naive.isoformat(sep=" ")
    for _ in range(2):  # the second time by what was remembered of the hour
        moment = read(text)
        assert moment is not None
        assert moment.instant == expected
        assert moment.text == to_text(expected)
        assert moment.local == naive.isoformat()


@given(MOMENTS)
def test_forms_of_one_day_mean_one_day(naive: datetime) -> None:
    day = naive.date()
    chinese = f"{day.year}年{day.month}月{day.day}日"
    forms = [
        day.isoformat(), f"{day:%d.%m.%Y}", f"{day:%Y%m%d}", chinese,
        f"{day:%d/%m/%Y}", f"{day:%d %b %Y}",
    ]  # fmt: skip
    midnight = to_instant(datetime(day.year, day.month, day.day, tzinfo=UTC))
    assert {moment.instant for form in forms if (moment := READ(form))} == {midnight}
