"""Which node is meant: names to concepts, the same thing under two names."""

from kg.resolution.names import NameResolver

__all__ = ["NameResolver"]
