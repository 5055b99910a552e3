"""How mentions are meant: there, absent, suspected, looked for, repaired, still to be done.

Cues open a scope that ends with the clause, with the part between commas, with a turn ("but") or
after some words. "No oil leak found", 无漏油 and "not leaking" say that something is absent;
"won't start" and "no power" are failures because the lexicon knows them as such; "check for leaks"
says nothing about leaks.
"""

from __future__ import annotations

from extraction.text.mentions import Assertion, Item, Mention

_REACH = 8  # codes that a negation reaches over; a Chinese clause needs more
_REACH_HAN = 16
_NEXT_REACH = 3
_FINDINGS = ("mode", "symptom", "cause")


def assess(items: list[Item], negation_codes: frozenset[str], codes: str) -> None:
    """Set the assertion of every mention in `items`."""
    clause = part = -1
    negated_to = -1
    suspected = sought = hypothetical = confirmed = looked = False
    future: Item | None = None
    for i, item in enumerate(items):
        if item.part != part:
            if item.clause != clause:
                sought = False
            clause, part = item.clause, item.part
            negated_to = -1
            suspected = hypothetical = confirmed = looked = False
            _look_back_for_future(future, items, i)
            future = None
        kinds = item.kinds
        mention = item.mention
        if mention is not None:
            if mention.kind == "activity":
                mention.assertion = _of_activity(item, future, negated_to)
                future = None
                negated_to = -1
                suspected = hypothetical = confirmed = sought = looked = False
            elif mention.kind in _FINDINGS:
                if _turns_to_negation(items, i, negation_codes, codes):
                    item.mention = None  # "no oil" in "no oil leak"
                    negated_to = item.hit.last + _REACH
                    continue
                if item.hit.first <= negated_to:
                    mention.assertion = Assertion.ABSENT
                elif sought:
                    mention.assertion = Assertion.SOUGHT
                elif hypothetical:
                    mention.assertion = Assertion.HYPOTHETICAL
                elif suspected:
                    mention.assertion = Assertion.SUSPECTED
                elif confirmed:
                    mention.assertion = Assertion.CONFIRMED
                future = None
        if kinds.isdisjoint(CUES):
            continue
        if "negation" in kinds:
            if item.hit.last + 1 < len(codes) and codes[item.hit.last + 1] in _NUMBERS:
                continue  # "no 3 pump"
            reach = _REACH_HAN if codes[item.hit.first] in negation_codes else _REACH
            negated_to = item.hit.last + reach
            sought = False
        elif "negation-next" in kinds:
            negated_to = item.hit.last + _NEXT_REACH
        elif "turn" in kinds:
            negated_to = -1
            suspected = hypothetical = confirmed = sought = False
        elif "task" in kinds or (looked and item.note == "purpose"):
            sought = True
        elif "leads-to" in kinds:
            suspected = hypothetical = False
        elif "hypothetical" in kinds:
            hypothetical = True
        elif "suspected" in kinds:
            if _ends_part(items, i):
                _look_back(items, i, Assertion.SUSPECTED)
            suspected = True
        elif "confirmed" in kinds:
            confirmed = True
        elif "future" in kinds:
            if item.hit.first <= negated_to:
                _deny_activity(items, i)
            else:
                future = item
        elif "looks" in kinds:
            looked = True
        if "absent-after" in kinds:
            _look_back(items, i, Assertion.ABSENT)
        elif "well-after" in kinds:
            worked = any(
                other.mention is not None
                and other.mention.kind == "activity"
                and other.clause == item.clause
                for other in items
            )
            _look_back(items, i, Assertion.REPAIRED if worked else Assertion.ABSENT)
        elif "repaired-after" in kinds:
            _look_back(items, i, Assertion.REPAIRED)
        elif "suspected-after" in kinds:
            _look_back(items, i, Assertion.SUSPECTED)
    _look_back_for_future(future, items, len(items))


CUES = frozenset(
    {
        "negation",
        "negation-next",
        "absent-after",
        "well-after",
        "suspected",
        "suspected-after",
        "confirmed",
        "repaired-after",
        "looks",
        "task",
        "preposition",
        "leads-to",
        "hypothetical",
        "turn",
        "future",
    }
)
# Where none of these is in a text, everything is simply asserted.
TRIGGERS = CUES - {"preposition", "leads-to", "turn", "looks"}
_NUMBERS = "\ue001\ue002\ue003"


def _of_activity(item: Item, future: Item | None, negated_to: int) -> Assertion:
    if item.hit.first <= negated_to:
        return Assertion.ABSENT
    if future is not None and future.part == item.part:
        return Assertion.FUTURE
    return Assertion.ASSERTED


def _turns_to_negation(
    items: list[Item], i: int, negation_codes: frozenset[str], codes: str
) -> bool:
    """Whether a finding such as "no oil" only negates the finding right behind it."""
    hit = items[i].hit
    if codes[hit.first] not in negation_codes or i + 1 >= len(items):
        return False
    following = items[i + 1]
    return (
        following.mention is not None
        and following.mention.kind in _FINDINGS
        and following.hit.first == hit.last + 1
    )


def _look_back(items: list[Item], i: int, assertion: Assertion) -> None:
    """Apply `assertion` to the findings before item `i` in its part, or in the one before."""
    part = items[i].part
    found = False
    for other in reversed(items[:i]):
        if other.clause != items[i].clause or (found and other.part != part):
            break
        mention = other.mention
        if mention is not None and mention.kind in _FINDINGS:
            if mention.assertion.holds or mention.assertion is Assertion.SUSPECTED:
                mention.assertion = assertion
            elif mention.assertion is Assertion.SOUGHT and assertion is Assertion.ABSENT:
                mention.assertion = assertion  # "checked for leaks, none found"
            found, part = True, other.part


def _look_back_for_future(future: Item | None, items: list[Item], i: int) -> None:
    """A cue that nothing follows speaks of the activity before it: "repair required"."""
    if future is None:
        return
    for other in reversed(items[:i]):
        if other is future:
            continue
        if other.part != future.part or other.hit.first > future.hit.first:
            if other.part < future.part:
                return
            continue
        mention = other.mention
        if mention is not None and mention.kind == "activity":
            if mention.assertion is Assertion.ASSERTED:
                mention.assertion = Assertion.FUTURE
            return


def _deny_activity(items: list[Item], i: int) -> None:
    """ "Repair not required": the activity before was not done."""
    for other in reversed(items[:i]):
        if other.part != items[i].part:
            return
        if other.mention is not None and other.mention.kind == "activity":
            other.mention.assertion = Assertion.ABSENT
            return


def _ends_part(items: list[Item], i: int) -> bool:
    return i + 1 >= len(items) or items[i + 1].part != items[i].part


def findings(items: list[Item]) -> list[Mention]:
    """The failure modes and symptoms among `items`."""
    return [
        item.mention
        for item in items
        if item.mention is not None and item.mention.kind in ("mode", "symptom")
    ]
