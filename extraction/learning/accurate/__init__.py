"""The accurate tier: a compact pretrained encoder, fine-tuned on a plant's own labels.

`encoders` finds and opens the encoder, `windows` turns texts into what it takes, `network` scores
every span and every pair of spans, `training` fits it, `teaching` lets it label more texts for
itself, and `recogniser` reads.
"""

from extraction.learning.accurate.course import train
from extraction.learning.accurate.recogniser import load

__all__ = ["load", "train"]
