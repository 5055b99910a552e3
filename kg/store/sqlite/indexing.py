"""The text index: which words stand for a node, kept in step with its row.

`node_text` tells names from details, so that a search can begin with what is *called* so, and
holds the class as a word. `words` lists the vocabulary with a fingerprint of each word, by which
similar words are found without reading all of them (`vocabulary`). A word that no node has any more
finds nothing; it goes when a document is removed (`sweep_words`), not at every change of a node.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from kg.model.derive import DerivedNode
from kg.model.keys import identity_of
from kg.store.sqlite.transaction import Row, Transaction
from kg.store.sqlite.vocabulary import fingerprint
from kg.store.texts import words_of
from ontology.schema import Schema


class NodeText(NamedTuple):
    """The words of a node, separated by spaces: what it is called, what else is said, its class."""

    names: str
    details: str
    cls: str


NO_TEXT = NodeText("", "", "")


def text_of(schema: Schema, cls: int, identities: Collection[str], node: DerivedNode) -> NodeText:
    """What the text index holds for a node: nothing where its class is kept out of it."""
    names, details = words_of(schema, identities, node)
    return NodeText(names, details, class_word(cls)) if names or details else NO_TEXT


def class_word(cls: int) -> str:
    """The word that stands for a class."""
    return f"c{cls}"


def merged_identities(tx: Transaction, keys: Iterable[str]) -> dict[str, list[str]]:
    """The identities of the keys that lead to each of `keys`, where there are any."""
    found: dict[str, list[str]] = defaultdict(list)
    if tx.has_merges():
        sql = "SELECT root, dropped FROM merges WHERE root IN {ids} ORDER BY dropped"
        for root, dropped in tx.rows(sql, keys):
            found[root].append(identity_of(dropped))
    return found


def add_texts(tx: Transaction, texts: Mapping[int, NodeText]) -> None:
    """Index nodes that are not in the index."""
    rows: list[Row] = [(number, *text) for number, text in texts.items() if text != NO_TEXT]
    tx.connection.executemany(
        "INSERT INTO node_text (rowid, names, details, cls) VALUES (?, ?, ?, ?)", rows
    )
    words = {word for _, names, details, _ in rows for word in _words(names, details)}
    known = tx.memory.words
    new = [word for word in sorted(words) if known.get(word) is None]
    tx.connection.executemany(
        "INSERT OR IGNORE INTO words (word, length, fingerprint) VALUES (?, ?, ?)",
        [(word, len(word), fingerprint(word)) for word in new],
    )
    for word in new:
        known.put(word, True)


def update_texts(tx: Transaction, texts: Mapping[int, NodeText]) -> None:
    """Bring the index up to date with what nodes are now; `NO_TEXT` takes them out."""
    indexed = {
        row[0]: NodeText(*row[1:])
        for row in tx.rows(
            "SELECT rowid, names, details, cls FROM node_text WHERE rowid IN {ids}", texts
        )
    }
    stale = {number: text for number, text in indexed.items() if texts[number] != text}
    tx.connection.executemany("DELETE FROM node_text WHERE rowid = ?", [(n,) for n in stale])
    for text in stale.values():
        tx.unindexed |= _words(text.names, text.details)
    add_texts(tx, {n: text for n, text in texts.items() if indexed.get(n) != text})


def remove_texts(tx: Transaction, nodes: Iterable[int]) -> None:
    """Take nodes out of the index."""
    update_texts(tx, dict.fromkeys(nodes, NO_TEXT))


def sweep_words(tx: Transaction) -> None:
    """Take words out of the vocabulary that this transaction took from their last node, and what
    the index only hides."""
    if tx.unindexed:  # merged into one, its parts keep nothing that was deleted
        tx.connection.execute("INSERT INTO node_text (node_text) VALUES ('optimize')")
    sql = "SELECT 1 FROM node_text WHERE node_text MATCH ? LIMIT 1"
    gone = []
    for word in sorted(tx.unindexed):
        quoted = word.replace('"', '""')
        if not tx.connection.execute(sql, (f'{{names details}} : "{quoted}"',)).fetchone():
            gone.append((word,))
    tx.connection.executemany("DELETE FROM words WHERE word = ?", gone)
    tx.unindexed.clear()
    tx.forget()


def _words(names: str, details: str) -> set[str]:
    return {*names.split(), *details.split()}
