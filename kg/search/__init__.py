"""Search: from what a person typed to the nodes that are meant, in both languages."""

from kg.search.finding import Found, search
from kg.search.lexicon import Lexicon, Mention, Term, lexicon_of
from kg.search.resolving import (
    Resolution,
    nearest,
    raise_not_found,
    require,
    require_first,
    resolve,
)
from kg.search.scoring import Reason

__all__ = [
    "Found",
    "Lexicon",
    "Mention",
    "Reason",
    "Resolution",
    "Term",
    "lexicon_of",
    "nearest",
    "raise_not_found",
    "require",
    "require_first",
    "resolve",
    "search",
]
