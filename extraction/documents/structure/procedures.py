"""Procedures: numbered steps under a heading, with tools, parts, torques and safety notices."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from extraction.documents.blocks import Text
from extraction.documents.structure.faults import ABOUT
from extraction.documents.structure.items import Piece, name_of
from extraction.documents.structure.quantities import read_torque
from extraction.documents.structure.roles import Label, begins_with_verb, section_role
from extraction.documents.structure.scribe import Scribe, Thing, is_code
from extraction.documents.structure.subject import Subject
from kg.model import Props, passage_key
from kg.model.keys import normal_name

STEP = 0.95
NEEDS = 0.92
NOTICE = 0.9
_CODE = re.compile(r"^\s*(?P<code>(?:WI|SOP|SMP|PM|OPL|QP)[-_ ]?[A-Z0-9][A-Z0-9\-.]*\d)\b[:：\s-]*")
_LEAD = re.compile(
    r"^\s*(?:to|how to)\s+(?P<what>[a-z].{3,80}?)\s*(?:,.*|proceed as follows)?[:：]\s*$",
    re.IGNORECASE | re.DOTALL,
)
_LEAD_HAN = re.compile(
    r"^\s*(?P<what>.{2,30}?)(?:的)?(?:步骤|方法|程序|操作)?(?:如下|见下)[:：。]?\s*$"
)
_FEWEST_STEPS = 2


class _Step(NamedTuple):
    """One step: its text, where it stands in its passage, and what else is told of it there."""

    text: str
    start: int
    passage: int
    more: str = ""


@dataclass(slots=True)
class _List:
    """A numbered list that may be a procedure, and what stands around it under its heading."""

    name: str = ""
    steps: list[_Step] = field(default_factory=list)
    last: int = 0


class ProcedureWriter:
    """Gathers numbered lists, and writes those that instruct when they are complete."""

    def __init__(
        self, scribe: Scribe, subject: Subject, document: str, used: dict[str, int]
    ) -> None:
        self._scribe = scribe
        self._subject = subject
        self._document = document
        self._heading = ""
        self._lead = ""
        self._list = _List()
        self._needs: list[tuple[str, Piece, int]] = []
        self._notices: list[tuple[Thing, int]] = []
        self._written: list[Thing] = []  # procedures under the present heading
        self._used = used  # how often a name was given in this document
        self._signal: Label | None = None

    def heading(self, text: str, level: int) -> None:
        """A heading ends the list above it and everything that waits for a procedure."""
        self.end()
        self._heading = text
        self._lead = ""
        self._written = []

    def paragraph(self, block: Text, passage: int) -> None:
        """A paragraph may announce the list that follows; steps may go on after it."""
        text = block.text.strip()
        match = _LEAD.match(text) or _LEAD_HAN.match(text)
        if match:
            self.close()
            self._lead = match["what"].strip()
        elif text.endswith((":", "：")) and self._list.steps:
            self.close()

    def step(self, block: Text, passage: int) -> None:
        """An item of a numbered list."""
        number = int(block.number) if block.number.isdecimal() else 0
        if self._list.steps and block.level == 0 and number == 1:
            self.close()
        self._list.steps.append(_Step(block.text, 0, passage))
        self._list.last = number or self._list.last

    def row(self, step: Piece, text: str, passage: int, more: str = "") -> None:
        """A step that a row of a table tells; `more` are its other cells."""
        self._list.steps.append(_Step(text, step.start, passage, more))

    def caution(self, piece: Piece, passage: int) -> None:
        """What a row of steps warns of."""
        thing = self._scribe.thing(
            "SafetyNotice", piece.name, passage, piece.start, piece.end,
            props={"noticeLevel": "caution"},
        )  # fmt: skip
        self._notices.append((thing, passage))

    def needs(self, role: str, pieces: Sequence[Piece], passage: int) -> None:
        """Tools or parts that are needed under this heading."""
        self._needs += [(role, piece, passage) for piece in pieces]
        if self._written and not self._list.steps:
            self._flush_waiting()

    def notice(self, text: str, signal: Label, passage: int) -> None:
        """A safety notice. Where only its signal word stands here, its text follows."""
        name = name_of(text[signal.end :])
        if not name:
            self._signal = signal
            return
        self._signal = None
        start = len(text) - len(text[signal.end :].lstrip())
        thing = self._scribe.thing(
            "SafetyNotice", name, passage, start, len(text), props={"noticeLevel": signal.role}
        )
        self._notices.append((thing, passage))
        if self._written and not self._list.steps:
            self._flush_waiting()

    def takes_notice(self, block: Text) -> bool:
        """Whether a signal word alone came before this text."""
        return self._signal is not None and block.kind != "heading"

    def notice_text(self, text: str, passage: int) -> None:
        """The text of a notice whose signal word stood alone."""
        if self._signal is not None:
            self.notice(text, Label(self._signal.role, 0), passage)
            self._signal = None

    def end(self) -> None:
        """Write everything that is open."""
        self.close()
        self._flush_waiting()

    def close(self) -> None:
        """Write the open list where it instructs."""
        steps, self._list = self._list.steps, _List()
        if len(steps) < _FEWEST_STEPS:
            return
        instructing = sum(begins_with_verb(step.text) for step in steps)
        if instructing < 0.5 * len(steps):
            return
        by_lead = self._lead and (self._written or section_role(self._heading))
        name = name_of(self._lead if by_lead or not self._heading else self._heading)
        if not name:
            return
        match = _CODE.match(name)
        passage = steps[0].passage
        if match and is_code(match["code"]):
            identity, title = match["code"], name_of(name[match.end() :]) or name
        else:
            self._used[name] = self._used.get(name, 0) + 1
            count = f" ({self._used[name]})" if self._used[name] > 1 else ""
            identity, title = f"{self._document}: {name}{count}", f"{name}{count}"
        procedure = self._scribe.thing("Procedure", title, passage, code=identity)
        if self._subject.key is not None:
            self._scribe.say(procedure, "appliesTo", self._subject.key, ABOUT)
        for sequence, step in enumerate(steps, start=1):
            self._write_step(procedure, identity, step, sequence)
        self._written.append(procedure)
        self._lead = ""
        self._flush_waiting()

    def _write_step(self, procedure: Thing, identity: str, step: _Step, sequence: int) -> None:
        name = name_of(step.text)
        if not name:
            return
        torque = read_torque(step.text) or read_torque(step.more)
        props = {"torqueNm": torque["torqueNm"]} if torque else {}
        # Known by its words, so that a step that is put in before it does not make it another.
        thing = self._scribe.thing(
            "ProcedureStep", name, step.passage, step.start, step.start + len(step.text),
            code=f"{identity}/{passage_key(normal_name(name))}", props=props,
        )  # fmt: skip
        sequenced: Props = {"sequence": sequence}
        self._scribe.say(procedure, "instructs", thing, STEP, step.passage, sequenced)

    def _flush_waiting(self) -> None:
        """Tie notices, tools and parts to the procedures under the heading, else to the subject."""
        targets: list[Thing | str] = list(self._written)
        for role, piece, passage in self._needs:
            if role == "tool":
                thing = self._scribe.thing(
                    "Tool", piece.name, passage, piece.start, piece.end, code=piece.name
                )
                relation = "requiresTool"
            else:
                if not is_code(piece.name):
                    continue
                thing = self._scribe.thing(
                    "SparePart", piece.name, passage, piece.start, piece.end, code=piece.name
                )
                relation = "requiresPart"
            for target in targets:
                self._scribe.say(target, relation, thing, NEEDS, passage)
        self._needs = []
        if not targets and self._subject.key is not None and not section_role(self._heading):
            targets = [self._subject.key]
        for notice, passage in self._notices:
            for target in targets or ([self._subject.key] if self._subject.key else []):
                self._scribe.say(target, "hasNotice", notice, NOTICE, passage)
        self._notices = []
