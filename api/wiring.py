"""Puts the parts together: settings in, an open plant out.

Everything heavy is imported when it is first used, so that `gemba --help` stays quick.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from api.settings import Settings

if TYPE_CHECKING:
    from kg.ingest import Loader, LoadReport
    from kg.model import Run
    from kg.store import Store
    from ontology.schema import Schema


class Plant:
    """An open store with the ontology it is read by, and everything that works on the two."""

    def __init__(self, settings: Settings, schema: Schema, store: Store) -> None:
        self.settings = settings
        self.schema = schema
        self.store = store

    @cached_property
    def loader(self) -> Loader:
        """Writes what readers read, through resolution and gate."""
        from kg.ingest import Loader
        from kg.resolution import NameResolver
        from ontology import load_gate

        gate = load_gate(self.settings.ontology)
        return Loader(self.store, gate, NameResolver(self.schema))

    def load_concepts(self) -> LoadReport | None:
        """Bring the ontology's concepts into the store where they are not or are outdated.

        None where the store has them already.
        """
        from kg.ingest import concept_chunks, concept_document

        document = concept_document(self.schema)
        held = self.store.versions(document.key)
        if held and held[-1].is_complete and held[-1].document == document:
            return None
        return self.loader.load(
            document, lambda _checkpoint: concept_chunks(self.schema), self.new_run("concepts")
        )

    def new_run(self, label: str = "") -> Run:
        """A run that begins now, by the acting person."""
        from kg.model.claims import Run
        from kg.model.instants import now

        return Run(id=secrets.token_hex(6), at=now(), by=self.settings.actor, label=label)

    def close(self) -> None:
        """Close the store."""
        self.store.close()


def load_plant(settings: Settings) -> Plant:
    """Open the store that `settings` name, creating an embedded one where there is none.

    Raises OntologyError, StoreUnavailable.
    """
    from kg.store import open_store
    from ontology import load_schema

    schema = load_schema(settings.ontology)
    store = open_store(
        settings.store,
        schema,
        user=settings.neo4j_user,
        password=settings.neo4j_password,
        database=settings.neo4j_database,
    )
    try:
        store.ensure_schema(schema)
    except BaseException:
        store.close()
        raise
    return Plant(settings, schema, store)


@contextmanager
def open_plant(settings: Settings) -> Iterator[Plant]:
    """`load_plant` as a context manager that closes the store."""
    plant = load_plant(settings)
    try:
        yield plant
    finally:
        plant.close()
