"""The one table of stages: the factory's name in the configuration, and the class behind it.

Nothing registers itself when it is imported. `extraction.pipeline.language` hands the same table to
spaCy when a spaCy pipeline is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from extraction.pipeline.stage import Stage
from extraction.pipeline.stages.headings import Headings
from extraction.pipeline.stages.lexicon import Assertion, Terms, Ties
from extraction.pipeline.stages.measures import Measures
from extraction.pipeline.stages.merging import Merging
from extraction.pipeline.stages.normaliser import Normaliser
from extraction.pipeline.stages.recogniser import Recogniser
from extraction.pipeline.stages.statements import Statements

STAGES: Mapping[str, type[Stage]] = MappingProxyType(
    {
        "gemba_headings": Headings,
        "gemba_normaliser": Normaliser,
        "gemba_lexicon": Terms,
        "gemba_measures": Measures,
        "gemba_recogniser": Recogniser,
        "gemba_merging": Merging,
        "gemba_assertion": Assertion,
        "gemba_ties": Ties,
        "gemba_statements": Statements,
    }
)
