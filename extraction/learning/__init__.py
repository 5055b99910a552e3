"""Learning from labelled texts: formats, training, measuring, and the models that come of it."""

from extraction.learning.cards import load_model, read_card
from extraction.learning.evaluating import evaluate_model
from extraction.learning.examples import Corpus, Example, Labelled, Respelt, Span, Tie
from extraction.learning.formats import FORMATS, find_format, read_corpus, read_unlabelled
from extraction.learning.training import train_model

__all__ = [
    "FORMATS",
    "Corpus",
    "Example",
    "Labelled",
    "Respelt",
    "Span",
    "Tie",
    "evaluate_model",
    "find_format",
    "load_model",
    "read_card",
    "read_corpus",
    "read_unlabelled",
    "train_model",
]
