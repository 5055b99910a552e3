"""Which relation joins a record (a work order, an inspection) to what its text tells of."""

from __future__ import annotations

from extraction.pipeline.proposals import fits
from ontology.schema import Schema

_DENYING = "ruledOut"


class RecordRelations:
    """Looked up in the ontology by the classes of both; remembered."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._known: dict[tuple[str, str], str | None] = {}

    def relation(self, record: str, cls: str) -> str | None:
        """The one relation from the record with that key to things of class `cls`.

        None where the ontology has none, or several, or one that holds of one thing only.
        """
        key = (self._schema.class_of_key(record), cls)
        if key not in self._known:
            fitting = [
                relation.name
                for relation in self._schema.relations.values()
                if relation.name != _DENYING
                and not relation.is_functional
                and fits(self._schema, relation, *key)
            ]
            self._known[key] = fitting[0] if len(fitting) == 1 else None
        return self._known[key]
