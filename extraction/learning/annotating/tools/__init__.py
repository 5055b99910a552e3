"""The one table of labelling tools that texts are written for and read back from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from extraction.learning.annotating.judging import Judged
from extraction.learning.examples import Corpus
from kg.model.errors import BadInput


class Tool(NamedTuple):
    """A tool: its file format as a module with `write(path, judged, task)` and `read(path)`."""

    name: str
    module: str
    suffix: str
    what: str


TOOLS: tuple[Tool, ...] = (
    Tool("doccano", "doccano", ".jsonl", "JSON lines"),
    Tool("label-studio", "label_studio", ".json", "a JSON list of tasks with predictions"),
    Tool("prodigy", "prodigy", ".jsonl", "JSON lines with tokens"),
    Tool("conll", "conll", ".conll", "two columns, token and label, for any editor"),
)


def find_tool(name: str) -> Tool:
    """The tool of that name. Raises BadInput, naming those there are."""
    for tool in TOOLS:
        if tool.name == name:
            return tool
    raise BadInput(f"There is no tool {name!r}; known are: {', '.join(t.name for t in TOOLS)}.")


def write_for(name: str, path: Path, judged: Sequence[Judged], task: str) -> None:
    """Write texts with their first labelling. Raises BadInput where the tool has no such task."""
    tool = find_tool(name)
    write: Callable[[Path, Sequence[Judged], str], None] = _module(tool).write
    write(path, judged, task)


def read_from(name: str, path: Path) -> Corpus[Any]:
    """What people labelled: examples with spans, or texts with one label. Raises BadInput."""
    tool = find_tool(name)
    read: Callable[[Path], Corpus[Any]] = _module(tool).read
    corpus = read(path)
    if not corpus.items:
        because = f" First problem: {corpus.notices[0].message}" if corpus.notices else ""
        raise BadInput(f"{path.name}: no labelled text of {name} was found.{because}")
    return corpus


def _module(tool: Tool) -> Any:
    return import_module(f"{__name__}.{tool.module}")
