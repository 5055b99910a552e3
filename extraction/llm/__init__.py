"""A language model as one more reader of free text: its statements are suggestions, always.

Any server that speaks the OpenAI protocol will do, a local one as well. Nothing of this package is
imported unless a plant switches it on (`GEMBA_EXTRACTORS=pipeline,llm`).
"""

from extraction.llm.extractor import LlmExtractor
from extraction.llm.options import LlmOptions

__all__ = ["LlmExtractor", "LlmOptions"]
