"""The one table of formats of labelled texts. The format decides what is learnt."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from extraction.learning.examples import Corpus, Example
from extraction.learning.protocol import TaskName
from kg.model.errors import BadInput


class Format(NamedTuple):
    """One way of writing labelled texts down."""

    name: str
    task: TaskName
    module: str
    what: str


FORMATS: tuple[Format, ...] = (
    Format("maintie", "spans", "maintie", "JSON list of texts with token spans and relations"),
    Format("bdci", "spans", "bdci", "JSON lines with relations between character spans (spo_list)"),
    Format("conll", "spans", "conll", "two columns, token and IOB2 label, a blank line between"),
    Format("jsonl", "spans", "jsonl", "JSON lines as doccano writes them: entities and relations"),
    Format(
        "norm", "normalise", "norm", "two columns, written and meant word, a blank line between"
    ),
    Format("label", "classify", "label", "CSV of text and label"),
)


def find_format(name: str) -> Format:
    """The format of that name. Raises BadInput, naming those there are."""
    for format_ in FORMATS:
        if format_.name == name:
            return format_
    known = ", ".join(format_.name for format_ in FORMATS)
    raise BadInput(f"There is no format {name!r}; known are: {known}.")


def read_corpus(name: str, path: Path, **options: Any) -> Corpus[Any]:
    """The texts of a file. Raises BadInput where nothing of it can be used."""
    format_ = find_format(name)
    read: Callable[..., Corpus[Any]] = import_module(f"{__name__}.{format_.module}").read
    corpus = read(path, **options)
    if not corpus.items:
        because = f" First problem: {corpus.notices[0].message}" if corpus.notices else ""
        raise BadInput(f"{path.name}: no text in the format {name!r} was found.{because}")
    return corpus


def read_unlabelled(name: str, path: Path, **options: Any) -> Corpus[Example]:
    """Texts to learn from without trusting labels: in the format, or one plain text a line.

    Hints (relations by words) are kept where the format gives them; marked spans are not.
    """
    from extraction.learning.formats import plain

    if path.suffix.lower() in plain.SUFFIXES or find_format(name).task != "spans":
        return plain.read(path)
    return read_corpus(name, path, **options)
