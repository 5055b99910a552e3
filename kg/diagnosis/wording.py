"""The sentences of a diagnosis, in both languages."""

from __future__ import annotations

from collections.abc import Sequence

from kg.diagnosis.modifying import Modifier
from kg.diagnosis.results import CauseKind, ObservedSign
from kg.narration import Named, Phrase, count_noun, join


def sign_words(sign: ObservedSign) -> Phrase:
    """What was observed, in a few words."""
    if not sign.signs:
        return Phrase(f"“{sign.text}”", f"“{sign.text}”")
    return Phrase(
        " / ".join(dict.fromkeys(n.label.en for n in sign.signs)),
        " / ".join(dict.fromkeys(n.label.zh for n in sign.signs)),
    )


def where(
    level: str, asset: Named, classes: Sequence[Named], peers: int, *, is_class: bool = False
) -> Phrase:
    """At which level records were counted."""
    if level == "asset":
        return Phrase(f"on {asset.label.en}", f"{asset.label.zh}上")
    if level == "class":
        if is_class:
            of = count_noun(peers, "asset")
            return Phrase(
                f"on {of} of the class {asset.label.en}", f"{asset.label.zh}类 {peers} 台设备上"
            )
        if classes:
            cls = classes[0].label
            others = count_noun(peers, "other asset")
            return Phrase(
                f"on {others} of the class {cls.en}", f"同类（{cls.zh}）其他 {peers} 台设备上"
            )
        return Phrase("on other assets of its class", "同类其他设备上")
    if level == "related":
        return Phrase("in related records", "相关记录中")
    return Phrase("elsewhere in the plant", "厂内其他设备上")


def counted(sign: Phrase, place: Phrase, records: int, explained: float) -> Phrase:
    """How many records were counted, and how many say why."""
    return Phrase(
        f"{count_noun(records, 'work order')} with “{sign.en}” {place.en},"
        f" {explained:g} of them with a cause or component",
        f"{place.zh}有“{sign.zh}”的工单 {records} 张，其中 {explained:g} 张写明原因或部件",
    )


def support(
    kind: CauseKind, sign: Phrase, place: Phrase, *, matching: int, total: int, against: int
) -> Phrase:
    """`12 of 40 work orders on P-101 with oil leak found this cause`."""
    did = {
        "cause": Phrase("found this cause", "查明为此原因"),
        "mode": Phrase("found this", "查明如此"),
        "component": Phrase("involves it" if matching == 1 else "involve it", "涉及该部件"),
    }[kind]
    en = f"{matching} of {count_noun(total, 'work order')} {place.en} with “{sign.en}” {did.en}"
    zh = f"{place.zh}有“{sign.zh}”的 {total} 张工单中，{matching} 张{did.zh}"
    if against:
        en += f"; {against} ruled it out"
        zh += f"，{against} 张将其排除"
    return Phrase(en, zh)


def through(component: Phrase, sign: Phrase, place: Phrase, *, matching: int, total: int) -> Phrase:
    """Records that do not name the cause, but the component that it affects."""
    did = "involves" if matching == 1 else "involve"
    return Phrase(
        f"{matching} of {count_noun(total, 'work order')} {place.en} with “{sign.en}” {did}"
        f" {component.en}, where it is known to happen",
        f"{place.zh}有“{sign.zh}”的 {total} 张工单中，{matching} 张涉及{component.zh}，"
        "而该原因常见于此部件",
    )


def alarmed(records: int) -> Phrase:
    """How work orders were joined to an alarm."""
    were = "was" if records == 1 else "were"
    return Phrase(
        f"{count_noun(records, 'work order')} {were} counted because the alarm had been raised on"
        " the same asset within the three days before.",
        f"其中 {records} 张工单因同一设备在此前三天内发出过该报警而计入。",
    )


def finding(named: Named, supports: Sequence[Phrase], others: Sequence[Phrase | None]) -> Phrase:
    """One cause in one sentence: what it is, and the best reasons to think of it.

    `supports` are the records of the asset and its peers, `others` what speaks for it else, best
    first.
    """
    reasons = [*supports[:2]] or [reason for reason in others if reason is not None][:1]
    if not reasons:
        return named.label
    told = join(reasons)
    return Phrase(
        f"{told.en}." if told.en.startswith(named.label.en) else f"{named.label.en}: {told.en}.",
        f"{told.zh}。" if told.zh.startswith(named.label.zh) else f"{named.label.zh}：{told.zh}。",
    )


