"""The way into the graph: chunks of claims are resolved, gated, stored and reported."""

from kg.ingest.concepts import CONCEPTS, LIBRARY, concept_chunks, concept_document
from kg.ingest.loading import REJECTED, Loader, rejection_from_record
from kg.ingest.report import LoadReport, Problems, Stages

__all__ = [
    "CONCEPTS",
    "LIBRARY",
    "REJECTED",
    "LoadReport",
    "Loader",
    "Problems",
    "Stages",
    "concept_chunks",
    "concept_document",
    "rejection_from_record",
]
