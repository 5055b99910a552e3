"""Rules in words: what holds, how often the cause was found then, and against what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import floor

from kg.diagnosis.rules.mining import Condition, Measured
from kg.model.graph import Node
from kg.narration import Phrase, count_noun, join, name_in
from ontology.schema import Schema

_MONTHS = ("January to March", "April to June", "July to September", "October to December")
_HOURS = (("06:00", "14:00"), ("14:00", "22:00"), ("22:00", "06:00"))
_SINCE = {
    "age": Phrase("since it was put into operation", "投运"),
    "since_work": Phrase("since it was last worked on", "上次作业"),
    "since_service": Phrase("since its last planned service", "上次计划保养"),
    "since_same": Phrase("since the same cause was last found on it", "该设备上次查明同一原因"),
}


def tell_condition(schema: Schema, nodes: Mapping[str, Node], condition: Condition) -> Phrase:
    """One condition as a clause."""
    role, key = condition.feature
    is_so = condition.sense == "is"
    if role in ("class", "place", "component", "sign"):
        words = name_in(schema, nodes, key).label
        en, zh = {
            ("class", True): ("the asset is of the class {}", "设备类别为{}"),
            ("class", False): ("the asset is not of the class {}", "设备类别不是{}"),
            ("place", True): ("the asset stands in {}", "设备位于{}"),
            ("place", False): ("the asset does not stand in {}", "设备不位于{}"),
            ("component", True): ("{} is involved", "涉及{}"),
            ("component", False): ("{} is not involved", "不涉及{}"),
            ("sign", True): ("“{}” was observed", "观察到“{}”"),
            ("sign", False): ("“{}” was not observed", "未观察到“{}”"),
        }[role, is_so]
        return Phrase(en.format(words.en), zh.format(words.zh))
    if role == "quarter":
        number = int(key)
        no, not_zh = ("", "") if is_so else ("not ", "非")
        return Phrase(f"it is {no}{_MONTHS[number - 1]}", f"时间为{not_zh}第 {number} 季度")
    if role == "hours":
        start, end = _HOURS[int(key)]
        no, not_zh = ("", "") if is_so else ("not ", "不")
        return Phrase(f"it is {no}reported between {start} and {end}",
                      f"报告时间{not_zh}在 {start}–{end}")  # fmt: skip
    if role == "weekend":
        return Phrase("it is reported at a weekend", "报告于周末") if is_so else Phrase(
            "it is reported on a weekday", "报告于工作日")  # fmt: skip
    return _tell_number(condition)


def _tell_number(condition: Condition) -> Phrase:
    above = condition.sense == "above"
    role = condition.feature.role
    if role == "recent":
        number = floor(condition.limit) + above
        en = f"at {'least' if above else 'most'} {count_noun(number, 'failure')}"
        return Phrase(f"it had {en} in the 90 days before",
                      f"之前 90 天内失效{'至少' if above else '至多'} {number} 次")  # fmt: skip
    limit = f"{condition.limit:,g}"
    more, more_zh = ("more than", "超过") if above else ("at most", "不超过")
    if role == "meter":
        return Phrase(f"the meter reads {more} {limit}", f"仪表读数{more_zh} {limit}")
    since = _SINCE[role]
    days = "1 day" if limit == "1" else f"{limit} days"
    return Phrase(f"it is {more} {days} {since.en}", f"距{since.zh}{more_zh} {limit} 天")


def tell_rule(schema: Schema, nodes: Mapping[str, Node], measured: Measured, assets: int) -> Phrase:
    """The whole rule with what was counted."""
    cause = name_in(schema, nodes, measured.cause).label
    where = join_and([tell_condition(schema, nodes, c) for c in measured.conditions])
    m = measured
    return Phrase(
        f"Where {where.en}, {m.hits} of {count_noun(m.covered, 'failure')} had the cause"
        f" {cause.en}: {m.lift:.1f} times ({m.lift_low:.1f} to {m.lift_high:.1f}) as often as in"
        f" all ({m.base_hits} of {m.records}); seen on {count_noun(assets, 'asset')}.",
        f"当{where.zh}时，{m.covered} 次失效中有 {m.hits} 次的原因为{cause.zh}："
        f"是总体（{m.records} 次中 {m.base_hits} 次）的 {m.lift:.1f} 倍"
        f"（{m.lift_low:.1f}–{m.lift_high:.1f}）；见于 {assets} 台设备。",
    )


def join_and(clauses: Sequence[Phrase]) -> Phrase:
    """Clauses that all hold."""
    return join(clauses, " and ", "且")
