"""Words as they were written into the words that are meant (format `norm`, fast tier)."""

from extraction.learning.normaliser.model import WordNormaliser
from extraction.learning.normaliser.training import load, train

__all__ = ["WordNormaliser", "load", "train"]
