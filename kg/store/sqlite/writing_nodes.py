"""Writing what a batch says about nodes, and a row for every node that it names.

A node that is new and described at most once, as nearly all are, is inserted as it is; what others
are after the batch is derived (`deriving`).
"""

from __future__ import annotations

from collections import Counter, defaultdict

from kg.model.derive import DerivedNode, NodeSupport, derive_node
from kg.model.keys import identity_of, kind_of
from kg.store.sqlite.identities import NodeRows, add_bare_nodes, find_nodes
from kg.store.sqlite.indexing import NodeText, add_texts, merged_identities, text_of
from kg.store.sqlite.inserting import insert
from kg.store.sqlite.packing import pack, pack_list, unpack
from kg.store.sqlite.sums import NodeSum, Rank
from kg.store.sqlite.transaction import Row, Transaction
from kg.store.sqlite.writing import Reading, Writing, renew

Told = tuple[str, str | None, str | None, Rank]  # class, name, properties, standing


def write_nodes(writing: Writing) -> tuple[NodeRows, int, dict[int, list[Told]]]:
    """The rows of all nodes of the batch, the id of the first new one, and what was added to those
    that had been there."""
    tx, batch = writing.tx, writing.batch
    keys = {claim.node for claim in batch.nodes}
    for claim in batch.claims:
        keys.add(claim.subject)
        keys.add(claim.object)
    rows = find_nodes(tx, keys)
    missing = sorted(keys - rows.ids.keys())
    if missing and tx.has_merges():
        redirected = tx.rows("SELECT dropped FROM merges WHERE dropped IN {ids}", missing)
        add_bare_nodes(tx, {row[0] for row in redirected})
        rows = find_nodes(tx, keys)
        missing = sorted(keys - rows.ids.keys())
    first = tx.next_id("nodes")
    rows.ids.update(zip(missing, range(first, first + len(missing)), strict=True))
    added = _write_sightings(writing, rows)
    fresh = {key: added.pop(rows.ids[key], []) for key in missing}
    _insert_nodes(tx, writing.reading, rows, fresh)
    told: dict[int, list[Told]] = defaultdict(list)
    for number, claims in added.items():
        told[rows.root(number)] += claims
    return rows, first, told


def _write_sightings(writing: Writing, rows: NodeRows) -> dict[int, list[Told]]:
    """Store claims about nodes; returns those that are new, by the node they are about."""
    claims = writing.batch.nodes
    if not claims:
        return {}
    tx, reading, passages = writing.tx, writing.reading, writing.passages
    version = reading.version
    stored = {
        row[:7]: row[7:]
        for row in tx.rows(
            "SELECT passage, node, extractor, cls, name, props, confidence, n, last"
            f" FROM sightings WHERE passage IN {{ids}} AND last >= {reading.before}",
            writing.known,
        )
    }
    extractors = tx.terms.add_all(tx.connection, {claim.extractor for claim in claims})
    classes = tx.terms.add_all(tx.connection, {claim.cls for claim in claims})
    slots = writing.next_slots("sightings")
    seen: set[Row] = set()
    inserted: list[Row] = []
    renewed: list[tuple[int, int]] = []
    added: dict[int, list[Told]] = defaultdict(list)
    doubts: dict[float, float] = {}
    age, document = -reading.at, reading.key
    texts = writing.batch.passages
    ids = rows.ids
    for node, cls, slot, name, props, confidence, extractor in claims:
        number, passage = ids[node], passages[slot]
        packed = pack(props)
        confidence = float(confidence)
        said = (
            passage,
            number,
            extractors[extractor],
            classes[cls],
            name,
            packed,
            confidence,
        )
        if said in seen:
            continue
        seen.add(said)
        if stored and said in stored:
            n, last = stored[said]
            if last != version:
                renewed.append((passage, n))
            continue
        n = slots.get(passage, 0)
        slots[passage] = n + 1
        inserted.append((passage, n, *said[1:]))
        doubt = doubts.setdefault(confidence, -confidence)
        added[number].append(
            (cls, name, packed, Rank(doubt, age, document, texts[slot].key, extractor))
        )
    renew(writing, "sightings", renewed)
    insert(
        tx.connection,
        "sightings",
        ("passage", "n", "node", "extractor", "cls", "name", "props", "confidence"),
        inserted,
        {"first": version, "last": version},
    )
    tx.tally("evidence", len(inserted))
    tx.changes.evidence_added += len(inserted)
    return added


def _insert_nodes(
    tx: Transaction, reading: Reading, rows: NodeRows, claims: dict[str, list[Told]]
) -> None:
    """Insert new nodes with what is said of them."""
    schema, memory = tx.schema, tx.memory.nodes
    plain: list[Row] = []
    described: list[Row] = []
    texts: dict[int, NodeText] = {}
    merged = merged_identities(tx, claims)
    choices: dict[tuple[str, str | None], tuple[int, str, bool]] = {}
    for key, told in claims.items():
        number = rows.ids[key]
        memory.put(key, number)
        identity = identity_of(key)
        if len(told) > 1:
            sum_ = NodeSum()
            for claim in told:
                sum_.add(*claim)
            node = sum_.derive(key, schema)
            cls, is_bulk = tx.terms.add(tx.connection, node.cls), False
            aliases, packed = pack_list(node.aliases), pack(node.props)
        else:
            claimed, name, packed, _ = told[0] if told else (None, None, None, None)
            kind = kind_of(key)
            choice = choices.get((kind, claimed))
            if choice is None:
                choice = choices[kind, claimed] = _choose_class(tx, key, claimed)
            cls, cls_name, is_bulk = choice
            aliases = None
            node = DerivedNode(cls_name, name or identity, {}, ())
            if packed is not None and not is_bulk:
                node.props.update(unpack(packed))
        name = None if node.name == identity else node.name
        if name is None and packed is None and aliases is None:
            plain.append((number, key, cls))
        else:
            described.append((number, key, cls, name, packed, aliases))
        if not is_bulk:
            identities = [identity, *merged.get(key, ())]
            texts[number] = text_of(schema, cls, identities, node)
    same = {"live": 1, "born": reading.version}
    insert(tx.connection, "nodes", ("id", "key", "cls"), plain, same)
    columns = ("id", "key", "cls", "name", "props", "aliases")
    insert(tx.connection, "nodes", columns, described, same)
    add_texts(tx, texts)
    tx.changes.nodes_added += len(claims)
    for cls, count in Counter(row[2] for row in (*plain, *described)).items():
        tx.tally("node", count, cls)


def _choose_class(tx: Transaction, key: str, claimed: str | None) -> tuple[int, str, bool]:
    """The class of a node described at most once, and whether it is kept out of the text index."""
    supports = [] if claimed is None else [NodeSupport("", "", "", 1.0, 0, claimed, None, {})]
    name = derive_node(key, supports, tx.schema).cls
    term = tx.schema.classes.get(name)
    return tx.terms.add(tx.connection, name), name, term is not None and term.is_bulk
