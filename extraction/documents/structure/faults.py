"""Faults: what is noticed, why it happens, how one tells and what helps, as statements.

Tables, trees and labelled texts all end here, so that they say the same in the same words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from extraction.documents.structure.items import Piece
from extraction.documents.structure.scribe import EXTRACTOR, Scribe, Thing, is_code
from extraction.documents.structure.subject import Subject
from kg.model import Claim

# How sure a statement is, by how it was told which remedy goes with which cause.
BY_ROW = 0.92  # one cause and one remedy in a row, or a remedy below its cause
BY_NUMBER = 0.9  # second remedy to second cause
BY_GUESS = 0.6  # several of both, and nothing says which goes with which
OF_SIGN = 0.92
OF_MODE = 0.88  # a symptom's words name one failure mode
ABOUT = 0.85  # what the document is about
_PART = re.compile(
    r"(?:part\s*(?:no\.?|number)|p/n|order\s*no\.?|item\s*no\.?|零件号|件号|料号|备件号|订货号|物料号)"
    r"\s*[:：]?\s*(?P<code>[A-Za-z0-9][A-Za-z0-9./\-]*\d[A-Za-z0-9./\-]*|\d{4,})",
    re.IGNORECASE,
)


# "Alarm A035: clamping timeout", "报警 A035 合模超时", "E21 – web torn"
_ALARM = re.compile(
    r"(?:(?:alarm|fault|error|warning|trip|message|diagnostic|报警|告警|警报|故障|错误)"
    r"(?:\s*(?:code|no\.?|number|message|代码|码|号|信息))?\s*[:：#]?\s*"
    r"(?P<code>[A-Za-z]{1,4}[-.]?\d{1,6}(?:[-.]\d{1,4})?|\d{2,6}(?:[-.]\d{1,4})?|\d\.\d{1,4})"
    r"(?![\w%°]|\s*(?:V|A|bar|mm|kW|W|Hz|K|min|s|h|phases?)\b|\s*[%°℃])"
    r"|(?P<bare>[A-Z]{1,4}[-.]?\d{2,6})(?=\s*[:：–—-]\s))"
    r"\s*[:：–—-]*\s*(?P<meaning>.*)",
    re.IGNORECASE,
)


class Told(NamedTuple):
    """A piece of a text in its role, and the passage it stands in."""

    piece: Piece
    passage: int


class FaultWriter:
    """Writes faults. Components in causes are found by `components`."""

    def __init__(self, scribe: Scribe, subject: Subject) -> None:
        self.scribe = scribe
        self._subject = subject
        self._symptoms: dict[Thing, None] = {}

    def sign(self, told: Told, role: str, *, meaning: str | None = None) -> Thing:
        """What is noticed: an alarm, a symptom or a failure mode."""
        piece, passage = told
        names = self.scribe.names
        if role == "alarm" and is_code(piece.name):
            return self._alarm(told, piece.name, meaning or "")
        if alarm := _ALARM.fullmatch(piece.name):
            return self._alarm(told, alarm["code"] or alarm["bare"], alarm["meaning"])
        is_mode = role == "mode" or (
            not names.knows("symptom", piece.name) and names.knows("mode", piece.name)
        )
        cls = "FailureMode" if is_mode else "Symptom"
        thing = self.scribe.thing(cls, piece.name, passage, piece.start, piece.end)
        if not is_mode:
            self._symptoms[thing] = None
        elif self._subject.key is not None:
            self.scribe.say(self._subject.key, "exhibits", thing, ABOUT)
        return thing

    def _alarm(self, told: Told, code: str, meaning: str) -> Thing:
        piece, passage = told
        thing = self.scribe.thing(
            "Alarm", meaning or piece.name, passage, piece.start, piece.end, code=code
        )
        if self._subject.key is not None:
            self.scribe.say(thing, "appliesTo", self._subject.key, ABOUT)
        return thing

    def join_symptoms(self) -> None:
        """Put each symptom below the one failure mode that the readers of free text found in it.

        Whoever asks after the mode then finds what the document says of the symptom.
        """
        shown: dict[int, list[Claim]] = {}
        for claim in self.scribe.batch.claims:
            if claim.predicate == "exhibits" and claim.extractor != EXTRACTOR:
                shown.setdefault(claim.passage, []).append(claim)
        for symptom in self._symptoms:
            inside = [
                claim
                for claim in shown.get(symptom.passage, ())
                if symptom.start <= claim.start and claim.end <= symptom.end
            ]
            modes = {claim.object for claim in inside}
            if symptom.start >= 0 and len(modes) == 1:
                sure = min(OF_MODE, max(claim.confidence for claim in inside))
                self.scribe.say(symptom, "broader", modes.pop(), sure)

    def cause(self, told: Told) -> Thing:
        """A cause, with what it affects."""
        piece, passage = told
        names = self.scribe.names
        is_mode = not names.knows("cause", piece.name) and names.knows("mode", piece.name)
        cls = "FailureMode" if is_mode else "FailureCause"
        thing = self.scribe.thing(cls, piece.name, passage, piece.start, piece.end)
        if self._subject.key is not None:
            if is_mode:
                self.scribe.say(self._subject.key, "exhibits", thing, ABOUT)
            else:
                self.scribe.say(thing, "affects", self._subject.key, ABOUT)
        return thing

    def link(self, sign: Thing, cause: Thing, confidence: float = OF_SIGN) -> None:
        """The sign points to the cause."""
        if sign.key.startswith("mode:"):
            self.scribe.say(cause, "causes", sign, confidence)
        else:
            self.scribe.say(sign, "indicates", cause, confidence)

    def help(self, of: Thing, told: Told, role: str, confidence: float) -> Thing:
        """A check or remedy for a cause or mode, with the parts that it names."""
        piece, passage = told
        cls, predicate = ("Check", "detectedBy") if role == "check" else ("Remedy", "remediedBy")
        thing = self.scribe.thing(cls, piece.name, passage, piece.start, piece.end)
        self.scribe.say(of, predicate, thing, confidence)
        if role != "check":
            self.parts_in(thing, piece, passage)
        return thing

    def parts_in(self, thing: Thing, piece: Piece, passage: int) -> None:
        """Part numbers that a remedy names are needed for it."""
        for match in _PART.finditer(piece.name):
            code = match["code"].rstrip(".-/")
            part = self.scribe.thing("SparePart", code, passage, code=code)
            self.scribe.say(thing, "requiresPart", part, BY_ROW)

    def mode_of(self, sign: Thing, told: Told) -> Thing | None:
        """The failure mode behind a sign for which no cause is given."""
        if sign.key.startswith("mode:"):
            return sign
        if sign.key.startswith("alarm:"):
            return None
        piece, passage = told
        mode = self.scribe.thing("FailureMode", piece.name, passage, piece.start, piece.end)
        self.scribe.say(sign, "indicates", mode, OF_SIGN)
        return mode

    def write(
        self,
        signs: Sequence[tuple[Thing, Told]],
        causes: Sequence[Told],
        checks: Sequence[Told],
        remedies: Sequence[Told],
    ) -> None:
        """A whole fault: every sign points to every cause; helps go to causes by number."""
        made = [self.cause(told) for told in causes]
        for sign, _ in signs:
            for cause in made:
                self.link(sign, cause)
        targets = list(zip(made, causes, strict=True))
        if not targets:
            modes = (
                [(self.mode_of(sign, told), told) for sign, told in signs]
                if (checks or remedies)
                else []
            )
            targets = [(mode, told) for mode, told in modes if mode is not None]
        for role, helps in (("check", checks), ("remedy", remedies)):
            for of, told, confidence in pair(targets, helps):
                self.help(of, told, role, confidence)


def pair(
    targets: Sequence[tuple[Thing, Told]], helps: Sequence[Told]
) -> list[tuple[Thing, Told, float]]:
    """Which help goes with which cause, and how sure that is."""
    if not targets or not helps:
        return []
    if len(targets) == 1:
        return [(targets[0][0], told, BY_ROW) for told in helps]
    numbers = [told.piece.number for _, told in targets]
    by_number = {told.piece.number: told for told in helps if told.piece.number}
    if all(numbers) and len(by_number) == len(helps) and set(by_number) <= set(numbers):
        return [
            (thing, by_number[number], BY_NUMBER)
            for (thing, _), number in zip(targets, numbers, strict=True)
            if number in by_number
        ]
    if len(targets) == len(helps) and not any(numbers) and not by_number:
        return [
            (thing, told, BY_NUMBER - 0.08) for (thing, _), told in zip(targets, helps, strict=True)
        ]
    return [(thing, told, BY_GUESS) for thing, _ in targets for told in helps]
