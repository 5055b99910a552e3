"""Rules learnt from maintenance records: where which cause is found more often than elsewhere.

Suggestions for people to judge, never facts. `table` reads the records, `mining` finds conditions
with decision trees on one part of them and measures them on the other, `telling` puts them into
words, `suggesting` hands them to review.
"""

from kg.diagnosis.rules.learning import Chance, Rule, Rules, learn_rules
from kg.diagnosis.rules.suggesting import write_rules

__all__ = ["Chance", "Rule", "Rules", "learn_rules", "write_rules"]
