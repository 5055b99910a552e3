"""What headings, column headers and labels mean, by the words in `data/documents/roles.csv`."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

BOTH = "cause-remedy"  # a column that tells causes and what helps in one cell
FAULT_ROLES = frozenset({"symptom", "mode", "alarm", "meaning", "cause", "check", "remedy", BOTH})
_COLUMN_ROLES = FAULT_ROLES | {
    "part-number", "name", "quantity", "position", "component", "task", "interval", "torque",
    "size", "tool", "step", "caution", "parameter", "value", "unit", "minimum", "maximum",
}  # fmt: skip
_SIDE_ROLES = frozenset({"symptom", "mode", "alarm", "cause"})
_LABEL_ROLES = FAULT_ROLES - {"alarm", "meaning"} | {"tool", "part", "asset", "model"}
_SECTION_ROLES = frozenset(
    {"troubleshooting", "parts", "maintenance", "procedures", "safety", "contents", "data"}
)
_NOTICES = frozenset({"notice-danger", "notice-warning", "notice-caution", "notice-notice"})
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_BRACKETS = re.compile(r"[(（\[【][^)）\]】]*[)）\]】]")
_EDGE = re.compile(r"^[\s\W_]+|[\s:：*。.,，;；!！?？_–—-]+$")
_NUMBER = re.compile(r"^(?:\d+(?:\.\d+)*[.、)]?|[一二三四五六七八九十]+[、.]|第.{1,3}[章节])\s*")
_JOINED = re.compile(r"\s*[/／&+–—→、与和及]+\s*|\s+(?:and|-)\s+")
_NUMBER_OF = re.compile(r"\s*(?:\bnos?\b\.?|\bnumbers?\b|#|编号|序号|代号|号)\s*$", re.IGNORECASE)
_PARTING = re.compile(r"\s+(?:of|for|if|when|in case of|to|by|the|your|a|an|on)\s+")
_LABELLED = re.compile(
    r"^\s*[【\[〖]?\s*(?P<label>[^:：\n【】\[\]]{1,40}?)\s*(?:[】\]〗]\s*[:：]?|[:：])\s*",
    re.DOTALL,
)
_SIGNAL = re.compile(
    r"^\s*[⚠☠❗]?\s*(?P<word>[A-Za-z]+|[\u4e00-\u9fff]{2,4})\s*(?:[!！:：.]+|$|\s)"
)
_UNIT_BEHIND = re.compile(r"[\s/]*[a-z0-9·.%°℃²³/]+$")
_LONGEST_HEADER = 48


class Label(NamedTuple):
    """A label at the beginning of a text, and where the rest begins."""

    role: str
    end: int


@lru_cache(maxsize=1)
def words_by_role() -> Mapping[str, frozenset[str]]:
    """The shipped words, folded, by role."""
    text = (files("data") / "documents" / "roles.csv").read_text("utf-8")
    found: dict[str, set[str]] = {}
    for row in csv.DictReader(io.StringIO(text)):
        found.setdefault(row["role"], set()).add(_fold(row["word"]))
    return {role: frozenset(words) for role, words in found.items()}


@lru_cache(maxsize=8)
def _index(roles: frozenset[str]) -> dict[str, list[str]]:
    """Roles by word, of those given."""
    found: dict[str, list[str]] = {}
    for role, words in words_by_role().items():
        if role in roles:
            for word in words:
                found.setdefault(word, []).append(role)
    return found


def _fold(text: str) -> str:
    folded = _BRACKETS.sub(" ", unicodedata.normalize("NFKC", text).casefold())
    folded = _EDGE.sub("", folded)
    folded = re.sub(r"\s+", "" if _HAN.search(folded) else " ", folded)
    return folded.replace("(s)", "s")


@lru_cache(maxsize=20_000)
def _roles_of(text: str, roles: frozenset[str], *, exact: bool) -> tuple[str, ...]:
    """Roles that `text` may mean, by its whole, else (not `exact`) by its last known words."""
    folded = _fold(_NUMBER.sub("", text.strip()))
    if not folded:
        return ()
    index = _index(roles)
    if folded in index:
        return tuple(index[folded])
    if exact:
        return ()
    if _HAN.search(folded):
        without_unit = _UNIT_BEHIND.sub("", folded)
        if without_unit != folded and without_unit in index:
            return tuple(index[without_unit])
        # The head of a Chinese compound stands last: 故障原因 tells of causes.
        for start in range(len(folded)):
            if len(folded) - start >= 2 and folded[start:] in index:
                return tuple(index[folded[start:]])
        for part in re.split(r"[/／、,，及和与或]", folded):
            if part != folded and (found := _roles_of(part, roles, exact=False)):
                return found
        return ()
    for part in re.split(r"\s*/\s*|\s*,\s*|\s+(?:and|or)\s+|\s*&\s*", folded):
        if part != folded and (found := _roles_of(part, roles, exact=False)):
            return found
    head = _PARTING.split(folded)[0]
    words = head.split(" ")
    for start in range(len(words)):
        if (rest := " ".join(words[start:])) in index:
            return tuple(index[rest])
    return ()


def header_roles(headers: Sequence[str]) -> dict[int, str]:
    """The role of each column by its header; columns without one are left out.

    Where a word has several meanings, the other columns tell which.
    """
    options: dict[int, tuple[str, ...]] = {}
    for column, header in enumerate(headers):
        if header and len(header) <= _LONGEST_HEADER:
            text = header.replace("\n", " ")
            roles = _roles_of(text, _COLUMN_ROLES, exact=False)
            options[column] = (BOTH,) if _tells_both(text) else _numbered_causes(text) or roles
    sure = {o[0] for o in options.values() if len(o) == 1}
    about_faults = bool(sure & {"cause", "remedy", BOTH}) or {"symptom", "check"} <= sure
    about_alarms = "alarm" in sure
    about_parts = "part-number" in sure or ("quantity" in sure and not about_faults)
    about_plans = "interval" in sure
    about_torques = "torque" in sure
    about_data = bool(sure & {"value", "minimum", "maximum"}) and not about_parts
    found: dict[int, str] = {}
    for column, roles in options.items():
        role = _prefer(
            roles,
            about_faults=about_faults or about_alarms,
            about_parts=about_parts,
            about_plans=about_plans,
            about_torques=about_torques,
        )
        if role == "name" and about_alarms and "meaning" not in sure:
            role = "meaning"
        if role == "name" and (about_plans or about_torques) and not about_parts:
            role = "component"
        if (
            about_data
            and role in ("name", "task", "component")
            and not (about_plans or about_torques or about_faults)
        ):
            role = "parameter"
        if role and role not in found.values():
            found[column] = role
        elif role in ("cause", "remedy", "check"):
            found[column] = role  # "cause 1", "cause 2"
        elif role == "symptom" and "cause" not in sure and "remedy" in sure:
            found |= _sign_and_fault(headers, found, column)
    return found


def _sign_and_fault(
    headers: Sequence[str], found: Mapping[int, str], column: int
) -> dict[int, str]:
    """Of two columns of signs beside remedies one tells why: `Condition | Fault | Remedy`.

    That is the one with the general word for a fault, else the second.
    """
    first = next(c for c, role in found.items() if role == "symptom")
    general = words_by_role()["fault"]
    if _fold(headers[first]) in general and _fold(headers[column]) not in general:
        return {first: "cause", column: "symptom"}
    return {column: "cause"}


def _numbered_causes(header: str) -> tuple[str, ...]:
    """The role of a column that gives the numbers of causes (`Cause no.`, 原因编号)."""
    text = _BRACKETS.sub(" ", header).strip()
    of = _NUMBER_OF.sub("", text)
    if of == text or not of:
        return ()
    return tuple(r for r in _roles_of(of, _COLUMN_ROLES, exact=False) if r == "cause")


def _tells_both(header: str) -> bool:
    """Whether a header names causes and remedies together (`Cause – remedy`, 原因及处理方法)."""
    parts = [part for part in _JOINED.split(header) if part.strip()]
    if len(parts) < 2:
        return False
    roles = [set(_roles_of(part, _COLUMN_ROLES, exact=False)) for part in parts]
    return (
        any("cause" in of for of in roles)
        and any("remedy" in of for of in roles)
        and not any("symptom" in of for of in roles)
    )


def fault_role(text: str) -> str:
    """What a heading says of a side of a table of faults: `symptom`, `mode`, `alarm`, `cause`."""
    if not text.strip() or len(text) > _LONGEST_HEADER:
        return ""
    roles = _roles_of(text.replace("\n", " "), _SIDE_ROLES, exact=False)
    return roles[0] if roles else ""


def _prefer(
    roles: Sequence[str],
    *,
    about_faults: bool,
    about_parts: bool,
    about_plans: bool,
    about_torques: bool,
) -> str:
    if len(roles) < 2:
        return roles[0] if roles else ""
    order: list[str] = []
    if about_plans:
        order += ["interval", "task", "component"]
    if about_torques:
        order += ["torque", "component", "size"]
    if about_parts:
        order += ["part-number", "name", "quantity", "position"]
    if about_faults:
        order += ["alarm", "symptom", "cause", "check", "remedy", "meaning"]
    return next((role for role in order if role in roles), roles[0])


def label_of(text: str) -> Label | None:
    """The label that `text` begins with (`Cause: …`, 【原因】…), or is as a whole."""
    match = _LABELLED.match(text)
    if match:
        roles = _roles_of(match["label"], _LABEL_ROLES, exact=True)
        if not roles and len(match["label"]) <= 24:
            roles = _roles_of(match["label"], _LABEL_ROLES, exact=False)
            roles = () if len(match["label"].split()) > 4 else roles
        if roles:
            return Label(roles[0], match.end())
        return None
    if len(text) <= 40:
        roles = _roles_of(text, _LABEL_ROLES, exact=True)
        if roles:
            return Label(roles[0], len(text))
    return None


def is_labelled(text: str) -> bool:
    """Whether a text begins with a known word for a cause, a check or the like, and a colon."""
    match = _LABELLED.match(text)
    return match is not None and bool(
        set(_roles_of(match["label"], _LABEL_ROLES, exact=True)) & FAULT_ROLES
    )


def label_role(text: str) -> str:
    """The role of a heading that is a label (`Possible causes`), "" where it is none."""
    if len(text) > _LONGEST_HEADER:
        return ""
    roles = _roles_of(text, _LABEL_ROLES, exact=True)
    return roles[0] if roles else ""


def is_neutral(text: str) -> bool:
    """Whether a heading only says what kind of text follows (`Summary`, 报告)."""
    return bool(_roles_of(text, frozenset({"neutral"}), exact=False))


def section_role(text: str) -> str:
    """What a section is for by its heading: `troubleshooting`, `parts`, …, "" where unknown."""
    if len(text) > 60:
        return ""
    roles = _roles_of(text, _SECTION_ROLES, exact=False)
    return roles[0] if roles else ""


def signal_of(text: str) -> Label | None:
    """The signal word that a safety notice begins with; its role is the level."""
    match = _SIGNAL.match(text)
    if match is None:
        return None
    word = match["word"]
    if word.isascii() and not (word.isupper() or text[match.end("word") : match.end()].strip()):
        return None  # "Warning lamps are red": a sentence, no signal word
    if (
        not word.isascii()
        and text[match.end("word") :].strip()
        and not (text[match.end("word") : match.end()].strip())
    ):
        return None
    roles = _roles_of(word, _NOTICES, exact=True)
    return Label(roles[0].removeprefix("notice-"), match.end()) if roles else None


@lru_cache(maxsize=1)
def _verbs() -> tuple[frozenset[str], frozenset[str]]:
    words = words_by_role()
    return words["verb"] | words["check-verb"], words["check-verb"]


def begins_with_verb(text: str, *, check: bool = False) -> bool:
    """Whether a text begins as an instruction does; with `check`, as one to look or measure."""
    verbs = _verbs()[1 if check else 0]
    folded = unicodedata.normalize("NFKC", text).casefold().strip()
    if folded and _HAN.match(folded):
        return any(folded[:length] in verbs for length in (4, 3, 2, 1))
    words = re.findall(r"[a-z][a-z-]*", folded)[:4]
    while words and words[0] in ("carefully", "then", "now", "first", "always", "next", "slowly"):
        words = words[1:]
    return bool(words) and (words[0] in verbs or " ".join(words[:2]) in verbs)
