"""Which names mean the same thing: forms, likeness, candidates, and proposals for people.

Codes are identities and never take part: two things with codes are the same where their codes are
(D5 of the design). Names, abbreviations, misspellings and the two languages are compared here;
what is sure may be merged at once, what is likely is proposed, and every merge can be undone.
"""

from kg.resolution.identity.candidates import Named, find_candidates
from kg.resolution.identity.forms import Form, Forms
from kg.resolution.identity.likeness import Likeness, compare
from kg.resolution.identity.proposing import Proposal, Thresholds, propose
from kg.resolution.identity.vocabulary import named_things

__all__ = [
    "Form",
    "Forms",
    "Likeness",
    "Named",
    "Proposal",
    "Thresholds",
    "compare",
    "find_candidates",
    "named_things",
    "propose",
]
