"""Writing what a batch says about nodes, and a row for every node that it names.

A node that is new and described at most once, as nearly all are, is inserted as it is; what others
are after the batch is derived (`deriving`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from kg.model.derive import DerivedNode, NodeSupport, derive_node
from kg.store.sqlite.identities import NodeRows, add_bare_nodes, find_nodes
from kg.store.sqlite.indexing import NodeText, add_texts, merged_identities, text_of
from kg.store.sqlite.inserting import insert_columns
from kg.store.sqlite.packing import pack, pack_list, unpack
from kg.store.sqlite.sums import NodeSum, Rank
from kg.store.sqlite.transaction import Row, Transaction
from kg.store.sqlite.writing import Writing, find_new, renew

Told = tuple[str, str | None, str | None, Rank]  # class, name, properties, standing


class _Sightings(NamedTuple):
    """The claims of a batch about nodes: those that are new by the node they are about, and the
    properties of all as tables hold them."""

    by_node: dict[int, list[int]]
    props: Sequence[str | None]


def write_nodes(writing: Writing) -> tuple[NodeRows, int, dict[int, list[Told]]]:
    """The rows of all nodes of the batch, the id of the first new one, and what was added to those
    that had been there."""
    tx, batch = writing.tx, writing.batch
    keys = {claim[0] for claim in batch.nodes}
    keys.update(claim[0] for claim in batch.claims)
    keys.update(claim[2] for claim in batch.claims)
    rows = find_nodes(tx, keys)
    missing = sorted(keys - rows.ids.keys())
    if missing and tx.has_merges():
        redirected = tx.rows("SELECT dropped FROM merges WHERE dropped IN {ids}", missing)
        add_bare_nodes(tx, {row[0] for row in redirected})
        rows = find_nodes(tx, keys)
        missing = sorted(keys - rows.ids.keys())
    first = tx.next_id("nodes")
    rows.ids.update(zip(missing, range(first, first + len(missing)), strict=True))
    sightings = _write_sightings(writing, rows)
    _insert_nodes(writing, missing, first, sightings)
    told: dict[int, list[Told]] = defaultdict(list)
    for number, places in sightings.by_node.items():
        if number < first:
            told[rows.root(number)] += [_tell(writing, sightings, i) for i in places]
    return rows, first, told


def _write_sightings(writing: Writing, rows: NodeRows) -> _Sightings:
    """Store claims about nodes."""
    claims = writing.batch.nodes
    if not claims:
        return _Sightings({}, ())
    tx, version = writing.tx, writing.reading.version
    nodes, classes, slots, names, props, confidences, extractors = zip(*claims, strict=True)
    class_of = tx.terms.add_all(tx.connection, set(classes))
    extractor_of = tx.terms.add_all(tx.connection, set(extractors))
    told: dict[str, Sequence[Any]] = {
        "passage": list(map(writing.passages.__getitem__, slots)),
        "node": list(map(rows.ids.__getitem__, nodes)),
        "extractor": list(map(extractor_of.__getitem__, extractors)),
        "cls": list(map(class_of.__getitem__, classes)),
        "name": names,
        "props": [pack(some) if some else None for some in props],
        "confidence": list(map(float, confidences)),
    }
    packed, numbers = told["props"], told["node"]
    contents = list(zip(*told.values(), strict=True))
    stored: dict[Row, tuple[int, int]] = {
        row[:7]: row[7:]
        for row in tx.rows(
            "SELECT passage, node, extractor, cls, name, props, confidence, n, last"
            f" FROM sightings WHERE passage IN {{ids}} AND last >= {writing.reading.before}",
            writing.known,
        )
    }
    added, renewed = find_new(contents, stored, version)
    if len(added) < len(contents):
        told = {name: [column[i] for i in added] for name, column in told.items()}
    told = {"passage": told["passage"], "n": writing.number("sightings", told["passage"]), **told}
    insert_columns(tx.connection, "sightings", told, {"first": version, "last": version})
    renew(writing, "sightings", renewed)
    tx.tally("evidence", len(added))
    tx.changes.evidence_added += len(added)
    by_node: dict[int, list[int]] = defaultdict(list)
    for i in added:
        by_node[numbers[i]].append(i)
    return _Sightings(by_node, packed)


def _tell(writing: Writing, sightings: _Sightings, place: int) -> Told:
    """A claim as the sum of a node takes it."""
    _, cls, slot, name, _, confidence, extractor = writing.batch.nodes[place]
    reading = writing.reading
    passage = writing.batch.passages[slot].key
    rank = Rank(-float(confidence), -reading.at, reading.key, passage, extractor)
    return cls, name, sightings.props[place], rank


def _insert_nodes(writing: Writing, keys: Sequence[str], first: int, sightings: _Sightings) -> None:
    """Insert new nodes, numbered from `first`, with what is said of them."""
    tx, claims = writing.tx, writing.batch.nodes
    schema, by_node = tx.schema, sightings.by_node
    rows: list[Row] = []
    texts: dict[int, NodeText] = {}
    merged = merged_identities(tx, keys)
    choices: dict[tuple[str, str | None], tuple[int, str, bool]] = {}
    remember = tx.memory.nodes.put
    for number, key in enumerate(keys, first):
        remember(key, number)
        kind, _, identity = key.partition(":")
        places = by_node.get(number, ())
        if len(places) > 1:
            sum_ = NodeSum()
            for i in places:
                sum_.add(*_tell(writing, sightings, i))
            node = sum_.derive(key, schema)
            cls, is_bulk = tx.terms.add(tx.connection, node.cls), False
            name, aliases, packed = node.name, pack_list(node.aliases), pack(node.props)
        else:
            claimed: str | None = None
            said: str | None = None
            packed = aliases = None
            for i in places:
                claimed, said, packed = claims[i].cls, claims[i].name, sightings.props[i]
            choice = choices.get((kind, claimed))
            if choice is None:
                choice = choices[kind, claimed] = _choose_class(tx, key, claimed)
            cls, cls_name, is_bulk = choice
            name = said or identity
            if not is_bulk:
                node = DerivedNode(cls_name, name, unpack(packed), ())
        rows.append((number, key, cls, None if name == identity else name, packed, aliases))
        if not is_bulk:
            identities = [identity, *merged.get(key, ())]
            texts[number] = text_of(schema, cls, identities, node)
    if not rows:
        return
    names = ("id", "key", "cls", "name", "props", "aliases")
    columns = dict(zip(names, zip(*rows, strict=True), strict=True))
    same = {"live": 1, "born": writing.reading.version}
    insert_columns(tx.connection, "nodes", columns, same)
    add_texts(tx, texts)
    tx.changes.nodes_added += len(rows)
    for cls, count in Counter(columns["cls"]).items():
        tx.tally("node", count, cls)


def _choose_class(tx: Transaction, key: str, claimed: str | None) -> tuple[int, str, bool]:
    """The class of a node described at most once, and whether it is kept out of the text index."""
    supports = [] if claimed is None else [NodeSupport("", "", "", 1.0, 0, claimed, None, {})]
    name = derive_node(key, supports, tx.schema).cls
    term = tx.schema.classes.get(name)
    return tx.terms.add(tx.connection, name), name, term is not None and term.is_bulk
