"""Puts the parts together: settings in, an open plant out.

Everything heavy is imported when it is first used, so that `gemba --help` stays quick.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from time import sleep
from typing import TYPE_CHECKING

from api.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from extraction.extractors import ReadingOptions
    from extraction.text.protocol import TextExtractor
    from kg.ingest import Loader, LoadReport
    from kg.model import Run
    from kg.resolution import NameResolver
    from kg.store import Store
    from ontology import Gate
    from ontology.schema import Schema


_ROUNDS, _BETWEEN_ROUNDS = 5, 0.2  # seconds; where two processes load what ships at once
# The tables of general knowledge that ship with Gemba, and the mappings that read them.
_LIBRARY = {
    "composition.csv": "component-parts",
    "knowledge.csv": "failure-library",
    "names.csv": "library-names",
}


class Plant:
    """An open store with the ontology it is read by, and everything that works on the two."""

    def __init__(self, settings: Settings, schema: Schema, store: Store) -> None:
        self.settings = settings
        self.schema = schema
        self.store = store

    @cached_property
    def gate(self) -> Gate:
        """The ontology's checks on what is being written."""
        from ontology import load_gate

        return load_gate(self.settings.ontology, self.schema)

    @cached_property
    def resolver(self) -> NameResolver:
        """Maps names to the ontology's concepts."""
        from kg.resolution import NameResolver

        return NameResolver(self.schema)

    @cached_property
    def text_extractors(self) -> tuple[TextExtractor, ...]:
        """Readers of free text, in the order in which they are asked."""
        from extraction.extractors import make_extractors

        return make_extractors(
            self.settings.extractors, self.schema, reading_options(self.settings)
        )

    @cached_property
    def aliases(self) -> Mapping[str, str]:
        """What is written and what is meant by it: the shipped table, then the plant's own."""
        from extraction.text.wordlists import read_word_lists

        return read_word_lists(present_aliases(self.settings)).aliases

    def new_loader(self) -> Loader:
        """Writes what readers read, through resolution and gate. One for each run."""
        from kg.ingest import Loader

        return Loader(self.store, self.gate, self.resolver)

    def load_concepts(self, by: str) -> LoadReport | None:
        """Bring the ontology's concepts into the store where they are not or are outdated, and
        what is generally known about failures of common components.

        None where the store has the concepts already. No entry in the audit log: they come with
        Gemba.
        """
        from kg.model.errors import Conflict

        for _ in range(_ROUNDS):
            try:
                return self._load_shipped(by)
            except Conflict:  # another process loads them too, and was quicker
                sleep(_BETWEEN_ROUNDS)
        return self._load_shipped(by)

    def _load_shipped(self, by: str) -> LoadReport | None:
        report = self._load_concepts(by)
        self._load_library(by)
        return report

    def _load_library(self, by: str) -> None:
        """The shipped tables of general knowledge, each a document of its own."""
        from importlib.resources import as_file, files

        from extraction.tables import load_mapping, open_table
        from kg.ingest import LIBRARY

        for name, mapping in _LIBRARY.items():
            with as_file(files("data") / "library" / name) as path:
                table = open_table(path, load_mapping(mapping), self.schema, key=LIBRARY + name)
                self.new_loader().load(table.document, table.chunks, self.new_run(by, "library"))

    def _load_concepts(self, by: str) -> LoadReport | None:
        from kg.ingest import concept_chunks, concept_document

        document = concept_document(self.schema)
        held = self.store.versions(document.key)
        if held and held[-1].is_complete and held[-1].document == document:
            return None
        return self.new_loader().load(
            document, lambda _checkpoint: concept_chunks(self.schema), self.new_run(by, "concepts")
        )

    def new_run(self, by: str, label: str = "") -> Run:
        """A run that begins now."""
        from kg.model.claims import Run
        from kg.model.instants import now

        return Run(id=secrets.token_hex(6), at=now(), by=by, label=label)

    def close(self) -> None:
        """Close the store."""
        self.store.close()


def reading_options(settings: Settings) -> ReadingOptions:
    """What the settings say about how free text is read."""
    from extraction.extractors import ReadingOptions

    llm = None
    if "llm" in settings.extractors:
        from extraction.llm import LlmOptions

        llm = LlmOptions(
            address=settings.llm_address,
            model=settings.llm_model,
            key=settings.llm_key,
            tokens=settings.llm_tokens,
            requests=settings.llm_requests,
            cache=settings.cache / "llm" if settings.cache else None,
        )
    return ReadingOptions(settings.pipeline, settings.model, llm, present_aliases(settings))


def present_aliases(settings: Settings) -> tuple[Path, ...]:
    """The plant's alias tables; one that is not there has no rows yet."""
    return tuple(path for path in settings.aliases if path.exists())


def load_ontology(settings: Settings) -> Schema:
    """The terms of the shipped ontology and the plant's own. Raises OntologyError."""
    from api.compiled import load_compiled_schema

    return load_compiled_schema(settings.ontology, settings.cache)


def load_plant(settings: Settings) -> Plant:
    """Open the store that `settings` name, creating an embedded one where there is none.

    Raises OntologyError, StoreUnavailable.
    """
    from kg.store import open_store

    schema = load_ontology(settings)
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
