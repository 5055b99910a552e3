"""The path network: relational Bellman-Ford in two forms behind one model."""

from kg.completion.paths.choosing import Shape, choose_shape
from kg.completion.paths.explaining import LinkPath, Step
from kg.completion.paths.model import PathNetwork, PathOptions

__all__ = ["LinkPath", "PathNetwork", "PathOptions", "Shape", "Step", "choose_shape"]
