"""Every file of the sample plant with every column in it: the one place that names them.

The writers take their headers from here, `COLUMNS.md` is printed from here, and so is the README
beside a generated plant. Headers are those that a real MES, CMMS or ERP export would have.
"""

from __future__ import annotations

from api.sample.file_kinds import FileKind, Sheet
from api.sample.master_columns import MASTER_KINDS
from api.sample.record_columns import RECORD_KINDS

__all__ = ["KIND", "KINDS", "FileKind", "Sheet", "describe_files"]

KINDS: tuple[FileKind, ...] = (*MASTER_KINDS, *RECORD_KINDS)

KIND: dict[str, FileKind] = {kind.key: kind for kind in KINDS}


def describe_files() -> str:
    """All files and columns as Markdown."""
    lines: list[str] = []
    for kind in KINDS:
        form = kind.format.upper() + (f", {kind.encoding}" if kind.encoding else "")
        per = f", one per {kind.part}" if kind.part else ""
        lines += [f"### `{kind.pattern}`", "", f"{kind.title} · {kind.title_zh} ({form}{per})", ""]
        for sheet in kind.sheets:
            if kind.format == "xlsx":
                merged = f"; merged cells: {', '.join(sheet.merged)}" if sheet.merged else ""
                lines += [f"Sheet “{sheet.name}”, headers in row {sheet.header_row}{merged}", ""]
            lines += ["| Column | Meaning |", "| --- | --- |"]
            lines += [f"| {header} | {meaning} |" for header, meaning in sheet.columns]
            lines.append("")
    return "\n".join(lines)
