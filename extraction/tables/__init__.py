"""Tables to claims: mappings in YAML turn rows of files and queries into statements."""

from extraction.tables.checking import check_mapping
from extraction.tables.drafting import draft_mapping
from extraction.tables.mapping import Mapping, load_mapping, parse_mapping, shipped_mappings
from extraction.tables.reading import Reading, open_query, open_table
from extraction.tables.recognition import Recognised, recognise, recognise_parts
from extraction.tables.replaying import replay
from extraction.tables.rows import is_formula, neutralise

__all__ = [
    "Mapping",
    "Reading",
    "Recognised",
    "check_mapping",
    "draft_mapping",
    "is_formula",
    "load_mapping",
    "neutralise",
    "open_query",
    "open_table",
    "parse_mapping",
    "recognise",
    "recognise_parts",
    "replay",
    "shipped_mappings",
]
