"""What waits for a person: suggested statements, in the order in which deciding helps most."""

from kg.review.queue import Backlog, Filters, Group, backlog, waiting

__all__ = ["Backlog", "Filters", "Group", "backlog", "waiting"]
