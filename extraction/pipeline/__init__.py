"""Reading free text by a configurable pipeline: lexicon, rules, trained models, statements.

`PipelineExtractor` reads for the graph and never imports spaCy. `extraction.pipeline.language`
builds the same components as a spaCy `Language`, for whoever works with spaCy's tools.
"""

from extraction.pipeline.configuration import Configuration, read_configuration
from extraction.pipeline.extractor import Job, PipelineExtractor
from extraction.pipeline.line import Line

__all__ = ["Configuration", "Job", "Line", "PipelineExtractor", "read_configuration"]
