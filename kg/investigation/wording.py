"""The sentences of an investigation, in both languages, with times in the plant's zone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kg.investigation.closeness import Near
from kg.investigation.comparing import Compared
from kg.investigation.results import Role
from kg.model.errors import BadInput
from kg.model.instants import Instant, to_datetime
from kg.narration import Named, Phrase, Span, count_noun, join, space_scripts

HOUR = 3_600_000


class Clock:
    """Tells times in one zone."""

    def __init__(self, zone: str) -> None:
        self.name = zone
        try:
            self.zone: tzinfo = UTC if zone == "UTC" else ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise BadInput(
                f"{zone!r} is no time zone; write it like Asia/Shanghai or UTC."
            ) from None

    def tell(self, instant: Instant) -> str:
        """`2026-03-01 07:30`."""
        return self._at(instant).strftime("%Y-%m-%d %H:%M")

    def span(self, span: Span) -> str:
        """A time, or from when to when; the day only once where both are on one."""
        first = span.start if span.start is not None else span.end
        last = span.end if span.end is not None else span.start
        if first is None or last is None:
            return ""
        start, end = self._at(first), self._at(last)
        if last - first < 60_000:
            return f"{start:%Y-%m-%d %H:%M}"
        if start.date() == end.date():
            return f"{start:%Y-%m-%d %H:%M}–{end:%H:%M}"
        return f"{start:%Y-%m-%d %H:%M} – {end:%Y-%m-%d %H:%M}"

    def _at(self, instant: Instant) -> datetime:
        return to_datetime(instant).astimezone(self.zone)


def duration(milliseconds: Instant) -> Phrase:
    """`40 minutes`, `5 hours`, `2.5 days`."""
    hours = milliseconds / HOUR
    if hours < 1:
        minutes = max(1, round(milliseconds / 60_000))
        return Phrase(count_noun(minutes, "minute"), f"{minutes} 分钟")
    if hours < 48:
        return Phrase(count_noun(round(hours), "hour"), f"{round(hours)} 小时")
    days = f"{hours / 24:.1f}".removesuffix(".0")
    return Phrase(f"{days} days", f"{days} 天")


def window(before: Instant, after: Instant, clock: Clock) -> Phrase:
    """How far around production was looked."""
    early, late = duration(before), duration(after)
    return Phrase(
        f"Events from {early.en} before each operation to {late.en} after it were considered;"
        f" times are in {clock.name}.",
        f"考察每次作业之前 {early.zh}至之后 {late.zh}内的事件；时间为 {clock.name}。",
    )


def position(near: Near) -> Phrase:
    """`2 days after the operation`."""
    if near.position == "during":
        return Phrase("during the operation", "作业期间")
    gap = duration(near.gap)
    if near.position == "before":
        return Phrase(f"{gap.en} before the operation", f"作业前 {gap.zh}")
    return Phrase(f"{gap.en} after the operation", f"作业后 {gap.zh}")


def event(near: Near, told: Phrase, when: str, description: str) -> Phrase:
    """One event, with where it stands in time and what a person wrote."""
    where = position(near)
    quoted = f" “{description}”" if description else ""
    return Phrase(
        f"{where.en} ({when}), {told.en}.{quoted}",
        space_scripts(f"{where.zh}（{when}），{told.zh}。{quoted.strip()}"),
    )


def suspect(
    role: Role,
    item: Named,
    operation: Named,
    asset: Named,
    *,
    when: str,
    told: Phrase,
    more: int,
) -> Phrase:
    """How a bad item leads to an asset, and from there to what happened to it."""
    at = f" ({when})" if when else ""
    at_zh = f"（{when}）" if when else ""
    if role == "inspection":
        en = f"{_start(item.label.en)} was found by {operation.label.en} on {asset.label.en}{at}."
        zh = f"{item.label.zh}由{asset.label.zh}上的{operation.label.zh}发现{at_zh}。"
    else:
        en = f"{_start(item.label.en)} goes back to {operation.label.en} on {asset.label.en}{at}."
        zh = f"{item.label.zh}可追溯到{asset.label.zh}上的{operation.label.zh}{at_zh}。"
    en, zh = f"{en} {_start(told.en)}", f"{zh}{told.zh}"
    if more:
        en += f" {count_noun(more, 'more event')} around it."
        zh += f"前后还有 {more} 个事件。"
    return Phrase(en, space_scripts(zh))


def comparison(compared: Compared, asset: Named, clock: Clock) -> Phrase:
    """Defects inside the window against the time before, and against what ran beside it."""
    when = clock.span(Span(compared.since, compared.until))
    inside, before, beside = compared.inside, compared.before, compared.beside
    en = f"{inside.bad} of {inside.made} that passed {asset.label.en} in {when} are bad"
    zh = f"{when} 期间经{asset.label.zh}的 {inside.made} 件中有 {inside.bad} 件不良"
    if before.made:
        en += f"; before that {before.bad} of {before.made}"
        zh += f"；此前 {before.made} 件中有 {before.bad} 件"
    if beside.made:
        en += f"; on other assets at the same step {beside.bad} of {beside.made}"
        zh += f"；同工序其他设备上 {beside.made} 件中有 {beside.bad} 件"
    if inside.is_partial or before.is_partial or beside.is_partial:
        en, zh = f"{en} (counted in part)", f"{zh}（部分统计）"
    return Phrase(f"{en}.", space_scripts(f"{zh}。"))


def found_cause(cause: Named, records: int) -> Phrase:
    """That events found a cause."""
    return Phrase(
        f"{count_noun(records, 'event')} found {cause.label.en}.",
        space_scripts(f"{records} 个事件查明{cause.label.zh}。"),
    )


def no_operations(items: Sequence[Named]) -> Phrase:
    """Why there is nothing to investigate."""
    told = join([n.label for n in items[:3]], ", ", "、")
    return Phrase(
        f"No operation on an asset is recorded behind {told.en}.",
        f"没有记录表明{told.zh}经过哪台设备的作业。",
    )


def no_items(start: Sequence[Named]) -> Phrase:
    """Why there is nothing to investigate."""
    told = join([n.label for n in start[:3]], ", ", "、")
    return Phrase(
        f"No unit, lot or container is recorded for {told.en}.",
        f"没有记录表明{told.zh}涉及哪些产品、批次或容器。",
    )


def no_events(assets: int) -> Phrase:
    """That the assets had a quiet time."""
    return Phrase(
        f"Nothing is recorded on the {count_noun(assets, 'asset')} around the time of production."
        " A wider window may show more.",
        f"生产前后，涉及的 {assets} 台设备均无事件记录。可放宽时间窗口再查。",
    )


def affected(assets: Sequence[Named], when: str, total: int, bad: int, reached: int) -> Phrase:
    """What was made while an asset was in doubt."""
    told = join([n.label for n in assets[:3]], ", ", "、")
    en = (
        f"{count_noun(total, 'thing')} were made on {told.en} in {when}"
        if when
        else (f"{count_noun(total, 'thing')} were made on {told.en}")
    )
    zh = f"{when} 期间经{told.zh}共产出 {total} 项" if when else f"经{told.zh}共产出 {total} 项"
    en += f"; {bad} of them have a known defect"
    zh += f"，其中 {bad} 项已知有缺陷"
    if reached:
        en += f"; they reached {count_noun(reached, 'customer')}"
        zh += f"，已到达 {reached} 家客户"
    return Phrase(f"{en}.", space_scripts(f"{zh}。"))


def _start(text: str) -> str:
    return text[:1].upper() + text[1:]
