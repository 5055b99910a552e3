"""Trees of questions: `1. Does the contactor pull in? Yes: go to 3. No: coil is open, renew it.`

A question is a check. Where an answer ends in a cause, the open sign points to that cause, the
check tells it, and what is to be done then remedies it; an answer that leads to another question
says nothing by itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from extraction.documents.structure.faults import BY_GUESS, BY_ROW, FaultWriter, Told
from extraction.documents.structure.items import Piece, name_of
from extraction.documents.structure.parting import part_finding
from extraction.documents.structure.scribe import Thing

_ANSWER = re.compile(
    r"(?:^|(?<=[\s;；,，.。?？|(（]))"
    r"(?P<word>yes|no|ok|not ok|是|否|有|无|正常|不正常|异常)"
    r"\s*(?P<mark>[:：]|[-－—–=]*[→>➔⇒]+|[-–—]\s|，|,|时[，,])\s*",
    re.IGNORECASE,
)
_ASKS = re.compile(r"[?？]|是否|有无|能否")
# "Filter clogged?" is a cause that is asked for; a question of a tree is a whole sentence
_WHOLE = re.compile(
    r"^\W*(?:(?:is|are|was|were|does|do|did|has|have|can|will)\b.*[?？]\s*$|.*(?:是否|有无|能否).*)",
    re.IGNORECASE | re.DOTALL,
)
_FEWEST = 2  # answers in the text of a question that ends without its mark
_NUMBER = re.compile(
    r"^\s*(?:(?:step|步骤|第)\s*)?\d{1,2}(?:\s*步)?\s*[.:：、)）]?\s*", re.IGNORECASE
)
_LEADS_ON = re.compile(
    r"^\W*(?:(?:go|continue|proceed|carry|move|advance)(?:\s+on)?\s+(?:to|with|at)|see|next|"
    r"转(?:到|至|入)?|进入|执行|跳(?:到|至|转)?|继续|见|到|下一步)?\W*"
    r"(?:step|question|no\.?|步骤|第)?\s*(?:\d{1,2}|[a-h])?\s*(?:步|项)?\W*$",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(
    r"^\W*(?:(?:please\s+)?(?:contact|call|inform|consult)\b|请?(?:联系|致电|咨询|报修))",
    re.IGNORECASE,
)


class QuestionWriter:
    """Writes the leaves of trees of questions; keeps the open question between calls."""

    def __init__(self, faults: FaultWriter) -> None:
        self._faults = faults
        self._check: Told | None = None

    def close(self) -> None:
        """No answer that follows belongs to the question above."""
        self._check = None

    def ask(self, text: str, passage: int) -> Sequence[tuple[int, int]] | None:
        """Open a question; its answers in the same text, as ranges. None: it asks nothing."""
        begin = _NUMBER.match(text)
        start = begin.end() if begin else 0
        answers = list(_ANSWER.finditer(text, start))
        end = answers[0].start() if answers else len(text)
        question = text[start:end].rstrip(" \n(（|")
        if not name_of(question) or _ASKS.search(question) is None:
            return None
        is_led = bool(answers) and question[-1] in "?？"
        if not (is_led or len(answers) >= _FEWEST or _WHOLE.match(question)):
            return None
        self._check = Told(Piece("", name_of(question), start, start + len(question)), passage)
        stops = [answer.start() for answer in answers[1:]] + [len(text)]
        return [(answer.end(), stop) for answer, stop in zip(answers, stops, strict=False)]

    def answer_in(self, text: str) -> tuple[int, int] | None:
        """What follows `Yes:` or `No:` at the beginning of a text under an open question."""
        match = _ANSWER.match(text) if self._check is not None else None
        return (match.end(), len(text)) if match else None

    def answer(
        self, text: str, place: tuple[int, int], passage: int, signs: Sequence[tuple[Thing, Told]]
    ) -> None:
        """One answer of the open question."""
        start, end = place
        told = text[start:end].rstrip(" \n;；)）|")
        if self._check is None or _LEADS_ON.match(told) or _ELSEWHERE.match(told):
            return
        cause, remedy = part_finding(told, start)
        if cause is not None:
            of = self._faults.cause(Told(cause, passage))
            for sign, _ in signs:
                self._faults.link(sign, of)
            self._faults.help(of, self._check, "check", BY_ROW)
            if remedy is not None:
                self._faults.help(of, Told(remedy, passage), "remedy", BY_ROW)
        elif remedy is not None:
            # nothing names what is wrong: people say what the answer means
            for sign, sign_told in signs:
                mode = self._faults.mode_of(sign, sign_told)
                if mode is not None:
                    self._faults.help(mode, Told(remedy, passage), "remedy", BY_GUESS)
