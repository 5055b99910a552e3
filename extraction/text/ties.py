"""What belongs together in a clause: compounds of parts, and findings with the part they are on.

In `boom cylinder hose leaking` the last noun is the head: the hose leaks, and belongs to the boom
cylinder. A component before a word that we do not know is only the place of that unknown thing.
"""

from __future__ import annotations

from collections.abc import Container
from typing import NamedTuple

from extraction.text.lexicon import CODE, NUMBER, QUANTITY, UNKNOWN
from extraction.text.mentions import Item, Mention

_REACH = 5  # items between a finding and its component


class Tie(NamedTuple):
    """A finding with the component it is on. Loose: only because nothing else is there."""

    finding: Mention
    component: Mention
    is_close: bool


_REASONS = frozenset({"because", "leads-to"})
_CONJUNCTIONS = frozenset({"conjunction", "conjunction-or"})
_INSIDE = frozenset({"position", "filler"})
_BETWEEN = frozenset(
    {"position", "filler", "medium", "confirmed", "suspected", "repaired-after", "future"}
)


def bind(items: list[Item], kinds: Container[str], codes: str) -> None:
    """Set positions and media of mentions, owners and heads of components.

    `kinds` are all kinds of the items: most texts name neither a position nor a medium.
    """
    has_position, has_medium = "position" in kinds, "medium" in kinds
    for i, item in enumerate(items):
        mention = item.mention
        if mention is None:
            continue
        if mention.kind == "component":
            if has_position:
                _place(items, i, codes)
            _own(items, i, codes)
        elif has_medium and mention.kind in ("mode", "symptom"):
            mention.medium = _medium(items, i)


def tie(items: list[Item], codes: str) -> list[Tie]:
    """Each finding with its component, where the words between allow it."""
    ties: list[Tie] = []
    for i, item in enumerate(items):
        finding = item.mention
        if finding is None or finding.kind not in ("mode", "symptom"):
            continue
        left = _left(items, i, codes)
        right, is_source = _right(items, i, codes)
        if left is not None and not (right is not None and is_source):
            ties.append(Tie(finding, left, not _is_within(left, finding)))
            ties.extend(Tie(finding, other, True) for other in _joined(items, left, codes))
        elif right is not None:
            # In Chinese what stands before a part is mostly done to it (松开刹车) or another item
            # of a list: people tied 42 of 246 such pairs (BDCI train), against 1,150 of 1,370 the
            # other way round. 的 says that it is the part's, unless the part only begins a longer
            # name (损坏的发动机摆动支承).
            is_its = i + 1 < len(items) and items[i + 1].note == "of" and _ends_name(items, right)
            is_its = is_its and not _is_within(right, finding)
            ties.append(Tie(finding, right, is_its or not finding.is_han))
        else:
            heads = [
                other.mention
                for other in items
                if other.part == item.part
                and other.mention is not None
                and other.mention.kind == "component"
                and other.mention.is_head
            ]
            if len(heads) == 1 and not any(
                other.part == item.part and other.kinds & _REASONS for other in items
            ):
                ties.append(Tie(finding, heads[0], False))
    return ties


def _is_within(component: Mention, finding: Mention) -> bool:
    """Whether a component is only named by the Chinese words of a finding.

    线路故障 and 密封不严 are said of something else at least as often as of the wiring or the seal:
    people tied 37 of 67 such pairs (BDCI train), against 1,091 of 1,317 others.
    """
    return finding.is_han and finding.first <= component.first and component.last <= finding.last


def _ends_name(items: list[Item], component: Mention) -> bool:
    """Whether no other known word stands right behind a component."""
    return not any(
        item.mention is not None and item.hit.first == component.last + 1 for item in items
    )


def _place(items: list[Item], i: int, codes: str) -> None:
    """Positions right before the component (and its owners), or right after it."""
    mention = items[i].mention
    assert mention is not None
    words: list[str] = []
    k = i - 1
    while k >= 0 and items[k].hit.last == items[k + 1].hit.first - 1:
        if "position" in items[k].kinds:
            words.insert(0, items[k].note)
        elif not (items[k].mention is not None and "component" in items[k].kinds):
            break
        k -= 1
    if not words and i + 1 < len(items) and "position" in items[i + 1].kinds:
        gap = codes[items[i].hit.last + 1 : items[i + 1].hit.first]
        after = items[i + 2] if i + 2 < len(items) else None
        leads_on = (
            after is not None
            and "component" in after.kinds
            and after.hit.first == items[i + 1].hit.last + 1
        )
        if not gap and not leads_on:
            words.append(items[i + 1].note)
    mention.position = " ".join(dict.fromkeys(w for w in words if w))


