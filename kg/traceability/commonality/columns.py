"""What the columns of a plain table are: factors, times, parameters, identifiers, or outcomes.

The guess is told with its reason, and can be overruled. Two mistakes would be grave: to take for a
cause what only says the defect again, and to blame those who found it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from kg.narration import Phrase
from kg.traceability.commonality.cohort import Mask
from kg.traceability.commonality.results import LeftOut

ColumnRole = Literal["factor", "parameter", "time", "inspection", "left out"]

_FLAGS = frozenset({"0", "1", "0.0", "1.0", "y", "n", "yes", "no", "true", "false", "是", "否"})
_OUTCOME = re.compile(
    r"\b(fail(s|ed|ure|ures)?|defects?|defective|reject(s|ed|ion|ions)?|scrap(ped)?|rework(ed)?|"
    r"ng|nok|mrb|nonconform\w*|result|verdict|judg(e)?ment|outcome|pass(ed)?|pass fail|status|"
    r"disposition|anomaly|faults?|faulty|complaints?|rul|remaining useful life|"
    r"(qty|quantity|pieces) (good|completed|ok)|(good|completed|ok) (qty|quantity|pieces)|"
    r"yield(?! (strength|point|stress)))\b"
    r"|不良|缺陷|不合格|报废|返工|返修|判定|检验结果|处置|合格|故障|失效",
    re.IGNORECASE,
)
_OUTCOME_WHOLE = frozenset({"target", "label", "y", "class", "response"})
_INSPECTION = re.compile(
    r"\b(inspect\w*|inspector|testers?|gau?ges?|q\.? ?[ca]\.?|quality (check|control|inspection)|"
    r"test (bench|stand|rig|station)|final test|checked|audit(or)?)\b"
    r"|检验|检查|质检|量具|检具|试验台|巡检|终检",
    re.IGNORECASE,
)  # fmt: skip
_FACETS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("measurement", _INSPECTION),
    ("man", re.compile(
        r"\b(operators?|workers?|employees?|persons?|staff|crew|team|welder|technician|resource id)"
        r"\b|员工|操作工|工号|人员|班组|作业员|姓名", re.I)),
    ("environment", re.compile(
        r"\b(ambient|humidity|air|weather|room|shift|season|weekday|environment|dew)\b|环境|湿度|室温|班次",
        re.I)),
    ("material", re.compile(
        r"\b(lots?|batch(es)?|supplier|vendor|material|coil|heat|charge|part|product|item|type|grade|"
        r"alloy|variant|model|article)\b|批|供应商|物料|材料|产品|型号|牌号|炉号", re.I)),
    ("machine", re.compile(
        r"\b(machines?|assets?|equipment|lines?|stations?|tools?|moulds?|molds?|cavit(y|ies)|fixtures?|"
        r"furnace|press|spindle|nozzle|robots?|cell|resource|work cent(er|re)|chamber|die)\b"
        r"|设备|机台|机床|产线|工位|工装|模具|模穴|夹具|炉|刀具", re.I)),
    ("method", re.compile(
        r"\b(operation|step|activity|process|recipe|program|route|procedure|setting|set ?point|"
        r"mode)\b|工序|配方|程序|工艺|参数", re.I)),
)  # fmt: skip
_STEP = re.compile(r"\b(operation|activity|process step|step|task)\b|工序|工步|作业", re.I)
_PRODUCT = re.compile(
    r"\b(product|part( desc| description| name| number)?|item|model|variant|article|type)\b"
    r"|产品|型号|品号|零件", re.I,
)  # fmt: skip
_FEW_VALUES = 12
_LONG_TEXT = 48


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column as text, with its numbers (NaN where none) or times (ms; -1 where none).

    An empty text is a missing value.
    """

    name: str
    texts: tuple[str, ...]
    numbers: NDArray[np.float64] | None = None
    times: NDArray[np.int64] | None = None


@dataclass(frozen=True, slots=True)
class Guessed:
    """What a column is taken for."""

    column: TableColumn
    role: ColumnRole
    facet: str
    left_out: LeftOut | None = None


