"""Texts under headings: labelled texts, trees of faults, procedures with their notices and tools.

One pass over the texts of a section. A label (`Cause:`, heading 原因) gives a role to what follows
it; in a section on troubleshooting, headings are signs and nested lists are causes and remedies.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from extraction.documents.blocks import Text
from extraction.documents.lines import shape_of
from extraction.documents.structure.conditions import conditions_in
from extraction.documents.structure.faults import BY_ROW, FaultWriter, Told, pair
from extraction.documents.structure.items import Piece, name_of, pieces_of
from extraction.documents.structure.parting import part_finding, part_item
from extraction.documents.structure.procedures import ProcedureWriter
from extraction.documents.structure.questions import QuestionWriter
from extraction.documents.structure.roles import (
    begins_with_verb,
    is_labelled,
    is_neutral,
    label_of,
    label_role,
    section_role,
    signal_of,
)
from extraction.documents.structure.scribe import Thing
from extraction.documents.structure.technical_data import DataWriter

_TROUBLE_ROLES = ("symptom", "mode", "cause", "check", "remedy")


@dataclass(slots=True)
class _Open:
    """The fault being told: its signs, its latest causes, and whether help was given already."""

    signs: list[tuple[Thing, Told]] = field(default_factory=list)
    causes: list[tuple[Thing, Told, int]] = field(default_factory=list)  # with the item's level
    helped: bool = False


class OutlineWriter:
    """Writes what the texts of one document say; keeps its place between calls."""

    def __init__(self, faults: FaultWriter, procedures: ProcedureWriter, data: DataWriter) -> None:
        self._faults = faults
        self._procedures = procedures
        self._data = data
        self._questions = QuestionWriter(faults)
        self._heading = Told(Piece("", "", -1, -1), 0)  # the last one that may be a sign
        self._in_data = False  # in a section of technical data
        self._is_first = True  # no heading was read
        self._fault = _Open()
        self._role = ""  # what the last label announced
        self._role_is_heading = False
        self._trouble_level = 0  # of the heading that began a section on troubleshooting; 0: none
        self._sign_level = 0  # of the heading that is the open sign
        self._top = 0  # level of the items right below the open label or heading
        self._sign_items = False  # items are signs: no heading is one

    @property
    def in_troubleshooting(self) -> bool:
        """Whether the texts now stand in a section on troubleshooting."""
        return self._trouble_level > 0

    @property
    def trouble_level(self) -> int:
        """The level of the heading that began that section."""
        return self._trouble_level

    @property
    def sign(self) -> str:
        """The heading that is the open sign, "" where none is."""
        is_open = self._trouble_level and self._sign_level and self._fault.signs
        return self._fault.signs[0][1].piece.name if is_open else ""

    def is_sign(self, passage: int) -> bool:
        """Whether the passage is a heading that is the open sign."""
        return bool(self.sign) and self._fault.signs[0][1].passage == passage

    @property
    def role(self) -> str:
        """The role that the open label gives."""
        return self._role

    def heading(self, block: Text, passage: int) -> None:
        """A heading begins a section, names a sign, or is a label for what follows."""
        shape = shape_of(block.text)
        skip = shape.start if shape.kind in ("section", "item") else 0
        text = block.text[skip:]
        self._procedures.heading(text, block.level)
        self._questions.close()
        self._in_data = section_role(text) == "data"
        self._top = -1
        is_title = self._is_first and block.level <= 1
        self._is_first = False
        name = "" if is_title or section_role(text) or is_neutral(text) else name_of(text)
        self._heading = Told(Piece("", name, skip, len(block.text)), passage)
        if self._trouble_level and block.level <= self._trouble_level:
            self._trouble_level = 0
        label = label_of(text)
        if label is not None and label.role in _TROUBLE_ROLES and label.end < len(text):
            self._role = label.role
            self._tell(label.role, self._pieces(block.text, skip + label.end), passage, 0)
            self._role_is_heading = True
            return
        role = label_role(text)
        if role in _TROUBLE_ROLES and not (role == "symptom" and not self._fault.signs
                                           and section_role(text)):  # fmt: skip
            self._role, self._role_is_heading = role, True
            if role in ("symptom", "mode"):
                self._fault = _Open()
            return
        self._role = ""
        if section_role(text) == "troubleshooting":
            if not self._trouble_level:
                self._trouble_level = block.level
            self._fault, self._sign_level = _Open(), 0
            self._sign_items = False
            return
        if section_role(text) or not self._trouble_level:
            self._fault, self._sign_level = _Open(), 0
            return
        name = name_of(text)
        if name:
            told = Told(Piece("", name, skip, len(block.text)), passage)
            self._fault = _Open([(self._faults.sign(told, "symptom"), told)])
            self._sign_level = block.level

    def text(self, block: Text, passage: int) -> str:
        """A paragraph or item. Returns the role in which it is to be read."""
        if block.kind == "caption":
            return ""
        signal = signal_of(block.text)
        if signal is not None:
            self._procedures.notice(block.text, signal, passage)
            return "notice"
        if self._procedures.takes_notice(block):
            self._procedures.notice_text(block.text, passage)
            return "notice"
        if self._ask_or_answer(block, passage):
            return "check"
        label = label_of(block.text)
        if label is not None and label.role in ("tool", "part"):
            self._role = label.role if label.end >= len(block.text.rstrip()) else ""
            self._procedures.needs(
                label.role, self._pieces(block.text, label.end, commas=True), passage
            )
            return label.role
        if label is not None and label.role in _TROUBLE_ROLES:
            rest = block.text[label.end :].strip()
            if not rest:
                self._role, self._role_is_heading, self._top = label.role, False, -1
                if label.role in ("symptom", "mode") and self._fault.causes:
                    self._fault = _Open()
                return label.role
            level = block.level if block.kind == "item" else 0
            self._labelled(label.role, block, label.end, passage, level)
            return label.role
        if self._role in ("tool", "part") and block.kind == "item":
            self._procedures.needs(self._role, self._pieces(block.text, 0), passage)
            return self._role
        if self._role in _TROUBLE_ROLES:
            if block.kind == "item" or self._role_is_heading:
                return self._under_label(block, passage)
            self._role = ""
        if self._trouble_level and block.kind == "item":
            return self._in_tree(block, passage)
        if block.kind == "item" and block.is_numbered:
            self._procedures.step(block, passage)
            return "step"
        if self._in_data and self._data.line(block.text, passage):
            return "value"
        if self._sign_level and self._fault.signs and self._tell_conditions(block, passage):
            return "cause"
        self._procedures.paragraph(block, passage)
        return ""

    # -- how a text takes its role -----------------------------------------------------------

    def _ask_or_answer(self, block: Text, passage: int) -> bool:
        """A question of a tree, with the answers behind it, or an answer to the open question."""
        place = self._questions.answer_in(block.text)
        if place is not None:
            self._questions.answer(block.text, place, passage, self._signs_or_heading())
            return True
        answers = self._questions.ask(block.text, passage)
        if answers is None:
            return False
        for place in answers:
            self._questions.answer(block.text, place, passage, self._signs_or_heading())
        # its answers may stand below; elsewhere a question alone is text like any other
        return bool(answers) or bool(self._trouble_level)

    def _signs_or_heading(self) -> Sequence[tuple[Thing, Told]]:
        """The open signs, else the heading above."""
        if not self._fault.signs and self._heading.piece.name:
            told = self._heading
            self._fault = _Open([(self._faults.sign(told, "symptom"), told)])
        return self._fault.signs

    def _labelled(self, role: str, block: Text, start: int, passage: int, level: int) -> None:
        """`Cause: fuse blown`; in one paragraph, further labels may follow on their lines."""
        text = block.text
        lines = [m.end() for m in re.finditer(r"\n", text)]
        stops = [at for at in lines if at > start and label_of(text[at:]) is not None]
        stops += [
            at
            for m in re.finditer(r"[.;。；!！]\s*", text)
            if (at := m.end()) > start and at not in lines and is_labelled(text[at:])
        ]
        stops.sort()
        cut = stops[0] if stops else len(text)
        self._role = ""
        nested = block.kind == "item" and bool(self._fault.causes) and role in ("check", "remedy")
        self._tell(role, self._pieces(text[:cut], start), passage, level, nested=nested)
        if stops:
            label = label_of(text[cut:])
            if label is not None and label.role in _TROUBLE_ROLES:
                self._labelled(label.role, block, cut + label.end, passage, level)

    def _under_label(self, block: Text, passage: int) -> str:
        """An item or text below a label: in its role, deeper items below a cause are its help."""
        level = block.level if block.kind == "item" else 0
        if self._top < 0:
            self._top = level
        role = self._role
        if role == "cause" and level > self._top and self._fault.causes:
            role = _help_role(block.text)
            self._tell(role, self._pieces(block.text, 0), passage, level, nested=True)
            return role
        if role == "cause" and block.kind == "item" and self._tell_parts(block, passage, level):
            return role
        pieces = self._pieces(block.text, 0)
        if block.kind == "item" and len(pieces) == 1 and block.number:
            pieces = [pieces[0]._replace(number=block.number)]
        self._tell(role, pieces, passage, level)
        if role in ("symptom", "mode"):
            self._sign_level = 0
        return role

    def _in_tree(self, block: Text, passage: int) -> str:
        """An item without labels in a section on troubleshooting, by its depth."""
        if self._top < 0:
            self._top = block.level
            self._sign_items = not self._fault.signs
        depth = block.level - self._top + (0 if self._sign_items else 1)
        if depth <= 0:
            pieces = self._pieces(block.text, 0)[:1]
            self._fault = _Open(
                [(self._faults.sign(Told(p, passage), "symptom"), Told(p, passage)) for p in pieces]
            )
            return "symptom"
        if depth == 1:
            if not self._tell_parts(block, passage, block.level):
                self._fault.helped = False
                self._tell("cause", self._pieces(block.text, 0), passage, block.level)
            return "cause"
        role = _help_role(block.text)
        self._tell(role, self._pieces(block.text, 0), passage, block.level, nested=True)
        return role

    def _tell_conditions(self, block: Text, passage: int) -> bool:
        """`If the breather is blocked, clean it` below a sign: causes, each with its remedy."""
        told = conditions_in(block.text)
        for each in told:
            if each.cause is not None and each.remedy is not None:
                self._fault.helped = False
                self._tell("cause", [each.cause], passage, 0)
                role = _help_role(each.remedy.name)
                self._tell(role, [each.remedy], passage, 1, nested=True)
        return bool(told)

    def _tell_parts(self, block: Text, passage: int, level: int) -> bool:
        """`Fuse blown – replace the fuse`: a cause and its remedy in one item."""
        is_single = len(self._pieces(block.text, 0)) == 1
        parted = (
            part_finding(block.text, number=block.number, cause_first=True)
            if is_single
            else part_item(block.text, block.number)
        )
        if parted is None or parted.cause is None or parted.remedy is None:
            return False
        self._tell("cause", [parted.cause], passage, level)
        role = _help_role(block.text[parted.remedy.start :])
        self._tell(role, [parted.remedy], passage, level, nested=True)
        return True

    def _pieces(self, text: str, start: int, *, commas: bool = False) -> list[Piece]:
        body = text[start:]
        lead = len(body) - len(body.lstrip())
        found = pieces_of([body[lead:]], start + lead) if body.strip() else []
        if not commas or len(found) != 1:
            return found
        pieces = []
        at = start + lead
        for part in re.split(r"[,，、;；]|\s+and\s+(?=[^,]*$)", body[lead:]):
            where = text.find(part, at)
            name = name_of(part)
            at = where + len(part)
            if name:
                pieces.append(Piece("", name, at - len(part.lstrip()), at))
        return pieces

    # -- what is told ------------------------------------------------------------------------

    def _tell(
        self, role: str, pieces: Sequence[Piece], passage: int, level: int, *, nested: bool = False
    ) -> None:
        """Take up pieces in a role. `nested`: they belong to the latest cause alone."""
        told = [Told(piece, passage) for piece in pieces]
        fault = self._fault
        if not told:
            return
        if role in ("symptom", "mode"):
            signs = [(self._faults.sign(each, role), each) for each in told]
            if fault.signs and not fault.causes and not fault.helped and self._role == role:
                fault.signs += signs
            else:
                self._fault = _Open(signs)
        elif role == "cause":
            if fault.helped:
                fault.causes, fault.helped = [], False
            above = self._signs_or_heading()
            fault = self._fault
            for each in told:
                cause = self._faults.cause(each)
                for sign, _ in above:
                    self._faults.link(sign, cause)
                fault.causes.append((cause, each, level))
        else:
            self._help(role, told, level, nested=nested)

    def _help(self, role: str, told: Sequence[Told], level: int, *, nested: bool) -> None:
        fault = self._fault
        causes = [(cause, each) for cause, each, _ in fault.causes]
        if nested and causes:
            own = [(c, each) for c, each, kept in fault.causes if kept < level] or causes
            for each in told:
                self._faults.help(own[-1][0], each, role, BY_ROW)
        elif causes:
            for cause, each, confidence in pair(causes, told):
                self._faults.help(cause, each, role, confidence)
        else:
            for sign, each_sign in fault.signs:
                mode = self._faults.mode_of(sign, each_sign)
                if mode is not None:
                    for each in told:
                        self._faults.help(mode, each, role, BY_ROW)
        fault.helped = True


def _help_role(text: str) -> str:
    """Whether an unlabelled instruction is a check: it begins like one, and does nothing more."""
    if not begins_with_verb(text, check=True):
        return "remedy"
    rest = re.split(r"[,，;；.。]|\s+and\s+|\s+then\s+|并|后", text)[1:]
    return "remedy" if any(begins_with_verb(part) and not begins_with_verb(part, check=True)
                           for part in rest) else "check"  # fmt: skip