def _own(items: list[Item], i: int, codes: str) -> None:
    """Whether a component belongs to the one before it, and whether it is a head."""
    mention = items[i].mention
    assert mention is not None
    at = mention.last + 1
    follows = items[i + 1] if i + 1 < len(items) else None
    if at < len(codes) and codes[at] == UNKNOWN:
        mention.is_head = False
    elif follows is not None and follows.hit.first == at:
        if "area" in follows.kinds:
            mention.is_head = False
        elif follows.mention is not None and follows.mention.kind == "component":
            mention.is_head = False
            follows.mention.owner = mention
            return
    # 发动机的油封, where the second is the head; "hose of the pump", where the first is
    k, relation = i + 1, ""
    while k < len(items) and k <= i + 3 and items[k].part == items[i].part:
        other = items[k]
        gap = codes[items[k - 1].hit.last + 1 : other.hit.first]
        if gap.strip(NUMBER + CODE + QUANTITY):
            return
        if other.mention is not None:
            if other.mention.kind == "component" and relation == "of":
                mention.owner = other.mention
            elif (
                other.mention.kind == "component"
                and not relation
                and k == i + 2
                and items[i + 1].note == "of"
            ):
                mention.is_head = False
                other.mention.owner = mention
            return
        if "preposition" in other.kinds:
            if relation:
                return
            relation = "of"
        elif not other.kinds & _INSIDE:
            return
        k += 1


def _medium(items: list[Item], i: int) -> str:
    """The medium right before or after a finding: "oil leak", "leaking coolant"."""
    here = items[i].hit
    if i > 0 and "medium" in items[i - 1].kinds and items[i - 1].hit.last == here.first - 1:
        return items[i - 1].note
    if (
        i + 1 < len(items)
        and "medium" in items[i + 1].kinds
        and items[i + 1].hit.first == here.last + 1
    ):
        return items[i + 1].note
    return ""


def _left(items: list[Item], i: int, codes: str) -> Mention | None:
    """The component that ends right before finding `i`, with only fillers between."""
    k = i - 1
    finding = items[i].mention
    is_han, listed = finding is not None and finding.is_han, False
    while k >= 0 and i - k <= _REACH:
        item = items[k]
        gap = codes[item.hit.last + 1 : items[k + 1].hit.first]
        if item.part != items[i].part or gap.strip(NUMBER + CODE):
            return None
        if item.mention is not None:
            mention = item.mention
            if mention.kind in ("mode", "symptom"):
                k -= 1
                listed = False
                continue  # "hose worn and leaking"
            if listed:
                return None
            return mention if mention.kind == "component" and mention.is_head else None
        if not item.kinds & (_BETWEEN | _CONJUNCTIONS):
            return None
        # 绕组、短路: two items of a list, unless a finding stands between (密封圈磨损、漏油)
        listed = is_han and bool(item.kinds & _CONJUNCTIONS)
        k -= 1
    return None


def _right(items: list[Item], i: int, codes: str) -> tuple[Mention | None, bool]:
    """The head of the compound that starts right after finding `i`; whether it is a source."""
    k = i + 1
    is_source = False
    while k < len(items) and k - i <= _REACH:
        item = items[k]
        gap = codes[items[k - 1].hit.last + 1 : item.hit.first]
        if item.part != items[i].part or gap.strip(NUMBER + CODE):
            return None, False
        mention = item.mention
        if mention is not None:
            if mention.kind in ("mode", "symptom"):
                k += 1
                continue  # "cracked and leaking hose"
            if mention.kind != "component":
                return None, False
            while not mention.is_head:
                k += 1
                if k >= len(items):
                    return None, False
                following = items[k].mention
                if following is None or following.owner is not mention:
                    return None, False
                mention = following
            return mention, is_source
        if "preposition" in item.kinds:
            is_source = is_source or item.note == "source"
        elif item.kinds & _CONJUNCTIONS:
            finding = items[i].mention
            if finding is not None and finding.is_han:
                return None, False  # 炸裂、引线脱落: a list, and the lead is the next one's
        elif not item.kinds & _BETWEEN:
            return None, False
        k += 1
    return None, False


def _joined(items: list[Item], component: Mention, codes: str) -> list[Mention]:
    """Components that a conjunction joins to `component`: "hose and fitting leaking"."""
    joined: list[Mention] = []
    k = next(i for i, item in enumerate(items) if item.mention is component)
    while k >= 2:
        conjunction, other = items[k - 1], items[k - 2]
        if not conjunction.kinds & {"conjunction", "conjunction-or"} or other.mention is None:
            break
        tight = (
            other.hit.last + 1 == conjunction.hit.first
            and conjunction.hit.last + 1 == items[k].hit.first
        )
        if not tight or other.mention.kind != "component" or not other.mention.is_head:
            break
        joined.append(other.mention)
        k -= 2
    return joined