def words_of(header: str) -> str:
    """`qtyRejected`, `qty_rejected` and `Qty. rejected` as `qty rejected`."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header)
    return " ".join(re.sub(r"[_\-./()\[\]#:]+", " ", spaced).split())


def facet_of_header(header: str) -> str:
    """The 5M1E facet that a header speaks of; method where it does not say."""
    text = words_of(header)
    return next((facet for facet, pattern in _FACETS if pattern.search(text)), "method")


def is_inspection_text(text: str) -> bool:
    """Whether the name of a step or column says that something is looked at, not made."""
    return _INSPECTION.search(words_of(text)) is not None or "q.c" in text.casefold()


def find_step(columns: Sequence[TableColumn]) -> TableColumn | None:
    """The column that names the step of each row, where rows are reports on steps."""
    able = [c for c in columns if _STEP.search(words_of(c.name)) and c.times is None]
    able = [c for c in able if 2 <= len(set(c.texts) - {""}) <= max(2, len(c.texts) // 3)]
    return min(able, key=lambda c: (_STEP.search(words_of(c.name)) is None, len(words_of(c.name))),
               default=None)  # fmt: skip


def find_product(columns: Sequence[TableColumn]) -> TableColumn | None:
    """The column that names the product of each row."""
    able = [c for c in columns if _PRODUCT.search(words_of(c.name))
            and c.times is None and (c.numbers is None or _distinct(c) <= _FEW_VALUES)]  # fmt: skip
    able = [c for c in able if 2 <= _distinct(c) <= max(2, len(c.texts) // 5)]
    return able[0] if able else None


def guess_columns(
    columns: Sequence[TableColumn],
    bad: Mask,
    *,
    asked: Collection[str],
    unit: str | None,
    kept: Collection[str] = (),
    dropped: Mapping[str, str] | None = None,
) -> list[Guessed]:
    """The role of every column. `bad` says of each row whether its unit is bad; shape: (rows,).

    `asked` are the columns that say what is bad; `kept` are factors whatever they look like;
    `dropped` are left out, each with its reason (`outcome` or `ignored`).
    """
    siblings = _flag_siblings(columns, asked, bad)
    dropped = dropped or {}
    found: list[Guessed] = []
    for column in columns:
        facet = facet_of_header(column.name)
        if column.name in asked:
            found.append(_out(column, facet, "asked", "says which are bad", "说明哪些不良"))
        elif column.name == unit:
            found.append(_out(column, facet, "identifier", "names the unit", "是产品标识"))
        elif column.name in kept:
            role: ColumnRole = "parameter" if _is_parameter(column) else "factor"
            found.append(Guessed(column, role, facet))
        elif column.name in dropped:
            found.append(
                _out(column, facet, dropped[column.name], "was left out as asked", "按要求不予考虑")
            )
        else:
            found.append(_guess(column, facet, bad, siblings))
    return found


def _guess(column: TableColumn, facet: str, bad: Mask, siblings: Collection[str]) -> Guessed:
    filled = [t for t in column.texts if t]
    distinct = len(set(filled))
    if not filled:
        return _out(column, facet, "empty", "is empty", "为空")
    if column.times is not None:
        return Guessed(column, "time", "environment")
    words = words_of(column.name)
    if _OUTCOME.search(words) or words.casefold() in _OUTCOME_WHOLE:
        return _out(column, facet, "outcome", "is by its name a result, not a cause",
                    "按名称是结果而非原因")  # fmt: skip
    if column.name in siblings:
        return _out(column, facet, "outcome",
                    "is a rare yes or no beside the one asked for, so another kind of defect",
                    "与所问列并列的少见是非标志，视为另一种缺陷")  # fmt: skip
    if _restates(column, bad):
        return _out(column, facet, "leak", "only says again which ones are bad",
                    "只是重复说明哪些不良")  # fmt: skip
    if distinct < 2 and len(filled) == len(column.texts):
        return _out(column, facet, "constant", "has the same value everywhere", "处处相同")
    if _is_identifier(column, filled, distinct):
        return _out(column, facet, "identifier", "numbers the rows or units", "是行号或编号")
    if _is_parameter(column):
        return Guessed(column, "inspection" if facet == "measurement" else "parameter", facet)
    long = sum(map(len, filled)) / len(filled) > _LONG_TEXT
    if long and distinct > len(filled) / 3:
        return _out(column, facet, "text", "is free text", "为自由文本")
    return Guessed(column, "inspection" if is_inspection_text(column.name) else "factor", facet)


def _out(column: TableColumn, facet: str, reason: str, en: str, zh: str) -> Guessed:
    sentence = Phrase(f"{column.name} {en}.", f"{column.name} {zh}。")
    return Guessed(column, "left out", facet, LeftOut(column.name, reason, sentence))


def _distinct(column: TableColumn) -> int:
    return len(set(column.texts) - {""})


def _is_parameter(column: TableColumn) -> bool:
    if column.numbers is None:
        return False
    known = column.numbers[np.isfinite(column.numbers)]
    distinct = len(np.unique(known))
    is_whole = bool((known == np.round(known)).all())
    return distinct > _FEW_VALUES or (not is_whole and distinct > 6)


def _is_identifier(column: TableColumn, filled: Sequence[str], distinct: int) -> bool:
    if distinct < 20 or distinct < 0.95 * len(filled):
        return False
    if column.numbers is None:
        return sum(map(len, filled)) / len(filled) <= _LONG_TEXT
    known = column.numbers[np.isfinite(column.numbers)]
    steps = np.diff(known)
    is_whole = bool((known == np.round(known)).all())
    return is_whole and bool((steps > 0).all() or (steps < 0).all())


def is_flag(column: TableColumn) -> bool:
    """Whether a column says yes or no."""
    values = {t.casefold() for t in column.texts if t}
    return 1 <= len(values) <= 2 and values <= _FLAGS


def _flag_siblings(columns: Sequence[TableColumn], asked: Collection[str], bad: Mask) -> set[str]:
    """Rare yes-or-no columns in one run with the asked one: other kinds of defects.

    A group that says one thing per row by several columns (machine_1, machine_2 …) is none.
    """
    at = [i for i, c in enumerate(columns) if c.name in asked and is_flag(c)]
    found: set[str] = set()
    for index in at:
        for step in (-1, 1):
            i = index + step
            while 0 <= i < len(columns) and is_flag(columns[i]):
                column = columns[i]
                yes = np.array([t.casefold() in ("1", "1.0", "y", "yes", "true", "是")
                                for t in column.texts])  # fmt: skip
                covers = bool(bad.any()) and bool(yes[bad].all()) and yes.mean() < 0.5
                if yes.mean() < 0.05 or covers:
                    found.add(column.name)
                i += step
    groups = Counter(re.split(r"[_\s]", name)[0] for name in found if re.search(r"[_\s]", name))
    return {n for n in found if groups[re.split(r"[_\s]", n)[0]] < 3}


def _restates(column: TableColumn, bad: Mask) -> bool:
    """Filled only for the bad ones, one word for all good ones, or the same yes and no."""
    bads, goods = int(bad.sum()), int((~bad).sum())
    if bads < 3 or goods < 3 or _is_parameter(column):
        return False
    filled = np.array([bool(t) for t in column.texts])
    if filled[bad].mean() >= 0.9 and filled[~bad].mean() <= 0.02:
        return True
    counts_good = Counter(t for t, b in zip(column.texts, bad, strict=True) if t and not b)
    counts_bad = Counter(t for t, b in zip(column.texts, bad, strict=True) if t and b)
    if not counts_good or not counts_bad:
        return False
    usual, often = counts_good.most_common(1)[0]
    others = len(counts_bad.keys() - {usual})
    if often >= 0.98 * goods and counts_bad[usual] <= 0.02 * bads:
        return others >= 2 or (is_flag(column) and bads >= 5)
    return False
