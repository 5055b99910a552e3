"""How answers speak: names in both languages, statements as sentences, citations, times."""

from kg.model.phrase import Phrase
from kg.narration.citations import Citation, Cited, cite, is_general
from kg.narration.names import (
    Named,
    class_label,
    is_coded,
    name_all,
    name_in,
    name_key_only,
    name_node,
)
from kg.narration.sentences import (
    clause,
    count_noun,
    inverse_verb,
    join,
    quantity_text,
    space_scripts,
    span_text,
    tell,
    time_text,
    verb,
)
from kg.narration.times import NEVER, Span, optional_text, span_of

__all__ = [
    "NEVER",
    "Citation",
    "Cited",
    "Named",
    "Phrase",
    "Span",
    "cite",
    "class_label",
    "clause",
    "count_noun",
    "inverse_verb",
    "is_coded",
    "is_general",
    "join",
    "name_all",
    "name_in",
    "name_key_only",
    "name_node",
    "optional_text",
    "quantity_text",
    "space_scripts",
    "span_of",
    "span_text",
    "tell",
    "time_text",
    "verb",
]
