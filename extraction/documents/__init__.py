"""Manuals and other documents: any file in, passages and statements with their places out."""

from extraction.documents.blocks import Block, Cell, Reading, Table, Text
from extraction.documents.opening import DOCUMENTS, is_document, open_document
from extraction.documents.reading import DocumentReading, read_document

__all__ = [
    "DOCUMENTS",
    "Block",
    "Cell",
    "DocumentReading",
    "Reading",
    "Table",
    "Text",
    "is_document",
    "open_document",
    "read_document",
]
