"""The sentences about common causes, in both languages, for readers who know no statistics."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

from kg.model.instants import to_datetime
from kg.narration import Phrase, count_noun, join, space_scripts
from kg.traceability.commonality.cohort import Condition, Factor
from kg.traceability.commonality.effects import Effect

FACETS = MappingProxyType(
    {
        "man": Phrase("people", "人"),
        "machine": Phrase("machine", "机"),
        "material": Phrase("material", "料"),
        "method": Phrase("method", "法"),
        "environment": Phrase("environment", "环"),
        "measurement": Phrase("measurement", "测"),
    }
)


def number(value: float) -> str:
    """`0.08`, `1,450`: as many digits as matter."""
    if value != 0 and (abs(value) >= 1000):
        return f"{value:,.0f}"
    return f"{value:.4g}"


def day(instant: float) -> str:
    """`2026-03-01 07:30`."""
    return f"{to_datetime(int(instant)):%Y-%m-%d %H:%M}"


def share(value: float) -> str:
    """`12 %`, `0.4 %`."""
    percent = value * 100
    return f"{percent:.0f} %" if percent >= 10 or percent == 0 else f"{percent:.2g} %"


def condition(c: Condition) -> Phrase:
    """`Torque 48.1 or more`, or a thing's own name."""
    if not c.is_band:
        return c.label
    if c.is_time:
        first, last = (day(x) if x is not None else None for x in (c.low, c.high))
        if first and last:
            return Phrase(
                f"{c.label.en} from {first} to {last}",
                space_scripts(f"{c.label.zh}（{first} 至 {last}）"),
            )
        if first:
            return Phrase(
                f"{c.label.en} since {first}", space_scripts(f"{c.label.zh}（自 {first}）")
            )
        return Phrase(f"{c.label.en} until {last}", space_scripts(f"{c.label.zh}（至 {last}）"))
    if c.low is not None and c.high is not None:
        return Phrase(
            f"{c.label.en} between {number(c.low)} and {number(c.high)}",
            space_scripts(f"{c.label.zh} 在 {number(c.low)} 与 {number(c.high)} 之间"),
        )
    if c.low is not None:
        return Phrase(
            f"{c.label.en} of {number(c.low)} or more",
            space_scripts(f"{c.label.zh} 不低于 {number(c.low)}"),
        )
    assert c.high is not None
    return Phrase(
        f"{c.label.en} of {number(c.high)} or less",
        space_scripts(f"{c.label.zh} 不高于 {number(c.high)}"),
    )


def conditions(listed: Sequence[Condition]) -> Phrase:
    """All of them together."""
    return join([condition(c) for c in listed], " together with ", "，且 ")


def factor(f: Factor) -> Phrase:
    """What a factor is called."""
    return conditions(f.conditions)


def cause(name: Phrase, effect: Effect, *, bad_total: int, others_found: int) -> Phrase:
    """What was seen, in numbers that can be counted on a shop floor."""
    given = " beyond the causes above" if others_found else ""
    given_zh = "（在上述原因之外）" if others_found else ""
    en = (
        f"{name.en}: {effect.exposed_bad} of {count_noun(effect.exposed, 'unit')} with it are bad"
        f" ({share(effect.exposed_bad / effect.exposed)}), against {effect.others_bad} of"
        f" {effect.others:,} without it"
        f" ({share(effect.others_bad / effect.others) if effect.others else '-'}){given}."
    )
    zh = (
        f"{name.zh}：涉及的 {effect.exposed} 件中有 {effect.exposed_bad} 件不良"
        f"（{share(effect.exposed_bad / effect.exposed)}），其余 {effect.others} 件中有"
        f" {effect.others_bad} 件"
        f"（{share(effect.others_bad / effect.others) if effect.others else '-'}）{given_zh}。"
    )
    part = effect.attributable_share.value
    if part is not None and part > 0:
        en += (
            f" If it is the cause, it accounts for about {share(part)} of the"
            f" {count_noun(bad_total, 'bad unit')}."
        )
        zh += f"若确为原因，约占全部 {bad_total} 件不良的 {share(part)}。"
    return Phrase(en, space_scripts(zh))


def less_sure() -> Phrase:
    """That a further cause is likelier than not, but not beyond the usual doubt."""
    return Phrase(
        " This one is less sure: look whether anything else speaks for it.",
        "此项把握较小，请看是否另有佐证。",
    )


def same_as(names: Sequence[Phrase]) -> Phrase:
    """That other things touched exactly the same units."""
    told = join(names[:4], ", ", "、")
    more = f" and {len(names) - 4} more" if len(names) > 4 else ""
    more_zh = f"等 {len(names)} 项" if len(names) > 4 else ""
    return Phrase(
        f" Exactly the same units also had {told.en}{more}: these cannot be told apart.",
        space_scripts(f"完全相同的产品还涉及{told.zh}{more_zh}，无法区分。"),
    )


