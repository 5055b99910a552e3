"""Which thing of the graph the words of a found span mean."""

from __future__ import annotations

from extraction.text.reading import Reader
from kg.model.keys import code_key, name_key
from ontology.schema import Schema


def link_words(schema: Schema, reader: Reader, words: str, cls: str) -> tuple[str, str | None]:
    """The key of the concept of class `cls` that the lexicon knows by exactly these words.

    Else the key of a thing known by the words (or the code, where the class has codes), and the
    name that it gets.
    """
    concepts = {
        m.concept
        for m in reader.read(words).mentions
        if (m.start, m.end) == (0, len(words))
        and (known := schema.concepts.get(m.concept)) is not None
        and schema.is_a(known.cls, cls)
    }
    if len(concepts) == 1:
        return concepts.pop(), None
    term = schema.classes[cls]
    key = (code_key if term.identified_by == "code" else name_key)(term.kind, words)
    return key, " ".join(words.split())
