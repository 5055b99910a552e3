"""Hands rules to review: the statement that each would make, with the rule as its evidence."""

from __future__ import annotations

from collections.abc import Sequence

from kg.diagnosis.calibrating import wilson
from kg.diagnosis.rules.learning import Rule
from kg.ingest.suggested import Proposal, write_proposals
from kg.model.claims import Run
from kg.store.protocol import Changes, Store

EXTRACTOR = "rules@1"
DOCUMENT = "gemba:rules/"
FEWEST_ASSETS = 2  # what one asset does need not be so in general


def write_rules(store: Store, rules: Sequence[Rule], run: Run, *, dry_run: bool = False) -> Changes:
    """Store the statements of `rules` as suggestions; not of rules that one asset alone shows.

    Of rules for the same statement the surest speaks. A statement is believed as much as the lower
    bound of the share of failures for which the rule was right.
    """
    by_statement: dict[object, Proposal] = {}
    for rule in rules:
        if rule.statement is not None and rule.assets >= FEWEST_ASSETS:
            low, _ = wilson(rule.hits, rule.covered)
            text = f"{rule.sentence.en}\n{rule.sentence.zh}"
            by_statement.setdefault(
                rule.statement, Proposal(rule.statement, min(max(low, 0.01), 0.99), text)
            )
    return write_proposals(
        store,
        list(by_statement.values()),
        run,
        document=DOCUMENT,
        title="Learnt rules",
        extractor=EXTRACTOR,
        dry_run=dry_run,
    )