def nothing_known(asset: Named, signs: Sequence[ObservedSign]) -> Phrase:
    """Why the diagnosis abstains."""
    unknown = [s for s in signs if not s.signs]
    if unknown and len(unknown) == len(signs):
        words = ", ".join(f"“{s.text}”" for s in unknown)
        words_zh = "、".join(f"“{s.text}”" for s in unknown)
        return Phrase(
            f"The graph does not know {words} as a symptom, alarm or failure mode, and no work"
            " order says anything similar.",
            f"图谱中没有把{words_zh}作为征兆、报警或失效模式的记载，也没有类似的工单。",
        )
    told = join([sign_words(s) for s in signs if s.signs], ", ", "、")
    return Phrase(
        f"Neither causal statements nor work orders say what is behind {told.en}"
        f" on {asset.label.en}.",
        f"没有因果陈述或工单说明{asset.label.zh}出现{told.zh}的原因。",
    )


def too_weak(asset: Named, score: float) -> Phrase:
    """Why the diagnosis abstains although there are candidates."""
    return Phrase(
        f"There is not enough evidence about {asset.label.en}: the likeliest cause has a"
        f" probability of {percent(score)} only.",
        f"关于{asset.label.zh}的证据不足：最可能原因的概率仅 {percent(score)}。",
    )


def advice_for_more(
    asset: Named,
    signs: Sequence[ObservedSign],
    *,
    has_class: bool,
    has_paths: bool,
    has_records: bool,
    known: Sequence[Named],
) -> tuple[Phrase, ...]:
    """What would help where evidence is missing."""
    tips: list[Phrase] = []
    for sign in signs:
        if not sign.signs and sign.suggestions:
            near = [f.named.label for f in sign.suggestions[:3]]
            tips.append(
                Phrase(
                    f"Instead of “{sign.text}”, say one of: {', '.join(n.en for n in near)}.",
                    f"请将“{sign.text}”换成以下之一：{'、'.join(n.zh for n in near)}。",
                )
            )
    if known:
        tips.append(
            Phrase(
                "Often observed here: " + ", ".join(n.label.en for n in known[:5]) + ".",
                "此处常见的现象：" + "、".join(n.label.zh for n in known[:5]) + "。",
            )
        )
    if not has_class:
        tips.append(
            Phrase(
                f"Say of which class {asset.label.en} is: then the records of its peers count.",
                f"请注明{asset.label.zh}的设备类别，以便利用同类设备的记录。",
            )
        )
    if not has_paths:
        tips.append(
            Phrase(
                "Load an FMEA sheet or a manual that says what causes it.",
                "请导入说明其原因的 FMEA 表或手册。",
            )
        )
    if not has_records:
        tips.append(
            Phrase(
                "Load work orders that name what was observed and what was found.",
                "请导入写明现象和原因的维修工单。",
            )
        )
    return tuple(tips)


_LEVELS = {
    "asset": Phrase("on the asset itself", "该设备上"),
    "class": Phrase("on other assets of its class", "同类其他设备上"),
    "plant": Phrase("elsewhere in the plant (counted for less)", "厂内其他设备上（折减计入）"),
}


def percent(probability: float) -> str:
    """A probability as people read it: `34 %`, `0.4 %`."""
    value = probability * 100
    return f"{value:.0f} %" if value >= 9.5 else f"{value:.1f} %" if value >= 0.1 else "< 0.1 %"


def generally(prior: float) -> Phrase:
    """What is known in general of how often a cause is there."""
    return Phrase(
        f"general knowledge puts it at {percent(prior)} at any time",
        f"按一般知识，任意时刻存在的概率为 {percent(prior)}",
    )


def found_in(level: str, hits: float, trials: float) -> Phrase:
    """Counted records of how often a cause was found at all."""
    place = _LEVELS[level]
    return Phrase(
        f"{hits:.4g} of {trials:.4g} explained records {place.en} found it",
        f"{place.zh}写明原因的 {trials:.4g} 条记录中，{hits:.4g} 条为此原因",
    )


def was_ruled_out(against: int, found: int) -> Phrase:
    """Records that looked for a cause in vain."""
    return Phrase(
        f"with this sign, {count_noun(against, 'record')} ruled it out and {found} found it",
        f"出现该现象时，{against} 条记录将其排除，{found} 条查明为此原因",
    )


