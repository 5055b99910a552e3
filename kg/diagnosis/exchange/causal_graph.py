"""Causal graphs with alarms, and recorded runs, from tables (the layout of the causRCA data set).

A graph is two CSV files: nodes (`label`, `type` Alarm or Variable, `io` input or output,
`datatype`, `comment`) and edges (`source_label`, `target_label`, `comment`). A run is one CSV of
changes (`time_s`, `node`, `value`).
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from math import isfinite
from pathlib import Path

from kg.diagnosis.exchange.reading_text import read_text
from kg.diagnosis.inference.alarming import Change
from kg.diagnosis.inference.causal_graph import CausalGraph, GraphNode
from kg.model.errors import BadInput

_NUMBERS = frozenset({"int", "float", "double", "real", "integer", "number"})


def read_causal_graph(nodes: Path, edges: Path) -> CausalGraph:
    """The graph of a table of nodes and one of edges.

    Raises BadInput with the file and row: a missing column, a node named twice, an edge of a node
    that is not there.
    """
    found: dict[str, GraphNode] = {}
    for row, values in _rows(nodes, ("label",), "a table of nodes"):
        name = values["label"].strip()
        if not name:
            raise BadInput(f"{nodes.name}, row {row}: the node has no label.")
        if name in found:
            raise BadInput(f"{nodes.name}, row {row}: the node {name!r} is there twice.")
        found[name] = GraphNode(
            name,
            is_alarm=values.get("type", "").strip().casefold() == "alarm",
            is_command=values.get("io", "").strip().casefold() == "output",
            is_number=values.get("datatype", "").strip().casefold() in _NUMBERS,
            text=values.get("comment", "").strip(),
        )
    links: dict[tuple[str, str], str] = {}
    for row, values in _rows(edges, ("source_label", "target_label"), "a table of edges"):
        link = (values["source_label"].strip(), values["target_label"].strip())
        for name in link:
            if name not in found:
                raise BadInput(f"{edges.name}, row {row}: there is no node {name!r}.")
        said = [links.get(link, ""), values.get("comment", "").strip()]  # an edge may be told twice
        links[link] = " ".join(dict.fromkeys(text for text in said if text))
    return CausalGraph(found, links)


def read_changes(path: Path) -> list[Change]:
    """The changes of a recorded run, in order of time. Raises BadInput with the row."""
    found = []
    for row, values in _rows(path, ("time_s", "node", "value"), "a recorded run"):
        try:
            at = float(values["time_s"])
        except ValueError:
            at = float("nan")
        if not isfinite(at):
            raise BadInput(
                f"{path.name}, row {row}: {values['time_s']!r} is not a time in seconds."
            )
        found.append(Change(at, values["node"].strip(), values["value"].strip()))
    return sorted(found, key=lambda change: change.at)


def _rows(
    path: Path, columns: tuple[str, ...], what: str
) -> Iterator[tuple[int, Mapping[str, str]]]:
    text = read_text(path, what=what)
    reader = csv.DictReader(text.splitlines(keepends=True))
    try:
        missing = [c for c in columns if c not in (reader.fieldnames or ())]
        if missing:
            raise BadInput(f"{path.name} has no column {missing[0]!r}; {what} needs it.")
        for row, values in enumerate(reader, start=2):
            if any(values.get(c) is None for c in columns):
                raise BadInput(f"{path.name}, row {row} is cut short.")
            yield row, {k: v or "" for k, v in values.items() if isinstance(k, str)}
    except csv.Error as error:
        raise BadInput(f"{path.name} is not a CSV table ({error}).") from None
