"""How the store lies in Neo4j: constraints, indexes, and the one node that describes it.

    (:Gemba:Asset:… {key, name, aliases, gemba_class, gemba_names, gemba_details, …properties})
        -[:EXHIBITS {id, status, confidence, evidence_count, recorded, valid_from, valid_to, …}]->
    (:GembaEvidence {statement, subject, predicate, object, …})-[:IN_PASSAGE]->(:GembaPassage)
    (:GembaSighting {node, about, cls, name, props, …})-[:IN_PASSAGE]->(:GembaPassage)
    (:GembaPassage)-[:EARLIER]->(:GembaPassagePast)
    (:GembaDocument) (:GembaVersion) (:GembaDecision) (:GembaMerge) (:GembaRecord) (:GembaLog)

`statement` is the `id` of the relationship it supports, `about` the key of the node that a claim
is read as being about. Evidence, sightings and passages are *streaks*: they hold for all versions
of their document from `first` to `last`; `until` is the complete version that no longer said it.
Without live evidence a statement is a `GEMBA_PAST` relationship and a node only has the label
`Gemba` (and `gemba_gone`), so that people who query Neo4j themselves see what holds now.
"""

from __future__ import annotations

from kg.model.errors import StoreUnavailable
from kg.store.neo4j.connection import Connection, Transaction
from kg.store.neo4j.names import PAST, quoted
from ontology.schema import Schema

FORMAT = 2  # 1: one field of words a node

_UNIQUE = {
    "Gemba": ("key",),
    "GembaStore": ("name",),
    "GembaDocument": ("key",),
    "GembaVersion": ("id",),
    "GembaPassage": ("document", "key"),
    "GembaMerge": ("dropped",),
    "GembaRecord": ("kind", "key"),
    "GembaLog": ("name",),
    "GembaLogEntry": ("log", "seq"),
    "GembaBefore": ("version", "key"),
}
_INDEXED = (
    ("GembaEvidence", "statement"),
    ("GembaEvidence", "dropped_subject"),
    ("GembaEvidence", "dropped_object"),
    ("GembaSighting", "about"),
    ("GembaVersion", "document"),
    ("GembaVersion", "run"),
    ("GembaDecision", "statement"),
    ("GembaMerge", "root"),
    ("GembaMerge", "kept"),
    ("GembaRecord", "document"),
)
TEXT_INDEX = "gemba_words"
NAMES, DETAILS = "gemba_names", "gemba_details"  # its fields
_FIRST_TEXT_INDEX = "gemba_text"  # of format 1
_TEXT = (
    f"CREATE FULLTEXT INDEX {TEXT_INDEX} IF NOT EXISTS FOR (n:Gemba)"
    f" ON EACH [n.{NAMES}, n.{DETAILS}]"
    " OPTIONS {indexConfig: {`fulltext.analyzer`: 'whitespace',"
    " `fulltext.eventually_consistent`: false}}"
)


def read_description(connection: Connection) -> tuple[str | None, list[str]]:
    """Digest of the ontology that the store was laid out for (None: not yet, or as an earlier
    Gemba did), and its types.

    Raises StoreUnavailable where a later Gemba wrote it.
    """
    row = connection.read(
        lambda tx: tx.first(
            "MATCH (g:GembaStore {name: 'gemba'}) RETURN g.format, g.ontology, g.types"
        )
    )
    if row is None:
        return None, []
    if row[0] > FORMAT:
        raise StoreUnavailable(
            f"the store at {connection.url} was written by a newer Gemba (format {row[0]}, this "
            f"one reads {FORMAT}); upgrade Gemba to open it"
        )
    return (row[1] if row[0] == FORMAT else None), row[2]


def lay_out(connection: Connection, types: list[str]) -> None:
    """Make the constraints and indexes that are missing for statements of `types`. Idempotent."""
    connection.define(f"DROP INDEX {_FIRST_TEXT_INDEX} IF EXISTS")
    existing = set(
        connection.read(lambda tx: tx.rows("SHOW CONSTRAINTS YIELD name RETURN collect(name)"))
    ) | set(connection.read(lambda tx: tx.rows("SHOW INDEXES YIELD name RETURN collect(name)")))
    wanted = dict(_definitions())
    for type_name in types:
        wanted[constraint_name(type_name)] = _unique_statements(type_name)
    for name, definition in wanted.items():
        if name not in existing:
            connection.define(definition)
    connection.read(lambda tx: tx.run("CALL db.awaitIndexes(600)"))

    def describe(tx: Transaction) -> None:
        tx.run(
            "MERGE (g:GembaStore {name: 'gemba'})"
            " ON CREATE SET g.format = $format, g.epoch = 0, g.counter = 0, g.removals = 0"
            " SET g.types = $types",
            format=FORMAT,
            types=sorted(types),
        )

    connection.write(describe)


def write_ontology(connection: Connection, schema: Schema) -> None:
    """Note for which ontology labels and indexed words are, and that they lie as they do here."""
    connection.write(
        lambda tx: tx.run(
            "MATCH (g:GembaStore {name: 'gemba'}) SET g.ontology = $digest, g.format = $format",
            digest=schema.digest,
            format=FORMAT,
        )
    )


def constraint_name(type_name: str) -> str:
    """The name of the constraint on statements of one type."""
    return f"gemba_type_{type_name}"


def _definitions() -> list[tuple[str, str]]:
    found = []
    for label, properties in _UNIQUE.items():
        name = f"gemba_unique_{label}"
        keys = ", ".join(f"n.{p}" for p in properties)
        found.append(
            (
                name,
                f"CREATE CONSTRAINT {name} IF NOT EXISTS FOR (n:{label})"
                f" REQUIRE ({keys}) IS UNIQUE",
            )
        )
    for label, indexed in _INDEXED:
        name = f"gemba_index_{label}_{indexed}"
        found.append((name, f"CREATE INDEX {name} IF NOT EXISTS FOR (n:{label}) ON (n.{indexed})"))
    found.append((TEXT_INDEX, _TEXT))
    found.append((constraint_name(PAST), _unique_statements(PAST)))
    return found


def _unique_statements(type_name: str) -> str:
    return (
        f"CREATE CONSTRAINT {quoted(constraint_name(type_name))} IF NOT EXISTS"
        f" FOR ()-[r:{quoted(type_name)}]-() REQUIRE r.id IS UNIQUE"
    )
