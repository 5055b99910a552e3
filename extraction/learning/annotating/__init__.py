"""What to label next: texts gathered, the most useful ones chosen, written for labelling tools."""

from extraction.learning.annotating.choosing import choose_texts
from extraction.learning.annotating.distant import GraphNames
from extraction.learning.annotating.gathering import PoolText, gather_texts, read_pool
from extraction.learning.annotating.judging import Judged, judge_texts
from extraction.learning.annotating.tools import TOOLS, find_tool

__all__ = [
    "TOOLS",
    "GraphNames",
    "Judged",
    "PoolText",
    "choose_texts",
    "find_tool",
    "gather_texts",
    "judge_texts",
    "read_pool",
]
