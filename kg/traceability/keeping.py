"""Adjacencies are kept: one per open store, and that of a large plant as a file beside the store.

The file holds arrays of numbers and nothing that a person wrote. A file that does not bear the
mark, was made for another ontology, or is damaged gives nothing: the store is read instead.
"""

from __future__ import annotations

import json
import threading
import zipfile
from collections.abc import Mapping
from pathlib import Path
from weakref import WeakKeyDictionary

import numpy as np

from kg.store.bulk import KeepsDerived, ReadsEdges
from kg.store.protocol import Store
from kg.traceability.adjacency import Adjacency, factor_names_of
from kg.traceability.edges import Columns, EdgeTable, Ints
from kg.traceability.flow import FlowRelations
from ontology.schema import Schema

WORTH_A_FILE = 200_000  # edges, of which building takes longer than a person notices
_BEHIND = 200  # transactions after which the file is written anew
_FORM = 1
_GROUPS = ("flows", "factors")
_TABLE = ("into", "targets", "out_pointers", "in_pointers")


def write_adjacency(adjacency: Adjacency, path: Path, mark: str) -> None:
    """Write it; the file bears `mark`. Raises OSError."""
    arrays: dict[str, Ints | np.ndarray] = {
        "head": _head(mark, adjacency.flow, adjacency.factor_names),
        "revision": np.array([adjacency.revision, adjacency.sorted_numbers]),
        "numbers": adjacency.numbers,
        "later": np.array(list(adjacency.later.items()), np.int64).reshape(-1, 2),
        "is_holder": adjacency.is_holder,
    }
    groups = zip(_GROUPS, (adjacency.flows, adjacency.factor_edges), adjacency.is_live, strict=True)
    for group, (large, *small), live in groups:
        arrays[f"{group}.live"] = live
        for name in _TABLE:
            arrays[f"{group}.{name}"] = getattr(large, name)
        for name, column in large.columns._asdict().items():
            arrays[f"{group}.{name}"] = column
        for i, table in enumerate(small):
            for name, column in table.columns._asdict().items():
                arrays[f"{group}.{i}.{name}"] = column
    with path.open("xb") as file:
        np.savez(file, allow_pickle=False, **arrays)


def read_adjacency(
    path: Path, mark: str, store: ReadsEdges, flow: FlowRelations, factor_names: tuple[str, ...]
) -> Adjacency | None:
    """The adjacency in a file, at the revision that it was kept at; None if it is not that."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            if not np.array_equal(arrays["head"], _head(mark, flow, factor_names)):
                return None
            revision, sorted_numbers = map(int, arrays["revision"])
            groups = [_group(arrays, group) for group in _GROUPS]
            return Adjacency(
                store, revision, flow, factor_names, arrays["numbers"], sorted_numbers,
                dict(arrays["later"].tolist()), arrays["is_holder"],
                groups[0], groups[1],
                (arrays["flows.live"], arrays["factors.live"]),
            )  # fmt: skip
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def _head(mark: str, flow: FlowRelations, factor_names: tuple[str, ...]) -> np.ndarray:
    """What the file is of: its mark and the relations that its numbers stand for."""
    told = json.dumps(
        [_FORM, mark, flow.upstream, flow.downstream, sorted(flow.stays), sorted(flow.holders),
         sorted(flow.events), factor_names]
    )  # fmt: skip
    return np.frombuffer(told.encode(), np.uint8)


def _group(arrays: Mapping[str, np.ndarray], group: str) -> tuple[EdgeTable, ...]:
    large = EdgeTable(
        Columns(*(arrays[f"{group}.{name}"] for name in Columns._fields)),
        *(arrays[f"{group}.{name}"] for name in _TABLE),
    )
    small: list[EdgeTable] = []
    while f"{group}.{len(small)}.statement" in arrays:
        columns = (arrays[f"{group}.{len(small)}.{name}"] for name in Columns._fields)
        small.append(EdgeTable.of(Columns(*columns), None))
    return large, *small


_kept: WeakKeyDictionary[ReadsEdges, Adjacency] = WeakKeyDictionary()
_building = threading.Lock()


def adjacency_of(store: Store, schema: Schema) -> Adjacency | None:
    """The adjacency of a store as it is now; None for a store that has no edges to read in bulk.

    One is kept per open store, and brought up to date when the store says that it was written to.
    That of a large plant is also kept beside the store, for the next process.
    """
    if not isinstance(store, ReadsEdges):
        return None
    with _building:
        flow = FlowRelations.of(schema)
        before = _kept.get(store)
        filed: Adjacency | None = None
        if before is None or before.flow != flow:
            before = filed = _from_file(store, schema, flow)
        now = before.brought_up_to_date(schema) if before else Adjacency.build(store, schema)
        _kept[store] = now
        is_new = before is None or now.flows[0] is not before.flows[0]
        is_far = filed is not None and now.revision - filed.revision > _BEHIND
        if (is_new or is_far) and now.edge_count >= WORTH_A_FILE:
            _to_file(store, now)
        return now


def _from_file(store: ReadsEdges, schema: Schema, flow: FlowRelations) -> Adjacency | None:
    found = store.derived() if isinstance(store, KeepsDerived) else None
    if found is None:
        return None
    return read_adjacency(found.path, found.mark, store, flow, factor_names_of(schema))


def _to_file(store: ReadsEdges, adjacency: Adjacency) -> None:
    if isinstance(store, KeepsDerived):
        store.keep_derived(
            adjacency.revision, lambda path, mark: write_adjacency(adjacency, path, mark)
        )