def rivals(names: Sequence[Phrase]) -> Phrase:
    """That other things fit almost as well."""
    told = join(names[:3], ", ", "、")
    return Phrase(
        f" With these data it cannot be told from {told.en}.",
        space_scripts(f"仅凭现有数据无法与{told.zh}区分。"),
    )


def holds(by: str, holds: bool) -> Phrase:
    """Whether it holds among like units."""
    known = {
        "route": ("route", "工艺路线"),
        "time": ("period", "时间段"),
        "product": ("product", "产品"),
    }  # fmt: skip
    name = known.get(by, (by, by))
    if holds:
        return Phrase(
            f" It also holds among units of the same {name[0]}.", f"在同一{name[1]}内比较仍成立。"
        )
    return Phrase(
        f" Among units of the same {name[0]} there is no clear difference: the {name[0]} itself may"
        " be behind it.",
        f"在同一{name[1]}内比较则无明显差异：可能与{name[1]}本身有关。",
    )


def rule(name: Phrase, units: int, bad: int) -> Phrase:
    """A sharper rule."""
    return Phrase(
        f" Sharper: {name.en}: {bad} of {count_noun(units, 'unit')} bad.",
        space_scripts(f"更精确地说：{name.zh}，{units} 件中 {bad} 件不良。"),
    )


def summary(causes: Sequence[Phrase], *, units: int, bad: int, explained: int, factors: int,
            first: Phrase | None) -> Phrase:  # fmt: skip
    """The answer in one or two sentences."""
    if not bad or bad == units:
        return Phrase(
            "There is nothing to compare: some units have to be bad and some good.",
            "没有可比较的对象：需要同时有不良品和良品。",
        )
    if causes:
        told = join(causes, "; ", "；")
        return Phrase(
            f"The {count_noun(bad, 'bad unit')} among {units:,} have this in common beyond chance:"
            f" {told.en}. {explained} of {bad} are touched by it.",
            space_scripts(
                f"{units} 件中的 {bad} 件不良品有以下超出偶然的共同点：{told.zh}。"
                f"{bad} 件中有 {explained} 件涉及。"
            ),
        )
    hint = (
        f" The strongest hint is {first.en}, which may well be chance." if first is not None else ""
    )
    hint_zh = f"最强的线索是{first.zh}，但很可能只是偶然。" if first is not None else ""
    return Phrase(
        f"Nothing that the {count_noun(bad, 'bad unit')} among {units:,} have in common goes beyond"
        f" chance, of {count_noun(factors, 'factor')} looked at.{hint}",
        space_scripts(
            f"在考察的 {factors} 个因素中，{units} 件中的 {bad} 件不良品没有超出偶然的共同点。"
            f"{hint_zh}"
        ),
    )


def minimum(bad: int, largest: float | None, needed: Sequence[tuple[float, int]]) -> Phrase:
    """What could have been found."""
    told = ", ".join(f"{n} for one that touches {share(s)} of all units" for s, n in needed)
    told_zh = "，".join(f"涉及 {share(s)} 产品的原因需 {n} 件" for s, n in needed)
    if largest is None:
        return Phrase(
            f"{count_noun(bad, 'bad unit')} are too few to show any cause beyond chance; it takes"
            f" at least {told}, if every bad unit has it.",
            space_scripts(
                f"{bad} 件不良品太少，无法在偶然之外证明任何原因；"
                "即使每件不良品都涉及，也至少需要："
                f"{told_zh}。"
            ),
        )
    few = " Of so few, the first place is a hint, not a finding." if bad < 8 else ""
    few_zh = "数量如此之少，排名第一只是线索而非结论。" if bad < 8 else ""
    return Phrase(
        f"With {count_noun(bad, 'bad unit')} a cause can be shown only if it touches at most"
        f" {share(largest)} of all units. Bad units needed at least: {told}.{few}",
        space_scripts(
            f"以 {bad} 件不良品，只有涉及不超过 {share(largest)} 产品的原因才能被证明。"
            f"至少所需不良品数：{told_zh}。{few_zh}"
        ),
    )


def inspectors(name: Phrase) -> Phrase:
    """That who finds is not who makes."""
    return Phrase(
        f"The bad units were found above all by {name.en}. Who finds a defect has not made it; if"
        " anything, ask whether others look as closely, or whether this gauge is right.",
        space_scripts(
            f"不良品主要由{name.zh}检出。检出者并非造成者；必要时可核查其他人是否同样仔细、该量具是否准确。"
        ),
    )
