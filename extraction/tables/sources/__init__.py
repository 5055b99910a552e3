"""Where rows come from: delimited text, workbooks, JSON and databases, all as lists of text."""

from extraction.tables.sources.protocol import ListCell, Problem, RawRow, Table

__all__ = ["ListCell", "Problem", "RawRow", "Table"]
