"""A stage as a component of a spaCy pipeline."""

from __future__ import annotations

import tempfile
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
from spacy.tokens import Doc, SpanGroup

from extraction.pipeline.draft import NO_CONTEXT, Page
from extraction.pipeline.stage import Stage
from extraction.text.protocol import TextContext

PAGE = "gemba.page"  # in `user_hooks`, which is not written with the document
CLAIMS, NODES = "gemba.claims", "gemba.nodes"  # in `user_data`


class Component:
    """Runs one stage on documents and shows on the document what it found.

    `doc.spans`: `terms` (label: kind, kb_id: key of the concept, `_.assertion`), `codes`,
    `quantities`, `model` (the labels of a trained model); claims as plain lists in `user_data`.
    The context of a text is given as in `nlp.pipe([(text, context)], as_tuples=True)`.
    """

    def __init__(self, name: str, stage: Stage) -> None:
        self.name = name
        self.stage = stage

    def __call__(self, doc: Doc) -> Doc:
        self._read([doc])
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 256) -> Iterator[Doc]:
        """The documents of `stream`, `batch_size` at a time."""
        several = iter(stream)
        while docs := list(islice(several, batch_size)):
            self._read(docs)
            yield from docs

    def _read(self, docs: list[Doc]) -> None:
        pages = [page_of(doc) for doc in docs]
        if self.stage.is_idle:
            return
        for page in pages:
            self.stage.divide(page)
        self.stage.prepare([draft for page in pages for draft in page.drafts])
        for doc, page in zip(docs, pages, strict=True):
            for draft in page.drafts:
                self.stage.work(draft, page)
            _show(doc, page, self.stage.gives)

    def to_disk(self, path: str | Path, **kwargs: Any) -> None:
        """Write what the stage read from files."""
        del kwargs
        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
        self.stage.save(folder)

    def from_disk(self, path: str | Path, **kwargs: Any) -> Component:
        """Read what `to_disk` wrote."""
        del kwargs
        self.stage.load(Path(path))
        return self

    def to_bytes(self, **kwargs: Any) -> bytes:
        """The files of `to_disk` as bytes."""
        del kwargs
        with tempfile.TemporaryDirectory() as folder:
            self.stage.save(Path(folder))
            kept = {
                path.relative_to(folder).as_posix(): b64encode(path.read_bytes()).decode()
                for path in sorted(Path(folder).rglob("*"))
                if path.is_file()
            }
        return orjson.dumps(kept)

    def from_bytes(self, data: bytes, **kwargs: Any) -> Component:
        """Read what `to_bytes` gave. Raises ValueError for names that lead elsewhere."""
        del kwargs
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder).resolve()
            for name, content in orjson.loads(data).items():
                path = (root / name).resolve()
                if not path.is_relative_to(root):
                    raise ValueError(f"{name!r} is no name of a file of the component")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(b64decode(content))
            self.stage.load(root)
        return self


def page_of(doc: Doc) -> Page:
    """What the components so far know of a document."""
    hooks: Any = doc.user_hooks
    page = hooks.get(PAGE)
    if not isinstance(page, Page):
        context = doc._context if isinstance(doc._context, TextContext) else NO_CONTEXT
        page = hooks[PAGE] = Page(doc.text, context=context)
    return page


def _show(doc: Doc, page: Page, gives: tuple[str, ...]) -> None:
    drafts = page.drafts
    if "marks" in gives:
        marks = [(d.start + m.start, d.start + m.end, m.kind, "") for d in drafts for m in d.marks]
        _put(doc, "quantities", [mark for mark in marks if mark[2] == "quantity"])
        _put(doc, "codes", [mark for mark in marks if mark[2] != "quantity"])
    if "found" in gives:
        found = [(d.start + f.start, d.start + f.end, f.label, "") for d in drafts for f in d.found]
        _put(doc, "model", found)
    if "reading" in gives:
        mentions = [
            (d.start, m)
            for d in drafts
            for m in (*d.reading.mentions, *(cause.mention for cause in d.reading.causes))
        ]
        _put(doc, "terms", [(at + m.start, at + m.end, m.kind, m.concept) for at, m in mentions])
        for span, (_, mention) in zip(doc.spans["terms"], mentions, strict=True):
            span._.assertion = mention.assertion.value
    if "claims" in gives:
        claims = page.claims()
        doc.user_data[CLAIMS] = [
            [dict(value) if isinstance(value, dict) else value for value in claim]
            for claim in claims.claims
        ]
        doc.user_data[NODES] = [[*node[:4], dict(node.props), *node[5:]] for node in claims.nodes]
        del doc.user_hooks[PAGE]  # all is told; what is left of the document can be written


def _put(doc: Doc, group: str, spans: list[tuple[int, int, str, str]]) -> None:
    made = [
        doc.char_span(start, end, label=label, kb_id=key, alignment_mode="expand")
        for start, end, label, key in spans
    ]
    doc.spans[group] = SpanGroup(doc, name=group, spans=[span for span in made if span is not None])
