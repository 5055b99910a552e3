"""`gemba read`: what is recognised in a text, and what many documents say, without a store."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.plant import JsonOption, with_settings
from api.cli.running import say
from api.cli.terminal import write, write_json, write_table
from api.settings import Settings
from api.wiring import load_ontology, reading_options
from kg.model.errors import BadInput

if TYPE_CHECKING:
    from extraction.pipeline.showing import Shown

_LONGEST_TEXT = 20_000  # characters that are shown recognised; more is a document


@with_settings
def read(
    settings: Settings,
    what: Annotated[
        list[str],
        typer.Argument(
            help="A text, or files and folders of documents; - reads a text from standard input.",
            show_default=False,
        ),
    ],
    *,
    role: Annotated[
        str, typer.Option(help="Whose text it is: description, symptom, cause or remedy.")
    ] = "",
    record: Annotated[
        str, typer.Option(metavar="KEY", help="The record that the text belongs to.")
    ] = "wo:this",
    asset: Annotated[
        str, typer.Option(metavar="KEY", help="The asset that the text is about.")
    ] = "asset:this",
    out: Annotated[
        Path | None,
        typer.Option(
            help="Write what the documents say as JSON lines; an interrupted reading goes on there."
        ),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes that read documents. Else all cores.")
    ] = None,
    json: JsonOption = False,
) -> int:
    """Show what is recognised in a text, or what documents say, without writing to the graph.

    Example:

        gemba read "Hydraulic pump leaking, seal replaced, no noise"
        gemba read manuals/ --out statements.jsonl
    """
    if len(what) == 1 and not Path(what[0]).exists():
        text = sys.stdin.read() if what[0] == "-" else what[0]
        return _read_text(settings, text, role, record or None, asset or None, json)
    return _read_documents(settings, what, out, workers, json)


def _read_text(
    settings: Settings, text: str, role: str, record: str | None, asset: str | None, json: bool
) -> int:
    from extraction.extractors import make_extractors
    from extraction.pipeline.showing import show_text
    from extraction.text import TextContext

    if len(text) > _LONGEST_TEXT:
        raise BadInput(
            f"The text has {len(text):,} characters; write it into a file and give its name."
        )
    schema = load_ontology(settings)
    extractors = make_extractors(settings.extractors, schema, reading_options(settings))
    context = TextContext(record=record, asset=asset, role=role)
    shown = show_text(schema, extractors, text, context)
    if json:
        write_json(shown.as_json())
        return 0
    _write_shown(shown, settings.language)
    return 0


def _write_shown(shown: Shown, language: str) -> None:
    if not shown.spans and not shown.statements:
        write("Nothing was recognised in this text.")
        return
    write_table(
        ["Words", "What", "Meant", "How", "At"],
        [
            [s.quote, s.kind, s.name(language), s.assertion, f"{s.start}-{s.end}"]
            for s in shown.spans
        ],
    )
    write("")
    write_table(
        ["Subject", "Relation", "Object", "Sure", "Status", "Words"],
        [
            [r["subject"], r["predicate"], r["object"], f"{r['confidence']:.2f}", r["status"],
             r["quote"]]
            for r in shown.statements
        ],
    )  # fmt: skip


def _read_documents(
    settings: Settings, what: list[str], out: Path | None, workers: int | None, json: bool
) -> int:
    from extraction.cluster import Journal, ReadingPlan, open_crew

    paths = _documents(what)
    plan = ReadingPlan.make(load_ontology(settings), settings.extractors, reading_options(settings))
    journal = Journal(out, plan.digest) if out is not None else None
    todo = [path for path in paths if journal is None or not journal.is_done(path)]
    counts: Counter[str] = Counter(documents=len(paths), read_before=len(paths) - len(todo))
    rows: list[list[str]] = []
    crew = open_crew(settings.cluster if len(todo) > 1 else "", workers)
    try:
        for outcome in crew.run(plan, todo):
            read_ = outcome.result
            if journal is not None:
                journal.write(outcome.item, read_, outcome.trouble)
            if read_ is None:
                counts["not_read"] += 1
                say(outcome.trouble)
                continue
            found = Counter(row["status"] for row in read_.rows)
            counts.update({"read": 1, "statements": len(read_.rows), **found})
            rows.append(
                [outcome.item, str(len(read_.rows)), str(found["accepted"]),
                 str(found["suggested"])]
            )  # fmt: skip
            if json and journal is None:
                write_json({"path": outcome.item, "statements": read_.rows})
    finally:
        crew.close()
    if json and journal is not None:
        write_json(dict(counts))
    elif not json:
        write_table(["Document", "Statements", "Accepted", "For review"], rows)
        if counts["read_before"]:
            write(f"{counts['read_before']} were read before and are in {out}.")
    return 1 if counts["not_read"] else 0


def _documents(what: list[str]) -> list[str]:
    from extraction.documents import is_document

    found: dict[str, None] = {}
    for name in what:
        path = Path(name)
        if not path.exists():
            raise BadInput(f"There is no file or folder {name}.")
        inner = sorted(path.rglob("*")) if path.is_dir() else [path]
        found.update(
            dict.fromkeys(
                str(p)
                for p in inner
                if p.is_file()
                and (p == path or (is_document(p.name) and not p.name.startswith((".", "~$"))))
            )
        )
    if not found:
        raise BadInput(f"There is no document in {', '.join(what)}.")
    return list(found)


COMMANDS = (read,)
