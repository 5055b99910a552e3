"""Reading many documents at once: on several cores of this machine, or on a Dask cluster.

Whoever does the work, the outcomes are the same and come in the order of the documents. One that
cannot be read is an outcome with its trouble; the others go on.
"""

from extraction.cluster.choosing import open_crew
from extraction.cluster.crew import Alone, Crew, Outcome, Task
from extraction.cluster.journal import Journal
from extraction.cluster.plan import DocumentRead, ReadingPlan

__all__ = [
    "Alone",
    "Crew",
    "DocumentRead",
    "Journal",
    "Outcome",
    "ReadingPlan",
    "Task",
    "open_crew",
]
