"""`gemba annotate`: which texts to label next, for the usual tools, and back from them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.plant import JsonOption, with_settings
from api.cli.terminal import write, write_json
from api.settings import Settings
from kg.model.errors import BadInput


@with_settings
def annotate(
    settings: Settings,
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Texts, one a line, tables (see --column), or JSON lines.", show_default=False
        ),
    ] = None,
    *,
    tool: Annotated[
        str,
        typer.Option("--as", metavar="TOOL", help="doccano, label-studio, prodigy or conll."),
    ] = "doccano",
    out: Annotated[Path, typer.Option(help="The file to write.")],
    read: Annotated[
        Path | None,
        typer.Option(help="Instead: read what was labelled back, for `gemba train`."),
    ] = None,
    number: Annotated[int, typer.Option(min=1, help="How many texts to propose.")] = 100,
    column: Annotated[
        str | None, typer.Option(help="The column of a table that holds the texts.")
    ] = None,
    stored: Annotated[
        bool,
        typer.Option(
            "--stored", help="Also the passages that the graph was read from; its names label, too."
        ),
    ] = False,
    model: Annotated[
        Path | None,
        typer.Option(help="A trained model: it labels first, and its doubts decide."),
    ] = None,
    labelled: Annotated[
        Path | None, typer.Option(help="Texts that are labelled already, as JSON lines: left out.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same choice.")] = 0,
    json: JsonOption = False,
) -> None:
    """Propose the texts from which most can be learnt, labelled at first, for people to correct.

    Without a model the ontology's words label first; with a large --number that is also a way to
    train a first model (`--as doccano`, then `gemba train --format jsonl`) before anybody labels.

    Example:

        gemba annotate workorders.csv --column text --as doccano --out to-label.jsonl
    """
    if read is not None:
        _read_back(read, tool, out, json)
        return
    from extraction.learning.annotating import choose_texts, find_tool, gather_texts, judge_texts
    from extraction.learning.annotating.gathering import read_pool
    from extraction.learning.annotating.tools import write_for

    find_tool(tool)
    if not files and not stored:
        raise BadInput("Say which texts: files, or --stored for those that were loaded.")
    examples = [example for file in files or () for example in read_pool(file, column)]
    graph = None
    if stored:
        passages, graph = _read_stored(settings)
        examples += passages
    known = [example.text for example in read_pool(labelled)] if labelled is not None else []
    pool = gather_texts(examples, known)
    if not pool:
        raise BadInput("There is no text to label: all were empty, without words, or labelled.")
    judged, task = judge_texts(pool, model, graph)
    chosen = choose_texts(judged, number, seed, cover=model is None or task == "classify")
    with _told(out):
        write_for(tool, out, chosen, task)
    summary = {
        "texts": len(examples),
        "different": len(pool),
        "proposed": len(chosen),
        "task": task,
        "tool": tool,
        "out": str(out),
    }
    if json:
        write_json(summary)
        return
    write(
        f"{out}: {len(chosen)} of {len(pool)} different texts ({len(examples)} in all), labelled "
        f"by {'the model' if model else 'the lexicon'} for you to correct in {tool}."
    )
    write(f"Then: gemba annotate --read EXPORT --as {tool} --out labelled{_suffix(task)}")


COMMANDS = (annotate,)


def _read_back(path: Path, tool: str, out: Path, json: bool) -> None:
    from extraction.learning.annotating.tools import read_from
    from extraction.learning.examples import Labelled
    from extraction.learning.formats import jsonl, label

    corpus = read_from(tool, path)
    texts_have_one_label = isinstance(corpus.items[0], Labelled)
    with _told(out):
        (label if texts_have_one_label else jsonl).write(out, corpus.items)
    format_ = "label" if texts_have_one_label else "jsonl"
    notices = [notice.message for notice in corpus.notices]
    if json:
        write_json({"texts": len(corpus.items), "format": format_, "notices": notices})
        return
    write(f"{out}: {len(corpus.items)} labelled texts, for `gemba train --format {format_}`.")
    for notice in notices[:20]:
        write(f"  {notice}")
    if len(notices) > 20:
        write(f"  … and {len(notices) - 20} more.")


@contextmanager
def _told(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BadInput(f"{out}: cannot be written ({error.strerror}).") from error


def _read_stored(settings: Settings) -> tuple[list[Any], Any]:
    """The passages of the graph, and its own names and relations, to label texts with."""
    from api.wiring import open_plant
    from extraction.learning.annotating import GraphNames
    from extraction.learning.annotating.distant import CLASSES
    from extraction.learning.examples import Example

    passages: list[Any] = []
    names: dict[tuple[str, str, str], None] = {}
    relations: dict[tuple[str, str, str], None] = {}
    with open_plant(settings) as plant:
        kinds = {plant.schema.classes[name].kind for name in CLASSES}
        for dump in plant.store.dump():
            for batch in dump.batches:
                passages += [
                    Example(f"{dump.version.document.key}, {passage.place}", passage.text)
                    for passage in batch.passages
                ]
                for node in batch.nodes:
                    if node.cls in CLASSES and node.name:
                        names[node.node, node.cls, node.name] = None
                for claim in batch.claims:
                    ends = {key.partition(":")[0] for key in (claim.subject, claim.object)}
                    if ends <= kinds:
                        relations[claim.subject, claim.predicate, claim.object] = None
    return passages, GraphNames(names, relations)


def _suffix(task: str) -> str:
    return ".csv" if task == "classify" else ".jsonl"
