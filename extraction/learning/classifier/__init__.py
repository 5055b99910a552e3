"""Short texts into one label each (format `label`, fast tier)."""

from extraction.learning.classifier.model import TextClassifier
from extraction.learning.classifier.training import load, train

__all__ = ["TextClassifier", "load", "train"]
