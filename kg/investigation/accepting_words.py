"""The sentences on what accepting a suggestion would change, in both languages."""

from __future__ import annotations

from kg.narration import Named, Phrase, count_noun, space_scripts


def nothing() -> Phrase:
    """Diagnosis does not read it, or no cause moves."""
    return Phrase("Accepting it would change nothing in diagnosis.", "接受后，诊断结果不变。")


def drawn_on() -> Phrase:
    """It is read for advice alone."""
    return Phrase(
        "Accepting it would move no cause; the advice of a diagnosis would draw on it.",
        "接受后，原因排序不变；诊断给出的建议会用到它。",
    )


def advice(advice: Named, cause: Named, known: int, *, is_check: bool) -> Phrase:
    """A check or remedy that would be proposed."""
    kind = "check" if is_check else "remedy"
    kinds = "checks" if is_check else "remedies"
    kind_zh = "检查" if is_check else "处理措施"
    beside = f"beside {count_noun(known, kind, kinds)}" if known else f"the first {kind}"
    beside_zh = f"此前已有 {known} 项" if known else "此前没有"
    return Phrase(
        f"Accepting it, diagnosis would propose {advice.label.en} as a {kind} for "
        f"{cause.label.en}, {beside}.",
        space_scripts(
            f"接受后，诊断会建议用{advice.label.zh}作为{cause.label.zh}的{kind_zh}（{beside_zh}）。"
        ),
    )


def moved(
    asset: Named,
    sign: Named,
    cause: Named,
    ranks: tuple[int | None, int | None],
    probabilities: tuple[float, float],
) -> Phrase:
    """The cause that would move most. No rank: it is no candidate there."""
    before, after = ranks
    was, will_be = (f"{probability:.2f}" for probability in probabilities)
    alike = was == will_be
    shift_en = f"at {was} as before" if alike else f"{was} to {will_be}"
    shift_zh = f"仍为 {was}" if alike else f"{was} → {will_be}"
    if after is None:
        en = f"would no longer be proposed, {_ordinal(before or 0)} with {was} before"
        zh = f"将不再列出（此前第 {before} 位，{was}）"
    elif before is None:
        en = f"would appear in {_ordinal(after)} place with {will_be}"
        zh = f"将出现在第 {after} 位（{will_be}）"
    elif after == before:
        en = f"would stay {_ordinal(after)}, {shift_en}"
        zh = f"仍居第 {after} 位（{shift_zh}）"
    else:
        en = (
            f"would {'rise' if after < before else 'fall'} from {_ordinal(before)} to "
            f"{_ordinal(after)}, {shift_en}"
        )
        zh = f"将从第 {before} 位{'升' if after < before else '降'}至第 {after} 位（{shift_zh}）"
    return Phrase(
        f"Accepting it, {cause.label.en} {en}, for “{sign.label.en}” on {asset.label.en}.",
        space_scripts(f"接受后，对{asset.label.zh}的“{sign.label.zh}”，{cause.label.zh}{zh}。"),
    )


def _ordinal(number: int) -> str:
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"
