"""Investigation: what needs both maintenance and traceability."""

from kg.investigation.timeline import Entry, Timeline, timeline

__all__ = ["Entry", "Timeline", "timeline"]