def modified(modifier: Modifier) -> Phrase:
    """How the asset's age, or its place, changes how often a cause is there."""
    m = modifier
    times = f"{m.factor:.2g}"
    if m.kind == "renewal":
        lives = count_noun(int(m.hits), "interval")
        return Phrase(
            f"it was last found here {m.days:.0f} days ago: after that long it is {times} times as"
            f" likely as on average (Weibull shape {m.shape:.2f}, pulled to 1, from {lives})",
            f"该设备上次出现距今 {m.days:.0f} 天：此时的可能性为平均的 {times} 倍"
            f"（威布尔形状参数 {m.shape:.2f}，已向 1 收缩，依据 {m.hits:.0f} 段间隔）",
        )
    if m.kind == "years":
        return Phrase(
            f"at about the asset's age of {m.days / 365.25:.1f} years {m.hits:.0f} of"
            f" {m.trials:.0f} records of the class found it, {times} times as many as at any age",
            f"同类设备在相近使用年限（{m.days / 365.25:.1f} 年）的 {m.trials:.0f} 条记录中"
            f"有 {m.hits:.0f} 条为此原因，为平时的 {times} 倍",
        )
    return Phrase(
        f"{m.hits:.0f} of {m.trials:.0f} records of its class at the same place found it, {times}"
        " times as many as elsewhere",
        f"同一地点同类设备的 {m.trials:.0f} 条记录中有 {m.hits:.0f} 条为此原因，"
        f"为其他地点的 {times} 倍",
    )


def by_links() -> Phrase:
    """What comes of causes that bring each other about."""
    return Phrase(
        "other causes that bring it about, beside those that are counted already",
        "可引起它的其他原因（扣除已计入的部分）",
    )


def shows(observation: str, strength: float, how: str) -> Phrase:
    """How an observation speaks for or against a cause."""
    often = percent(strength)
    if how == "absent":
        return Phrase(
            f"“{observation}” is not there; with this cause it would be in {often} of cases",
            f"没有“{observation}”；若为此原因，有 {often} 的情况会出现",
        )
    if how == "soft":
        return Phrase(
            f"“{observation}” was measured; with this cause it is there in {often} of cases",
            f"测得“{observation}”；若为此原因，有 {often} 的情况会出现",
        )
    return Phrase(
        f"“{observation}” is there; with this cause it is in {often} of cases",
        f"出现“{observation}”；若为此原因，有 {often} 的情况会出现",
    )


def checked(text: str) -> Phrase:
    """A check that was made."""
    return Phrase(f"checked: {text}", f"已检查：{text}")


def implied(said: str, by: str) -> Phrase:
    """An observation that another one says already."""
    return Phrase(
        f"“{said}” follows from “{by}” and was not counted as a second observation.",
        f"“{said}”已包含在“{by}”中，不再重复计入。",
    )


def by_dependence(cause: Phrase, way: Phrase) -> Phrase:
    """Why a cause that acts on something else concerns the asset."""
    return Phrase(
        f"{cause.en} acts on something that this depends on: {way.en}.",
        f"{cause.zh}作用于其所依赖的对象：{way.zh}。",
    )


def broken_cycles(pairs: Sequence[tuple[Phrase, Phrase]]) -> list[Phrase]:
    """Causal statements that were left out of the network."""
    return [
        Phrase(
            f"That {cause.en} brings about {effect.en} was left out: it would close a circle of"
            " causes (the strongest statements are kept).",
            f"“{cause.zh}导致{effect.zh}”未计入：它会使因果成环（保留较强的陈述）。",
        )
        for cause, effect in pairs
    ]


def no_probability(
    sentence: Phrase, value: str, document: str, place: str, *, others: int
) -> Phrase:
    """A statement whose probability is none, so that its strength was estimated instead.

    `others` are further statements of which the same is true.
    """
    where = ", ".join(part for part in (document, place) if part)
    source = f" ({where})" if where else ""
    source_zh = f"（{where}）" if where else ""
    more = f"; the same goes for {count_noun(others, 'other statement')}" if others else ""
    more_zh = f"；另有 {others} 条陈述亦如此" if others else ""
    return Phrase(
        f"That {sentence.en} is said with the probability {value}{source}, which is no number from"
        f" 0 to 1 and was not used: correct it there and load it again{more}.",
        f"“{sentence.zh}”给出的概率为 {value}{source_zh}，不在 0 至 1 之间，未采用："
        f"请在原处更正后重新导入{more_zh}。",
    )


def with_checks(reason: Phrase, number: int) -> Phrase:
    """A reason to abstain, with the announcement of what would help."""
    if number == 1:
        return Phrase(f"{reason.en} This check would help most:", f"{reason.zh}以下检查最有帮助：")
    return Phrase(
        f"{reason.en} These {number} checks would help most:",
        f"{reason.zh}以下 {number} 项检查最有帮助：",
    )
