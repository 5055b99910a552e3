"""What each kind of table says, as statements."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from extraction.documents.structure.faults import ABOUT, FaultWriter, Told
from extraction.documents.structure.items import Piece, name_of, split_pieces
from extraction.documents.structure.parting import part_finding
from extraction.documents.structure.procedures import ProcedureWriter
from extraction.documents.structure.quantities import read_interval, read_torque
from extraction.documents.structure.references import References, is_reference, numbers_in
from extraction.documents.structure.roles import BOTH, begins_with_verb, section_role
from extraction.documents.structure.scribe import Scribe, Thing, is_code
from extraction.documents.structure.subject import Subject
from extraction.documents.structure.tables import Row, TableForm
from extraction.documents.structure.technical_data import DataWriter
from kg.model import Props
from kg.model.text import has_han

FITS = 0.9
PLANNED = 0.9
TORQUE = 0.9
_FIGURE = re.compile(
    r"^\s*(?:fig(?:ure|\.)?|table|tab\.|abb(?:ildung|\.)?|图|表)\s*[\dA-Z一二三四五六七八九十]+"
    r"(?:[.\-–]\d+)*\s*[:：.\s–-]*",
    re.IGNORECASE,
)
_PARTS_OF = re.compile(
    r"^(?:spare\s+)?parts(?:\s+list)?\s*(?:[:：–-]|for|of)?\s*(?:the\s+)?|(?:备件|零件|配件|零部件)"
    r"(?:清单|目录|明细表?|表|一览表?)?$",
    re.IGNORECASE,
)
_NOUN = 4  # characters of a name that is no sentence
_VERBS = {"check": "检查", "lubricate": "润滑"}
_INSPECTED = re.compile(r"检|\b(?:check|inspect)", re.IGNORECASE)
_LUBRICATED = re.compile(r"润滑|注油|加油|给油|\b(?:lubricat|greas|oil)", re.IGNORECASE)
_INTEGER = re.compile(
    r"^\s*(\d{1,6})(?:[.,]0+)?\s*(?:pcs?\.?|件|个|只|套|台|ea\.?|×)?\s*$", re.IGNORECASE
)


class Around(NamedTuple):
    """What stands around a table."""

    heading: str
    caption: str = ""
    language: str | None = None
    sign: str = ""  # the heading that names a fault, where one does


class TableWriter:
    """Writes the statements of tables. `passages` are those of the form's rows, in order."""

    def __init__(
        self, scribe: Scribe, subject: Subject, faults: FaultWriter, procedures: ProcedureWriter
    ) -> None:
        self._scribe = scribe
        self._procedures = procedures
        self._subject = subject
        self._faults = faults
        self._data = DataWriter(scribe, subject)
        self._references = References(faults)

    def write(self, form: TableForm, passages: Sequence[int], around: Around) -> None:
        """All that a table says."""
        if form.kind == "faults":
            self._write_faults(form, passages, around)
        elif form.kind == "matrix":
            self._write_matrix(form, passages)
        elif form.kind == "data":
            self._write_data(form, passages)
        elif form.kind == "records":
            self._write_records(form, passages)
        elif form.kind == "parts":
            self._write_parts(form, passages, around)
        elif form.kind == "plan":
            self._write_plan(form, passages, around)
        elif form.kind == "torques":
            self._write_torques(form, passages, around)
        elif form.kind == "steps":
            self._write_steps(form, passages)

    # -- faults ------------------------------------------------------------------------------

    def _write_faults(self, form: TableForm, passages: Sequence[int], around: Around) -> None:
        sign_columns = form.columns("symptom", "mode", "alarm")
        meaning_columns = form.columns("meaning") or (sign_columns and form.columns("name")) or []
        cause_columns = form.columns("cause")
        if not sign_columns and meaning_columns and cause_columns:
            sign_columns, meaning_columns = meaning_columns, []
        referring = [c for c in cause_columns if is_reference([r.cells.get(c) for r in form.rows])]
        cause_columns = [c for c in cause_columns if c not in referring]
        is_key = not sign_columns and bool(form.columns("position")) and not referring
        for row, passage in zip(form.rows, passages, strict=True):
            if row.group and not row.cells:
                continue
            causes = _told(row, cause_columns, passage)
            signs: list[tuple[Thing, Told]] = []
            meanings = _told(row, meaning_columns, passage)
            has_alarm = False
            for column in sign_columns:
                for piece in row.pieces(column):
                    told = Told(piece, passage)
                    role = form.roles[column]
                    role = "symptom" if role in ("meaning", "cause") else role
                    if (
                        role in ("symptom", "mode")
                        and is_code(piece.name)
                        and " " not in piece.name
                    ):
                        role = "alarm"
                    is_alarm = role == "alarm" and is_code(piece.name)
                    has_alarm = has_alarm or is_alarm
                    meaning = meanings[0].piece.name if is_alarm and meanings else None
                    signs.append((self._faults.sign(told, role, meaning=meaning), told))
            if meanings and not causes:
                causes = meanings
            elif meanings and not has_alarm:
                signs += [(self._faults.sign(told, "symptom"), told) for told in meanings]
            if not signs and row.group:
                signs = [self._sign_above(row.group, passage)]
            checks = _told(row, form.columns("check"), passage)
            remedies = _told(row, form.columns("remedy"), passage)
            if is_key and self._references.wanted:
                number = next((p for c in form.columns("position") if (p := row.whole(c))), None)
                if number is not None and self._references.give(
                    number.name, causes, checks, remedies
                ):
                    continue
            if not signs and not row.group and around.sign and not sign_columns:
                signs = [self._sign_above(around.sign, passage)]
            for column in referring:
                cell = row.cells.get(column)
                self._references.want(signs, numbers_in(cell.text if cell is not None else ""))
            self._write_parted(signs, row, form.columns(BOTH), passage)
            self._faults.write(signs, causes, checks, remedies)

    def _write_parted(
        self, signs: Sequence[tuple[Thing, Told]], row: Row, columns: Sequence[int], passage: int
    ) -> None:
        """Cells that hold causes with what helps against each."""
        for column in columns:
            for piece in row.pieces(column):
                cause, remedy = part_finding(
                    row.text[piece.start : piece.end], piece.start, piece.number
                )
                self._faults.write(
                    signs,
                    [Told(cause, passage)] if cause is not None else [],
                    [],
                    [Told(remedy, passage)] if remedy is not None else [],
                )

    def _write_matrix(self, form: TableForm, passages: Sequence[int]) -> None:
        """A mark says that the sign of its side goes with the cause of the other."""
        matrix = form.matrix
        if matrix is None:
            return
        rows_are_causes = matrix.row_role == "cause"
        for row, passage in zip(form.rows, passages, strict=True):
            label = row.whole(matrix.label)
            across = [
                Told(piece, passage)
                for column, heading in matrix.headings.items()
                if (piece := row.heading(column, heading)) is not None
            ]
            if label is None or not across:
                continue
            own = [Told(label, passage)]
            signs, causes = (across, own) if rows_are_causes else (own, across)
            sign_role = matrix.column_role if rows_are_causes else matrix.row_role
            made = [(self._faults.sign(told, sign_role), told) for told in signs]
            helps = [
                _told(row, form.columns(role), passage) if rows_are_causes else []
                for role in ("check", "remedy")
            ]
            self._faults.write(made, causes, *helps)

    def _write_data(self, form: TableForm, passages: Sequence[int]) -> None:
        """Parameters with their values; several columns of values are told apart by their heads."""
        names, values = form.columns("parameter", "name", "component"), form.columns("value")
        lows, highs = form.columns("minimum"), form.columns("maximum")
        units = form.columns("unit")
        for row, passage in zip(form.rows, passages, strict=True):
            name = next((p for c in names if (p := row.whole(c)) is not None), None)
            if name is None:
                continue

            def text(columns: Sequence[int], row: Row = row) -> str:
                cells = [row.cells[c].text for c in columns if c in row.cells]
                return cells[0].strip() if cells else ""

            unit = text(units)
            if values and self._data.state(name, text(values), unit, passage, name.end):
                continue
            self._data.state_limits(name, text(lows), text(highs), unit, passage)

    def _sign_above(self, text: str, passage: int) -> tuple[Thing, Told]:
        told = Told(Piece("", name_of(_without_number(text)), -1, -1), passage)
        return self._faults.sign(told, "symptom"), told

    def _write_records(self, form: TableForm, passages: Sequence[int]) -> None:
        """Records that run down: every column but the first is one fault."""
        width = max((len(row.cells) for row in form.rows), default=0)
        for column in range(1, width):
            signs: list[tuple[Thing, Told]] = []
            told: dict[str, list[Told]] = {"cause": [], "check": [], "remedy": []}

            def close(signs: list[tuple[Thing, Told]], told: dict[str, list[Told]]) -> None:
                self._faults.write(signs, told["cause"], told["check"], told["remedy"])

            for row, passage in zip(form.rows, passages, strict=True):
                role = row.group
                pieces = [Told(piece, passage) for piece in row.pieces(column)]
                if role in ("symptom", "mode", "alarm"):
                    if signs and (told["cause"] or told["remedy"]):
                        close(signs, told)
                        signs, told = [], {"cause": [], "check": [], "remedy": []}
                    signs += [(self._faults.sign(each, role), each) for each in pieces]
                elif role in told:
                    told[role] += pieces
            close(signs, told)

    # -- parts -------------------------------------------------------------------------------

    def _write_parts(self, form: TableForm, passages: Sequence[int], around: Around) -> None:
        whole = _assembly(around)
        numbers, names = form.columns("part-number"), form.columns("name", "component")
        quantities, positions = form.columns("quantity"), form.columns("position")
        for row, passage in zip(form.rows, passages, strict=True):
            if row.group and not row.cells:
                whole = name_of(_PARTS_OF.sub("", _FIGURE.sub("", row.group))) or whole
                continue
            number = next((p for c in numbers if (p := row.whole(c)) is not None), None)
            called = (p for c in names if (p := row.whole(c)) is not None)
            name = next((p for p in called if any(map(str.isalpha, p.name))), None)  # no position
            if number is None or not is_code(number.name):
                continue
            part = self._scribe.thing(
                "SparePart", name.name if name is not None else number.name, passage,
                number.start, number.end, code=number.name,
            )  # fmt: skip
            props: dict[str, str | float] = {}
            quantity = next((p for c in quantities if (p := row.whole(c)) is not None), None)
            match = _INTEGER.match(quantity.name) if quantity is not None else None
            if match:
                props["quantity"] = float(match[1])
            position = next((p for c in positions if (p := row.whole(c)) is not None), None)
            if position is not None:
                props["position"] = position.name
            group = name_of(row.group) if row.group else whole
            if group:
                target = self._scribe.thing("Component", group, passage)
                self._scribe.say(part, "fits", target, FITS, props=props or None)
                if self._subject.key is not None:
                    self._scribe.say(self._subject.key, "hasComponent", target, ABOUT, passage)
            if self._subject.key is not None and not group:
                self._scribe.say(part, "fits", self._subject.key, FITS, props=props or None)

    # -- procedures --------------------------------------------------------------------------

    def _write_steps(self, form: TableForm, passages: Sequence[int]) -> None:
        """A procedure, a step a row, with its tools, torques and cautions."""
        tasks = form.columns("task") or form.columns("remedy") or form.columns("name")
        for row, passage in zip(form.rows, passages, strict=True):
            task = next((p for c in tasks if (p := row.whole(c)) is not None), None)
            if task is None:
                continue
            others = [cell.text for c, cell in row.cells.items() if c not in tasks]
            self._procedures.row(task, row.text[task.start : task.end], passage, "\n".join(others))
            for column in form.columns("tool"):
                for piece in row.pieces(column):
                    tools = split_pieces(row.text, piece.start, piece.end)
                    self._procedures.needs("tool", tools, passage)
            for told in _told(row, form.columns("caution"), passage):
                self._procedures.caution(told.piece, passage)
        self._procedures.close()

    # -- maintenance plans -------------------------------------------------------------------

    def _write_plan(self, form: TableForm, passages: Sequence[int], around: Around) -> None:
        tasks = form.columns("task", "check", "remedy")
        components = form.columns("component", "name", "position")
        components = [c for c in components if form.roles[c] != "position"]
        is_lubrication = not tasks and any(_LUBRICATED.search(form.headers[c]) for c in components)
        if not tasks:
            tasks, components = components[-1:], components[:-1]
        checks = {c for c in tasks if _INSPECTED.search(form.headers[c])}
        last_component: Piece | None = None
        for row, passage in zip(form.rows, passages, strict=True):
            if row.group and not row.cells:
                continue
            interval: dict[str, float] = {}
            for column in form.columns("interval"):
                interval |= read_interval(row.cells[column].text) if column in row.cells else {}
            if not interval and row.group:
                interval = read_interval(row.group)
            for column, each in form.intervals.items():
                if column in row.cells and row.cells[column].paragraphs:
                    interval = interval or dict(each)
            component = next((p for c in components if (p := row.whole(c)) is not None), None)
            if component is None and components and last_component is not None:
                component = last_component._replace(start=-1, end=-1)
            last_component = component
            for column in tasks:
                for piece in row.pieces(column):
                    verb = "lubricate" if is_lubrication else "check" if column in checks else ""
                    self._write_task(piece, component, interval, passage, verb)

    def _write_task(
        self, piece: Piece, component: Piece | None, interval: Props, passage: int, verb: str
    ) -> None:
        """`verb` is what the column says is done where the task itself names only a thing."""
        name = piece.name
        if component is not None and component.name.casefold() not in name.casefold():
            lowered = name[:1].lower() + name[1:] if name[1:2].islower() else name
            name = f"{component.name}：{name}" if has_han(name) else f"{component.name}: {lowered}"
        # Short names of what is inspected may begin as a verb does (张紧度).
        is_done = begins_with_verb(piece.name) and verb != "lubricate"
        is_done = is_done and (verb != "check" or len(piece.name) > _NOUN)
        is_check = begins_with_verb(piece.name, check=True) or (verb == "check" and not is_done)
        if verb and not is_done and not begins_with_verb(piece.name, check=True):
            lowered = name[:1].lower() + name[1:] if name[1:2].islower() else name
            name = f"{_VERBS[verb]}{name}" if has_han(name) else f"{verb} {lowered}"
        cls = "Check" if is_check else "MaintenanceActivity"
        task = self._scribe.thing(cls, name, passage, piece.start, piece.end)
        props = dict(interval) or None
        if self._subject.key is not None:
            self._scribe.say(task, "appliesTo", self._subject.key, PLANNED, props=props)
        if component is not None:
            target = self._scribe.thing(
                "Component", component.name, passage, component.start, component.end
            )
            if self._subject.key is None:
                self._scribe.say(task, "appliesTo", target, PLANNED, props=props)

    # -- torques -----------------------------------------------------------------------------

    def _write_torques(self, form: TableForm, passages: Sequence[int], around: Around) -> None:
        columns = form.columns("torque")
        labels = form.columns("component", "name", "task", "size")
        for row, passage in zip(form.rows, passages, strict=True):
            for column in columns:
                cell = row.whole(column)
                header = form.headers[column] if column < len(form.headers) else ""
                torque = read_torque(row.cells[column].text, header) if cell is not None else {}
                if not torque or cell is None:
                    continue
                texts = [p.name for c in labels if (p := row.whole(c)) is not None]
                label = " ".join(texts)
                if not label:
                    continue
                is_han = has_han(label) or around.language == "zh"
                name = f"拧紧力矩：{label}" if is_han else f"tightening torque: {label}"
                parameter = self._scribe.thing("Parameter", name, passage, cell.start, cell.end)
                props: dict[str, str | float] = {
                    "setValue": torque["torqueNm"], "unitOfMeasure": "N.m",
                }  # fmt: skip
                props |= {k: v for k, v in torque.items() if k != "torqueNm"}
                owner: Thing | str | None = self._subject.key
                if owner is None:
                    first = next((p for c in labels if (p := row.whole(c)) is not None), None)
                    owner = self._scribe.thing("Component", first.name, passage) if first else None
                if owner is not None:
                    self._scribe.say(owner, "hasParameter", parameter, TORQUE, props=props)


def _told(row: Row, columns: Sequence[int], passage: int) -> list[Told]:
    return [Told(piece, passage) for column in columns for piece in row.pieces(column)]


def _assembly(around: Around) -> str:
    """The assembly whose parts a table lists: from the caption, else the heading."""
    for text in (around.caption, around.heading):
        name = name_of(_PARTS_OF.sub("", _FIGURE.sub("", _without_number(text)).strip()))
        if name and not section_role(name) and len(name) <= 60:
            return name
    return ""


def _without_number(text: str) -> str:
    from extraction.documents.lines import shape_of

    shape = shape_of(text)
    return text[shape.start :] if shape.kind in ("section", "item", "bullet") else text
