"""The fast tier: chains over words, a second look at their candidates, ties by regression."""

from extraction.learning.fast.files import load
from extraction.learning.fast.training import train

__all__ = ["load", "train"]
