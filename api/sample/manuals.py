"""Made-up manuals of many layouts, with the statements that they make, from one seed.

Their content is the shipped failure knowledge; layout, wording of headers, order of columns,
language and format are drawn. The benchmark of documents reads them and counts.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from pathlib import Path

from ontology.schema import Concept, Schema

Triple = tuple[str, str, str]
# Words for the parts of a fault, as manuals have them; not taken from the list that reads them.
_HEADERS = {
    "en": {
        "symptom": ("Symptom", "Fault", "Problem", "Trouble", "What you notice", "Malfunction"),
        "cause": ("Cause", "Possible causes", "Probable reason", "Potential cause", "Why"),
        "check": ("Check", "How to check", "Inspection", "Test"),
        "remedy": ("Remedy", "Corrective action", "What to do", "Solution", "Rectification"),
    },
    "zh": {
        "symptom": ("故障现象", "异常情况", "现象", "故障表现", "问题"),
        "cause": ("原因", "可能原因", "产生原因", "故障成因", "原因分析"),
        "check": ("检查方法", "判断方法", "检查"),
        "remedy": ("处理方法", "排除方法", "对策", "解决办法", "处置"),
    },
}
_TITLES = {
    "en": ("{} - operating and maintenance manual", "Service handbook: {}", "{}, user guide"),
    "zh": ("{}使用维护说明书", "{}维修手册", "{}操作与保养手册"),
}
_SECTIONS = {
    "en": ("Troubleshooting", "Fault finding", "7 Malfunctions", "Faults and remedies"),
    "zh": ("故障排除", "第七章 常见故障", "七、故障诊断", "常见故障及处理"),
}
_FILLER = {
    "en": "Read this chapter before any work begins, and keep it at hand. Only instructed people "
    "may work here.",
    "zh": "操作前请仔细阅读本章并妥善保管。未经培训的人员不得操作。",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """A sign with its causes, each with what helps to tell it and to put it right."""

    sign: Concept
    causes: tuple[tuple[Concept, Concept | None, Concept], ...]


@dataclass(frozen=True, slots=True)
class MadeManual:
    """A manual that was written: its file, its subject and what it says."""

    path: Path
    layout: str
    about: str
    triples: frozenset[Triple]


def write_manuals(folder: Path, schema: Schema, seed: int, count: int) -> list[MadeManual]:
    """Write `count` manuals into `folder`. Equal seeds make equal manuals."""
    chance = random.Random(seed)
    rows = _knowledge(schema)
    classes = sorted({row[0].key for row in rows})
    made = []
    layouts = sorted(_LAYOUTS)
    for number in range(count):
        layout = layouts[number % len(layouts)]
        about = schema.concepts[chance.choice(classes)]
        faults = _faults([row for row in rows if row[0] is about], chance)
        language = chance.choice(("en", "zh"))
        suffix, write = _LAYOUTS[layout]
        path = folder / f"manual-{number:03d}{suffix}"
        has_checks = write(path, about, faults, language, chance)
        made.append(MadeManual(path, layout, about.key, _triples(faults, checks=has_checks)))
    return made


def _knowledge(
    schema: Schema,
) -> list[tuple[Concept, Concept, Concept, Concept | None, Concept]]:
    """Rows of the shipped knowledge as concepts: class, symptom, cause, check, remedy."""
    by_name: dict[tuple[str, str], Concept] = {}
    for concept in schema.concepts.values():
        kind = concept.key.partition(":")[0]
        by_name.setdefault((kind, concept.words.label.get("en", "").casefold()), concept)
    text = (files("data") / "library" / "knowledge.csv").read_text("utf-8")
    found = []
    for row in csv.DictReader(io.StringIO(text)):
        symptom = by_name.get(("symptom", row["symptom"].split(";")[0].strip().casefold()))
        cause = by_name.get(("cause", row["cause"].strip().casefold()))
        check = by_name.get(("check", row["check"].split(";")[0].strip().casefold()))
        remedy = by_name.get(("remedy", row["remedy"].split(";")[0].strip().casefold()))
        if symptom is None or cause is None or remedy is None:
            continue
        for name in row["asset class"].split(";"):
            about = by_name.get(("class", name.strip().casefold()))
            if about is not None:
                found.append((about, symptom, cause, check, remedy))
    return found


def _faults(
    rows: Sequence[tuple[Concept, Concept, Concept, Concept | None, Concept]],
    chance: random.Random,
) -> list[Fault]:
    by_sign: dict[str, dict[str, tuple[Concept, Concept | None, Concept]]] = {}
    signs: dict[str, Concept] = {}
    for _, sign, cause, check, remedy in rows:
        signs[sign.key] = sign
        by_sign.setdefault(sign.key, {}).setdefault(cause.key, (cause, check, remedy))
    keys = sorted(by_sign)
    chance.shuffle(keys)
    return [Fault(signs[key], tuple(by_sign[key].values())[:4]) for key in keys[:8]]


def _triples(faults: Sequence[Fault], *, checks: bool) -> frozenset[Triple]:
    found: set[Triple] = set()
    for fault in faults:
        for cause, check, remedy in fault.causes:
            found.add((fault.sign.key, "indicates", cause.key))
            found.add((cause.key, "remediedBy", remedy.key))
            if checks and check is not None:
                found.add((cause.key, "detectedBy", check.key))
    return frozenset(found)


# -- layouts: each writes a file and tells whether it told the checks ---------------------------


def _said(concept: Concept | None, language: str) -> str:
    if concept is None:
        return ""
    text = concept.words.in_language(language)
    return text[:1].upper() + text[1:]


def _head(about: Concept, language: str, chance: random.Random) -> tuple[str, str, str]:
    title = chance.choice(_TITLES[language]).format(_said(about, language))
    return title, chance.choice(_SECTIONS[language]), _FILLER[language]


def _table(
    faults: Sequence[Fault], language: str, chance: random.Random, *, checks: bool
) -> tuple[list[str], list[list[str]], list[int]]:
    """Headers, rows (a sign only where it begins) and how many rows each sign has."""
    roles = ["symptom", "cause", *(["check"] if checks else []), "remedy"]
    if chance.random() < 0.3:
        roles.reverse()
    headers = [chance.choice(_HEADERS[language][role]) for role in roles]
    rows, spans = [], []
    for fault in faults:
        spans.append(len(fault.causes))
        for number, (cause, check, remedy) in enumerate(fault.causes):
            cells = {
                "symptom": _said(fault.sign, language) if number == 0 else "",
                "cause": _said(cause, language),
                "check": _said(check, language),
                "remedy": _said(remedy, language),
            }
            rows.append([cells[role] for role in roles])
    return headers, rows, spans


def _markdown_table(
    path: Path, about: Concept, faults: Sequence[Fault], language: str, chance: random.Random
) -> bool:
    title, section, filler = _head(about, language, chance)
    headers, rows, _ = _table(faults, language, chance, checks=True)
    lines = [f"# {title}", "", filler, "", f"## {section}", "", "| " + " | ".join(headers) + " |"]
    lines.append("|" + " --- |" * len(headers))
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return True


def _html_spans(
    path: Path, about: Concept, faults: Sequence[Fault], language: str, chance: random.Random
) -> bool:
    title, section, filler = _head(about, language, chance)
    headers, rows, spans = _table(faults, language, chance, checks=False)
    column = 0 if rows and rows[0][0] == _said(faults[0].sign, language) else len(headers) - 1
    body, at = [], 0
    for span in spans:
        for index in range(span):
            cells = [
                f'<td rowspan="{span}">{escape(text)}</td>'
                if c == column
                else f"<td>{escape(text)}</td>"
                for c, text in enumerate(rows[at + index])
                if c != column or index == 0
            ]
            body.append(f"<tr>{''.join(cells)}</tr>")
        at += span
    head = "".join(f"<th>{escape(header)}</th>" for header in headers)
    path.write_text(
        f"<html><head><title>{escape(title)}</title></head><body><h1>{escape(title)}</h1>"
        f"<p>{filler}</p><h2>{escape(section)}</h2><table><tr>{head}</tr>{''.join(body)}</table>"
        "</body></html>",
        encoding="utf-8",
    )
    return False


def _docx_numbered(
    path: Path, about: Concept, faults: Sequence[Fault], language: str, chance: random.Random
) -> bool:
    """One row a fault; causes and remedies numbered in their cells."""
    import docx

    title, section, filler = _head(about, language, chance)
    document = docx.Document()
    document.add_heading(title, 0)
    document.add_paragraph(filler)
    document.add_heading(section, 1)
    words = _HEADERS[language]
    headers = [chance.choice(words[role]) for role in ("symptom", "cause", "remedy")]
    table = document.add_table(rows=1, cols=3)
    mark = chance.choice(("{}. ", "({}) ", "{}、" if language == "zh" else "{}) "))
    joint = chance.choice(("\n", "； " if language == "zh" else "; "))
    for cell, text in zip(table.rows[0].cells, headers, strict=True):
        cell.text = text
    for fault in faults:
        cells = table.add_row().cells
        cells[0].text = _said(fault.sign, language)
        for cell, index in ((cells[1], 0), (cells[2], 2)):
            texts = [_said(cause[index], language) for cause in fault.causes]
            cell.text = (
                joint.join(mark.format(n) + text for n, text in enumerate(texts, 1))
                if len(texts) > 1
                else texts[0]
            )
    document.save(str(path))
    return False


def _text_labels(
    path: Path, about: Concept, faults: Sequence[Fault], language: str, chance: random.Random
) -> bool:
    title, section, filler = _head(about, language, chance)
    words = {role: chance.choice(options) for role, options in _HEADERS[language].items()}
    colon = "：" if language == "zh" else ": "
    lines = [title, "", filler, "", section, ""]
    for fault in faults:
        lines.append(f"{words['symptom']}{colon}{_said(fault.sign, language)}")
        for cause, check, remedy in fault.causes:
            lines.append(f"{words['cause']}{colon}{_said(cause, language)}")
            if check is not None:
                lines.append(f"{words['check']}{colon}{_said(check, language)}")
            lines.append(f"{words['remedy']}{colon}{_said(remedy, language)}")
        lines.append("")
    path.write_text("\n".join(lines), encoding="gb18030" if language == "zh" else "utf-8")
    return True


def _markdown_tree(
    path: Path, about: Concept, faults: Sequence[Fault], language: str, chance: random.Random
) -> bool:
    title, section, filler = _head(about, language, chance)
    lines = [f"# {title}", "", filler, "", f"## {section}", ""]
    dash = "——" if language == "zh" else " – "
    nested = chance.random() < 0.5
    for fault in faults:
        lines += [f"### {_said(fault.sign, language)}", ""]
        for cause, _, remedy in fault.causes:
            if nested:
                lines += [f"- {_said(cause, language)}", f"    - {_said(remedy, language)}"]
            else:
                lines.append(f"- {_said(cause, language)}{dash}{_said(remedy, language)}")
        lines.append("")
    path.write_text("\n".join(lines), encoding="utf-8")
    return False


def _workbook(
    path: Path, about: Concept, faults: Sequence[Fault], language: str, chance: random.Random
) -> bool:
    import openpyxl

    title, section, _ = _head(about, language, chance)
    headers, rows, _ = _table(faults, language, chance, checks=True)
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = section.replace("/", " ")[:30]
    sheet.append([title])
    sheet.append([])
    sheet.append(headers)
    for row in rows:
        sheet.append(row)
    book.save(str(path))
    return True


_Write = Callable[[Path, Concept, Sequence[Fault], str, random.Random], bool]
_LAYOUTS: dict[str, tuple[str, _Write]] = {
    "table, sign where it begins": (".md", _markdown_table),
    "table, sign over its rows": (".html", _html_spans),
    "table, numbers in cells": (".docx", _docx_numbered),
    "labelled lines": (".txt", _text_labels),
    "tree of headings and lists": (".md", _markdown_tree),
    "sheet of a workbook": (".xlsx", _workbook),
}
